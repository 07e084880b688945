import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lengthMs, minus, parseDuration, plus } from './duration.ts'
import { parseInstant } from './time.ts'

const at = parseInstant
const span = parseDuration

describe('a span', () => {
  it.each(['P28D', 'P4W', 'PT15M', 'PT0.5S', 'P1Y', 'P1M', 'P1DT12H', 'PT0S'])('%s is one', (text) => expect(span(text)).toBe(text))

  it.each([
    ['', 'time.not_a_duration'],
    ['28 days', 'time.not_a_duration'],
    ['P', 'time.not_a_duration'],
    ['PT', 'time.not_a_duration'],
    ['P28', 'time.not_a_duration'],
    ['1D', 'time.not_a_duration'],
    ['P1H', 'time.not_a_duration'],
    ['-P1D', 'time.negative_duration'],
  ])('"%s" is refused, with the place', (text, code) => {
    expect(() => span(text, 'window')).toThrow(expect.objectContaining({ code, where: 'window' }))
  })

  it('of days is counted in the calendar of its zone: one day over a clock change is 23 or 25 hours', () => {
    // Berlin goes forward on 29 March 2026 at 2:00 and back on 25 October 2026 at 3:00.
    expect(plus(at('2026-03-28T11:00:00Z'), span('P1D'), 'Europe/Berlin')).toBe('2026-03-29T10:00:00.000Z')
    expect(plus(at('2026-10-24T10:00:00Z'), span('P1D'), 'Europe/Berlin')).toBe('2026-10-25T11:00:00.000Z')
    expect(plus(at('2026-03-28T11:00:00Z'), span('P1D'))).toBe('2026-03-29T11:00:00.000Z')
  })

  it('of hours is exact, also over a clock change', () => {
    expect(plus(at('2026-03-28T11:00:00Z'), span('PT24H'), 'Europe/Berlin')).toBe('2026-03-29T11:00:00.000Z')
    expect(plus(at('2026-10-24T10:00:00Z'), span('PT24H'), 'America/New_York')).toBe('2026-10-25T10:00:00.000Z')
  })

  it('that ends in the hour that is left out ends after it', () => {
    expect(plus(at('2026-03-28T01:30:00Z'), span('P1D'), 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z')
  })

  it('of months ends on the month’s last day where the day is missing', () => {
    expect(plus(at('2026-01-31T12:00:00Z'), span('P1M'))).toBe('2026-02-28T12:00:00.000Z')
    expect(plus(at('2028-01-31T12:00:00Z'), span('P1M'))).toBe('2028-02-29T12:00:00.000Z')
    expect(plus(at('2028-02-29T12:00:00Z'), span('P1Y'))).toBe('2029-02-28T12:00:00.000Z')
    expect(minus(at('2026-03-31T12:00:00Z'), span('P1M'))).toBe('2026-02-28T12:00:00.000Z')
  })

  it('backward undoes the same span forward when it is of fixed length', () => {
    fc.assert(
      fc.property(fc.nat({ max: 10_000 }), fc.constantFrom('P28D', 'PT15M', 'P4W', 'PT1S'), (hours, text) => {
        const from = plus(at('2026-01-01'), span(`PT${hours}H`))
        expect(minus(plus(from, span(text)), span(text))).toBe(from)
      }),
    )
  })

  it('has a length in milliseconds unless it has years or months', () => {
    expect(lengthMs(span('P28D'))).toBe(28 * 86_400_000)
    expect(lengthMs(span('P4W'))).toBe(28 * 86_400_000)
    expect(lengthMs(span('P1DT1H0.25S'))).toBe(90_000_250)
    expect(lengthMs(span('PT0S'))).toBe(0)
    for (const text of ['P1M', 'P1Y'])
      expect(() => lengthMs(span(text))).toThrow(expect.objectContaining({ code: 'time.calendar_duration' }))
  })
})
