import type { NewEvent } from '../kernel/event.ts'
import type { JsonObject } from '../kernel/json.ts'
import type { ScanResult } from './scan.ts'

/** What the log last said of a check: enough to tell whether anything changed. */
export type LastJudged = {
  readonly [check: string]: { readonly outcome: string; readonly reason: string | null; readonly blind: string | null }
}

/**
 * The events of a finished scan: `scanning.check_judged` for each check whose answer changed (all of them the first time),
 * and one `scanning.scan_finished`, which makes the other answers fresh again. Bodies of evidence stay outside the log.
 */
export function eventsOf(app: string, result: ScanResult, last: LastJudged): readonly NewEvent[] {
  const stream = `scan/${app}`
  const changed = result.checks.filter((judged) => {
    const before = last[judged.check]
    return before === undefined || before.outcome !== judged.outcome || before.reason !== judged.reason || before.blind !== judged.blind
  })
  const judged = changed.map(({ check, outcome, reason, blind, says, evidence }): NewEvent => ({
    stream,
    subject: app,
    type: 'scanning.check_judged',
    payload: { app, check, outcome, reason, blind, says: { code: says.code, params: says.params }, evidence: [...evidence] },
  }))
  const checks: JsonObject = Object.fromEntries(result.checks.map((one) => [one.check, one.outcome]))
  const evidence = result.evidence.map((one) => one.id)
  return [
    ...judged,
    { stream, subject: app, type: 'scanning.scan_finished', payload: { app, checks, evidence, observed_at: result.finished_at } },
  ]
}
