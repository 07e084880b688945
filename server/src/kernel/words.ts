import { Refused } from './refused.ts'

/** The longest text that somebody writes at once. More belongs into a file. */
export const LONGEST_WORDS = 20_000

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
