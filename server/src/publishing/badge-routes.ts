import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { BADGE_MAX_AGE_S, badgeSvg, shieldsOf, type BadgeFace } from '../badges/picture.ts'
import type { Desk, House } from '../house.ts'
import { Refused } from '../kernel/refused.ts'
import type { Routes } from '../platform/http/app.ts'
import { pngOf } from '../platform/png.ts'
import { foremost, PUBLIC_APPS, type PublicApp } from './public-app.ts'
import { placeOfTier, shelved, tierOf, type Shelf } from './shelf.ts'
import { asStranger, readShelf, sendOnce } from './showing.ts'

const PUBLIC = { act: 'read-public-pages' } as const

const Query = z.strictObject({
  programme: z.string().max(100).optional().meta({ description: 'Which programme’s badge; without it the one that tells most.' }),
  tier: z.string().max(100).optional(),
})
const Params = z.strictObject({ app: z.string().max(100) })

const Shields = z
  .strictObject({
    schemaVersion: z.literal(1),
    label: z.string(),
    message: z.string(),
    color: z.string(),
    isError: z.boolean(),
    cacheSeconds: z.number(),
  })
  .meta({ id: 'ShieldsBadge' })

/** The badge as picture and as JSON, from what is public and nothing else. Anybody may embed it. */
export function registerBadgePictures(app: Routes, house: House): void {
  const shown = (request: FastifyRequest): Promise<BadgeFace> => {
    const { app: id } = Params.parse(request.params)
    const { programme = null, tier = null } = Query.parse(request.query)
    return asStranger(house, async (desk) => faceOf(desk, await readShelf(house, desk), id, programme, tier))
  }

  const shownAs = (answers: string, summary: string) =>
    ({ config: { ...PUBLIC, answers }, schema: { summary, tags: ['public'], params: Params, querystring: Query } }) as const
  app.get('/badge/:app.svg', shownAs('image/svg+xml', 'An app’s badge as a picture that scales'), async (request, reply) =>
    sendOnce(request, embeddable(reply), 'image/svg+xml; charset=utf-8', badgeSvg(await shown(request))),
  )
  app.get('/badge/:app.png', shownAs('image/png', 'An app’s badge as a picture of pixels'), async (request, reply) =>
    sendOnce(request, embeddable(reply), 'image/png', await pngOf(badgeSvg(await shown(request)))),
  )
  app.get(
    '/badge/:app.json',
    {
      config: PUBLIC,
      schema: {
        summary: 'An app’s badge in the shape that Shields reads',
        tags: ['public'],
        params: Params,
        querystring: Query,
        response: { 200: Shields },
      },
    },
    async (request, reply) => {
      embeddable(reply)
      return shieldsOf(await shown(request))
    },
  )
}

const embeddable = (reply: FastifyReply): FastifyReply =>
  reply.header('cache-control', `public, max-age=${BADGE_MAX_AGE_S}`).header('access-control-allow-origin', '*')

async function faceOf(desk: Desk, shelf: Shelf, id: string, programme: string | null, tier: string | null): Promise<BadgeFace> {
  const known = await desk.documents.get<PublicApp>(PUBLIC_APPS, id)
  if (known === null) throw new Refused('directory.no_such_app', `There is no app "${id}" here.`, id)
  const asked = known.badges.filter(
    (badge) => (programme === null || badge.programme === programme) && (tier === null || badge.tier === tier),
  )
  const badge = foremost(asked, (one) => placeOfTier(shelf, one))
  if (badge !== null) {
    const face = { label: labelOf(shelf, badge.programme, badge.tier), state: badge.state, as_of: desk.now }
    const document = shelved(shelf, badge.programme)?.document ?? null
    if (document === null || document.status !== 'closed') return face
    const next = document.succession?.programme ?? null
    return { ...face, ended: { successor: next === null ? null : (shelved(shelf, next)?.pack.programme.title ?? next) } }
  }
  const first = programme ?? shelf.find(({ document }) => document?.status === 'open')?.pack.programme.id ?? ''
  return { label: labelOf(shelf, first, tier), state: 'none', as_of: desk.now }
}

/** The tier's title; the programme's where no tier is meant. */
const labelOf = (shelf: Shelf, programme: string, tier: string | null): string =>
  (tier === null ? null : tierOf(shelf, programme, tier)?.title) ??
  shelved(shelf, programme)?.catalogue.programme.title ??
  'Trust programme'
