import { createHash, createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import type { AppDescription } from '../../directory/description.ts'
import { ms, type Instant } from '../../kernel/time.ts'

/** Tokens as the host product makes them (JWT, RFC 7519), and as it never would: every negative probe differs in one property. */

export type Claims = { readonly [name: string]: string | number | undefined }

/** Seconds since 1970, as JWT counts. */
export const seconds = (at: Instant): number => Math.floor(ms(at) / 1000)

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Signed with a private key, under a key id. */
export function rs256(claims: Claims, key: KeyObject, kid: string): string {
  const input = `${part({ alg: 'RS256', typ: 'JWT', kid })}.${part(claims)}`
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`
}

/** Signed with a secret. */
export function hs256(claims: Claims, secret: string): string {
  const input = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

/** Signed by nobody, under whatever name the algorithm goes. */
export const unsigned = (claims: Claims, alg: string): string => `${part({ alg, typ: 'JWT' })}.${part(claims)}.`

/** Query string hash of Connect: method, path below the base URL, sorted parameters without the token. */
export function qsh(method: string, url: string, description: Pick<AppDescription, 'base_urls'>): string {
  const asked = new URL(url)
  const base = description.base_urls
    .flatMap((written) => (URL.canParse(written) ? [new URL(written).pathname.replace(/\/$/, '')] : []))
    .find((path) => path !== '' && asked.pathname.startsWith(path))
  const path = asked.pathname.slice(base?.length ?? 0) || '/'
  const parameters = new Map<string, string[]>()
  for (const [name, value] of asked.searchParams) if (name !== 'jwt') parameters.set(name, [...(parameters.get(name) ?? []), value])
  const query = [...parameters]
    .map(([name, values]) => `${encode(name)}=${values.map(encode).sort().join(',')}`)
    .sort()
    .join('&')
  return createHash('sha256').update(`${method}&${path}&${query}`).digest('hex')
}

/** RFC 3986 percent-encoding, which leaves fewer characters alone than encodeURIComponent. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

/**
 * A key that no key server has ever heard of. One for all scans of this process: making one takes longer than everything
 * else that a scan of a small app computes, and nobody is meant to believe it.
 */
export const unknownKey = (): KeyObject => (unknown_key ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)

let unknown_key: KeyObject | null = null
