import type { Digest } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'

/** Where a journey runs: in what every customer has, or where the host rolls out its next version first. */
export const INSTANCES = ['production', 'early-rollout'] as const
export type Instance = (typeof INSTANCES)[number]

export type JourneyKind = 'http' | 'browser'
export type JourneyOutcome = 'pass' | 'fail' | 'inconclusive'

/** Why a run did not pass. The last six say nothing about the app. */
export type JourneyReason =
  | 'assertion'
  | 'no_answer'
  | 'not_in_scope'
  | 'test_failed'
  | 'no_tests'
  | 'too_long'
  | 'too_much'
  | 'names_not_resolved'
  | 'no_sandbox'
  | 'interrupted'
  | 'unreadable'

/** What a candidate of the host does to an app's journey, held against the same journey in production. */
export type RolloutVerdict = 'holds' | 'breaks' | 'broken_before' | 'unclear'

type Of = { readonly app: string; readonly journey: string }

/** The partner's own words (titles, steps, scripts) are evidence, never payload. On the stream `journeys/{app}`. */
export type JourneyEvent =
  | {
      readonly type: 'journeys.stated'
      readonly payload: Of & {
        readonly kind: JourneyKind
        readonly every_minutes: number
        readonly instances: readonly Instance[]
        readonly evidence: readonly Digest[]
      }
    }
  | { readonly type: 'journeys.withdrawn'; readonly payload: Of }
  | {
      readonly type: 'journeys.ran'
      readonly payload: Of & {
        readonly instance: Instance
        readonly outcome: JourneyOutcome
        readonly reason: JourneyReason | null
        readonly duration_ms: number
        /** The announced change of the host that it ran for, or null. */
        readonly rollout: string | null
        readonly evidence: readonly Digest[]
      }
    }
  /** A candidate of the host breaks what works in production, and when it ships. */
  | {
      readonly type: 'journeys.warned'
      readonly payload: Of & { readonly rollout: string; readonly ships_at: Instant; readonly evidence: readonly Digest[] }
    }
  /** Whether an app's core capabilities are tested from outside, as programmes ask. Told when it changes, and once a month. */
  | {
      readonly type: 'journeys.counted'
      readonly payload: {
        readonly app: string
        readonly state: 'running' | 'production-only' | 'stopped'
        readonly evidence: readonly Digest[]
      }
    }

/** A change of the host that is tried out on everybody's journeys before it ships. On the stream `rollout/{rollout}`, for the operator only. */
export type RolloutEvent =
  | {
      readonly type: 'journeys.rollout_announced'
      readonly payload: {
        readonly rollout: string
        readonly ships_at: Instant
        readonly journeys: readonly Of[]
        readonly evidence: readonly Digest[]
      }
    }
  | {
      readonly type: 'journeys.rollout_told'
      readonly payload: Of & { readonly rollout: string; readonly verdict: RolloutVerdict; readonly evidence: readonly Digest[] }
    }
  | { readonly type: 'journeys.rollout_closed'; readonly payload: { readonly rollout: string; readonly outcome: 'shipped' | 'withdrawn' } }

export const journeysStream = (app: string): string => `journeys/${app}`
export const rolloutStream = (rollout: string): string => `rollout/${rollout}`
