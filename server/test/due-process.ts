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
import type { Policy } from '../src/programmes/schema.ts'
import { standingKey, STANDINGS, type StandingDocument } from '../src/standing/standings-view.ts'
import { sweep } from '../src/sweeping.ts'
import { testClock, testHouse } from './house.ts'
import { catalogueWith, ENFORCEMENT, requirement } from './standing.ts'
import type { Opened } from './storage.ts'

/** Two apps with badges under a small programme with concerns and appeals, on real views and reactors and a clock that a test moves. */

export const APP = 'the-app'
export const OTHER = 'other-app'
const HASH = `sha256:${'d'.repeat(64)}`
const cites = [{ source: 'This test', confidence: 'ours' as const, note: 'For tests.' }]

export const DUE_PROCESS: Extract<Policy, { kind: 'due-process' }> = {
  kind: 'due-process',
  id: 'due-process',
  title: 'Due process',
  since: '2020-01-01',
  cites,
  concerns: {
    clocks: { triage: { within: 'P5D' }, answer: { within: 'P2W' }, decision: { within: 'P10D' }, check: { within: 'P10D' } },
    dismissals: [
      { id: 'not-a-rule', says: 'Nothing that is asked for' },
      { id: 'abuse', says: 'Abusive or advertising' },
    ],
    intake: { app_a_day: 3, all_a_day: 4, additions: 2 },
    follow_up_for: 'P1Y',
    open_ones: 'counted',
  },
  appeals: { within: 'P4W', decision: { within: 'P10D' }, open_ones: 'counted' },
  alone: 'refused',
  recusal: [{ id: 'money', says: 'Is paid by the partner' }],
}

/** Opens it. `ann`, `bob` and `cal` review for the operator, `mia` makes the app, `oz` makes another one. */
export async function openDueProcess(open: (clock: Clock) => Promise<Opened>, policy: Partial<typeof DUE_PROCESS> = {}) {
  const catalogue = catalogueWith([requirement('tab'), requirement('moved'), requirement('hole', { public_when_unmet: 'cure-date' })], {
    policies: [
      { ...ENFORCEMENT, listing: [...ENFORCEMENT.listing], cites },
      { ...DUE_PROCESS, ...policy },
    ],
  })
  const pack: Pack = {
    folder: '',
    programme: catalogue.programme,
    requirements: [...catalogue.requirements],
    policies: [],
    forms: [],
    digest: catalogue.digest,
    catalogues: [catalogue],
  }
  const clock = testClock(parseInstant('2026-03-02T10:00:00Z'))
  const opened = await open(clock)
  const house = await testHouse(opened, clock, { packs: [pack], pipeline: pipelineOf([pack]) })
  const scope: Scope = { marketplace: 'main', party: { kind: 'machine' } }
  const people: { [name: string]: Acting } = {}
  const who = (name: string): Acting => people[name] ?? { kind: 'public' }
  const machine = <T>(work: (unit: Unit) => Promise<T>): Promise<T> => opened.database.within(scope, work)
  const tell = (...events: readonly NewEvent[]) =>
    machine((unit) => record(unit, house.pipeline, events, { by: { kind: 'machine', name: 'test' }, cause: null, at: unit.now }))
  const event = (app: string, stream: string, type: string, payload: JsonObject): NewEvent => ({
    stream,
    subject: app,
    type,
    payload: { app, ...payload },
  })
  const scan = async (outcomes: { readonly [check: string]: 'pass' | 'fail' } = {}) => {
    const checks = { tab: 'pass', moved: 'pass', hole: 'pass', ...outcomes }
    for (const app of [APP, OTHER]) {
      await tell(
        ...Object.entries(checks).map(([check, outcome]) => {
          const says = { code: 'scanning.error', params: { detail: outcome } }
          return event(app, `scan/${app}`, 'scanning.check_judged', { check, outcome, reason: null, blind: null, says, evidence: [] })
        }),
        event(app, `scan/${app}`, 'scanning.scan_finished', { checks, evidence: [], observed_at: clock.now() }),
      )
    }
  }
  /** Goes to a moment, in steps short enough that what was seen never gets too old; what falls due on the way happens. */
  const goTo = async (moment: string) => {
    while (clock.now() < parseInstant(moment)) {
      clock.advance(Math.min(10 * DAY_MS, between(clock.now(), parseInstant(moment))))
      await scan()
      await sweep(house)
    }
  }
  const badge = async (app = APP) => {
    const document = await machine((unit) => unit.documents.get<BadgeDocument>(BADGES, `harbour.gold/${app}`))
    return [document?.state, document?.cure_until?.slice(0, 10) ?? null]
  }
  const standing = (app = APP) => machine((unit) => unit.documents.get<StandingDocument>(STANDINGS, standingKey('harbour', app)))
  const verdictOf = async (id: string) => {
    const verdict = (await standing())?.verdicts.find((one) => one.requirement === id)
    return [verdict?.verdict, verdict?.blind ?? null]
  }
  const partners: { [name: string]: string } = {}
  await machine(async (unit) => {
    const operator = (await operatorOrganisation(unit)).organisation
    const join_as = async (name: string, kind: 'operator' | 'partner', organisation: string, role: Role) => {
      const person = await createPerson(unit, { name, mail: `${name}@example.com` })
      await join(unit, person, organisation, role)
      people[name] = { kind: 'person', person, session: `ses_${name}`, memberships: [{ organisation, kind, role }] }
    }
    for (const name of ['ann', 'bob', 'cal']) await join_as(name, 'operator', operator, 'operator-reviewer')
    for (const [app, name] of [
      [APP, 'mia'],
      [OTHER, 'oz'],
    ] as const) {
      const partner = await createOrganisation(unit, { kind: 'partner', name: `Maker of ${app}` })
      partners[app] = partner
      await join_as(name, 'partner', partner, 'partner-admin')
      await unit.sql.insertInto('subject_party').values({ marketplace_id: 'main', subject: app, organisation_id: partner }).execute()
    }
  })
  const programme = { programme: 'harbour', version: catalogue.version, digest: catalogue.digest }
  await tell({ stream: 'programme/harbour', subject: null, type: 'directory.programme_adopted', payload: programme })
  const more = { key: null, platform: 'connect', hosting: 'remote', descriptor: HASH }
  for (const [app, organisation] of Object.entries(partners)) {
    await tell(event(app, `app/${app}`, 'directory.app_registered', { name: `Name of ${app}`, organisation, ...more }))
    const read = { descriptor: HASH, evidence: HASH, source_url: null, platform: 'connect', hosting: 'remote', scopes: [], egress: [] }
    await tell(event(app, `app/${app}`, 'directory.descriptor_read', { ...read, base_urls: ['https://one.example'] }))
  }
  await scan()
  for (const app of [APP, OTHER]) {
    const of = { programme: 'harbour', tier: 'gold', standing_hash: HASH, valid_until: '2027-03-02T10:00:00.000Z', reviewers: [] }
    await tell(event(app, `badge/harbour.gold/${app}`, 'badges.granted', of))
  }
  return { house, clock, who, machine, tell, event, scan, goTo, badge, standing, verdictOf, close: () => opened.close() }
}

/** The code of a refusal, or null when nothing was refused. */
export const refusalOf = async (work: Promise<unknown>): Promise<string | null> =>
  work.then(
    () => null,
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
      throw error
    },
  )
