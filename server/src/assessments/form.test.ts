import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../kernel/json.ts'
import { PROGRAMMES_FOLDER } from '../platform/config.ts'
import { loadPacks } from '../programmes/load.ts'
import { Form } from '../programmes/schema.ts'
import { completeness, fieldsOf, isAsked, LONGEST_LIST, LONGEST_TEXT, missing, readAnswers, scored, shownTo, type Field } from './form.ts'

const field = (id: string, answer: Field['answer'], more: Partial<Field> = {}): Field => ({
  id,
  ask: `${id}?`,
  shown: 'public',
  answer,
  required: true,
  ...more,
})
const formOf = (...fields: Field[]): Form =>
  Form.parse({
    id: 'f',
    title: 'F',
    since: '2026-01-01',
    cites: [{ source: 's', confidence: 'ours' }],
    groups: [{ id: 'g', title: 'G', fields }],
  })

const FORM = formOf(
  field('stores', 'yes-no', {
    parts: [{ id: 'where', ask: 'Where?', answer: 'countries', required: true, when_answered: true }],
    scoring: [{ answer: true, result: 'warning', says: 'Say more.' }],
  }),
  field('why', 'text', { when: { field: 'stores', is: true }, shown: 'operator' }),
  field('how', 'text', { when: { field: 'why', is: 'because' }, scoring: [{ answer: 'badly', result: 'fail', says: 'No.' }] }),
  field('who', 'records', {
    shown: 'partner',
    parts: [
      { id: 'name', ask: 'Name?', answer: 'text', required: true },
      { id: 'since', ask: 'Since?', answer: 'date', required: false },
    ],
  }),
  field('note', 'rich-text', { required: false }),
)

describe('completeness', () => {
  it.each<[string, JsonObject, number, string[]]>([
    ['nothing', {}, 0, ['stores', 'who']],
    ['a no that ends the questions', { stores: false }, 1 / 2, ['who']],
    ['a yes that opens more', { stores: true }, 1 / 4, ['stores.where', 'why', 'who']],
    ['the part of the yes', { stores: true, 'stores.where': ['DE'] }, 2 / 4, ['why', 'who']],
    ['a chain of questions', { stores: true, why: 'because' }, 2 / 5, ['stores.where', 'how', 'who']],
    ['a record without its name', { stores: false, who: [{ since: '2026-01-01' }] }, 2 / 3, ['who[0].name']],
    ['two records, one whole', { stores: false, who: [{ name: 'a' }, {}] }, 3 / 4, ['who[1].name']],
    ['everything', { stores: false, who: [{ name: 'a' }] }, 1, []],
    ['empty answers', { stores: null, who: [] }, 0, ['stores', 'who']],
  ])('of %s', (_, answers, share, places) => {
    expect(completeness(FORM, answers)).toBeCloseTo(share, 10)
    expect(missing(FORM, answers).map(({ at }) => at)).toEqual(places)
  })

  it('is whole where nothing is required', () => expect(completeness(formOf(field('x', 'text', { required: false })), {})).toBe(1))

  it('asks nothing of what hangs on a question that is not asked', () => {
    const [, , how] = fieldsOf(FORM)
    expect(how === undefined ? null : isAsked(FORM, how, { stores: false, why: 'because' })).toBe(false)
  })

  it('asks none of the questions that hang on each other in a ring', () => {
    const ring = formOf(field('a', 'yes-no', { when: { field: 'b', is: true } }), field('b', 'yes-no', { when: { field: 'a', is: true } }))
    expect(missing(ring, { a: true, b: true })).toEqual([])
  })
})

describe('scoring', () => {
  it('is of answers that are asked', () => {
    expect(scored(FORM, { stores: true })).toEqual([{ field: 'stores', result: 'warning', says: 'Say more.' }])
    expect(scored(FORM, { stores: true, why: 'because', how: 'badly' }).map(({ result }) => result)).toEqual(['warning', 'fail'])
    expect(scored(FORM, { stores: false, why: 'because', how: 'badly' })).toEqual([])
  })
})

describe('what is shown', () => {
  it('goes by field, parts with theirs, and leaves out what is not asked any more', () => {
    const answers = { stores: true, 'stores.where': ['DE'], why: 'a secret', who: [{ name: 'a' }], note: 'n' }
    expect(shownTo(FORM, answers, 'public')).toEqual({ stores: true, 'stores.where': ['DE'], note: 'n' })
    expect(shownTo(FORM, answers, 'operator')).toEqual({ why: 'a secret' })
    expect(shownTo(FORM, answers, 'partner')).toEqual({ who: [{ name: 'a' }] })
    expect(shownTo(FORM, { ...answers, stores: false }, 'operator')).toEqual({})
  })
})

describe('answers that fit', () => {
  const fits = (answer: Field['answer'], value: Json, more: Partial<Field> = {}): boolean =>
    readAnswers(formOf(field('x', answer, more)), { x: value }).mistakes.length === 0

  it.each<[Field['answer'], Json[], Json[]]>([
    ['yes-no', [true, false], ['true', 1, [true], {}]],
    ['text', ['a', 'a'.repeat(LONGEST_TEXT)], [1, 'a'.repeat(LONGEST_TEXT + 1), '\uD800', ['a']]],
    ['number', [0, -1.5], ['1', [1]]],
    ['email', ['a@b.example'], ['a', 'a@b\r\nBcc: x@y.example', 'a b@c.example', `${'a'.repeat(300)}@b.example`]],
    ['url', ['https://a.example/x', 'http://a.example'], ['javascript:alert(1)', 'a.example', 'https://u:p@a.example', 'data:text/html,x']],
    ['date', ['2026-02-28', '2028-02-29'], ['2026-02-29', '2026-02-30', '2026-1-1', '26-01-01', '2026-01-01T00:00:00Z']],
    ['list', [['a', 'b']], ['a', [1], Array<string>(LONGEST_LIST + 1).fill('a')]],
    ['countries', [['DE', 'FR']], ['DE', ['de'], ['DEU'], [1]]],
    [
      'number-range',
      [
        { from: 1, to: 2 },
        { from: 1, to: 1 },
      ],
      [{ from: 2, to: 1 }, { from: 1 }, [1, 2], { from: 1, to: 2, more: 3 }],
    ],
  ])('%s', (answer, right, wrong) => {
    for (const value of right) expect([value, fits(answer, value)]).toEqual([value, true])
    for (const value of wrong) expect([value, fits(answer, value)]).toEqual([value, false])
  })

  it('choice: one of its own', () => {
    expect(fits('choice', 'a', { choices: ['a', 'b'] })).toBe(true)
    for (const value of ['c', 'A', ['a'], '__proto__', 'constructor']) expect(fits('choice', value, { choices: ['a', 'b'] })).toBe(false)
  })

  it('says the place of each mistake, in records too, and names what is not asked', () => {
    const { answers, mistakes } = readAnswers(FORM, { stores: 'yes', who: [{ name: 'a', since: 'then' }], other: 1, note: 'kept' })
    expect(mistakes.map(({ at }) => at)).toEqual(['stores', 'who', 'other'])
    expect(mistakes[1]?.says).toContain('Entry 1, since')
    expect(answers).toEqual({ note: 'kept' })
    expect(readAnswers(FORM, { who: [{ nick: 'x' }] }).mistakes[0]?.says).toContain('"nick"')
  })

  it('drops empty answers and keeps none of the prototype’s', () => {
    expect(readAnswers(FORM, { stores: null, note: '', who: [] })).toEqual({ answers: {}, mistakes: [] })
    expect(readAnswers(formOf(field('constructor', 'text')), {})).toEqual({ answers: {}, mistakes: [] })
  })

  it('never throws, and takes what it took once more', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('stores', 'stores.where', 'why', 'how', 'who', 'note', 'x'), fc.jsonValue()), (given) => {
        const { answers } = readAnswers(FORM, given as JsonObject)
        expect(readAnswers(FORM, answers)).toEqual({ answers, mistakes: [] })
        const share = completeness(FORM, answers)
        expect(share >= 0 && share <= 1).toBe(true)
        expect(share === 1).toBe(missing(FORM, answers).length === 0)
      }),
    )
  })
})

/** An answer of each kind that fits. */
function someAnswer(of: {
  readonly answer: string
  readonly choices?: readonly string[] | undefined
  readonly parts?: Field['parts']
}): Json {
  switch (of.answer) {
    case 'yes-no':
      return true
    case 'number':
      return 1
    case 'number-range':
      return { from: 1, to: 2 }
    case 'choice':
      return of.choices?.[0] ?? ''
    case 'email':
      return 'security@partner.example'
    case 'url':
      return 'https://partner.example/x'
    case 'date':
      return '2026-11-24'
    case 'list':
      return ['one']
    case 'countries':
      return ['DE']
    case 'records':
      return [Object.fromEntries((of.parts ?? []).map((part) => [part.id, someAnswer(part)]))]
    default:
      return 'An answer.'
  }
}

describe('the forms of the programmes that come with Castellan', () => {
  const forms = loadPacks(PROGRAMMES_FOLDER).flatMap((pack) => pack.forms.map((form) => [`${pack.programme.id} ${form.id}`, form] as const))

  it('are there', () => expect(forms.length).toBeGreaterThan(3))

  it.each(forms)('%s can be answered whole, and starts empty', (_, form) => {
    expect(completeness(form, {})).toBeLessThan(1)
    const all = Object.fromEntries(
      fieldsOf(form).flatMap((one) => [
        [one.id, someAnswer(one)],
        ...(one.answer === 'records' ? [] : (one.parts ?? []).map((part) => [`${one.id}.${part.id}`, someAnswer(part)])),
      ]),
    ) as JsonObject
    const { answers, mistakes } = readAnswers(form, all)
    expect(mistakes).toEqual([])
    expect([missing(form, answers), completeness(form, answers)]).toEqual([[], 1])
  })
})
