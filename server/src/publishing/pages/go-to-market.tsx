import type { ReactElement, ReactNode } from 'react'
import { becauseInWords } from '../because.ts'
import { differencesInWords, whyOf } from '../go-to-market/carried.ts'
import type { Differences, Edition, EditionRow, What } from '../go-to-market/edition.ts'
import type { EditionHead } from '../go-to-market/editions-view.ts'
import { badgeTitle, catalogueOf, type Shelf, type Shelved } from '../shelf.ts'
import { counted, dayInWords, listInWords, shortened } from '../words.ts'
import type { Chrome } from './chrome.ts'
import { Layout } from './layout.tsx'
import { Empty, Facts, Foreign, Moment, OnDay, Section, State, Table } from './parts.tsx'

const WHAT_IT_IS =
  'For people who sell and advise: which apps hold the badge on a day. Each edition is frozen, has a hash, and is never changed afterwards.'
/** Rows on one page; the files hold all of them. */
const ROWS = 60

const addressOf = (programme: string, rest: string | number = ''): string =>
  `/go-to-market/${encodeURIComponent(programme)}${rest === '' ? '' : `/${rest}`}`
const fileOf = (programme: string, number: number): string => `/api/v1/go-to-market/${encodeURIComponent(programme)}/editions/${number}`

/** The list of every programme. */
export function ListsPage(given: {
  readonly chrome: Chrome
  readonly lists: readonly { readonly one: Shelved; readonly newest: EditionHead | null; readonly next_day: string | null }[]
}): ReactElement {
  return (
    <Layout {...given.chrome} title="Lists for field teams" description={WHAT_IT_IS}>
      <div className="head">
        <h1>Lists for field teams</h1>
        <p className="lead quiet">{WHAT_IT_IS}</p>
      </div>
      {given.lists.length === 0 ? (
        <Empty title="No programme runs here yet">
          <p>Once the operator has adopted one, its list is cut on the days that the programme says.</p>
        </Empty>
      ) : (
        <Table
          caption="One list for each programme"
          quiet_caption
          columns={[
            { title: 'Programme', names: true },
            { title: 'Newest edition' },
            { title: 'Badges held', numeric: true },
            { title: 'Next' },
          ]}
          rows={given.lists.map(({ one, newest, next_day }) => ({
            key: one.pack.programme.id,
            cells: [
              <a href={addressOf(one.pack.programme.id)}>{one.catalogue.programme.title}</a>,
              newest === null ? 'None yet' : <OnDay at={newest.day} />,
              newest === null ? '–' : newest.held,
              <NextDay day={next_day} />,
            ],
          }))}
        />
      )}
    </Layout>
  )
}

const NextDay = ({ day }: { readonly day: string | null }): ReactElement => (day === null ? <>Not planned</> : <OnDay at={day} />)

/** Every edition of one list, and the way to compare two of them. */
export function EditionsPage(given: {
  readonly chrome: Chrome
  readonly one: Shelved
  readonly heads: readonly EditionHead[]
  readonly next_day: string | null
  readonly may_cut: boolean
  readonly told: string | null
}): ReactElement {
  const { one, heads, next_day } = given
  const { id, title } = one.catalogue.programme
  const newest = heads.at(-1)
  return (
    <Layout {...given.chrome} title={`${title}: list for field teams`} description={WHAT_IT_IS}>
      <div className="head">
        <p className="eyebrow">
          <a href="/go-to-market">Lists for field teams</a>
        </p>
        <h1>{title}</h1>
        <p className="lead quiet">{WHAT_IT_IS}</p>
      </div>
      {given.told === null ? null : (
        <p className="told" role="status">
          {given.told}
        </p>
      )}
      {newest === undefined ? (
        <Empty title="No edition yet">
          <p>{next_day === null ? 'This programme says no day for its list.' : `The first edition is cut on ${dayInWords(next_day)}.`}</p>
        </Empty>
      ) : (
        <>
          <div className="panel">
            <Facts
              of={[
                [
                  'Newest edition',
                  <a href={addressOf(id, newest.number)}>
                    No. {newest.number} of <OnDay at={newest.day} />
                  </a>,
                ],
                ['Badges held', newest.held],
                ['Next edition', <NextDay day={next_day} />],
                ['Follow it', <a href={addressOf(id, 'feed.atom')}>Feed of editions</a>],
              ]}
            />
          </div>
          {heads.length < 2 ? (
            <p className="quiet">With the second edition, what changed between two can be seen here.</p>
          ) : (
            <Compare programme={id} heads={heads} />
          )}
          <Section id="editions" title="Editions">
            <Table
              caption={counted(heads.length, 'edition')}
              columns={[
                { title: 'Edition', names: true },
                { title: 'Day' },
                { title: 'Badges held', numeric: true },
                { title: 'Cut' },
                { title: 'Since the one before' },
                { title: 'Files' },
              ]}
              rows={heads
                .toReversed()
                .slice(0, ROWS)
                .map((head) => ({
                  key: String(head.number),
                  cells: [
                    <a href={addressOf(id, head.number)}>No. {head.number}</a>,
                    <OnDay at={head.day} />,
                    head.held,
                    head.by === 'rhythm' ? 'On its day' : 'By the operator',
                    head.number === 1 ? (
                      '–'
                    ) : (
                      <a href={addressOf(id, `changes?from=${head.number - 1}&to=${head.number}`)}>What changed in no. {head.number}</a>
                    ),
                    <Files programme={id} number={head.number} />,
                  ],
                }))}
            />
            {heads.length <= ROWS ? null : (
              <p>
                <a href={`/api/v1/go-to-market/${encodeURIComponent(id)}/editions`}>All {heads.length} editions are in the JSON</a>
              </p>
            )}
          </Section>
        </>
      )}
      {given.may_cut ? (
        <form className="acts" method="post" action={addressOf(id, 'editions')}>
          <button type="submit" className="is-quiet">
            Cut an edition now
          </button>
        </form>
      ) : null}
    </Layout>
  )
}

const Files = ({ programme, number }: { readonly programme: string; readonly number: number }): ReactElement => (
  <>
    <a href={`${fileOf(programme, number)}.csv`}>CSV of no. {number}</a>, <a href={fileOf(programme, number)}>JSON of no. {number}</a>
  </>
)

function Compare({ programme, heads }: { readonly programme: string; readonly heads: readonly EditionHead[] }): ReactElement {
  const options = heads.toReversed()
  const choice = (name: string, title: string, chosen: number | undefined): ReactElement => (
    <div className="field">
      <label htmlFor={name}>{title}</label>
      <select id={name} name={name} defaultValue={chosen}>
        {options.map((head) => (
          <option key={head.number} value={head.number}>
            No. {head.number}, {dayInWords(head.day)}
          </option>
        ))}
      </select>
    </div>
  )
  return (
    <Section id="compare" title="Compare two">
      <form className="filters" method="get" action={addressOf(programme, 'changes')}>
        {choice('from', 'From edition', options[1]?.number)}
        {choice('to', 'To edition', options[0]?.number)}
        <button type="submit">Show what changed</button>
      </form>
    </Section>
  )
}

/** One edition. */
export function EditionPage(given: {
  readonly chrome: Chrome
  readonly head: EditionHead
  readonly edition: Edition
  readonly shelf: Shelf
  readonly newest: number
  readonly page: number
}): ReactElement {
  const { head, edition, shelf } = given
  const { programme } = edition
  const pages = Math.max(1, Math.ceil(edition.rows.length / ROWS))
  const page = Math.min(given.page, pages)
  const title = `Edition ${head.number} of ${dayInWords(head.day)}`
  return (
    <Layout {...given.chrome} title={`${title}: ${programme}`} description={WHAT_IT_IS}>
      <div className="head">
        <p className="eyebrow">
          <a href={addressOf(programme)}>List for field teams</a>
        </p>
        <h1>{title}</h1>
        {given.newest === head.number ? null : (
          <p className="lead quiet">
            This is an older edition. <a href={addressOf(programme, given.newest)}>Read the newest one</a>, or{' '}
            <a href={addressOf(programme, `changes?from=${head.number}&to=${given.newest}`)}>what has changed since</a>.
          </p>
        )}
      </div>
      <div className="panel">
        <Facts
          of={[
            ['Frozen', <Moment at={head.as_of} />],
            ['Badges held', head.held],
            ['Rules', `Version ${edition.version}`],
            ['Hash', <code className="foreign">{head.hash}</code>],
            ['Files', <Files programme={programme} number={head.number} />],
          ]}
        />
      </div>
      {edition.rows.length === 0 ? (
        <Empty title="Nobody holds this badge yet">
          <p>The list was cut on its day, and no app held a badge of this programme.</p>
        </Empty>
      ) : (
        <>
          <Rows
            caption={counted(edition.rows.length, 'row')}
            rows={edition.rows.slice((page - 1) * ROWS, page * ROWS)}
            edition={edition}
            shelf={shelf}
          />
          {pages === 1 ? null : (
            <p className="acts">
              {page === 1 ? null : <a href={addressOf(programme, `${head.number}?page=${page - 1}`)}>Rows before</a>}
              <span>
                Page {page} of {pages}
              </span>
              {page === pages ? null : <a href={addressOf(programme, `${head.number}?page=${page + 1}`)}>Rows after</a>}
            </p>
          )}
        </>
      )}
    </Layout>
  )
}

function Rows(given: {
  readonly caption: string
  readonly rows: readonly EditionRow[]
  readonly edition: Edition
  readonly shelf: Shelf
}): ReactElement {
  const { edition, shelf } = given
  return (
    <Table
      caption={given.caption}
      columns={[
        { title: 'App', names: true },
        { title: 'Badge' },
        { title: 'State' },
        { title: 'Since' },
        { title: 'Valid until' },
        { title: 'Listing' },
      ]}
      rows={given.rows.map((row) => ({
        key: `${row.app} ${row.tier}`,
        cells: [
          <AppCell row={row} />,
          badgeTitle(shelf, { programme: edition.programme, tier: row.tier }),
          <StateCell row={row} because={whyOf(row, edition, shelf)} />,
          <OnDay at={row.since} />,
          row.valid_until === null ? '–' : <OnDay at={row.valid_until} />,
          <ListingCell row={row} />,
        ],
      }))}
    />
  )
}

const AppCell = ({ row }: { readonly row: EditionRow }): ReactElement => (
  <div>
    <a href={`/apps/${encodeURIComponent(row.app)}`}>
      <Foreign>{shortened(row.name)}</Foreign>
    </a>
    <span className="small quiet">
      {' '}
      by <Foreign>{shortened(row.partner_name)}</Foreign>
    </span>
  </div>
)

const StateCell = ({ row, because }: { readonly row: EditionRow; readonly because: string }): ReactElement => (
  <div>
    <State word={row.state} />
    {because === '' ? null : <span className="small quiet foreign"> {because}</span>}
  </div>
)

const LISTING_WORDS = { listed: 'Listed', hidden: 'Hidden', paused: 'Paused' } as const satisfies Record<EditionRow['listing'], string>

const ListingCell = ({ row }: { readonly row: EditionRow }): ReactElement =>
  row.listing_url === null ? (
    <>{LISTING_WORDS[row.listing]}</>
  ) : (
    <a href={row.listing_url} rel="noreferrer">
      {LISTING_WORDS[row.listing]}
      <span className="unseen">: {row.app}</span>
    </a>
  )

const WHAT_WORDS = {
  state: 'state',
  renewed: 'validity',
  cure: 'what is to be put right',
  listing: 'listing',
  partner: 'partner',
  name: 'name',
} as const satisfies Record<What, string>

type Side = { readonly head: EditionHead; readonly edition: Edition }

/** What one edition says otherwise than another, and why. */
export function ChangesPage(given: {
  readonly chrome: Chrome
  readonly programme: string
  readonly from: Side
  readonly to: Side
  readonly differences: Differences
  readonly shelf: Shelf
}): ReactElement {
  const { programme, from, to, differences, shelf } = given
  const { added, removed, changed } = differences
  const of = (side: Side): ReactNode => (
    <a href={addressOf(programme, side.head.number)}>
      No. {side.head.number} of <OnDay at={side.head.day} />
    </a>
  )
  return (
    <Layout {...given.chrome} title={`What changed from edition ${from.head.number} to ${to.head.number}: ${programme}`}>
      <div className="head">
        <p className="eyebrow">
          <a href={addressOf(programme)}>List for field teams</a>
        </p>
        <h1>
          What changed from no. {from.head.number} to no. {to.head.number}
        </h1>
        <p className="lead quiet">{differencesInWords(differences)}.</p>
      </div>
      <div className="panel">
        <Facts
          of={[
            ['From', of(from)],
            ['To', of(to)],
            [
              'As JSON',
              <a href={`/api/v1/go-to-market/${encodeURIComponent(programme)}/changes?from=${from.head.number}&to=${to.head.number}`}>
                Changes
              </a>,
            ],
          ]}
        />
      </div>
      {added.length === 0 ? null : (
        <Section id="added" title="Added">
          <Rows caption={counted(added.length, 'badge')} rows={added.slice(0, ROWS)} edition={to.edition} shelf={shelf} />
          <More number={added.length} />
        </Section>
      )}
      {removed.length === 0 ? null : (
        <Section id="removed" title="Removed">
          <Rows caption={counted(removed.length, 'badge')} rows={removed.slice(0, ROWS)} edition={from.edition} shelf={shelf} />
          <More number={removed.length} />
        </Section>
      )}
      {changed.length === 0 ? null : (
        <Section id="changed" title="Changed">
          <Table
            caption={counted(changed.length, 'badge')}
            columns={[{ title: 'App', names: true }, { title: 'Badge' }, { title: 'Before' }, { title: 'After' }, { title: 'What is new' }]}
            rows={changed.slice(0, ROWS).map((one) => ({
              key: `${one.to.app} ${one.to.tier}`,
              cells: [
                <AppCell row={one.to} />,
                badgeTitle(shelf, { programme, tier: one.to.tier }),
                <State word={one.from.state} />,
                <StateCell row={one.to} because={becauseInWords(one.to, catalogueOf(shelf, to.edition))} />,
                listInWords(one.what.map((what) => WHAT_WORDS[what])),
              ],
            }))}
          />
          <More number={changed.length} />
        </Section>
      )}
    </Layout>
  )
}

const More = ({ number }: { readonly number: number }): ReactElement | null =>
  number <= ROWS ? null : <p className="quiet">{counted(number - ROWS, 'more is', 'more are')} in the JSON.</p>
