import { canonical } from '../kernel/canonical.ts'
import type { Actor, NewEvent, RecordedEvent } from '../kernel/event.ts'
import type { Documents, Log } from '../kernel/log.ts'
import { record, type Pipeline } from './dispatch.ts'

/** What judging a log again came to. `differs` is the first place at which it does; null when every byte is the same. */
export type Replayed = {
  /** Events that came out the same. */
  readonly events: number
  readonly head: RecordedEvent['hash'] | null
  readonly differs: { readonly seq: number; readonly recorded: RecordedEvent | null; readonly judged: RecordedEvent | null } | null
}

/**
 * Judges a whole log again: takes from it only what began by itself (people, clocks, what the watch saw), lets the pipeline
 * answer it at the moment that it happened, and holds what comes out against what was recorded, byte for byte.
 *
 * `ground` is empty, of the same marketplace: what earlier runs left there would be judged with it.
 */
export async function replay(
  recorded: AsyncIterable<RecordedEvent> | Iterable<RecordedEvent>,
  flow: Pipeline,
  ground: { readonly log: Log; readonly documents: Documents },
): Promise<Replayed> {
  const waiting: RecordedEvent[] = []
  let events = 0
  let head: Replayed['head'] = null
  let begun: RecordedEvent[] = []
  const iterator = Symbol.asyncIterator in recorded ? recorded[Symbol.asyncIterator]() : recorded[Symbol.iterator]()

  /** What was recorded next: what was looked at already, or a fresh one. */
  async function next(): Promise<RecordedEvent | null> {
    const looked_at = waiting.shift()
    if (looked_at !== undefined) return looked_at
    const { done, value } = await iterator.next()
    return done === true ? null : value
  }

  for (;;) {
    const first = await next()
    if (first === null) return { events, head, differs: null }
    // Nothing that was judged again led to it.
    if (first.cause !== null) return { events, head, differs: { seq: first.seq, recorded: first, judged: null } }
    begun = [first]
    // Events of one act stand side by side, before anything that follows from them.
    for (;;) {
      const beside = await next()
      if (beside === null) break
      if (!isOfOneAct(first, beside)) {
        waiting.unshift(beside)
        break
      }
      begun.push(beside)
    }
    waiting.unshift(...begun)
    const because = { by: first.by, cause: null, at: first.at }
    for (const judged of await record({ ...ground, now: first.at }, flow, begun.map(asNew), because)) {
      const was = await next()
      if (was === null || canonical(was) !== canonical(judged)) return { events, head, differs: { seq: judged.seq, recorded: was, judged } }
      events += 1
      head = judged.hash
    }
  }
}

const asNew = ({ stream, subject, type, payload }: RecordedEvent): NewEvent => ({ stream, subject, type, payload })

const isOfOneAct = (first: RecordedEvent, other: RecordedEvent): boolean =>
  other.cause === null && other.at === first.at && named(other.by) === named(first.by)

const named = (by: Actor): string => `${by.kind} ${by.kind === 'machine' ? by.name : by.id}`
