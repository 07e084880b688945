import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { inject } from 'vitest'
import type { Clock } from '../src/platform/clock.ts'
import type { Database } from '../src/platform/sql/database.ts'
import { migratePostgresql, openDatabase } from '../src/platform/sql/open.ts'

export type Opened = { readonly database: Database; readonly close: () => Promise<void> }

/** The engines to test on: `describe.each(ENGINES)`. PostgreSQL is left out, loudly (see postgresql.ts), where its binaries are missing. */
export const ENGINES: readonly { readonly engine: Database['engine']; readonly open: (clock: Clock) => Promise<Opened> }[] = [
  { engine: 'embedded', open: openEmbedded },
  ...('url' in inject('postgresql') ? [{ engine: 'postgresql' as const, open: openPostgresql }] : []),
]

/** A fresh embedded database in a folder that goes away with it. */
export async function openEmbedded(clock: Clock): Promise<Opened> {
  const data_directory = mkdtempSync(join(tmpdir(), 'castellan-data-'))
  const database = await openDatabase({ clock, data_directory })
  return {
    database,
    close: async () => {
      await database.close()
      rmSync(data_directory, { recursive: true, force: true })
    },
  }
}

/** A fresh, migrated database on the run's PostgreSQL: one address for its owner, one for the login that serves. */
export async function freshPostgresql(): Promise<{ readonly owner_url: string; readonly url: string; readonly drop: () => Promise<void> }> {
  const provided = inject('postgresql')
  if (!('url' in provided)) throw new Error(provided.skipped)
  const name = `t${randomBytes(6).toString('hex')}`
  await asOwner(provided.url, `CREATE DATABASE ${name}`, `CREATE ROLE ${name} LOGIN`)
  const owner_url = provided.url.replace(/\/postgres$/, `/${name}`)
  await migratePostgresql(owner_url, name)
  return {
    owner_url,
    url: owner_url.replace('owner@', `${name}@`),
    drop: () => asOwner(provided.url, `DROP DATABASE ${name} WITH (FORCE)`, `DROP ROLE ${name}`),
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
