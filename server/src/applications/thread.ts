import { Refused } from '../kernel/refused.ts'
import type { Membership } from '../enrolment/authorise.ts'
import type { Side } from './events.ts'

/**
 * What people write to each other about a case, whatever the case is: checked words, who may be named in them, and on which
 * side somebody stands. The words themselves are kept outside the log, where they can be erased.
 */

const MOST_MENTIONS = 20

/** Somebody on either side of a case. */
export type Hand = { readonly person: string; readonly side: Side }

/** Those who are named in something that is written: each belongs to the case, and each once. Says the same of strangers and of nobody. */
export function checkedMentions(mentions: readonly string[], hands: readonly Hand[]): readonly string[] {
  const named = [...new Set(mentions)]
  if (named.length > MOST_MENTIONS) {
    throw new Refused('applications.too_many_mentions', `Name at most ${MOST_MENTIONS} people at once.`, 'mentions')
  }
  const stranger = named.find((person) => !hands.some((hand) => hand.person === person))
  if (stranger !== undefined) {
    throw new Refused('applications.stranger', 'Only people of this partner and of the operator can be named here.', 'mentions')
  }
  return named
}

/** On which side somebody stands: whoever belongs to the partner stands on its side, whatever else they are. */
export const sideIn = (memberships: readonly Membership[], organisation: string): Side =>
  memberships.some((one) => one.kind === 'partner' && one.organisation === organisation) ? 'partner' : 'operator'
