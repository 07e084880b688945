import { existsSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { Command } from 'commander'
import { Refused } from '../server/src/kernel/refused.ts'
import { render } from '../server/src/kernel/says.ts'
import { parseInstant, type Instant } from '../server/src/kernel/time.ts'
import { systemClock } from '../server/src/platform/clock.ts'
import { PROGRAMMES_FOLDER } from '../server/src/platform/config.ts'
import { changeInWords, differences, type Change } from '../server/src/programmes/diff.ts'
import { lint } from '../server/src/programmes/lint.ts'
import { catalogueOf, inForce, loadPack, programmesIn, readPack, type Pack } from '../server/src/programmes/load.ts'
import { MESSAGES } from '../server/src/programmes/messages.ts'
import { problemInWords, type Problem } from '../server/src/programmes/problem.ts'
import type { Catalogue, RequirementInForce } from '../server/src/programmes/schema.ts'
import { methodInWords, VERIFIED_BY } from '../server/src/publishing/method.ts'
import { durationInWords } from '../server/src/publishing/words.ts'
import { CHECKS } from '../server/src/scanning/checks/index.ts'
import type { Impact } from '../server/src/standing/impact.ts'
import { harmless } from './check/print.ts'
import { askServer } from './control.ts'

/** `castellan programme`: a programme's rules looked at by whoever writes them; only `impact` asks a running server. */
export function programmeCommand(): Command {
  return new Command('programme')
    .description('looks at a programme’s rules: what is wrong with them, what a version changes and for whom, what they say')
    .addCommand(lintCommand())
    .addCommand(diffCommand())
    .addCommand(showCommand())
    .addCommand(impactCommand())
}

const FOLDER = 'folder of a programme, or the id of one that comes with Castellan'

function lintCommand(): Command {
  return new Command('lint')
    .description('tells every mistake in a programme, with the file and the key; exits with 1 when there is one')
    .argument('<folder...>', `${FOLDER}; a folder of programmes stands for all in it`)
    .option('--json', 'one object: the programmes and their problems')
    .action((folders: readonly string[], options: { readonly json?: true }) => {
      const linted = folders.flatMap(programmesNamed).map(linting)
      const problems = linted.reduce((count, one) => count + one.problems.length, 0)
      print(options.json ? asJson({ programmes: linted, problems }) : linted.map(lintedInWords).join(''))
      if (problems > 0) process.exitCode = 1
    })
}

type Linted = {
  readonly folder: string
  readonly programme: string | null
  readonly digest: string | null
  readonly problems: readonly Problem[]
}

function linting(folder: string): Linted {
  const { pack, parts, problems } = readPack(folder, { checks: CHECKS.map(({ id }) => id) })
  return {
    folder: relative(process.cwd(), folder) || '.',
    programme: parts.programme?.part.id ?? null,
    digest: pack?.digest ?? null,
    // What cannot be read cannot be weighed either.
    problems: pack === null ? problems : lint(parts, pack.catalogues),
  }
}

function lintedInWords({ folder, programme, problems }: Linted): string {
  const name = programme === null ? folder : `${programme} (${folder})`
  if (problems.length === 0) return `${name}: nothing is wrong.\n`
  const lines = problems.map((problem) => `  ${harmless(problemInWords(problem))}\n`)
  return `${name}: ${problems.length === 1 ? 'one problem' : `${problems.length} problems`}\n${lines.join('')}`
}

function diffCommand(): Command {
  return new Command('diff')
    .description('tells what changes from one version of a programme to another')
    .argument('<folder>', FOLDER)
    .argument('<from>', 'version such as 2025.1')
    .argument('<to>', 'version such as 2026.1')
    .option('--json', 'one object: both versions and the changes, key by key')
    .action((folder: string, from: string, to: string, options: { readonly json?: true }) => {
      const pack = packNamed(folder)
      const [before, after] = [catalogueOf(pack, from), catalogueOf(pack, to)]
      const changes = differences(before, after, pack.requirements)
      const head = { programme: pack.programme.id, from: headOf(before), to: headOf(after) }
      print(options.json ? asJson({ ...head, changes }) : diffInWords(before, after, changes))
    })
}

const headOf = ({ version, digest }: Catalogue) => ({ version, digest })

function diffInWords(before: Catalogue, after: Catalogue, changes: readonly Change[]): string {
  const head = `${after.programme.title}, ${before.version} → ${after.version}\n`
  if (changes.length === 0) return `${head}Nothing changes.\n`
  const blocks = changes.map((change) =>
    changeInWords(change)
      .map((sentence, at) => `${at === 0 ? '' : '    '}${harmless(render(sentence, MESSAGES))}\n`)
      .join(''),
  )
  return `${head}\n${blocks.join('')}`
}

function showCommand(): Command {
  return new Command('show')
    .description('prints a programme as it reads on a day')
    .argument('<folder>', FOLDER)
    .option('--as-of <moment>', 'day or moment, 2026-11-23 or 2026-11-23T09:30:00Z; the present one if left out')
    .option('--of <version>', 'a version, whatever the day')
    .option('--json', 'one object: the catalogue')
    .action((folder: string, options: { readonly json?: true; readonly asOf?: string; readonly of?: string }) => {
      const pack = packNamed(folder)
      const at = options.asOf === undefined ? systemClock.now() : parseInstant(options.asOf, '--as-of')
      const catalogue = options.of === undefined ? inForceOn(pack, at) : catalogueOf(pack, options.of)
      const { versions: _, ...programme } = catalogue.programme
      print(options.json ? asJson({ ...catalogue, programme }) : shown(catalogue, pack))
    })
}

function impactCommand(): Command {
  return new Command('impact')
    .description('asks the server that runs here for which registered apps a version would change a verdict or a tier, and from when')
    .argument('<programme>', 'its id')
    .argument('<version>', 'version such as 2026.1')
    .option('--json', 'one object')
    .action(async (programme: string, version: string, options: { readonly json?: true }) => {
      const query = `programme=${encodeURIComponent(programme)}&version=${encodeURIComponent(version)}`
      const impact = await askServer<Impact>(`/control/impact?${query}`)
      print(options.json ? asJson(impact) : impactInWords(impact))
    })
}

function impactInWords({ programme, from, to, begins_at, judged, apps }: Impact): string {
  const head = `${programme}, ${from.version} → ${to.version}, from ${begins_at}: something changes for ${apps.length} of ${judged} apps.`
  const lines = apps.flatMap(({ app, verdicts, tiers }) => [
    '',
    app,
    ...tiers.map(
      ({ at, tier, met, blocking }) => `  ${at.slice(0, 10)}  tier ${tier} ${met ? 'is met' : `is no longer met: ${blocking.join(', ')}`}`,
    ),
    ...verdicts.map(({ at, requirement, from: was, to: is }) => `  ${at.slice(0, 10)}  ${requirement}: ${wordOf(was)} → ${wordOf(is)}`),
  ])
  return `${[head, ...lines].map(harmless).join('\n')}\n`
}

const wordOf = (word: string | null): string => word?.replace('_', ' ') ?? 'not asked'

function inForceOn(pack: Pack, at: Instant): Catalogue {
  const catalogue = inForce(pack, at)
  if (catalogue !== null) return catalogue
  const first = pack.programme.versions[0]?.effective ?? ''
  throw new Refused(
    'programme.not_begun',
    `${pack.programme.title} begins on ${first}; no version judges on ${at.slice(0, 10)}.`,
    '--as-of',
  )
}

function shown(catalogue: Catalogue, pack: Pack): string {
  const { programme, version, requirements, policies, forms } = catalogue
  const row = programme.versions.find((one) => one.version === version)
  const day = row?.effective ?? ''
  const width = Math.max(...requirements.map(({ id }) => id.length))
  const lines = [
    `${programme.title} ${version}, from ${day} (${programme.zone})`,
    row?.says ?? '',
    `Modelled on ${programme.modelled_on.whose}. ${programme.modelled_on.disclaimer}`,
    catalogue.digest,
    '',
    'Versions',
    ...table(pack.programme.versions.map((one) => [one.version === version ? '*' : '', one.version, one.effective, one.says])),
    '',
    'Tiers',
    ...table(
      programme.tiers.map(({ id, kind, application, reviewers, valid_for }) => [
        id,
        kind,
        application === 'none' ? 'no application' : 'application',
        `${reviewers} ${reviewers === 1 ? 'reviewer' : 'reviewers'}`,
        `holds ${durationInWords(valid_for)}`,
      ]),
    ),
    ...programme.pillars.flatMap(({ id, title }) => [
      '',
      title,
      ...requirements.filter(({ pillar }) => pillar === id).flatMap((one) => requirementLines(one, day, width)),
    ]),
    '',
    'Policies',
    ...table(policies.map(({ id, kind, since, title }) => [id, kind, since, title])),
    '',
    'Forms',
    ...table(forms.map(({ id, since, title, groups }) => [id, since, `${groups.flatMap(({ fields }) => fields).length} fields`, title])),
  ]
  return `${lines.map(harmless).join('\n')}\n`
}

function requirementLines(one: RequirementInForce, day: string, width: number): readonly string[] {
  const when = one.retired !== undefined && one.retired <= day ? `retired ${one.retired}` : one.since > day ? `from ${one.since}` : ''
  const notes = [when, one.advisory === true ? 'advice' : '', sure(one)].filter((note) => note !== '')
  const indent = ' '.repeat(width + 4)
  return [
    `  ${one.id.padEnd(width)}  ${one.title}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`,
    `${indent}${one.tiers.join(', ')} · ${VERIFIED_BY[one.verified_by].toLowerCase()} · grace ${durationInWords(one.grace)}`,
    ...(one.met_when === undefined ? [] : methodInWords(one.met_when)).map((sentence) => `${indent}${sentence}`),
  ]
}

/** How sure the pack is of a rule: by its best source. */
function sure({ cites }: RequirementInForce): string {
  const best = (['V', 'I', 'U'] as const).find((confidence) => cites.some((cite) => cite.confidence === confidence))
  return best === undefined ? 'ours' : best === 'V' ? '' : best === 'I' ? 'told by a third party' : 'inferred'
}

/** Rows with their columns aligned; the last one runs free. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows.map(
    (row) => `  ${row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ')}`,
  )
}

/** A programme that comes with the product by its id, or any folder. */
function folderNamed(named: string): string {
  const own = join(PROGRAMMES_FOLDER, named)
  return /^[a-z0-9-]+$/.test(named) && existsSync(join(own, 'programme.yaml')) ? own : resolve(named)
}

const packNamed = (named: string): Pack => loadPack(folderNamed(named), { checks: CHECKS.map(({ id }) => id) })

function programmesNamed(named: string): readonly string[] {
  const folder = folderNamed(named)
  if (existsSync(join(folder, 'programme.yaml')) || !existsSync(folder)) return [folder]
  const inside = programmesIn(folder)
  // A folder without any is read as a programme that lacks its first file, which is what will be told.
  return inside.length === 0 ? [folder] : inside
}

const asJson = (value: object): string => `${JSON.stringify(value, null, 2)}\n`

/** Whoever reads may have had enough: `castellan programme show … | head` is no bug. */
function print(text: string): void {
  if (!process.stdout.listeners('error').includes(hangUp)) process.stdout.on('error', hangUp)
  process.stdout.write(text)
}

function hangUp(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
