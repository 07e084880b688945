import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { LEDGERS, type LedgerDocument } from '../attribution/ledger-view.ts'
import type { House } from '../house.ts'
import type { Routes } from '../platform/http/app.ts'
import { atomOf, jsonFeedOf, rssOf, type Feed } from './feed.ts'
import { chromeOf } from './pages/chrome.ts'
import { FEEDS, StatusPage } from './pages/status.tsx'
import { publicLedgerOf } from './public-ledger.ts'
import { asStranger, readPublicApp, readShelf, sendOnce, sendPage } from './showing.ts'
import { statusOf } from './status.ts'

type DemoClock = { readonly now: () => string } | null

const Params = z.strictObject({ app: z.string().min(1).max(100) })
const PUBLIC = { act: 'read-public-pages' } as const
const WRITTEN = { 'status.atom': atomOf, 'status.rss': rssOf, 'status.json': jsonFeedOf } as const satisfies Record<
  (typeof FEEDS)[number]['file'],
  (feed: Feed) => string
>

/** How an app fares, as a page and as feeds. */
export function registerStatusPages(app: Routes, house: House, demo: DemoClock = null): void {
  app.get(
    '/apps/:app/status',
    {
      config: { ...PUBLIC, page: true, answers: 'text/html' },
      schema: { summary: 'An app’s status page', tags: ['public'], params: Params },
    },
    async (request, reply) => {
      const chrome = chromeOf({ marketplace: house.config.marketplace, acting: request.acting, demo, here: null })
      return sendPage(request, reply, <StatusPage chrome={chrome} {...await read(house, request.params.app)} />)
    },
  )
  for (const { file, name, type } of FEEDS) {
    app.get(
      `/apps/:app/${file}`,
      { config: { ...PUBLIC, answers: type }, schema: { summary: `An app’s status as ${name}`, tags: ['public'], params: Params } },
      async (request: FastifyRequest<{ Params: z.infer<typeof Params> }>, reply: FastifyReply) => {
        const { app: shown, status } = await read(house, request.params.app)
        const about = `${house.public_url()}/apps/${encodeURIComponent(shown.app)}/status`
        const feed = {
          title: `Status of ${shown.name}`,
          about,
          self: `${house.public_url()}/apps/${encodeURIComponent(shown.app)}/${file}`,
          author: house.config.marketplace,
          updated: status.as_of,
          items: status.items,
        }
        reply.header('access-control-allow-origin', '*').header('cache-control', 'no-cache')
        return sendOnce(request, reply, `${type}; charset=utf-8`, WRITTEN[file](feed))
      },
    )
  }
}

/** What is public of an app. What the ledger took out is public for whoever has figures in public, and for nobody else. */
async function read(house: House, id: string) {
  const { app, shelf, now } = await asStranger(house, async (desk) => ({
    app: await readPublicApp(desk, id),
    shelf: await readShelf(house, desk),
    now: desk.now,
  }))
  const ledger =
    app.badges.length === 0
      ? null
      : await house.database.within({ marketplace: house.marketplace, party: { kind: 'machine' } }, (unit) =>
          unit.documents.get<LedgerDocument>(LEDGERS, id),
        )
  const entries = ledger === null ? [] : publicLedgerOf(ledger).entries
  return { app, shelf, status: statusOf({ app, entries, shelf, public_url: house.public_url(), now }) }
}
