import { z } from 'zod'
import type { Desk, House } from '../house.ts'
import { Refused } from '../kernel/refused.ts'
import type { Routes } from '../platform/http/app.ts'
import { Adherence, adherenceOf } from './adherence.ts'
import { AdherencePage } from './pages/adherence.tsx'
import { chromeOf } from './pages/chrome.ts'
import { PUBLIC_APPS, PUBLIC_DIRECTORY, PublicApp, type PublicAppLine } from './public-app.ts'
import { asStranger, readPartnerNames, readShelf, sendPage } from './showing.ts'

type DemoClock = { readonly now: () => string } | null

const PUBLIC = { act: 'read-public-pages' } as const
const Partner = z.strictObject({ partner: z.string().min(1).max(100) })
const tags = ['partners']

/** How each partner keeps the programmes: a page for everybody and the same as JSON, generated at the moment of asking. */
export function registerPartnerRoutes(app: Routes, house: House, demo: DemoClock = null): void {
  app.get(
    '/partners/:partner',
    {
      config: { ...PUBLIC, page: true, answers: 'text/html' },
      schema: { summary: 'How a partner keeps the programmes, as a page', tags, params: Partner },
    },
    async (request, reply) => {
      const read = await asStranger(house, async (desk) => ({
        adherence: await readAdherence(house, desk, request.params.partner),
        shelf: await readShelf(house, desk),
      }))
      const chrome = chromeOf({ marketplace: house.config.marketplace, acting: request.acting, demo, here: null })
      return sendPage(request, reply, <AdherencePage chrome={chrome} {...read} />)
    },
  )

  app.get(
    '/api/v1/partners/:partner/adherence',
    { config: PUBLIC, schema: { summary: 'How a partner keeps the programmes', tags, params: Partner, response: { 200: Adherence } } },
    async (request, reply) => {
      reply.header('access-control-allow-origin', '*').header('cache-control', 'no-cache')
      return asStranger(house, (desk) => readAdherence(house, desk, request.params.partner))
    },
  )
}

/** A partner without an app is not told of: that it is here at all is its own affair. */
async function readAdherence(house: House, desk: Desk, partner: string): Promise<Adherence> {
  const lines = await desk.documents.list<PublicAppLine>(PUBLIC_DIRECTORY)
  const own = lines.filter(({ document }) => document.partner === partner)
  if (own.length === 0) throw new Refused('http.not_found', `There is no partner "${partner}" with an app here.`, partner)
  const apps: PublicApp[] = []
  for (const { key } of own) {
    const document = await desk.documents.get<unknown>(PUBLIC_APPS, key)
    // Parsed on its way out: what the public type does not know stops here.
    if (document !== null) apps.push(PublicApp.parse(document))
  }
  const names = await readPartnerNames(desk)
  return adherenceOf({ partner, name: names(partner), apps, shelf: await readShelf(house, desk), as_of: desk.now })
}
