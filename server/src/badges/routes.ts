import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { onApp } from '../directory/registering.ts'
import type { House } from '../house.ts'
import type { Routes } from '../platform/http/app.ts'
import { textOf } from '../platform/http/forms.ts'
import {
  actOnBadge,
  actOnListing,
  LISTING_ACTS,
  PERSONS_ACTS,
  readBadge,
  readListing,
  type BadgeRead,
  type PersonsAct,
  type PersonsListingAct,
} from './acting.ts'
import { BADGES, badgeKey, type BadgeDocument } from './badges-view.ts'
import type { BadgeOf } from './events.ts'
import { firstDue } from './breach.ts'

const Id = z.string().min(1).max(200)
const App = z.strictObject({ app: z.string().min(1).max(100) })
const Badge = App.extend({ programme: Id, tier: Id })

const OnStanding = z
  .strictObject({ standing_hash: z.string().max(200).meta({ description: 'The hash of the standing that you decide on.' }) })
  .meta({ id: 'OnStanding' })
const Because = z
  .strictObject({ reason: z.string().min(1).max(2_000).meta({ description: 'Why; the partner reads it.' }) })
  .meta({ id: 'Because' })

const Breach = z.strictObject({
  requirement: z.string(),
  due_at: z.string().nullable(),
  left_ms: z.number().nullable().meta({ description: 'What is left while the days stand still.' }),
})
const Offered = z.strictObject({ act: z.string(), allowed: z.boolean(), reason: z.string().nullable() })
const BadgeWord = z.enum(['none', 'active', 'at_risk', 'suspended', 'revoked', 'expired'])
const BadgeOut = z
  .strictObject({
    app: z.string(),
    programme: z.string(),
    tier: z.string(),
    state: BadgeWord,
    valid_until: z.string().nullable(),
    breaches: z.array(Breach),
    cure_until: z.string().nullable(),
    revoke_at: z.string().nullable(),
    agreed_by: z.array(z.string()),
    standing_hash: z.string().nullable(),
    actions: z.array(Offered),
    history: z.array(
      z.strictObject({
        at: z.string(),
        what: z.string(),
        reasons: z.array(z.string()),
        requirements: z.array(z.string()),
        hash: z.string(),
      }),
    ),
  })
  .meta({ id: 'Badge' })
const BadgeAfter = z
  .strictObject({ state: BadgeWord, valid_until: z.string().nullable(), agreed_by: z.array(z.string()) })
  .meta({ id: 'BadgeAfter' })

const ListingWord = z.enum(['listed', 'warned', 'hidden', 'paused'])
const ListingOut = z
  .strictObject({
    app: z.string(),
    state: ListingWord,
    breaches: z.array(Breach.extend({ programme: z.string() })),
    next_step: z.strictObject({ step: z.enum(['warned', 'hidden', 'paused']), at: z.string() }).nullable(),
    actions: z.array(Offered),
  })
  .meta({ id: 'Listing' })
const ListingAfter = z.strictObject({ state: ListingWord }).meta({ id: 'ListingAfter' })

/** What each act is called in addresses, and what the world is told of it. */
const ON_BADGES = {
  agree_grant: { path: 'agree', summary: 'Agree to grant a badge; it is granted when enough people have' },
  restore: { path: 'restore', summary: 'Restore a suspended badge' },
  renew: { path: 'renew', summary: 'Renew a badge before it expires' },
  suspend: { path: 'suspend', summary: 'Suspend a badge' },
  revoke: { path: 'revoke', summary: 'Revoke a badge' },
} as const satisfies Record<PersonsAct, { readonly path: string; readonly summary: string }>

const ON_LISTINGS = {
  warn: 'Warn a listing',
  hide: 'Hide a listing',
  pause: 'Pause a listing',
  relist: 'Bring a listing back',
} as const satisfies Record<PersonsListingAct, string>

/** Badges and listings: where they stand, what may be done with them, and doing it. */
export function registerBadgeRoutes(app: Routes, house: House): void {
  const on = (request: FastifyRequest) => onApp(house, (request.params as { readonly app: string }).app)
  const tags = ['badges']

  app.get(
    '/api/v1/apps/:app/badges/:programme/:tier',
    {
      config: { act: 'read-app', on },
      schema: { summary: 'A badge, what happened to it, and what you may do', tags, params: Badge, response: { 200: BadgeOut } },
    },
    async (request) => {
      const of = request.params
      const read = await readBadge(house, request.acting, of)
      const document = await house.act(request.acting, 'read-app', await on(request), (desk) =>
        desk.documents.get<BadgeDocument>(BADGES, badgeKey(of)),
      )
      return badgeOut(of, read, document)
    },
  )

  for (const act of Object.keys(PERSONS_ACTS) as readonly PersonsAct[]) {
    const { path, summary } = ON_BADGES[act]
    const gives = act !== 'suspend' && act !== 'revoke'
    app.post(
      `/api/v1/apps/:app/badges/:programme/:tier/${path}`,
      {
        config: { act: PERSONS_ACTS[act], on },
        schema: { summary, tags, params: Badge, body: gives ? OnStanding : Because, response: { 200: BadgeAfter } },
      },
      async (request) => {
        const { word, valid_until, agreed } = await actOnBadge(house, request.acting, request.params, act, request.body)
        return { state: word, valid_until, agreed_by: [...(agreed?.persons ?? [])] }
      },
    )
  }

  app.get(
    '/api/v1/apps/:app/listing',
    {
      config: { act: 'read-app', on },
      schema: { summary: 'A listing under the base rules', tags, params: App, response: { 200: ListingOut } },
    },
    async (request) => {
      const { state, actions } = await readListing(house, request.acting, request.params.app)
      const breaches = state.breaches.map((breach) => ({ ...breach }))
      return { app: request.params.app, state: state.word, breaches, next_step: state.next_step, actions: [...actions] }
    },
  )

  for (const act of Object.keys(LISTING_ACTS) as readonly PersonsListingAct[]) {
    app.post(
      `/api/v1/apps/:app/listing/${act}`,
      {
        config: { act: LISTING_ACTS[act], on },
        schema: {
          summary: ON_LISTINGS[act],
          tags,
          params: App,
          body: act === 'relist' ? z.strictObject({}).nullish() : Because,
          response: { 200: ListingAfter },
        },
      },
      async (request) => ({ state: await actOnListing(house, request.acting, request.params.app, act, request.body ?? {}) }),
    )
  }

  registerForms(app, house, on)
}

/** The same for people at a page: what gives only. */
function registerForms(app: Routes, house: House, on: (request: FastifyRequest) => Promise<{ readonly organisation: string }>): void {
  const Fields = z.record(z.string(), z.union([z.string(), z.instanceof(Uint8Array)])).nullish()
  const forms = [
    { act: 'agree_grant', path: 'grant' },
    { act: 'restore', path: 'restore' },
    { act: 'renew', path: 'renew' },
  ] as const
  for (const { act, path } of forms) {
    app.post(
      `/apps/:app/badges/:programme/:tier/${path}`,
      { config: { act: PERSONS_ACTS[act], on, page: true }, schema: { hide: true, params: Badge, body: Fields } },
      async (request, reply) => {
        const standing_hash = textOf(request.body ?? {}, 'standing_hash')
        const { word } = await actOnBadge(house, request.acting, request.params, act, { standing_hash })
        const done = {
          agree_grant: word === 'active' ? 'granted' : 'agreed',
          restore: word === 'active' ? 'restored' : 'agreed',
          renew: 'renewed',
        }[act]
        return reply.redirect(`/apps/${encodeURIComponent(request.params.app)}/standing?done=${done}`, 303)
      },
    )
  }
}

function badgeOut(of: BadgeOf, { state, standing_hash, actions }: BadgeRead, document: BadgeDocument | null): z.infer<typeof BadgeOut> {
  const agreed_by = state.agreed !== null && state.agreed.standing_hash === standing_hash ? state.agreed.persons : []
  return {
    app: of.app,
    programme: of.programme,
    tier: of.tier,
    state: state.word,
    valid_until: state.valid_until,
    breaches: state.breaches.map((breach) => ({ ...breach })),
    cure_until: firstDue(state.breaches),
    revoke_at: state.revocation?.due_at ?? null,
    agreed_by: [...agreed_by],
    standing_hash,
    actions: [...actions],
    history: (document?.history ?? []).map((entry) => ({ ...entry, reasons: [...entry.reasons], requirements: [...entry.requirements] })),
  }
}
