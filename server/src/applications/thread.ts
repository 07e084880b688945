import { Refused } from '../kernel/refused.ts'
import type { Membership } from '../enrolment/authorise.ts'
import type { Side } from './events.ts'

/**
 * What people write to each other about a case, whatever the case is: checked words, who may be named in them, and on which
 * side somebody stands. The words themselves are kept outside the log, where they can be erased.
 */

/** The longest text that somebody writes at once. More belongs into a file. */
export const LONGEST_WORDS = 20_000
const MOST_MENTIONS = 20

/** Words as they are kept: whole characters, no control characters but line ends and tabs, not empty, not endless. */
export function checkedWords(text: string | undefined, where: string, ask: string): string {
  const words = (text ?? '').replaceAll(/\r\n?/g, '\n').toWellFormed().replaceAll(CONTROLS, '').trim()
  if (words === '') throw new Refused('applications.no_words', ask, where)
  if (words.length > LONGEST_WORDS) {
    throw new Refused(
      'applications.too_long',
      `This has ${words.length} characters; ${LONGEST_WORDS} are taken. Bring the rest as a file.`,
      where,
    )
  }
  return words
}

/** Characters that print nothing; line ends and tabs stay. */
const CONTROLS = /(?![\n\t])\p{Cc}/gu

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
