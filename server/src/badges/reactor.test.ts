import { describe, expect, it } from 'vitest'
import { catalogueWith, requirement } from '../../test/standing.ts'
import { appsView } from '../directory/apps-view.ts'
import { programmesView } from '../directory/programme.ts'
import { canonical } from '../kernel/canonical.ts'
import type { NewEvent } from '../kernel/event.ts'
import { opaque } from '../kernel/flow.ts'
import type { Json, JsonObject } from '../kernel/json.ts'
import { after, DAY_MS, parseInstant, type Instant } from '../kernel/time.ts'
import { pipeline, record, refold } from '../platform/dispatch.ts'
import { memoryDocuments, memoryLog } from '../platform/sql/memory.ts'
import type { Pack } from '../programmes/load.ts'
import type { Catalogue, RequirementInForce } from '../programmes/schema.ts'
import { FACTS, factsView } from '../standing/facts-view.ts'
import { standingReactor } from '../standing/reactor.ts'
import { standingKey, STANDINGS, standingsView, type StandingDocument } from '../standing/standings-view.ts'
import { BADGES, badgeKey, badgesView, type BadgeDocument } from './badges-view.ts'
import { badgeStream, type BadgeOf } from './events.ts'
import { LISTINGS, listingsView, type ListingDocument } from './listings-view.ts'
import { badgesReactor, onBadge } from './reactor.ts'

/** The whole way from what is told of an app to its badge and its listing, through log, views and reactors. */

const START = parseInstant('2026-01-01')
const APP = 'the-app'
const GOLD: BadgeOf = { app: APP, programme: 'harbour', tier: 'gold' }
const REQUIREMENTS = [
  requirement('base', { tiers: ['base'], met_when: { check: 'base', fresh_for: 'P3D' } }),
  requirement('shared', { tiers: ['gold', 'silver'] }),
  requirement('gold-only'),
]

function world(requirements: readonly RequirementInForce[] = REQUIREMENTS) {
  const first = catalogueWith(requirements)
  const second = catalogueWith([...requirements, requirement('new')], { version: '2026.2', digest: `sha256:${'2'.repeat(64)}` })
  const pack: Pack = {
    folder: '',
    programme: first.programme,
    requirements: [],
    policies: [],
    forms: [],
    digest: first.digest,
    catalogues: [first, second],
  }
  const views = [appsView, programmesView, factsView, standingsView, badgesView, listingsView].map((view) =>
    opaque(view as typeof appsView),
  )
  const flow = pipeline(views, [standingReactor([pack]), badgesReactor([pack])])
  const log = memoryLog('main')
  const documents = memoryDocuments()
  let now = START
  const tell = async (...events: readonly NewEvent[]) =>
    (await record({ log, documents, now }, flow, events, { by: { kind: 'machine', name: 'test' }, cause: null, at: now })).slice(
      events.length,
    )
  return {
    log,
    documents,
    views,
    tell,
    /** Days pass; what falls due in them is told at its moment, once. */
    async pass(days: number) {
      const until = after(now, days * DAY_MS)
      const rung = new Set<string>()
      for (;;) {
        const due: Instant[] = []
        for (const view of [STANDINGS, BADGES, LISTINGS]) {
          for (const { key, document } of await documents.list<{ readonly next_due_at: Instant | null }>(view)) {
            const { next_due_at } = document
            if (next_due_at === null || next_due_at > until || rung.has(`${view} ${key} ${next_due_at}`)) continue
            due.push(next_due_at)
          }
        }
        const [next] = due.sort()
        if (next === undefined) break
        now = next > now ? next : now
        for (const view of [STANDINGS, BADGES, LISTINGS]) {
          for (const { key, document } of await documents.list<{ readonly next_due_at: Instant | null }>(view)) {
            if (document.next_due_at === next) rung.add(`${view} ${key} ${next}`)
          }
        }
        await tell(event(`clock/${APP}`, 'clocks.came_due', { app: APP, kind: 'any', due_at: next, of: APP }))
      }
      now = until
    },
    catalogue: first,
    second,
    at: () => now,
    badge: () => documents.get<BadgeDocument>(BADGES, badgeKey(GOLD)),
    standing: () => documents.get<StandingDocument>(STANDINGS, standingKey('harbour', APP)),
    listing: () => documents.get<ListingDocument>(LISTINGS, APP),
  }
}
type World = ReturnType<typeof world>

const event = (stream: string, type: string, payload: JsonObject): NewEvent => ({ stream, subject: APP, type, payload })
const adopted = ({ programme, version, digest }: Catalogue): NewEvent => ({
  stream: 'programme/harbour',
  subject: null,
  type: 'directory.programme_adopted',
  payload: { programme: programme.id, version, digest },
})
const closed: NewEvent = {
  stream: 'programme/harbour',
  subject: null,
  type: 'directory.programme_closed',
  payload: { programme: 'harbour' },
}
const retired = (tier: string): NewEvent => ({
  stream: 'programme/harbour',
  subject: null,
  type: 'directory.tier_retired',
  payload: { programme: 'harbour', tier },
})
const HASH = `sha256:${'d'.repeat(64)}`
const registered = [
  event(`app/${APP}`, 'directory.app_registered', {
    app: APP,
    key: null,
    name: 'App',
    organisation: 'org',
    platform: 'connect',
    hosting: 'remote',
    descriptor: HASH,
  }),
  event(`app/${APP}`, 'directory.descriptor_read', {
    app: APP,
    descriptor: HASH,
    evidence: HASH,
    source_url: null,
    platform: 'connect',
    hosting: 'remote',
    scopes: [],
    egress: [],
    base_urls: [],
  }),
]

/** A scan as the scanner records it: answers that changed, then the end, which makes the others fresh. Nothing: our own fault. */
async function scan(of: World, answers: { readonly [check: string]: 'pass' | 'fail' | 'inconclusive' | 'theirs' | null }) {
  const facts = await of.documents.get<{ readonly checks: { readonly [check: string]: { readonly outcome: string } } }>(FACTS, APP)
  const seen = Object.entries(answers).flatMap(([check, one]) =>
    one === null ? [] : [[check, one === 'theirs' ? 'inconclusive' : one, one] as const],
  )
  const changed = seen.filter(([check, outcome]) => facts?.checks[check]?.outcome !== outcome)
  return of.tell(
    ...changed.map(([check, outcome, one]) =>
      event(`scan/${APP}`, 'scanning.check_judged', {
        app: APP,
        check,
        outcome,
        reason: outcome === 'inconclusive' ? 'blocked' : null,
        blind: outcome === 'inconclusive' ? (one === 'theirs' ? 'theirs' : 'ours') : null,
        says: { code: 'scanning.error', params: { detail: outcome } },
        evidence: [],
      }),
    ),
    event(`scan/${APP}`, 'scanning.scan_finished', {
      app: APP,
      checks: Object.fromEntries(seen.map(([check, outcome]) => [check, outcome])),
      evidence: [],
      observed_at: of.at(),
    }),
  )
}
/** The requirements that a change of standing is about. */
const requirementsIn = (changed: NewEvent | undefined): readonly string[] =>
  ((changed?.payload['changed'] ?? []) as unknown as readonly { readonly requirement: string }[]).map((one) => one.requirement)

const GOOD = { base: 'pass', shared: 'pass', 'gold-only': 'pass' } as const

/** Days on each of which the app is scanned. */
async function scanDaily(of: World, days: number, answers: Parameters<typeof scan>[1]) {
  for (let day = 0; day < days; day++) {
    await scan(of, answers)
    await of.pass(1)
  }
}

async function holder(requirements?: readonly RequirementInForce[]): Promise<World> {
  const of = world(requirements)
  await of.tell(adopted(of.catalogue))
  await of.tell(...registered)
  await scan(of, GOOD)
  const standing = await of.standing()
  if (standing === null) throw new Error('not judged')
  const valid_until = after(of.at(), 365 * DAY_MS)
  await of.tell(
    onBadge(GOLD, { type: 'badges.granted', payload: { ...GOLD, standing_hash: standing.hash, valid_until, reviewers: ['ann', 'bob'] } }),
  )
  return of
}
const story = async (of: World) =>
  (await of.log.stream(badgeStream(GOLD))).map((one) => `${one.at.slice(5, 10)} ${one.type.slice('badges.'.length)}`)
const words = async (of: World) =>
  Object.fromEntries((await of.standing())?.verdicts.map(({ requirement: id, verdict }) => [id, verdict]) ?? [])

describe('what is told of an app', () => {
  it('is judged once when the app comes in, whole, with the hash that people name', async () => {
    const of = world()
    await of.tell(adopted(of.catalogue))
    const answers = await of.tell(...registered)
    expect(answers.map(({ type }) => type)).toEqual(['standing.changed'])
    expect(await words(of)).toEqual({ base: 'unknown', shared: 'unknown', 'gold-only': 'unknown' })
    expect((await of.standing())?.hash).toBe(answers[0]?.hash)
  })

  it('is told by what changed only, and says nothing when nothing did', async () => {
    const of = await holder()
    const [changed, ...more] = await scan(of, { ...GOOD, shared: 'fail' })
    expect(requirementsIn(changed)).toEqual(['shared'])
    expect(more.map(({ type }) => type)).toEqual(['badges.put_at_risk'])
    expect(await scan(of, { ...GOOD, shared: 'fail' })).toEqual([])
  })

  it('twice in one transaction is judged once each, and not told twice', async () => {
    const of = await holder()
    const record_of = (state: string) => event(`app/${APP}`, 'directory.record_confirmed', { app: APP, kind: 'x', state, evidence: [] })
    expect(await of.tell(record_of('a'), record_of('b'))).toEqual([])
    const both = await of.tell(
      event(`waiver/${APP}`, 'standing.waiver_granted', {
        app: APP,
        requirement: 'none',
        until: of.at(),
        reason_code: 'x',
        persons: [],
        evidence: [],
      }),
      ...['base', 'shared'].map((check) =>
        event(`scan/${APP}`, 'scanning.check_judged', {
          app: APP,
          check,
          outcome: 'fail',
          reason: null,
          blind: null,
          says: { code: 'scanning.error', params: { detail: '' } },
          evidence: [],
        }),
      ),
      event(`scan/${APP}`, 'scanning.scan_finished', {
        app: APP,
        checks: { base: 'fail', shared: 'fail' },
        evidence: [],
        observed_at: of.at(),
      }),
      event(`app/${APP}`, 'directory.domain_proven', { app: APP, domain: 'example.com', method: 'dns' }),
    )
    expect(both.map(({ type }) => type)).toEqual(['standing.changed', 'badges.put_at_risk'])
  })

  it('names its cause: from the suspension back to the clock, from the risk back to the scan', async () => {
    const of = await holder()
    const [changed, put_at_risk] = await scan(of, { ...GOOD, shared: 'fail' })
    expect(put_at_risk?.cause).toBe(changed?.hash)
    const finished = of.log.all().findLast(({ type }) => type === 'scanning.scan_finished')
    expect(changed?.cause).toBe(finished?.hash)
  })
})

describe('a holder', () => {
  it('goes at risk, is suspended when the cure window is over, and revoked by the ladder', async () => {
    const of = await holder()
    await scanDaily(of, 100, { ...GOOD, shared: 'fail' })
    expect(await story(of)).toEqual(['01-01 granted', '01-01 put_at_risk', '01-29 suspended', '03-26 revoked'])
  })

  it('is cured by what is met again, in the very scan', async () => {
    const of = await holder()
    await scanDaily(of, 10, { ...GOOD, shared: 'fail' })
    await scan(of, GOOD)
    expect(await story(of)).toEqual(['01-01 granted', '01-01 put_at_risk', '01-11 cured'])
  })

  it('who goes dark is suspended as if nothing had changed', async () => {
    const of = await holder()
    await scanDaily(of, 10, { ...GOOD, shared: 'fail' })
    await scanDaily(of, 30, { ...GOOD, shared: 'theirs' })
    expect(await story(of)).toEqual(['01-01 granted', '01-01 put_at_risk', '01-29 suspended'])
  })

  it('who was fine and goes dark is borne for two weeks and then has four to come back', async () => {
    const of = await holder()
    await scanDaily(of, 60, { ...GOOD, shared: 'theirs' })
    expect(await story(of)).toEqual(['01-01 granted', '01-15 put_at_risk', '02-12 suspended'])
  })

  it('loses no day while our scanner cannot look: the answer before stands, its clock does not run', async () => {
    const of = await holder()
    await scanDaily(of, 10, { ...GOOD, shared: 'fail' })
    await scanDaily(of, 30, { ...GOOD, shared: null })
    expect(await words(of)).toMatchObject({ shared: 'unmet' })
    await scanDaily(of, 30, { ...GOOD, shared: 'fail' })
    expect(await story(of)).toEqual(['01-01 granted', '01-01 put_at_risk', '01-11 cure_changed', '02-10 cure_changed', '02-28 suspended'])
  })

  it('whom nobody looks at any more loses the badge as not observed, not as unmet', async () => {
    const of = await holder()
    await of.pass(60)
    expect(await story(of)).toEqual(['01-01 granted', '01-15 expired'])
    expect((await of.badge())?.history.at(-1)?.reasons).toEqual(['not_observed'])
    expect(await of.listing()).toBe(null)
  })

  it('who is scanned daily is not touched by any clock, and each clock rings once', async () => {
    const of = await holder()
    await scanDaily(of, 60, GOOD)
    expect(await story(of)).toEqual(['01-01 granted'])
    const rung = of.log.all().filter(({ type }) => type === 'clocks.came_due')
    // What is fresh for three days is looked at again every three days at the most.
    expect(rung.length).toBeLessThanOrEqual(31)
    expect(new Set(rung.map(({ payload }) => payload['due_at'])).size).toBe(rung.length)
    expect((await of.standing())?.hash).toBe(of.log.all().findLast(({ type }) => type === 'standing.changed')?.hash)
  })

  it('meets a new version of the rules on its day', async () => {
    const of = await holder()
    await of.tell(adopted(of.second))
    expect(await words(of)).toMatchObject({ new: 'unknown' })
    await scan(of, { ...GOOD, new: 'fail' })
    expect(await story(of)).toEqual(['01-01 granted', '01-01 put_at_risk'])
    await of.tell(adopted(of.catalogue))
    expect(Object.keys(await words(of))).toEqual(['base', 'shared', 'gold-only'])
    expect(await story(of)).toEqual(['01-01 granted', '01-01 put_at_risk', '01-01 cured'])
  })

  it('sees a coming rule beforehand and is held to it from its day on', async () => {
    const of = await holder([...REQUIREMENTS, requirement('coming', { since: '2026-02-01' })])
    expect(await words(of)).toMatchObject({ coming: 'upcoming' })
    await scanDaily(of, 40, { ...GOOD, coming: 'fail' })
    expect(await story(of)).toEqual(['01-01 granted', '02-01 put_at_risk'])
  })

  it('of a tier without days of grace is suspended at once', async () => {
    const of = await holder([...REQUIREMENTS.slice(0, 2), requirement('gold-only', { grace: 'P0D' })])
    await scan(of, { ...GOOD, 'gold-only': 'fail' })
    expect(await story(of)).toEqual(['01-01 granted', '01-01 put_at_risk', '01-01 suspended'])
  })
})

describe('the end of a tier and of a programme', () => {
  it('a retired tier ends its badges and keeps what other tiers share', async () => {
    const of = await holder()
    await of.tell(retired('gold'))
    expect((await of.badge())?.history.at(-1)).toMatchObject({ what: 'badges.expired', reasons: ['tier_retired'] })
    expect(await words(of)).toEqual({ base: 'met', shared: 'met', 'gold-only': 'retired' })
    await scan(of, { ...GOOD, 'gold-only': 'fail' })
    expect(await words(of)).toMatchObject({ 'gold-only': 'retired' })
  })

  it('a closed programme ends its badges, judges nobody any more, and keeps its history', async () => {
    const of = await holder()
    await of.tell(closed)
    expect((await of.badge())?.history.map(({ what }) => what)).toEqual(['badges.granted', 'badges.expired'])
    const before = await of.standing()
    await scanDaily(of, 40, { ...GOOD, base: 'fail' })
    expect(await of.standing()).toEqual(before)
    expect(await of.listing()).toBe(null)
  })

  it('a closed programme asks nothing of listings any more', async () => {
    const of = world()
    await of.tell(adopted(of.catalogue))
    await of.tell(...registered)
    await scanDaily(of, 10, { ...GOOD, base: 'fail' })
    expect((await of.listing())?.breaches).toHaveLength(1)
    await of.tell(closed)
    await of.pass(100)
    expect(await of.listing()).toMatchObject({ state: 'listed', breaches: [], next_due_at: null })
  })
})

describe('an app without a badge', () => {
  it('is warned, hidden and paused for base rules only', async () => {
    const of = world()
    await of.tell(adopted(of.catalogue))
    await of.tell(...registered)
    await scanDaily(of, 100, { ...GOOD, base: 'fail', shared: 'fail' })
    expect((await of.listing())?.history.map(({ at, what }) => `${at.slice(5, 10)} ${what.slice('badges.listing_'.length)}`)).toEqual([
      '01-01 breached',
      '01-29 warned',
      '02-26 hidden',
      '03-26 paused',
    ])
    await scan(of, GOOD)
    expect(await of.listing()).toMatchObject({ state: 'paused', breaches: [] })
  })

  it('gets its own cure window when its badge is suspended for a base rule', async () => {
    const of = await holder()
    await scanDaily(of, 60, { ...GOOD, base: 'fail' })
    expect(await story(of)).toEqual(['01-01 granted', '01-01 put_at_risk', '01-29 suspended'])
    expect((await of.listing())?.history.map(({ at, what }) => `${at.slice(5, 10)} ${what.slice('badges.listing_'.length)}`)).toEqual([
      '01-29 breached',
      '02-26 warned',
    ])
  })
})

describe('the views', () => {
  it('are the same when they are folded again', async () => {
    const of = await holder()
    await scanDaily(of, 30, { ...GOOD, base: 'fail' })
    await scanDaily(of, 20, GOOD)
    const again = memoryDocuments()
    await refold({ log: of.log, documents: again }, of.views, true)
    for (const { name } of of.views) {
      expect(canonical((await again.list<Json>(name)) as unknown as Json)).toBe(
        canonical((await of.documents.list<Json>(name)) as unknown as Json),
      )
    }
  })
})
