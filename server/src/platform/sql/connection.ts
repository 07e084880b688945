import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Engine } from './embedded/engine.ts'
import type { Schema } from './schema.ts'

/** One pool and the typed query builder over it. */
export type Connection = { readonly pool: pg.Pool; readonly sql: Kysely<Schema> }

const TIMESTAMPTZ: number = pg.types.builtins.TIMESTAMPTZ
const INT8: number = pg.types.builtins.INT8

/** Times come back as the kernel's 24-character instants, bigints as numbers (all of ours stay below 2^53). */
const TYPES: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (oid === TIMESTAMPTZ) return (text: string) => new Date(text).toISOString()
    if (oid === INT8) return (text: string) => Number(text)
    return pg.types.getTypeParser(oid, format ?? 'text') as (text: string) => unknown
  },
}

/** The embedded engine has one connection; whoever asks second waits. */
export function embeddedConnection(engine: Engine): Connection {
  // The engine's own user. What a transaction may see is decided by the role that it switches to, see `within.ts`.
  const pool = new pg.Pool({
    max: 1,
    user: 'postgres',
    database: 'postgres',
    idleTimeoutMillis: 0,
    types: TYPES,
    stream: () => engine.connect(),
  })
  surviveBreaks(pool)
  return { pool, sql: new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) }) }
}

/** A PostgreSQL server of the operator's. */
export function postgresqlConnection(url: string, connections: number): Connection {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    types: TYPES,
    application_name: 'castellan',
    options: '-c timezone=UTC -c statement_timeout=60000 -c idle_in_transaction_session_timeout=60000 -c lock_timeout=20000',
  })
  surviveBreaks(pool)
  return { pool, sql: new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) }) }
}

/**
 * A connection that breaks must not end the process, whether somebody uses it or not: the query that waits gets the error,
 * and so does the next one, or a new connection.
 */
function surviveBreaks(pool: pg.Pool): void {
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
}
