import { app as directory } from '../src/directory/app.ts'
import type { DirectoryEvent } from '../src/directory/events.ts'
import { programme, programmeStream } from '../src/directory/programme.ts'
import type { Actor as ActsAs, NewEvent, StreamId } from '../src/kernel/event.ts'
import { after, between, DAY_MS, later, type Instant } from '../src/kernel/time.ts'
import { plus, type Duration } from '../src/kernel/duration.ts'
import { record, type Ground, type Pipeline } from '../src/platform/dispatch.ts'
import { inForce, type Pack } from '../src/programmes/load.ts'
import type { Catalogue } from '../src/programmes/schema.ts'
import { alertsUnder } from '../src/reliability/alerts.ts'
import { AVAILABILITY } from '../src/reliability/minutes.ts'
import { objectiveKey, objectivesOf } from '../src/reliability/objectives.ts'
import { advanceSeries, unseenSeries, type DayOfMinutes, type Series } from '../src/reliability/series.ts'
import { sha256 } from '../src/platform/crypto.ts'
import { phaseOf } from '../src/reliability/phase.ts'
import { DAY_MINUTES, minuteOf, startOfMinute, type MinuteKind } from '../src/reliability/window.ts'
import { cameDue, clockStream, type Due } from '../src/sweeping.ts'
import type { Actor } from './actor.ts'
import { dueDocuments } from './due.ts'
import { faultsAt, runsOf, type Fault } from './faults.ts'
import { packedLog, type RunLog } from './packed-log.ts'
import { scanned, type ScanMemory } from './scans.ts'
import { brought, upkeepOf } from './upkeep.ts'

/** What a run is made of. */
export type WorldOptions = {
  readonly marketplace: string
  readonly packs: readonly Pack[]
  readonly flow: Pipeline
  readonly actors: readonly Actor[]
  /** Times at which the watch itself is blind. */
  readonly own: readonly Fault[]
  readonly from: Instant
  readonly days: number
  /** Whether equal minutes are added in one step (the same result, see the test) or one by one. */
  readonly minute_by_minute?: boolean
  readonly people: People
  /** Given the days that were sealed, with their minutes; a run keeps none of them. */
  readonly onSealed?: (days: readonly DayOfMinutes[]) => void
  /** Called after each simulated day, when everything that fell due in it has happened. */
  readonly afterDay?: (world: World, day_end: Instant) => Promise<void>
}

/** The people of the run: asked once a day what they do. */
export type People = { readonly work: (world: World, now: Instant) => Promise<void> }

/** A run as it stands: the ground that the real deciders and reactors work on, and the ways in which time and people act on it. */
export type World = {
  readonly options: WorldOptions
  readonly log: RunLog
  readonly documents: Ground['documents']
  /** Whom each document concerns, by view and key. */
  readonly subjects: ReadonlyMap<string, string>
  readonly record: (
    at: Instant,
    by: ActsAs,
    events: readonly NewEvent[],
    expect?: { readonly stream: StreamId; readonly version: number },
  ) => Promise<void>
}

const WATCH: ActsAs = { kind: 'machine', name: 'watch' }
const SCANNER: ActsAs = { kind: 'machine', name: 'scanner' }
const SWEEPER: ActsAs = { kind: 'machine', name: 'sweeper' }
const OPERATOR: ActsAs = { kind: 'person', id: 'per_operator' }
/** Hours between registration, details and proof of control. */
const SETTLING_MINUTES = 180

/** Lets days pass: the real deciders, clocks, judge and badges on virtual time, against apps whose faults are given. */
export async function run(options: WorldOptions): Promise<World> {
  const { marketplace, flow, actors, days } = options
  const log = packedLog(marketplace)
  const documents = dueDocuments()
  const world: World = {
    options,
    log,
    documents,
    subjects: documents.subjects,
    async record(at, by, events, expect) {
      if (events.length > 0) await record({ log, documents, now: at }, flow, events, { by, cause: null, at }, expect)
    },
  }
  const watches = new Map<string, Watch>()
  const first = minuteOf(options.from)
  for (let day = 0; day < days; day++) {
    const start = first + day * DAY_MINUTES
    const end = start + DAY_MINUTES
    const happenings: Happening[] = [{ minute: start, order: 0, happen: (at) => adopt(world, at) }]
    // People look in the morning, after the night's scans and deadlines.
    happenings.push({ minute: start + 9 * 60, order: 5, happen: (at) => options.people.work(world, at) })
    for (const actor of actors) if (actor.joins < end) happenings.push(...dayOf(world, actor, watches, start, end))
    happenings.sort((a, b) => a.minute - b.minute || a.order - b.order)
    for (const { minute, happen } of happenings) {
      const at = startOfMinute(minute)
      await sweepUntil(world, documents.nextDue, at)
      await happen(at)
    }
    const day_end = startOfMinute(end)
    await sweepUntil(world, documents.nextDue, after(day_end, -1))
    await options.afterDay?.(world, day_end)
  }
  return world
}

type Happening = { readonly minute: number; readonly order: number; readonly happen: (at: Instant) => Promise<void> }

/** Everything that fell due up to a moment, each at its own time. */
async function sweepUntil(world: World, nextDue: (until: Instant) => Due | null, until: Instant): Promise<void> {
  for (;;) {
    const due = nextDue(until)
    if (due === null) return
    const stream = clockStream(due)
    await world.record(due.due_at, SWEEPER, [cameDue(due)], { stream, version: world.log.versionOf(stream) })
  }
}

async function adopt(world: World, at: Instant): Promise<void> {
  for (const pack of world.options.packs) {
    const catalogue = inForce(pack, at)
    if (catalogue === null) continue
    const stream = programmeStream(catalogue.programme.id)
    const events = await world.log.stream(stream)
    // The guarantee of the cast: only this decider's events are on the stream.
    const state = events.reduce(
      (before, event) => programme.evolve(before, event as unknown as DirectoryEvent & { at: Instant }),
      programme.initial,
    )
    if (state.status === 'closed') continue
    const facts = programme.decide(
      { act: 'adopt', programme: catalogue.programme.id, version: catalogue.version, digest: catalogue.digest },
      state,
      at,
    )
    await world.record(
      at,
      SWEEPER,
      facts.map(({ type, payload }) => ({ stream, subject: null, type, payload })),
    )
  }
}

/** What the run keeps of an app beside the log. */
type Watch = {
  series: Series | null
  catalogues: string
  scans: ScanMemory
  /** When each thing that was brought is brought again; null for what lasts. */
  readonly renews: Map<string, Instant | null>
  /** Under which rules that was, and when the first of it is due. */
  brings: { readonly catalogues: string; readonly at: Instant | null } | null
}

/** Everything that happens to one app in a day, each with its minute. */
function dayOf(world: World, actor: Actor, watches: Map<string, Watch>, start: number, end: number): readonly Happening[] {
  const happenings: Happening[] = []
  const joins_today = actor.joins >= start
  if (joins_today) happenings.push({ minute: actor.joins, order: 1, happen: (at) => join(world, actor, at) })
  const proven = actor.joins + SETTLING_MINUTES
  const watched = watches.get(actor.app) ?? { series: null, catalogues: '', scans: {}, renews: new Map(), brings: null }
  watches.set(actor.app, watched)
  if (actor.proves && proven >= start && proven < end)
    happenings.push({ minute: proven, order: 1, happen: (at) => prove(world, actor, at) })
  // What people have to bring: on the second day first, then before it lapses.
  const morning = Math.max(start + 8 * 60, actor.joins + DAY_MINUTES)
  if (morning < end) happenings.push({ minute: morning, order: 2, happen: (at) => bring(world, actor, watched, at) })
  const scan_at = start + Math.floor(phaseOf(actor.app, DAY_MINUTES))
  if (scan_at > actor.joins) {
    happenings.push({
      minute: scan_at,
      order: 3,
      happen: async (at) => {
        const consent = actor.proves && scan_at > proven
        const told = scanned(
          actor,
          faultsAt(actor.faults, scan_at),
          faultsAt(world.options.own, scan_at).length > 0,
          consent,
          at,
          watched.scans,
        )
        watched.scans = told.memory
        await world.record(at, SCANNER, told.events)
      },
    })
  }
  if (actor.proves && actor.health_path !== null && proven < end)
    happenings.push(...minutesOf(world, actor, watched, Math.max(start, proven + 1), end))
  return happenings
}

/** The minutes of a day, as the watch counts them: what must be told comes at its own minute, and midnight seals the day. */
function minutesOf(world: World, actor: Actor, watched: Watch, from: number, end: number): readonly Happening[] {
  const series = followProgrammes(world, watched, actor, from)
  const events: NewEvent[] = []
  const add = (kind: MinuteKind, minutes: number): void => {
    const { events: told, days } = advanceSeries(series, kind, minutes, sha256)
    events.push(...told)
    world.options.onSealed?.(days)
  }
  add('unknown', from - series.to)
  for (const { kind, minutes } of runsOf(actor.faults, world.options.own, from, end)) {
    if (world.options.minute_by_minute !== true) add(kind, minutes)
    else for (let minute = 0; minute < minutes; minute++) add(kind, 1)
  }
  return events.map((event) => {
    // A day is sealed when it is over; everything else is told in the minute after the one that made it so.
    const minute =
      event.type === 'reliability.day_closed' ? end : Math.min(minuteOf((event.payload['to'] ?? event.payload['at']) as Instant), end)
    return { minute: Math.min(minute, end - 1), order: minute === end ? 9 : 4, happen: (at: Instant) => world.record(at, WATCH, [event]) }
  })
}

/** New rules bring new objectives; what the others have counted goes on. Only availability is observed here. */
function followProgrammes(world: World, watched: Watch, actor: Actor, minute: number): Series {
  const now = startOfMinute(minute)
  const catalogues = world.options.packs.flatMap((pack) => inForce(pack, now) ?? [])
  const versions = catalogues.map(({ digest }) => digest).join()
  if (watched.series !== null && versions === watched.catalogues) return watched.series
  const before = watched.series
  const wanted = objectivesOf(catalogues).filter(({ indicator }) => indicator === AVAILABILITY)
  const fresh = unseenSeries({ app: actor.app, indicator: AVAILABILITY, target: '', endpoint: '' }, wanted, before?.to ?? minute)
  const objectives = fresh.objectives.map(
    (one) => before?.objectives.find((old) => objectiveKey(old.objective) === objectiveKey(one.objective)) ?? one,
  )
  watched.catalogues = versions
  const alerts = before === null ? fresh.alerts : alertsUnder(before.alerts, wanted)
  watched.series = { ...fresh, objectives, alerts, today: before?.today ?? fresh.today }
  return watched.series
}

async function join(world: World, actor: Actor, at: Instant): Promise<void> {
  const { app, organisation, description, evidence, source_url, health_path } = actor
  const registered = directory.decide({ act: 'register', app, organisation, description, evidence, source_url }, directory.initial, at)
  const details = { app, health_path, alert_mailbox: health_path !== null, base_urls: description.base_urls }
  await world.record(at, OPERATOR, [
    ...registered.map((fact) => told(app, fact)),
    told(app, { type: 'directory.details_supplied', payload: details }),
  ])
}

async function prove(world: World, actor: Actor, at: Instant): Promise<void> {
  const host = actor.description.base_urls[0]
  if (host === undefined) return
  const payload = { app: actor.app, domain: new URL(host).hostname, method: 'well-known' as const }
  await world.record(at, { kind: 'machine', name: 'domain-proof' }, [told(actor.app, { type: 'directory.domain_proven', payload })])
}

const told = (app: string, fact: DirectoryEvent): NewEvent => ({
  stream: `app/${app}`,
  subject: app,
  type: fact.type,
  payload: fact.payload,
})

/** Records, forms and attestations: brought once, and again before they lapse unless their partner has stopped caring. */
async function bring(world: World, actor: Actor, watched: Watch, at: Instant): Promise<void> {
  const minute = minuteOf(at)
  if (actor.wants.length === 0 || faultsAt(actor.faults, minute).some((fault) => fault.kind === 'neglect')) return
  const wanted = world.options.packs
    .flatMap((pack) => inForce(pack, at) ?? [])
    .filter(({ programme: { id } }) => actor.wants.some((tier) => tier.startsWith(`${id}.`)))
  const catalogues = wanted.map(({ digest }) => digest).join()
  if (watched.brings?.catalogues === catalogues && (watched.brings.at === null || watched.brings.at > at)) return
  await world.record(
    at,
    OPERATOR,
    wanted.flatMap((catalogue) => broughtFor(catalogue, actor, watched, at)),
  )
  const [first = null] = [...watched.renews.values()].filter((one) => one !== null).sort()
  watched.brings = { catalogues, at: first }
}

/** Some days before it lapses; of what lasts a week only, not before half of it is over. */
const renewsAt = (at: Instant, lapses_at: Instant, days_before: number): Instant =>
  later(after(lapses_at, -days_before * DAY_MS), after(at, between(at, lapses_at) / 2))

function broughtFor(catalogue: Catalogue, actor: Actor, watched: Watch, at: Instant): readonly NewEvent[] {
  const { app } = actor
  return upkeepOf(catalogue).flatMap((upkeep): readonly NewEvent[] => {
    const key = `${upkeep.kind}/${upkeep.name}/${upkeep.kind === 'record' ? upkeep.state : ''}`
    const renews_at = watched.renews.get(key)
    if (renews_at !== undefined && (renews_at === null || renews_at > at)) return []
    watched.renews.set(key, upkeep.lasts === null ? null : renewsAt(at, plus(at, upkeep.lasts as Duration), actor.renews_days_before))
    return [brought(upkeep, app, at)]
  })
}
