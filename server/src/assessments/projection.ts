import type { Json } from '../kernel/json.ts'
import type { Form, Questionnaire } from '../programmes/schema.ts'
import { fieldsOf, isAsked, type Answers, type Field, type Origin, type Origins } from './form.ts'

/**
 * The same answers as another questionnaire asks for them. Nothing is answered twice: a row takes the first answer that the
 * pack names for it, and says where that comes from; what nobody answered, and what the programme does not ask, stays open.
 */

/** Published answers of one form, as far as whoever asks may read them. */
export type Sheet = { readonly form: Form; readonly answers: Answers; readonly origins: Origins }

export type ProjectedRow = {
  readonly id: string
  readonly about: string
  readonly state: 'answered' | 'not_provided' | 'not_asked'
  /** Yes, no, not applicable, or null where the answer is words. */
  readonly answer: 'yes' | 'no' | 'na' | null
  /** The answer as it was given, with its parts. */
  readonly given: Answers
  readonly source: { readonly form: string; readonly field: string; readonly ask: string; readonly origin: Origin | null } | null
}

/** A questionnaire filled in from the answers that there are. */
export function project(questionnaire: Questionnaire, sheets: readonly Sheet[]): readonly ProjectedRow[] {
  return questionnaire.rows.map(({ id, about, from }) => {
    for (const { form, field: name, as } of from) {
      const sheet = sheets.find((one) => one.form.id === form)
      const field = sheet === undefined ? undefined : fieldsOf(sheet.form).find((one) => one.id === name)
      const value = sheet?.answers[name]
      if (sheet === undefined || field === undefined || value === undefined || !isAsked(sheet.form, field, sheet.answers)) continue
      const answer = meaning(value, as)
      if (as !== undefined && answer === null) continue
      const source = { form, field: name, ask: field.ask, origin: sheet.origins[name] ?? null }
      return { id, about, state: 'answered' as const, answer, given: givenAt(field, sheet.answers), source }
    }
    const state = from.length === 0 ? ('not_asked' as const) : ('not_provided' as const)
    return { id, about, state, answer: null, given: {}, source: null }
  })
}

function meaning(value: Json, as: { readonly [answer: string]: 'yes' | 'no' | 'na' } | undefined): ProjectedRow['answer'] {
  if (as !== undefined) {
    const key = typeof value === 'string' || typeof value === 'boolean' ? String(value) : ''
    return Object.hasOwn(as, key) ? (as[key] ?? null) : null
  }
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : null
}

const givenAt = (field: Field, answers: Answers): Answers =>
  Object.fromEntries(
    [field.id, ...(field.parts ?? []).map((part) => `${field.id}.${part.id}`)].flatMap((place) => {
      const value = answers[place]
      return value === undefined ? [] : [[place, value] as const]
    }),
  )

/** Every question of a form as rows, answered or not: the form itself as a buyer takes it along. */
export function rowsOf(sheet: Sheet, shown: readonly Field['shown'][]): readonly ProjectedRow[] {
  return fieldsOf(sheet.form)
    .filter((field) => shown.includes(field.shown))
    .map((field) => {
      const value = sheet.answers[field.id]
      const asked = isAsked(sheet.form, field, sheet.answers)
      const state = !asked ? ('not_asked' as const) : value === undefined ? ('not_provided' as const) : ('answered' as const)
      const source = { form: sheet.form.id, field: field.id, ask: field.ask, origin: sheet.origins[field.id] ?? null }
      const answer = typeof value === 'boolean' ? (value ? ('yes' as const) : ('no' as const)) : null
      return { id: field.id, about: field.ask, state, answer, given: asked ? givenAt(field, sheet.answers) : {}, source }
    })
}

const ANSWER_WORDS = { yes: 'Yes', no: 'No', na: 'Not applicable' } as const
const STATE_WORDS = { answered: '', not_provided: 'Data not provided', not_asked: 'Not asked' } as const satisfies Record<
  ProjectedRow['state'],
  string
>

/** Rows as CSV (RFC 4180), in which no cell starts a formula of whatever program opens it. */
export function asCsv(rows: readonly ProjectedRow[]): string {
  const head = ['id', 'about', 'answer', 'details', 'source form', 'source question', 'said for', 'since']
  const lines = rows.map(({ id, about, state, answer, given, source }) => [
    id,
    about,
    state === 'answered' ? (answer === null ? 'See details' : ANSWER_WORDS[answer]) : STATE_WORDS[state],
    detailsOf(given, answer),
    source?.form ?? '',
    source?.ask ?? '',
    source?.origin === null || source === null ? '' : source.origin.from === 'partner' ? 'all apps of the partner' : 'this app',
    source?.origin?.since ?? '',
  ])
  return `${[head, ...lines].map((cells) => cells.map(csvCell).join(',')).join('\r\n')}\r\n`
}

function detailsOf(given: Answers, answer: ProjectedRow['answer']): string {
  return Object.values(given)
    .filter((value) => answer === null || typeof value !== 'boolean')
    .map(inWords)
    .join('; ')
}

function inWords(value: Json): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  if (typeof value === 'boolean') return value ? 'Yes' : 'No'
  if (value === null) return ''
  if (Array.isArray(value)) return value.map(inWords).join(', ')
  return Object.entries(value)
    .map(([name, one]) => `${name}: ${inWords(one ?? null)}`)
    .join(', ')
}

/** Characters with which a spreadsheet begins a formula, wide ones and those behind space too; a quote in front makes them text. */
const FORMULA = /^[\s\p{C}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/u

/** One cell. */
export function csvCell(text: string): string {
  const plain = FORMULA.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(plain) || plain !== text ? `"${plain.replaceAll('"', '""')}"` : plain
}
