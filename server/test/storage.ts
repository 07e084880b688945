import { randomBytes } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { inject } from 'vitest'
import type { Clock } from '../src/platform/clock.ts'
import { sha256 } from '../src/platform/crypto.ts'
import type { Database } from '../src/platform/sql/database.ts'
import { migrations } from '../src/platform/sql/migrate.ts'
import { migratePostgresql, openDatabase } from '../src/platform/sql/open.ts'

export type Opened = { readonly database: Database; readonly close: () => Promise<void> }

/** The engines to test on: `describe.each(ENGINES)`. PostgreSQL is left out, loudly (see postgresql.ts), where its binaries are missing. */
export const ENGINES: readonly { readonly engine: Database['engine']; readonly open: (clock: Clock) => Promise<Opened> }[] = [
  { engine: 'embedded', open: openEmbedded },
  ...('url' in inject('postgresql') ? [{ engine: 'postgresql' as const, open: openPostgresql }] : []),
]

/** A fresh embedded database in a folder that goes away with it. */
export async function openEmbedded(clock: Clock): Promise<Opened> {
  const template = await embeddedTemplate(clock)
  const data_directory = mkdtempSync(join(tmpdir(), 'castellan-data-'))
  cpSync(template, data_directory, { recursive: true })
  const database = await openDatabase({ clock, data_directory })
  return {
    database,
    close: async () => {
      await database.close()
      rmSync(data_directory, { recursive: true, force: true })
    },
  }
}

/**
 * A new database that nobody wrote to yet, made once for each state of the migrations and copied from then on: making one
 * takes three times as long as copying and opening it. Tests of the very first start make their own.
 */
async function embeddedTemplate(clock: Clock): Promise<string> {
  const template = join(tmpdir(), `castellan-template-${STATE}`)
  if (existsSync(template)) return template
  const fresh = mkdtempSync(join(tmpdir(), 'castellan-template-new-'))
  await (await openDatabase({ clock, data_directory: fresh })).close()
  try {
    renameSync(fresh, template)
  } catch (error) {
    // Another process was first; its template is as good.
    if (!existsSync(template)) throw error
    rmSync(fresh, { recursive: true, force: true })
  }
  return template
}

const LOCK_FILE = join(import.meta.dirname, '../../package-lock.json')

/** What a new database looks like: its migrations, and the engine that writes it. */
const STATE = sha256([...migrations().map(({ name, text }) => `${name}\n${text}`), readFileSync(LOCK_FILE, 'utf8')].join('\n'))
  .slice('sha256:'.length)
  .slice(0, 16)

/** A fresh, migrated database on the run's PostgreSQL: one address for its owner, one for the login that serves. */
export async function freshPostgresql(): Promise<{ readonly owner_url: string; readonly url: string; readonly drop: () => Promise<void> }> {
  const provided = inject('postgresql')
  if (!('url' in provided)) throw new Error(provided.skipped)
  const name = `t${randomBytes(6).toString('hex')}`
  const template = await postgresqlTemplate(provided.url)
  await asOwner(provided.url, `CREATE DATABASE ${name} TEMPLATE ${template}`, `CREATE ROLE ${name} LOGIN`, `GRANT castellan_app TO ${name}`)
  const owner_url = provided.url.replace(/\/postgres$/, `/${name}`)
  return {
    owner_url,
    url: owner_url.replace('owner@', `${name}@`),
    drop: () => asOwner(provided.url, `DROP DATABASE ${name} WITH (FORCE)`, `DROP ROLE ${name}`),
  }
}

/** The same on PostgreSQL, made by whoever of the run's processes comes first while the others wait. */
async function postgresqlTemplate(url: string): Promise<string> {
  const template = `template_${STATE}`
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock(1)')
    const { rows } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [template])
    if (rows.length > 0) return template
    await client.query(`CREATE DATABASE ${template}_new`)
    await migratePostgresql(url.replace(/\/postgres$/, `/${template}_new`), undefined)
    await client.query(`ALTER DATABASE ${template}_new RENAME TO ${template}`)
    return template
  } finally {
    await client.end()
  }
}

async function openPostgresql(clock: Clock): Promise<Opened> {
  const { url, drop } = await freshPostgresql()
  const database = await openDatabase({ clock, data_directory: '', database_url: url, connections: 4 })
  return {
    database,
    close: async () => {
      await database.close()
      await drop()
    },
  }
}

async function asOwner(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}
