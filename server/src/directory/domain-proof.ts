import { getDomain } from 'tldts'
import type { StrangerClient } from '../platform/net/client.ts'

/** Where a partner puts the token: a file on a host of its own. */
export const WELL_KNOWN = '/.well-known/castellan.txt'
/** Or a TXT record at this name under the domain, with `castellan=` before the token. */
export const DNS_LABEL = '_castellan'

/** The registrable domains (or literal addresses) that an app's base URLs lie on: what has to be proven. */
export function domainsOf(base_urls: readonly string[]): readonly string[] {
  const hosts = base_urls.flatMap((written) => (URL.canParse(written) ? [new URL(written).hostname] : []))
  return [...new Set(hosts.map((host) => getDomain(host, { allowPrivateDomains: true }) ?? host))]
}

export type Proof =
  | { readonly proven: true; readonly domain: string; readonly method: 'well-known' | 'dns' }
  | { readonly proven: false; readonly says: string }

/**
 * Looks for the token: first as a file on the base URL's own host, then as a DNS record. The host of a base URL that lies on
 * a shared hosting domain counts for itself only, which is what the public suffix list's private part is for.
 */
export async function proveDomain(asked: {
  readonly base_url: string
  readonly token: string
  readonly client: StrangerClient
  readonly resolveTxt: (name: string) => Promise<readonly (readonly string[])[]>
}): Promise<Proof> {
  const url = new URL(WELL_KNOWN, asked.base_url)
  const domain = domainsOf([asked.base_url])[0] ?? url.hostname
  const port = url.port === '' ? [] : [Number(url.port)]
  const answer = await asked.client.fetch({ url: url.href, ports: port, limits: { body_bytes: 4_096, total_ms: 10_000 } })
  if (answer.kind === 'answer' && answer.status === 200) {
    const lines = new TextDecoder().decode(answer.body).split(/\r?\n/)
    if (lines.some((line) => line.trim() === asked.token)) return { proven: true, domain, method: 'well-known' }
  }
  const file =
    answer.kind === 'answer'
      ? `${url.href} answers ${answer.status} without the token`
      : `${url.href} could not be fetched (${answer.detail})`
  try {
    const records = await asked.resolveTxt(`${DNS_LABEL}.${domain}`)
    if (records.some((parts) => parts.join('') === `castellan=${asked.token}`)) return { proven: true, domain, method: 'dns' }
    return { proven: false, says: `${file}; ${DNS_LABEL}.${domain} has no TXT record with the token.` }
  } catch (error) {
    return {
      proven: false,
      says: `${file}; ${DNS_LABEL}.${domain} has no TXT record (${error instanceof Error ? error.message : String(error)}).`,
    }
  }
}
