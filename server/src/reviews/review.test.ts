import { describe, expect, it } from 'vitest'
import { story } from '../kernel/story.ts'
import type { Instant } from '../kernel/time.ts'
import type { ReviewEvent } from './events.ts'
import {
  allowed,
  allowedDelta,
  isDeclared,
  overdueIn,
  review,
  turnOf,
  type AnnualAct,
  type AnnualWord,
  type ReviewCommand,
} from './review.ts'

const of = { app: 'the-app', programme: 'harbour', tier: 'gold', year: 2027 } as const
const POLICY = 'annual-review'
const DAYS = {
  announce_at: '2027-03-11T00:00:00.000Z' as Instant,
  opens_at: '2027-03-25T00:00:00.000Z' as Instant,
  due_at: '2027-04-01T00:00:00.000Z' as Instant,
}
/** After all of them. */
const LATE = '2027-04-02T00:00:00.000Z' as Instant
const planned: ReviewEvent = { type: 'reviews.annual_review_planned', payload: { ...of, ...DAYS, policy: POLICY } }
const announced: ReviewEvent = {
  type: 'reviews.annual_review_announced',
  payload: { ...of, opens_at: DAYS.opens_at, due_at: DAYS.due_at },
}
const missed: ReviewEvent = { type: 'reviews.annual_review_missed', payload: { ...of, policy: POLICY } }
const closed: ReviewEvent = { type: 'reviews.annual_review_closed', payload: { ...of, policy: POLICY } }
const counted = (overdue: number): ReviewEvent => ({ type: 'reviews.overdue_counted', payload: { app: of.app, policy: POLICY, overdue } })
const no: ReviewEvent = {
  type: 'reviews.changes_declared',
  payload: { app: of.app, person: 'pat', any_change: false, kinds: [], evidence: [] },
}
const opened: ReviewEvent = {
  type: 'reviews.delta_opened',
  payload: { app: of.app, delta: '1', kinds: ['stores'], requirements: ['one', 'two'] },
}
const judged = (requirement: string, outcome: 'passed' | 'failed'): ReviewEvent => ({
  type: 'reviews.delta_judged',
  payload: { app: of.app, delta: '1', requirement, outcome, person: 'ann', evidence: [] },
})

const HISTORY = {
  none: [],
  planned: [planned],
  announced: [planned, announced],
  missed: [planned, announced, missed, counted(1)],
  closed: [planned, announced, no, closed],
} as const satisfies Record<AnnualWord, readonly ReviewEvent[]>

const COMMANDS = {
  plan: { ...of, ...DAYS, act: 'plan', policy: POLICY, year: 2028 },
  announce: { ...of, act: 'announce' },
  miss: { ...of, act: 'miss' },
  drop: { ...of, act: 'drop' },
  close: { ...of, act: 'close', open: [] },
} as const satisfies Record<AnnualAct, ReviewCommand>

/** Written by hand. Closing needs an answer besides, so it is tried on a history that has one. */
const MATRIX = {
  none: { plan: true, announce: false, miss: false, drop: false, close: false },
  planned: { plan: false, announce: true, miss: false, drop: true, close: false },
  announced: { plan: false, announce: false, miss: true, drop: true, close: true },
  missed: { plan: false, announce: false, miss: false, drop: true, close: true },
  closed: { plan: true, announce: false, miss: false, drop: false, close: false },
} as const satisfies Record<AnnualWord, Record<AnnualAct, boolean>>

const WORDS = Object.keys(MATRIX) as readonly AnnualWord[]
const ACTS = Object.keys(COMMANDS) as readonly AnnualAct[]

const declare = (more: Partial<Extract<ReviewCommand, { act: 'declare' }>> = {}): ReviewCommand => ({
  app: of.app,
  act: 'declare',
  person: 'pat',
  any_change: false,
  kinds: [],
  seen: [],
  touches: (kinds) => kinds.flatMap((kind) => (kind === 'stores' ? ['one', 'two'] : kind === 'hosting' ? ['two', 'three'] : [])),
  evidence: [],
  ...more,
})
const judge = (more: Partial<Extract<ReviewCommand, { act: 'judge_delta' }>> = {}): ReviewCommand => ({
  app: of.app,
  act: 'judge_delta',
  delta: '1',
  requirement: 'one',
  outcome: 'passed',
  person: 'ann',
  involved: false,
  policy: POLICY,
  evidence: [],
  ...more,
})
const names = (events: readonly ReviewEvent[]) => events.map(({ type }) => type.replace('reviews.', ''))

describe('an annual review', () => {
  it.each(WORDS.flatMap((word) => ACTS.map((act) => [word, act, MATRIX[word][act]] as const)))(
    'that is %s: %s is possible: %s',
    (word, act, possible) => {
      const answered: readonly ReviewEvent[] = act === 'close' && word !== 'closed' ? [...HISTORY[word], no] : HISTORY[word]
      const told = story(review, LATE)
        .given(...answered)
        .when(COMMANDS[act])
      expect(told.refused === null).toBe(possible)
      if (!possible) expect(told.refused).toBe('reviews.wrong_state')
      expect(allowed[word].includes(act)).toBe(possible)
    },
  )

  it('is not announced before its day, nor missed before its week is over', () => {
    const told = (now: string, word: AnnualWord, act: 'announce' | 'miss') =>
      story(review, now as Instant)
        .given(...HISTORY[word])
        .when(COMMANDS[act]).refused
    expect(told('2027-03-10T23:59:59.999Z', 'planned', 'announce')).toBe('reviews.too_soon')
    expect(told('2027-03-11T00:00:00.000Z', 'planned', 'announce')).toBe(null)
    expect(told('2027-03-31T23:59:59.999Z', 'announced', 'miss')).toBe('reviews.too_soon')
    expect(told('2027-04-01T00:00:00.000Z', 'announced', 'miss')).toBe(null)
  })

  it('is not missed by who has answered: what is open then has clocks of its own, or waits for the operator', () => {
    const told = story(review, LATE)
      .given(...HISTORY.announced, no)
      .when(COMMANDS.miss)
    expect(told.refused).toBe('reviews.answered')
  })

  it('is of one year: another year’s act does not fit', () => {
    const told = story(review, LATE)
      .given(...HISTORY.announced)
      .when({ ...COMMANDS.drop, year: 2026 })
    expect(told.refused).toBe('reviews.wrong_state')
  })

  it('is planned once a year', () => {
    const told = story(review, LATE)
      .given(...HISTORY.closed)
      .when({ ...COMMANDS.plan, year: 2027 })
    expect(told.refused).toBe('reviews.planned_already')
  })

  it('counts as overdue from the end of its week, and no more once it is closed', () => {
    const late = story(review, LATE)
      .given(...HISTORY.announced)
      .when(COMMANDS.miss)
    expect(late.events).toEqual([missed, counted(1)])
    const mended = story(review, LATE)
      .given(...HISTORY.missed, no)
      .when(COMMANDS.close)
    expect(mended.events).toEqual([closed, counted(0)])
  })

  it.each([
    ['an answer', [], 'reviews.not_declared'],
    ['an answer given since it was announced', [{ ...no, at: '2027-03-01T00:00:00.000Z' as Instant }], 'reviews.not_declared'],
    ['every touched requirement looked at', [no, opened], 'reviews.delta_open'],
  ])('is closed only with %s', (_, events, code) => {
    const told = story(review, LATE)
      .given(...HISTORY.announced, ...events)
      .when(COMMANDS.close)
    expect(told.refused).toBe(code)
  })

  it('is closed only with its checks in order, and says which are not', () => {
    const { state } = story(review, LATE).given(...HISTORY.announced, no)
    expect(() => review.decide({ ...COMMANDS.close, open: ['support.contact'] }, state, LATE)).toThrow('not in order yet: support.contact')
  })
})

describe('a declaration', () => {
  it('that agrees with what was seen is taken, and opens a review of exactly what it touches', () => {
    const told = story(review, LATE)
      .given(...HISTORY.announced)
      .when(declare({ any_change: true, kinds: ['stores', 'hosting', 'stores'], seen: ['hosting'] }))
    expect(told.events).toMatchObject([
      { type: 'reviews.changes_declared', payload: { any_change: true, kinds: ['stores', 'hosting'] } },
      { type: 'reviews.delta_opened', payload: { delta: '1', requirements: ['one', 'two', 'two', 'three'] } },
    ])
  })

  it('of NO against a change that was seen is asked about once more, and is then a finding that is looked at', () => {
    const given = story(review, LATE).given(...HISTORY.announced)
    const first = given.when(declare({ seen: ['hosting'] }))
    expect(first.events).toMatchObject([{ type: 'reviews.asked_once_more', payload: { kinds: ['hosting'] } }])
    const again = story(review, LATE)
      .given(...HISTORY.announced, ...first.events)
      .when(declare({ seen: ['hosting'] }))
    expect(names(again.events)).toEqual(['changes_declared', 'contradiction_found', 'delta_opened'])
  })

  it('that leaves out something new is asked about again, whatever was asked before', () => {
    const asked: ReviewEvent = { type: 'reviews.asked_once_more', payload: { app: of.app, person: 'pat', kinds: ['hosting'] } }
    const told = story(review, LATE)
      .given(...HISTORY.announced, asked)
      .when(declare({ seen: ['hosting', 'stores'] }))
    expect(names(told.events)).toEqual(['asked_once_more'])
  })

  it('of NO names no kinds, whatever was ticked before', () => {
    const told = story(review, LATE)
      .given()
      .when(declare({ any_change: false, kinds: ['stores'] }))
    expect(told.events).toMatchObject([{ payload: { any_change: false, kinds: [] } }])
  })

  it('during the year opens its review at once, with no annual review about', () => {
    const told = story(review, LATE)
      .given()
      .when(declare({ any_change: true, kinds: ['stores'] }))
    expect(names(told.events)).toEqual(['changes_declared', 'delta_opened'])
  })
})

describe('a delta review', () => {
  const given = story(review, LATE).given(...HISTORY.announced, no, opened)

  it.each([
    ['open', [opened], true],
    [
      'closed',
      [opened, judged('one', 'passed'), judged('two', 'passed'), { type: 'reviews.delta_closed', payload: { app: of.app, delta: '1' } }],
      false,
    ],
  ] as const)('that is %s can be judged: %s', (word, history, possible) => {
    const told = story(review, LATE)
      .given(...(history as readonly ReviewEvent[]))
      .when(judge())
    expect(told.refused).toBe(possible ? null : 'reviews.delta_closed')
    expect(allowedDelta[word].length > 0).toBe(possible)
  })

  it('is closed with the last requirement that passes', () => {
    expect(names(given.when(judge()).events)).toEqual(['delta_judged'])
    const last = story(review, LATE)
      .given(...HISTORY.announced, no, opened, judged('one', 'passed'))
      .when(judge({ requirement: 'two' }))
    expect(names(last.events)).toEqual(['delta_judged', 'delta_closed'])
  })

  it('that finds something wanting says so with a reason, counts as overdue, and no more when it is put right', () => {
    const reason = [`sha256:${'1'.repeat(64)}`] as const
    expect(given.when(judge({ outcome: 'failed' })).refused).toBe('reviews.no_reason')
    const failed = given.when(judge({ outcome: 'failed', evidence: reason }))
    expect(failed.events.at(-1)).toEqual(counted(1))
    const mended = story(review, LATE)
      .given(...HISTORY.announced, no, opened, ...failed.events)
      .when(judge())
    expect(mended.events.at(-1)).toEqual(counted(0))
  })

  it.each([
    ['a requirement that it does not look at', { requirement: 'three' }, 'reviews.no_such_delta'],
    ['another review', { delta: '2' }, 'reviews.no_such_delta'],
    ['a prototype’s name', { requirement: 'constructor' }, 'reviews.no_such_delta'],
    ['somebody of the app’s own house', { involved: true }, 'reviews.involved'],
  ])('refuses %s', (_, more, code) => expect(given.when(judge(more)).refused).toBe(code))
})

describe('whose turn it is', () => {
  const turn = (open: readonly string[], ...events: readonly ReviewEvent[]) => {
    const { state } = story(review, LATE).given(...HISTORY.announced, ...events)
    const annual = state.annual['harbour.gold']
    if (annual === undefined) throw new Error('the history has a review')
    return [turnOf(state, annual, open), isDeclared(state, annual), overdueIn(state)]
  }
  it('is the partner’s until there is an answer and all is in order, and the operator’s while they look', () => {
    expect(turn([])).toEqual(['partner', false, 0])
    expect(turn(['one'], no)).toEqual(['partner', true, 0])
    expect(turn([], no)).toEqual(['operator', true, 0])
    expect(turn([], no, opened)).toEqual(['operator', true, 0])
    expect(turn([], no, opened, judged('one', 'failed'))).toEqual(['partner', true, 1])
  })
})
