import type { ReactElement } from 'react'
import type { DocumentOutcome } from '../../assessments/events.ts'
import type { ListingDocument } from '../../assessments/listing-documents-view.ts'
import type { AskedDocument } from '../../assessments/reading-documents.ts'
import type { Instant } from '../../kernel/time.ts'
import type { Chrome } from './chrome.ts'
import { ErrorSummary, Field, type Errors } from './form.tsx'
import { Layout } from './layout.tsx'
import { Due, Facts, Foreign, Moment, OnDay, Section, VerdictWord } from './parts.tsx'

export type DocumentRead = { readonly asked: AskedDocument; readonly document: ListingDocument | null; readonly note: string | null }

const STATUS = {
  none: 'No address is named',
  named: 'Not read yet',
  waiting: 'Waits for the operator to read it',
  unfit: 'Cannot be used as it is',
  confirmed: 'Confirmed',
  changed: 'Confirmed; its text has changed since, and the operator reads it again',
  refused: 'Refused by the operator',
  lost: 'Does not count any more',
} as const satisfies Record<ListingDocument['status'], string>

const OUTCOME = {
  read: 'There is a text of its own',
  dead: 'Its address does not answer with 200',
  shared: 'The text is word for word that of another app',
  home: 'The address leads to the home page, not to a document',
  unreadable: 'What is there is no page of text, so that no machine can read it',
} as const satisfies Record<DocumentOutcome, string>

/** Policies and agreements of an app's listing: where they are, what a machine found in them and by which words, and what a person made of them. */
export function DocumentsPage(given: {
  readonly chrome: Chrome
  readonly app: { readonly app: string; readonly name: string }
  readonly documents: readonly DocumentRead[]
  readonly now: Instant
  readonly told: string | null
  readonly errors: Errors
  readonly typed: { readonly [record: string]: string }
  readonly may: { readonly name: boolean; readonly review: boolean }
}): ReactElement {
  const { chrome, app, documents, told, errors } = given
  const here = `/apps/${encodeURIComponent(app.app)}`
  return (
    <Layout {...chrome} title={`Policies and agreements of ${app.name}`}>
      <div className="head">
        <p className="eyebrow">
          <a href={`${here}/standing`}>
            Standing of <Foreign>{app.name}</Foreign>
          </a>
        </p>
        <h1>Policies and agreements</h1>
        <p className="lead">
          Each app has its own, at an address that answers. A machine reads them every day and notices each other text; a person confirms
          what they say.
        </p>
      </div>
      {told === null ? null : (
        <p className="told" role="status">
          {told}
        </p>
      )}
      <ErrorSummary errors={errors} titles={Object.fromEntries(documents.map(({ asked }) => [`url-${asked.record}`, asked.title]))} />
      {documents.length === 0 ? <p>The rules in force ask for none.</p> : null}
      {documents.map((one) => (
        <One key={one.asked.record} one={one} given={given} here={here} />
      ))}
    </Layout>
  )
}

function One(of: { readonly one: DocumentRead; readonly given: Parameters<typeof DocumentsPage>[0]; readonly here: string }): ReactElement {
  const { one, given, here } = of
  const { asked, document, note } = one
  const { may, errors, typed, now } = given
  const name = `url-${asked.record}`
  const readable = document !== null && (document.status === 'waiting' || document.status === 'changed' || document.status === 'confirmed')
  return (
    <Section id={asked.record} title={asked.title}>
      <div className="panel stack">
        <Facts
          of={[
            ['State', STATUS[document?.status ?? 'none']],
            ...(document?.url === null || document === null ? [] : ([['Address', <Foreign>{document.url}</Foreign>]] as const)),
            ...(document?.outcome === null || document === null ? [] : ([['Last look', OUTCOME[document.outcome]]] as const)),
            ...(document?.read_at === null || document === null ? [] : ([['So since', <Moment at={document.read_at} />]] as const)),
            ...(document === null || document.dead_at === null ? [] : ([['Counts', <Due at={document.dead_at} now={now} />]] as const)),
            ...(document === null || document.version === 0 ? [] : ([['Texts so far', String(document.version)]] as const)),
            ...(document?.confirmed === null || document === null ? [] : ([['Confirmed', <OnDay at={document.confirmed.at} />]] as const)),
            ...(document === null || document.digest === null
              ? []
              : ([['Hash of the text', <code className="foreign">{document.digest}</code>]] as const)),
          ]}
        />
        {note === null ? null : (
          <p>
            Reason of the reviewer: <Foreign>{note}</Foreign>
          </p>
        )}
        {asked.says.length === 0 || document === null || document.digest === null ? null : (
          <>
            <h3>What a machine found by words</h3>
            <ul className="plain">
              {asked.says.map(({ id, about, words }) => (
                <li key={id}>
                  <VerdictWord word={document.says.includes(id) ? 'met' : 'unknown'} /> {about}{' '}
                  <span className="quiet small">(looked for: {words.join(', ')})</span>
                </li>
              ))}
            </ul>
            <p className="hint">That a word is there does not say that the policy says it. A person confirms that.</p>
          </>
        )}
        {document === null || document.evidence.length === 0 ? null : (
          <ul className="plain">
            {document.evidence.map((id) => (
              <li key={id}>
                <a href={`${here}/evidence/${encodeURIComponent(id)}`}>The text as it was read</a>
              </li>
            ))}
          </ul>
        )}
        {may.name ? (
          <form className="form" method="post" action={`${here}/documents/${encodeURIComponent(asked.record)}`}>
            <Field name={name} title="Address" hint="Begins with https:// and leads to this document of this app." errors={errors}>
              {(ties) => (
                <input
                  {...ties}
                  name="url"
                  type="text"
                  inputMode="url"
                  spellCheck={false}
                  maxLength={2_000}
                  defaultValue={typed[asked.record] ?? document?.url ?? ''}
                />
              )}
            </Field>
            <div className="acts">
              <button type="submit" name="do" value="name" className="is-quiet">
                Save the address
              </button>
            </div>
          </form>
        ) : null}
        {may.review && readable && document !== null ? (
          <form className="form" method="post" action={`${here}/documents/${encodeURIComponent(asked.record)}`}>
            <input type="hidden" name="digest" value={document.digest ?? ''} />
            <Field name={`note-${asked.record}`} title="Reason, to refuse it" hint="What is missing. The partner reads it." errors={{}}>
              {(ties) => <textarea {...ties} name="note" rows={3} maxLength={10_000} />}
            </Field>
            <div className="acts">
              {document.status === 'confirmed' ? null : (
                <button type="submit" name="do" value="confirm">
                  I have read it, and it says all this
                </button>
              )}
              <button type="submit" name="do" value="refuse" className="is-quiet">
                Refuse it
              </button>
            </div>
          </form>
        ) : null}
      </div>
    </Section>
  )
}
