import { fieldsOf, LONGEST_LIST, type Field } from '../assessments/form.ts'
import type { Json, JsonObject } from '../kernel/json.ts'
import type { Form } from '../programmes/schema.ts'

/**
 * Answers as an HTML form carries them, and back. Names of controls begin with `a.`, so that no question can be called like
 * anything else on the page. What cannot be read as the form asks stays text, so that whoever typed it gets it back with what
 * is wrong beside it.
 */

type Typed = { readonly [name: string]: string | Uint8Array }
type Asked = Pick<Field, 'answer'>

/** Name of the control of an answer. */
export const controlOf = (place: string): string => `a.${place}`

/** The control in an entry of a list of records. */
export const controlInRecord = (field: string, entry: number, part: string): string => `${controlOf(field)}[${entry}].${part}`

/** Reads what was typed. Fields that the form does not know come along, to be refused by it. */
export function typedAnswers(form: Form, typed: Typed): JsonObject {
  const answers: { [key: string]: Json } = {}
  const known = new Set<string>()
  const take = (place: string, asked: Asked): void => {
    const value = typedAnswer(asked, place, typed)
    for (const name of [controlOf(place), `${controlOf(place)}:from`, `${controlOf(place)}:to`]) known.add(name)
    if (value !== null) answers[place] = value
  }
  for (const field of fieldsOf(form)) {
    if (field.answer === 'records') {
      const records = typedRecords(field, typed, known)
      if (records.length > 0) answers[field.id] = records
      continue
    }
    take(field.id, field)
    for (const part of field.parts ?? []) take(`${field.id}.${part.id}`, part)
  }
  for (const [name, value] of Object.entries(typed)) {
    if (name.startsWith('a.') && !known.has(name) && value !== '') answers[name.slice(2)] = typeof value === 'string' ? value : ''
  }
  return answers
}

function typedRecords(field: Field, typed: Typed, known: Set<string>): readonly JsonObject[] {
  const records: JsonObject[] = []
  for (let entry = 0; entry <= LONGEST_LIST; entry++) {
    const names = (field.parts ?? []).map((part) => controlInRecord(field.id, entry, part.id))
    if (!names.some((name) => Object.hasOwn(typed, name))) break
    for (const name of names) known.add(name)
    const record: { [part: string]: Json } = {}
    for (const part of field.parts ?? []) {
      const value = typedAnswer(part, `${field.id}[${entry}].${part.id}`, typed)
      if (value !== null) record[part.id] = value
    }
    if (Object.keys(record).length > 0) records.push(record)
  }
  return records
}

/** One answer, or null when nothing was typed. */
function typedAnswer({ answer }: Asked, place: string, typed: Typed): Json | null {
  const text = (suffix = ''): string => {
    const name = controlOf(place) + suffix
    const value = Object.hasOwn(typed, name) ? typed[name] : undefined
    return typeof value === 'string' ? value.replaceAll('\r\n', '\n').trim() : ''
  }
  if (answer === 'number-range') {
    const [from, to] = [text(':from'), text(':to')]
    return from === '' && to === '' ? null : { from: numberOr(from), to: numberOr(to) }
  }
  const value = text()
  if (value === '') return null
  switch (answer) {
    case 'yes-no':
      return value === 'yes' ? true : value === 'no' ? false : value
    case 'number':
      return numberOr(value)
    case 'list':
      return linesOf(value)
    case 'countries':
      return value
        .split(/[\s,;]+/)
        .filter((one) => one !== '')
        .map((one) => one.toUpperCase())
    case 'text':
    case 'rich-text':
    case 'choice':
    case 'email':
    case 'url':
    case 'date':
    case 'records':
      return value
  }
}

const linesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

const numberOr = (text: string): Json => (/^-?\d{1,15}([.,]\d{1,6})?$/.test(text) ? Number(text.replace(',', '.')) : text)

/** An answer as a control shows it. */
export function asTyped(value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value)) return value.map((one: Json) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** A side of a range as its control shows it. */
export function sideOf(value: Json | undefined, side: 'from' | 'to'): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return ''
  return asTyped((value as JsonObject)[side])
}

/** Entries of a list of records, as far as they are some. */
export function recordsIn(value: Json | undefined): readonly JsonObject[] {
  if (!Array.isArray(value)) return []
  return value.filter((one: Json): one is JsonObject => typeof one === 'object' && one !== null && !Array.isArray(one))
}
