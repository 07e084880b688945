import { getDomain } from 'tldts'
import type { AppDescription } from '../directory/description.ts'

/** The hosts that a scan may ask, by registrable domain, and the ports beside the usual ones. */
export type Scope = { readonly domains: readonly string[]; readonly ports: readonly number[] }

/** The hosts that are the app's by its own word. Addresses elsewhere are recorded in the description and never requested. */
export function scopeOf(description: AppDescription): Scope {
  const bases = description.base_urls.flatMap((url) => (URL.canParse(url) ? [new URL(url)] : []))
  return {
    domains: [...new Set(bases.map((url) => domainOf(url.hostname)))],
    ports: [...new Set(bases.flatMap((url) => (url.port === '' ? [] : [Number(url.port)])))],
  }
}

/** The part of the scope whose control was proven: all that active probes may ask. A descriptor can name anybody's address. */
export const provenScope = (scope: Scope, proven: readonly string[]): Scope => ({
  ...scope,
  domains: [...new Set(proven.map((name) => domainOf(name)))],
})

/** True when a URL lies on one of the app's own hosts. */
export const isOwn = (url: string, scope: Scope): boolean => URL.canParse(url) && scope.domains.includes(domainOf(new URL(url).hostname))

/** The registrable domain by the public suffix list, private suffixes included, so that neighbours on shared hosting stay apart. */
export const domainOf = (hostname: string): string => {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '')
  return getDomain(host, { allowPrivateDomains: true }) ?? host
}
