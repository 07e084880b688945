import type { Decider } from '../kernel/decider.ts'
import type { Digest } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import type { Instant } from '../kernel/time.ts'
import type { FormReviewEvent } from './events.ts'

/**
 * A published form under a person's eye: the partner submits, a reviewer of the operator's approves for a while or returns
 * with reasons. One state for each reviewed form of an app. Answers sent beside an approval are a renewal: the old one holds
 * until its end.
 */
export type FormReviewState = {
  readonly status: 'none' | 'waiting' | 'returned' | 'approved' | 'renewing' | 'lapsed'
  readonly waiting: { readonly by: string; readonly at: Instant; readonly evidence: readonly Digest[] } | null
  readonly approved: {
    readonly at: Instant
    readonly until: Instant
    readonly evidence: readonly Digest[]
    readonly reviewer: string
    readonly record: string
    /** Reminders that are still to come. */
    readonly remind_at: readonly Instant[]
  } | null
  /** The last return that was not answered yet. */
  readonly returned: { readonly at: Instant; readonly evidence: readonly Digest[]; readonly reviewer: string } | null
  /** Everybody who has submitted, approved or returned so far. */
  readonly involved: readonly string[]
}

export type FormReviewCommand = { readonly app: string; readonly form: string } & (
  | { readonly do: 'submit'; readonly by: string; readonly evidence: readonly Digest[]; readonly complete: number }
  | {
      readonly do: 'approve'
      readonly by: string
      readonly of_the_partner: boolean
      readonly uninvolved: boolean
      /** What the reviewer saw: an approval never covers answers that came in meanwhile. */
      readonly seen: readonly Digest[]
      readonly note: readonly Digest[]
      readonly until: Instant
      readonly remind_at: readonly Instant[]
      readonly record: string
      readonly state: string
    }
  | { readonly do: 'return'; readonly by: string; readonly of_the_partner: boolean; readonly evidence: readonly Digest[] }
  | { readonly do: 'remind' }
  | { readonly do: 'lapse' }
)

/** What is possible when. */
export const allowedInReview: { readonly [status in FormReviewState['status']]: readonly FormReviewCommand['do'][] } = {
  none: ['submit'],
  waiting: ['submit', 'approve', 'return'],
  returned: ['submit'],
  approved: ['submit', 'remind', 'lapse'],
  renewing: ['submit', 'approve', 'return', 'remind', 'lapse'],
  lapsed: ['submit'],
}

/** The life of a reviewed form. */
export const formReview: Decider<FormReviewState, FormReviewCommand, FormReviewEvent> = {
  initial: { status: 'none', waiting: null, approved: null, returned: null, involved: [] },
  decide(command, state, now) {
    const { app, form } = command
    if (!allowedInReview[state.status].includes(command.do)) {
      throw new Refused('assessments.wrong_state', `"${command.do}" is not possible: ${IN_WORDS[state.status]}`, form)
    }
    switch (command.do) {
      case 'submit':
        if (command.complete < 1) {
          throw new Refused('assessments.incomplete', 'Answer everything that is required before it is sent for review.', form)
        }
        return [{ type: 'assessments.form_submitted', payload: { app, form, by: command.by, evidence: command.evidence } }]
      case 'approve': {
        const sent = state.waiting?.evidence ?? []
        if (command.of_the_partner || command.by === state.waiting?.by) throw partial()
        if (command.uninvolved && state.involved.includes(command.by)) throw partial()
        if (sent.length !== command.seen.length || sent.some((id) => !command.seen.includes(id))) {
          throw new Refused('assessments.answers_moved', 'Other answers were sent since you looked; read them and decide again.', form)
        }
        const { until, remind_at, record, state: word } = command
        const payload = { app, form, evidence: [...sent, ...command.note], reviewer: command.by, until, record, state: word }
        return [{ type: 'assessments.form_approved', payload: { ...payload, remind_at: remind_at.filter((at) => at > now).toSorted() } }]
      }
      case 'return':
        if (command.of_the_partner) throw partial()
        return [{ type: 'assessments.form_returned', payload: { app, form, evidence: command.evidence, reviewer: command.by } }]
      case 'remind': {
        const due = state.approved?.remind_at[0]
        if (state.approved === null || due === undefined || due > now) return []
        return [{ type: 'assessments.form_reminded', payload: { app, form, until: state.approved.until } }]
      }
      case 'lapse':
        if (state.approved === null || state.approved.until > now) return []
        return [
          {
            type: 'assessments.form_lapsed',
            payload: { app, form, until: state.approved.until, record: state.approved.record, waiting: state.waiting !== null },
          },
        ]
    }
  },
  evolve(state, event) {
    const { at } = event
    switch (event.type) {
      case 'assessments.form_submitted': {
        const { by, evidence } = event.payload
        const status = state.approved === null ? 'waiting' : 'renewing'
        return { ...state, status, waiting: { by, at, evidence }, returned: null, involved: also(state.involved, by) }
      }
      case 'assessments.form_approved': {
        const { until, evidence, reviewer, remind_at, record } = event.payload
        const approved = { at, until, evidence, reviewer, remind_at, record }
        return { status: 'approved', waiting: null, approved, returned: null, involved: also(state.involved, reviewer) }
      }
      case 'assessments.form_returned': {
        const { evidence, reviewer } = event.payload
        const status = state.approved === null ? 'returned' : 'approved'
        return { ...state, status, waiting: null, returned: { at, evidence, reviewer }, involved: also(state.involved, reviewer) }
      }
      case 'assessments.form_reminded': {
        if (state.approved === null) return state
        // Of several that came due at once, one mail is enough.
        return { ...state, approved: { ...state.approved, remind_at: state.approved.remind_at.filter((one) => one > at) } }
      }
      case 'assessments.form_lapsed':
        return { ...state, status: state.waiting === null ? 'lapsed' : 'waiting', approved: null }
    }
  },
}

const IN_WORDS = {
  none: 'nothing was sent for review yet.',
  waiting: 'the answers wait for their review.',
  returned: 'the answers were returned; the partner has to send them again.',
  approved: 'the answers are approved, and nothing new was sent.',
  renewing: 'the answers are approved, and new ones wait for their review.',
  lapsed: 'the approval has ended; the partner has to answer again.',
} as const satisfies Record<FormReviewState['status'], string>

const partial = (): Refused =>
  new Refused('assessments.involved', 'You had a hand in this or belong to the partner, so somebody else has to review it.')

const also = (involved: readonly string[], person: string): readonly string[] =>
  involved.includes(person) ? involved : [...involved, person]
