import type { ReactElement } from 'react'
import type { Queue } from '../../scanning/due.ts'
import type { Fleet } from '../fleet.ts'
import { counted } from '../words.ts'
import type { Chrome } from './chrome.ts'
import { Layout } from './layout.tsx'
import { Empty, Facts, Foreign, Moment, OnDay, Section, Table } from './parts.tsx'

const scanOf = (app: string): string => `/apps/${encodeURIComponent(app)}/scan`

/** The scanner over all apps: what came back or is severe, what could not be seen and why, and how far each check sees. */
export function FleetPage({
  chrome,
  fleet,
  queue,
}: {
  readonly chrome: Chrome
  readonly fleet: Fleet
  readonly queue: Queue
}): ReactElement {
  return (
    <Layout {...chrome} title="Scans of all apps">
      <div className="head">
        <p className="eyebrow">
          <a href="/overview">Overview</a>
        </p>
        <h1>Scans</h1>
        <p className="lead quiet">
          {counted(fleet.apps, 'app')} scanned, {counted(fleet.open, 'open finding')}
          {fleet.disputed.length === 0 ? '' : `, ${fleet.disputed.length} disputed and waiting for a decision`}.
        </p>
      </div>
      <div className="panel">
        <Facts
          of={[
            ['Scanner', queue.paused ? 'Stopped by the operator: nothing is asked of any app' : 'Running'],
            ['Being scanned', String(queue.running.length)],
            ['Waiting', String(queue.waiting)],
          ]}
        />
      </div>
      {fleet.apps === 0 ? (
        <Empty title="No app was scanned yet">
          <p>Each app is scanned after its registration and then once a day.</p>
        </Empty>
      ) : null}
      {queue.failing.length === 0 ? null : (
        <Section id="failing" title="Scans that come to nothing on our side">
          <Table
            caption="Scans that fail on our side"
            quiet_caption
            columns={[{ title: 'App', names: true }, { title: 'Tries', numeric: true }, { title: 'What happened' }]}
            rows={queue.failing.map(({ app, attempts, told }) => ({
              key: app,
              cells: [
                <a key="app" href={scanOf(app)}>
                  {app}
                </a>,
                String(attempts),
                <Foreign key="told">{told}</Foreign>,
              ],
            }))}
          />
        </Section>
      )}
      {fleet.disputed.length === 0 ? null : (
        <Section id="disputed" title="Disputed, waiting for a decision">
          <Rows of={fleet.disputed} caption="Disputed findings" />
        </Section>
      )}
      {fleet.awaiting.length === 0 ? null : (
        <Section id="awaiting" title="Suspected, waiting for a person’s look">
          <Rows of={fleet.awaiting} caption="Suspicions that nobody has looked at" />
        </Section>
      )}
      {fleet.regressed.length === 0 ? null : (
        <Section id="regressed" title="Came back after they were fixed">
          <Rows of={fleet.regressed} caption="Findings that came back" />
        </Section>
      )}
      {fleet.severe.length === 0 ? null : (
        <Section id="severe" title="High and critical">
          <Rows of={fleet.severe} caption="High and critical findings" />
        </Section>
      )}
      {fleet.dark.length === 0 ? null : (
        <Section id="dark" title="What could not be told, and why">
          <Table
            caption="What could not be told, and why"
            quiet_caption
            columns={[
              { title: 'Why', names: true },
              { title: 'Whose doing' },
              { title: 'Apps', numeric: true },
              { title: 'Answers', numeric: true },
            ]}
            rows={fleet.dark.map(({ reason, blind, apps, answers }) => ({
              key: `${reason} ${blind}`,
              cells: [reason, blind === 'theirs' ? 'The app’s' : 'Ours', String(apps), String(answers)],
            }))}
          />
        </Section>
      )}
      {fleet.coverage.length === 0 ? null : (
        <Section id="coverage" title="How far each check sees">
          <Table
            caption="Answers of each check over all apps"
            quiet_caption
            columns={[
              { title: 'Check', names: true },
              { title: 'Sound', numeric: true },
              { title: 'Found', numeric: true },
              { title: 'For a person', numeric: true },
              { title: 'Not told', numeric: true },
              { title: 'Does not apply', numeric: true },
            ]}
            rows={fleet.coverage.map(({ check, title, pass, fail, review, inconclusive, not_applicable }) => ({
              key: check,
              cells: [title, ...[pass, fail, review, inconclusive, not_applicable].map(String)],
            }))}
          />
        </Section>
      )}
    </Layout>
  )
}

function Rows({ of, caption }: { readonly of: Fleet['severe']; readonly caption: string }): ReactElement {
  return (
    <>
      <Table
        caption={caption}
        quiet_caption
        columns={[
          { title: 'App', names: true },
          { title: 'What' },
          { title: 'CVSS', numeric: true },
          { title: 'First seen' },
          { title: 'Since' },
        ]}
        rows={of.slice(0, MOST_ROWS).map(({ app, name, title, score, first_seen_at, disputed_at }) => ({
          key: `${app} ${title} ${first_seen_at}`,
          cells: [
            <a key="app" href={scanOf(app)}>
              <Foreign>{name}</Foreign>
            </a>,
            title,
            score === null ? 'not scored' : score.toFixed(1),
            <OnDay key="first" at={first_seen_at} />,
            disputed_at === null ? '' : <Moment key="disputed" at={disputed_at} />,
          ],
        }))}
      />
      {of.length <= MOST_ROWS ? null : <p className="quiet">{counted(of.length - MOST_ROWS, 'row')} more.</p>}
    </>
  )
}

const MOST_ROWS = 100
