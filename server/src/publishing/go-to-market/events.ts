import type { Digest } from '../../kernel/event.ts'

/** An edition was frozen. The list itself is public evidence under a salted name; `hash` is the name that anybody can work out from it. */
export type EditionCut = {
  readonly type: 'publishing.edition_cut'
  readonly payload: {
    readonly programme: string
    readonly number: number
    readonly day: string
    readonly hash: Digest
    readonly evidence: readonly Digest[]
    readonly held: number
    readonly rows: number
    /** Who cut it out of turn; null when its day had come. */
    readonly person: string | null
  }
}

/** The stream of a programme's editions. */
export const editionsStream = (programme: string): string => `editions/${programme}`
