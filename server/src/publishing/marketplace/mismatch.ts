import type { Decider } from '../../kernel/decider.ts'
import type { Digest } from '../../kernel/event.ts'
import type { Instant } from '../../kernel/time.ts'
import { sameMismatch, type Mismatch } from './look.ts'

/** What is told of a listing that does not show what it should, on the stream `listing-look/{app}`. */
export type MismatchEvent =
  | {
      readonly type: 'publishing.mismatch_found'
      readonly payload: Mismatch & { readonly app: string; readonly evidence: readonly Digest[] }
    }
  | { readonly type: 'publishing.mismatch_settled'; readonly payload: Pick<Mismatch, 'of' | 'kind'> & { readonly app: string } }
  | {
      readonly type: 'publishing.listing_unread'
      readonly payload: { readonly app: string; readonly why: string; readonly due_at: Instant }
    }
  | { readonly type: 'publishing.listing_read_again'; readonly payload: { readonly app: string } }

/** What is open, and since when a listing cannot be read. */
export type MismatchState = {
  readonly open: readonly (Mismatch & { readonly at: Instant; readonly evidence: readonly Digest[] })[]
  readonly unread: { readonly since: Instant; readonly why: string; readonly due_at: Instant } | null
}

export type MismatchCommand = { readonly app: string } & (
  | { readonly do: 'compare'; readonly mismatches: readonly Mismatch[]; readonly evidence: readonly Digest[] }
  /** The listing could not be read, and the fault is not ours. `due_at`: when that counts. */
  | { readonly do: 'fail'; readonly why: string; readonly due_at: Instant }
)

/** Mismatches of one listing: opened by a look, closed by the next that agrees. A look that saw nothing closes nothing. */
export const mismatch: Decider<MismatchState, MismatchCommand, MismatchEvent> = {
  initial: { open: [], unread: null },
  decide(command, state, now) {
    const { app } = command
    switch (command.do) {
      case 'compare': {
        const { mismatches, evidence } = command
        const settled = state.open.filter((one) => !mismatches.some((other) => sameMismatch(one, other)))
        const found = mismatches.filter((one) => !state.open.some((other) => sameMismatch(one, other)))
        return [
          ...(state.unread === null ? [] : [{ type: 'publishing.listing_read_again', payload: { app } } as const]),
          ...settled.map(({ of, kind }) => ({ type: 'publishing.mismatch_settled', payload: { app, of, kind } }) as const),
          ...found.map((one) => ({ type: 'publishing.mismatch_found', payload: { app, ...one, evidence } }) as const),
        ]
      }
      case 'fail': {
        if (state.unread === null)
          return [{ type: 'publishing.listing_unread', payload: { app, why: command.why, due_at: command.due_at } }]
        const told = state.open.some(({ kind }) => kind === 'unreadable')
        if (told || state.unread.due_at > now) return []
        return [
          {
            type: 'publishing.mismatch_found',
            payload: { app, of: 'listing', kind: 'unreadable', since: state.unread.since, evidence: [] },
          },
        ]
      }
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'publishing.mismatch_found': {
        const { of, kind, since, evidence } = event.payload
        return { ...state, open: [...state.open, { of, kind, since, evidence, at: event.at }] }
      }
      case 'publishing.mismatch_settled':
        return { ...state, open: state.open.filter((one) => !sameMismatch(one, event.payload)) }
      case 'publishing.listing_unread':
        return { ...state, unread: { since: event.at, why: event.payload.why, due_at: event.payload.due_at } }
      case 'publishing.listing_read_again':
        return { ...state, unread: null }
    }
  },
}

/** The stream of what was seen of a listing. */
export const lookStream = (app: string): string => `listing-look/${app}`
