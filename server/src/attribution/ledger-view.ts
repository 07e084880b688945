import type { Digest, RecordedEvent } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import type { Instant } from '../kernel/time.ts'
import type { LedgerEvent, LedgerSide } from './events.ts'
import { ledger, type EntryState } from './ledger.ts'

export type LedgerEntry = EntryState & {
  readonly entry: string
  readonly recurrence: string | null
  readonly side: LedgerSide
  readonly proposed_at: Instant
  readonly decided_at: Instant | null
  /** The reason of whoever wrote it, and of whoever declined or contested it. */
  readonly evidence: readonly Digest[]
}

export type LedgerDocument = { readonly app: string; readonly entries: { readonly [entry: string]: LedgerEntry } }

/** Name of the view; key is the app. */
export const LEDGERS = 'attribution.ledgers'

const LISTENS = [
  'attribution.entry_proposed',
  'attribution.entry_signed',
  'attribution.entry_declined',
  'attribution.entry_contested',
  'attribution.decline_upheld',
] as const

export const ledgersView: View<LedgerDocument | null> = {
  name: LEDGERS,
  version: 1,
  listens: LISTENS,
  // The guarantee of the cast: all events that this view listens to carry their app.
  keys: (event) => [(event.payload as { readonly app: string }).app],
  initial: null,
  fold(document, recorded) {
    const event = recorded as unknown as LedgerEvent & RecordedEvent
    const { app, entry } = event.payload
    const before = document?.entries ?? {}
    const after = ledger.evolve({ entries: before }, event).entries
    const entries: { [id: string]: LedgerEntry } = {}
    for (const [id, state] of Object.entries(after)) {
      const known = before[id]
      if (known !== undefined) entries[id] = { ...known, ...state, ...(id === entry ? whatIsNew(known, event) : {}) }
      else if (event.type === 'attribution.entry_proposed') {
        const { recurrence, side, evidence } = event.payload
        entries[id] = { ...state, entry: id, recurrence, side, proposed_at: event.at, decided_at: null, evidence }
      }
    }
    return { app, entries }
  },
}

function whatIsNew(known: LedgerEntry, event: LedgerEvent & RecordedEvent): Partial<LedgerEntry> {
  const reasons = event.type === 'attribution.entry_signed' ? [] : event.payload.evidence
  return { decided_at: event.at, evidence: [...known.evidence, ...reasons] }
}
