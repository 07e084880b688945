import type { Decider } from '../kernel/decider.ts'
import type { Digest, RecordedEvent } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import { Refused } from '../kernel/refused.ts'
import type { Instant } from '../kernel/time.ts'
import type { JourneyOutcome, RolloutEvent, RolloutVerdict } from './events.ts'

/**
 * A change of the host, tried out before it ships: every journey that has an early-rollout instance runs there and in
 * production, and whoever breaks is told while there is time.
 */
export type RolloutState = { readonly status: 'absent' | 'open' | 'shipped' | 'withdrawn'; readonly told: ReadonlySet<string> }

export type RolloutCommand =
  | {
      readonly act: 'announce'
      readonly rollout: string
      readonly ships_at: Instant
      readonly journeys: readonly { readonly app: string; readonly journey: string }[]
      readonly evidence: readonly Digest[]
    }
  | {
      readonly act: 'tell'
      readonly rollout: string
      readonly app: string
      readonly journey: string
      readonly verdict: RolloutVerdict
      readonly evidence: readonly Digest[]
    }
  | { readonly act: 'close'; readonly rollout: string; readonly outcome: 'shipped' | 'withdrawn' }

/** Which act is possible in which state. */
export const allowed: { readonly [status in RolloutState['status']]: readonly RolloutCommand['act'][] } = {
  absent: ['announce'],
  open: ['tell', 'close'],
  shipped: [],
  withdrawn: [],
}

export const rollout: Decider<RolloutState, RolloutCommand, RolloutEvent> = {
  initial: { status: 'absent', told: new Set() },
  decide(command, state, now) {
    if (!allowed[state.status].includes(command.act)) throw new Refused('journeys.wrong_state', SENTENCE[state.status], command.rollout)
    switch (command.act) {
      case 'announce': {
        const { act: _, ...payload } = command
        if (command.ships_at <= now) throw new Refused('journeys.ships_in_past', 'The day on which it ships is over.', 'ships_at')
        if (command.journeys.length === 0) {
          throw new Refused('journeys.nobody', 'No app has a journey for early rollout, so there is nothing to try it on.', 'rollout')
        }
        return [{ type: 'journeys.rollout_announced', payload }]
      }
      case 'tell': {
        const { act: _, ...payload } = command
        // Two runs that end at once tell it once.
        return state.told.has(`${command.app} ${command.journey}`) ? [] : [{ type: 'journeys.rollout_told', payload }]
      }
      case 'close':
        return [{ type: 'journeys.rollout_closed', payload: { rollout: command.rollout, outcome: command.outcome } }]
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'journeys.rollout_announced':
        return { ...state, status: 'open' }
      case 'journeys.rollout_told':
        return { ...state, told: new Set([...state.told, `${event.payload.app} ${event.payload.journey}`]) }
      case 'journeys.rollout_closed':
        return { ...state, status: event.payload.outcome }
    }
  },
}

const SENTENCE = {
  absent: 'There is no such announcement.',
  open: 'It has been announced already.',
  shipped: 'It has shipped; announce the next change anew.',
  withdrawn: 'It was withdrawn; announce it anew.',
} as const satisfies Record<RolloutState['status'], string>

/** What a candidate did to a journey: only what works in production can break. */
export function verdictOf(production: JourneyOutcome, candidate: JourneyOutcome): RolloutVerdict {
  if (production === 'inconclusive' || candidate === 'inconclusive') return 'unclear'
  if (candidate === 'pass') return 'holds'
  return production === 'pass' ? 'breaks' : 'broken_before'
}

export type RolloutDocument = {
  readonly rollout: string
  readonly announced_at: Instant
  readonly ships_at: Instant
  readonly evidence: readonly Digest[]
  readonly closed: { readonly outcome: 'shipped' | 'withdrawn'; readonly at: Instant } | null
  readonly journeys: readonly {
    readonly app: string
    readonly journey: string
    readonly verdict: RolloutVerdict | null
    readonly evidence: readonly Digest[]
  }[]
}

/** Name of the view; key is the rollout. The operator's alone: it names every app that breaks. */
export const ROLLOUTS = 'journeys.rollouts'

export const rolloutsView: View<RolloutDocument | null> = {
  name: ROLLOUTS,
  version: 1,
  listens: ['journeys.rollout_announced', 'journeys.rollout_told', 'journeys.rollout_closed'],
  // The guarantee of the cast: all events that this view listens to carry their rollout.
  keys: (event) => [(event.payload as { readonly rollout: string }).rollout],
  initial: null,
  fold(document, recorded) {
    const event = recorded as unknown as RolloutEvent & RecordedEvent
    if (event.type === 'journeys.rollout_announced') {
      const { rollout: id, ships_at, journeys, evidence } = event.payload
      const waiting = journeys.map(({ app, journey }) => ({ app, journey, verdict: null, evidence: [] }))
      return { rollout: id, announced_at: event.at, ships_at, evidence, closed: null, journeys: waiting }
    }
    if (document === null) return null
    if (event.type === 'journeys.rollout_closed') return { ...document, closed: { outcome: event.payload.outcome, at: event.at } }
    const { app, journey, verdict, evidence } = event.payload
    const journeys = document.journeys.map((one) => (one.app === app && one.journey === journey ? { ...one, verdict, evidence } : one))
    return { ...document, journeys }
  },
}
