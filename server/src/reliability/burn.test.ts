import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { burnRate, crosses, EARLY_WARNING, factorOf, isOn, TIERS, warns, type Tier } from './burn.ts'
import { badAllowed } from './objective-rule.ts'

const PERIOD = 28 * 1_440
const tier = (id: string): Tier => {
  const found = TIERS.find((one) => one.id === id)
  if (found === undefined) throw new Error(id)
  return found
}
const spent = (total: number, bad: number) => ({ good: total - bad, total })

describe('a burn rate', () => {
  it.each([
    [1_000, 1, 0.999, 1],
    [1_000, 1_000, 0.999, 1_000],
    [10, 1, 0.999, 100],
    [100, 0, 0.999, 0],
    [100, 5, 0.95, 1],
  ])('of %i samples with %i bad at %f is %f', (total, bad, target, rate) =>
    expect(burnRate(spent(total, bad), target)).toBeCloseTo(rate, 9),
  )

  it('is nothing where nothing was judged, and without a budget', () => {
    expect(burnRate(spent(0, 0), 0.999)).toBeNull()
    expect(burnRate(spent(10, 1), 1)).toBeNull()
  })
})

describe('tiers over 28 days', () => {
  it.each([
    ['page_quick', 13.44],
    ['page_slow', 5.6],
    ['ticket_quick', 2.8],
    ['ticket_slow', 28 / 30],
  ])('%s burns above %f', (id, factor) => expect(factorOf(tier(id), PERIOD)).toBeCloseTo(factor, 9))

  /** The smallest number of failed probes, one a minute and all at the end, that crosses a tier. */
  const fewest = (of: Tier, test: typeof crosses): number => {
    for (let bad = 1; ; bad++)
      if (test(of, spent(of.short_minutes, Math.min(bad, of.short_minutes)), spent(of.long_minutes, bad), 0.999, PERIOD)) return bad
  }
  it.each([
    ['page_quick', 1, 3],
    ['page_slow', 3, 3],
    ['ticket_quick', 5, 5],
    ['ticket_slow', 5, 5],
  ])('%s is crossed by %i failed probes, and on from %i', (id, raw, on) => {
    expect(fewest(tier(id), crosses)).toBe(raw)
    expect(fewest(tier(id), isOn)).toBe(on)
  })

  it('is off when the short window is clean again, and when nothing was judged in it', () => {
    expect(isOn(tier('page_quick'), spent(5, 0), spent(60, 30), 0.999, PERIOD)).toBe(false)
    expect(isOn(tier('page_quick'), spent(0, 0), spent(60, 30), 0.999, PERIOD)).toBe(false)
  })

  it('compares in whole numbers: exactly the rate is not above it', () => {
    // 1.344 % of 62,500 is 840.
    const exact: Tier = { ...tier('page_quick'), bad_at_least: 0 }
    expect(crosses(exact, spent(62_500, 840), spent(62_500, 840), 0.999, PERIOD)).toBe(false)
    expect(crosses(exact, spent(62_500, 841), spent(62_500, 841), 0.999, PERIOD)).toBe(true)
  })

  it('can never be on where its rate is more than everything', () => {
    expect(crosses(tier('page_quick'), spent(5, 5), spent(60, 60), 0.9, PERIOD)).toBe(false)
  })
})

describe('an early warning', () => {
  it('comes with the first failed probe in fifteen minutes', () => {
    expect(warns(EARLY_WARNING, spent(15, 1))).toBe(true)
    expect(warns(EARLY_WARNING, spent(15, 0))).toBe(false)
    expect(warns(EARLY_WARNING, spent(0, 0))).toBe(false)
  })
  it('or below a share', () => {
    const below = { bad_at_least: null, below: 0.999, within_minutes: 1_440 }
    expect(warns(below, spent(1_000, 1))).toBe(false)
    expect(warns(below, spent(1_000, 2))).toBe(true)
  })
})

const fixtures = process.env['CASTELLAN_FIXTURES']
const vectors = fixtures === undefined ? null : join(fixtures, 'vectors')
if (vectors === null || !existsSync(vectors))
  process.stdout.write('SKIPPED: published figures of burn rates; set CASTELLAN_FIXTURES to a folder that holds vectors/\n')

describe.skipIf(vectors === null || !existsSync(vectors))('published figures', () => {
  const file = <Content>(name: string): Content => JSON.parse(readFileSync(join(vectors ?? '', name), 'utf8')) as Content

  it('minimum failures of each tier', () => {
    type Case = {
      readonly tier: string
      readonly short: readonly [number, number]
      readonly long: readonly [number, number]
      readonly factor: number
      readonly min_failures: number
    }
    for (const one of file<{ readonly cases: readonly Case[] }>('minimum_failures_per_tier.json').cases) {
      const of = tier(one.tier)
      expect([of.short_minutes, of.long_minutes]).toEqual([one.short[0], one.long[0]])
      expect(factorOf(of, PERIOD)).toBeCloseTo(one.factor, 9)
      const on = (bad: number): boolean =>
        crosses(of, spent(of.short_minutes, Math.min(bad, of.short_minutes)), spent(of.long_minutes, bad), 0.999, PERIOD)
      expect([on(one.min_failures - 1), on(one.min_failures)]).toEqual([false, true])
    }
  })

  it('windows and factors of Sloth for 28 and 30 days', () => {
    type Case = { readonly period: string; readonly tiers: { readonly [id: string]: readonly [string, string, number] } }
    const minutes = (written: string): number => Number.parseInt(written, 10) * { m: 1, h: 60, d: 1_440 }[written.at(-1) as 'm' | 'h' | 'd']
    for (const { period, tiers } of file<{ readonly cases: readonly Case[] }>('sloth_windows_golden.json').cases) {
      for (const [id, [short, long, factor]] of Object.entries(tiers)) {
        expect([tier(id).short_minutes, tier(id).long_minutes]).toEqual([minutes(short), minutes(long)])
        expect(factorOf(tier(id), minutes(period))).toBeCloseTo(factor, 9)
      }
    }
  })

  it('arithmetic of the SRE workbook', () => {
    type Book = {
      readonly time_to_exhaustion: readonly {
        readonly slo: number
        readonly period_days: number
        readonly error_ratio: number
        readonly exhaustion_minutes: number
      }[]
      readonly burn_rate_for_budget: readonly {
        readonly period_days: number
        readonly budget_fraction: number
        readonly window_hours: number
        readonly burn_rate: number
      }[]
      readonly low_traffic: readonly {
        readonly slo: number
        readonly requests_per_hour: number
        readonly failed: number
        readonly burn_rate_1h: number
      }[]
    }
    const book = file<Book>('sre_workbook_ch5.json')
    for (const one of book.time_to_exhaustion) {
      const rate = burnRate(spent(1_000_000, one.error_ratio * 1_000_000), one.slo) ?? 0
      expect((one.period_days * 1_440) / rate).toBeCloseTo(one.exhaustion_minutes, 6)
    }
    for (const one of book.burn_rate_for_budget)
      expect(factorOf({ budget: one.budget_fraction, long_minutes: one.window_hours * 60 }, one.period_days * 1_440)).toBeCloseTo(
        one.burn_rate,
        9,
      )
    for (const one of book.low_traffic) expect(burnRate(spent(one.requests_per_hour, one.failed), one.slo)).toBeCloseTo(one.burn_rate_1h, 9)
  })

  it('bad slices that exhaust a budget', () => {
    type Case = {
      readonly method: string
      readonly objective: number
      readonly slices?: number
      readonly bad_slices_to_exhaust?: number
      readonly bad_minutes_allowed?: number
    }
    for (const { slices, objective, bad_slices_to_exhaust, bad_minutes_allowed } of file<{ readonly cases: readonly Case[] }>(
      'openslo_budgeting.json',
    ).cases) {
      if (slices === undefined) continue
      expect(badAllowed(slices, objective)).toBe(bad_slices_to_exhaust ?? Math.floor(bad_minutes_allowed ?? 0))
    }
  })
})
