import { describe, expect, it } from 'vitest'
import { MASS_FAILING_AT_LEAST, massOf, tallied, type Tally } from './mass-failure.ts'
import type { MinuteKind } from './window.ts'

describe('a minute in which many fail', () => {
  it.each([
    [MASS_FAILING_AT_LEAST, MASS_FAILING_AT_LEAST - 1, 'mass'],
    [MASS_FAILING_AT_LEAST, MASS_FAILING_AT_LEAST, 'apart'],
    [MASS_FAILING_AT_LEAST - 1, 0, 'apart'],
    [MASS_FAILING_AT_LEAST, 0, 'mass'],
    [501, 500, 'mass'],
    [500, 500, 'apart'],
    [0, 0, 'apart'],
  ] as const)('with %i failing and %i well is %s', (failing, well, is) => {
    expect(massOf({ failing, well, out: 0 }, false)).toBe(is)
    expect(massOf({ failing, well, out: 0 }, true)).toBe(is)
  })

  it.each([
    [1, 0, 99, 'open'],
    [1, 49, 50, 'open'],
    [1, 50, 49, 'apart'],
    [50, 0, 50, 'open'],
    [51, 0, 49, 'mass'],
    [1, 0, 8, 'apart'],
    [1, 0, 9, 'open'],
  ] as const)('with %i failing, %i well and %i still out is %s, and is decided when the minute is over', (failing, well, out, is) => {
    expect(massOf({ failing, well, out }, false)).toBe(is)
    expect(massOf({ failing, well, out }, true)).not.toBe('open')
  })

  it('leaves out who was failing before, who was not asked and who could not be judged', () => {
    const kinds = new Map<string, MinuteKind>([
      ['a', 'bad'],
      ['b', 'good'],
      ['c', 'unknown'],
      ['down-for-long', 'bad'],
    ])
    const tally: Tally = { minute: 1, standing: new Set(['a', 'b', 'c', 'd', 'e']), kinds }
    expect(tallied(tally)).toEqual({ failing: 1, well: 1, out: 2 })
  })
})
