import { canonical } from '../kernel/canonical.ts'
import type { Digest, NewEvent, Sha256 } from '../kernel/event.ts'
import { dayOf, type Day, type Instant } from '../kernel/time.ts'
import { advanceAlerts, alertsOver, RECENT_MINUTES, type Alerts, type OpenAlert } from './alerts.ts'
import type { AlertEvent, DayClosed, DayClosedEvent, ReliabilityEvent, WindowTold } from './events.ts'
import { advanceObjective, objectiveKey, sloStream, toldBefore, type Objective, type TrackedObjective } from './objectives.ts'
import { advanceRun, DAY_MINUTES, minuteOf, startOfMinute, unseenWindow, type Minute, type MinuteKind, type Run } from './window.ts'

/**
 * The minutes of one indicator of one app: every objective on it, and the day that is still open. Advancing a series is the
 * only way in which minutes become sums; what must be told and which days were closed by it come back together, so that
 * they can be written in one transaction.
 */
export type Series = SeriesName & {
  readonly objectives: readonly TrackedObjective[]
  readonly alerts: Alerts
  /** Minutes that the ledger takes out: seen as they were, and counted as not judged. In order, none touching another. */
  readonly excluded: readonly Span[]
  /** From midnight to `to`, equal minutes in a row. */
  today: Run[]
  /** The first minute that is not counted yet. */
  to: Minute
}

/** Minutes [from, to). */
export type Span = { readonly from: Minute; readonly to: Minute }

/**
 * What a series is about. `target` is `at-most-1000` for a bound of its own, else empty. `endpoint` is a base URL that is
 * counted by itself, and empty for the app as a whole, of which a minute is bad when it is bad at any of its endpoints.
 */
export type SeriesName = { readonly app: string; readonly indicator: string; readonly target: string; readonly endpoint: string }

/** A day whose minutes are all known to be good, bad or not seen. */
export type DayOfMinutes = SeriesName & {
  /** Days since 1970-01-01. */
  readonly day: number
  readonly good: number
  readonly total: number
  readonly unknown: number
  readonly runs: readonly DayRun[]
  readonly digest: Digest
}

/** Equal minutes in a row as they are stored: how many, and good, bad or unknown by its first letter. */
export type DayRun = readonly [number, 'g' | 'b' | 'u']

/** What follows from minutes: events in the order of their minutes, and closed days. */
export type Advance = { readonly events: readonly NewEvent[]; readonly days: readonly DayOfMinutes[] }

/** Adds equal minutes. The same minutes give the same events, sums and digests, however they are cut into runs. */
export function advanceSeries(series: Series, kind: MinuteKind, minutes: number, sha256: Sha256): Advance {
  const events: NewEvent[] = []
  const days: DayOfMinutes[] = []
  for (let left = minutes; left > 0;) {
    const { counts_as, minutes: same } = ledgerAt(series.excluded, series.to, kind)
    const stretch = Math.min(left, DAY_MINUTES - (series.to % DAY_MINUTES), same)
    left -= stretch
    const told = series.objectives.flatMap((tracked) => advanceObjective(tracked, counts_as, stretch, kind))
    // Each objective tells in its own order; the log has the order of minutes.
    const all = [...told, ...advanceAlerts(series.alerts, counts_as, stretch)]
    const inOrder = all.toSorted((a, b) => (momentOf(a) < momentOf(b) ? -1 : momentOf(a) > momentOf(b) ? 1 : 0))
    events.push(...inOrder.map((event) => eventOf(series, event)))
    addRun(series.today, kind, stretch)
    series.to += stretch
    if (series.to % DAY_MINUTES !== 0) continue
    const day = closedDay(series, series.to / DAY_MINUTES - 1, series.today, sha256)
    days.push(day)
    series.today = []
    // A bound of its own is a figure beside the indicator, not a day of it.
    if (series.target === '') events.push(eventOf(series, { type: 'reliability.day_closed', payload: dayClosedOf(day) }))
  }
  return { events, days }
}

/** What a minute counts as, and for how many minutes from there on the ledger says the same. */
function ledgerAt(
  excluded: readonly Span[],
  minute: Minute,
  seen: MinuteKind,
): { readonly counts_as: MinuteKind; readonly minutes: number } {
  const next = excluded.find(({ to }) => to > minute)
  if (next === undefined) return { counts_as: seen, minutes: Number.POSITIVE_INFINITY }
  return next.from > minute ? { counts_as: seen, minutes: next.from - minute } : { counts_as: 'unknown', minutes: next.to - minute }
}

/** Spans in order, those that touch or overlap made one: a minute is taken out once, however many entries name it. */
export function joinedSpans(spans: readonly Span[]): readonly Span[] {
  const joined_spans: { from: Minute; to: Minute }[] = []
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    const last = joined_spans.at(-1)
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to)
    else if (to > from) joined_spans.push({ from, to })
  }
  return joined_spans
}

/** Adds unknown minutes up to `minute`: nobody looked. */
export const advanceSeriesUnseen = (series: Series, minute: Minute, sha256: Sha256): Advance =>
  advanceSeries(series, 'unknown', Math.max(0, minute - series.to), sha256)

/** A series of which nothing was seen before `to`. */
export function unseenSeries(name: SeriesName, objectives: readonly Objective[], to: Minute, excluded: readonly Span[] = []): Series {
  return {
    ...name,
    excluded,
    objectives: objectives.map((objective) => ({
      app: name.app,
      objective,
      window: unseenWindow(objective.window_minutes, to),
      raw: excluded.length === 0 ? null : unseenWindow(objective.window_minutes, to),
      told: null,
    })),
    alerts: alertsOver(name.app, objectives, unseenWindow(RECENT_MINUTES, to), []),
    today: to % DAY_MINUTES === 0 ? [] : [{ kind: 'unknown', minutes: to % DAY_MINUTES }],
    to,
  }
}

/** What storage holds of a series. */
export type StoredSeries = {
  readonly days: readonly Pick<DayOfMinutes, 'day' | 'runs'>[]
  /** Minutes of days that are still open. */
  readonly minutes: readonly { readonly minute: Minute; readonly kind: MinuteKind }[]
  /** What was last told of each objective, by `toldKey`. */
  readonly told: ReadonlyMap<string, WindowTold>
  /** The first minute that was counted under this name; what lies before it was inherited. Null where there is no such. */
  readonly since: Minute | null
  /** Alerts of the app that were told and are not over, and the newest moment at which one fired or ended. */
  readonly alerts: { readonly open: readonly OpenAlert[]; readonly told_at: Instant | null }
  /** What the ledger takes out, in any order. */
  readonly excluded?: readonly Span[]
}

/**
 * Builds a series again from what storage holds. Minutes that are not there were not seen. Everything that was told up to
 * the newest stored minute, closed day or told count was told in the same transaction, so nothing is told again from here.
 */
export function restoredSeries(name: SeriesName, objectives: readonly Objective[], stored: StoredSeries, begins: Minute): Series {
  const days = stored.days.toSorted((a, b) => a.day - b.day)
  const minutes = stored.minutes.toSorted((a, b) => a.minute - b.minute)
  const told = objectives.map((objective) => stored.told.get(toldKey({ ...objective, ...endpointOf(name) })))
  const marks = [
    ...days.slice(-1).map(({ day }) => (day + 1) * DAY_MINUTES),
    ...minutes.slice(-1).map(({ minute }) => minute + 1),
    ...told.flatMap((one) => (one === undefined ? [] : [minuteOf(one.to)])),
    ...(stored.alerts.told_at === null ? [] : [minuteOf(stored.alerts.told_at)]),
    ...(stored.since === null ? [] : [stored.since]),
  ]
  const excluded = joinedSpans(stored.excluded ?? [])
  if (marks.length === 0) return unseenSeries(name, objectives, begins, excluded)
  const to = marks.reduce((a, b) => Math.max(a, b))
  const first = Math.min(to, ...days.slice(0, 1).map(({ day }) => day * DAY_MINUTES), ...minutes.slice(0, 1).map(({ minute }) => minute))
  const runs = joinedRuns(days, minutes, first, to)
  const midnight = to - (to % DAY_MINUTES)
  const recent = unseenWindow(RECENT_MINUTES, first)
  const counted = withoutSpans(runs, first, excluded)
  for (const { kind, minutes: count } of counted) advanceRun(recent, kind, count)
  return {
    ...name,
    excluded,
    objectives: objectives.map((objective, place) => {
      const window = unseenWindow(objective.window_minutes, first)
      for (const { kind, minutes: count } of counted) advanceRun(window, kind, count)
      const raw = excluded.length === 0 ? null : unseenWindow(objective.window_minutes, first)
      if (raw !== null) for (const { kind, minutes: count } of runs) advanceRun(raw, kind, count)
      return { app: name.app, objective, window, raw, told: toldBefore(objective, told[place] ?? null) }
    }),
    alerts: alertsOver(name.app, objectives, recent, stored.alerts.open),
    today: lastMinutes(runs, to - midnight),
    to,
  }
}

/** Tells what was said of one objective from what was said of another, as far as an event can. */
export const toldKey = (told: Pick<WindowTold, 'indicator' | 'window' | 'good_when_at_most' | 'target' | 'endpoint'>): string =>
  [told.indicator, told.window, told.good_when_at_most ?? '', told.target, ...(told.endpoint === undefined ? [] : [told.endpoint])].join(
    '|',
  )

/** All minutes from `first` to `to` in a row, gaps as unknown. */
function joinedRuns(days: StoredSeries['days'], minutes: StoredSeries['minutes'], first: Minute, to: Minute): Run[] {
  const runs: Run[] = []
  let at = first
  const fillTo = (minute: Minute): void => {
    if (minute > at) addRun(runs, 'unknown', minute - at)
    at = Math.max(at, minute)
  }
  for (const { day, runs: stored } of days) {
    fillTo(day * DAY_MINUTES)
    for (const [count, letter] of stored) addRun(runs, KIND_OF[letter], count)
    at += DAY_MINUTES
  }
  for (const { minute, kind } of minutes) {
    // A minute of a closed day is in that day already.
    if (minute < at) continue
    fillTo(minute)
    addRun(runs, kind, 1)
    at += 1
  }
  fillTo(to)
  return runs
}

/** Runs from `first` on as they count: minutes of the spans as unknown. */
export function withoutSpans(runs: readonly Run[], first: Minute, excluded: readonly Span[]): readonly Run[] {
  if (excluded.length === 0) return runs
  const counted: Run[] = []
  let at = first
  for (const { kind, minutes } of runs) {
    for (let left = minutes; left > 0;) {
      const { counts_as, minutes: same } = ledgerAt(excluded, at, kind)
      const stretch = Math.min(left, same)
      addRun(counted, counts_as, stretch)
      at += stretch
      left -= stretch
    }
  }
  return counted
}

/** The last minutes of a row of runs, as a row of their own. */
function lastMinutes(runs: readonly Run[], minutes: number): Run[] {
  const last: Run[] = []
  let left = minutes
  for (const { kind, minutes: count } of runs.toReversed()) {
    if (left === 0) break
    const taken = Math.min(left, count)
    last.unshift({ kind, minutes: taken })
    left -= taken
  }
  if (left > 0) last.unshift({ kind: 'unknown', minutes: left })
  return joined(last)
}

function addRun(runs: Run[], kind: MinuteKind, minutes: number): void {
  const last = runs.at(-1)
  if (last?.kind === kind) last.minutes += minutes
  else runs.push({ kind, minutes })
}

function joined(runs: readonly Run[]): Run[] {
  const whole: Run[] = []
  for (const { kind, minutes } of runs) addRun(whole, kind, minutes)
  return whole
}

/** A whole day, summed and named. The digest covers every minute of it. */
export function closedDay(name: SeriesName, day: number, runs: readonly Run[], sha256: Sha256): DayOfMinutes {
  const minutes = (kind: MinuteKind): number => runs.reduce((sum, run) => sum + (run.kind === kind ? run.minutes : 0), 0)
  const good = minutes('good')
  const bad = minutes('bad')
  const unknown = minutes('unknown')
  if (good + bad + unknown !== DAY_MINUTES) throw new Error(`a day of ${good + bad + unknown} minutes`)
  const stored = joined(runs).map(({ kind, minutes: count }): DayRun => [count, LETTER_OF[kind]])
  const { app, indicator, target, endpoint } = name
  const digest = sha256(canonical({ app, ...endpointOf(name), indicator, target, day: isoDay(day), runs: stored }))
  return { app, indicator, target, endpoint, day, good, total: good + bad, unknown, runs: stored, digest }
}

const LETTER_OF = { good: 'g', bad: 'b', unknown: 'u' } as const satisfies Record<MinuteKind, string>
const KIND_OF = { g: 'good', b: 'bad', u: 'unknown' } as const satisfies Record<string, MinuteKind>

/** The runs of a stored day as the rest of the program knows them. */
export const runsOfDay = (runs: readonly DayRun[]): readonly Run[] => runs.map(([minutes, letter]) => ({ kind: KIND_OF[letter], minutes }))

/** A day by its number, as it is written. */
export const isoDay = (day: number): Day => dayOf(startOfMinute(day * DAY_MINUTES))

const dayClosedOf = ({ app, indicator, day, good, total, unknown, digest }: DayOfMinutes): DayClosed => ({
  app,
  indicator,
  day: isoDay(day),
  good,
  total,
  unknown,
  digest,
})

/** The minute's end that an event tells of. */
const momentOf = (event: ReliabilityEvent | AlertEvent): Instant => ('to' in event.payload ? event.payload.to : event.payload.at)

const eventOf = (name: SeriesName, { type, payload }: ReliabilityEvent | DayClosedEvent | AlertEvent): NewEvent => ({
  stream: sloStream(name.app),
  subject: name.app,
  type,
  payload: { ...payload, ...endpointOf(name) },
})

/** An app as a whole has no endpoint to tell: what is told of it reads as it always did. */
const endpointOf = ({ endpoint }: Pick<SeriesName, 'endpoint'>): { readonly endpoint?: string } => (endpoint === '' ? {} : { endpoint })

/** Which objectives of a programme a series answers: those on its indicator, with its bound. */
export const objectivesOn = (
  objectives: readonly Objective[],
  { indicator, target }: Pick<SeriesName, 'indicator' | 'target'>,
): readonly Objective[] => objectives.filter((one) => one.indicator === indicator && targetOf(one.good_when_at_most) === target)

/**
 * Which of these a series of one app answers. An app whose endpoints are counted by themselves is held to an objective at
 * each of them, unless the programme's rule takes them together; any other app answers all of them as a whole.
 */
export const objectivesAt = (objectives: readonly Objective[], endpoint: string, by_endpoint: boolean): readonly Objective[] =>
  by_endpoint ? objectives.filter((one) => (one.endpoints === 'together') === (endpoint === '')) : objectives

/** The target under which a bound's minutes are kept. */
export const targetOf = (good_when_at_most: number | null): string => (good_when_at_most === null ? '' : `at-most-${good_when_at_most}`)

/** Tells two sets of objectives apart: when it changes, windows are built anew. */
export const objectivesKey = (objectives: readonly Objective[]): string =>
  objectives
    .map((objective) => `${objectiveKey(objective)} ${JSON.stringify(objective.early_warnings)}`)
    .sort()
    .join('\n')
