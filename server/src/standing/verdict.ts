import type { Digest } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import type { Blindness, Says } from '../kernel/says.ts'

export type VerdictWord = 'met' | 'unmet' | 'unknown' | 'not_applicable' | 'upcoming' | 'retired' | 'waived'

/** One requirement's answer on one date, with the road back to its evidence. */
export type Verdict = {
  readonly requirement: string
  readonly verdict: VerdictWord
  readonly says: Says
  /** What would change it: the next act, in the catalogue's words. */
  readonly change: Says
  /** For `unknown`: why. For `unmet`: `withheld` when nothing was seen for too long. For `waived`: the waiver's reason. */
  readonly reason: string | null
  /** For `unknown`: whose doing. Beside `met` and `unmet`: `ours` while we could not look again and the answer before stands. */
  readonly blind: Blindness | null
  readonly since: Instant
  /** The next deadline that bears on it: evidence going stale, waiver or attestation expiring, a coming rule's day. */
  readonly due_at: Instant | null
  readonly evidence: readonly Digest[]
  /** When the newest evidence behind it was observed. */
  readonly observed_at: Instant | null
}

/** All verdicts of an app under one programme version. */
export type Standing = {
  readonly app: string
  readonly programme: { readonly id: string; readonly version: string; readonly digest: Digest }
  readonly as_of: Instant
  readonly verdicts: readonly Verdict[]
}

/** Whether two verdicts on a requirement say the same: what was counted or when it was last seen may differ. */
export const saysTheSame = (a: Verdict, b: Verdict): boolean => a.verdict === b.verdict && a.reason === b.reason && a.blind === b.blind
