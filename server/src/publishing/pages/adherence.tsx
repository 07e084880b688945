import type { ReactElement, ReactNode } from 'react'
import type { Adherence, AdherenceApp, AdherencePillar, AdherenceProgramme, AdherenceRow } from '../adherence.ts'
import { becauseInWords } from '../because.ts'
import { VERIFIED_BY } from '../method.ts'
import { foremost } from '../public-app.ts'
import { badgeTitle, placeOfTier, shelved, type Shelf } from '../shelf.ts'
import { counted, dayInWords, listInWords, shortened } from '../words.ts'
import type { Chrome } from './chrome.ts'
import { Layout } from './layout.tsx'
import { Empty, Facts, Foreign, Moment, Section, STATE_WORDS } from './parts.tsx'

/** Apps in one list; the directory has all of them. */
const APPS_SHOWN = 40

/** How a partner keeps the programmes of the marketplace, generated from what is known of its apps. */
export function AdherencePage({
  chrome,
  adherence,
  shelf,
}: {
  readonly chrome: Chrome
  readonly adherence: Adherence
  readonly shelf: Shelf
}): ReactElement {
  const { partner, name, programmes } = adherence
  return (
    <Layout
      {...chrome}
      title={name}
      description={`How ${name} keeps the programmes of ${chrome.marketplace}, app by app and pillar by pillar.`}
    >
      <div className="head">
        <p className="eyebrow">Partner</p>
        <h1>
          <Foreign>{name}</Foreign>
        </h1>
        <p className="lead quiet">
          Generated from what is known of its apps at this moment. The partner wrote none of it, and neither did the operator.
        </p>
      </div>
      <div className="panel">
        <Facts
          of={[
            ['As of', <Moment at={adherence.as_of} />],
            ...programmes.map(({ programme, title, approved, not_approved }): readonly [string, ReactNode] => [
              title,
              <a href={`#${programme}`}>
                {approved.length} of {counted(approved.length + not_approved.length, 'app')} approved
              </a>,
            ]),
            ['For programs', <a href={`/api/v1/partners/${encodeURIComponent(partner)}/adherence`}>This page as JSON</a>],
          ]}
        />
      </div>
      {programmes.length === 0 ? (
        <Empty title="No programme runs here yet">
          <p>Once the operator has adopted one, this page says how the apps of this partner stand in it.</p>
        </Empty>
      ) : (
        programmes.map((one) => <OfProgramme key={one.programme} one={one} shelf={shelf} />)
      )}
    </Layout>
  )
}

function OfProgramme({ one, shelf }: { readonly one: AdherenceProgramme; readonly shelf: Shelf }): ReactElement {
  const { programme, title, version, approved, not_approved } = one
  return (
    <Section id={programme} title={title}>
      <p className="quiet">
        Judged by <a href={`/programmes/${encodeURIComponent(programme)}`}>version {version}</a>.
      </p>
      {approved.length === 0 ? (
        <p>None of its apps holds a badge of this programme.</p>
      ) : (
        <Apps title={`Approved: ${counted(approved.length, 'app')}`} apps={approved} shelf={shelf} />
      )}
      {not_approved.length === 0 ? null : (
        <Apps title={`Not approved: ${counted(not_approved.length, 'app')}`} apps={not_approved} shelf={shelf} />
      )}
      {one.pillars.map((pillar) => (
        <Pillar key={pillar.pillar} programme={programme} pillar={pillar} />
      ))}
    </Section>
  )
}

function Apps({
  title,
  apps,
  shelf,
}: {
  readonly title: string
  readonly apps: readonly AdherenceApp[]
  readonly shelf: Shelf
}): ReactElement {
  return (
    <>
      <h3>{title}</h3>
      <ul className="plain">
        {apps.slice(0, APPS_SHOWN).map((app) => (
          <li key={app.app}>
            <a href={`/apps/${encodeURIComponent(app.app)}`}>
              <Foreign>{shortened(app.name)}</Foreign>
            </a>
            <span className="foreign">: {stateInWords(app, shelf)}</span>
          </li>
        ))}
      </ul>
      {apps.length <= APPS_SHOWN ? null : (
        <p className="quiet">
          {counted(apps.length - APPS_SHOWN, 'more is', 'more are')} in the JSON and <a href="/">in the directory</a>.
        </p>
      )}
    </>
  )
}

/** A list and no table: this page holds many apps and has to stay small. */
function stateInWords({ listing, badges }: AdherenceApp, shelf: Shelf): string {
  const badge = foremost(badges, (one) => placeOfTier(shelf, one))
  const listed = listing === 'listed' ? '' : `; its listing is ${listing}`
  if (badge === null) return `never held a badge of it${listed}`
  const because = badge.state === 'active' ? '' : becauseInWords(badge, shelved(shelf, badge.programme)?.catalogue ?? null)
  const state = `${badgeTitle(shelf, badge)}, ${STATE_WORDS[badge.state].toLowerCase()} since ${dayInWords(badge.since)}`
  return `${state}${because === '' ? '' : ` (${because})`}${listed}`
}

function Pillar({ programme, pillar }: { readonly programme: string; readonly pillar: AdherencePillar }): ReactElement {
  const whole = pillar.rows.filter(({ apps, counts }) => counts.met + counts.not_applicable === apps)
  const rest = pillar.rows.filter((row) => !whole.includes(row))
  return (
    <div className="group">
      <h3>{pillar.title}</h3>
      <p>{pillar.says}</p>
      {pillar.rows.length === 0 ? (
        <p className="quiet">Nothing is told of it: rows are public for apps that hold or held a badge.</p>
      ) : null}
      {rest.length === 0 ? null : (
        <table className="lean">
          <caption className="unseen">{pillar.title}: what not all of its apps meet</caption>
          <thead>
            <tr>
              <th scope="col">What is asked, and how it is judged</th>
              <th scope="col">Met by</th>
            </tr>
          </thead>
          <tbody>
            {rest.map((row) => (
              <tr key={row.requirement}>
                <th scope="row">
                  <RequirementLink programme={programme} row={row} />
                  <small>{VERIFIED_BY[row.verified_by]}</small>
                </th>
                <td>{metInWords(row)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {whole.length === 0 ? null : (
        <>
          <p>Met by every app that it applies to:</p>
          <ul className="plain small">
            {whole.map((row) => (
              <li key={row.requirement}>
                <RequirementLink programme={programme} row={row} />
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  )
}

const RequirementLink = ({ programme, row }: { readonly programme: string; readonly row: AdherenceRow }): ReactElement => (
  <a href={`/programmes/${encodeURIComponent(programme)}/requirements/${encodeURIComponent(row.requirement)}`}>{row.title}</a>
)

/** How many apps meet it, and what is with the others. */
function metInWords({ apps, counts }: AdherenceRow): string {
  const others = [
    [counts.waived, 'waived'],
    [counts.unmet, 'not met'],
    [counts.unknown, 'unknown'],
    [counts.not_applicable, 'does not apply'],
    [counts.in_cure, 'in cure, not shown one by one'],
  ] as const
  const told = others.filter(([number]) => number > 0).map(([number, words]) => `${number} ${words}`)
  return `${counts.met} of ${apps}${told.length === 0 ? '' : `: ${listInWords(told)}`}`
}
