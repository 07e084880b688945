import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LEAST, packFolder, type PackFiles } from '../../test/packs.ts'
import { render } from '../kernel/says.ts'
import { changeInWords, differences, type Change } from './diff.ts'
import { catalogueOf, loadPack } from './load.ts'
import { MESSAGES } from './messages.ts'

const words = (changes: readonly Change[]): readonly string[] =>
  changes.flatMap(changeInWords).map((sentence) => render(sentence, MESSAGES))

/** What changes from 2026.1 to 2026.2 of the least programme after changes to it. */
function between(changes: PackFiles = {}): readonly Change[] {
  const pack = loadPack(packFolder(changes))
  return differences(catalogueOf(pack, '2026.1'), catalogueOf(pack, '2026.2'), pack.requirements)
}

/** What changes in version 2026.2 from the least programme to an edition of it. */
const edited = (changes: PackFiles): readonly Change[] =>
  differences(catalogueOf(loadPack(packFolder()), '2026.2'), catalogueOf(loadPack(packFolder(changes)), '2026.2'))

const steady = { ...LEAST.requirement, revisions: [] }

describe('between two versions', () => {
  it('a revision is told key by key, with its reason', () => {
    expect(between()).toEqual([
      {
        what: 'requirement',
        how: 'revised',
        id: 'care.answers',
        title: 'Answers',
        on: null,
        tiers: ['good'],
        fields: [{ path: 'met_when.slo.target', before: 0.9, after: 0.99 }],
        why: ['One in ten is too many.'],
      },
    ])
    expect(words(between())).toEqual([
      'Revised requirement: Answers (care.answers).',
      'met_when.slo.target: 0.9 → 0.99',
      'Why: One in ten is too many.',
    ])
  })

  it('nothing changes from a version to itself', () => {
    const pack = loadPack(packFolder())
    for (const catalogue of pack.catalogues) expect(differences(catalogue, catalogue, pack.requirements)).toEqual([])
  })

  it.each([
    ['begins with the second', { since: '2026-07-01' }, ['New requirement from 2026-07-01: Answers (care.more).']],
    ['begins between them', { since: '2026-03-01' }, ['New requirement from 2026-03-01: Answers (care.more).']],
    ['begins a day after the second', { since: '2026-07-02' }, []],
    ['ends with the second', { retired: '2026-07-01' }, ['Retired requirement, on 2026-07-01: Answers (care.more).']],
    ['ends a day after the second', { retired: '2026-07-02' }, []],
    ['ends with the first', { since: '2025-01-01', retired: '2026-01-01' }, []],
    ['comes and goes between them', { since: '2026-02-01', retired: '2026-03-01' }, []],
  ])('a requirement that %s', (_, changes, told) => {
    const files = { 'requirements/care/answers.yaml': steady, 'requirements/care/more.yaml': { ...steady, id: 'care.more', ...changes } }
    expect(words(between(files))).toEqual(told)
  })

  it('a policy that changes is told by its numbers; a form by its questions', () => {
    const windows = (since: string, high: string, more: readonly object[] = []) => ({
      kind: 'fix-windows',
      id: 'fixes',
      title: 'Fixes',
      since,
      cites: LEAST.policy.cites,
      hosting: 'cloud',
      windows: [{ severity: 'high', from_score: 7, fix_within: high }, ...more],
    })
    const question = LEAST.form.groups[0].fields[0]
    const told = words(
      between({
        'requirements/care/answers.yaml': steady,
        'policies/fixes-1.yaml': windows('2026-01-01', 'P6W'),
        'policies/fixes-2.yaml': windows('2026-07-01', 'P4W', [{ severity: 'low', from_score: 0, fix_within: 'P25W' }]),
        'forms/contact-2.yaml': {
          ...LEAST.form,
          since: '2026-07-01',
          groups: [{ ...LEAST.form.groups[0], fields: [question, { ...question, id: 'phone', required: false }] }],
        },
        'forms/old.yaml': { ...LEAST.form, id: 'old', retired: '2026-07-01' },
        'policies/support.yaml': {
          ...LEAST.policy,
          id: 'support',
          kind: 'probing',
          statuses: [200],
          within: 'PT3S',
          follow_redirects: false,
          since: '2026-07-01',
          badge: undefined,
          listing: undefined,
          withheld_becomes_unmet_after: undefined,
        },
      }),
    )
    expect(told).toEqual([
      'Revised policy, from 2026-07-01: Fixes (fixes).',
      'since: 2026-01-01 → 2026-07-01',
      'windows[high].fix_within: 6 weeks → 4 weeks',
      'windows[low]: now {"severity":"low","from_score":0,"fix_within":"P25W"}',
      'New policy from 2026-07-01: Ladder (support).',
      'Revised form, from 2026-07-01: Contact (contact).',
      'since: 2026-01-01 → 2026-07-01',
      'groups[who].fields[phone]: now {"id":"phone","ask":"Where?","shown":"public","answer":"email","required":false}',
      'Retired form, on 2026-07-01: Contact (old).',
    ])
  })
})

describe('between two editions', () => {
  const [tier] = LEAST.programme.tiers

  it.each<readonly [string, PackFiles, readonly string[]]>([
    [
      'a tier is added and another has more reviewers',
      {
        'programme.yaml': {
          ...LEAST.programme,
          tiers: [
            { ...tier, reviewers: 2 },
            { ...tier, id: 'best', title: 'Best' },
          ],
        },
      },
      ['Revised tier: Good (good).', 'reviewers: 1 → 2', 'New tier: Best (best).'],
    ],
    [
      'a requirement is taken out and another announced',
      { 'requirements/care/answers.yaml': null, 'requirements/care/later.yaml': { ...steady, id: 'care.later', since: '2027-01-01' } },
      ['Announced requirement, from 2027-01-01: Answers (care.later).', 'Removed requirement: Answers (care.answers).'],
    ],
    [
      'other sources are named',
      { 'requirements/care/answers.yaml': { ...LEAST.requirement, cites: [{ source: 'elsewhere', confidence: 'V' }] } },
      ['Revised requirement: Answers (care.answers).', 'cites: other sources'],
    ],
    [
      'a key goes',
      { 'forms/contact.yaml': { ...LEAST.form, valid_for: 'P1Y' } },
      ['Revised form, from 2026-01-01: Contact (contact).', 'valid_for: now 1 year'],
    ],
  ])('%s', (_, changes, told) => {
    expect(words(edited(changes))).toEqual(told)
  })

  it('turned round, what was added is removed', () => {
    const [one, other] = [loadPack(packFolder()), loadPack(packFolder({ 'requirements/care/more.yaml': { ...steady, id: 'care.more' } }))]
    const [before, after] = [catalogueOf(one, '2026.1'), catalogueOf(other, '2026.1')]
    expect(differences(before, after).map(({ how, id }) => [how, id])).toEqual([['added', 'care.more']])
    expect(differences(after, before).map(({ how, id }) => [how, id])).toEqual([['removed', 'care.more']])
  })
})

it('the second programme’s step into 2025 is told as its page of changes tells it', () => {
  const pack = loadPack(join(import.meta.dirname, '../../../programmes/storefront-quality'))
  const changes = differences(catalogueOf(pack, '2024.1'), catalogueOf(pack, '2025.1'), pack.requirements)
  const ids = (how: Change['how']): readonly string[] => changes.flatMap((change) => (change.how === how ? [change.id] : []))
  expect(ids('added')).toEqual(['speed.admin-interaction', 'speed.admin-layout-shift', 'care.one-sign-up'])
  expect(ids('retired')).toEqual(['speed.admin-first-input'])
  expect(changes.find(({ id }) => id === 'speed.checkout-response')?.fields).toContainEqual({
    path: 'met_when.first_of[0].slo.good_when_at_most',
    before: 1000,
    after: 500,
  })
  expect(changes.find(({ id }) => id === 'merit.installs')?.fields).toContainEqual({ path: 'grace', before: 'P30D', after: 'P60D' })
})
