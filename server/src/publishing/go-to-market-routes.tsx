import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { refusalOf } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import { Refused } from '../kernel/refused.ts'
import type { Routes } from '../platform/http/app.ts'
import { becauseInWords } from './because.ts'
import { editionAsCsv, feedOf } from './go-to-market/carried.ts'
import { cutByHand, nextEditionDay, readEdition, readEditions } from './go-to-market/cutting.ts'
import { differencesBetween, Edition, EditionChange, EditionRow, type Differences } from './go-to-market/edition.ts'
import type { EditionHead } from './go-to-market/editions-view.ts'
import { chromeOf } from './pages/chrome.ts'
import { ChangesPage, EditionPage, EditionsPage, ListsPage } from './pages/go-to-market.tsx'
import { catalogueOf, type Shelf } from './shelf.ts'
import { asStranger, onShelf, readShelf, sendOnce, sendPage } from './showing.ts'

type DemoClock = { readonly now: () => string } | null

const PUBLIC = { act: 'read-public-pages' } as const
const PAGE = { ...PUBLIC, page: true } as const
const STABLE = { ...PAGE, answers: 'text/html' } as const
const tags = ['go-to-market']

const Number_ = z.coerce.number().int().min(1).max(99_999_999)
const Programme = z.strictObject({ programme: z.string().max(100) })
const OfEdition = Programme.extend({ number: z.union([z.literal('newest'), Number_]) })
const Between = z.object({ from: Number_, to: Number_ })

const Head = z
  .strictObject({
    number: z.int(),
    day: z.string(),
    as_of: z.string(),
    hash: z.string(),
    held: z.int().meta({ description: 'Badges that are held, at risk or not.' }),
    rows: z.int(),
    by: z.enum(['rhythm', 'person']),
  })
  .meta({ id: 'EditionHead' })
const Heads = z
  .strictObject({ programme: z.string(), next_day: z.string().nullable(), editions: z.array(Head) })
  .meta({ id: 'EditionList' })
const Whole = z.strictObject({ hash: z.string(), edition: Edition }).meta({ id: 'EditionWhole' })
const Changes = z
  .strictObject({
    programme: z.string(),
    from: Head,
    to: Head,
    added: z.array(EditionRow),
    removed: z.array(EditionRow),
    changed: z.array(EditionChange),
  })
  .meta({ id: 'EditionChanges' })

/** The list for field teams: dated editions, what changed between two, as pages, JSON, CSV and a feed. */
export function registerGoToMarketRoutes(app: Routes, house: House, demo: DemoClock = null): void {
  const chrome = (request: FastifyRequest) => chromeOf({ marketplace: house.config.marketplace, acting: request.acting, demo, here: null })

  app.get('/go-to-market', { config: STABLE, schema: { summary: 'Lists for field teams', tags } }, async (request, reply) => {
    const lists = await asStranger(house, async (desk) => {
      const shelf = await readShelf(house, desk)
      const all = []
      for (const one of shelf) {
        const newest = (await readEditions(desk, one.pack.programme.id)).at(-1) ?? null
        all.push({ one, newest, next_day: nextEditionDay(one, desk.now) })
      }
      return all
    })
    return sendPage(request, reply, <ListsPage chrome={chrome(request)} lists={lists} />)
  })

  app.get(
    '/go-to-market/:programme',
    {
      config: STABLE,
      schema: { summary: 'Editions of a list', tags, params: Programme, querystring: z.object({ done: z.string().max(20).optional() }) },
    },
    async (request, reply) => {
      const read = await asStranger(house, async (desk) => {
        const shelf = await readShelf(house, desk)
        const one = onShelf(shelf, request.params.programme)
        const heads = await readEditions(desk, one.pack.programme.id)
        return { one, heads, next_day: nextEditionDay(one, desk.now) }
      })
      const may_cut = refusalOf(request.acting, 'cut-edition') === null
      return sendPage(
        request,
        reply,
        <EditionsPage
          chrome={chrome(request)}
          {...read}
          may_cut={may_cut}
          told={request.query.done === undefined ? null : 'The edition is cut.'}
        />,
      )
    },
  )

  app.post(
    '/go-to-market/:programme/editions',
    { config: { act: 'cut-edition', page: true }, schema: { hide: true, params: Programme } },
    async (request, reply) => {
      const { programme } = request.params
      await cutByHand(house, request.acting, programme)
      return reply.redirect(`/go-to-market/${encodeURIComponent(programme)}?done=1`, 303)
    },
  )

  app.get(
    '/go-to-market/:programme/:number',
    {
      config: STABLE,
      schema: {
        summary: 'An edition as a page',
        tags,
        params: OfEdition,
        querystring: z.object({ page: z.coerce.number().int().min(1).max(10_000).catch(1) }),
      },
    },
    async (request, reply) => {
      const read = await asStranger(house, (desk) => editionAsked(house, desk, request.params))
      return sendPage(request, reply, <EditionPage chrome={chrome(request)} {...read} page={request.query.page} />)
    },
  )

  app.get(
    '/go-to-market/:programme/changes',
    { config: STABLE, schema: { summary: 'What changed between two editions, as a page', tags, params: Programme, querystring: Between } },
    async (request, reply) => {
      const read = await asStranger(house, (desk) => changesAsked(house, desk, request.params.programme, request.query))
      return sendPage(request, reply, <ChangesPage chrome={chrome(request)} {...read} />)
    },
  )

  app.get(
    '/go-to-market/:programme/feed.atom',
    { config: { ...PUBLIC, answers: 'application/atom+xml' }, schema: { summary: 'Editions as a feed', tags, params: Programme } },
    async (request, reply) => {
      const feed = await asStranger(house, async (desk) => {
        const { pack, document } = onShelf(await readShelf(house, desk), request.params.programme)
        const { id, title } = pack.programme
        const heads = (await readEditions(desk, id)).slice(-NEWEST)
        return feedOf({
          title: `${title}: list for field teams`,
          programme: id,
          public_url: house.public_url(),
          marketplace: house.config.marketplace,
          heads,
          updated: document?.adopted_at ?? desk.now,
        })
      })
      return sendOnce(request, open(reply), 'application/atom+xml; charset=utf-8', feed)
    },
  )

  app.get(
    '/api/v1/go-to-market/:programme/editions',
    {
      config: PUBLIC,
      schema: { summary: 'Editions of a programme’s list, the oldest first', tags, params: Programme, response: { 200: Heads } },
    },
    async (request, reply) => {
      open(reply)
      return asStranger(house, async (desk) => {
        const one = onShelf(await readShelf(house, desk), request.params.programme)
        const { id } = one.pack.programme
        return { programme: id, next_day: nextEditionDay(one, desk.now), editions: (await readEditions(desk, id)).map(headOf) }
      })
    },
  )

  app.post(
    '/api/v1/go-to-market/:programme/editions',
    { config: { act: 'cut-edition' }, schema: { summary: 'Cut an edition now', tags, params: Programme, response: { 201: Head } } },
    async (request, reply) => {
      const head = await cutByHand(house, request.acting, request.params.programme)
      return reply.status(201).send(headOf(head))
    },
  )

  app.get(
    '/api/v1/go-to-market/:programme/editions/:number',
    {
      config: PUBLIC,
      schema: {
        summary: 'An edition with its rows',
        description: 'The hash is SHA-256 over the canonical form (RFC 8785) of `edition`.',
        tags,
        params: OfEdition,
        response: { 200: Whole },
      },
    },
    async (request, reply) => {
      const { head, edition } = await asStranger(house, (desk) => editionAsked(house, desk, request.params))
      kept(reply, request.params.number, head)
      return { hash: head.hash, edition }
    },
  )

  app.get(
    '/api/v1/go-to-market/:programme/editions/:number.csv',
    { config: { ...PUBLIC, answers: 'text/csv' }, schema: { summary: 'The same for a spreadsheet', tags, params: OfEdition } },
    async (request, reply) => {
      const { head, edition, shelf } = await asStranger(house, (desk) => editionAsked(house, desk, request.params))
      kept(reply, request.params.number, head).header(
        'content-disposition',
        `attachment; filename="${head.programme}-${head.day}-edition-${head.number}.csv"`,
      )
      return sendOnce(request, reply, 'text/csv; charset=utf-8; header=present', editionAsCsv(edition, shelf))
    },
  )

  app.get(
    '/api/v1/go-to-market/:programme/changes',
    {
      config: PUBLIC,
      schema: {
        summary: 'What changed between two editions',
        tags,
        params: Programme,
        querystring: Between.strict(),
        response: { 200: Changes },
      },
    },
    async (request, reply) => {
      open(reply)
      const { programme, from, to, differences, shelf } = await asStranger(house, (desk) =>
        changesAsked(house, desk, request.params.programme, request.query),
      )
      return {
        programme,
        from: headOf(from.head),
        to: headOf(to.head),
        added: [...differences.added],
        removed: [...differences.removed],
        changed: differences.changed.map((one) => ({
          app: one.to.app,
          tier: one.to.tier,
          ...one,
          because: becauseInWords(one.to, catalogueOf(shelf, to.edition)),
        })),
      }
    },
  )
}

/** Entries of the feed; older editions are on the page. */
const NEWEST = 50

const open = (reply: FastifyReply): FastifyReply => reply.header('access-control-allow-origin', '*').header('cache-control', 'no-cache')

/** An edition never changes, so whoever has it may keep it; `newest` is another one tomorrow. */
const kept = (reply: FastifyReply, number: number | 'newest', head: EditionHead): FastifyReply =>
  number === 'newest'
    ? open(reply)
    : reply
        .header('access-control-allow-origin', '*')
        .header('cache-control', 'public, max-age=31536000, immutable')
        .header('etag', `"${head.hash}"`)

const headOf = ({ number, day, as_of, hash, held, rows, by }: EditionHead): z.infer<typeof Head> => ({
  number,
  day,
  as_of,
  hash,
  held,
  rows,
  by,
})

async function editionAsked(
  house: House,
  desk: Desk,
  of: { readonly programme: string; readonly number: number | 'newest' },
): Promise<{ readonly head: EditionHead; readonly edition: Edition; readonly shelf: Shelf; readonly newest: number }> {
  const shelf = await readShelf(house, desk)
  const { id, title } = onShelf(shelf, of.programme).pack.programme
  const newest = (await readEditions(desk, id)).at(-1)
  if (newest === undefined) throw new Refused('http.not_found', `No edition of the list of ${title} is cut yet.`, id)
  const number = of.number === 'newest' ? newest.number : of.number
  return { ...(await readEdition(desk, id, number)), shelf, newest: newest.number }
}

type Side = { readonly head: EditionHead; readonly edition: Edition }

async function changesAsked(
  house: House,
  desk: Desk,
  programme: string,
  of: { readonly from: number; readonly to: number },
): Promise<{
  readonly programme: string
  readonly from: Side
  readonly to: Side
  readonly differences: Differences
  readonly shelf: Shelf
}> {
  const shelf = await readShelf(house, desk)
  const { id } = onShelf(shelf, programme).pack.programme
  const from = await readEdition(desk, id, of.from)
  const to = await readEdition(desk, id, of.to)
  return { programme: id, from, to, differences: differencesBetween(from.edition, to.edition), shelf }
}
