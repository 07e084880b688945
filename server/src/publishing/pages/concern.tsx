import type { ReactElement, ReactNode } from 'react'
import { stands } from '../../concerns/messages.ts'
import type { PersonsAct } from '../../concerns/acting.ts'
import type { ConcernRead } from '../../concerns/reading.ts'
import { says } from '../../kernel/says.ts'
import type { RequirementInForce } from '../../programmes/schema.ts'
import type { Verdict } from '../../standing/verdict.ts'
import { sentence } from '../texts.ts'
import { listInWords } from '../words.ts'
import type { Chrome } from './chrome.ts'
import { ErrorSummary, Field, type Errors, type Typed } from './form.tsx'
import { Layout } from './layout.tsx'
import { TurnWord } from './matter.tsx'
import { Due, Facts, Foreign, Moment, Section, VerdictWord } from './parts.tsx'
import { Quoted } from './quoted.tsx'

const TITLES = { words: 'Words', public_words: 'For everybody', requirements: 'Requirements', code: 'Reason', conflict: 'Tie' }

export type ConcernPageProps = {
  readonly chrome: Chrome
  readonly read: ConcernRead
  readonly verdicts: readonly Verdict[]
  /** Whether the reader is of the operator, and reads what was written to it. */
  readonly for_operator: boolean
  readonly told: string | null
  readonly values: Typed
  readonly errors: Errors
}

/** A concern between its two sides: whose turn first, then what was raised beside what is known, then what may be done. */
export function ConcernPage(given: ConcernPageProps): ReactElement {
  const { chrome, read, told, errors, for_operator } = given
  const { document, name, rules, now } = read
  const app = encodeURIComponent(document.app)
  const { turn } = document
  const late = turn !== null && turn.due_at !== null && turn.due_at < now
  return (
    <Layout {...chrome} title={`A concern about ${name}`}>
      <div className="head">
        <p className="eyebrow">
          <a href={`/apps/${app}/due-process`}>
            Concerns and appeals of <Foreign>{name}</Foreign>
          </a>
        </p>
        <h1>A concern</h1>
        <p className="lead">{sentence(stands(document))}</p>
      </div>
      {told === null ? null : (
        <p className="told" role="status">
          {told}
        </p>
      )}
      <ErrorSummary errors={errors} titles={TITLES} />
      <div className="panel">
        <Facts
          of={[
            [
              'Whose turn',
              turn === null ? (
                'Nothing more is due'
              ) : (
                <>
                  <TurnWord turn={turn.side} /> {sentence(says(`concerns.step.${turn.step}`))}
                </>
              ),
            ],
            ...(turn === null
              ? []
              : [
                  [
                    late && turn.side === 'operator' ? 'Due; the operator is late, and that is public' : 'By when',
                    turn.due_at === null ? 'By the day that the badge’s own time to cure ends' : <Due at={turn.due_at} now={now} />,
                  ] as const,
                ]),
            ['Raised by', document.raised_by === 'operator' ? 'The operator' : 'Somebody who is not of the operator'],
            ['Raised', <Moment at={document.received_at} />],
            ['Under', rules?.catalogue.programme.title ?? document.programme],
          ]}
        />
        {document.alone ? <p className="quiet">Decided by somebody who had a part in it: the operator has nobody else.</p> : null}
      </div>
      <div className="columns">
        <Section id="claim" title="What is said">
          {read.entries
            .filter(({ what, words }) => words !== null || (for_operator && SAID.has(what)))
            .map((entry) => (
              <div key={entry.hash} className="stack">
                <p className="quiet">
                  <Moment at={entry.at} />: {sentence(says(`concerns.entry.${entry.what.slice('concerns.'.length)}`))}
                </p>
                {entry.words === null ? <p className="quiet">These words were taken back.</p> : <Quoted>{entry.words}</Quoted>}
              </div>
            ))}
          {read.public_words === null ? null : (
            <div className="stack">
              <p className="quiet">What everybody may read of the decision:</p>
              <Quoted>{read.public_words}</Quoted>
            </div>
          )}
        </Section>
        <Section id="known" title="What is known">
          {document.requirements.length === 0 ? (
            <p className="quiet">It names no requirement of the programme.</p>
          ) : (
            document.requirements.map((id) => <Known key={id} id={id} {...given} />)
          )}
        </Section>
      </div>
      <Acts {...given} />
      <Section id="history" title="What happened">
        <ol className="plain">
          {read.entries.toReversed().map(({ at, what, hash }) => (
            <li key={hash}>
              <Moment at={at} />: {sentence(says(`concerns.entry.${what.slice('concerns.'.length)}`))}
            </li>
          ))}
        </ol>
      </Section>
    </Layout>
  )
}

/** Entries that carry words of whoever raised it. */
const SAID: ReadonlySet<string> = new Set(['concerns.received', 'concerns.added'])

function Known({ id, verdicts, read }: ConcernPageProps & { readonly id: string }): ReactElement {
  const verdict = verdicts.find(({ requirement }) => requirement === id)
  const requirement = requirementIn(read, id)
  return (
    <div className="stack">
      <p>
        <strong>{requirement?.title ?? id}</strong> <VerdictWord word={verdict?.verdict ?? 'unknown'} />
      </p>
      {verdict === undefined ? null : (
        <p className="quiet">
          {sentence(verdict.says)} Since <Moment at={verdict.since} />.
        </p>
      )}
      {requirement === null ? null : <p className="quiet">{requirement.how_to_meet}</p>}
    </div>
  )
}

const requirementIn = ({ rules }: ConcernRead, id: string): RequirementInForce | null =>
  rules?.catalogue.requirements.find((one) => one.id === id) ?? null

/** Why nothing can be done, or one form for each thing that can. */
function Acts(given: ConcernPageProps): ReactElement {
  const { read, for_operator } = given
  const may = (act: PersonsAct): boolean => read.offers.find((one) => one.act === act)?.allowed === true
  const { document, rules } = read
  const dismissals = rules?.policy.concerns.dismissals ?? []
  const ties = rules?.policy.recusal ?? []
  const why =
    for_operator && document.word === 'deciding' && !may('decide') ? read.offers.find(({ act }) => act === 'decide')?.reason : null
  return (
    <>
      {why === null || why === undefined ? null : <p className="hint">{why}</p>}
      {may('accept') ? (
        <Form given={given} path="acceptance" title="Look into it" button="Look into it, and hear the partner">
          <Choices given={given} ids={(rules?.catalogue.requirements ?? []).map(({ id }) => id)} legend="What it is about" folded />
          <Words
            given={given}
            path="acceptance"
            title="What the partner is told"
            hint="In your own words. The partner reads this, and never what was written to you."
          />
        </Form>
      ) : null}
      {may('dismiss') ? (
        <Form given={given} path="dismissal" title="Put it aside" button="Put it aside">
          <Chosen given={given} path="dismissal" name="code" title="Reason" of={dismissals} />
          <Words given={given} path="dismissal" title="Why" hint="Whoever raised it reads this, and nobody else outside." />
        </Form>
      ) : null}
      {may('answer') ? (
        <Form given={given} path="answer" title="Answer" button="Send the answer">
          <Words given={given} path="answer" title="How it is" hint="The operator reads it before anybody decides." />
        </Form>
      ) : null}
      {may('decide') ? (
        <Form given={given} path="decision" title="Decide" button={null}>
          {document.requirements.length === 0 ? null : (
            <Choices given={given} ids={document.requirements} legend="What is not kept, if anything" checked />
          )}
          <Words given={given} path="decision" title="Reasons, for the partner" hint="A decision without reasons is none." />
          <Words
            given={given}
            path="decision"
            name="public_words"
            title="For everybody"
            hint="Shown on the app’s trust page. Name no person, and no hole that is open."
          />
          <div className="acts">
            {(['upheld', 'partly_upheld', 'not_upheld'] as const).map((outcome) => (
              <button key={outcome} type="submit" name="outcome" value={outcome}>
                {sentence(says(`concerns.outcome.${outcome}`))}
              </button>
            ))}
          </div>
        </Form>
      ) : null}
      {may('claim_remedy') && document.requirements.length > 0 ? (
        <Form given={given} path="remedy" title="It is put right" button="Say that it is put right">
          <Words
            given={given}
            path="remedy"
            title="What you have put right, and where that is seen"
            hint="While the operator looks, no time runs against you."
          />
        </Form>
      ) : null}
      {may('confirm_remedy') ? (
        <Form given={given} path="remedy-check" title="Look at the remedy" button={null}>
          <Words given={given} path="remedy-check" title="What you have looked at, or what is missing" hint="The partner reads it." />
          <div className="acts">
            <button type="submit" name="outcome" value="confirmed">
              It is put right
            </button>
            <button type="submit" name="outcome" value="refused">
              Something is missing
            </button>
          </div>
        </Form>
      ) : null}
      {may('recuse') ? (
        <details>
          <summary>Stand back because of a tie</summary>
          <Form given={given} path="recusal" title="Stand back" button="Stand back">
            <Chosen given={given} path="recusal" name="conflict" title="Tie" of={ties} />
          </Form>
        </details>
      ) : null}
    </>
  )
}

/** One form of the page. It carries what was seen, so that nobody decides on what has moved. */
function Form(props: {
  readonly given: Pick<ConcernPageProps, 'read'>
  readonly path: string
  readonly title: string
  readonly button: string | null
  readonly children: ReactNode
}): ReactElement {
  const { document } = props.given.read
  return (
    <Section id={`${props.path}-form`} title={props.title}>
      <form
        className="form panel"
        method="post"
        action={`/apps/${encodeURIComponent(document.app)}/concerns/${encodeURIComponent(document.concern)}/${props.path}`}
      >
        <input type="hidden" name="seen" value={document.version} />
        {props.children}
        {props.button === null ? null : (
          <div className="acts">
            <button type="submit">{props.button}</button>
          </div>
        )}
      </form>
    </Section>
  )
}

/** Ids of fields are the form's own, since several forms of one page ask for words; an error leads to the one that was sent. */
function Words(props: {
  readonly given: Pick<ConcernPageProps, 'values' | 'errors'>
  readonly path: string
  readonly name?: string
  readonly title: string
  readonly hint: string
}): ReactElement {
  const name = props.name ?? 'words'
  const sent = props.given.values['form'] === props.path
  const id = `${props.path}-${name}`
  const error = sent ? props.given.errors[name] : undefined
  return (
    <Field name={id} title={props.title} hint={props.hint} errors={error === undefined ? {} : { [id]: error }}>
      {(ties) => <textarea {...ties} name={name} rows={4} maxLength={20_000} defaultValue={sent ? props.given.values[name] : undefined} />}
    </Field>
  )
}

function Chosen(props: {
  readonly given: Pick<ConcernPageProps, 'errors' | 'values'>
  readonly path: string
  readonly name: string
  readonly title: string
  readonly of: readonly { readonly id: string; readonly says: string }[]
}): ReactElement {
  return (
    <Field name={`${props.path}-${props.name}`} title={props.title} errors={{}}>
      {(ties) => (
        <select {...ties} name={props.name} defaultValue={props.given.values[props.name]}>
          {props.of.map(({ id, says: text }) => (
            <option key={id} value={id}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

function Choices(props: {
  readonly given: ConcernPageProps
  readonly ids: readonly string[]
  readonly legend: string
  readonly folded?: boolean
  readonly checked?: boolean
}): ReactElement {
  const { read } = props.given
  const titleOf = (id: string): string => requirementIn(read, id)?.title ?? id
  const boxes = props.ids.map((id) => (
    <label key={id} className="choice">
      <input
        type="checkbox"
        name={`requirement:${id}`}
        value="yes"
        defaultChecked={props.checked === true || read.document.requirements.includes(id)}
      />{' '}
      {titleOf(id)}
    </label>
  ))
  return (
    <fieldset>
      <legend>{props.legend}</legend>
      {props.folded === true ? (
        <details>
          <summary>
            {read.document.requirements.length === 0 ? 'Choose requirements' : listInWords(read.document.requirements.map(titleOf))}
          </summary>
          {boxes}
        </details>
      ) : (
        boxes
      )}
    </fieldset>
  )
}
