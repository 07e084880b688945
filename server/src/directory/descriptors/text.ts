import { parseDocument } from 'yaml'
import { Refused } from '../../kernel/refused.ts'

/** Real descriptors are a few kilobytes; a megabyte is a generous bound and keeps every parser below cheap. */
export const LARGEST_DESCRIPTOR_BYTES = 1_048_576

/** Deeper nesting has no use in a descriptor and would exhaust the stack of whatever walks it. */
export const DEEPEST_NESTING = 64

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
  const value = format === 'json' ? parsedJson(text) : parsedYaml(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refused('descriptor.not_an_object', 'a descriptor is an object with named members; this file holds something else', '/')
  }
  refuseDepthOf(value, '', 0)
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
      if (depth > DEEPEST_NESTING) tooDeep(`line ${text.slice(0, at).split('\n').length}`)
    } else if ((code === 0x7d || code === 0x5d) && depth > 0) depth--
  }
}

function refuseDepthOf(value: unknown, at: string, depth: number): void {
  if (depth > DEEPEST_NESTING) tooDeep(at)
  if (typeof value !== 'object' || value === null) return
  for (const [key, member] of Object.entries(value)) refuseDepthOf(member, `${at}/${key}`, depth + 1)
}

function tooDeep(where: string): never {
  throw new Refused('descriptor.too_deep', `this file nests deeper than ${DEEPEST_NESTING} levels; no descriptor needs that`, where)
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const told = String(error instanceof Error ? error.message : error)
    const place = /position (\d+)/.exec(told)?.[1]
    const where = place === undefined ? undefined : lineAndColumn(text, Number(place))
    throw new Refused(
      'descriptor.not_json',
      `this file starts like JSON but is not: ${told}. Mend that place; a trailing comma or a comment is the usual cause.`,
      where,
    )
  }
}

function parsedYaml(text: string): unknown {
  // Plain data only: no custom tags, no merge keys, and aliases may not multiply (a few lines can unfold to gigabytes).
  let document: ReturnType<typeof parseDocument>
  try {
    document = parseDocument(text, { schema: 'core', merge: false, uniqueKeys: true, stringKeys: true, prettyErrors: true })
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
  try {
    return document.toJS({ maxAliasCount: 50 })
  } catch (error) {
    throw new Refused('descriptor.too_many_aliases', `this file’s aliases unfold to too much (${firstLine(error)}); write the values out`)
  }
}

const firstLine = (error: unknown): string => String(error instanceof Error ? error.message : error).split('\n')[0] ?? ''

function lineAndColumn(text: string, position: number): string {
  const before = text.slice(0, position).split('\n')
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
}
