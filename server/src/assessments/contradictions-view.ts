import type { RecordedEvent } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import type { Instant } from '../kernel/time.ts'
import { contradiction, type ContradictionState } from './contradiction.ts'
import type { AnswersWitnessed, ContradictionEvent } from './events.ts'

/** What contradicts an app's answers, by rule, and which answers were borne out. */
export type ContradictionsDocument = {
  readonly app: string
  readonly rules: { readonly [rule: string]: ContradictionState }
  readonly witnessed: { readonly [form: string]: readonly string[] }
  /** When the partner's time with the next of them is over. */
  readonly next_due_at: Instant | null
}

/** Name of the view; key is the app. */
export const CONTRADICTIONS = 'assessments.contradictions'

export const contradictionsView: View<ContradictionsDocument | null> = {
  name: CONTRADICTIONS,
  version: 1,
  listens: [
    'assessments.contradiction_found',
    'assessments.contradiction_settled',
    'assessments.contradiction_explained',
    'assessments.explanation_accepted',
    'assessments.explanation_refused',
    'assessments.contradiction_told',
    'assessments.answers_witnessed',
  ],
  // The guarantee of the casts: all events that this view listens to carry their app.
  keys: (event) => [(event.payload as { readonly app: string }).app],
  initial: null,
  fold(before, recorded) {
    const event = recorded as RecordedEvent & (ContradictionEvent | AnswersWitnessed)
    const { app } = event.payload
    const document = before ?? { app, rules: {}, witnessed: {}, next_due_at: null }
    if (event.type === 'assessments.answers_witnessed') {
      return { ...document, witnessed: { ...document.witnessed, [event.payload.form]: event.payload.fields } }
    }
    const { [event.payload.rule]: known, ...others } = document.rules
    const state = contradiction.evolve(known ?? contradiction.initial, event)
    const rules = state.status === 'none' ? others : { ...others, [event.payload.rule]: state }
    const due = Object.values(rules).flatMap(({ status, due_at }) => (status === 'open' && due_at !== null ? [due_at] : []))
    return { ...document, rules, next_due_at: due.toSorted()[0] ?? null }
  },
}
