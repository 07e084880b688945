import type { Instant } from './time.ts'

/** A fact with a name and what belongs to it. Payloads hold ids, codes and numbers, never personal or free text. */
export type Fact = { readonly type: string; readonly payload: { readonly [key: string]: unknown } }

/**
 * A state machine as three pure parts. `decide` refuses (see refused.ts) or answers with the facts that follow from a
 * command; `evolve` folds a fact into the state. Time is an argument.
 */
export type Decider<State, Command, Event extends Fact> = {
  readonly initial: State
  readonly decide: (command: Command, state: State, now: Instant) => readonly Event[]
  readonly evolve: (state: State, event: Event & { readonly at: Instant }) => State
}
