import type { Instant } from '../../kernel/time.ts'

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

export type StrangerRequest = {
  readonly url: string
  readonly method?: 'GET' | 'HEAD' | 'POST'
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: string
  readonly limits?: Partial<Limits>
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

/** Why there is no answer. `forbidden_address` and the like are ours to say; the rest is the network's. */
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

export type NoAnswer = {
  readonly kind: 'no-answer'
  readonly url: string
  readonly reason: NoAnswerReason
  readonly detail: string
  readonly phases: Phases
  readonly at: Instant
}

/**
 * The client for whatever a stranger named. Addresses are checked at connect time, on every redirect, for literals in all
 * their spellings; nothing is shared between subjects. Never throws for what the network or the other side does.
 */
export interface StrangerClient {
  fetch(request: StrangerRequest): Promise<Answer | NoAnswer>
}
