import type { Turn } from '../applications/turn.ts'
import type { Digest, RecordedEvent } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import type { Instant } from '../kernel/time.ts'
import { concern, type ConcernState, type ConcernWord } from './concern.ts'
import { concernKey, type ConcernEvent, type ConcernOf, type ConcernOutcome, type ConcernStep, type RaisedBy } from './events.ts'

/** A concern as its two sides see it: no person, and words by their names only, which row security lets each side read or not. */
export type ConcernDocument = ConcernOf & {
  readonly word: ConcernWord
  readonly outcome: ConcernOutcome | null
  readonly raised_by: RaisedBy
  readonly since: Instant
  readonly received_at: Instant
  /** When it was decided last; null as long as it was not. */
  readonly decided_at: Instant | null
  readonly accepted: boolean
  readonly answered: boolean
  readonly requirements: readonly string[]
  readonly alone: boolean
  readonly public_words: Digest | null
  readonly turn: Turn<ConcernStep> | null
  /** How many events the stream has: who decides says which one they saw last. */
  readonly version: number
  readonly entries: readonly ConcernEntry[]
  /** The next moment at which something follows by itself. */
  readonly next_due_at: Instant | null
}

/** What happened, by codes, oldest first. */
export type ConcernEntry = {
  readonly at: Instant
  readonly what: ConcernEvent['type']
  readonly outcome: string | null
  readonly evidence: Digest | null
  readonly hash: Digest
}

/** Name of the view; key is `{app}/{concern}`. */
export const CONCERNS = 'concerns.concerns'

export const concernsView: View<ConcernDocument | null> = {
  name: CONCERNS,
  version: 1,
  listens: ['concerns.*'],
  // The guarantee of the cast: every event of this slice says which concern it is about.
  keys: (event) => [concernKey(event.payload as unknown as ConcernOf)],
  initial: null,
  fold(document, recorded) {
    const event = recorded as unknown as Told
    const { app, concern: id, programme } = event.payload
    const before = document === null ? concern.initial : stateIn(document)
    const after = concern.evolve(before, event)
    const decided = event.type === 'concerns.decided' ? event.payload : null
    return {
      app,
      concern: id,
      programme,
      word: after.word,
      outcome: after.outcome,
      raised_by: after.raised_by ?? 'somebody',
      since: after.since ?? recorded.at,
      received_at: after.received_at ?? recorded.at,
      decided_at: decided === null ? (document?.decided_at ?? null) : recorded.at,
      accepted: after.accepted,
      answered: after.answered,
      requirements: after.requirements,
      alone: decided?.alone ?? document?.alone ?? false,
      public_words: decided?.public_words ?? document?.public_words ?? null,
      turn: after.turn,
      version: recorded.version,
      entries: [...(document?.entries ?? []), entryOf(event)],
      next_due_at: after.turn === null || after.reminded ? null : after.turn.due_at,
    }
  },
}

/** An event of this slice with what the log adds to it. */
type Told = ConcernEvent & Pick<RecordedEvent, 'at' | 'hash'>

/** The part of the state that a document keeps. Who had a hand in it is read from the stream, and not kept where the partner reads. */
const stateIn = (document: ConcernDocument): ConcernState => ({
  ...concern.initial,
  word: document.word,
  since: document.since,
  received_at: document.received_at,
  raised_by: document.raised_by,
  accepted: document.accepted,
  answered: document.answered,
  outcome: document.outcome,
  requirements: document.requirements,
  turn: document.turn,
  reminded: document.turn !== null && document.next_due_at === null,
})

const entryOf = (event: Told): ConcernEntry => ({
  at: event.at,
  what: event.type,
  outcome: outcomeOf(event),
  evidence: 'evidence' in event.payload ? event.payload.evidence : null,
  hash: event.hash,
})

function outcomeOf(event: ConcernEvent): string | null {
  switch (event.type) {
    case 'concerns.dismissed':
      return event.payload.code
    case 'concerns.decided':
      return event.payload.outcome
    case 'concerns.set_aside':
      return event.payload.how
    default:
      return null
  }
}

/** Folds a stream. The guarantee of the cast: only this decider's events are appended to it. */
export const foldedConcern = (events: readonly RecordedEvent[]): ConcernState =>
  events.reduce((state, event) => concern.evolve(state, event as unknown as Told), concern.initial)
