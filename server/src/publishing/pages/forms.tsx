import type { ReactElement } from 'react'
import type { PublishedForm } from '../../assessments/assessments-view.ts'
import type { FormReviewState } from '../../assessments/form-review.ts'
import type { Form } from '../../programmes/schema.ts'
import { REVIEW_WORDS, type Whose } from './answer-form.tsx'
import type { Chrome } from './chrome.ts'
import { Layout } from './layout.tsx'
import { Empty, Foreign, OnDay, Table } from './parts.tsx'

export type FormLine = {
  readonly form: Form
  readonly published: PublishedForm | null
  readonly review: FormReviewState | null
}

/** Every form that the programmes ask of an app or of its partner, and how far each is. */
export function FormsPage(given: {
  readonly chrome: Chrome
  readonly whose: Whose
  readonly lines: readonly FormLine[]
  /** Where the forms of the partner lie, on the page of an app. */
  readonly partner_href: string | null
}): ReactElement {
  const { chrome, whose, lines, partner_href } = given
  return (
    <Layout {...chrome} title={`Forms of ${whose.name}`}>
      <div className="head">
        {whose.kind === 'app' ? (
          <p className="eyebrow">
            <a href={`${whose.href}/standing`}>
              Standing of <Foreign>{whose.name}</Foreign>
            </a>
          </p>
        ) : null}
        <h1>Forms</h1>
        {partner_href === null ? (
          <p className="lead">What is answered here holds for every app of yours, until an app says something else itself.</p>
        ) : (
          <p className="lead">
            What is the same for all your apps is answered once, in <a href={`${partner_href}/forms`}>the partner’s forms</a>; here stands
            what differs.
          </p>
        )}
      </div>
      <p>
        <a href={`${partner_href ?? whose.href}/certificates`}>Certificates of the partner</a>
        {whose.kind === 'app' ? (
          <>
            , <a href={`/api/v1${whose.href}/security-pack/whole.zip`}>all answers as a pack for a buyer (ZIP, with what is not public)</a>
          </>
        ) : null}
      </p>
      {lines.length === 0 ? (
        <Empty title="No form is asked">
          <p>The rules in force ask for none.</p>
        </Empty>
      ) : (
        <Table
          caption="Forms and how far they are"
          quiet_caption
          columns={[{ title: 'Form', names: true }, { title: 'Answered', numeric: true }, { title: 'Published' }, { title: 'Review' }]}
          rows={lines.map(({ form, published, review }) => ({
            key: form.id,
            cells: [
              <a href={`${whose.href}/forms/${encodeURIComponent(form.id)}/edit`}>{form.title}</a>,
              published === null ? 'Nothing yet' : `${Math.floor(published.complete * 100)} %`,
              published === null ? 'Never' : <OnDay at={published.published_at} />,
              form.review === undefined || whose.kind === 'partner' ? 'None needed' : REVIEW_WORDS[review?.status ?? 'none'],
            ],
          }))}
        />
      )}
    </Layout>
  )
}
