import type { Actor, Digest, NewEvent, RecordedEvent, StreamId } from './event.ts'
import type { Instant } from './time.ts'

/** Who appends, why, and when. */
export type Because = {
  readonly by: Actor
  readonly cause: Digest | null
  readonly at: Instant
}

/**
 * A marketplace's log inside one transaction. Two engines implement it (SQL and memory) and share one contract test.
 * All reads see the appends of the same transaction.
 */
export interface Log {
  /** Appends to one or more streams; refuses with `log.conflict` when `expect` names another version for its stream. */
  append(
    events: readonly NewEvent[],
    because: Because,
    expect?: { readonly stream: StreamId; readonly version: number },
  ): Promise<readonly RecordedEvent[]>
  /** A stream from its start, or what it holds after a version that is known already. */
  stream(id: StreamId, after_version?: number): Promise<readonly RecordedEvent[]>
  /** Events after a place in the marketplace's order, in order. */
  after(seq: number, limit: number): Promise<readonly RecordedEvent[]>
  /** One event by its hash. */
  byHash(hash: Digest): Promise<RecordedEvent | null>
  /** The newest event, or null for an empty log. */
  head(): Promise<RecordedEvent | null>
}

/**
 * A view's stored state inside the same transaction as the log: one document a key, replaced whole. `subject` decides who
 * may see it, as for events: an app's id, or null for the marketplace's operator only.
 */
export interface Documents {
  get<T>(view: string, key: string): Promise<T | null>
  put<T>(view: string, key: string, document: T, subject: string | null): Promise<void>
  remove(view: string, key: string): Promise<void>
  list<T>(view: string, prefix?: string): Promise<readonly { readonly key: string; readonly document: T }[]>
}
