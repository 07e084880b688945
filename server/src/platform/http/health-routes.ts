import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { z } from 'zod'
import type { House } from '../../house.ts'
import { isRefused, Refused } from '../../kernel/refused.ts'
import { isLoopback } from '../config.ts'
import { same } from '../crypto.ts'
import type { Routes } from './app.ts'

/** Signs of life for whoever runs the server: alive, ready, and numbers for a monitor. */
export function registerHealthRoutes(app: Routes, house: House, stopping: () => boolean): void {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'castellan_http_request_seconds',
    help: 'Time to answer, by route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2],
    registers: [registry],
  })
  // Read when somebody looks: nothing is counted twice.
  const jobs = new Gauge({
    name: 'castellan_job_failing',
    help: '1 for a job whose last run failed.',
    labelNames: ['job'],
    registers: [registry],
    collect() {
      for (const [job, status] of house.jobs) this.set({ job }, status.told === null ? 0 : 1)
    },
  })
  jobs.reset()
  app.addHook('onResponse', async (request, reply) => {
    requests.observe(
      { method: request.method, route: request.routeOptions.url ?? 'none', status: reply.statusCode },
      reply.elapsedTime / 1_000,
    )
  })
  const config = { act: 'read-public-pages' } as const
  const Sign = z.strictObject({ status: z.enum(['ok', 'starting', 'stopping', 'broken']), says: z.string() })

  app.get(
    '/healthz',
    { config, schema: { summary: 'Alive, with its database', tags: ['running'], response: { 200: Sign, 503: Sign } } },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store')
      try {
        await house.database.ping()
      } catch (error) {
        house.log.error({ err: error }, 'the database gives no sign of life')
        // An engine that has given itself up says why and what brings it back; of a connection nothing is told to strangers.
        const says = isRefused(error) ? error.message : 'The database gives no sign of life.'
        return reply.status(503).send({ status: 'broken' as const, says })
      }
      return { status: 'ok' as const, says: 'Alive, and so is the database.' }
    },
  )

  app.get(
    '/readyz',
    { config, schema: { summary: 'Ready to take requests', tags: ['running'], response: { 200: Sign, 503: Sign } } },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store')
      if (stopping()) return reply.status(503).send({ status: 'stopping' as const, says: 'Stopping; ask another.' })
      return { status: 'ok' as const, says: 'Takes requests.' }
    },
  )

  const numbers = { config: { ...config, answers: 'text/plain' }, schema: { summary: 'Numbers for a monitor', tags: ['running'] } } as const
  app.get('/metrics', numbers, async (request, reply) => {
    const { metrics_token } = house.config
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    const allowed = metrics_token !== undefined && bearer !== undefined && same(bearer, metrics_token)
    // The socket's address, not what a proxy says of it.
    const near = isLoopback(request.socket.remoteAddress ?? '') && house.config.trust_proxy.length === 0
    if (!allowed && !near) throw new Refused('enrolment.sign_in', 'Numbers are given on loopback, or to whoever has METRICS_TOKEN.')
    return reply.type(registry.contentType).send(await registry.metrics())
  })
}
