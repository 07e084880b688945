import swagger from '@fastify/swagger'
import rateLimit from '@fastify/rate-limit'
import fastify, { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Logger } from 'pino'
import { authorise, type Acting, type On } from '../../enrolment/authorise.ts'
import type { Act } from '../../enrolment/acts.ts'
import { Refused } from '../../kernel/refused.ts'
import { addFormParsers } from './forms.ts'
import { addJsonParser, refuseUnsound } from './json-body.ts'
import { describedRoute, describedWhole } from './openapi.ts'
import { bug, LARGEST_BODY_BYTES, problemOf, refusedOf, type Problem } from './problem.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, found out once for each request. */
    acting: Acting
  }
  interface FastifyContextConfig {
    /** What the route does; who may do it stands in one table. A route without an act does not start. */
    act?: Act
    /** Whose thing it is done to, where that decides. */
    on?: (request: FastifyRequest) => Promise<On>
    /** Answers with pages: refusals are shown as a page instead of a problem document. */
    page?: boolean
    /** Content type of an answer that is no JSON: so it is described for programs. */
    answers?: string
  }
}

export type HttpOptions = {
  readonly log: Logger
  readonly public_url: () => string
  readonly trust_proxy: readonly string[]
  readonly whoAsks: (request: FastifyRequest) => Promise<Acting>
  /** Refuses a change that a foreign page started. */
  readonly refuseForeign: (request: FastifyRequest) => void
  /** A page for a person who ran into a problem. */
  readonly problemPage: (problem: Problem, request: FastifyRequest) => Promise<string>
  readonly version: string
  /** Requests a minute that one address may send. */
  readonly requests_a_minute: number
  /** How long a whole request may take to arrive; thirty seconds when nothing is said. */
  readonly request_ms?: number
}

/** For a whole request, header and body: who sends more slowly holds a connection for nothing. */
const REQUEST_TIMEOUT_MS = 30_000
/** How much longer than that a connection may last, since Node looks this often. */
const LOOK_EVERY_MS = 5_000
/** How long a sender may go on sending after the answer that it was too much. */
const HEAR_OUT_MS = 2_000

/** Scripts, frames, foreign hosts: nothing of that is ever needed by a page of ours. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'cross-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
} as const

/** The HTTP side before its routes: validation both ways, one authorisation, problems in one shape, limits. */
export async function createHttp(options: HttpOptions): Promise<ReturnType<typeof withTypes>> {
  const request_ms = options.request_ms ?? REQUEST_TIMEOUT_MS
  const app = fastify({
    loggerInstance: options.log,
    trustProxy: options.trust_proxy.length > 0 ? [...options.trust_proxy] : false,
    bodyLimit: LARGEST_BODY_BYTES,
    requestTimeout: request_ms,
    http: { headersTimeout: request_ms, connectionsCheckingInterval: Math.min(LOOK_EVERY_MS, request_ms) },
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: { maxParamLength: 300, ignoreTrailingSlash: true },
    genReqId: () => crypto.randomUUID(),
    // An address that cannot be decoded reaches no hook and no other handler.
    frameworkErrors: (error, request, reply) => {
      protect(reply, options)
      void answerProblem(error, request, reply, options)
    },
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  addJsonParser(app as unknown as FastifyInstance)
  addFormParsers(app as unknown as FastifyInstance)
  await app.register(rateLimit, {
    global: true,
    max: options.requests_a_minute,
    timeWindow: '1 minute',
    allowList: (request) => request.url === '/healthz' || request.url === '/readyz',
    errorResponseBuilder: (_, context) => new Refused('http.too_many', `Too many requests from here; try again in ${context.after}.`),
  })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Castellan',
        version: options.version,
        description: 'The trust programme of a marketplace: apps, their standing with its evidence, and their badges.',
      },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: 'castellan_session' },
        },
      },
    },
    transform: describedRoute,
    transformObject: describedWhole,
  })

  app.addHook('onRoute', (route) => {
    if (route.config?.act === undefined)
      throw new Error(`${String(route.method)} ${route.url} says no act; every route passes the authorisation`)
  })
  app.decorateRequest('acting')
  app.addHook('onRequest', async (request, reply) => {
    protect(reply, options)
    request.acting = await options.whoAsks(request)
  })
  app.addHook('preValidation', async (request) => refuseUnsound(request))
  app.addHook('preHandler', async (request) => {
    const { act, on } = request.routeOptions.config
    // No act: the address does not exist, and the not-found handler says so.
    if (act === undefined) return
    if (request.method !== 'GET' && request.method !== 'HEAD') options.refuseForeign(request)
    authorise(request.acting, act, on === undefined ? {} : await on(request))
  })
  app.addHook('onResponse', async (request, reply) => {
    // The path without its query and without the secret of a link; who by id only.
    request.log.info(
      { method: request.method, path: pathOf(request), status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'request',
    )
  })
  app.setErrorHandler(async (error, request, reply) => answerProblem(error, request, reply, options))
  app.setNotFoundHandler(async (request, reply) => {
    const nothing = new Refused('http.not_found', 'There is nothing at this address.', request.url.split('?')[0])
    return answerProblem(nothing, request, reply, options)
  })
  return withTypes(app as unknown as FastifyInstance)
}

function protect(reply: FastifyReply, options: HttpOptions): void {
  for (const [name, value] of Object.entries(HEADERS)) reply.header(name, value)
  if (options.public_url().startsWith('https:')) reply.header('strict-transport-security', 'max-age=31536000; includeSubDomains')
}

/** An address as it may stand in a log. What follows `/links/` lets somebody in, what follows `/follow/` is somebody's own concern. */
const pathOf = (request: FastifyRequest): string => (request.url.split('?')[0] ?? '').replace(/^(\/(?:links|follow)\/).+/i, '$1…')

const withTypes = (app: FastifyInstance) => app.withTypeProvider<ZodTypeProvider>()

export type Routes = ReturnType<typeof withTypes>

/** A sender in the middle of too much would see the connection break and never the answer, so what still comes is let pass for a moment. */
function hearOut({ raw }: FastifyRequest): void {
  const { socket } = raw
  raw.resume()
  // What Node calls once the answer is written; closing then, with bytes unread, would reset the connection.
  socket.destroySoon = () => {
    socket.end()
    setTimeout(() => socket.destroy(), HEAR_OUT_MS).unref()
  }
}

async function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, options: HttpOptions): Promise<FastifyReply> {
  const refused = refusedOf(error)
  const problem = refused === null ? bug(request.id) : problemOf(refused)
  if (refused === null) request.log.error({ err: error, request: request.id }, 'bug')
  reply.status(problem.status).header('cache-control', 'no-store')
  if (problem.status === 413) hearOut(request)
  const wantsPage =
    request.routeOptions.config.page === true ||
    (request.routeOptions.config.act === undefined && /text\/html/.test(request.headers.accept ?? ''))
  if (wantsPage) {
    // Somebody who is not signed in goes to sign in, and comes back from there.
    if (problem.code === 'enrolment.sign_in' && request.method === 'GET')
      return reply.redirect(`/sign-in?next=${encodeURIComponent(request.url)}`, 303)
    return reply.type('text/html; charset=utf-8').send(await options.problemPage(problem, request))
  }
  // Serialised here: a route's own answer shapes do not cover problems.
  return reply
    .type('application/problem+json; charset=utf-8')
    .serializer((body: unknown) => JSON.stringify(body))
    .send(problem)
}
