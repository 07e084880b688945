import type { Digest } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import type { Instant } from '../kernel/time.ts'
import type { ListingBreach, ListingEvent, NextStep } from './events.ts'
import { listing, type ListingState, type ListingWord } from './listing.ts'

/** What happened to a listing, by codes, newest last. */
export type ListingHistory = {
  readonly at: Instant
  readonly what: ListingEvent['type']
  readonly reasons: readonly string[]
  readonly requirements: readonly string[]
  readonly hash: Digest
}

/** A listing under the base rules. An app that never broke one has no document and is listed. */
export type ListingDocument = {
  readonly app: string
  readonly state: ListingWord
  readonly since: Instant
  readonly breaches: readonly ListingBreach[]
  readonly next_step: NextStep | null
  readonly next_due_at: Instant | null
  readonly history: readonly ListingHistory[]
  readonly decided: ListingState
}

/** Name of the view; key is the app. */
export const LISTINGS = 'badges.listings'

export const listingsView: View<ListingDocument | null> = {
  name: LISTINGS,
  version: 1,
  listens: [
    'badges.listing_breached',
    'badges.listing_cleared',
    'badges.listing_warned',
    'badges.listing_hidden',
    'badges.listing_paused',
    'badges.listing_relisted',
  ],
  // The guarantee of the cast: all events that this view listens to carry their app.
  keys: (event) => [(event.payload as { readonly app: string }).app],
  initial: null,
  fold(document, recorded) {
    const event = recorded as unknown as ListingEvent & { readonly at: Instant }
    const decided = listing.evolve(document?.decided ?? listing.initial, event)
    const reasons: readonly string[] = 'reasons' in event.payload ? event.payload.reasons : []
    const requirements = requirementsOf(event)
    return {
      app: event.payload.app,
      state: decided.word,
      since: document !== null && document.state === decided.word ? document.since : recorded.at,
      breaches: decided.breaches,
      next_step: decided.next_step,
      next_due_at: decided.next_step?.at ?? null,
      history: [...(document?.history ?? []), { at: recorded.at, what: event.type, reasons, requirements, hash: recorded.hash }],
      decided,
    }
  },
}

function requirementsOf({ payload }: ListingEvent): readonly string[] {
  if ('requirements' in payload) return payload.requirements
  return 'breaches' in payload ? payload.breaches.map((breach) => breach.requirement) : []
}
