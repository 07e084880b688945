import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { Refused } from '../../kernel/refused.ts'
import { sha256 } from '../crypto.ts'

const FOLDER = join(import.meta.dirname, 'migrations')

/** The migrations of this program, in order. */
export const migrations = (): readonly { readonly name: string; readonly text: string }[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({ name, text: readFileSync(join(FOLDER, name), 'utf8') }))

/** Applies what is missing, each in a transaction of its own; refuses a database that a newer or an altered program wrote. Returns the names applied. */
export async function migrate(pool: pg.Pool): Promise<readonly string[]> {
  const client = await pool.connect()
  const applied: string[] = []
  try {
    await client.query(
      `CREATE TABLE IF NOT EXISTS castellan_migration (name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
    )
    for (const migration of migrations()) {
      await client.query('BEGIN')
      try {
        // Two programs that start at once: the second waits here and then finds the work done.
        await client.query('LOCK TABLE castellan_migration IN EXCLUSIVE MODE')
        const { rows } = await client.query<{ sha256: string }>('SELECT sha256 FROM castellan_migration WHERE name = $1', [migration.name])
        const digest = sha256(migration.text)
        if (rows[0] === undefined) {
          await client.query(migration.text)
          await client.query('INSERT INTO castellan_migration (name, sha256) VALUES ($1, $2)', [migration.name, digest])
          applied.push(migration.name)
        } else if (rows[0].sha256 !== digest) {
          throw new Refused(
            'data.migration_changed',
            `${migration.name} was applied with another text; this program cannot tell what the tables look like`,
            migration.name,
          )
        }
        await client.query('COMMIT')
      } catch (error) {
        await client.query('ROLLBACK')
        throw error
      }
    }
    const known = new Set(migrations().map((migration) => migration.name))
    const { rows } = await client.query<{ name: string }>('SELECT name FROM castellan_migration ORDER BY name')
    const newer = rows.find((row) => !known.has(row.name))
    if (newer !== undefined) {
      throw new Refused(
        'data.newer',
        `the database was written by a newer Castellan (${newer.name}); start that version or a newer one`,
        newer.name,
      )
    }
    return applied
  } finally {
    client.release()
  }
}

/** What still has to be applied, without applying it; for logins that may not change tables. */
export async function pendingMigrations(pool: pg.Pool): Promise<readonly string[]> {
  const { rows: tables } = await pool.query<{ there: boolean }>(`SELECT to_regclass('public.castellan_migration') IS NOT NULL AS there`)
  if (tables[0]?.there !== true) return migrations().map((migration) => migration.name)
  const { rows } = await pool.query<{ name: string }>('SELECT name FROM castellan_migration')
  const done = new Set(rows.map((row) => row.name))
  return migrations().flatMap((migration) => (done.has(migration.name) ? [] : [migration.name]))
}
