import type { Instant } from '../../kernel/time.ts'
import { strangerClient, type StrangerOptions } from './stranger.ts'
import type { StrangerClient } from './client.ts'

/**
 * The client for the operator's own services (mail gateways, identity, webhooks of its own). Its destinations are URLs from
 * file or environment, given when the program starts; a page or the API can never add one. Anything else is refused.
 */
export function operatorClient(
  destinations: readonly string[],
  options: {
    readonly user_agent: string
    readonly now: () => Instant
    readonly extra_ca?: string
    readonly allow_targets?: readonly string[]
  },
): StrangerClient {
  const origins = new Set(destinations.map((destination) => new URL(destination).origin))
  const inner = strangerClient({ ...options, own_origins: [...origins] } satisfies StrangerOptions)
  return {
    async fetch(request) {
      const origin = URL.canParse(request.url) ? new URL(request.url).origin : ''
      if (origins.has(origin)) return inner.fetch({ ...request, plain_http: true })
      const phases = { dns_ms: null, connect_ms: null, tls_ms: null, first_byte_ms: null, total_ms: 0 }
      return {
        kind: 'no-answer',
        url: request.url,
        reason: 'forbidden_address',
        detail: 'this is not one of the destinations in the configuration',
        phases,
        at: options.now(),
      }
    },
  }
}
