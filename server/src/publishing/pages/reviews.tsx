import type { ReactElement } from 'react'
import type { AppDocument } from '../../directory/apps-view.ts'
import type { Instant } from '../../kernel/time.ts'
import type { AnnualRead, ReviewsRead } from '../reviewing.ts'
import type { Delta } from '../../reviews/review.ts'
import type { ReviewHistory } from '../../reviews/reviews-view.ts'
import type { SeenChange } from '../../reviews/seen-changes.ts'
import type { SignificantChangePolicy } from '../../reviews/year.ts'
import { badgeTitle, requirementOf, type Shelf } from '../shelf.ts'
import { dayInWords, listInWords } from '../words.ts'
import type { Chrome } from './chrome.ts'
import { ErrorSummary, Field, type Errors, type Typed } from './form.tsx'
import { Layout } from './layout.tsx'
import { TurnWord } from './matter.tsx'
import { Due, Empty, Foreign, Moment, OnDay, Section, Table, VerdictWord } from './parts.tsx'

/** The annual reviews of an app and its changes: what is asked, by when, of whom; what was seen to change; what is looked at. */
export function ReviewsPage(given: {
  readonly chrome: Chrome
  readonly shelf: Shelf
  readonly now: Instant
  readonly app: AppDocument
  readonly read: ReviewsRead
  /** Why this reader may not declare, and why not judge; null when they may. */
  readonly refused: { readonly declare: string | null; readonly judge: string | null }
  readonly values: Typed
  readonly errors: Errors
  readonly told: string | null
  /** Kinds of change that the last answer left out and that were seen. */
  readonly asked_about: readonly string[]
}): ReactElement {
  const { chrome, shelf, now, app, read, told, refused } = given
  const here = `/apps/${encodeURIComponent(app.app)}`
  const deltas = (read.document?.state.deltas ?? []).filter(({ word }) => word === 'open')
  return (
    <Layout {...chrome} title={`Reviews of ${app.name}`}>
      <div className="head">
        <p className="eyebrow">
          <a href={`${here}/standing`}>
            Standing of <Foreign>{app.name}</Foreign>
          </a>
        </p>
        <h1>Reviews and changes</h1>
        <p className="lead">
          A badge is looked at once a year, and whenever the app changes in a way that matters. For <Foreign>{app.name}</Foreign>, its
          partner and the operator.
        </p>
      </div>
      {told === null ? null : (
        <p className="told" role="status">
          {told}
        </p>
      )}
      <ErrorSummary errors={given.errors} titles={titlesOf(read.change)} />
      <Annuals read={read} shelf={shelf} now={now} />
      {deltas.map((delta) => (
        <DeltaSection key={delta.delta} delta={delta} read={read} shelf={shelf} here={here} refused={refused.judge} />
      ))}
      <Seen read={read} />
      {read.change === null || refused.declare !== null ? null : <Declare {...given} change={read.change} here={here} />}
      <History of={read.document?.history ?? []} read={read} />
    </Layout>
  )
}

/** What the fields of the answer are called, for errors that lead to them. */
const titlesOf = (change: ReviewsRead['change']): { readonly [field: string]: string } =>
  change === null ? {} : { [change.policy.form.any_change]: 'The question', [change.policy.form.changes]: 'Changes' }

function Annuals({ read, shelf, now }: { readonly read: ReviewsRead; readonly shelf: Shelf; readonly now: Instant }): ReactElement {
  return (
    <Section id="annual" title="Annual review">
      {read.annual.length === 0 ? (
        <Empty title="No review is planned">
          <p>The first one follows a badge: it lies in the last week of the month of first approval, a year later.</p>
        </Empty>
      ) : (
        read.annual.map((one) => <AnnualPart key={`${one.annual.programme}.${one.annual.tier}`} of={one} shelf={shelf} now={now} />)
      )}
    </Section>
  )
}

function AnnualPart({ of, shelf, now }: { readonly of: AnnualRead; readonly shelf: Shelf; readonly now: Instant }): ReactElement {
  const { annual, checks, turn, declared } = of
  const open = annual.word === 'announced' || annual.word === 'missed'
  return (
    <div className="stack">
      <h3>
        {badgeTitle(shelf, annual)}, {annual.year}
      </h3>
      <p>
        {turn === null ? null : <TurnWord turn={turn} />} {nextOf(of)}
      </p>
      <p className="quiet">
        From <OnDay at={annual.opens_at} /> up to <Moment at={annual.due_at} />
        {open && !declared ? (
          <>
            : <Due at={annual.due_at} now={now} />
          </>
        ) : null}
        .
      </p>
      {open ? (
        <Table
          caption="What the review looks at by itself"
          columns={[{ title: 'Requirement', names: true }, { title: 'Now' }]}
          rows={checks.map(({ requirement, verdict }) => ({
            key: requirement,
            cells: [titleOf(shelf, annual.programme, requirement), <VerdictWord key="word" word={verdict?.verdict ?? 'unknown'} />],
          }))}
        />
      ) : null}
    </div>
  )
}

function nextOf({ annual, declared, turn }: AnnualRead): string {
  switch (annual.word) {
    case 'none':
    case 'planned':
      return 'Planned. Nothing has to be done yet; a notice comes beforehand.'
    case 'announced':
      if (!declared) return 'The one thing to do: say below whether the app changed significantly.'
      return turn === 'partner' ? 'Answered. Something below is not in order yet.' : 'Answered. The operator looks at the changes.'
    case 'missed':
      return declared
        ? 'Answered after its week. Something below is not in order yet.'
        : 'Its week is over without an answer. Answer below.'
    case 'closed':
      return 'Done.'
  }
}

function DeltaSection(given: {
  readonly delta: Delta
  readonly read: ReviewsRead
  readonly shelf: Shelf
  readonly here: string
  readonly refused: string | null
}): ReactElement {
  const { delta, read, shelf, here, refused } = given
  const verdicts = new Map(read.verdicts.map((verdict) => [verdict.requirement, verdict]))
  const kinds = delta.kinds.map((kind) => kindTitle(read.change?.policy ?? null, kind))
  return (
    <Section id={`delta-${delta.delta}`} title={`What the change told on ${dayInWords(delta.opened_at)} touches`}>
      <p>
        {kinds.length === 0 ? null : `${listInWords(kinds)}. `}Exactly these requirements are looked at again; the rest stands as it is.
      </p>
      {refused === null ? null : <p className="hint">{refused}</p>}
      <Table
        caption="Requirements that are looked at again"
        quiet_caption
        columns={[{ title: 'Requirement', names: true }, { title: 'Verdict now' }, { title: 'Looked at' }, { title: 'Decide' }]}
        rows={Object.entries(delta.requirements).map(([requirement, outcome]) => ({
          key: requirement,
          cells: [
            titleOf(shelf, null, requirement),
            <VerdictWord key="verdict" word={verdicts.get(requirement)?.verdict ?? 'unknown'} />,
            LOOKED_AT[outcome],
            refused === null ? <Decide key="decide" delta={delta.delta} requirement={requirement} here={here} shelf={shelf} /> : '–',
          ],
        }))}
      />
    </Section>
  )
}

const LOOKED_AT = { open: 'Not yet', passed: 'In order', failed: 'Something is missing' } as const

function Decide(given: {
  readonly delta: string
  readonly requirement: string
  readonly here: string
  readonly shelf: Shelf
}): ReactElement {
  const { delta, requirement, here, shelf } = given
  const title = titleOf(shelf, null, requirement)
  const reason = `reason-${delta}-${requirement}`
  return (
    <form className="stack" method="post" action={`${here}/reviews/deltas/${encodeURIComponent(delta)}`}>
      <input type="hidden" name="requirement" value={requirement} />
      <label htmlFor={reason}>Why, if something is missing</label>
      <textarea id={reason} name="reason" rows={2} maxLength={2000} />
      <div className="acts">
        <button type="submit" name="outcome" value="passed" aria-label={`In order: ${title}`}>
          In order
        </button>
        <button type="submit" name="outcome" value="failed" aria-label={`Something is missing: ${title}`}>
          Something is missing
        </button>
      </div>
    </form>
  )
}

function Seen({ read }: { readonly read: ReviewsRead }): ReactElement {
  const kinds = read.kinds_seen.map((kind) => kindTitle(read.change?.policy ?? null, kind))
  return (
    <Section id="seen" title="What was seen to change">
      {read.seen.length === 0 ? (
        <p className="quiet">
          The descriptor shows nothing new
          {read.since === null ? '' : ' since '}
          {read.since === null ? null : <OnDay at={read.since} />}. What a descriptor does not show, only the partner can tell.
        </p>
      ) : (
        <>
          <p>
            {read.since === null ? 'Since the app was first read' : 'Since '}
            {read.since === null ? null : <OnDay at={read.since} />}, by its descriptor
            {kinds.length === 0 ? '' : `: ${listInWords(kinds)}`}.
          </p>
          <Table
            caption="Changes in the descriptor"
            quiet_caption
            columns={[{ title: 'What', names: true }, { title: 'New' }, { title: 'Gone' }]}
            rows={read.seen.map(({ side, added, removed }) => ({
              key: side,
              cells: [SIDES[side], <Listed key="new" of={added} />, <Listed key="gone" of={removed} />],
            }))}
          />
        </>
      )}
    </Section>
  )
}

const SIDES = {
  platform: 'Developer platform',
  hosting: 'Where it runs',
  base_urls: 'Hosts',
  scopes: 'Permissions',
  egress: 'Where data may go',
} as const satisfies Record<SeenChange['side'], string>

const Listed = ({ of }: { readonly of: readonly string[] }): ReactElement =>
  of.length === 0 ? (
    <span className="quiet">–</span>
  ) : (
    <ul className="plain">
      {of.map((one) => (
        <li key={one}>
          <Foreign>{one}</Foreign>
        </li>
      ))}
    </ul>
  )

function Declare(
  given: Parameters<typeof ReviewsPage>[0] & { readonly change: NonNullable<ReviewsRead['change']>; readonly here: string },
): ReactElement {
  const { change, here, errors, values, asked_about, read } = given
  const { policy, form } = change
  const fields = form.groups.flatMap((group) => group.fields)
  const question = fields.find(({ id }) => id === policy.form.any_change)
  const parts = (fields.find(({ id }) => id === policy.form.changes)?.parts ?? []).filter(({ id }) => id !== policy.form.kind)
  const others = fields.filter(({ id }) => id !== policy.form.any_change && id !== policy.form.changes)
  const kinds = policy.kinds.map(({ id }) => id)
  return (
    <Section id="declare" title="Say whether the app changed significantly">
      {asked_about.length === 0 ? null : (
        <div className="told is-asking" role="status">
          <p>
            Your answer leaves out what was seen: {listInWords(asked_about.map((kind) => kindTitle(policy, kind)))}. Please look once more.
            The same answer, sent again, stands; what it leaves out is then looked at by the operator.
          </p>
        </div>
      )}
      <form className="form panel" method="post" action={`${here}/reviews/declare`}>
        <fieldset id={policy.form.any_change}>
          <legend>{question?.ask}</legend>
          {YES_NO.map(([value, title]) => (
            <label key={value} className="choice">
              <input
                type="radio"
                name={policy.form.any_change}
                value={value}
                required
                defaultChecked={values[policy.form.any_change] === value}
              />{' '}
              {title}
            </label>
          ))}
        </fieldset>
        <fieldset id={policy.form.changes}>
          <legend>If yes: which, since when, and what it means</legend>
          {policy.kinds.map((kind) => (
            <details key={kind.id} open={values[`kind.${kind.id}`] === 'on' || read.kinds_seen.includes(kind.id)}>
              <summary>{kind.title}</summary>
              <p className="hint">Such as {listInWords(kind.examples)}.</p>
              <label className="choice">
                <input type="checkbox" name={`kind.${kind.id}`} defaultChecked={values[`kind.${kind.id}`] === 'on'} /> This changed
                {read.kinds_seen.includes(kind.id) ? <span className="quiet"> (seen in the descriptor)</span> : null}
              </label>
              {parts.map((part) => (
                <Field key={part.id} name={`${part.id}.${kind.id}`} title={part.ask} errors={errors}>
                  {(ties) =>
                    part.answer === 'date' ? (
                      <input {...ties} type="date" name={`${part.id}.${kind.id}`} defaultValue={values[`${part.id}.${kind.id}`]} />
                    ) : (
                      <textarea
                        {...ties}
                        rows={2}
                        name={`${part.id}.${kind.id}`}
                        maxLength={10_000}
                        defaultValue={values[`${part.id}.${kind.id}`]}
                      />
                    )
                  }
                </Field>
              ))}
            </details>
          ))}
        </fieldset>
        {others.map((field) => (
          <fieldset key={field.id} id={field.id}>
            <legend>If yes: {field.ask}</legend>
            {YES_NO.map(([value, title]) => (
              <label key={value} className="choice">
                <input type="radio" name={field.id} value={value} defaultChecked={values[field.id] === value} /> {title}
              </label>
            ))}
          </fieldset>
        ))}
        <p className="hint">
          {kinds.length} kinds count as significant. A NO closes the review when nothing else is open; a YES opens a look at exactly what it
          touches.
        </p>
        <button type="submit">Send the answer</button>
      </form>
    </Section>
  )
}

const YES_NO = [
  ['yes', 'Yes'],
  ['no', 'No'],
] as const

function History({ of, read }: { readonly of: readonly ReviewHistory[]; readonly read: ReviewsRead }): ReactElement | null {
  if (of.length === 0) return null
  return (
    <Section id="history" title="What happened">
      <ol className="plain">
        {of.toReversed().map((one, place) => (
          <li key={`${one.at} ${place}`}>
            <Moment at={one.at} />: {happened(one, read)}
          </li>
        ))}
      </ol>
    </Section>
  )
}

function happened({ what, year, requirement, outcome, kinds }: ReviewHistory, read: ReviewsRead): string {
  const which = listInWords(kinds.map((kind) => kindTitle(read.change?.policy ?? null, kind)))
  switch (what) {
    case 'reviews.annual_review_planned':
      return `the review of ${year} was planned`
    case 'reviews.annual_review_announced':
      return `the review of ${year} was announced`
    case 'reviews.annual_review_missed':
      return `the week of the review of ${year} ended without an answer`
    case 'reviews.annual_review_closed':
      return `the review of ${year} was closed, with everything in order`
    case 'reviews.annual_review_dropped':
      return `the review of ${year} fell away with the badge`
    case 'reviews.asked_once_more':
      return `an answer left out what was seen (${which}) and was asked about once more`
    case 'reviews.changes_declared':
      return which === '' ? 'no significant change was declared' : `changes were declared: ${which}`
    case 'reviews.contradiction_found':
      return `the answer stood against what was seen: ${which}`
    case 'reviews.delta_opened':
      return 'a look at what the change touches began'
    case 'reviews.delta_judged':
      return `${requirement ?? ''} was found ${outcome === 'passed' ? 'in order' : 'wanting'}`
    case 'reviews.delta_closed':
      return 'everything that the change touches is in order'
    case 'reviews.overdue_counted':
      return 'overdue matters were counted'
  }
}

/** The title of a requirement, in a programme or in whichever has it. */
function titleOf(shelf: Shelf, programme: string | null, requirement: string): string {
  const catalogues = shelf.filter(({ pack }) => programme === null || pack.programme.id === programme).map(({ catalogue }) => catalogue)
  return catalogues.map((catalogue) => requirementOf(catalogue, requirement)?.title).find((title) => title !== undefined) ?? requirement
}

const kindTitle = (policy: SignificantChangePolicy | null, kind: string): string =>
  policy?.kinds.find(({ id }) => id === kind)?.title ?? kind
