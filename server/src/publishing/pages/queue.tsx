import type { ReactElement } from 'react'
import type { Queued } from '../../applications/reading.ts'
import { says } from '../../kernel/says.ts'
import { between, type Instant } from '../../kernel/time.ts'
import type { OpenCase } from '../process-queue.ts'
import { badgeTitle, type Shelf } from '../shelf.ts'
import { sentence } from '../texts.ts'
import { counted, idleInWords, shortened } from '../words.ts'
import { threadAddress } from './application.tsx'
import type { Chrome } from './chrome.ts'
import { CasesTable } from './due-process.tsx'
import { Layout } from './layout.tsx'
import { TurnWord } from './matter.tsx'
import { Due, Empty, Foreign, Moment, Section, Table } from './parts.tsx'

/** Every open application: whose turn it is, and for how long already. The operator's own turns come first. */
export function QueuePage({
  chrome,
  queue,
  shelf,
  now,
  cases,
}: {
  readonly chrome: Chrome
  readonly queue: readonly Queued[]
  readonly shelf: Shelf
  readonly now: Instant
  /** Open concerns and appeals, which stand in the same queue. */
  readonly cases: readonly OpenCase[]
}): ReactElement {
  const of = (side: string) => queue.filter(({ turn }) => turn?.side === side)
  const late = of('operator').filter(({ overdue }) => overdue).length
  return (
    <Layout {...chrome} title="Applications">
      <div className="head">
        <p className="eyebrow">
          <a href="/overview">Overview</a>
        </p>
        <h1>Applications</h1>
        <p className="lead quiet">
          {counted(queue.length, 'open application')}, {of('operator').length} waiting for the operator
          {late === 0 ? '' : `, ${late} of them late`}
          {cases.length === 0 ? '' : `; ${counted(cases.length, 'concern or appeal', 'concerns and appeals')}`}. As of <Moment at={now} />.
        </p>
      </div>
      {queue.length === 0 ? (
        <Empty title="No application is open">
          <p>One appears here as soon as a partner applies for a badge.</p>
        </Empty>
      ) : null}
      {(['operator', 'partner', 'nobody'] as const).map((side) =>
        of(side).length === 0 ? null : (
          <Section key={side} id={`waiting-${side}`} title={TITLES[side]}>
            <QueueTable queue={of(side)} shelf={shelf} now={now} />
          </Section>
        ),
      )}
      {cases.length === 0 ? null : (
        <Section id="cases" title="Concerns and appeals">
          <CasesTable cases={cases} now={now} />
        </Section>
      )}
    </Layout>
  )
}

const TITLES = { operator: 'Waiting for the operator', partner: 'Waiting for the partner', nobody: 'Soaking' } as const

/** Applications as a table, what is due first at the top. */
export function QueueTable({
  queue,
  shelf,
  now,
}: {
  readonly queue: readonly Queued[]
  readonly shelf: Shelf
  readonly now: Instant
}): ReactElement {
  return (
    <Table
      caption={`${counted(queue.length, 'application')}, what is due first`}
      columns={[
        { title: 'App', names: true },
        { title: 'Badge' },
        { title: 'Step' },
        { title: 'Whose turn' },
        { title: 'For how long already', numeric: true },
        { title: 'By when' },
      ]}
      rows={queue.map((one) => ({
        key: `${one.app} ${one.programme}.${one.tier}`,
        cells: [
          <a href={threadAddress(one)}>
            <Foreign>{shortened(one.name)}</Foreign>
          </a>,
          badgeTitle(shelf, one),
          one.turn === null ? '' : sentence(says(`applications.step.${one.turn.step}`)),
          <TurnWord turn={one.turn?.side ?? 'nobody'} />,
          one.turn === null ? '' : idleInWords(between(one.turn.since, now)),
          one.turn?.due_at == null ? <span className="quiet">No deadline</span> : <Due at={one.turn.due_at} now={now} />,
        ],
      }))}
    />
  )
}
