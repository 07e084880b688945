import { z } from 'zod'
import type { LedgerDocument } from '../attribution/ledger-view.ts'

/**
 * What the world may know of an app's ledger: entries that two people agreed on, and those that were taken back. No names and
 * no reasons: those are between the partner and the operator.
 */
export const PublicEntry = z.strictObject({
  entry: z.string(),
  /** `maintenance`, or a cause of the programme. */
  cause: z.string(),
  endpoint: z.string().nullable(),
  recurrence: z.string().nullable(),
  occurrences: z.array(z.strictObject({ from: z.string(), to: z.string() })).readonly(),
  /** Whether its minutes stay in the figure. */
  counted: z.boolean(),
  side: z.enum(['partner', 'operator']),
  proposed_at: z.string(),
  signed_at: z.string(),
  /** The entry that it takes back. */
  reverses: z.string().nullable(),
  reversed: z.boolean(),
})
export type PublicEntry = Readonly<z.infer<typeof PublicEntry>>

type PublicLedger = { readonly app: string; readonly entries: readonly PublicEntry[] }

/** What everybody may read of a ledger, the newest first. */
export const publicLedgerOf = ({ app, entries }: LedgerDocument): PublicLedger => ({
  app,
  entries: Object.values(entries)
    .filter(({ status }) => status === 'signed' || status === 'reversed')
    .toSorted((a, b) => (a.proposed_at > b.proposed_at ? -1 : 1))
    .map(({ entry, cause, endpoint, recurrence, occurrences, counted, side, proposed_at, decided_at, reverses, status }) => ({
      entry,
      cause,
      endpoint,
      recurrence,
      occurrences,
      counted,
      side,
      proposed_at,
      signed_at: decided_at ?? proposed_at,
      reverses,
      reversed: status === 'reversed',
    })),
})
