import type { ReactElement, ReactNode } from 'react'
import type { Instant } from '../../kernel/time.ts'
import type { BadgeWord, PublicVerdict } from '../public-app.ts'
import type { Citation } from '../../programmes/schema.ts'
import { dayInWords, distanceInWords, momentInWords } from '../words.ts'
import { DrawnGlyph, Glyph } from './glyph.tsx'

/** What pages are put together from. One way to show each thing. */

/** A badge's state in words; `none` for an app that never held one. */
export const STATE_WORDS = {
  active: 'Active',
  at_risk: 'At risk',
  suspended: 'Suspended',
  revoked: 'Revoked',
  expired: 'Expired',
  none: 'No badge',
  unknown: 'Unknown',
} as const satisfies Record<BadgeWord | 'none' | 'unknown', string>

export type StateWord = keyof typeof STATE_WORDS

export const VERDICT_WORDS = {
  met: 'Met',
  unmet: 'Not met',
  unknown: 'Unknown',
  not_applicable: 'Does not apply',
  upcoming: 'Not in force yet',
  retired: 'Retired',
  waived: 'Waived',
} as const satisfies Record<PublicVerdict, string>

/** A badge's state: shape, word, colour, in this order of weight. */
export const State = ({ word }: { readonly word: StateWord }): ReactElement => (
  <span className={`state is-${word.replace('_', '-')}`}>
    <Glyph shape={word} />
    {STATE_WORDS[word]}
  </span>
)

/** A verdict, in the same way. */
export const VerdictWord = ({ word, drawn = false }: { readonly word: PublicVerdict; readonly drawn?: boolean }): ReactElement => (
  <span className={`verdict is-${word.replace('_', '-')}`}>
    {drawn ? <DrawnGlyph shape={word} /> : <Glyph shape={word} />}
    {VERDICT_WORDS[word]}
  </span>
)

/** A moment, to the minute. */
export const Moment = ({ at }: { readonly at: Instant }): ReactElement => <time dateTime={at}>{momentInWords(at)}</time>

/** A day. */
export const OnDay = ({ at }: { readonly at: string }): ReactElement => <time dateTime={at.slice(0, 10)}>{dayInWords(at)}</time>

/** A deadline: what is left first, then the date. */
export const Due = ({ at, now }: { readonly at: Instant; readonly now: Instant }): ReactElement => (
  <span className={at < now ? 'due is-past' : 'due'}>
    {distanceInWords(now, at)} <span className="quiet">({momentInWords(at)})</span>
  </span>
)

/** Text that came from outside: kept from turning the text around it over, and shown in the order in which it is written. */
export const Foreign = ({ children }: { readonly children: string }): ReactElement => (
  <bdi className="foreign">{withoutTricks(children)}</bdi>
)

/** The same where no element can stand, such as in a title. */
export const withoutTricks = (text: string): string => text.replaceAll(TRICKS, '')

/**
 * Marks that reorder text on the screen (Unicode bidirectional controls) and characters that print nothing, which make two
 * names look like one. The two joiners stay: scripts and pictures need them.
 */
const TRICKS = /[\u202a-\u202e\u2066-\u206f\u200b\u200e\u200f\u2060-\u2065\u061c\u00ad\ufeff\p{Cc}]/gu

export type Column = {
  readonly title: string
  /** Right-aligned, digits under digits. */
  readonly numeric?: boolean
  /** The cell that names its row. */
  readonly names?: boolean
}

/**
 * A table that is a list of cards on a phone. The roles are written out, since a browser drops them when a row is laid out as
 * a block.
 */
export function Table(props: {
  readonly caption: string
  readonly quiet_caption?: boolean
  readonly columns: readonly Column[]
  readonly rows: readonly { readonly key: string; readonly cells: readonly ReactNode[] }[]
}): ReactElement {
  const { caption, columns, rows } = props
  return (
    <table role="table">
      <caption className={props.quiet_caption === true ? 'unseen' : undefined}>{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th key={column.title} role="columnheader" scope="col" className={column.numeric === true ? 'number' : undefined}>
              {column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={row.key} role="row">
            {row.cells.map((cell, place) => cellOf(columns[place], cell, place))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function cellOf(column: Column | undefined, cell: ReactNode, place: number): ReactElement {
  const className = column?.numeric === true ? 'number' : undefined
  if (column?.names === true) {
    return (
      <th key={place} role="rowheader" scope="row" className={className}>
        {cell}
      </th>
    )
  }
  return (
    <td key={place} role="cell" data-label={column?.title} className={className}>
      {cell}
    </td>
  )
}

/** Nothing to show, why, and what to do next. */
export const Empty = ({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactElement => (
  <div className="empty">
    <p className="empty-title">{title}</p>
    <div>{children}</div>
  </div>
)

/** Terms and what belongs to them. */
export const Facts = ({ of }: { readonly of: readonly (readonly [string, ReactNode])[] }): ReactElement => (
  <dl className="facts">
    {of.map(([term, what]) => (
      <div key={term}>
        <dt>{term}</dt>
        <dd>{what}</dd>
      </div>
    ))}
  </dl>
)

/** A section with its heading, which also names the landmark. */
export const Section = ({
  id,
  title,
  children,
}: {
  readonly id: string
  readonly title: string
  readonly children: ReactNode
}): ReactElement => (
  <section aria-labelledby={id}>
    <h2 id={id}>{title}</h2>
    {children}
  </section>
)

/** How sure a citation is. */
const CONFIDENCE = {
  V: 'read in the original',
  I: 'told by somebody who read the original',
  U: 'inferred',
  ours: 'our own default: nothing is published',
} as const satisfies Record<Citation['confidence'], string>

/** Where a rule comes from and how sure that is. */
export const Citations = ({ of }: { readonly of: readonly Citation[] }): ReactElement => (
  <span className="small quiet">
    {of.map(({ source, no, read_on, confidence }, place) => (
      <span key={`${source} ${no ?? ''}`} className="foreign">
        {place === 0 ? '' : '; '}
        {/^https?:\/\//.test(source) ? (
          <a href={source} rel="nofollow noreferrer">
            {source}
          </a>
        ) : (
          source
        )}
        {no === undefined ? '' : `, no. ${no}`} ({CONFIDENCE[confidence]}
        {read_on === undefined ? '' : `, read on ${dayInWords(read_on)}`})
      </span>
    ))}
  </span>
)
