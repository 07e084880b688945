import { PROGRAMMES, type ProgrammeDocument } from '../../directory/programme.ts'
import { actingId, type Acting } from '../../enrolment/authorise.ts'
import type { Desk, House } from '../../house.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { Refused } from '../../kernel/refused.ts'
import { sha256 } from '../../platform/crypto.ts'
import { keepEvidence, readEvidence } from '../../platform/evidence.ts'
import type { Unit } from '../../platform/sql/database.ts'
import { policyOfKind } from '../../programmes/policies.ts'
import type { GoToMarket } from '../../programmes/schema.ts'
import { PUBLIC_DIRECTORY, type PublicAppLine } from '../public-app.ts'
import type { Shelved } from '../shelf.ts'
import { asStranger, onShelf, readPartnerNames, readShelf } from '../showing.ts'
import { filledIn } from '../marketplace/settings.ts'
import { STATES, type AppState } from '../marketplace/state.ts'
import { Edition, hashOfEdition, isHeld, rowsOfList } from './edition.ts'
import { EDITIONS, editionKey, type EditionHead } from './editions-view.ts'
import { editionsStream, type EditionCut } from './events.ts'
import { newestCutDay, nextCutDay, todayIn } from './rhythm.ts'

const MACHINE: Acting = { kind: 'machine', name: 'go-to-market' }

/** Cuts each edition whose day has come. Of days that passed while nobody ran, only the newest: nobody knows any more what the others would have said. */
export async function cutDueEditions(house: House, signal?: AbortSignal): Promise<number> {
  const shelf = await asStranger(house, (desk) => readShelf(house, desk))
  let cut = 0
  for (const one of shelf) {
    if (signal?.aborted === true) break
    const policy = rhythmOf(one, house.clock.now())
    if (policy === null || one.document === null) continue
    const due = await house.act(MACHINE, 'cut-edition', {}, async (desk) => {
      const day = newestCutDay(policy, one.pack.programme.zone, desk.now)
      const heads = await readEditions(desk, one.pack.programme.id)
      const last = heads.findLast(({ by }) => by === 'rhythm')
      if (day === null || (last !== undefined && last.day >= day) || isOver(one.document, heads)) return false
      await cutEdition(house, desk, one, { day, person: null })
      return true
    })
    if (due) cut += 1
  }
  return cut
}

/** Cuts an edition out of turn, by a person. Answers with its head. */
export async function cutByHand(house: House, who: Acting, programme: string): Promise<EditionHead> {
  return house.act(who, 'cut-edition', {}, async (desk) => {
    const one = onShelf(await readShelf(house, desk), programme)
    if (one.document === null) {
      throw new Refused(
        'publishing.not_adopted',
        `${one.pack.programme.title} is not adopted here, so there is nothing to list.`,
        programme,
      )
    }
    return cutEdition(house, desk, one, { day: todayIn(one.pack.programme.zone, desk.now), person: actingId(who) })
  })
}

/** After a programme has ended one more edition says so; then there is nothing new to tell. */
const isOver = (document: ProgrammeDocument | null, heads: readonly EditionHead[]): boolean => {
  const ended = document?.closed_at ?? null
  return ended !== null && heads.some(({ as_of }) => as_of > ended)
}

async function cutEdition(
  house: House,
  desk: Desk,
  { pack: { programme }, document }: Shelved,
  given: { readonly day: string; readonly person: string | null },
): Promise<EditionHead> {
  const stream = editionsStream(programme.id)
  const events = await desk.asMachine(() => desk.log.stream(stream))
  const number = events.length + 1
  const previous = number === 1 ? null : await desk.documents.get<EditionHead>(EDITIONS, editionKey(programme.id, number - 1))
  const lines = await desk.documents.list<PublicAppLine>(PUBLIC_DIRECTORY)
  // Keys are not public; the address of a listing, in which one may stand, is.
  const states = await desk.asMachine(() => desk.documents.list<AppState>(STATES))
  const keys = new Map(states.map((one) => [one.key, one.document.key]))
  const rows = rowsOfList(
    lines.map((one) => one.document),
    programme.id,
    {
      partnerName: await readPartnerNames(desk),
      trustUrl: (app) => `${house.public_url()}/apps/${encodeURIComponent(app)}`,
      listingUrl: (app) => (house.listings === null ? null : filledIn(house.listings.listing, { app, key: keys.get(app) ?? null })),
    },
  )
  const adopted = document ?? (await desk.documents.get<ProgrammeDocument>(PROGRAMMES, programme.id))
  // Parsed on its way in: what the type does not know is never frozen.
  const edition = Edition.parse({
    programme: programme.id,
    number,
    day: given.day,
    as_of: desk.now,
    version: adopted?.version ?? '',
    digest: adopted?.digest ?? '',
    previous: previous?.hash ?? null,
    rows,
  })
  const hash = hashOfEdition(edition, sha256)
  const evidence = await desk.asMachine(() =>
    keepEvidence(desk, [
      {
        subject: stream,
        kind: 'edition',
        observed_at: desk.now,
        source: { by: given.person ?? 'machine', via: 'go-to-market' },
        visibility: 'public',
        body: edition,
      },
    ]),
  )
  const payload: EditionCut['payload'] = {
    programme: programme.id,
    number,
    day: given.day,
    hash,
    evidence,
    held: rows.filter(({ state }) => isHeld(state)).length,
    rows: rows.length,
    person: given.person,
  }
  const type: EditionCut['type'] = 'publishing.edition_cut'
  await desk.record([{ stream, subject: null, type, payload }], { expect: { stream, version: events.length } })
  const head = await desk.documents.get<EditionHead>(EDITIONS, editionKey(programme.id, number))
  if (head === null) throw new Error(`edition ${number} of ${programme.id} is not there after it was cut`)
  return head
}

/** Editions of a programme without their rows, the oldest first. */
export const readEditions = async (desk: Pick<Unit, 'documents'>, programme: string): Promise<readonly EditionHead[]> =>
  (await desk.documents.list<EditionHead>(EDITIONS, `${programme}/`)).map(({ document }) => document)

/** An edition with its rows, held against its hash on the way: a list that somebody changed is not shown. */
export async function readEdition(
  desk: Unit,
  programme: string,
  number: number,
): Promise<{ readonly head: EditionHead; readonly edition: Edition }> {
  const head = await desk.documents.get<EditionHead>(EDITIONS, editionKey(programme, number))
  if (head === null) throw new Refused('http.not_found', `${programme} has no edition ${number}.`, String(number))
  const kept = await readEvidence(desk, head.evidence)
  if (kept === null) throw new Error(`the list of edition ${number} of ${programme} is not there`)
  // The guarantee of the cast: it is, to the last byte, what was parsed before it was frozen; later schemas do not judge it.
  const edition = kept.body as JsonObject as unknown as Edition
  if (hashOfEdition(edition, sha256) !== head.hash) throw new Error(`edition ${number} of ${programme} is not what its hash says`)
  return { head, edition }
}

/** The day of the next edition; null where the programme has no rhythm or has ended. */
export function nextEditionDay(one: Shelved, now: Desk['now']): string | null {
  const policy = rhythmOf(one, now)
  return policy === null || one.document?.status !== 'open' ? null : nextCutDay(policy, one.pack.programme.zone, now)
}

const rhythmOf = ({ catalogue }: Shelved, now: Desk['now']): GoToMarket | null => policyOfKind(catalogue, 'go-to-market', now)
