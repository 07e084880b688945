import { z } from 'zod'
import { beginSuccession } from '../directory/adopting.ts'
import { onApp } from '../directory/registering.ts'
import type { House } from '../house.ts'
import type { Routes } from '../platform/http/app.ts'
import { decideCrossing, readHolders, readSuccession, type HolderRead, type SuccessionRead } from './moving.ts'

const tags = ['programmes']
const Programme = z.strictObject({ programme: z.string().max(100) })
const State = z.enum(['none', 'active', 'at_risk', 'suspended', 'revoked', 'expired'])

const SuccessionOut = z.strictObject({
  successor: z.string(),
  phase: z.enum(['planned', 'side_by_side', 'over']),
  side_by_side_from: z.string(),
  ends_on: z.string().meta({ description: 'The first day on which the programme is over.' }),
  rules: z.string(),
  badges: z.array(State).meta({ description: 'States in which a badge can go over.' }),
  tiers: z.array(z.strictObject({ from: z.string(), to: z.string() })),
})
const SuccessionRead = z.strictObject({ succession: SuccessionOut.nullable() }).meta({ id: 'Succession' })

const HolderOut = z.strictObject({
  app: z.string(),
  tier: z.string(),
  badge: State,
  successor_tier: z.string(),
  successor_badge: State,
  standing_hash: z.string().nullable().meta({ description: 'Send as `standing_hash` with a decision that it moves.' }),
  met: z.boolean(),
  missing: z.array(z.string()),
  decisions: z.array(
    z.strictObject({ outcome: z.enum(['moves', 'does_not_move']), person: z.string(), at: z.string(), reason: z.string().nullable() }),
  ),
})
const Holders = z.strictObject({ holders: z.array(HolderOut) }).meta({ id: 'SuccessionHolders' })

/** The end of a programme and the way over to its successor, for programs to read and for people to decide. */
export function registerSuccessionRoutes(app: Routes, house: House): void {
  app.get(
    '/api/v1/programmes/:programme/succession',
    {
      config: { act: 'read-public-pages' },
      schema: {
        summary: 'What takes a programme’s place, from when, and by which rules',
        tags,
        params: Programme,
        response: { 200: SuccessionRead },
      },
    },
    async (request, reply) => {
      const read = await house.act({ kind: 'public' }, 'read-public-pages', {}, (desk) =>
        readSuccession(house, desk, request.params.programme),
      )
      reply.header('access-control-allow-origin', '*')
      return { succession: read === null ? null : successionOut(read) }
    },
  )

  app.post(
    '/api/v1/programmes/:programme/succession',
    {
      config: { act: 'close-programme' },
      schema: {
        summary: 'Set that a programme ends and another takes its place',
        description: 'By the dates and rules that the successor’s pack states. The program ends the programme on that day.',
        tags,
        params: Programme,
        body: z.strictObject({ successor: z.string().max(100) }),
        response: { 200: SuccessionRead },
      },
    },
    async (request) => {
      const { programme } = request.params
      await beginSuccession(house, request.acting, programme, request.body.successor)
      const read = await house.act(request.acting, 'close-programme', {}, (desk) => readSuccession(house, desk, programme))
      return { succession: read === null ? null : successionOut(read) }
    },
  )

  app.get(
    '/api/v1/programmes/:programme/succession/holders',
    {
      config: { act: 'read-overview' },
      schema: {
        summary: 'Holders of a programme that ends, and how they stand with its successor',
        tags,
        params: Programme,
        response: { 200: Holders },
      },
    },
    async (request) => {
      const holders = await house.act(request.acting, 'read-overview', {}, async (desk) => {
        const read = await readSuccession(house, desk, request.params.programme)
        return read === null ? [] : readHolders(house, desk, read)
      })
      return { holders: holders.map(holderOut) }
    },
  )

  app.post(
    '/api/v1/apps/:app/successions/:programme/:tier',
    {
      config: { act: 'grant-badge', on: (request) => onApp(house, (request.params as { readonly app: string }).app) },
      schema: {
        summary: 'Decide whether a holder goes over to the successor',
        tags,
        params: z.strictObject({ app: z.string().max(100), programme: z.string().max(100), tier: z.string().max(100) }),
        body: z.strictObject({
          outcome: z.enum(['moves', 'does_not_move']),
          words: z.string().max(20_000),
          standing_hash: z.string().max(100).optional(),
        }),
        response: { 200: z.strictObject({ granted: z.boolean() }) },
      },
    },
    async (request) => {
      const { outcome, words, standing_hash = null } = request.body
      return decideCrossing(house, request.acting, request.params, { outcome, words, standing_hash })
    },
  )
}

const successionOut = ({ successor, rules, ends_on, phase }: SuccessionRead): z.infer<typeof SuccessionOut> => ({
  successor,
  phase,
  side_by_side_from: rules.side_by_side_from,
  ends_on,
  rules: rules.says,
  badges: [...rules.badges],
  tiers: rules.tiers.map(({ from, to }) => ({ from, to })),
})

const holderOut = ({ of, badge, successor_badge, standing, decisions }: HolderRead): z.infer<typeof HolderOut> => ({
  app: of.app,
  tier: of.tier,
  badge,
  successor_tier: of.successor_tier,
  successor_badge,
  standing_hash: standing?.hash ?? null,
  met: standing?.tier.met ?? false,
  missing: standing === null ? [] : [...standing.tier.blocking.unmet, ...standing.tier.blocking.unknown],
  decisions: [...decisions],
})
