import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { stringify } from 'yaml'

/** Small programmes on disk for tests: the least that is whole, and what a test changes in it. */

/** A file's content: text as it is, or a value that is written as YAML. Null takes the file away. */
export type PackFiles = { readonly [path: string]: string | object | null }

const OURS = [{ source: 'This test', confidence: 'ours', note: 'All of it.' }]

/** The least programme that is whole: two versions, one tier, a requirement with a revision, a policy, a form. */
export const LEAST = {
  programme: {
    id: 'least',
    title: 'Least',
    says: 'As little as there can be.',
    zone: 'Etc/UTC',
    modelled_on: { whose: 'nobody', documents: ['none'], disclaimer: 'Nobody endorses it.' },
    versions: [
      { version: '2026.1', published: '2026-01-01', effective: '2026-01-01', superseded: '2026-07-01', says: 'First.' },
      { version: '2026.2', published: '2026-06-01', effective: '2026-07-01', says: 'Second.' },
    ],
    pillars: [{ id: 'care', title: 'Care', says: 'All there is.' }],
    tiers: [
      {
        id: 'good',
        title: 'Good',
        kind: 'badge',
        says: 'Good.',
        application: 'none',
        reviewers: 1,
        max_evidence_age: 'P30D',
        valid_for: 'P1Y',
      },
    ],
  },
  requirement: {
    id: 'care.answers',
    pillar: 'care',
    tiers: ['good'],
    title: 'Answers',
    why: 'Silence hurts.',
    how_to_meet: 'Answer.',
    cites: OURS,
    since: '2026-01-01',
    verified_by: 'probe',
    met_when: { slo: { indicator: 'availability', target: 0.9, window: 'P28D', coverage: 0.95 } },
    grace: 'P4W',
    public_when_unmet: 'full',
    revisions: [
      {
        since: '2026-07-01',
        met_when: { slo: { indicator: 'availability', target: 0.99, window: 'P28D', coverage: 0.95 } },
        why_changed: 'One in ten is too many.',
      },
    ],
  },
  policy: {
    kind: 'enforcement',
    id: 'enforcement',
    title: 'Ladder',
    since: '2026-01-01',
    cites: OURS,
    badge: { revoke_after_suspension: 'P8W', at_risk_notice: true },
    listing: [],
    withheld_becomes_unmet_after: 'P2W',
  },
  form: {
    id: 'contact',
    title: 'Contact',
    since: '2026-01-01',
    cites: OURS,
    groups: [{ id: 'who', title: 'Who', fields: [{ id: 'mail', ask: 'Where?', shown: 'public', answer: 'email', required: true }] }],
  },
} as const

/** Writes the least programme with changes to a folder that goes when the test is over, and says where it is. */
export function packFolder(changes: PackFiles = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'castellan-pack-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const files: PackFiles = {
    'programme.yaml': LEAST.programme,
    'requirements/care/answers.yaml': LEAST.requirement,
    'policies/enforcement.yaml': LEAST.policy,
    'forms/contact.yaml': LEAST.form,
    ...changes,
  }
  for (const [path, content] of Object.entries(files)) {
    if (content === null) continue
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), typeof content === 'string' ? content : stringify(content))
  }
  return folder
}
