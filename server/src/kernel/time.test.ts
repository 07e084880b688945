import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { after, between, dayOf, earlier, instant, later, ms, parseInstant, startOf, type Day } from './time.ts'

describe('an instant', () => {
  it.each([
    ['2026-11-23T09:30:00Z', '2026-11-23T09:30:00.000Z'],
    ['2026-11-23T09:30Z', '2026-11-23T09:30:00.000Z'],
    ['2026-11-23T09:30:00.5Z', '2026-11-23T09:30:00.500Z'],
    // What lies below a millisecond is cut off, not rounded into the future.
    ['2026-11-23T09:30:00.999999999Z', '2026-11-23T09:30:00.999Z'],
    ['2026-11-23T09:30:00+02:00', '2026-11-23T07:30:00.000Z'],
    ['2026-11-23T23:30:00-05:30', '2026-11-24T05:00:00.000Z'],
    ['2026-11-23', '2026-11-23T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ])('is read from %s', (text, read) => expect(parseInstant(text)).toBe(read))

  it.each([
    '',
    'now',
    '1790000000',
    '2026-11-23T09:30:00',
    '2026-11-23 09:30:00Z',
    '2026-11-23T09Z',
    '2026-13-01',
    '2026-02-29',
    '2026-02-30T00:00:00Z',
    '2026-04-31',
    '2026-11-23T24:30:00Z',
    '2026-11-23T09:60:00Z',
    '23.11.2026',
    '2026-11-23T09:30:00Z junk',
    '+012026-11-23T09:30:00Z',
  ])('is refused from "%s", with the place', (text) => {
    expect(() => parseInstant(text, 'since')).toThrow(expect.objectContaining({ code: 'time.not_an_instant', where: 'since' }))
  })

  it('is ordered as text as it is in time', () => {
    const moment = fc.integer({ min: Date.parse('0001-01-01T00:00:00Z'), max: Date.parse('9999-12-31T23:59:59.999Z') })
    fc.assert(
      fc.property(moment, moment, (a, b) => {
        expect(instant(a) < instant(b)).toBe(a < b)
        expect(ms(instant(a))).toBe(a)
        expect(between(instant(a), instant(b))).toBe(b - a)
        expect(later(instant(a), instant(b))).toBe(instant(Math.max(a, b)))
        expect(earlier(instant(a), instant(b))).toBe(instant(Math.min(a, b)))
      }),
    )
  })

  it('has no form beyond the years 0 to 9999, where text order would end', () => {
    expect(() => instant(Date.parse('9999-12-31T23:59:59.999Z') + 1)).toThrow(RangeError)
    expect(() => instant(Date.parse('0000-01-01T00:00:00Z') - 1)).toThrow(RangeError)
    expect(() => instant(Number.NaN)).toThrow(RangeError)
  })

  it('lies in a UTC day that starts at midnight', () => {
    expect(dayOf(parseInstant('2026-11-23T23:59:59.999Z'))).toBe('2026-11-23')
    expect(dayOf(after(parseInstant('2026-11-23T23:59:59.999Z'), 1))).toBe('2026-11-24')
    expect(startOf('2026-11-23' as Day)).toBe('2026-11-23T00:00:00.000Z')
  })
})
