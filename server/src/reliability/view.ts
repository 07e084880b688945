import type { RecordedEvent } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import type { Day, Instant } from '../kernel/time.ts'
import { openKey, type OpenAlert } from './alerts.ts'
import type { AlertEvent, DayClosedEvent, EndpointEvent, Inherits, MassFailureEvent, ReliabilityEvent, WindowTold } from './events.ts'
import { badAllowed } from './objective-rule.ts'
import { targetOf, toldKey } from './series.ts'

/** Days that are shown in one bar. */
export const DAYS_KEPT = 90

/** A UTC day of an indicator in a bar: nothing that a stranger may not know. */
export type PublicDay = { readonly day: Day; readonly good: number; readonly total: number; readonly unknown: number }

/** The newest closed days of an app by indicator, oldest first. */
export type DaysDocument = { readonly [indicator: string]: readonly PublicDay[] }

/** Name of the view; key is the app. */
export const DAYS = 'reliability.days'

export const daysView: View<DaysDocument> = {
  name: DAYS,
  version: 1,
  listens: ['reliability.day_closed'],
  // The guarantee of the cast: this slice's events carry their app. A bar shows the app as a whole, not each of its endpoints.
  keys: ({ payload }) =>
    (payload as DayClosedEvent['payload']).endpoint === undefined ? [(payload as DayClosedEvent['payload']).app] : [],
  initial: {},
  fold(document, recorded) {
    const { indicator, day, good, total, unknown } = (recorded as unknown as DayClosedEvent).payload
    const told = document[indicator] ?? []
    const newest = told.at(-1)
    // Days come in order but for a correction.
    const before = newest === undefined || newest.day < day ? told : told.filter((one) => one.day < day)
    return { ...document, [indicator]: [...before.slice(-DAYS_KEPT + 1), { day, good, total, unknown }] }
  },
}

/** Endpoints of an app that are or were counted by themselves, by base URL. Empty while the app is counted as a whole. */
export type EndpointsDocument = {
  readonly [endpoint: string]: { readonly since: Instant; readonly inherits: Inherits; readonly watched: boolean }
}

/** Name of the view; key is the app. */
export const ENDPOINTS = 'reliability.endpoints'

export const endpointsView: View<EndpointsDocument> = {
  name: ENDPOINTS,
  version: 1,
  listens: ['reliability.endpoint_joined', 'reliability.endpoint_left'],
  // The guarantee of the casts: it listens to these two and nothing else.
  keys: (event) => [(event.payload as EndpointEvent['payload']).app],
  initial: {},
  fold(document, recorded) {
    const event = recorded as unknown as EndpointEvent
    const { endpoint, at } = event.payload
    const before = document[endpoint]
    if (event.type === 'reliability.endpoint_left')
      return before === undefined ? document : { ...document, [endpoint]: { ...before, watched: false } }
    // One that comes back still has the minutes that it had.
    return {
      ...document,
      [endpoint]: before === undefined ? { since: at, inherits: event.payload.inherits, watched: true } : { ...before, watched: true },
    }
  },
}

/** What was last told of an objective, and since when it is lost. */
export type ObjectiveTold = { readonly told: WindowTold; readonly at: Instant; readonly lost_since: Instant | null }

/** Objectives of an app by `toldKey`. */
export type ObjectivesDocument = { readonly [key: string]: ObjectiveTold }

/** Name of the view; key is the app. A restart reads from it what was told. */
export const OBJECTIVES = 'reliability.objectives'

export const objectivesView: View<ObjectivesDocument> = {
  name: OBJECTIVES,
  version: 1,
  listens: ['reliability.objective_lost', 'reliability.objective_regained', 'reliability.window_counted', 'reliability.endpoint_left'],
  keys: (event) => [(event.payload as unknown as WindowTold).app],
  initial: {},
  fold(document, recorded) {
    const event = recorded as unknown as RecordedEvent & (ReliabilityEvent | EndpointEvent)
    if (event.type === 'reliability.endpoint_joined') return document
    if (event.type === 'reliability.endpoint_left') return without(document, event.payload.endpoint)
    const { type, payload: told, at } = event
    const key = toldKey(told)
    const before = document[key]
    return { ...document, [key]: { told, at, lost_since: lostSince(type, before?.lost_since ?? null, told) } }
  },
}

/** An endpoint that nobody asks any more starts anew if it comes back. */
const without = (document: ObjectivesDocument, endpoint: string): ObjectivesDocument =>
  Object.fromEntries(Object.entries(document).filter(([, { told }]) => told.endpoint !== endpoint))

/** Since the minute in which it was lost, until a count that says that it is not lost any more. */
function lostSince(type: ReliabilityEvent['type'], before: Instant | null, told: WindowTold): Instant | null {
  if (type === 'reliability.objective_lost') return told.to
  if (type === 'reliability.objective_regained' || before === null) return null
  return told.expected !== null && told.total - told.good > badAllowed(told.expected, told.target) ? before : null
}

/** Alerts of an app that have fired and are not over, by `openKey`; and when one last fired or ended, by `seriesKey`: a restart reads both. */
export type AlertsDocument = {
  readonly open: { readonly [key: string]: OpenAlert }
  readonly told_at: { readonly [series: string]: Instant }
}

/** Name of the view; key is the app. */
export const ALERTS = 'reliability.alerts'

/** Tells the series of an app apart. */
export const seriesKey = (indicator: string, target: string, endpoint = ''): string =>
  `${indicator}|${target}${endpoint === '' ? '' : `|${endpoint}`}`

export const alertsView: View<AlertsDocument> = {
  name: ALERTS,
  version: 1,
  listens: ['reliability.alert_fired', 'reliability.alert_resolved'],
  keys: (event) => [(event.payload as AlertEvent['payload']).app],
  initial: { open: {}, told_at: {} },
  fold({ open, told_at }, recorded) {
    // The guarantee of the cast: it listens to these two and nothing else.
    const { type, payload } = recorded as unknown as AlertEvent
    const { indicator, tier, objective, at, endpoint } = payload
    const key = openKey(payload)
    const others = Object.fromEntries(Object.entries(open).filter(([known]) => known !== key))
    const series = seriesKey(indicator, targetOf(objective.good_when_at_most), endpoint)
    return {
      open:
        type === 'reliability.alert_fired'
          ? { ...others, [key]: { ...(endpoint === undefined ? {} : { endpoint }), indicator, tier, objective, at } }
          : others,
      told_at: { ...told_at, [series]: at },
    }
  },
}

/** Since when most apps fail together, and how many of those that were judged did so then. */
export type MassFailureDocument = { readonly since: Instant; readonly failing: number; readonly judged: number }

/** Name of the view; its one document is there while the alarm lasts. The operator's only. */
export const MASS_FAILURE = 'reliability.mass_failure'

/** Key of that document. */
export const HERE = 'here'

export const massFailureView: View<MassFailureDocument | null> = {
  name: MASS_FAILURE,
  version: 1,
  listens: ['reliability.mass_failure_seen', 'reliability.mass_failure_over'],
  keys: () => [HERE],
  initial: null,
  fold(_, recorded) {
    // The guarantee of the cast: it listens to these two and nothing else.
    const event = recorded as unknown as MassFailureEvent
    if (event.type === 'reliability.mass_failure_over') return null
    const { at, failing, judged } = event.payload
    return { since: at, failing, judged }
  },
}
