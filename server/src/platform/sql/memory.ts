import type { RecordedEvent, StreamId } from '../../kernel/event.ts'
import type { Documents, Log } from '../../kernel/log.ts'
import { Refused } from '../../kernel/refused.ts'
import { chain } from './event-log.ts'

/** The log in memory, for the simulator and for stories. Shares a contract test with the database. */
export function memoryLog(marketplace: string): Log & { readonly all: () => readonly RecordedEvent[] } {
  const events: RecordedEvent[] = []
  const streams = new Map<StreamId, RecordedEvent[]>()
  const hashes = new Map<string, RecordedEvent>()
  return {
    all: () => events,
    async append(wanted, because, expect) {
      if (expect !== undefined && (streams.get(expect.stream)?.length ?? 0) !== expect.version) {
        throw new Refused('log.conflict', `${expect.stream} has moved on since it was read; read it again and decide anew`, expect.stream)
      }
      const versions = new Map(wanted.map((event) => [event.stream, streams.get(event.stream)?.length ?? 0]))
      const recorded = chain(marketplace, wanted, because, events.at(-1) ?? null, versions)
      for (const event of recorded) {
        events.push(event)
        hashes.set(event.hash, event)
        const stream = streams.get(event.stream)
        if (stream === undefined) streams.set(event.stream, [event])
        else stream.push(event)
      }
      return recorded
    },
    stream: async (id, after_version = 0) => (streams.get(id) ?? []).slice(after_version),
    after: async (seq, limit) => events.slice(seq, seq + limit),
    byHash: async (hash) => hashes.get(hash) ?? null,
    head: async () => events.at(-1) ?? null,
  }
}

/** Views in memory. Documents are shared, not copied: folds are pure and replace, so nobody may change one in place. */
export function memoryDocuments(): Documents {
  const views = new Map<string, Map<string, unknown>>()
  const of = (view: string): Map<string, unknown> => {
    const found = views.get(view) ?? new Map<string, unknown>()
    views.set(view, found)
    return found
  }
  return {
    // The cast is the port's promise: what comes out of a view and key is what went in.
    get: async <T>(view: string, key: string) => (of(view).get(key) as T | undefined) ?? null,
    put: async (view, key, document) => void of(view).set(key, document),
    remove: async (view, key) => void of(view).delete(key),
    list: async <T>(view: string, prefix = '') =>
      [...of(view)]
        .filter(([key]) => key.startsWith(prefix))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, document]) => ({ key, document: document as T })),
  }
}
