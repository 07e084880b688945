import type { ReactElement, ReactNode } from 'react'

/** What was typed, and what is wrong with it. A form is shown again with both, so that nothing is typed twice. */
export type Typed = { readonly [field: string]: string }
/** By the name of the field; under the empty name what belongs to none. */
export type Errors = { readonly [field: string]: string }

/** Above the form: how many things are wrong, each leading to its field. */
export function ErrorSummary({
  errors,
  titles,
}: {
  readonly errors: Errors
  readonly titles: { readonly [field: string]: string }
}): ReactElement | null {
  const entries = Object.entries(errors)
  if (entries.length === 0) return null
  return (
    <div className="errors" role="alert" tabIndex={-1}>
      <p>
        <strong>Not saved yet. What you typed is still here.</strong>
      </p>
      <ul className="plain">
        {entries.map(([field, text]) => (
          <li key={field}>{titles[field] === undefined ? text : <a href={`#${field}`}>{`${titles[field]}: ${text}`}</a>}</li>
        ))}
      </ul>
    </div>
  )
}

/** A field with its label, why it is asked and where it is shown, and its error beside it. The control gets the ids that tie them together. */
export function Field(given: {
  readonly name: string
  readonly title: string
  readonly hint?: ReactNode
  readonly errors: Errors
  readonly children: (ties: { readonly id: string; readonly 'aria-describedby'?: string; readonly 'aria-invalid'?: true }) => ReactElement
}): ReactElement {
  const { name, title, hint, errors } = given
  const error = errors[name]
  const described = [...(hint === undefined ? [] : [`${name}-hint`]), ...(error === undefined ? [] : [`${name}-error`])].join(' ')
  return (
    <div className={error === undefined ? 'field' : 'field has-error'}>
      <label htmlFor={name}>{title}</label>
      {hint === undefined ? null : (
        <p className="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
      {error === undefined ? null : (
        <p className="error" id={`${name}-error`}>
          {error}
        </p>
      )}
      {given.children({
        id: name,
        ...(described === '' ? {} : { 'aria-describedby': described }),
        ...(error === undefined ? {} : { 'aria-invalid': true as const }),
      })}
    </div>
  )
}
