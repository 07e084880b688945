import { after, type Instant } from '../kernel/time.ts'
import { newId } from '../platform/clock.ts'
import { secret, sha256 } from '../platform/crypto.ts'
import type { Unit } from '../platform/sql/database.ts'

/** What lets somebody in: links of four kinds, the session of a browser, the token of a program. */
export type CredentialKind = 'admin_link' | 'invitation' | 'sign_in_link' | 'mail_link' | 'session' | 'token'

/** A credential as stored. The secret itself is nowhere: only its SHA-256 is. */
export type Credential = {
  readonly id: string
  readonly kind: CredentialKind
  readonly person: string | null
  readonly organisation: string | null
  readonly role: string | null
  readonly scopes: readonly string[]
  readonly name: string | null
  readonly mail: string | null
  readonly created_at: Instant
  readonly expires_at: Instant
  readonly used_at: Instant | null
  readonly seen_at: Instant | null
}

/** The kinds that come as `/links/{secret}` and work once. */
export const LINKS = ['admin_link', 'invitation', 'sign_in_link', 'mail_link'] as const satisfies readonly CredentialKind[]

const PREFIX = { admin_link: 'adl', invitation: 'inv', sign_in_link: 'sil', mail_link: 'mal', session: 'ses', token: 'tok' } as const

/** Keeps a new credential and answers with its secret, which is never seen again. The transaction must be the machine's. */
export async function putCredential(
  unit: Unit,
  given: Partial<Pick<Credential, 'person' | 'organisation' | 'role' | 'scopes' | 'name' | 'mail'>> & {
    readonly kind: CredentialKind
    readonly lasts_ms: number
    /** Stands before the secret, so that scanners for leaked secrets know it. */
    readonly prefix?: string
  },
): Promise<{ readonly id: string; readonly secret: string; readonly expires_at: Instant }> {
  const id = newId(PREFIX[given.kind])
  const told = `${given.prefix ?? ''}${secret()}`
  const expires_at = after(unit.now, given.lasts_ms)
  await unit.sql
    .insertInto('credential')
    .values({
      marketplace_id: unit.scope.marketplace,
      secret_sha256: sha256(told),
      kind: given.kind,
      credential_id: id,
      person_id: given.person ?? null,
      organisation_id: given.organisation ?? null,
      role: given.role ?? null,
      scopes: JSON.stringify(given.scopes ?? []),
      name: given.name ?? null,
      mail: given.mail ?? null,
      created_at: unit.now,
      expires_at,
    })
    .execute()
  return { id, secret: told, expires_at }
}

/** The credential that a secret belongs to, if it may still be used; null for unknown, used and expired alike. */
export async function credentialOf(unit: Unit, told: string, kinds: readonly CredentialKind[]): Promise<Credential | null> {
  const row = await unit.sql
    .selectFrom('credential')
    .selectAll()
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('secret_sha256', '=', sha256(told))
    .where('kind', 'in', kinds)
    .where('used_at', 'is', null)
    .where('expires_at', '>', unit.now)
    .executeTakeFirst()
  return row === undefined ? null : credentialIn(row)
}

/** Uses a link up. Null when it was used, is over or never was; of two at once, one gets it. */
export async function useUp(unit: Unit, told: string): Promise<Credential | null> {
  const row = await unit.sql
    .updateTable('credential')
    .set({ used_at: unit.now })
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('secret_sha256', '=', sha256(told))
    .where('kind', 'in', LINKS)
    .where('used_at', 'is', null)
    .where('expires_at', '>', unit.now)
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? null : credentialIn(row)
}

/** Gives a stored link a new secret and a new end: its mail is leaving now, and what lay in the database until then opens nothing. */
export async function renewSecret(
  unit: Unit,
  id: string,
  lasts_ms: number,
): Promise<{ readonly secret: string; readonly expires_at: Instant } | null> {
  const told = secret()
  const expires_at = after(unit.now, lasts_ms)
  const changed = await unit.sql
    .updateTable('credential')
    .set({ secret_sha256: sha256(told), expires_at })
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('credential_id', '=', id)
    .where('kind', 'in', LINKS)
    .where('used_at', 'is', null)
    .returning('credential_id')
    .executeTakeFirst()
  return changed === undefined ? null : { secret: told, expires_at }
}

/** A credential by its id, whatever its state. */
export async function credentialById(unit: Unit, id: string): Promise<Credential | null> {
  const row = await unit.sql
    .selectFrom('credential')
    .selectAll()
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('credential_id', '=', id)
    .executeTakeFirst()
  return row === undefined ? null : credentialIn(row)
}

/** Removes a credential, for those who are allowed to. True when it was there. */
export async function dropCredential(unit: Unit, id: string): Promise<boolean> {
  const gone = await unit.sql
    .deleteFrom('credential')
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('credential_id', '=', id)
    .returning('credential_id')
    .executeTakeFirst()
  return gone !== undefined
}

/** Removes what ended long ago, so that nobody's name or address stays in a link that nobody opened. */
export async function dropEnded(unit: Unit, ended_before: Instant): Promise<void> {
  await unit.sql
    .deleteFrom('credential')
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('expires_at', '<', ended_before)
    .execute()
}

type Row = {
  readonly credential_id: string
  readonly kind: CredentialKind
  readonly person_id: string | null
  readonly organisation_id: string | null
  readonly role: string | null
  readonly scopes: readonly string[]
  readonly name: string | null
  readonly mail: string | null
  readonly created_at: string
  readonly expires_at: string
  readonly used_at: string | null
  readonly seen_at: string | null
}

/** The casts say that the database gives times back as the 24 characters of an instant (connection.ts). */
export const credentialIn = (row: Row): Credential => ({
  id: row.credential_id,
  kind: row.kind,
  person: row.person_id,
  organisation: row.organisation_id,
  role: row.role,
  scopes: row.scopes,
  name: row.name,
  mail: row.mail,
  created_at: row.created_at as Instant,
  expires_at: row.expires_at as Instant,
  used_at: row.used_at as Instant | null,
  seen_at: row.seen_at as Instant | null,
})
