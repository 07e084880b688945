import type { Digest, RecordedEvent } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import type { Instant } from '../kernel/time.ts'
import type { StandingEvent } from './events.ts'
import type { Standing, Verdict } from './verdict.ts'

/** An app's standing in a programme, all verdicts of it. */
export type StandingDocument = Standing & {
  /** Hash of the event that last changed a verdict: who acts on a standing names it, so that the record says what was seen. */
  readonly hash: Digest
  /** When what the watch saw last gets too old for a badge, should nothing newer be seen. */
  readonly look_again_at: Instant | null
  /** The earliest of that and the verdicts' deadlines; null when nothing comes by itself. */
  readonly next_due_at: Instant | null
  /** How many events of its stream are folded here. */
  readonly stream_version: number
}

/** Name of the view; key is `{programme}/{app}`. */
export const STANDINGS = 'standing.standings'

/** The key of a standing. */
export const standingKey = (programme: string, app: string): string => `${programme}/${app}`

export const standingsView: View<StandingDocument | null> = {
  name: STANDINGS,
  version: 1,
  listens: ['standing.changed', 'standing.refreshed'],
  keys(event) {
    // The guarantee of the cast: both events that this view listens to carry programme and app.
    const { programme, app } = event.payload as { readonly programme: string; readonly app: string }
    return [standingKey(programme, app)]
  },
  initial: null,
  fold: (document, event) => foldStanding(document, event),
}

/** Folds one event of a standing's stream; also for a reactor that has to look past the view at what was appended a moment ago. */
export function foldStanding(document: StandingDocument | null, recorded: RecordedEvent): StandingDocument | null {
  // The guarantee of the cast: only these two events are on a standing's stream.
  const event = recorded as unknown as StandingEvent
  if (event.type === 'standing.changed') {
    const { app, programme, version, digest, changed, look_again_at } = event.payload
    const same = document !== null && document.programme.digest === digest
    const verdicts = same ? replaced(document.verdicts, changed) : changed
    return {
      app,
      programme: { id: programme, version, digest },
      as_of: recorded.at,
      verdicts,
      hash: recorded.hash,
      look_again_at,
      next_due_at: nextDue(verdicts, look_again_at),
      stream_version: recorded.version,
    }
  }
  if (event.type !== 'standing.refreshed' || document === null) return document
  const refreshed = new Map(event.payload.refreshed.map((one) => [one.requirement, one]))
  const verdicts = document.verdicts.map((verdict) => {
    const newer = refreshed.get(verdict.requirement)
    return newer === undefined ? verdict : { ...verdict, due_at: newer.due_at, observed_at: newer.observed_at }
  })
  const { look_again_at } = event.payload
  const next_due_at = nextDue(verdicts, look_again_at)
  return { ...document, as_of: recorded.at, verdicts, look_again_at, next_due_at, stream_version: recorded.version }
}

function replaced(verdicts: readonly Verdict[], changed: readonly Verdict[]): readonly Verdict[] {
  const newer = new Map(changed.map((verdict) => [verdict.requirement, verdict]))
  return verdicts.map((verdict) => newer.get(verdict.requirement) ?? verdict)
}

function nextDue(verdicts: readonly Verdict[], look_again_at: Instant | null): Instant | null {
  let next = look_again_at
  for (const { due_at } of verdicts) if (due_at !== null && (next === null || due_at < next)) next = due_at
  return next
}
