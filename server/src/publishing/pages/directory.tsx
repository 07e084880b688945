import type { ReactElement } from 'react'
import { SORTS, type DirectoryPage, type DirectoryQuery, type DirectoryRow } from '../directory.ts'
import { HOSTING, PLATFORM } from '../plain.ts'
import { BadgeWord } from '../public-app.ts'
import { badgesOn, badgeTitle, type Shelf } from '../shelf.ts'
import { counted, shortened } from '../words.ts'
import type { Chrome } from './chrome.ts'
import { Layout } from './layout.tsx'
import { Empty, Foreign, OnDay, State, STATE_WORDS, Table } from './parts.tsx'

const SORT_WORDS = { name: 'By name', state: 'In trouble first', newest: 'Newest change first' } as const satisfies Record<
  (typeof SORTS)[number],
  string
>

/** Every app of the marketplace, to be narrowed down. */
export function DirectoryPageOf(given: {
  readonly chrome: Chrome
  readonly shelf: Shelf
  readonly query: DirectoryQuery
  readonly found: DirectoryPage
}): ReactElement {
  const { chrome, shelf, query, found } = given
  return (
    <Layout
      {...chrome}
      title={chrome.marketplace}
      description={`Apps of ${chrome.marketplace} with the badges they hold, why, and since when.`}
    >
      <div className="head">
        <h1>Apps</h1>
        <p className="lead quiet">What each app was found to do, by whom, and as of when. A badge is a current state, not a medal.</p>
      </div>
      <Filters shelf={shelf} query={query} />
      {found.of === 0 ? (
        <NoApps signed_in={chrome.who !== null} />
      ) : found.total === 0 ? (
        <NothingFits of={found.of} />
      ) : (
        <Apps {...given} />
      )}
    </Layout>
  )
}

function Filters({ shelf, query }: { readonly shelf: Shelf; readonly query: DirectoryQuery }): ReactElement {
  return (
    <search>
      <form className="filters" action="/" method="get">
        <div className="field is-wide">
          <label htmlFor="text">App or partner</label>
          <input id="text" name="text" type="search" defaultValue={query.text} maxLength={100} />
        </div>
        <Choice name="tier" title="Badge" chosen={query.tier} options={badgesOn(shelf).map(({ key, title }) => [key, title])} />
        <Choice
          name="state"
          title="State"
          chosen={query.state}
          options={[...BadgeWord.options, 'none' as const].map((word) => [word, STATE_WORDS[word]])}
        />
        <Choice name="platform" title="Platform" chosen={query.platform} options={Object.entries(PLATFORM)} />
        <Choice name="sort" title="Order" chosen={query.sort} options={SORTS.map((sort) => [sort, SORT_WORDS[sort]])} all={false} />
        <button type="submit">Show</button>
      </form>
    </search>
  )
}

function Choice(given: {
  readonly name: string
  readonly title: string
  readonly chosen: string | null
  readonly options: readonly (readonly [string, string])[]
  readonly all?: boolean
}): ReactElement {
  const { name, title, chosen, options } = given
  return (
    <div className="field">
      <label htmlFor={name}>{title}</label>
      <select id={name} name={name} defaultValue={chosen ?? ''}>
        {given.all === false ? null : <option value="">All</option>}
        {options.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </div>
  )
}

function Apps({
  shelf,
  query,
  found,
}: {
  readonly shelf: Shelf
  readonly query: DirectoryQuery
  readonly found: DirectoryPage
}): ReactElement {
  return (
    <>
      <Table
        caption={found.total === found.of ? counted(found.of, 'app') : `${counted(found.total, 'app')} of ${found.of}`}
        columns={[
          { title: 'App', names: true },
          { title: 'State' },
          { title: 'Badge' },
          { title: 'Since' },
          { title: 'Runs on' },
          { title: 'Last change' },
        ]}
        rows={found.rows.map((row) => ({ key: row.line.app, cells: cellsOf(row, shelf) }))}
      />
      {found.next === null ? null : (
        <p className="acts">
          <a className="button is-quiet" href={addressOf({ ...query, after: found.next })} rel="next">
            Next apps
          </a>
        </p>
      )}
    </>
  )
}

function cellsOf({ line, badge, partner_name }: DirectoryRow, shelf: Shelf) {
  return [
    <>
      <a href={`/apps/${encodeURIComponent(line.app)}`}>
        <Foreign>{shortened(line.name)}</Foreign>
      </a>
      <br />
      <span className="small quiet">
        by <Foreign>{shortened(partner_name)}</Foreign>
        {line.listing === 'listed' ? '' : `; ${line.listing === 'hidden' ? 'hidden from the marketplace' : 'no new installations'}`}
      </span>
    </>,
    <State word={badge?.state ?? 'none'} />,
    badge === null ? <span className="quiet">–</span> : badgeTitle(shelf, badge),
    badge === null ? <span className="quiet">–</span> : <OnDay at={badge.since} />,
    PLATFORM[line.platform],
    <OnDay at={line.as_of} />,
  ]
}

/** The address of a question. What is not asked is left out, so that addresses stay short and stable. */
export function addressOf(query: Partial<DirectoryQuery>): string {
  const parts = Object.entries({
    text: query.text,
    tier: query.tier,
    state: query.state,
    platform: query.platform,
    sort: query.sort === 'name' ? null : query.sort,
    after: query.after,
  }).flatMap(([name, value]) => (value === undefined || value === null || value === '' ? [] : [[name, value] as [string, string]]))
  return parts.length === 0 ? '/' : `/?${new URLSearchParams(parts).toString()}`
}

const NoApps = ({ signed_in }: { readonly signed_in: boolean }): ReactElement => (
  <Empty title="No app is registered yet">
    <p>
      An app comes in by its descriptor: an address, a file, or pasted text. After that it is watched, and every finding has its evidence.
    </p>
    <p className="acts">
      <a className="button" href={signed_in ? '/register' : '/sign-in?next=%2Fregister'}>
        Register an app
      </a>
    </p>
  </Empty>
)

const NothingFits = ({ of }: { readonly of: number }): ReactElement => (
  <Empty title="No app fits">
    <p>
      {counted(of, 'app')} {of === 1 ? 'is' : 'are'} here, but none with all of that at once.
    </p>
    <p className="acts">
      <a className="button is-quiet" href="/">
        Show all apps
      </a>
    </p>
  </Empty>
)

/** Where an app's code runs, for its own page. */
export const runsOn = (line: { readonly platform: keyof typeof PLATFORM; readonly hosting: keyof typeof HOSTING }): string =>
  `${PLATFORM[line.platform]}, runs ${HOSTING[line.hosting]}`
