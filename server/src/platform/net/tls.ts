import { isIP } from 'node:net'
import { performance } from 'node:perf_hooks'
import { connect, type TLSSocket } from 'node:tls'
import { instant, type Instant } from '../../kernel/time.ts'
import { sameSpelling } from './addresses.ts'
import type { CertificateFacts, Handshakes, SuiteFacts, TlsVersion, Tried } from './client.ts'
import { codeOf, type Guard } from './guard.ts'
import { offered, type HelloAnswer, type Offer } from './hello.ts'
import { COMMON_SUITES, OLD_SUITES, WEAK_SUITES } from './suites.ts'

const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const satisfies readonly Exclude<TlsVersion, 'SSLv3'>[]
const HANDSHAKE_MS = 5_000

/** Builds the function that tries one handshake for each TLS version of a host, all at once, through a guard. */
export function handshakesThrough(
  guard: Guard,
  options: { readonly now: () => Instant; readonly ca?: readonly string[] },
): (host: string, port: number, signal?: AbortSignal) => Promise<Handshakes> {
  return async (host, port, signal) => {
    const at = options.now()
    const started = performance.now()
    const place = await guard.locate(host, port)
    const address = place.kind === 'destination' ? place.addresses[0] : undefined
    if (place.kind === 'forbidden' || address === undefined) {
      const reason = place.kind === 'forbidden' ? place.reason : 'no_such_host'
      const detail = place.kind === 'forbidden' ? place.detail : 'no address'
      const phases = { dns_ms: null, connect_ms: null, tls_ms: null, first_byte_ms: null, total_ms: performance.now() - started }
      return { kind: 'no-answer', url: `https://${host}:${port}/`, reason, detail, phases, at }
    }
    const tried = await Promise.all(VERSIONS.map((version) => tryVersion(place.host, address, port, version, options.ca, signal)))
    const [v10, v11, v12, v13] = tried as [Version, Version, Version, Version]
    // After the versions, so that a host never has more than six connections of ours at once.
    const offer = (of: Offer): Promise<HelloAnswer> => offered(place.host, address, port, of, signal)
    const [ssl, suites] = await Promise.all([offer({ version: 'SSLv3', suites: OLD_SUITES }), suitesOf(offer, v12.result)])
    return {
      kind: 'handshakes',
      host: place.host,
      port,
      address,
      versions: { SSLv3: triedBy(ssl), TLSv1: v10.result, 'TLSv1.1': v11.result, 'TLSv1.2': v12.result, 'TLSv1.3': v13.result },
      suites,
      certificate: tried.findLast((one) => one.certificate !== null)?.certificate ?? null,
      at,
    }
  }
}

/** Which suites of TLS 1.2 a host takes. Where it does not speak that version nothing was chosen; older ones may still take what is weak. */
async function suitesOf(offer: (of: Offer) => Promise<HelloAnswer>, tls12: Tried): Promise<SuiteFacts> {
  const sets = Object.entries(WEAK_SUITES)
  const [chosen, ...weak] = await Promise.all([
    tls12 === 'accepted' ? offer({ version: 'TLSv1.2', suites: [...COMMON_SUITES.keys()] }) : { kind: 'untried' as const },
    ...sets.map(([, suites]) => offer({ version: 'TLSv1.2', suites })),
  ])
  return {
    preferred: chosen?.kind === 'chosen' ? (COMMON_SUITES.get(chosen.suite) ?? null) : null,
    // The guarantee of the cast: one entry for each set.
    weak: Object.fromEntries(sets.map(([name], place) => [name, triedBy(weak[place])])) as SuiteFacts['weak'],
  }
}

const triedBy = (answer: HelloAnswer | undefined): Tried =>
  answer === undefined || answer.kind === 'untried' ? 'untried' : answer.kind === 'chosen' ? 'accepted' : 'refused'

type Version = { readonly result: Tried; readonly certificate: CertificateFacts | null }

function tryVersion(
  host: string,
  address: string,
  port: number,
  version: (typeof VERSIONS)[number],
  ca: readonly string[] | undefined,
  signal: AbortSignal | undefined,
): Promise<Version> {
  return new Promise((resolve) => {
    let connected = false
    const socket = connect({
      host: address,
      port,
      servername: isIP(host) === 0 ? host : '',
      minVersion: version,
      maxVersion: version,
      // Old versions need ciphers and hashes that OpenSSL's usual level forbids; nothing is sent over these connections.
      ciphers: 'DEFAULT@SECLEVEL=0',
      // The certificate is an observation here, not a gate: nothing is asked of the other side.
      rejectUnauthorized: false,
      ...(ca === undefined ? {} : { ca: [...ca] }),
    })
    const settle = (tried: Version): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      socket.destroy()
      resolve(tried)
    }
    const stop = (): void => settle({ result: 'untried', certificate: null })
    const timer = setTimeout(stop, HANDSHAKE_MS)
    signal?.addEventListener('abort', stop, { once: true })
    socket.once('connect', () => {
      connected = true
      if (sameSpelling(socket.remoteAddress ?? '') !== sameSpelling(address)) stop()
    })
    socket.once('secureConnect', () => settle({ result: 'accepted', certificate: certificateOf(socket) }))
    socket.on('error', (error) => {
      // No connection says nothing of versions; an alert or a cut inside the handshake is a refusal of this one.
      const ours = codeOf(error) === 'ERR_SSL_NO_PROTOCOLS_AVAILABLE' || codeOf(error) === 'ERR_SSL_UNSUPPORTED_PROTOCOL'
      settle({ result: connected && !ours ? 'refused' : 'untried', certificate: null })
    })
  })
}

function certificateOf(socket: TLSSocket): CertificateFacts | null {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return null
  const problem = socket.authorized ? null : socket.authorizationError
  return {
    trusted: socket.authorized,
    problem: problem === null || problem === undefined ? null : codeOf(problem),
    names: (certificate.subjectAltName ?? '')
      .split(', ')
      .map((name) => name.replace(/^(DNS|IP Address):/, ''))
      .filter((name) => name !== ''),
    valid_from: instant(Date.parse(certificate.validFrom)),
    valid_to: instant(Date.parse(certificate.validTo)),
    fingerprint: certificate.fingerprint256,
  }
}
