import { Refused } from '../kernel/refused.ts'

/** The longest name of a person, an organisation or a token, in UTF-16 code units, as an HTML form counts them. */
export const LONGEST_NAME = 100

/**
 * A name as people write it: one line, no control or invisible characters that would make it look like another. The two
 * joiners stay, since Persian and Indic names need them.
 */
export function checkedName(text: string, where: string): string {
  const name = text.normalize('NFC').trim().replaceAll(/\s+/gu, ' ')
  if (name === '') throw new Refused('enrolment.no_name', 'Say a name.', where)
  if (name.length > LONGEST_NAME) throw new Refused('enrolment.bad_name', `A name has at most ${LONGEST_NAME} characters.`, where)
  if (!name.isWellFormed() || /\p{C}/u.test(name.replaceAll(/[\u200C\u200D]/g, ''))) {
    throw new Refused('enrolment.bad_name', 'This name has characters that cannot be seen; leave them out.', where)
  }
  return name
}
