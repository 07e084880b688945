import { getDomain } from 'tldts'
import type { AppDescription } from '../directory/description.ts'

/** The hosts that a scan may ask: registrable domains of the base URLs, and those whose control was proven besides. */
export type Scope = { readonly domains: readonly string[]; readonly ports: readonly number[] }

/** The scope of an app. Addresses elsewhere are recorded in the description and never requested. */
export function scopeOf(description: AppDescription, proven: readonly string[] = []): Scope {
  const bases = description.base_urls.flatMap((url) => (URL.canParse(url) ? [new URL(url)] : []))
  return {
    domains: [...new Set([...bases.map((url) => domainOf(url.hostname)), ...proven])],
    ports: [...new Set(bases.flatMap((url) => (url.port === '' ? [] : [Number(url.port)])))],
  }
}

/** True when a URL lies on one of the app's own hosts. */
export const isOwn = (url: string, scope: Scope): boolean => URL.canParse(url) && scope.domains.includes(domainOf(new URL(url).hostname))

/** The registrable domain by the public suffix list, private suffixes included, so that neighbours on shared hosting stay apart. */
const domainOf = (hostname: string): string => {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '')
  return getDomain(host, { allowPrivateDomains: true }) ?? host
}
