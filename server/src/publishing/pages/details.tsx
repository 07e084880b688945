import type { ReactElement } from 'react'
import { DNS_LABEL, WELL_KNOWN } from '../../directory/domain-proof.ts'
import type { AppDocument } from '../../directory/apps-view.ts'
import type { Chrome } from './chrome.ts'
import { ErrorSummary, Field, type Errors, type Typed } from './form.tsx'
import { Layout } from './layout.tsx'
import { Foreign, Section, VerdictWord } from './parts.tsx'

const TITLES = { base_urls: 'Base URLs', health_path: 'Health path', alert_mailbox: 'Mailbox for alerts' } as const

/** What no descriptor carries, and the proof of control: each with why it is asked and who sees it. */
export function DetailsPage(given: {
  readonly chrome: Chrome
  readonly app: AppDocument
  readonly token: string
  /** Registrable domains of the base URLs. */
  readonly domains: readonly string[]
  /** Why this reader may not change anything; null when they may. */
  readonly refused: string | null
  readonly values: Typed
  readonly errors: Errors
  /** What was done, or what the look for the token found. */
  readonly told: readonly string[]
}): ReactElement {
  const { chrome, app, values, errors, told, refused } = given
  const here = `/apps/${encodeURIComponent(app.app)}`
  const missing = [
    ...(app.base_urls.length === 0 ? ['a base URL'] : []),
    ...(app.health_path === null ? ['a health path'] : []),
    ...(app.alert_mailbox ? [] : ['a mailbox for alerts']),
  ]
  return (
    <Layout {...chrome} title={`Details of ${app.name}`}>
      <div className="head">
        <p className="eyebrow">
          <a href={`${here}/standing`}>
            Standing of <Foreign>{app.name}</Foreign>
          </a>
        </p>
        <h1>Details and control of the domain</h1>
        <p className="lead">
          {missing.length === 0
            ? 'Everything is supplied.'
            : `Still missing: ${missing.join(', ')}. Until then what depends on it is unknown (not supplied).`}
        </p>
      </div>
      {told.length === 0 ? null : (
        <div className="told stack" role="status">
          {told.map((sentence) => (
            <p key={sentence} className="foreign">
              {sentence}
            </p>
          ))}
        </div>
      )}
      <ErrorSummary errors={errors} titles={TITLES} />
      <form className="form panel" method="post" action={`${here}/details`}>
        <Field
          name="base_urls"
          title={TITLES.base_urls}
          hint="One a line. Probes go to the health path under each. Seen by you and the operator."
          errors={errors}
        >
          {(ties) => (
            <textarea {...ties} name="base_urls" spellCheck={false} defaultValue={values['base_urls'] ?? app.base_urls.join('\n')} />
          )}
        </Field>
        <Field
          name="health_path"
          title={TITLES.health_path}
          hint="For example /health. Asked every 60 seconds; good is only an answer of 200 within 3 seconds, without a redirect. Seen by you and the operator."
          errors={errors}
        >
          {(ties) => (
            <input
              {...ties}
              name="health_path"
              type="text"
              spellCheck={false}
              defaultValue={values['health_path'] ?? app.health_path ?? ''}
              maxLength={600}
            />
          )}
        </Field>
        <Field
          name="alert_mailbox"
          title={TITLES.alert_mailbox}
          hint={
            app.alert_mailbox
              ? 'One is known. Type another to change it; leave it empty to keep it. It is kept outside the log and never shown.'
              : 'Where alerts go when something breaks. It is kept outside the log and never shown.'
          }
          errors={errors}
        >
          {(ties) => (
            <input
              {...ties}
              name="alert_mailbox"
              type="email"
              autoComplete="email"
              defaultValue={values['alert_mailbox'] ?? ''}
              maxLength={400}
            />
          )}
        </Field>
        <Press words="Save" refused={refused} reason="save-refused" />
      </form>
      <Control {...given} here={here} />
    </Layout>
  )
}

function Control(given: Parameters<typeof DetailsPage>[0] & { readonly here: string }): ReactElement {
  const { app, domains, token, refused, here } = given
  return (
    <Section id="control" title="Control of the domain">
      <p>
        Probes by the minute and deeper scans need the consent of whoever runs the app. Publishing this token on the app’s own domain gives
        it; taking the consent back ends it.
      </p>
      {domains.length === 0 ? (
        <p>There is nothing to prove yet: no base URL is known.</p>
      ) : (
        <ul className="plain">
          {domains.map((domain) => (
            <li key={domain}>
              <code className="foreign">{domain}</code> <VerdictWord word={app.domains.includes(domain) ? 'met' : 'unknown'} />
            </li>
          ))}
        </ul>
      )}
      <h3 id="token">The token</h3>
      <pre tabIndex={0} aria-labelledby="token">
        {token}
      </pre>
      <h3>Either of these is enough</h3>
      <ul className="plain">
        <li>
          A file at <code>{WELL_KNOWN}</code> under each base URL’s host, with the token on a line of its own.
        </li>
        <li>
          A DNS record: <code className="foreign">{`${DNS_LABEL}.${domains[0] ?? 'your-domain.example'} TXT "castellan=${token}"`}</code>
        </li>
      </ul>
      <form className="acts" method="post" action={`${here}/control`}>
        <Press words="Look for the token now" refused={refused} reason="control-refused" />
      </form>
    </Section>
  )
}

/** A button, or the same button greyed with the reason. */
const Press = ({
  words,
  refused,
  reason,
}: {
  readonly words: string
  readonly refused: string | null
  readonly reason: string
}): ReactElement =>
  refused === null ? (
    <button type="submit">{words}</button>
  ) : (
    <div className="offer">
      <button type="button" aria-disabled="true" aria-describedby={reason}>
        {words}
      </button>
      <p id={reason} className="hint">
        {refused}
      </p>
    </div>
  )
