import type { Digest } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'

/** What an organisation writes to a requirement of a draft, and what the operator answers. The words lie in erasable evidence. */
export type ConsultationEvent =
  | {
      readonly type: 'consultations.commented'
      readonly payload: Of & {
        /** The rules that were written to: a draft may change while it is consulted on. */
        readonly digest: Digest
        readonly organisation: string
        readonly evidence: readonly Digest[]
      }
    }
  | {
      readonly type: 'consultations.answered'
      readonly payload: Of & { readonly outcome: Outcome; readonly evidence: readonly Digest[] }
    }
  | {
      /** Taken back by whoever wrote it, or taken down by the operator: that it was there stays, its words do not. */
      readonly type: 'consultations.removed'
      readonly payload: Of & { readonly by: 'author' | 'operator'; readonly evidence: readonly Digest[] }
    }

export type Of = { readonly programme: string; readonly version: string; readonly requirement: string; readonly comment: string }

export type Outcome = 'accepted' | 'declined'

/** The stream of a version's consultation. It is nobody's app, so only the operator and the program read it; the public reads the view. */
export const consultationStream = (programme: string, version: string): string => `consultation/${programme}/${version}`

/** A comment as the view holds it. */
export type Comment = {
  readonly comment: string
  readonly requirement: string
  readonly organisation: string
  readonly digest: Digest
  readonly at: Instant
  readonly evidence: Digest | null
  readonly answer: { readonly outcome: Outcome; readonly at: Instant; readonly evidence: Digest | null } | null
  readonly removed: 'author' | 'operator' | null
}
