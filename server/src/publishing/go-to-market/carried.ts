import { csvCell } from '../../assessments/projection.ts'
import { becauseInWords } from '../because.ts'
import { atomOf, withoutControls } from '../feed.ts'
import { STATE_WORDS } from '../pages/parts.tsx'
import { badgeTitle, catalogueOf, type Shelf } from '../shelf.ts'
import { counted, dayInWords } from '../words.ts'
import type { Differences, Edition, EditionRow } from './edition.ts'
import type { EditionHead } from './editions-view.ts'

/** An edition as files that others read: CSV for spreadsheets, Atom for feed readers. Pure. */

/** Marks the text as UTF-8; without it spreadsheets read accents as something else. */
const BYTE_ORDER_MARK = '\uFEFF'

/** The list as a spreadsheet takes it: no cell can be a formula. */
export function editionAsCsv(edition: Edition, shelf: Shelf): string {
  const head = [
    'app',
    'name',
    'partner',
    'badge',
    'state',
    'since',
    'valid until',
    'cure until',
    'why',
    'listing',
    'listing address',
    'trust page',
    'edition',
    'day',
  ]
  const lines = edition.rows.map((row) => [
    row.app,
    row.name,
    row.partner_name,
    badgeTitle(shelf, { programme: edition.programme, tier: row.tier }),
    STATE_WORDS[row.state],
    row.since.slice(0, 10),
    row.valid_until?.slice(0, 10) ?? '',
    row.cure_until?.slice(0, 10) ?? '',
    whyOf(row, edition, shelf),
    row.listing,
    row.listing_url ?? '',
    row.trust_url,
    String(edition.number),
    edition.day,
  ])
  return `${BYTE_ORDER_MARK}${[head, ...lines].map((cells) => cells.map((cell) => csvCell(withoutControls(cell))).join(',')).join('\r\n')}\r\n`
}

/** Why a row stands as it does, by the rules that its edition was cut under; empty where there is nothing to say. */
export const whyOf = (row: EditionRow, edition: Pick<Edition, 'programme' | 'digest'>, shelf: Shelf): string =>
  row.state === 'active' ? '' : becauseInWords(row, catalogueOf(shelf, edition))

/** Editions as a feed, the newest first: RFC 4287. */
export function feedOf(given: {
  readonly title: string
  readonly programme: string
  readonly public_url: string
  readonly marketplace: string
  readonly heads: readonly EditionHead[]
  /** When there is no edition yet, what the feed's own moment is. */
  readonly updated: string
}): string {
  const { public_url, programme, heads } = given
  const here = `${public_url}/go-to-market/${encodeURIComponent(programme)}`
  const files = `${public_url}/api/v1/go-to-market/${encodeURIComponent(programme)}/editions`
  return atomOf({
    title: given.title,
    about: here,
    self: `${here}/feed.atom`,
    author: given.marketplace,
    updated: given.updated,
    items: heads.toReversed().map((head) => ({
      id: `${here}/${head.number}`,
      url: `${here}/${head.number}`,
      title: `Edition ${head.number} of ${dayInWords(head.day)}`,
      text: `${counted(head.held, 'badge')} held, ${counted(head.rows, 'row')} in all. ${head.hash}`,
      at: head.as_of,
      enclosure: { type: 'text/csv', url: `${files}/${head.number}.csv` },
    })),
  })
}

/** Differences in a sentence: `1 added, 2 changed`. */
export function differencesInWords({ added, removed, changed }: Differences): string {
  const parts = [
    [added.length, 'added'],
    [removed.length, 'removed'],
    [changed.length, 'changed'],
  ] as const
  const told = parts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`)
  return told.length === 0 ? 'Nothing changed' : told.join(', ')
}
