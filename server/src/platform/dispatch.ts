import type { NewEvent, RecordedEvent, StreamId } from '../kernel/event.ts'
import { sliceOf } from '../kernel/event.ts'
import { placeOf, wrongWay, type Reactor, type Reading, type View } from '../kernel/flow.ts'
import type { Because, Documents, Log } from '../kernel/log.ts'
import type { Instant } from '../kernel/time.ts'

/** What runs when something was recorded: views first, so that reactors read what has just happened, then reactors from left to right. */
export type Pipeline = { readonly views: readonly View<unknown>[]; readonly reactors: readonly Reactor[] }

/** The storage that a dispatch works on: a transaction of the database, or memory. */
export type Ground = { readonly log: Log; readonly documents: Documents; readonly now: Instant }

/** Builds a pipeline; refuses reactors that listen to their right, which is how cycles begin. */
export function pipeline(views: readonly View<unknown>[], reactors: readonly Reactor[]): Pipeline {
  const wrong = wrongWay(reactors, sliceOf)
  if (wrong !== null) throw new Error(wrong)
  return { views, reactors: [...reactors].sort((a, b) => placeOf(a.slice) - placeOf(b.slice)) }
}

/**
 * Records events and everything that follows from them, in the caller's transaction: either all of it is there or nothing.
 * Each follow-up names the event that it answers as its cause.
 */
export async function record(
  ground: Ground,
  flow: Pipeline,
  events: readonly NewEvent[],
  because: Because,
  expect?: { readonly stream: StreamId; readonly version: number },
): Promise<readonly RecordedEvent[]> {
  const first = await ground.log.append(events, because, expect)
  const all: RecordedEvent[] = [...first]
  const reading: Reading = { log: ground.log, documents: ground.documents, now: ground.now }
  for (let place = 0; place < all.length; place++) {
    if (all.length > RUNAWAY) throw new Error(`more than ${RUNAWAY} events follow from ${first[0]?.type}; a reactor answers itself`)
    const event = all[place]
    if (event === undefined) break
    await foldInto(ground.documents, flow.views, event)
    for (const reactor of listening(flow.reactors, event.type)) {
      const answers = await reactor.react(event, reading)
      const foreign = answers.find((answer) => sliceOf(answer.type) !== reactor.slice)
      if (foreign !== undefined) throw new Error(`${reactor.name} (${reactor.slice}) may not append ${foreign.type}`)
      if (answers.length === 0) continue
      all.push(...(await ground.log.append(answers, { by: { kind: 'machine', name: reactor.name }, cause: event.hash, at: ground.now })))
    }
  }
  return all
}

/** Far above what one event can cause in a marketplace of ten thousand apps (a programme's change touches each app twice). */
const RUNAWAY = 100_000

/** Folds one event into the documents that it touches. */
export async function foldInto(documents: Documents, views: readonly View<unknown>[], event: RecordedEvent): Promise<void> {
  for (const view of listening(views, event.type)) {
    for (const key of view.keys(event)) {
      const before = await documents.get<unknown>(view.name, key)
      const after = view.fold(before ?? view.initial, event, key)
      if (after === null) await documents.remove(view.name, key)
      else if (after !== before) await documents.put(view.name, key, after, event.subject)
    }
  }
}

/** Those who hear a type, in their order; asked for each event, so kept as long as their list. */
function listening<T extends { readonly listens: readonly string[] }>(all: readonly T[], type: string): readonly T[] {
  const by_type = LISTENING.get(all) ?? new Map<string, readonly T[]>()
  LISTENING.set(all, by_type)
  // The guarantee of the cast: what is kept under a list was picked from it, here.
  const known = by_type.get(type) as readonly T[] | undefined
  if (known !== undefined) return known
  const found = all.filter(({ listens }) => hears(listens, type))
  by_type.set(type, found)
  return found
}

const LISTENING = new WeakMap<readonly unknown[], Map<string, readonly unknown[]>>()

/** `scanning.*` hears the whole slice. */
const hears = (listens: readonly string[], type: string): boolean => listens.includes(type) || listens.includes(`${sliceOf(type)}.*`)

/** The name under which the storage remembers which version of each view it holds. */
export const VERSIONS = 'castellan.views'

/** Drops and folds again the views whose version was raised since the storage was last opened. Returns their names. */
export async function refold(
  ground: Pick<Ground, 'log' | 'documents'>,
  views: readonly View<unknown>[],
  all = false,
): Promise<readonly string[]> {
  const kept = await ground.documents.get<{ readonly [view: string]: number }>(VERSIONS, 'versions')
  const stale = views.filter((view) => all || kept?.[view.name] !== view.version)
  if (stale.length > 0) {
    for (const view of stale) for (const { key } of await ground.documents.list(view.name)) await ground.documents.remove(view.name, key)
    for (let seq = 0; ;) {
      const events = await ground.log.after(seq, EVENTS_AT_ONCE)
      for (const event of events) await foldInto(ground.documents, stale, event)
      const last = events.at(-1)
      if (last === undefined) break
      seq = last.seq
    }
    await ground.documents.put(VERSIONS, 'versions', Object.fromEntries(views.map((view) => [view.name, view.version])), null)
  }
  return stale.map((view) => view.name)
}

const EVENTS_AT_ONCE = 1_000
