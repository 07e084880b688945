import { BADGES, type BadgeDocument } from '../src/badges/badges-view.ts'
import type { Acting } from '../src/enrolment/authorise.ts'
import { createOrganisation, operatorOrganisation } from '../src/enrolment/organisation.ts'
import { createPerson, join } from '../src/enrolment/person.ts'
import type { Role } from '../src/enrolment/roles.ts'
import type { NewEvent } from '../src/kernel/event.ts'
import type { JsonObject } from '../src/kernel/json.ts'
import { between, DAY_MS, parseInstant } from '../src/kernel/time.ts'
import { pipelineOf } from '../src/pipeline.ts'
import type { Clock } from '../src/platform/clock.ts'
import { record } from '../src/platform/dispatch.ts'
import type { Scope, Unit } from '../src/platform/sql/database.ts'
import type { Pack } from '../src/programmes/load.ts'
import type { Form, Policy } from '../src/programmes/schema.ts'
import { planReviews, readReviews } from '../src/publishing/reviewing.ts'
import { standingKey, STANDINGS, type StandingDocument } from '../src/standing/standings-view.ts'
import { sweep } from '../src/sweeping.ts'
import { testClock, testHouse } from './house.ts'
import { catalogueWith, ENFORCEMENT, requirement } from './standing.ts'
import type { Opened } from './storage.ts'

/** An app with a badge under a small programme with annual reviews, on real views and reactors and a clock that a test moves. */

export const APP = 'the-app'
const HASH = `sha256:${'d'.repeat(64)}`
const cites = [{ source: 'This test', confidence: 'ours' as const, note: 'For tests.' }]
const FORM: Form = {
  id: 'changes',
  title: 'Changes',
  since: '2020-01-01',
  cites,
  groups: [
    {
      id: 'all',
      title: 'All',
      fields: [
        { id: 'any_change', ask: 'Any change?', shown: 'operator', answer: 'yes-no', required: true },
        {
          id: 'changes',
          ask: 'Each',
          shown: 'operator',
          answer: 'records',
          required: true,
          when: { field: 'any_change', is: true },
          parts: [
            { id: 'kind', ask: 'Kind', answer: 'choice', choices: ['stores', 'hosting'], required: true },
            { id: 'what', ask: 'What', answer: 'text', required: true },
          ],
        },
      ],
    },
  ],
}
const POLICIES: readonly Policy[] = [
  { ...ENFORCEMENT, listing: [...ENFORCEMENT.listing], cites },
  {
    kind: 'annual-review',
    id: 'yearly',
    title: 'Yearly',
    since: '2020-01-01',
    cites,
    starts: 'last-week-of-approval-month',
    notice: 'P2W',
    cure: 'P4W',
    checks: ['tab', 'declared'],
  },
  {
    kind: 'significant-change',
    id: 'change',
    title: 'Change',
    since: '2020-01-01',
    cites,
    form: { id: 'changes', any_change: 'any_change', changes: 'changes', kind: 'kind' },
    kinds: [
      { id: 'stores', title: 'Stores', examples: ['another store'], requirements: ['tab'] },
      { id: 'hosting', title: 'Hosting', examples: ['another host'], requirements: ['tab', 'moved'], shows_in: ['hosting', 'base_urls'] },
    ],
  },
]
const catalogue = catalogueWith(
  [
    requirement('tab'),
    requirement('moved'),
    requirement('declared', {
      met_when: { first_of: [{ form: { form: 'changes', complete: 1 } }, { record: { kind: 'yearly', states: ['not-due'] } }] },
    }),
    requirement('reviewed', {
      met_when: {
        first_of: [{ clocks: { policy: 'yearly', overdue_at_most: 0 } }, { record: { kind: 'yearly', states: ['done', 'not-due'] } }],
      },
    }),
  ],
  { policies: [...POLICIES], forms: [FORM] },
)
const pack: Pack = {
  folder: '',
  programme: catalogue.programme,
  requirements: [],
  policies: [],
  forms: [],
  digest: catalogue.digest,
  catalogues: [catalogue],
}
const event = (stream: string, type: string, payload: JsonObject): NewEvent => ({ stream, subject: APP, type, payload })

/** Opens it on the day of the first approval, 7 March 2025. `ann` reviews for the operator, `mia` makes the app. */
export async function openReviewed(open: (clock: Clock) => Promise<Opened>) {
  const clock = testClock(parseInstant('2025-03-07T10:00:00Z'))
  const opened = await open(clock)
  const house = await testHouse(opened, clock, { packs: [pack], pipeline: pipelineOf([pack]) })
  const scope: Scope = { marketplace: 'main', party: { kind: 'machine' } }
  const people: { [name: string]: Acting } = {}
  const who = (name: string): Acting => people[name] ?? { kind: 'public' }
  const machine = <T>(work: (unit: Unit) => Promise<T>): Promise<T> => opened.database.within(scope, work)
  const tell = (...events: readonly NewEvent[]) =>
    machine((unit) => record(unit, house.pipeline, events, { by: { kind: 'machine', name: 'test' }, cause: null, at: unit.now }))
  const read = (base_urls: readonly string[]) =>
    tell(
      event(`app/${APP}`, 'directory.descriptor_read', {
        app: APP,
        descriptor: HASH,
        evidence: HASH,
        source_url: null,
        platform: 'connect',
        hosting: 'remote',
        scopes: [],
        egress: [],
        base_urls,
      }),
    )
  const scan = async (tab: 'pass' | 'fail') => {
    const checks = { tab, moved: 'pass' } as const
    await tell(
      ...Object.entries(checks).map(([check, outcome]) => {
        const says = { code: 'scanning.error', params: { detail: outcome } }
        return event(`scan/${APP}`, 'scanning.check_judged', { app: APP, check, outcome, reason: null, blind: null, says, evidence: [] })
      }),
      event(`scan/${APP}`, 'scanning.scan_finished', { app: APP, checks, evidence: [], observed_at: clock.now() }),
    )
  }
  /** Goes to a moment, in steps short enough that what was seen never gets too old; what falls due on the way happens. */
  const goTo = async (moment: string, tab: 'pass' | 'fail' = 'pass') => {
    while (clock.now() < parseInstant(moment)) {
      clock.advance(Math.min(10 * DAY_MS, between(clock.now(), parseInstant(moment))))
      await scan(tab)
      await sweep(house)
      await planReviews(house)
    }
  }
  const of = { app: APP, programme: 'harbour', tier: 'gold' }
  const granted = (valid_until: string) =>
    tell(event(`badge/harbour.gold/${APP}`, 'badges.granted', { ...of, standing_hash: HASH, valid_until, reviewers: ['ann', 'bob'] }))
  const revoked = () =>
    tell(
      event(`badge/harbour.gold/${APP}`, 'badges.revoked', {
        ...of,
        reasons: ['by_person'],
        requirements: [],
        person: 'ann',
        evidence: [],
      }),
    )
  const badge = async () => {
    const document = await machine((unit) => unit.documents.get<BadgeDocument>(BADGES, `harbour.gold/${APP}`))
    return [document?.state, document?.cure_until?.slice(0, 10) ?? null]
  }
  const annual = async () => {
    const [one] = (await readReviews(house, who('ann'), APP)).annual
    return one === undefined ? null : [one.annual.word, one.annual.year, one.turn]
  }
  const verdictOf = async (requirement_id: string) => {
    const standing = await machine((unit) => unit.documents.get<StandingDocument>(STANDINGS, standingKey('harbour', APP)))
    return standing?.verdicts.find((one) => one.requirement === requirement_id)?.verdict
  }
  await machine(async (unit) => {
    const operator = (await operatorOrganisation(unit)).organisation
    const partner = await createOrganisation(unit, { kind: 'partner', name: 'Maker' })
    const join_as = async (name: string, kind: 'operator' | 'partner', organisation: string, role: Role) => {
      const person = await createPerson(unit, { name, mail: null })
      await join(unit, person, organisation, role)
      people[name] = { kind: 'person', person, session: `ses_${name}`, memberships: [{ organisation, kind, role }] }
    }
    await join_as('ann', 'operator', operator, 'operator-reviewer')
    await join_as('mia', 'partner', partner, 'partner-admin')
    await unit.sql.insertInto('subject_party').values({ marketplace_id: 'main', subject: APP, organisation_id: partner }).execute()
    const programme = { programme: 'harbour', version: catalogue.version, digest: catalogue.digest }
    const registered = {
      app: APP,
      key: null,
      name: 'App',
      organisation: partner,
      platform: 'connect',
      hosting: 'remote',
      descriptor: HASH,
    }
    await record(
      unit,
      house.pipeline,
      [
        { stream: 'programme/harbour', subject: null, type: 'directory.programme_adopted', payload: programme },
        event(`app/${APP}`, 'directory.app_registered', registered),
        event(`app/${APP}`, 'directory.record_confirmed', { app: APP, kind: 'yearly', state: 'not-due', evidence: [] }),
      ],
      { by: { kind: 'machine', name: 'test' }, cause: null, at: unit.now },
    )
  })
  await read(['https://one.example'])
  await scan('pass')
  await granted('2030-01-01T00:00:00.000Z')
  await planReviews(house)

  return { house, clock, who, granted, revoked, read, scan, goTo, badge, annual, verdictOf, close: () => opened.close() }
}
