import type { Messages } from '../kernel/says.ts'
import type { AppealWord } from './appeal.ts'
import type { AppealableKind } from './appealable.ts'
import type { AppealOutcome } from './events.ts'

/** Where an appeal stands. */
const WORDS = {
  none: 'Never lodged',
  open: 'Waits for a decision',
  upheld: 'Upheld: the decision is set aside',
  rejected: 'Rejected: the decision stands',
  sent_back: 'Sent back: it is decided anew',
  withdrawn: 'Withdrawn',
} as const satisfies Record<AppealWord, string>

/** What is appealed. */
const KINDS = {
  badge_suspended: 'Suspension of a badge',
  badge_revoked: 'Revocation of a badge',
  listing_hidden: 'Hiding of the listing',
  listing_paused: 'Pausing of the listing',
  application_refused: 'Refusal of an application',
  application_returned: 'Changes asked for in an application',
  form_returned: 'Return of a form',
  attestation_declined: 'Refusal of an attestation',
  attestation_withdrawn: 'Withdrawal of an attestation',
  document_refused: 'Refusal of a document',
  certification_refused: 'Refusal of a certificate',
  explanation_refused: 'Refusal of an explanation',
  change_found_wanting: 'Finding after a change',
  concern_upheld: 'Concern that was upheld',
  remedy_refused: 'Refusal of a remedy',
  waiver_ended: 'End of a waiver before its day',
} as const satisfies Record<AppealableKind, string>

/** What follows from each outcome, for the partner. */
const FOLLOWS = {
  upheld:
    'The decision no longer counts. A concern that was upheld is gone; a badge that was taken can be given back by a reviewer without a new review; anything else is taken up again by somebody who did not decide before.',
  rejected: 'The decision stands. There is no second appeal against it.',
  sent_back: 'The decision no longer counts and is taken anew by somebody who did not take it before.',
} as const satisfies Record<AppealOutcome, string>

/** Every sentence of this slice, by its code. */
export const MESSAGES: Messages = Object.fromEntries([
  ...Object.entries({ word: WORDS, kind: KINDS, follows: FOLLOWS }).flatMap(([group, texts]) =>
    Object.entries(texts).map(([name, text]) => [`appeals.${group}.${name}`, text]),
  ),
  ['appeals.step.appeal', 'Decision on an appeal'],
])
