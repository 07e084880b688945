import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { onApp } from '../directory/registering.ts'
import type { House } from '../house.ts'
import { Refused } from '../kernel/refused.ts'
import { parseInstant } from '../kernel/time.ts'
import type { Routes } from '../platform/http/app.ts'
import { INSTANCES } from './events.ts'
import { JourneyStated } from './journey.ts'
import type { JourneyKnown } from './journeys-view.ts'
import { ROLLOUTS, type RolloutDocument } from './rollout.ts'
import { announceRollout, closeRollout } from './rolling-out.ts'
import { knownJourneys, readStated, runJourneyNow, stated, stateJourney, withdrawJourney } from './stating.ts'

const AppParams = z.strictObject({ app: z.string().min(1).max(100) })
/** A journey's name in addresses. */
export const JourneyId = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$/, 'small letters, digits and hyphens, at most 60')
const JourneyParams = z.strictObject({ app: z.string().min(1).max(100), journey: JourneyId })
const RolloutParams = z.strictObject({ rollout: z.string().min(1).max(60) })

const Run = z.strictObject({
  at: z.string(),
  instance: z.enum(INSTANCES),
  outcome: z.enum(['pass', 'fail', 'inconclusive']),
  reason: z.string().nullable(),
  duration_ms: z.int(),
  rollout: z.string().nullable(),
  evidence: z.array(z.string()),
})

const Known = z
  .strictObject({
    journey: z.string(),
    kind: z.enum(['http', 'browser']),
    every_minutes: z.int(),
    instances: z.array(z.enum(INSTANCES)),
    stated_at: z.string(),
    evidence: z.array(z.string()).meta({ description: 'Names the piece of evidence that holds what was stated.' }),
    runs: z.array(Run).meta({ description: 'The newest first.' }),
  })
  .meta({ id: 'JourneyKnown' })

const Verdict = z.enum(['holds', 'breaks', 'broken_before', 'unclear'])
const Rollout = z
  .strictObject({
    rollout: z.string(),
    announced_at: z.string(),
    ships_at: z.string(),
    evidence: z.array(z.string()),
    closed: z.strictObject({ outcome: z.enum(['shipped', 'withdrawn']), at: z.string() }).nullable(),
    journeys: z.array(
      z.strictObject({
        app: z.string(),
        journey: z.string(),
        verdict: Verdict.nullable().meta({ description: 'Null while it has not run in both places.' }),
        evidence: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'Rollout' })

/** Which journey was meant. */
const Taken = z.strictObject({ app: z.string(), journey: z.string() })

const Secrets = z.record(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,59}$/, 'a name has letters, digits and _'),
  z.string().min(1).max(2_000),
)

/** The interface of synthetic tests: state journeys, have them run, and try a change of the host on all of them. */
export function registerJourneyRoutes(app: Routes, house: House): void {
  const on = (request: FastifyRequest) => onApp(house, (request.params as { readonly app: string }).app)

  app.get(
    '/api/v1/apps/:app/journeys',
    {
      config: { act: 'read-app', on },
      schema: {
        summary: 'The journeys through an app, with how they fared',
        tags: ['journeys'],
        params: AppParams,
        response: { 200: z.strictObject({ journeys: z.array(Known) }) },
      },
    },
    async (request) => {
      const document = await house.act(request.acting, 'read-app', await on(request), (desk) => knownJourneys(desk, request.params.app))
      return { journeys: Object.values(document.journeys).map(told) }
    },
  )

  app.get(
    '/api/v1/apps/:app/journeys/:journey',
    {
      config: { act: 'read-app', on },
      schema: {
        summary: 'A journey as it was stated; its secrets are never told',
        tags: ['journeys'],
        params: JourneyParams,
        response: { 200: z.strictObject({ stated: JourneyStated.nullable(), known: Known }) },
      },
    },
    async (request) => {
      const { app: id, journey } = request.params
      return house.act(request.acting, 'read-app', await on(request), async (desk) => {
        const known = stated(await knownJourneys(desk, id), journey)
        const read = await readStated(desk, known)
        if (read === null) return { stated: null, known: told(known) }
        const { kind: _, ...as_stated } = read
        return { stated: as_stated, known: told(known) }
      })
    },
  )

  app.put(
    '/api/v1/apps/:app/journeys/:journey',
    {
      config: { act: 'state-journey', on },
      schema: {
        summary: 'State a journey, or state it anew; it runs at once',
        tags: ['journeys'],
        params: JourneyParams,
        body: z.strictObject({
          journey: JourneyStated,
          secrets: Secrets.default({}).meta({ description: 'Variables that are kept apart and never told again; those not named stay.' }),
        }),
        response: { 200: Known },
      },
    },
    async (request) => {
      const { app: id, journey } = request.params
      await stateJourney(house, request.acting, id, journey, request.body.journey, request.body.secrets)
      return house.act(request.acting, 'read-app', await on(request), async (desk) => told(stated(await knownJourneys(desk, id), journey)))
    },
  )

  app.delete(
    '/api/v1/apps/:app/journeys/:journey',
    {
      config: { act: 'state-journey', on },
      schema: { summary: 'Take a journey back, with its secrets', tags: ['journeys'], params: JourneyParams, response: { 200: Taken } },
    },
    async (request) => {
      const { app: id, journey } = request.params
      await withdrawJourney(house, request.acting, id, journey)
      return { app: id, journey }
    },
  )

  app.post(
    '/api/v1/apps/:app/journeys/:journey/runs',
    {
      config: { act: 'run-journey', on },
      schema: { summary: 'Have a journey run now', tags: ['journeys'], params: JourneyParams, response: { 202: Taken } },
    },
    async (request, reply) => {
      const { app: id, journey } = request.params
      await runJourneyNow(house, request.acting, id, journey)
      return reply.status(202).send({ app: id, journey })
    },
  )

  app.get(
    '/api/v1/rollouts',
    {
      config: { act: 'read-overview' },
      schema: {
        summary: 'Announced changes of the host, and whom they break',
        tags: ['journeys'],
        response: { 200: z.strictObject({ rollouts: z.array(Rollout) }) },
      },
    },
    async (request) => {
      const all = await house.act(request.acting, 'read-overview', {}, (desk) => desk.documents.list<RolloutDocument>(ROLLOUTS))
      return { rollouts: all.map(({ document }) => Rollout.parse(document)) }
    },
  )

  app.post(
    '/api/v1/rollouts',
    {
      config: { act: 'announce-rollout' },
      schema: {
        summary: 'Announce a change of the host: every journey with an early-rollout instance runs there and in production',
        tags: ['journeys'],
        body: z.strictObject({
          words: z.string().max(20_000).meta({ description: 'What changes, for the operator’s own people.' }),
          ships_at: z.string().max(40).meta({ description: 'When everybody gets it, such as 2026-12-01T09:00:00Z.' }),
        }),
        response: { 201: z.strictObject({ rollout: z.string() }) },
      },
    },
    async (request, reply) => {
      const { words, ships_at } = request.body
      const rollout = await announceRollout(house, request.acting, { words, ships_at: parseInstant(ships_at, 'ships_at') })
      return reply.status(201).header('location', `/api/v1/rollouts/${rollout}`).send({ rollout })
    },
  )

  app.get(
    '/api/v1/rollouts/:rollout',
    {
      config: { act: 'read-overview' },
      schema: { summary: 'An announced change of the host', tags: ['journeys'], params: RolloutParams, response: { 200: Rollout } },
    },
    async (request) => {
      const { rollout } = request.params
      const document = await house.act(request.acting, 'read-overview', {}, (desk) =>
        desk.documents.get<RolloutDocument>(ROLLOUTS, rollout),
      )
      if (document === null) throw new Refused('journeys.no_such_rollout', `There is no announcement "${rollout}".`, rollout)
      return Rollout.parse(document)
    },
  )

  app.post(
    '/api/v1/rollouts/:rollout/end',
    {
      config: { act: 'announce-rollout' },
      schema: {
        summary: 'Say how an announced change ended',
        tags: ['journeys'],
        params: RolloutParams,
        body: z.strictObject({ outcome: z.enum(['shipped', 'withdrawn']) }),
        response: { 200: z.strictObject({ rollout: z.string(), outcome: z.enum(['shipped', 'withdrawn']) }) },
      },
    },
    async (request) => {
      const { rollout } = request.params
      await closeRollout(house, request.acting, rollout, request.body.outcome)
      return { rollout, outcome: request.body.outcome }
    },
  )
}

const told = (known: JourneyKnown): z.infer<typeof Known> => Known.parse(known)
