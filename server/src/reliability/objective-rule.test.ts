import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { badAllowed, neededSamples, stateOf } from './objective-rule.ts'

const asked = { target: 0.999, coverage: 0.9, minimum_events: null }
const WINDOW = 40_320

describe('the rule of an objective', () => {
  it.each([
    ['nothing seen', 0, 0, 'unknown'],
    ['all seen, all good', WINDOW, 0, 'held'],
    ['40 bad of 40,320', WINDOW, 40, 'held'],
    ['41 bad of 40,320', WINDOW, 41, 'lost'],
    ['41 bad and nothing else seen: no minute could save it', 41, 41, 'lost'],
    ['40 bad and nothing else seen', 40, 40, 'unknown'],
    ['two days not seen, 37 bad of 37,440', 37_440, 37, 'held'],
    ['two days not seen, 38 bad: below target, yet the gap may be why', 37_440, 38, 'unknown'],
    ['two days not seen, 40 bad of 37,440 is not held', 37_440, 40, 'unknown'],
    ['two days not seen, 41 bad', 37_440, 41, 'lost'],
    ['one sample below the stated coverage', 36_287, 0, 'unknown'],
    ['exactly the stated coverage', 36_288, 0, 'held'],
  ] as const)('%s', (_, total, bad, state) => {
    expect(stateOf({ good: total - bad, total, expected: WINDOW }, asked)).toBe(state)
  })

  it.each([
    ['below the minimum', 99, 99, 'unknown'],
    ['at the minimum, within', 100, 1, 'held'],
    ['at the minimum, beyond', 100, 2, 'lost'],
    ['none at all', 0, 0, 'unknown'],
  ] as const)('of events, %s', (_, total, bad, state) => {
    expect(stateOf({ good: total - bad, total, expected: null }, { target: 0.99, coverage: 0, minimum_events: 100 })).toBe(state)
  })

  it('never holds on no data, not even with no coverage asked', () => {
    expect(stateOf({ good: 0, total: 0, expected: null }, { target: 0.5, coverage: 0, minimum_events: null })).toBe('unknown')
  })

  it('computes the allowance like whole-number arithmetic does, for any decimal target', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e12 }), fc.integer({ min: 1, max: 1_000_000 }), (samples, millionths) => {
        const exact = (BigInt(samples) * BigInt(1_000_000 - millionths)) / 1_000_000n
        expect(badAllowed(samples, millionths / 1_000_000)).toBe(Number(exact))
      }),
      { numRuns: 1_000 },
    )
  })

  it.each([
    [40_320, 0.999, 40],
    [1_000, 0.999, 1],
    [999, 0.999, 0],
    [10_000, 0.9995, 5],
    [100, 0.71, 29],
    [WINDOW, 1, 0],
  ])('allows of %i at %f: %i', (samples, target, allowed) => expect(badAllowed(samples, target)).toBe(allowed))

  it('never lets a gap in the watch cost anything: fewer good samples lose nothing', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(WINDOW - 200), fc.nat(WINDOW), (bad, good, gap) => {
        const seen = stateOf({ good, total: good + bad, expected: WINDOW }, asked)
        const left = Math.max(0, good - gap)
        const gapped = stateOf({ good: left, total: left + bad, expected: WINDOW }, asked)
        if (seen !== 'lost') expect(gapped).not.toBe('lost')
        if (seen === 'unknown') expect(gapped).toBe('unknown')
      }),
    )
  })

  it('asks for at least one sample', () => {
    expect(neededSamples(WINDOW, { target: 0.9, coverage: 0, minimum_events: null })).toBe(1)
    expect(neededSamples(WINDOW, { target: 0.9, coverage: 0.95, minimum_events: null })).toBe(38_304)
  })
})
