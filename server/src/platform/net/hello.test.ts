import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { clientHello, offered, serverHello } from './hello.ts'
import { WEAK_SUITES } from './suites.ts'

const OFFER = { version: 'TLSv1.2', suites: [0x0004, 0xc011] } as const

it('writes a greeting whose lengths are right, with the name where there is one', () => {
  const hello = clientHello('app.example', OFFER)
  expect(hello.readUInt16BE(3)).toBe(hello.length - 5)
  expect(hello.readUIntBE(6, 3)).toBe(hello.length - 9)
  expect(hello.includes('app.example')).toBe(true)
  expect(clientHello(null, OFFER).length).toBeLessThan(hello.length)
  const old = clientHello('app.example', { version: 'SSLv3', suites: [0x000a] })
  expect([old.readUInt16BE(1), old.readUInt16BE(9), old.includes('app.example')]).toEqual([0x0300, 0x0300, false])
})

/** A ServerHello as RFC 5246 writes it. */
const answer = (suite: number, version = 0x0303, session = 0): Buffer => {
  const body = Buffer.alloc(2 + 32 + 1 + session + 3)
  body.writeUInt16BE(version)
  body[34] = session
  body.writeUInt16BE(suite, 35 + session)
  const head = Buffer.alloc(9)
  head[0] = 22
  head.writeUInt16BE(version, 1)
  head.writeUInt16BE(body.length + 4, 3)
  head[5] = 2
  head.writeUIntBE(body.length, 6, 3)
  return Buffer.concat([head, body])
}

it.each<[string, Buffer, unknown]>([
  ['what was offered', answer(0x0004), { kind: 'chosen', suite: 0x0004 }],
  ['with a session', answer(0xc011, 0x0303, 32), { kind: 'chosen', suite: 0xc011 }],
  ['in an older version', answer(0x0004, 0x0301), { kind: 'chosen', suite: 0x0004 }],
  ['what was not offered', answer(0x1301), { kind: 'refused' }],
  ['SSL 3.0 where TLS was asked for', answer(0x0004, 0x0300), { kind: 'refused' }],
  ['an alert', Buffer.from([21, 3, 3, 0, 2, 2, 40]), { kind: 'refused' }],
  ['a web page', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), { kind: 'refused' }],
  ['another message', Buffer.concat([Buffer.from([22, 3, 3, 0, 60, 11]), Buffer.alloc(60)]), { kind: 'refused' }],
  ['half of it', answer(0x0004).subarray(0, 30), null],
  ['nearly all of it', answer(0x0004, 0x0303, 32).subarray(0, -4), null],
  ['nothing', Buffer.alloc(0), null],
])('reads %s', (_, bytes, wanted) => expect(serverHello(bytes, OFFER)).toEqual(wanted))

it.each<[string, (socket: import('node:net').Socket) => void, string]>([
  ['takes it', (socket) => void socket.once('data', () => socket.write(answer(0x0004))), 'chosen'],
  [
    'takes it byte by byte',
    (socket) => void socket.once('data', () => answer(0x0004).forEach((byte) => socket.write(Buffer.from([byte])))),
    'chosen',
  ],
  ['cuts it off', (socket) => void socket.once('data', () => socket.destroy()), 'refused'],
  [
    'floods',
    (socket) =>
      void socket.once('data', () =>
        socket.write(Buffer.concat([Buffer.from([22, 3, 3, 255, 255, 2]), Buffer.alloc(3), Buffer.alloc(34), Buffer.from([255])])),
      ),
    'refused',
  ],
])('a host that %s', async (_, talk, kind) => {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    talk(socket)
    if (kind === 'refused') socket.once('data', () => setTimeout(() => socket.end(), 20))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  expect((await offered('app.example', '127.0.0.1', (server.address() as AddressInfo).port, OFFER, undefined)).kind).toBe(kind)
  server.close()
})

it('tells nothing of a host that is not there, or when it is stopped', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const stop = new AbortController()
  const asked = offered('app.example', '127.0.0.1', port, OFFER, stop.signal)
  stop.abort()
  expect((await asked).kind).toBe('untried')
  expect((await offered('app.example', '127.0.0.1', port, OFFER, stop.signal)).kind).toBe('untried')
  await new Promise((resolve) => server.close(resolve))
  expect((await offered('app.example', '127.0.0.1', port, OFFER, undefined)).kind).toBe('untried')
})

it('names no suite in two weak sets', () => {
  const all = Object.values(WEAK_SUITES).flat()
  expect(new Set(all).size).toBe(all.length)
})
