import { AsyncLocalStorage } from 'node:async_hooks'
import { sql, type Kysely } from 'kysely'
import type { Clock } from '../clock.ts'
import type { Party, Scope, Unit } from './database.ts'
import { sqlDocuments } from './documents.ts'
import { sqlLog } from './event-log.ts'
import type { Schema } from './schema.ts'

/** Set while a transaction runs: with one connection, asking for a second inside the first would wait for ever. */
const running = new AsyncLocalStorage<true>()

/** One transaction on behalf of a party. Everything in it sees and writes that party's rows only, by the database's own row security. */
export function within<T>(connection: Kysely<Schema>, clock: Clock, scope: Scope, work: (unit: Unit) => Promise<T>): Promise<T> {
  if (running.getStore() === true) throw new Error('a transaction inside a transaction: pass the unit on instead of opening another')
  return running.run(true, () =>
    connection.transaction().execute(async (transaction) => {
      const { party } = scope
      const organisation = party.kind === 'partner' ? party.organisation : ''
      // Transaction-local, all four: nothing of it is left on the connection for the next one. One round trip; SET LOCAL ROLE
      // is `set_config('role', …, true)`.
      await sql`SELECT set_config('castellan.marketplace', ${scope.marketplace}, true), set_config('castellan.party', ${party.kind}, true),
        set_config('castellan.organisation', ${organisation}, true), set_config('role', 'castellan_app', true)`.execute(transaction)
      return work({
        scope,
        log: sqlLog(transaction, scope.marketplace),
        documents: sqlDocuments(transaction, scope.marketplace),
        sql: transaction,
        now: clock.now(),
      })
    }),
  )
}

/**
 * Runs work inside a unit as another party, and goes back. For writes that row security keeps from the party on whose behalf
 * the transaction runs, after the act itself was let pass.
 */
export async function recordingAs<T>(unit: Unit, party: Party, work: () => Promise<T>): Promise<T> {
  await become(unit, party)
  const done = await work().then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  try {
    await become(unit, unit.scope.party)
  } catch (error) {
    // An error of the database has aborted the transaction; it is rolled back, and the setting goes with it. That error is the one to tell.
    throw 'error' in done ? done.error : error
  }
  if ('error' in done) throw done.error
  return done.value
}

async function become(unit: Unit, party: Party): Promise<void> {
  const organisation = party.kind === 'partner' ? party.organisation : ''
  await sql`SELECT set_config('castellan.party', ${party.kind}, true), set_config('castellan.organisation', ${organisation}, true)`.execute(
    unit.sql,
  )
}
