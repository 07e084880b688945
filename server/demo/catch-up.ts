import { setTimeout as sleep } from 'node:timers/promises'
import { adoptProgrammes } from '../src/directory/adopting.ts'
import { APPS, type AppDocument } from '../src/directory/apps-view.ts'
import type { Acting } from '../src/enrolment/authorise.ts'
import type { Desk, House } from '../src/house.ts'
import type { Actor, NewEvent } from '../src/kernel/event.ts'
import type { JsonObject } from '../src/kernel/json.ts'
import { after, between, DAY_MS, dayOf, earlier, HOUR_MS, later, MINUTE_MS, startOf, type Day, type Instant } from '../src/kernel/time.ts'
import type { Clock } from '../src/platform/clock.ts'
import { record } from '../src/platform/dispatch.ts'
import { inForce, type Pack } from '../src/programmes/load.ts'
import { dayIn, stagesOf } from '../src/programmes/phase.ts'
import { gatherSome } from '../src/publishing/outbox/gather.ts'
import { holdWatch } from '../src/reliability/jobs.ts'
import { AVAILABILITY, readPen, readSeries, seriesIn, takePen, writeCounted, type Counted } from '../src/reliability/minutes.ts'
import { objectivesOf } from '../src/reliability/objectives.ts'
import { endpointOf, healthUrl, kindOfAll } from '../src/reliability/watch.ts'
import { minuteOf, startOfMinute, type MinuteKind } from '../src/reliability/window.ts'
import { requestScan, SCANNER } from '../src/scanning/due.ts'
import { scanStream } from '../src/scanning/record.ts'
import { SCANS, type ScansDocument } from '../src/scanning/scans-view.ts'
import { FACTS } from '../src/standing/facts-view.ts'
import type { Facts } from '../src/standing/facts.ts'
import { cataloguesInForce } from '../src/standing/reactor.ts'
import { cameDue, clockStream } from '../src/sweeping.ts'
import { gather, type Gathered } from './gathered.ts'
import { broughtOn } from './keeping-up.ts'

const MACHINE: Acting = { kind: 'machine', name: 'demo' }
const DEMO: Actor = { kind: 'machine', name: 'demo' }
const SWEEPER: Actor = { kind: 'machine', name: 'sweeper' }
/** As in the past, see `simulate/world.ts`. */
const PEOPLE: Actor = { kind: 'person', id: 'per_operator' }

/** Pages wait while a stretch is written, so a long way is cut into such. */
const LONGEST_STRETCH_MS = 14 * DAY_MS

/** A clock that goes on when it is told to. */
type MovedClock = Clock & { readonly advance: (milliseconds: number) => void }

/** How each watched app answers, and each of its base URLs, by `seriesIn`. */
type Behaviour = ReadonlyMap<string, MinuteKind>

/**
 * Moves the demo's clock on. In the skipped time every app behaves as it does now, the watch keeps watching, rules come into
 * force on their day, and whatever falls due happens, each at its own moment: in one leap or in many small ones, the same is
 * told.
 */
export async function catchUp(
  house: House,
  clock: MovedClock,
  milliseconds: number,
  given: {
    /** Called whenever a part of the way has been written. */
    readonly arrived?: () => void
    /** Apps that behave otherwise than when they were last scanned: before days pass they are scanned again. */
    readonly switched?: readonly string[]
  } = {},
): Promise<void> {
  const behaviour = await behaviourNow(house)
  const { switched = [] } = given
  const on = async (left: number, most: number): Promise<number> => {
    // The running watch would settle the skipped minutes as unseen if it looked in between.
    const passed = await holdWatch(house, () => leap(house, clock, behaviour, Math.min(left, most)))
    await adoptProgrammes(house)
    given.arrived?.()
    return left - passed
  }
  let left = milliseconds
  if (left >= DAY_MS && switched.length > 0) {
    const scanned = await askForScans(house, switched)
    left = await on(left, SCANNER_RESTS_MS)
    await scanned()
  }
  while (left > 0) left = await on(left, LONGEST_STRETCH_MS)
}

/** A scanner lets an app rest for a minute. */
const SCANNER_RESTS_MS = 2 * MINUTE_MS

/** Has apps scanned now; what it answers with waits until they are. */
async function askForScans(house: House, apps: readonly string[]): Promise<() => Promise<void>> {
  const lastOf = (app: string): Promise<string | null> =>
    house.act(SCANNER, 'scan-app', {}, async (desk) => (await desk.documents.get<ScansDocument>(SCANS, app))?.last?.started_at ?? null)
  const asked = await Promise.all(apps.map(async (app) => ({ app, before: await lastOf(app) })))
  for (const { app } of asked) await house.act(SCANNER, 'scan-app', {}, (desk) => requestScan(desk, app))
  return async () => {
    const until = performance.now() + SCAN_PATIENCE_MS
    for (const { app, before } of asked) {
      while ((await lastOf(app)) === before) {
        if (performance.now() > until) {
          house.log.warn({ app }, 'the scan did not come back; the days that pass repeat what the last one said')
          return
        }
        await sleep(SCAN_POLL_MS)
      }
    }
  }
}

const SCAN_PATIENCE_MS = 60_000
const SCAN_POLL_MS = 200

/** What a probe of each watched app says at this moment; a flaky app is asked often enough to show. */
async function behaviourNow(house: House): Promise<Behaviour> {
  const apps = await house.act(MACHINE, 'read-app', {}, (desk) => desk.documents.list<AppDocument>(APPS))
  const asked = apps.map(async ({ document }): Promise<readonly (readonly [string, MinuteKind])[]> => {
    const { app, base_urls, health_path, domains } = document
    if (base_urls.length === 0 || health_path === null || domains.length === 0) return []
    const kinds = await Promise.all(base_urls.map((base_url) => kindNow(house, healthUrl(base_url, health_path))))
    const parts = base_urls.map((base_url, place) => [seriesIn(app, endpointOf(base_url)), kinds[place] ?? 'unknown'] as const)
    return [[app, kindOfAll(kinds)], ...parts]
  })
  return new Map((await Promise.all(asked)).flat())
}

async function kindNow(house: House, url: string): Promise<MinuteKind> {
  for (let time = 0; time < LOOKS; time++) {
    const answer = await house.stranger.fetch({ url, ports: [Number(new URL(url).port)], limits: { total_ms: SLOWEST_MS } })
    if (answer.kind !== 'answer' || answer.status !== 200 || answer.phases.total_ms > SLOWEST_MS) return 'bad'
  }
  return 'good'
}

const LOOKS = 3
const SLOWEST_MS = 3_000

/** Lets a stretch of time pass in one transaction, at most until the rules change, and moves the clock. Answers with how far. */
function leap(house: House, clock: MovedClock, behaviour: Behaviour, milliseconds: number): Promise<number> {
  return house.act(MACHINE, 'read-app', {}, (desk) =>
    desk.asMachine(async () => {
      const from = desk.now
      const to = rulesChangeAt(house.packs, from, after(from, milliseconds)) ?? after(from, milliseconds)
      const ground = await gather(desk)
      const happenings = [
        ...(await minutesBetween(house, desk, behaviour, from, to)),
        ...(await scansBetween(ground, from, to)),
        ...morningsBetween(house, ground, from, to),
      ]
      // Sorting is stable: what happens in one moment keeps its order.
      for (const { at, by, events } of happenings.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))) {
        await sweepUntil(house, ground, from, at)
        for (const event of typeof events === 'function' ? await events(at) : events) {
          await record({ ...ground, now: at }, house.pipeline, [event], { by, cause: null, at })
        }
      }
      await sweepUntil(house, ground, from, to)
      await ground.write()
      // Here, where what was just told is news, and not weeks old as it will be once the clock has moved.
      while (await gatherSome(desk));
      // As the last act of the transaction: whoever waits for the database begins at the new time.
      clock.advance(between(from, to))
      return between(from, to)
    }),
  )
}

/** The first minute in which other versions are in force than at the beginning, a coming one has reached another stage, or a programme may end; null when there is none. */
export function rulesChangeAt(packs: readonly Pack[], from: Instant, to: Instant): Instant | null {
  const rulesAt = (at: Instant): string =>
    packs
      .flatMap((pack) => {
        const { programme } = pack
        const { ends } = programme.succeeds ?? {}
        const stages = programme.versions.flatMap(({ version }) => stagesOf(programme, version, at).map((stage) => `${version} ${stage}`))
        const old = packs.find((one) => one.programme.id === programme.succeeds?.programme)
        const over = ends !== undefined && old !== undefined && dayIn(old.programme.zone, at) >= ends
        return [inForce(pack, at)?.digest ?? '', ...stages, String(over)]
      })
      .join()
  const before = rulesAt(from)
  if (rulesAt(to) === before) return null
  let [same, other] = [minuteOf(from), minuteOf(to) + 1]
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2)
    if (rulesAt(startOfMinute(middle)) === before) same = middle
    else other = middle
  }
  return earlier(to, startOfMinute(other))
}

/** Something that is told at a moment; what people do depends on what they find then. */
type Happening = {
  readonly at: Instant
  readonly by: Actor
  readonly events: readonly NewEvent[] | ((at: Instant) => Promise<readonly NewEvent[]>)
}

/** The minutes between two moments, written as the watch would have counted them, and what is to be told of them. */
async function minutesBetween(house: House, desk: Desk, behaviour: Behaviour, from: Instant, to: Instant): Promise<readonly Happening[]> {
  const objectives = objectivesOf(house.packs.flatMap((pack) => inForce(pack, from) ?? [])).filter(
    ({ indicator }) => indicator === AVAILABILITY,
  )
  const [begins, ends] = [minuteOf(from), minuteOf(to)]
  await readPen(desk)
  await takePen(desk, { holder: 'by-hand', until: desk.now })
  const read = await readSeries(desk, {
    indicator: AVAILABILITY,
    target: '',
    objectives,
    apps: [...behaviour.keys()].filter((key) => !key.includes(' ')),
    begins,
  })
  const counted = [...read.values()].flatMap((series): readonly Counted[] => {
    const first = Math.max(begins, series.to)
    const kind = behaviour.get(seriesIn(series.app, series.endpoint))
    return kind === undefined || first >= ends ? [] : [{ series, from: first, runs: [{ kind, minutes: ends - first }] }]
  })
  const told: NewEvent[] = []
  const keep: Desk['record'] = async (events) => {
    told.push(...events)
    return []
  }
  await writeCounted({ ...desk, record: keep }, counted)
  // What was left uncounted before is told now.
  return told.map((event) => ({ at: later(toldAt(event), from), by: DEMO, events: [event] }))
}

/** When the watch tells what a minute made so: as soon as the minute is over, and of a day at its midnight. */
function toldAt({ type, payload }: NewEvent): Instant {
  // The guarantee of the casts: these are the slice's own events, see `reliability/events.ts`.
  if (type === 'reliability.day_closed') return after(startOf(payload['day'] as Day), DAY_MS)
  return (payload['to'] ?? payload['at']) as Instant
}

/** A scan a day that says what the last one said. */
async function scansBetween({ documents }: Gathered, from: Instant, to: Instant): Promise<readonly Happening[]> {
  const scans = await documents.list<ScansDocument>(SCANS)
  return scans.flatMap(({ key: app, document: { last, checks: known } }): readonly Happening[] => {
    if (last === null) return []
    const checks: JsonObject = Object.fromEntries(Object.entries(known).map(([check, { outcome }]) => [check, outcome]))
    const { report, descriptor, consent } = last
    const days = Math.max(1, Math.ceil(between(last.observed_at, from) / DAY_MS))
    const told: Happening[] = []
    for (let at = after(last.observed_at, days * DAY_MS); at <= to; at = after(at, DAY_MS)) {
      if (at <= from) continue
      const payload = { app, checks, evidence: [report], observed_at: at, started_at: at, descriptor, consent, report }
      told.push({ at, by: DEMO, events: [{ stream: scanStream(app), subject: app, type: 'scanning.scan_finished', payload }] })
    }
    return told
  })
}

/** Each morning the people around the apps keep up what they have brought. Granting and restoring is left to whoever sits at the demo. */
function morningsBetween(house: House, { documents }: Gathered, from: Instant, to: Instant): readonly Happening[] {
  const events = async (at: Instant): Promise<readonly NewEvent[]> => {
    const catalogues = await cataloguesInForce(house.packs, { documents })
    const apps = await documents.list<Facts>(FACTS)
    return apps.flatMap(({ document }) => broughtOn(catalogues, document, at))
  }
  const mornings: Happening[] = []
  for (let at = after(startOf(dayOf(from)), MORNING_MS); at <= to; at = after(at, DAY_MS)) {
    if (at > from) mornings.push({ at, by: PEOPLE, events })
  }
  return mornings
}

const MORNING_MS = 8 * HOUR_MS

/** Everything that falls due up to a moment, each at its own time, and what was overdue at the beginning. */
async function sweepUntil(house: House, ground: Gathered, from: Instant, until: Instant): Promise<void> {
  for (let due = ground.nextDue(until); due !== null; due = ground.nextDue(until)) {
    const stream = clockStream(due)
    const before = await ground.log.stream(stream)
    const { due_at } = due
    const at = later(due_at, from)
    // Told in an earlier transaction, and the document has not moved since.
    if (before.some(({ payload }) => payload['due_at'] === due_at)) continue
    await record(
      { ...ground, now: at },
      house.pipeline,
      [cameDue(due)],
      { by: SWEEPER, cause: null, at },
      { stream, version: before.length },
    )
  }
}
