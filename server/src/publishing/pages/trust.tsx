import type { ReactElement, ReactNode } from 'react'
import type { Instant } from '../../kernel/time.ts'
import type { Catalogue, RequirementInForce } from '../../programmes/schema.ts'
import { becauseInWords } from '../because.ts'
import { historyInWords } from '../history-words.ts'
import { VERIFIED_BY, vouchedFor, WEIGHT } from '../method.ts'
import { egressInWords, scopeInWords } from '../plain.ts'
import { foremost, type PublicApp, type PublicBadge, type PublicRow, type PublicStanding } from '../public-app.ts'
import type { PublicProcess } from '../public-process.ts'
import { badgeTitle, catalogueOf, placeOfTier, publicFormsOn, requirementOf, shelved, tierOf, type Shelf, endingsOf } from '../shelf.ts'
import { counted, dayInWords, listInWords } from '../words.ts'
import type { Chrome } from './chrome.ts'
import { runsOn } from './directory.tsx'
import { Outcomes } from './due-process.tsx'
import { Figures } from './figures.tsx'
import { Glyph, Glyphs } from './glyph.tsx'
import { Layout } from './layout.tsx'
import { Due, Facts, Foreign, Moment, OnDay, Section, State, STATE_WORDS, VerdictWord, withoutTricks } from './parts.tsx'
import { EndingNotice } from './succession.tsx'

export type TrustPageProps = {
  readonly chrome: Chrome
  readonly app: PublicApp
  readonly partner_name: string
  readonly shelf: Shelf
  readonly now: Instant
  readonly public_url: string
  /** What was decided on concerns and appeals, with its public words. */
  readonly process: PublicProcess
  /** Whether the reader may open the working page behind this one. */
  readonly may_read_standing: boolean
}

/** Everything that the world may know of one app, the answer first. */
export function TrustPage(given: TrustPageProps): ReactElement {
  const { chrome, app, partner_name, shelf, public_url } = given
  const badge = foremost(app.badges, (one) => placeOfTier(shelf, one))
  const state = badge === null ? 'No badge' : `${STATE_WORDS[badge.state]}: ${badgeTitle(shelf, badge)}`
  return (
    <Layout {...chrome} title={app.name} description={`${app.name} by ${partner_name}. ${state}, as of ${app.as_of}.`}>
      <div className="head">
        <p className="eyebrow">{runsOn(app)}</p>
        <h1>
          <Foreign>{app.name}</Foreign>
        </h1>
        <p className="quiet">
          by{' '}
          <a href={`/partners/${encodeURIComponent(app.partner)}`}>
            <Foreign>{partner_name}</Foreign>
          </a>
        </p>
      </div>
      <Plate {...given} badge={badge} />
      {app.badges.length === 0 ? null : <Figures app={app} shelf={shelf} />}
      <Glyphs shapes={[...new Set(app.standings.flatMap(({ rows }) => rows.map(({ verdict }) => verdict)))].sort()} />
      {app.standings.map((standing) => (
        <Requirements key={standing.programme} standing={standing} shelf={shelf} now={given.now} />
      ))}
      <Reach app={app} />
      <Said app={app} shelf={shelf} />
      <Outcomes of={given.process} app={app.app} shelf={shelf} />
      <History app={app} shelf={shelf} />
      <NotAttested app={app} shelf={shelf} />
      <Carry app={app} shelf={shelf} public_url={public_url} badge={badge} />
    </Layout>
  )
}

/** Where the partner's own answers are read, one page for each form that has something for everybody. */
function Said({ app, shelf }: { readonly app: PublicApp; readonly shelf: Shelf }): ReactElement | null {
  const forms = publicFormsOn(shelf)
  if (forms.length === 0) return null
  return (
    <Section id="said" title="What the partner says">
      <p>Answers of the partner, with what is not provided said so:</p>
      <ul className="plain">
        {forms.map(({ id, title }) => (
          <li key={id}>
            <a href={`/apps/${encodeURIComponent(app.app)}/forms/${encodeURIComponent(id)}`}>{title}</a>
          </li>
        ))}
      </ul>
    </Section>
  )
}

function Plate({ app, shelf, now, badge, may_read_standing }: TrustPageProps & { readonly badge: PublicBadge | null }): ReactElement {
  const others = app.badges.filter((one) => one !== badge)
  return (
    <div className="panel plate">
      <div className="stack">
        <p>
          <State word={badge?.state ?? 'none'} />
        </p>
        <p className="holds">{badge === null ? <NoBadge app={app} /> : <Holds badge={badge} shelf={shelf} />}</p>
        {badge === null || badge.state === 'active' || (badge.reasons.length === 0 && badge.why.length === 0) ? null : (
          <p>Why: {becauseInWords(badge, newest(shelf, badge.programme))}.</p>
        )}
        {endingsOf(app, shelf).map((ending) => (
          <EndingNotice key={ending.programme} of={ending} shelf={shelf} />
        ))}
        {app.listing === 'listed' ? null : (
          <p>{app.listing === 'hidden' ? 'Its listing is hidden from the marketplace.' : 'Its listing is paused: no new installations.'}</p>
        )}
        {others.length === 0 ? null : (
          <ul className="plain">
            {others.map((one) => (
              <li key={`${one.programme}.${one.tier}`}>
                {badgeTitle(shelf, one)}: <State word={one.state} /> since <OnDay at={one.since} />
              </li>
            ))}
          </ul>
        )}
      </div>
      <Facts
        of={[
          ['As of', <Moment at={now} />],
          ['Last change', <Moment at={app.as_of} />],
          ...(badge === null ? [] : badgeFacts(badge, app, shelf, now)),
          ['Registered', <OnDay at={app.registered_at} />],
          ['Watched by the minute', app.watched ? 'Yes' : 'No: control of its domain is not proven'],
        ]}
      />
      {may_read_standing ? (
        <p>
          <a href={`/apps/${encodeURIComponent(app.app)}/standing`}>Standing with evidence and deadlines</a>
        </p>
      ) : null}
    </div>
  )
}

function badgeFacts(badge: PublicBadge, app: PublicApp, shelf: Shelf, now: Instant): readonly (readonly [string, ReactNode])[] {
  const standing = app.standings.find((one) => one.programme === badge.programme)
  const facts: (readonly [string, ReactNode])[] = [[`${STATE_WORDS[badge.state]} since`, <OnDay at={badge.since} />]]
  if (badge.state === 'at_risk' && badge.cure_until !== null)
    facts.push(['Suspended unless cured', <Due at={badge.cure_until} now={now} />])
  if (badge.state === 'active' && badge.valid_until !== null) facts.push(['To be renewed by', <OnDay at={badge.valid_until} />])
  if (standing !== undefined) {
    const address = `/programmes/${encodeURIComponent(badge.programme)}`
    facts.push([
      'Judged by',
      <a href={address}>{`${shelved(shelf, badge.programme)?.pack.programme.title ?? badge.programme} ${standing.version}`}</a>,
    ])
  }
  return facts
}

function Holds({ badge, shelf }: { readonly badge: PublicBadge; readonly shelf: Shelf }): ReactElement {
  const title = badgeTitle(shelf, badge)
  const tier = tierOf(shelf, badge.programme, badge.tier)
  switch (badge.state) {
    case 'active':
      return (
        <>
          Holds <strong>{title}</strong>. {tier?.says}
        </>
      )
    case 'at_risk':
      return (
        <>
          Holds <strong>{title}</strong>, but something it asks for is not met. The badge stays while the time to cure runs.
        </>
      )
    case 'suspended':
      return (
        <>
          Does not hold <strong>{title}</strong> at the moment: what was not met was not cured in time.
        </>
      )
    case 'revoked':
      return (
        <>
          <strong>{title}</strong> was taken away. It would have to be granted anew.
        </>
      )
    case 'expired':
      return badge.why.includes('programme_closed') ? (
        <>
          <strong>{title}</strong> ended with its programme. That says nothing about the app; it says that nobody vouches any more.
        </>
      ) : (
        <>
          <strong>{title}</strong> ran out and was not renewed. That says nothing bad by itself; it says that nobody vouches any more.
        </>
      )
  }
}

const NoBadge = ({ app }: { readonly app: PublicApp }): ReactElement => (
  <>
    Holds no badge{app.watched ? ', and is being watched' : ''}. How far an app is on its way is between its partner and the operator until
    a badge is granted.
  </>
)

const newest = (shelf: Shelf, programme: string): Catalogue | null => shelved(shelf, programme)?.catalogue ?? null

function Requirements({
  standing,
  shelf,
  now,
}: {
  readonly standing: PublicStanding
  readonly shelf: Shelf
  readonly now: Instant
}): ReactElement {
  const catalogue = catalogueOf(shelf, standing)
  const pillars = catalogue?.programme.pillars.filter(
    ({ id }) => standing.rows.some((row) => row.pillar === id) || standing.in_cure.some((one) => one.pillar === id),
  )
  const title = `Requirements of ${catalogue?.programme.title ?? standing.programme} ${standing.version}`
  return (
    <Section id={`requirements-${standing.programme}`} title={title}>
      <p className="quiet">
        {tally(standing)} Nothing has changed in it since <Moment at={standing.as_of} />.
      </p>
      {(pillars ?? []).map((pillar) => (
        <div className="group" key={pillar.id}>
          <h3>{pillar.title}</h3>
          <InCure standing={standing} pillar={pillar.id} title={pillar.title} now={now} />
          <Rows rows={standing.rows.filter((row) => row.pillar === pillar.id)} pillar={pillar.title} catalogue={catalogue} />
        </div>
      ))}
    </Section>
  )
}

function tally({ rows, in_cure }: PublicStanding): string {
  const words = [
    ['met', 'met'],
    ['unmet', 'not met'],
    ['unknown', 'unknown'],
    ['waived', 'waived'],
  ] as const
  const parts = words.flatMap(([verdict, text]) => {
    const number = rows.filter((row) => row.verdict === verdict).length
    return number === 0 ? [] : [`${number} ${text}`]
  })
  const held = in_cure.reduce((sum, one) => sum + one.requirements, 0)
  return `${listInWords([...parts, ...(held === 0 ? [] : [`${held} not shown one by one`])])}.`
}

function InCure(given: {
  readonly standing: PublicStanding
  readonly pillar: string
  readonly title: string
  readonly now: Instant
}): ReactElement | null {
  const held = given.standing.in_cure.find((one) => one.pillar === given.pillar)
  if (held === undefined) return null
  return (
    <p className="stack">
      <span className="verdict is-in-cure">
        <Glyph shape="in_cure" />
        {given.title}: in cure
      </span>{' '}
      {held.until === null ? (
        'until it is put right'
      ) : held.until < given.now ? (
        <>
          ; the time to cure ran out on <OnDay at={held.until} />
        </>
      ) : (
        <>
          until <OnDay at={held.until} />
        </>
      )}
      . Single rows ({counted(held.requirements, 'requirement')}) come back when it is closed, so that nobody learns here where a hole is.
    </p>
  )
}

function Rows({
  rows,
  pillar,
  catalogue,
}: {
  readonly rows: readonly PublicRow[]
  readonly pillar: string
  readonly catalogue: Catalogue | null
}): ReactElement | null {
  if (rows.length === 0) return null
  return (
    <table className="lean">
      <caption className="unseen">{pillar}: each requirement with its verdict</caption>
      <thead>
        <tr>
          <th scope="col">Requirement, how it is judged, and since when it stands so</th>
          <th scope="col">Verdict</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.requirement}>
            <Requirement row={row} requirement={requirementOf(catalogue, row.requirement)} catalogue={catalogue} />
            <td>
              <VerdictWord word={row.verdict} drawn />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Requirement({
  row,
  requirement,
  catalogue,
}: {
  readonly row: PublicRow
  readonly requirement: RequirementInForce | null
  readonly catalogue: Catalogue | null
}): ReactElement {
  const how = requirement === null ? '' : `${VERIFIED_BY[requirement.verified_by]}${byPartner(requirement)}, `
  return (
    <th scope="row">
      {catalogue === null ? (
        row.requirement
      ) : (
        <a href={`/programmes/${encodeURIComponent(catalogue.programme.id)}/requirements/${encodeURIComponent(row.requirement)}`}>
          {requirement?.title ?? row.requirement}
        </a>
      )}
      <small>{`${how}since ${dayInWords(row.since)}`}</small>
    </th>
  )
}

function Reach({ app }: { readonly app: PublicApp }): ReactElement {
  return (
    <Section id="reach" title="What it may do and where data may go">
      <p className="quiet">By its own descriptor, which the host enforces as far as it can. “Since” is when it was first declared here.</p>
      <div className="columns">
        <div>
          <h3 id="scopes">What it asks for</h3>
          {app.scopes.length === 0 ? (
            <p>It declares no scope.</p>
          ) : (
            <ul className="plain" aria-labelledby="scopes">
              {app.scopes.map(({ scope, since }) => (
                <li key={scope}>
                  {scopeInWords(scope) ?? 'A right that the host names'} <code className="foreign">{withoutTricks(scope)}</code>
                  <span className="small quiet">
                    {' '}
                    since <OnDay at={since} />
                  </span>
                </li>
              ))}
            </ul>
          )}
        </div>
        <div>
          <h3 id="egress">Where data may go</h3>
          {app.egress.length === 0 ? (
            <p>It declares no address outside the host.</p>
          ) : (
            <ul className="plain" aria-labelledby="egress">
              {app.egress.map(({ kind, address, analytics, since }) => (
                <li key={`${kind} ${address}`}>
                  {egressInWords(kind)} <code className="foreign">{withoutTricks(address)}</code>
                  {analytics ? ', for analytics' : ''}
                  <span className="small quiet">
                    {' '}
                    since <OnDay at={since} />
                  </span>
                </li>
              ))}
            </ul>
          )}
        </div>
      </div>
    </Section>
  )
}

/** More than this is in the JSON. */
const HISTORY_SHOWN = 30

function History({ app, shelf }: { readonly app: PublicApp; readonly shelf: Shelf }): ReactElement {
  return (
    <Section id="history" title="History">
      <ol className="timeline">
        {app.history.slice(0, HISTORY_SHOWN).map((entry, place) => (
          <li key={place}>
            <Moment at={entry.at} />
            <span className="foreign">{withoutTricks(historyInWords(entry, shelf))}</span>
          </li>
        ))}
      </ol>
      <p>
        <a href={`/apps/${encodeURIComponent(app.app)}/status`}>Status, with feeds</a>
      </p>
      {app.history.length > HISTORY_SHOWN ? (
        <p>
          <a href={`/api/v1/apps/${encodeURIComponent(app.app)}/trust`}>Older entries are in the JSON</a>
        </p>
      ) : null}
    </Section>
  )
}

/** What rests on the partner alone is marked in its row; where the operator may have looked instead, the requirement's own page says so. */
const byPartner = (requirement: RequirementInForce): string => (vouchedFor(requirement).includes('operator') ? '' : ', partner-attested')

/** A badge is read as more than it says; this is where it stops. */
function NotAttested({ app, shelf }: { readonly app: PublicApp; readonly shelf: Shelf }): ReactElement {
  const rows = app.standings.flatMap((standing) =>
    standing.rows.map((row) => ({ row, requirement: requirementOf(catalogueOf(shelf, standing), row.requirement) })),
  )
  const unknown = rows.filter(({ row }) => row.verdict === 'unknown')
  const waived = rows.filter(({ row }) => row.verdict === 'waived')
  const word = rows.filter(
    ({ row, requirement }) => row.verdict === 'met' && requirement !== null && WEIGHT[requirement.verified_by] === 'attested',
  )
  const titles = (of: typeof rows): string => listInWords(of.map(({ row, requirement }) => requirement?.title ?? row.requirement))
  return (
    <Section id="not-attested" title="What this does not say">
      <ul className="plain">
        {app.badges.length === 0 ? <li>That anything was found wanting: without a badge nothing is told either way.</li> : null}
        {unknown.length === 0 ? null : <li>Unknown at the moment, and counted for nothing: {titles(unknown)}.</li>}
        {waived.length === 0 ? null : <li>Not met, but waived for a time by a reviewer: {titles(waived)}.</li>}
        {word.length === 0 ? null : (
          <li>Rests on what the partner showed and a reviewer accepted, not on a machine’s own look: {titles(word)}.</li>
        )}
        <li>That the app has no holes. It says that none was open past its time among those that were looked for or reported.</li>
        <li>A certificate of another kind, such as SOC 2 or ISO 27001, or anything about the partner’s other apps.</li>
        <li>How the app will be tomorrow. Read it again, or follow the JSON, before you rely on it.</li>
        {app.standings.map(({ programme }) => {
          const disclaimer = shelved(shelf, programme)?.pack.programme.modelled_on.disclaimer
          return disclaimer === undefined ? null : <li key={programme}>{disclaimer}</li>
        })}
      </ul>
    </Section>
  )
}

/** Addresses for people who carry the answer elsewhere. */
function Carry(given: {
  readonly app: PublicApp
  readonly shelf: Shelf
  readonly public_url: string
  readonly badge: PublicBadge | null
}): ReactElement {
  const { app, public_url, badge } = given
  const id = encodeURIComponent(app.app)
  const here = `${public_url}/apps/${id}`
  const words = badge === null ? 'Trust page' : badgeTitle(given.shelf, badge)
  return (
    <Section id="carry" title="Show it elsewhere">
      <p>The picture always shows the state of the moment, with its date. It proves nothing by itself; the link does.</p>
      <p>
        <img
          src={`/badge/${id}.svg`}
          alt={`Badge as it is now: ${badge === null ? 'no badge' : `${words}, ${STATE_WORDS[badge.state]}`}`}
          height={28}
        />
      </p>
      <h3 id="markdown">Markdown</h3>
      <pre tabIndex={0} aria-labelledby="markdown">{`[![${markdownText(words)}](${public_url}/badge/${id}.svg)](${here})`}</pre>
      <h3 id="html">HTML</h3>
      <pre
        tabIndex={0}
        aria-labelledby="html"
      >{`<a href="${here}"><img src="${public_url}/badge/${id}.svg" alt="${htmlText(words)}"></a>`}</pre>
      <p>
        For programs: <a href={`/api/v1/apps/${id}/trust`}>all of this page as JSON</a>, <a href={`/badge/${id}.json`}>badge as JSON</a>{' '}
        (the shape that Shields reads), <a href={`/badge/${id}.png`}>badge as PNG</a>.
      </p>
    </Section>
  )
}

const markdownText = (text: string): string => text.replaceAll(/[[\]\\]/g, '\\$&')
const htmlText = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
