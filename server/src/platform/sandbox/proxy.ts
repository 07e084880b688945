import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { hostOf, portOf, type Guard } from '../net/guard.ts'

/** What may pass, in total over one run. */
export type ProxyLimits = {
  /** Bytes in both directions. */
  readonly bytes: number
  readonly connections: number
  readonly connections_at_once: number
  readonly connect_ms: number
}

/** One host that was asked for, and what came of it: `let through`, `not in scope`, or why it could not be reached. The same is told once. */
export type Asked = { readonly host: string; readonly port: number; readonly answer: string }

export type GuardingProxy = {
  /** Every host that was asked for, in the order of the first time. */
  readonly asked: () => readonly Asked[]
  /** Why nothing passes any more, or null. */
  readonly full: () => string | null
  readonly close: () => Promise<void>
}

/** Hosts that are told of one run; whoever asks for more is probing. */
const MOST_ASKED = 200
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/**
 * The only way out of a sandbox: an HTTP proxy that listens on a socket in the file system. A name is let through when `allows`
 * says so, and connected to by an address that the guard has checked; what is encrypted stays so.
 */
export async function guardingProxy(given: {
  readonly guard: Guard
  readonly allows: (url: URL) => boolean
  readonly path: string
  readonly limits: ProxyLimits
}): Promise<GuardingProxy> {
  const { guard, limits } = given
  const asked = new Map<string, Asked>()
  const open = new Set<Duplex>()
  let bytes = 0
  let connections = 0
  let full: string | null = null

  const tell = (url: URL, answer: Asked['answer']): void => {
    const told = { host: hostOf(url), port: portOf(url), answer }
    const key = `${told.host}|${told.port}|${answer}`
    if (asked.size < MOST_ASKED && !asked.has(key)) asked.set(key, told)
  }

  const count = (chunk: Buffer): void => {
    bytes += chunk.length
    if (bytes > limits.bytes) stop(`more than ${limits.bytes} bytes`)
  }
  const stop = (why: string): void => {
    full = why
    for (const stream of open) stream.destroy()
  }

  /** Where a URL leads, checked; or why it leads nowhere. */
  async function locate(url: URL): Promise<{ readonly address: string; readonly port: number } | string> {
    if (full !== null) return full
    connections += 1
    if (connections > limits.connections) {
      stop(`more than ${limits.connections} connections`)
      return full ?? ''
    }
    if (open.size >= 2 * limits.connections_at_once) return 'too many connections at once'
    if (!given.allows(url)) return 'not in scope'
    const refused = guard.admit(url, { plain_http: true, ports: [portOf(url)] })
    if (refused !== null) return refused.detail
    const place = await guard.locate(hostOf(url), portOf(url))
    if (place.kind === 'forbidden') return place.detail
    const [address] = place.addresses
    return address === undefined ? 'no address' : { address, port: place.port }
  }

  async function reach(url: URL): Promise<Socket | string> {
    const place = await locate(url)
    if (typeof place === 'string') {
      tell(url, place)
      return place
    }
    return new Promise((resolve) => {
      const outer = connect({ host: place.address, port: place.port })
      const timer = setTimeout(() => outer.destroy(new Error('no connection in time')), limits.connect_ms)
      outer.once('connect', () => {
        clearTimeout(timer)
        tell(url, 'let through')
        hold(outer)
        resolve(outer)
      })
      outer.on('error', (error) => {
        clearTimeout(timer)
        tell(url, error.message)
        resolve(error.message)
      })
    })
  }

  function hold(stream: Duplex): void {
    open.add(stream)
    stream.on('data', count)
    stream.once('close', () => open.delete(stream))
  }

  async function tunnel(request: IncomingMessage, inner: Duplex, head: Buffer): Promise<void> {
    inner.on('error', () => inner.destroy())
    const url = URL.canParse(`https://${request.url ?? ''}`) ? new URL(`https://${request.url ?? ''}`) : null
    if (url === null || url.pathname !== '/') return void inner.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    const outer = await reach(url)
    if (typeof outer === 'string') return void inner.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
    hold(inner)
    outer.on('close', () => inner.destroy())
    inner.on('close', () => outer.destroy())
    inner.write('HTTP/1.1 200 Connection established\r\n\r\n')
    if (head.length > 0) outer.write(head)
    inner.pipe(outer)
    outer.pipe(inner)
  }

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : null
    if (url?.protocol !== 'http:') return void response.writeHead(400).end()
    const outer = await reach(url)
    if (typeof outer === 'string') return void response.writeHead(403, { 'content-type': 'text/plain' }).end('not let through')
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !HOP_BY_HOP.has(name)))
    const onward = forward(
      {
        createConnection: () => outer,
        method: request.method,
        path: `${url.pathname}${url.search}`,
        headers: { ...headers, host: url.host },
      },
      (answer) => {
        const told = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !HOP_BY_HOP.has(name)))
        response.writeHead(answer.statusCode ?? 502, told)
        answer.pipe(response)
      },
    )
    onward.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()))
    response.on('close', () => outer.destroy())
    request.pipe(onward)
  }

  const server = createServer((request, response) => void pass(request, response))
  server.on('connect', (request, inner, head) => void tunnel(request, inner, head))
  server.on('clientError', (_error, socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(given.path, resolve)
  })
  return {
    asked: () => [...asked.values()],
    full: () => full,
    close: () =>
      new Promise((resolve) => {
        for (const stream of open) stream.destroy()
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
