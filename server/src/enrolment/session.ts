import { DAY_MS, HOUR_MS, MINUTE_MS, between, type Instant } from '../kernel/time.ts'
import { sha256 } from '../platform/crypto.ts'
import type { Unit } from '../platform/sql/database.ts'
import { credentialOf, putCredential } from './credential.ts'

/** A session that nobody used for this long is over. */
export const SESSION_IDLE_MS = 12 * HOUR_MS
/** However busy, a session ends after this. */
export const SESSION_LASTS_MS = 7 * DAY_MS
/** How far `seen_at` may lag behind: one write in five minutes instead of one a request. */
const SEEN_EVERY_MS = 5 * MINUTE_MS

/**
 * Name of the cookie. Under https it carries the `__Host-` prefix, with which a browser refuses a cookie that another
 * host of the same domain has planted (RFC 6265bis, section 4.1.3.2).
 */
export const cookieName = (public_url: string): string =>
  public_url.startsWith('https:') ? '__Host-castellan_session' : 'castellan_session'

/** The Set-Cookie header that starts a session; without a secret the one that ends it. */
export function sessionCookie(public_url: string, secret: string | null): string {
  const age_s = secret === null ? 0 : SESSION_LASTS_MS / 1000
  const secure = public_url.startsWith('https:') ? '; Secure' : ''
  return `${cookieName(public_url)}=${secret ?? ''}; Path=/; Max-Age=${age_s}; HttpOnly; SameSite=Lax${secure}`
}

/** The session's secret in a Cookie header, or null. A name given twice is somebody's trick: none of them counts. */
export function secretIn(cookies: string | undefined, public_url: string): string | null {
  const name = cookieName(public_url)
  const values = (cookies ?? '').split(';').flatMap((pair) => {
    const [key = '', ...rest] = pair.split('=')
    return key.trim() === name ? [rest.join('=').trim()] : []
  })
  const [only, another] = values
  return only === undefined || only === '' || another !== undefined ? null : only
}

/** Starts a session for a person; the one that the browser had before ends, so that no old secret gains anything. */
export async function startSession(
  unit: Unit,
  person: string,
  before: string | null,
): Promise<{ readonly id: string; readonly secret: string }> {
  if (before !== null) await endSession(unit, before)
  return putCredential(unit, { kind: 'session', person, lasts_ms: SESSION_LASTS_MS })
}

/** Ends a session by its secret. */
export async function endSession(unit: Unit, secret: string): Promise<void> {
  await unit.sql
    .deleteFrom('credential')
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('secret_sha256', '=', sha256(secret))
    .where('kind', '=', 'session')
    .execute()
}

/** Ends all sessions of a person, on every machine. */
export async function endSessionsOf(unit: Unit, person: string): Promise<void> {
  await unit.sql
    .deleteFrom('credential')
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('person_id', '=', person)
    .where('kind', '=', 'session')
    .execute()
}

/** Whose session a secret opens, noted as seen; null when it is over by age or idleness, or never was. */
export async function sessionOf(unit: Unit, secret: string): Promise<{ readonly session: string; readonly person: string } | null> {
  const credential = await credentialOf(unit, secret, ['session'])
  if (credential === null || credential.person === null) return null
  const seen_at: Instant = credential.seen_at ?? credential.created_at
  const idle_ms = between(seen_at, unit.now)
  if (idle_ms > SESSION_IDLE_MS) return null
  if (idle_ms > SEEN_EVERY_MS) {
    await unit.sql
      .updateTable('credential')
      .set({ seen_at: unit.now })
      .where('marketplace_id', '=', unit.scope.marketplace)
      .where('secret_sha256', '=', sha256(secret))
      .execute()
  }
  return { session: credential.id, person: credential.person }
}
