import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { House } from '../../house.ts'
import type { Routes } from '../../platform/http/app.ts'
import { outboxState, retryDelivery } from './state.ts'
import { addWebhook, readWebhooks, removeWebhook } from './webhook.ts'

const Channel = z.strictObject({ owed: z.int(), failing: z.int(), dead: z.int(), oldest_owed_at: z.string().nullable() })
const Outbox = z
  .strictObject({
    mail: Channel,
    webhook: Channel,
    dead: z.array(
      z.strictObject({
        delivery: z.string(),
        channel: z.enum(['mail', 'webhook']),
        code: z.string(),
        app: z.string().nullable(),
        attempts: z.int(),
        told: z.string(),
      }),
    ),
  })
  .meta({ id: 'Outbox' })
const Webhook = z.strictObject({ webhook: z.string(), url: z.string(), created_at: z.string() }).meta({ id: 'Webhook' })
const NewWebhook = z
  .strictObject({ ...Webhook.shape, secret: z.string().meta({ description: 'Signs what is sent (Standard Webhooks). Shown this once.' }) })
  .meta({ id: 'NewWebhook' })
const Done = z.strictObject({ done: z.literal(true) }).meta({ id: 'Done' })
const Organisation = z.strictObject({ organisation: z.string().min(1).max(100) })

/** What is owed to others, and where organisations want to be told. */
export function registerOutboxRoutes(app: Routes, house: House): void {
  const on = async (request: FastifyRequest) => ({ organisation: (request.params as z.infer<typeof Organisation>).organisation })

  app.get(
    '/api/v1/outbox',
    { config: { act: 'read-outbox' }, schema: { summary: 'What is owed to others', tags: ['outbox'], response: { 200: Outbox } } },
    async (request) => {
      const state = await house.act(request.acting, 'read-outbox', {}, (desk) => outboxState(desk))
      return { ...state, dead: [...state.dead] }
    },
  )

  app.post(
    '/api/v1/outbox/:delivery/retry',
    {
      config: { act: 'retry-delivery' },
      schema: {
        summary: 'Have a dead delivery tried again',
        tags: ['outbox'],
        params: z.strictObject({ delivery: z.string().min(1).max(100) }),
        response: { 200: Done },
      },
    },
    async (request) => {
      await retryDelivery(house, request.acting, request.params.delivery)
      return { done: true as const }
    },
  )

  app.get(
    '/api/v1/organisations/:organisation/webhooks',
    {
      config: { act: 'change-webhooks', on },
      schema: { summary: 'Where an organisation is told', tags: ['outbox'], params: Organisation, response: { 200: z.array(Webhook) } },
    },
    async (request) => [...(await readWebhooks(house, request.acting, request.params.organisation))],
  )

  app.post(
    '/api/v1/organisations/:organisation/webhooks',
    {
      config: { act: 'change-webhooks', on },
      schema: {
        summary: 'Be told by a signed request',
        tags: ['outbox'],
        params: Organisation,
        body: z.strictObject({ url: z.string().min(1).max(2_000) }),
        response: { 201: NewWebhook },
      },
    },
    async (request, reply) => {
      const { organisation } = request.params
      return reply.status(201).send(await addWebhook(house, request.acting, { organisation, url: request.body.url }))
    },
  )

  app.delete(
    '/api/v1/organisations/:organisation/webhooks/:webhook',
    {
      config: { act: 'change-webhooks', on },
      schema: {
        summary: 'No longer be told there',
        tags: ['outbox'],
        params: Organisation.extend({ webhook: z.string().min(1).max(100) }),
        response: { 200: Done },
      },
    },
    async (request) => {
      await removeWebhook(house, request.acting, request.params.organisation, request.params.webhook)
      return { done: true as const }
    },
  )
}
