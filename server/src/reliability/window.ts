import { instant, MINUTE_MS, ms, type Instant } from '../kernel/time.ts'

/**
 * Exact sums over minutes. A minute of an indicator is good, bad or unknown, and a minute that nobody looked at is unknown:
 * for every window good + bad + unknown is the number of minutes in it. Counts are the truth; no average is ever averaged.
 */

/** What a minute was. */
export type MinuteKind = 'good' | 'bad' | 'unknown'

/** Minutes since 1970-01-01T00:00Z; the minute n covers [n, n + 1). */
export type Minute = number

/** Judged good, judged at all, and not judged. */
export type Counts = { readonly good: number; readonly total: number; readonly unknown: number }

/** Exact counts over the minutes [from, to). */
export type WindowCounts = Counts & { readonly expected: number; readonly from: Instant; readonly to: Instant }

/** The sum of one whole UTC day, counted from 1970-01-01. Minutes that it does not name were not looked at. */
export type DaySum = { readonly day: number; readonly good: number; readonly total: number }

/** The counts of one minute. */
export type MinuteCount = { readonly minute: Minute; readonly good: number; readonly total: number }

export const DAY_MINUTES = 1_440

/** The minute that holds a moment. */
export const minuteOf = (at: Instant): Minute => Math.floor(ms(at) / MINUTE_MS)

/** The moment at which a minute starts. */
export const startOfMinute = (minute: Minute): Instant => instant(minute * MINUTE_MS)

/**
 * Counts a window of whole minutes that ends with the last closed minute before `now`. Days that lie wholly inside are taken
 * from their sums where there is one, everything else from single minutes, so both edges are exact to the minute.
 */
export function countWindow(given: {
  readonly days: readonly DaySum[]
  readonly minutes: readonly MinuteCount[]
  readonly window_minutes: number
  readonly now: Instant
}): WindowCounts {
  const to = minuteOf(given.now)
  const from = to - given.window_minutes
  const summed = new Set<number>()
  let good = 0
  let total = 0
  for (const sum of given.days) {
    const start = sum.day * DAY_MINUTES
    if (start < from || start + DAY_MINUTES > to) continue
    if (summed.has(sum.day)) throw new Error(`day ${sum.day} is summed twice`)
    summed.add(sum.day)
    good += sum.good
    total += sum.total
  }
  for (const count of given.minutes) {
    if (count.minute < from || count.minute >= to || summed.has(Math.floor(count.minute / DAY_MINUTES))) continue
    good += count.good
    total += count.total
  }
  return windowCounts(good, total, from, to)
}

/** Counts of single minutes in their public form. */
export function windowCounts(good: number, total: number, from: Minute, to: Minute): WindowCounts {
  const expected = to - from
  return { good, total, unknown: expected - total, expected, from: startOfMinute(from), to: startOfMinute(to) }
}

/** Equal minutes in a row. */
export type Run = { kind: MinuteKind; minutes: number }

/**
 * A window that moves with time: its minutes as runs, oldest first, and their sums. Advancing changes it in place, since a
 * thousand of them move each minute; one minute costs a step at either end, however long the window is.
 */
export type RunningWindow = {
  readonly window_minutes: number
  /** The first minute that is not counted yet. */
  to: Minute
  good: number
  bad: number
  /** Always exactly `window_minutes` long in sum. */
  runs: Run[]
  /** Runs before this place have left the window and wait to be cut off. */
  first: number
}

/** A window up to `to` of which nothing has been seen. */
export const unseenWindow = (window_minutes: number, to: Minute): RunningWindow => ({
  window_minutes,
  to,
  good: 0,
  bad: 0,
  runs: [{ kind: 'unknown', minutes: window_minutes }],
  first: 0,
})

/** The last minutes of a window as a window of their own. */
export function tailWindow(state: RunningWindow, minutes: number): RunningWindow {
  const tail: RunningWindow = { window_minutes: minutes, to: state.to, good: 0, bad: 0, runs: [], first: 0 }
  let left = minutes
  for (let place = state.runs.length - 1; place >= state.first && left > 0; place--) {
    const run = state.runs[place]
    if (run === undefined) continue
    const taken = Math.min(left, run.minutes)
    left -= taken
    tail.runs.unshift({ kind: run.kind, minutes: taken })
    tail.good += run.kind === 'good' ? taken : 0
    tail.bad += run.kind === 'bad' ? taken : 0
  }
  if (left > 0) tail.runs.unshift({ kind: 'unknown', minutes: left })
  return tail
}

/** Adds the next minute and drops the one that leaves. */
export const advance = (state: RunningWindow, kind: MinuteKind): void => advanceRun(state, kind, 1)

/** Adds that many equal minutes and drops as many. Costs a step for each run that leaves, not for each minute. */
export function advanceRun(state: RunningWindow, kind: MinuteKind, minutes: number): void {
  if (!Number.isInteger(minutes) || minutes < 0) throw new Error(`a run of ${minutes} minutes`)
  let left = minutes
  while (left > 0) left -= advanceStretch(state, kind, left)
}

/**
 * Advances by at most `most` minutes, as far as the minutes that leave are all of one kind, and says how far. Over such a
 * stretch both sums change by the same step each minute, which is what lets `objectives.ts` find a crossing without walking.
 */
export function advanceStretch(state: RunningWindow, kind: MinuteKind, most: number): number {
  const oldest = oldestRun(state)
  const minutes = Math.min(most, oldest.minutes)
  const leaving = oldest.kind
  oldest.minutes -= minutes
  if (oldest.minutes === 0) dropOldest(state)
  const newest = state.runs.at(-1)
  if (newest !== undefined && state.first < state.runs.length && newest.kind === kind) newest.minutes += minutes
  else state.runs.push({ kind, minutes })
  state.good += minutes * (Number(kind === 'good') - Number(leaving === 'good'))
  state.bad += minutes * (Number(kind === 'bad') - Number(leaving === 'bad'))
  state.to += minutes
  return minutes
}

/** The run that is about to leave. */
export function oldestRun(state: RunningWindow): Run {
  const oldest = state.runs[state.first]
  if (oldest === undefined) throw new Error('a window without minutes')
  return oldest
}

/** The sums as they stand. */
export const countsOf = (state: RunningWindow): WindowCounts =>
  windowCounts(state.good, state.good + state.bad, state.to - state.window_minutes, state.to)

/** Cutting off the front of a list moves all the rest, so it is done when half of it is dead. */
function dropOldest(state: RunningWindow): void {
  state.first += 1
  if (state.first > 32 && state.first * 2 > state.runs.length) {
    state.runs = state.runs.slice(state.first)
    state.first = 0
  }
}
