import { APPS, type AppDocument } from '../directory/apps-view.ts'
import { onApp } from '../directory/registering.ts'
import type { Acting } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import type { Instant } from '../kernel/time.ts'
import { readEvidences } from '../platform/evidence.ts'
import { isPartner, noSuchConcern, offersOn, type Offered } from './acting.ts'
import { CONCERNS, type ConcernDocument, type ConcernEntry } from './concerns-view.ts'
import { concernKey, type ConcernOf } from './events.ts'
import { wordsIn } from './raising.ts'
import { dueProcessOf, type DueProcess } from './rules.ts'

/** An entry with its words: null where there are none, they were erased, or they are not for the reader. */
export type EntryRead = ConcernEntry & { readonly words: string | null }

/** A concern as one of its two sides reads it. */
export type ConcernRead = {
  readonly document: ConcernDocument
  readonly name: string
  readonly rules: DueProcess | null
  readonly entries: readonly EntryRead[]
  readonly public_words: string | null
  readonly offers: readonly Offered[]
  readonly now: Instant
}

/** What the partner is told of; the rest is between the operator and whoever raised it. */
const FOR_PARTNER: ReadonlySet<string> = new Set([
  'concerns.accepted',
  'concerns.answered',
  'concerns.answer_missed',
  'concerns.decided',
  'concerns.remedy_claimed',
  'concerns.remedy_refused',
  'concerns.remedied',
  'concerns.set_aside',
  'concerns.reminded',
])

/** From the moment on in which the partner was told; what was before is none of theirs. */
const forPartner = (entries: readonly ConcernEntry[]): readonly ConcernEntry[] =>
  entries.slice(entries.findIndex(({ what }) => what === 'concerns.accepted')).filter(({ what }) => FOR_PARTNER.has(what))

/** Reads a concern with what the reader may do about it. */
export async function readConcern(house: House, who: Acting, of: Pick<ConcernOf, 'app' | 'concern'>): Promise<ConcernRead> {
  const on = await onApp(house, of.app)
  return house.act(who, 'read-app', on, async (desk) => {
    const document = await desk.documents.get<ConcernDocument>(CONCERNS, concernKey(of))
    // Somebody of the operator who belongs to the partner as well reads as the partner.
    const partner = isPartner(who, on)
    if (document === null || (partner && !document.accepted)) throw noSuchConcern(of)
    const entries = partner ? forPartner(document.entries) : document.entries
    const ids = [...entries.map(({ evidence }) => evidence), document.public_words].flatMap((one) => (one === null ? [] : [one]))
    const kept = await readEvidences(desk, ids)
    const wordsOf = (id: string | null): string | null => wordsIn(id === null ? undefined : kept.get(id)?.body)
    return {
      document,
      name: (await desk.documents.get<AppDocument>(APPS, of.app))?.name ?? of.app,
      rules: await dueProcessOf(house.packs, desk, document.programme),
      entries: entries.map((entry) => ({ ...entry, words: wordsOf(entry.evidence) })),
      public_words: wordsOf(document.public_words),
      offers: await offersOn(house, desk, of, on),
      now: desk.now,
    }
  })
}

/** The concerns about one app that the reader may know of, newest first. */
export async function readConcerns(house: House, who: Acting, app: string): Promise<readonly ConcernDocument[]> {
  const on = await onApp(house, app)
  return house.act(who, 'read-app', on, async (desk) => {
    const all = (await desk.documents.list<ConcernDocument>(CONCERNS, `${app}/`)).map(({ document }) => document)
    const known = isPartner(who, on) ? all.filter(({ accepted }) => accepted) : all
    return known.filter((one) => one.app === app).sort((a, b) => (a.received_at < b.received_at ? 1 : -1))
  })
}

/** Every concern that somebody has the turn with, for the operator's queue. */
export const openConcerns = async (desk: Desk): Promise<readonly ConcernDocument[]> =>
  (await desk.documents.list<ConcernDocument>(CONCERNS)).map(({ document }) => document).filter(({ turn }) => turn !== null)
