import { Temporal } from 'temporal-polyfill'
import { describe, expect, it } from 'vitest'
import { lastMomentAfter, lastWeekOf, type BusinessCalendar } from './calendar.ts'
import { parseInstant } from './time.ts'

const WEEK: BusinessCalendar = { id: 'week', version: '1', weekdays: [1, 2, 3, 4, 5], holidays: [] }
const ends = (start: string, allowance: string, zone = 'UTC', calendar = WEEK): string =>
  lastMomentAfter(parseInstant(start), Temporal.Duration.from(allowance), zone, calendar)

// 23 November 2026 is a Monday.
describe('an allowance of working time', () => {
  it.each([
    ['inside one working day', '2026-11-23T09:00:00Z', 'PT8H', '2026-11-23T17:00:00.000Z'],
    ['to the next working day', '2026-11-23T09:00:00Z', 'PT24H', '2026-11-24T09:00:00.000Z'],
    ['from Friday over the weekend', '2026-11-27T09:00:00Z', 'PT24H', '2026-11-30T09:00:00.000Z'],
    ['that is used up in the last millisecond of Friday ends then', '2026-11-27T09:00:00Z', 'PT15H', '2026-11-28T00:00:00.000Z'],
    ['a millisecond longer ends on Monday', '2026-11-27T09:00:00Z', 'PT15H0.001S', '2026-11-30T00:00:00.001Z'],
    ['that starts on Saturday starts on Monday', '2026-11-28T13:00:00Z', 'PT24H', '2026-12-01T00:00:00.000Z'],
    ['that starts in Sunday’s last millisecond', '2026-11-29T23:59:59.999Z', 'PT1H', '2026-11-30T01:00:00.000Z'],
    ['of days: ten working days are two weeks', '2026-11-23T09:00:00Z', 'P10D', '2026-12-07T09:00:00.000Z'],
    ['of weeks: seven days each, all of them worked', '2026-11-23T00:00:00Z', 'P1W', '2026-12-02T00:00:00.000Z'],
    ['of nothing ends at once', '2026-11-23T09:00:00Z', 'PT0S', '2026-11-23T09:00:00.000Z'],
    ['of nothing on a weekend ends when work begins', '2026-11-28T09:00:00Z', 'PT0S', '2026-11-30T00:00:00.000Z'],
  ])('%s', (_, start, allowance, end) => expect(ends(start, allowance)).toBe(end))

  it('stands still on holidays, also on several in a row', () => {
    const holidays = { ...WEEK, holidays: ['2026-12-24', '2026-12-25', '2027-01-01'] }
    expect(ends('2026-12-23T12:00:00Z', 'PT24H', 'UTC', holidays)).toBe('2026-12-28T12:00:00.000Z')
    expect(ends('2026-12-31T12:00:00Z', 'PT12H0.001S', 'UTC', holidays)).toBe('2027-01-04T00:00:00.001Z')
  })

  it('knows working days by the partner’s own zone', () => {
    // Sunday evening in UTC is Monday morning in Auckland, and Friday evening is Saturday.
    expect(ends('2026-11-22T20:00:00Z', 'PT1H', 'Pacific/Auckland')).toBe('2026-11-22T21:00:00.000Z')
    expect(ends('2026-11-27T20:00:00Z', 'PT1H', 'Pacific/Auckland')).toBe('2026-11-29T12:00:00.000Z')
    // Other weeks: Sunday to Thursday.
    const sundays = { ...WEEK, weekdays: [7, 1, 2, 3, 4] }
    expect(ends('2026-11-26T12:00:00Z', 'P1D', 'UTC', sundays)).toBe('2026-11-29T12:00:00.000Z')
  })

  it('goes over a clock change: the day that lost an hour gives an hour less', () => {
    const all = { ...WEEK, weekdays: [1, 2, 3, 4, 5, 6, 7] }
    // Berlin: Sunday 29 March 2026 has 23 hours, Sunday 25 October 25.
    expect(ends('2026-03-28T23:00:00Z', 'PT24H', 'Europe/Berlin', all)).toBe('2026-03-29T23:00:00.000Z')
    expect(ends('2026-10-24T22:00:00Z', 'PT25H', 'Europe/Berlin', all)).toBe('2026-10-25T23:00:00.000Z')
    // On a working week both lie on a Sunday and are skipped whole.
    expect(ends('2026-03-27T17:00:00Z', 'PT12H', 'Europe/Berlin')).toBe('2026-03-30T04:00:00.000Z')
    expect(ends('2026-10-23T17:00:00Z', 'PT12H', 'Europe/Berlin')).toBe('2026-10-26T06:00:00.000Z')
  })

  it('starts at the first moment that a day has where midnight is left out', () => {
    // Santiago skips midnight of Sunday 6 September 2026: the day starts at 1:00.
    const sundays = { ...WEEK, weekdays: [7] }
    expect(ends('2026-09-05T12:00:00Z', 'PT1H', 'America/Santiago', sundays)).toBe('2026-09-06T05:00:00.000Z')
  })

  it('refuses a calendar without a working day, which would never end', () => {
    expect(() => ends('2026-11-23T09:00:00Z', 'PT1H', 'UTC', { ...WEEK, weekdays: [] })).toThrow('no working day')
  })
})

describe('the last week of a month', () => {
  it.each([
    [2026, 1, '2026-01-25', '2026-01-31'],
    [2026, 2, '2026-02-22', '2026-02-28'],
    [2028, 2, '2028-02-23', '2028-02-29'],
    [2100, 2, '2100-02-22', '2100-02-28'],
    [2026, 4, '2026-04-24', '2026-04-30'],
    [2026, 12, '2026-12-25', '2026-12-31'],
  ])('of %d-%d runs from %s to %s', (year, month, from, to) => expect(lastWeekOf(year, month)).toEqual({ from, to }))

  it('is always seven days', () => {
    for (let month = 1; month <= 12; month++) {
      const { from, to } = lastWeekOf(2027, month)
      expect(Temporal.PlainDate.from(from).until(Temporal.PlainDate.from(to)).days).toBe(6)
    }
  })
})
