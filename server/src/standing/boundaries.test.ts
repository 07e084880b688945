import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { says } from '../kernel/says.ts'
import { after, DAY_MS, type Instant } from '../kernel/time.ts'
import type { Catalogue, MetWhen, RequirementInForce } from '../programmes/schema.ts'
import { sloKey, type CheckFact, type Facts, type SloFact } from './facts.ts'
import { judge } from './judge.ts'
import { tierState } from './tiers.ts'

const NOW = '2026-11-24T12:00:00.000Z' as Instant
const EVIDENCE = `sha256:${'e'.repeat(64)}` as const

function requirement(met_when: MetWhen, more: Partial<RequirementInForce> = {}): RequirementInForce {
  const { id = 'pillar.one' } = more
  return {
    id,
    pillar: 'pillar',
    tiers: ['base'],
    title: id,
    why: 'Because.',
    how_to_meet: 'Do it.',
    cites: [{ source: 'a test', confidence: 'ours' }],
    since: '2020-01-01',
    verified_by: 'scan',
    met_when,
    grace: 'P4W',
    public_when_unmet: 'full',
    ...more,
  }
}

const catalogueOf = (...requirements: readonly RequirementInForce[]): Catalogue => ({
  programme: {
    id: 'programme',
    title: 'Programme',
    says: 'A programme.',
    zone: 'Etc/UTC',
    modelled_on: { whose: 'nobody', documents: ['none'], disclaimer: 'none' },
    versions: [{ version: '2026.1', published: '2020-01-01', effective: '2020-01-01', says: 'First.' }],
    pillars: [{ id: 'pillar', title: 'Pillar', says: 'A pillar.' }],
    tiers: [
      {
        id: 'base',
        title: 'Base',
        kind: 'badge',
        says: 'A tier.',
        application: 'none',
        reviewers: 1,
        max_evidence_age: 'P14D',
        valid_for: 'P1Y',
      },
    ],
  },
  version: '2026.1',
  digest: `sha256:${'c'.repeat(64)}`,
  requirements,
  policies: [],
  forms: [],
})

const factsOf = (more: Partial<Facts>): Facts => ({
  app: 'app',
  platform: 'connect',
  hosting: 'remote',
  registered_at: after(NOW, -100 * DAY_MS),
  consent: true,
  checks: {},
  slos: {},
  forms: {},
  records: {},
  attestations: {},
  waivers: {},
  overdue: {},
  ...more,
})

const checkOf = (more: Partial<CheckFact>): CheckFact => ({
  check: 'one',
  outcome: 'pass',
  reason: null,
  blind: null,
  says: says('scanning.title', { title: 'one' }),
  observed_at: NOW,
  since: NOW,
  evidence: [EVIDENCE],
  ...more,
})

const wordOf = (met_when: MetWhen, facts: Partial<Facts>, now = NOW, more: Partial<RequirementInForce> = {}): string =>
  judge(catalogueOf(requirement(met_when, more)), factsOf(facts), now)[0]?.verdict ?? 'none'

describe('an objective over 28 days', () => {
  const MINUTES = 40_320
  const slo = { indicator: 'availability', target: 0.999, window: 'P28D', coverage: 0.95 } as const
  const counts = (good: number, total: number): Partial<Facts> => {
    const fact: SloFact = {
      indicator: slo.indicator,
      window: slo.window,
      good_when_at_most: null,
      good,
      total,
      unknown: MINUTES - total,
      expected: MINUTES,
      from: after(NOW, -28 * DAY_MS),
      to: NOW,
      counted_since: after(NOW, -60 * DAY_MS),
      evidence: [EVIDENCE],
    }
    return { slos: { [sloKey(slo.indicator, slo.window, null)]: fact } }
  }
  it.each([
    ['40 bad minutes are within 99.9 %', MINUTES - 40, MINUTES, 'met'],
    ['41 are not', MINUTES - 41, MINUTES, 'unmet'],
    ['95 % seen is enough', 38_304, 38_304, 'met'],
    ['one minute less is not', 38_303, 38_303, 'unknown'],
    ['nothing seen is no answer', 0, 0, 'unknown'],
    ['41 bad minutes are too many however little was seen', 0, 41, 'unmet'],
  ])('%s', (_, good, total, word) => {
    expect(wordOf({ slo }, counts(good, total))).toBe(word)
  })
  it('is unknown before anything was counted', () => {
    expect(wordOf({ slo }, {})).toBe('unknown')
  })
})

describe('a check', () => {
  const fresh: MetWhen = { check: 'one', fresh_for: 'P2D' }
  it.each([
    ['pass', 'met'],
    ['fail', 'unmet'],
    ['review', 'unknown'],
    ['inconclusive', 'unknown'],
    ['not_applicable', 'not_applicable'],
  ] as const)('%s makes %s', (outcome, word) => {
    const blind = outcome === 'inconclusive' ? 'ours' : null
    expect(wordOf({ check: 'one' }, { checks: { one: checkOf({ outcome, blind }) } })).toBe(word)
  })
  it.each([
    ['until the last millisecond of its age', -2 * DAY_MS + 1, 'met'],
    ['and not at its end', -2 * DAY_MS, 'unknown'],
  ])('counts %s', (_, age, word) => {
    expect(wordOf(fresh, { checks: { one: checkOf({ observed_at: after(NOW, age) }) } })).toBe(word)
  })
  it('that never ran is unknown', () => {
    expect(wordOf({ check: 'one' }, {})).toBe('unknown')
  })
})

describe('dates', () => {
  const check: MetWhen = { check: 'one' }
  const failing = { checks: { one: checkOf({ outcome: 'fail' }) } }
  it.each([
    ['upcoming until its day begins', '2026-11-25', undefined, '2026-11-24T23:59:59.999Z', 'upcoming'],
    ['counted from its first moment', '2026-11-25', undefined, '2026-11-25T00:00:00.000Z', 'unmet'],
    ['counted to the last moment before it retires', '2020-01-01', '2026-11-25', '2026-11-24T23:59:59.999Z', 'unmet'],
    ['retired from then on', '2020-01-01', '2026-11-25', '2026-11-25T00:00:00.000Z', 'retired'],
  ] as const)('a requirement is %s', (_, since, retired, now, word) => {
    expect(wordOf(check, failing, now as Instant, { since, ...(retired === undefined ? {} : { retired }) })).toBe(word)
  })
  it.each([
    ['until its last moment', 1, 'waived'],
    ['and not at its end', 0, 'unmet'],
  ])('a waiver holds %s', (_, left, word) => {
    const waiver = { requirement: 'pillar.one', until: after(NOW, left), reason_code: 'vendor-fix', evidence: [] }
    expect(wordOf(check, { ...failing, waivers: { 'pillar.one': waiver } })).toBe(word)
  })
  it.each([
    ['until its last moment', 1, 'met'],
    ['and not at its end', 0, 'unknown'],
  ])('an attestation holds %s', (_, left, word) => {
    const attestation: MetWhen = { attestation: { evidence: ['a report'], reviewer: 'operator', expires_after: 'P1Y' } }
    const fact = {
      requirement: 'pillar.one',
      accepted: true,
      reviewed_at: after(NOW, -DAY_MS),
      expires_at: after(NOW, left),
      evidence: [EVIDENCE],
    }
    expect(wordOf(attestation, { attestations: { 'pillar.one': fact } })).toBe(word)
  })
})

describe('several ways', () => {
  const facts = (a: CheckFact['outcome'], b: CheckFact['outcome']): Partial<Facts> => ({
    checks: { a: checkOf({ check: 'a', outcome: a }), b: checkOf({ check: 'b', outcome: b }) },
  })
  const both = [{ check: 'a' }, { check: 'b' }] as const
  it.each([
    ['pass', 'pass', 'met', 'met'],
    ['pass', 'fail', 'unmet', 'met'],
    ['fail', 'fail', 'unmet', 'unmet'],
    ['pass', 'review', 'unknown', 'met'],
    ['fail', 'review', 'unmet', 'unknown'],
    ['not_applicable', 'pass', 'met', 'met'],
    ['not_applicable', 'not_applicable', 'not_applicable', 'not_applicable'],
  ] as const)('%s and %s: all of them %s, any of them %s', (a, b, all, any) => {
    expect(wordOf({ all_of: both }, facts(a, b))).toBe(all)
    expect(wordOf({ any_of: both }, facts(a, b))).toBe(any)
  })
})

describe('promises of the judge', () => {
  const outcome = fc.constantFrom<CheckFact['outcome']>('pass', 'fail', 'review', 'inconclusive', 'not_applicable')
  const requirements = ['a', 'b', 'c'].map((id) => requirement({ check: id }, { id: `pillar.${id}` }))
  const catalogue = catalogueOf(...requirements)
  const factsFor = (outcomes: readonly CheckFact['outcome'][]): Facts =>
    factsOf({
      checks: Object.fromEntries(
        outcomes.map((one, place) => {
          const check = ['a', 'b', 'c'][place] ?? 'c'
          return [check, checkOf({ check, outcome: one, blind: one === 'inconclusive' ? 'theirs' : null })]
        }),
      ),
    })

  it('a tier is met only when nothing in it is unmet or unknown', () => {
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 3, maxLength: 3 }), (outcomes) => {
        const state = tierState(catalogue, 'base', judge(catalogue, factsFor(outcomes), NOW))
        expect(state.met).toBe(outcomes.every((one) => one === 'pass' || one === 'not_applicable'))
      }),
    )
  })

  it('the same facts at the same moment give the same verdicts, and again they change nothing', () => {
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 3, maxLength: 3 }), (outcomes) => {
        const facts = factsFor(outcomes)
        const first = judge(catalogue, facts, NOW)
        expect(judge(catalogue, facts, NOW)).toEqual(first)
        // A verdict that did not change is the very object that was given.
        expect(judge(catalogue, facts, NOW, first).every((verdict, place) => verdict === first[place])).toBe(true)
      }),
    )
  })
})
