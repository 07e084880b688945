import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { LONGEST_WORDS } from '../kernel/words.ts'
import { onApp } from '../directory/registering.ts'
import type { House } from '../house.ts'
import type { Routes } from '../platform/http/app.ts'
import { actOnAppeal, lodgeAppeal, restoreByAppeal } from './acting.ts'
import { APPEALABLE } from './appealable.ts'
import type { AppealDocument } from './appeals-view.ts'
import { OUTCOMES } from './events.ts'
import { readAppeal, readAppeals } from './reading.ts'

const AppId = z.string().min(1).max(100)
const Id = z.string().min(1).max(200)
const App = z.strictObject({ app: AppId })
const One = App.extend({ appeal: Id })
const Words = z
  .string()
  .min(1)
  .max(LONGEST_WORDS * 4)
const Seen = z
  .int()
  .gte(0)
  .optional()
  .meta({ description: 'Number of the newest entry that you saw; when something came after it, you are asked to look again.' })
const Kind = z.enum([...new Set(Object.values(APPEALABLE))])
const Word = z.enum(['none', 'open', 'upheld', 'rejected', 'sent_back', 'withdrawn'])

const AppealLine = z
  .strictObject({
    appeal: z.string(),
    programme: z.string(),
    kind: Kind,
    decision: z.string(),
    decided_at: z.string(),
    requirements: z.array(z.string()),
    state: Word,
    since: z.string(),
    lodged_at: z.string(),
    due_at: z.string().nullable(),
    seen: z.int(),
  })
  .meta({ id: 'Appeal' })
const AppealOut = z
  .strictObject({
    ...AppealLine.shape,
    claim: z.string().nullable(),
    reasons: z.string().nullable(),
    public_words: z.string().nullable(),
    alone: z.boolean(),
    actions: z.array(z.strictObject({ act: z.string(), allowed: z.boolean(), reason: z.string().nullable() })),
  })
  .meta({ id: 'AppealRead' })
const AppealsOut = z
  .strictObject({
    appeals: z.array(AppealLine),
    appealable: z.array(
      z.strictObject({ decision: z.string(), kind: Kind, at: z.string(), until: z.string(), requirements: z.array(z.string()) }),
    ),
  })
  .meta({ id: 'Appeals' })
const After = z.strictObject({ state: Word }).meta({ id: 'AppealAfter' })

/** Appeals for programs: which decisions can be appealed, lodging one, deciding, and giving a badge back. */
export function registerAppealRoutes(app: Routes, house: House): void {
  const on = (request: FastifyRequest) => onApp(house, (request.params as { readonly app: string }).app)
  const tags = ['appeals']

  app.get(
    '/api/v1/apps/:app/appeals',
    {
      config: { act: 'read-app', on },
      schema: { summary: 'Appeals about an app, and decisions that can be appealed', tags, params: App, response: { 200: AppealsOut } },
    },
    async (request) => {
      const { appeals, appealable } = await readAppeals(house, request.acting, request.params.app)
      return {
        appeals: appeals.map(lineOf),
        appealable: appealable.map(({ decision, kind, at, until, requirements }) => ({
          decision,
          kind,
          at,
          until,
          requirements: [...requirements],
        })),
      }
    },
  )
  app.post(
    '/api/v1/apps/:app/appeals',
    {
      config: { act: 'lodge-appeal', on },
      schema: {
        summary: 'Appeal a decision',
        tags,
        params: App,
        body: z.strictObject({ decision: Id.meta({ description: 'Hash of the entry that tells the decision.' }), words: Words }),
        response: { 201: z.strictObject({ appeal: z.string() }).meta({ id: 'AppealLodged' }) },
      },
    },
    async (request, reply) =>
      reply.status(201).send({ appeal: await lodgeAppeal(house, request.acting, request.params.app, request.body) }),
  )
  app.get(
    '/api/v1/apps/:app/appeals/:appeal',
    {
      config: { act: 'read-app', on },
      schema: { summary: 'An appeal, and what you may do about it', tags, params: One, response: { 200: AppealOut } },
    },
    async (request) => {
      const { document, claim, reasons, public_words, offers } = await readAppeal(house, request.acting, request.params)
      return { ...lineOf(document), claim, reasons, public_words, alone: document.alone, actions: offers.map((one) => ({ ...one })) }
    },
  )
  app.post(
    '/api/v1/apps/:app/appeals/:appeal/decision',
    {
      config: { act: 'decide-appeal', on },
      schema: {
        summary: 'Decide on an appeal',
        tags,
        params: One,
        body: z.strictObject({ outcome: z.enum(OUTCOMES), words: Words, public_words: Words, seen: Seen }),
        response: { 200: After },
      },
    },
    async (request) => {
      const { seen = null, ...given } = request.body
      return { state: (await actOnAppeal(house, request.acting, request.params, { act: 'decide', ...given }, seen)).word }
    },
  )
  app.post(
    '/api/v1/apps/:app/appeals/:appeal/withdrawal',
    {
      config: { act: 'lodge-appeal', on },
      schema: { summary: 'Withdraw an appeal', tags, params: One, response: { 200: After } },
    },
    async (request) => ({ state: (await actOnAppeal(house, request.acting, request.params, { act: 'withdraw' }, null)).word }),
  )
  app.post(
    '/api/v1/apps/:app/appeals/:appeal/recusal',
    {
      config: { act: 'decide-appeal', on },
      schema: {
        summary: 'Stand back from an appeal because of a tie',
        tags,
        params: One,
        body: z.strictObject({ conflict: Id }),
        response: { 200: After },
      },
    },
    async (request) => ({
      state: (await actOnAppeal(house, request.acting, request.params, { act: 'recuse', ...request.body }, null)).word,
    }),
  )
  app.post(
    '/api/v1/apps/:app/appeals/:appeal/restoration',
    {
      config: { act: 'restore-badge', on },
      schema: {
        summary: 'Give a badge back that was taken in error',
        description: 'Without a new review, with the appeal as the reason, on the standing that you name.',
        tags,
        params: One,
        body: z.strictObject({ programme: Id, tier: Id, standing_hash: z.string().max(200) }),
        response: {
          200: z.strictObject({ state: z.literal('active'), valid_until: z.string().nullable() }).meta({ id: 'BadgeGivenBack' }),
        },
      },
    },
    async (request) => {
      const { standing_hash, ...badge } = request.body
      const { valid_until } = await restoreByAppeal(house, request.acting, request.params, badge, standing_hash)
      return { state: 'active' as const, valid_until }
    },
  )
}

const lineOf = (document: AppealDocument): z.infer<typeof AppealLine> => {
  const { appeal, programme, kind, decision, decided_at, requirements, word, since, lodged_at, turn, version } = document
  return {
    appeal,
    programme,
    kind,
    decision,
    decided_at,
    requirements: [...requirements],
    state: word,
    since,
    lodged_at,
    due_at: turn?.due_at ?? null,
    seen: version,
  }
}
