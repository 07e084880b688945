import type { Documents } from '../src/kernel/log.ts'
import { memoryDocuments } from '../src/platform/sql/memory.ts'
import type { Due } from '../src/sweeping.ts'
import type { Instant } from '../src/kernel/time.ts'

type Entry = {
  readonly due_at: Instant
  readonly view: string
  readonly key: string
  readonly subject: string | null
  readonly place: number
}

/** Views in memory that know which of their documents falls due next: what an index is to the sweeper of a database. */
export function dueDocuments(): Documents & {
  readonly nextDue: (until: Instant) => Due | null
  /** Whom each document concerns, by view and key; those that concern nobody's app are not in it. */
  readonly subjects: ReadonlyMap<string, string>
} {
  const inner = memoryDocuments()
  const heap: Entry[] = []
  const told = new Map<string, Instant>()
  /** What each document says now, by view and key. */
  const current = new Map<string, Instant | null>()
  const subjects = new Map<string, string>()
  let place = 0

  return {
    ...inner,
    subjects,
    async put<T>(view: string, key: string, document: T, subject: string | null) {
      await inner.put(view, key, document, subject)
      if (subject !== null) subjects.set(`${view}/${key}`, subject)
      const due_at = dueOf(document)
      if (due_at === undefined) return
      const name = `${view}/${key}`
      if (current.get(name) === due_at) return
      current.set(name, due_at)
      if (due_at !== null) push(heap, { due_at, view, key, subject, place: place++ })
    },
    async remove(view, key) {
      current.delete(`${view}/${key}`)
      await inner.remove(view, key)
    },
    nextDue(until) {
      for (;;) {
        const first = heap[0]
        if (first === undefined || first.due_at > until) return null
        pop(heap)
        const name = `${first.view}/${first.key}`
        // Moved since it was put here, or told already: each moment of a document is told once.
        const now = current.get(name)
        if (now !== first.due_at || told.get(name) === first.due_at) continue
        told.set(name, first.due_at)
        return { view: first.view, key: first.key, app: first.subject, due_at: first.due_at }
      }
    },
  }
}

/** When a document wants to be looked at again: never for null, and no such thing for undefined. */
const dueOf = (document: unknown): Instant | null | undefined =>
  typeof document === 'object' && document !== null ? (document as { readonly next_due_at?: Instant | null }).next_due_at : undefined

/** Earlier first; among equals the one that was put first, so that a run repeats itself exactly. */
const before = (a: Entry, b: Entry): boolean => a.due_at < b.due_at || (a.due_at === b.due_at && a.place < b.place)

function push(heap: Entry[], entry: Entry): void {
  let at = heap.length
  heap.push(entry)
  while (at > 0) {
    const above = (at - 1) >> 1
    const parent = heap[above]
    if (parent === undefined || !before(entry, parent)) break
    heap[at] = parent
    at = above
  }
  heap[at] = entry
}

function pop(heap: Entry[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let at = 0
  for (;;) {
    const left = heap[2 * at + 1]
    const right = heap[2 * at + 2]
    if (left === undefined) break
    const child = right !== undefined && before(right, left) ? right : left
    if (!before(child, last)) break
    heap[at] = child
    at = child === left ? 2 * at + 1 : 2 * at + 2
  }
  heap[at] = last
}
