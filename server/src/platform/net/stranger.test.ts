import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { authority } from '../../../demo/certificate.ts'
import { instant } from '../../kernel/time.ts'
import type { Answer, NoAnswer, StrangerRequest } from './client.ts'
import { strangerClient, type StrangerOptions } from './stranger.ts'

const now = () => instant(1_790_000_000_000)
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A server that says exactly these bytes: what a well-behaved library would never send. */
async function raw(speak: (socket: Socket, request: string) => void): Promise<{ readonly port: number; readonly asked: string[] }> {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', (chunk) => {
      asked.push(chunk.toString('latin1'))
      speak(socket, chunk.toString('latin1'))
    })
  })
  const port = await listening(server)
  closing.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return { port, asked }
}

const listening = (server: Server | HttpsServer): Promise<number> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)))

const client = (port: number | readonly number[], more: Partial<StrangerOptions> = {}) =>
  strangerClient({
    user_agent: 'Castellan test',
    now,
    allow_targets: [port].flat().map((one) => `127.0.0.1:${one}`),
    resolver: async () => ['127.0.0.1'],
    ...more,
  })
const ask = (port: number, request: Partial<StrangerRequest> = {}): Promise<Answer | NoAnswer> =>
  client(port).fetch({ url: `http://127.0.0.1:${port}/`, ...request })
const reason = (seen: Answer | NoAnswer): string => (seen.kind === 'answer' ? `answer ${seen.status}` : seen.reason)
const text = (seen: Answer | NoAnswer): string =>
  seen.kind === 'answer' ? new TextDecoder().decode(seen.body) : `${seen.reason}: ${seen.detail}`
const says = (head: string, body: string | Buffer = ''): Buffer =>
  Buffer.concat([Buffer.from(head.replaceAll('\n', '\r\n') + '\r\n\r\n'), Buffer.from(body)])
const OK = (body: string | Buffer, headers = ''): Buffer =>
  says(`HTTP/1.1 200 OK\ncontent-length: ${Buffer.byteLength(body)}${headers}`, body)

describe('an ordinary exchange', () => {
  it('brings status, headers as they came, body, address and times', async () => {
    const { port, asked } = await raw((socket) => socket.end(OK('hello', '\nX-Odd: Ä\nset-cookie: a=1\nset-cookie: b=2')))
    const seen = await ask(port, { headers: [['x-mine', '1']] })
    expect(seen).toMatchObject({ kind: 'answer', status: 200, address: '127.0.0.1', tls: null, redirects: [], at: now() })
    if (seen.kind !== 'answer') return
    expect(text(seen)).toBe('hello')
    expect(seen.headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value)).toEqual(['a=1', 'b=2'])
    expect(seen.phases.connect_ms).toBeGreaterThanOrEqual(0)
    expect(seen.phases.first_byte_ms).toBeGreaterThanOrEqual(seen.phases.connect_ms ?? 0)
    expect(seen.phases.total_ms).toBeGreaterThanOrEqual(seen.phases.first_byte_ms ?? 0)
    expect(asked[0]).toMatch(/^GET \/ HTTP\/1\.1\r\n/)
    expect(asked[0]).toMatch(new RegExp(`host: 127.0.0.1:${port}\r\n`, 'i'))
    expect(asked[0]).toMatch(/user-agent: Castellan test\r\n/i)
    expect(asked[0]).toMatch(/x-mine: 1\r\n/i)
  })

  it('keeps nothing between two: no connection, no cookie', async () => {
    let connections = 0
    const { port, asked } = await raw((socket) => {
      connections += 1
      socket.end(OK('', '\nset-cookie: session=1; Path=/\nconnection: keep-alive'))
    })
    const one = client(port)
    await one.fetch({ url: `http://127.0.0.1:${port}/` })
    await one.fetch({ url: `http://127.0.0.1:${port}/` })
    expect(connections).toBe(2)
    expect(asked.join('')).not.toMatch(/cookie/i)
  })

  it('sends a body with its length, and does not follow what it answers', async () => {
    const { port, asked } = await raw((socket) => socket.end(says('HTTP/1.1 302 Found\nlocation: /elsewhere\ncontent-length: 0')))
    const seen = await ask(port, { method: 'POST', body: 'ü=1', limits: { redirects: 5 } })
    expect(reason(seen)).toBe('answer 302')
    expect(asked).toHaveLength(1)
    expect(asked[0]).toMatch(/content-length: 4\r\n/i)
  })

  it('never throws for what is no request', async () => {
    const one = client(1)
    for (const url of ['', 'nonsense', 'https://', 'https://[::1', '//example.com', 'https://exa mple.com']) {
      expect(reason(await one.fetch({ url })), url).toBe('bad_url')
    }
    const { port } = await raw((socket) => socket.end(OK('')))
    expect(reason(await ask(port, { headers: [['x', 'a\r\nx-injected: 1']] }))).toBe('bad_url')
    expect(reason(await ask(port, { headers: [['a b', '1']] }))).toBe('bad_url')
  })
})

describe('the address that is connected to is the one that was checked', () => {
  it('a name server that changes its mind between check and connection changes nothing: it is asked once', async () => {
    const { port, asked } = await raw((socket) => socket.end(OK('pinned')))
    const answers = [['127.0.0.1'], ['10.0.0.1'], ['169.254.169.254']]
    let lookups = 0
    const one = client(port, { resolver: async () => answers[lookups++] ?? [] })
    const seen = await one.fetch({ url: `http://app.example.com:${port}/`, plain_http: true, ports: [port] })
    expect(text(seen)).toBe('pinned')
    expect(lookups).toBe(1)
    expect(asked[0]).toMatch(new RegExp(`host: app.example.com:${port}\r\n`, 'i'))
  })

  it('a redirect to the same name is looked up and checked anew', async () => {
    const { port, asked } = await raw((socket) => socket.end(says('HTTP/1.1 302 Found\nlocation: /again\ncontent-length: 0')))
    const answers = [['127.0.0.1'], ['93.184.215.14', '10.0.0.1']]
    let lookups = 0
    const one = client(port, { resolver: async () => answers[lookups++] ?? [] })
    const seen = await one.fetch({ url: `http://app.example.com:${port}/`, plain_http: true, ports: [port], limits: { redirects: 3 } })
    expect(reason(seen)).toBe('forbidden_address')
    expect(asked).toHaveLength(1)
  })

  it('goes on to the next address when the first does not take connections, and to no address that was not checked', async () => {
    const { port } = await raw((socket) => socket.end(OK('second')))
    const one = strangerClient({
      user_agent: 't',
      now,
      allow_targets: [`127.0.0.2:${port}`, `127.0.0.1:${port}`],
      resolver: async () => ['127.0.0.2', '127.0.0.1'],
    })
    const seen = await one.fetch({ url: `http://app.example.com:${port}/`, plain_http: true, ports: [port] })
    expect(seen).toMatchObject({ kind: 'answer', address: '127.0.0.1' })
  })

  it('a port where nobody listens is a connection that failed', async () => {
    const { port } = await raw(() => undefined)
    await Promise.all(closing.splice(0).map((close) => close()))
    expect(reason(await ask(port))).toBe('connect')
  })
})

describe('redirects', () => {
  const leading = (location: string, status = 302) =>
    raw((socket, request) =>
      socket.end(request.startsWith('GET / ') ? says(`HTTP/1.1 ${status} X\nlocation: ${location}\ncontent-length: 0`) : OK('there')),
    )

  it.each([301, 302, 303, 307, 308])('%d is followed when asked for, inside the own domain', async (status) => {
    const { port } = await leading('/there', status)
    const seen = await ask(port, { limits: { redirects: 1 } })
    expect(text(seen)).toBe('there')
    expect(seen.kind === 'answer' ? seen.redirects : []).toEqual([{ url: `http://127.0.0.1:${port}/`, status, location: '/there' }])
  })

  it('is an answer of its own when not asked for', async () => {
    const { port, asked } = await leading('/there')
    expect(reason(await ask(port))).toBe('answer 302')
    expect(asked).toHaveLength(1)
  })

  it.each([
    ['http://169.254.169.254/latest/meta-data/', 'forbidden_address'],
    ['http://[::ffff:169.254.169.254]/', 'forbidden_address'],
    ['http://0x7f.1/', 'forbidden_address'],
    ['//10.0.0.1/', 'forbidden_address'],
    ['\\\\10.0.0.1\\x', 'forbidden_address'],
    ['http://localhost/', 'forbidden_address'],
    ['http://127.0.0.1:1/', 'forbidden_address'],
    ['file:///etc/passwd', 'forbidden_scheme'],
    ['gopher://127.0.0.1/', 'forbidden_scheme'],
    ['javascript:alert(1)', 'forbidden_scheme'],
    ['https://evil.example.org/', 'foreign_redirect'],
    ['http://user:pass@93.184.215.14/', 'bad_url'],
    ['http://93.184.215.14:22/', 'forbidden_port'],
    ['http://93.184.215.14/', 'foreign_redirect'],
    ['http://[', 'bad_url'],
    ['https://', 'bad_url'],
  ])('to %s is not followed: %s', async (location, why) => {
    const { port, asked } = await leading(location)
    expect(reason(await ask(port, { limits: { redirects: 5 } }))).toBe(why)
    expect(asked).toHaveLength(1)
  })

  it('in a circle ends at the limit', async () => {
    const { port, asked } = await raw((socket) => socket.end(says('HTTP/1.1 302 X\nlocation: /\ncontent-length: 0')))
    expect(reason(await ask(port, { limits: { redirects: 3 } }))).toBe('too_many_redirects')
    expect(asked).toHaveLength(4)
  })

  it('stay inside the registrable domain, where a shared hosting domain is not one', async () => {
    const from = async (url: string, location: string) => {
      const { port, asked } = await raw((socket, request) =>
        socket.end(
          request.startsWith('GET / ')
            ? says(`HTTP/1.1 302 X\nlocation: ${location.replace('PORT', String(port_()))}\ncontent-length: 0`)
            : OK('there'),
        ),
      )
      const port_ = () => port
      const seen = await client(port).fetch({
        url: url.replace('PORT', String(port)),
        plain_http: true,
        ports: [port],
        limits: { redirects: 2 },
      })
      return [reason(seen), asked.length]
    }
    expect(await from('http://a.example.com:PORT/', 'http://b.example.com:PORT/there')).toEqual(['answer 200', 2])
    expect(await from('http://a.example.com:PORT/', 'http://example.com.evil.org:PORT/there')).toEqual(['foreign_redirect', 1])
    expect(await from('http://mine.github.io:PORT/', 'http://yours.github.io:PORT/there')).toEqual(['foreign_redirect', 1])
    expect(await from('http://a.example.co.uk:PORT/', 'http://b.evil.co.uk:PORT/there')).toEqual(['foreign_redirect', 1])
  })

  it('do not carry credentials to another origin', async () => {
    const second = await raw((socket) => socket.end(OK('there')))
    const first = await raw((socket) => socket.end(says(`HTTP/1.1 302 X\nlocation: http://127.0.0.1:${second.port}/\ncontent-length: 0`)))
    const headers = [
      ['Authorization', 'Bearer secret'],
      ['Cookie', 'a=secret'],
      ['x-kept', '1'],
    ] as const
    const seen = await client([first.port, second.port]).fetch({
      url: `http://127.0.0.1:${first.port}/`,
      headers,
      limits: { redirects: 1 },
    })
    expect(text(seen)).toBe('there')
    expect(first.asked[0]).toContain('secret')
    expect(second.asked[0]).not.toContain('secret')
    expect(second.asked[0]).toMatch(/x-kept: 1/i)
  })
})

describe('every exchange ends by its limits', () => {
  it('nobody answers', async () => {
    const { port } = await raw(() => undefined)
    expect(reason(await ask(port, { limits: { total_ms: 200 } }))).toBe('timeout')
  })

  it('a byte of the header at a time', async () => {
    const { port } = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      const drip = setInterval(() => socket.write('x'), 20)
      socket.on('close', () => clearInterval(drip))
    })
    expect(reason(await ask(port, { limits: { total_ms: 300 } }))).toBe('timeout')
  })

  it('a byte of the body at a time', async () => {
    const { port } = await raw((socket) => {
      socket.write(says('HTTP/1.1 200 OK\ncontent-length: 100000'))
      const drip = setInterval(() => socket.write('x'), 20)
      socket.on('close', () => clearInterval(drip))
    })
    expect(reason(await ask(port, { limits: { total_ms: 300 } }))).toBe('timeout')
    expect(reason(await ask(port, { limits: { total_ms: 12_000 } }))).toBe('too_slow')
  })

  it('redirects and waits together count as one time', async () => {
    const { port } = await raw((socket) => void setTimeout(() => socket.end(says('HTTP/1.1 302 X\nlocation: /\ncontent-length: 0')), 150))
    expect(reason(await ask(port, { limits: { total_ms: 400, redirects: 50 } }))).toBe('timeout')
  })

  it('the kill switch, before and in the middle', async () => {
    const { port, asked } = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      stop.abort()
    })
    const stop = new AbortController()
    const seen = await ask(port, { signal: stop.signal })
    expect(seen).toMatchObject({ reason: 'timeout', detail: 'stopped by us' })
    expect(reason(await ask(port, { signal: AbortSignal.abort() }))).toBe('timeout')
    expect(asked).toHaveLength(1)
  })

  it('a look-up that never ends', async () => {
    const one = strangerClient({ user_agent: 't', now, resolver: () => new Promise(() => {}) })
    expect(reason(await one.fetch({ url: 'https://app.example.com/', limits: { total_ms: 200 } }))).toBe('timeout')
  })

  it.each([
    ['a header that is too large', (socket: Socket) => socket.end(OK('', `\nx: ${'y'.repeat(40_000)}`)), 'headers_too_large'],
    ['many headers that are too large together', (socket: Socket) => socket.end(OK('', '\nx: y'.repeat(20_000))), 'headers_too_large'],
    ['more headers than anybody needs', (socket: Socket) => socket.end(OK('', '\nx: y'.repeat(150))), 'headers_too_large'],
    [
      'an endless header',
      (socket: Socket) => endless(socket, Buffer.from('x: y\r\n'.repeat(1_000)), 'HTTP/1.1 200 OK\r\n'),
      'headers_too_large',
    ],
    ['a body longer than allowed', (socket: Socket) => socket.end(OK('z'.repeat(3_000_000))), 'body_too_large'],
    ['a body without end', (socket: Socket) => endless(socket, Buffer.alloc(65_536, 'z'), 'HTTP/1.1 200 OK\r\n\r\n'), 'body_too_large'],
    [
      'chunks without end',
      (socket: Socket) =>
        endless(socket, Buffer.from(`1000\r\n${'z'.repeat(4_096)}\r\n`), 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'),
      'body_too_large',
    ],
    ['interim answers without end', (socket: Socket) => endless(socket, Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'), ''), 'bad_response'],
    [
      'interim answers and then one',
      (socket: Socket) => socket.end(Buffer.concat([Buffer.from('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(50)), OK('x')])),
      'bad_response',
    ],
    [
      'another protocol',
      (socket: Socket) => socket.write('HTTP/1.1 101 X\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n'),
      'bad_response',
    ],
    ['what is not HTTP', (socket: Socket) => socket.end('220 mail.example.com ESMTP\r\n'), 'bad_response'],
    ['binary rubbish', (socket: Socket) => socket.end(Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46, 0x00, 0xff])), 'bad_response'],
    [
      'a bad chunk',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n'),
      'bad_response',
    ],
    [
      'a chunk of negative length',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\nx\r\n0\r\n\r\n'),
      'bad_response',
    ],
    [
      'two lengths',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 5\r\n\r\nhello'),
      'bad_response',
    ],
    [
      'a length and chunks',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'),
      'bad_response',
    ],
    ['a length that is no number', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0x5\r\n\r\nhello'), 'bad_response'],
    ['a line that is no header', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\n no name: x\r\n\r\n'), 'bad_response'],
    ['less than was promised', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello'), 'reset'],
    ['a cut inside the chunks', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel'), 'reset'],
    ['a cut before anything', (socket: Socket) => socket.end(), 'reset'],
    ['a reset', (socket: Socket) => socket.resetAndDestroy(), 'reset'],
    [
      'a reset inside the body',
      (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello', () => socket.resetAndDestroy()),
      'reset',
    ],
  ])('%s', async (_, speak, why) => {
    const { port } = await raw((socket) => speak(socket))
    expect(reason(await ask(port, { limits: { total_ms: 8_000 } }))).toBe(why)
  })

  it('a body of exactly the allowed length is taken, one byte more is not', async () => {
    const { port } = await raw((socket, request) => socket.end(OK('z'.repeat(request.startsWith('GET /more') ? 101 : 100))))
    const limits = { body_bytes: 100, inflated_bytes: 100 }
    expect(reason(await ask(port, { limits }))).toBe('answer 200')
    expect(reason(await ask(port, { limits, url: `http://127.0.0.1:${port}/more` }))).toBe('body_too_large')
  })
})

/** Writes until the other side has had enough. */
function endless(socket: Socket, piece: Buffer, start: string): void {
  socket.write(start)
  const more = (): void => {
    while (!socket.destroyed && socket.write(piece));
  }
  socket.on('drain', more)
  more()
}

describe('compression is undone once and never beyond its limits', () => {
  const page = 'hello '.repeat(200)
  it.each([
    ['gzip', gzipSync(page)],
    ['x-gzip', gzipSync(page)],
    ['GZIP', gzipSync(page)],
    ['br', brotliCompressSync(page)],
    ['deflate', deflateSync(page)],
    ['deflate', deflateRawSync(page)],
    ['identity', Buffer.from(page)],
  ])('%s', async (encoding, body) => {
    const { port } = await raw((socket) => socket.end(OK(body, `\ncontent-encoding: ${encoding}`)))
    expect(text(await ask(port))).toBe(page)
  })

  it.each([
    ['a gzip bomb', 'gzip', gzipSync(Buffer.alloc(200_000_000))],
    ['a brotli bomb', 'br', brotliCompressSync(Buffer.alloc(200_000_000), { params: { 1: 5 } })],
    ['a deflate bomb', 'deflate', deflateSync(Buffer.alloc(200_000_000))],
    // Smaller than the limit, but growing as no text does.
    ['a small bomb', 'gzip', gzipSync(Buffer.alloc(2_000_000))],
  ])('%s', async (_, encoding, body) => {
    const { port } = await raw((socket) => socket.end(OK(body, `\ncontent-encoding: ${encoding}`)))
    const before = process.memoryUsage().arrayBuffers
    expect(reason(await ask(port))).toBe('inflated_too_large')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024)
  })

  it.each([
    ['two layers', 'gzip, gzip', gzipSync(gzipSync(page))],
    ['what was not asked for', 'zstd', Buffer.from(page)],
    ['an unknown word', 'toString', Buffer.from(page)],
    ['rubbish', 'gzip', Buffer.from(page)],
    ['a cut stream', 'gzip', gzipSync(page).subarray(0, 30)],
  ])('%s is bad encoding', async (_, encoding, body) => {
    const { port } = await raw((socket) => socket.end(OK(body, `\ncontent-encoding: ${encoding}`)))
    expect(reason(await ask(port))).toBe('bad_encoding')
  })

  it('an empty body needs no undoing', async () => {
    const { port } = await raw((socket) => socket.end(OK('', '\ncontent-encoding: gzip')))
    expect(reason(await ask(port))).toBe('answer 200')
  })
})

describe('over TLS', () => {
  const from = new Date(Date.now() - 3_600_000)
  const ca = authority('Castellan test', from, 30)
  const other = authority('Somebody else', from, 30)

  const served = async (leaf: { certificate: string; key: string }, answer = 'secure') => {
    const server = createHttpsServer({ key: leaf.key, cert: leaf.certificate }, (_, response) => response.end(answer))
    const port = await listening(server)
    closing.push(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    return port
  }
  const trusting = (port: number) => client(port, { extra_ca: ca.certificate })

  it('a certificate for the name is taken, and told of', async () => {
    const port = await served(ca.issue(['app.example.com'], ['127.0.0.1'], from, 10))
    const seen = await trusting(port).fetch({ url: `https://app.example.com:${port}/`, ports: [port] })
    expect(seen).toMatchObject({ kind: 'answer', tls: { protocol: 'TLSv1.3' } })
    expect(seen.phases.tls_ms).toBeGreaterThan(0)
    expect(reason(await trusting(port).fetch({ url: `https://127.0.0.1:${port}/` }))).toBe('answer 200')
  })

  it.each([
    ['for another name', () => ca.issue(['other.example.com'], [], from, 10)],
    ['for the address only', () => ca.issue([], ['127.0.0.1'], from, 10)],
    ['of an authority that nobody trusts', () => other.issue(['app.example.com'], ['127.0.0.1'], from, 10)],
    ['that has ended', () => ca.issue(['app.example.com'], ['127.0.0.1'], new Date(Date.now() - 20 * 86_400_000), 10)],
    ['that has not begun', () => ca.issue(['app.example.com'], ['127.0.0.1'], new Date(Date.now() + 86_400_000), 10)],
  ])('a certificate %s is refused before anything is sent', async (_, leaf) => {
    const port = await served(leaf())
    expect(reason(await trusting(port).fetch({ url: `https://app.example.com:${port}/`, ports: [port] }))).toBe('tls')
  })

  it('plain HTTP where TLS is expected, and a handshake that never ends, are TLS’ faults', async () => {
    const plain = await raw((socket) => socket.end(OK('plain')))
    expect(reason(await client(plain.port).fetch({ url: `https://127.0.0.1:${plain.port}/` }))).toBe('tls')
    const silent = await raw(() => undefined)
    const seen = await client(silent.port).fetch({ url: `https://127.0.0.1:${silent.port}/`, limits: { connect_ms: 200 } })
    expect(reason(seen)).toBe('tls')
  })

  it('a redirect from https to http is a downgrade', async () => {
    const leaf = ca.issue(['app.example.com'], ['127.0.0.1'], from, 10)
    const server = createHttpsServer({ key: leaf.key, cert: leaf.certificate }, (request, response) => {
      response.writeHead(302, { location: `http://${request.headers.host ?? ''}/` }).end()
    })
    const port = await listening(server)
    closing.push(async () => void (await new Promise((resolve) => server.close(resolve))))
    const seen = await trusting(port).fetch({ url: `https://app.example.com:${port}/`, ports: [port], limits: { redirects: 3 } })
    expect(reason(seen)).toBe('downgrade')
  })

  it('handshakes pass the same guard, and say which versions are accepted', async () => {
    const port = await served(ca.issue(['app.example.com'], ['127.0.0.1'], from, 10))
    const seen = await trusting(port).handshakes('app.example.com', port)
    expect(seen).toMatchObject({
      kind: 'handshakes',
      versions: { TLSv1: 'refused', 'TLSv1.1': 'refused', 'TLSv1.2': 'accepted', 'TLSv1.3': 'accepted' },
      certificate: { trusted: true, problem: null, names: ['app.example.com', '127.0.0.1'] },
    })
    const guarded = strangerClient({ user_agent: 't', now, resolver: async () => ['10.0.0.1'] })
    for (const host of ['127.0.0.1', '[::1]', 'localhost', '169.254.169.254', 'app.example.com']) {
      expect(await guarded.handshakes(host, 443), host).toMatchObject({ kind: 'no-answer', reason: 'forbidden_address' })
    }
  })

  it('handshakes tell a certificate that is not trusted, and why', async () => {
    const port = await served(other.issue(['app.example.com'], [], from, 10))
    expect(await trusting(port).handshakes('app.example.com', port)).toMatchObject({ certificate: { trusted: false } })
    const nobody = await raw((socket) => socket.destroy())
    expect(await client(nobody.port).handshakes('app.example.com', nobody.port)).toMatchObject({
      versions: { 'TLSv1.2': 'refused', 'TLSv1.3': 'refused' },
      certificate: null,
    })
  })
})
