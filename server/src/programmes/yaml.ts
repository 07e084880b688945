import { isMap, isNode, isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml'

/** A pack's file as YAML: bounded, without tags, merge keys or keys that stand twice. */

/** The longest file of a pack. The longest real one, a form of 33 questions, has about a tenth of it. */
export const LARGEST_FILE_BYTES = 262_144

/** Deeper nesting has no use in a pack. It also ends structures that contain themselves, which YAML's aliases can build. */
const DEEPEST_NESTING = 40

/** Mistakes told for one file: after the first few, a broken file only repeats itself. */
const MOST_MISTAKES = 5

/** A mistake in the text itself. */
export type YamlMistake = { readonly line: number | null; readonly says: string; readonly mend: string }

/** What stands in a file, and the line on which a key stands. */
export type YamlRead =
  | { readonly value: unknown; readonly lineOf: (path: readonly PropertyKey[]) => number | null }
  | { readonly mistakes: readonly YamlMistake[] }

/** Reads the text of a pack's file. */
export function readYaml(text: string): YamlRead {
  if (text.length > LARGEST_FILE_BYTES) {
    return one(null, `has ${text.length} characters; a file of a pack has at most ${LARGEST_FILE_BYTES}`, 'Cut it into several files.')
  }
  const crowded = lineOfDeepBracket(text)
  if (crowded !== null) return one(crowded, TOO_DEEP, MEND_DEPTH)
  const lines = new LineCounter()
  let document: Document
  try {
    // Keys that stand twice are found below: the parser's own way compares each key with each other one.
    document = parseDocument(text, { schema: 'core', merge: false, uniqueKeys: false, stringKeys: true, lineCounter: lines })
  } catch (error) {
    return one(null, `cannot be read as YAML: ${firstLine(error)}`, MEND_SYNTAX)
  }
  // A tag that nobody knows is a warning to the parser, and a silent loss to us.
  const broken = [...document.errors, ...document.warnings].map((mistake) => ({
    line: mistake.pos[0] <= 0 ? 1 : lines.linePos(mistake.pos[0]).line,
    says: `is not the plain YAML that packs are written in: ${firstLine(mistake)}`,
    mend: MEND_SYNTAX,
  }))
  if (broken.length > 0) return { mistakes: broken.slice(0, MOST_MISTAKES) }
  const twice = keysThatStandTwice(document, lines)
  if (twice.length > 0) return { mistakes: twice.slice(0, MOST_MISTAKES) }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 50 })
  } catch (error) {
    return one(null, `unfolds to too much: ${firstLine(error)}`, 'Write the values out instead of using aliases.')
  }
  if (isDeeper(value, DEEPEST_NESTING)) {
    return one(null, TOO_DEEP, MEND_DEPTH)
  }
  return { value, lineOf: (path) => lineOf(document, lines, path) }
}

const MEND_SYNTAX = 'Mend the text there; wrong indentation and a missing quote are the usual causes.'

const TOO_DEEP = `nests deeper than ${DEEPEST_NESTING} levels`
const MEND_DEPTH = 'No file of a pack needs that; look for a bracket that is not closed, or an alias inside its own anchor.'

/** Brackets outside quotes, counted before a parser that answers each of them with an error of its own. A quote ends with its line. */
function lineOfDeepBracket(text: string): number | null {
  let depth = 0
  let line = 1
  let quote: string | null = null
  for (let at = 0; at < text.length; at++) {
    const letter = text.charAt(at)
    if (letter === '\n') {
      line += 1
      quote = null
    } else if (quote !== null) {
      if (letter === '\\' && quote === '"') at += 1
      else if (letter === quote) quote = null
    } else if (letter === '"' || letter === "'") quote = letter
    else if (letter === '[' || letter === '{') {
      depth += 1
      if (depth > DEEPEST_NESTING) return line
    } else if ((letter === ']' || letter === '}') && depth > 0) depth -= 1
  }
  return null
}

const one = (line: number | null, says: string, mend: string): YamlRead => ({ mistakes: [{ line, says, mend }] })

const firstLine = (error: unknown): string =>
  (String(error instanceof Error ? error.message : error).split('\n')[0] ?? '').replace(/( at line \d+, column \d+)?:?$/, '')

function keysThatStandTwice(document: Document, lines: LineCounter): readonly YamlMistake[] {
  const found: YamlMistake[] = []
  visit(document, {
    Map: (_, map) => {
      const seen = new Set<string>()
      for (const { key } of map.items) {
        if (!isScalar(key)) continue
        const name = String(key.value)
        if (seen.has(name)) {
          const line = key.range ? lines.linePos(key.range[0]).line : null
          found.push({ line, says: `has the key "${name}" twice in one place`, mend: 'Keep one of them.' })
        }
        seen.add(name)
      }
    },
  })
  return found
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1))
}

/** The line of the key at a path, or of the nearest thing above it that is there. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number | null {
  for (let length = path.length; length > 0; length--) {
    const [last, above] = [path[length - 1], path.slice(0, length - 1)]
    const parent: unknown = above.length === 0 ? document.contents : document.getIn(above, true)
    const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === last) : undefined
    const node: unknown = pair?.key ?? document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
  }
  return null
}
