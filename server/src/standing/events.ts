import type { Digest } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import type { Verdict } from './verdict.ts'

/**
 * What this slice tells the others. `look_again_at` is the moment at which what the watch saw last gets too old for a badge,
 * should nothing newer be seen. Standings are on the streams `standing/{programme}/{app}`, waivers on `waiver/{app}`.
 */
export type StandingEvent =
  | {
      /** Verdicts whose word, reason or blindness changed; under a new version of the programme, all of them. */
      readonly type: 'standing.changed'
      readonly payload: {
        readonly app: string
        readonly programme: string
        readonly version: string
        readonly digest: Digest
        readonly changed: readonly Verdict[]
        readonly look_again_at: Instant | null
      }
    }
  | {
      /** A deadline came and newer evidence had moved it: nothing is judged otherwise, so whoever acted on the standing still may. */
      readonly type: 'standing.refreshed'
      readonly payload: {
        readonly app: string
        readonly programme: string
        readonly refreshed: readonly Pick<Verdict, 'requirement' | 'due_at' | 'observed_at'>[]
        readonly look_again_at: Instant | null
      }
    }
  | WaiverEvent

/** A waiver's life. It always ends, and two people stand behind it. */
export type WaiverEvent =
  | {
      readonly type: 'standing.waiver_granted'
      readonly payload: {
        readonly app: string
        readonly requirement: string
        readonly until: Instant
        readonly reason_code: string
        readonly persons: readonly string[]
        readonly evidence: readonly Digest[]
      }
    }
  | { readonly type: 'standing.waiver_ended'; readonly payload: { readonly app: string; readonly requirement: string } }

/** The stream of an app's standing in a programme. */
export const standingStream = (programme: string, app: string): string => `standing/${programme}/${app}`

/** The stream of an app's waivers. */
export const waiverStream = (app: string): string => `waiver/${app}`
