import type { Decider } from '../kernel/decider.ts'
import type { Digest } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import type { Instant } from '../kernel/time.ts'
import type { DocumentOutcome, ListingDocumentEvent } from './events.ts'

/**
 * A policy or agreement that an app's listing links to. The partner names its address, a machine reads it day by day and
 * tells each other text by its hash, a person confirms the text that they read. A new text is noticed and looked at; it does
 * not undo what was confirmed. An address that fails for too long, or a text that is not the app's own, does.
 */
export type ListingDocumentState = {
  readonly status: 'none' | 'named' | 'waiting' | 'unfit' | 'confirmed' | 'changed' | 'refused' | 'lost'
  readonly url: string | null
  readonly outcome: DocumentOutcome | null
  readonly digest: Digest | null
  readonly says: readonly string[]
  readonly read_at: Instant | null
  /** When a failing address counts. */
  readonly dead_at: Instant | null
  readonly evidence: readonly Digest[]
  readonly confirmed: { readonly digest: Digest; readonly at: Instant } | null
  /** How many texts there have been. */
  readonly version: number
}

/** What a look found. */
export type Look = {
  readonly outcome: DocumentOutcome
  readonly digest: Digest | null
  readonly says: readonly string[]
}

export type ListingDocumentCommand = { readonly app: string; readonly record: string } & (
  | { readonly do: 'name'; readonly url: string }
  | { readonly do: 'read'; readonly look: Look; readonly evidence: readonly Digest[]; readonly dead_at: Instant }
  | {
      readonly do: 'confirm'
      readonly by: string
      readonly of_the_partner: boolean
      readonly digest: string
      readonly state: string
      readonly evidence: readonly Digest[]
    }
  | {
      readonly do: 'refuse'
      readonly by: string
      readonly of_the_partner: boolean
      readonly digest: string
      readonly evidence: readonly Digest[]
    }
  | { readonly do: 'lose' }
)

/** What is possible when. */
export const allowedOfDocument: { readonly [status in ListingDocumentState['status']]: readonly ListingDocumentCommand['do'][] } = {
  none: ['name'],
  named: ['name', 'read'],
  waiting: ['name', 'read', 'confirm', 'refuse'],
  unfit: ['name', 'read', 'lose'],
  confirmed: ['name', 'read', 'refuse'],
  changed: ['name', 'read', 'confirm', 'refuse'],
  refused: ['name', 'read', 'confirm'],
  lost: ['name', 'read'],
}

/** Whether a look found the same as the one before it. */
export const sawTheSame = (state: Pick<ListingDocumentState, 'outcome' | 'digest' | 'says'>, look: Look): boolean =>
  state.outcome === look.outcome && state.digest === look.digest && state.says.join() === look.says.join()

/** The life of a document of a listing. */
export const listingDocument: Decider<ListingDocumentState, ListingDocumentCommand, ListingDocumentEvent> = {
  initial: {
    status: 'none',
    url: null,
    outcome: null,
    digest: null,
    says: [],
    read_at: null,
    dead_at: null,
    evidence: [],
    confirmed: null,
    version: 0,
  },
  decide(command, state, now) {
    const { app, record } = command
    if (!allowedOfDocument[state.status].includes(command.do)) {
      throw new Refused('assessments.wrong_state', `"${command.do}" is not possible: ${IN_WORDS[state.status]}`, record)
    }
    const of = { app, record }
    switch (command.do) {
      case 'name':
        return state.url === command.url ? [] : [{ type: 'assessments.document_named', payload: { ...of, url: command.url } }]
      case 'read': {
        const { look, evidence } = command
        if (sawTheSame(state, look)) return []
        const dead_at = look.outcome === 'dead' ? command.dead_at : null
        const read: ListingDocumentEvent = { type: 'assessments.document_read', payload: { ...of, ...look, dead_at, evidence } }
        // A text that is not the app's own is wrong from the first look; an address may fail for a while.
        const borrowed = look.outcome === 'shared' || look.outcome === 'home'
        return borrowed ? [read, { type: 'assessments.document_lost', payload: { ...of, outcome: look.outcome } }] : [read]
      }
      case 'confirm':
      case 'refuse': {
        if (command.of_the_partner) throw new Refused('assessments.involved', 'You belong to the partner, so somebody else has to read it.')
        if (state.digest === null || state.digest !== command.digest) {
          throw new Refused('assessments.answers_moved', 'There is another text now; read that one and decide again.', record)
        }
        const { by: reviewer, evidence } = command
        const payload = { ...of, digest: state.digest, reviewer, evidence }
        if (command.do === 'refuse') return [{ type: 'assessments.document_refused', payload }]
        return [{ type: 'assessments.document_confirmed', payload: { ...payload, state: command.state } }]
      }
      case 'lose':
        if (state.outcome !== 'dead' || state.dead_at === null || state.dead_at > now) return []
        return [{ type: 'assessments.document_lost', payload: { ...of, outcome: 'dead' } }]
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'assessments.document_named':
        return { ...listingDocument.initial, status: 'named', url: event.payload.url, confirmed: state.confirmed, version: state.version }
      case 'assessments.document_read': {
        const { outcome, digest, says, dead_at, evidence } = event.payload
        const version = digest !== null && digest !== state.digest ? state.version + 1 : state.version
        const read = { ...state, outcome, says, dead_at, read_at: event.at, version }
        // While an address fails, the text that was there last stays the one that is known.
        if (outcome === 'dead' || outcome === 'unreadable') return { ...read, status: 'unfit' }
        const known = { ...read, digest, evidence }
        if (outcome !== 'read') return { ...known, status: 'unfit' }
        if (state.confirmed === null) return { ...known, status: 'waiting' }
        return { ...known, status: state.confirmed.digest === digest ? 'confirmed' : 'changed' }
      }
      case 'assessments.document_confirmed':
        return { ...state, status: 'confirmed', confirmed: { digest: event.payload.digest, at: event.at } }
      case 'assessments.document_refused':
        return { ...state, status: 'refused', confirmed: null }
      case 'assessments.document_lost':
        return { ...state, status: 'lost', confirmed: null, dead_at: null }
    }
  },
}

const IN_WORDS = {
  none: 'no address is named.',
  named: 'it was not read yet.',
  waiting: 'it waits for somebody who reads it.',
  unfit: 'it could not be read at its address.',
  confirmed: 'it is confirmed.',
  changed: 'its text has changed.',
  refused: 'it was refused.',
  lost: 'it does not count any more.',
} as const satisfies Record<ListingDocumentState['status'], string>

/** The text of a page without markup: what a reader reads, so that a new menu is not a new policy. */
export function textOfPage(html: string): string {
  return html
    .replaceAll(/<!--[\s\S]*?-->/g, ' ')
    .replaceAll(/<(script|style|noscript|template|svg|nav|header|footer)\b[\s\S]*?<\/\1\s*>/gi, ' ')
    .replaceAll(/<[^<>]*>/g, ' ')
    .replaceAll(/&(amp|lt|gt|quot|nbsp|#39|apos);/g, (_, name: string) => ENTITIES[name] ?? ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

const ENTITIES: { readonly [name: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ', '#39': "'", apos: "'" }

/** Which of the things that a document has to say are found by their words. */
export function foundIn(text: string, says: readonly { readonly id: string; readonly words: readonly string[] }[]): readonly string[] {
  const lower = text.toLowerCase()
  return says.filter(({ words }) => words.some((word) => lower.includes(word.toLowerCase()))).map(({ id }) => id)
}
