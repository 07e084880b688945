import type { AppealEvent } from '../appeals/events.ts'
import { counted, type Passed, type StepFigures, type Turn } from '../applications/turn.ts'
import type { ConcernEvent } from '../concerns/events.ts'
import type { View } from '../kernel/flow.ts'
import { between, type Instant } from '../kernel/time.ts'
import type { ProcessDisclosure, PublicAppeal, PublicConcern } from './public-process.ts'

/** What was told of an app's concerns and appeals; open ones by name, so that each is counted once. */
export type ProcessDocument = {
  readonly app: string
  readonly open_concerns: readonly string[]
  readonly open_appeals: readonly string[]
  readonly concerns: readonly PublicConcern[]
  readonly appeals: readonly PublicAppeal[]
}

/** Name of the view; key is the app. Its name lets everybody read it. */
export const PUBLIC_PROCESS = 'public.process'

export const publicProcessView: View<ProcessDocument | null> = {
  name: PUBLIC_PROCESS,
  version: 1,
  listens: ['publishing.concern_disclosed', 'publishing.appeal_disclosed'],
  keys: (event) => [(event.payload as { readonly app: string }).app],
  initial: null,
  fold(document, recorded) {
    // The guarantee of the cast: this view listens to these two only.
    const event = recorded as unknown as ProcessDisclosure
    const { app } = event.payload
    const before = document ?? { app, open_concerns: [], open_appeals: [], concerns: [], appeals: [] }
    switch (event.type) {
      case 'publishing.concern_disclosed': {
        const { concern, open, told } = event.payload
        const others = before.concerns.filter((one) => one.concern !== concern)
        return {
          ...before,
          open_concerns: withOpen(before.open_concerns, concern, open),
          concerns: told === null ? others : [told, ...others],
        }
      }
      case 'publishing.appeal_disclosed': {
        const { appeal, open, told } = event.payload
        const others = before.appeals.filter((one) => one.appeal !== appeal)
        return { ...before, open_appeals: withOpen(before.open_appeals, appeal, open), appeals: told === null ? others : [told, ...others] }
      }
    }
  },
}

const withOpen = (names: readonly string[], name: string, open: boolean): readonly string[] => [
  ...names.filter((one) => one !== name),
  ...(open ? [name] : []),
]

/** Concerns and appeals of a programme in numbers, the operator's own lateness among them. Nobody is named. */
export type ProcessFigures = {
  readonly programme: string
  readonly concerns: {
    readonly received: number
    readonly dismissed: { readonly [code: string]: number }
    readonly upheld: number
    readonly partly_upheld: number
    readonly not_upheld: number
    readonly set_aside: number
    readonly alone: number
    /** From the first word to the decision, of the newest ones: for the median. */
    readonly recent_ms: readonly number[]
  }
  readonly appeals: {
    readonly lodged: number
    readonly upheld: number
    readonly rejected: number
    readonly sent_back: number
    readonly alone: number
    readonly recent_ms: readonly number[]
  }
  readonly steps: { readonly [step: string]: StepFigures }
  /** Whose turn it is with each open case, and since when the case is open. */
  readonly open: { readonly [name: string]: { readonly turn: Turn | null; readonly begun_at: Instant } }
}

/** Name of the view; key is the programme. */
export const PROCESS_FIGURES = 'public.process_figures'

/** Of so many newest cases the median is told. */
const RECENT = 50

const nothing = (programme: string): ProcessFigures => ({
  programme,
  concerns: { received: 0, dismissed: {}, upheld: 0, partly_upheld: 0, not_upheld: 0, set_aside: 0, alone: 0, recent_ms: [] },
  appeals: { lodged: 0, upheld: 0, rejected: 0, sent_back: 0, alone: 0, recent_ms: [] },
  steps: {},
  open: {},
})

type Heard = (ConcernEvent | AppealEvent) & { readonly at: Instant }

export const processFiguresView: View<ProcessFigures | null> = {
  name: PROCESS_FIGURES,
  version: 1,
  listens: ['concerns.*', 'appeals.*'],
  keys: (event) => [(event.payload as { readonly programme: string }).programme],
  initial: null,
  fold(document, recorded) {
    // The guarantee of the cast: this view listens to events of these two slices only.
    const event = recorded as unknown as Heard
    const before = document ?? nothing(event.payload.programme)
    const passed = 'passed' in event.payload ? event.payload.passed : null
    const after =
      passed === null ? before : { ...before, steps: counted(before.steps, passed, event.at), open: openAfter(before, event, passed) }
    return sumsAfter(after, before, event)
  },
}

/** The case that an event is about: a concern, or an appeal, whatever else it names. */
const nameOf = ({ type, payload }: Heard): string =>
  type.startsWith('concerns.') && 'concern' in payload ? `${payload.concern}` : 'appeal' in payload ? payload.appeal : ''

function openAfter(figures: ProcessFigures, event: Heard, { from, to }: Passed): ProcessFigures['open'] {
  const name = nameOf(event)
  const before = figures.open[name]
  // A late answer moves no turn.
  if (from === null && to === null) return figures.open
  if (to !== null) return { ...figures.open, [name]: { turn: to, begun_at: before?.begun_at ?? event.at } }
  const { [name]: _, ...others } = figures.open
  return others
}

function sumsAfter(after: ProcessFigures, before: ProcessFigures, event: Heard): ProcessFigures {
  const { concerns, appeals } = after
  const took = (recent: readonly number[]): readonly number[] => {
    const begun_at = before.open[nameOf(event)]?.begun_at
    return begun_at === undefined ? recent : [...recent, between(begun_at, event.at)].slice(-RECENT)
  }
  const one = (yes: boolean): number => (yes ? 1 : 0)
  switch (event.type) {
    case 'concerns.received':
      return { ...after, concerns: { ...concerns, received: concerns.received + 1 } }
    case 'concerns.dismissed': {
      const { code } = event.payload
      return { ...after, concerns: { ...concerns, dismissed: { ...concerns.dismissed, [code]: (concerns.dismissed[code] ?? 0) + 1 } } }
    }
    case 'concerns.decided': {
      const { outcome, alone } = event.payload
      const sums = { [outcome]: concerns[outcome] + 1, alone: concerns.alone + one(alone), recent_ms: took(concerns.recent_ms) }
      return { ...after, concerns: { ...concerns, ...sums } }
    }
    case 'concerns.set_aside':
      return { ...after, concerns: { ...concerns, set_aside: concerns.set_aside + 1 } }
    case 'appeals.lodged':
      return { ...after, appeals: { ...appeals, lodged: appeals.lodged + 1 } }
    case 'appeals.decided': {
      const { outcome, alone } = event.payload
      const sums = { [outcome]: appeals[outcome] + 1, alone: appeals.alone + one(alone), recent_ms: took(appeals.recent_ms) }
      return { ...after, appeals: { ...appeals, ...sums } }
    }
    default:
      return after
  }
}
