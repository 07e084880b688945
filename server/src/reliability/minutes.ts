import { sql } from 'kysely'
import type { Desk } from '../house.ts'
import type { Digest, NewEvent } from '../kernel/event.ts'
import { keepEvidence, type NewEvidence } from '../platform/evidence.ts'
import { sha256 } from '../platform/crypto.ts'
import type { Unit } from '../platform/sql/database.ts'
import type { Inherits } from './events.ts'
import type { Objective } from './objectives.ts'
import {
  advanceSeries,
  advanceSeriesUnseen,
  objectivesAt,
  objectivesOn,
  restoredSeries,
  runsOfDay,
  targetOf,
  toldKey,
  type Advance,
  type DayOfMinutes,
  type DayRun,
  type Series,
  type SeriesName,
  type Span,
  type StoredSeries,
} from './series.ts'
import { ALERTS, ENDPOINTS, OBJECTIVES, seriesKey, type AlertsDocument, type EndpointsDocument, type ObjectivesDocument } from './view.ts'
import { DAY_MINUTES, minuteOf, type Minute, type MinuteKind, type Run } from './window.ts'

/** Where minutes are kept. Everything that a minute causes is written in the transaction that writes the minute. */

/** Minutes that somebody looked at, to be written with what follows from them. */
export type Counted = { readonly series: Series; readonly from: Minute; readonly runs: readonly Run[] }

/** The indicator that a failing probe counts against, and the kind of evidence that it leaves. */
export const AVAILABILITY = 'availability'
/** Answers slower than the programme's bound, from the same probe. */
export const AVAILABILITY_LATENCY = 'availability-latency'
export const PROBE_EVIDENCE = 'probe'

/** Evidence that a lost objective cites: the newest failures. */
const EVIDENCE_CITED = 5

/**
 * Reads series from storage, all of an indicator's or those of some apps. Reading is claiming: whoever has read last may
 * write, and whoever read before has to read again, so two watches never count one minute twice.
 */
export async function readSeries(
  unit: Unit,
  asked: {
    readonly indicator: string
    readonly target: string
    readonly objectives: readonly Objective[]
    /** Apps that there is nothing of yet start unseen. Null: all that there is something of. */
    readonly apps: readonly string[] | null
    readonly begins: Minute
  },
): Promise<Map<string, Series>> {
  const { indicator, target, apps, begins } = asked
  const objectives = objectivesOn(asked.objectives, asked)
  const endpoints = await endpointsOf(unit, apps)
  const longest = objectives.reduce((most, { window_minutes }) => Math.max(most, window_minutes), 0)
  const newest_days = await unit.sql
    .selectFrom('day_count')
    .select(['subject', 'endpoint', (eb) => eb.fn.max('day').as('day')])
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('indicator', '=', indicator)
    .where('target', '=', target)
    .$if(apps !== null, (query) => query.where('subject', 'in', apps ?? []))
    .groupBy(['subject', 'endpoint'])
    .execute()
  const newest = new Map(newest_days.map(({ subject, endpoint, day }) => [seriesIn(subject, endpoint), day]))
  const told = await toldOf(unit, apps)
  const alerts = await alertsOf(unit, apps)
  const minutes = await openMinutes(unit, indicator, target, apps)
  const named = [...newest_days.map(({ subject }) => subject), ...[...minutes.values()].map(([first]) => first?.subject ?? '')]
  const excluded = await exclusionsOf(unit, apps)
  const subjects = new Set([...(apps ?? []), ...named, ...endpoints.keys(), ...excluded.keys()])
  // A window that ends in the open day reaches back this many days before the newest closed one.
  const back = Math.ceil(longest / DAY_MINUTES) + 1
  const oldest = Math.min(...newest.values()) - back
  const days = newest.size === 0 ? new Map<string, StoredDay[]>() : await closedDays(unit, indicator, target, apps, oldest)
  const restored = (app: string, endpoint: string, by_endpoint: boolean, before: Inherited | null): readonly [string, Series] => {
    const key = seriesIn(app, endpoint)
    const own = { days: days.get(key) ?? [], minutes: minutes.get(key) ?? [] }
    const stored = {
      ...(before === null ? own : inheriting(own, before)),
      since: before?.since ?? null,
      told: told.get(app) ?? new Map<string, never>(),
      alerts: alertsIn(alerts.get(app), indicator, target, endpoint),
      excluded: (excluded.get(app) ?? []).filter((one) => one.endpoint === '' || one.endpoint === endpoint),
    }
    return [key, restoredSeries({ app, indicator, target, endpoint }, objectivesAt(objectives, endpoint, by_endpoint), stored, begins)]
  }
  return new Map(
    [...subjects].flatMap((app) => {
      const own = Object.entries(endpoints.get(app) ?? {})
      const whole = { days: days.get(app) ?? [], minutes: minutes.get(app) ?? [] }
      return [
        restored(app, '', own.length > 0, null),
        ...own
          .filter(([, { watched }]) => watched)
          .map(([endpoint, { since, inherits }]) => restored(app, endpoint, true, { ...whole, since: minuteOf(since), inherits })),
      ]
    }),
  )
}

/** The key of a series among those of one indicator and bound. No app's id has a space in it. */
export const seriesIn = (app: string, endpoint: string): string => (endpoint === '' ? app : `${app} ${endpoint}`)

/** What the app had as a whole before one of its endpoints was counted by itself. */
type Inherited = Minutes & { readonly since: Minute; readonly inherits: Inherits }

type Minutes = { readonly days: readonly StoredDay[]; readonly minutes: readonly StoredMinute[] }

/** Minutes of an endpoint with those before it that it inherits. A bad minute that is not its own is one in which nobody looked. */
function inheriting(own: Minutes, { days, minutes, since, inherits }: Inherited): Minutes {
  const kindAs = (kind: MinuteKind): MinuteKind => (kind === 'bad' && inherits === 'good' ? 'unknown' : kind)
  const first = Math.floor(since / DAY_MINUTES)
  // Of the day in which it began, minutes up to then; its own seal of that day has them once it is closed.
  const begun = days.filter(({ day }) => day === first).flatMap(({ day, runs }) => minutesIn(day, runs))
  return {
    days: [
      ...days
        .filter(({ day }) => day < first)
        .map(({ day, runs }) => ({
          day,
          runs: runs.map(([count, letter]): DayRun => [count, letter === 'b' && inherits === 'good' ? 'u' : letter]),
        })),
      ...own.days,
    ],
    minutes: [
      ...[...begun, ...minutes].filter(({ minute }) => minute < since).map(({ minute, kind }) => ({ minute, kind: kindAs(kind) })),
      ...own.minutes,
    ],
  }
}

function minutesIn(day: number, runs: readonly DayRun[]): readonly StoredMinute[] {
  let minute = day * DAY_MINUTES
  return runsOfDay(runs).flatMap(({ kind, minutes }) => Array.from({ length: minutes }, () => ({ minute: minute++, kind })))
}

/** Minutes that entries of the ledger take out. Of one endpoint, or with an empty one of all that the app has. */
async function exclusionsOf(unit: Unit, apps: readonly string[] | null): Promise<Map<string, (Span & { readonly endpoint: string })[]>> {
  const rows = await unit.sql
    .selectFrom('minute_exclusion')
    .select(['subject', 'endpoint', 'from_minute', 'to_minute'])
    .where('marketplace_id', '=', unit.scope.marketplace)
    .$if(apps !== null, (query) => query.where('subject', 'in', apps ?? []))
    .execute()
  return grouped(
    rows,
    ({ subject }) => subject,
    ({ endpoint, from_minute, to_minute }) => ({ endpoint, from: from_minute, to: to_minute }),
  )
}

async function endpointsOf(unit: Unit, apps: readonly string[] | null): Promise<Map<string, EndpointsDocument>> {
  const documents = await documentsOf<EndpointsDocument>(unit, ENDPOINTS, apps)
  return new Map(documents.flatMap(({ key, document }) => (document === null ? [] : [[key, document] as const])))
}

type StoredDay = { readonly day: number; readonly runs: readonly DayRun[] }

type StoredMinute = { readonly minute: Minute; readonly kind: MinuteKind }

async function closedDays(
  unit: Unit,
  indicator: string,
  target: string,
  apps: readonly string[] | null,
  from: number,
): Promise<Map<string, StoredDay[]>> {
  const rows = await unit.sql
    .selectFrom('day_count')
    .select(['subject', 'endpoint', 'day', 'runs'])
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('indicator', '=', indicator)
    .where('target', '=', target)
    .where('day', '>=', from)
    .$if(apps !== null, (query) => query.where('subject', 'in', apps ?? []))
    .execute()
  // The guarantee of the cast: `writeDays` wrote them.
  return grouped(
    rows,
    ({ subject, endpoint }) => seriesIn(subject, endpoint),
    ({ day, runs }) => ({ day, runs: runs as unknown as readonly DayRun[] }),
  )
}

async function openMinutes(
  unit: Unit,
  indicator: string,
  target: string,
  apps: readonly string[] | null,
): Promise<Map<string, (StoredMinute & { readonly subject: string })[]>> {
  const rows = await unit.sql
    .selectFrom('minute_count')
    .select(['subject', 'endpoint', 'minute', 'good', 'total'])
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('indicator', '=', indicator)
    .where('target', '=', target)
    .$if(apps !== null, (query) => query.where('subject', 'in', apps ?? []))
    .execute()
  return grouped(
    rows,
    ({ subject, endpoint }) => seriesIn(subject, endpoint),
    ({ subject, minute, good, total }) => ({ subject, minute, kind: kindOf(good, total) }),
  )
}

async function toldOf(unit: Unit, apps: readonly string[] | null): Promise<Map<string, Map<string, ObjectivesDocument[string]['told']>>> {
  const documents = await documentsOf<ObjectivesDocument>(unit, OBJECTIVES, apps)
  return new Map(
    documents.map(({ key, document }) => [key, new Map(Object.values(document ?? {}).map(({ told }) => [toldKey(told), told]))]),
  )
}

async function alertsOf(unit: Unit, apps: readonly string[] | null): Promise<Map<string, AlertsDocument | null>> {
  const documents = await documentsOf<AlertsDocument>(unit, ALERTS, apps)
  return new Map(documents.map(({ key, document }) => [key, document]))
}

/** What is open of one series among all alerts of its app. */
function alertsIn(
  document: AlertsDocument | null | undefined,
  indicator: string,
  target: string,
  endpoint: string,
): StoredSeries['alerts'] {
  const open = Object.values(document?.open ?? {}).filter(
    (one) => one.indicator === indicator && targetOf(one.objective.good_when_at_most) === target && (one.endpoint ?? '') === endpoint,
  )
  return { open, told_at: document?.told_at[seriesKey(indicator, target, endpoint)] ?? null }
}

async function documentsOf<Document>(
  unit: Unit,
  view: string,
  apps: readonly string[] | null,
): Promise<readonly { readonly key: string; readonly document: Document | null }[]> {
  if (apps === null || apps.length !== 1) return unit.documents.list<Document>(view)
  const [key = ''] = apps
  return [{ key, document: await unit.documents.get<Document>(view, key) }]
}

/** What a minute's counts make of it. */
export const kindOf = (good: number, total: number): MinuteKind => (total === 0 ? 'unknown' : good === total ? 'good' : 'bad')

function grouped<Row, Value>(rows: readonly Row[], keyOf: (row: Row) => string, valueOf: (row: Row) => Value): Map<string, Value[]> {
  const groups = new Map<string, Value[]>()
  for (const row of rows) {
    const group = groups.get(keyOf(row))
    if (group === undefined) groups.set(keyOf(row), [valueOf(row)])
    else group.push(valueOf(row))
  }
  return groups
}

/**
 * Counts minutes and writes them with everything that follows: rows, closed days, events. Long because it is one sequence.
 * The series move in memory while this runs; when the transaction fails they are ahead of storage and must be read again.
 */
export async function writeCounted(desk: Desk, counted: readonly Counted[], evidence: readonly NewEvidence[] = []): Promise<void> {
  const rows: (MinuteRow & { readonly series: Series })[] = []
  const advance: { events: NewEvent[]; days: DayOfMinutes[] } = { events: [], days: [] }
  const add = ({ events, days }: Advance): void => {
    advance.events.push(...events)
    advance.days.push(...days)
  }
  for (const { series, from, runs } of counted) {
    if (from < series.to) throw new Error(`minute ${from} of ${series.app} is counted already, up to ${series.to}`)
    add(advanceSeriesUnseen(series, from, sha256))
    for (const { kind, minutes } of runs) {
      const begins = series.to
      add(advanceSeries(series, kind, minutes, sha256))
      // Minutes of days that this closed are in the day's runs.
      const open = Math.max(begins, series.to - (series.to % DAY_MINUTES))
      for (let minute = open; minute < series.to; minute++) rows.push({ series, minute, kind })
    }
  }
  await keepEvidence(desk, evidence)
  await writeMinuteRows(
    desk,
    rows.filter(({ series, minute }) => minute >= series.to - (series.to % DAY_MINUTES)),
  )
  await writeDays(desk, advance.days)
  if (advance.events.length === 0) return
  await desk.record(await citing(desk, advance.events))
}

type MinuteRow = { readonly series: SeriesName; readonly minute: Minute; readonly kind: MinuteKind }

async function writeMinuteRows(unit: Unit, rows: readonly MinuteRow[]): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    await unit.sql
      .insertInto('minute_count')
      .values(
        rows.slice(from, from + ROWS_AT_ONCE).map(({ series, minute, kind }) => ({
          marketplace_id: unit.scope.marketplace,
          minute,
          subject: series.app,
          indicator: series.indicator,
          target: series.target,
          endpoint: series.endpoint,
          good: Number(kind === 'good'),
          total: Number(kind !== 'unknown'),
          unknown: Number(kind === 'unknown'),
        })),
      )
      .execute()
  }
}

/** Writes closed days, and lets go of their single minutes. A day that is there already is a bug, and stops the transaction. */
export async function writeDays(unit: Unit, days: readonly DayOfMinutes[]): Promise<void> {
  for (let from = 0; from < days.length; from += ROWS_AT_ONCE) {
    const some = days.slice(from, from + ROWS_AT_ONCE)
    await unit.sql
      .insertInto('day_count')
      .values(
        some.map(({ app, indicator, target, endpoint, day, good, total, unknown, runs, digest }) => ({
          marketplace_id: unit.scope.marketplace,
          subject: app,
          indicator,
          target,
          endpoint,
          day,
          good,
          total,
          unknown,
          runs: JSON.stringify(runs),
          digest,
        })),
      )
      .execute()
    for (const { app, indicator, target, endpoint, day } of some) {
      await unit.sql
        .deleteFrom('minute_count')
        .where('marketplace_id', '=', unit.scope.marketplace)
        .where('subject', '=', app)
        .where('indicator', '=', indicator)
        .where('target', '=', target)
        .where('endpoint', '=', endpoint)
        .where('minute', '<', (day + 1) * DAY_MINUTES)
        .execute()
    }
  }
}

const ROWS_AT_ONCE = 1_000

/** An objective that was lost cites the newest failures that led there. */
async function citing(unit: Unit, events: readonly NewEvent[]): Promise<readonly NewEvent[]> {
  const told: NewEvent[] = []
  for (const event of events) {
    const app = event.subject
    if (event.type !== 'reliability.objective_lost' || app === null) told.push(event)
    else {
      told.push({
        ...event,
        payload: { ...event.payload, evidence: [...(await failingEvidence(unit, app, EVIDENCE_CITED, event.payload['endpoint']))] },
      })
    }
  }
  return told
}

/** Names of the newest evidence of failing probes, of one endpoint where it is given. */
export async function failingEvidence(unit: Unit, app: string, most: number, endpoint?: unknown): Promise<readonly Digest[]> {
  const rows = await unit.sql
    .selectFrom('evidence')
    .select('evidence_id')
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('subject', '=', app)
    .where('kind', '=', PROBE_EVIDENCE)
    .$if(typeof endpoint === 'string', (query) => query.where(sql<string>`source ->> 'endpoint'`, '=', String(endpoint)))
    .orderBy('observed_at', 'desc')
    .limit(most)
    .execute()
  return rows.map(({ evidence_id }) => evidence_id as Digest)
}

/** Who may write minutes: whoever took the pen last. Held for a while, so that a second watch on one database stands by. */
export type Pen = { readonly holder: string; readonly until: string }

const PEN = 'reliability.pen'

/** The pen as it lies in storage, locked until the transaction ends. */
export async function readPen(unit: Unit): Promise<Pen | null> {
  const row = await unit.sql
    .selectFrom('setting')
    .select('value')
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('name', '=', PEN)
    .forUpdate()
    .executeTakeFirst()
  return row === undefined ? null : (row.value as unknown as Pen)
}

/** Takes the pen. */
export async function takePen(unit: Unit, pen: Pen): Promise<void> {
  const value = JSON.stringify(pen)
  await unit.sql
    .insertInto('setting')
    .values({ marketplace_id: unit.scope.marketplace, name: PEN, value })
    .onConflict((conflict) => conflict.columns(['marketplace_id', 'name']).doUpdateSet({ value }))
    .execute()
}

/**
 * Writes many minutes of an app at once, as runs of equal ones, with the same rows, events and digests as minute by minute.
 * `from` is where the first run begins; what lies between the counted minutes and there was not seen. Minutes that are
 * counted already stay as they are. Answers with how many were added. A running watch notices and reads again.
 */
export async function recordMinutes(
  desk: Desk,
  given: {
    readonly app: string
    readonly indicator: string
    readonly objectives: readonly Objective[]
    readonly from: Minute
    readonly runs: readonly Run[]
    readonly good_when_at_most?: number
    /** A base URL that is counted by itself; otherwise the app as a whole. */
    readonly endpoint?: string
  },
): Promise<number> {
  return desk.asMachine(async () => {
    await readPen(desk)
    await takePen(desk, { holder: 'by-hand', until: desk.now })
    const { app, indicator, objectives, from } = given
    const target = targetOf(given.good_when_at_most ?? null)
    const series = (await readSeries(desk, { indicator, target, objectives, apps: [app], begins: from })).get(
      seriesIn(app, given.endpoint ?? ''),
    )
    if (series === undefined) throw new Error(`no series of ${app}`)
    const runs = runsAfter(given.runs, series.to - from)
    const added = runs.reduce((sum, { minutes }) => sum + minutes, 0)
    if (added > 0) await writeCounted(desk, [{ series, from: Math.max(from, series.to), runs }])
    return added
  })
}

/** Runs without their first minutes. */
function runsAfter(runs: readonly Run[], minutes: number): readonly Run[] {
  let skip = Math.max(0, minutes)
  return runs.flatMap(({ kind, minutes: count }) => {
    const skipped = Math.min(skip, count)
    skip -= skipped
    return count === skipped ? [] : [{ kind, minutes: count - skipped }]
  })
}
