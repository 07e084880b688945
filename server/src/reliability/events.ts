import type { Digest } from '../kernel/event.ts'
import type { Day, Instant } from '../kernel/time.ts'

/** Exact counts of a window, with the objective that they were held against. Minutes [from, to); good + bad + unknown = expected. */
export type WindowTold = {
  readonly app: string
  /** The base URL that was counted by itself; absent: the app as a whole. */
  readonly endpoint?: string
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
  /** Who sent the figures in; absent: we counted ourselves. */
  readonly reported_by?: Reporter
  /** The same window as it was seen, before the ledger took out what was not the app's; absent: it takes nothing out. */
  readonly raw?: { readonly good: number; readonly total: number; readonly unknown: number }
}

/** Who vouches for figures that were sent in. */
export type Reporter = 'operator' | 'partner'

/** A UTC day of an indicator, sealed: its sums, and a digest over each of its minutes. */
export type DayClosed = {
  readonly app: string
  readonly endpoint?: string
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

/** Whom an alert is for: an early warning lies long before any harm, a page wants somebody now, a ticket within days. */
export type AlertTier = 'early-warning' | 'page' | 'ticket'

/** Judged samples of the windows that an alert looked at, the short one first. */
export type AlertCounts = readonly { readonly minutes: number; readonly good: number; readonly total: number }[]

/** Why an alert is over: it was calm for long enough, nobody sees the app any more, or no rule asks for it now. */
export type AlertCause = 'calm' | 'not_seen' | 'not_asked'

type AlertTold = {
  readonly app: string
  readonly endpoint?: string
  readonly indicator: string
  readonly objective: { readonly window: string; readonly target: number; readonly good_when_at_most: number | null }
  readonly tier: AlertTier
  /** The end of the minute that made it so. */
  readonly at: Instant
  readonly counts: AlertCounts
}

/** `rules`: which of the tier's rules were on. */
export type AlertFired = AlertTold & { readonly rules: readonly string[] }

export type AlertResolved = AlertTold & { readonly fired_at: Instant; readonly because: AlertCause }

/** An alert fires once and is over once. On the same stream. */
export type AlertEvent =
  | { readonly type: 'reliability.alert_fired'; readonly payload: AlertFired }
  | { readonly type: 'reliability.alert_resolved'; readonly payload: AlertResolved }

/** Most apps began to fail in one minute, so that it counts as unknown for them; or that is over. For the operator, on the stream `watch/here`. */
export type MassFailureEvent =
  | {
      readonly type: 'reliability.mass_failure_seen'
      readonly payload: { readonly at: Instant; readonly failing: number; readonly judged: number }
    }
  | { readonly type: 'reliability.mass_failure_over'; readonly payload: { readonly at: Instant; readonly since: Instant } }

/** A base URL that is counted by itself from now on, or that nobody asks any more and that has lost nothing. On the same stream. */
export type EndpointEvent =
  | {
      readonly type: 'reliability.endpoint_joined'
      /** `inherits`: which of the minutes that the app had as a whole before `at` count as this endpoint's too. */
      readonly payload: { readonly app: string; readonly endpoint: string; readonly at: Instant; readonly inherits: Inherits }
    }
  | {
      readonly type: 'reliability.endpoint_left'
      readonly payload: { readonly app: string; readonly endpoint: string; readonly at: Instant }
    }

/**
 * `all`: it was among those that were asked, so the app's minutes are its own, bad ones too. `good`: it is new, and what went
 * wrong before it came stays with the endpoints that were there.
 */
export type Inherits = 'all' | 'good'

/** The end of a day, told once for each indicator of an app and of each endpoint. On the same stream. */
export type DayClosedEvent = { readonly type: 'reliability.day_closed'; readonly payload: DayClosed }
