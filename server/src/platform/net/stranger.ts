import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { performance } from 'node:perf_hooks'
import { createSecureContext, rootCertificates, TLSSocket } from 'node:tls'
import { getDomain } from 'tldts'
import type { Instant } from '../../kernel/time.ts'
import { sameSpelling } from './addresses.ts'
import { inflated } from './body.ts'
import type { Answer, Limits, Method, NoAnswer, NoAnswerReason, Phases, StrangerClient, StrangerRequest } from './client.ts'
import { codeOf, guardOf, hostOf, portOf, type Destination, type GuardOptions } from './guard.ts'
import { asksNames } from './names.ts'
import { handshakesThrough } from './tls.ts'

/**
 * The one way to whatever a stranger named. Each exchange has its own connection, to an address that was checked, and ends
 * by its limits whatever the other side does. Problems of the network are answers, not exceptions.
 */
export type StrangerOptions = GuardOptions & {
  readonly user_agent: string
  readonly now: () => Instant
  /** Certificates of authorities beside the usual ones, PEM: for tests and private labs. */
  readonly extra_ca?: string
  /** Name servers as `address:port` instead of the machine's, for questions about names. Tests' only. */
  readonly name_servers?: readonly string[]
}

/** What an exchange may cost when its caller says nothing. */
export const DEFAULT_LIMITS: Limits = {
  total_ms: 15_000,
  connect_ms: 5_000,
  header_bytes: 32 * 1024,
  body_bytes: 2 * 1024 * 1024,
  inflated_bytes: 4 * 1024 * 1024,
  redirects: 0,
}
const MOST_HEADERS = 100
const MOST_INTERIM_ANSWERS = 5
/** A body may start slowly; from here on it must bring a kilobyte a second. */
const RATE_GRACE_MS = 5_000
const RATE_BYTES_PER_MS = 1
const REDIRECTS = new Set([301, 302, 303, 307, 308])
/** Never repeated to another origin. */
const CREDENTIALS = new Set(['authorization', 'cookie', 'proxy-authorization'])

/** Builds the guarded client. */
export function strangerClient(options: StrangerOptions): Required<StrangerClient> {
  const guard = guardOf(options)
  const ca = options.extra_ca === undefined ? undefined : [...rootCertificates, options.extra_ca]
  const secureContext = createSecureContext(ca === undefined ? {} : { ca })

  async function fetch(request: StrangerRequest): Promise<Answer | NoAnswer> {
    const at = options.now()
    const limits = { ...DEFAULT_LIMITS, ...request.limits }
    const method = request.method ?? 'GET'
    const rules = { plain_http: request.plain_http ?? false, ports: request.ports ?? [] }
    const watch = stopwatch(limits.total_ms, request.signal)
    const hops: { url: string; status: number; location: string }[] = []
    const fail = (url: string, reason: NoAnswerReason, detail: string, phases: Partial<Phases> = {}): NoAnswer => ({
      kind: 'no-answer',
      url,
      reason,
      detail,
      phases: { dns_ms: null, connect_ms: null, tls_ms: null, first_byte_ms: null, ...phases, total_ms: watch.elapsed() },
      at,
    })

    try {
      let url = URL.canParse(request.url) ? new URL(request.url) : null
      if (url === null) return fail(request.url, 'bad_url', 'this is not a URL')
      const first = url
      const own = new Set(request.own_domains ?? [domainOf(hostOf(first))])
      let headers = request.headers ?? []
      for (;;) {
        const refused = guard.admit(url, rules)
        if (refused !== null) return fail(url.href, refused.reason, refused.detail)
        const place = await watch.or(guard.locate(hostOf(url), portOf(url)))
        if (place === 'stopped') return fail(url.href, 'timeout', watch.why())
        if (place.kind === 'forbidden') return fail(url.href, place.reason, place.detail)
        const seen = await throughAddresses(url, place, { method, headers, body: request.body, limits, watch })
        if (seen.kind === 'failed') return fail(url.href, seen.reason, seen.detail, seen.phases)
        const location = seen.headers.find(([name]) => name.toLowerCase() === 'location')?.[1]
        const leads =
          REDIRECTS.has(seen.status) && location !== undefined && limits.redirects > 0 && (method === 'GET' || method === 'HEAD')
        if (!leads) {
          // The timer fires a little late at times; what came after the limit still came too late.
          if (watch.elapsed() > limits.total_ms) return fail(url.href, 'timeout', watch.why(), seen.phases)
          return { ...seen, kind: 'answer', url: url.href, at, phases: { ...seen.phases, total_ms: watch.elapsed() }, redirects: hops }
        }
        hops.push({ url: url.href, status: seen.status, location })
        if (hops.length > limits.redirects) return fail(url.href, 'too_many_redirects', `more than ${limits.redirects} redirects`)
        const next: URL | null = URL.canParse(location, url.href) ? new URL(location, url) : null
        if (next === null) return fail(url.href, 'bad_url', `redirects to "${location.slice(0, 200)}", which is no URL`)
        const nextRefused = guard.admit(next, { ...rules, plain_http: true })
        if (nextRefused !== null) return fail(next.href, nextRefused.reason, `redirect: ${nextRefused.detail}`)
        if (url.protocol === 'https:' && next.protocol === 'http:') return fail(next.href, 'downgrade', 'redirects from https to http')
        if (!own.has(domainOf(hostOf(next))))
          return fail(next.href, 'foreign_redirect', `redirects to ${next.host}, which is not the app's`)
        if (next.origin !== url.origin) headers = headers.filter(([name]) => !CREDENTIALS.has(name.toLowerCase()))
        url = next
      }
    } finally {
      watch.end()
    }
  }

  async function throughAddresses(url: URL, place: Destination, call: Call): Promise<Seen | Failed> {
    let last: Failed = { kind: 'failed', reason: 'connect', detail: 'no address', phases: {} }
    for (const address of place.addresses) {
      const seen = await once(url, address, place.dns_ms, call)
      if (seen.kind === 'seen' || seen.reason !== 'connect') return seen
      last = seen
    }
    return last
  }

  /** One request on one fresh connection. Long because it is one sequence: connect, check, send, read, settle once. */
  function once(url: URL, address: string, dns_ms: number | null, call: Call): Promise<Seen | Failed> {
    const { limits, watch } = call
    const secure = url.protocol === 'https:'
    const host = hostOf(url)
    const started = performance.now()
    const phases: { -readonly [phase in keyof Omit<Phases, 'total_ms'>]: number | null } = {
      dns_ms,
      connect_ms: null,
      tls_ms: null,
      first_byte_ms: null,
    }
    return new Promise((resolve) => {
      let settled = false
      let outgoing: ReturnType<typeof httpRequest> | undefined
      const timers: NodeJS.Timeout[] = []
      const settle = (result: Seen | Failed): void => {
        if (settled) return
        settled = true
        for (const timer of timers) clearTimeout(timer)
        watch.onStop(null)
        outgoing?.destroy()
        resolve(result)
      }
      const fail = (reason: NoAnswerReason, detail: string): void => settle({ kind: 'failed', reason, detail, phases })
      watch.onStop(() => fail('timeout', watch.why()))
      if (watch.stopped()) return

      const settings = {
        host: address,
        port: portOf(url),
        path: `${url.pathname}${url.search}`,
        method: call.method,
        agent: false as const,
        maxHeaderSize: limits.header_bytes,
        insecureHTTPParser: false,
        setDefaultHeaders: false,
        headers: outgoingHeaders(url, call, options.user_agent),
      }
      try {
        const overTls = { ...settings, servername: isIP(host) === 0 ? host : '', secureContext, rejectUnauthorized: true }
        outgoing = secure ? httpsRequest(overTls) : httpRequest(settings)
      } catch (error) {
        fail('bad_url', `this request cannot be written: ${codeOf(error)}`)
        return
      }
      // No limit of its own: names beyond Node's would be dropped in silence. `header_bytes` bounds them, we count them.
      outgoing.maxHeadersCount = 0
      let interim = 0
      outgoing.on('information', () => {
        interim += 1
        if (interim > MOST_INTERIM_ANSWERS) fail('bad_response', 'endless interim answers')
      })
      outgoing.on('upgrade', (_, socket) => {
        socket.destroy()
        fail('bad_response', 'switches to another protocol')
      })
      outgoing.on('socket', (socket) => {
        const slow = setTimeout(() => fail('connect_timeout', `no connection within ${limits.connect_ms} ms`), limits.connect_ms)
        timers.push(slow)
        socket.once('connect', () => {
          clearTimeout(slow)
          phases.connect_ms = performance.now() - started
          if (socket.remoteAddress === undefined || sameSpelling(socket.remoteAddress) !== sameSpelling(address)) {
            fail('forbidden_address', `connected to ${socket.remoteAddress ?? 'nothing'} instead of ${address}`)
          }
          if (secure)
            timers.push(
              setTimeout(() => phases.tls_ms === null && fail('tls', `no TLS handshake within ${limits.connect_ms} ms`), limits.connect_ms),
            )
        })
        socket.once('secureConnect', () => {
          phases.tls_ms = performance.now() - started - (phases.connect_ms ?? 0)
        })
      })
      outgoing.on('error', (error) => {
        const [reason, detail] = reasonOf(error, secure && phases.connect_ms !== null && phases.tls_ms === null, phases.connect_ms !== null)
        fail(reason, detail)
      })
      outgoing.on('response', (incoming) => {
        phases.first_byte_ms = performance.now() - started
        const headers = pairs(incoming.rawHeaders)
        if (headers.length > MOST_HEADERS) {
          fail('headers_too_large', `${headers.length} header fields; at most ${MOST_HEADERS} are read`)
          return
        }
        const socket = incoming.socket
        const tls =
          socket instanceof TLSSocket
            ? { protocol: socket.getProtocol() ?? 'unknown', fingerprint: socket.getPeerCertificate().fingerprint256 ?? '' }
            : null
        timers.push(
          ...readBody(incoming, limits, fail, (raw) => {
            void inflated(raw, headers, limits.inflated_bytes).then((body) => {
              if (body.kind === 'spoiled') fail(body.reason, body.detail)
              else settle({ kind: 'seen', status: incoming.statusCode ?? 0, headers, body: body.bytes, address, tls, phases })
            })
          }),
        )
      })
      outgoing.end(call.body)
    })
  }

  return {
    fetch,
    handshakes: handshakesThrough(guard, { now: options.now, ...(ca === undefined ? {} : { ca }) }),
    names: asksNames(options.name_servers),
  }
}

type Call = {
  readonly method: Method
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string | undefined
  readonly limits: Limits
  readonly watch: Stopwatch
}
type Seen = Omit<Answer, 'kind' | 'url' | 'at' | 'redirects' | 'phases'> & {
  readonly kind: 'seen'
  readonly phases: Omit<Phases, 'total_ms'>
}
type Failed = { readonly kind: 'failed'; readonly reason: NoAnswerReason; readonly detail: string; readonly phases: Partial<Phases> }

function outgoingHeaders(url: URL, call: Call, user_agent: string): Record<string, string> {
  const headers: Record<string, string> = {
    host: url.host,
    'user-agent': user_agent,
    accept: '*/*',
    'accept-encoding': 'gzip, deflate, br',
    connection: 'close',
  }
  if (call.body !== undefined) headers['content-length'] = String(Buffer.byteLength(call.body))
  for (const [name, value] of call.headers) headers[name.toLowerCase()] = value
  return headers
}

/** Collects the bytes as they travel and gives up when there are too many or they come too slowly. */
function readBody(
  incoming: IncomingMessage,
  limits: Limits,
  fail: (reason: NoAnswerReason, detail: string) => void,
  done: (raw: Buffer) => void,
): NodeJS.Timeout[] {
  const chunks: Buffer[] = []
  let bytes = 0
  let before = 0
  const rate = setInterval(() => {
    if (bytes - before < RATE_GRACE_MS * RATE_BYTES_PER_MS) fail('too_slow', `${bytes - before} bytes in ${RATE_GRACE_MS / 1000} s`)
    before = bytes
  }, RATE_GRACE_MS)
  incoming.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > limits.body_bytes) fail('body_too_large', `more than ${limits.body_bytes} bytes`)
    else chunks.push(chunk)
  })
  incoming.on('error', (error) => fail('reset', `the connection broke inside the body: ${codeOf(error)}`))
  incoming.on('end', () => {
    clearInterval(rate)
    if (incoming.complete) done(Buffer.concat(chunks, bytes))
    else fail('reset', 'the connection ended inside the body')
  })
  return [rate]
}

const pairs = (raw: readonly string[]): [string, string][] =>
  raw.flatMap((name, place) => (place % 2 === 0 ? [[name, raw[place + 1] ?? ''] as [string, string]] : []))

function reasonOf(error: Error, inHandshake: boolean, connected: boolean): [NoAnswerReason, string] {
  const code = codeOf(error)
  if (code === 'HPE_HEADER_OVERFLOW') return ['headers_too_large', 'the header is larger than the limit']
  if (code.startsWith('HPE_')) return ['bad_response', `this is not HTTP: ${code}`]
  if (inHandshake || code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL') || code === 'EPROTO' || code.includes('CERT'))
    return ['tls', code]
  if (!connected) return code === 'ETIMEDOUT' ? ['connect_timeout', code] : ['connect', code]
  return ['reset', code]
}

/** The registrable domain of a host by the public suffix list, private suffixes included; the host itself when it has none. */
export const domainOf = (host: string): string => getDomain(host, { allowPrivateDomains: true }) ?? host

type Stopwatch = {
  readonly elapsed: () => number
  readonly why: () => string
  readonly stopped: () => boolean
  readonly onStop: (act: (() => void) | null) => void
  readonly or: <T>(work: Promise<T>) => Promise<T | 'stopped'>
  readonly end: () => void
}

/** One timer for the whole exchange, redirects and look-ups included, joined with the caller's kill switch. */
function stopwatch(total_ms: number, signal: AbortSignal | undefined): Stopwatch {
  const started = performance.now()
  let act: (() => void) | null = null
  let stopped: string | null = signal?.aborted === true ? 'stopped by us' : null
  const waiting = new Set<() => void>()
  const stop = (why: string): void => {
    stopped ??= why
    act?.()
    for (const wake of waiting) wake()
  }
  const timer = setTimeout(() => stop(`not done within ${total_ms} ms`), total_ms)
  const onAbort = (): void => stop('stopped by us')
  signal?.addEventListener('abort', onAbort, { once: true })
  return {
    elapsed: () => performance.now() - started,
    stopped: () => stopped !== null,
    why: () => stopped ?? `not done within ${total_ms} ms`,
    onStop: (next) => {
      act = next
      if (stopped !== null) next?.()
    },
    or: (work) =>
      new Promise((resolve, reject) => {
        const wake = (): void => resolve('stopped')
        if (stopped !== null) wake()
        waiting.add(wake)
        work.then(resolve, reject).finally(() => waiting.delete(wake))
      }),
    end: () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    },
  }
}
