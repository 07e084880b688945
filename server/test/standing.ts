import { says } from '../src/kernel/says.ts'
import { parseInstant, type Instant } from '../src/kernel/time.ts'
import type { Catalogue, MetWhen, Policy, Programme, RequirementInForce } from '../src/programmes/schema.ts'
import type { CheckFact, Facts, SloFact } from '../src/standing/facts.ts'
import type { Verdict } from '../src/standing/verdict.ts'

/** A small programme and an app's facts, for tests of judge, badges and listings. */

export const NOON = parseInstant('2026-11-24T12:00:00Z')

/** A requirement that is asked of everybody and met by what is given. */
export const requirement = (id: string, of: Partial<RequirementInForce> = {}): RequirementInForce => ({
  id,
  pillar: 'care',
  tiers: ['gold'],
  title: id,
  why: 'It matters.',
  how_to_meet: `Mend ${id}.`,
  cites: [{ source: 'This test', confidence: 'ours' }],
  since: '2020-01-01',
  verified_by: 'scan',
  met_when: { check: id },
  grace: 'P4W',
  public_when_unmet: 'full',
  ...of,
})

/** A requirement with one way of meeting it. */
export const metWhen = (met_when: MetWhen, of: Partial<RequirementInForce> = {}): RequirementInForce =>
  requirement('one', { met_when, ...of })

const PROGRAMME: Programme = {
  id: 'harbour',
  title: 'Harbour',
  says: 'For tests.',
  zone: 'Etc/UTC',
  modelled_on: { whose: 'nobody', documents: ['none'], disclaimer: 'Nobody endorses it.' },
  versions: [{ version: '2026.1', published: '2026-01-01', effective: '2026-01-01', says: 'First.' }],
  pillars: [{ id: 'care', title: 'Care', says: 'All there is.' }],
  tiers: [
    { id: 'base', title: 'Base', kind: 'base', says: '', application: 'none', reviewers: 1, max_evidence_age: 'P30D', valid_for: 'P1Y' },
    {
      id: 'silver',
      title: 'Silver',
      kind: 'badge',
      says: '',
      application: 'none',
      reviewers: 1,
      max_evidence_age: 'P30D',
      valid_for: 'P1Y',
    },
    {
      id: 'gold',
      title: 'Gold',
      kind: 'badge',
      says: '',
      application: 'required',
      reviewers: 2,
      max_evidence_age: 'P14D',
      valid_for: 'P1Y',
    },
  ],
}

export const ENFORCEMENT = {
  kind: 'enforcement',
  id: 'enforcement',
  title: 'Ladder',
  since: '2020-01-01',
  cites: [{ source: 'This test', confidence: 'ours' }],
  badge: { revoke_after_suspension: 'P8W', at_risk_notice: true },
  listing: [
    { step: 'warned', after: 'P0D' },
    { step: 'hidden', after: 'P4W' },
    { step: 'paused', after: 'P8W' },
  ],
  withheld_becomes_unmet_after: 'P2W',
} as const satisfies Policy

/** A catalogue of requirements with the ladder above. */
export const catalogueWith = (requirements: readonly RequirementInForce[], of: Partial<Catalogue> = {}): Catalogue => ({
  programme: PROGRAMME,
  version: '2026.1',
  digest: `sha256:${'1'.repeat(64)}`,
  requirements,
  policies: [{ ...ENFORCEMENT, listing: [...ENFORCEMENT.listing], cites: [...ENFORCEMENT.cites] }],
  forms: [],
  ...of,
})

/** An app that nothing is known of but that it may be looked at. */
export const factsWith = (of: Partial<Facts> = {}): Facts => ({
  app: 'the-app',
  platform: 'connect',
  hosting: 'remote',
  registered_at: parseInstant('2026-01-01'),
  consent: true,
  checks: {},
  slos: {},
  forms: {},
  records: {},
  attestations: {},
  waivers: {},
  overdue: {},
  ...of,
})

/** What a check found, seen at noon unless said otherwise. */
export const checked = (check: string, outcome: CheckFact['outcome'], of: Partial<CheckFact> = {}): Facts['checks'] => ({
  [check]: {
    check,
    outcome,
    reason: null,
    blind: null,
    says: says('scanning.error', { detail: outcome }),
    observed_at: NOON,
    since: NOON,
    evidence: [],
    ...of,
  },
})

/** Minutes of 28 days, counted up to noon. */
export const counted = (of: Partial<SloFact>): Facts['slos'] => {
  const fact: SloFact = {
    indicator: 'availability',
    window: 'P28D',
    good_when_at_most: null,
    good: 40_320,
    total: 40_320,
    unknown: 0,
    expected: 40_320,
    from: parseInstant('2026-10-27T12:00:00Z'),
    to: NOON,
    counted_since: parseInstant('2026-01-02'),
    evidence: [],
    ...of,
  }
  return { [`${fact.indicator}|${fact.window}|${fact.good_when_at_most ?? ''}`]: fact }
}

/** A verdict on a requirement, for what follows from verdicts. */
export const verdict = (id: string, word: Verdict['verdict'], of: Partial<Verdict> = {}): Verdict => ({
  requirement: id,
  verdict: word,
  says: says('standing.not_looked'),
  change: says('standing.nothing_to_do'),
  reason: null,
  blind: null,
  since: parseInstant('2026-06-01'),
  due_at: null,
  evidence: [],
  observed_at: NOON,
  ...of,
})

/** That many milliseconds from noon. */
export const noonPlus = (milliseconds: number): Instant => parseInstant(new Date(Date.parse(NOON) + milliseconds).toISOString())
