import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { NOW } from '../../../test/publishing/fixture.ts'
import { after, DAY_MS, dayOf } from '../../kernel/time.ts'
import { PROGRAMMES_FOLDER } from '../../platform/config.ts'
import { inForce, loadPack } from '../../programmes/load.ts'
import type { PublicApp } from '../public-app.ts'
import { shelfOf } from '../shelf.ts'
import { chromeOf } from './chrome.ts'
import { page } from './render.ts'
import { TrustPage } from './trust.tsx'

/** The longest page of the public ones: a holder of the highest tier, with every requirement of the real programme. */

const PACK = loadPack(join(PROGRAMMES_FOLDER, 'cloud-fortified'))
const programme = PACK.programme.id
const tier = PACK.programme.tiers.findLast(({ kind }) => kind === 'badge')?.id ?? ''
const since = after(NOW, -90 * DAY_MS)

/** A holder whose past and reach have so many entries. */
function holder(of: { readonly entries: number; readonly bad_days: number }): PublicApp {
  const catalogue = inForce(PACK, NOW)
  if (catalogue === null) throw new Error('no version of the programme is in force')
  const slos = catalogue.requirements.flatMap(({ met_when: rule }) => (rule !== undefined && 'slo' in rule ? [rule.slo] : []))
  return {
    app: 'lighthouse',
    name: 'Lighthouse',
    partner: 'org_harbour',
    platform: 'forge',
    hosting: 'mixed',
    registered_at: since,
    watched: true,
    listing: 'listed',
    as_of: NOW,
    badges: [
      {
        programme,
        tier,
        state: 'active',
        since,
        granted_at: since,
        valid_until: after(NOW, 300 * DAY_MS),
        cure_until: null,
        reasons: [],
        why: [],
      },
    ],
    standings: [
      {
        programme,
        version: catalogue.version,
        digest: catalogue.digest,
        as_of: NOW,
        in_cure: [],
        rows: catalogue.requirements.map(({ id, pillar }, place) => ({
          requirement: id,
          pillar,
          verdict: place % 20 === 0 ? 'not_applicable' : 'met',
          since: after(since, place * DAY_MS),
          held_back_while_unmet: false,
        })),
      },
    ],
    figures: slos.map(({ indicator, window, target, good_when_at_most = null }) => ({
      indicator,
      window,
      target,
      good_when_at_most,
      good: 40_310,
      total: 40_320,
      unknown: 0,
      expected: 40_320,
      from: after(NOW, -28 * DAY_MS),
      to: NOW,
    })),
    days: [...new Set(slos.map(({ indicator }) => indicator))].flatMap((indicator) =>
      Array.from({ length: 90 }, (_, n) => ({
        indicator,
        day: dayOf(after(NOW, (n - 90) * DAY_MS)),
        good: n < of.bad_days ? 1_430 : 1_440,
        total: 1_440,
        unknown: 0,
      })),
    ),
    scopes: Array.from({ length: of.entries }, (_, n) => ({ scope: `read:thing-${n}:jira`, since })),
    egress: Array.from({ length: of.entries }, (_, n) => ({
      kind: 'backend',
      address: `https://api-${n}.example.com`,
      analytics: false,
      since,
    })),
    history: Array.from({ length: of.entries }, (_, n) => ({
      at: after(since, n * DAY_MS),
      what: n % 2 === 0 ? 'put_at_risk' : 'cured',
      programme,
      tier,
      reasons: [],
      why: [],
      names: [],
    })),
  }
}

const shown = (app: PublicApp): string =>
  page(
    <TrustPage
      process={{ app: 'x', open_concerns: 0, open_appeals: 0, concerns: [], appeals: [] }}
      chrome={chromeOf({ marketplace: 'Marketplace', acting: { kind: 'public' }, demo: null, here: null })}
      app={app}
      partner_name="Harbour"
      shelf={shelfOf([PACK], [], NOW)}
      now={NOW}
      public_url="https://trust.example.com"
      may_read_standing={false}
    />,
  )

describe('the trust page of a holder', () => {
  it.each([
    ['with a quiet past', { entries: 5, bad_days: 2 }, 50, 9],
    ['with a long past and a long reach', { entries: 40, bad_days: 30 }, 80, 12],
  ])('%s has a row for each requirement of the real programme and stays within its kilobytes', (_, of, kilobytes, compressed) => {
    const app = holder(of)
    const html = shown(app)
    const rows = app.standings[0]?.rows ?? []
    expect(rows.length).toBeGreaterThan(80)
    for (const { requirement } of rows) expect(html).toContain(`href="/programmes/${programme}/requirements/${requirement}"`)
    expect(html.split('<td><span class="verdict').length - 1).toBe(rows.length)
    expect(Buffer.byteLength(html)).toBeLessThan(kilobytes * 1_000)
    expect(gzipSync(html).length).toBeLessThan(compressed * 1_000)
  })

  it('draws each shape that its rows use once, and uses none that it has not drawn', () => {
    const html = shown(holder({ entries: 1, bad_days: 1 }))
    const drawn = [...html.matchAll(/<symbol id="([^"]+)"/g)].map(([, id]) => id)
    const used = new Set([...html.matchAll(/<use href="#([^"]+)"/g)].map(([, id]) => id))
    expect(drawn).toEqual(['g-met', 'g-not_applicable'])
    expect(new Set(drawn)).toEqual(used)
  })
})
