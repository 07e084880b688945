import type { View } from '../kernel/flow.ts'
import type { Instant } from '../kernel/time.ts'
import type { ReviewEvent } from './events.ts'
import { isDeclared, review, type ReviewState } from './review.ts'

/** The reviews of an app as its own people and the operator see them. */
export type ReviewDocument = {
  readonly app: string
  readonly state: ReviewState
  /** The next moment at which something happens by itself: a review is announced, or its week is over unanswered. */
  readonly next_due_at: Instant | null
  readonly history: readonly ReviewHistory[]
}

/** What happened, by codes, newest last. */
export type ReviewHistory = {
  readonly at: Instant
  readonly what: ReviewEvent['type']
  readonly year: number | null
  readonly delta: string | null
  readonly requirement: string | null
  readonly outcome: 'passed' | 'failed' | null
  readonly kinds: readonly string[]
  readonly evidence: readonly string[]
}

/** Name of the view; key is the app. */
export const REVIEWS = 'reviews.reviews'

export const reviewsView: View<ReviewDocument | null> = {
  name: REVIEWS,
  version: 1,
  listens: [
    'reviews.annual_review_planned',
    'reviews.annual_review_announced',
    'reviews.annual_review_missed',
    'reviews.annual_review_closed',
    'reviews.annual_review_dropped',
    'reviews.asked_once_more',
    'reviews.changes_declared',
    'reviews.contradiction_found',
    'reviews.delta_opened',
    'reviews.delta_judged',
    'reviews.delta_closed',
    'reviews.overdue_counted',
  ],
  // The guarantee of the cast: all events of this slice carry their app.
  keys: (event) => [(event.payload as { readonly app: string }).app],
  initial: null,
  fold(document, recorded, app) {
    // The guarantee of the cast: this view listens to events of this slice only.
    const event = recorded as unknown as ReviewEvent & { readonly at: Instant }
    const state = review.evolve(document?.state ?? review.initial, event)
    const history = event.type === 'reviews.overdue_counted' ? [] : [told(event)]
    return { app, state, next_due_at: nextDue(state), history: [...(document?.history ?? []), ...history] }
  },
}

const told = ({ at, type, payload }: ReviewEvent & { readonly at: Instant }): ReviewHistory => ({
  at,
  what: type,
  year: 'year' in payload ? payload.year : null,
  delta: 'delta' in payload ? payload.delta : null,
  requirement: 'requirement' in payload ? payload.requirement : null,
  outcome: 'outcome' in payload ? payload.outcome : null,
  kinds: 'kinds' in payload ? payload.kinds : [],
  evidence: 'evidence' in payload ? payload.evidence : [],
})

function nextDue(state: ReviewState): Instant | null {
  const moments = Object.values(state.annual).flatMap((annual) => {
    if (annual.word === 'planned') return [annual.announce_at]
    return annual.word === 'announced' && !isDeclared(state, annual) ? [annual.due_at] : []
  })
  return moments.toSorted()[0] ?? null
}
