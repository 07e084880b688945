import { foremost, type BadgeWord, type PublicAppLine, type PublicBadge } from './public-app.ts'

/** The directory as a question: pure, so that the page and the interface give the same answer. */

export type DirectoryQuery = {
  /** `programme.tier`, or null for all. */
  readonly tier: string | null
  readonly state: BadgeWord | 'none' | null
  readonly platform: PublicAppLine['platform'] | null
  readonly text: string
  readonly sort: DirectorySort
  /** The app after which the list goes on. */
  readonly after: string | null
  readonly limit: number
}

export const SORTS = ['name', 'state', 'newest'] as const
export type DirectorySort = (typeof SORTS)[number]

/** An app with the badge that speaks for it under this question. */
export type DirectoryRow = { readonly line: PublicAppLine; readonly badge: PublicBadge | null; readonly partner_name: string }

export type DirectoryPage = {
  readonly rows: readonly DirectoryRow[]
  /** Apps that the question fits, on all pages. */
  readonly total: number
  /** All apps there are. */
  readonly of: number
  /** The `after` of the next page, or null on the last. */
  readonly next: string | null
}

/** Answers a question over all lines. */
export function searchDirectory(
  lines: readonly PublicAppLine[],
  query: DirectoryQuery,
  given: { readonly partnerName: (id: string) => string; readonly placeOf: (badge: PublicBadge) => number },
): DirectoryPage {
  const wanted = folded(query.text)
  const fitting = lines
    .map((line): DirectoryRow => {
      const badges = query.tier === null ? line.badges : line.badges.filter((badge) => `${badge.programme}.${badge.tier}` === query.tier)
      return { line, badge: foremost(badges, given.placeOf), partner_name: given.partnerName(line.partner) }
    })
    .filter(
      ({ line, badge, partner_name }) =>
        (query.tier === null || badge !== null || query.state === 'none') &&
        (query.state === null || (badge?.state ?? 'none') === query.state) &&
        (query.platform === null || line.platform === query.platform) &&
        (wanted === '' || [line.name, line.app, partner_name].some((text) => folded(text).includes(wanted))),
    )
    .sort(ORDERS[query.sort])
  const from = query.after === null ? 0 : fitting.findIndex(({ line }) => line.app === query.after) + 1
  const rows = fitting.slice(from, from + query.limit)
  const last = rows.at(-1)
  return {
    rows,
    total: fitting.length,
    of: lines.length,
    next: last !== undefined && from + rows.length < fitting.length ? last.line.app : null,
  }
}

/** Without case and accents, so that `cafe` finds `Café`. */
const folded = (text: string): string => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().trim()

const byName = (a: DirectoryRow, b: DirectoryRow): number => {
  const [left, right] = [folded(a.line.name), folded(b.line.name)]
  if (left !== right) return left < right ? -1 : 1
  return a.line.app < b.line.app ? -1 : 1
}

/** What needs a reader's eye first; apps without a badge at the end. */
const STATE_ORDER = { at_risk: 0, suspended: 1, revoked: 2, expired: 3, active: 4, none: 5 } as const satisfies Record<
  BadgeWord | 'none',
  number
>

const ORDERS = {
  name: byName,
  state: (a, b) => STATE_ORDER[a.badge?.state ?? 'none'] - STATE_ORDER[b.badge?.state ?? 'none'] || byName(a, b),
  newest: (a, b) => (a.line.as_of === b.line.as_of ? byName(a, b) : a.line.as_of < b.line.as_of ? 1 : -1),
} as const satisfies Record<DirectorySort, (a: DirectoryRow, b: DirectoryRow) => number>
