import type { ReactElement, ReactNode } from 'react'
import type { FormRead } from '../../assessments/answering.ts'
import { fieldsOf, isAsked, over, type Answers, type Change, type Field as Question } from '../../assessments/form.ts'
import type { FormReviewState } from '../../assessments/form-review.ts'
import type { Json, JsonObject } from '../../kernel/json.ts'
import type { Instant } from '../../kernel/time.ts'
import { asTyped, controlInRecord, controlOf, recordsIn, sideOf } from '../typed-answers.ts'
import { counted } from '../words.ts'
import { AnswerWords, choiceInWords } from './answer.tsx'
import { whyNot } from './answers.tsx'
import type { Chrome } from './chrome.ts'
import { Contradictions, type ContradictionRead } from './contradictions.tsx'
import { ErrorSummary, Field, type Errors } from './form.tsx'
import { Layout } from './layout.tsx'
import { Citations, Foreign, Moment, OnDay, Section, Table } from './parts.tsx'

/** Whose answers a page is about, with the address under which its forms lie. */
export type Whose = { readonly kind: 'app' | 'partner'; readonly name: string; readonly href: string }

/** Somebody else has saved since this page was opened: what they changed, beside what was typed here. */
export type Moved = { readonly by: string; readonly at: Instant; readonly theirs: readonly Change[] }

export type AnswerFormProps = {
  readonly chrome: Chrome
  readonly whose: Whose
  readonly read: FormRead
  /** What stands in the controls: the draft, or what was typed and refused. */
  readonly values: JsonObject
  readonly errors: Errors
  /** Why this reader may not answer; null when they may. */
  readonly refused: string | null
  readonly told: string | null
  readonly moved: Moved | null
  readonly saved_by: string | null
  readonly review: FormReviewState | null
  /** Reasons of the last return, as they were written. */
  readonly reasons: string | null
  readonly contradictions: readonly ContradictionRead[]
  readonly now: Instant
}

/** The partner's own page of a form: answers, what is missing, what publishing would change, and where the review stands. */
export function AnswerFormPage(given: AnswerFormProps): ReactElement {
  const { chrome, whose, read, errors, told, refused } = given
  const { form } = read
  const titles = Object.fromEntries(
    fieldsOf(form).flatMap((field) => [
      [controlOf(field.id), field.ask] as const,
      ...(field.parts ?? []).map((part) => [controlOf(`${field.id}.${part.id}`), `${field.ask} ${part.ask}`] as const),
    ]),
  )
  const answered = over(form, read.inherited, read.answers)
  return (
    <Layout {...chrome} title={`${form.title}: ${whose.name}`}>
      <div className="head">
        <p className="eyebrow">
          <a href={`${whose.href}/forms`}>
            Forms of <Foreign>{whose.name}</Foreign>
          </a>
        </p>
        <h1>{form.title}</h1>
        <p className="lead">{stateInWords(read)}</p>
        {read.saved === null ? null : (
          <p className="quiet">
            Draft {read.revision}, saved by <Foreign>{given.saved_by ?? 'somebody who has left'}</Foreign> on <Moment at={read.saved.at} />.
          </p>
        )}
        {whose.kind === 'partner' ? (
          <p>What you answer here holds for each of your apps, until an app says something else itself. Leave out what differs.</p>
        ) : null}
      </div>
      {told === null ? null : (
        <p className="told" role="status">
          {told}
        </p>
      )}
      {given.moved === null ? null : <MovedNote moved={given.moved} read={read} />}
      <ErrorSummary errors={errors} titles={titles} />
      <Review review={given.review} reasons={given.reasons} />
      <Contradictions of={given.contradictions} form={form} now={given.now} side="partner" here={whose.href} refused={refused} />
      <BeforePublishing read={read} />
      <form className="form" method="post" action={`${whose.href}/forms/${encodeURIComponent(form.id)}/edit`}>
        <input type="hidden" name="base" value={String(read.revision)} />
        {form.groups.map((group) => (
          <Section key={group.id} id={`group-${group.id}`} title={group.title}>
            <div className="panel">
              {group.fields.map((field) => (
                <QuestionField key={field.id} given={given} field={field} answered={answered} />
              ))}
            </div>
          </Section>
        ))}
        <Presses refused={refused} reviewed={form.review !== undefined && whose.kind === 'app'} />
      </form>
      <Section id="where-from" title="Where the questions come from">
        <p>
          <Citations of={form.cites} />
        </p>
      </Section>
    </Layout>
  )
}

function stateInWords({ complete, missing, published }: FormRead): string {
  const open = missing.length === 0 ? 'Everything required is answered.' : `${counted(missing.length, 'required answer')} still missing.`
  const live = published === null ? 'Nothing is published yet.' : `Edition ${published.edition} is published.`
  return `${Math.floor(complete * 100)} % complete. ${open} ${live}`
}

function MovedNote({ moved, read }: { readonly moved: Moved; readonly read: FormRead }): ReactElement {
  return (
    <div className="errors stack" role="alert">
      <p>
        <strong>
          <Foreign>{moved.by}</Foreign> saved these answers at <Moment at={moved.at} />, after you had opened this page.
        </strong>{' '}
        Nothing was overwritten. Below stands what you typed; saving again keeps yours.
      </p>
      {moved.theirs.length === 0 ? (
        <p>Both say the same.</p>
      ) : (
        <ChangeTable caption="Where the two differ" columns={['They saved', 'You typed']} read={read} changes={moved.theirs} />
      )}
    </div>
  )
}

function ChangeTable(given: {
  readonly caption: string
  readonly columns: readonly [string, string]
  readonly read: FormRead
  readonly changes: readonly Change[]
}): ReactElement {
  const fields = new Map(fieldsOf(given.read.form).map((field) => [field.id, field]))
  return (
    <Table
      caption={given.caption}
      columns={[{ title: 'Question', names: true }, ...given.columns.map((title) => ({ title }))]}
      rows={given.changes.flatMap(({ field: id, before, after }) => {
        const field = fields.get(id)
        if (field === undefined) return []
        const cells = [field.ask, <AnswerWords field={field} answers={before} />, <AnswerWords field={field} answers={after} />]
        return [{ key: id, cells }]
      })}
    />
  )
}

function Review({ review, reasons }: { readonly review: FormReviewState | null; readonly reasons: string | null }): ReactElement | null {
  if (review === null || review.status === 'none') return null
  return (
    <Section id="review" title="The operator’s review">
      <p>{REVIEW_WORDS[review.status]}</p>
      {review.approved === null ? null : (
        <p>
          The approval holds until <OnDay at={review.approved.until} />.
        </p>
      )}
      {review.returned === null ? null : (
        <div className="panel stack">
          <p>
            <strong>
              Returned on <OnDay at={review.returned.at} />, for this reason:
            </strong>
          </p>
          {(reasons ?? 'The reason was erased.').split('\n').map((line, place) => (
            <p key={place}>
              <Foreign>{line}</Foreign>
            </p>
          ))}
        </div>
      )}
    </Section>
  )
}

/** Where a review stands, and whose turn it is. */
export const REVIEW_WORDS = {
  none: 'Not sent for review.',
  waiting: 'Sent. It is the operator’s turn.',
  returned: 'Returned. It is your turn: mend what the reason says and publish again.',
  approved: 'Approved.',
  renewing: 'Approved, and the new answers wait for the operator.',
  lapsed: 'The approval has ended. It is your turn: look through the answers and publish again.',
} as const satisfies Record<FormReviewState['status'], string>

function BeforePublishing({ read }: { readonly read: FormRead }): ReactElement | null {
  const { form, missing, scored, changes, published } = read
  const asks = new Map(fieldsOf(form).map((field) => [field.id, field.ask]))
  if (missing.length === 0 && scored.length === 0 && changes.length === 0) {
    return published === null ? null : <p>Publishing now would change nothing.</p>
  }
  return (
    <Section id="before" title="If you publish now">
      {missing.length === 0 ? null : (
        <details>
          <summary>{counted(missing.length, 'required answer')} missing, shown as “data not provided”</summary>
          <ul className="plain">
            {missing.map(({ at, says }) => (
              <li key={at}>
                <a href={`#${controlOf(at)}`}>{says}</a>
              </li>
            ))}
          </ul>
        </details>
      )}
      {scored.length === 0 ? null : (
        <>
          <h3>What the answers bring by themselves</h3>
          <ul className="plain">
            {scored.map(({ field, result, says }) => (
              <li key={`${field} ${says}`}>
                <strong>{RESULT_WORDS[result]}</strong> <a href={`#${controlOf(field)}`}>{asks.get(field) ?? field}</a> {says}
              </li>
            ))}
          </ul>
        </>
      )}
      {changes.length === 0 ? null : (
        <details>
          <summary>{counted(changes.length, 'answer')} would change</summary>
          <ChangeTable caption="What publishing would change" columns={['Published', 'Draft']} read={read} changes={changes} />
        </details>
      )}
    </Section>
  )
}

const RESULT_WORDS = {
  info: 'For information:',
  warning: 'Warning:',
  fail: 'Stops publishing:',
} as const

const SEEN_BY = {
  public: 'Everybody sees the answer.',
  partner: 'You and the operator see it.',
  operator: 'Only the operator sees it.',
} as const

function QuestionField(given: { readonly given: AnswerFormProps; readonly field: Question; readonly answered: Answers }): ReactElement {
  const { field, answered } = given
  const { read, values, errors } = given.given
  const inherited = read.inherited[field.id] !== undefined
  const hint = (
    <>
      {field.why === undefined ? null : <>{field.why} </>}
      {field.when === undefined ? null : <>Asked {whyNot(read.form, field)} </>}
      {SEEN_BY[field.shown]} {field.required ? 'Required.' : 'Not required.'}
      {HOW[field.answer]}
    </>
  )
  const asked = isAsked(read.form, field, answered)
  return (
    <div className={asked ? 'question' : 'question is-moot'}>
      {field.answer === 'records' ? (
        <RecordsControl field={field} values={values} errors={errors} hint={hint} />
      ) : (
        <Control place={field.id} title={field.ask} asked={field} hint={hint} values={values} errors={errors} />
      )}
      {inherited ? (
        <div className="small">
          Inherited from the partner: <AnswerWords field={field} answers={read.inherited} />{' '}
          <span className="quiet">Answer here only if this app differs.</span>
        </div>
      ) : null}
      {field.answer === 'records'
        ? null
        : (field.parts ?? []).map((part) => (
            <Control
              key={part.id}
              place={`${field.id}.${part.id}`}
              title={part.ask}
              asked={part}
              hint={
                <>
                  {part.when_answered === undefined ? 'With the answer above.' : `If the answer above is ${asWord(part.when_answered)}.`}
                  {part.required ? ' Required then.' : ' Not required.'}
                  {HOW[part.answer]}
                </>
              }
              values={values}
              errors={errors}
            />
          ))}
    </div>
  )
}

const asWord = (answer: string | boolean): string => (typeof answer === 'boolean' ? (answer ? 'yes' : 'no') : `“${choiceInWords(answer)}”`)

/** How an answer is typed, where that is not plain. */
const HOW = {
  'yes-no': '',
  text: '',
  'rich-text': ' Plain text; line breaks stay.',
  list: ' One a line.',
  number: '',
  choice: '',
  email: ' A mailbox.',
  url: ' A public address.',
  countries: ' Two capital letters each, such as DE, AT.',
  date: ' A day like 2026-11-23.',
  'number-range': '',
  records: ' Save to get room for another one.',
} as const satisfies Record<Question['answer'], string>

type Asked = { readonly answer: Question['answer']; readonly choices?: readonly string[] | undefined }

function Control(given: {
  readonly place: string
  readonly title: string
  readonly asked: Asked
  readonly hint: ReactNode
  readonly values: JsonObject
  readonly errors: Errors
  /** Name of the control where it is not made from the place. */
  readonly name?: string
  readonly value?: Json | undefined
}): ReactElement {
  const { place, title, asked, hint, errors } = given
  const name = given.name ?? controlOf(place)
  const value = 'value' in given ? given.value : given.values[place]
  if (asked.answer === 'number-range') {
    return (
      <fieldset className="field" id={name}>
        <legend>{title}</legend>
        <p className="hint">{hint}</p>
        {errors[name] === undefined ? null : <p className="error">{errors[name]}</p>}
        {(['from', 'to'] as const).map((side) => (
          <label key={side}>
            {side === 'from' ? 'At least' : 'At most'}{' '}
            <input name={`${name}:${side}`} type="text" inputMode="numeric" defaultValue={sideOf(value, side)} maxLength={20} />
          </label>
        ))}
      </fieldset>
    )
  }
  return (
    <Field name={name} title={title} hint={hint} errors={errors}>
      {(ties) => <Box ties={ties} name={name} asked={asked} value={value} />}
    </Field>
  )
}

type Ties = Parameters<Parameters<typeof Field>[0]['children']>[0]

function Box(given: { readonly ties: Ties; readonly name: string; readonly asked: Asked; readonly value: Json | undefined }): ReactElement {
  const { ties, name, asked, value } = given
  const typed = asTyped(value)
  switch (asked.answer) {
    case 'yes-no':
    case 'choice': {
      const options: readonly (readonly [string, string])[] =
        asked.answer === 'yes-no'
          ? [
              ['yes', 'Yes'],
              ['no', 'No'],
            ]
          : (asked.choices ?? []).map((choice) => [choice, choiceInWords(choice)] as const)
      const known = options.some(([option]) => option === typed)
      return (
        <select {...ties} name={name} defaultValue={typed}>
          <option value="">Not answered</option>
          {options.map(([option, words]) => (
            <option key={option} value={option}>
              {words}
            </option>
          ))}
          {typed === '' || known ? null : <option value={typed}>{typed.slice(0, 100)}</option>}
        </select>
      )
    }
    case 'rich-text':
    case 'list':
    case 'text':
      return <textarea {...ties} name={name} rows={asked.answer === 'text' ? 2 : 4} defaultValue={typed} />
    case 'email':
      return <input {...ties} name={name} type="text" inputMode="email" autoComplete="off" defaultValue={typed} />
    case 'url':
      return <input {...ties} name={name} type="text" inputMode="url" spellCheck={false} defaultValue={typed} />
    case 'countries':
      return <input {...ties} name={name} type="text" spellCheck={false} defaultValue={typed.replaceAll('\n', ', ')} />
    case 'number':
      return <input {...ties} name={name} type="text" inputMode="decimal" defaultValue={typed} />
    case 'date':
    case 'number-range':
    case 'records':
      return <input {...ties} name={name} type="text" defaultValue={typed} />
  }
}

function RecordsControl(given: {
  readonly field: Question
  readonly values: JsonObject
  readonly errors: Errors
  readonly hint: ReactNode
}): ReactElement {
  const { field, values, errors, hint } = given
  const name = controlOf(field.id)
  const records = recordsIn(values[field.id])
  return (
    <fieldset className="field" id={name}>
      <legend>{field.ask}</legend>
      <p className="hint">{hint}</p>
      {errors[name] === undefined ? null : <p className="error">{errors[name]}</p>}
      {[...records, {} as JsonObject].map((record, entry) => (
        <fieldset key={entry} className="record">
          <legend>{entry < records.length ? `No. ${entry + 1}` : 'Another one'}</legend>
          {(field.parts ?? []).map((part) => (
            <Control
              key={part.id}
              place={`${field.id}[${entry}].${part.id}`}
              name={controlInRecord(field.id, entry, part.id)}
              title={part.ask}
              asked={part}
              hint={`${part.required ? 'Required.' : 'Not required.'}${HOW[part.answer]}`}
              values={values}
              value={record[part.id]}
              errors={errors}
            />
          ))}
        </fieldset>
      ))}
    </fieldset>
  )
}

function Presses({ refused, reviewed }: { readonly refused: string | null; readonly reviewed: boolean }): ReactElement {
  if (refused !== null) {
    return (
      <div className="offer">
        <button type="button" aria-disabled="true" aria-describedby="save-refused">
          Save
        </button>
        <p id="save-refused" className="hint">
          {refused}
        </p>
      </div>
    )
  }
  return (
    <>
      <div className="acts">
        <button type="submit" name="do" value="save" className="is-quiet">
          Save the draft
        </button>
        <button type="submit" name="do" value="publish">
          {reviewed ? 'Save, publish and send for review' : 'Save and publish'}
        </button>
      </div>
      <p className="hint">A draft is seen by your own people only. Half-finished is fine.</p>
    </>
  )
}
