import { isScalar, Lexer, parseDocument, visit, type Document } from 'yaml'
import { Refused } from '../../kernel/refused.ts'
import { lineAndColumn, mistakeIn, repeatedMembers, unsoundAt } from '../../kernel/written.ts'

/** Real descriptors are a few kilobytes; a megabyte is a generous bound and keeps every parser below cheap. */
export const LARGEST_DESCRIPTOR_BYTES = 1_048_576

/** Deeper nesting has no use in a descriptor and would exhaust the stack of whatever walks it. */
export const DEEPEST_NESTING = 64

/** More of one kind tell nobody more. */
const MOST_REMARKS = 20

/** What was read from the bytes, and how they had to be tidied for it. */
export type ReadText = {
  readonly format: 'json' | 'yaml'
  readonly value: { readonly [key: string]: unknown }
  readonly text: string
  readonly remarks: readonly { readonly at: string; readonly says: string }[]
}

/** Reads bytes as JSON or YAML, bounded in size, depth and aliases. Refuses with the line and column and the mend. */
export function readText(bytes: Uint8Array): ReadText {
  if (bytes.length > LARGEST_DESCRIPTOR_BYTES) {
    throw new Refused(
      'descriptor.too_large',
      `this file has ${bytes.length} bytes; a descriptor has at most ${LARGEST_DESCRIPTOR_BYTES}. Give the descriptor itself, not the app's package.`,
    )
  }
  const remarks: { at: string; says: string }[] = []
  const text = decoded(bytes, remarks)
  if (text.trim() === '') throw new Refused('descriptor.empty', 'this file is empty; give the app’s descriptor or manifest')
  refuseDepth(text)
  const format = /^\s*[{[]/.test(text) ? 'json' : 'yaml'
  const value = format === 'json' ? parsedJson(text, remarks) : parsedYaml(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refused('descriptor.not_an_object', 'a descriptor is an object with named members; this file holds something else', '/')
  }
  refuseUnsound(value)
  return { format, value: value as { readonly [key: string]: unknown }, text, remarks }
}

function decoded(bytes: Uint8Array, remarks: { at: string; says: string }[]): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new Refused('descriptor.encoding', 'this file is UTF-16; save it as UTF-8')
  }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw new Refused('descriptor.encoding', `this file is not UTF-8 text (${String(error)}); save it as UTF-8`)
  }
  if (text.startsWith('\uFEFF')) {
    remarks.push({ at: '/', says: 'A byte order mark stood before the text; it was passed over.' })
    text = text.slice(1)
  }
  if (text.includes('\u0000')) throw new Refused('descriptor.encoding', 'this file holds NUL characters; it is not a text file')
  return text
}

/** Counts brackets outside strings, before any parser with a stack sees the text. */
function refuseDepth(text: string): void {
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (inString) {
      if (code === 0x5c) at++
      else if (code === 0x22 || code === 0x0a) inString = false
    } else if (code === 0x22) inString = true
    else if (code === 0x7b || code === 0x5b) {
      depth++
      if (depth > DEEPEST_NESTING) tooDeep(lineAndColumn(text, at))
    } else if ((code === 0x7d || code === 0x5d) && depth > 0) depth--
  }
}

function refuseUnsound(value: unknown): void {
  const found = unsoundAt(value, DEEPEST_NESTING)
  if (found === null) return
  if (found.why === 'deep') tooDeep(found.at)
  throw new Refused('descriptor.encoding', `the text at ${found.at} holds NUL or half of a character; leave it out`, found.at)
}

function tooDeep(where: string): never {
  throw new Refused('descriptor.too_deep', `this file nests deeper than ${DEEPEST_NESTING} levels; no descriptor needs that`, where)
}

function parsedJson(text: string, remarks: { at: string; says: string }[]): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const { told, where } = mistakeIn(text, error)
    throw new Refused(
      'descriptor.not_json',
      `this file starts like JSON but is not: ${told}. Mend that place; a trailing comma or a comment is the usual cause.`,
      where,
    )
  }
  for (const name of repeatedMembers(text).slice(0, MOST_REMARKS)) {
    remarks.push({ at: '/', says: `An object has “${name.slice(0, 100)}” twice; the last one was read.` })
  }
  return value
}

function parsedYaml(text: string): unknown {
  refuseTokens(text)
  // Plain data only: no custom tags, no merge keys, and aliases may not multiply (a few lines can unfold to gigabytes).
  let document: ReturnType<typeof parseDocument>
  try {
    document = parseDocument(text, { schema: 'core', merge: false, uniqueKeys: false, stringKeys: true, prettyErrors: true })
  } catch (error) {
    throw new Refused('descriptor.not_yaml', `this file cannot be read as YAML: ${firstLine(error)}`)
  }
  const mistake = document.errors[0]
  if (mistake !== undefined) {
    const at = mistake.linePos?.[0]
    throw new Refused(
      'descriptor.not_yaml',
      `this file is not YAML: ${firstLine(mistake)}`,
      at === undefined ? undefined : `line ${at.line}, column ${at.col}`,
    )
  }
  refuseRepeatedKeys(document, text)
  try {
    return document.toJS({ maxAliasCount: 50 })
  } catch (error) {
    throw new Refused('descriptor.too_many_aliases', `this file’s aliases unfold to too much (${firstLine(error)}); write the values out`)
  }
}

/** The parser takes time by the square of what nests or fails, its lexer does not; the largest real manifest that we know has 689 tokens. */
function refuseTokens(text: string): void {
  let tokens = 0
  for (const _ of new Lexer().lex(text)) {
    tokens += 1
    if (tokens > MOST_TOKENS)
      throw new Refused(
        'descriptor.too_large',
        `this file has more than ${MOST_TOKENS} words and marks of YAML; a manifest has a few hundred`,
      )
  }
}

const MOST_TOKENS = 20_000

/** The parser's own check compares each key with every other one. */
function refuseRepeatedKeys(document: Document, text: string): void {
  visit(document, {
    Map(_, map) {
      const names = new Set<string>()
      for (const { key } of map.items) {
        if (!isScalar(key)) continue
        const name = String(key.value)
        if (names.has(name)) {
          throw new Refused(
            'descriptor.not_yaml',
            `this file is not YAML: “${name.slice(0, 100)}” stands twice in one map; keep one`,
            lineAndColumn(text, key.range?.[0] ?? 0),
          )
        }
        names.add(name)
      }
    },
  })
}

const firstLine = (error: unknown): string => String(error instanceof Error ? error.message : error).split('\n')[0] ?? ''
