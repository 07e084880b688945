import type { NewEvent, RecordedEvent } from './event.ts'
import type { Documents, Log } from './log.ts'
import type { Instant } from './time.ts'

/** The slices from left to right. Facts travel this way only; slices between bars do not see each other (`tier`). */
export const ORDER = [
  ['clocks'],
  ['directory'],
  ['enrolment'],
  ['scanning', 'reliability', 'journeys', 'support'],
  ['assessments', 'vulnerabilities', 'deprecations'],
  ['incidents'],
  ['attribution'],
  ['applications'],
  ['reviews', 'consultations', 'concerns'],
  ['standing'],
  ['badges'],
  ['successions'],
  ['appeals'],
  ['publishing', 'buyers'],
] as const

export type Slice = (typeof ORDER)[number][number]

/** The place of a slice in the order, counted from the left. */
export function placeOf(slice: string): number {
  const place = ORDER.findIndex((names) => (names as readonly string[]).includes(slice))
  if (place === -1) throw new Error(`"${slice}" is not a slice; add it to ORDER`)
  return place
}

/** What a reactor may use: the log and the views as they are, and the moment. Nothing that reaches outside. */
export type Reading = {
  readonly log: Pick<Log, 'stream'>
  readonly documents: Pick<Documents, 'get' | 'list'>
  readonly now: Instant
}

/** A slice's answer to events on its left (or its own). It appends events of its own slice only. */
export type Reactor = {
  readonly name: string
  readonly slice: Slice
  readonly listens: readonly string[]
  readonly react: (event: RecordedEvent, reading: Reading) => Promise<readonly NewEvent[]>
}

/** A read model folded from events: a document for each key. Raising `version` drops and refolds it. */
export type View<Document> = {
  readonly name: string
  readonly version: number
  readonly listens: readonly string[]
  /** The documents that an event touches. */
  readonly keys: (event: RecordedEvent) => readonly string[]
  readonly initial: Document
  readonly fold: (document: Document, event: RecordedEvent, key: string) => Document | null
}

/** A view among others of other documents. Sound because a dispatch gives a view only what that view returned or its `initial`. */
export const opaque = <Document>(view: View<Document>): View<unknown> => view as unknown as View<unknown>

/** The first pair of reactors that breaks the one-way rule, or null. A reactor listens to its own slice or its left only. */
export function wrongWay(reactors: readonly Reactor[], sliceOfEvent: (type: string) => string): string | null {
  for (const reactor of reactors) {
    for (const type of reactor.listens) {
      const from = sliceOfEvent(type)
      if (from !== reactor.slice && placeOf(from) >= placeOf(reactor.slice)) {
        return `${reactor.name} (${reactor.slice}) listens to ${type}, which is not on its left`
      }
    }
  }
  return null
}
