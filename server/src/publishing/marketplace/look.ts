import { plus, type Duration } from '../../kernel/duration.ts'
import type { Instant } from '../../kernel/time.ts'
import type { ListingSettings } from './settings.ts'
import { keyOf, type AppState } from './state.ts'

/** What a listing shows, and whether that is what it should show. Pure. */

/** What a look found. */
export type Seen =
  | {
      readonly kind: 'shown'
      readonly badges: { readonly [badge: string]: boolean }
      readonly listing: AppState['listing']['state'] | null
    }
  /** There is no such listing, so nothing is shown. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'unreadable'; readonly why: string }

type Read = NonNullable<ListingSettings['read']>

/** Reads an answer by the operator's mapping. */
export function seenIn(read: Read, answer: { readonly status: number; readonly type: string; readonly text: string }): Seen {
  if (answer.status === 404 || answer.status === 410) return { kind: 'gone' }
  if (answer.status !== 200) return { kind: 'unreadable', why: `status ${answer.status}` }
  return 'page' in read ? seenOnPage(read.page, answer) : seenInApi(read.api, answer)
}

function seenOnPage(
  { badges }: Extract<Read, { readonly page: unknown }>['page'],
  { type, text }: { readonly type: string; readonly text: string },
): Seen {
  if (!/^(text\/html|application\/xhtml\+xml)\b/i.test(type)) return { kind: 'unreadable', why: 'not a page' }
  const source = withoutComments(text)
  return {
    kind: 'shown',
    badges: Object.fromEntries(badges.map((badge) => [keyOf(badge), badge.marks.some((mark) => source.includes(mark))])),
    listing: null,
  }
}

/** What stands in a comment is shown to nobody. Cut in one pass: a page is as long as somebody likes. */
function withoutComments(html: string): string {
  let kept = ''
  let from = 0
  for (;;) {
    const begin = html.indexOf('<!--', from)
    if (begin < 0) return kept + html.slice(from)
    kept += html.slice(from, begin)
    const end = html.indexOf('-->', begin + 4)
    if (end < 0) return kept
    from = end + 3
  }
}

function seenInApi(
  { badges, listing }: Extract<Read, { readonly api: unknown }>['api'],
  { type, text }: { readonly type: string; readonly text: string },
): Seen {
  if (!/^application\/([\w.+-]+\+)?json\b/i.test(type)) return { kind: 'unreadable', why: 'not JSON' }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { kind: 'unreadable', why: `broken JSON (${error instanceof Error ? error.name : 'unknown'})` }
  }
  if (typeof value !== 'object' || value === null) return { kind: 'unreadable', why: 'not an object' }
  const answers = (at: string, wanted: readonly unknown[]): boolean => wanted.includes(valueAt(value, at))
  return {
    kind: 'shown',
    badges: Object.fromEntries(badges.map((badge) => [keyOf(badge), answers(badge.at, badge.shown_when)])),
    listing:
      listing === undefined
        ? null
        : answers(listing.at, listing.hidden_when)
          ? 'hidden'
          : answers(listing.at, listing.paused_when)
            ? 'paused'
            : 'listed',
  }
}

/** RFC 6901, over own members only: an answer that inherits is no answer. */
function valueAt(value: unknown, pointer: string): unknown {
  let here: unknown = value
  for (const part of pointer.slice(1).split('/')) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, name)) return undefined
    here = (here as { readonly [member: string]: unknown })[name]
  }
  return here
}

/** What a listing shows otherwise than it should. */
export type MismatchKind = 'shown_without_badge' | 'missing_after_grant' | 'open_after_hide' | 'closed_while_listed' | 'unreadable'
export type Mismatch = {
  /** `programme.tier`, or `listing`. */
  readonly of: string
  readonly kind: MismatchKind
  /** Since when it should have shown something else. */
  readonly since: Instant
}

/** Holds what was seen against what is so. A change counts only when the marketplace has had its time for it. */
export function mismatchesOf(
  state: AppState,
  seen: Exclude<Seen, { readonly kind: 'unreadable' }>,
  settings: ListingSettings,
  now: Instant,
): readonly Mismatch[] {
  const { read } = settings
  if (read === undefined) return []
  const over = (since: Instant): boolean => plus(since, settings.allowance as Duration) <= now
  const mapped = ('page' in read ? read.page.badges : read.api.badges).map(keyOf)
  const badges = mapped.flatMap((of): readonly Mismatch[] => {
    const badge = state.badges.find((one) => keyOf(one) === of)
    const shown = seen.kind === 'shown' && seen.badges[of] === true
    const since = badge?.shown_since ?? state.listing.since
    // A badge that was never held has no loss that could be on its way.
    if (shown === (badge?.shown ?? false) || (badge !== undefined && !over(since))) return []
    // What is not there any more by our own word need not show a badge either.
    if (seen.kind === 'gone' && state.listing.state !== 'listed') return []
    return [{ of, kind: shown ? 'shown_without_badge' : 'missing_after_grant', since }]
  })
  return over(state.listing.since) ? [...badges, ...listingMismatch(state, seen, read)] : badges
}

function listingMismatch({ listing }: AppState, seen: Exclude<Seen, { readonly kind: 'unreadable' }>, read: Read): readonly Mismatch[] {
  const of = (kind: MismatchKind): readonly Mismatch[] => [{ of: 'listing', kind, since: listing.since }]
  if ('page' in read) {
    const should_be_gone = listing.state !== 'listed' && read.page.gone_when?.includes(listing.state) === true
    if (should_be_gone && seen.kind !== 'gone') return of('open_after_hide')
    return listing.state === 'listed' && seen.kind === 'gone' ? of('closed_while_listed') : []
  }
  if (seen.kind === 'gone') return listing.state === 'listed' ? of('closed_while_listed') : []
  if (seen.listing === null || seen.listing === listing.state) return []
  return of(listing.state === 'listed' ? 'closed_while_listed' : 'open_after_hide')
}

/** Those of the second look that the first one found as well: a page that is being replaced is no mismatch. */
export const confirmed = (first: readonly Mismatch[], second: readonly Mismatch[]): readonly Mismatch[] =>
  second.filter((one) => first.some((before) => sameMismatch(before, one)))

export const sameMismatch = (a: Pick<Mismatch, 'of' | 'kind'>, b: Pick<Mismatch, 'of' | 'kind'>): boolean =>
  a.of === b.of && a.kind === b.kind
