import { BADGES, badgeKey, type BadgeDocument } from '../src/badges/badges-view.ts'
import { adoptProgrammes } from '../src/directory/adopting.ts'
import type { Acting } from '../src/enrolment/authorise.ts'
import { createOrganisation, operatorOrganisation } from '../src/enrolment/organisation.ts'
import { createPerson, join } from '../src/enrolment/person.ts'
import type { Role } from '../src/enrolment/roles.ts'
import type { NewEvent } from '../src/kernel/event.ts'
import type { JsonObject } from '../src/kernel/json.ts'
import { between, DAY_MS, parseInstant } from '../src/kernel/time.ts'
import { pipelineOf } from '../src/pipeline.ts'
import type { Clock } from '../src/platform/clock.ts'
import { sha256 } from '../src/platform/crypto.ts'
import { record } from '../src/platform/dispatch.ts'
import type { Scope, Unit } from '../src/platform/sql/database.ts'
import { cataloguesOf } from '../src/programmes/catalogue.ts'
import type { Pack } from '../src/programmes/load.ts'
import type { Requirement } from '../src/programmes/schema.ts'
import { standingKey, STANDINGS, type StandingDocument } from '../src/standing/standings-view.ts'
import { sweep } from '../src/sweeping.ts'
import { testClock, testHouse } from './house.ts'
import { catalogueWith, ENFORCEMENT, requirement } from './standing.ts'
import type { Opened } from './storage.ts'

/** Two apps of two partners under a programme whose next version is a draft, on real views and reactors and a clock that a test moves. */

export const READY = 'ready-app'
export const LATE = 'late-app'
export const NEXT = '2026.2'
const HASH = `sha256:${'d'.repeat(64)}`
const cites = [{ source: 'This test', confidence: 'ours' as const, note: 'For tests.' }]

/** What the next version adds, and what the tests look for on pages. */
export const NEW_RULE: Requirement = {
  ...requirement('care.backups', { since: '2026-09-01', title: 'Backups are restored once a quarter', met_when: { check: 'backups' } }),
  pillar: 'care',
  why: 'A backup that nobody restored is a hope.',
  adoption_guide: 'Restore one backup before September and let the watch see it.',
}

const programme = {
  ...catalogueWith([]).programme,
  versions: [
    { version: '2026.1', published: '2026-01-01', effective: '2026-01-01', superseded: '2026-09-01', says: 'First.' },
    {
      version: NEXT,
      consultation: { opens: '2026-05-01', closes: '2026-05-31' },
      shadow: '2026-06-01',
      published: '2026-07-01',
      effective: '2026-09-01',
      says: 'Backups are asked for.',
      adoption_guide: 'Plan one restore.',
    },
  ],
}
const written = {
  programme,
  requirements: [requirement('care.tested', { title: 'Tests run before each release' }), NEW_RULE],
  policies: [{ ...ENFORCEMENT, listing: [...ENFORCEMENT.listing], cites }],
  forms: [],
}
const catalogues = cataloguesOf(written, sha256)
export const DRAFTED: Pack = { folder: '', ...written, digest: catalogues[0]?.digest ?? 'sha256:', catalogues }

const event = (app: string, stream: string, type: string, payload: JsonObject): NewEvent => ({
  stream,
  subject: app,
  type,
  payload: { app, ...payload },
})

/** What the scanner finds of an app. */
export type Seen = (app: string) => { readonly [check: string]: 'pass' | 'fail' }

/** Opens it in March 2026. `ann` and `bob` review for the operator, `ada` runs it, `mia` makes the app that is ready, `tom` the other one, `eve` belongs to nobody. */
export const openDrafted = (open: (clock: Clock) => Promise<Opened>) =>
  openRunning(open, [DRAFTED], (app) => ({ 'care.tested': 'pass', backups: app === READY ? 'pass' : 'fail' }))

/** The same under other programmes; both apps hold gold of the first. */
export async function openRunning(open: (clock: Clock) => Promise<Opened>, packs: readonly Pack[], seen: Seen) {
  const clock = testClock(parseInstant('2026-03-01T10:00:00Z'))
  const [first] = packs
  if (first === undefined) throw new Error('at least one programme')
  const opened = await open(clock)
  const house = await testHouse(opened, clock, { packs, pipeline: pipelineOf(packs), environment: { MARKETPLACE: 'Harbour Market' } })
  const scope: Scope = { marketplace: 'main', party: { kind: 'machine' } }
  const people: { [name: string]: Acting } = {}
  const who = (name: string): Acting => people[name] ?? { kind: 'public' }
  const machine = <T>(work: (unit: Unit) => Promise<T>): Promise<T> => opened.database.within(scope, work)
  const tell = (...events: readonly NewEvent[]) =>
    machine((unit) => record(unit, house.pipeline, events, { by: { kind: 'machine', name: 'test' }, cause: null, at: unit.now }))
  const scan = async () => {
    for (const app of [READY, LATE]) {
      const checks = seen(app)
      await tell(
        ...Object.entries(checks).map(([check, outcome]) => {
          const says = { code: 'scanning.error', params: { detail: outcome } }
          return event(app, `scan/${app}`, 'scanning.check_judged', { check, outcome, reason: null, blind: null, says, evidence: [] })
        }),
        event(app, `scan/${app}`, 'scanning.scan_finished', { checks: { ...checks }, evidence: [], observed_at: clock.now() }),
      )
    }
  }
  /** Goes to a moment; what falls due on the way happens. */
  const goTo = async (moment: string) => {
    while (clock.now() < parseInstant(moment)) {
      clock.advance(Math.min(10 * DAY_MS, between(clock.now(), parseInstant(moment))))
      await adoptProgrammes(house)
      await scan()
      await sweep(house)
    }
  }
  await machine(async (unit) => {
    const join_as = async (name: string, kind: 'operator' | 'partner', organisation: string, role: Role) => {
      const person = await createPerson(unit, { name: `Private ${name}`, mail: `${name}@example.com` })
      await join(unit, person, organisation, role)
      people[name] = { kind: 'person', person, session: `ses_${name}`, memberships: [{ organisation, kind, role }] }
    }
    const operator = (await operatorOrganisation(unit)).organisation
    await join_as('ann', 'operator', operator, 'operator-reviewer')
    await join_as('bob', 'operator', operator, 'operator-reviewer')
    await join_as('ada', 'operator', operator, 'operator-admin')
    people['eve'] = { kind: 'person', person: await createPerson(unit, { name: 'Eve', mail: null }), session: 'ses_eve', memberships: [] }
    for (const [app, name, maker] of [
      [READY, 'mia', 'Maker'],
      [LATE, 'tom', '<img src=x onerror=alert(1)>'],
    ] as const) {
      const partner = await createOrganisation(unit, { kind: 'partner', name: maker })
      await join_as(name, 'partner', partner, 'partner-admin')
      await unit.sql.insertInto('subject_party').values({ marketplace_id: 'main', subject: app, organisation_id: partner }).execute()
      const registered = { key: null, name: app, organisation: partner, platform: 'connect', hosting: 'remote', descriptor: HASH }
      await record(
        unit,
        house.pipeline,
        [
          event(app, `app/${app}`, 'directory.app_registered', registered),
          event(app, `app/${app}`, 'directory.descriptor_read', {
            descriptor: HASH,
            evidence: HASH,
            source_url: null,
            platform: 'connect',
            hosting: 'remote',
            scopes: [],
            egress: [],
            base_urls: [],
          }),
        ],
        { by: { kind: 'machine', name: 'test' }, cause: null, at: unit.now },
      )
    }
  })
  await adoptProgrammes(house)
  await scan()
  for (const app of [READY, LATE]) {
    const of = {
      programme: first.programme.id,
      tier: 'gold',
      standing_hash: HASH,
      valid_until: parseInstant('2030-01-01'),
      reviewers: ['ann'],
    }
    await tell(event(app, `badge/${first.programme.id}.gold/${app}`, 'badges.granted', of))
  }
  const badge = async (app: string, programme_id = first.programme.id, tier = 'gold') =>
    (await machine((unit) => unit.documents.get<BadgeDocument>(BADGES, badgeKey({ app, programme: programme_id, tier }))))?.state
  const verdictOf = async (app: string, id: string) => {
    const standing = await machine((unit) => unit.documents.get<StandingDocument>(STANDINGS, standingKey(first.programme.id, app)))
    return standing?.verdicts.find((one) => one.requirement === id)?.verdict ?? null
  }
  const events = () => machine((unit) => unit.log.after(0, 10_000))
  return { house, clock, who, machine, goTo, badge, verdictOf, events, close: () => opened.close() }
}
