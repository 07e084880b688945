import type { Decider } from '../kernel/decider.ts'
import type { RecordedEvent } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import type { JsonObject } from '../kernel/json.ts'
import { Refused } from '../kernel/refused.ts'
import type { Instant } from '../kernel/time.ts'
import type { Act } from './acts.ts'

/**
 * The two-person rule: one person proposes an act that gives, another who has nothing to do with the case confirms it, and
 * only then it happens. What is confirmed is what was proposed, word by word: it stands in the proposal.
 */
export type Proposed = {
  readonly proposal: string
  readonly act: Act
  readonly app: string | null
  /** Ids, codes and numbers of what is to happen; free text lies in evidence that is named here. */
  readonly what: JsonObject
  readonly by: string
  readonly expires_at: Instant
}

export type ProposalEvent =
  | { readonly type: 'enrolment.proposal_made'; readonly payload: Proposed }
  | { readonly type: 'enrolment.proposal_confirmed'; readonly payload: { readonly proposal: string; readonly by: string } }
  | { readonly type: 'enrolment.proposal_withdrawn'; readonly payload: { readonly proposal: string; readonly by: string } }

export type ProposalState = { readonly status: 'none' } | { readonly status: 'open' | 'confirmed' | 'withdrawn'; readonly made: Proposed }

export type ProposalCommand =
  | { readonly do: 'propose'; readonly made: Proposed }
  /** `involved`: people who had a hand in the case, or to whose organisation it belongs. */
  | { readonly do: 'confirm'; readonly by: string; readonly involved: readonly string[] }
  | { readonly do: 'withdraw'; readonly by: string }

/** What is possible when. */
export const allowed: { readonly [status in ProposalState['status']]: readonly ProposalCommand['do'][] } = {
  none: ['propose'],
  open: ['confirm', 'withdraw'],
  confirmed: [],
  withdrawn: [],
}

/** A proposal's life. */
export const proposal: Decider<ProposalState, ProposalCommand, ProposalEvent> = {
  initial: { status: 'none' },
  decide(command, state, now) {
    if (!allowed[state.status].includes(command.do)) {
      if (state.status === 'none') throw new Refused('enrolment.no_such_proposal', 'There is no such proposal.')
      throw new Refused('enrolment.wrong_state', `This proposal is ${state.status}; nothing more can be done with it.`)
    }
    if (command.do === 'propose') return [{ type: 'enrolment.proposal_made', payload: command.made }]
    // `allowed` has let only open proposals through.
    if (state.status === 'none') return []
    const { made } = state
    if (command.do === 'withdraw') return [{ type: 'enrolment.proposal_withdrawn', payload: { proposal: made.proposal, by: command.by } }]
    if (now >= made.expires_at) {
      throw new Refused('enrolment.proposal_over', `Nobody confirmed this in time, which was until ${made.expires_at}. Propose it anew.`)
    }
    if (command.by === made.by)
      throw new Refused('enrolment.same_person', 'You have proposed this yourself; somebody else has to confirm it.')
    if (command.involved.includes(command.by)) {
      throw new Refused('enrolment.involved', 'You had a hand in this case, so somebody else has to confirm it.')
    }
    return [{ type: 'enrolment.proposal_confirmed', payload: { proposal: made.proposal, by: command.by } }]
  },
  evolve(state, event) {
    switch (event.type) {
      case 'enrolment.proposal_made':
        return { status: 'open', made: event.payload }
      case 'enrolment.proposal_confirmed':
        return state.status === 'none' ? state : { status: 'confirmed', made: state.made }
      case 'enrolment.proposal_withdrawn':
        return state.status === 'none' ? state : { status: 'withdrawn', made: state.made }
    }
  },
}

/** Name of the view of open proposals; key is the proposal. */
export const PROPOSALS = 'enrolment.proposals'

export const proposalsView: View<Proposed | null> = {
  name: PROPOSALS,
  version: 1,
  listens: ['enrolment.proposal_made', 'enrolment.proposal_confirmed', 'enrolment.proposal_withdrawn'],
  // The guarantee of the casts: this view listens to nothing else.
  keys: (event) => [(event as RecordedEvent & ProposalEvent).payload.proposal],
  initial: null,
  fold(_, recorded) {
    const event = recorded as RecordedEvent & ProposalEvent
    return event.type === 'enrolment.proposal_made' ? event.payload : null
  },
}
