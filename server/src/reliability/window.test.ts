import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { instant, MINUTE_MS } from '../kernel/time.ts'
import {
  advance,
  advanceRun,
  countsOf,
  countWindow,
  DAY_MINUTES,
  minuteOf,
  startOfMinute,
  unseenWindow,
  type MinuteCount,
  type MinuteKind,
} from './window.ts'

const kind = fc.constantFrom<MinuteKind>('good', 'bad', 'unknown')
const run = fc.record({ kind, minutes: fc.integer({ min: 0, max: 90 }) })

/** The plainest possible answer: look at every minute. */
function byHand(minutes: ReadonlyMap<number, MinuteKind>, from: number, to: number) {
  let good = 0
  let bad = 0
  for (let minute = from; minute < to; minute++) {
    if (minutes.get(minute) === 'good') good += 1
    if (minutes.get(minute) === 'bad') bad += 1
  }
  const expected = to - from
  return { good, total: good + bad, unknown: expected - good - bad, expected, from: startOfMinute(from), to: startOfMinute(to) }
}

describe('a running window', () => {
  it('equals a count by hand after every minute, for any minutes and any window', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.array(kind, { maxLength: 300 }), (window_minutes, kinds) => {
        const start = 29_700_000
        const state = unseenWindow(window_minutes, start)
        const seen = new Map<number, MinuteKind>()
        for (const [place, one] of kinds.entries()) {
          advance(state, one)
          seen.set(start + place, one)
          expect(countsOf(state)).toEqual(byHand(seen, start + place + 1 - window_minutes, start + place + 1))
        }
      }),
    )
  })

  it('advances by runs to the same sums as minute by minute', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.array(run, { maxLength: 60 }), (window_minutes, runs) => {
        const byRun = unseenWindow(window_minutes, 0)
        const byMinute = unseenWindow(window_minutes, 0)
        for (const one of runs) {
          advanceRun(byRun, one.kind, one.minutes)
          for (let n = 0; n < one.minutes; n++) advance(byMinute, one.kind)
          expect(countsOf(byRun)).toEqual(countsOf(byMinute))
        }
        const held = byRun.runs.slice(byRun.first).reduce((sum, { minutes }) => sum + minutes, 0)
        expect(held).toBe(window_minutes)
      }),
    )
  })

  it('holds 28 days as 40,320 minutes and forgets a bad one in the minute that is 28 days later', () => {
    const window_minutes = 28 * DAY_MINUTES
    expect(window_minutes).toBe(40_320)
    const state = unseenWindow(window_minutes, 0)
    advance(state, 'bad')
    advanceRun(state, 'good', window_minutes - 1)
    expect(countsOf(state)).toMatchObject({ good: 40_319, total: 40_320, unknown: 0, expected: 40_320 })
    advance(state, 'good')
    expect(countsOf(state)).toMatchObject({ good: 40_320, total: 40_320, unknown: 0 })
  })

  it('does not grow when minutes alternate for ever', () => {
    const state = unseenWindow(100, 0)
    for (let n = 0; n < 20_000; n++) advance(state, n % 2 === 0 ? 'good' : 'bad')
    expect(countsOf(state)).toMatchObject({ good: 50, total: 100 })
    expect(state.runs.length).toBeLessThan(300)
  })

  it('refuses a run that is no number of minutes', () => {
    expect(() => advanceRun(unseenWindow(5, 0), 'good', -1)).toThrow('a run of -1 minutes')
    expect(() => advanceRun(unseenWindow(5, 0), 'good', 0.5)).toThrow('a run of 0.5 minutes')
  })
})

describe('a window counted from day sums and minutes', () => {
  it('equals a count by hand, whichever days are closed and wherever the window ends', () => {
    const scene = fc.record({
      kinds: fc.array(fc.tuple(fc.integer({ min: 0, max: 5 * DAY_MINUTES - 1 }), kind), { maxLength: 400 }),
      closed: fc.uniqueArray(fc.integer({ min: 0, max: 4 })),
      window_minutes: fc.integer({ min: 1, max: 4 * DAY_MINUTES }),
      to: fc.integer({ min: 0, max: 5 * DAY_MINUTES }),
      into: fc.integer({ min: 0, max: MINUTE_MS - 1 }),
    })
    fc.assert(
      fc.property(scene, ({ kinds, closed, window_minutes, to, into }) => {
        const seen = new Map(kinds)
        const minutes: MinuteCount[] = [...seen].map(([minute, one]) => ({
          minute,
          good: Number(one === 'good'),
          total: Number(one !== 'unknown'),
        }))
        const days = closed.map((day) => {
          const inside = minutes.filter(({ minute }) => Math.floor(minute / DAY_MINUTES) === day)
          return {
            day,
            good: inside.reduce((sum, one) => sum + one.good, 0),
            total: inside.reduce((sum, one) => sum + one.total, 0),
          }
        })
        const now = instant(to * MINUTE_MS + into)
        expect(countWindow({ days, minutes, window_minutes, now })).toEqual(byHand(seen, to - window_minutes, to))
      }),
    )
  })

  it('leaves out the minute that is still open', () => {
    const now = instant(10 * MINUTE_MS + 59_999)
    const minutes = [9, 10].map((minute) => ({ minute, good: 1, total: 1 }))
    expect(countWindow({ days: [], minutes, window_minutes: 5, now })).toMatchObject({
      good: 1,
      total: 1,
      unknown: 4,
      to: startOfMinute(10),
    })
  })

  it('refuses a day that is summed twice', () => {
    const day = { day: 0, good: 1, total: 1 }
    const now = instant(2 * DAY_MINUTES * MINUTE_MS)
    expect(() => countWindow({ days: [day, day], minutes: [], window_minutes: 2 * DAY_MINUTES, now })).toThrow('summed twice')
  })

  it('knows the minute of a moment on both sides of its edge', () => {
    expect(minuteOf(instant(MINUTE_MS - 1))).toBe(0)
    expect(minuteOf(instant(MINUTE_MS))).toBe(1)
  })
})
