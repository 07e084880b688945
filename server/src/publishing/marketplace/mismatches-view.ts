import type { View } from '../../kernel/flow.ts'
import type { Instant } from '../../kernel/time.ts'
import { mismatch, type MismatchEvent, type MismatchState } from './mismatch.ts'

/** An app whose listing does not show what it should, or cannot be read. There is none where all is well. */
export type MismatchesDocument = MismatchState & { readonly app: string }

/** Name of the view; key is the app. */
export const MISMATCHES = 'publishing.mismatches'

export const mismatchesView: View<MismatchesDocument | null> = {
  name: MISMATCHES,
  version: 1,
  listens: ['publishing.mismatch_found', 'publishing.mismatch_settled', 'publishing.listing_unread', 'publishing.listing_read_again'],
  // The guarantee of the casts: only reading-back.ts appends these events.
  keys: (event) => [(event.payload as { readonly app: string }).app],
  initial: null,
  fold(document, recorded) {
    const event = recorded as unknown as MismatchEvent & { readonly at: Instant }
    const state = mismatch.evolve(document ?? mismatch.initial, event)
    return state.open.length === 0 && state.unread === null ? null : { ...state, app: event.payload.app }
  },
}
