import type pg from 'pg'
import { sql } from 'kysely'
import { Refused } from '../../kernel/refused.ts'
import type { Clock } from '../clock.ts'
import { embeddedConnection, postgresqlConnection, type Connection } from './connection.ts'
import type { Database } from './database.ts'
import { startEngine, type Engine } from './embedded/engine.ts'
import { migrate, pendingMigrations } from './migrate.ts'
import { within } from './within.ts'

export type StorageOptions = {
  readonly clock: Clock
  /** Where the embedded engine keeps its files; owned by this process from now on. */
  readonly data_directory: string
  /** A PostgreSQL server instead of the embedded engine, `postgres://…`. */
  readonly database_url?: string | undefined
  readonly connections?: number
}

/** Opens the storage. The embedded engine is brought up to date; on PostgreSQL that is the owner's act (`castellan migrate`). */
export async function openDatabase(options: StorageOptions): Promise<Database> {
  if (options.database_url !== undefined) {
    const connection = postgresqlConnection(options.database_url, options.connections ?? 10)
    try {
      await refusePowerfulLogin(connection.pool)
      const pending = await pendingMigrations(connection.pool)
      if (pending.length > 0) {
        throw new Refused(
          'data.not_migrated',
          `the database lacks ${pending.join(', ')}; run \`castellan migrate\` with the owner's DATABASE_URL first`,
          'DATABASE_URL',
        )
      }
      return databaseOf('postgresql', connection, options.clock, null)
    } catch (error) {
      await connection.pool.end()
      throw error
    }
  }
  const engine = await startEngine(options.data_directory)
  try {
    const connection = embeddedConnection(engine)
    await migrate(connection.pool)
    return databaseOf('embedded', connection, options.clock, engine)
  } catch (error) {
    await engine.close()
    throw error
  }
}

/** What `castellan migrate` does on PostgreSQL: tables by their owner, and the right to act as castellan_app for the login that serves. */
export async function migratePostgresql(database_url: string, serving_login: string | undefined): Promise<readonly string[]> {
  const { pool } = postgresqlConnection(database_url, 1)
  try {
    await refuseOld(pool)
    const applied = await migrate(pool)
    await pool.query('GRANT SELECT ON castellan_migration TO castellan_app')
    if (serving_login !== undefined) {
      const { rows } = await pool.query<{ there: boolean }>('SELECT true AS there FROM pg_roles WHERE rolname = $1', [serving_login])
      if (rows.length === 0) {
        throw new Refused(
          'data.no_login',
          `there is no login "${serving_login}"; create it first: CREATE ROLE ${JSON.stringify(serving_login)} LOGIN PASSWORD '…'`,
          '--serving-login',
        )
      }
      await pool.query(`GRANT castellan_app TO ${quoted(serving_login)}`)
    }
    return applied
  } finally {
    await pool.end()
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

async function refuseOld(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ server_version_num: string }>('SHOW server_version_num')
  const version = Number(rows[0]?.server_version_num ?? 0)
  if (version < 150_000)
    throw new Refused(
      'data.old_postgresql',
      `this is PostgreSQL ${Math.floor(version / 10_000)}; Castellan needs 15 or newer`,
      'DATABASE_URL',
    )
}

/** Row security is the second wall; a login that stands above it would take it down, so `serve` does not run with one. */
async function refusePowerfulLogin(pool: pg.Pool): Promise<void> {
  await refuseOld(pool)
  const { rows } = await pool.query<{ login: string; powerful: boolean; owner: boolean; member: boolean | null }>(`
    SELECT current_user AS login, r.rolsuper OR r.rolbypassrls AS powerful,
      EXISTS (SELECT 1 FROM pg_class c WHERE c.oid = to_regclass('public.event') AND pg_has_role(current_user, c.relowner, 'MEMBER')) AS owner,
      (SELECT pg_has_role(current_user, a.oid, 'MEMBER') FROM pg_roles a WHERE a.rolname = 'castellan_app') AS member
    FROM pg_roles r WHERE r.rolname = current_user`)
  const login = rows[0]
  const mend = `Run \`castellan migrate --serving-login castellan\` with the owner's DATABASE_URL, and serve as that login (CREATE ROLE castellan LOGIN PASSWORD '…').`
  if (login === undefined || login.powerful || login.owner) {
    throw new Refused(
      'data.powerful_login',
      `the login "${login?.login}" owns the tables or stands above row security, so tenants would not be walled off. ${mend}`,
      'DATABASE_URL',
    )
  }
  if (login.member !== true)
    throw new Refused('data.not_granted', `the login "${login.login}" may not act as castellan_app. ${mend}`, 'DATABASE_URL')
}

/** SQLSTATE 53100: there is no room on the disk. The transaction is rolled back; the database goes on. */
const DISK_FULL = '53100'

/** Says in our words what the person who runs this has to mend; all else goes on as it is. */
async function told<T>(work: Promise<T>, embedded: Engine | null): Promise<T> {
  try {
    return await work
  } catch (error) {
    // What a broken connection says of itself explains nothing.
    const stopped = embedded?.stopped() ?? null
    if (stopped !== null) throw stopped
    if ((error as { readonly code?: unknown } | null)?.code === DISK_FULL) {
      throw new Refused('data.disk_full', 'The disk of the database is full. Nothing of this was kept; make room and try again.')
    }
    throw error
  }
}

function databaseOf(engine: Database['engine'], connection: Connection, clock: Clock, embedded: Engine | null): Database {
  return {
    engine,
    within: (scope, work) => told(within(connection.sql, clock, scope, work), embedded),
    async ping() {
      await told(sql`SELECT 1`.execute(connection.sql), embedded)
    },
    given_up: embedded?.given_up ?? new Promise<never>(() => undefined),
    syncs: async () => (embedded === null ? null : embedded.syncs()),
    async close() {
      await connection.sql.destroy()
      await embedded?.close()
    },
  }
}
