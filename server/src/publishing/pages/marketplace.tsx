import type { ReactElement, ReactNode } from 'react'
import type { Instant } from '../../kernel/time.ts'
import type { MismatchesDocument } from '../marketplace/mismatches-view.ts'
import type { ListingSettings } from '../marketplace/settings.ts'
import { mismatchInWords } from '../marketplace/words.ts'
import type { ChannelState } from '../outbox/state.ts'
import { badgeNamed, type Shelf } from '../shelf.ts'
import { counted, durationInWords, shortened } from '../words.ts'
import type { Chrome } from './chrome.ts'
import { Layout } from './layout.tsx'
import { Due, Empty, Facts, Foreign, Moment, Section, Table } from './parts.tsx'

/** Badges and listings on their way to the marketplace, and what it shows. */
export type MarketplaceRead = {
  readonly settings: ListingSettings | null
  readonly apps: readonly { readonly document: MismatchesDocument; readonly name: string; readonly listing_url: string | null }[]
  readonly states: number
  readonly webhooks: number
  readonly outbox: ChannelState
  /** When listings were last looked at, as far as this process knows. */
  readonly last_round: Instant | null
  readonly shelf: Shelf
  readonly now: Instant
}

/** The operator's page about the marketplace: what it is told, and what its listings show otherwise. */
export function MarketplacePage({
  chrome,
  read,
  may_look,
  told,
}: {
  readonly chrome: Chrome
  readonly read: MarketplaceRead
  readonly may_look: boolean
  readonly told: string | null
}): ReactElement {
  const { settings, last_round, outbox } = read
  const open = read.apps.flatMap(({ document, ...app }) => document.open.map((one) => ({ ...app, app: document.app, one })))
  const unread = read.apps.flatMap(({ document, ...app }) =>
    document.unread === null ? [] : [{ ...app, app: document.app, unread: document.unread }],
  )
  return (
    <Layout {...chrome} title="Marketplace">
      <div className="head">
        <p className="eyebrow">
          <a href="/overview">Overview</a>
        </p>
        <h1>Marketplace</h1>
        <p className="lead quiet">Badges and listings as the marketplace is told of them, and what its public listings show otherwise.</p>
      </div>
      {told === null ? null : (
        <p className="told" role="status">
          {told}
        </p>
      )}
      <div className="panel">
        <Facts
          of={[
            ['States', counted(read.states, 'app')],
            ['Pushed to', read.webhooks === 0 ? 'Nobody: the operator has no webhook' : counted(read.webhooks, 'webhook')],
            ['Still owed, all webhooks', outbox.owed === 0 ? 'Nothing' : counted(outbox.owed, 'delivery', 'deliveries')],
            [
              'Read back',
              settings?.read === undefined ? 'No: LISTINGS says nothing of it' : `Every ${durationInWords(settings.look_every)}`,
            ],
            ...(settings === null ? [] : [['Allowed delay', durationInWords(settings.allowance)] as const]),
            ['Last round', last_round === null ? 'None yet' : <Moment at={last_round} />],
          ]}
        />
      </div>
      <Section id="open" title="What listings show otherwise">
        {open.length === 0 ? (
          settings?.read === undefined ? (
            <Empty title="Nobody looks">
              <p>
                Say in the file that LISTINGS names where listings are and how a badge is told on them. Until then a badge that stays on a
                listing after its loss is noticed by nobody.
              </p>
            </Empty>
          ) : (
            <Empty title="Every listing shows what is so">
              <p>
                As far as they could be read at the last look. A difference is told here and by mail, and goes with the next look that
                agrees.
              </p>
            </Empty>
          )
        ) : (
          <Table
            caption={counted(open.length, 'difference')}
            columns={[
              { title: 'App', names: true },
              { title: 'What' },
              { title: 'Should be so since' },
              { title: 'Found' },
              { title: 'Look again' },
            ]}
            rows={open.map(({ app, name, listing_url, one }) => ({
              key: `${app} ${one.of} ${one.kind}`,
              cells: [
                <AppCell app={app} name={name} listing_url={listing_url} />,
                whatOf(one, read.shelf),
                <Moment at={one.since} />,
                <Moment at={one.at} />,
                <LookAgain app={app} may_look={may_look} />,
              ],
            }))}
          />
        )}
      </Section>
      {unread.length === 0 ? null : (
        <Section id="unread" title="Listings that cannot be read">
          <Table
            caption={counted(unread.length, 'listing')}
            columns={[{ title: 'App', names: true }, { title: 'Why' }, { title: 'Since' }, { title: 'Counts' }, { title: 'Look again' }]}
            rows={unread.map(({ app, name, listing_url, unread: { why, since, due_at } }) => ({
              key: app,
              cells: [
                <AppCell app={app} name={name} listing_url={listing_url} />,
                <Foreign>{why.replaceAll('_', ' ')}</Foreign>,
                <Moment at={since} />,
                <Due at={due_at} now={read.now} />,
                <LookAgain app={app} may_look={may_look} />,
              ],
            }))}
          />
        </Section>
      )}
    </Layout>
  )
}

function whatOf({ of, kind }: MismatchesDocument['open'][number], shelf: Shelf): string {
  const words = mismatchInWords({ of, kind }, badgeNamed(shelf, of))
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`
}

const AppCell = (given: { readonly app: string; readonly name: string; readonly listing_url: string | null }): ReactElement => (
  <div>
    <a href={`/apps/${encodeURIComponent(given.app)}`}>
      <Foreign>{shortened(given.name)}</Foreign>
    </a>
    {given.listing_url === null ? null : (
      <span className="small">
        {' '}
        <a href={given.listing_url} rel="noreferrer">
          Listing<span className="unseen"> of {given.app}</span>
        </a>
      </span>
    )}
  </div>
)

function LookAgain({ app, may_look }: { readonly app: string; readonly may_look: boolean }): ReactNode {
  if (!may_look) return 'Reviewers may'
  return (
    <form method="post" action={`/marketplace/${encodeURIComponent(app)}/looks`}>
      <button type="submit" className="is-quiet">
        Look now<span className="unseen"> at the listing of {app}</span>
      </button>
    </form>
  )
}
