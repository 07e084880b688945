import type { Decider } from '../kernel/decider.ts'
import type { Digest } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import { between, HOUR_MS, type Instant } from '../kernel/time.ts'
import type { ConsultationPhase } from '../programmes/phase.ts'
import type { ConsultationEvent, Of, Outcome } from './events.ts'

/** A version's consultation: who wrote how much and when, and what was answered. */
export type ConsultationState = {
  readonly comments: ReadonlyMap<
    string,
    { readonly organisation: string; readonly requirement: string; readonly at: Instant; readonly status: 'open' | 'answered' | 'removed' }
  >
}

export type ConsultationCommand = Of &
  (
    | {
        readonly act: 'comment'
        readonly organisation: string
        readonly digest: Digest
        readonly phase: ConsultationPhase
        readonly evidence: readonly Digest[]
      }
    | { readonly act: 'answer'; readonly outcome: Outcome; readonly evidence: readonly Digest[] }
    | {
        readonly act: 'remove'
        readonly by: 'author' | 'operator'
        /** Of whoever removes; an author takes back only what their own organisation wrote. */
        readonly organisation: string
        readonly evidence: readonly Digest[]
      }
  )

/** Which act is possible on a comment in which state. An answer is given once: who wrote can rely on it. */
export const allowed: { readonly [status in 'none' | 'open' | 'answered' | 'removed']: readonly ConsultationCommand['act'][] } = {
  none: ['comment'],
  open: ['answer', 'remove'],
  answered: ['remove'],
  removed: [],
}

/** Bounds against floods, not rules of a programme: far above what anybody has to say, far below what drowns a page. */
export const MOST_OF_AN_ORGANISATION = 100
export const MOST_ON_A_REQUIREMENT = 200
export const MOST_IN_AN_HOUR = 10

/** A consultation from its first comment to its last answer. */
export const consultation: Decider<ConsultationState, ConsultationCommand, ConsultationEvent> = {
  initial: { comments: new Map() },
  decide(command, state, now) {
    const known = state.comments.get(command.comment)
    const status = known?.status ?? 'none'
    const { programme, version, requirement, comment } = command
    const of = { programme, version, requirement, comment }
    if (status === 'none' && command.act !== 'comment') throw noSuch(comment)
    if (known !== undefined && known.requirement !== requirement) throw noSuch(comment)
    if (!allowed[status].includes(command.act)) {
      throw new Refused(
        'consultations.wrong_state',
        `This comment is ${status} already; "${command.act}" is not possible any more.`,
        comment,
      )
    }
    switch (command.act) {
      case 'comment': {
        refuseOutOfTime(command)
        refuseFlood(command, state, now)
        const { organisation, digest, evidence } = command
        return [{ type: 'consultations.commented', payload: { ...of, organisation, digest, evidence } }]
      }
      case 'answer':
        return [{ type: 'consultations.answered', payload: { ...of, outcome: command.outcome, evidence: command.evidence } }]
      case 'remove':
        if (command.by === 'author' && known?.organisation !== command.organisation) {
          throw new Refused('consultations.not_yours', 'Only whoever wrote a comment takes it back.', comment)
        }
        if (command.by === 'author' && status === 'answered') {
          throw new Refused('consultations.wrong_state', 'This comment is answered already; it stays beside its answer.', comment)
        }
        return [{ type: 'consultations.removed', payload: { ...of, by: command.by, evidence: command.evidence } }]
    }
  },
  evolve(state, event) {
    const { comment, requirement } = event.payload
    const comments = new Map(state.comments)
    switch (event.type) {
      case 'consultations.commented':
        comments.set(comment, { organisation: event.payload.organisation, requirement, at: event.at, status: 'open' })
        break
      case 'consultations.answered':
      case 'consultations.removed': {
        const known = comments.get(comment)
        const status = event.type === 'consultations.answered' ? 'answered' : 'removed'
        if (known !== undefined) comments.set(comment, { ...known, status })
      }
    }
    return { comments }
  },
}

const noSuch = (comment: string): Refused => new Refused('consultations.no_such_comment', 'There is no such comment here.', comment)

function refuseOutOfTime({ phase, version }: Extract<ConsultationCommand, { readonly act: 'comment' }>): void {
  switch (phase) {
    case 'open':
      return
    case 'none':
      throw new Refused('consultations.closed', `Version ${version} is not up for comments.`, version)
    case 'planned':
      throw new Refused('consultations.closed', `Comments on version ${version} are taken from its first day on.`, version)
    case 'closed':
      throw new Refused('consultations.closed', `The consultation on version ${version} is closed.`, version)
  }
}

function refuseFlood(command: Extract<ConsultationCommand, { readonly act: 'comment' }>, state: ConsultationState, now: Instant): void {
  const all = [...state.comments.values()]
  const own = all.filter(({ organisation }) => organisation === command.organisation)
  if (own.filter(({ at }) => between(at, now) < HOUR_MS).length >= MOST_IN_AN_HOUR) {
    throw new Refused('consultations.too_fast', `An organisation writes at most ${MOST_IN_AN_HOUR} comments an hour. Try again later.`)
  }
  if (own.length >= MOST_OF_AN_ORGANISATION) {
    throw new Refused('consultations.too_many', `An organisation writes at most ${MOST_OF_AN_ORGANISATION} comments on one draft.`)
  }
  if (all.filter(({ requirement }) => requirement === command.requirement).length >= MOST_ON_A_REQUIREMENT) {
    throw new Refused('consultations.too_many', `A requirement takes at most ${MOST_ON_A_REQUIREMENT} comments.`, command.requirement)
  }
}
