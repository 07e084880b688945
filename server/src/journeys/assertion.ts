import type { Json } from '../kernel/json.ts'
import { Refused } from '../kernel/refused.ts'
import type { Answer } from '../platform/net/client.ts'

/**
 * What an answer has to be like, one sentence a line:
 *
 *     status = 200              status in 200..299
 *     header content-type contains "json"
 *     body contains "Welcome"
 *     json /items/0/name = "x"  json /items length >= 3   json /error absent
 *     total < 3000 ms           first-byte < 800 ms
 *
 * A place in JSON is a pointer of RFC 6901. There are no patterns: a stranger's regular expression can stand still for hours.
 */
export type Assertion = { readonly text: string; readonly subject: Subject; readonly test: Test }

type Subject =
  | { readonly of: 'status' | 'body' }
  | { readonly of: 'header'; readonly name: string }
  | { readonly of: 'json'; readonly pointer: string; readonly length: boolean }
  | { readonly of: Timing }

type Timing = (typeof TIMINGS)[number]
const TIMINGS = ['dns', 'connect', 'tls', 'first-byte', 'total'] as const

type Test =
  | { readonly is: 'exists' | 'absent' }
  | { readonly is: 'in'; readonly from: number; readonly to: number }
  | { readonly is: '=' | '!='; readonly value: string | number | boolean | null }
  | { readonly is: '<' | '<=' | '>' | '>='; readonly value: number }
  | { readonly is: 'contains' | 'starts-with' | 'ends-with'; readonly value: string }

/** What of an answer an assertion looks at. */
export type Seen = Pick<Answer, 'status' | 'headers' | 'body' | 'phases'>

/** Whether an assertion holds; if not, what was there instead, in one sentence. */
export type Held = { readonly holds: true } | { readonly holds: false; readonly told: string }

const LONGEST = 500
const LONGEST_TOLD = 200
const ORDERED = ['<', '<=', '>', '>='] as const
const TEXTUAL = ['contains', 'starts-with', 'ends-with'] as const
const MOST_MS = 600_000

/** Reads an assertion; refuses it with the column that cannot be meant. */
export function readAssertion(text: string, where: string): Assertion {
  if (text.length > LONGEST) throw mistake(where, 1, `it has ${text.length} characters; ${LONGEST} are taken`)
  const words = wordsIn(text, where)
  const next = (what: string): Word => {
    const word = words.shift()
    if (word === undefined) throw mistake(where, text.length + 1, `${what} is missing`)
    return word
  }
  const subject = subjectIn(next('what to look at'), next, words, where)
  const test = testIn(subject, next, where)
  const more = words[0]
  if (more !== undefined) throw mistake(where, more.column, `"${more.text}" is too much`)
  return { text, subject, test }
}

type Word = { readonly text: string; readonly quoted: boolean; readonly column: number }

function wordsIn(text: string, where: string): Word[] {
  const words: Word[] = []
  const form = /\s*(?:("(?:[^"\\]|\\.)*")|(\S+))/gy
  let at = 0
  for (;;) {
    form.lastIndex = at
    const found = form.exec(text)
    if (found === null) return words
    const raw = found[1] ?? found[2] ?? ''
    at = form.lastIndex
    const column = at - raw.length + 1
    words.push(found[1] === undefined ? { text: raw, quoted: false, column } : { text: unquoted(raw, where, column), quoted: true, column })
  }
}

function unquoted(raw: string, where: string, column: number): string {
  try {
    const read: unknown = JSON.parse(raw)
    if (typeof read === 'string') return read
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw mistake(where, column, `${raw} is no text in quotes; write it as in JSON`)
}

function subjectIn(word: Word, next: (what: string) => Word, rest: Word[], where: string): Subject {
  switch (word.text) {
    case 'status':
    case 'body':
      return { of: word.text }
    case 'header':
      return { of: 'header', name: next('the name of the header').text.toLowerCase() }
    case 'json': {
      const { text: pointer, column } = next('a pointer such as /items/0')
      if (pointer !== '' && !pointer.startsWith('/')) throw mistake(where, column, `"${pointer}" is no pointer; it starts with /`)
      if (/~(?![01])/.test(pointer)) throw mistake(where, column, 'in a pointer ~ is written ~0, and / inside a name ~1')
      const length = rest[0]?.text === 'length'
      if (length) rest.shift()
      return { of: 'json', pointer, length }
    }
    default: {
      const timing = TIMINGS.find((one) => one === word.text)
      if (timing !== undefined) return { of: timing }
      throw mistake(where, word.column, `"${word.text}" cannot be looked at; status, header, body, json, ${TIMINGS.join(', ')} can`)
    }
  }
}

function testIn(subject: Subject, next: (what: string) => Word, where: string): Test {
  const { text: is, column } = next('a comparison such as = or contains')
  const asNumber = (word: Word): number => {
    const number = Number(word.text)
    if (word.quoted || word.text === '' || !Number.isFinite(number)) throw mistake(where, word.column, `"${word.text}" is no number`)
    return number
  }
  const timed = TIMINGS.some((one) => one === subject.of)
  const ordered = ORDERED.find((one) => one === is)
  if (ordered !== undefined) {
    if (subject.of === 'header' || subject.of === 'body') throw mistake(where, column, `a ${subject.of} is text; use =, != or contains`)
    const value = asNumber(next('a number'))
    if (!timed) return { is: ordered, value }
    const unit = next('the unit, ms or s')
    if (unit.text !== 'ms' && unit.text !== 's') throw mistake(where, unit.column, `"${unit.text}" is no unit here; ms and s are`)
    const span = unit.text === 's' ? value * 1_000 : value
    if (span < 0 || span > MOST_MS) throw mistake(where, unit.column, 'a time is between 0 and 600 s')
    return { is: ordered, value: span }
  }
  if (timed) throw mistake(where, column, `a time is compared with <, <=, > or >=, such as ${subject.of} < 800 ms`)
  if (is === 'in') {
    const range = next('a range such as 200..299')
    const [, from, to] = /^(\d{1,9})\.\.(\d{1,9})$/.exec(range.text) ?? []
    if (from === undefined || to === undefined || Number(from) > Number(to)) {
      throw mistake(where, range.column, `"${range.text}" is no range; write 200..299`)
    }
    return { is, from: Number(from), to: Number(to) }
  }
  if (is === 'exists' || is === 'absent') {
    if (subject.of === 'status' || subject.of === 'body') throw mistake(where, column, `every answer has a ${subject.of}`)
    return { is }
  }
  const textual = TEXTUAL.find((one) => one === is)
  if (textual !== undefined) return { is: textual, value: next('the text to look for').text }
  if (is === '=' || is === '!=') {
    const word = next('a value')
    if (subject.of === 'status' || (subject.of === 'json' && subject.length)) return { is, value: asNumber(word) }
    if (subject.of === 'json' && !word.quoted) return { is, value: literalIn(word, where) }
    return { is, value: word.text }
  }
  throw mistake(where, column, `"${is}" is no comparison; =, !=, <, <=, >, >=, in, contains, starts-with, ends-with, exists, absent are`)
}

function literalIn({ text, column }: Word, where: string): number | boolean | null {
  if (text === 'true' || text === 'false') return text === 'true'
  if (text === 'null') return null
  const number = Number(text)
  if (Number.isFinite(number)) return number
  throw mistake(where, column, `${text} is no JSON; put text into quotes`)
}

/** Holds an assertion against an answer. Never throws for what the answer is like. */
export function holds({ subject, test }: Assertion, seen: Seen): Held {
  const found = valueOf(subject, seen)
  if (found.kind === 'nonsense') return { holds: false, told: found.told }
  const { value } = found
  if (compared(value, test)) return { holds: true }
  return { holds: false, told: value === undefined ? 'it is not there' : `it is ${short(value)}` }
}

/** What is not there is not equal to anything, and neither small nor large. */
function compared(value: Json | undefined, test: Test): boolean {
  switch (test.is) {
    case 'exists':
      return value !== undefined
    case 'absent':
      return value === undefined
    case '=':
      return value === test.value
    case '!=':
      return value !== test.value
    case '<':
      return typeof value === 'number' && value < test.value
    case '<=':
      return typeof value === 'number' && value <= test.value
    case '>':
      return typeof value === 'number' && value > test.value
    case '>=':
      return typeof value === 'number' && value >= test.value
    case 'in':
      return typeof value === 'number' && value >= test.from && value <= test.to
    case 'contains':
      return Array.isArray(value) ? value.includes(test.value) : typeof value === 'string' && value.includes(test.value)
    case 'starts-with':
      return typeof value === 'string' && value.startsWith(test.value)
    case 'ends-with':
      return typeof value === 'string' && value.endsWith(test.value)
  }
}

type Found = { readonly kind: 'value'; readonly value: Json | undefined } | { readonly kind: 'nonsense'; readonly told: string }

const found = (value: Json | undefined): Found => ({ kind: 'value', value })

function valueOf(subject: Subject, { status, headers, body, phases }: Seen): Found {
  switch (subject.of) {
    case 'status':
      return found(status)
    case 'body':
      return found(textOf(body))
    case 'header': {
      const values = headers.filter(([name]) => name.toLowerCase() === subject.name).map(([, value]) => value)
      return found(values.length === 0 ? undefined : values.join(', '))
    }
    case 'json': {
      const read = jsonOf(body)
      if (read.kind === 'nonsense') return read
      const value = pointed(read.value, subject.pointer)
      return found(subject.length ? lengthOf(value) : value)
    }
    case 'dns':
      return found(phases.dns_ms ?? undefined)
    case 'connect':
      return found(phases.connect_ms ?? undefined)
    case 'tls':
      return found(phases.tls_ms ?? undefined)
    case 'first-byte':
      return found(phases.first_byte_ms ?? undefined)
    case 'total':
      return found(phases.total_ms)
  }
}

/** A JSON body, or why it is none. */
export function jsonOf(
  body: Uint8Array,
): { readonly kind: 'value'; readonly value: Json } | { readonly kind: 'nonsense'; readonly told: string } {
  try {
    return { kind: 'value', value: JSON.parse(textOf(body)) as Json }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return { kind: 'nonsense', told: 'the body is no JSON' }
    throw error
  }
}

/** What lies at a pointer of RFC 6901, or undefined. Own members only, so that no name reaches a prototype. */
export function pointed(value: Json, pointer: string): Json | undefined {
  if (pointer === '') return value
  let at: Json | undefined = value
  for (const part of pointer.slice(1).split('/')) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined
    // A list has places, and a length that `length` asks for.
    if (Array.isArray(at) && !/^\d+$/.test(name)) return undefined
    // The guarantee of the cast: an array and an object both have what `hasOwn` says by that name.
    at = (at as { readonly [name: string]: Json })[name]
  }
  return at
}

const lengthOf = (value: Json | undefined): number | undefined =>
  Array.isArray(value) || typeof value === 'string'
    ? value.length
    : typeof value === 'object' && value !== null
      ? Object.keys(value).length
      : undefined

const textOf = (body: Uint8Array): string => new TextDecoder().decode(body)

/** In few words: what is nested deeply cannot even be printed. */
function short(value: Json): string {
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = JSON.stringify(value)
  return text.length > LONGEST_TOLD ? `${text.slice(0, LONGEST_TOLD)}…` : text
}

const mistake = (where: string, column: number, told: string): Refused =>
  new Refused('journeys.assertion', `This cannot be checked: at column ${column}, ${told}.`, where)
