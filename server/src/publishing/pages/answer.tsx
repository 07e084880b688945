import type { ReactElement, ReactNode } from 'react'
import type { Answers, Field, Origin } from '../../assessments/form.ts'
import type { Json } from '../../kernel/json.ts'
import { listInWords } from '../words.ts'
import { recordsIn, sideOf } from '../typed-answers.ts'
import { Foreign, OnDay, withoutTricks } from './parts.tsx'

/** One answer as its reader sees it. Texts come from strangers: marks that turn them over are taken out, addresses are links of theirs. */

/** An answer with what goes with it, or that there is none. */
export function AnswerWords({ field, answers }: { readonly field: Field; readonly answers: Answers }): ReactElement {
  const value = answers[field.id]
  if (value === undefined) return <NotProvided />
  const parts = field.answer === 'records' ? [] : (field.parts ?? []).filter((part) => answers[`${field.id}.${part.id}`] !== undefined)
  return (
    <>
      {field.answer === 'records' ? <Records field={field} value={value} /> : valueInWords(field.answer, value)}
      {parts.map((part) => (
        <p key={part.id}>
          {part.ask}: {valueInWords(part.answer, answers[`${field.id}.${part.id}`])}
        </p>
      ))}
    </>
  )
}

/** What nobody answered, in the words that buyers know. */
export const NotProvided = (): ReactElement => <span className="quiet">Data not provided</span>

function Records({ field, value }: { readonly field: Field; readonly value: Json }): ReactElement {
  return (
    <ul className="plain">
      {recordsIn(value).map((record, entry) => (
        <li key={entry}>
          {(field.parts ?? [])
            .filter((part) => record[part.id] !== undefined)
            .map((part, place) => (
              <span key={part.id}>
                {place === 0 ? null : '; '}
                {part.ask}: {valueInWords(part.answer, record[part.id])}
              </span>
            ))}
        </li>
      ))}
    </ul>
  )
}

function valueInWords(answer: string, value: Json | undefined): ReactNode {
  if (value === undefined || value === null) return <NotProvided />
  if (typeof value === 'boolean') return value ? 'Yes' : 'No'
  if (typeof value === 'number') return String(value)
  if (answer === 'number-range') return `${sideOf(value, 'from')} to ${sideOf(value, 'to')}`
  if (answer === 'countries') return listInWords(textsIn(value).map(countryInWords))
  if (Array.isArray(value)) return <Foreign>{listInWords(textsIn(value).map(withoutTricks))}</Foreign>
  if (typeof value !== 'string') return <Foreign>{JSON.stringify(value)}</Foreign>
  if (answer === 'url') {
    return (
      <a href={value} rel="nofollow noopener noreferrer ugc" className="foreign">
        {withoutTricks(value)}
      </a>
    )
  }
  if (answer === 'choice') return <Foreign>{choiceInWords(value)}</Foreign>
  if (answer === 'date') return <OnDay at={value} />
  if (answer !== 'rich-text' && !value.includes('\n')) return <Foreign>{value}</Foreign>
  return (
    <span className="lines">
      {value.split('\n').map((line, place) => (
        <span key={place}>
          <Foreign>{line}</Foreign>
        </span>
      ))}
    </span>
  )
}

const textsIn = (value: Json): readonly string[] =>
  Array.isArray(value) ? value.map((one: Json) => (typeof one === 'string' ? one : JSON.stringify(one))) : [JSON.stringify(value)]

/** Codes of choices as words: `APP_SUPPORTS_DR` becomes `App supports dr`. */
export function choiceInWords(choice: string): string {
  const words = choice.replaceAll(/[_-]+/g, ' ').trim().toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

const COUNTRIES = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' })
const countryInWords = (code: string): string => COUNTRIES.of(code) ?? code

/** How an answer is known: who says so, and what else speaks for it. */
export type Known = {
  readonly origin: Origin | null
  /** Agreed by a reviewer on this day. */
  readonly confirmed_at: string | null
  /** What the operator's machine saw: it agrees, or says otherwise. */
  readonly seen: 'agrees' | null
  readonly linked: boolean
}

/** Provenance in one line. */
export function Provenance({ known }: { readonly known: Known }): ReactElement | null {
  const { origin, confirmed_at, seen, linked } = known
  if (origin === null) return null
  const by = origin.from === 'partner' ? 'Inherited from the partner, who says so for all its apps,' : 'Said by the partner for this app'
  return (
    <span className="small quiet">
      {by} since <OnDay at={origin.since} />
      {linked ? ', with a link to what shows it' : ''}
      {seen === 'agrees' ? '; what the operator saw agrees' : ''}
      {confirmed_at === null ? '' : '; confirmed by a reviewer on '}
      {confirmed_at === null ? null : <OnDay at={confirmed_at} />}.
    </span>
  )
}
