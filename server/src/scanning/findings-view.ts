import type { RecordedEvent } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import type { Instant } from '../kernel/time.ts'
import type { FindingEvent } from './finding-events.ts'
import { evolveFindings, type Findings } from './finding.ts'

/** The lives of an app's findings. */
export type FindingsDocument = {
  readonly app: string
  readonly findings: Findings
  /** Found by one check beyond those that are followed one by one; they are in the report. */
  readonly beyond: number
  /** When the next one that is set aside counts again. */
  readonly next_due_at: Instant | null
}

/** Name of the view; key is the app. */
export const FINDINGS = 'scanning.findings'

/** Every event about findings, for whoever folds their lives. */
export const FINDING_EVENTS = [
  'scanning.findings_counted',
  'scanning.finding_confirmed',
  'scanning.finding_disputed',
  'scanning.finding_suppressed',
  'scanning.suppression_ended',
] as const satisfies readonly FindingEvent['type'][]

export const findingsView: View<FindingsDocument | null> = {
  name: FINDINGS,
  version: 1,
  listens: FINDING_EVENTS,
  // The guarantee of the casts: all events that this view listens to carry their app.
  keys: (event) => [(event.payload as { readonly app: string }).app],
  initial: null,
  fold(before, recorded) {
    const event = recorded as unknown as RecordedEvent & FindingEvent
    const { app } = event.payload
    const findings = evolveFindings(before?.findings ?? {}, event)
    const ends = Object.values(findings).flatMap(({ suppression }) => (suppression === null ? [] : [suppression.until]))
    const beyond = event.type === 'scanning.findings_counted' ? event.payload.beyond : (before?.beyond ?? 0)
    return { app, findings, beyond, next_due_at: ends.toSorted()[0] ?? null }
  },
}
