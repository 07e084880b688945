import type { Digest, NewEvent } from '../kernel/event.ts'
import type { JsonObject } from '../kernel/json.ts'
import type { Blindness, Outcome, Says } from '../kernel/says.ts'
import type { Instant } from '../kernel/time.ts'
import type { Report } from './report/report.ts'

/** What this slice tells the others. */
export type ScanningEvent =
  | {
      readonly type: 'scanning.check_judged'
      readonly payload: {
        readonly app: string
        readonly check: string
        readonly outcome: Outcome
        readonly reason: string | null
        readonly blind: Blindness | null
        readonly says: Says
        readonly evidence: readonly Digest[]
      }
    }
  | {
      readonly type: 'scanning.scan_finished'
      readonly payload: {
        readonly app: string
        /** The checks that answered, with their answers: seen again just now. */
        readonly checks: { readonly [check: string]: Outcome }
        readonly evidence: readonly Digest[]
        readonly observed_at: Instant
        readonly started_at: Instant
        /** Hash of the descriptor that was scanned. */
        readonly descriptor: Digest
        readonly consent: boolean
        /** Evidence that holds the scan's findings in full. */
        readonly report: Digest
      }
    }

/** What the log last said of a check: enough to tell whether anything changed. */
export type LastJudged = {
  readonly [check: string]: { readonly outcome: string; readonly reason: string | null; readonly blind: string | null }
}

/** The stream of an app's scans. */
export const scanStream = (app: string): string => `scan/${app}`

/**
 * The events of a finished scan: `scanning.check_judged` for each check whose answer changed (all of them the first time),
 * and one `scanning.scan_finished`, which makes the other answers fresh again. Bodies of evidence stay outside the log.
 *
 * What we could not see by our own fault takes no earlier answer away: it stays, and only grows old.
 */
export function eventsOf(app: string, result: Report, last: LastJudged, report: Digest): readonly NewEvent[] {
  const stream = scanStream(app)
  const answered = result.checks.filter(({ check, outcome, blind }) => {
    const before = last[check]
    return !(outcome === 'inconclusive' && blind === 'ours' && before !== undefined && before.outcome !== 'inconclusive')
  })
  const changed = answered.filter((judged) => {
    const before = last[judged.check]
    return before === undefined || before.outcome !== judged.outcome || before.reason !== judged.reason || before.blind !== judged.blind
  })
  const judged = changed.map(({ check, outcome, reason, blind, says, evidence }): NewEvent => ({
    stream,
    subject: app,
    type: 'scanning.check_judged',
    payload: {
      app,
      check,
      outcome,
      reason,
      blind,
      says: { code: says.code, params: says.params },
      evidence: [report, ...evidence.slice(0, MOST_PIECES)],
    },
  }))
  const checks: JsonObject = Object.fromEntries(answered.map((one) => [one.check, one.outcome]))
  const { started_at, finished_at: observed_at, descriptor, consent } = result
  const payload = { app, checks, evidence: [report], observed_at, started_at, descriptor, consent, report }
  return [...judged, { stream, subject: app, type: 'scanning.scan_finished', payload }]
}

/** An app may have two thousand pages; the report names every piece, an event only the first. */
const MOST_PIECES = 20
