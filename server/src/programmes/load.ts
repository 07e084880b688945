import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { Sha256 } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import type { Instant } from '../kernel/time.ts'
import { cataloguesOf, digestOf, frozen, inOrder } from './catalogue.ts'
import { inconsistencies, type Known } from './consistency.ts'
import { dayIn } from './phase.ts'
import { parseFiles, type PackFile, type Parts } from './parse.ts'
import { problemInWords, type Problem } from './problem.ts'
import type { Catalogue, Form, Policy, Programme, Requirement } from './schema.ts'
import { LARGEST_FILE_BYTES } from './yaml.ts'

/** A programme's folder, read and checked: all its versions. */
export type Pack = {
  readonly folder: string
  readonly programme: Programme
  readonly requirements: readonly Requirement[]
  readonly policies: readonly Policy[]
  readonly forms: readonly Form[]
  /** SHA-256 of the canonical form of everything above. */
  readonly digest: `sha256:${string}`
  /** The programme as it reads under one of its versions, frozen and hashed; the oldest first. */
  readonly catalogues: readonly Catalogue[]
}

/** A folder as it was read: the pack, or everything that is wrong with it. `parts` still know their files. */
export type PackReading = { readonly pack: Pack | null; readonly parts: Parts; readonly problems: readonly Problem[] }

/** More files than any programme has; a folder with more was named by mistake. */
const MOST_FILES = 2_000

/** Reads a programme's folder; refuses it with every mistake in it at once. */
export function loadPack(folder: string, known: Known = {}): Pack {
  const { pack, problems } = readPack(folder, known)
  if (pack === null) throw refusal(folder, problems)
  return pack
}

/** Reads every folder in `folder` that holds a programme; refuses them with all mistakes of all of them. One that is marked incomplete is read and left out: whoever runs it names it. */
export function loadPacks(folder: string, known: Known = {}): readonly Pack[] {
  const folders = programmesIn(folder)
  const readings = folders.map((one) => readPack(one, known))
  const broken = readings.flatMap(({ problems }, at) =>
    problems.map((problem) => ({ ...problem, file: `${relative(folder, folders[at] ?? folder)}/${problem.file}` })),
  )
  const packs = readings.flatMap(({ pack }) => (pack === null ? [] : [pack]))
  for (const [at, pack] of packs.entries()) {
    const other = packs.slice(0, at).find(({ programme }) => programme.id === pack.programme.id)
    if (other === undefined) continue
    const says = `The programme "${pack.programme.id}" is in ${relative(folder, other.folder)} as well`
    broken.push({
      file: `${relative(folder, pack.folder)}/programme.yaml`,
      path: 'id',
      line: null,
      says,
      mend: 'Give one of them another id.',
    })
  }
  if (broken.length > 0) throw refusal(folder, broken)
  return packs.filter(({ programme }) => programme.incomplete === undefined)
}

/** The folders in a folder that hold a programme, by name. */
export function programmesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) throw new Refused('programmes.no_folder', `There is no folder ${folder}.`, folder)
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .filter((path) => existsSync(join(path, 'programme.yaml')))
}

/** Reads a programme's folder and tells what is wrong with it, without refusing. */
export function readPack(folder: string, known: Known = {}): PackReading {
  const { files, problems: unread } = filesIn(folder)
  const { parts, problems: misread } = parseFiles(files)
  const broken = [...unread, ...misread]
  const problems = [
    ...broken,
    ...inconsistencies(
      parts,
      known,
      broken.map(({ file }) => file),
    ),
  ]
  const { programme } = parts
  if (programme === null || problems.length > 0) return { pack: null, parts, problems: inFileOrder(problems) }
  const written = inOrder({
    programme: programme.part,
    requirements: parts.requirements.map(({ part }) => part),
    policies: parts.policies.map(({ part }) => part),
    forms: parts.forms.map(({ part }) => part),
  })
  const pack = frozen({ folder, ...written, digest: digestOf(written, sha256), catalogues: cataloguesOf(written, sha256) })
  return { pack, parts, problems }
}

/** The version that judges at a moment: the newest whose day has come where the programme is at home. Null before the first. */
export function inForce(pack: Pack, at: Instant): Catalogue | null {
  const today = dayIn(pack.programme.zone, at)
  const begun = new Set(pack.programme.versions.flatMap(({ version, effective }) => (effective <= today ? [version] : [])))
  return pack.catalogues.findLast(({ version }) => begun.has(version)) ?? null
}

/** The programme as it reads under a version. */
export function catalogueOf(pack: Pack, version: string): Catalogue {
  const found = pack.catalogues.find((one) => one.version === version)
  if (found !== undefined) return found
  const versions = pack.catalogues.map((one) => one.version).join(', ')
  throw new Refused('programmes.no_such_version', `${pack.programme.title} has no version ${version}; there are ${versions}.`, version)
}

const sha256: Sha256 = (text) => `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`

/** What a repository around a programme holds besides: version control, its host's settings, packages. */
const NOT_OURS = /(^|\/)(\.|node_modules\/)/

/** Every YAML file of a folder. Anything else (pictures, a README) is not the loader's. */
function filesIn(folder: string): { readonly files: readonly PackFile[]; readonly problems: readonly Problem[] } {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new Refused('programmes.no_folder', `There is no programme in ${folder}; name the folder that holds programme.yaml.`, folder)
  }
  // Without its first file it is another kind of folder, perhaps a large one, and nothing else in it means anything here.
  if (!existsSync(join(folder, 'programme.yaml'))) return { files: [], problems: [] }
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => /\.ya?ml$/i.test(path) && !NOT_OURS.test(path))
    .sort()
  if (paths.length > MOST_FILES) {
    throw new Refused(
      'programmes.too_many_files',
      `${folder} holds ${paths.length} YAML files; a programme has at most ${MOST_FILES}.`,
      folder,
    )
  }
  const problems: Problem[] = []
  const files = paths.flatMap((path) => {
    const bytes = statSync(join(folder, path)).size
    if (bytes <= LARGEST_FILE_BYTES) return [{ path, text: readFileSync(join(folder, path), 'utf8') }]
    const says = `has ${bytes} bytes; a file of a pack has at most ${LARGEST_FILE_BYTES}`
    problems.push({ file: path, path: '', line: null, says, mend: 'Cut it into several files.' })
    return []
  })
  return { files, problems }
}

const inFileOrder = (problems: readonly Problem[]): readonly Problem[] =>
  [...problems].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : (a.line ?? 0) - (b.line ?? 0)))

function refusal(folder: string, problems: readonly Problem[]): Refused {
  const count = problems.length === 1 ? 'one mistake' : `${problems.length} mistakes`
  return new Refused(
    'programmes.mistaken',
    [`${folder} has ${count}:`, ...problems.map((one) => `  ${problemInWords(one)}`)].join('\n'),
    folder,
  )
}
