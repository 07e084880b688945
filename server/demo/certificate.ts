import { createHash, generateKeyPairSync, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto'

/** A certificate with its private key, both PEM. */
export type Certified = { readonly certificate: string; readonly key: string }

/**
 * A throw-away authority and certificates for loopback, so that the demo's apps speak real TLS without a tool that a fresh
 * machine may lack. DER by hand (ITU-T X.690, RFC 5280): P-256 keys, ECDSA with SHA-256.
 */
export function authority(
  name: string,
  from: Date,
  days: number,
): Certified & { issue: (names: readonly string[], ips: readonly string[], from: Date, days: number) => Certified } {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const certificate = signed({
    subject: name,
    issuer: name,
    publicKey: pair.publicKey,
    issuerKey: pair.privateKey,
    from,
    days,
    extensions: [basicConstraints(true), keyUsage(0x06), keyId(pair.publicKey)],
  })
  return {
    certificate,
    key: pem(pair.privateKey),
    issue(names, ips, start, length) {
      const leaf = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const extensions = [basicConstraints(false), keyUsage(0x80), alternativeNames(names, ips), issuerKeyId(pair.publicKey)]
      return {
        certificate: signed({
          subject: names[0] ?? ips[0] ?? name,
          issuer: name,
          publicKey: leaf.publicKey,
          issuerKey: pair.privateKey,
          from: start,
          days: length,
          extensions,
        }),
        key: pem(leaf.privateKey),
      }
    },
  }
}

type ToSign = {
  readonly subject: string
  readonly issuer: string
  readonly publicKey: KeyObject
  readonly issuerKey: KeyObject
  readonly from: Date
  readonly days: number
  readonly extensions: readonly Buffer[]
}

function signed(of: ToSign): string {
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'))
  const until = new Date(of.from.getTime() + of.days * 86_400_000)
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x01
  const body = sequence(
    tagged(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    commonName(of.issuer),
    sequence(time(of.from), time(until)),
    commonName(of.subject),
    of.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...of.extensions)),
  )
  const signature = sign('sha256', body, of.issuerKey)
  const certificate = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])))
  // Read back before anyone relies on it: a mistake in the bytes above shows here.
  return new X509Certificate(certificate).toString()
}

const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()

function der(tag: number, content: Buffer): Buffer {
  const length = content.length
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content])
  const bytes = length < 0x100 ? [length] : [length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length, ...bytes]), content])
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, Buffer.concat(parts))
const tagged = (tag: number, content: Buffer): Buffer => der(tag, content)

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second]
  for (const part of rest) {
    const groups = [part & 0x7f]
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80)
    bytes.push(...groups)
  }
  return der(0x06, Buffer.from(bytes))
}

const commonName = (name: string): Buffer => sequence(der(0x31, sequence(oid('2.5.4.3'), der(0x0c, Buffer.from(name, 'utf8')))))

function time(at: Date): Buffer {
  const text = at.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)
  // RFC 5280, section 4.1.2.5: two-digit years until 2049, then four.
  return at.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(`${text.slice(2)}Z`)) : der(0x18, Buffer.from(`${text}Z`))
}

const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
  sequence(oid(id), ...(critical ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, value))
const basicConstraints = (ca: boolean): Buffer => extension('2.5.29.19', true, sequence(...(ca ? [der(0x01, Buffer.from([0xff]))] : [])))
const keyUsage = (bits: number): Buffer => extension('2.5.29.15', true, der(0x03, Buffer.from([bits === 0x06 ? 1 : 7, bits])))
const identifier = (key: KeyObject): Buffer =>
  createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
const keyId = (key: KeyObject): Buffer => extension('2.5.29.14', false, der(0x04, identifier(key)))
const issuerKeyId = (key: KeyObject): Buffer => extension('2.5.29.35', false, sequence(der(0x80, identifier(key))))

function alternativeNames(names: readonly string[], ips: readonly string[]): Buffer {
  const entries = [
    ...names.map((name) => der(0x82, Buffer.from(name, 'ascii'))),
    ...ips.map((ip) => der(0x87, Buffer.from(ip.split('.').map(Number)))),
  ]
  return extension('2.5.29.17', false, sequence(...entries))
}
