import type { Digest, RecordedEvent } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import type { Blindness, Outcome, Says } from '../kernel/says.ts'
import type { Instant } from '../kernel/time.ts'
import type { ScanningEvent } from './record.ts'

/** A check's answer as it stands: since when, when it was last seen, and what shows it. */
export type CheckAnswer = {
  readonly outcome: Outcome
  readonly reason: string | null
  readonly blind: Blindness | null
  readonly says: Says
  /** Since when this outcome has stood without a break. */
  readonly since: Instant
  readonly observed_at: Instant
  readonly evidence: readonly Digest[]
}

/** What the scanner knows of an app. */
export type ScansDocument = {
  readonly app: string
  readonly last: {
    readonly started_at: Instant
    readonly observed_at: Instant
    readonly descriptor: Digest
    readonly consent: boolean
    /** Evidence that holds the findings of the last scan in full. */
    readonly report: Digest
  } | null
  readonly checks: { readonly [check: string]: CheckAnswer }
}

/** Name of the view; key is the app. */
export const SCANS = 'scanning.scans'

export const scansView: View<ScansDocument | null> = {
  name: SCANS,
  version: 1,
  listens: ['scanning.check_judged', 'scanning.scan_finished'],
  // The guarantee of the cast: both events carry their app.
  keys: (event) => [(event.payload as { readonly app: string }).app],
  initial: null,
  fold(document, recorded) {
    const event = recorded as unknown as ScanningEvent & RecordedEvent
    const before = document ?? { app: event.payload.app, last: null, checks: {} }
    switch (event.type) {
      case 'scanning.check_judged': {
        const { check, outcome, reason, blind, says, evidence } = event.payload
        const known = before.checks[check]
        const since = known?.outcome === outcome ? known.since : event.at
        return {
          ...before,
          checks: { ...before.checks, [check]: { outcome, reason, blind, says, since, observed_at: event.at, evidence } },
        }
      }
      case 'scanning.scan_finished': {
        const { started_at, observed_at, descriptor, consent, report, checks } = event.payload
        const seen: { [check: string]: CheckAnswer } = { ...before.checks }
        for (const check of Object.keys(checks)) {
          const known = before.checks[check]
          if (known !== undefined) seen[check] = { ...known, observed_at }
        }
        return {
          ...before,
          last: { started_at, observed_at, descriptor, consent, report },
          checks: seen,
        }
      }
    }
  },
}
