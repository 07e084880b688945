import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRefused } from '../kernel/refused.ts'
import { parseReplay, readMinute, replay, type Replayed } from './replay.ts'

const OBJECTIVE = { objective: { target: 0.999, window: 'P28D', coverage: 0.9 } }
const file = (...lines: readonly object[]): string => lines.map((line) => JSON.stringify(line)).join('\n')
const last = (...lines: readonly object[]): Replayed => {
  const answer = replay(parseReplay(file(...lines)), []).at(-1)
  if (answer === undefined) throw new Error('no answer')
  return answer
}
const good = (minute: number, minutes = 1) => ({ minute, minutes, good: 1, total: 1 })
const bad = (minute: number, minutes = 1) => ({ minute, minutes, good: 0, total: 1 })
const WINDOW = 40_320

describe('a replayed series', () => {
  it('counts 40 bad minutes of 28 days as within 99.9 % and 41 as lost', () => {
    const within = last(OBJECTIVE, good(0, WINDOW - 40), bad(WINDOW - 40, 40))
    expect(within).toMatchObject({ good: WINDOW - 40, total: WINDOW, bad: 40, coverage: 1, state: 'held', percent: '99.9007' })
    expect(within.budget_left).toBeCloseTo(1 - 40 / 40.32, 9)
    expect(last(OBJECTIVE, good(0, WINDOW - 41), bad(WINDOW - 41, 41))).toMatchObject({ bad: 41, state: 'lost', percent: '99.8983' })
  })

  it('takes endpoints one by one, and the worst of them decides', () => {
    const at = (endpoint: string, line: object) => ({ ...line, endpoint })
    const series = file(
      OBJECTIVE,
      at('https://eu', good(0, WINDOW - 30)),
      at('https://eu', bad(WINDOW - 30, 30)),
      at('https://us', bad(0, 41)),
      at('https://us', good(41, WINDOW - 41)),
    )
    expect(replay(parseReplay(series), [])).toMatchObject([
      { endpoint: 'https://eu', state: 'held', bad: 30, decides: false },
      { endpoint: 'https://us', state: 'lost', bad: 41, decides: true },
    ])
    expect(last(OBJECTIVE, good(0))).toMatchObject({ endpoint: null, decides: true })
  })

  it('forgets a minute exactly 28 days later', () => {
    const series = parseReplay(file(OBJECTIVE, bad(0), good(1, WINDOW)))
    expect(replay(series, [WINDOW - 1, WINDOW]).map((one) => one.bad)).toEqual([1, 0])
  })

  it('does not know what was not seen: 37,440 minutes with 37 bad are held, with 40 they are unknown', () => {
    const gap = 2 * 1_440
    const seen = WINDOW - gap
    expect(last(OBJECTIVE, bad(0, 37), good(37, seen - 37), { minute: seen, minutes: gap, unknown: true })).toMatchObject({
      total: 37_440,
      state: 'held',
      minutes: { judged: 37_440, unknown: gap, expected: WINDOW },
    })
    expect(last(OBJECTIVE, bad(0, 40), good(40, seen - 40), { minute: seen, minutes: gap, unknown: true }).state).toBe('unknown')
    expect(last(OBJECTIVE, good(0, 1_000))).toMatchObject({ figure: 1, state: 'unknown' })
  })

  it('prints nothing for nothing: no figure, no burn, no alert', () => {
    const answer = last(OBJECTIVE, { minute: 0, minutes: WINDOW, unknown: true })
    expect(answer).toMatchObject({
      figure: null,
      percent: null,
      coverage: 0,
      state: 'unknown',
      alerts: [],
      crossed: [],
      early_warning: false,
    })
    expect(Object.values(answer.burn).every(({ rate }) => rate === null)).toBe(true)
  })

  it('takes exclusions out of both counts, tells both figures, and puts them back when they are gone', () => {
    const minutes = [good(0, WINDOW - 120), bad(WINDOW - 120, 120)]
    const without = last(OBJECTIVE, ...minutes)
    const answer = last(
      OBJECTIVE,
      ...minutes,
      { exclude: { from: WINDOW - 120, to: WINDOW - 10, reason: 'planned' } },
      { exclude: { from: WINDOW - 60, to: WINDOW - 10 } },
    )
    expect(answer).toMatchObject({
      bad: 10,
      minutes: { excluded: 110, expected: WINDOW - 110 },
      state: 'held',
      raw: { good: WINDOW - 120, total: WINDOW },
    })
    expect(without).toMatchObject({ bad: 120, state: 'lost', raw: answer.raw })
  })

  it('names the tiers that are on, and those that cross with too few failures', () => {
    expect(last(OBJECTIVE, good(0, WINDOW - 1), bad(WINDOW - 1))).toMatchObject({
      alerts: [],
      crossed: ['page_quick'],
      early_warning: true,
    })
    expect(last(OBJECTIVE, good(0, WINDOW - 3), bad(WINDOW - 3, 3))).toMatchObject({ alerts: ['page_quick', 'page_slow'] })
    expect(last(OBJECTIVE, good(0, WINDOW - 8), bad(WINDOW - 8, 3), good(WINDOW - 5, 5))).toMatchObject({
      alerts: ['page_slow'],
      early_warning: true,
    })
    expect(last(OBJECTIVE, good(0, WINDOW - 18), bad(WINDOW - 18, 3), good(WINDOW - 15, 15))).toMatchObject({ early_warning: false })
  })

  it('takes tiers of one’s own, by budget or by factor', () => {
    const tiers = [
      { id: 'mine', short: '5m', long: '1h', factor: 14.4 },
      { id: 'other', severity: 'ticket', short: 'PT30M', long: 'PT6H', budget: 0.05, bad_at_least: 10 },
    ]
    expect(last({ ...OBJECTIVE, tiers }, good(0, WINDOW - 5), bad(WINDOW - 5, 5))).toMatchObject({
      alerts: ['mine'],
      crossed: ['mine', 'other'],
    })
  })

  it('counts by events: ten minutes down at ten times the traffic are 1.8 budgets, not a quarter', () => {
    const answer = last(
      { objective: { target: 0.999, window: 'P28D', coverage: 0.9, minimum_events: 1_000 } },
      { minute: 0, minutes: WINDOW - 10, good: 100, total: 100 },
      { minute: WINDOW - 10, minutes: 10, good: 0, total: 735 },
    )
    expect(answer).toMatchObject({ bad: 7_350, state: 'lost' })
    expect(answer.budget_left).toBeCloseTo(1 - 7_350 / ((WINDOW - 10) * 0.1 + 0.735 * 10), 6)
  })

  it('counts time slices when the objective does', () => {
    const objective = { target: 0.95, window: 'P14D', coverage: 0.5, method: 'timeslices', slice_target: 0.99, slice_minutes: 5 }
    const answer = last(
      { objective },
      { minute: 0, minutes: 20_155, good: 99, total: 100 },
      { minute: 20_155, minutes: 5, good: 98, total: 100 },
    )
    expect(answer).toMatchObject({ method: 'timeslices', good: 4_031, total: 4_032, state: 'held' })
  })

  it('counts calendar months in their zone, over a change of clocks', () => {
    const at = readMinute('2026-03-31T21:59Z')
    const answer = replay(
      parseReplay(file({ objective: { target: 0.999, window: 'month', zone: 'Europe/Berlin' } }, good(at - 50_000, 50_001))),
      [at, at + 1],
    )
    expect(answer.map(({ total, from }) => [total, from])).toEqual([
      [31 * 1_440 - 60, '2026-02-28T23:00:00.000Z'],
      [0, '2026-03-31T22:00:00.000Z'],
    ])
  })

  it('equals a count by hand at any minute', () => {
    const line = fc.record({
      skip: fc.nat(30),
      minutes: fc.integer({ min: 1, max: 400 }),
      kind: fc.constantFrom('good', 'bad', 'unknown', 'events'),
      share: fc.nat(9),
    })
    const exclusion = fc.record({ from: fc.nat(6_000), minutes: fc.integer({ min: 1, max: 500 }) })
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 20 }),
        fc.array(exclusion, { maxLength: 4 }),
        fc.nat(7_000),
        (lines, exclusions, asked) => {
          let at = 0
          const written: object[] = []
          const byMinute = new Map<number, { good: number; total: number }>()
          for (const { skip, minutes, kind, share } of lines) {
            at += skip
            const counts = kind === 'events' ? { good: share, total: 9 } : { good: Number(kind === 'good'), total: 1 }
            written.push({ minute: at, minutes, ...(kind === 'unknown' ? { unknown: true } : counts) })
            if (kind !== 'unknown') for (let n = 0; n < minutes; n++) byMinute.set(at + n, counts)
            at += minutes
          }
          const out = (minute: number): boolean => exclusions.some(({ from, minutes }) => minute >= from && minute < from + minutes)
          const excludes = exclusions.map(({ from, minutes }) => ({ exclude: { from, to: from + minutes } }))
          const [answer] = replay(parseReplay(file({ objective: { target: 0.99, window: 'P3D' } }, ...written, ...excludes)), [asked])
          const byHand = (minutes: number) => {
            const inside = [...byMinute]
              .filter(([minute]) => minute > asked - minutes && minute <= asked && !out(minute))
              .map(([, counts]) => counts)
            return { good: inside.reduce((sum, one) => sum + one.good, 0), total: inside.reduce((sum, one) => sum + one.total, 0) }
          }
          expect(answer).toMatchObject(byHand(4_320))
          for (const [window, minutes] of [
            ['5m', 5],
            ['1h', 60],
            ['1d', 1_440],
            ['3d', 4_320],
          ] as const)
            expect(answer?.burn[window]).toMatchObject(byHand(minutes))
          const excluded = Array.from({ length: 4_320 }, (_, n) => asked - n).filter(out).length
          expect(answer?.minutes).toMatchObject({ excluded, expected: 4_320 - excluded })
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('a file that cannot be meant is refused with its line', () => {
  it.each([
    ['no objective', file(good(0)), 'replay.no_objective', undefined],
    ['no minutes', file(OBJECTIVE), 'replay.no_minutes', undefined],
    ['two objectives', file(OBJECTIVE, OBJECTIVE), 'replay.second_objective', 'line 2'],
    ['no JSON', `${file(OBJECTIVE)}\n{"minute": 1,`, 'replay.not_json', 'line 2'],
    ['more good than total', file(OBJECTIVE, { minute: 1, good: 2, total: 1 }), 'replay.invalid', 'line 2'],
    ['neither counts nor unknown', file(OBJECTIVE, { minute: 1 }), 'replay.invalid', 'line 2'],
    ['both', file(OBJECTIVE, { minute: 1, good: 1, total: 1, unknown: true }), 'replay.unknown_and_judged', 'line 2'],
    ['a typo', file(OBJECTIVE, { minute: 1, god: 1, total: 1 }), 'replay.invalid', 'line 2'],
    ['half a sample', file(OBJECTIVE, { minute: 1, good: 0.5, total: 1 }), 'replay.invalid', 'line 2'],
    ['a moment that is none', file(OBJECTIVE, { minute: 'noon', good: 1, total: 1 }), 'replay.invalid', 'line 2'],
    ['a minute twice', file(OBJECTIVE, good(0, 5), bad(4)), 'replay.minute_twice', undefined],
    ['an exclusion that ends before it begins', file(OBJECTIVE, { exclude: { from: 5, to: 5 } }), 'replay.invalid', 'line 2'],
    ['a span of eighty years', file(OBJECTIVE, good(0), good(42_000_000)), 'replay.too_long', undefined],
    ['a window in seconds', file({ objective: { target: 0.9, window: 'PT90S' } }, good(0)), 'replay.window', 'objective.window'],
  ] as const)('%s', (_, text, code, where) => {
    let refused: unknown = null
    try {
      replay(parseReplay(text), [])
    } catch (error) {
      refused = error
    }
    expect(isRefused(refused)).toBe(true)
    expect(refused).toMatchObject({ code, where })
  })
})
