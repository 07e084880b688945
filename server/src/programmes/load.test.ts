import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LEAST, packFolder, type PackFiles } from '../../test/packs.ts'
import { Refused } from '../kernel/refused.ts'
import { parseInstant } from '../kernel/time.ts'
import { CHECKS } from '../scanning/checks/index.ts'
import { lint } from './lint.ts'
import { catalogueOf, inForce, loadPack, loadPacks, readPack } from './load.ts'
import { problemInWords } from './problem.ts'
import type { Catalogue } from './schema.ts'

const PROGRAMMES = join(import.meta.dirname, '../../../programmes')
const checks = CHECKS.map(({ id }) => id)

/** Everything that is wrong with the least programme after changes, as lines. */
const wrong = (changes: PackFiles, known?: { readonly checks: readonly string[] }): readonly string[] =>
  readPack(packFolder(changes), known).problems.map(problemInWords)

/** The least requirement with changes. */
const requirement = (changes: object): PackFiles => ({ 'requirements/care/answers.yaml': { ...LEAST.requirement, ...changes } })
const programme = (changes: object): PackFiles => ({ 'programme.yaml': { ...LEAST.programme, ...changes } })
/** The second version of the least programme as a draft. */
const drafted = (changes: object): PackFiles =>
  programme({ versions: [LEAST.programme.versions[0], { ...LEAST.programme.versions[1], ...changes }] })

const at = parseInstant

describe('the programmes that come with the product', () => {
  it.each(readdirSync(PROGRAMMES, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])))(
    '%s is whole, and nothing is wrong with it',
    (name) => {
      const { pack, parts, problems } = readPack(join(PROGRAMMES, name), { checks })
      expect(problems.map(problemInWords)).toEqual([])
      expect(lint(parts, pack?.catalogues ?? []).map(problemInWords)).toEqual([])
    },
  )

  it('differ in zone, pillars, tiers and in how they are entered: the engine knows neither', () => {
    const [first, second] = loadPacks(PROGRAMMES, { checks })
    expect(loadPacks(PROGRAMMES).length).toBeGreaterThanOrEqual(2)
    expect(first?.programme.zone).not.toBe(second?.programme.zone)
    const pillars = new Set(first?.programme.pillars.map(({ id }) => id))
    expect(second?.programme.pillars.filter(({ id }) => pillars.has(id))).toEqual([])
    expect(second?.programme.tiers.every(({ application }) => application === 'none')).toBe(true)
  })
})

describe('a pack that is whole', () => {
  it('is read: parts, versions from the oldest to the newest, digests', () => {
    const pack = loadPack(packFolder())
    expect(pack.programme.id).toBe('least')
    expect(pack.requirements.map(({ id }) => id)).toEqual(['care.answers'])
    expect(pack.catalogues.map(({ version }) => version)).toEqual(['2026.1', '2026.2'])
    expect(pack.digest).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(new Set(pack.catalogues.map(({ digest }) => digest)).size).toBe(2)
  })

  it('is frozen to the last key', () => {
    const pack = loadPack(packFolder())
    const loose: string[] = []
    const walk = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return
      if (!Object.isFrozen(value)) loose.push(path)
      for (const [key, member] of Object.entries(value)) walk(member, `${path}.${key}`)
    }
    walk(pack, 'pack')
    expect(loose).toEqual([])
  })

  it('reads the same from equal files, however they are ordered and indented', () => {
    const turned = Object.fromEntries(Object.entries(LEAST.requirement).toReversed())
    const [one, other] = [
      loadPack(packFolder()),
      loadPack(packFolder({ 'requirements/care/answers.yaml': JSON.stringify(turned, null, 7) })),
    ]
    expect(other.digest).toBe(one.digest)
    expect(other.catalogues.map(({ digest }) => digest)).toEqual(one.catalogues.map(({ digest }) => digest))
  })

  it.each([
    ['a number of a requirement', requirement({ grace: 'P5W' })],
    ['a policy', { 'policies/enforcement.yaml': { ...LEAST.policy, withheld_becomes_unmet_after: 'P3W' } }],
    ['a question of a form', { 'forms/contact.yaml': { ...LEAST.form, title: 'Whom to ask' } }],
    ['reviewers of a tier', programme({ tiers: [{ ...LEAST.programme.tiers[0], reviewers: 2 }] })],
    ['the zone', programme({ zone: 'Europe/Berlin' })],
  ] as const)('has another digest in every version when this changes: %s', (_, changes) => {
    const [one, other] = [loadPack(packFolder()), loadPack(packFolder(changes))]
    expect(other.digest).not.toBe(one.digest)
    for (const { version } of one.catalogues) expect(catalogueOf(other, version).digest).not.toBe(catalogueOf(one, version).digest)
  })

  it('has another digest in every version when one byte of a file is flipped', () => {
    const one = loadPack(packFolder())
    const folder = packFolder()
    const path = join(folder, 'requirements/care/answers.yaml')
    const bytes = readFileSync(path)
    // The lowest bit of the last letter of "Answer.", which makes it "Answes.".
    const at = bytes.indexOf('Answer.') + 'Answe'.length
    bytes[at] = (bytes[at] ?? 0) ^ 1
    writeFileSync(path, bytes)
    const other = loadPack(folder)
    expect(other.digest).not.toBe(one.digest)
    for (const { version } of one.catalogues) expect(catalogueOf(other, version).digest).not.toBe(catalogueOf(one, version).digest)
  })

  it('keeps the digest of the version in force when the next one is announced', () => {
    const [first, second] = LEAST.programme.versions
    const next = { version: '2027.1', published: '2026-11-01', effective: '2027-01-01', says: 'Third.' }
    const announced = loadPack(packFolder(programme({ versions: [first, { ...second, superseded: '2027-01-01' }, next] })))
    expect(catalogueOf(announced, '2026.2').digest).toBe(catalogueOf(loadPack(packFolder()), '2026.2').digest)
  })
})

describe('a version of a pack', () => {
  const targetOf = (catalogue: Catalogue): unknown => {
    const method = catalogue.requirements[0]?.met_when
    return method !== undefined && 'slo' in method ? method.slo.target : null
  }

  it('has the revisions folded in that have begun on its day, and no others', () => {
    const pack = loadPack(packFolder())
    expect(targetOf(catalogueOf(pack, '2026.1'))).toBe(0.9)
    expect(targetOf(catalogueOf(pack, '2026.2'))).toBe(0.99)
    expect(catalogueOf(pack, '2026.2').requirements[0]).not.toHaveProperty('revisions')
    expect(catalogueOf(pack, '2026.2').requirements[0]).not.toHaveProperty('why_changed')
  })

  it('keeps requirements that begin later and those that are over: the judge goes by the day', () => {
    const pack = loadPack(
      packFolder({
        'requirements/care/later.yaml': { ...LEAST.requirement, id: 'care.later', since: '2027-05-01', revisions: [] },
        'requirements/care/over.yaml': { ...LEAST.requirement, id: 'care.over', retired: '2026-02-01', revisions: [] },
      }),
    )
    for (const { requirements } of pack.catalogues)
      expect(requirements.map(({ id }) => id)).toEqual(['care.answers', 'care.later', 'care.over'])
  })

  it('has of each policy the newest that has begun on its day and has not ended', () => {
    const windows = (since: string, fix_within: string, more = {}) => ({
      kind: 'fix-windows',
      id: 'fixes',
      title: 'Fixes',
      since,
      cites: LEAST.policy.cites,
      hosting: 'cloud',
      windows: [{ severity: 'high', from_score: 7, fix_within }],
      ...more,
    })
    const pack = loadPack(
      packFolder({
        'policies/fixes-2026-01.yaml': windows('2026-01-01', 'P6W'),
        'policies/fixes-2026-07.yaml': windows('2026-07-01', 'P4W'),
        'policies/over.yaml': { ...windows('2026-01-01', 'P9W', { retired: '2026-07-01' }), id: 'over' },
      }),
    )
    const read = (version: string) =>
      catalogueOf(pack, version).policies.flatMap((policy) =>
        policy.kind === 'fix-windows' ? [`${policy.id} ${policy.windows[0]?.fix_within}`] : [],
      )
    expect(read('2026.1')).toEqual(['fixes P6W', 'over P9W'])
    expect(read('2026.2')).toEqual(['fixes P4W'])
  })

  it('is refused by a name that there is not, with those that there are', () => {
    expect(() => catalogueOf(loadPack(packFolder()), '2025.9')).toThrow('Least has no version 2025.9; there are 2026.1, 2026.2.')
  })
})

describe('the version in force', () => {
  it.each([
    ['2025-12-31T23:59:59.999Z', null],
    ['2026-01-01T00:00:00.000Z', '2026.1'],
    ['2026-06-30T23:59:59.999Z', '2026.1'],
    ['2026-07-01T00:00:00.000Z', '2026.2'],
    ['2036-01-01T00:00:00.000Z', '2026.2'],
  ])('in UTC at %s: %s', (moment, version) => {
    expect(inForce(loadPack(packFolder()), at(moment))?.version ?? null).toBe(version)
  })

  it.each([
    // Auckland is 13 hours ahead on 1 January, Toronto 4 hours behind on 1 July.
    ['Pacific/Auckland', '2025-12-31T10:59:59.999Z', null],
    ['Pacific/Auckland', '2025-12-31T11:00:00.000Z', '2026.1'],
    ['America/Toronto', '2026-07-01T03:59:59.999Z', '2026.1'],
    ['America/Toronto', '2026-07-01T04:00:00.000Z', '2026.2'],
  ])('begins with the day in the programme’s zone: %s at %s: %s', (zone, moment, version) => {
    expect(inForce(loadPack(packFolder(programme({ zone }))), at(moment))?.version ?? null).toBe(version)
  })

  it('is the newer one while two overlap', () => {
    const [first, second] = LEAST.programme.versions
    const overlapping = loadPack(packFolder(programme({ versions: [{ ...first, superseded: '2026-12-31' }, second] })))
    expect(inForce(overlapping, at('2026-08-01'))?.version).toBe('2026.2')
  })
})

describe('a mistake is told with its file, its key, its line and the mend', () => {
  it('a misspelt key', () => {
    expect(wrong(requirement({ met_when: { check: 'hsts-enabled', fresh_fer: 'P7D' }, revisions: [] }))).toEqual([
      'requirements/care/answers.yaml: Unrecognized key "fresh_fer" at met_when.check (line 16). Mend its spelling or take it out; what is not known is never passed over.',
    ])
  })

  it.each<readonly [string, PackFiles, string]>([
    ['a key that is missing', requirement({ grace: undefined }), 'Missing key "grace" at grace'],
    [
      'a number where text belongs',
      programme({ versions: [{ ...LEAST.programme.versions[0], version: 2026.1, superseded: undefined }] }),
      "Write it in quotes: '2026.1'.",
    ],
    [
      'a target over one',
      requirement({ met_when: { slo: { ...LEAST.requirement.met_when.slo, target: 99.9 } } }),
      'at met_when.slo.target (line',
    ],
    [
      'no number',
      requirement({ met_when: { slo: { ...LEAST.requirement.met_when.slo, target: Number.NaN } } }),
      'at met_when.slo.target (line',
    ],
    ['a span that is none', requirement({ grace: '4 weeks' }), 'write a span like P28D, P4W or PT24H at grace (line'],
    ['a day that is none', requirement({ since: '2026-02-30' }), 'at since (line'],
    [
      'a way that is none',
      requirement({ met_when: { cheque: 'x' } }),
      'Expected one of check, slo, clocks, form, record, attestation, unpublished, all_of, any_of, first_of, found cheque at met_when (line',
    ],
    [
      'two ways at once',
      requirement({ met_when: { check: 'x', record: { kind: 'y', states: ['z'] } } }),
      'Unrecognized key "record" at met_when.check (line',
    ],
    ['no way at all', requirement({ met_when: null }), 'found nothing at met_when (line'],
    [
      'deep inside',
      requirement({
        met_when: { all_of: [{ check: 'x' }, { any_of: [{ slo: { indicator: 'x', targt: 1, window: 'P1D', coverage: 1 } }] }] },
      }),
      'Unrecognized key "targt" at met_when.all_of[1].any_of[0].slo (line',
    ],
    ['a list that is empty', requirement({ met_when: { all_of: [] } }), 'at met_when.all_of (line'],
    [
      'an attestation without an end',
      requirement({ met_when: { attestation: { evidence: ['x'], reviewer: 'operator' } } }),
      'Missing key "expires_after" at met_when.attestation.expires_after',
    ],
    ['a citation without confidence', requirement({ cites: [{ source: 'x' }] }), 'at cites[0].confidence'],
    [
      'a kind of policy that there is not',
      { 'policies/enforcement.yaml': { ...LEAST.policy, kind: 'revenge' } },
      'Unknown kind "revenge" at kind (line 1)',
    ],
    [
      'a consultation that closes before it opens',
      drafted({ consultation: { opens: '2026-03-02', closes: '2026-03-01' } }),
      'The consultation closes on 2026-03-01, before it opens at versions[1].consultation.closes (line',
    ],
    [
      'a version that is announced while comments are taken',
      drafted({ consultation: { opens: '2026-05-01', closes: '2026-06-01' } }),
      'Announced on 2026-06-01, while comments are still taken at versions[1].consultation.closes (line',
    ],
    [
      'a shadow after the announcement',
      drafted({ shadow: '2026-06-01' }),
      'Shadow begins on 2026-06-01, when the version is announced already at',
    ],
    ['a list instead of keys', { 'forms/contact.yaml': '- id: x\n' }, 'forms/contact.yaml: does not hold named keys'],
    ['an empty file', { 'forms/contact.yaml': '' }, 'forms/contact.yaml: does not hold named keys'],
  ])('%s', (_, changes, told) => {
    const problems = wrong(changes)
    expect(
      problems.filter((line) => line.includes(told)),
      problems.join('\n'),
    ).toHaveLength(1)
  })

  it.each<readonly [string, PackFiles, string]>([
    ['a pillar', requirement({ pillar: 'car' }), 'There is no pillar "car" at pillar (line 2). Did you mean "care"?'],
    ['a tier', requirement({ tiers: ['good', 'excellent'] }), 'There is no tier "excellent" at tiers[1] (line'],
    [
      'a tier in a revision',
      requirement({ revisions: [{ since: '2026-07-01', tiers: ['goud'], why_changed: 'x' }] }),
      'There is no tier "goud" at revisions[0].tiers[0] (line',
    ],
    [
      'a form',
      requirement({ met_when: { form: { form: 'contacts', complete: 1 } } }),
      'There is no form "contacts" at met_when.form.form (line',
    ],
    [
      'a policy',
      requirement({ met_when: { any_of: [{ clocks: { policy: 'fixes', overdue_at_most: 0 } }] } }),
      'There is no policy "fixes" at met_when.any_of[0].clocks.policy (line',
    ],
    [
      'a requirement of a signal',
      programme({ signals: [{ id: 'a', title: 'A', requirements: ['care.answer'], tiers: { good: 'yes' } }] }),
      'There is no requirement "care.answer" at signals[0].requirements[0] (line',
    ],
    [
      'a tier of a signal',
      programme({ signals: [{ id: 'a', title: 'A', requirements: ['care.answers'], tiers: { best: 'yes' } }] }),
      'There is no tier "best" at signals[0].tiers.best (line',
    ],
    [
      'a field that another waits for',
      {
        'forms/contact.yaml': {
          ...LEAST.form,
          groups: [{ id: 'g', title: 'G', fields: [{ ...LEAST.form.groups[0].fields[0], when: { field: 'none', is: true } }] }],
        },
      },
      'There is no field "none" at groups[0].fields[0].when.field (line',
    ],
    ['a zone', programme({ zone: 'Mars/Olympus' }), '"Mars/Olympus" is not a time zone at zone (line'],
  ])('a name that leads nowhere: %s', (_, changes, told) => {
    const problems = wrong(changes)
    expect(
      problems.filter((line) => line.includes(told)),
      problems.join('\n'),
    ).toHaveLength(1)
    expect(problems).toHaveLength(1)
  })

  it('a check that there is not, when it is known which there are', () => {
    const changes = requirement({ met_when: { check: 'hsts-enable' } })
    expect(wrong(changes, { checks })).toEqual([
      expect.stringContaining('There is no check "hsts-enable" at met_when.check (line 15). Did you mean "hsts-enabled"?'),
    ])
    expect(wrong(changes)).toEqual([])
  })

  it.each<readonly [string, object, string]>([
    ['a form that is not there', { form: { id: 'contacts' } }, 'There is no form "contacts" at form.id'],
    [
      'a question that is no yes or no',
      { form: { any_change: 'mail' } },
      'Form "contact" asks no yes or no called "mail" at form.any_change',
    ],
    ['a list that is not there', { form: { changes: 'mails' } }, 'Form "contact" has no records "mails" with a choice "kind" at form.kind'],
    ['a kind that nobody can choose', { kinds: ['other'] }, 'Form "contact" does not let anybody choose "other" at kinds[0].id'],
    [
      'a requirement that is not there',
      { requirements: ['care.answer'] },
      'There is no requirement "care.answer" at kinds[0].requirements[0]',
    ],
    ['nothing wrong', {}, ''],
  ])('changes that are declared by %s', (_, of, told) => {
    const {
      form = {},
      kinds = ['store'],
      requirements = ['care.answers'],
    } = of as {
      readonly form?: object
      readonly kinds?: readonly string[]
      readonly requirements?: readonly string[]
    }
    const parts = [{ id: 'kind', ask: 'Kind?', answer: 'choice', choices: ['store', 'host'], required: true }]
    const asks = [
      { id: 'mail', ask: 'Where?', shown: 'public', answer: 'email', required: true },
      { id: 'any', ask: 'Any?', shown: 'operator', answer: 'yes-no', required: true },
      { id: 'list', ask: 'Which?', shown: 'operator', answer: 'records', required: true, parts },
    ]
    const problems = wrong({
      'forms/contact.yaml': { ...LEAST.form, groups: [{ id: 'who', title: 'Who', fields: asks }] },
      'policies/change.yaml': {
        kind: 'significant-change',
        id: 'change',
        title: 'Change',
        since: '2026-01-01',
        cites: LEAST.policy.cites,
        form: { id: 'contact', any_change: 'any', changes: 'list', kind: 'kind', ...form },
        kinds: kinds.map((id) => ({ id, title: id, examples: ['one'], requirements })),
      },
    })
    if (told === '') expect(problems).toEqual([])
    else
      expect(
        problems.filter((line) => line.includes(told)),
        problems.join('\n'),
      ).toHaveLength(1)
  })

  it.each<readonly [string, PackFiles, string]>([
    ['a requirement', { 'requirements/answers.yaml': LEAST.requirement }, '"care.answers" is in requirements/answers.yaml as well'],
    [
      'a policy of one day',
      { 'policies/enforcement-2.yaml': LEAST.policy },
      '"enforcement since 2026-01-01" is in policies/enforcement-2.yaml as well',
    ],
    [
      'a version',
      programme({ versions: [LEAST.programme.versions[0], LEAST.programme.versions[0]] }),
      'Version 2026.1 is there twice at versions[1].version',
    ],
    [
      'a field',
      { 'forms/contact.yaml': { ...LEAST.form, groups: [LEAST.form.groups[0], { ...LEAST.form.groups[0], id: 'again' }] } },
      'Field "mail" is there twice at groups[1].fields[0].id',
    ],
    ['a tier', programme({ tiers: [LEAST.programme.tiers[0], LEAST.programme.tiers[0]] }), '"good" is there twice at tiers[1].id'],
  ])('what is there twice: %s', (_, changes, told) => {
    const problems = wrong(changes)
    expect(
      problems.filter((line) => line.includes(told)),
      problems.join('\n'),
    ).toHaveLength(1)
  })

  it.each<readonly [string, PackFiles, string]>([
    [
      'retired before it begins',
      requirement({ retired: '2026-01-01', revisions: [] }),
      'Retired on 2026-01-01, which is not after 2026-01-01 at retired',
    ],
    [
      'a revision before the beginning',
      requirement({ revisions: [{ since: '2026-01-01', grace: 'P1W', why_changed: 'x' }] }),
      '2026-01-01 is not after 2026-01-01 at revisions[0].since',
    ],
    ['a revision after the end', requirement({ retired: '2026-07-01' }), '2026-07-01 is not before it is retired at revisions[0].since'],
    [
      'a window without a fixed length',
      requirement({ met_when: { slo: { ...LEAST.requirement.met_when.slo, window: 'P1M' } } }),
      'P1M has no fixed length at met_when.slo.window',
    ],
    [
      'a window of no time',
      requirement({ met_when: { slo: { ...LEAST.requirement.met_when.slo, window: 'P0D' } } }),
      'P0D is no time at all at met_when.slo.window',
    ],
    [
      'a file with another name',
      { 'requirements/care/answers.yaml': null, 'requirements/care/replies.yaml': LEAST.requirement },
      'The file is called replies.yaml and holds "care.answers" at id',
    ],
    [
      'one id for two kinds of policy',
      {
        'policies/enforcement-b.yaml': {
          kind: 'probing',
          id: 'enforcement',
          title: 'P',
          since: '2026-02-01',
          cites: LEAST.policy.cites,
          statuses: [200],
          within: 'PT3S',
          follow_redirects: false,
        },
      },
      'Policy "enforcement" is enforcement here and probing in policies/enforcement-b.yaml at kind',
    ],
  ])('a contradiction: %s', (_, changes, told) => {
    const problems = wrong(changes)
    expect(
      problems.filter((line) => line.includes(told)),
      problems.join('\n'),
    ).toHaveLength(1)
  })

  it.each(['requirement/care/answers.yaml', 'requirements/care/more.yml', 'policies/deep/more.yaml', 'more.yaml'])(
    'a file where nobody would read it: %s',
    (path) => {
      expect(wrong({ [path]: LEAST.requirement })).toEqual([expect.stringContaining(`${path}: lies where nobody reads it`)])
    },
  )

  it('and what a repository holds besides is left alone', () => {
    expect(
      wrong({ '.github/workflows/ci.yml': 'on: push', 'node_modules/x/y.yaml': 'a: 1', 'README.md': '#', 'cases/a.yaml': 'says: x' }),
    ).toEqual([])
  })
})

describe('all mistakes at once', () => {
  it('in one refusal, in the order of the files', () => {
    const folder = packFolder({
      ...requirement({ pillar: 'cure', grace: 'long' }),
      ...programme({ zone: 'Nowhere' }),
      'policies/enforcement.yaml': { ...LEAST.policy, badge: {} },
    })
    let refused: unknown
    try {
      loadPack(folder)
    } catch (error) {
      refused = error
    }
    expect(refused).toBeInstanceOf(Refused)
    const { code, where, message } = refused as Refused
    expect([code, where]).toEqual(['programmes.mistaken', folder])
    const lines = message.split('\n')
    expect(lines[0]).toBe(`${folder} has 4 mistakes:`)
    expect(lines.slice(1).map((line) => line.trim().split(':')[0])).toEqual([
      'policies/enforcement.yaml',
      'policies/enforcement.yaml',
      'programme.yaml',
      'requirements/care/answers.yaml',
    ])
  })

  it('what a broken file would have held is not called missing besides', () => {
    const signals = [{ id: 'a', title: 'A', requirements: ['care.answers'], tiers: { good: 'yes' } }]
    expect(wrong({ ...programme({ signals }), ...requirement({ grace: 'long' }) })).toEqual([expect.stringContaining('at grace')])
  })

  it('over all programmes of a folder, each under its own name', () => {
    const folder = packFolder({
      'programme.yaml': null,
      'one/programme.yaml': { ...LEAST.programme, zone: 'Nowhere' },
      'other/programme.yaml': { ...LEAST.programme, tiers: [] },
    })
    expect(() => loadPacks(folder)).toThrow(/one\/programme\.yaml: "Nowhere" is not a time zone[\s\S]*other\/programme\.yaml: .* at tiers/)
  })

  it('two programmes of one id are one too many', () => {
    const folder = packFolder({ 'programme.yaml': null, 'a/programme.yaml': LEAST.programme, 'b/programme.yaml': LEAST.programme })
    expect(() => loadPacks(folder)).toThrow('b/programme.yaml: The programme "least" is in a as well at id')
  })

  it('a folder that is none, or holds no programme, is refused in a sentence', () => {
    expect(() => loadPack('/nowhere/at/all')).toThrow('There is no programme in /nowhere/at/all')
    expect(() => loadPacks('/nowhere/at/all')).toThrow('There is no folder /nowhere/at/all')
    expect(() => loadPack(packFolder({ 'programme.yaml': null }))).toThrow('programme.yaml: is missing')
  })
})

describe('hostile files', () => {
  /** Each alias stands for nine of the one before: nine lines that unfold to 3.5 thousand million values. */
  const bomb = `${'abcdefghij'
    .split('')
    .map(
      (name, place, all) => `${name}: &${name} [${Array.from({ length: 9 }, () => (place === 0 ? 'x' : `*${all[place - 1]}`)).join(', ')}]`,
    )
    .join('\n')}\n`

  it.each<readonly [string, string, string]>([
    ['an alias bomb', bomb, 'unfolds to too much'],
    ['ten megabytes', `id: ${'x'.repeat(10_000_000)}\n`, 'has 10000005 bytes; a file of a pack has at most 262144'],
    ['quotes without end', `id: ${'"\\'.repeat(80_000)}`, 'is not the plain YAML'],
    ['a rule inside itself', 'id: care.answers\nmet_when: &a {all_of: [*a]}\n', 'nests deeper than 40 levels'],
    ['brackets without end', `id: ${'['.repeat(100_000)}`, 'nests deeper than 40 levels (line 1)'],
    ['a key that stands twice', 'id: care.answers\ngrace: P1W\ngrace: P9W\n', 'has the key "grace" twice in one place (line 3)'],
    ['twenty thousand keys', Array.from({ length: 20_000 }, (_, key) => `k${key}: 1`).join('\n'), ' more mistakes'],
    ['a tag that makes objects', 'id: !!js/function "() => 1"\n', 'is not the plain YAML that packs are written in: Unresolved tag'],
    ['two documents', 'id: a\n---\nid: b\n', 'is not the plain YAML that packs are written in: Source contains multiple documents'],
    ['a prototype', 'id: care.answers\n__proto__: {polluted: true}\n', 'Unrecognized key "__proto__"'],
    ['binary', '\u0000\u0001\u0002', 'requirements/care/answers.yaml: '],
    ['tabs', 'met_when:\n\tcheck: x\n', 'is not the plain YAML'],
  ])('%s', (_, text, told) => {
    const problems = wrong({ 'requirements/care/answers.yaml': text })
    expect(
      problems.some((line) => line.startsWith('requirements/care/answers.yaml: ') && line.includes(told)),
      problems.slice(0, 5).join('\n'),
    ).toBe(true)
    expect(Object.prototype).not.toHaveProperty('polluted')
  })

  it('more files than any programme has are not read', () => {
    const many = Object.fromEntries(Array.from({ length: 2_001 }, (_, file) => [`requirements/r${file}.yaml`, 'id: x']))
    expect(() => loadPack(packFolder(many))).toThrow('a programme has at most 2000')
  })
})
