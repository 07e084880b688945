import { lookup as lookupBySystem, Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import { performance } from 'node:perf_hooks'
import { classOf, isDeniedName, readTargets, targetKey } from './addresses.ts'
import type { NoAnswerReason } from './client.ts'

/** All addresses of a name, IPv4 first. Rejects with a code of `node:dns` when there are none. */
export type Lookup = (name: string) => Promise<readonly string[]>

export type GuardOptions = {
  /** Test targets, literal `IP:port` only. */
  readonly allow_targets?: readonly string[]
  /** Names of the operator's own that a stranger must not reach; sub-domains are included. */
  readonly deny_names?: readonly string[]
  /** Origins of the operator's own, from file or environment: allowed wherever they lie. Never filled from a page or the API. */
  readonly own_origins?: readonly string[]
  readonly resolver?: Lookup
}

/** A host that may be connected to: by one of these checked addresses and no other. */
export type Destination = {
  readonly kind: 'destination'
  readonly host: string
  readonly port: number
  readonly addresses: readonly string[]
  readonly dns_ms: number | null
}

export type Forbidden = { readonly kind: 'forbidden'; readonly reason: NoAnswerReason; readonly detail: string }

export type Rules = { readonly plain_http: boolean; readonly ports: readonly number[] }

export type Guard = {
  /** What can be said of a URL before any look-up. */
  readonly admit: (url: URL, rules: Rules) => Forbidden | null
  /** The checked addresses of a host; literals are checked as they are, names by every answer of the resolver. */
  readonly locate: (host: string, port: number) => Promise<Destination | Forbidden>
}

const DNS_TIMEOUT_MS = 3_000
/** Two thousand look-ups at once lose three quarters of their answers; 256 lose none. */
const LOOKUPS_AT_ONCE = 256
const MOST_ADDRESSES = 4

/** Builds the guard that every connection to a stranger passes. */
export function guardOf(options: GuardOptions): Guard {
  const targets = readTargets(options.allow_targets ?? [])
  const lookup = options.resolver ?? ownLookup()
  const own = new Set((options.own_origins ?? []).map((origin) => new URL(origin)).map((url) => `${hostOf(url)}|${portOf(url)}`))
  /** The operator's machine may know a name by its hosts file, which only the system's own look-up reads. */
  const ownNames = options.resolver ?? systemLookup
  const isOwn = (host: string, port: number): boolean => own.has(`${host}|${port}`)
  const isTarget = (address: string, port: number): boolean => targets.has(targetKey(address, port))
  const mayConnect = (address: string, port: number): boolean => classOf(address) === 'public' || isTarget(address, port)

  const checkLiteral = (host: string, port: number): Forbidden | null =>
    mayConnect(host, port) ? null : forbidden('forbidden_address', `${host} is not a public address`)

  return {
    admit(url, rules) {
      const port = portOf(url)
      const host = hostOf(url)
      if (url.protocol !== 'https:' && url.protocol !== 'http:')
        return forbidden('forbidden_scheme', `${url.protocol} is not fetched; use https`)
      if (url.username !== '' || url.password !== '') return forbidden('bad_url', 'a user name or password in a URL is not sent')
      if (host === '') return forbidden('bad_url', 'the URL names no host')
      if (isOwn(host, port)) return null
      const literal = isIP(host) !== 0
      if (literal) {
        const refused = checkLiteral(host, port)
        if (refused !== null) return refused
        if (isTarget(host, port)) return null
      } else if (isDeniedName(host, options.deny_names)) return forbidden('forbidden_address', `${host} is not a public name`)
      if (url.protocol === 'http:' && !rules.plain_http) return forbidden('forbidden_scheme', 'plain http is not fetched; use https')
      if (port !== 443 && port !== 80 && !rules.ports.includes(port)) {
        return forbidden('forbidden_port', `port ${port} is not in the app's base URL; 443 and 80 are allowed`)
      }
      return null
    },

    async locate(written, port) {
      const host = plainHost(written)
      if (isOwn(host, port)) return located(host, port, isIP(host) === 0 ? ownNames : async () => [host], () => null)
      if (isIP(host) !== 0) return checkLiteral(host, port) ?? { kind: 'destination', host, port, addresses: [host], dns_ms: null }
      if (isDeniedName(host, options.deny_names)) return forbidden('forbidden_address', `${host} is not a public name`)
      return located(host, port, lookup, (found) => {
        // One private answer among public ones is how rebinding starts, so the name is refused as a whole.
        const refused = found.find((address) => !mayConnect(address, port))
        return refused === undefined
          ? null
          : forbidden('forbidden_address', `${host} resolves to ${refused}, which is not a public address`)
      })
    },
  }
}

async function located(
  host: string,
  port: number,
  lookup: Lookup,
  refusalOf: (found: readonly string[]) => Forbidden | null,
): Promise<Destination | Forbidden> {
  const started = performance.now()
  const found = await addressesOf(host, lookup)
  if (!Array.isArray(found)) return found
  const dns_ms = isIP(host) === 0 ? performance.now() - started : null
  return refusalOf(found) ?? { kind: 'destination', host, port, addresses: found.slice(0, MOST_ADDRESSES), dns_ms }
}

async function addressesOf(host: string, lookup: Lookup): Promise<string[] | Forbidden> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), DNS_TIMEOUT_MS)
  })
  try {
    const found = await Promise.race([lookup(host), late])
    if (found === 'late') return forbidden('dns_timeout', `no answer from the name servers within ${DNS_TIMEOUT_MS} ms`)
    const sound = found.filter((address) => isIP(address) !== 0)
    return sound.length === 0 ? forbidden('no_such_host', `${host} has no address`) : sound
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOTFOUND' || code === 'ENODATA') return forbidden('no_such_host', `${host} has no address`)
    if (code === 'ETIMEOUT' || code === 'ECANCELLED') return forbidden('dns_timeout', `the name servers did not answer for ${host}`)
    return forbidden('dns', `looking up ${host} failed: ${code}`)
  } finally {
    clearTimeout(timer)
  }
}

/** A and AAAA through c-ares, which is not held up by libuv's four look-up threads. One failing family does not hide the other. */
function ownLookup(): Lookup {
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS - 500, tries: 1 })
  const waiting: (() => void)[] = []
  let running = 0
  return async (name) => {
    if (running >= LOOKUPS_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve))
    running += 1
    try {
      const [v4, v6] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
      if (v4.status === 'rejected' && v6.status === 'rejected') throw worse(v4.reason, v6.reason)
      return [...(v4.status === 'fulfilled' ? v4.value : []), ...(v6.status === 'fulfilled' ? v6.value : [])]
    } finally {
      running -= 1
      waiting.shift()?.()
    }
  }
}

const systemLookup: Lookup = async (name) => (await lookupBySystem(name, { all: true })).map(({ address }) => address)

/** "No such name" only when both families say so; anything else is a fault of the look-up. */
const worse = (a: unknown, b: unknown): unknown => (['ENOTFOUND', 'ENODATA'].includes(codeOf(a)) ? b : a)

/** The `code` of a Node error, or its text. */
export const codeOf = (error: unknown): string =>
  error instanceof Error ? ((error as Error & { code?: unknown }).code?.toString() ?? error.message) : String(error)

/** The host of a URL without brackets and trailing dots. */
export const hostOf = (url: URL): string => plainHost(url.hostname)

/** The port of a URL, also when the scheme implies it. */
export const portOf = (url: URL): number => (url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : Number(url.port))

const plainHost = (host: string): string => host.replace(/^\[|\]$/g, '').replace(/\.+$/, '')

const forbidden = (reason: NoAnswerReason, detail: string): Forbidden => ({ kind: 'forbidden', reason, detail })
