import type { Digest } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'

/** The annual review of one badge in one year. */
export type ReviewOf = { readonly app: string; readonly programme: string; readonly tier: string; readonly year: number }

/** What this slice tells the others; all on `review/{app}`. Words of people are evidence, kept outside the log. */
export type ReviewEvent =
  | {
      /** The next review has a day. Nothing is asked of anybody yet. */
      readonly type: 'reviews.annual_review_planned'
      readonly payload: ReviewOf & {
        readonly policy: string
        readonly announce_at: Instant
        readonly opens_at: Instant
        readonly due_at: Instant
      }
    }
  | {
      readonly type: 'reviews.annual_review_announced'
      readonly payload: ReviewOf & { readonly opens_at: Instant; readonly due_at: Instant }
    }
  | { readonly type: 'reviews.annual_review_missed'; readonly payload: ReviewOf & { readonly policy: string } }
  | {
      readonly type: 'reviews.annual_review_closed'
      readonly payload: ReviewOf & { readonly policy: string }
    }
  | { readonly type: 'reviews.annual_review_dropped'; readonly payload: ReviewOf & { readonly policy: string } }
  | {
      /** A change was seen that a declaration does not name; the declaration is not taken yet. */
      readonly type: 'reviews.asked_once_more'
      readonly payload: { readonly app: string; readonly person: string; readonly kinds: readonly string[] }
    }
  | {
      readonly type: 'reviews.changes_declared'
      readonly payload: {
        readonly app: string
        readonly person: string
        readonly any_change: boolean
        readonly kinds: readonly string[]
        readonly evidence: readonly Digest[]
      }
    }
  | {
      /** A declaration stood by what it said against a change that was seen. */
      readonly type: 'reviews.contradiction_found'
      readonly payload: { readonly app: string; readonly kinds: readonly string[] }
    }
  | {
      readonly type: 'reviews.delta_opened'
      readonly payload: {
        readonly app: string
        readonly delta: string
        readonly kinds: readonly string[]
        readonly requirements: readonly string[]
      }
    }
  | {
      readonly type: 'reviews.delta_judged'
      readonly payload: {
        readonly app: string
        readonly delta: string
        readonly requirement: string
        readonly outcome: 'passed' | 'failed'
        readonly person: string
        readonly evidence: readonly Digest[]
      }
    }
  | { readonly type: 'reviews.delta_closed'; readonly payload: { readonly app: string; readonly delta: string } }
  | {
      /** How many matters of a policy the partner has let pass: what the standing counts. */
      readonly type: 'reviews.overdue_counted'
      readonly payload: { readonly app: string; readonly policy: string; readonly overdue: number }
    }

/** The stream of an app's reviews. */
export const reviewStream = (app: string): string => `review/${app}`

/** One badge among an app's. */
export const badgeName = ({ programme, tier }: Pick<ReviewOf, 'programme' | 'tier'>): string => `${programme}.${tier}`
