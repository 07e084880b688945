import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { percentOf } from './share.ts'

describe('a share in per cent', () => {
  it.each([
    [998_999, 1_000_000, 1, '99.8'],
    [998_999, 1_000_000, 2, '99.89'],
    [40_280, 40_320, 2, '99.90'],
    [40_279, 40_320, 2, '99.89'],
    [40_319, 40_320, 2, '99.99'],
    [40_320, 40_320, 2, '100.00'],
    [0, 40_320, 2, '0.00'],
    [1, 40_320, 3, '0.002'],
    [2, 3, 0, '66'],
  ])('%i of %i with %i decimals is %s', (good, total, decimals, text) => expect(percentOf(good, total, decimals)).toBe(text))

  it('is nothing where nothing was judged', () => expect(percentOf(0, 0)).toBeNull())

  it('is never more than it is, and 100 only when all was good', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000_000 }), fc.nat(2_000_000), fc.nat(5), (total, bad, decimals) => {
        const good = Math.max(0, total - bad)
        const text = percentOf(good, total, decimals) ?? ''
        const scaled = BigInt(text.replace('.', ''))
        expect(scaled * BigInt(total) <= BigInt(good) * 100n * 10n ** BigInt(decimals)).toBe(true)
        expect(text.startsWith('100')).toBe(good === total)
      }),
    )
  })
})
