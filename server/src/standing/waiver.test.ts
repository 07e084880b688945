import { describe, expect, it } from 'vitest'
import { NOON, noonPlus } from '../../test/standing.ts'
import { story } from '../kernel/story.ts'
import { DAY_MS } from '../kernel/time.ts'
import type { WaiverEvent } from './events.ts'
import { allowed, waiver, WAIVER_LASTS_DAYS_MAX, waiverWord, type WaiverCommand, type WaiverWord } from './waiver.ts'

const of = { app: 'the-app', requirement: 'one' } as const
const grant = (more: Partial<Extract<WaiverCommand, { act: 'grant' }>> = {}): WaiverCommand => ({
  ...of,
  act: 'grant',
  until: noonPlus(DAY_MS),
  reason_code: 'host-fault',
  persons: ['ann', 'bob'],
  evidence: [],
  ...more,
})
const end: WaiverCommand = { ...of, act: 'end' }
const granted: WaiverEvent = {
  type: 'standing.waiver_granted',
  payload: { ...of, until: noonPlus(DAY_MS), reason_code: 'host-fault', persons: ['ann', 'bob'], evidence: [] },
}
const ended: WaiverEvent = { type: 'standing.waiver_ended', payload: of }
const STATES = { none: [], granted: [granted] } as const satisfies Record<WaiverWord, readonly WaiverEvent[]>
/** Written by hand. */
const MATRIX = { none: { grant: true, end: false }, granted: { grant: true, end: true } } as const

describe('a waiver', () => {
  it.each(
    (['none', 'granted'] as const).flatMap((word) => (['grant', 'end'] as const).map((act) => [word, act, MATRIX[word][act]] as const)),
  )('that is %s: %s is possible: %s', (word, act, possible) => {
    const given = story(waiver, NOON).given(...STATES[word])
    expect(waiverWord(given.state, 'one', NOON)).toBe(word)
    expect(given.when(act === 'end' ? end : grant()).refused === null).toBe(possible)
    expect(allowed[word].includes(act)).toBe(possible)
  })

  it('is over at its end, to the millisecond, and when it was ended', () => {
    const { state } = story(waiver, NOON).given(granted)
    expect([waiverWord(state, 'one', noonPlus(DAY_MS - 1)), waiverWord(state, 'one', noonPlus(DAY_MS))]).toEqual(['granted', 'none'])
    expect(waiverWord(story(waiver, NOON).given(granted, ended).state, 'one', NOON)).toBe('none')
  })

  it.each([
    ['an end', { until: NOON }, 'standing.waiver_over'],
    ['an end within a year', { until: noonPlus(WAIVER_LASTS_DAYS_MAX * DAY_MS + 1) }, 'standing.waiver_too_long'],
    ['two people', { persons: ['ann', 'ann'] }, 'standing.same_person'],
    ['a reason by its code', { reason_code: 'Because of Ann.' }, 'standing.waiver_reason'],
  ])('needs %s', (_, more, code) => expect(story(waiver, NOON).given().when(grant(more)).refused).toBe(code))

  it('may last a year to the millisecond', () => {
    expect(
      story(waiver, NOON)
        .given()
        .when(grant({ until: noonPlus(WAIVER_LASTS_DAYS_MAX * DAY_MS) })).refused,
    ).toBe(null)
  })

  it('is about one requirement', () => {
    const { state } = story(waiver, NOON).given(granted)
    for (const other of ['two', 'constructor', '__proto__']) expect(waiverWord(state, other, NOON)).toBe('none')
  })
})
