import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NOW } from '../../../test/publishing/fixture.ts'
import { testClock } from '../../../test/house.ts'
import { fill, openMarketplace, PARTNER, REVIEWER } from '../../../test/publishing/marketplace.ts'
import { ENGINES, type Opened } from '../../../test/storage.ts'
import { ASSESSMENTS } from '../../assessments/assessments-view.ts'
import type { Acting } from '../../enrolment/authorise.ts'
import { PROPOSALS, type Proposed } from '../../enrolment/two-persons.ts'
import { after, DAY_MS } from '../../kernel/time.ts'
import { putDeliveries } from '../../platform/outbox.ts'

const waiver = (proposal: string, by: string): Proposed => ({
  proposal,
  act: 'grant-waiver',
  app: 'breakwater',
  what: { requirement: 'security.hook', until: after(NOW, 30 * DAY_MS), reason_code: 'other', evidence: [] },
  by,
  expires_at: after(NOW, 14 * DAY_MS),
})

describe.each(ENGINES)('what waits, on $engine', ({ open }) => {
  let opened: Opened
  let market: Awaited<ReturnType<typeof openMarketplace>>
  let who: Acting = { kind: 'public' }
  const page = async (url: string, as: Acting): Promise<string> => {
    who = as
    const { statusCode, body } = await market.app.inject({ url, headers: { accept: 'text/html' } })
    expect(statusCode).toBe(200)
    return body
  }

  beforeAll(async () => {
    opened = await open(testClock(NOW))
    market = await openMarketplace(opened, () => who)
    await fill(market)
    await opened.database.within({ marketplace: market.house.marketplace, party: { kind: 'machine' } }, async (unit) => {
      for (const one of [waiver('pro_mine', 'person_reviewer'), waiver('pro_another', 'person_another')])
        await unit.documents.put(PROPOSALS, one.proposal, one, null)
      const offered = {
        status: 'offered',
        offered: { by: 'p', evidence: [] },
        accepted: null,
        involved: ['p'],
        changed_at: after(NOW, -DAY_MS),
      }
      const document = { app: 'mooring', forms: {}, attestations: { 'support.answers': offered } }
      await unit.documents.put(ASSESSMENTS, 'mooring', document, 'mooring')
      const says = { code: 'badges.suspended', params: {} }
      await putDeliveries(unit, [{ to: { kind: 'mailbox', id: 'drydock' }, says, subject: 'drydock' }])
    })
  })
  afterAll(async () => {
    await market.app.close()
    await opened.close()
  })

  it('is on the overview: waivers with whose turn it is, and attestations', async () => {
    const overview = await page('/overview', REVIEWER)
    expect(overview).toContain('Waivers that wait for a second person')
    expect(overview.match(/href="\/apps\/breakwater\/standing#proposals"/g)).toHaveLength(2)
    expect(overview.match(/Another reviewer’s: you proposed it/g)).toHaveLength(1)
    expect(overview).toContain('Attestations that partners have brought')
  })

  it('is on the overview as mail that cannot leave without a mail server', async () => {
    const overview = await page('/overview', REVIEWER)
    expect(overview).toContain('id="outbox"')
    expect(overview).toMatch(/1 waits, none of them after a failure/)
    expect(overview).toContain('No mail server is set (SMTP_URL)')
  })

  it('can be confirmed on the app’s page by another than the proposer, who reads why not', async () => {
    const standing = await page('/apps/breakwater/standing', REVIEWER)
    expect(standing).toContain('action="/apps/breakwater/waivers/pro_another/confirm"')
    expect(standing).not.toContain('action="/apps/breakwater/waivers/pro_mine/confirm"')
    expect(standing).toContain('You have proposed this yourself')
    expect(await page('/apps/breakwater/standing', PARTNER)).not.toContain('wait for a second person')
  })
})
