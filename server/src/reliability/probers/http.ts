import { isIP } from 'node:net'
import type { Answer, NoAnswer, StrangerClient } from '../../platform/net/client.ts'
import type { ProbePolicy } from '../verdict.ts'

/** A health endpoint says little; who sends more has something else at that address. */
const BODY_BYTES = 256 * 1024

/**
 * Asks one health address once, through the guarded client, on a connection of its own: name, connection, TLS and first byte
 * are timed, and the whole exchange ends when the policy's time is over.
 */
export async function probeHttp(
  client: Pick<StrangerClient, 'fetch'>,
  url: string,
  policy: ProbePolicy,
  signal?: AbortSignal,
): Promise<Answer | NoAnswer> {
  const exchange = await client.fetch({
    url,
    method: 'GET',
    headers: [['cache-control', 'no-cache']],
    limits: {
      total_ms: policy.within_ms,
      connect_ms: policy.within_ms,
      body_bytes: BODY_BYTES,
      inflated_bytes: BODY_BYTES,
      redirects: policy.follow_redirects ? 5 : 0,
    },
    // The port in a base URL whose domain was proven is the app's own.
    ports: portsOf(url),
    ...(signal === undefined ? {} : { signal }),
  })
  // Time that ran out before there was an address is the name servers' doing, which may be ours.
  if (exchange.kind === 'no-answer' && exchange.reason === 'timeout' && isNamed(url) && exchange.phases.dns_ms === null)
    return { ...exchange, reason: 'dns_timeout' }
  return exchange
}

const isNamed = (url: string): boolean => isIP(new URL(url).hostname.replace(/^\[|\]$/g, '')) === 0

const portsOf = (url: string): readonly number[] => {
  const port = URL.canParse(url) ? new URL(url).port : ''
  return port === '' ? [] : [Number(port)]
}
