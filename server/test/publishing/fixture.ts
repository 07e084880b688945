import type { Digest } from '../../src/kernel/event.ts'
import { parseInstant, type Instant } from '../../src/kernel/time.ts'
import type { Pack } from '../../src/programmes/load.ts'
import type { Catalogue, Citation, Policy, Programme, Requirement } from '../../src/programmes/schema.ts'
import type { Standing, Verdict } from '../../src/standing/verdict.ts'
import { says } from '../../src/kernel/says.ts'

/** A small programme with everything that pages have to show: tiers, both kinds of disclosure, every method, a revision, a history. */

export const NOW = parseInstant('2026-11-24T20:10:00Z')

const OURS: readonly Citation[] = [{ source: 'https://example.com/rules', confidence: 'V', read_on: '2026-11-01', no: '3' }]

const asked = (id: string, of: Partial<Requirement> & Pick<Requirement, 'pillar' | 'title'>): Requirement => ({
  id,
  tiers: ['base'],
  why: `Why ${of.title.toLowerCase()} matters to those who install the app.`,
  how_to_meet: `Do what the rule “${of.title}” says and wait for the next look.`,
  cites: [...OURS],
  since: '2024-01-01',
  verified_by: 'scan',
  met_when: { check: 'hsts-enabled', fresh_for: 'P8D' },
  grace: 'P4W',
  public_when_unmet: 'cure-date',
  ...of,
})

const REQUIREMENTS: readonly Requirement[] = [
  asked('security.tls', { pillar: 'security', title: 'Only TLS 1.2 or newer is spoken' }),
  asked('security.hsts', { pillar: 'security', title: 'Browsers are told to use HTTPS for a year' }),
  asked('security.hook', { pillar: 'security', title: 'Install calls are taken with a valid signature only' }),
  asked('security.bounty', {
    pillar: 'security',
    title: 'A paid bug bounty covers the app',
    tiers: ['gold'],
    verified_by: 'record',
    met_when: { record: { kind: 'bug-bounty', states: ['enrolled', 'public'], fresh_for: 'P1Y' } },
  }),
  asked('reliability.availability', {
    pillar: 'reliability',
    title: 'Available 99.9 % over any 28 days',
    tiers: ['gold'],
    verified_by: 'probe',
    met_when: { slo: { indicator: 'availability', target: 0.999, window: 'P28D', coverage: 0.95 } },
    public_when_unmet: 'full',
    revisions: [{ since: '2025-01-01', grace: 'P4W', why_changed: 'The time to cure was made the same for all.' }],
  }),
  asked('reliability.response-time', {
    pillar: 'reliability',
    title: 'Answers within a second',
    tiers: ['gold'],
    verified_by: 'probe',
    met_when: { slo: { indicator: 'response-time', target: 0.99, window: 'P28D', coverage: 0.95, good_when_at_most: 1_000, unit: 'ms' } },
    public_when_unmet: 'full',
  }),
  asked('support.first-response', {
    pillar: 'support',
    title: 'A person answers critical tickets within 24 hours',
    tiers: ['gold'],
    verified_by: 'attestation',
    met_when: { attestation: { evidence: ['a link to the support promise'], reviewer: 'operator', expires_after: 'P1Y' } },
    public_when_unmet: 'full',
  }),
  asked('support.answers', {
    pillar: 'support',
    title: 'The privacy and security form is complete',
    tiers: ['gold'],
    verified_by: 'record',
    met_when: { all_of: [{ form: { form: 'privacy-and-security', complete: 1 } }, { clocks: { policy: 'answers', overdue_at_most: 0 } }] },
    public_when_unmet: 'full',
  }),
]

const PROGRAMME: Programme = {
  id: 'harbour',
  title: 'Harbour',
  says: 'A programme for tests of pages: a base for all, silver and gold on top.',
  zone: 'Etc/UTC',
  modelled_on: { whose: 'Nobody’s', documents: ['A page of rules, 2024'], disclaimer: 'Invented for tests. Nobody endorses it.' },
  versions: [
    { version: '2024.1', published: '2023-12-01', effective: '2024-01-01', says: 'First rules.' },
    { version: '2026.1', published: '2025-12-01', effective: '2026-01-01', says: 'Response times are asked for.' },
  ],
  pillars: [
    { id: 'security', title: 'Security', says: 'What every app is held to.' },
    { id: 'reliability', title: 'Reliability', says: 'Objectives over 28 days.' },
    { id: 'support', title: 'Support', says: 'A person who answers.' },
  ],
  tiers: [
    {
      id: 'base',
      title: 'All apps',
      kind: 'base',
      says: 'Held to by all.',
      application: 'none',
      reviewers: 1,
      max_evidence_age: 'P30D',
      valid_for: 'P1Y',
    },
    {
      id: 'silver',
      title: 'Silver',
      kind: 'badge',
      says: 'The base, looked at closely.',
      application: 'none',
      reviewers: 1,
      max_evidence_age: 'P14D',
      valid_for: 'P13M',
    },
    {
      id: 'gold',
      title: 'Gold',
      kind: 'badge',
      says: 'Watched by the minute, with a person who answers.',
      application: 'required',
      reviewers: 2,
      max_evidence_age: 'P14D',
      valid_for: 'P13M',
    },
  ],
  signals: [
    {
      id: 'safe',
      title: 'Safe transport',
      requirements: ['security.tls', 'security.hsts'],
      tiers: { base: 'yes', silver: 'yes', gold: 'yes' },
    },
    {
      id: 'bounty',
      title: 'Bug bounty',
      requirements: ['security.bounty'],
      tiers: { base: 'no', silver: 'optional', gold: 'yes' },
      note: 'Paid.',
    },
    {
      id: 'watched',
      title: 'Watched reliability',
      requirements: ['reliability.availability', 'reliability.response-time'],
      tiers: { gold: 'yes' },
    },
  ],
  history: [{ on: '2026-03', what: 'The model’s silver tier was retired.', cites: [...OURS] }],
}

const POLICIES: readonly Policy[] = [
  { kind: 'go-to-market', id: 'go-to-market', title: 'List for field teams', since: '2026-11-02', cites: [...OURS], cut: { weekday: 1 } },
]

export const DIGEST: Digest = `sha256:${'a'.repeat(64)}`

const catalogue = (version: string, digest: Digest): Catalogue => ({
  programme: PROGRAMME,
  version,
  digest,
  requirements: REQUIREMENTS.map((requirement) => ({ ...requirement, revisions: undefined })),
  policies: POLICIES,
  forms: [],
})

export const PACK: Pack = {
  folder: 'harbour',
  programme: PROGRAMME,
  requirements: REQUIREMENTS,
  policies: POLICIES,
  forms: [],
  digest: DIGEST,
  catalogues: [catalogue('2024.1', `sha256:${'0'.repeat(64)}`), catalogue('2026.1', DIGEST)],
}

/** A verdict; met since the beginning of the year unless told otherwise. */
export const verdict = (requirement: string, of: Partial<Verdict> = {}): Verdict => ({
  requirement,
  verdict: 'met',
  says: says('standing.all_met', { count: 1 }),
  change: says('standing.nothing_to_do'),
  reason: null,
  blind: null,
  since: parseInstant('2026-01-01'),
  due_at: null,
  evidence: [],
  observed_at: parseInstant('2026-11-24T18:00:00Z'),
  ...of,
})

/** A standing in which everything is met but what is given. */
export const standing = (app: string, as_of: Instant, others: { readonly [requirement: string]: Partial<Verdict> } = {}): Standing => ({
  app,
  programme: { id: PROGRAMME.id, version: '2026.1', digest: DIGEST },
  as_of,
  verdicts: REQUIREMENTS.map(({ id }) => verdict(id, others[id] ?? {})),
})
