import type { NewEvent, RecordedEvent } from '../kernel/event.ts'
import type { Reactor } from '../kernel/flow.ts'
import type { Instant } from '../kernel/time.ts'
import { reviewStream, type ReviewEvent, type ReviewOf } from './events.ts'
import { isDeclared, review, type Annual, type ReviewState } from './review.ts'
import { REVIEWS } from './reviews-view.ts'

/** Announces a review two weeks ahead (or what the pack says), and tells when its week is over unanswered. */
export const reviewsReactor: Reactor = {
  name: 'reviews.deadlines',
  slice: 'reviews',
  listens: ['clocks.came_due'],
  async react(event, reading): Promise<readonly NewEvent[]> {
    const { app, kind } = event.payload as { readonly app: string | null; readonly kind: string }
    if (kind !== REVIEWS || app === null) return []
    const before = reviewState(await reading.log.stream(reviewStream(app)))
    let state = before
    const told: ReviewEvent[] = []
    for (const annual of Object.values(before.annual)) {
      const act = actDue(annual, before, event.at)
      if (act === null) continue
      const { programme, tier, year } = annual
      const facts = review.decide({ act, app, programme, tier, year } satisfies ReviewOf & { readonly act: typeof act }, state, event.at)
      state = facts.reduce((folded, fact) => review.evolve(folded, { ...fact, at: event.at }), state)
      told.push(...facts)
    }
    return told.map((fact) => onReview(app, fact))
  },
}

function actDue(annual: Annual, state: ReviewState, now: Instant): 'announce' | 'miss' | null {
  if (annual.word === 'planned') return annual.announce_at <= now ? 'announce' : null
  return annual.word === 'announced' && annual.due_at <= now && !isDeclared(state, annual) ? 'miss' : null
}

/** Folds a stream of reviews. */
export const reviewState = (events: readonly RecordedEvent[]): ReviewState =>
  // The guarantee of the cast: only this slice appends to these streams.
  events.reduce((state, event) => review.evolve(state, event as RecordedEvent & ReviewEvent), review.initial)

/** A fact of this slice, as the log takes it. */
export const onReview = (app: string, { type, payload }: ReviewEvent): NewEvent => ({
  stream: reviewStream(app),
  subject: app,
  type,
  payload: { ...payload },
})
