import type { Transaction } from 'kysely'
import type { Documents, Log } from '../../kernel/log.ts'
import type { Refused } from '../../kernel/refused.ts'
import type { Instant } from '../../kernel/time.ts'
import type { Schema } from './schema.ts'

/** On whose behalf a transaction runs; row security lets it see and write that party's rows and no others. */
export type Party =
  | { readonly kind: 'machine' }
  | { readonly kind: 'operator'; readonly person: string }
  | { readonly kind: 'partner'; readonly organisation: string; readonly person: string }
  | { readonly kind: 'public' }

/** A marketplace (the tenant) and a party inside it. */
export type Scope = { readonly marketplace: string; readonly party: Party }

/** One transaction: the log, the views, and the plain tables under the same row security. */
export type Unit = {
  readonly scope: Scope
  readonly log: Log
  readonly documents: Documents
  readonly sql: Transaction<Schema>
  /** The moment at which the transaction began, by the program's clock. */
  readonly now: Instant
}

/** The database, embedded or PostgreSQL: same migrations, same SQL, same answers. */
export interface Database {
  readonly engine: 'embedded' | 'postgresql'
  /** Runs work in one transaction; commits when it returns, rolls back when it throws. Nesting is refused, since the embedded engine has one connection. */
  within<T>(scope: Scope, work: (unit: Unit) => Promise<T>): Promise<T>
  /** Asks the engine for a sign of life. */
  ping(): Promise<void>
  /** How often the embedded engine has synced to disk; null on PostgreSQL, which has its own books. */
  syncs(): Promise<number | null>
  /** Comes when the embedded engine has given itself up, with why: no call is answered any more. A PostgreSQL comes back by itself. */
  readonly given_up: Promise<Refused>
  close(): Promise<void>
}
