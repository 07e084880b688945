import type { Digest } from '../../kernel/event.ts'
import type { View } from '../../kernel/flow.ts'
import type { Instant } from '../../kernel/time.ts'
import type { EditionCut } from './events.ts'

/** An edition without its rows. */
export type EditionHead = {
  readonly programme: string
  readonly number: number
  readonly day: string
  readonly as_of: Instant
  readonly hash: Digest
  readonly evidence: Digest
  /** Badges that are held, at risk or not. */
  readonly held: number
  readonly rows: number
  /** Cut on its day, or by a person in between. */
  readonly by: 'rhythm' | 'person'
}

/** Name of the view, readable by everybody; key is `{programme}/{number}` with leading noughts. */
export const EDITIONS = 'public.editions'

const DIGITS = 8

/** The key of an edition, so that the order of keys is the order of numbers. */
export const editionKey = (programme: string, number: number): string => `${programme}/${String(number).padStart(DIGITS, '0')}`

export const editionsView: View<EditionHead | null> = {
  name: EDITIONS,
  version: 1,
  listens: ['publishing.edition_cut'],
  keys: ({ payload }) => {
    // The guarantee of the casts here: only cutting.ts appends this event.
    const { programme, number } = payload as unknown as EditionCut['payload']
    return [editionKey(programme, number)]
  },
  initial: null,
  fold(_, recorded) {
    const { programme, number, day, hash, evidence, held, rows, person } = recorded.payload as unknown as EditionCut['payload']
    const [body] = evidence
    if (body === undefined) throw new Error(`edition ${number} of ${programme} names no list`)
    return { programme, number, day, as_of: recorded.at, hash, evidence: body, held, rows, by: person === null ? 'rhythm' : 'person' }
  },
}
