import type { ReactElement, ReactNode } from 'react'
import type { Digest } from '../../kernel/event.ts'
import type { Instant } from '../../kernel/time.ts'
import type { SuppressionProposal } from '../../scanning/deciding.ts'
import type { Progress } from '../../scanning/due.ts'
import type { FindingsDocument } from '../../scanning/findings-view.ts'
import { SUPPRESSION_REASONS } from '../../scanning/finding-events.ts'
import { SUPPRESSED_DAYS_MAX, type FindingState } from '../../scanning/finding.ts'
import type { PastScan, ScanDifference } from '../../scanning/last-scan.ts'
import type { ReadableFinding } from '../../scanning/report/report.ts'
import type { CheckAnswer } from '../../scanning/scans-view.ts'
import { counted, idInWords } from '../words.ts'
import type { Chrome } from './chrome.ts'
import { ErrorSummary, Field, type Errors, type Typed } from './form.tsx'
import { Layout } from './layout.tsx'
import { Due, Empty, Facts, Foreign, Moment, OnDay, Section, Table, withoutTricks } from './parts.tsx'

/** A requirement that a check serves, with where it is explained. */
export type Served = { readonly title: string; readonly href: string }

export type ScanRead = {
  readonly app: { readonly app: string; readonly name: string }
  readonly now: Instant
  readonly progress: Progress | null
  readonly last: { readonly observed_at: Instant; readonly report: Digest; readonly consent: boolean } | null
  readonly findings: readonly ReadableFinding[]
  readonly lives: FindingsDocument
  readonly proposals: readonly SuppressionProposal[]
  readonly answers: readonly {
    readonly check: string
    readonly title: string
    readonly answer: CheckAnswer
    readonly serves: readonly Served[]
  }[]
  readonly past: readonly PastScan[]
  readonly compared: { readonly from: string; readonly to: string; readonly difference: ScanDifference } | null
  /** What the partner said and the people decided, by the name of the evidence. */
  readonly words: ReadonlyMap<string, string>
}

export type ScanMay = { readonly scan: boolean; readonly dispute: boolean; readonly decide: boolean }

const OUTCOME = {
  fail: ['unmet', 'Found'],
  review: ['unknown', 'Needs a person’s look'],
  inconclusive: ['unknown', 'Could not be told'],
  pass: ['met', 'Sound'],
  not_applicable: ['not_applicable', 'Does not apply'],
} as const satisfies Record<CheckAnswer['outcome'], readonly [string, string]>

const WHY = {
  registered: 'since it was registered',
  changed: 'since something about it changed',
  requested: 'since somebody asked for it',
  daily: 'as every day',
  again: 'again, since the last try came to nothing on our side',
} as const satisfies Record<Progress['why'], string>

const REASON = {
  'false-positive': 'It is no defect: the scanner is wrong',
  'not-affected': 'It is one, but it cannot be reached or used here',
  'compensating-control': 'Something else keeps it from doing harm',
} as const satisfies Record<(typeof SUPPRESSION_REASONS)[number], string>

/** All that the scanner knows of an app, what people said to it, and what each may do. The partner and the operator see the same. */
export function ScanPage(given: {
  readonly chrome: Chrome
  readonly read: ScanRead
  readonly may: ScanMay
  readonly told: string | null
  readonly errors: Errors
  readonly typed: Typed
}): ReactElement {
  const { chrome, read, may, told, errors } = given
  const here = `/apps/${encodeURIComponent(read.app.app)}`
  const open = read.findings.filter(({ outcome, id }) => isOpen(outcome) && read.lives.findings[id]?.status !== 'suppressed')
  const aside = Object.values(read.lives.findings).filter(({ status }) => status === 'suppressed')
  const fixed = Object.values(read.lives.findings).filter(({ status }) => status === 'fixed')
  const dark = read.findings.filter(({ outcome }) => outcome === 'inconclusive')
  return (
    <Layout {...chrome} title={`Scans of ${withoutTricks(read.app.name)}`}>
      <div className="head">
        <p className="eyebrow">
          <a href={`${here}/standing`}>
            Standing of <Foreign>{read.app.name}</Foreign>
          </a>
        </p>
        <h1>Scans</h1>
        <p className="lead">
          {read.last === null ? 'Not scanned yet. ' : `${counted(open.length, 'open finding')}. `}
          The partner and the operator see the same here, and nobody else sees it.
        </p>
      </div>
      {told === null ? null : (
        <p className="told" role="status">
          {told}
        </p>
      )}
      <ErrorSummary errors={errors} titles={{}} />
      <Now read={read} may={may} here={here} />
      <Section id="open" title="Open findings">
        {read.last === null ? (
          <Empty title="Not scanned yet">
            <p>A scan starts after the registration and then once a day.</p>
          </Empty>
        ) : open.length === 0 ? (
          <Empty title="Nothing is open">
            <p>{counted(read.findings.length, 'answer')}, and none of them asks for anything.</p>
          </Empty>
        ) : (
          <ul className="matters">
            {open.map((finding) => (
              <li key={finding.id}>
                <OpenFinding finding={finding} given={given} here={here} />
              </li>
            ))}
          </ul>
        )}
        {read.lives.beyond === 0 ? null : (
          <p className="quiet">
            One check found so much that {counted(read.lives.beyond, 'finding')} more are in the report only and not followed one by one.
          </p>
        )}
      </Section>
      {aside.length === 0 ? null : (
        <Section id="aside" title="Set aside for a while">
          <ul className="matters">
            {aside.map((state) => (
              <li key={state.finding}>
                <SetAside state={state} given={given} here={here} />
              </li>
            ))}
          </ul>
        </Section>
      )}
      {dark.length === 0 ? null : (
        <Section id="dark" title="What could not be told">
          <p className="quiet">
            Nothing follows from it at once. What the app itself keeps from being seen counts as failed after a while.
          </p>
          <Table
            caption="What could not be told, and why"
            quiet_caption
            columns={[{ title: 'Why', names: true }, { title: 'Whose doing' }, { title: 'Questions' }]}
            rows={[...Map.groupBy(dark, ({ reason, blind }) => `${reason ?? 'error'} ${blind ?? 'ours'}`)].map(([key, same]) => ({
              key,
              cells: [
                <Foreign key="why">{idInWords(same[0]?.reason ?? 'error')}</Foreign>,
                same[0]?.blind === 'theirs' ? 'The app’s' : 'Ours; nobody pays for it',
                <Listed key="questions" of={[...Map.groupBy(same, ({ check }) => check)].map(([check, of]) => titled(read, check, of))} />,
              ],
            }))}
          />
        </Section>
      )}
      <Answers read={read} may={may} here={here} />
      {fixed.length === 0 ? null : (
        <Section id="fixed" title="Fixed">
          <Table
            caption="Findings that are fixed"
            quiet_caption
            columns={[{ title: 'What', names: true }, { title: 'Where' }, { title: 'First seen' }, { title: 'Fixed' }]}
            rows={fixed
              .toSorted((a, b) => ((a.fixed_at ?? '') > (b.fixed_at ?? '') ? -1 : 1))
              .slice(0, MOST_ROWS)
              .map((state) => ({
                key: state.finding,
                cells: [
                  titleOf(read, state.check),
                  <Place key="where" where={state.where} />,
                  <OnDay key="first" at={state.first_seen_at} />,
                  state.fixed_at === null ? '' : <OnDay key="fixed" at={state.fixed_at} />,
                ],
              }))}
          />
        </Section>
      )}
      <Past read={read} here={here} />
    </Layout>
  )
}

/** One of several as it stands, more as a list. */
const Listed = ({ of }: { readonly of: readonly ReactNode[] }): ReactElement =>
  of.length === 1 ? (
    <>{of[0]}</>
  ) : (
    <ul className="plain">
      {of.map((one, place) => (
        <li key={place}>{one}</li>
      ))}
    </ul>
  )

/** A question that could not be answered, and where it was asked of more than one place how often. */
const titled = (read: ScanRead, check: string, of: readonly ReadableFinding[]): string =>
  `${titleOf(read, check)}${of.length === 1 ? '' : ` (${counted(of.length, 'place')})`}`

/** Rows of a table that is read by people. */
const MOST_ROWS = 50
const isOpen = (outcome: string): boolean => outcome === 'fail' || outcome === 'review'
const titleOf = (read: ScanRead, check: string): string => read.answers.find((one) => one.check === check)?.title ?? idInWords(check)

const Place = ({ where }: { readonly where: string }): ReactElement =>
  where === '' ? <>The app as a whole</> : <code className="foreign">{withoutTricks(where)}</code>

function Now({ read, may, here }: { readonly read: ScanRead; readonly may: ScanMay; readonly here: string }): ReactElement {
  const { progress, last, now } = read
  return (
    <div className="panel stack">
      <Facts
        of={[
          ['Last scan', last === null ? 'None yet' : <Moment at={last.observed_at} />],
          ...(last === null
            ? []
            : ([['Consent', last.consent ? 'Control of a domain is proven' : 'None: only what needs no consent is looked at']] as const)),
          [
            'Next scan',
            progress === null ? (
              'Not planned yet'
            ) : progress.state === 'running' ? (
              `Running now, ${WHY[progress.why]}`
            ) : (
              <>
                <Due at={progress.due_at} now={now} />, {WHY[progress.why]}
              </>
            ),
          ],
          ...(progress?.told === null || progress === null ? [] : ([['The last try', <Foreign>{progress.told}</Foreign>]] as const)),
        ]}
      />
      <div className="acts">
        {may.scan && progress?.state !== 'running' ? (
          <form method="post" action={`${here}/scan`}>
            <button type="submit">Scan everything now</button>
          </form>
        ) : null}
      </div>
      {last === null ? null : (
        <p>
          Read <a href={`${here}/evidence/${encodeURIComponent(last.report)}`}>the whole report</a>, or take it{' '}
          <a href={`/api/v1${here}/scans/latest.sarif`}>as SARIF</a>.
        </p>
      )}
    </div>
  )
}

type Given = Parameters<typeof ScanPage>[0]

/** Pieces of evidence that are linked from a finding; the report names all. */
const MOST_EVIDENCE = 5

function OpenFinding({
  finding,
  given,
  here,
}: {
  readonly finding: ReadableFinding
  readonly given: Given
  readonly here: string
}): ReactElement {
  const { read, may } = given
  const state = read.lives.findings[finding.id]
  const answer = read.answers.find(({ check }) => check === finding.check)
  const confirmed = finding.outcome === 'review' && state?.confirmed_by !== null && state !== undefined
  const [shape, words] = confirmed ? OUTCOME.fail : OUTCOME[finding.outcome as keyof typeof OUTCOME]
  const proposal = read.proposals.find((one) => one.finding === finding.id)
  return (
    <div className="stack" id={finding.id.slice('sha256:'.length, 'sha256:'.length + 12)}>
      <h3>{finding.title}</h3>
      <p>
        <span className={`verdict is-${shape}`}>{words}</span>
        {finding.cvss === null ? '' : ` CVSS ${finding.cvss.score.toFixed(1)} (${finding.cvss.vector})`}
      </p>
      <p className="foreign">{withoutTricks(finding.says)}</p>
      <Facts
        of={[
          ['Where', <Place where={finding.where} />],
          ...(state === undefined ? [] : ([['State', lifeInWords(state)]] as const)),
          ...(answer === undefined || answer.serves.length === 0 ? [] : ([['Asked by', <Serves of={answer.serves} />]] as const)),
          ...(finding.fix === null ? [] : ([['What to do', <span className="foreign">{finding.fix}</span>]] as const)),
          ...(finding.evidence.length === 0 ? [] : ([['Evidence', <Evidence of={finding.evidence} here={here} />]] as const)),
        ]}
      />
      <Said of={state?.dispute?.evidence ?? []} words={read.words} by="Said by the partner" />
      {state === undefined ? null : (
        <Acts given={given} state={state} here={here} proposal={proposal ?? null} awaits={finding.outcome === 'review' && !confirmed} />
      )}
      {may.scan ? (
        <form method="post" action={`${here}/scan`}>
          <button type="submit" name="check" value={finding.check} className="is-quiet">
            Ask this check again now
          </button>
        </form>
      ) : null}
    </div>
  )
}

function lifeInWords(state: FindingState): ReactNode {
  const since = <OnDay at={state.first_seen_at} />
  const seen =
    state.clean_since === null ? null : (
      <>
        ; not seen since <Moment at={state.clean_since} />, and fixed once a scan a day later does not see it either
      </>
    )
  const again = state.regressions === 0 ? null : <>; came back {state.regressions === 1 ? 'once' : `${state.regressions} times`}</>
  return (
    <>
      {STATUS[state.status]}, first seen on {since}
      {again}
      {seen}
    </>
  )
}

const STATUS = {
  new: 'New',
  confirmed: 'Confirmed',
  disputed: 'Disputed by the partner; it is the operator’s turn',
  suppressed: 'Set aside',
  fixed: 'Fixed',
} as const satisfies Record<FindingState['status'], string>

const Serves = ({ of }: { readonly of: readonly Served[] }): ReactElement => (
  <Listed
    of={of.map(({ title, href }) => (
      <a key={href} href={href}>
        {title}
      </a>
    ))}
  />
)

const Evidence = ({ of, here }: { readonly of: readonly Digest[]; readonly here: string }): ReactElement => (
  <>
    {of.slice(0, MOST_EVIDENCE).map((id, place) => (
      <span key={id}>
        {place === 0 ? '' : ', '}
        <a href={`${here}/evidence/${encodeURIComponent(id)}`}>what was seen{of.length === 1 ? '' : ` (${place + 1})`}</a>
      </span>
    ))}
    {of.length <= MOST_EVIDENCE ? '' : `, and ${of.length - MOST_EVIDENCE} more in the report`}
  </>
)

const Said = (given: {
  readonly of: readonly string[]
  readonly words: ReadonlyMap<string, string>
  readonly by: string
}): ReactElement => (
  <>
    {given.of.flatMap((name) => {
      const text = given.words.get(name)
      return text === undefined
        ? []
        : [
            <p key={name}>
              {given.by}: <Foreign>{text}</Foreign>
            </p>,
          ]
    })}
  </>
)

function Acts(of: {
  readonly given: Given
  readonly state: FindingState
  readonly here: string
  readonly proposal: SuppressionProposal | null
  /** A person has to look, since a machine could only suspect. */
  readonly awaits: boolean
}): ReactElement | null {
  const { given, state, here, proposal, awaits } = of
  const { may, errors, typed, read } = given
  const short = state.finding.slice('sha256:'.length, 'sha256:'.length + 12)
  const action = `${here}/findings/${encodeURIComponent(state.finding)}`
  const disputed = state.status === 'disputed'
  if (may.dispute && !disputed) {
    return (
      <Folded title="Dispute this finding" open={errors[`dispute-${short}`] !== undefined}>
        <form className="form" method="post" action={action}>
          <Words
            name={`dispute-${short}`}
            title="Why this is no defect"
            hint="The operator decides. Until then it counts."
            errors={errors}
            typed={typed}
          />
          <button type="submit" name="do" value="dispute" className="is-quiet">
            Dispute it
          </button>
        </form>
      </Folded>
    )
  }
  if (!may.decide) return null
  return (
    <>
      {awaits || disputed ? (
        <Folded title={disputed ? 'Decide the dispute: the finding stands' : 'Confirm it'} open={errors[`confirm-${short}`] !== undefined}>
          <form className="form" method="post" action={action}>
            <Words name={`confirm-${short}`} title="What you saw" hint="The partner reads it." errors={errors} typed={typed} />
            <button type="submit" name="do" value="confirm">
              {disputed ? 'It stands' : 'It is a defect'}
            </button>
          </form>
        </Folded>
      ) : null}
      {proposal === null ? (
        <Folded title="Set it aside for a while" open={errors[`propose-${short}`] !== undefined || errors[`until-${short}`] !== undefined}>
          <form className="form" method="post" action={action}>
            <fieldset>
              <legend>Reason</legend>
              {SUPPRESSION_REASONS.map((code, place) => (
                <label key={code} className="choice">
                  <input type="radio" name="reason_code" value={code} defaultChecked={place === 0} /> {REASON[code]}
                </label>
              ))}
            </fieldset>
            <Field
              name={`until-${short}`}
              title="Until"
              hint={`It counts again on that day. ${SUPPRESSED_DAYS_MAX} days at most.`}
              errors={errors}
            >
              {(ties) => <input {...ties} name="until" type="date" defaultValue={typed[`until-${short}`] ?? ''} />}
            </Field>
            <Words
              name={`propose-${short}`}
              title="Why"
              hint="The partner reads it. Another person confirms it."
              errors={errors}
              typed={typed}
            />
            <button type="submit" name="do" value="propose" className="is-quiet">
              Propose it
            </button>
          </form>
        </Folded>
      ) : (
        <div className="panel stack">
          <p>
            Proposed to be set aside until <OnDay at={proposal.until} />: {REASON[proposal.reason_code]}.
          </p>
          <Said of={proposal.evidence} words={read.words} by="Why" />
          <form method="post" action={`${here}/findings/suppressions/${encodeURIComponent(proposal.proposal)}`}>
            <button type="submit">Confirm as the second person</button>
          </form>
        </div>
      )}
    </>
  )
}

const Folded = (given: { readonly title: string; readonly open: boolean; readonly children: ReactNode }): ReactElement => (
  <details open={given.open}>
    <summary>{given.title}</summary>
    {given.children}
  </details>
)

const Words = (given: {
  readonly name: string
  readonly title: string
  readonly hint: string
  readonly errors: Errors
  readonly typed: Typed
}): ReactElement => (
  <Field name={given.name} title={given.title} hint={given.hint} errors={given.errors}>
    {(ties) => <textarea {...ties} name="words" rows={3} maxLength={10_000} defaultValue={given.typed[given.name] ?? ''} />}
  </Field>
)

function SetAside({ state, given, here }: { readonly state: FindingState; readonly given: Given; readonly here: string }): ReactElement {
  const { read, may } = given
  const { suppression } = state
  return (
    <div className="stack">
      <h3>{titleOf(read, state.check)}</h3>
      <Facts
        of={[
          ['Where', <Place where={state.where} />],
          ...(suppression === null
            ? []
            : ([
                ['Reason', REASON[suppression.reason_code]],
                ['Counts again', <OnDay at={suppression.until} />],
                ['Decided by', counted(suppression.persons.length, 'person', 'people')],
              ] as const)),
        ]}
      />
      <Said of={suppression?.evidence ?? []} words={read.words} by="Why" />
      {may.decide ? (
        <form method="post" action={`${here}/findings/${encodeURIComponent(state.finding)}`}>
          <button type="submit" name="do" value="end" className="is-quiet">
            Let it count again now
          </button>
        </form>
      ) : null}
    </div>
  )
}

function Answers({ read, may, here }: { readonly read: ScanRead; readonly may: ScanMay; readonly here: string }): ReactElement | null {
  if (read.answers.length === 0) return null
  return (
    <Section id="checks" title="What each check answers">
      <Table
        caption="What each check answers"
        quiet_caption
        columns={[
          { title: 'Check', names: true },
          { title: 'Answer' },
          { title: 'Since' },
          { title: 'Last seen' },
          { title: 'Asked by' },
          ...(may.scan ? [{ title: 'Again' }] : []),
        ]}
        rows={read.answers.map(({ check, title, answer, serves }) => {
          const [shape, words] = OUTCOME[answer.outcome]
          return {
            key: check,
            cells: [
              title,
              <span key="answer" className={`verdict is-${shape}`}>
                {words}
              </span>,
              <OnDay key="since" at={answer.since} />,
              <Moment key="seen" at={answer.observed_at} />,
              serves.length === 0 ? 'No requirement in force' : <Serves key="serves" of={serves} />,
              ...(may.scan
                ? [
                    <form key="again" method="post" action={`${here}/scan`}>
                      <button type="submit" name="check" value={check} className="is-quiet" aria-label={`Ask again: ${title}`}>
                        Again
                      </button>
                    </form>,
                  ]
                : []),
            ],
          }
        })}
      />
    </Section>
  )
}

function Past({ read, here }: { readonly read: ScanRead; readonly here: string }): ReactElement | null {
  const { past, compared } = read
  if (past.length === 0) return null
  const pick = (name: 'from' | 'to', title: string, chosen: string | undefined): ReactElement => (
    <Field name={name} title={title} errors={{}}>
      {(ties) => (
        <select {...ties} name={name} defaultValue={chosen}>
          {past.map(({ report, observed_at, checks }) => (
            <option key={report} value={report}>
              {`${observed_at.slice(0, 16).replace('T', ' ')} UTC, ${counted(checks, 'check')}`}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
  return (
    <Section id="past" title="Earlier scans">
      {past.length < 2 ? (
        <p>There is one scan so far; two can be compared.</p>
      ) : (
        <form className="form" method="get" action={`${here}/scan#past`}>
          {pick('from', 'From the scan of', compared?.from ?? past[1]?.report)}
          {pick('to', 'to the scan of', compared?.to ?? past[0]?.report)}
          <button type="submit" className="is-quiet">
            Compare
          </button>
        </form>
      )}
      {compared === null ? null : <Difference of={compared.difference} read={read} />}
    </Section>
  )
}

function Difference({ of, read }: { readonly of: ScanDifference; readonly read: ScanRead }): ReactElement {
  if (of.appeared.length + of.gone.length + of.checks.length === 0) return <p role="status">Nothing is different between the two.</p>
  const rows = [...of.appeared.map((one) => ['Appeared', one] as const), ...of.gone.map((one) => ['Gone', one] as const)]
  return (
    <>
      {rows.length === 0 ? null : (
        <Table
          caption="Findings that are different"
          columns={[{ title: 'What', names: true }, { title: 'Change' }, { title: 'Where' }]}
          rows={rows.slice(0, MOST_ROWS).map(([change, one]) => ({
            key: `${change} ${one.finding}`,
            cells: [titleOf(read, one.check), change, <Place key="where" where={one.where} />],
          }))}
        />
      )}
      {of.checks.length === 0 ? null : (
        <Table
          caption="Checks that answer otherwise"
          columns={[{ title: 'Check', names: true }, { title: 'Before' }, { title: 'After' }]}
          rows={of.checks.map(({ check, from, to }) => ({
            key: check,
            cells: [titleOf(read, check), outcomeInWords(from), outcomeInWords(to)],
          }))}
        />
      )}
    </>
  )
}

const outcomeInWords = (outcome: string | null): string =>
  outcome === null ? 'Not asked' : (OUTCOME[outcome as keyof typeof OUTCOME]?.[1] ?? idInWords(outcome))
