import { BADGES, type BadgeDocument } from '../src/badges/badges-view.ts'
import { brokenAt, type Digest, type RecordedEvent } from '../src/kernel/event.ts'
import type { Documents } from '../src/kernel/log.ts'
import type { Instant } from '../src/kernel/time.ts'
import { foldInto } from '../src/platform/dispatch.ts'
import { memoryDocuments } from '../src/platform/sql/memory.ts'
import { canonical } from '../src/kernel/canonical.ts'
import type { Json, JsonObject } from '../src/kernel/json.ts'
import { sha256 } from '../src/platform/crypto.ts'
import { catalogueOf } from '../src/standing/reactor.ts'
import { standingKey, STANDINGS, type StandingDocument } from '../src/standing/standings-view.ts'
import { isGood, requirementsOf } from '../src/standing/tiers.ts'
import type { World } from './world.ts'

/** A promise of the product that a run did not keep. */
export class Broken extends Error {
  constructor(promise: string, detail: string) {
    super(`${promise}: ${detail}`)
    this.name = 'Broken'
  }
}

/** Holds the promises of the product against a run, day by day and at its end. */
export function promisesOf(): {
  readonly afterDay: (world: World, day_end: Instant) => Promise<void>
  readonly atEnd: (world: World) => Promise<void>
} {
  let read = 0
  const words: Words = new Map()
  return {
    async afterDay(world, day_end) {
      const fresh = await world.log.after(read, Number.MAX_SAFE_INTEGER)
      // Nearly every cause is of the same day; the others are looked up in the log.
      const today = new Map<Digest, RecordedEvent>()
      for (const event of fresh) {
        today.set(event.hash, event)
        if (event.cause === null) beginsByItself(event)
        else followsFrom(event, today.get(event.cause) ?? (await world.log.byHash(event.cause)))
        takesOnly(event)
        await fairlyGiven(world, words, event)
      }
      read = fresh.at(-1)?.seq ?? read
      await noBadgePastItsClocks(world, day_end)
    },
    async atEnd(world) {
      await refoldsTheSame(world, await foldedAgain(world))
    },
  }
}

/** No badge is active past its validity, and none at risk past the end of its cure window. */
async function noBadgePastItsClocks(world: World, day_end: Instant): Promise<void> {
  for (const { key, document } of await world.documents.list<BadgeDocument>(BADGES)) {
    const { state, valid_until, cure_until } = document
    if ((state === 'active' || state === 'at_risk') && valid_until !== null && valid_until < day_end) {
      throw new Broken('no badge past its validity', `${key} is ${state} on ${day_end}, valid until ${valid_until}`)
    }
    if (state === 'at_risk' && cure_until !== null && cure_until < day_end) {
      throw new Broken('no badge past its cure window', `${key} is at risk on ${day_end}, to be cured until ${cure_until}`)
    }
    if (state === 'active') await nothingUnmet(world, document, day_end)
  }
}

/** A badge that is simply active has nothing unmet. */
async function nothingUnmet(world: World, badge: BadgeDocument, day_end: Instant): Promise<void> {
  const catalogue = await catalogueOf(world.options.packs, world, badge.programme)
  const standing = await world.documents.get<StandingDocument>(STANDINGS, standingKey(badge.programme, badge.app))
  if (catalogue === null || standing === null) return
  const words = new Map(standing.verdicts.map((verdict) => [verdict.requirement, verdict.verdict]))
  const unmet = requirementsOf(catalogue, badge.tier).find(({ id }) => words.get(id) === 'unmet')
  if (unmet !== undefined) throw new Broken('unmet puts at risk', `${badge.app} is active on ${day_end} with ${unmet.id} unmet`)
}

/** What each app was last told of each requirement, by programme. */
type Words = Map<string, Map<string, string>>

/** Cured, granted, restored or renewed only where everything is met, waived or does not apply: `unknown` gives nothing. */
async function fairlyGiven(world: World, words: Words, event: RecordedEvent): Promise<void> {
  if (event.type === 'standing.changed') {
    // The guarantee of the cast: standing.changed carries verdicts.
    const { app, programme, changed } = event.payload as unknown as Pick<StandingDocument, 'app'> & {
      readonly programme: string
      readonly changed: StandingDocument['verdicts']
    }
    const key = standingKey(programme, app)
    const told = words.get(key) ?? new Map<string, string>()
    words.set(key, told)
    for (const { requirement, verdict } of changed) told.set(requirement, verdict)
    return
  }
  if (!GIVING.has(event.type)) return
  const { app, programme, tier } = event.payload as { readonly app: string; readonly programme: string; readonly tier: string }
  const told = words.get(standingKey(programme, app))
  const catalogue = await catalogueOf(world.options.packs, world, programme)
  const open =
    catalogue === null ? undefined : requirementsOf(catalogue, tier).find(({ id }) => !isGood((told?.get(id) ?? 'unknown') as 'unknown'))
  if (open !== undefined)
    throw new Broken('only met gives', `${event.type} for ${app} on ${event.at} while ${open.id} is ${told?.get(open.id) ?? 'not judged'}`)
}

const GIVING: ReadonlySet<string> = new Set(['badges.cured', 'badges.granted', 'badges.restored', 'badges.renewed'])

/** What begins without answering anything: people, clocks, and what the watch saw. */
const BEGINS = /^(directory|scanning|reliability|assessments|clocks)\./

function beginsByItself(event: RecordedEvent): void {
  if (event.by.kind === 'machine' && !BEGINS.test(event.type))
    throw new Broken('no event without cause', `${event.type} (${event.seq}) has none`)
}

function followsFrom(event: RecordedEvent, cause: RecordedEvent | null): void {
  if (cause === null) throw new Broken('no event without cause', `${event.type} (${event.seq}) names a cause that is not in the log`)
  if (cause.seq >= event.seq || cause.at > event.at)
    throw new Broken('causes come first', `${event.type} (${event.seq}) answers a later event`)
}

/** Machines only take away. */
function takesOnly(event: RecordedEvent): void {
  if (event.by.kind === 'machine' && /^badges\.(grant_agreed|granted|restore_agreed|restored|renewed|listing_relisted)$/.test(event.type)) {
    throw new Broken('machines only take away', `${event.type} (${event.seq}) was done by ${event.by.name}`)
  }
}

/** Reads the log once from its start: the chain holds, one changed byte breaks it where it was changed, and all of it is folded anew. */
async function foldedAgain(world: World): Promise<Documents> {
  const again = memoryDocuments()
  let last: RecordedEvent | null = null
  for (;;) {
    const events: readonly RecordedEvent[] = await world.log.after(last?.seq ?? 0, EVENTS_AT_ONCE)
    const [first] = events
    if (first === undefined) return again
    const broken = brokenAt(events, sha256, last?.hash ?? null)
    if (broken !== null) throw new Broken('the chain is whole', `it breaks at ${broken.seq} (${broken.why})`)
    if (first.seq !== (last?.seq ?? 0) + 1) throw new Broken('the chain is whole', `${first.seq} comes after ${last?.seq ?? 0}`)
    changesAreNoticed(events[Math.floor(events.length / 2)] ?? first)
    for (const event of events) await foldInto(again, world.options.flow.views, event)
    last = events.at(-1) ?? first
  }
}

const EVENTS_AT_ONCE = 1_024

function changesAreNoticed(event: RecordedEvent): void {
  const changed = { ...event, payload: oneByteFlipped(event.payload) }
  const found = brokenAt([changed], sha256, event.previous)
  if (found?.seq !== event.seq) throw new Broken('one changed byte breaks the chain', `event ${event.seq} was changed and nothing noticed`)
}

/** The last byte of what is stored whose lowest bit can be another and leave JSON that says something else. */
function oneByteFlipped(payload: JsonObject): JsonObject {
  const text = canonical(payload)
  for (let at = text.length - 1; at >= 0; at--) {
    const code = text.charCodeAt(at)
    if (code > 0x7f) continue
    const flipped = parsed(`${text.slice(0, at)}${String.fromCharCode(code ^ 1)}${text.slice(at + 1)}`)
    if (flipped !== null && canonical(flipped) !== text) return flipped
  }
  throw new Error('an event without a byte that could be another')
}

/** Null for what is not JSON any more. */
function parsed(text: string): JsonObject | null {
  try {
    return JSON.parse(text) as JsonObject
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Folding the whole log again gives the same views. */
async function refoldsTheSame(world: World, again: Documents): Promise<void> {
  for (const { name } of world.options.flow.views) {
    const kept = await world.documents.list<Json>(name)
    const folded = new Map((await again.list<Json>(name)).map(({ key, document }) => [key, document]))
    if (kept.length !== folded.size)
      throw new Broken('refolding gives the same', `${name} has ${kept.length} documents, refolded ${folded.size}`)
    for (const { key, document } of kept) {
      const other = folded.get(key)
      if (other === undefined || canonical(document) !== canonical(other))
        throw new Broken('refolding gives the same', `${name}/${key} differs`)
    }
  }
}
