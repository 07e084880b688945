import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MetWhen, RequirementInForce } from '../programmes/schema.ts'
import { advanceObjective, advanceUnseen, objectivesOf, toldBefore, type Objective, type TrackedObjective } from './objectives.ts'
import { stateOf } from './objective-rule.ts'
import { countsOf, startOfMinute, unseenWindow, type MinuteKind } from './window.ts'

const DAY = 1_440
const objective = (window_minutes: number, target: number, coverage = 0.9): Objective => ({
  indicator: 'availability',
  window: 'P28D',
  window_minutes,
  target,
  coverage,
  good_when_at_most: null,
  minimum_events: null,
  endpoints: 'worst',
  unit: null,
  reported_by: ['operator'],
  early_warnings: [],
})
const track = (asked: Objective, to = 100 * DAY): TrackedObjective => ({
  app: 'com.example.templates',
  objective: asked,
  window: unseenWindow(asked.window_minutes, to),
  raw: null,
  told: null,
})
const short = (events: ReturnType<typeof advanceObjective>) =>
  events.map(({ type, payload }) => [type.slice('reliability.'.length), payload.to, payload.total - payload.good])

describe('an objective of 99.9 % over 28 days', () => {
  const full = objective(28 * DAY, 0.999)
  const start = 100 * DAY
  const at = (minutes: number) => startOfMinute(start + minutes)

  it('is told at first full coverage, and every midnight', () => {
    const tracked = track(full)
    const events = advanceObjective(tracked, 'good', 28 * DAY)
    const needed = (28 * DAY * 9) / 10
    expect(events.map(({ payload }) => payload.to)).toEqual(
      [...Array.from({ length: 28 }, (_, day) => at((day + 1) * DAY)), at(needed)].sort(),
    )
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['reliability.window_counted']))
    expect(events.at(-1)?.payload).toMatchObject({ good: 40_320, total: 40_320, unknown: 0, expected: 40_320 })
  })

  it('is lost in the 41st bad minute and regained in the minute in which the first of them leaves', () => {
    const tracked = track(full)
    advanceObjective(tracked, 'good', 28 * DAY)
    expect(short(advanceObjective(tracked, 'bad', 60))).toEqual([['objective_lost', at(28 * DAY + 41), 41]])
    const later = short(advanceObjective(tracked, 'good', 28 * DAY)).filter(([type]) => type !== 'window_counted')
    expect(later).toEqual([['objective_regained', at(28 * DAY + 28 * DAY + 20), 40]])
  })

  it('is not lost by a gap, however long, and says once a day that it is not known', () => {
    const tracked = track(full)
    advanceObjective(tracked, 'good', 28 * DAY)
    advanceObjective(tracked, 'bad', 40)
    const events = advanceUnseen(tracked, tracked.window.to + 40 * DAY)
    expect(events.every(({ type }) => type === 'reliability.window_counted')).toBe(true)
    expect(countsOf(tracked.window)).toMatchObject({ good: 0, total: 0, unknown: 40_320 })
    // When nothing is left to count, the empty window is told once.
    expect(events.filter(({ payload }) => payload.total === 0)).toHaveLength(1)
  })

  it('that was lost and then not seen is told as no longer lost, and never as regained', () => {
    const tracked = track(full)
    advanceObjective(tracked, 'bad', 41)
    const events = short(advanceUnseen(tracked, tracked.window.to + 28 * DAY)).filter(([, , bad]) => bad === 40)
    expect(events[0]).toEqual(['window_counted', at(28 * DAY + 1), 40])
  })

  it('tells nothing of an app that nobody has ever looked at', () => {
    const tracked = track(full)
    expect(advanceUnseen(tracked, tracked.window.to + 60 * DAY)).toEqual([])
  })

  it('knows after a restart what it had told', () => {
    const tracked = track(full)
    const events = [...advanceObjective(tracked, 'good', 28 * DAY), ...advanceObjective(tracked, 'bad', 41)]
    const told = toldBefore(full, events.at(-1)?.payload ?? null)
    expect(told?.state).toBe('lost')
    expect(short(advanceObjective({ ...tracked, told }, 'bad', 5))).toEqual([])
    expect(toldBefore(full, null)).toBeNull()
  })
})

describe('crossings', () => {
  const kind = fc.constantFrom<MinuteKind>('good', 'good', 'bad', 'unknown')
  const runs = fc.array(fc.record({ kind, minutes: fc.integer({ min: 1, max: 400 }) }), { maxLength: 40 })
  const scene = fc.record({
    window_minutes: fc.integer({ min: 1, max: 300 }),
    target: fc.constantFrom(0.5, 0.9, 0.95, 0.99, 0.999, 1),
    coverage: fc.constantFrom(0, 0.5, 0.9, 1),
    runs,
  })

  it('are told the same by runs as minute by minute', () => {
    fc.assert(
      fc.property(scene, ({ window_minutes, target, coverage, runs: given }) => {
        const byRun = track(objective(window_minutes, target, coverage))
        const byMinute = track(objective(window_minutes, target, coverage))
        for (const run of given) {
          const one = advanceObjective(byRun, run.kind, run.minutes)
          const other = Array.from({ length: run.minutes }, () => advanceObjective(byMinute, run.kind, 1)).flat()
          expect(one).toEqual(other)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('are exactly the minutes in which the rule’s answer turns to or from lost', () => {
    fc.assert(
      fc.property(scene, ({ window_minutes, target, coverage, runs: given }) => {
        const tracked = track(objective(window_minutes, target, coverage))
        let before = 'unknown'
        for (const { kind: one, minutes } of given) {
          for (let n = 0; n < minutes; n++) {
            const events = advanceObjective(tracked, one, 1)
            const now = stateOf(countsOf(tracked.window), tracked.objective)
            expect(events.some(({ type }) => type === 'reliability.objective_lost')).toBe(now === 'lost' && before !== 'lost')
            if (before === 'lost' && now !== 'lost') expect(events).toHaveLength(1)
            before = now
          }
        }
      }),
    )
  })
})

describe('objectives of a catalogue', () => {
  const requirement = (met_when: MetWhen | undefined) => ({ met_when }) as RequirementInForce
  const slo = { indicator: 'availability', target: 0.999, window: 'P28D', coverage: 0.95 }

  it('are found inside all_of and any_of, once each', () => {
    const found = objectivesOf([
      { requirements: [requirement({ slo }), requirement(undefined), requirement({ check: 'hsts-enabled' })] },
      { requirements: [requirement({ all_of: [{ check: 'x' }, { any_of: [{ slo }, { slo: { ...slo, target: 0.99 } }] }] })] },
    ])
    expect(found.map(({ target, window_minutes }) => [target, window_minutes])).toEqual([
      [0.999, 40_320],
      [0.99, 40_320],
    ])
  })
})
