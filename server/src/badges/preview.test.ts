import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { catalogueWith, checked, ENFORCEMENT, factsWith, requirement } from '../../test/standing.ts'
import { programmesView, PROGRAMMES, type ProgrammeDocument } from '../directory/programme.ts'
import type { NewEvent } from '../kernel/event.ts'
import { opaque } from '../kernel/flow.ts'
import type { JsonObject } from '../kernel/json.ts'
import { after, DAY_MS, parseInstant, type Instant } from '../kernel/time.ts'
import { sha256 } from '../platform/crypto.ts'
import { pipeline, record } from '../platform/dispatch.ts'
import { memoryDocuments, memoryLog } from '../platform/sql/memory.ts'
import { cataloguesOf } from '../programmes/catalogue.ts'
import type { Pack } from '../programmes/load.ts'
import { phaseOf } from '../programmes/phase.ts'
import type { MetWhen, Requirement } from '../programmes/schema.ts'
import { readComing } from '../standing/coming.ts'
import { FACTS, factsView } from '../standing/facts-view.ts'
import type { Facts } from '../standing/facts.ts'
import { readImpact, type Impact } from '../standing/impact.ts'
import { standingReactor } from '../standing/reactor.ts'
import { standingKey, STANDINGS, standingsView, type StandingDocument } from '../standing/standings-view.ts'
import { isGood, tierState } from '../standing/tiers.ts'
import type { Verdict } from '../standing/verdict.ts'
import { BADGES, badgeKey, badgesView, type BadgeDocument } from './badges-view.ts'
import { listingsView } from './listings-view.ts'
import { badgesReactor } from './reactor.ts'

/** What the preview of a version says is what its enforcement then does: over generated programmes and apps, through log, views and reactors. */

const VERSIONS = [
  { version: '2026.1', published: '2026-01-01', effective: '2026-01-01', superseded: '2026-09-01', says: 'First.' },
  {
    version: '2026.2',
    consultation: { opens: '2026-05-01', closes: '2026-05-31' },
    shadow: '2026-06-01',
    published: '2026-07-01',
    effective: '2026-09-01',
    says: 'Second.',
  },
]
const BEGIN = parseInstant('2026-03-01')
const SHADOW = parseInstant('2026-06-15')
const DAY = parseInstant('2026-09-01')
const TIERS = ['base', 'silver', 'gold']

/** What may be asked: things that are known of generated apps, whole or in part. */
const NAMES = ['a', 'b', 'c', 'd']
const leaf: fc.Arbitrary<MetWhen> = fc.oneof(
  fc.constantFrom(...NAMES).map((check): MetWhen => ({ check })),
  fc.constantFrom(...NAMES).map((kind): MetWhen => ({ record: { kind, states: ['yes'] } })),
  fc.constantFrom(...NAMES).map((policy): MetWhen => ({ clocks: { policy, overdue_at_most: 0 } })),
  fc.constantFrom(...NAMES).map((form): MetWhen => ({ form: { form, complete: 1 } })),
  fc.constant<MetWhen>({ attestation: { evidence: ['a letter'], reviewer: 'operator', expires_after: 'P5Y' } }),
)
const method: fc.Arbitrary<MetWhen> = fc.oneof(
  leaf,
  fc.array(leaf, { minLength: 2, maxLength: 3 }).map((all_of): MetWhen => ({ all_of })),
  fc.array(leaf, { minLength: 2, maxLength: 3 }).map((any_of): MetWhen => ({ any_of })),
  fc.array(leaf, { minLength: 2, maxLength: 3 }).map((first_of): MetWhen => ({ first_of })),
)
const tiers = fc.subarray(TIERS, { minLength: 1 })
const asked = (id: string): fc.Arbitrary<Requirement> =>
  fc
    .record({
      tiers,
      met_when: method,
      since: fc.constantFrom('2020-01-01', '2026-04-01', '2026-09-01', '2026-09-01', '2026-11-01'),
      retired: fc.option(fc.constantFrom('2026-09-01', '2026-10-01'), { nil: undefined, freq: 6 }),
      advisory: fc.constantFrom(false, false, false, true),
      platforms: fc.option(fc.constantFrom<'connect' | 'forge'>('connect', 'forge'), { nil: undefined }),
      revision: fc.option(fc.record({ met_when: method, tiers }), { nil: undefined }),
    })
    .map(({ platforms, revision, retired, ...of }): Requirement => {
      const ends = retired !== undefined && retired > of.since ? { retired } : {}
      const changes = revision !== undefined && of.since < '2026-09-01' && retired === undefined
      return {
        ...requirement(id),
        // A cure window that is over has another end than the beginning of one.
        grace: 'P3Y',
        ...of,
        ...ends,
        ...(platforms === undefined ? {} : { applies_to: { platforms: [platforms] } }),
        ...(changes ? { revisions: [{ since: '2026-09-01', why_changed: 'It was due.', ...revision }] } : {}),
      }
    })
const IDS = ['one', 'two', 'three', 'four', 'five', 'six']
const parts = fc.tuple(...IDS.map(asked))

const some = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<{ [name: string]: T }> => fc.dictionary(fc.constantFrom(...NAMES), value)
const app = (id: string): fc.Arbitrary<Facts> =>
  fc
    .record({
      platform: fc.constantFrom<'connect' | 'forge'>('connect', 'forge'),
      checks: some(fc.constantFrom('pass', 'fail', 'not_applicable', 'inconclusive', 'review')),
      records: some(fc.constantFrom('yes', 'no', 'supplied')),
      overdue: some(fc.constantFrom(0, 1)),
      forms: some(fc.constantFrom(1, 0.5)),
      attested: fc.subarray(IDS),
      waived: fc.subarray(IDS, { maxLength: 1 }),
    })
    .map(({ platform, checks, records, overdue, forms, attested, waived }) =>
      factsWith({
        app: id,
        platform,
        overdue,
        checks: Object.assign(
          {},
          ...Object.entries(checks).map(([check, outcome]) =>
            checked(
              check,
              outcome,
              outcome === 'inconclusive' ? { reason: 'error', blind: 'ours', observed_at: BEGIN } : { observed_at: BEGIN },
            ),
          ),
        ),
        records: Object.fromEntries(
          Object.entries(records).map(([kind, state]) => [kind, { kind, state, confirmed_at: BEGIN, evidence: [] }]),
        ),
        forms: Object.fromEntries(
          Object.entries(forms).map(([form, complete]) => [form, { form, complete, published_at: BEGIN, evidence: [] }]),
        ),
        attestations: Object.fromEntries(
          attested.map((id_of) => [
            id_of,
            { requirement: id_of, accepted: true, reviewed_at: BEGIN, expires_at: parseInstant('2031-01-01'), evidence: [] },
          ]),
        ),
        waivers: Object.fromEntries(
          waived.map((id_of) => [id_of, { requirement: id_of, until: parseInstant('2027-06-01'), reason_code: 'time', evidence: [] }]),
        ),
      }),
    )
const apps = fc.tuple(...['one-app', 'two-app', 'three-app'].map(app))

function world(requirements: readonly Requirement[], facts: readonly Facts[]) {
  const known = catalogueWith([]).programme
  // What was seen stays young enough: age is another rule's matter.
  const programme = { ...known, versions: VERSIONS, tiers: known.tiers.map((tier) => ({ ...tier, max_evidence_age: 'P9Y' })) }
  const policies = [{ ...ENFORCEMENT, listing: [...ENFORCEMENT.listing], cites: [...ENFORCEMENT.cites] }]
  const written = { programme, requirements, policies, forms: [] }
  const catalogues = cataloguesOf(written, sha256)
  const pack: Pack = { folder: '', ...written, digest: `sha256:${'0'.repeat(64)}`, catalogues }
  const views = [programmesView, factsView, standingsView, badgesView, listingsView].map((view) => opaque(view as typeof programmesView))
  const flow = pipeline(views, [standingReactor([pack]), badgesReactor([pack])])
  const log = memoryLog('main')
  const documents = memoryDocuments()
  const tell = (at: Instant, ...events: readonly NewEvent[]) =>
    record({ log, documents, now: at }, flow, events, { by: { kind: 'machine', name: 'test' }, cause: null, at })
  const adopt = (at: Instant, version: string) => {
    const catalogue = catalogues.find((one) => one.version === version)
    const payload: JsonObject = { programme: programme.id, version, digest: catalogue?.digest ?? '' }
    return tell(at, { stream: `programme/${programme.id}`, subject: null, type: 'directory.programme_adopted', payload })
  }
  const grant = (of: string, tier: string) =>
    tell(BEGIN, {
      stream: `badge/${programme.id}.${tier}/${of}`,
      subject: of,
      type: 'badges.granted',
      payload: { app: of, programme: programme.id, tier, standing_hash: '', valid_until: parseInstant('2031-01-01'), reviewers: ['ann'] },
    })
  const standingOf = async (of: string) => {
    const found = await documents.get<StandingDocument>(STANDINGS, standingKey(programme.id, of))
    return found?.verdicts ?? []
  }
  return {
    pack,
    documents,
    adopt,
    grant,
    standingOf,
    facts,
    begin: async () => {
      for (const one of facts) await documents.put(FACTS, one.app, one, one.app)
      await adopt(BEGIN, '2026.1')
      for (const one of facts) {
        for (const tier of ['silver', 'gold']) {
          const [first] = catalogues
          if (first !== undefined && tierState(first, tier, await standingOf(one.app)).met) await grant(one.app, tier)
        }
      }
      // The day on which rules of the first version begin that were not in force at once.
      const due_at = parseInstant('2026-04-01')
      for (const { app: id } of facts) {
        const payload = { app: id, kind: STANDINGS, of: standingKey(programme.id, id), due_at }
        await tell(due_at, { stream: `clock/${STANDINGS}/${id}`, subject: id, type: 'clocks.came_due', payload })
      }
    },
    preview: (now: Instant): Promise<Impact> => readImpact([pack], { documents, now }, programme.id, '2026.2'),
    badge: (of: string, tier: string) => documents.get<BadgeDocument>(BADGES, badgeKey({ app: of, programme: programme.id, tier })),
  }
}

type World = ReturnType<typeof world>

/** Words of an app's verdicts; what asks nothing is as good as absent. */
const QUIET = new Set(['upcoming', 'retired', 'not_applicable'])
const words = async (of: World, id: string) =>
  new Map((await of.standingOf(id)).flatMap(({ requirement: name, verdict }) => (QUIET.has(verdict) ? [] : [[name, verdict] as const])))

describe('the preview of a version', () => {
  it('made when it begins is exactly what its enforcement does to every verdict, tier and badge', async () => {
    await fc.assert(
      fc.asyncProperty(parts, apps, async (requirements, facts) => {
        const of = world(requirements, facts)
        await of.begin()
        const impact = await of.preview(DAY)
        const before = new Map<string, Awaited<ReturnType<typeof words>>>()
        const held = new Map<string, BadgeDocument['state'] | undefined>()
        const stood = new Map<string, readonly Verdict[]>()
        for (const { app: id } of facts) {
          before.set(id, await words(of, id))
          stood.set(id, await of.standingOf(id))
          for (const tier of ['silver', 'gold']) held.set(`${tier} ${id}`, (await of.badge(id, tier))?.state)
        }
        await of.adopt(DAY, '2026.2')
        const [first, second] = of.pack.catalogues
        for (const { app: id } of facts) {
          const told = impact.apps.find((one) => one.app === id)
          const now = told?.verdicts.filter(({ at }) => at === DAY) ?? []
          const expected = new Map(before.get(id))
          for (const { requirement: name, to } of now) {
            if (to === null || QUIET.has(to)) expected.delete(name)
            else expected.set(name, to)
          }
          const became = await words(of, id)
          expect(Object.fromEntries(became)).toEqual(Object.fromEntries(expected))
          // Nothing is told that is no change, and the sentence told is the sentence that then stands.
          const verdicts = new Map((await of.standingOf(id)).map((one) => [one.requirement, one]))
          for (const { requirement: name, from, to, says } of now) {
            expect(from).not.toBe(to)
            expect(verdicts.get(name)?.says ?? null).toEqual(says)
          }
          for (const tier of ['silver', 'gold']) {
            if (first === undefined || second === undefined) throw new Error('two versions')
            const met = tierState(second, tier, await of.standingOf(id)).met
            const line = told?.tiers.find((one) => one.at === DAY && one.tier === tier)
            const badge = await of.badge(id, tier)
            const was_met = tierState(first, tier, stood.get(id) ?? []).met
            expect([tier, line?.met ?? was_met]).toEqual([tier, met])
            // A badge is at risk when something that its tier now asks for is not met, and for nothing else.
            if (badge === null) continue
            const unmet = tierState(second, tier, await of.standingOf(id)).blocking.unmet
            // What was unmet before and is unknown now keeps the cure window that it had.
            const before_it = held.get(`${tier} ${id}`)
            if (before_it === 'active' || unmet.length > 0 || met) expect(badge.state).toBe(unmet.length > 0 ? 'at_risk' : 'active')
            if (before_it === 'active' && badge.state === 'at_risk' && line !== undefined)
              expect(line.blocking).toEqual(expect.arrayContaining([...unmet]))
          }
        }
      }),
      { numRuns: 150 },
    )
  })

  it('made months ahead says the same, as long as nothing becomes known or grows old in between', async () => {
    await fc.assert(
      fc.asyncProperty(parts, apps, async (requirements, facts) => {
        const of = world(requirements, facts)
        await of.begin()
        const ahead = await of.preview(SHADOW)
        const then = await of.preview(DAY)
        const plain = ({ apps: lines }: Impact) =>
          lines.map(({ app: id, verdicts, tiers: lost }) => [
            id,
            verdicts.map(({ at, requirement: name, from, to }) => [at, name, from, to]),
            lost,
          ])
        expect(ahead.begins_at).toBe(DAY)
        expect(plain(ahead)).toEqual(plain(then))
      }),
      { numRuns: 100 },
    )
  })

  it('is shown to each app before, and counts nowhere: shadow and announcement change no verdict, no badge and no hash of the rules', async () => {
    await fc.assert(
      fc.asyncProperty(parts, apps, async (requirements, facts) => {
        const of = world(requirements, facts)
        await of.begin()
        const { programme, catalogues } = of.pack
        expect(phaseOf(programme, '2026.2', SHADOW)).toBe('shadow')
        // Without the draft the version in force is the same to the letter.
        const bare = {
          ...of.pack,
          programme: { ...programme, versions: programme.versions.slice(0, 1) },
          requirements: requirements
            .filter(({ since }) => since !== '2026-09-01')
            .map(({ retired, ...rest }) => ({ ...rest, revisions: [], ...(retired === '2026-10-01' ? { retired } : {}) })),
        }
        const [alone] = cataloguesOf(bare, sha256)
        expect(alone?.digest).toBe(catalogues[0]?.digest)
        for (const one of facts) {
          const coming = await readComing([of.pack], { documents: of.documents, now: SHADOW }, one.app)
          expect(coming.map(({ row, phase }) => [row.version, phase])).toEqual([['2026.2', 'shadow']])
          const drafted = requirements.filter(({ since }) => since === '2026-09-01').map(({ id }) => id)
          const standing = await of.standingOf(one.app)
          expect(standing.filter(({ requirement: name }) => drafted.includes(name))).toEqual([])
          expect(coming[0]?.requirements.map(({ requirement: name }) => name)).toEqual(
            expect.arrayContaining(drafted.filter((name) => catalogues[1]?.requirements.some(({ id }) => id === name))),
          )
          for (const tier of ['silver', 'gold']) {
            const badge = await of.badge(one.app, tier)
            const [first] = catalogues
            if (badge === null || first === undefined) continue
            const { unmet } = tierState(first, tier, standing).blocking
            expect(badge.state).toBe(unmet.length > 0 ? 'at_risk' : 'active')
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('of a requirement that is not met names the badge that is then at risk', async () => {
    const of = world(
      [
        { ...requirement('one'), since: '2020-01-01' },
        { ...requirement('two'), since: '2026-09-01' },
      ],
      [factsWith({ app: 'one-app', checks: { ...checked('one', 'pass'), ...checked('two', 'fail') } })],
    )
    await of.begin()
    const impact = await of.preview(after(DAY, -DAY_MS))
    expect(impact.apps.map(({ verdicts }) => verdicts.map(({ requirement: name, to }) => [name, to]))).toEqual([[['two', 'unmet']]])
    expect((await of.badge('one-app', 'gold'))?.state).toBe('active')
    await of.adopt(DAY, '2026.2')
    expect((await of.badge('one-app', 'gold'))?.state).toBe('at_risk')
    expect((await of.standingOf('one-app')).filter(({ verdict }) => !isGood(verdict)).map(({ requirement: name }) => name)).toEqual(['two'])
    expect((await of.documents.get<ProgrammeDocument>(PROGRAMMES, 'harbour'))?.version).toBe('2026.2')
  })
})
