import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { catalogueWith, checked, counted, ENFORCEMENT, factsWith, metWhen, NOON, noonPlus, requirement } from '../../test/standing.ts'
import { plus, type Duration } from '../kernel/duration.ts'
import { render } from '../kernel/says.ts'
import { DAY_MS, ms, parseInstant, type Instant } from '../kernel/time.ts'
import type { MetWhen, RequirementInForce } from '../programmes/schema.ts'
import { MESSAGES as SCANNING } from '../scanning/messages.ts'
import { policyOfKind } from '../programmes/policies.ts'
import type { Facts } from './facts.ts'
import { judge } from './judge.ts'
import { MESSAGES } from './messages.ts'
import { momentAfter, spanOf } from './span.ts'
import type { Verdict } from './verdict.ts'

/** The one verdict on a requirement. */
function judged(asked: RequirementInForce, facts: Facts, now: Instant = NOON, previous: readonly Verdict[] = []): Verdict {
  const [only] = judge(catalogueWith([asked]), facts, now, previous)
  if (only === undefined) throw new Error('no verdict')
  return only
}
const short = ({ verdict, reason, blind }: Verdict) => [verdict, reason, blind]
const told = (verdict: Verdict) => render(verdict.says, { ...SCANNING, ...MESSAGES })

const check = metWhen({ check: 'hsts', fresh_for: 'P7D' })
const DAY = DAY_MS

describe('by the date', () => {
  const seen = factsWith({ checks: checked('one', 'fail') })

  it.each([
    ['a millisecond before its day', '2026-12-01', parseInstant('2026-11-30T23:59:59.999Z'), 'upcoming'],
    ['on its day', '2026-12-01', parseInstant('2026-12-01'), 'unmet'],
  ])('a rule counts from its day on: %s', (_, since, now, word) => {
    expect(judged(requirement('one', { since }), seen, now).verdict).toBe(word)
  })

  it('a coming rule says its day and has it as deadline', () => {
    expect(judged(requirement('one', { since: '2026-12-01' }), seen)).toMatchObject({
      verdict: 'upcoming',
      due_at: parseInstant('2026-12-01'),
    })
  })

  it.each([
    ['before', parseInstant('2026-11-30T23:59:59.999Z'), 'unmet'],
    ['on', parseInstant('2026-12-01'), 'retired'],
  ])('a rule ends with its last day: %s', (_, now, word) => {
    expect(judged(requirement('one', { retired: '2026-12-01' }), seen, now).verdict).toBe(word)
  })

  it('a day begins where the programme is at home', () => {
    const catalogue = catalogueWith([requirement('one', { since: '2026-12-01' })])
    const at_home = { ...catalogue, programme: { ...catalogue.programme, zone: 'Australia/Sydney' } }
    const words = ['2026-11-30T12:59:59.999Z', '2026-11-30T13:00:00.000Z'].map((now) => judge(at_home, seen, now as Instant)[0]?.verdict)
    expect(words).toEqual(['upcoming', 'unmet'])
  })

  it.each([
    [{ platforms: ['forge' as const] }, 'not_applicable'],
    [{ platforms: ['forge' as const, 'connect' as const] }, 'unmet'],
    [{ hosting: ['platform' as const] }, 'not_applicable'],
    [{ hosting: ['remote' as const], platforms: ['connect' as const] }, 'unmet'],
  ])('a rule is asked of whom it is about: %o', (applies_to, word) => {
    expect(judged(requirement('one', { applies_to }), seen).verdict).toBe(word)
  })
})

describe('a check', () => {
  it.each([
    ['pass', null, null, ['met', null, null]],
    ['fail', null, null, ['unmet', null, null]],
    ['not_applicable', null, null, ['not_applicable', null, null]],
    ['review', null, null, ['unknown', 'review', 'ours']],
    ['inconclusive', 'blocked', 'theirs', ['unknown', 'blocked', 'theirs']],
    ['inconclusive', 'unavailable', 'ours', ['unknown', 'unavailable', 'ours']],
    ['pass', null, 'ours', ['met', null, 'ours']],
    ['fail', null, 'ours', ['unmet', null, 'ours']],
  ] as const)('that says %s (%s, %s)', (outcome, reason, blind, expected) => {
    expect(short(judged(check, factsWith({ checks: checked('hsts', outcome, { reason, blind }) })))).toEqual(expected)
  })

  it('that was never made is unknown, and ours', () => expect(short(judged(check, factsWith()))).toEqual(['unknown', 'not_looked', 'ours']))

  it.each([
    [7 * DAY - 1, ['met', null, null]],
    [7 * DAY, ['unknown', 'stale', 'ours']],
  ])('counts for as long as the pack says, to the millisecond: %i ms old', (age, expected) => {
    expect(short(judged(check, factsWith({ checks: checked('hsts', 'pass') }), noonPlus(age)))).toEqual(expected)
  })

  it('is due to be seen again when it goes stale', () => {
    expect(judged(check, factsWith({ checks: checked('hsts', 'pass') })).due_at).toBe(noonPlus(7 * DAY))
  })
})

describe('an objective over minutes', () => {
  const slo = metWhen({ slo: { indicator: 'availability', target: 0.999, window: 'P28D', coverage: 0.95 } }, { verified_by: 'probe' })
  const health = { 'health-check': { kind: 'health-check', state: 'supplied', confirmed_at: NOON, evidence: [] } }
  const at = (of: Parameters<typeof counted>[0], more: Partial<Facts> = {}, now = NOON) =>
    judged(slo, factsWith({ records: health, slos: counted(of), ...more }), now)

  it.each([
    ['40 bad minutes', 40_280, 40_320, ['met', null, null]],
    ['41 bad minutes', 40_279, 40_320, ['unmet', null, null]],
    ['41 bad minutes of few', 0, 41, ['unmet', null, null]],
    ['just enough seen', 38_304, 38_304, ['met', null, null]],
    ['one minute too few seen', 38_303, 38_303, ['unknown', 'gap', 'ours']],
  ])('with %s', (_, good, total, expected) => expect(short(at({ good, total, unknown: 40_320 - total }))).toEqual(expected))

  it.each([
    ['at the very beginning', 0, 27],
    ['after a day', 1_440, 26],
    ['when hours are missing', 38_303, 1],
  ])('that still fills is nobody’s fault and says how long: %s', (_, total, days) => {
    const verdict = at({ good: total, total, unknown: 40_320 - total, counted_since: noonPlus(-DAY) })
    expect([...short(verdict), verdict.says.params['days']]).toEqual(['unknown', 'window_filling', null, days])
  })

  it('that nobody has counted yet says so as well', () => {
    const verdict = judged(slo, factsWith({ records: health }))
    expect(short(verdict)).toEqual(['unknown', 'window_filling', null])
    expect(told(verdict)).toBe('The window of 28 days is still filling: about 27 more days of samples are needed.')
  })

  it('without a health path is not supplied, with one and without consent it has none', () => {
    expect(short(judged(slo, factsWith({ consent: false })))).toEqual(['unknown', 'not_supplied', 'theirs'])
    expect(short(judged(slo, factsWith({ consent: false, records: health })))).toEqual(['unknown', 'no_consent', 'theirs'])
  })

  it.each([
    [2 * DAY - 1, 'met'],
    [2 * DAY, 'unknown'],
  ])('that nobody counts any more is unknown after two days: %i ms', (later, word) =>
    expect(at({}, {}, noonPlus(later)).verdict).toBe(word),
  )

  it('that was lost does not heal by silence, and is nobody’s fault but ours', () => {
    expect(short(at({ good: 0, total: 40_320 }, {}, noonPlus(2 * DAY)))).toEqual(['unknown', 'not_counted', 'ours'])
  })
})

describe('an objective of an app with several base URLs', () => {
  const slo = { indicator: 'availability', target: 0.999, window: 'P28D', coverage: 0.95 }
  const [eu, us] = ['https://eu.example.com', 'https://us.example.com']
  const facts = (of: { readonly [endpoint: string]: number }, seen = 40_320): Facts =>
    factsWith({
      records: { 'health-check': { kind: 'health-check', state: 'supplied', confirmed_at: NOON, evidence: [] } },
      slos: counted({ good: 40_000 }),
      endpoints: {
        'availability|P28D|': Object.fromEntries(
          Object.entries(of).flatMap(([endpoint, bad]) =>
            Object.values(counted({ good: seen - bad, total: seen, unknown: 40_320 - seen })).map((fact) => [endpoint, fact]),
          ),
        ),
      },
    })
  const verdict = (of: Facts, endpoints?: 'worst' | 'together') =>
    judged(metWhen({ slo: { ...slo, ...(endpoints === undefined ? {} : { endpoints }) } }, { verified_by: 'probe' }), of)

  it('is held where each holds it, whatever they add up to, and quotes the lowest', () => {
    const both = verdict(facts({ [eu]: 40, [us]: 39 }))
    expect(short(both)).toEqual(['met', null, null])
    expect(told(both)).toContain('At https://eu.example.com, the lowest of its base URLs, 40280 of 40320')
  })

  it('is lost where one has lost it, and says which', () => {
    expect(told(verdict(facts({ [eu]: 0, [us]: 41 })))).toBe(
      'At https://us.example.com, 41 of 40320 samples of availability were bad over 28 days; 99.9 % good allow 40.',
    )
    expect(told(verdict(facts({ [eu]: 50, [us]: 41 })))).toMatch(/^At https:\/\/eu\.example\.com, 50 .* Too many were bad at 1 more/)
  })

  it('is unknown while one is, and nothing that was not seen is held against it', () => {
    expect(short(verdict(facts({ [eu]: 40, [us]: 0 }, 38_000)))).toEqual(['unknown', 'gap', 'ours'])
  })

  it('goes by the app as a whole where the programme takes them together', () => {
    expect(told(verdict(facts({ [eu]: 0, [us]: 0 }), 'together'))).toMatch(/^320 of 40320/)
  })

  it('is forgotten with an endpoint that nobody asks any more', () => {
    expect(short(verdict(facts({ [eu]: 0 })))).toEqual(['met', null, null])
  })
})

describe('an objective over events', () => {
  const slo = metWhen(
    { slo: { indicator: 'calls', target: 0.99, window: 'P28D', coverage: 0, minimum_events: 100 } },
    { verified_by: 'record' },
  )
  it.each([
    ['none came in', {}, ['unknown', 'not_supplied', null]],
    ['too few', counted({ indicator: 'calls', good: 99, total: 99, expected: null }), ['unknown', 'too_few_events', null]],
    ['just enough', counted({ indicator: 'calls', good: 99, total: 100, expected: null }), ['met', null, null]],
    ['one bad too many', counted({ indicator: 'calls', good: 98, total: 100, expected: null }), ['unmet', null, null]],
  ])('where %s', (_, slos, expected) => expect(short(judged(slo, factsWith({ slos })))).toEqual(expected))
})

describe('forms, records, attestations and deadlines', () => {
  const form = metWhen({ form: { form: 'privacy', complete: 1, fresh_for: 'P1Y' } })
  const filled = (complete: number, published_at: Instant | null = NOON) =>
    factsWith({ forms: { privacy: { form: 'privacy', complete, published_at, evidence: [] } } })
  it.each([
    ['nothing published', factsWith(), ['unknown', 'not_supplied', 'theirs']],
    ['a draft', filled(1, null), ['unknown', 'not_supplied', 'theirs']],
    ['nearly filled', filled(0.999), ['unmet', null, null]],
    ['filled', filled(1), ['met', null, null]],
    ['filled a year ago', filled(1, parseInstant('2025-11-24T12:00:00Z')), ['unknown', 'stale', 'theirs']],
    ['filled a year less a millisecond ago', filled(1, parseInstant('2025-11-24T12:00:00.001Z')), ['met', null, null]],
  ])('a form: %s', (_, facts, expected) => expect(short(judged(form, facts))).toEqual(expected))

  const record = metWhen({ record: { kind: 'bounty', states: ['public', 'private'], fresh_for: 'P13M' } })
  const kept = (state: string, confirmed_at: Instant = NOON) =>
    factsWith({ records: { bounty: { kind: 'bounty', state, confirmed_at, evidence: [] } } })
  it.each([
    ['none', factsWith(), ['unknown', 'not_supplied', null]],
    ['in a good state', kept('public'), ['met', null, null]],
    ['in another', kept('ended'), ['unmet', null, null]],
    ['brought and not confirmed', kept('supplied'), ['unknown', 'review', 'ours']],
    ['old to the millisecond', kept('public', parseInstant('2025-10-24T12:00:00Z')), ['unknown', 'stale', 'ours']],
    ['a millisecond younger', kept('public', parseInstant('2025-10-24T12:00:00.001Z')), ['met', null, null]],
  ])('a record: %s', (_, facts, expected) => expect(short(judged(record, facts))).toEqual(expected))

  const attestation = metWhen({ attestation: { evidence: ['a letter'], reviewer: 'operator', expires_after: 'P1Y' } })
  const attested = (expires_at: Instant, accepted = true) =>
    factsWith({ attestations: { one: { requirement: 'one', accepted, reviewed_at: noonPlus(-DAY), expires_at, evidence: [] } } })
  const offered = { one: { offered_at: noonPlus(-DAY), evidence: [] } }
  it.each([
    ['none', factsWith(), ['unknown', 'not_supplied', 'theirs']],
    ['one that waits for its review', factsWith({ offered }), ['unknown', 'review', 'ours']],
    ['one that holds a millisecond longer', attested(noonPlus(1)), ['met', null, null]],
    ['one that is over', attested(NOON), ['unknown', 'expired', 'theirs']],
    ['one that is over while the next waits', { ...attested(NOON), offered }, ['unknown', 'review', 'ours']],
    ['one that was withdrawn', attested(noonPlus(DAY), false), ['unmet', null, null]],
  ])('an attestation: %s', (_, facts, expected) => expect(short(judged(attestation, facts))).toEqual(expected))

  const clocks = metWhen({ clocks: { policy: 'fixes', overdue_at_most: 1 } })
  it.each([
    ['never any', {}, 'not_applicable'],
    ['none overdue', { fixes: 0 }, 'met'],
    ['as many as may be', { fixes: 1 }, 'met'],
    ['one more', { fixes: 2 }, 'unmet'],
  ])('deadlines: %s', (_, overdue, word) => expect(judged(clocks, factsWith({ overdue })).verdict).toBe(word))
})

describe('several ways', () => {
  const facts = factsWith({
    checks: {
      ...checked('good', 'pass'),
      ...checked('bad', 'fail'),
      ...checked('dark', 'inconclusive', { reason: 'blocked', blind: 'theirs' }),
      ...checked('blind', 'inconclusive', { reason: 'unavailable', blind: 'ours' }),
      ...checked('none', 'not_applicable'),
    },
  })
  const parts = (...names: readonly string[]): MetWhen[] => names.map((name) => ({ check: name }))
  it.each([
    [
      ['good', 'good'],
      ['met', null, null],
    ],
    [
      ['good', 'none'],
      ['met', null, null],
    ],
    [
      ['none', 'none'],
      ['not_applicable', null, null],
    ],
    [
      ['bad', 'dark'],
      ['unmet', null, null],
    ],
    [
      ['good', 'blind'],
      ['unknown', 'unavailable', 'ours'],
    ],
    [
      ['blind', 'dark'],
      ['unknown', 'blocked', 'theirs'],
    ],
  ])('all of %o', (names, expected) => expect(short(judged(metWhen({ all_of: parts(...names) }), facts))).toEqual(expected))

  it.each([
    [
      ['good', 'bad'],
      ['met', null, null],
    ],
    [
      ['bad', 'none'],
      ['unmet', null, null],
    ],
    [
      ['none', 'none'],
      ['not_applicable', null, null],
    ],
    [
      ['bad', 'dark'],
      ['unknown', 'blocked', 'theirs'],
    ],
    [
      ['blind', 'dark'],
      ['unknown', 'unavailable', 'ours'],
    ],
  ])('any of %o', (names, expected) => expect(short(judged(metWhen({ any_of: parts(...names) }), facts))).toEqual(expected))

  it('a way that was never taken does not excuse the one that ran out', () => {
    const either = metWhen({
      any_of: [{ record: { kind: 'x', states: ['y'] } }, { attestation: { evidence: ['a'], reviewer: 'operator', expires_after: 'P1Y' } }],
    })
    const over = { one: { requirement: 'one', accepted: true, reviewed_at: noonPlus(-DAY), expires_at: NOON, evidence: [] } }
    expect(short(judged(either, factsWith({ attestations: over })))).toEqual(['unknown', 'expired', 'theirs'])
    expect(short(judged(either, factsWith()))).toEqual(['unknown', 'not_supplied', null])
  })
})

describe('silence', () => {
  const dark = factsWith({ checks: checked('hsts', 'inconclusive', { reason: 'blocked', blind: 'theirs' }) })
  const asked = metWhen({ check: 'hsts' })
  const first = judged(asked, dark)

  it('that is the partner’s doing is borne for the policy’s patience, to the millisecond, and then counts as unmet', () => {
    expect(first).toMatchObject({ verdict: 'unknown', since: NOON, due_at: noonPlus(14 * DAY) })
    expect(short(judged(asked, dark, noonPlus(14 * DAY - 1), [first]))).toEqual(['unknown', 'blocked', 'theirs'])
    expect(judged(asked, dark, noonPlus(14 * DAY), [first])).toMatchObject({
      verdict: 'unmet',
      reason: 'withheld',
      since: noonPlus(14 * DAY),
    })
  })

  it('that counted as unmet stays so while it lasts', () => {
    const unmet = judged(asked, dark, noonPlus(14 * DAY), [first])
    expect(judged(asked, dark, noonPlus(15 * DAY), [unmet])).toBe(unmet)
  })

  it('of ours never counts as unmet', () => {
    const blind = factsWith({ checks: checked('hsts', 'inconclusive', { reason: 'unavailable', blind: 'ours' }) })
    expect(judged(asked, blind, noonPlus(400 * DAY), [judged(asked, blind)]).verdict).toBe('unknown')
  })

  it('of another kind from the same side counts on', () => {
    const other = factsWith({ checks: checked('hsts', 'inconclusive', { reason: 'no_consent', blind: 'theirs' }) })
    const next = judged(asked, other, noonPlus(DAY), [first])
    expect([next.reason, next.since]).toEqual(['no_consent', NOON])
  })

  it('about what was never supplied has no end, about what was there once it has', () => {
    const form = metWhen({ form: { form: 'privacy', complete: 1 } })
    const never = judged(form, factsWith(), noonPlus(400 * DAY), [judged(form, factsWith())])
    expect(short(never)).toEqual(['unknown', 'not_supplied', 'theirs'])
    const was_there = { ...judged(form, factsWith()), observed_at: noonPlus(-DAY) }
    expect(judged(form, factsWith(), noonPlus(14 * DAY), [was_there])).toMatchObject({ verdict: 'unmet', reason: 'withheld' })
  })

  it('is borne for ever where the pack has no ladder', () => {
    const catalogue = catalogueWith([asked], { policies: [] })
    expect(judge(catalogue, dark, noonPlus(400 * DAY), judge(catalogue, dark, NOON))[0]?.verdict).toBe('unknown')
  })
})

describe('a waiver', () => {
  const until = noonPlus(DAY)
  const waivers = { one: { requirement: 'one', until, reason_code: 'host-fault', evidence: [] } }
  const failing = factsWith({ checks: checked('one', 'fail'), waivers })

  it.each([
    [DAY - 1, 'waived'],
    [DAY, 'unmet'],
  ])('ends at its moment: %i ms on', (later, word) => expect(judged(requirement('one'), failing, noonPlus(later)).verdict).toBe(word))

  it('is named with its reason and its end', () => {
    expect(judged(requirement('one'), failing)).toMatchObject({ verdict: 'waived', reason: 'host-fault', due_at: until })
  })

  it('is not needed for what is met', () => {
    expect(judged(requirement('one'), factsWith({ checks: checked('one', 'pass'), waivers })).verdict).toBe('met')
  })
})

describe('what a verdict carries', () => {
  const asked = metWhen({ check: 'hsts' })
  it('is since when its word has stood', () => {
    const first = judged(asked, factsWith({ checks: checked('hsts', 'pass') }))
    const later = judged(asked, factsWith({ checks: checked('hsts', 'pass', { observed_at: noonPlus(DAY) }) }), noonPlus(DAY), [first])
    expect([later.since, later.observed_at]).toEqual([NOON, noonPlus(DAY)])
    const failed = judged(asked, factsWith({ checks: checked('hsts', 'fail') }), noonPlus(2 * DAY), [later])
    expect(failed.since).toBe(noonPlus(2 * DAY))
  })

  it('is when it was last really seen, also while it cannot be', () => {
    const first = judged(asked, factsWith({ checks: checked('hsts', 'pass') }))
    const blind = factsWith({ checks: checked('hsts', 'inconclusive', { blind: 'ours', observed_at: noonPlus(DAY) }) })
    expect(judged(asked, blind, noonPlus(DAY), [first]).observed_at).toBe(NOON)
  })

  it('is the very object from before when nothing changed', () => {
    const facts = factsWith({ checks: checked('hsts', 'pass') })
    const first = judged(asked, facts)
    expect(judged(asked, facts, noonPlus(1), [first])).toBe(first)
  })
})

describe('a policy', () => {
  const newer = { ...ENFORCEMENT, since: '2026-12-01', listing: [...ENFORCEMENT.listing], cites: [...ENFORCEMENT.cites] }
  const catalogue = catalogueWith([], { policies: [newer, { ...newer, since: '2020-01-01', retired: '2027-01-01' }] })
  it.each([
    ['2019-12-31T23:59:59.999Z', undefined],
    ['2026-11-30T23:59:59.999Z', '2020-01-01'],
    ['2026-12-01T00:00:00.000Z', '2026-12-01'],
  ])('at %s is the newest that has begun', (at, since) => expect(policyOfKind(catalogue, 'enforcement', at as Instant)?.since).toBe(since))
})

/** Facts of every kind about four requirements, and the ways in which they are met. */
const WAYS: readonly MetWhen[] = [
  { check: 'a', fresh_for: 'P7D' },
  { check: 'b' },
  { slo: { indicator: 'availability', target: 0.999, window: 'P28D', coverage: 0.95 } },
  { record: { kind: 'r', states: ['good'], fresh_for: 'P30D' } },
  { attestation: { evidence: ['x'], reviewer: 'operator', expires_after: 'P1Y' } },
]
const way: fc.Arbitrary<MetWhen> = fc.oneof(
  fc.constantFrom(...WAYS),
  fc.record({ all_of: fc.array(fc.constantFrom(...WAYS), { minLength: 1, maxLength: 3 }) }),
  fc.record({ any_of: fc.array(fc.constantFrom(...WAYS), { minLength: 1, maxLength: 3 }) }),
)
const moment = fc.integer({ min: -40, max: 40 }).map((days) => noonPlus(days * DAY))
const outcome = fc.constantFrom('pass', 'fail', 'review', 'inconclusive', 'not_applicable')
const facts: fc.Arbitrary<Facts> = fc
  .record({
    consent: fc.boolean(),
    a: outcome,
    b: outcome,
    seen: moment,
    blind: fc.constantFrom('ours', 'theirs'),
    bad: fc.integer({ min: 0, max: 80 }),
    state: fc.constantFrom('good', 'bad', 'supplied'),
    until: moment,
    waived: fc.boolean(),
  })
  .map(({ consent, a, b, seen, blind, bad, state, until, waived }) =>
    factsWith({
      consent,
      checks: {
        ...checked('a', a as 'pass', { observed_at: seen, blind: a === 'inconclusive' ? (blind as 'ours') : null }),
        ...checked('b', b as 'pass', { observed_at: seen, blind: b === 'inconclusive' ? (blind as 'ours') : null }),
      },
      slos: counted({ good: 40_320 - bad, to: seen }),
      records: { r: { kind: 'r', state, confirmed_at: seen, evidence: [] } },
      attestations: { one: { requirement: 'one', accepted: true, reviewed_at: seen, expires_at: until, evidence: [] } },
      waivers: waived ? { one: { requirement: 'one', until, reason_code: 'x', evidence: [] } } : {},
    }),
  )

describe('always', () => {
  it('the same facts at the same moment give the same verdicts, and every sentence can be said', () => {
    fc.assert(
      fc.property(way, facts, moment, (met_when, known, now) => {
        const catalogue = catalogueWith([metWhen(met_when)])
        const once = judge(catalogue, known, now)
        expect(judge(catalogueWith([metWhen(met_when)]), structuredClone(known), now)).toEqual(once)
        for (const { says, change } of once)
          for (const one of [says, change]) expect(render(one, { ...SCANNING, ...MESSAGES })).not.toBe('')
      }),
    )
  })

  it('a deadline lies ahead, and until then, with the same facts, the verdict stays', () => {
    fc.assert(
      fc.property(way, facts, moment, (met_when, known, now) => {
        const catalogue = catalogueWith([metWhen(met_when)])
        const [verdict] = judge(catalogue, known, now)
        if (verdict?.due_at == null) return
        expect(verdict.due_at > now).toBe(true)
        const [later] = judge(catalogue, known, parseInstant(new Date(ms(verdict.due_at) - 1).toISOString()), [verdict])
        // Counts grow silent without a deadline of their own: the next look tells.
        if (later?.reason === 'not_counted' || JSON.stringify(met_when).includes('slo')) return
        expect(later?.verdict).toBe(verdict.verdict)
      }),
      { numRuns: 1_000 },
    )
  })

  it('looking again and again gives the same words as looking once, while nobody’s patience runs', () => {
    fc.assert(
      fc.property(way, facts, fc.array(moment, { minLength: 1, maxLength: 4 }), (met_when, known, moments) => {
        const catalogue = catalogueWith([metWhen(met_when)], { policies: [] })
        const sorted = [...moments].sort()
        let verdicts: readonly Verdict[] = []
        for (const now of sorted) verdicts = judge(catalogue, known, now, verdicts)
        expect(verdicts.map(short)).toEqual(judge(catalogue, known, sorted.at(-1) ?? NOON).map(short))
      }),
    )
  })
})

describe('what was answered before', () => {
  it('changes no answer: with the very objects and with copies of them every verdict is the same', () => {
    fc.assert(
      fc.property(
        way,
        fc.array(fc.tuple(facts, fc.integer({ min: 0, max: 20 * DAY })), { minLength: 2, maxLength: 5 }),
        (met_when, parts) => {
          const rules = [metWhen(met_when), requirement('two', { met_when, since: '2026-11-26', retired: '2026-12-20' })]
          const [catalogue, another] = [catalogueWith(rules), catalogueWith(structuredClone(rules))]
          let now = NOON
          let kept: readonly Verdict[] = []
          let copied: readonly Verdict[] = []
          for (const [known, later] of parts) {
            now = noonPlus(ms(now) - ms(NOON) + later)
            // Three looks at each: the first learns, the second remembers, the third comes a while after.
            for (const wait of [0, 0, DAY]) {
              now = noonPlus(ms(now) - ms(NOON) + wait)
              kept = judge(catalogue, known, now, kept)
              copied = judge(another, structuredClone(known), now, structuredClone(copied))
              expect(kept).toEqual(copied)
            }
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('a span', () => {
  it('ends where the kernel says', () => {
    const span = fc.constantFrom('P1M', 'P13M', 'P1Y', 'P2Y3M4D', 'P4W', 'PT36H', 'P1DT1H', 'P0D')
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000_000 }), span, (at, text) => {
        const from = parseInstant(new Date(at).toISOString())
        expect(momentAfter(ms(from), spanOf(text))).toBe(plus(from, text as Duration))
      }),
      { numRuns: 1_000 },
    )
  })
})
