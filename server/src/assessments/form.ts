import { canonical } from '../kernel/canonical.ts'
import type { Json, JsonObject } from '../kernel/json.ts'
import type { Instant } from '../kernel/time.ts'
import type { Form } from '../programmes/schema.ts'

/**
 * Answers to a form of a pack. An answer stands under its field's id; what goes with it, under `{field}.{part}`; records are
 * a list of objects with a member for each part. Pure: the form is data, and so are the answers.
 */
export type Answers = JsonObject

/** A place where an answer is missing or wrong, in words that its partner can act on. */
export type Mistake = { readonly at: string; readonly says: string }

/** What an answer brings by itself, by the form's own scoring. */
export type Scored = { readonly field: string; readonly result: 'info' | 'warning' | 'fail'; readonly says: string }

export type Field = Form['groups'][number]['fields'][number]
type Part = NonNullable<Field['parts']>[number]
type AnswerKind = Field['answer'] | Part['answer']

export const LONGEST_TEXT = 10_000
export const LONGEST_LIST = 200

/** All fields of a form, in order. */
export const fieldsOf = (form: Form): readonly Field[] => form.groups.flatMap((group) => group.fields)

/** Takes answers as they came: those that fit, without the empty ones, and what is wrong with the rest. */
export function readAnswers(form: Form, given: JsonObject): { readonly answers: Answers; readonly mistakes: readonly Mistake[] } {
  const answers: { [key: string]: Json } = {}
  const mistakes: Mistake[] = []
  const known = new Set<string>()
  const take = (key: string, says: string | null): void => {
    known.add(key)
    const value = Object.hasOwn(given, key) ? given[key] : undefined
    if (value === undefined || isEmpty(value)) return
    if (says === null) answers[key] = value
    else mistakes.push({ at: key, says })
  }
  for (const field of fieldsOf(form)) {
    take(field.id, mistakeIn(field, given[field.id]))
    if (field.answer === 'records') continue
    for (const part of field.parts ?? []) take(keyOf(field, part), mistakeIn(part, given[keyOf(field, part)]))
  }
  for (const key of Object.keys(given)) {
    if (!known.has(key)) mistakes.push({ at: key, says: 'The form does not ask this.' })
  }
  return { answers, mistakes }
}

/** The required answers that are missing now, with what depends on other answers taken into account. */
export function missing(form: Form, answers: Answers): readonly Mistake[] {
  return requiredPlaces(form, answers).flatMap(({ at, ask, answered }) => (answered ? [] : [{ at, says: ask }]))
}

/** Share of the required answers that are there, 0 to 1; 1 when nothing is required. */
export function completeness(form: Form, answers: Answers): number {
  const places = requiredPlaces(form, answers)
  return places.length === 0 ? 1 : places.filter(({ answered }) => answered).length / places.length
}

/** What the given answers bring by themselves. An answer that is not asked any more brings nothing. */
export function scored(form: Form, answers: Answers): readonly Scored[] {
  return fieldsOf(form).flatMap((field) => {
    if (!isAsked(form, field, answers)) return []
    return (field.scoring ?? []).flatMap(({ answer, result, says }) =>
      answers[field.id] === answer ? [{ field: field.id, result, says }] : [],
    )
  })
}

/** The answers that may be shown to the public, to the partner or to the operator alone; those not asked any more are left out. */
export function shownTo(form: Form, answers: Answers, visibility: Field['shown']): Answers {
  const shown: { [key: string]: Json } = {}
  for (const field of fieldsOf(form)) {
    if (field.shown !== visibility || !isAsked(form, field, answers)) continue
    const parts = field.answer === 'records' ? [] : (field.parts ?? []).filter((part) => partIsAsked(field, part, answers))
    for (const key of [field.id, ...parts.map((part) => keyOf(field, part))]) {
      const value = answers[key]
      if (value !== undefined) shown[key] = value
    }
  }
  return shown
}

/** Where one answer comes from: the app's own, or its partner's for all apps; and since when it has stood like this. */
export type Origin = { readonly from: 'app' | 'partner'; readonly since: Instant }
export type Origins = { readonly [field: string]: Origin }

/** The places of a field: its own, and those of its parts. Records keep their parts inside. */
export const placesOf = (field: Field): readonly string[] => [
  field.id,
  ...(field.answer === 'records' ? [] : (field.parts ?? []).map((part) => keyOf(field, part))),
]

/** Whether anything was answered at a field or its parts. */
export const hasAnswer = (field: Field, answers: Answers): boolean => placesOf(field).some((place) => answers[place] !== undefined)

/**
 * An app's own answers over those of its partner, field by field: an own answer takes its parts along, so that a yes of the
 * app never stands beside the partner's details of a no.
 */
export function over(form: Form, partner: Answers, own: Answers): Answers {
  const both: { [key: string]: Json } = {}
  for (const field of fieldsOf(form)) {
    const from = hasAnswer(field, own) ? own : partner
    for (const place of placesOf(field)) {
      const value = from[place]
      if (value !== undefined) both[place] = value
    }
  }
  return both
}

/** A field whose answer is not what it was. */
export type Change = { readonly field: string; readonly before: Answers; readonly after: Answers }

/** What differs between two sets of answers, in the form's order. */
export function changesBetween(form: Form, before: Answers, after: Answers): readonly Change[] {
  return fieldsOf(form).flatMap((field) => {
    const [was, is] = [partOf(field, before), partOf(field, after)]
    return canonical(was) === canonical(is) ? [] : [{ field: field.id, before: was, after: is }]
  })
}

/** The answers at one field and its parts. */
function partOf(field: Field, answers: Answers): Answers {
  const part: { [key: string]: Json } = {}
  for (const place of placesOf(field)) {
    const value = answers[place]
    if (value !== undefined) part[place] = value
  }
  return part
}

/** Where each answered field comes from, keeping since when it has said the same. */
export function originsOf(
  form: Form,
  of: { readonly own: Answers; readonly answers: Answers },
  before: { readonly answers: Answers; readonly origins: Origins },
  now: Instant,
): Origins {
  const changed = new Set(changesBetween(form, before.answers, of.answers).map(({ field }) => field))
  const origins: { [field: string]: Origin } = {}
  for (const field of fieldsOf(form)) {
    if (!hasAnswer(field, of.answers)) continue
    const since = changed.has(field.id) ? now : (before.origins[field.id]?.since ?? now)
    origins[field.id] = { from: hasAnswer(field, of.own) ? 'app' : 'partner', since }
  }
  return origins
}

/** Result of a form's own scoring as a word; null for a form that scores nothing. */
export function resultOf(form: Form, results: readonly Scored[]): 'passed' | 'warned' | 'failed' | null {
  if (!fieldsOf(form).some((field) => field.scoring !== undefined)) return null
  if (results.some(({ result }) => result === 'fail')) return 'failed'
  return results.some(({ result }) => result === 'warning') ? 'warned' : 'passed'
}

/** Whether a field is asked, given the answers so far. A field that hangs on one that is not asked is not asked either. */
export function isAsked(form: Form, field: Field, answers: Answers): boolean {
  const seen = new Set<string>()
  let here: Field | undefined = field
  while (here?.when !== undefined) {
    const { when }: Field = here
    // A form whose conditions go round in a ring asks none of them.
    if (seen.has(here.id)) return false
    seen.add(here.id)
    if (answers[when.field] !== when.is) return false
    here = fieldsOf(form).find((one) => one.id === when.field)
  }
  return here !== undefined
}

type Place = { readonly at: string; readonly ask: string; readonly answered: boolean }

function requiredPlaces(form: Form, answers: Answers): readonly Place[] {
  return fieldsOf(form).flatMap((field): readonly Place[] => {
    if (!isAsked(form, field, answers)) return []
    const own: readonly Place[] = field.required ? [{ at: field.id, ask: field.ask, answered: isAnswered(answers[field.id]) }] : []
    if (field.answer === 'records') return [...own, ...recordPlaces(field, answers[field.id])]
    const parts = (field.parts ?? []).filter((part) => part.required && partIsAsked(field, part, answers))
    return [
      ...own,
      ...parts.map((part) => ({
        at: keyOf(field, part),
        ask: `${field.ask} ${part.ask}`,
        answered: isAnswered(answers[keyOf(field, part)]),
      })),
    ]
  })
}

function recordPlaces(field: Field, records: Json | undefined): readonly Place[] {
  if (!isList(records)) return []
  return records.flatMap((record, place) =>
    (field.parts ?? []).flatMap((part) => {
      if (!part.required || !isObject(record)) return []
      return [{ at: `${field.id}[${place}].${part.id}`, ask: `${field.ask} ${part.ask}`, answered: isAnswered(record[part.id]) }]
    }),
  )
}

/** A part is asked with its field's answer: with the one that it names, else with any. */
function partIsAsked(field: Field, part: Part, answers: Answers): boolean {
  const answer = answers[field.id]
  return part.when_answered === undefined ? isAnswered(answer) : answer === part.when_answered
}

const keyOf = (field: Field, part: Part): string => `${field.id}.${part.id}`
const isAnswered = (value: Json | undefined): boolean => value !== undefined && !isEmpty(value)
const isEmpty = (value: Json): boolean => value === null || value === '' || (isList(value) && value.length === 0)
const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)
const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !isList(value)
const isText = (value: Json): value is string =>
  typeof value === 'string' && value.length <= LONGEST_TEXT && value.isWellFormed() && !UNPRINTABLE.test(value)
/** Control characters other than tab and line breaks: nobody types them, and no storage keeps a null character. */
const UNPRINTABLE = /[^\P{Cc}\t\n\r]/u

/** What is wrong with an answer, or null. */
function mistakeIn(
  of: Pick<Field, 'answer' | 'choices'> & { readonly parts?: readonly Part[] | undefined },
  value: Json | undefined,
): string | null {
  if (value === undefined || isEmpty(value)) return null
  if (of.answer === 'records') return mistakeInRecords(of.parts ?? [], value)
  return FITS[of.answer](value, of.choices ?? []) ? null : WANTED[of.answer].replace('{choices}', (of.choices ?? []).join(', '))
}

function mistakeInRecords(parts: readonly Part[], value: Json): string | null {
  if (!isList(value) || value.length > LONGEST_LIST) return WANTED.records
  for (const [place, record] of value.entries()) {
    if (!isObject(record)) return `Entry ${place + 1} is not an object with ${parts.map((part) => part.id).join(', ')}.`
    for (const [name, answer] of Object.entries(record)) {
      const part = parts.find((one) => one.id === name)
      if (part === undefined) return `Entry ${place + 1} has "${name.slice(0, 50)}", which is not asked.`
      const says = mistakeIn(part, answer)
      if (says !== null) return `Entry ${place + 1}, ${part.id}: ${says}`
    }
  }
  return null
}

const FITS = {
  'yes-no': (value) => typeof value === 'boolean',
  text: isText,
  'rich-text': isText,
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  choice: (value, choices) => typeof value === 'string' && choices.includes(value),
  email: (value) => isText(value) && value.length <= 254 && /^[^\s@<>\p{C}]{1,64}@[^\s@<>\p{C}]+$/u.test(value),
  url: (value) => isText(value) && value.length <= 2_000 && isWebAddress(value),
  date: (value) => typeof value === 'string' && isDay(value),
  list: (value) => isList(value) && value.length <= LONGEST_LIST && value.every(isText),
  countries: (value) =>
    isList(value) && value.length <= LONGEST_LIST && value.every((one) => typeof one === 'string' && /^[A-Z]{2}$/.test(one)),
  'number-range': (value) =>
    isObject(value) &&
    Object.keys(value).every((key) => key === 'from' || key === 'to') &&
    typeof value['from'] === 'number' &&
    typeof value['to'] === 'number' &&
    value['from'] <= value['to'],
} as const satisfies Record<Exclude<AnswerKind, 'records'>, (value: Json, choices: readonly string[]) => boolean>

const WANTED = {
  'yes-no': 'Answer true or false.',
  text: `Answer with text, at most ${LONGEST_TEXT} characters, without control characters.`,
  'rich-text': `Answer with text, at most ${LONGEST_TEXT} characters, without control characters.`,
  number: 'Answer with a number.',
  choice: 'Choose one of {choices}.',
  email: 'Answer with one mail address.',
  url: 'Answer with a public address that starts with https:// or http://.',
  date: 'Answer with a day like 2026-11-23.',
  list: `Answer with a list of texts, at most ${LONGEST_LIST}.`,
  countries: 'Answer with a list of countries, each by its two capital letters, such as DE.',
  'number-range': 'Answer with {"from": number, "to": number}.',
  records: `Answer with a list of objects, at most ${LONGEST_LIST}.`,
} as const satisfies Record<AnswerKind, string>

function isWebAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null
  return (
    url !== null &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.password === '' &&
    isNameOfTheWorld(url.hostname)
  )
}

/** A host that others can look up. Addresses by number and names of an own network say nothing to a reader, and hint at what is inside. */
const isNameOfTheWorld = (host: string): boolean =>
  !host.startsWith('[') &&
  !/^[\d.]+$/.test(host) &&
  host.includes('.') &&
  !/\.(local|localhost|internal|intranet|lan|home\.arpa)\.?$/.test(host)

function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false
  const read = new Date(`${text}T00:00:00Z`)
  // 30 February rolls over into March, so only a day that prints as it was written is one.
  return !Number.isNaN(read.getTime()) && read.toISOString().startsWith(text)
}
