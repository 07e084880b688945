import type { z } from 'zod'
import { pathInWords, type Problem } from './problem.ts'
import { Form, Policy, Programme, Requirement, type MetWhen } from './schema.ts'
import { readYaml } from './yaml.ts'

/** The files of a pack as typed parts, or what is wrong with them, key by key. Pure: the texts are handed in. */

/** A file of a pack: its path inside the folder, with slashes, and its text. */
export type PackFile = { readonly path: string; readonly text: string }

/** A part of a pack, and where it was written down. */
export type Written<Part> = {
  readonly part: Part
  readonly file: string
  readonly lineOf: (path: readonly PropertyKey[]) => number | null
}

/** Everything that a pack's files say. */
export type Parts = {
  readonly programme: Written<Programme> | null
  readonly requirements: readonly Written<Requirement>[]
  readonly policies: readonly Written<Policy>[]
  readonly forms: readonly Written<Form>[]
}

/** Where a pack's files lie. What else is YAML is a file that nobody would read. */
const PLACES = {
  programme: /^programme\.yaml$/,
  requirements: /^requirements\/(?:[^/]+\/)*[^/]+\.yaml$/,
  policies: /^policies\/[^/]+\.yaml$/,
  forms: /^forms\/[^/]+\.yaml$/,
} as const

/** Stories that the tests tell, and what the badge looks like: beside the rules, not among them. */
const BESIDE = /^(cases|badge)\//

/** Reads all files and collects what is wrong with any of them. */
export function parseFiles(files: readonly PackFile[]): { readonly parts: Parts; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const read = <Part>(place: RegExp, schema: z.ZodType<Part>): readonly Written<Part>[] =>
    files.flatMap((file) => (place.test(file.path) ? parseFile(file, schema, problems) : []))
  const [programme] = read<Programme>(PLACES.programme, Programme)
  const parts: Parts = {
    programme: programme ?? null,
    requirements: read<Requirement>(PLACES.requirements, Requirement),
    policies: read<Policy>(PLACES.policies, Policy),
    forms: read<Form>(PLACES.forms, Form),
  }
  if (!files.some((file) => PLACES.programme.test(file.path))) {
    const mend = 'Write programme.yaml: id, title, zone, versions, pillars and tiers.'
    problems.push({ file: 'programme.yaml', path: '', line: null, says: 'is missing', mend })
  }
  for (const { path } of files) {
    if (BESIDE.test(path) || Object.values(PLACES).some((place) => place.test(path))) continue
    const mend = 'Files are programme.yaml, requirements/**/*.yaml, policies/*.yaml, forms/*.yaml and cases/*.yaml; move or rename it.'
    problems.push({ file: path, path: '', line: null, says: 'lies where nobody reads it', mend })
  }
  return { parts, problems }
}

/** Mistakes told for one file. A file with more is of another kind, or a jest. */
const MOST_MISTAKES = 40

function parseFile<Part>(file: PackFile, schema: z.ZodType<Part>, problems: Problem[]): readonly Written<Part>[] {
  const read = readYaml(file.text)
  if ('mistakes' in read) {
    problems.push(...read.mistakes.map((mistake) => ({ file: file.path, path: '', ...mistake })))
    return []
  }
  if (typeof read.value !== 'object' || read.value === null || Array.isArray(read.value)) {
    problems.push({ file: file.path, path: '', line: 1, says: 'does not hold named keys', mend: 'Start with `id:`.' })
    return []
  }
  const parsed = schema.safeParse(read.value)
  if (parsed.success) return [{ part: parsed.data, file: file.path, lineOf: read.lineOf }]
  const mistakes = parsed.error.issues.flatMap((issue) => mistakesOf(issue, read.value, []))
  for (const { keys, path, says, mend } of mistakes.slice(0, MOST_MISTAKES)) {
    problems.push({ file: file.path, path: pathInWords(path), line: read.lineOf(keys), says, mend })
  }
  if (mistakes.length > MOST_MISTAKES) {
    const says = `has ${mistakes.length - MOST_MISTAKES} more mistakes`
    problems.push({ file: file.path, path: '', line: null, says, mend: 'Mend those that are told, then look again.' })
  }
  return []
}

/** `keys` lead to the place in the file; `path` is how it is told, which may name the method of a requirement besides. */
type Mistake = {
  readonly keys: readonly PropertyKey[]
  readonly path: readonly PropertyKey[]
  readonly says: string
  readonly mend: string
}

type Issue = z.core.$ZodIssue

const AS_THE_SCHEMA_ASKS = 'Write it as programme.schema.json asks.'

/** What an issue of the schema means to whoever wrote the file. */
function mistakesOf(issue: Issue, root: unknown, above: readonly PropertyKey[]): readonly Mistake[] {
  const keys = [...above, ...issue.path]
  const value = valueAt(root, keys)
  const tell = (says: string, mend: string): readonly Mistake[] => [{ keys, path: keys, says, mend }]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        keys: [...keys, key],
        path: keys.length > 0 ? [...keys, ...methodsIn(value).filter((method) => method !== key && method !== keys.at(-1))] : keys,
        says: `Unrecognized key ${JSON.stringify(key)}`,
        mend: 'Mend its spelling or take it out; what is not known is never passed over.',
      }))
    case 'invalid_union':
      if (issue.discriminator === undefined) return fromUnion(issue, root, keys, value)
      return tell(`Unknown kind ${JSON.stringify(valueAt(root, keys))}`, 'See programme.schema.json for the kinds that there are.')
    case 'invalid_type':
      if (value === undefined) return tell(`Missing key ${JSON.stringify(String(keys.at(-1) ?? ''))}`, `Add it (${issue.expected}).`)
      if (issue.expected === 'string' && typeof value === 'number') {
        return tell('Expected text, found a number', `Write it in quotes: '${value}'.`)
      }
      return tell(`Expected ${issue.expected}, found ${kindOf(value)}`, AS_THE_SCHEMA_ASKS)
    default:
      return tell(issue.message.replace(/^Invalid (input|option): /, ''), AS_THE_SCHEMA_ASKS)
  }
}

/** The ways to meet a requirement, by the key that each is known by. */
export const METHOD_KEYS = {
  check: true,
  slo: true,
  clocks: true,
  form: true,
  record: true,
  attestation: true,
  unpublished: true,
  all_of: true,
  any_of: true,
  first_of: true,
} as const satisfies Record<Exclude<MetWhen extends infer Way ? (Way extends Way ? keyof Way : never) : never, 'fresh_for'>, true>

type Method = keyof typeof METHOD_KEYS

const isMethod = (key: string): key is Method => Object.hasOwn(METHOD_KEYS, key)

/** The methods that an object under `met_when` names; one, when it is well. */
const methodsIn = (value: unknown): readonly Method[] =>
  typeof value === 'object' && value !== null ? Object.keys(value).filter(isMethod) : []

/** Of the ways to meet a requirement, tells of the one that was meant: the one whose key stands there. */
function fromUnion(
  issue: Extract<Issue, { readonly code: 'invalid_union' }>,
  root: unknown,
  keys: readonly PropertyKey[],
  value: unknown,
): readonly Mistake[] {
  const [method] = methodsIn(value)
  if (method !== undefined) {
    // All other branches know nothing of its key.
    const meant = issue.errors.find((inner) => !inner.some((one) => one.code === 'unrecognized_keys' && one.keys.includes(method)))
    if (meant !== undefined) return meant.flatMap((inner) => mistakesOf(inner, root, keys))
  }
  const isMetWhen = issue.errors.length === Object.keys(METHOD_KEYS).length
  const expected = isMetWhen ? `one of ${Object.keys(METHOD_KEYS).join(', ')}` : 'text, or true or false'
  const found = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value).join(', ') : kindOf(value)
  const mend = isMetWhen
    ? 'Say how it is met: by a check, an objective, deadlines, a form, a record or an attestation.'
    : AS_THE_SCHEMA_ASKS
  return [{ keys, path: keys, says: `Expected ${expected}, found ${found}`, mend }]
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as { readonly [key: PropertyKey]: unknown })[key]
  }
  return value
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'named keys' : `a ${typeof value}`
}
