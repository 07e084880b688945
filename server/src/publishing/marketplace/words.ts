import { render, says, type Messages } from '../../kernel/says.ts'
import type { Mismatch, MismatchKind } from './look.ts'

/** What is wrong with a listing, in words that fit after a colon. */
const TEXTS = {
  shown_without_badge: 'it shows {badge}, which the app does not hold',
  missing_after_grant: 'it does not show {badge}, which the app holds',
  open_after_hide: 'it can be found although it was hidden or paused',
  closed_while_listed: 'it cannot be found or is closed although the app is listed',
  unreadable: 'it cannot be read',
} as const satisfies Record<MismatchKind, string>

const MESSAGES: Messages = Object.fromEntries(Object.entries(TEXTS).map(([kind, text]) => [`publishing.mismatch.${kind}`, text]))

/** A mismatch as the end of a sentence; `badge` is the name of the badge where it is about one. */
export const mismatchInWords = ({ kind }: Pick<Mismatch, 'of' | 'kind'>, badge: string): string =>
  render(says(`publishing.mismatch.${kind}`, { badge }), MESSAGES)
