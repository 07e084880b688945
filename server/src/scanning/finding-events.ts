import type { Digest } from '../kernel/event.ts'
import type { Says } from '../kernel/says.ts'
import type { Instant } from '../kernel/time.ts'

/** Why a finding may be set aside. An accepted risk is none of them: that is a waiver of the requirement, which everybody sees. */
export const SUPPRESSION_REASONS = ['false-positive', 'not-affected', 'compensating-control'] as const
export type SuppressionReason = (typeof SUPPRESSION_REASONS)[number]

/** A finding as a scan counted it. `score`: CVSS 3.1 base score, null where a machine could only suspect. */
export type FindingCounted = {
  readonly finding: Digest
  readonly check: string
  readonly outcome: 'fail' | 'review'
  readonly where: string
  readonly defect: string
  readonly score: number | null
  readonly says: Says
}

type OfOne = { readonly app: string; readonly finding: Digest; readonly check: string }

/** What this slice tells of the lives of findings. */
export type FindingEvent =
  | {
      /** What one scan changed; those that are as they were are not named. */
      readonly type: 'scanning.findings_counted'
      readonly payload: {
        readonly app: string
        readonly opened: readonly FindingCounted[]
        /** Known ones that are now judged otherwise. */
        readonly changed: readonly FindingCounted[]
        /** Fixed once, and there again. */
        readonly regressed: readonly FindingCounted[]
        /** Seen a second time. */
        readonly again: readonly Digest[]
        /** Not seen for the first time. */
        readonly missed: readonly Digest[]
        /** Seen again before a second clean scan. */
        readonly returned: readonly Digest[]
        readonly fixed: readonly Digest[]
        /** How many are in the report only, since one check found more than are followed one by one. */
        readonly beyond: number
      }
    }
  | {
      readonly type: 'scanning.finding_confirmed'
      readonly payload: OfOne & { readonly reviewer: string; readonly evidence: readonly Digest[]; readonly score: number | null }
    }
  | { readonly type: 'scanning.finding_disputed'; readonly payload: OfOne & { readonly by: string; readonly evidence: readonly Digest[] } }
  | {
      readonly type: 'scanning.finding_suppressed'
      readonly payload: OfOne & {
        readonly reason_code: SuppressionReason
        readonly until: Instant
        readonly persons: readonly string[]
        readonly evidence: readonly Digest[]
      }
    }
  /** `by` is null when its time was over. */
  | { readonly type: 'scanning.suppression_ended'; readonly payload: OfOne & { readonly by: string | null } }
  /** A high or critical finding counts: a vulnerability's clock starts from here. */
  | { readonly type: 'scanning.vulnerability_found'; readonly payload: OfOne & { readonly score: number } }
  | { readonly type: 'scanning.vulnerability_closed'; readonly payload: OfOne & { readonly because: 'fixed' | 'suppressed' } }

/** The stream of the lives of an app's findings. */
export const findingsStream = (app: string): string => `findings/${app}`
