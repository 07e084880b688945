import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { advanceAlerts, alertsOver, alertsUnder, lastJudged, RECENT_MINUTES, type Alerts, type OpenAlert } from './alerts.ts'
import { burnsAbove, isOn, TIERS } from './burn.ts'
import type { AlertEvent } from './events.ts'
import type { Objective } from './objectives.ts'
import { parseReplay, replay } from './replay.ts'
import { DAY_MINUTES, minuteOf, unseenWindow, type MinuteKind, type Run } from './window.ts'

const TARGET = 0.999
const PERIOD = 28 * DAY_MINUTES
const WARNING = { bad_at_least: 1, below: null, within_minutes: 15, calm_minutes: 30 }
const OBJECTIVE: Objective = {
  indicator: 'availability',
  window: 'P28D',
  window_minutes: PERIOD,
  target: TARGET,
  coverage: 0.9,
  good_when_at_most: null,
  minimum_events: null,
  endpoints: 'worst',
  unit: null,
  reported_by: ['operator'],
  early_warnings: [WARNING],
}
const BEGINS = 20_000 * DAY_MINUTES

const fresh = (objectives: readonly Objective[] = [OBJECTIVE], open: readonly OpenAlert[] = []): Alerts =>
  alertsOver('issue-templates', objectives, unseenWindow(RECENT_MINUTES, BEGINS), open)

/** What a row of runs tells, as "minute fired page". */
const told = (alerts: Alerts, runs: readonly (readonly [MinuteKind, number])[]): readonly string[] =>
  runs.flatMap(([kind, minutes]) => advanceAlerts(alerts, kind, minutes)).map(inShort)
const inShort = ({ type, payload }: AlertEvent): string =>
  [minuteOf(payload.at) - BEGINS, type === 'reliability.alert_fired' ? 'fired' : becauseOf(payload), payload.tier].join(' ')
const becauseOf = (payload: AlertEvent['payload']): string => ('because' in payload ? payload.because : '')

describe('one failed probe', () => {
  it('is an early warning and no page, and the warning is over when half an hour was free of it', () => {
    const alerts = fresh()
    expect(
      told(alerts, [
        ['good', 600],
        ['bad', 1],
        ['good', 5_000],
      ]),
    ).toEqual(['601 fired early-warning', '631 calm early-warning'])
    expect(alerts.windows).toBeNull()
  })

  it('is the same warning while it comes back', () => {
    const flapping = Array.from({ length: 20 }, () => [['bad', 1] as const, ['good', 29] as const]).flat()
    const warnings = told(fresh(), [['good', 4_320], ...flapping, ['good', 4_320]]).filter((one) => one.endsWith('early-warning'))
    expect(warnings).toEqual(['4321 fired early-warning', `${4_320 + 19 * 30 + 31} calm early-warning`])
  })
})

describe('an outage', () => {
  it('pages with its third failure, asks for a ticket with its fifth, and each is told once', () => {
    expect(
      told(fresh(), [
        ['good', 4_320],
        ['bad', 30],
        ['good', 10_000],
      ]),
    ).toEqual([
      '4321 fired early-warning',
      '4323 fired page',
      '4325 fired ticket',
      // The slower rule of each tier looks longest: an hour for the page, twelve for the ticket.
      '4380 calm early-warning',
      '4410 calm page',
      '5070 calm ticket',
    ])
  })

  it('carries what the windows held, and which rules were on', () => {
    const alerts = fresh()
    advanceAlerts(alerts, 'good', 4_320)
    const page = advanceAlerts(alerts, 'bad', 3).find(({ payload }) => payload.tier === 'page')
    expect(page?.payload).toEqual({
      app: 'issue-templates',
      indicator: 'availability',
      objective: { window: 'P28D', target: TARGET, good_when_at_most: null },
      tier: 'page',
      at: '2024-10-07T00:03:00.000Z',
      rules: ['page_quick', 'page_slow'],
      counts: [
        { minutes: 5, good: 2, total: 5 },
        { minutes: 60, good: 57, total: 60 },
      ],
    })
  })

  it('that goes on while we are blind is not over: only when nothing of it is left to see, and then for that reason', () => {
    expect(
      told(fresh(), [
        ['good', 600],
        ['bad', 10],
        ['unknown', 5_000],
      ]),
    ).toEqual([
      '601 fired early-warning',
      '603 fired page',
      '605 fired ticket',
      '970 not_seen page',
      '2050 not_seen early-warning',
      '4930 not_seen ticket',
    ])
  })
})

describe('our own blindness', () => {
  it('fires nothing, however long', () => {
    expect(
      told(fresh(), [
        ['good', 100],
        ['unknown', 100_000],
      ]),
    ).toEqual([])
  })

  it('fires nothing either where good minutes leave a window and failures seem to weigh more', () => {
    // A third failure is missing, and the ratio alone would cross.
    const runs = [['good', 4_000] as const, ['bad', 2] as const, ['unknown', 300] as const]
    expect(told(fresh(), runs).filter((one) => one.includes('fired') && !one.endsWith('early-warning'))).toEqual([])
  })
})

describe('rules that change', () => {
  const [open]: readonly OpenAlert[] = [
    {
      indicator: 'availability',
      tier: 'page',
      objective: { window: 'P28D', target: TARGET, good_when_at_most: null },
      at: '2024-10-04T00:00:00.000Z' as OpenAlert['at'],
    },
  ]

  it('end what they do not ask for any more, once', () => {
    const alerts = fresh([], open === undefined ? [] : [open])
    expect(told(alerts, [['good', 1]])).toEqual(['1 not_asked page'])
    expect(told(alerts, [['bad', 100]])).toEqual([])
  })

  it('do not fire again what is open under both', () => {
    const alerts = fresh()
    told(alerts, [
      ['good', 600],
      ['bad', 3],
    ])
    const under = alertsUnder(alerts, [{ ...OBJECTIVE, coverage: 0.95 }])
    expect(told(under, [['bad', 1]])).toEqual([])
    expect(told(under, [['good', 5_000]])).toEqual(['634 calm early-warning', '664 calm page'])
  })

  it('leave out tiers that a short period has no use for', () => {
    const quick = fresh([{ ...OBJECTIVE, window: 'PT20M', window_minutes: 20, early_warnings: [] }])
    expect(quick.tracked).toEqual([])
    expect(fresh([OBJECTIVE, { ...OBJECTIVE, target: 0.99 }]).tracked.map(({ tier }) => tier)).toEqual([
      'page',
      'ticket',
      'early-warning',
      'page',
      'ticket',
    ])
  })
})

describe('the newest judged minute', () => {
  it('is looked for behind those that nobody saw', () => {
    const alerts = fresh()
    expect(lastJudged(alerts)).toBeNull()
    told(alerts, [
      ['good', 5],
      ['bad', 5],
      ['unknown', 3_000],
    ])
    expect(lastJudged(alerts)).toBe('bad')
    told(alerts, [['good', 1]])
    expect(lastJudged(alerts)).toBe('good')
    told(alerts, [['unknown', RECENT_MINUTES]])
    expect(lastJudged(alerts)).toBeNull()
  })
})

const kind = fc.constantFrom<MinuteKind>('good', 'good', 'good', 'bad', 'unknown')
const length = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 900 }))
const runs: fc.Arbitrary<Run[]> = fc.array(fc.record({ kind, minutes: length }), { minLength: 1, maxLength: 25 })

describe('alerts of any history', () => {
  it('are the same by runs and by single minutes, and as a count by hand of every window in every minute', () => {
    fc.assert(
      fc.property(runs, (given) => {
        const [by_run, by_minute] = [fresh(), fresh()]
        const minutes = given.flatMap((run) => Array.from({ length: run.minutes }, () => run.kind))
        const one = given.flatMap((run) => advanceAlerts(by_run, run.kind, run.minutes))
        const other = minutes.flatMap((each) => advanceAlerts(by_minute, each, 1))
        expect(one).toEqual(other)
        expect(one.filter(({ payload }) => payload.tier !== 'early-warning').map(inShort)).toEqual(byHand(minutes))
      }),
      { numRuns: 40 },
    )
  })

  it('fire only what a replay of the same minutes calls on', () => {
    fc.assert(
      fc.property(runs, (given) => {
        const alerts = fresh()
        const fired = given
          .flatMap((run) => advanceAlerts(alerts, run.kind, run.minutes))
          .flatMap(({ type, payload }) => (type === 'reliability.alert_fired' ? [payload] : []))
        let minute = BEGINS
        const lines = given.map((run) => {
          const counts = run.kind === 'unknown' ? { unknown: true } : { good: Number(run.kind === 'good'), total: 1 }
          const line = { minute, minutes: run.minutes, ...counts }
          minute += run.minutes
          return JSON.stringify(line)
        })
        const series = parseReplay([JSON.stringify({ objective: { target: TARGET, window: 'P28D' } }), ...lines].join('\n'))
        const answers =
          fired.length === 0
            ? []
            : replay(
                series,
                fired.map(({ at }) => minuteOf(at) - 1),
              )
        for (const [place, { tier, rules }] of fired.entries()) {
          const answer = answers[place]
          if (tier === 'early-warning') expect(answer?.early_warning).toBe(true)
          else expect(answer?.alerts.filter((id) => id.startsWith(tier))).toEqual(rules)
        }
      }),
      { numRuns: 40 },
    )
  })
})

/** Pages and tickets without any running sum: each window of each minute added up anew. */
function byHand(minutes: readonly MinuteKind[]): readonly string[] {
  const sums = minutes.reduce<{ good: number; bad: number }[]>(
    (all, each) => {
      const last = all.at(-1) ?? { good: 0, bad: 0 }
      all.push({ good: last.good + Number(each === 'good'), bad: last.bad + Number(each === 'bad') })
      return all
    },
    [{ good: 0, bad: 0 }],
  )
  const open = { page: false, ticket: false }
  return minutes.flatMap((each, place) => {
    const spent = (window: number) => {
      const [to, from] = [sums[place + 1], sums[Math.max(0, place + 1 - window)]]
      const good = (to?.good ?? 0) - (from?.good ?? 0)
      return { good, total: good + (to?.bad ?? 0) - (from?.bad ?? 0) }
    }
    return (['page', 'ticket'] as const).flatMap((tier) => {
      const rules = TIERS.filter(({ severity }) => severity === tier)
      const on = rules.some((rule) => isOn(rule, spent(rule.short_minutes), spent(rule.long_minutes), TARGET, PERIOD))
      if (!open[tier]) {
        open[tier] = on && each === 'bad'
        return open[tier] ? [`${place + 1} fired ${tier}`] : []
      }
      const goes_on = rules.some((rule) => {
        const calm = spent(2 * rule.short_minutes)
        return burnsAbove(calm, rule, TARGET, PERIOD) || (calm.total === 0 && spent(rule.long_minutes).total > 0)
      })
      if (on || goes_on) return []
      open[tier] = false
      const unseen = rules.every((rule) => spent(2 * rule.short_minutes).total === 0)
      return [`${place + 1} ${unseen ? 'not_seen' : 'calm'} ${tier}`]
    })
  })
}
