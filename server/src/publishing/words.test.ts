import { describe, expect, it } from 'vitest'
import { parseInstant } from '../kernel/time.ts'
import { methodInWords } from './method.ts'
import { egressInWords, scopeInWords } from './plain.ts'
import {
  counted,
  dayInWords,
  distanceInWords,
  durationInWords,
  grouped,
  listInWords,
  momentInWords,
  percentOf,
  shortened,
} from './words.ts'

const NOW = parseInstant('2026-11-24T20:10:30Z')

describe('what pages put in words', () => {
  it.each([
    ['2026-11-26T20:10:30Z', 'in 2 days'],
    ['2026-11-26T20:10:29Z', 'in 47 hours'],
    ['2026-11-24T22:10:29Z', 'in 119 minutes'],
    ['2026-11-24T20:11:29Z', 'now'],
    ['2026-11-24T20:11:30Z', 'in 1 minute'],
    ['2026-11-24T17:10:30Z', '3 hours ago'],
  ])('counts time that is left to %s downwards: %s', (at, words) => {
    expect(distanceInWords(NOW, parseInstant(at))).toBe(words)
  })

  it.each([
    [99_996, 100_000, 2, '99.99 %'],
    [99_999, 100_000, 2, '99.99 %'],
    [100_000, 100_000, 2, '100 %'],
    [0, 0, 2, 'no figure'],
    [0, 10, 2, '0.00 %'],
    [40_279, 40_320, 3, '99.898 %'],
  ])('cuts a share of %i in %i and never rounds it up', (good, total, places, words) => {
    expect(percentOf(good, total, places)).toBe(words)
  })

  it('writes days, moments, numbers and spans', () => {
    expect(dayInWords('2026-01-05')).toBe('5 Jan 2026')
    expect(momentInWords(NOW)).toBe('24 Nov 2026, 20:10 UTC')
    expect(grouped(40_320)).toBe('40,320')
    expect(grouped(999)).toBe('999')
    expect([durationInWords('P28D'), durationInWords('PT24H'), durationInWords('P1Y6M'), durationInWords('P4W')]).toEqual([
      '28 days',
      '24 hours',
      '1 year 6 months',
      '4 weeks',
    ])
    expect(counted(1, 'delivery', 'deliveries')).toBe('1 delivery')
    expect([listInWords([]), listInWords(['a']), listInWords(['a', 'b', 'c'])]).toEqual(['', 'a', 'a, b and c'])
  })

  it('cuts names between characters as people count them', () => {
    expect(shortened('👩‍👩‍👧‍👦'.repeat(5), 3)).toBe(`${'👩‍👩‍👧‍👦'.repeat(2)}…`)
    expect(shortened('Lighthouse')).toBe('Lighthouse')
  })

  it.each([
    ['read:jira-work', 'Read work in Jira'],
    ['manage:jira-configuration', 'Administer configuration in Jira'],
    ['write:deployment-info:jira', 'Create and change deployment info in Jira'],
    ['storage:app', 'Keep data of its own in the platform’s storage'],
    ['ACT_AS_USER', 'Act in the name of a person who is not there'],
    ['constructor', null],
    ['read:<b>', null],
    ['', null],
  ])('says what the scope "%s" allows, or nothing', (scope, words) => {
    expect(scopeInWords(scope)).toBe(words)
  })

  it('says what an address is for, also when it does not know', () => {
    expect(egressInWords('fetch.client')).toBe('Its pages in the browser call')
    expect(egressInWords('images')).toBe('Its pages load pictures from')
    expect(egressInWords('__proto__')).toBe('It may reach')
  })

  it('says how each kind of rule is judged', () => {
    expect(methodInWords({ slo: { indicator: 'availability', target: 0.999, window: 'P28D', coverage: 0.95 } })).toEqual([
      'Availability is good in 99.9 % of what was judged over 28 days, with at least 95 % of it seen.',
    ])
    expect(
      methodInWords({ all_of: [{ check: 'hsts-enabled', fresh_for: 'P8D' }, { clocks: { policy: 'fix', overdue_at_most: 0 } }] }),
    ).toEqual([
      'The check “hsts-enabled” passes, looked at within the last 8 days.',
      'At most 0 deadlines of the policy “fix” are overdue.',
    ])
  })
})
