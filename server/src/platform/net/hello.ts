import { createConnection, isIP } from 'node:net'
import { sameSpelling } from './addresses.ts'

/**
 * A ClientHello written by hand (RFC 5246, section 7.4.1.2; RFC 6101 for SSL 3.0), for what the library of this machine
 * would not offer any more: suites without encryption or without a certificate, and a protocol from 1996. Only the first
 * answer is read, and nothing is ever sent over such a connection.
 */
export type Offer = { readonly version: 'SSLv3' | 'TLSv1.2'; readonly suites: readonly number[] }

/** What came back: a suite by its number in IANA's registry, a refusal, or nothing that tells. */
export type HelloAnswer = { readonly kind: 'chosen'; readonly suite: number } | { readonly kind: 'refused' } | { readonly kind: 'untried' }

const ANSWER_MS = 5_000
/** A ServerHello lies in the first record; whoever sends more than this before it speaks something else. */
const MOST_BYTES = 20_000

/** Offers and reads what is chosen. `address` was checked by the guard. */
export function offered(host: string, address: string, port: number, offer: Offer, signal: AbortSignal | undefined): Promise<HelloAnswer> {
  return new Promise((resolve) => {
    let connected = false
    let read = Buffer.alloc(0)
    const socket = createConnection({ host: address, port })
    const settle = (answer: HelloAnswer): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      socket.destroy()
      resolve(answer)
    }
    const stop = (): void => settle({ kind: 'untried' })
    // Whoever took the connection and answers nothing at all to such a greeting does not speak it.
    const timer = setTimeout(() => cut(), ANSWER_MS)
    if (signal?.aborted === true) stop()
    signal?.addEventListener('abort', stop, { once: true })
    socket.once('connect', () => {
      if (sameSpelling(socket.remoteAddress ?? '') !== sameSpelling(address)) return stop()
      connected = true
      socket.write(clientHello(isIP(host) === 0 ? host : null, offer))
    })
    socket.on('data', (chunk: Buffer) => {
      read = Buffer.concat([read, chunk])
      const answer = serverHello(read, offer)
      if (answer !== null) settle(answer)
      else if (read.length > MOST_BYTES) stop()
    })
    // A cut inside the handshake is a refusal; no connection says nothing.
    const cut = (): void => settle({ kind: connected ? 'refused' : 'untried' })
    socket.on('error', cut)
    socket.on('close', cut)
  })
}

/** The bytes of a ClientHello in one record. */
export function clientHello(host: string | null, { version, suites }: Offer): Buffer {
  const number = version === 'SSLv3' ? 0x0300 : 0x0303
  // Not a secret: no key is ever made from it.
  const random = Buffer.alloc(32, 0x5a)
  const body = Buffer.concat([
    u16(number),
    random,
    Buffer.from([0]),
    sized16(Buffer.concat(suites.map(u16))),
    Buffer.from([1, 0]),
    ...(version === 'SSLv3' ? [] : [sized16(extensions(host))]),
  ])
  const handshake = Buffer.concat([Buffer.from([1, 0]), u16(body.length), body])
  return Buffer.concat([Buffer.from([22]), u16(version === 'SSLv3' ? 0x0300 : 0x0301), sized16(handshake)])
}

function extensions(host: string | null): Buffer {
  const extension = (number: number, body: Buffer): Buffer => Buffer.concat([u16(number), sized16(body)])
  const numbers = (list: readonly number[]): Buffer => sized16(Buffer.concat(list.map(u16)))
  return Buffer.concat([
    ...(host === null ? [] : [extension(0, sized16(Buffer.concat([Buffer.from([0]), sized16(Buffer.from(host, 'latin1'))])))]),
    // x25519, secp256r1, secp384r1; uncompressed points; ECDSA, RSA-PSS and RSA with SHA-2, and the old ones with SHA-1.
    extension(10, numbers([0x001d, 0x0017, 0x0018])),
    extension(11, Buffer.from([1, 0])),
    extension(13, numbers([0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201, 0x0202])),
  ])
}

/** What the first record says; null while it is not all there. */
export function serverHello(read: Buffer, { version, suites }: Offer): HelloAnswer | null {
  if (read.length < 5) return null
  const kind = read[0]
  // An alert, or the beginning of an answer in another language.
  if (kind === 21) return { kind: 'refused' }
  if (kind !== 22) return { kind: 'refused' }
  if (read.length < 5 + 38) return null
  if (read[5] !== 2) return { kind: 'refused' }
  const session = read[43]
  if (session === undefined || read.length < 46 + session) return null
  const suite = read.readUInt16BE(44 + session)
  const spoken = read.readUInt16BE(9)
  // A server that answers in another protocol, or chooses what was not offered, has not accepted this.
  const accepted = suites.includes(suite) && (version === 'SSLv3' ? spoken === 0x0300 : spoken > 0x0300)
  return accepted ? { kind: 'chosen', suite } : { kind: 'refused' }
}

function u16(number: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(number)
  return bytes
}

const sized16 = (body: Buffer): Buffer => Buffer.concat([u16(body.length), body])
