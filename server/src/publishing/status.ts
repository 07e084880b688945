import type { Instant } from '../kernel/time.ts'
import { after, DAY_MS, parseInstant } from '../kernel/time.ts'
import { MAINTENANCE } from '../attribution/ledger.ts'
import type { FeedItem } from './feed.ts'
import { historyInWords } from './history-words.ts'
import type { PublicApp, PublicDay } from './public-app.ts'
import type { PublicEntry } from './public-ledger.ts'
import type { Shelf } from './shelf.ts'
import { counted, dayInWords, durationInWords, grouped, idInWords, momentInWords } from './words.ts'

/** How an app fares, from what is public of it and nothing else. Pure. */
export type Status = {
  readonly app: string
  readonly name: string
  readonly as_of: Instant
  /** Planned downtime that two people agreed on and that is not over, the soonest first. */
  readonly planned: readonly { readonly from: string; readonly to: string; readonly endpoint: string | null }[]
  /** What happened, the newest first: days with failures, what the ledger took out, and changes of the badge. */
  readonly items: readonly StatusItem[]
}

export type StatusItem = Omit<FeedItem, 'enclosure'> & { readonly kind: 'day' | 'ledger' | 'badge' }

/** As many as a feed carries. */
const NEWEST = 100

export function statusOf(given: {
  readonly app: PublicApp
  readonly entries: readonly PublicEntry[]
  readonly shelf: Shelf
  readonly public_url: string
  readonly now: Instant
}): Status {
  const { app, entries, shelf, public_url, now } = given
  const trust = `${public_url}/apps/${encodeURIComponent(app.app)}`
  const items: readonly StatusItem[] = [
    ...app.days.filter(({ good, total }) => good < total).map((day) => ofDay(day, trust)),
    ...entries.filter(({ reverses }) => reverses === null).map((entry) => ofEntry(entry, trust)),
    ...app.history
      .filter(({ what, tier }) => tier !== null || what.startsWith('listing_'))
      .map((entry): StatusItem => ({
        kind: 'badge',
        id: `${trust}/status#${entry.what}-${entry.tier ?? 'listing'}-${entry.at}`,
        url: trust,
        title: historyInWords(entry, shelf),
        text: `${app.name}, ${momentInWords(entry.at)}.`,
        at: entry.at,
      })),
  ]
  return {
    app: app.app,
    name: app.name,
    as_of: app.as_of,
    planned: entries
      .filter(({ cause, reversed, reverses }) => cause === MAINTENANCE && !reversed && reverses === null)
      .flatMap(({ occurrences, endpoint }) => occurrences.filter(({ to }) => to > now).map(({ from, to }) => ({ from, to, endpoint })))
      .toSorted((a, b) => (a.from < b.from ? -1 : 1))
      .slice(0, MOST_PLANNED),
    items: items.toSorted((a, b) => (a.at > b.at ? -1 : a.at < b.at ? 1 : a.id < b.id ? -1 : 1)).slice(0, NEWEST),
  }
}

const MOST_PLANNED = 20

/** A day is told when it is over, and then for good. */
function ofDay({ indicator, day, good, total, unknown }: PublicDay, trust: string): StatusItem {
  const at = after(parseInstant(day), DAY_MS)
  const unseen = unknown === 0 ? '' : ` ${counted(unknown, 'minute')} could not be judged.`
  return {
    kind: 'day',
    id: `${trust}/status#${indicator}-${day}`,
    url: `${trust}/status`,
    title: `${idInWords(indicator)}: ${counted(total - good, 'bad minute')} on ${dayInWords(day)}`,
    text: `${grouped(total - good)} of ${counted(total, 'judged minute')} were bad.${unseen}`,
    at,
  }
}

function ofEntry(
  { entry, cause, occurrences, endpoint, signed_at, reversed, counted: still_counted }: PublicEntry,
  trust: string,
): StatusItem {
  const [first] = occurrences
  const when = first === undefined ? '' : ` from ${momentInWords(parseInstant(first.from))}, for ${durationInWords(spanOf(first))}`
  const more = occurrences.length > 1 ? `, and ${occurrences.length - 1} more times` : ''
  const where = endpoint === null ? '' : ` at ${endpoint}`
  const taken = still_counted ? 'Its minutes stay in the figure.' : 'Its minutes are taken out of the figure.'
  return {
    kind: 'ledger',
    id: `${trust}/ledger#${entry}`,
    url: `${trust}/ledger`,
    title: `${cause === MAINTENANCE ? 'Planned downtime' : `Outage, put down to: ${idInWords(cause).toLowerCase()}`}${when}${more}${where}`,
    text: reversed ? 'Taken back later: nothing is taken out for it.' : taken,
    at: signed_at,
  }
}

/** As a duration in minutes. */
const spanOf = ({ from, to }: { readonly from: string; readonly to: string }): string =>
  `PT${Math.round((Date.parse(to) - Date.parse(from)) / 60_000)}M`
