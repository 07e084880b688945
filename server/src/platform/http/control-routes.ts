import { z } from 'zod'
import { Refused } from '../../kernel/refused.ts'
import { lengthMs, parseDuration } from '../../kernel/duration.ts'
import type { DemoControls } from '../../serving.ts'
import { isLoopback } from '../config.ts'
import { same } from '../crypto.ts'
import type { Routes } from './app.ts'

/**
 * What the command line on the same machine may ask of the running server: only from loopback and only with the key that lies
 * in the data directory. Not part of the public interface, so not in the OpenAPI document.
 */
export function registerControlRoutes(
  app: Routes,
  of: {
    readonly key: () => string
    readonly adminLink: () => Promise<string>
    readonly explain: (app: string, requirement: string | null) => Promise<object>
    readonly impact: (programme: string, version: string) => Promise<object>
    /** Events of the log after a place in it. */
    readonly log: (after: number) => Promise<readonly object[]>
    readonly demo: DemoControls | null
  },
): void {
  const hidden = { hide: true } as const
  const config = { act: 'read-public-pages' } as const

  function refuseOthers(request: {
    readonly headers: { readonly [name: string]: unknown }
    readonly socket: { readonly remoteAddress?: string | undefined }
  }): void {
    const given = request.headers['x-castellan-control']
    const near = isLoopback(request.socket.remoteAddress ?? '')
    if (!near || of.key() === '' || typeof given !== 'string' || !same(given, of.key())) {
      throw new Refused('http.not_found', 'There is nothing at this address.')
    }
  }

  function demoOrRefuse(): DemoControls {
    if (of.demo === null)
      throw new Refused(
        'control.no_demo',
        'This server is not the demo; only the demo has a clock that moves and apps that break on command.',
      )
    return of.demo
  }

  app.post('/control/admin-link', { config, schema: hidden }, async (request, reply) => {
    refuseOthers(request)
    return reply.header('cache-control', 'no-store').send({ link: await of.adminLink() })
  })

  app.get(
    '/control/explain',
    {
      config,
      schema: { ...hidden, querystring: z.strictObject({ app: z.string().max(100), requirement: z.string().max(200).optional() }) },
    },
    async (request) => {
      refuseOthers(request)
      return { explanations: await of.explain(request.query.app, request.query.requirement ?? null) }
    },
  )

  app.get(
    '/control/impact',
    {
      config,
      schema: { ...hidden, querystring: z.strictObject({ programme: z.string().max(200), version: z.string().max(100) }) },
    },
    async (request) => {
      refuseOthers(request)
      return of.impact(request.query.programme, request.query.version)
    },
  )

  app.get(
    '/control/log',
    { config, schema: { ...hidden, querystring: z.strictObject({ after: z.coerce.number().int().nonnegative() }) } },
    async (request) => {
      refuseOthers(request)
      return { events: await of.log(request.query.after) }
    },
  )

  app.post(
    '/control/demo/advance',
    { config, schema: { ...hidden, body: z.strictObject({ by: z.string().max(40) }) } },
    async (request) => {
      refuseOthers(request)
      return { now: await demoOrRefuse().advance(lengthMs(parseDuration(request.body.by, 'by'))) }
    },
  )

  app.post(
    '/control/demo/fault',
    { config, schema: { ...hidden, body: z.strictObject({ app: z.string().max(100), fault: z.string().max(100), on: z.boolean() }) } },
    async (request) => {
      refuseOthers(request)
      const { app: id, fault, on } = request.body
      return { on: await demoOrRefuse().fault(id, fault, on) }
    },
  )

  app.get('/control/demo', { config, schema: hidden }, async (request) => {
    refuseOthers(request)
    const demo = demoOrRefuse()
    return { now: demo.now(), apps: demo.apps() }
  })
}
