import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { NOW, PACK, DIGEST, standing } from '../../test/publishing/fixture.ts'
import { PROGRAMMES_FOLDER } from '../platform/config.ts'
import { parseInstant } from '../kernel/time.ts'
import { loadPack, type Pack } from '../programmes/load.ts'
import { adherenceOf } from './adherence.ts'
import { rowsOf } from './disclose.ts'
import { AdherencePage } from './pages/adherence.tsx'
import { page } from './pages/render.ts'
import type { PublicApp, PublicBadge } from './public-app.ts'
import { shelfOf, type Shelf } from './shelf.ts'

const badgeOf = (programme: string, tier: string, state: PublicBadge['state']): PublicBadge => ({
  programme,
  tier,
  state,
  since: NOW,
  granted_at: NOW,
  valid_until: NOW,
  cure_until: null,
  reasons: [],
  why: [],
})
const appOf = (app: string, of: Partial<PublicApp> = {}): PublicApp => ({
  app,
  name: app,
  partner: 'org_quay',
  platform: 'forge',
  hosting: 'mixed',
  registered_at: NOW,
  watched: true,
  listing: 'listed',
  as_of: NOW,
  badges: [],
  standings: [],
  figures: [],
  days: [],
  scopes: [],
  egress: [],
  history: [],
  ...of,
})
const shelfWith = (pack: Pack): Shelf => {
  const newest = pack.catalogues.at(-1)
  if (newest === undefined) throw new Error('the pack has no version')
  const adopted = { version: newest.version, digest: newest.digest, adopted_at: NOW, closed_at: null, retired_tiers: [], succession: null }
  return shelfOf([pack], [{ programme: pack.programme.id, status: 'open', ...adopted }], NOW)
}
/** An app in the harbour with a gold badge, told as the gate tells it. */
const inHarbour = (app: string, state: PublicBadge['state'], others: Parameters<typeof standing>[2] = {}): PublicApp => {
  const catalogue = PACK.catalogues.at(-1)
  if (catalogue === undefined) throw new Error('the fixture has no version')
  const told = rowsOf({ standing: standing(app, NOW, others), catalogue, tiers: ['gold'], held_back: [], cureUntil: () => null })
  const head = { programme: 'harbour', version: '2026.1', digest: DIGEST, as_of: NOW }
  return appOf(app, { badges: [badgeOf('harbour', 'gold', state)], standings: [{ ...head, ...told }] })
}
const harbour = (apps: readonly PublicApp[]) => {
  const all = adherenceOf({ partner: 'org_quay', name: 'Quay', apps, shelf: shelfWith(PACK), as_of: NOW })
  const [one] = all.programmes
  if (one === undefined) throw new Error('the harbour is not told of')
  return one
}
const countsOf = (apps: readonly PublicApp[], requirement: string) =>
  harbour(apps)
    .pillars.flatMap(({ rows }) => rows)
    .find((row) => row.requirement === requirement)?.counts

describe('how a partner keeps a programme', () => {
  it('says which apps are approved and which are not: at risk is held, suspended and never applied are not', () => {
    const apps = [inHarbour('a', 'active'), inHarbour('b', 'at_risk'), inHarbour('c', 'suspended'), appOf('d')]
    const { approved, not_approved } = harbour(apps)
    expect([approved.map(({ app }) => app), not_approved.map(({ app }) => app)]).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ])
  })
  it('counts each requirement over the apps that it is told of, and over no others', () => {
    const unmet = { verdict: 'unmet', since: NOW } as const
    const apps = [inHarbour('a', 'active'), inHarbour('b', 'at_risk', { 'reliability.availability': unmet }), appOf('d')]
    expect(countsOf(apps, 'reliability.availability')).toEqual({ met: 1, waived: 0, unmet: 1, unknown: 0, not_applicable: 0, in_cure: 0 })
    expect(harbour([appOf('d')]).pillars.map(({ title, rows }) => [title, rows.length])).toEqual([
      ['Security', 0],
      ['Reliability', 0],
      ['Support', 0],
    ])
  })
  it('keeps back which requirement of a pillar in cure is open: every row of its kind has the same counts, whichever it is', () => {
    const open = (requirement: string) => [
      inHarbour('a', 'active'),
      inHarbour('b', 'at_risk', { [requirement]: { verdict: 'unmet', since: NOW } }),
    ]
    const security = ['security.tls', 'security.hsts', 'security.hook', 'security.bounty']
    for (const one of security) {
      expect(security.map((requirement) => countsOf(open(one), requirement))).toEqual(
        security.map(() => ({ met: 1, waived: 0, unmet: 0, unknown: 0, not_applicable: 0, in_cure: 1 })),
      )
    }
    expect(JSON.stringify(harbour(open('security.hook')))).toBe(JSON.stringify(harbour(open('security.tls'))))
  })
  it('tells of no programme that is not adopted, and of one that has ended only where its badge was held', () => {
    const told = (shelf: Shelf, apps: readonly PublicApp[]) =>
      adherenceOf({ partner: 'p', name: 'P', apps, shelf, as_of: NOW }).programmes.length
    expect(told(shelfOf([PACK], [], NOW), [inHarbour('a', 'active')])).toBe(0)
    const closed = shelfWith(PACK).map((one) => ({
      ...one,
      document: one.document === null ? null : { ...one.document, status: 'closed' as const, closed_at: parseInstant('2026-11-01') },
    }))
    expect([told(closed, [appOf('d')]), told(closed, [inHarbour('a', 'expired')])]).toEqual([0, 1])
  })
})

describe('its page', () => {
  const chrome = { marketplace: 'Market', who: null, nav: [], demo: null }
  it.each(['met', 'unmet'] as const)(
    'stays under 50 kB with every requirement of the largest programme %s and three hundred apps, and runs nothing',
    (other) => {
      const pack = loadPack(join(PROGRAMMES_FOLDER, 'cloud-fortified'))
      const newest = pack.catalogues.at(-1)
      if (newest === undefined) throw new Error('the pack has no version')
      const tier = newest.programme.tiers.findLast(({ kind }) => kind === 'badge')?.id ?? ''
      const rowsAll = (verdict: 'met' | 'unmet') =>
        newest.requirements.map(({ id, pillar }) => ({ requirement: id, pillar, verdict, since: NOW, held_back_while_unmet: false }))
      const head = { programme: pack.programme.id, version: newest.version, digest: newest.digest, as_of: NOW, in_cure: [] }
      const apps = Array.from({ length: 300 }, (_, place) =>
        appOf(`app-${place}`, {
          name: `An app of the partner with a name of usual length ${place}`,
          badges: [badgeOf(pack.programme.id, tier, place % 2 === 0 ? 'active' : 'suspended')],
          standings: [{ ...head, rows: rowsAll(place % 2 === 0 ? 'met' : other) }],
        }),
      )
      const shelf = shelfWith(pack)
      const adherence = adherenceOf({ partner: 'org_quay', name: 'Quay', apps, shelf, as_of: NOW })
      const html = page(<AdherencePage chrome={chrome} adherence={adherence} shelf={shelf} />)
      for (const { id: requirement } of newest.requirements) expect(html).toContain(encodeURIComponent(requirement))
      expect(Buffer.byteLength(html)).toBeLessThan(50_000)
      expect(html).not.toMatch(/<script|<style|\sstyle=|\son[a-z]+=/)
    },
  )
})
