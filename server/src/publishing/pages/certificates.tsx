import type { ReactElement } from 'react'
import type { CertificationTold } from '../../assessments/certifying.ts'
import type { Chrome } from './chrome.ts'
import { ErrorSummary, Field, type Errors, type Typed } from './form.tsx'
import { Layout } from './layout.tsx'
import { Foreign, OnDay, Section, Table } from './parts.tsx'

const STATUS = {
  none: '',
  recorded: 'Entered by the partner',
  confirmed: 'Confirmed by a reviewer',
  refused: 'Not confirmed by the reviewer',
  withdrawn: 'Taken back',
  lapsed: 'Ended',
} as const satisfies Record<CertificationTold['status'], string>

/** Certificates as everybody may read them. That there is none says nothing against anybody, and is said so. */
export function Certificates({ of }: { readonly of: readonly CertificationTold[] }): ReactElement {
  if (of.length === 0) return <p>No certificate is recorded.</p>
  return <CertificateTable of={of} caption="Certificates of the partner" />
}

function CertificateTable(given: {
  readonly of: readonly CertificationTold[]
  readonly caption: string
  readonly acts?: (one: CertificationTold) => ReactElement | null
}): ReactElement {
  const { of, caption, acts } = given
  return (
    <Table
      caption={caption}
      quiet_caption
      columns={[
        { title: 'Standard', names: true },
        { title: 'Issued by' },
        { title: 'Covers' },
        { title: 'Holds' },
        { title: 'How it is known' },
        ...(acts === undefined ? [] : [{ title: 'What you can do' }]),
      ]}
      rows={of.map((one) => ({ key: one.certification, cells: [...cellsOf(one), ...(acts === undefined ? [] : [acts(one)])] }))}
    />
  )
}

function cellsOf({ certificate, status }: CertificationTold): readonly ReactElement[] {
  if (certificate === null) return [<span>Erased</span>, <span>–</span>, <span>–</span>, <span>–</span>, <span>{STATUS[status]}</span>]
  const { standard, issuer, scope, issued_on, expires_on, link } = certificate
  return [
    link === null ? (
      <Foreign>{standard}</Foreign>
    ) : (
      <a href={link} rel="nofollow noopener noreferrer ugc">
        <Foreign>{standard}</Foreign>
      </a>
    ),
    <Foreign>{issuer}</Foreign>,
    <Foreign>{scope}</Foreign>,
    <span>
      <OnDay at={issued_on} /> to <OnDay at={expires_on} />
    </span>,
    <span>{STATUS[status]}</span>,
  ]
}

const TITLES = {
  standard: 'Standard',
  issuer: 'Issued by',
  scope: 'What it covers',
  issued_on: 'Issued on',
  expires_on: 'Last day on which it holds',
  link: 'Where it can be looked up',
} as const

/** A partner's certificates for those who enter or confirm them. */
export function CertificatesPage(given: {
  readonly chrome: Chrome
  readonly partner: { readonly organisation: string; readonly name: string }
  readonly certifications: readonly CertificationTold[]
  readonly values: Typed
  readonly errors: Errors
  readonly told: string | null
  readonly may: { readonly enter: boolean; readonly review: boolean }
}): ReactElement {
  const { chrome, partner, certifications, values, errors, told, may } = given
  const here = `/partners/${encodeURIComponent(partner.organisation)}`
  return (
    <Layout {...chrome} title={`Certificates of ${partner.name}`}>
      <div className="head">
        <p className="eyebrow">
          <a href={`${here}/forms`}>
            Forms of <Foreign>{partner.name}</Foreign>
          </a>
        </p>
        <h1>Certificates</h1>
        <p className="lead">They are shown beside the answers of each of the partner’s apps, until their last day.</p>
      </div>
      {told === null ? null : (
        <p className="told" role="status">
          {told}
        </p>
      )}
      <ErrorSummary errors={errors} titles={TITLES} />
      {certifications.length === 0 ? (
        <p>No certificate is recorded.</p>
      ) : (
        <CertificateTable of={certifications} caption="Certificates" acts={(one) => <Acts one={one} here={here} may={may} />} />
      )}
      {may.enter ? (
        <Section id="enter" title="Enter a certificate">
          <form className="form panel" method="post" action={`${here}/certificates`}>
            {(Object.keys(TITLES) as (keyof typeof TITLES)[]).map((name) => (
              <Field key={name} name={name} title={TITLES[name]} hint={HINTS[name]} errors={errors}>
                {(ties) => <input {...ties} name={name} type="text" defaultValue={values[name] ?? ''} maxLength={2_000} />}
              </Field>
            ))}
            <div className="acts">
              <button type="submit">Enter it</button>
            </div>
          </form>
        </Section>
      ) : null}
    </Layout>
  )
}

const HINTS = {
  standard: 'Such as ISO 27001:2022 or SOC 2 Type 2. Everybody sees all of this.',
  issuer: 'Who issued or signed it.',
  scope: 'Which parts of the company, which services, which apps.',
  issued_on: 'A day like 2026-01-31. Of a report: the end of its period.',
  expires_on: 'A day like 2027-01-30.',
  link: 'Not required. A public register or a page where it can be asked for.',
} as const satisfies Record<keyof typeof TITLES, string>

function Acts(given: {
  readonly one: CertificationTold
  readonly here: string
  readonly may: { readonly enter: boolean; readonly review: boolean }
}): ReactElement | null {
  const { one, here, may } = given
  const address = `${here}/certificates/${encodeURIComponent(one.certification)}`
  const over = one.status === 'withdrawn' || one.status === 'lapsed'
  if (over) return null
  const name = `reason-${one.certification}`
  return (
    <form method="post" action={address} className="stack">
      {may.enter ? (
        <button type="submit" name="do" value="withdraw" className="is-quiet">
          Take back
        </button>
      ) : null}
      {may.review && one.status !== 'refused' ? (
        <>
          {one.status === 'recorded' ? (
            <button type="submit" name="do" value="confirm">
              Confirm
            </button>
          ) : null}
          <label htmlFor={name}>Reason to refuse</label>
          <input id={name} name="note" type="text" maxLength={2_000} />
          <button type="submit" name="do" value="refuse" className="is-quiet">
            Refuse
          </button>
        </>
      ) : null}
    </form>
  )
}
