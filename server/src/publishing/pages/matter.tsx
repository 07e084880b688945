import type { ReactElement } from 'react'
import type { Instant } from '../../kernel/time.ts'
import type { Matter, Turn } from '../matters.ts'
import { badgeTitle, type Shelf } from '../shelf.ts'
import { counted } from '../words.ts'
import { Due } from './parts.tsx'

const TURN = { partner: 'Partner’s turn', operator: 'Operator’s turn', nobody: 'Nobody has to act' } as const satisfies Record<Turn, string>

/** Whose turn it is. */
export const TurnWord = ({ turn }: { readonly turn: Turn }): ReactElement => <span className={`turn is-${turn}`}>{TURN[turn]}</span>

/** What comes next, in a sentence. Beside the state in a shape of its own the sentence does not say it again. */
export function nextInWords(matter: Matter, beside_state = false): string {
  const open = [
    ...(matter.unmet.length === 0 ? [] : [`${counted(matter.unmet.length, 'requirement')} not met`]),
    ...(matter.unknown.length === 0 ? [] : [`${matter.unknown.length} unknown`]),
  ].join(', ')
  switch (matter.kind) {
    case 'application':
      return 'An application is open. Where it stands is said on its thread.'
    case 'application_open':
      return 'Everything is met. The partner can apply.'
    case 'grant_open':
      return `Everything is met. ${matter.agreed} of ${counted(matter.reviewers, 'reviewer')} agreed to the grant.`
    case 'grant_blocked':
      return `In the way of a grant: ${open}.`
    case 'grant_soaking':
      return 'Everything is met, but not for long enough yet.'
    case 'holds':
      return 'Holds the badge.'
    case 'cure':
      if (beside_state) return open === '' ? 'Everything is met again.' : `${open.charAt(0).toUpperCase()}${open.slice(1)}.`
      return open === '' ? 'At risk; everything is met again.' : `At risk: ${open}.`
    case 'restore_open':
      return `${beside_state ? 'Everything' : 'Suspended, and everything'} is met again. ${matter.agreed} of ${counted(matter.reviewers, 'reviewer')} agreed to give it back.`
    case 'restore_blocked':
      return `${beside_state ? '' : 'Suspended. '}In the way of restoring: ${open}.`
    case 'listing_step':
      return `Base rules are broken: ${open}.`
    case 'not_judged':
      return 'Not judged yet.'
  }
}

const THEN = {
  suspended: 'Suspended',
  revoked: 'Revoked',
  expires: 'Expires unless renewed',
  warned: 'Partner is warned',
  hidden: 'Listing is hidden',
  paused: 'Listing is paused',
  may_be_granted: 'May be granted',
  turn_ends: 'This step is due',
} as const satisfies Record<NonNullable<Matter['what_then']>, string>

/** What happens by itself, and when. */
export function ThenAt({ matter, now }: { readonly matter: Matter; readonly now: Instant }): ReactElement | null {
  if (matter.due_at === null || matter.what_then === null) return <span className="quiet">No deadline runs</span>
  return (
    <>
      {THEN[matter.what_then]} <Due at={matter.due_at} now={now} />
    </>
  )
}

/** What a matter is about. */
export const aboutInWords = (matter: Matter, shelf: Shelf): string =>
  matter.tier === null ? 'Listing under the base rules' : badgeTitle(shelf, { programme: matter.programme, tier: matter.tier })
