import type { ReactElement, ReactNode } from 'react'
import type { Digest } from '../../kernel/event.ts'
import type { Instant } from '../../kernel/time.ts'
import type { Instance, JourneyReason, RolloutVerdict } from '../../journeys/events.ts'
import type { JourneyKnown, JourneysDocument, RunTold } from '../../journeys/journeys-view.ts'
import type { RolloutDocument } from '../../journeys/rollout.ts'
import { counted } from '../words.ts'
import type { Chrome } from './chrome.ts'
import { ErrorSummary, Field, type Errors, type Typed } from './form.tsx'
import { Layout } from './layout.tsx'
import { Due, Empty, Facts, Foreign, Moment, Section, Table, withoutTricks } from './parts.tsx'

/** What the newest run of a journey showed, when it did not pass. */
export type Shown = {
  /** Steps or tests with what was said of them; the partner's own words. */
  readonly lines: readonly { readonly name: string; readonly outcome: string; readonly told: string | null }[]
  readonly console: string | null
  readonly refused: readonly string[]
  readonly files: readonly { readonly evidence: Digest; readonly name: string; readonly picture: boolean }[]
}

export type JourneysRead = {
  readonly app: { readonly app: string; readonly name: string; readonly proven: boolean }
  readonly now: Instant
  readonly document: JourneysDocument
  /** By the journey's id. */
  readonly titles: { readonly [journey: string]: string }
  readonly next: { readonly [journey: string]: Instant | null }
  readonly shown: { readonly [journey: string]: Shown | undefined }
}

const INSTANCE = {
  production: 'Production',
  'early-rollout': 'Early rollout',
} as const satisfies Record<Instance, string>

const OUTCOME = {
  pass: ['met', 'Passed'],
  fail: ['unmet', 'Failed'],
  inconclusive: ['unknown', 'Could not be told'],
} as const satisfies Record<RunTold['outcome'], readonly [string, string]>

const REASON = {
  assertion: 'an answer was not as it has to be',
  no_answer: 'there was no answer',
  not_in_scope: 'it leads to an address that is neither the app’s nor the host’s',
  test_failed: 'a test failed',
  no_tests: 'no test ran',
  too_long: 'it took longer than a run may take',
  too_much: 'it took more memory, room or network than a run may take',
  names_not_resolved: 'our name servers did not answer',
  no_sandbox: 'this server has no sandbox to run it in',
  interrupted: 'we were stopped meanwhile',
  unreadable: 'what came out of it could not be read',
} as const satisfies Record<JourneyReason, string>

const STATE = {
  running: 'They run, also where the host changes first',
  'production-only': 'They run in production only',
  stopped: 'None has run yet',
} as const

/** The journeys through an app: how they fare, what shows it, and how to state one. The partner and the operator see the same. */
export function JourneysPage(given: {
  readonly chrome: Chrome
  readonly read: JourneysRead
  readonly may: { readonly state: boolean; readonly run: boolean }
  readonly told: string | null
  readonly errors: Errors
  readonly typed: Typed
}): ReactElement {
  const { chrome, read, may, told, errors, typed } = given
  const here = `/apps/${encodeURIComponent(read.app.app)}`
  const journeys = Object.values(read.document.journeys).toSorted((a, b) => (a.journey < b.journey ? -1 : 1))
  const failing = journeys.filter(({ runs }) => newest(runs).some(({ outcome }) => outcome === 'fail'))
  const state = read.document.counted?.state as keyof typeof STATE | undefined
  return (
    <Layout {...chrome} title={`Synthetic tests of ${withoutTricks(read.app.name)}`}>
      <div className="head">
        <p className="eyebrow">
          <a href={`${here}/standing`}>
            Standing of <Foreign>{read.app.name}</Foreign>
          </a>
        </p>
        <h1>Synthetic tests</h1>
        <p className="lead">
          {journeys.length === 0
            ? 'No journey through this app is stated yet.'
            : `${counted(journeys.length, 'journey')}, ${failing.length === 0 ? 'none of them failing' : `${failing.length} failing`}.`}
        </p>
        <p className="quiet">
          A journey walks through what the app is for, as a user would: requests one after another, or a Playwright script in a real
          browser. The partner and the operator see the same here, and nobody else sees it.
        </p>
      </div>
      {told === null ? null : (
        <p className="told" role="status">
          {told}
        </p>
      )}
      <ErrorSummary errors={errors} titles={FIELDS} />
      <Warnings read={read} />
      {journeys.length === 0 ? (
        <Empty title="Nothing runs yet">
          <p>
            {read.app.proven
              ? 'State a journey below; it runs at once, and then as often as you say.'
              : 'Prove the control of a domain of the app first; journeys visit nobody who has not agreed.'}
          </p>
        </Empty>
      ) : (
        <div className="stack">
          <div className="panel">
            <Facts
              of={[
                ['As the programme asks', state === undefined ? STATE.stopped : STATE[state]],
                ['Asked twice', 'A run that fails is tried once more before it counts'],
              ]}
            />
          </div>
          <ul className="matters">
            {journeys.map((known) => (
              <li key={known.journey}>
                <OneJourney known={known} read={read} may={may} here={here} />
              </li>
            ))}
          </ul>
        </div>
      )}
      {!may.state || !read.app.proven ? null : journeys.length === 0 || Object.keys(errors).length > 0 ? (
        <StateForm here={here} errors={errors} typed={typed} />
      ) : (
        <details>
          <summary>State another journey, or one anew</summary>
          <StateForm here={here} errors={errors} typed={typed} />
        </details>
      )}
    </Layout>
  )
}

const newest = (runs: readonly RunTold[]): readonly RunTold[] =>
  (['production', 'early-rollout'] as const).flatMap((instance) => runs.find((run) => run.instance === instance) ?? [])

/** Runs that a person looks over at once. */
const RUNS_SHOWN = 10

function OneJourney({
  known,
  read,
  may,
  here,
}: {
  readonly known: JourneyKnown
  readonly read: JourneysRead
  readonly may: { readonly state: boolean; readonly run: boolean }
  readonly here: string
}): ReactElement {
  const { journey, kind, every_minutes, runs } = known
  const next = read.next[journey] ?? null
  const shown = read.shown[journey]
  return (
    <article aria-labelledby={`j-${journey}`} className="stack">
      <h2 id={`j-${journey}`}>
        <Foreign>{read.titles[journey] ?? journey}</Foreign>
      </h2>
      <p className="quiet">
        <code>{journey}</code>, {kind === 'http' ? 'requests one after another' : 'a Playwright script in a browser'}, every{' '}
        {spanOf(every_minutes)}
        {next === null ? '' : ', next '}
        {next === null ? null : <Due at={next} now={read.now} />}
      </p>
      {runs.length === 0 ? (
        <p>It has not run yet.</p>
      ) : (
        <Table
          caption={`The newest runs of ${withoutTricks(read.titles[journey] ?? journey)}`}
          quiet_caption
          columns={[{ title: 'When', names: true }, { title: 'Where' }, { title: 'What came of it' }, { title: 'Seconds', numeric: true }]}
          rows={runs.slice(0, RUNS_SHOWN).map((run) => ({
            key: `${run.at} ${run.instance}`,
            cells: [
              <Moment key="at" at={run.at} />,
              `${INSTANCE[run.instance]}${run.rollout === null ? '' : ', for an announced change'}`,
              <Came key="came" run={run} here={here} />,
              (run.duration_ms / 1_000).toFixed(1),
            ],
          }))}
        />
      )}
      {shown === undefined ? null : <Failure shown={shown} here={here} />}
      <div className="acts">
        {may.run ? <Act here={here} journey={journey} act="run" title="Run it now" /> : null}
        {may.state ? <Act here={here} journey={journey} act="withdraw" title="Take it back" quiet /> : null}
      </div>
    </article>
  )
}

const spanOf = (minutes: number): string =>
  minutes % 60 === 0 ? (minutes === 60 ? 'hour' : `${minutes / 60} hours`) : `${minutes} minutes`

function Came({ run, here }: { readonly run: RunTold; readonly here: string }): ReactElement {
  const [word, title] = OUTCOME[run.outcome]
  const [evidence] = run.evidence
  return (
    <>
      <span className={`verdict is-${word}`}>{title}</span>
      {run.reason === null ? '' : `: ${REASON[run.reason]}`}
      {evidence === undefined ? null : (
        <>
          {' '}
          <a href={`${here}/evidence/${encodeURIComponent(evidence)}`}>
            Evidence<span className="unseen"> of {run.at}</span>
          </a>
        </>
      )}
    </>
  )
}

/** What the newest failure showed: a picture says more than its sentence. */
function Failure({ shown, here }: { readonly shown: Shown; readonly here: string }): ReactElement {
  const [picture] = shown.files.filter((file) => file.picture)
  const others = shown.files.filter((file) => file !== picture)
  return (
    <div className="panel stack">
      <h3>What the newest failure showed</h3>
      <ul className="plain">
        {shown.lines.map(({ name, outcome, told }, place) => (
          <li key={place}>
            <Foreign>{name}</Foreign>: {outcome}
            {told === null ? null : (
              <pre className="foreign small" tabIndex={0}>
                {told.split('\n').map(withoutTricks).join('\n')}
              </pre>
            )}
          </li>
        ))}
      </ul>
      {shown.refused.length === 0 ? null : (
        <p>
          Not let through, since it is neither the app’s nor the host’s: <Foreign>{shown.refused.join(', ')}</Foreign>
        </p>
      )}
      {picture === undefined ? null : (
        <p>
          <img className="shot" src={fileOf(here, picture.evidence)} alt="The page at the moment of the failure" />
        </p>
      )}
      {others.length === 0 ? null : (
        <p>
          {others.map(({ evidence, name }, place) => (
            <span key={evidence}>
              {place === 0 ? '' : ', '}
              <a href={fileOf(here, evidence)}>{name.endsWith('.zip') ? 'Trace, for Playwright’s trace viewer' : name}</a>
            </span>
          ))}
        </p>
      )}
    </div>
  )
}

const fileOf = (here: string, evidence: string): string => `${here}/journeys/files/${encodeURIComponent(evidence)}`

const Act = ({
  here,
  journey,
  act,
  title,
  quiet = false,
}: {
  readonly here: string
  readonly journey: string
  readonly act: string
  readonly title: string
  readonly quiet?: boolean
}): ReactElement => (
  <form method="post" action={`${here}/journeys/${journey}`}>
    <input type="hidden" name="do" value={act} />
    <button type="submit" className={quiet ? 'is-quiet' : undefined}>
      {title}
      <span className="unseen">: {journey}</span>
    </button>
  </form>
)

function Warnings({ read }: { readonly read: JourneysRead }): ReactElement | null {
  const open = read.document.warnings.filter(({ ships_at }) => ships_at > read.now)
  if (open.length === 0) return null
  return (
    <div className="panel" role="note">
      <h2>The host’s next change breaks {counted(open.length, 'journey')}</h2>
      <ul className="plain">
        {open.map(({ journey, ships_at, rollout }) => (
          <li key={`${rollout} ${journey}`}>
            <Foreign>{read.titles[journey] ?? journey}</Foreign> passes in production and fails where the change is already in. It ships{' '}
            <Due at={ships_at} now={read.now} />.
          </li>
        ))}
      </ul>
    </div>
  )
}

const FIELDS = {
  journey: 'Short name',
  title: 'Title',
  every_minutes: 'How often',
  production: 'Address in production',
  early: 'Address in early rollout',
  script: 'Playwright script',
  steps: 'Requests',
} as const

const STEPS_EXAMPLE = `- name: the list opens
  url: /api/templates
  assert:
    - status = 200
    - json /items length > 0
    - total < 3 s`

function StateForm({ here, errors, typed }: { readonly here: string; readonly errors: Errors; readonly typed: Typed }): ReactElement {
  const text = (
    name: keyof typeof FIELDS,
    title: string,
    hint: ReactNode,
    more: { readonly type?: string; readonly required?: boolean } = {},
  ): ReactElement => (
    <Field name={name} title={title} hint={hint} errors={errors}>
      {(ties) => (
        <input
          {...ties}
          name={name}
          type={more.type ?? 'text'}
          defaultValue={typed[name] ?? ''}
          required={more.required ?? false}
          autoComplete="off"
        />
      )}
    </Field>
  )
  return (
    <Section id="state" title="State a journey">
      <form className="form" method="post" action={`${here}/journeys`}>
        {text('journey', FIELDS.journey, 'Small letters, digits and hyphens. A name that is taken replaces what it stood for.', {
          required: true,
        })}
        {text('title', FIELDS.title, 'What it walks through, for people.', { required: true })}
        {text('every_minutes', FIELDS.every_minutes, 'In minutes: 15 to 1440. 60 when left out.')}
        {text('production', FIELDS.production, 'Where it begins, on a domain of the app or of the host.', { type: 'url', required: true })}
        {text(
          'early',
          FIELDS.early,
          'The same where the host rolls out its changes first. Without it nobody can warn you before a change ships.',
          { type: 'url' },
        )}
        <Field
          name="steps"
          title={FIELDS.steps}
          hint={
            <>
              One step after another, as YAML. Leave it empty for a script. Example:
              <pre className="small" tabIndex={0}>
                {STEPS_EXAMPLE}
              </pre>
            </>
          }
          errors={errors}
        >
          {(ties) => <textarea {...ties} name="steps" rows={8} defaultValue={typed['steps'] ?? ''} spellCheck={false} />}
        </Field>
        <Field
          name="script"
          title={FIELDS.script}
          hint="A file of @playwright/test, unchanged: import { test, expect } from '@playwright/test'. The address above is its base URL."
          errors={errors}
        >
          {(ties) => <textarea {...ties} name="script" rows={12} defaultValue={typed['script'] ?? ''} spellCheck={false} />}
        </Field>
        <p className="hint">Several files, variables and secrets are stated through the interface; its description is at /openapi.json.</p>
        <div className="acts">
          <button type="submit">State it</button>
        </div>
      </form>
    </Section>
  )
}

const VERDICT = {
  breaks: ['unmet', 'Breaks'],
  broken_before: ['in-cure', 'Failed before already'],
  unclear: ['unknown', 'Could not be told'],
  holds: ['met', 'Holds'],
} as const satisfies Record<RolloutVerdict, readonly [string, string]>

export type RolloutsRead = {
  readonly now: Instant
  readonly rollouts: readonly { readonly document: RolloutDocument; readonly words: string | null }[]
  readonly names: { readonly [app: string]: string }
  /** Journeys that a change could be tried on. */
  readonly ready: number
}

/** Changes of the host: who breaks, before anybody's customers notice. */
export function RolloutsPage(given: {
  readonly chrome: Chrome
  readonly read: RolloutsRead
  readonly may: boolean
  readonly told: string | null
  readonly errors: Errors
  readonly typed: Typed
}): ReactElement {
  const { chrome, read, may, told, errors, typed } = given
  return (
    <Layout {...chrome} title="Changes of the host">
      <div className="head">
        <p className="eyebrow">
          <a href="/overview">Overview</a>
        </p>
        <h1>Changes of the host</h1>
        <p className="lead">
          A change is announced before it ships. Every journey that has an early-rollout instance runs there and in production, and the
          partners of apps that break are told.
        </p>
        <p className="quiet">{counted(read.ready, 'journey')} could be tried now.</p>
      </div>
      {told === null ? null : (
        <p className="told" role="status">
          {told}
        </p>
      )}
      <ErrorSummary errors={errors} titles={{ words: 'What changes', ships_at: 'When it ships' }} />
      {read.rollouts.length === 0 ? (
        <Empty title="Nothing is announced">
          <p>{may ? 'Announce a change below.' : 'A reviewer announces changes.'}</p>
        </Empty>
      ) : (
        <ul className="matters">
          {read.rollouts.map(({ document, words }) => (
            <li key={document.rollout}>
              <OneRollout document={document} words={words} read={read} may={may} />
            </li>
          ))}
        </ul>
      )}
      {may ? (
        <Section id="announce" title="Announce a change">
          <form className="form" method="post" action="/rollouts">
            <Field
              name="words"
              title="What changes"
              hint="For the operator’s own people; partners read which of their tests fail."
              errors={errors}
            >
              {(ties) => <textarea {...ties} name="words" rows={4} defaultValue={typed['words'] ?? ''} required />}
            </Field>
            <Field
              name="ships_at"
              title="When it ships"
              hint="A day such as 2026-12-01, or a moment such as 2026-12-01T09:00:00Z."
              errors={errors}
            >
              {(ties) => <input {...ties} name="ships_at" type="text" defaultValue={typed['ships_at'] ?? ''} required autoComplete="off" />}
            </Field>
            <div className="acts">
              <button type="submit">Announce it and try it out</button>
            </div>
          </form>
        </Section>
      ) : null}
    </Layout>
  )
}

const WORST = { breaks: 0, unclear: 1, broken_before: 2, holds: 3 } as const satisfies Record<RolloutVerdict, number>

function OneRollout({
  document,
  words,
  read,
  may,
}: {
  readonly document: RolloutDocument
  readonly words: string | null
  readonly read: RolloutsRead
  readonly may: boolean
}): ReactElement {
  const { journeys, closed, ships_at } = document
  const of = (verdict: RolloutVerdict | null): number => journeys.filter((one) => one.verdict === verdict).length
  const rank = (verdict: RolloutVerdict | null): number => (verdict === null ? 4 : WORST[verdict])
  return (
    <article aria-labelledby={document.rollout} className="stack">
      <h2 id={document.rollout}>
        {closed === null ? (
          <>
            Ships <Due at={ships_at} now={read.now} />
          </>
        ) : closed.outcome === 'shipped' ? (
          'Has shipped'
        ) : (
          'Was withdrawn'
        )}
      </h2>
      <p>{words ?? 'What it said is not kept any more.'}</p>
      <p>
        <strong>
          {of('breaks') === 0
            ? 'Nothing breaks so far.'
            : `${counted(of('breaks'), 'journey')} ${of('breaks') === 1 ? 'breaks' : 'break'}.`}
        </strong>{' '}
        {[
          [of('holds'), 'as before'],
          [of('broken_before'), 'failed already'],
          [of('unclear'), 'could not be told'],
          [of(null), 'still to run'],
        ]
          .filter(([number]) => number !== 0)
          .map(([number, words_of]) => `${number} ${words_of}`)
          .join(', ')}
      </p>
      <Table
        caption="What it does to each journey"
        quiet_caption
        columns={[{ title: 'App', names: true }, { title: 'Journey' }, { title: 'What it does' }]}
        rows={journeys
          .toSorted((a, b) => rank(a.verdict) - rank(b.verdict) || (a.app < b.app ? -1 : 1))
          .slice(0, ROLLOUT_ROWS)
          .map(({ app, journey, verdict }) => ({
            key: `${app} ${journey}`,
            cells: [
              <a key="app" href={`/apps/${encodeURIComponent(app)}/journeys`}>
                <Foreign>{read.names[app] ?? app}</Foreign>
              </a>,
              <code key="journey">{journey}</code>,
              verdict === null ? (
                'Still to run'
              ) : (
                <span key="verdict" className={`verdict is-${VERDICT[verdict][0]}`}>
                  {VERDICT[verdict][1]}
                </span>
              ),
            ],
          }))}
      />
      {journeys.length > ROLLOUT_ROWS ? (
        <p className="quiet">
          The worst {ROLLOUT_ROWS} of {journeys.length};{' '}
          <a href={`/api/v1/rollouts/${encodeURIComponent(document.rollout)}`}>all of them as JSON</a>.
        </p>
      ) : null}
      {may && closed === null ? (
        <div className="acts">
          {(['shipped', 'withdrawn'] as const).map((outcome) => (
            <form key={outcome} method="post" action={`/rollouts/${encodeURIComponent(document.rollout)}`}>
              <input type="hidden" name="outcome" value={outcome} />
              <button type="submit" className={outcome === 'withdrawn' ? 'is-quiet' : undefined}>
                {outcome === 'shipped' ? 'It has shipped' : 'It is withdrawn'}
              </button>
            </form>
          ))}
        </div>
      ) : null}
    </article>
  )
}

/** Rows that a person reads. */
const ROLLOUT_ROWS = 100
