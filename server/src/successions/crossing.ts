import type { BadgeWord } from '../badges/badge.ts'
import type { Decider } from '../kernel/decider.ts'
import type { Digest } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import type { Crossing, CrossingOutcome, Decision, SuccessionEvent } from './events.ts'

/** How a holder goes over to the successor, or does not: each time a person's decision, with a reason, while both programmes run. */
export type CrossingState = { readonly decisions: readonly Decision[] }

/** What stands around it at the moment of deciding. */
export type CrossingGround = {
  /** A person has set that the older programme ends, and both run. */
  readonly side_by_side: boolean
  readonly badge: BadgeWord
  /** The states of a badge that the successor's rules let go over. */
  readonly badges: readonly BadgeWord[]
  /** Whoever decides belongs to the partner. */
  readonly involved: boolean
  readonly successor_badge: BadgeWord
}

export type CrossingCommand = Crossing & {
  readonly act: 'decide'
  readonly outcome: CrossingOutcome
  readonly person: string
  readonly standing_hash: string | null
  readonly evidence: readonly Digest[]
  readonly ground: CrossingGround
}

/** One badge's way over. A decision can be made anew until the older programme is over; the newest stands. */
export const crossing: Decider<CrossingState, CrossingCommand, SuccessionEvent> = {
  initial: { decisions: [] },
  decide(command, state) {
    const { act: _, ground, ...payload } = command
    if (!ground.side_by_side) {
      throw new Refused('successions.wrong_state', 'This is decided while both programmes run, and they do not.', command.programme)
    }
    if (ground.involved) throw new Refused('successions.involved', 'Nobody decides about an app of their own organisation.', command.app)
    if (!ground.badges.includes(ground.badge)) {
      throw new Refused(
        'successions.not_a_holder',
        `Its badge is ${ground.badge}; the rules let badges go over that are ${ground.badges.join(' or ')}.`,
        command.app,
      )
    }
    if (ground.successor_badge === 'active' || ground.successor_badge === 'at_risk') {
      throw new Refused('successions.wrong_state', 'It holds the successor’s badge already.', command.app)
    }
    const last = state.decisions.at(-1)
    if (last?.outcome === command.outcome && last.person === command.person && last.standing_hash === command.standing_hash) {
      throw new Refused('successions.decided_already', 'You have decided so already.', command.app)
    }
    return [{ type: 'successions.decided', payload }]
  },
  evolve(state, { at, payload: { outcome, person, standing_hash, evidence } }) {
    return { decisions: [...state.decisions, { outcome, person, at, standing_hash, evidence }] }
  },
}

/** Who has agreed to a move on a standing since somebody last decided otherwise. */
export function agreedBy(decisions: readonly Decision[], standing_hash: string): readonly string[] {
  const from = decisions.findLastIndex(({ outcome }) => outcome === 'does_not_move') + 1
  return [...new Set(decisions.slice(from).flatMap((one) => (one.standing_hash === standing_hash ? [one.person] : [])))]
}
