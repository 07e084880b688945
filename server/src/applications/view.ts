import type { RecordedEvent } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import type { Instant } from '../kernel/time.ts'
import { application, type ApplicationState, type ApplicationWord } from './application.ts'
import { applicationKey, type ApplicationEvent, type ApplicationOf, type Side, type Step } from './events.ts'
import { counted, type Passed, type StepFigures, type Turn } from './turn.ts'

/** A thread as its two sides see it, without what is written on it: that is read from its stream and the evidence. */
export type ApplicationDocument = ApplicationOf & {
  readonly word: ApplicationWord
  readonly since: Instant
  readonly opened_at: Instant
  readonly turn: Turn<Step> | null
  /** When somebody wrote or brought something last, and on which side. */
  readonly heard: { readonly at: Instant; readonly side: Side } | null
  /** How many events the stream has: who decides says which one they saw last. */
  readonly version: number
  /** The next moment at which something follows by itself. */
  readonly next_due_at: Instant | null
  /** What the decider folds, so that two readers of one thread cannot disagree. */
  readonly decided: ApplicationState
}

/** Name of the view; key is `{programme}.{tier}/{app}`. */
export const APPLICATIONS = 'applications.threads'

export const applicationsView: View<ApplicationDocument | null> = {
  name: APPLICATIONS,
  version: 1,
  listens: ['applications.*'],
  keys: (event) => (event.type === 'applications.noted' ? [] : [applicationKey(ofEvent(event))]),
  initial: null,
  fold(document, recorded) {
    // The guarantee of the cast: notes have no key here, and all else on this slice is a thread's.
    const event = recorded as unknown as ApplicationEvent & { readonly at: Instant }
    const decided = application.evolve(document?.decided ?? application.initial, event)
    const { app, programme, tier } = event.payload
    return {
      app,
      programme,
      tier,
      word: decided.word,
      since: decided.since ?? recorded.at,
      opened_at: document?.opened_at ?? recorded.at,
      turn: decided.turn,
      heard: heardIn(event) ?? document?.heard ?? null,
      version: recorded.version,
      next_due_at: nextDue(decided),
      decided,
    }
  },
}

/** The guarantee of the cast: every event of this slice says which badge it is about. */
const ofEvent = (event: RecordedEvent): ApplicationOf => event.payload as unknown as ApplicationOf

function heardIn(event: ApplicationEvent & { readonly at: Instant }): ApplicationDocument['heard'] {
  if (event.type === 'applications.commented' || event.type === 'applications.attached') return { at: event.at, side: event.payload.side }
  return null
}

/** The due date of the turn until it was told, then the end of a partner's silence; or the end of a soak. */
function nextDue({ turn, soaks_until, reminded, lapses_at }: ApplicationState): Instant | null {
  if (turn === null) return null
  if (turn.side === 'nobody') return soaks_until
  return reminded ? lapses_at : turn.due_at
}

/** How long applications of a programme took at each step: sums and counts without a name, for everybody. */
export type TurnsDocument = {
  readonly programme: string
  readonly steps: { readonly [step: string]: StepFigures }
  readonly granted: number
  readonly declined: number
}

/** Name of the view; key is the programme. Its name lets everybody read it. */
export const TURNS = 'public.application_turns'

export const turnsView: View<TurnsDocument | null> = {
  name: TURNS,
  version: 1,
  listens: [
    'applications.applied',
    'applications.accepted',
    'applications.changes_requested',
    'applications.answered',
    'applications.soak_begun',
    'applications.review_begun',
    'applications.granted',
    'applications.declined',
    'applications.withdrawn',
    'applications.lapsed',
    'applications.ended',
  ],
  keys: (event) => [ofEvent(event).programme],
  initial: null,
  fold(document, event) {
    // The guarantee of the cast: each event that this view listens to passes a turn on.
    const { programme, passed } = event.payload as unknown as { readonly programme: string; readonly passed: Passed }
    const before = document ?? { programme, steps: {}, granted: 0, declined: 0 }
    return {
      programme,
      steps: counted(before.steps, passed, event.at),
      granted: before.granted + (event.type === 'applications.granted' ? 1 : 0),
      declined: before.declined + (event.type === 'applications.declined' ? 1 : 0),
    }
  },
}
