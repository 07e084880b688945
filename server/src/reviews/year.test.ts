import { describe, expect, it } from 'vitest'
import type { Instant } from '../kernel/time.ts'
import { reviewAfter } from './year.ts'

const at = (text: string): Instant => text as Instant
const NOTICE = { notice: 'P2W' }
const first = (approved: string, now: string, zone = 'UTC') => reviewAfter(at(approved), at(now), NOTICE, zone)

describe('the annual review', () => {
  it.each([
    ['March', '2025-03-07T10:00:00.000Z', '2026-03-11T00:00:00.000Z', '2026-03-25T00:00:00.000Z', '2026-04-01T00:00:00.000Z'],
    ['February', '2025-02-01T00:00:00.000Z', '2026-02-08T00:00:00.000Z', '2026-02-22T00:00:00.000Z', '2026-03-01T00:00:00.000Z'],
    ['December', '2025-12-31T23:59:59.999Z', '2026-12-11T00:00:00.000Z', '2026-12-25T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
  ])(
    'of a badge first approved in %s is in the last seven days of that month, told two weeks ahead',
    (_, approved, announce_at, opens_at, due_at) => {
      expect(first(approved, approved)).toEqual({ year: Number(opens_at.slice(0, 4)), announce_at, opens_at, due_at })
    },
  )

  it('has its last week in a leap year up to the 29th', () => {
    expect(first('2027-02-03T00:00:00.000Z', '2027-02-03T00:00:00.000Z')).toMatchObject({
      opens_at: '2028-02-23T00:00:00.000Z',
      due_at: '2028-03-01T00:00:00.000Z',
    })
  })

  it('is counted by the programme’s calendar: what is still March there is March', () => {
    const days = first('2025-04-01T05:00:00.000Z', '2025-04-02T00:00:00.000Z', 'America/Los_Angeles')
    // 1 April, 05:00 UTC is the evening of 31 March in Los Angeles; midnight there is 07:00 UTC in summer time.
    expect(days).toMatchObject({ opens_at: '2026-03-25T07:00:00.000Z', due_at: '2026-04-01T07:00:00.000Z' })
    // Summer time begins between notice and review: two weeks are two weeks of the wall's clock.
    expect(days.announce_at).toBe('2026-03-11T07:00:00.000Z')
  })

  it.each([
    ['before its last moment', '2026-03-31T23:59:59.999Z', 2026],
    ['at its last moment', '2026-04-01T00:00:00.000Z', 2027],
    ['years later', '2030-01-05T00:00:00.000Z', 2030],
  ])('asked for %s, is the first that still ends', (_, now, year) => {
    expect(first('2025-03-07T10:00:00.000Z', now).year).toBe(year)
  })
})
