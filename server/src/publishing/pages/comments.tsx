import type { ReactElement } from 'react'
import type { CommentRead } from '../../consultations/commenting.ts'
import type { ConsultationPhase } from '../../programmes/phase.ts'
import { counted, dayInWords } from '../words.ts'
import { requirementUnder, versionAddress } from './addresses.ts'
import type { Chrome } from './chrome.ts'
import { ErrorSummary, Field, type Errors, type Typed } from './form.tsx'
import { Layout } from './layout.tsx'
import { Empty, Foreign, Moment, Section, Table, withoutTricks } from './parts.tsx'

/** Who reads comments, and what they may do with them. */
export type Commenter = {
  /** Organisations for which this reader may write; none for strangers. */
  readonly writes_for: readonly { readonly organisation: string; readonly name: string }[]
  readonly may_answer: boolean
}

export type CommentsGiven = {
  readonly programme: string
  readonly version: string
  readonly requirement: string
  readonly consultation: Exclude<ConsultationPhase, 'none'>
  readonly days: { readonly opens: string; readonly closes: string }
  readonly comments: readonly CommentRead[]
  readonly nameOf: (organisation: string) => string
  readonly commenter: Commenter
  readonly values: Typed
  readonly errors: Errors
  readonly told: string | null
}

/** Comments on a requirement of a draft with their answers, and the form to write one while it is open. */
export function CommentsSection(given: CommentsGiven): ReactElement {
  const { comments, commenter, consultation } = given
  const here = `${requirementUnder(given.programme, given.version, given.requirement)}/comments`
  return (
    <Section id="comments" title="Comments on this draft">
      <div className="stack">
        {given.told === null ? null : (
          <p className="told" role="status">
            {given.told}
          </p>
        )}
        <p className="quiet">{whenInWords(consultation, given.days)}</p>
        {comments.length === 0 ? <p>Nobody has commented on it{consultation === 'closed' ? '' : ' yet'}.</p> : null}
        <ol className="stack bare">
          {comments.map((comment) => (
            <li key={comment.comment} id={comment.comment} className="panel">
              <OneComment of={comment} given={given} here={here} />
            </li>
          ))}
        </ol>
        {consultation === 'open' ? <WriteOne given={given} here={here} /> : null}
        {commenter.writes_for.length === 0 && consultation === 'open' ? (
          <p>
            <a href={`/sign-in?next=${encodeURIComponent(requirementUnder(given.programme, given.version, given.requirement))}`}>Sign in</a>{' '}
            as a partner or for the operator to comment.
          </p>
        ) : null}
      </div>
    </Section>
  )
}

function whenInWords(consultation: CommentsGiven['consultation'], { opens, closes }: CommentsGiven['days']): string {
  switch (consultation) {
    case 'planned':
      return `Comments are taken from ${dayInWords(opens)} to ${dayInWords(closes)}.`
    case 'open':
      return `Comments are taken until ${dayInWords(closes)}, and shown to everybody with the name of the organisation. Each is answered.`
    case 'closed':
      return `Comments were taken from ${dayInWords(opens)} to ${dayInWords(closes)}.`
  }
}

const OUTCOME = { accepted: 'Accepted', declined: 'Declined' } as const
const REMOVED = { author: 'Taken back by whoever wrote it.', operator: 'Taken down by the operator.' } as const

function OneComment({ of, given, here }: { readonly of: CommentRead; readonly given: CommentsGiven; readonly here: string }): ReactElement {
  const { commenter } = given
  const own = commenter.writes_for.some(({ organisation }) => organisation === of.organisation)
  return (
    <article className="stack">
      <p className="small">
        <strong>
          <Foreign>{given.nameOf(of.organisation)}</Foreign>
        </strong>{' '}
        <span className="quiet">
          <Moment at={of.at} />
          {of.of_an_earlier_text ? ', to an earlier text of the draft' : ''}
        </span>
      </p>
      {of.removed === null ? <Said words={of.words} /> : <p className="quiet">{REMOVED[of.removed]}</p>}
      {of.answer === null ? null : (
        <div className="answer stack">
          <p className="small">
            <strong>{OUTCOME[of.answer.outcome]} by the operator</strong>{' '}
            <span className="quiet">
              <Moment at={of.answer.at} />
            </span>
          </p>
          <Said words={of.answer_words} />
        </div>
      )}
      {of.removed !== null ? null : (
        <>
          {commenter.may_answer && of.answer === null ? <AnswerIt of={of} given={given} here={here} /> : null}
          {commenter.may_answer ? <TakeDown of={of} given={given} here={here} /> : null}
          {own && !commenter.may_answer && of.answer === null ? (
            <form method="post" action={`${here}/${of.comment}/remove`}>
              <button className="button is-quiet" type="submit">
                Take it back
              </button>
            </form>
          ) : null}
        </>
      )}
    </article>
  )
}

/** Words of strangers: their lines kept, nothing in them that could turn the page over. */
const Said = ({ words }: { readonly words: string | null }): ReactElement => (
  <div className="words">
    <p className="foreign">{words === null ? 'These words were erased.' : words.split('\n').map(withoutTricks).join('\n')}</p>
  </div>
)

function AnswerIt({ of, given, here }: { readonly of: CommentRead; readonly given: CommentsGiven; readonly here: string }): ReactElement {
  const name = `answer-${of.comment}`
  return (
    <form className="form" method="post" action={`${here}/${of.comment}/answer`}>
      <Field name={name} title="Your answer" hint="Shown beside the comment; a reason is owed either way." errors={given.errors}>
        {(ties) => <textarea {...ties} name="words" rows={3} maxLength={4_000} defaultValue={given.values[name] ?? ''} required />}
      </Field>
      <p className="acts">
        <button className="button" type="submit" name="outcome" value="accepted">
          Accept
        </button>{' '}
        <button className="button is-quiet" type="submit" name="outcome" value="declined">
          Decline
        </button>
      </p>
    </form>
  )
}

function TakeDown({ of, given, here }: { readonly of: CommentRead; readonly given: CommentsGiven; readonly here: string }): ReactElement {
  const name = `remove-${of.comment}`
  return (
    <details>
      <summary>Take it down</summary>
      <form className="form" method="post" action={`${here}/${of.comment}/remove`}>
        <Field name={name} title="Why" hint="The words are erased; that a comment was here stays." errors={given.errors}>
          {(ties) => <input {...ties} name="words" maxLength={1_000} defaultValue={given.values[name] ?? ''} required />}
        </Field>
        <button className="button is-quiet" type="submit">
          Take it down
        </button>
      </form>
    </details>
  )
}

function WriteOne({ given, here }: { readonly given: CommentsGiven; readonly here: string }): ReactElement | null {
  const { writes_for } = given.commenter
  const [only] = writes_for
  if (only === undefined) return null
  const titles = { words: 'Your comment', organisation: 'For which organisation' }
  return (
    <form className="form" method="post" action={here}>
      <ErrorSummary errors={given.errors} titles={titles} />
      <Field
        name="words"
        title={titles.words}
        hint="What should be otherwise, and why. Everybody reads it, with your organisation’s name; yours is not shown."
        errors={given.errors}
      >
        {(ties) => <textarea {...ties} name="words" rows={5} maxLength={4_000} defaultValue={given.values['words'] ?? ''} required />}
      </Field>
      {writes_for.length === 1 ? (
        <p className="small quiet">
          For <Foreign>{only.name}</Foreign>.
        </p>
      ) : (
        <Field name="organisation" title={titles.organisation} errors={given.errors}>
          {(ties) => (
            <select {...ties} name="organisation" defaultValue={given.values['organisation'] ?? only.organisation}>
              {writes_for.map(({ organisation, name }) => (
                <option key={organisation} value={organisation}>
                  {withoutTricks(name)}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      <button className="button" type="submit">
        Publish the comment
      </button>
    </form>
  )
}

/** All comments on a draft in one place, what waits for an answer first. */
export function AllCommentsPage(given: {
  readonly chrome: Chrome
  readonly programme: { readonly id: string; readonly title: string }
  readonly version: string
  readonly comments: readonly CommentRead[]
  readonly titleOf: (requirement: string) => string
  readonly nameOf: (organisation: string) => string
}): ReactElement {
  const { programme, version, comments } = given
  const waiting = comments.filter(({ answer, removed }) => answer === null && removed === null)
  const others = comments.filter((one) => !waiting.includes(one))
  return (
    <Layout {...given.chrome} title={`Comments on ${programme.title} ${version}`}>
      <div className="head">
        <p className="eyebrow">
          <a href={versionAddress(programme.id, version)}>
            {programme.title} {version}
          </a>
        </p>
        <h1>Comments</h1>
        <p className="lead quiet">
          {counted(comments.length, 'comment')}, {waiting.length} {waiting.length === 1 ? 'waits' : 'wait'} for the operator’s answer.
        </p>
      </div>
      {comments.length === 0 ? (
        <Empty title="No comments">
          <p>Comments are written on the page of each requirement of the draft.</p>
        </Empty>
      ) : (
        <Table
          caption="Those that wait for an answer first, then the rest, each in the order in which they came"
          columns={[{ title: 'Requirement', names: true }, { title: 'From' }, { title: 'What it says' }, { title: 'Answer' }]}
          rows={[...waiting, ...others].map((one) => ({
            key: one.comment,
            cells: [
              <a href={`${requirementUnder(programme.id, version, one.requirement)}#${one.comment}`}>{given.titleOf(one.requirement)}</a>,
              <>
                <Foreign>{given.nameOf(one.organisation)}</Foreign>, <Moment at={one.at} />
              </>,
              one.removed === null ? <Said words={one.words} /> : REMOVED[one.removed],
              one.answer === null ? (one.removed === null ? 'Waits for the operator' : 'None') : OUTCOME[one.answer.outcome],
            ],
          }))}
        />
      )}
    </Layout>
  )
}
