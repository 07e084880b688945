import type { RecordedEvent } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import type { Instant } from '../kernel/time.ts'
import type { FormReviewEvent } from './events.ts'
import { formReview, type FormReviewState } from './form-review.ts'

/** A reviewed form of an app, and when it is next to be looked at: a reminder, or the end of its approval. */
export type FormReviewDocument = FormReviewState & {
  readonly app: string
  readonly form: string
  readonly changed_at: Instant
  readonly next_due_at: Instant | null
}

/** Name of the view; key is `{app}/{form}`. */
export const FORM_REVIEWS = 'assessments.reviews'

export const formReviewKey = (app: string, form: string): string => `${app}/${form}`

export const formReviewsView: View<FormReviewDocument | null> = {
  name: FORM_REVIEWS,
  version: 1,
  listens: [
    'assessments.form_submitted',
    'assessments.form_approved',
    'assessments.form_returned',
    'assessments.form_reminded',
    'assessments.form_lapsed',
  ],
  keys: (event) => {
    // The guarantee of the cast: everything listened to carries its app and form.
    const { app, form } = event.payload as FormReviewEvent['payload']
    return [formReviewKey(app, form)]
  },
  initial: null,
  fold(before, recorded) {
    const event = recorded as RecordedEvent & FormReviewEvent
    const { app, form } = event.payload
    const state = formReview.evolve(before ?? formReview.initial, event)
    const next_due_at = state.approved === null ? null : (state.approved.remind_at[0] ?? state.approved.until)
    return { ...state, app, form, changed_at: event.at, next_due_at }
  },
}
