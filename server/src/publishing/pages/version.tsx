import type { ReactElement } from 'react'
import type { Change } from '../../programmes/diff.ts'
import type { ConsultationPhase, Phase, VersionRow } from '../../programmes/phase.ts'
import { sentencesOf, type VersionRead } from '../documentation.ts'
import { pillarTitle, type Shelved } from '../shelf.ts'
import { counted, dayInWords } from '../words.ts'
import type { Chrome } from './chrome.ts'
import { Layout } from './layout.tsx'
import { Facts, OnDay, Section, Table } from './parts.tsx'
import { programmeAddress, requirementUnder, versionAddress } from './addresses.ts'

/** Where a version stands on its way, in words. */
export const PHASE_WORDS = {
  draft: 'Draft',
  shadow: 'Judged in shadow',
  announced: 'Announced',
  in_force: 'In force',
  superseded: 'Superseded',
} as const satisfies Record<Phase, string>

/** What that means for an app. */
const PHASE_SAYS = {
  draft: 'A draft: nothing is judged by it yet, and it may still change.',
  shadow: 'Its new and changed requirements are judged for every app, for its partner to see. They count nowhere.',
  announced: 'Settled and told to everybody. Until its day it counts nowhere; each partner sees what it will mean for their apps.',
  in_force: 'It judges now.',
  superseded: 'It judged until the next version began. Verdicts from its time name it.',
} as const satisfies Record<Phase, string>

const CONSULTATION_WORDS = {
  planned: 'Comments are taken from its first day on',
  open: 'Open: anybody with an account may comment on each requirement',
  closed: 'Closed; the comments and their answers stay readable',
} as const satisfies Record<Exclude<ConsultationPhase, 'none'>, string>

/** All versions of a programme, with what each changed. */
export function VersionsPage(given: {
  readonly chrome: Chrome
  readonly shelved: Shelved
  readonly versions: readonly VersionRead[]
}): ReactElement {
  const { programme } = given.shelved.pack
  return (
    <Layout
      {...given.chrome}
      title={`Versions of ${programme.title}`}
      description={`What each version of ${programme.title} asks and changed.`}
    >
      <div className="head">
        <p className="eyebrow">
          <a href={programmeAddress(programme.id)}>{programme.title}</a>
        </p>
        <h1>Versions</h1>
        <p className="lead quiet">
          What each version asks, what it changed and from when. Every verdict names the version that it was judged by. The same as data:{' '}
          <a href={`/api/v1/programmes/${encodeURIComponent(programme.id)}/versions`}>versions as JSON</a>.
        </p>
      </div>
      <Table
        caption={`${counted(given.versions.length, 'version')}, the newest first`}
        columns={[
          { title: 'Version', names: true },
          { title: 'Where it stands' },
          { title: 'What it says' },
          { title: 'Announced' },
          { title: 'Judges from' },
          { title: 'Changes', numeric: true },
        ]}
        rows={given.versions.map(({ row, phase, consultation, changes }) => ({
          key: row.version,
          cells: [
            <a href={versionAddress(programme.id, row.version)}>{row.version}</a>,
            consultation === 'open' ? `${PHASE_WORDS[phase]}, open for comments` : PHASE_WORDS[phase],
            row.says,
            <OnDay at={row.published} />,
            <OnDay at={row.effective} />,
            changes === null ? 'First' : String(changes.length),
          ],
        }))}
      />
    </Layout>
  )
}

/** One version: where it stands, what it changed and what it asks. */
export function VersionPage(given: {
  readonly chrome: Chrome
  readonly shelved: Shelved
  readonly read: VersionRead
  /** Comments by requirement, where the version was or is consulted on. */
  readonly comments: { readonly [requirement: string]: number } | null
  /** For those who may see what it means for every app. */
  readonly may_see_impact: boolean
}): ReactElement {
  const { read, shelved } = given
  const { programme } = shelved.pack
  const { row, catalogue, phase } = read
  return (
    <Layout {...given.chrome} title={`${programme.title} ${row.version}`} description={row.says}>
      <div className="head">
        <p className="eyebrow">
          <a href={programmeAddress(programme.id)}>{programme.title}</a>,{' '}
          <a href={`${programmeAddress(programme.id)}/versions`}>versions</a>
        </p>
        <h1>
          {programme.title} {row.version}
        </h1>
        <p className="lead">{row.says}</p>
      </div>
      <div className="panel">
        <Facts
          of={[
            ['Where it stands', `${PHASE_WORDS[phase]}. ${PHASE_SAYS[phase]}`],
            ...wayOf(row, read.consultation),
            ['Hash of its rules', <code className="foreign">{catalogue.digest}</code>],
          ]}
        />
      </div>
      {given.comments === null ? null : (
        <p>
          <a href={`${versionAddress(programme.id, row.version)}/comments`}>
            {counted(
              Object.values(given.comments).reduce((sum, one) => sum + one, 0),
              'comment',
            )}{' '}
            on this draft
          </a>
        </p>
      )}
      {given.may_see_impact ? (
        <p>
          <a className="button is-quiet" href={`${versionAddress(programme.id, row.version)}/impact`}>
            What it means for every registered app
          </a>
        </p>
      ) : null}
      {row.adoption_guide === undefined ? null : (
        <Section id="guide" title="What to do about it">
          <p>{row.adoption_guide}</p>
        </Section>
      )}
      <Changes of={read} />
      <Section id="requirements" title="What it asks">
        {programme.pillars.map((pillar) => {
          const own = catalogue.requirements.filter(
            (one) => one.pillar === pillar.id && (one.retired === undefined || one.retired > row.effective),
          )
          if (own.length === 0) return null
          return (
            <div className="group" key={pillar.id}>
              <h3>{pillarTitle(catalogue, pillar.id)}</h3>
              <ul className="plain">
                {own.map((one) => (
                  <li key={one.id}>
                    <a href={requirementUnder(programme.id, row.version, one.id)}>{one.title}</a>
                    {one.since > row.effective ? <span className="small quiet">, from {dayInWords(one.since)}</span> : null}
                    {given.comments === null ? null : (
                      <span className="small quiet">, {counted(given.comments[one.id] ?? 0, 'comment')}</span>
                    )}
                  </li>
                ))}
              </ul>
            </div>
          )
        })}
      </Section>
    </Layout>
  )
}

/** The days on a version's way, as terms. */
export function wayOf(row: VersionRow, consultation: ConsultationPhase): readonly (readonly [string, ReactElement | string])[] {
  return [
    ...(row.consultation === undefined || consultation === 'none'
      ? []
      : [
          [
            'Consultation',
            <>
              <OnDay at={row.consultation.opens} /> to <OnDay at={row.consultation.closes} />. {CONSULTATION_WORDS[consultation]}.
            </>,
          ] as const,
        ]),
    ...(row.shadow === undefined ? [] : [['Judged in shadow from', <OnDay key="shadow" at={row.shadow} />] as const]),
    ['Announced on', <OnDay at={row.published} />],
    ['Judges from', <OnDay at={row.effective} />],
    ...(row.superseded === undefined ? [] : [['Superseded on', <OnDay key="superseded" at={row.superseded} />] as const]),
  ]
}

function Changes({ of: { changes, catalogue } }: { readonly of: VersionRead }): ReactElement {
  return (
    <Section id="changes" title="What it changed">
      {changes === null ? (
        <p>The first version: everything in it is new.</p>
      ) : changes.length === 0 ? (
        <p>Nothing that is judged.</p>
      ) : (
        <ul className="stack">
          {changes.map((change) => (
            <li key={`${change.what} ${change.id}`}>
              <ChangeSaid change={change} address={addressOf(change, catalogue.programme.id, catalogue.version)} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}

const addressOf = ({ what, how, id }: Change, programme: string, version: string): string | null =>
  what === 'requirement' && how !== 'removed' ? requirementUnder(programme, version, id) : null

/** One change: what happened, then each key, then why. */
export function ChangeSaid({ change, address }: { readonly change: Change; readonly address: string | null }): ReactElement {
  const [head = '', ...rest] = sentencesOf(change)
  return (
    <>
      {address === null ? head : <a href={address}>{head}</a>}
      {rest.length === 0 ? null : (
        <ul className="plain small quiet">
          {rest.map((sentence) => (
            <li key={sentence} className="foreign">
              {sentence}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
