import type { Digest } from '../kernel/event.ts'
import type { Blindness, Outcome, Says } from '../kernel/says.ts'
import type { Instant } from '../kernel/time.ts'

/** What a check found, as standing sees it. */
export type CheckFact = {
  readonly check: string
  readonly outcome: Outcome
  readonly reason: string | null
  /** Of an inconclusive outcome: whose doing. Beside any other: `ours` when the newest scan could not look, so that this is the answer before. */
  readonly blind: Blindness | null
  readonly says: Says
  readonly observed_at: Instant
  /** Since when this outcome has stood without a break. */
  readonly since: Instant
  readonly evidence: readonly Digest[]
}

/** Exact counts over a window. A figure without counts is unknown. */
export type SloFact = {
  readonly indicator: string
  readonly window: string
  /** The bound that made an event good, when the indicator is a measured value. */
  readonly good_when_at_most: number | null
  readonly good: number
  readonly total: number
  /** Samples that could not be judged. */
  readonly unknown: number
  /** Samples that a whole window would hold; null for indicators that are events, not minutes. */
  readonly expected: number | null
  readonly from: Instant
  readonly to: Instant
  /** When the first count came in: a window that began before is still filling, not broken. Absent: with the app's registration. */
  readonly counted_since?: Instant
  /** Who sent the figures in; absent: we counted ourselves. */
  readonly reported_by?: 'operator' | 'partner'
  readonly evidence: readonly Digest[]
}

export type FormFact = {
  readonly form: string
  /** Share of the required fields that are answered, 0 to 1. */
  readonly complete: number
  readonly published_at: Instant | null
  readonly evidence: readonly Digest[]
}

/** A record of something that lives elsewhere, entered or confirmed by a person. */
export type RecordFact = {
  readonly kind: string
  readonly state: string
  readonly confirmed_at: Instant
  readonly evidence: readonly Digest[]
}

export type AttestationFact = {
  readonly requirement: string
  readonly accepted: boolean
  readonly reviewed_at: Instant
  readonly expires_at: Instant
  readonly evidence: readonly Digest[]
}

export type WaiverFact = {
  readonly requirement: string
  readonly until: Instant
  readonly reason_code: string
  readonly evidence: readonly Digest[]
}

/** A concern that was upheld about a requirement: open, or said to be put right and waiting for the operator's look. */
export type ConcernFact = {
  readonly state: 'open' | 'claimed'
  readonly since: Instant
  readonly evidence: readonly Digest[]
}

/** Everything that is known of an app, folded from the log. The judge sees this and nothing else. */
export type Facts = {
  readonly app: string
  readonly platform: 'connect' | 'forge' | 'neutral'
  readonly hosting: 'remote' | 'platform' | 'mixed' | 'static'
  readonly registered_at: Instant
  /** Control of the app's domain has been proven; without it most probes do not run. */
  readonly consent: boolean
  readonly checks: { readonly [check: string]: CheckFact }
  /** Key: indicator, window and bound joined by `|`, see `sloKey`. */
  readonly slos: { readonly [key: string]: SloFact }
  /** The same of base URLs that are counted by themselves: by the key of `slos`, then by endpoint. Absent: the app is counted as a whole. */
  readonly endpoints?: { readonly [key: string]: { readonly [endpoint: string]: SloFact } }
  readonly forms: { readonly [form: string]: FormFact }
  readonly records: { readonly [kind: string]: RecordFact }
  readonly attestations: { readonly [requirement: string]: AttestationFact }
  /** Attestations that were brought and wait for the operator's review, by requirement. */
  readonly offered?: { readonly [requirement: string]: { readonly offered_at: Instant; readonly evidence: readonly Digest[] } }
  readonly waivers: { readonly [requirement: string]: WaiverFact }
  /** Concerns that were upheld and are not put right, by requirement and then by concern. */
  readonly concerns?: { readonly [requirement: string]: { readonly [concern: string]: ConcernFact } }
  /** Open deadlines that have passed, by policy id. A policy that has never been used is absent. */
  readonly overdue: { readonly [policy: string]: number }
}

/** The key of an objective's counts. */
export const sloKey = (indicator: string, window: string, bound: number | null): string => `${indicator}|${window}|${bound ?? ''}`

/** The record that says whether an address to ask is known; supplied with an app's details. */
export const HEALTH_CHECK = 'health-check'

/** The record that says whether a mailbox for alerts is known, and whether a test has reached it. */
export const ALERT_MAILBOX = 'alert-mailbox'

/** The record that says whether core capabilities are tested from outside; told by journeys where there are any. */
export const SYNTHETIC_TESTS = 'synthetic-tests'

/** The state of a record that the partner has brought and nobody has confirmed yet. */
export const SUPPLIED = 'supplied'
