import { describe, expect, it } from 'vitest'
import { DIGEST, PACK } from '../../test/publishing/fixture.ts'
import {
  adopted,
  badge,
  changed,
  domainProven,
  granted,
  judged,
  PIPELINE,
  registered,
  tell,
  watched,
} from '../../test/publishing/marketplace.ts'
import { verdict } from '../../test/publishing/fixture.ts'
import { after, DAY_MS, parseInstant, type Instant } from '../kernel/time.ts'
import { refold } from '../platform/dispatch.ts'
import { memoryDocuments, memoryLog } from '../platform/sql/memory.ts'
import { PUBLIC_APPS, PUBLIC_DIRECTORY, PublicApp, PublicAppLine } from './public-app.ts'

const APP = 'lighthouse'
const START = parseInstant('2026-09-01T10:00:00Z')
const day = (number: number): Instant => after(START, number * DAY_MS)

/** A log in memory with an app that was registered and judged; `public` reads what the world reads. */
async function story() {
  const ground = { log: memoryLog('main'), documents: memoryDocuments() }
  const next = (at: Instant, ...events: Parameters<typeof tell>[2][]) => tell(ground, at, ...events)
  await next(START, adopted(), ...registered(APP, 'Lighthouse'), domainProven(APP))
  await next(day(1), judged(APP, day(1)))
  const shown = async (): Promise<PublicApp> => PublicApp.parse(await ground.documents.get(PUBLIC_APPS, APP))
  return { ground, next, shown }
}

const unmet = (requirement: string, at: Instant) => verdict(requirement, { verdict: 'unmet', since: at })
const met = (requirement: string, at: Instant) => verdict(requirement, { since: at })
const unknown = (requirement: string, at: Instant) => verdict(requirement, { verdict: 'unknown', since: at })
const DUE = day(40)
const atRisk = (...requirements: readonly string[]) =>
  badge(APP, 'put_at_risk', {
    requirements: [...requirements],
    breaches: requirements.map((requirement) => ({ requirement, due_at: DUE, left_ms: null })),
    cure_until: DUE,
  })

describe('before a badge is granted', () => {
  it('no requirement, no figure and no day of an app is public', async () => {
    const { next, shown } = await story()
    await next(day(2), ...watched(APP, day(2), 10))
    expect(await shown()).toMatchObject({ badges: [], standings: [], figures: [], days: [], watched: true })
  })

  it('what it asks for and where data may go is public since it was declared', async () => {
    const { shown } = await story()
    const { scopes, egress } = await shown()
    expect(scopes).toContainEqual({ scope: 'read:jira-work', since: START })
    expect(egress).toContainEqual({ kind: 'remote', address: 'https://api.example.com', analytics: false, since: START })
  })
})

describe('with the first badge', () => {
  it('the rows of its tier and of the base become public, and the figures with the days before it', async () => {
    const { next, shown } = await story()
    await next(day(2), ...watched(APP, day(2), 10))
    await next(day(3), granted(APP, 'silver'))
    const { standings, days, figures, badges } = await shown()
    expect(badges).toMatchObject([{ tier: 'silver', state: 'active', since: day(3) }])
    // Silver asks for nothing beside the base in this pack; the rows of gold stay where they are.
    expect(standings[0]?.rows.map((row) => row.requirement)).toEqual(['security.hook', 'security.hsts', 'security.tls'])
    expect(days).toHaveLength(10)
    expect(figures.map((figure) => figure.indicator)).toEqual(['availability', 'response-time'])
  })

  it('later days follow by themselves', async () => {
    const { next, shown } = await story()
    await next(day(3), granted(APP))
    await next(day(20), ...watched(APP, day(20), 5))
    expect((await shown()).days).toHaveLength(5)
  })

  it('an unmet requirement that may be public is a row with its day', async () => {
    const { next, shown } = await story()
    await next(day(3), granted(APP))
    await next(day(4), changed(APP, [unmet('reliability.availability', day(4))]), atRisk('reliability.availability'))
    const { badges, standings } = await shown()
    expect(standings[0]?.rows).toContainEqual({
      requirement: 'reliability.availability',
      pillar: 'reliability',
      verdict: 'unmet',
      since: day(4),
      held_back_while_unmet: false,
    })
    expect(badges[0]).toMatchObject({
      state: 'at_risk',
      cure_until: DUE,
      reasons: [{ pillar: 'reliability', requirement: 'reliability.availability', until: DUE }],
    })
  })
})

describe('an unfixed hole', () => {
  const holed = async () => {
    const told = await story()
    await told.next(day(3), granted(APP))
    await told.next(day(4), changed(APP, [unmet('security.hook', day(4))]), atRisk('security.hook'))
    return told
  }

  it('is not named: its pillar is in cure until a day, and no row of that kind in the pillar is left that its gap could name', async () => {
    const { shown } = await holed()
    const app = await shown()
    expect(app.standings[0]?.rows.filter((row) => row.pillar === 'security')).toEqual([])
    expect(app.standings[0]?.in_cure).toEqual([{ pillar: 'security', since: day(4), until: DUE, requirements: 4 }])
    expect(app.badges[0]?.reasons).toEqual([{ pillar: 'security', requirement: null, until: DUE }])
    expect(JSON.stringify(app)).not.toContain('security.')
  })

  it('stays unnamed while the app goes dark: not being able to look does not close it', async () => {
    const { next, shown } = await holed()
    await next(day(6), changed(APP, [unknown('security.hook', day(6))]))
    const standing = (await shown()).standings[0]
    expect(standing?.in_cure).toHaveLength(1)
    expect(JSON.stringify(standing)).not.toContain('security.')
  })

  it('stays unnamed while it is waived', async () => {
    const { next, shown } = await holed()
    await next(day(6), changed(APP, [verdict('security.hook', { verdict: 'waived', since: day(6) })]))
    expect(JSON.stringify(await shown())).not.toContain('security.')
  })

  it('with a second one beside it, stays unnamed until both are closed', async () => {
    const { next, shown } = await holed()
    await next(day(5), changed(APP, [unmet('security.tls', day(5))]))
    await next(day(6), changed(APP, [met('security.hook', day(6))]))
    expect(JSON.stringify(await shown())).not.toContain('security.')
    await next(day(7), changed(APP, [met('security.tls', day(7))]), badge(APP, 'cured'))
    const standing = (await shown()).standings[0]
    expect(standing?.in_cure).toEqual([])
    expect(standing?.rows.filter((row) => row.pillar === 'security')).toHaveLength(4)
  })

  it('does not hold back for ever what was unknown before it', async () => {
    const { next, shown } = await story()
    await next(day(2), changed(APP, [unknown('security.bounty', day(2))]))
    await next(day(3), granted(APP))
    await next(day(4), changed(APP, [unmet('security.hook', day(4))]))
    await next(day(5), changed(APP, [met('security.hook', day(5))]))
    const standing = (await shown()).standings[0]
    expect(standing?.in_cure).toEqual([])
    expect(standing?.rows.find((row) => row.requirement === 'security.bounty')?.verdict).toBe('unknown')
  })

  it('comes and goes within one transaction without leaving a trace of which it was', async () => {
    const { next, shown } = await story()
    await next(day(3), granted(APP))
    await next(
      day(4),
      changed(APP, [unmet('security.hook', day(4))]),
      changed(APP, [met('security.hook', day(4)), unmet('security.hsts', day(4))]),
    )
    const standing = (await shown()).standings[0]
    expect(standing?.in_cure).toMatchObject([{ pillar: 'security' }])
    expect(JSON.stringify(standing)).not.toContain('security.')
  })

  it('of rules that this program does not have is told of nothing at all', async () => {
    const { next, shown } = await story()
    await next(day(3), granted(APP))
    const before = (await shown()).standings
    await next(day(4), changed(APP, [unmet('security.hook', day(4))], `sha256:${'f'.repeat(64)}`))
    expect((await shown()).standings).toEqual(before)
  })
})

describe('what a badge did', () => {
  it('stays public after it is gone, with the reason by its code', async () => {
    const { next, shown } = await story()
    await next(day(3), granted(APP))
    await next(day(9), badge(APP, 'expired', { requirements: [], reasons: ['not_observed'], person: null }))
    const { badges, history, standings } = await shown()
    expect(badges).toMatchObject([{ state: 'expired', why: ['not_observed'], cure_until: null }])
    expect(history.map((entry) => entry.what)).toEqual(['expired', 'granted', 'watch_began', 'registered'])
    expect(standings[0]?.rows).toHaveLength(8)
  })

  it('is granted anew with a day of its own', async () => {
    const { next, shown } = await story()
    await next(day(3), granted(APP))
    await next(day(9), badge(APP, 'revoked', { requirements: [], reasons: ['by_person'], person: 'person_private_a' }))
    await next(day(12), granted(APP))
    expect((await shown()).badges).toMatchObject([{ state: 'active', since: day(12), granted_at: day(12), why: [] }])
  })

  it('tells a change of scopes and addresses with their names', async () => {
    const { next, shown } = await story()
    const [, read] = registered(APP, 'Lighthouse')
    if (read === undefined) throw new Error('no descriptor')
    await next(day(5), { ...read, payload: { ...read.payload, scopes: ['read:jira-work', 'manage:jira-configuration'] } })
    const { history, scopes } = await shown()
    expect(history.slice(0, 2)).toMatchObject([
      { what: 'scopes_dropped', names: ['write:jira-work', 'storage:app'] },
      { what: 'scopes_added', names: ['manage:jira-configuration'] },
    ])
    expect(scopes.find(({ scope }) => scope === 'read:jira-work')?.since).toBe(START)
    expect(scopes.find(({ scope }) => scope === 'manage:jira-configuration')?.since).toBe(day(5))
  })
})

describe('the public views', () => {
  it('say the same when they are folded again', async () => {
    const { ground, next, shown } = await story()
    await next(day(2), ...watched(APP, day(2), 40, { 3: 20 }))
    await next(day(3), granted(APP))
    await next(day(4), changed(APP, [unmet('security.hook', day(4))]), atRisk('security.hook'))
    await next(day(6), changed(APP, [met('security.hook', day(6))]), badge(APP, 'cured'))
    const before = [await shown(), PublicAppLine.parse(await ground.documents.get(PUBLIC_DIRECTORY, APP))]
    await refold(ground, PIPELINE.views, true)
    expect([await shown(), PublicAppLine.parse(await ground.documents.get(PUBLIC_DIRECTORY, APP))]).toEqual(before)
  })

  it('refuse a member that the public type does not name', async () => {
    const { shown } = await story()
    const app = await shown()
    expect(() => PublicApp.parse({ ...app, health_path: '/health' })).toThrow(/health_path/)
    expect(() => PublicApp.parse({ ...app, badges: [{ evidence: DIGEST }] })).toThrow(/evidence/)
  })

  it('name only requirements of the pack', async () => {
    const { next, shown } = await story()
    await next(day(3), granted(APP))
    const known = new Set(PACK.requirements.map(({ id }) => id))
    expect((await shown()).standings[0]?.rows.every((row) => known.has(row.requirement))).toBe(true)
  })
})
