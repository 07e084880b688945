import type { Digest } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'

/** What this slice tells the others, all on the stream `assessment/{app}`. Answers and reasons are evidence, named here. */
export type AssessmentEvent =
  | {
      readonly type: 'assessments.form_published'
      readonly payload: {
        readonly app: string
        readonly form: string
        /** Share of the required answers, 0 to 1. */
        readonly complete: number
        /** How many answers the form's own scoring warns of. */
        readonly warnings: number
        readonly evidence: readonly Digest[]
      }
    }
  | {
      readonly type: 'assessments.attestation_offered'
      readonly payload: { readonly app: string; readonly requirement: string; readonly by: string; readonly evidence: readonly Digest[] }
    }
  | {
      readonly type: 'assessments.attestation_accepted'
      readonly payload: {
        readonly app: string
        readonly requirement: string
        readonly expires_at: Instant
        readonly evidence: readonly Digest[]
        readonly reviewer: string
      }
    }
  | {
      readonly type: 'assessments.attestation_declined'
      readonly payload: {
        readonly app: string
        readonly requirement: string
        readonly reviewer: string
        readonly evidence: readonly Digest[]
      }
    }
  | {
      readonly type: 'assessments.attestation_withdrawn'
      readonly payload: {
        readonly app: string
        readonly requirement: string
        readonly reviewer: string
        readonly evidence: readonly Digest[]
      }
    }

/** The stream of an app's assessments. */
export const assessmentStream = (app: string): string => `assessment/${app}`
