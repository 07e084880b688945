import { renderToStaticMarkup } from 'react-dom/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NOW } from '../../../test/publishing/fixture.ts'
import { testClock } from '../../../test/house.ts'
import { fill, openMarketplace, PARTNER, REVIEWER } from '../../../test/publishing/marketplace.ts'
import { ENGINES, type Opened } from '../../../test/storage.ts'
import type { Acting } from '../../enrolment/authorise.ts'
import { parseInstant } from '../../kernel/time.ts'
import type { OpenAlert } from '../../reliability/alerts.ts'
import { ALERTS, HERE, MASS_FAILURE } from '../../reliability/view.ts'
import { alertInWords, byUrgency, exchangesInWords, WatchSection } from './alerts.tsx'

const at = parseInstant('2026-11-24T09:12:00Z')
const alert = (tier: OpenAlert['tier']): OpenAlert => ({
  indicator: 'availability',
  tier,
  objective: { window: 'P28D', target: 0.999, good_when_at_most: null },
  at,
})

describe('alerts in words', () => {
  it('say what is seen, since when and what is asked for', () =>
    expect(alertInWords(alert('page'))).toBe('Failing now, since 24 Nov 2026, 09:12 UTC: availability, 99.9 % asked for over 28 days.'))

  it('have what wants somebody now at the top', () =>
    expect([alert('early-warning'), alert('ticket'), alert('page')].sort(byUrgency).map(({ tier }) => tier)).toEqual([
      'page',
      'ticket',
      'early-warning',
    ]))
})

describe('a probe in words', () => {
  const exchange = (reason: string | null) => ({ url: 'https://app.example.com/health', at, reason, verdict: 'unknown' })

  it.each([
    ['controls_silent', 'the control targets gave no answer either'],
    ['prober_stalled', 'our own program stood still'],
    ['dns_ours', 'our name servers are likely to be at fault'],
    ['mass_failure', 'most apps began to fail in the same minute'],
    ['single_vantage', 'without two control targets'],
    ['status', 'another status than the programme asks for'],
    [null, 'A good answer.'],
    ['of_a_later_release', 'reliability.probe.of_a_later_release'],
  ])('says of %s what it means', (reason, words) => expect(exchangesInWords([exchange(reason)])?.[0]?.words).toContain(words))

  it.each([['text'], [null], [[]], [[null]], [[{ url: 1, at: 2, reason: 3 }]], [{ url: 'x' }]])('says nothing of %j', (body) =>
    expect(exchangesInWords(body)).toBeNull(),
  )

  it('shows an address as text, whatever it is', () => {
    const phases = { dns_ms: null, connect_ms: null, tls_ms: null, first_byte_ms: null, total_ms: 1 }
    const latest = [
      { target: 'https://a.example/<script>alert(1)</script>', at, verdict: 'bad', reason: 'status', status: 503, phases } as const,
    ]
    const html = renderToStaticMarkup(<WatchSection read={{ alerts: [], latest }} />)
    expect(html).not.toContain('<script>')
    expect(html).toContain('Status 503.')
    expect(html).toContain('No alert is open.')
    expect(renderToStaticMarkup(<WatchSection read={{ alerts: [], latest: [] }} />)).toBe('')
  })
})

describe.each(ENGINES)('alerts on pages, on $engine', ({ open }) => {
  let opened: Opened
  let market: Awaited<ReturnType<typeof openMarketplace>>
  let who: Acting = { kind: 'public' }
  const page = async (url: string, as: Acting): Promise<string> => {
    who = as
    const { statusCode, body } = await market.app.inject({ url, headers: { accept: 'text/html' } })
    expect(statusCode).toBe(200)
    return body
  }
  const put = (view: string, key: string, document: object | null, subject: string | null) =>
    market.house.database.within({ marketplace: market.house.marketplace, party: { kind: 'machine' } }, async (unit) => {
      if (document === null) await unit.documents.remove(view, key)
      // The guarantee of the cast: what this test puts is JSON.
      else await unit.documents.put(view, key, document as never, subject)
    })

  beforeAll(async () => {
    opened = await open(testClock(NOW))
    market = await openMarketplace(opened, () => who)
    await fill(market)
    await put(ALERTS, 'lighthouse', { open: { one: alert('page'), two: alert('early-warning') }, told_at: {} }, 'lighthouse')
  })
  afterAll(async () => {
    await market.app.close()
    await opened.close()
  })

  it('are on the operator’s overview and on the app’s working page, and nowhere in public', async () => {
    const sentence = 'Failing now, since 24 Nov 2026, 09:12 UTC'
    expect(await page('/overview', REVIEWER)).toContain(sentence)
    const standing = await page('/apps/lighthouse/standing', PARTNER)
    expect(standing).toContain(sentence)
    expect(standing).toContain('Early warning since')
    expect(await page('/apps/mooring/standing', PARTNER)).not.toContain(sentence)
    expect(await page('/apps/lighthouse', { kind: 'public' })).not.toContain('Failing now')
  })

  it('come with a word on what failures mean while control targets are missing', async () =>
    expect(await page('/overview', REVIEWER)).toContain(
      '0 of 2 control targets are set. Until then a failure that is seen from one place counts as unknown',
    ))

  it('come with the alarm while most apps fail together, for the operator only', async () => {
    await put(MASS_FAILURE, HERE, { since: at, failing: 11, judged: 20 }, null)
    expect(await page('/overview', REVIEWER)).toContain('most apps fail together (11 of 20 at first)')
    expect(await page('/apps/lighthouse/standing', PARTNER)).not.toContain('most apps fail together')
    await put(MASS_FAILURE, HERE, null, null)
    expect(await page('/overview', REVIEWER)).not.toContain('most apps fail together')
  })
})
