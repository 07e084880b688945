import type { AnswersWitnessed, FormReviewEvent } from '../assessments/events.ts'
import type { Digest, RecordedEvent } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import type { Instant } from '../kernel/time.ts'

/**
 * Which forms an app has published: names of evidence and days, no answers. A stranger's transaction opens those pieces only
 * that are public, so what a form keeps from strangers cannot come along.
 */
export type PublicAnswers = {
  readonly app: string
  readonly forms: {
    readonly [form: string]: {
      readonly published_at: Instant
      readonly edition: number
      readonly evidence: readonly Digest[]
      /** When a reviewer last approved answers, and until when that holds; null when none did or it has ended. */
      readonly approved: { readonly at: Instant; readonly until: Instant } | null
    }
  }
  /** Fields by form that what the operator saw bears out. */
  readonly witnessed: { readonly [form: string]: readonly string[] }
}

/** Name of the view; key is the app. */
export const PUBLIC_ANSWERS = 'public.answers'

type Heard =
  | {
      readonly type: 'assessments.form_published'
      readonly payload: { readonly app: string; readonly form: string; readonly evidence: readonly Digest[] }
    }
  | AnswersWitnessed
  | Extract<FormReviewEvent, { readonly type: 'assessments.form_approved' | 'assessments.form_lapsed' }>

export const publicAnswersView: View<PublicAnswers | null> = {
  name: PUBLIC_ANSWERS,
  version: 1,
  listens: ['assessments.form_published', 'assessments.form_approved', 'assessments.form_lapsed', 'assessments.answers_witnessed'],
  // The guarantee of the casts: all events that this view listens to carry their app and form.
  keys: (event) => [(event.payload as Heard['payload']).app],
  initial: null,
  fold(before, recorded) {
    const event = recorded as unknown as Heard & Pick<RecordedEvent, 'at'>
    const { app, form } = event.payload
    const forms = before?.forms ?? {}
    const witnessed = before?.witnessed ?? {}
    const known = forms[form]
    switch (event.type) {
      case 'assessments.form_published': {
        const { evidence } = event.payload
        const published = { published_at: event.at, edition: (known?.edition ?? 0) + 1, evidence, approved: known?.approved ?? null }
        return { app, witnessed, forms: { ...forms, [form]: published } }
      }
      case 'assessments.form_approved':
        if (known === undefined) return before
        return { app, witnessed, forms: { ...forms, [form]: { ...known, approved: { at: event.at, until: event.payload.until } } } }
      case 'assessments.form_lapsed':
        if (known === undefined) return before
        return { app, witnessed, forms: { ...forms, [form]: { ...known, approved: null } } }
      case 'assessments.answers_witnessed':
        return { app, forms, witnessed: { ...witnessed, [form]: event.payload.fields } }
    }
  },
}
