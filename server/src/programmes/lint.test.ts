import { describe, expect, it } from 'vitest'
import { LEAST, packFolder, type PackFiles } from '../../test/packs.ts'
import { lint } from './lint.ts'
import { readPack } from './load.ts'
import { problemInWords } from './problem.ts'

/** What lint says of the least programme after changes. The changes must be such that it can be read. */
function said(changes: PackFiles = {}): readonly string[] {
  const { pack, parts, problems } = readPack(packFolder(changes))
  expect(problems.map(problemInWords)).toEqual([])
  return lint(parts, pack?.catalogues ?? []).map(problemInWords)
}

const requirement = (changes: object): PackFiles => ({ 'requirements/care/answers.yaml': { ...LEAST.requirement, ...changes } })
const programme = (changes: object): PackFiles => ({ 'programme.yaml': { ...LEAST.programme, ...changes } })
const [first, second] = LEAST.programme.versions
const [tier] = LEAST.programme.tiers
const OURS = LEAST.policy.cites
const signal = (changes: object): PackFiles =>
  programme({ signals: [{ id: 'a', title: 'A', requirements: ['care.answers'], tiers: { good: 'yes' }, ...changes }] })
const field = (changes: object): PackFiles => ({
  'forms/contact.yaml': { ...LEAST.form, groups: [{ id: 'g', title: 'G', fields: [{ ...LEAST.form.groups[0].fields[0], ...changes }] }] },
})

describe('lint', () => {
  it('has nothing to say of the least programme', () => {
    expect(said()).toEqual([])
  })

  it.each<readonly [string, PackFiles, string]>([
    [
      'a requirement without a method',
      requirement({ met_when: undefined, revisions: [] }),
      'requirements/care/answers.yaml: Nothing says how it is judged at met_when. Add `met_when`: a check, an objective',
    ],
    [
      'a rule that is not published, in a programme that does not say so',
      requirement({ met_when: { unpublished: 'the interval' }, revisions: [] }),
      'programme.yaml: Something in it is not published, and the programme does not say so at incomplete',
    ],
    [
      'a programme that says it is incomplete and is not',
      programme({ incomplete: { says: 'Half of it.', cites: [{ source: 'x', confidence: 'V' }] } }),
      'programme.yaml: Says that it is incomplete, and every requirement can be judged at incomplete',
    ],
    [
      'a draft that judges otherwise without a guide',
      programme({
        versions: [
          LEAST.programme.versions[0],
          { ...LEAST.programme.versions[1], consultation: { opens: '2026-03-01', closes: '2026-03-31' } },
        ],
      }),
      'Judged otherwise from 2026-07-01, and no guide says how to come along at revisions[0].adoption_guide',
    ],
    [
      'ours without a note',
      requirement({ cites: [{ source: 'This pack', confidence: 'ours' }] }),
      'Says ours, and not what is ours at cites[0].confidence (line',
    ],
    [
      'ours with an empty note',
      requirement({ cites: [{ source: 'This pack', confidence: 'ours', note: ' ' }] }),
      'Says ours, and not what is ours at cites[0].confidence',
    ],
    [
      'ours without a note in a revision',
      requirement({ revisions: [{ since: '2026-07-01', cites: [{ source: 'x', confidence: 'ours' }], why_changed: 'x' }] }),
      'Says ours, and not what is ours at revisions[0].cites[0].confidence',
    ],
    [
      'ours without a note in a policy',
      { 'policies/enforcement.yaml': { ...LEAST.policy, cites: [{ source: 'x', confidence: 'ours' }] } },
      'policies/enforcement.yaml: Says ours',
    ],
    [
      'ours without a note in a form',
      { 'forms/contact.yaml': { ...LEAST.form, cites: [{ source: 'x', confidence: 'ours' }] } },
      'forms/contact.yaml: Says ours',
    ],
    ['a tier that asks for nothing', programme({ tiers: [tier, { ...tier, id: 'best' }] }), 'Tier "best" asks for nothing at tiers[1].id'],
    ['a tier that only advises', requirement({ advisory: true }), 'Tier "good" asks for nothing at tiers[0].id'],
    ['a tier whose only requirement is over', requirement({ retired: '2026-12-01' }), 'Tier "good" asks for nothing at tiers[0].id'],
    [
      'a pillar that holds nothing',
      programme({ pillars: [...LEAST.programme.pillars, { id: 'air', title: 'Air', says: 'None.' }] }),
      'Pillar "air" holds nothing at pillars[1].id',
    ],
    [
      'versions out of order',
      programme({
        versions: [
          { ...second, superseded: '2027-01-01' },
          { ...first, superseded: undefined },
        ],
      }),
      '2026.1 comes after 2026.2 at versions[1].version',
    ],
    [
      'versions that begin at once',
      programme({ versions: [first, { ...second, published: '2026-01-01', effective: '2026-01-01' }] }),
      '2026.2 does not begin after 2026.1 at versions[1].effective',
    ],
    [
      'a version that judges before it is published',
      programme({ versions: [first, { ...second, published: '2026-08-01' }] }),
      'It judges before it was published at versions[1].effective',
    ],
    [
      'a version that ends before it begins',
      programme({ versions: [{ ...first, superseded: '2025-12-31' }, second] }),
      'It ends before it begins at versions[0].superseded',
    ],
    [
      'a newest version that is superseded',
      programme({ versions: [first, { ...second, superseded: '2027-01-01' }] }),
      'The newest version is superseded by nothing at versions[1].superseded',
    ],
    ['a signal that stands for nothing', signal({ requirements: [] }), 'Nothing is behind this signal at signals[0].requirements'],
    ['a signal without a cell', signal({ tiers: {} }), 'Tier "good" has no cell in the table at signals[0].tiers'],
    [
      'a signal that says yes where nothing is asked',
      {
        ...programme({
          tiers: [tier, { ...tier, id: 'best' }],
          signals: [{ id: 'a', title: 'A', requirements: ['care.answers'], tiers: { good: 'yes', best: 'yes' } }],
        }),
        'requirements/care/more.yaml': { ...LEAST.requirement, id: 'care.more', tiers: ['best'] },
      },
      'The table says yes, and nothing behind it is asked for in "best" at signals[0].tiers.best',
    ],
    ['no ladder', { 'policies/enforcement.yaml': null }, 'No policy of enforcement holds in this version at versions[0].version'],
    [
      'a ladder that ends too early',
      { 'policies/enforcement.yaml': { ...LEAST.policy, retired: '2026-07-01' } },
      'No policy of enforcement holds in this version at versions[1].version',
    ],
    [
      'two ladders',
      { 'policies/other.yaml': { ...LEAST.policy, id: 'other' } },
      'Several policies of enforcement hold in this version at versions[0].version',
    ],
    [
      'a base tier without steps against a listing',
      programme({ tiers: [{ ...tier, kind: 'base' }] }),
      'A tier binds every app, and no step follows for a listing at listing',
    ],
    [
      'steps that go back',
      {
        'policies/enforcement.yaml': {
          ...LEAST.policy,
          listing: [
            { step: 'warned', after: 'P4W' },
            { step: 'hidden', after: 'P27D' },
          ],
        },
      },
      'This step comes before the one above it at listing[1].after',
    ],
    [
      'less time for a lesser hole',
      {
        'policies/fixes.yaml': {
          kind: 'fix-windows',
          id: 'fixes',
          title: 'F',
          since: '2026-01-01',
          cites: OURS,
          hosting: 'cloud',
          windows: [
            { severity: 'critical', from_score: 9, fix_within: 'P4W' },
            { severity: 'high', from_score: 7, fix_within: 'P10D' },
          ],
        },
      },
      'A lesser hole has less time than a graver one at windows[1].fix_within',
    ],
    [
      'scores that rise',
      {
        'policies/fixes.yaml': {
          kind: 'fix-windows',
          id: 'fixes',
          title: 'F',
          since: '2026-01-01',
          cites: OURS,
          hosting: 'cloud',
          windows: [
            { severity: 'high', from_score: 7, fix_within: 'P10D' },
            { severity: 'critical', from_score: 9, fix_within: 'P10D' },
          ],
        },
      },
      'The scores do not fall at windows[1].from_score',
    ],
    [
      'a scan without a check',
      requirement({ verified_by: 'scan' }),
      'Says that it is scanned, and no check is in its method at verified_by',
    ],
    [
      'a probe that measures nothing',
      requirement({ met_when: { record: { kind: 'x', states: ['y'] } }, revisions: [] }),
      'Says that it is probed, and nothing is measured at verified_by',
    ],
    [
      'an attestation by nobody',
      requirement({ verified_by: 'attestation' }),
      'Says that a person attests it, and no person does at verified_by',
    ],
    [
      'a record that is none',
      requirement({ verified_by: 'record', met_when: { check: 'x' }, revisions: [] }),
      'Says that a record shows it, and no record is asked for at verified_by',
    ],
    [
      'a revision that never judges',
      requirement({ revisions: [{ since: '2026-07-02', grace: 'P1W', why_changed: 'x' }] }),
      'No version begins on 2026-07-02 or later, so this never judges at revisions[0].since',
    ],
    [
      'a policy that never judges',
      { 'policies/enforcement-b.yaml': { ...LEAST.policy, since: '2027-01-01' } },
      'No version begins on 2027-01-01 or later, so this never judges at since',
    ],
    [
      'a form that is asked for before it is there',
      {
        ...requirement({ met_when: { form: { form: 'contact', complete: 1 } }, verified_by: 'derived', revisions: [] }),
        'forms/contact.yaml': { ...LEAST.form, since: '2026-07-01' },
      },
      'In version 2026.1 no form "contact" holds at met_when',
    ],
    [
      'a form that is asked for after it ended',
      {
        ...requirement({ met_when: { form: { form: 'contact', complete: 1 } }, verified_by: 'derived', revisions: [] }),
        'forms/contact.yaml': { ...LEAST.form, retired: '2026-07-01' },
      },
      'In version 2026.2 no form "contact" holds at met_when',
    ],
    [
      'a choice between one',
      field({ answer: 'choice', choices: ['yes'] }),
      'A choice between fewer than two answers at groups[0].fields[0].choices',
    ],
    [
      'a score for an answer that nobody can give',
      field({ answer: 'yes-no', scoring: [{ answer: 'maybe', result: 'fail', says: 'x' }] }),
      'Nobody can answer "maybe" here at groups[0].fields[0].scoring[0].answer',
    ],
    [
      'a question that is never asked',
      {
        'forms/contact.yaml': {
          ...LEAST.form,
          groups: [
            {
              id: 'g',
              title: 'G',
              fields: [
                { id: 'a', ask: 'A?', shown: 'public', answer: 'choice', choices: ['x', 'y'], required: true },
                { id: 'b', ask: 'B?', shown: 'public', answer: 'text', required: true, when: { field: 'a', is: 'z' } },
              ],
            },
          ],
        },
      },
      '"a" is never answered "z", so this is never asked at groups[0].fields[1].when.is',
    ],
  ])('refuses %s', (_, changes, told) => {
    const problems = said(changes)
    expect(
      problems.filter((line) => line.includes(told)),
      problems.join('\n'),
    ).toHaveLength(1)
  })

  it.each<readonly [string, PackFiles]>([
    [
      'an attestation with evidence, reviewer and expiry',
      requirement({
        verified_by: 'attestation',
        met_when: { attestation: { evidence: ['a letter'], reviewer: 'operator', expires_after: 'P1Y' } },
        revisions: [],
      }),
    ],
    [
      'a form that begins with its requirement',
      {
        ...requirement({
          since: '2026-07-01',
          met_when: { form: { form: 'contact', complete: 1 } },
          verified_by: 'derived',
          revisions: [],
        }),
        'forms/contact.yaml': { ...LEAST.form, since: '2026-07-01' },
      },
    ],
    [
      'a form that ended after its requirement',
      {
        'requirements/care/asked.yaml': {
          ...LEAST.requirement,
          id: 'care.asked',
          retired: '2026-06-01',
          met_when: { form: { form: 'contact', complete: 1 } },
          verified_by: 'derived',
          revisions: [],
        },
        'forms/contact.yaml': { ...LEAST.form, retired: '2026-07-01' },
      },
    ],
    ['a signal without requirements that says why', signal({ requirements: [], note: 'Told by the partner.' })],
    ['figures that are sent in, called a record', requirement({ verified_by: 'record' })],
    [
      'a tier that a revision adds',
      {
        ...programme({ tiers: [tier, { ...tier, id: 'best' }] }),
        ...requirement({ revisions: [{ since: '2026-07-01', tiers: ['good', 'best'], why_changed: 'x' }] }),
      },
    ],
  ])('lets pass %s', (_, changes) => {
    expect(said(changes)).toEqual([])
  })

  it('tells a mend with every problem', () => {
    const { pack, parts } = readPack(
      packFolder({ ...requirement({ verified_by: 'scan', advisory: true }), 'policies/enforcement.yaml': null }),
    )
    const problems = lint(parts, pack?.catalogues ?? [])
    expect(problems.length).toBeGreaterThan(2)
    for (const { says, mend, line } of problems) {
      expect(says).toMatch(/^[A-Z][^.]*$/)
      expect(mend).toMatch(/^[A-Z].*\.$/)
      expect(line).toBeGreaterThan(0)
    }
  })
})
