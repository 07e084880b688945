import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RecordedEvent } from '../kernel/event.ts'
import { sha256 } from '../platform/crypto.ts'
import type { WindowTold } from './events.ts'
import type { Objective } from './objectives.ts'
import { advanceSeries, advanceSeriesUnseen, restoredSeries, toldKey, unseenSeries, type Advance, type DayOfMinutes } from './series.ts'
import { alertsView, type AlertsDocument } from './view.ts'
import { countsOf, DAY_MINUTES, type MinuteKind, type Run } from './window.ts'

const NAME = { app: 'issue-templates', indicator: 'availability', target: '', endpoint: '' }
const BEGINS = 20_000 * DAY_MINUTES + 600

const objective = (window_minutes: number, target: number): Objective => ({
  indicator: 'availability',
  window: `PT${window_minutes}M`,
  window_minutes,
  target,
  coverage: 0.5,
  good_when_at_most: null,
  minimum_events: null,
  endpoints: 'worst',
  unit: null,
  reported_by: ['operator'],
  early_warnings: [],
})
const OBJECTIVES: readonly Objective[] = [
  objective(3 * DAY_MINUTES, 0.999),
  objective(90, 0.95),
  {
    ...objective(28 * DAY_MINUTES, 0.99),
    early_warnings: [{ bad_at_least: 1, below: null, within_minutes: 15, calm_minutes: 30 }],
  },
]

const joined = (all: readonly Advance[]): Advance => ({
  events: all.flatMap(({ events }) => events),
  days: all.flatMap(({ days }) => days),
})
const dayEvents = ({ events }: Advance) =>
  events.filter(({ type }) => type === 'reliability.day_closed').map(({ payload }) => payload['day'])

describe('the end of a day', () => {
  it('is told exactly once, with the day’s sums and a digest, by the minute that closes it', () => {
    const series = unseenSeries(NAME, [], BEGINS)
    const rest = DAY_MINUTES - 600
    const before = joined([advanceSeries(series, 'good', rest - 61, sha256), advanceSeries(series, 'bad', 60, sha256)])
    expect(before).toEqual({ events: [], days: [] })
    const { events, days } = advanceSeries(series, 'good', 1, sha256)
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({
      type: 'reliability.day_closed',
      stream: 'slo/issue-templates',
      payload: {
        app: 'issue-templates',
        indicator: 'availability',
        day: '2024-10-04',
        good: rest - 60,
        total: rest,
        unknown: 600,
        digest: days[0]?.digest,
      },
    })
    expect(days[0]?.runs).toEqual([
      [600, 'u'],
      [rest - 61, 'g'],
      [60, 'b'],
      [1, 'g'],
    ])
    expect(dayEvents(advanceSeries(series, 'good', DAY_MINUTES - 1, sha256))).toEqual([])
    expect(dayEvents(advanceSeries(series, 'good', 1, sha256))).toEqual(['2024-10-05'])
  })

  it('is told for each day of a downtime', () => {
    const series = unseenSeries(NAME, OBJECTIVES, BEGINS)
    advanceSeries(series, 'good', 60, sha256)
    const told = advanceSeriesUnseen(series, BEGINS + 4 * DAY_MINUTES, sha256)
    expect(dayEvents(told)).toEqual(['2024-10-04', '2024-10-05', '2024-10-06', '2024-10-07'])
    expect(told.days.map(({ good, total, unknown }) => [good, total, unknown])).toEqual([
      [60, 60, 1_380],
      [0, 0, 1_440],
      [0, 0, 1_440],
      [0, 0, 1_440],
    ])
  })

  it('comes after what the objectives told up to midnight', () => {
    const series = unseenSeries(NAME, OBJECTIVES, BEGINS)
    const { events } = advanceSeries(series, 'good', DAY_MINUTES, sha256)
    const midnight = events.findIndex(({ type }) => type === 'reliability.day_closed')
    expect(events.slice(0, midnight).every(({ payload }) => (payload['to'] as string) <= '2024-10-05T00:00:00.000Z')).toBe(true)
    expect(midnight).toBeGreaterThan(0)
  })

  it('has another digest when any minute was another', () => {
    const digestOf = (runs: readonly Run[]): string | undefined => {
      const series = unseenSeries(NAME, [], 0)
      return joined(runs.map(({ kind, minutes }) => advanceSeries(series, kind, minutes, sha256))).days[0]?.digest
    }
    const digests = [0, 1, 1_438].map((place) =>
      digestOf([
        { kind: 'good', minutes: place },
        { kind: 'bad', minutes: 1 },
        { kind: 'good', minutes: DAY_MINUTES - place - 1 },
      ]),
    )
    expect(new Set(digests).size).toBe(3)
  })
})

const kind = fc.constantFrom<MinuteKind>('good', 'good', 'bad', 'unknown')
const runs = fc.array(fc.record({ kind, minutes: fc.integer({ min: 1, max: 900 }) }), { minLength: 1, maxLength: 25 })

describe('runs of equal minutes', () => {
  it('give the same events, days and digests as single minutes', () => {
    fc.assert(
      fc.property(runs, (given) => {
        const one = unseenSeries(NAME, OBJECTIVES, BEGINS)
        const other = unseenSeries(NAME, OBJECTIVES, BEGINS)
        const byRun = joined(given.map((run) => advanceSeries(one, run.kind, run.minutes, sha256)))
        const byMinute = joined(
          given.flatMap((run) => Array.from({ length: run.minutes }, () => advanceSeries(other, run.kind, 1, sha256))),
        )
        expect(byRun).toEqual(byMinute)
        expect(one.to).toBe(other.to)
      }),
      { numRuns: 40 },
    )
  })
})

const folded = (document: AlertsDocument, event: Pick<RecordedEvent, 'type' | 'payload'>): AlertsDocument =>
  // The guarantee of the cast: the view reads the type and the payload.
  alertsView.fold(document, event as RecordedEvent, NAME.app) ?? alertsView.initial

describe('a series built again from storage', () => {
  it('tells from then on exactly what it would have told, wherever it was cut', () => {
    fc.assert(
      fc.property(runs, runs, fc.nat(3_000), (before, later, downtime) => {
        const lived = unseenSeries(NAME, OBJECTIVES, BEGINS)
        const stored: { days: DayOfMinutes[]; minutes: { minute: number; kind: MinuteKind }[]; told: Map<string, WindowTold> } = {
          days: [],
          minutes: [],
          told: new Map(),
        }
        let alerts = alertsView.initial
        const keep = (advance: Advance): void => {
          stored.days.push(...advance.days)
          for (const { type, payload } of advance.events)
            if (type.startsWith('reliability.alert_')) alerts = folded(alerts, { type, payload })
            else if (type !== 'reliability.day_closed')
              stored.told.set(toldKey(payload as unknown as WindowTold), payload as unknown as WindowTold)
        }
        for (const run of before) {
          for (let n = 0; n < run.minutes; n++) {
            // Minutes that nobody looked at leave no row.
            if (run.kind !== 'unknown') stored.minutes.push({ minute: lived.to, kind: run.kind })
            keep(advanceSeries(lived, run.kind, 1, sha256))
          }
        }
        const closed = new Set(stored.days.map(({ day }) => day))
        const again = restoredSeries(
          NAME,
          OBJECTIVES,
          {
            ...stored,
            since: null,
            alerts: { open: Object.values(alerts.open), told_at: alerts.told_at['availability|'] ?? null },
            minutes: stored.minutes.filter(({ minute }) => !closed.has(Math.floor(minute / DAY_MINUTES))),
          },
          BEGINS,
        )
        expect(again.to).toBeLessThanOrEqual(lived.to)
        const behind = advanceSeriesUnseen(again, lived.to, sha256)
        // Everything that those minutes had to tell was told before the cut, unless nothing was stored at all.
        if (stored.days.length + stored.minutes.length + stored.told.size > 0) expect(behind).toEqual({ events: [], days: [] })
        expect(again.objectives.map(({ window }) => countsOf(window))).toEqual(lived.objectives.map(({ window }) => countsOf(window)))
        const until = lived.to + downtime
        for (const series of [lived, again]) advanceSeriesUnseen(series, until, sha256)
        const one = joined(later.map((run) => advanceSeries(lived, run.kind, run.minutes, sha256)))
        const other = joined(later.map((run) => advanceSeries(again, run.kind, run.minutes, sha256)))
        expect(other).toEqual(one)
      }),
      { numRuns: 60 },
    )
  })
})
