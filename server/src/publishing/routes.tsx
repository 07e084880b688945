import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { refusalOf } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import type { Routes } from '../platform/http/app.ts'
import { STYLE } from '../platform/http/stylesheet.ts'
import { AppList, headOf, ProgrammeList, ProgrammeWhole, wholeOf } from './answers.ts'
import { searchDirectory, SORTS, type DirectoryQuery } from './directory.ts'
import { chromeOf, type Place } from './pages/chrome.ts'
import { DirectoryPageOf } from './pages/directory.tsx'
import { FAVICON } from './pages/favicon.ts'
import { ProgrammePage, ProgrammesPage } from './pages/programme.tsx'
import { TrustPage } from './pages/trust.tsx'
import { readProcess } from './processing.ts'
import { BadgeWord, PUBLIC_DIRECTORY, PublicTrust, type PublicAppLine } from './public-app.ts'
import { endingsOf, placeOfTier } from './shelf.ts'
import { asStranger, onShelf, programmeRead, readPartnerNames, readShelf, sendOnce, sendPage, readPublicApp } from './showing.ts'

/** A part of the demo that pages show. */
type DemoClock = { readonly now: () => string } | null

const ROWS = 50
const PUBLIC = { act: 'read-public-pages' } as const
const PAGE = { config: { ...PUBLIC, page: true }, schema: { hide: true } } as const
/** Pages whose addresses others lean on stand in the description for programs. */
const STABLE = { ...PUBLIC, page: true, answers: 'text/html' } as const

const AppParams = z.strictObject({ app: z.string().max(100) })
const ProgrammeParams = z.strictObject({ programme: z.string().max(100) })

const Platform = z.enum(['connect', 'forge', 'neutral'])
const State = z.enum([...BadgeWord.options, 'none'])

/** Filters of the page: what nobody offers is as good as not asked, since addresses are typed and cut by hand. */
const PageQuery = z.object({
  text: z.string().max(100).catch(''),
  tier: z.string().min(1).max(200).nullable().catch(null),
  state: State.nullable().catch(null),
  platform: Platform.nullable().catch(null),
  sort: z.enum(SORTS).catch('name'),
  after: z.string().min(1).max(100).nullable().catch(null),
})

/** The same for programs, which are told when they ask for what is not there. */
const ListQuery = z.strictObject({
  text: z.string().max(100).default(''),
  tier: z.string().max(200).optional().meta({ description: '`programme.tier`' }),
  state: State.optional(),
  platform: Platform.optional(),
  sort: z.enum(SORTS).default('name'),
  after: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(ROWS),
})

/** Everything that needs no sign-in: pages, badges, and the same as JSON, all made from the public views. */
export function registerPublicRoutes(app: Routes, house: House, demo: DemoClock = null): void {
  const chrome = (request: FastifyRequest, here: Place) =>
    chromeOf({ marketplace: house.config.marketplace, acting: request.acting, demo, here })

  app.get('/style.css', { config: PUBLIC, schema: { hide: true } }, async (request, reply) => {
    reply.header('cache-control', 'public, max-age=31536000, immutable')
    return sendOnce(request, reply, 'text/css; charset=utf-8', STYLE)
  })
  app.get('/favicon.svg', { config: PUBLIC, schema: { hide: true } }, async (request, reply) => {
    reply.header('cache-control', 'public, max-age=86400')
    return sendOnce(request, reply, 'image/svg+xml', FAVICON)
  })
  const self = { config: { ...PUBLIC, answers: 'application/json' }, schema: { summary: 'This description', tags: ['public'] } } as const
  app.get('/openapi.json', self, async (request, reply) => {
    reply.header('cache-control', 'no-cache').header('access-control-allow-origin', '*')
    return sendOnce(request, reply, 'application/json; charset=utf-8', `${JSON.stringify(app.swagger(), null, 2)}\n`)
  })

  app.get('/', { config: STABLE, schema: { summary: 'The directory as a page', tags: ['public'] } }, async (request, reply) => {
    const query: DirectoryQuery = { ...PageQuery.parse(request.query), limit: ROWS }
    const { shelf, found } = await asStranger(house, (desk) => searched(house, desk, query))
    return sendPage(request, reply, <DirectoryPageOf chrome={chrome(request, '/')} shelf={shelf} query={query} found={found} />)
  })

  app.get(
    '/apps/:app',
    { config: STABLE, schema: { summary: 'An app’s trust page', tags: ['public'], params: AppParams } },
    async (request, reply) => {
      const id = request.params.app
      const read = await asStranger(house, async (desk) => {
        const found = await readPublicApp(desk, id)
        const names = await readPartnerNames(desk)
        const process = await readProcess(desk, id)
        return { app: found, process, shelf: await readShelf(house, desk), now: desk.now, partner_name: names(found.partner) }
      })
      const may_read_standing = refusalOf(request.acting, 'read-app', { organisation: read.app.partner }) === null
      const props = { ...read, chrome: chrome(request, null), public_url: house.public_url(), may_read_standing }
      return sendPage(request, reply, <TrustPage {...props} />)
    },
  )

  app.get('/programmes', PAGE, async (request, reply) => {
    const shelf = await asStranger(house, (desk) => readShelf(house, desk))
    return sendPage(request, reply, <ProgrammesPage chrome={chrome(request, '/programmes')} shelf={shelf} />)
  })

  app.get('/programmes/:programme', { ...PAGE, schema: { hide: true, params: ProgrammeParams } }, async (request, reply) => {
    const read = await asStranger(house, (desk) => programmeRead(house, desk, request.params.programme))
    const may_end = refusalOf(request.acting, 'close-programme') === null
    return sendPage(request, reply, <ProgrammePage chrome={chrome(request, '/programmes')} {...read} may_end={may_end} />)
  })

  app.get(
    '/api/v1/apps',
    { config: PUBLIC, schema: { summary: 'Apps with their badges', tags: ['public'], querystring: ListQuery, response: { 200: AppList } } },
    async (request, reply) => {
      const { tier = null, state = null, platform = null, after = null, ...rest } = request.query
      const { found } = await asStranger(house, (desk) => searched(house, desk, { tier, state, platform, after, ...rest }))
      reply.header('access-control-allow-origin', '*')
      return { apps: found.rows.map(({ line }) => line), total: found.total, next: found.next }
    },
  )

  app.get(
    '/api/v1/apps/:app/trust',
    {
      config: PUBLIC,
      schema: { summary: 'All that the world may know of an app', tags: ['public'], params: AppParams, response: { 200: PublicTrust } },
    },
    async (request, reply) => {
      const found = await asStranger(house, async (desk) => {
        const app_read = await readPublicApp(desk, request.params.app)
        return { ...app_read, endings: endingsOf(app_read, await readShelf(house, desk)) }
      })
      reply.header('access-control-allow-origin', '*').header('cache-control', 'no-cache')
      return found
    },
  )

  app.get(
    '/api/v1/programmes',
    { config: PUBLIC, schema: { summary: 'The programmes of this marketplace', tags: ['public'], response: { 200: ProgrammeList } } },
    async (_request, reply) => {
      const shelf = await asStranger(house, (desk) => readShelf(house, desk))
      reply.header('access-control-allow-origin', '*')
      return { programmes: shelf.map(headOf) }
    },
  )

  app.get(
    '/api/v1/programmes/:programme',
    {
      config: PUBLIC,
      schema: {
        summary: 'A programme with its rules in force',
        tags: ['public'],
        params: ProgrammeParams,
        response: { 200: ProgrammeWhole },
      },
    },
    async (request, reply) => {
      const shelf = await asStranger(house, (desk) => readShelf(house, desk))
      reply.header('access-control-allow-origin', '*')
      return wholeOf(onShelf(shelf, request.params.programme))
    },
  )
}

async function searched(house: House, desk: Desk, query: DirectoryQuery) {
  const lines = await desk.documents.list<PublicAppLine>(PUBLIC_DIRECTORY)
  const shelf = await readShelf(house, desk)
  const found = searchDirectory(
    lines.map(({ document }) => document),
    query,
    { partnerName: await readPartnerNames(desk), placeOf: (badge) => placeOfTier(shelf, badge) },
  )
  return { shelf, found }
}
