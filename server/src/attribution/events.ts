import type { Digest } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'

/** On whose side somebody stands who writes into the ledger. */
export type LedgerSide = 'partner' | 'operator'

/** A time that an entry is about. */
export type Occurrence = { readonly from: Instant; readonly to: Instant }

type Of = { readonly app: string; readonly entry: string }

/** The fairness ledger of an app, on the stream `ledger/{app}`. Reasons are evidence; nothing is ever changed, a mistake is corrected by a later entry. */
export type LedgerEvent =
  | {
      readonly type: 'attribution.entry_proposed'
      readonly payload: Of & {
        /** `maintenance`, or a cause that the programme names. */
        readonly cause: string
        /** A base URL of several; null for the app as a whole. */
        readonly endpoint: string | null
        /** RFC 5545 with its zone, of a downtime that recurs; null of one that does not. */
        readonly recurrence: string | null
        readonly occurrences: readonly Occurrence[]
        /** Whether its minutes stay in the figure: an explanation, not an exclusion. */
        readonly counted: boolean
        /** The entry that this one takes back, or null. */
        readonly reverses: string | null
        readonly side: LedgerSide
        readonly author: string
        readonly evidence: readonly Digest[]
      }
    }
  | { readonly type: 'attribution.entry_signed'; readonly payload: Of & { readonly person: string } }
  | {
      readonly type: 'attribution.entry_declined'
      readonly payload: Of & { readonly person: string; readonly evidence: readonly Digest[] }
    }
  | { readonly type: 'attribution.entry_contested'; readonly payload: Of & { readonly evidence: readonly Digest[] } }
  | {
      readonly type: 'attribution.decline_upheld'
      readonly payload: Of & { readonly person: string; readonly evidence: readonly Digest[] }
    }

export const ledgerStream = (app: string): string => `ledger/${app}`
