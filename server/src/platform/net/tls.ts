import { isIP } from 'node:net'
import { performance } from 'node:perf_hooks'
import { connect, type TLSSocket } from 'node:tls'
import { instant, type Instant } from '../../kernel/time.ts'
import { sameSpelling } from './addresses.ts'
import type { CertificateFacts, Handshakes, TlsVersion } from './client.ts'
import { codeOf, type Guard } from './guard.ts'

const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const satisfies readonly TlsVersion[]
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
    const [v10, v11, v12, v13] = tried as [Tried, Tried, Tried, Tried]
    return {
      kind: 'handshakes',
      host: place.host,
      port,
      address,
      versions: { TLSv1: v10.result, 'TLSv1.1': v11.result, 'TLSv1.2': v12.result, 'TLSv1.3': v13.result },
      certificate: tried.findLast((one) => one.certificate !== null)?.certificate ?? null,
      at,
    }
  }
}

type Tried = { readonly result: 'accepted' | 'refused' | 'untried'; readonly certificate: CertificateFacts | null }

function tryVersion(
  host: string,
  address: string,
  port: number,
  version: TlsVersion,
  ca: readonly string[] | undefined,
  signal: AbortSignal | undefined,
): Promise<Tried> {
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
    const settle = (tried: Tried): void => {
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
