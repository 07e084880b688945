import type { Decider } from '../kernel/decider.ts'
import type { Digest } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import type { Instant } from '../kernel/time.ts'
import { badgeName, type ReviewEvent, type ReviewOf } from './events.ts'
import type { ReviewDays } from './year.ts'

/** Where the annual review of a badge stands. `announced` lasts until it is closed or its week is over. */
export type AnnualWord = 'none' | 'planned' | 'announced' | 'missed' | 'closed'

export type Annual = ReviewOf &
  Omit<ReviewDays, 'year'> & { readonly word: AnnualWord; readonly policy: string; readonly announced_at: Instant | null }

export type DeltaWord = 'open' | 'closed'

/** A look at exactly the requirements that declared or seen changes touch. */
export type Delta = {
  readonly delta: string
  readonly word: DeltaWord
  readonly opened_at: Instant
  readonly kinds: readonly string[]
  readonly requirements: { readonly [requirement: string]: 'open' | 'passed' | 'failed' }
}

/** The reviews of one app. */
export type ReviewState = {
  /** The newest review of each badge. */
  readonly annual: { readonly [badge: string]: Annual }
  readonly deltas: readonly Delta[]
  readonly declared: { readonly at: Instant; readonly any_change: boolean; readonly kinds: readonly string[] } | null
  /** Kinds that were asked about once more since the last declaration. */
  readonly asked: readonly string[]
  readonly overdue: number
}

export type ReviewCommand = { readonly app: string } & (
  | (ReviewOf & { readonly act: 'plan'; readonly policy: string } & ReviewDays)
  | (ReviewOf & { readonly act: 'announce' | 'miss' | 'drop' })
  /** `open`: requirements that the review checks and that are not met. */
  | (ReviewOf & { readonly act: 'close'; readonly open: readonly string[] })
  | {
      readonly act: 'declare'
      readonly person: string
      readonly any_change: boolean
      readonly kinds: readonly string[]
      /** Kinds of change that were seen since the last declaration. */
      readonly seen: readonly string[]
      /** Requirements that a list of kinds touches, by the programme. */
      readonly touches: (kinds: readonly string[]) => readonly string[]
      readonly evidence: readonly Digest[]
    }
  | {
      readonly act: 'judge_delta'
      readonly delta: string
      readonly requirement: string
      readonly outcome: 'passed' | 'failed'
      readonly person: string
      /** Whether the person belongs to the organisation that makes the app. */
      readonly involved: boolean
      readonly policy: string
      readonly evidence: readonly Digest[]
    }
)

export type AnnualAct = Extract<ReviewCommand, { readonly year: number }>['act']

/** What is possible with the annual review of a badge. Declaring is possible at any time: sooner is better. */
export const allowed: { readonly [word in AnnualWord]: readonly AnnualAct[] } = {
  none: ['plan'],
  planned: ['announce', 'drop'],
  announced: ['miss', 'close', 'drop'],
  missed: ['close', 'drop'],
  closed: ['plan'],
}

/** What is possible with a delta review. A judgement may be changed as long as the review is open. */
export const allowedDelta: { readonly [word in DeltaWord]: readonly 'judge_delta'[] } = { open: ['judge_delta'], closed: [] }

const NONE: ReviewState = { annual: {}, deltas: [], declared: null, asked: [], overdue: 0 }

/** Annual reviews, declared changes and the delta reviews that follow from them. */
export const review: Decider<ReviewState, ReviewCommand, ReviewEvent> = {
  initial: NONE,
  decide(command, state, now) {
    switch (command.act) {
      case 'declare':
        return declared(command, state)
      case 'judge_delta':
        return judgedDelta(command, state)
      case 'plan':
      case 'announce':
      case 'miss':
      case 'drop':
      case 'close':
        return ofYear(command, state, now)
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'reviews.annual_review_planned':
        return withAnnual(state, { ...event.payload, word: 'planned', announced_at: null })
      case 'reviews.annual_review_announced':
        return changed(state, event.payload, { word: 'announced', announced_at: event.at })
      case 'reviews.annual_review_missed':
        return changed(state, event.payload, { word: 'missed' })
      case 'reviews.annual_review_closed':
        return changed(state, event.payload, { word: 'closed' })
      case 'reviews.annual_review_dropped': {
        // Should the badge be granted anew, its first review may lie in the same year.
        const { [badgeName(event.payload)]: _, ...others } = state.annual
        return { ...state, annual: others }
      }
      case 'reviews.asked_once_more':
        return { ...state, asked: [...new Set([...state.asked, ...event.payload.kinds])] }
      case 'reviews.changes_declared': {
        const { any_change, kinds } = event.payload
        return { ...state, declared: { at: event.at, any_change, kinds }, asked: [] }
      }
      case 'reviews.contradiction_found':
        return state
      case 'reviews.delta_opened': {
        const { delta, kinds, requirements } = event.payload
        const open = Object.fromEntries(requirements.map((requirement) => [requirement, 'open' as const]))
        return { ...state, deltas: [...state.deltas, { delta, word: 'open', opened_at: event.at, kinds, requirements: open }] }
      }
      case 'reviews.delta_judged': {
        const { delta, requirement, outcome } = event.payload
        return withDelta(state, delta, (one) => ({ ...one, requirements: { ...one.requirements, [requirement]: outcome } }))
      }
      case 'reviews.delta_closed':
        return withDelta(state, event.payload.delta, (one) => ({ ...one, word: 'closed' }))
      case 'reviews.overdue_counted':
        return { ...state, overdue: event.payload.overdue }
    }
  },
}

/** How many matters the partner has let pass: reviews whose week is over, and touched requirements that were found wanting. */
export const overdueIn = (state: ReviewState): number =>
  Object.values(state.annual).filter(({ word }) => word === 'missed').length +
  state.deltas.filter(({ word, requirements }) => word === 'open' && Object.values(requirements).includes('failed')).length

/** Whose turn an open review is, for as long as it is not closed. */
export function turnOf(state: ReviewState, annual: Annual, open: readonly string[]): 'partner' | 'operator' {
  if (!isDeclared(state, annual) || open.length > 0) return 'partner'
  return state.deltas.some(({ word, requirements }) => word === 'open' && Object.values(requirements).includes('failed'))
    ? 'partner'
    : 'operator'
}

/** Whether the partner has answered since the review was announced. */
export const isDeclared = (state: ReviewState, { announced_at }: Pick<Annual, 'announced_at'>): boolean =>
  announced_at !== null && state.declared !== null && state.declared.at >= announced_at

type OfYear = Extract<ReviewCommand, { readonly year: number }>

function ofYear(command: OfYear, state: ReviewState, now: Instant): readonly ReviewEvent[] {
  const { app, programme, tier, year } = command
  const of: ReviewOf = { app, programme, tier, year }
  const annual = state.annual[badgeName(of)]
  const word = annual?.word ?? 'none'
  if (!allowed[word].includes(command.act) || (command.act !== 'plan' && annual?.year !== year)) {
    throw new Refused('reviews.wrong_state', `"${command.act}" is not possible: ${SAID[word]}`, badgeName(of))
  }
  switch (command.act) {
    case 'plan': {
      if (annual !== undefined && annual.year >= year) {
        throw new Refused(
          'reviews.planned_already',
          `the review of ${annual.year} is done; the next one lies in a later year`,
          badgeName(of),
        )
      }
      const { policy, announce_at, opens_at, due_at } = command
      return [{ type: 'reviews.annual_review_planned', payload: { ...of, policy, announce_at, opens_at, due_at } }]
    }
    case 'announce': {
      const { announce_at, opens_at, due_at, policy } = known(annual)
      if (now < announce_at) throw new Refused('reviews.too_soon', `the review is announced on ${announce_at}`, badgeName(of))
      const announced: ReviewEvent = { type: 'reviews.annual_review_announced', payload: { ...of, opens_at, due_at } }
      return [announced, { type: 'reviews.overdue_counted', payload: { app, policy, overdue: state.overdue } }]
    }
    case 'miss': {
      const { due_at, policy } = known(annual)
      if (now < due_at) throw new Refused('reviews.too_soon', `the week of the review is over on ${due_at}`, badgeName(of))
      // What is open after an answer has clocks of its own, or waits for the operator, whose slowness costs nobody anything.
      if (isDeclared(state, known(annual))) throw new Refused('reviews.answered', 'the partner has answered in time', badgeName(of))
      return counted([{ type: 'reviews.annual_review_missed', payload: { ...of, policy } }], state, app, policy, now)
    }
    case 'drop': {
      const { policy } = known(annual)
      return counted([{ type: 'reviews.annual_review_dropped', payload: { ...of, policy } }], state, app, policy, now)
    }
    case 'close': {
      if (!isDeclared(state, known(annual))) {
        throw new Refused('reviews.not_declared', 'the partner has not said yet whether there were significant changes', badgeName(of))
      }
      const delta = state.deltas.find((one) => one.word === 'open')
      if (delta !== undefined) {
        const left = Object.keys(delta.requirements).filter((one) => delta.requirements[one] !== 'passed')
        throw new Refused('reviews.delta_open', `changes are still being looked at: ${left.join(', ')}`, badgeName(of))
      }
      if (command.open.length > 0) throw new Refused('reviews.checks_open', `not in order yet: ${command.open.join(', ')}`, badgeName(of))
      const closed: ReviewEvent = {
        type: 'reviews.annual_review_closed',
        payload: { ...of, policy: known(annual).policy },
      }
      return counted([closed], state, app, known(annual).policy, now)
    }
  }
}

function declared(command: Extract<ReviewCommand, { readonly act: 'declare' }>, state: ReviewState): readonly ReviewEvent[] {
  const { app, person, any_change, evidence, touches } = command
  const kinds = any_change ? [...new Set(command.kinds)] : []
  const left_out = command.seen.filter((kind) => !kinds.includes(kind))
  if (left_out.some((kind) => !state.asked.includes(kind))) {
    return [{ type: 'reviews.asked_once_more', payload: { app, person, kinds: left_out } }]
  }
  const told: ReviewEvent[] = [{ type: 'reviews.changes_declared', payload: { app, person, any_change, kinds, evidence } }]
  if (left_out.length > 0) told.push({ type: 'reviews.contradiction_found', payload: { app, kinds: left_out } })
  const looked_at = [...kinds, ...left_out]
  const requirements = touches(looked_at)
  if (requirements.length > 0) {
    told.push({ type: 'reviews.delta_opened', payload: { app, delta: String(state.deltas.length + 1), kinds: looked_at, requirements } })
  }
  return told
}

function judgedDelta(command: Extract<ReviewCommand, { readonly act: 'judge_delta' }>, state: ReviewState): readonly ReviewEvent[] {
  const { app, requirement, outcome, person, evidence, policy } = command
  const delta = state.deltas.find((one) => one.delta === command.delta)
  if (delta === undefined || !Object.hasOwn(delta.requirements, requirement)) {
    throw new Refused('reviews.no_such_delta', `no delta review "${command.delta}" of this app looks at "${requirement}"`, requirement)
  }
  if (!allowedDelta[delta.word].includes(command.act)) {
    throw new Refused('reviews.delta_closed', 'this delta review is closed; a new change opens a new one', command.delta)
  }
  if (command.involved) {
    throw new Refused('reviews.involved', 'you belong to the organisation that makes this app; somebody else has to decide', app)
  }
  if (outcome === 'failed' && evidence.length === 0) {
    throw new Refused('reviews.no_reason', 'Say what is missing, so that the partner can put it right.', 'reason')
  }
  const told: ReviewEvent[] = [
    { type: 'reviews.delta_judged', payload: { app, delta: delta.delta, requirement, outcome, person, evidence } },
  ]
  const after = { ...delta.requirements, [requirement]: outcome }
  if (Object.values(after).every((one) => one === 'passed')) {
    told.push({ type: 'reviews.delta_closed', payload: { app, delta: delta.delta } })
  }
  return counted(told, state, app, policy, delta.opened_at)
}

/** What was told, and how many matters are overdue by it where that has changed. */
function counted(told: readonly ReviewEvent[], state: ReviewState, app: string, policy: string, at: Instant): readonly ReviewEvent[] {
  const after = told.reduce((before, event) => review.evolve(before, { ...event, at }), state)
  const overdue = overdueIn(after)
  return overdue === state.overdue ? told : [...told, { type: 'reviews.overdue_counted', payload: { app, policy, overdue } }]
}

/** The table of what is allowed lets an act on an absent review never come this far. */
function known(annual: Annual | undefined): Annual {
  if (annual === undefined) throw new Error('an act on a review that was never planned was let through')
  return annual
}

const withAnnual = (state: ReviewState, annual: Annual): ReviewState => ({
  ...state,
  annual: { ...state.annual, [badgeName(annual)]: annual },
})

function changed(state: ReviewState, of: ReviewOf, by: Partial<Annual>): ReviewState {
  const before = state.annual[badgeName(of)]
  return before === undefined ? state : withAnnual(state, { ...before, ...by })
}

const withDelta = (state: ReviewState, delta: string, change: (one: Delta) => Delta): ReviewState => ({
  ...state,
  deltas: state.deltas.map((one) => (one.delta === delta ? change(one) : one)),
})

/** Where a review stands, as a sentence's end. */
const SAID = {
  none: 'no review is planned for this badge',
  planned: 'the review is not announced yet',
  announced: 'the review is going on',
  missed: 'the week of the review is over and it is still open',
  closed: 'the review is closed',
} as const satisfies Record<AnnualWord, string>
