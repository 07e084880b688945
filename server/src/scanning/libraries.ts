import { z } from 'zod'
import { Refused } from '../kernel/refused.ts'
import type { Instant } from '../kernel/time.ts'
import type { Snapshot } from '../platform/config.ts'

/** A library as it was recognised. */
export type Recognised = {
  readonly library: string
  readonly version: string
  readonly by: 'address' | 'name' | 'content' | 'hash'
  readonly advisories: readonly { readonly id: string; readonly severity: Severity; readonly below: string }[]
}

type Severity = 'low' | 'medium' | 'high' | 'critical'

const Patterns = z.array(z.string().max(5_000)).optional()
const Library = z.looseObject({
  vulnerabilities: z
    .array(
      z.looseObject({
        below: z.string().max(100).optional(),
        atOrAbove: z.string().max(100).optional(),
        severity: z.enum(['none', 'low', 'medium', 'high', 'critical']).optional(),
        identifiers: z
          .looseObject({ CVE: z.array(z.string()).optional(), githubID: z.string().optional(), summary: z.string().optional() })
          .optional(),
      }),
    )
    .optional(),
  extractors: z.looseObject({
    uri: Patterns,
    filename: Patterns,
    filecontent: Patterns,
    hashes: z.record(z.string(), z.string()).optional(),
  }),
})

type Known = {
  readonly library: string
  readonly uri: readonly RegExp[]
  readonly filename: readonly RegExp[]
  readonly filecontent: readonly RegExp[]
  readonly hashes: ReadonlyMap<string, string>
  readonly vulnerabilities: NonNullable<z.infer<typeof Library>['vulnerabilities']>
}

/**
 * Which library a script is, and what is known against it: by the signatures of RetireJS (`jsrepository.json`, Apache-2.0,
 * https://github.com/RetireJS/retire.js), of which the operator brings a copy. The format is read here because the package
 * that reads it elsewhere brings thirty others along.
 */
export type LibraryIndex = { readonly as_of: Instant; readonly libraries: readonly Known[] }

/** Reads a snapshot. A mistake names its place; a pattern that this program cannot read is a mistake too. */
export function libraryIndex({ as_of, text }: Snapshot): LibraryIndex {
  const read = z.record(z.string(), z.unknown()).safeParse(parsed(text))
  if (!read.success) throw refused('this is no object of libraries by name', '')
  // A test entry of theirs, and what begins with a dollar, is about the file itself.
  const named = Object.entries(read.data).filter(([name]) => name !== 'retire-example' && !name.startsWith('$'))
  const libraries = named.map(([library, given]): Known => {
    const one = Library.safeParse(given)
    if (!one.success)
      throw refused(one.error.issues[0]?.message ?? 'unknown shape', `${library}.${one.error.issues[0]?.path.join('.') ?? ''}`)
    const { extractors, vulnerabilities = [] } = one.data
    const compiled = (name: 'uri' | 'filename' | 'filecontent'): readonly RegExp[] =>
      (extractors[name] ?? []).map((pattern, place) => regExp(pattern, name === 'filename', `${library}.extractors.${name}.${place}`))
    return {
      library,
      uri: compiled('uri'),
      filename: compiled('filename'),
      filecontent: compiled('filecontent'),
      hashes: new Map(Object.entries(extractors.hashes ?? {})),
      vulnerabilities,
    }
  })
  if (libraries.length === 0) throw refused('it names no library', '')
  return { as_of, libraries }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw refused(error instanceof Error ? error.message : String(error), '')
  }
}

const refused = (why: string, where: string): Refused =>
  new Refused(
    'scanning.library_advisories',
    `LIBRARY_ADVISORIES is not a jsrepository.json as RetireJS publishes it: ${why}${where === '' ? '' : ` (${where})`}.`,
  )

function regExp(pattern: string, whole: boolean, where: string): RegExp {
  const source = pattern.replaceAll('§§version§§', '[0-9][0-9.a-z_\\-]+')
  try {
    return new RegExp(whole ? `^${source}$` : source)
  } catch (error) {
    throw refused(error instanceof Error ? error.message : String(error), where)
  }
}

/** Libraries in a script, of which the content may not be known. */
export function recognisedIn(
  { libraries }: LibraryIndex,
  url: string,
  content: string | null,
  sha1Hex: (text: string) => string,
): readonly Recognised[] {
  const found = new Map<string, Recognised>()
  const { pathname } = new URL(url)
  const name = pathname.split('/').at(-1) ?? ''
  const text = content?.replaceAll(/\r\n?/g, '\n') ?? null
  const sha1 = text === null ? null : sha1Hex(text)
  for (const known of libraries) {
    const add = (version: string | undefined, by: Recognised['by']): void => {
      if (version === undefined || found.has(known.library)) return
      const plain = version.replace(/[.-]min$/, '')
      found.set(known.library, { library: known.library, version: plain, by, advisories: against(known, plain) })
    }
    if (text !== null) for (const pattern of known.filecontent) add(pattern.exec(text)?.[1], 'content')
    if (sha1 !== null) add(known.hashes.get(sha1), 'hash')
    for (const pattern of known.filename) add(pattern.exec(name)?.[1], 'name')
    for (const pattern of known.uri) add(pattern.exec(url)?.[1], 'address')
  }
  return [...found.values()]
}

function against({ vulnerabilities }: Known, version: string): Recognised['advisories'] {
  return vulnerabilities.flatMap(({ below, atOrAbove, severity, identifiers }) => {
    if (below === undefined || !isBelow(version, below)) return []
    if (atOrAbove !== undefined && isBelow(version, atOrAbove)) return []
    const id = identifiers?.CVE?.[0] ?? identifiers?.githubID ?? identifiers?.summary ?? `below ${below}`
    // What nobody rated counts as medium, as the publishers of the list do.
    return [{ id: id.slice(0, 200), severity: severity === undefined || severity === 'none' ? ('medium' as const) : severity, below }]
  })
}

/** Versions in parts; a number comes after a word in the same place, so that 1.0.0-beta lies below 1.0.0. */
export function isBelow(version: string, other: string): boolean {
  const [ours, theirs] = [version, other].map((one) => one.split(/[.-]/)) as [string[], string[]]
  for (let place = 0; place < Math.max(ours.length, theirs.length); place++) {
    const [a, b] = [partOf(ours[place]), partOf(theirs[place])]
    if (typeof a !== typeof b) return typeof a === 'string'
    if (a !== b) return a < b
  }
  return false
}

const partOf = (part: string | undefined): number | string => (part === undefined ? 0 : /^\d{1,15}$/.test(part) ? Number(part) : part)
