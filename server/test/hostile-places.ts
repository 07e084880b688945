import { createServer as createHttpsServer } from 'node:https'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { authority } from '../demo/certificate.ts'
import { DAY_MS } from '../src/kernel/time.ts'

/** Places of a stranger who means harm: an address that answers with whatever hurts, and one that nobody may ever reach. */

const MEGABYTE = 1024 * 1024

/** A loopback service that is nobody's test target. It counts who connects, in every spelling of its address. */
export async function canary(): Promise<{ readonly port: number; readonly reached: () => number; readonly close: () => Promise<void> }> {
  let reached = 0
  const server = createServer((socket) => {
    reached += 1
    socket.destroy()
  })
  // Both families: what is connected to 127.0.0.1, to ::1 or to any address of this machine arrives here.
  const port = await listening(server, '::')
  return { port, reached: () => reached, close: () => closed(server) }
}

/** What the address sent of each path so far. */
export type Sent = { readonly [path: string]: number }

/** A stranger's server on loopback TLS: what its paths answer is in the switch below. */
export async function strangersPlace(): Promise<{
  readonly port: number
  readonly ca: string
  readonly sent: Sent
  readonly redirectTo: (location: string) => void
  readonly answerWith: (body: string) => void
  readonly close: () => Promise<void>
}> {
  const from = new Date(Date.now() - DAY_MS)
  const root = authority('Castellan test', from, 400)
  const { certificate: cert, key } = root.issue(['app.evil.example'], ['127.0.0.1'], from, 400)
  // A gigabyte of blanks each: a thousand times what travels.
  const blanks = Buffer.alloc(1024 * MEGABYTE, ' ')
  const bombs: { readonly [encoding: string]: Buffer } = {
    gzip: gzipSync(blanks, { level: 9 }),
    br: brotliCompressSync(blanks, { params: { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_LGWIN]: 24 } }),
  }
  const sent: { [path: string]: number } = {}
  let location = ''
  let text = ''
  const server = createHttpsServer({ cert, key }, (request, reply) => {
    const path = request.url ?? '/'
    sent[path] ??= 0
    if (path === '/redirect') {
      reply.writeHead(302, { location }).end()
    } else if (path.startsWith('/bomb/')) {
      const encoding = path.slice('/bomb/'.length)
      reply.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding }).end(bombs[encoding])
    } else if (path === '/endless' || path === '/large') {
      // With the length told, and without it.
      const length = path === '/large' ? { 'content-length': String(100 * MEGABYTE) } : {}
      reply.writeHead(200, { 'content-type': 'application/json', ...length })
      const chunk = Buffer.alloc(64 * 1024, ' ')
      const more = (): void => {
        while (!reply.destroyed && (sent[path] ?? 0) < 100 * MEGABYTE) {
          sent[path] = (sent[path] ?? 0) + chunk.length
          if (!reply.write(chunk)) return
        }
        reply.end()
      }
      reply.on('drain', more)
      more()
    } else reply.writeHead(200, { 'content-type': 'application/json' }).end(text)
  })
  const port = await listening(server, '127.0.0.1')
  return {
    port,
    ca: root.certificate,
    sent,
    redirectTo: (next) => {
      location = next
    },
    answerWith: (next) => {
      text = next
    },
    close: () => {
      server.closeAllConnections()
      return closed(server)
    },
  }
}

const listening = (server: Server, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, host, () => resolve((server.address() as AddressInfo).port))
  })

const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()))
