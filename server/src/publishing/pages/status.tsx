import type { ReactElement } from 'react'
import type { Instant } from '../../kernel/time.ts'
import type { PublicApp } from '../public-app.ts'
import type { Shelf } from '../shelf.ts'
import type { Status } from '../status.ts'
import type { Chrome } from './chrome.ts'
import { Figures } from './figures.tsx'
import { Layout } from './layout.tsx'
import { Empty, Foreign, Moment, Section, Table, withoutTricks } from './parts.tsx'

/** How an app fares, for everybody: figures, what is planned, what happened, and feeds of it. */
export function StatusPage(given: {
  readonly chrome: Chrome
  readonly app: PublicApp
  readonly status: Status
  readonly shelf: Shelf
}): ReactElement {
  const { chrome, app, status, shelf } = given
  const here = `/apps/${encodeURIComponent(app.app)}`
  return (
    <Layout
      {...chrome}
      title={`Status of ${withoutTricks(app.name)}`}
      feeds={FEEDS.map((feed) => ({ ...feed, href: `${here}/${feed.file}` }))}
    >
      <div className="head">
        <p className="eyebrow">
          <a href={here}>
            <Foreign>{app.name}</Foreign>
          </a>
        </p>
        <h1>Status</h1>
        <p className="lead">
          What the marketplace’s watch counted, as of {<Moment at={status.as_of} />}. What was not seen is unknown, and counts for neither
          side.
        </p>
        <p className="small quiet">
          Follow it:{' '}
          {FEEDS.map(({ file, name }, place) => (
            <span key={file}>
              {place === 0 ? '' : ', '}
              <a href={`${here}/${file}`}>{name}</a>
            </span>
          ))}
          .
        </p>
      </div>
      <Figures app={app} shelf={shelf} />
      <Section id="planned" title="Planned downtime">
        {status.planned.length === 0 ? (
          <Empty title="None is planned">
            <p>Downtime that was agreed on beforehand would stand here.</p>
          </Empty>
        ) : (
          <Table
            caption="Planned downtime that is not over, the soonest first"
            quiet_caption
            columns={[{ title: 'From', names: true }, { title: 'Until' }, { title: 'Where' }]}
            rows={status.planned.map(({ from, to, endpoint }) => ({
              key: `${from} ${endpoint ?? ''}`,
              cells: [
                <Moment key="from" at={from as Instant} />,
                <Moment key="to" at={to as Instant} />,
                endpoint === null ? 'The whole app' : <Foreign key="where">{endpoint}</Foreign>,
              ],
            }))}
          />
        )}
      </Section>
      <Section id="happened" title="What happened">
        {status.items.length === 0 ? (
          <Empty title="Nothing so far">
            <p>Days with failures, what was taken out of the figures, and changes of the badge will stand here.</p>
          </Empty>
        ) : (
          <ol className="timeline">
            {status.items.map(({ id, at, title, text }) => (
              <li key={id}>
                <Moment at={at as Instant} />
                <span className="foreign">
                  {withoutTricks(title)} <span className="quiet">{withoutTricks(text)}</span>
                </span>
              </li>
            ))}
          </ol>
        )}
      </Section>
    </Layout>
  )
}

/** Where the feeds are, and as what. */
export const FEEDS = [
  { file: 'status.atom', name: 'Atom', type: 'application/atom+xml' },
  { file: 'status.rss', name: 'RSS', type: 'application/rss+xml' },
  { file: 'status.json', name: 'JSON Feed', type: 'application/feed+json' },
] as const
