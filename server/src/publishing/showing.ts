import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ReactElement } from 'react'
import { TURNS, type TurnsDocument } from '../applications/view.ts'
import { PROGRAMMES, type ProgrammeDocument } from '../directory/programme.ts'
import type { Acting } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import { Refused } from '../kernel/refused.ts'
import { sha256 } from '../platform/crypto.ts'
import { page } from './pages/render.ts'
import { PUBLIC_APPS, PublicApp, type PublicStanding } from './public-app.ts'
import { shelfOf, shelved, type Shelf, type Shelved } from './shelf.ts'

/** What routes of pages share: reading as a stranger, and sending so that nothing is sent twice. */

const STRANGER: Acting = { kind: 'public' }

/** Reads for a public page: as a stranger, whoever asks, so that row security stands behind what the page may show. */
export const asStranger = <T>(house: House, work: (desk: Desk) => Promise<T>): Promise<T> =>
  house.act(STRANGER, 'read-public-pages', {}, work)

/** The programmes with the rules that judge now. */
export async function readShelf(house: House, desk: Desk): Promise<Shelf> {
  const documents = await desk.documents.list<ProgrammeDocument>(PROGRAMMES)
  return shelfOf(
    house.packs,
    documents.map(({ document }) => document),
    desk.now,
  )
}

/** An app as the world may see it; refuses one that is not here. Parsed again on its way out: what the type does not know stops here. */
export async function readPublicApp(desk: Desk, id: string): Promise<PublicApp> {
  const document = await desk.documents.get<unknown>(PUBLIC_APPS, id)
  if (document === null) throw new Refused('directory.no_such_app', `There is no app "${id}" here.`, id)
  return PublicApp.parse(document)
}

/** Names of partners by id. Who makes an app is public; the rows are walled because other organisations are not. */
export async function readPartnerNames(desk: Desk): Promise<(id: string) => string> {
  const rows = await desk.asMachine(() =>
    desk.sql
      .selectFrom('organisation')
      .select(['organisation_id', 'name'])
      .where('marketplace_id', '=', desk.scope.marketplace)
      .where('kind', '=', 'partner')
      .execute(),
  )
  const names = new Map(rows.map((row) => [row.organisation_id, row.name]))
  return (id) => names.get(id) ?? id
}

/** Sends a page with a validator, and 304 to who has it already. What a signed-in person sees is kept by their browser only. */
export function sendPage(request: FastifyRequest, reply: FastifyReply, element: ReactElement): FastifyReply {
  reply.header('vary', 'cookie').header('cache-control', request.acting.kind === 'public' ? 'no-cache' : 'private, no-cache')
  return sendOnce(request, reply, 'text/html; charset=utf-8', page(element))
}

/** Sends a body once: who names its validator is told that nothing changed. */
export function sendOnce(request: FastifyRequest, reply: FastifyReply, type: string, body: string | Uint8Array): FastifyReply {
  const text = typeof body === 'string' ? body : Buffer.from(body).toString('base64')
  const etag = `"${sha256(text).slice('sha256:'.length, 'sha256:'.length + 32)}"`
  reply.header('etag', etag)
  const held = (request.headers['if-none-match'] ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''))
  if (held.includes(etag) || held.includes('*')) return reply.status(304).send()
  return reply.type(type).send(typeof body === 'string' ? body : Buffer.from(body))
}

/** A programme with what pages tell beside its rules: public standings of holders, and how long applications took. */
export async function programmeRead(house: House, desk: Desk, id: string) {
  const shelf = await readShelf(house, desk)
  const apps = await desk.documents.list<PublicApp>(PUBLIC_APPS)
  const standings: readonly PublicStanding[] = apps.flatMap(({ document }) =>
    document.standings.filter(({ programme }) => programme === id),
  )
  const turns = await desk.documents.get<TurnsDocument>(TURNS, id)
  return { shelf, shelved: onShelf(shelf, id), standings, turns, now: desk.now }
}

/** A programme by its id; refuses one that is not here. */
export function onShelf(shelf: Shelf, id: string): Shelved {
  const found = shelved(shelf, id)
  if (found === null) throw new Refused('http.not_found', `There is no programme "${id}" here.`, id)
  return found
}
