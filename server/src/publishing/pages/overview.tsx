import type { ReactElement } from 'react'
import type { Queued } from '../../applications/reading.ts'
import { says } from '../../kernel/says.ts'
import type { Instant } from '../../kernel/time.ts'
import { openKey, type OpenAlert } from '../../reliability/alerts.ts'
import type { Vantage } from '../../reliability/probers/controls.ts'
import type { MassFailureDocument } from '../../reliability/view.ts'
import type { Matter } from '../matters.ts'
import type { OutboxState } from '../outbox/state.ts'
import type { Shelf } from '../shelf.ts'
import { sentence } from '../texts.ts'
import { counted, momentInWords, shortened } from '../words.ts'
import { alertInWords, byUrgency } from './alerts.tsx'
import type { Chrome } from './chrome.ts'
import { Layout } from './layout.tsx'
import { aboutInWords, nextInWords, ThenAt, TurnWord } from './matter.tsx'
import { Due, Empty, Facts, Foreign, Moment, OnDay, Section, Table } from './parts.tsx'
import { QueueTable } from './queue.tsx'

/** How a job fared last. */
type JobStatus = { readonly name: string; readonly ran_at: string | null; readonly failed_at: string | null; readonly told: string | null }

export type OverviewRead = {
  readonly apps: number
  readonly nameOf: (app: string) => string
  /** Everything in hand, what falls due first at the top. */
  readonly matters: readonly Matter[]
  /** Apps with verdicts that are unknown by our own doing, and how many. */
  readonly blind: readonly { readonly app: string; readonly requirements: number; readonly reasons: readonly string[] }[]
  /** Apps whose domain nobody has proven control of. */
  readonly unproven: readonly string[]
  /** How well our own outage can be told from theirs. */
  readonly vantage: Vantage
  /** Open applications, the operator's turns first. */
  readonly queue: readonly Queued[]
  /** Alerts that are open. */
  readonly alerts: readonly { readonly app: string; readonly alert: OpenAlert }[]
  /** There while most apps fail together. */
  readonly mass_failure: MassFailureDocument | null
  readonly jobs: readonly JobStatus[]
  readonly outbox: OutboxState
  /** Answers that wait for a reviewer, the oldest first. */
  readonly forms: readonly { readonly app: string; readonly form: string; readonly title: string; readonly since: Instant }[]
  /** Attestations that wait for a reviewer, the oldest first. */
  readonly attestations: readonly { readonly app: string; readonly requirement: string; readonly title: string; readonly since: Instant }[]
  /** Waivers that wait for a second person. */
  readonly waivers: readonly ProposedWaiver[]
  /** Apps whose public listing shows something else than is so. */
  readonly mismatched: number
  /** Without one, mail waits. */
  readonly has_mail_server: boolean
}

/** A waiver that somebody has proposed. */
export type ProposedWaiver = {
  readonly proposal: string
  readonly app: string
  readonly title: string
  readonly until: Instant
  readonly expires_at: Instant
  /** The reader proposed it, so that another has to confirm it. */
  readonly by_reader: boolean
}

/** Longer lists are cut; the number says how many there are. */
const SHOWN = 50
const QUEUE_SHOWN = 10

/** What an operator opens in the morning: who is at risk, what is due, who waits for whom, what the watch could not see. */
export function OverviewPage({
  chrome,
  shelf,
  now,
  read,
}: {
  readonly chrome: Chrome
  readonly shelf: Shelf
  readonly now: Instant
  readonly read: OverviewRead
}): ReactElement {
  const risky = read.matters.filter(({ kind }) => RISKY.has(kind))
  const waiting = read.matters.filter(({ kind }) => kind === 'grant_open' || kind === 'restore_open')
  const rest = read.matters.filter((matter) => matter.due_at !== null && !RISKY.has(matter.kind) && !waiting.includes(matter))
  const confirmable = read.waivers.filter(({ by_reader }) => !by_reader)
  const for_reader = waiting.length + read.forms.length + read.attestations.length + confirmable.length
  const holders = new Set(read.matters.filter(({ kind }) => kind === 'holds' || kind === 'cure').map(({ app }) => app)).size
  return (
    <Layout {...chrome} title="Overview">
      <div className="head">
        <h1>Overview</h1>
        <p className="lead quiet">
          {counted(read.apps, 'app')}, {counted(holders, 'holder')} of a badge, {risky.length} in trouble, {for_reader} waiting for you. As
          of <Moment at={now} />.
        </p>
      </div>
      <Section id="waiting" title="Waiting for a reviewer">
        <Matters matters={waiting} shelf={shelf} now={now} read={read} empty="No app waits for a grant or for being restored." />
        {read.forms.length === 0 ? null : <WaitingForms read={read} />}
        {read.attestations.length === 0 ? null : <WaitingAttestations read={read} />}
        {read.waivers.length === 0 ? null : <WaitingWaivers read={read} now={now} />}
      </Section>
      <Section id="applications" title="Applications">
        {read.queue.length === 0 ? (
          <p className="quiet">No application is open.</p>
        ) : (
          <>
            <QueueTable queue={read.queue.slice(0, QUEUE_SHOWN)} shelf={shelf} now={now} />
            <p>
              <a href="/applications">All {counted(read.queue.length, 'open application')}</a>
            </p>
          </>
        )}
      </Section>
      <OpenAlerts read={read} />
      <p>
        <a href="/scans">What the scanner found over all apps, and what it could not see</a>
        <br />
        <a href="/rollouts">Changes of the host, and whom they break</a>
      </p>
      <Section id="risk" title="At risk, suspended, or breaking base rules">
        <Matters matters={risky} shelf={shelf} now={now} read={read} empty="No badge is at risk and no listing breaks a base rule." />
      </Section>
      <Section id="due" title="Due next">
        <Matters matters={rest} shelf={shelf} now={now} read={read} empty="No other deadline runs." />
      </Section>
      <Unseen read={read} />
      <Outbox read={read} />
    </Layout>
  )
}

function WaitingForms({ read }: { readonly read: OverviewRead }): ReactElement {
  return (
    <Table
      caption="Answers that partners have sent"
      columns={[{ title: 'App', names: true }, { title: 'Form' }, { title: 'Waits since' }]}
      rows={read.forms.slice(0, SHOWN).map(({ app, form, title, since }) => ({
        key: `${app}/${form}`,
        cells: [
          <Foreign>{shortened(read.nameOf(app))}</Foreign>,
          <a href={`/apps/${encodeURIComponent(app)}/forms/${encodeURIComponent(form)}/review`}>{title}</a>,
          <Moment at={since} />,
        ],
      }))}
    />
  )
}

function WaitingAttestations({ read }: { readonly read: OverviewRead }): ReactElement {
  return (
    <Table
      caption="Attestations that partners have brought"
      columns={[{ title: 'App', names: true }, { title: 'Requirement' }, { title: 'Waits since' }]}
      rows={read.attestations.slice(0, SHOWN).map(({ app, requirement, title, since }) => ({
        key: `${app}/${requirement}`,
        cells: [<AppLink app={app} read={read} />, title, <Moment at={since} />],
      }))}
    />
  )
}

function WaitingWaivers({ read, now }: { readonly read: OverviewRead; readonly now: Instant }): ReactElement {
  return (
    <Table
      caption="Waivers that wait for a second person"
      columns={[
        { title: 'App', names: true },
        { title: 'Requirement' },
        { title: 'Waived until' },
        { title: 'Whose turn' },
        { title: 'Proposal lapses' },
      ]}
      rows={read.waivers.slice(0, SHOWN).map(({ proposal, app, title, until, expires_at, by_reader }) => ({
        key: proposal,
        cells: [
          <AppLink app={app} read={read} to="#proposals" />,
          title,
          <OnDay at={until} />,
          by_reader ? 'Another reviewer’s: you proposed it' : <TurnWord turn="operator" />,
          <Due at={expires_at} now={now} />,
        ],
      }))}
    />
  )
}

/** What leaves by mail and webhook: how much waits, and since when. */
function Outbox({ read }: { readonly read: OverviewRead }): ReactElement {
  const { mail, webhook } = read.outbox
  const inWords = ({ owed, failing, oldest_owed_at }: OutboxState['mail']): ReactElement =>
    oldest_owed_at === null ? (
      <>Nothing waits</>
    ) : (
      <>
        {counted(owed, 'waits', 'wait')}, {failing === 0 ? 'none of them after a failure' : `${failing} after a failure`}; the oldest since{' '}
        <Moment at={oldest_owed_at} />
      </>
    )
  return (
    <Section id="outbox" title="Outbox">
      <Facts
        of={[
          [
            'Mail',
            <>
              {inWords(mail)}.{read.has_mail_server ? '' : ' No mail server is set (SMTP_URL): letters wait until one is.'}
            </>,
          ],
          ['Webhooks', <>{inWords(webhook)}.</>],
          [
            'Marketplace',
            <a href="/marketplace">
              {read.mismatched === 0 ? 'No listing shows otherwise' : `${counted(read.mismatched, 'listing')} to look at`}
            </a>,
          ],
          ['Given up', read.outbox.dead.length === 0 ? 'None' : counted(read.outbox.dead.length, 'delivery', 'deliveries')],
        ]}
      />
    </Section>
  )
}

const RISKY: ReadonlySet<Matter['kind']> = new Set(['cure', 'restore_blocked', 'listing_step'])

function Matters(given: {
  readonly matters: readonly Matter[]
  readonly shelf: Shelf
  readonly now: Instant
  readonly read: OverviewRead
  readonly empty: string
}): ReactElement {
  const { matters, shelf, now, read } = given
  if (matters.length === 0) return <p className="quiet">{given.empty}</p>
  return (
    <div className="matter-table">
      <Table
        caption={
          matters.length > SHOWN
            ? `${SHOWN} of ${matters.length}, what falls due first`
            : `${counted(matters.length, 'matter')}, what falls due first`
        }
        columns={[
          { title: 'App', names: true },
          { title: 'What it is about' },
          { title: 'What next' },
          { title: 'Whose turn' },
          { title: 'By when' },
        ]}
        rows={matters.slice(0, SHOWN).map((matter) => ({
          key: `${matter.app} ${matter.programme}.${matter.tier ?? ''}`,
          cells: [
            <AppLink app={matter.app} read={read} />,
            aboutInWords(matter, shelf),
            nextInWords(matter),
            <TurnWord turn={matter.turn} />,
            <ThenAt matter={matter} now={now} />,
          ],
        }))}
      />
    </div>
  )
}

/** What is failing now, over all apps; above it, whether we believe that ourselves. */
function OpenAlerts({ read }: { readonly read: OverviewRead }): ReactElement {
  const { mass_failure } = read
  const alerts = read.alerts.toSorted((a, b) => byUrgency(a.alert, b.alert))
  return (
    <Section id="alerts" title="Alerts">
      {mass_failure === null ? null : (
        <>
          <h3>Most apps fail together</h3>
          <p>{sentence(says('reliability.mass_failure', { ...mass_failure, since: momentInWords(mass_failure.since) }))}</p>
        </>
      )}
      {alerts.length === 0 ? (
        <p className="quiet">No alert is open.</p>
      ) : (
        <Table
          caption={alerts.length > SHOWN ? `${SHOWN} of ${alerts.length} open alerts` : counted(alerts.length, 'open alert')}
          columns={[{ title: 'App', names: true }, { title: 'What is seen' }]}
          rows={alerts.slice(0, SHOWN).map(({ app, alert }) => ({
            key: `${app} ${openKey(alert)}`,
            cells: [<AppLink app={app} read={read} />, alertInWords(alert)],
          }))}
        />
      )}
    </Section>
  )
}

const AppLink = ({ app, read, to = '' }: { readonly app: string; readonly read: OverviewRead; readonly to?: string }): ReactElement => (
  <a href={`/apps/${encodeURIComponent(app)}/standing${to}`}>
    <Foreign>{shortened(read.nameOf(app))}</Foreign>
  </a>
)

function Unseen({ read }: { readonly read: OverviewRead }): ReactElement {
  const failing = read.jobs.filter(({ told }) => told !== null)
  const { dead } = read.outbox
  const owed = read.outbox.mail.failing + read.outbox.webhook.failing
  const nothing = read.blind.length + failing.length + dead.length + owed + read.unproven.length === 0 && read.vantage.state === 'sound'
  return (
    <Section id="unseen" title="What the watch could not see or do">
      {nothing ? (
        <Empty title="Nothing">
          <p>Every job ran, every delivery went out, and no verdict is unknown by our own doing.</p>
        </Empty>
      ) : null}
      {read.vantage.state === 'sound' ? null : (
        <>
          <h3>{read.vantage.state === 'single_vantage' ? 'Control targets are missing' : 'No control target is given by name'}</h3>
          <p>{sentence(says(`reliability.vantage.${read.vantage.state}`, read.vantage))}</p>
        </>
      )}
      {read.blind.length === 0 ? null : (
        <>
          <h3>Unknown by our own doing</h3>
          <Table
            caption={`${counted(read.blind.length, 'app')}. Nobody pays for it; past the tier’s limit a badge expires as not observed.`}
            columns={[{ title: 'App', names: true }, { title: 'Requirements', numeric: true }, { title: 'Why' }]}
            rows={read.blind.slice(0, SHOWN).map(({ app, requirements, reasons }) => ({
              key: app,
              cells: [<AppLink app={app} read={read} />, String(requirements), reasons.join(', ')],
            }))}
          />
        </>
      )}
      {read.unproven.length === 0 ? null : (
        <>
          <h3>Control of the domain is not proven</h3>
          <p>
            {counted(read.unproven.length, 'app')}: {read.unproven.length === 1 ? 'it is' : 'they are'} not probed by the minute.{' '}
            {read.unproven.slice(0, SHOWN).map((app, place) => (
              <span key={app}>
                {place === 0 ? '' : ', '}
                <AppLink app={app} read={read} />
              </span>
            ))}
            {read.unproven.length > SHOWN ? ` and ${read.unproven.length - SHOWN} more` : ''}.
          </p>
        </>
      )}
      {failing.length === 0 ? null : (
        <>
          <h3>Jobs that fail</h3>
          <Table
            caption="Each is tried again by itself"
            columns={[{ title: 'Job', names: true }, { title: 'What it said' }, { title: 'Failed' }, { title: 'Ran well last' }]}
            rows={failing.map(({ name, told, failed_at, ran_at }) => ({
              key: name,
              cells: [name, <Foreign>{told ?? ''}</Foreign>, <When at={failed_at} />, <When at={ran_at} />],
            }))}
          />
        </>
      )}
      {dead.length + owed === 0 ? null : (
        <>
          <h3>Deliveries that do not go out</h3>
          <p>
            {owed === 0 ? 'No delivery is being tried again' : `${counted(owed, 'delivery', 'deliveries')} failed and will be tried again`};{' '}
            {counted(dead.length, 'delivery is', 'deliveries are')} given up.
          </p>
          {dead.length === 0 ? null : (
            <Table
              caption="Given up"
              quiet_caption
              columns={[
                { title: 'Delivery', names: true },
                { title: 'What it tells' },
                { title: 'Channel' },
                { title: 'Tries', numeric: true },
                { title: 'Why' },
              ]}
              rows={dead.slice(0, SHOWN).map(({ delivery, code, channel, attempts, told }) => ({
                key: delivery,
                cells: [<code>{delivery}</code>, code, channel, String(attempts), <Foreign>{told}</Foreign>],
              }))}
            />
          )}
        </>
      )}
    </Section>
  )
}

/** The guarantee of the cast: jobs are stamped by the house's clock. */
const When = ({ at }: { readonly at: string | null }): ReactElement =>
  at === null ? <span className="quiet">Never</span> : <Moment at={at as Instant} />
