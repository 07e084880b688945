import { describe, expect, it } from 'vitest'
import { parseInstant } from '../kernel/time.ts'
import { badge } from '../badges/badge.ts'
import { ACTS } from '../enrolment/acts.ts'
import { refusalOf, type Acting } from '../enrolment/authorise.ts'
import type { Digest } from '../kernel/event.ts'
import { says } from '../kernel/says.ts'
import type { Matter } from './matters.ts'
import { nextInWords } from './pages/matter.tsx'
import { sentence } from './texts.ts'
import { methodInWords } from './method.ts'
import { egressInWords, scopeInWords } from './plain.ts'
import {
  asSentence,
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
const HASH: Digest = `sha256:${'a'.repeat(64)}`

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

  it('makes a sentence of a refusal, and leaves what is one', () => {
    expect(asSentence('you may not restore badges; a reviewer of the operator may')).toBe(
      'You may not restore badges; a reviewer of the operator may.',
    )
    expect(asSentence('Sign in first.')).toBe('Sign in first.')
  })

  it('says a state once: beside it in a shape of its own, the sentence goes on from there', () => {
    const matter = (kind: Matter['kind'], unmet: readonly string[]): Matter => ({
      app: 'a',
      programme: 'p',
      tier: 't',
      kind,
      turn: 'partner',
      due_at: null,
      what_then: null,
      unmet,
      unknown: [],
      agreed: 1,
      reviewers: 2,
    })
    expect(nextInWords(matter('cure', ['one', 'two']))).toBe('At risk: 2 requirements not met.')
    expect(nextInWords(matter('cure', ['one', 'two']), true)).toBe('2 requirements not met.')
    expect(nextInWords(matter('cure', []), true)).toBe('Everything is met again.')
    expect(nextInWords(matter('restore_blocked', ['one']), true)).toBe('In the way of restoring: 1 requirement not met.')
    expect(nextInWords(matter('restore_open', []), true)).toBe('Everything is met again. 1 of 2 reviewers agreed to give it back.')
    expect(nextInWords(matter('restore_open', []))).toMatch(/^Suspended, and everything is met again/)
  })

  it('writes spans and ids of a verdict as people say them', () => {
    expect(sentence(says('standing.slo_filling', { window: 'P28D', days: 27 }))).toBe(
      'The window of 28 days is still filling: about 27 more days of samples are needed.',
    )
    expect(sentence(says('standing.slo_nothing', { indicator: 'admin-largest-contentful-paint' }))).toBe(
      'No counts of admin largest contentful paint have come in yet.',
    )
    // What a stranger wrote is no span and no id of ours, and stays as it is.
    expect(sentence(says('standing.slo_nothing', { indicator: 'P' }))).toContain('counts of P have')
  })

  it('refuses by who may instead, and by the titles of what is in the way', () => {
    const who: Acting = {
      kind: 'person',
      person: 'per_1',
      session: 'ses_1',
      memberships: [{ organisation: 'org', kind: 'partner', role: 'partner-admin' }],
    }
    expect(refusalOf(who, 'restore-badge')?.message).toBe('you may not restore badges; an administrator or a reviewer of the operator may')
    for (const act of Object.keys(ACTS) as (keyof typeof ACTS)[]) {
      expect(refusalOf(who, act, { organisation: 'org' })?.message ?? '').not.toMatch(/(operator|partner)-(admin|reviewer|viewer|member)/)
    }
    const ground = {
      standing_hash: HASH,
      standing_now: HASH,
      blocking: ['care.backups', 'care.gone'],
      involved: false,
      open: true,
    } as const
    const command = { app: 'a', programme: 'p', tier: 't', act: 'restore', person: 'per_1', reviewers: 1 } as const
    const suspended = { ...badge.initial, word: 'suspended' } as const
    const refused = (word: 'suspended' | 'none') => () =>
      badge.decide({ ...command, ground: { ...ground, titles: { 'care.backups': 'Keeps backups' } } }, { ...suspended, word }, NOW)
    expect(refused('suspended')).toThrow('not met, or not known to be met: “Keeps backups”, care.gone')
    expect(refused('none')).toThrow('a badge that is not there cannot be restored; it can be granted')
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
