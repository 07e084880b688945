import type { ReactElement } from 'react'
import type { Chrome } from './chrome.ts'
import { ErrorSummary, Field, type Errors, type Typed } from './form.tsx'
import { Layout } from './layout.tsx'

const TITLES = {
  url: 'Address of the descriptor',
  file: 'Or a file',
  descriptor: 'Or its text',
  organisation: 'Partner organisation',
  base_urls: 'Base URL',
  app: 'Id in addresses',
} as const

/** The form that brings an app in: by address, by file, or by pasted text. */
export function RegisterPage(given: {
  readonly chrome: Chrome
  /** Organisations that this person may register for; empty for an operator's person, who may leave it to the descriptor. */
  readonly organisations: readonly { readonly id: string; readonly name: string }[]
  /** How long figures take before they count, in words; null where no rule counts over a window. */
  readonly watching: string | null
  readonly values: Typed
  readonly errors: Errors
}): ReactElement {
  const { chrome, organisations, watching, values, errors } = given
  return (
    <Layout {...chrome} title="Register an app">
      <div className="head">
        <h1>Register an app</h1>
        <p className="lead">
          One of these is enough: the address of the app’s descriptor, the file, or its text. Known kinds are atlassian-connect.json, a
          Forge manifest.yml, and our own neutral one.
        </p>
      </div>
      <ErrorSummary errors={errors} titles={TITLES} />
      <form className="form panel" method="post" action="/register" encType="multipart/form-data">
        <Field
          name="url"
          title={TITLES.url}
          hint="It is read again every day, so that a changed scope or address is seen. Only you and the operator see this address."
          errors={errors}
        >
          {(ties) => (
            <input
              {...ties}
              name="url"
              type="url"
              inputMode="url"
              placeholder="https://"
              defaultValue={values['url'] ?? ''}
              maxLength={2_000}
            />
          )}
        </Field>
        <Field
          name="file"
          title={TITLES.file}
          hint="Up to 2 MB. A file has to be chosen again after an error; browsers do not keep it."
          errors={errors}
        >
          {(ties) => <input {...ties} name="file" type="file" accept=".json,.yml,.yaml,application/json,application/yaml,text/yaml" />}
        </Field>
        <Field
          name="descriptor"
          title={TITLES.descriptor}
          hint="Comment keys, a byte-order mark and templates in addresses do not matter."
          errors={errors}
        >
          {(ties) => <textarea {...ties} name="descriptor" spellCheck={false} defaultValue={values['descriptor'] ?? ''} />}
        </Field>
        {organisations.length > 1 ? (
          <Field name="organisation" title={TITLES.organisation} hint="Who makes the app. Shown to the world." errors={errors}>
            {(ties) => (
              <select {...ties} name="organisation" defaultValue={values['organisation'] ?? ''} required>
                {organisations.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </select>
            )}
          </Field>
        ) : null}
        {organisations.length === 1 ? <input type="hidden" name="organisation" value={organisations[0]?.id} /> : null}
        <Field
          name="base_urls"
          title={TITLES.base_urls}
          hint="Only where the descriptor has none: the address under which the app answers. It can be given later."
          errors={errors}
        >
          {(ties) => (
            <input
              {...ties}
              name="base_urls"
              type="url"
              inputMode="url"
              placeholder="https://"
              defaultValue={values['base_urls'] ?? ''}
              maxLength={2_000}
            />
          )}
        </Field>
        <p className="hint">
          {watching === null ? null : `${watching} `}Until control of the domain is proven, only the descriptor, TLS and the headers of the
          front page are looked at.
        </p>
        <button type="submit">Register</button>
      </form>
    </Layout>
  )
}
