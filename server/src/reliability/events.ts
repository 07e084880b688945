import type { Digest } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'

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

/** What this slice tells the others, all of it on the stream `slo/{app}`. */
export type ReliabilityEvent = {
  readonly type: 'reliability.objective_lost' | 'reliability.objective_regained' | 'reliability.window_counted'
  readonly payload: WindowTold
}
