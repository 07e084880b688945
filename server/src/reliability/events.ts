import type { Digest } from '../kernel/event.ts'
import type { Day, Instant } from '../kernel/time.ts'

/** Exact counts of a window, with the objective that they were held against. Minutes [from, to); good + bad + unknown = expected. */
export type WindowTold = {
  readonly app: string
  readonly indicator: string
  readonly window: string
  readonly target: number
  readonly good_when_at_most: number | null
  readonly good: number
  readonly total: number
  readonly unknown: number
  readonly expected: number | null
  readonly from: Instant
  readonly to: Instant
  readonly evidence: readonly Digest[]
}

/** A UTC day of an indicator, sealed: its sums, and a digest over each of its minutes. */
export type DayClosed = {
  readonly app: string
  readonly indicator: string
  readonly day: Day
  readonly good: number
  readonly total: number
  readonly unknown: number
  readonly digest: Digest
}

/** An objective that was lost or is held again, or its counts as they stand. On the stream `slo/{app}`. */
export type ReliabilityEvent = {
  readonly type: 'reliability.objective_lost' | 'reliability.objective_regained' | 'reliability.window_counted'
  readonly payload: WindowTold
}

/** The end of a day, told once for each indicator of an app. On the same stream. */
export type DayClosedEvent = { readonly type: 'reliability.day_closed'; readonly payload: DayClosed }
