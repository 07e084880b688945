import { createHash, createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto'

/** A verified token's claims. */
export type Claims = { readonly [name: string]: unknown }

/** Why a token was not accepted. The caller says 401 and no more; the reason is for the log. */
export class BadToken extends Error {}

const SKEW_S = 60
const LONGEST_LIFE_S = 3_600

type Parts = { readonly header: Claims; readonly claims: Claims; readonly signed: string; readonly signature: Buffer }

/** Splits a JWT without believing it. */
export function unverified(token: string): Parts {
  const [head, body, tail, more] = token.split('.')
  if (head === undefined || body === undefined || tail === undefined || tail === '' || more !== undefined)
    throw new BadToken('not a signed token')
  return { header: object(head), claims: object(body), signed: `${head}.${body}`, signature: Buffer.from(tail, 'base64url') }
}

function object(part: string): Claims {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Claims
  } catch (error) {
    throw new BadToken(`a part is not JSON: ${String(error)}`)
  }
  throw new BadToken('a part is not an object')
}

/** HS256 with a tenant's own secret: the algorithm is fixed here and never taken from the token. */
export function verifiedHs256(token: string, secret: string, now_s: number): Claims {
  if (secret === '') throw new BadToken('no secret to verify with')
  const parts = unverified(token)
  if (parts.header['alg'] !== 'HS256') throw new BadToken('wrong algorithm')
  const wanted = createHmac('sha256', secret).update(parts.signed).digest()
  if (wanted.length !== parts.signature.length || !timingSafeEqual(wanted, parts.signature)) throw new BadToken('wrong signature')
  return alive(parts.claims, now_s)
}

/** A token of our own for a form on our page, as the host would sign one for the address that it is sent to. */
export function signedHs256(claims: Claims, secret: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

/** RS256 with a public key of the host. */
export function verifiedRs256(token: string, publicKey: string | object, now_s: number): Claims {
  const parts = unverified(token)
  if (parts.header['alg'] !== 'RS256') throw new BadToken('wrong algorithm')
  const key = typeof publicKey === 'string' ? createPublicKey(publicKey) : createPublicKey({ key: publicKey as never, format: 'jwk' })
  if (!verify('RSA-SHA256', Buffer.from(parts.signed), key, parts.signature)) throw new BadToken('wrong signature')
  return alive(parts.claims, now_s)
}

function alive(claims: Claims, now_s: number): Claims {
  const { exp, iat, nbf } = claims
  if (typeof exp !== 'number') throw new BadToken('no expiry')
  if (exp < now_s - SKEW_S) throw new BadToken('expired')
  if (exp > now_s + LONGEST_LIFE_S) throw new BadToken('lives too long')
  if (typeof iat === 'number' && iat > now_s + SKEW_S) throw new BadToken('from the future')
  if (typeof nbf === 'number' && nbf > now_s + SKEW_S) throw new BadToken('not yet valid')
  return claims
}

/** Hash of method, path and query that a Connect token is bound to: method, canonical path, sorted query without `jwt`. */
export function queryHash(method: string, url: URL, basePath = ''): string {
  const path = url.pathname.slice(basePath.length).replace(/\/+$/, '') || '/'
  const parameters = new Map<string, string[]>()
  for (const [name, value] of url.searchParams) {
    if (name === 'jwt') continue
    parameters.set(name, [...(parameters.get(name) ?? []), percent(value)])
  }
  const query = [...parameters]
    .map(([name, values]) => `${percent(name)}=${values.sort().join(',')}`)
    .sort()
    .join('&')
  return createHash('sha256').update(`${method.toUpperCase()}&${path}&${query}`).digest('hex')
}

/** RFC 3986, section 2: everything but the unreserved characters is escaped. */
const percent = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
