import type { ReactElement } from 'react'
import type { FormReviewDocument } from '../../assessments/reviews-view.ts'
import { changesBetween, isAsked, scored, type Answers, type Field as Question } from '../../assessments/form.ts'
import type { Instant } from '../../kernel/time.ts'
import type { Form } from '../../programmes/schema.ts'
import { counted, durationInWords } from '../words.ts'
import { AnswerWords } from './answer.tsx'
import type { Chrome } from './chrome.ts'
import { Contradictions, type ContradictionRead } from './contradictions.tsx'
import { ErrorSummary, Field, type Errors } from './form.tsx'
import { Layout } from './layout.tsx'
import { Empty, Facts, Foreign, Moment, OnDay, Section, Table } from './parts.tsx'

export type FormReviewRead = {
  readonly form: Form
  readonly app: { readonly app: string; readonly name: string }
  readonly partner_name: string
  readonly review: FormReviewDocument | null
  /** What waits for the review. */
  readonly answers: Answers
  /** What was approved before, to see what is new; null the first time. */
  readonly before: Answers | null
  /** What speaks against answers and is the operator's to know. */
  readonly contradictions: readonly ContradictionRead[]
}

/** The reviewer's page of a form: each claim beside what shows it and what was claimed before, then the decision with its reason. */
export function FormReviewPage(given: {
  readonly chrome: Chrome
  readonly read: FormReviewRead
  readonly now: Instant
  readonly note: string
  readonly errors: Errors
  readonly told: string | null
  /** Why this reader may not decide; null when they may. */
  readonly refused: string | null
}): ReactElement {
  const { chrome, read, errors, told } = given
  const { form, app, review, answers, before } = read
  const here = `/apps/${encodeURIComponent(app.app)}`
  const changed = new Set(before === null ? [] : changesBetween(form, before, answers).map(({ field }) => field))
  const warned = scored(form, answers)
  const waiting = review?.waiting ?? null
  return (
    <Layout {...chrome} title={`Review of ${form.title}: ${app.name}`}>
      <div className="head">
        <p className="eyebrow">
          <a href={`${here}/standing`}>
            Standing of <Foreign>{app.name}</Foreign>
          </a>
        </p>
        <h1>Review: {form.title}</h1>
        <p className="quiet">
          by <Foreign>{read.partner_name}</Foreign>
        </p>
      </div>
      {told === null ? null : (
        <p className="told" role="status">
          {told}
        </p>
      )}
      <ErrorSummary errors={errors} titles={{ note: 'Reason' }} />
      <div className="panel">
        <Facts
          of={[
            ['State', STATE[review?.status ?? 'none']],
            ...(waiting === null ? [] : ([['Sent', <Moment at={waiting.at} />]] as const)),
            ...(review?.approved === null || review === null ? [] : ([['Approved until', <OnDay at={review.approved.until} />]] as const)),
            ['Warnings by the form itself', String(warned.filter(({ result }) => result === 'warning').length)],
            ['Changed since the last approval', before === null ? 'First time' : counted(changed.size, 'answer')],
          ]}
        />
      </div>
      <Contradictions of={read.contradictions} form={form} now={given.now} side="operator" here={here} refused={given.refused} />
      {waiting === null ? (
        <Empty title="Nothing waits for a review">
          <p>Answers come here as soon as the partner has published all that is required.</p>
        </Empty>
      ) : (
        <>
          {form.groups.map((group) => (
            <Section key={group.id} id={`group-${group.id}`} title={group.title}>
              <div className="claims">
                <Table
                  caption={`${group.title}: claim and evidence`}
                  quiet_caption
                  columns={[{ title: 'Question', names: true }, { title: 'Claim' }, { title: 'What shows it' }, { title: 'Before' }]}
                  rows={group.fields
                    .filter((field) => isAsked(form, field, answers))
                    .map((field) => ({
                      key: field.id,
                      cells: [
                        field.ask,
                        <Claim
                          field={field}
                          answers={answers}
                          says={warned.filter((one) => one.field === field.id).map(({ says }) => says)}
                        />,
                        <Shown field={field} answers={answers} />,
                        before === null ? '–' : changed.has(field.id) ? <AnswerWords field={field} answers={before} /> : 'The same',
                      ],
                    }))}
                />
              </div>
            </Section>
          ))}
          <Decision {...given} here={here} />
        </>
      )}
    </Layout>
  )
}

const STATE = {
  none: 'Not sent for review',
  waiting: 'Waits for a reviewer',
  returned: 'Returned; the partner’s turn',
  approved: 'Approved',
  renewing: 'Approved; new answers wait',
  lapsed: 'The approval has ended',
} as const satisfies Record<FormReviewDocument['status'], string>

function Claim(given: { readonly field: Question; readonly answers: Answers; readonly says: readonly string[] }): ReactElement {
  const { field, answers, says } = given
  // Parts stand in the column beside.
  const alone = field.answer === 'records' ? field : { ...field, parts: undefined }
  return (
    <>
      <AnswerWords field={alone} answers={answers} />
      {says.map((one) => (
        <p key={one}>
          <strong>Warning:</strong> {one}
        </p>
      ))}
    </>
  )
}

function Shown({ field, answers }: { readonly field: Question; readonly answers: Answers }): ReactElement {
  const parts = field.answer === 'records' ? [] : (field.parts ?? [])
  if (parts.length === 0) return <span className="quiet">Not asked for</span>
  return (
    <>
      {parts.map((part) => (
        <div key={part.id}>
          <AnswerWords
            field={{ ...field, id: `${field.id}.${part.id}`, answer: part.answer, choices: part.choices, parts: undefined }}
            answers={answers}
          />
        </div>
      ))}
    </>
  )
}

function Decision(given: Parameters<typeof FormReviewPage>[0] & { readonly here: string }): ReactElement {
  const { read, refused, note, errors, here } = given
  const span = read.form.review === undefined ? '' : durationInWords(read.form.review.valid_for)
  return (
    <Section id="decide" title="Decide">
      <form className="form panel" method="post" action={`${here}/forms/${encodeURIComponent(read.form.id)}/review`}>
        {(read.review?.waiting?.evidence ?? []).map((id) => (
          <input key={id} type="hidden" name={`seen.${id}`} value="1" />
        ))}
        <Field
          name="note"
          title="Reason"
          hint="To return: what has to change, so that the partner can do it. To approve: what you looked at, if it helps. The partner reads it."
          errors={errors}
        >
          {(ties) => <textarea {...ties} name="note" rows={4} defaultValue={note} maxLength={10_000} />}
        </Field>
        {refused === null ? (
          <div className="acts">
            <button type="submit" name="decision" value="approve">
              {`Approve for ${span}`}
            </button>
            <button type="submit" name="decision" value="return" className="is-quiet">
              Return with this reason
            </button>
          </div>
        ) : (
          <div className="offer">
            <button type="button" aria-disabled="true" aria-describedby="decide-refused">
              Decide
            </button>
            <p id="decide-refused" className="hint">
              {refused}
            </p>
          </div>
        )}
      </form>
    </Section>
  )
}
