import type { Decider } from '../kernel/decider.ts'
import type { Digest } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import type { Instant } from '../kernel/time.ts'
import type { ContradictionEvent } from './events.ts'

/**
 * An answer that what was seen contradicts. The partner hears of it first and has time of its own: to change the answer, to
 * change the app, or to explain why both are true. Only when that time is over without any of it does something follow; an
 * explanation is the operator's to judge, and while it lies there nothing follows either.
 */
export type ContradictionState = {
  readonly status: 'none' | 'open' | 'explained' | 'told' | 'accepted'
  readonly form: string
  readonly field: string
  readonly found_at: Instant | null
  readonly due_at: Instant | null
  /** What shows it: the descriptor, the scan, the answers. */
  readonly evidence: readonly Digest[]
  readonly explained: { readonly by: string; readonly evidence: readonly Digest[] } | null
  /** The record that is left when nothing is done in time. */
  readonly leaves: { readonly record: string; readonly state: string } | null
}

export type ContradictionCommand = { readonly app: string; readonly rule: string } & (
  | {
      readonly do: 'find'
      readonly form: string
      readonly field: string
      readonly due_at: Instant
      readonly evidence: readonly Digest[]
      readonly record: string
      readonly state: string
    }
  | { readonly do: 'settle' }
  | { readonly do: 'explain'; readonly by: string; readonly evidence: readonly Digest[] }
  | { readonly do: 'accept'; readonly by: string; readonly of_the_partner: boolean; readonly evidence: readonly Digest[] }
  | { readonly do: 'refuse'; readonly by: string; readonly of_the_partner: boolean; readonly evidence: readonly Digest[] }
  | { readonly do: 'tell' }
)

/** What is possible when. */
export const allowedOfContradiction: { readonly [status in ContradictionState['status']]: readonly ContradictionCommand['do'][] } = {
  none: ['find'],
  open: ['settle', 'explain', 'tell'],
  explained: ['settle', 'accept', 'refuse'],
  told: ['settle', 'explain'],
  accepted: ['settle'],
}

/** The life of a contradiction. */
export const contradiction: Decider<ContradictionState, ContradictionCommand, ContradictionEvent> = {
  initial: { status: 'none', form: '', field: '', found_at: null, due_at: null, evidence: [], explained: null, leaves: null },
  decide(command, state, now) {
    const { app, rule } = command
    if (!allowedOfContradiction[state.status].includes(command.do)) {
      throw new Refused('assessments.wrong_state', `"${command.do}" is not possible: ${IN_WORDS[state.status]}`, rule)
    }
    const of = { app, rule, form: state.form, field: state.field }
    switch (command.do) {
      case 'find': {
        const { form, field, due_at, evidence, record, state: word } = command
        return [{ type: 'assessments.contradiction_found', payload: { app, rule, form, field, due_at, evidence, record, state: word } }]
      }
      case 'settle':
        return [{ type: 'assessments.contradiction_settled', payload: of }]
      case 'explain':
        return [{ type: 'assessments.contradiction_explained', payload: { ...of, by: command.by, evidence: command.evidence } }]
      case 'accept':
      case 'refuse': {
        if (command.of_the_partner || command.by === state.explained?.by) throw partial()
        const payload = { ...of, reviewer: command.by, evidence: command.evidence }
        if (command.do === 'accept') return [{ type: 'assessments.explanation_accepted', payload }]
        return [{ type: 'assessments.explanation_refused', payload: { ...payload, ...leavesOf(state) } }]
      }
      case 'tell':
        if (state.due_at === null || state.due_at > now) return []
        return [{ type: 'assessments.contradiction_told', payload: { ...of, ...leavesOf(state) } }]
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'assessments.contradiction_found': {
        const { form, field, due_at, evidence, record, state: word } = event.payload
        const leaves = { record, state: word }
        return { status: 'open', form, field, found_at: event.at, due_at, evidence, explained: null, leaves }
      }
      case 'assessments.contradiction_settled':
        return contradiction.initial
      case 'assessments.contradiction_explained':
        return { ...state, status: 'explained', explained: { by: event.payload.by, evidence: event.payload.evidence } }
      case 'assessments.explanation_accepted':
        return { ...state, status: 'accepted' }
      case 'assessments.explanation_refused':
      case 'assessments.contradiction_told':
        return { ...state, status: 'told' }
    }
  },
}

function leavesOf({ leaves }: ContradictionState): { readonly record: string; readonly state: string } {
  if (leaves === null) throw new Error('a contradiction that was never found leaves nothing')
  return leaves
}

const IN_WORDS = {
  none: 'nothing contradicts the answer.',
  open: 'it is the partner’s turn.',
  explained: 'the partner has explained it; it is the operator’s turn.',
  told: 'the time for it is over.',
  accepted: 'the explanation was accepted.',
} as const satisfies Record<ContradictionState['status'], string>

const partial = (): Refused =>
  new Refused('assessments.involved', 'You had a hand in this or belong to the partner, so somebody else has to decide it.')
