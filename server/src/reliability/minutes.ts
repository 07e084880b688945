import type { Desk } from '../house.ts'
import type { Digest, NewEvent } from '../kernel/event.ts'
import { keepEvidence, type NewEvidence } from '../platform/evidence.ts'
import { sha256 } from '../platform/crypto.ts'
import type { Unit } from '../platform/sql/database.ts'
import type { Objective } from './objectives.ts'
import {
  advanceSeries,
  advanceSeriesUnseen,
  objectivesOn,
  restoredSeries,
  targetOf,
  toldKey,
  type Advance,
  type DayOfMinutes,
  type DayRun,
  type Series,
  type SeriesName,
  type StoredSeries,
} from './series.ts'
import { ALERTS, OBJECTIVES, seriesKey, type AlertsDocument, type ObjectivesDocument } from './view.ts'
import { DAY_MINUTES, type Minute, type MinuteKind, type Run } from './window.ts'

/** Where minutes are kept. Everything that a minute causes is written in the transaction that writes the minute. */

/** Minutes that somebody looked at, to be written with what follows from them. */
export type Counted = { readonly series: Series; readonly from: Minute; readonly runs: readonly Run[] }

/** The indicator that a failing probe counts against, and the kind of evidence that it leaves. */
export const AVAILABILITY = 'availability'
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
  const longest = objectives.reduce((most, { window_minutes }) => Math.max(most, window_minutes), 0)
  const newest_days = await unit.sql
    .selectFrom('day_count')
    .select(['subject', (eb) => eb.fn.max('day').as('day')])
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('indicator', '=', indicator)
    .where('target', '=', target)
    .$if(apps !== null, (query) => query.where('subject', 'in', apps ?? []))
    .groupBy('subject')
    .execute()
  const newest = new Map(newest_days.map(({ subject, day }) => [subject, day]))
  const told = await toldOf(unit, apps)
  const alerts = await alertsOf(unit, indicator, target, apps)
  const minutes = await openMinutes(unit, indicator, target, apps)
  const subjects = new Set([...(apps ?? []), ...newest.keys(), ...minutes.keys()])
  // A window that ends in the open day reaches back this many days before the newest closed one.
  const back = Math.ceil(longest / DAY_MINUTES) + 1
  const oldest = Math.min(...newest.values()) - back
  const days = newest.size === 0 ? new Map<string, StoredDay[]>() : await closedDays(unit, indicator, target, apps, oldest)
  const name = (app: string): SeriesName => ({ app, indicator, target })
  return new Map(
    [...subjects].map((app) => {
      const stored = {
        days: days.get(app) ?? [],
        minutes: minutes.get(app) ?? [],
        told: told.get(app) ?? new Map<string, never>(),
        alerts: alerts.get(app) ?? { open: [], told_at: null },
      }
      return [app, restoredSeries(name(app), objectives, stored, begins)]
    }),
  )
}

type StoredDay = { readonly day: number; readonly runs: readonly DayRun[] }

async function closedDays(
  unit: Unit,
  indicator: string,
  target: string,
  apps: readonly string[] | null,
  from: number,
): Promise<Map<string, StoredDay[]>> {
  const rows = await unit.sql
    .selectFrom('day_count')
    .select(['subject', 'day', 'runs'])
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('indicator', '=', indicator)
    .where('target', '=', target)
    .where('day', '>=', from)
    .$if(apps !== null, (query) => query.where('subject', 'in', apps ?? []))
    .execute()
  // The guarantee of the cast: `writeDays` wrote them.
  return grouped(
    rows,
    ({ subject }) => subject,
    ({ day, runs }) => ({ day, runs: runs as unknown as readonly DayRun[] }),
  )
}

async function openMinutes(
  unit: Unit,
  indicator: string,
  target: string,
  apps: readonly string[] | null,
): Promise<Map<string, { minute: Minute; kind: MinuteKind }[]>> {
  const rows = await unit.sql
    .selectFrom('minute_count')
    .select(['subject', 'minute', 'good', 'total'])
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('indicator', '=', indicator)
    .where('target', '=', target)
    .$if(apps !== null, (query) => query.where('subject', 'in', apps ?? []))
    .execute()
  return grouped(
    rows,
    ({ subject }) => subject,
    ({ minute, good, total }) => ({ minute, kind: kindOf(good, total) }),
  )
}

async function toldOf(unit: Unit, apps: readonly string[] | null): Promise<Map<string, Map<string, ObjectivesDocument[string]['told']>>> {
  const documents = await documentsOf<ObjectivesDocument>(unit, OBJECTIVES, apps)
  return new Map(
    documents.map(({ key, document }) => [key, new Map(Object.values(document ?? {}).map(({ told }) => [toldKey(told), told]))]),
  )
}

async function alertsOf(
  unit: Unit,
  indicator: string,
  target: string,
  apps: readonly string[] | null,
): Promise<Map<string, StoredSeries['alerts']>> {
  const documents = await documentsOf<AlertsDocument>(unit, ALERTS, apps)
  return new Map(
    documents.map(({ key, document }) => {
      const open = Object.values(document?.open ?? {}).filter(
        (one) => one.indicator === indicator && targetOf(one.objective.good_when_at_most) === target,
      )
      return [key, { open, told_at: document?.told_at[seriesKey(indicator, target)] ?? null }]
    }),
  )
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
        some.map(({ app, indicator, target, day, good, total, unknown, runs, digest }) => ({
          marketplace_id: unit.scope.marketplace,
          subject: app,
          indicator,
          target,
          day,
          good,
          total,
          unknown,
          runs: JSON.stringify(runs),
          digest,
        })),
      )
      .execute()
    for (const { app, indicator, target, day } of some) {
      await unit.sql
        .deleteFrom('minute_count')
        .where('marketplace_id', '=', unit.scope.marketplace)
        .where('subject', '=', app)
        .where('indicator', '=', indicator)
        .where('target', '=', target)
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
      told.push({ ...event, payload: { ...event.payload, evidence: [...(await failingEvidence(unit, app, EVIDENCE_CITED))] } })
    }
  }
  return told
}

/** Names of the newest evidence of failing probes. */
export async function failingEvidence(unit: Unit, app: string, most: number): Promise<readonly Digest[]> {
  const rows = await unit.sql
    .selectFrom('evidence')
    .select('evidence_id')
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('subject', '=', app)
    .where('kind', '=', PROBE_EVIDENCE)
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
  },
): Promise<number> {
  return desk.asMachine(async () => {
    await readPen(desk)
    await takePen(desk, { holder: 'by-hand', until: desk.now })
    const { app, indicator, objectives, from } = given
    const target = targetOf(given.good_when_at_most ?? null)
    const series = (await readSeries(desk, { indicator, target, objectives, apps: [app], begins: from })).get(app)
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
