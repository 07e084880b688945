import type { ReactElement } from 'react'
import { FILE_KIND } from '../../applications/acting.ts'
import type { Evidence } from '../../platform/evidence.ts'
import { PROBE_EVIDENCE } from '../../reliability/minutes.ts'
import { exchangesInWords } from './alerts.tsx'
import type { Chrome } from './chrome.ts'
import { Layout } from './layout.tsx'
import { Empty, Facts, Foreign, Moment } from './parts.tsx'

/** Longer bodies are cut here and whole in the interface. */
const MOST_SHOWN = 60_000

const SEEN_BY = {
  public: 'Everybody',
  partner: 'The partner and the operator',
  operator: 'The operator only',
} as const satisfies Record<Evidence['visibility'], string>

/** One piece of evidence: what was seen, when, by what, and under which name it stands in the log. */
export function EvidencePage(given: {
  readonly chrome: Chrome
  readonly app: { readonly app: string; readonly name: string }
  readonly evidence: Evidence
}): ReactElement {
  const { chrome, app, evidence } = given
  const here = `/apps/${encodeURIComponent(app.app)}`
  const exchanges = evidence.kind === PROBE_EVIDENCE ? exchangesInWords(evidence.body) : null
  const body = JSON.stringify(withoutBytes(evidence), null, 2)
  return (
    <Layout {...chrome} title={`Evidence about ${app.name}`}>
      <div className="head">
        <p className="eyebrow">
          <a href={`${here}/standing`}>
            Standing of <Foreign>{app.name}</Foreign>
          </a>
        </p>
        <h1>Evidence</h1>
      </div>
      <div className="panel">
        <Facts
          of={[
            ['Kind', evidence.kind],
            ['Seen', <Moment at={evidence.observed_at} />],
            ['Who may read it', SEEN_BY[evidence.visibility]],
            ...Object.entries(evidence.source).map(
              ([name, value]) =>
                [`Source: ${name}`, <Foreign>{typeof value === 'string' ? value : JSON.stringify(value)}</Foreign>] as const,
            ),
            ['Name in the log', <code className="foreign">{evidence.id}</code>],
          ]}
        />
      </div>
      {exchanges === null ? null : (
        <section aria-labelledby="words">
          <h2 id="words">In words</h2>
          <ol>
            {exchanges.map(({ url, at, words }) => (
              <li key={`${url} ${at}`}>
                <Foreign>{url}</Foreign>, <Moment at={at} />: {words}
              </li>
            ))}
          </ol>
        </section>
      )}
      <section aria-labelledby="body">
        <h2 id="body">What was kept</h2>
        {evidence.erased_at === null ? (
          <>
            <pre tabIndex={0} aria-labelledby="body">
              {body.slice(0, MOST_SHOWN)}
            </pre>
            {body.length <= MOST_SHOWN ? null : (
              <p>
                This is the beginning. <a href={`/api/v1${here}/evidence/${encodeURIComponent(evidence.id)}`}>All of it as JSON</a>.
              </p>
            )}
          </>
        ) : (
          <Empty title="Erased">
            <p>
              The body was erased on <Moment at={evidence.erased_at} />. Its name stays, so that the log still verifies.
            </p>
          </Empty>
        )}
      </section>
    </Layout>
  )
}

/** A file is saved from its thread; its bytes as letters tell a reader nothing. */
function withoutBytes({ kind, body }: Evidence): Evidence['body'] {
  if (kind !== FILE_KIND || body === null) return body
  // The guarantee of the cast: evidence of this kind is what a thread kept.
  const { name, content } = body as { readonly name: string; readonly content: string }
  return { name, content: `${content.length} characters of base64` }
}
