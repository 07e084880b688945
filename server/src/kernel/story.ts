import type { Decider, Fact } from './decider.ts'
import { isRefused } from './refused.ts'
import type { Instant } from './time.ts'

/** Tells a decider's behaviour as given, when, then. For tests. */
export function story<State, Command, Event extends Fact>(decider: Decider<State, Command, Event>, now: Instant) {
  return {
    given(...facts: readonly (Event & { readonly at?: Instant })[]) {
      const state = facts.reduce((folded, fact) => decider.evolve(folded, { ...fact, at: fact.at ?? now }), decider.initial)
      return {
        state,
        when(command: Command): { readonly events: readonly Event[]; readonly refused: string | null } {
          try {
            return { events: decider.decide(command, state, now), refused: null }
          } catch (error) {
            if (isRefused(error)) return { events: [], refused: error.code }
            throw error
          }
        },
      }
    },
  }
}
