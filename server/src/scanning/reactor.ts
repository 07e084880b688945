import type { NewEvent, RecordedEvent } from '../kernel/event.ts'
import type { Reactor } from '../kernel/flow.ts'
import { decideFinding, judgedAgain, type FindingState } from './finding.ts'
import { findingsStream } from './finding-events.ts'
import { FINDINGS, type FindingsDocument } from './findings-view.ts'
import { scanStream } from './record.ts'
import { SCANS, type ScansDocument } from './scans-view.ts'

/** What was set aside for a while counts again when its time is over, and its check is judged with it at once. */
export const scanningReactor: Reactor = {
  name: 'scanning',
  slice: 'scanning',
  listens: ['clocks.came_due'],
  async react(event, { documents, now }) {
    // The guarantee of the cast: the sweeper alone records these.
    const { kind, app } = (event as RecordedEvent & { readonly payload: { readonly kind: string; readonly app: string | null } }).payload
    if (kind !== FINDINGS || app === null) return []
    const document = await documents.get<FindingsDocument>(FINDINGS, app)
    const over = Object.values(document?.findings ?? {}).filter(({ suppression }) => suppression !== null && suppression.until <= now)
    if (document === null || over.length === 0) return []
    const ended = over.flatMap(({ finding }) => decideFinding({ app, finding, do: 'end', by: null }, document.findings, now))
    const scans = await documents.get<ScansDocument>(SCANS, app)
    return [
      ...ended.map(({ type, payload }): NewEvent => ({ stream: findingsStream(app), subject: app, type, payload })),
      ...countingAgain(app, scans, over),
    ]
  },
}

/** The answers of the checks whose findings count again, one for each check. Those that the last scan did not see change nothing. */
function countingAgain(app: string, scans: ScansDocument | null, back: readonly FindingState[]): readonly NewEvent[] {
  const worse = new Map<string, NonNullable<ReturnType<typeof judgedAgain>>>()
  for (const state of back) {
    const answer = worse.get(state.check) ?? scans?.checks[state.check]
    const again = answer === undefined || state.clean_since !== null ? null : judgedAgain(answer, state)
    if (again !== null) worse.set(state.check, again)
  }
  return [...worse].map(([check, { outcome, says }]) => {
    const evidence = scans?.checks[check]?.evidence ?? []
    const payload = { app, check, outcome, says, reason: null, blind: null, evidence }
    return { stream: scanStream(app), subject: app, type: 'scanning.check_judged', payload }
  })
}
