import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { catalogueWith, ENFORCEMENT, NOON, noonPlus, requirement, verdict } from '../../test/standing.ts'
import { story } from '../kernel/story.ts'
import { DAY_MS, later, type Instant } from '../kernel/time.ts'
import type { Verdict } from '../standing/verdict.ts'
import type { ListingEvent } from './events.ts'
import { followListing } from './follow-listing.ts'
import { allowed, listing, nextStep, type ListingAct, type ListingCommand, type ListingState, type ListingWord } from './listing.ts'

const app = 'the-app'
const WEEK = 7 * DAY_MS
const breach = { programme: 'harbour', requirement: 'one', due_at: NOON, left_ms: null }
const by = { requirements: ['one'], person: 'ann', evidence: [], next_step: null } as const
const COMMANDS: { readonly [act in ListingAct]: ListingCommand } = {
  follow: { app, act: 'follow', breaches: [breach], next_step: null },
  warn: { app, act: 'warn', ...by },
  hide: { app, act: 'hide', ...by },
  pause: { app, act: 'pause', ...by },
  relist: { app, act: 'relist', person: 'ann', involved: false },
}
const step = (type: 'badges.listing_warned' | 'badges.listing_hidden' | 'badges.listing_paused'): ListingEvent => ({
  type,
  payload: { app, requirements: [], reasons: ['by_person'], person: 'ann', evidence: [], next_step: null },
})
const STATES = {
  listed: [],
  warned: [step('badges.listing_warned')],
  hidden: [step('badges.listing_hidden')],
  paused: [step('badges.listing_hidden'), step('badges.listing_paused')],
} as const satisfies Record<ListingWord, readonly ListingEvent[]>

/** Written by hand; a dot is a refusal. */
const MATRIX: { readonly [word in ListingWord]: string } = {
  //       follow   warn   hide   pause  relist
  listed: 'breached warned hidden paused .       ',
  warned: 'breached .      hidden paused relisted',
  hidden: 'breached .      .      paused relisted',
  paused: 'breached .      .      .      relisted',
}
const given = (...facts: readonly ListingEvent[]) => story(listing, NOON).given(...facts)

describe.each(Object.keys(STATES) as readonly ListingWord[])('a listing that is %s', (word) => {
  const expected = MATRIX[word].trim().split(/\s+/)
  const acts = Object.keys(COMMANDS) as readonly ListingAct[]
  it.each(acts.map((act, place) => [act, expected[place] ?? '?'] as const))('%s: %s', (act, event) => {
    const { events, refused } = given(...STATES[word]).when(COMMANDS[act])
    expect(refused === null ? events.map(({ type }) => type.slice('badges.listing_'.length)) : ['.', refused]).toEqual(
      event === '.' ? ['.', 'badges.wrong_state'] : [event],
    )
    expect(allowed[word].includes(act)).toBe(event !== '.')
  })
})

describe('bringing a listing back', () => {
  const hidden = [...STATES.hidden]
  const breached: ListingEvent = { type: 'badges.listing_breached', payload: { app, breaches: [breach], next_step: null } }
  it('is refused while something is not put right', () =>
    expect(given(...hidden, breached).when(COMMANDS.relist).refused).toBe('badges.not_met'))
  it('is refused to the app’s own people', () =>
    expect(given(...hidden).when({ ...COMMANDS.relist, involved: true } as ListingCommand).refused).toBe('badges.involved'))
  it('is a person’s act: what is put right ends the breach and leaves the listing hidden', () => {
    const cleared: ListingEvent = { type: 'badges.listing_cleared', payload: { app } }
    expect(given(...hidden, breached, cleared).state).toMatchObject({ word: 'hidden', breaches: [] })
    expect(given(...STATES.warned, breached, cleared).state).toEqual(listing.initial)
  })
})

describe('the ladder', () => {
  const next = (word: ListingWord, stepped_at: Instant | null = null) =>
    nextStep(word, stepped_at, [breach], () => ({ ...ENFORCEMENT, listing: [...ENFORCEMENT.listing], cites: [...ENFORCEMENT.cites] }))
  it('goes from the end of the cure window, step by step', () => {
    expect(next('listed')).toEqual({ step: 'warned', at: NOON })
    expect(next('warned', NOON)).toEqual({ step: 'hidden', at: noonPlus(4 * WEEK) })
    expect(next('hidden', noonPlus(4 * WEEK))).toEqual({ step: 'paused', at: noonPlus(8 * WEEK) })
    expect(next('paused', noonPlus(8 * WEEK))).toBe(null)
  })
  it('leaves as much between two steps as it says, also when the first came late', () => {
    expect(next('warned', noonPlus(10 * WEEK))).toEqual({ step: 'hidden', at: noonPlus(14 * WEEK) })
  })
  it('has no step while the days stand still', () => {
    expect(nextStep('listed', null, [{ ...breach, due_at: null, left_ms: 1 }], () => null)).toBe(null)
  })
})

const catalogue = catalogueWith([requirement('one', { tiers: ['base'] }), requirement('two', { tiers: ['base'] }), requirement('gold')])
const walk = (days: readonly (readonly Verdict[])[], holds = false) => {
  let state: ListingState = listing.initial
  const told: (readonly [number, string])[] = []
  for (const [day, verdicts] of days.entries()) {
    const now = noonPlus(day * DAY_MS)
    for (const event of followListing(app, state, [{ catalogue, verdicts, holds }], now)) {
      state = listing.evolve(state, { ...event, at: now })
      told.push([day, event.type.slice('badges.listing_'.length)])
    }
  }
  return { state, told }
}
const words = (one: Verdict['verdict'], two: Verdict['verdict'] = 'met', blind: Verdict['blind'] = null): readonly Verdict[] => [
  verdict('one', one, { blind }),
  verdict('two', two),
  verdict('gold', 'unmet'),
]
const days = (count: number, verdicts: readonly Verdict[]) => Array.from({ length: count }, () => verdicts)

describe('an app without a badge that breaks a base rule', () => {
  it('is warned when its cure window is over, hidden and paused by the ladder', () => {
    expect(walk(days(120, words('unmet'))).told).toEqual([
      [0, 'breached'],
      [28, 'warned'],
      [56, 'hidden'],
      [84, 'paused'],
    ])
  })

  it('is told nothing of what its tiers ask', () => expect(walk(days(120, words('met'))).told).toEqual([]))

  it('is not warned while it holds a badge, which has a ladder of its own', () =>
    expect(walk(days(120, words('unmet')), true).told).toEqual([]))

  it('cures by what is met, and not by going dark', () => {
    expect(walk([...days(10, words('unmet')), ...days(5, words('met'))]).told).toEqual([
      [0, 'breached'],
      [10, 'cleared'],
    ])
    const dark = walk([...days(10, words('unmet')), ...days(20, words('unknown', 'met', 'theirs'))])
    expect(dark.told).toEqual([
      [0, 'breached'],
      [28, 'warned'],
    ])
  })

  it('loses no day to our blindness', () => {
    const { told } = walk([...days(10, words('unmet')), ...days(30, words('unknown', 'met', 'ours')), ...days(40, words('unmet'))])
    expect(told).toEqual([
      [0, 'breached'],
      [10, 'breached'],
      [40, 'breached'],
      [58, 'warned'],
    ])
  })

  it('goes down the ladder only, whatever is seen', () => {
    const word = fc.constantFrom<Verdict['verdict']>('met', 'unmet', 'unknown', 'waived', 'not_applicable')
    const seen = fc
      .tuple(word, word, fc.constantFrom<Verdict['blind']>('ours', 'theirs', null))
      .map(([one, two, blind]) => words(one, two, blind))
    const ladder = ['listed', 'warned', 'hidden', 'paused']
    fc.assert(
      fc.property(fc.array(fc.tuple(seen, fc.integer({ min: 1, max: 40 })), { maxLength: 12 }), (stretches) => {
        let state: ListingState = listing.initial
        let now = NOON
        for (const [verdicts, length] of stretches) {
          for (let day = 0; day < length; day++) {
            const before = state
            const told = followListing(app, state, [{ catalogue, verdicts, holds: false }], now)
            for (const event of told) state = listing.evolve(state, { ...event, at: now })
            const down = ladder.indexOf(state.word) - ladder.indexOf(before.word)
            // A warning goes when nothing is left to warn of; hidden and paused stay until a person looks.
            if (before.word === 'hidden' || before.word === 'paused') expect(down).toBeGreaterThanOrEqual(0)
            expect(down).toBeLessThanOrEqual(1)
            // Nobody moves down while all that is wrong is hidden by our own blindness.
            const hidden = verdicts
              .filter((one) => one.requirement !== 'gold')
              .every((one) => one.verdict !== 'unmet' && one.blind !== 'theirs' && (one.verdict !== 'unknown' || one.blind === 'ours'))
            if (hidden) expect(down).toBeLessThanOrEqual(0)
            now = later(noonPlus(Date.parse(now) - Date.parse(NOON) + DAY_MS), now)
          }
        }
      }),
      { numRuns: 200 },
    )
  })
})
