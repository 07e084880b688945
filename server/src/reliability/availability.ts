import type { Digest } from '../kernel/event.ts'
import { dayOf, type Instant } from '../kernel/time.ts'
import { readEvidence, type Evidence } from '../platform/evidence.ts'
import type { Phases } from '../platform/net/client.ts'
import type { Unit } from '../platform/sql/database.ts'
import { AVAILABILITY, failingEvidence } from './minutes.ts'
import { runsOfDay, type DayRun } from './series.ts'
import { percentOf } from './share.ts'
import { DAYS, type DaysDocument, type PublicDay } from './view.ts'
import { countWindow, DAY_MINUTES, minuteOf, type MinuteCount, type WindowCounts } from './window.ts'

/** What pages show of an app's availability. Every figure is exact at `to`, the start of the minute that is still open. */
export type Availability = WindowCounts & {
  /** Share of the window's minutes that were judged, in per cent, cut off. */
  readonly coverage: string
  /** Share of the judged minutes that were good, in per cent, cut off; null when none was. */
  readonly percent: string | null
  /** The newest days, oldest first; the last one is today as far as it has gone. Days that nobody counted are missing. */
  readonly days: readonly PublicDay[]
  readonly last_failing: Evidence | null
  /** The newest probe of each address. */
  readonly latest: readonly LatestProbe[]
}

export type LatestProbe = {
  readonly target: string
  readonly at: Instant
  readonly verdict: 'good' | 'bad' | 'unknown'
  readonly reason: string | null
  readonly status: number | null
  readonly phases: Phases
}

/** Reads an app's availability over a programme's window to the minute, its days, its newest probes and its last failure. Sees what the transaction's party may see. */
export async function availabilityOf(
  unit: Unit,
  app: string,
  now: Instant,
  window_minutes: number,
  indicator = AVAILABILITY,
): Promise<Availability> {
  const counts = await windowOf(unit, app, now, indicator, window_minutes)
  const days = (await unit.documents.get<DaysDocument>(DAYS, app))?.[indicator] ?? []
  const today = await todayOf(unit, app, now, indicator)
  const failing: Digest | undefined = (await failingEvidence(unit, app, 1))[0]
  return {
    ...counts,
    coverage: percentOf(counts.total, counts.expected) ?? '0.00',
    percent: percentOf(counts.good, counts.total),
    days: today === null ? days : [...days.filter(({ day }) => day < today.day), today],
    last_failing: failing === undefined ? null : await readEvidence(unit, failing),
    latest: await latestProbes(unit, app),
  }
}

/** Exact counts over any window of whole minutes that ends with the last whole one before `now`. */
export async function windowOf(unit: Unit, app: string, now: Instant, indicator: string, window_minutes: number): Promise<WindowCounts> {
  const to = minuteOf(now)
  const from = to - window_minutes
  const days = await unit.sql
    .selectFrom('day_count')
    .select(['day', 'good', 'total', 'runs'])
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('subject', '=', app)
    .where('indicator', '=', indicator)
    .where('target', '=', '')
    .where('endpoint', '=', '')
    .where('day', '>=', Math.floor(from / DAY_MINUTES))
    .where('day', '<=', Math.floor(to / DAY_MINUTES))
    .execute()
  const open = await openMinutes(unit, app, indicator, from, to)
  // Days at the edges count minute by minute; a window of 28 days has at most two of them.
  const inside = days.filter(({ day }) => day * DAY_MINUTES >= from && (day + 1) * DAY_MINUTES <= to)
  const edges = days.filter((day) => !inside.includes(day))
  // The guarantee of the cast: `writeDays` wrote them.
  const minutes = [...edges.flatMap(({ day, runs }) => minutesOfDay(day, runs as unknown as readonly DayRun[])), ...open]
  return countWindow({ days: inside, minutes, window_minutes, now })
}

function minutesOfDay(day: number, runs: readonly DayRun[]): readonly MinuteCount[] {
  let minute = day * DAY_MINUTES
  return runsOfDay(runs).flatMap(({ kind, minutes }) =>
    Array.from({ length: minutes }, () => ({ minute: minute++, good: Number(kind === 'good'), total: Number(kind !== 'unknown') })),
  )
}

const openMinutes = (unit: Unit, app: string, indicator: string, from: number, to: number): Promise<MinuteCount[]> =>
  unit.sql
    .selectFrom('minute_count')
    .select(['minute', 'good', 'total'])
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('subject', '=', app)
    .where('indicator', '=', indicator)
    .where('target', '=', '')
    .where('endpoint', '=', '')
    .where('minute', '>=', from)
    .where('minute', '<', to)
    .execute()

async function todayOf(unit: Unit, app: string, now: Instant, indicator: string): Promise<PublicDay | null> {
  const to = minuteOf(now)
  const minutes = await openMinutes(unit, app, indicator, to - (to % DAY_MINUTES), to)
  if (minutes.length === 0) return null
  const good = minutes.reduce((sum, one) => sum + one.good, 0)
  const total = minutes.reduce((sum, one) => sum + one.total, 0)
  return { day: dayOf(now), good, total, unknown: (to % DAY_MINUTES) - total }
}

/** The newest probe of each address of an app. */
export async function latestProbes(unit: Unit, app: string): Promise<readonly LatestProbe[]> {
  const rows = await unit.sql
    .selectFrom('probe_sample')
    .distinctOn('target')
    .select(['target', 'at', 'verdict', 'reason', 'status', 'phases'])
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('subject', '=', app)
    .orderBy('target')
    .orderBy('at', 'desc')
    .execute()
  return rows.map((row) => ({ ...row, at: row.at as Instant, phases: row.phases as unknown as Phases }))
}
