import type { Digest } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'

/** A badge of a programme that ends, and the badge of its successor to which it may go over. */
export type Crossing = {
  readonly app: string
  readonly programme: string
  readonly tier: string
  readonly successor: string
  readonly successor_tier: string
}

export type CrossingOutcome = 'moves' | 'does_not_move'

/** What a person decides about a holder. That it moves is an agreement to the successor's badge in the same transaction; the badge counts the people. */
export type SuccessionEvent = {
  readonly type: 'successions.decided'
  readonly payload: Crossing & {
    readonly outcome: CrossingOutcome
    readonly person: string
    /** The standing in the successor that the person saw; null where it does not move. */
    readonly standing_hash: string | null
    readonly evidence: readonly Digest[]
  }
}

/** The stream of what was decided about one badge. */
export const successionStream = ({ programme, tier, app }: Pick<Crossing, 'programme' | 'tier' | 'app'>): string =>
  `succession/${programme}.${tier}/${app}`

export type Decision = {
  readonly outcome: CrossingOutcome
  readonly person: string
  readonly at: Instant
  readonly standing_hash: string | null
  readonly evidence: readonly Digest[]
}
