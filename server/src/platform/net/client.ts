import type { Instant } from '../../kernel/time.ts'
import type { AsksNames } from './names.ts'
import type { WeakSet } from './suites.ts'

/** Limits of one exchange with a stranger. Bytes and milliseconds. */
export type Limits = {
  readonly total_ms: number
  readonly connect_ms: number
  readonly header_bytes: number
  /** Before decompression. */
  readonly body_bytes: number
  /** After decompression. */
  readonly inflated_bytes: number
  /** 0: a redirect is the answer. */
  readonly redirects: number
}

/** What a request may be. A redirect is followed for the first two only: the others would have their effect again. */
export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export type StrangerRequest = {
  readonly url: string
  readonly method?: Method
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: string
  readonly limits?: Partial<Limits>
  /** Plain http is refused unless asked for (and for test targets). */
  readonly plain_http?: boolean
  /** Ports beside 443 and 80: the one in a verified base URL. */
  readonly ports?: readonly number[]
  /** Registrable domains that redirects may lead to; without it, that of the URL itself. */
  readonly own_domains?: readonly string[]
  /** The kill switch. A stopped exchange answers `timeout`. */
  readonly signal?: AbortSignal
}

/** Milliseconds of each phase; null for one that did not happen. */
export type Phases = {
  readonly dns_ms: number | null
  readonly connect_ms: number | null
  readonly tls_ms: number | null
  readonly first_byte_ms: number | null
  readonly total_ms: number
}

export type Answer = {
  readonly kind: 'answer'
  readonly url: string
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Uint8Array
  /** The address that was connected to. */
  readonly address: string
  readonly tls: { readonly protocol: string; readonly fingerprint: string } | null
  readonly phases: Phases
  readonly at: Instant
  /** The hops before this answer, oldest first. */
  readonly redirects: readonly { readonly url: string; readonly status: number; readonly location: string }[]
}

/** Why there is no answer. `forbidden_address` and the like are ours to say, the last two those of a polite client; the rest is the network's. */
export type NoAnswerReason =
  | 'bad_url'
  | 'forbidden_address'
  | 'forbidden_port'
  | 'forbidden_scheme'
  | 'foreign_redirect'
  | 'too_many_redirects'
  | 'downgrade'
  | 'dns'
  | 'dns_timeout'
  | 'no_such_host'
  | 'connect'
  | 'connect_timeout'
  | 'tls'
  | 'timeout'
  | 'reset'
  | 'too_slow'
  | 'headers_too_large'
  | 'body_too_large'
  | 'inflated_too_large'
  | 'bad_encoding'
  | 'bad_response'
  | 'rate_limited'
  | 'host_in_trouble'

export type NoAnswer = {
  readonly kind: 'no-answer'
  readonly url: string
  readonly reason: NoAnswerReason
  readonly detail: string
  readonly phases: Phases
  readonly at: Instant
}

/** What a host speaks, version by version, and the certificate that it shows; or why nothing could be learned. */
export type Handshakes =
  | {
      readonly kind: 'handshakes'
      readonly host: string
      readonly port: number
      readonly address: string
      readonly versions: { readonly [version in TlsVersion]: Tried }
      readonly suites: SuiteFacts
      readonly certificate: CertificateFacts | null
      readonly at: Instant
    }
  | NoAnswer

/** How an offer went; `untried`: nothing came back that would tell. */
export type Tried = 'accepted' | 'refused' | 'untried'

/** Cipher suites of TLS 1.2: the one that the host takes when it may choose, by its name, and whether it takes what nobody should. */
export type SuiteFacts = { readonly preferred: string | null; readonly weak: { readonly [set in WeakSet]: Tried } }

export type TlsVersion = 'SSLv3' | 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

export type CertificateFacts = {
  readonly trusted: boolean
  /** OpenSSL's or Node's code for what is wrong, such as CERT_HAS_EXPIRED. */
  readonly problem: string | null
  readonly names: readonly string[]
  readonly valid_from: Instant
  readonly valid_to: Instant
  readonly fingerprint: string
}

/**
 * The client for whatever a stranger named. Addresses are checked at connect time, on every redirect, for literals in all
 * their spellings; nothing is shared between subjects. Never throws for what the network or the other side does.
 */
export interface StrangerClient {
  fetch(request: StrangerRequest): Promise<Answer | NoAnswer>
  /** One handshake for each TLS version, through the same guard. */
  readonly handshakes?: (host: string, port: number, signal?: AbortSignal) => Promise<Handshakes>
  /** What the name servers say of a host and of the domain above it. Asks them and nobody else. */
  readonly names?: AsksNames
}
