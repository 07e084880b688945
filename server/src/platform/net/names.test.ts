import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { asksNames, type AsksNames } from './names.ts'

/** A name server that knows a small zone: CNAME, A and SOA by name; what is not there does not exist. */
const ZONE: { readonly [name: string]: { readonly CNAME?: string; readonly A?: string; readonly SOA?: true; readonly fails?: true } } = {
  'app.example': { A: '198.51.100.7', SOA: true },
  'www.app.example': { CNAME: 'edge.cdn.example' },
  'edge.cdn.example': { CNAME: 'node.cdn.example' },
  'node.cdn.example': { A: '198.51.100.8' },
  'old.app.example': { CNAME: 'gone.herokudns.example' },
  'mail.app.example': {},
  'round.app.example': { CNAME: 'round.app.example' },
  'broken.app.example': { fails: true },
}
const TYPES = { A: 1, CNAME: 5, SOA: 6 } as const

let socket: Socket
let ask: AsksNames
beforeAll(async () => {
  socket = createSocket('udp4')
  socket.on('message', (message, from) => socket.send(answerTo(message), from.port, from.address))
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  ask = asksNames([`127.0.0.1:${socket.address().port}`])
})
afterAll(() => void socket.close())

/** RFC 1035, section 4: the question comes back with one answer, none, or a code. */
function answerTo(message: Buffer): Buffer {
  const labels: string[] = []
  let at = 12
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length))
    at += length + 1
  }
  const question = message.subarray(12, at + 5)
  const type = message.readUInt16BE(at + 1)
  const known = ZONE[labels.join('.').toLowerCase()]
  const data = known === undefined ? null : dataOf(known, type)
  const code = known === undefined ? 3 : known.fails === true ? 2 : 0
  const head = Buffer.alloc(12)
  message.copy(head, 0, 0, 2)
  head.writeUInt16BE(0x8180 | code, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(data === null ? 0 : 1, 6)
  if (data === null) return Buffer.concat([head, question])
  const record = Buffer.alloc(12)
  record.writeUInt16BE(0xc00c, 0)
  record.writeUInt16BE(data.type, 2)
  record.writeUInt16BE(1, 4)
  record.writeUInt32BE(60, 6)
  record.writeUInt16BE(data.bytes.length, 10)
  return Buffer.concat([head, question, record, data.bytes])
}

function dataOf(known: (typeof ZONE)[string], type: number): { readonly type: number; readonly bytes: Buffer } | null {
  if (type === TYPES.CNAME && known.CNAME !== undefined) return { type, bytes: named(known.CNAME) }
  if (type === TYPES.A && known.A !== undefined) return { type, bytes: Buffer.from(known.A.split('.').map(Number)) }
  if (type === TYPES.SOA && known.SOA === true)
    return { type, bytes: Buffer.concat([named('ns.app.example'), named('root.app.example'), Buffer.alloc(20)]) }
  return null
}

const named = (name: string): Buffer =>
  Buffer.concat([...name.split('.').flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]), Buffer.from([0])])

it.each([
  ['app.example', [], 'addresses'],
  ['www.app.example', ['edge.cdn.example', 'node.cdn.example'], 'addresses'],
  ['old.app.example', ['gone.herokudns.example'], 'no_such_name'],
  ['mail.app.example', [], 'no_address'],
  ['nothing.app.example', [], 'no_such_name'],
  ['broken.app.example', [], 'failed'],
])('%s leads to %j: %s', async (host, chain, end) => {
  expect(await ask(host, 'app.example')).toEqual({ host, chain, end, domain: 'app.example', domain_exists: true })
})

it('ends in a loop', async () => {
  expect(await ask('round.app.example', 'app.example')).toMatchObject({ end: 'no_address' })
})

it('tells a domain that does not exist from name servers that do not answer', async () => {
  expect(await ask('a.free.example', 'free.example')).toMatchObject({ end: 'no_such_name', domain_exists: false })
  const silent = createSocket('udp4')
  silent.bind(0, '127.0.0.1')
  await once(silent, 'listening')
  const facts = await asksNames([`127.0.0.1:${silent.address().port}`])('app.example', 'app.example')
  silent.close()
  expect(facts).toMatchObject({ end: 'failed', domain_exists: null })
})
