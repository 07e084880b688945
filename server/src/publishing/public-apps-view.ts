import type { DirectoryEvent } from '../directory/events.ts'
import type { RecordedEvent } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import type { Instant } from '../kernel/time.ts'
import type { EndpointEvent } from '../reliability/events.ts'
import { STATE_AFTER, type DisclosureEvent } from './events.ts'
import {
  PUBLIC_APPS,
  PUBLIC_DIRECTORY,
  type PublicApp,
  type PublicAppLine,
  type PublicBadge,
  type PublicDay,
  type PublicFigure,
  type PublicHistory,
  type PublicStanding,
} from './public-app.ts'

/** Days that the bar shows; older ones are in the log. */
export const DAYS_SHOWN = 90
/** The newest of what happened; a page of more would not be read. */
const HISTORY_KEPT = 100

/** What `reliability.day_closed` carries. */
type DayClosed = {
  readonly app: string
  readonly endpoint?: string
  readonly indicator: string
  readonly day: string
  readonly good: number
  readonly total: number
  readonly unknown: number
}

const LISTENS = [
  'directory.app_registered',
  'directory.descriptor_read',
  'directory.domain_proven',
  'directory.consent_withdrawn',
  'reliability.objective_lost',
  'reliability.objective_regained',
  'reliability.window_counted',
  'reliability.day_closed',
  'reliability.endpoint_left',
  'badges.listing_hidden',
  'badges.listing_paused',
  'badges.listing_relisted',
  'publishing.badge_disclosed',
  'publishing.rows_disclosed',
  'publishing.figures_disclosed',
] as const

/** The guarantee of the cast: everything listened to carries its app. */
const appOf = (event: RecordedEvent): readonly string[] => [(event.payload as { readonly app: string }).app]

/** Every app as the world may see it. Figures appear with the first badge: before that nobody asked to be compared. */
export const publicAppsView: View<PublicApp | null> = {
  name: PUBLIC_APPS,
  version: 1,
  listens: LISTENS,
  keys: appOf,
  initial: null,
  fold: (app, event) => foldPublicApp(app, event),
}

/** The same, cut down to what a list shows, so that a directory of thousands stays quick. */
export const publicDirectoryView: View<PublicAppLine | null> = {
  name: PUBLIC_DIRECTORY,
  version: 1,
  listens: LISTENS.filter(
    (type) => !type.startsWith('reliability.') && type !== 'publishing.rows_disclosed' && type !== 'publishing.figures_disclosed',
  ),
  keys: appOf,
  initial: null,
  fold(line, event) {
    const app = foldPublicApp(line === null ? null : { ...NOTHING, ...line }, event)
    return app === null ? null : lineOf(app)
  },
}

/** The part of an app that a list shows. */
export const lineOf = ({ app, name, partner, platform, listing, as_of, badges }: PublicApp): PublicAppLine => ({
  app,
  name,
  partner,
  platform,
  listing,
  as_of,
  badges,
})

const NOTHING = {
  hosting: 'remote',
  registered_at: '1970-01-01T00:00:00.000Z' as Instant,
  watched: false,
  standings: [],
  figures: [],
  days: [],
  scopes: [],
  egress: [],
  history: [],
} as const satisfies Partial<PublicApp>

type Heard =
  | Extract<
      DirectoryEvent,
      {
        readonly type: 'directory.app_registered' | 'directory.descriptor_read' | 'directory.domain_proven' | 'directory.consent_withdrawn'
      }
    >
  | {
      readonly type: 'reliability.objective_lost' | 'reliability.objective_regained' | 'reliability.window_counted'
      readonly payload: PublicFigure & { readonly app: string }
    }
  | { readonly type: 'reliability.day_closed'; readonly payload: DayClosed }
  | Extract<EndpointEvent, { readonly type: 'reliability.endpoint_left' }>
  | {
      readonly type: 'badges.listing_hidden' | 'badges.listing_paused' | 'badges.listing_relisted'
      readonly payload: { readonly app: string }
    }
  | DisclosureEvent

/** What was told of an app so far, from its own stream: a view is a step behind within a transaction. */
export function toldSoFar(app: string, stream: readonly RecordedEvent[]): Pick<PublicApp, 'badges' | 'standings' | 'days'> {
  const at = NOTHING.registered_at
  const nobody: PublicApp = { ...NOTHING, app, name: '', partner: '', platform: 'neutral', listing: 'listed', as_of: at, badges: [] }
  return stream.reduce<PublicApp>((sum, event) => foldPublicApp(sum, event) ?? sum, nobody)
}

/** Folds one event. The cast holds for the types in LISTENS; what else they carry is not looked at. */
function foldPublicApp(app: PublicApp | null, recorded: RecordedEvent): PublicApp | null {
  const event = recorded as unknown as Heard
  const { at } = recorded
  if (event.type === 'directory.app_registered') {
    const { name, organisation, platform, hosting } = event.payload
    return {
      ...NOTHING,
      app: event.payload.app,
      name,
      partner: organisation,
      platform,
      hosting,
      registered_at: at,
      listing: 'listed',
      as_of: at,
      badges: [],
      history: [happened(at, 'registered')],
    }
  }
  if (app === null) return null
  switch (event.type) {
    case 'directory.descriptor_read':
      return withDescriptor(app, event.payload, at)
    case 'directory.domain_proven':
      return app.watched ? app : told({ ...app, watched: true }, happened(at, 'watch_began'))
    case 'directory.consent_withdrawn':
      return told({ ...app, watched: false }, happened(at, 'watch_ended'))
    case 'badges.listing_hidden':
      return told({ ...app, listing: 'hidden' }, happened(at, 'listing_hidden'))
    case 'badges.listing_paused':
      return told({ ...app, listing: 'paused' }, happened(at, 'listing_paused'))
    case 'badges.listing_relisted':
      return told({ ...app, listing: 'listed' }, happened(at, 'listing_relisted'))
    case 'reliability.objective_lost':
    case 'reliability.objective_regained':
    case 'reliability.window_counted':
      return app.badges.length === 0 ? app : { ...app, figures: withFigure(app.figures, figureOf(event.payload)), as_of: at }
    case 'reliability.endpoint_left':
      return { ...app, figures: app.figures.filter(({ endpoint }) => endpoint !== event.payload.endpoint) }
    case 'reliability.day_closed':
      // The bar shows the app as a whole.
      if (event.payload.endpoint !== undefined) return app
      return app.badges.length === 0 ? app : { ...app, days: withDay(app.days, dayOfClosed(event.payload)), as_of: at }
    case 'publishing.figures_disclosed':
      return {
        ...app,
        figures: event.payload.figures.reduce(withFigure, app.figures),
        days: event.payload.days.reduce(withDay, app.days),
        as_of: at,
      }
    case 'publishing.badge_disclosed':
      return withBadge(app, event.payload, at)
    case 'publishing.rows_disclosed':
      return { ...app, standings: withRows(app.standings, event.payload, at), as_of: at }
  }
}

function withDescriptor(
  app: PublicApp,
  read: Extract<DirectoryEvent, { readonly type: 'directory.descriptor_read' }>['payload'],
  at: Instant,
): PublicApp {
  const scopes = read.scopes.map((scope) => app.scopes.find((before) => before.scope === scope) ?? { scope, since: at })
  const egress = read.egress.map(
    ({ kind, address, analytics }) =>
      app.egress.find((before) => before.kind === kind && before.address === address && before.analytics === analytics) ?? {
        kind,
        address,
        analytics,
        since: at,
      },
  )
  const after: PublicApp = { ...app, platform: read.platform, hosting: read.hosting, scopes, egress }
  // The first descriptor belongs to the registration; only later ones change something that a reader relied on.
  const first = app.history.every((entry) => entry.what === 'registered') && app.scopes.length === 0 && app.egress.length === 0
  if (first) return { ...after, as_of: at }
  const changes = [
    { what: 'scopes_added' as const, names: missing(scopes, app.scopes, (one) => one.scope) },
    { what: 'scopes_dropped' as const, names: missing(app.scopes, scopes, (one) => one.scope) },
    { what: 'egress_added' as const, names: missing(egress, app.egress, (one) => one.address) },
    { what: 'egress_dropped' as const, names: missing(app.egress, egress, (one) => one.address) },
  ]
  return changes.reduce((sum, { what, names }) => (names.length === 0 ? sum : told(sum, happened(at, what, { names }))), {
    ...after,
    as_of: at,
  })
}

/** Names that the first list has and the second has not. */
function missing<T>(from: readonly T[], others: readonly T[], nameOf: (one: T) => string): readonly string[] {
  const there = new Set(others.map(nameOf))
  return [...new Set(from.map(nameOf))].filter((name) => !there.has(name))
}

function withBadge(
  app: PublicApp,
  told_of: Extract<DisclosureEvent, { readonly type: 'publishing.badge_disclosed' }>['payload'],
  at: Instant,
): PublicApp {
  const { programme, tier, what, valid_until, cure_until, reasons, why } = told_of
  const before = app.badges.find((badge) => badge.programme === programme && badge.tier === tier)
  const state = STATE_AFTER[what]
  const badge: PublicBadge = {
    programme,
    tier,
    state,
    since: before === undefined || before.state !== state || what === 'granted' ? at : before.since,
    granted_at: what === 'granted' || before === undefined ? at : before.granted_at,
    valid_until: valid_until ?? before?.valid_until ?? null,
    cure_until: cureUntil(state, cure_until, before),
    reasons,
    why,
  }
  const badges = [...app.badges.filter((one) => one !== before), badge].sort((a, b) =>
    `${a.programme}.${a.tier}` < `${b.programme}.${b.tier}` ? -1 : 1,
  )
  // That a time to cure moved is seen at the badge; as an entry of its own it would only lengthen the list.
  return what === 'cure_changed'
    ? { ...app, badges, as_of: at }
    : told({ ...app, badges }, happened(at, what, { programme, tier, reasons, why }))
}

/** A cure ends with what it was for; a suspension still shows when it ran out. */
function cureUntil(state: PublicBadge['state'], cure_until: Instant | null, before: PublicBadge | undefined): Instant | null {
  switch (state) {
    case 'at_risk':
    case 'suspended':
      return cure_until ?? before?.cure_until ?? null
    case 'active':
    case 'revoked':
    case 'expired':
      return null
  }
}

function withRows(
  standings: readonly PublicStanding[],
  told_of: Extract<DisclosureEvent, { readonly type: 'publishing.rows_disclosed' }>['payload'],
  at: Instant,
): readonly PublicStanding[] {
  const { programme, version, digest, whole, rows, in_cure } = told_of
  const others = standings.filter((one) => one.programme !== programme)
  const before = whole ? [] : (standings.find((one) => one.programme === programme)?.rows ?? [])
  const closed = new Set(in_cure.map(({ pillar }) => pillar))
  const newer = new Map(rows.map((row) => [row.requirement, row]))
  const kept = before.filter((row) => !newer.has(row.requirement) && !(row.held_back_while_unmet && closed.has(row.pillar)))
  const all = [...kept, ...rows].sort((a, b) => (a.requirement < b.requirement ? -1 : 1))
  return [...others, { programme, version, digest, as_of: at, rows: all, in_cure }]
}

const happened = (
  at: Instant,
  what: PublicHistory['what'],
  of: Partial<Pick<PublicHistory, 'programme' | 'tier' | 'reasons' | 'why' | 'names'>> = {},
): PublicHistory => ({ at, what, programme: null, tier: null, reasons: [], why: [], names: [], ...of })

/** Newest first. */
const told = (app: PublicApp, entry: PublicHistory): PublicApp => ({
  ...app,
  as_of: entry.at,
  history: [entry, ...app.history].slice(0, HISTORY_KEPT),
})

/** The newest count of each indicator, window and bound. */
function withFigure(figures: readonly PublicFigure[], figure: PublicFigure): readonly PublicFigure[] {
  const alike = (one: PublicFigure): boolean =>
    one.indicator === figure.indicator && one.window === figure.window && one.good_when_at_most === figure.good_when_at_most
  const same = (one: PublicFigure): boolean => alike(one) && one.endpoint === figure.endpoint
  // Once its endpoints are counted by themselves, nobody goes on telling of the app as a whole.
  const over = (one: PublicFigure): boolean => alike(one) && one.endpoint === undefined && one.to < figure.to
  const before = figures.find(same)
  if (before !== undefined && before.to > figure.to) return figures
  return [...figures.filter((one) => !same(one) && !over(one)), figure].sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
}

const placeOf = ({ indicator, endpoint = '' }: PublicFigure): string => `${indicator} ${endpoint}`

/** A day of an indicator, once; a correction takes the place of what it corrects. */
function withDay(days: readonly PublicDay[], day: PublicDay): readonly PublicDay[] {
  const others = days.filter((one) => one.indicator !== day.indicator)
  const before = days.filter((one) => one.indicator === day.indicator && one.day !== day.day)
  const newest = before.at(-1)
  // Days come in order but for a correction.
  const own = newest === undefined || newest.day < day.day ? [...before, day] : [...before, day].sort((a, b) => (a.day < b.day ? -1 : 1))
  return [...others, ...own.slice(-DAYS_SHOWN)]
}

/** The part of a window's count that may be shown: no evidence. */
export const figureOf = (counted: PublicFigure): PublicFigure => ({
  ...(counted.endpoint === undefined ? {} : { endpoint: counted.endpoint }),
  indicator: counted.indicator,
  window: counted.window,
  target: counted.target,
  good_when_at_most: counted.good_when_at_most,
  good: counted.good,
  total: counted.total,
  unknown: counted.unknown,
  expected: counted.expected,
  from: counted.from,
  to: counted.to,
  ...(counted.reported_by === undefined ? {} : { reported_by: counted.reported_by }),
  ...(counted.raw === undefined ? {} : { raw: counted.raw }),
})

/** The part of a closed day that may be shown. */
export const dayOfClosed = ({ indicator, day, good, total, unknown }: DayClosed): PublicDay => ({ indicator, day, good, total, unknown })
