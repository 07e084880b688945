import fc from 'fast-check'
import { expect, it } from 'vitest'
import { idFrom } from './id.ts'

const chance = fc.uint8Array({ minLength: 10, maxLength: 10 })

it('has a prefix, ten characters of time and sixteen of chance', () => {
  expect(idFrom('app', 0, new Uint8Array(10))).toBe('app_00000000000000000000000000')
  expect(idFrom('app', 31, new Uint8Array(10).fill(255))).toBe('app_000000000zzzzzzzzzzzzzzzzz')
  expect(idFrom('app', 32, new Uint8Array(10))).toMatch(/^app_0000000010/)
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 48 - 1 }), chance, (at, bytes) => {
      expect(idFrom('person', at, bytes)).toMatch(/^person_[0-9a-hjkmnp-tv-z]{26}$/)
    }),
  )
})

it('sorts by age, whatever the chance', () => {
  const moment = fc.nat({ max: 2 ** 48 - 1 })
  fc.assert(
    fc.property(moment, moment, chance, chance, (a, b, one, other) => {
      fc.pre(a < b)
      expect(idFrom('x', a, one) < idFrom('x', b, other)).toBe(true)
    }),
  )
})

it('loses nothing of the chance: other bytes make another id', () => {
  fc.assert(
    fc.property(chance, chance, (one, other) => {
      fc.pre(one.some((byte, place) => byte !== other[place]))
      expect(idFrom('x', 0, one)).not.toBe(idFrom('x', 0, other))
    }),
  )
})

it('refuses to be made from too little chance', () => {
  expect(() => idFrom('x', 0, new Uint8Array(9))).toThrow('ten bytes')
})
