/**
 * The one way in which Castellan says no.
 *
 * A refusal is for people: a stable code for programs, a sentence that someone can act on. Bugs are thrown as they are
 * and stop; only refusals are turned into problem documents (RFC 9457) at the border.
 */
export class Refused extends Error {
  readonly code: string
  readonly where: string | undefined

  /**
   * @param code stable, dotted, `slice.reason`, for example `badges.wrong_state`
   * @param sentence what happened and how to mend it
   * @param where the place in the input, as a path or pointer, when there is one
   */
  constructor(code: string, sentence: string, where?: string) {
    super(sentence)
    this.name = 'Refused'
    this.code = code
    this.where = where
  }
}

/** True for refusals, false for bugs. */
export const isRefused = (error: unknown): error is Refused => error instanceof Refused
