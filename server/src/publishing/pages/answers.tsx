import type { ReactElement } from 'react'
import type { CertificationTold } from '../../assessments/certifying.ts'
import { fieldsOf, hasAnswer, isAsked, type Answers, type Field, type Origins } from '../../assessments/form.ts'
import type { Instant } from '../../kernel/time.ts'
import type { Form } from '../../programmes/schema.ts'
import { counted } from '../words.ts'
import { AnswerWords, choiceInWords, Provenance } from './answer.tsx'
import { Certificates } from './certificates.tsx'
import type { Chrome } from './chrome.ts'
import { Layout } from './layout.tsx'
import { Citations, Facts, Foreign, OnDay, Section } from './parts.tsx'

/** What the world sees of a form: every public question, answered or not. */
export type AnswersRead = {
  readonly form: Form
  readonly app: { readonly app: string; readonly name: string }
  readonly partner_name: string
  readonly answers: Answers
  readonly origins: Origins
  readonly published_at: Instant | null
  readonly edition: number
  readonly approved: { readonly at: Instant; readonly until: Instant } | null
  /** The partner's certificates that hold today. */
  readonly certifications: readonly CertificationTold[]
  /** Fields of which the operator saw that they are so. */
  readonly witnessed: readonly string[]
}

/** The public page of an app's answers. What is not answered is said so; what the answers make moot is said so too. */
export function AnswersPage(given: { readonly chrome: Chrome; readonly read: AnswersRead; readonly may_edit: boolean }): ReactElement {
  const { chrome, read } = given
  const { form, app, answers } = read
  const here = `/apps/${encodeURIComponent(app.app)}`
  const fields = fieldsOf(form).filter(({ shown }) => shown === 'public')
  const asked = fields.filter((field) => isAsked(form, field, answers))
  const answered = asked.filter((field) => hasAnswer(field, answers))
  return (
    <Layout {...chrome} title={`${form.title} of ${app.name}`} description={`${form.title} of ${app.name} by ${read.partner_name}.`}>
      <div className="head">
        <p className="eyebrow">
          <a href={here}>
            <Foreign>{app.name}</Foreign>
          </a>
        </p>
        <h1>{form.title}</h1>
        <p className="lead">
          What <Foreign>{read.partner_name}</Foreign> says about this app. Nobody else vouches for an answer unless it says so beside it.
        </p>
      </div>
      <div className="panel stack">
        <Facts
          of={[
            ['Answered', `${answered.length} of ${counted(asked.length, 'question')}`],
            ['Published', read.published_at === null ? 'Never' : <OnDay at={read.published_at} />],
            ...(read.edition === 0 ? [] : ([['Edition', String(read.edition)]] as const)),
            ...(read.approved === null
              ? []
              : ([
                  [
                    'Looked at by a reviewer',
                    <>
                      <OnDay at={read.approved.at} />, good until <OnDay at={read.approved.until} />
                    </>,
                  ],
                ] as const)),
          ]}
        />
        {read.published_at === null ? (
          <p>Nothing was published yet. The questions are below, so that you see what was not answered.</p>
        ) : null}
        {given.may_edit ? (
          <p>
            <a href={`${here}/forms/${encodeURIComponent(form.id)}/edit`}>Answer, or change answers</a>
          </p>
        ) : null}
      </div>
      {form.groups
        .map((group) => ({ ...group, fields: group.fields.filter(({ shown }) => shown === 'public') }))
        .filter((group) => group.fields.length > 0)
        .map((group) => (
          <Section key={group.id} id={`group-${group.id}`} title={group.title}>
            <dl className="answers">
              {group.fields.map((field) => (
                <div key={field.id} id={`answer-${field.id}`}>
                  <dt>{field.ask}</dt>
                  <dd>
                    {isAsked(form, field, answers) ? (
                      <>
                        <AnswerWords field={field} answers={answers} />
                        <Provenance known={knownOf(field, read)} />
                      </>
                    ) : (
                      <span className="quiet">Not asked: {whyNot(form, field)}</span>
                    )}
                  </dd>
                </div>
              ))}
            </dl>
          </Section>
        ))}
      <Section id="certificates" title="Certificates">
        <Certificates of={read.certifications} />
      </Section>
      <Section id="where-from" title="Where the questions come from">
        <p>
          <Citations of={form.cites} />
        </p>
        <p>
          <a href={`/api/v1${here}/answers/${encodeURIComponent(form.id)}`}>The same as JSON</a>, or{' '}
          <a href={`/api/v1${here}/security-pack.zip`}>everything that the partner says in public as a pack for a buyer (ZIP)</a>, with
          these answers as other questionnaires ask for them.
        </p>
      </Section>
    </Layout>
  )
}

const knownOf = (field: Field, { answers, origins, approved, witnessed }: AnswersRead) => {
  const origin = origins[field.id] ?? null
  return {
    origin,
    // A reviewer has seen what stood then, not what was changed since.
    confirmed_at: approved !== null && origin !== null && origin.since <= approved.at ? approved.at : null,
    seen: witnessed.includes(field.id) ? ('agrees' as const) : null,
    linked: (field.parts ?? []).some((part) => part.answer === 'url' && answers[`${field.id}.${part.id}`] !== undefined),
  }
}

/** What would have to be answered for a field to be asked. */
export function whyNot(form: Form, field: Field): string {
  const { when } = field
  const on = when === undefined ? undefined : fieldsOf(form).find(({ id }) => id === when.field)
  if (when === undefined || on === undefined) return 'the form does not get there.'
  return `only when “${on.ask}” is answered ${typeof when.is === 'boolean' ? (when.is ? 'yes' : 'no') : `“${choiceInWords(when.is)}”`}.`
}
