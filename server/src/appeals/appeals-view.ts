import type { Turn } from '../applications/turn.ts'
import type { Digest, RecordedEvent } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import type { Instant } from '../kernel/time.ts'
import { appeal, type AppealState, type AppealWord } from './appeal.ts'
import type { AppealableKind } from './appealable.ts'
import { appealKey, type AppealEvent, type AppealOf } from './events.ts'

/** An appeal as both sides see it. */
export type AppealDocument = AppealOf & {
  readonly word: AppealWord
  readonly since: Instant
  readonly lodged_at: Instant
  readonly kind: AppealableKind
  readonly decision: Digest
  readonly decided_at: Instant
  readonly requirements: readonly string[]
  readonly tier: string | null
  readonly concern: string | null
  /** What the partner wrote. */
  readonly evidence: Digest
  /** Why it was decided so, and what everybody may read of it; null as long as it was not decided. */
  readonly reasons: Digest | null
  readonly public_words: Digest | null
  readonly alone: boolean
  readonly turn: Turn<'appeal'> | null
  readonly version: number
  readonly next_due_at: Instant | null
}

/** Name of the view; key is `{app}/{appeal}`. */
export const APPEALS = 'appeals.appeals'

export const appealsView: View<AppealDocument | null> = {
  name: APPEALS,
  version: 1,
  listens: ['appeals.*'],
  // The guarantee of the cast: every event of this slice says which appeal it is about.
  keys: (event) => [appealKey(event.payload as unknown as AppealOf)],
  initial: null,
  fold(document, recorded) {
    const event = recorded as unknown as AppealEvent & { readonly at: Instant }
    const { version } = recorded
    if (event.type === 'appeals.lodged') {
      const { passed, person: _, took_part: __, ...lodged } = event.payload
      const due_at = passed.to?.due_at ?? null
      const open = { word: 'open', since: event.at, lodged_at: event.at, turn: passed.to, next_due_at: due_at } as const
      return { ...lodged, ...open, reasons: null, public_words: null, alone: false, version }
    }
    if (document === null) return null
    switch (event.type) {
      case 'appeals.decided': {
        const { outcome, evidence: reasons, public_words, alone } = event.payload
        return { ...document, word: outcome, since: event.at, reasons, public_words, alone, turn: null, next_due_at: null, version }
      }
      case 'appeals.withdrawn':
        return { ...document, word: 'withdrawn', since: event.at, turn: null, next_due_at: null, version }
      case 'appeals.reminded':
        return { ...document, next_due_at: null, version }
      case 'appeals.recused':
        return { ...document, version }
    }
  },
}

/** Folds a stream. The guarantee of the cast: only this decider's events are appended to it. */
export const foldedAppeal = (events: readonly RecordedEvent[]): AppealState =>
  events.reduce((state, event) => appeal.evolve(state, event as unknown as AppealEvent & { readonly at: Instant }), appeal.initial)
