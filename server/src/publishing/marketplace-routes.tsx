import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { APPS, type AppDocument } from '../directory/apps-view.ts'
import { operatorOrganisation } from '../enrolment/organisation.ts'
import { refusalOf, type Acting } from '../enrolment/authorise.ts'
import type { House } from '../house.ts'
import { parseInstant } from '../kernel/time.ts'
import { sha256 } from '../platform/crypto.ts'
import type { Routes } from '../platform/http/app.ts'
import { mismatchInWords } from './marketplace/words.ts'
import { MISMATCHES, type MismatchesDocument } from './marketplace/mismatches-view.ts'
import { lookAgain } from './marketplace/reading-back.ts'
import { filledIn } from './marketplace/settings.ts'
import { AppState, STATES, statesAfter } from './marketplace/state.ts'
import { outboxState } from './outbox/state.ts'
import { chromeOf } from './pages/chrome.ts'
import { MarketplacePage, type MarketplaceRead } from './pages/marketplace.tsx'
import { page } from './pages/render.ts'
import { badgeNamed } from './shelf.ts'
import { readShelf } from './showing.ts'

type DemoClock = { readonly now: () => string } | null

const tags = ['marketplace']
const AppId = z.strictObject({ app: z.string().min(1).max(100) })
const MOST = 500

const States = z
  .strictObject({
    states: z.array(AppState),
    next: z.int().nullable().meta({ description: 'Send as `since` for the rest; null when there is none.' }),
    until: z.int().meta({ description: 'Highest sequence of all states. Send as `since` the next time.' }),
  })
  .meta({ id: 'AppStates' })

const Kind = z.enum(['shown_without_badge', 'missing_after_grant', 'open_after_hide', 'closed_while_listed', 'unreadable'])
const Told = z
  .strictObject({
    reads_back: z.boolean().meta({ description: 'Whether settings say how listings are read.' }),
    open: z.array(
      z.strictObject({
        app: z.string(),
        of: z.string(),
        kind: Kind,
        says: z.string(),
        at: z.string(),
        since: z.string(),
        evidence: z.array(z.string()),
      }),
    ),
    unread: z.array(z.strictObject({ app: z.string(), why: z.string(), since: z.string(), due_at: z.string() })),
  })
  .meta({ id: 'Marketplace' })
const Done = z.strictObject({ done: z.literal(true) })

/** The operator's marketplace: states to pull, what its listings show otherwise, and a look by hand. */
export function registerMarketplaceRoutes(app: Routes, house: House, demo: DemoClock = null): void {
  app.get(
    '/api/v1/states',
    {
      config: { act: 'read-states' },
      schema: {
        summary: 'What the marketplace has to show of each app',
        description: 'Whole states, in the order of their changes. Keep the highest `sequence` of each app and ignore what is not higher.',
        tags,
        querystring: z.strictObject({
          since: z.coerce.number().int().min(0).default(0),
          limit: z.coerce.number().int().min(1).max(MOST).default(MOST),
        }),
        response: { 200: States },
      },
    },
    async (request, reply) => {
      const { since, limit } = request.query
      const all = await house.act(request.acting, 'read-states', {}, async (desk) =>
        (await desk.documents.list<AppState>(STATES)).map(({ document }) => document),
      )
      const { states, next } = statesAfter(all, since, limit)
      const answer = { states: [...states], next, until: all.reduce((most, { sequence }) => Math.max(most, sequence), 0) }
      const etag = `"${sha256(JSON.stringify(answer)).slice('sha256:'.length, 'sha256:'.length + 32)}"`
      reply.header('etag', etag).header('cache-control', 'private, no-cache')
      const held = (request.headers['if-none-match'] ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''))
      if (held.includes(etag)) return (reply as FastifyReply).status(304).send()
      return answer
    },
  )

  app.get(
    '/api/v1/marketplace',
    { config: { act: 'read-states' }, schema: { summary: 'What listings show otherwise than they should', tags, response: { 200: Told } } },
    async (request) => {
      const { all, shelf } = await house.act(request.acting, 'read-states', {}, async (desk) => ({
        all: (await desk.documents.list<MismatchesDocument>(MISMATCHES)).map(({ document }) => document),
        shelf: await readShelf(house, desk),
      }))
      return {
        reads_back: house.listings?.read !== undefined,
        open: all.flatMap(({ app: id, open }) =>
          open.map(({ of, kind, at, since, evidence }) => {
            const says = mismatchInWords({ of, kind }, badgeNamed(shelf, of))
            return { app: id, of, kind, says, at, since, evidence: [...evidence] }
          }),
        ),
        unread: all.flatMap(({ app: id, unread }) =>
          unread === null ? [] : [{ app: id, why: unread.why, since: unread.since, due_at: unread.due_at }],
        ),
      }
    },
  )

  app.post(
    '/api/v1/apps/:app/listing-looks',
    {
      config: { act: 'look-at-listing' },
      schema: { summary: 'Look at an app’s listing now', tags, params: AppId, response: { 200: Done } },
    },
    async (request) => {
      await lookAgain(house, request.acting, request.params.app)
      return { done: true as const }
    },
  )

  const marketplacePage = async (request: FastifyRequest, told: string | null) => {
    const read = await readMarketplace(house, request.acting)
    const may_look = refusalOf(request.acting, 'look-at-listing') === null
    const chrome = chromeOf({ marketplace: house.config.marketplace, acting: request.acting, demo, here: '/overview' })
    return page(<MarketplacePage chrome={chrome} read={read} may_look={may_look} told={told} />)
  }
  app.get(
    '/marketplace',
    { config: { act: 'read-states', page: true }, schema: { hide: true, querystring: z.object({ done: z.string().max(20).optional() }) } },
    async (request, reply) =>
      reply
        .header('cache-control', 'no-store')
        .type('text/html; charset=utf-8')
        .send(await marketplacePage(request, request.query.done === undefined ? null : 'The listing was looked at.')),
  )
  app.post(
    '/marketplace/:app/looks',
    { config: { act: 'look-at-listing', page: true }, schema: { hide: true, params: AppId } },
    async (request, reply) => {
      await lookAgain(house, request.acting, request.params.app)
      return reply.redirect('/marketplace?done=1', 303)
    },
  )
}

const readMarketplace = (house: House, who: Acting): Promise<MarketplaceRead> =>
  house.act(who, 'read-states', {}, async (desk) => {
    const all = (await desk.documents.list<MismatchesDocument>(MISMATCHES)).map(({ document }) => document)
    const apps = []
    for (const document of all) {
      const known = await desk.documents.get<AppDocument>(APPS, document.app)
      const { listings } = house
      const listing_url = known === null || listings === null ? null : filledIn(listings.listing, known)
      apps.push({ document, name: known?.name ?? document.app, listing_url })
    }
    const states = await desk.documents.list<AppState>(STATES)
    const ran_at = house.jobs.get('read-listings-back')?.ran_at ?? null
    const operator = (await operatorOrganisation(desk)).organisation
    const webhooks = await desk.sql
      .selectFrom('webhook')
      .select('webhook_id')
      .where('marketplace_id', '=', house.marketplace)
      .where('organisation_id', '=', operator)
      .execute()
    return {
      settings: house.listings,
      apps,
      states: states.length,
      webhooks: webhooks.length,
      outbox: (await outboxState(desk)).webhook,
      last_round: ran_at === null ? null : parseInstant(ran_at),
      shelf: await readShelf(house, desk),
      now: desk.now,
    }
  })
