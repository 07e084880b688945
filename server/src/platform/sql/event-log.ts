import { sql, type Transaction } from 'kysely'
import { canonical } from '../../kernel/canonical.ts'
import { hashOf, type Actor, type Digest, type NewEvent, type RecordedEvent, type Sha256, type StreamId } from '../../kernel/event.ts'
import type { JsonObject } from '../../kernel/json.ts'
import type { Because, Log } from '../../kernel/log.ts'
import { Refused } from '../../kernel/refused.ts'
import { later, type Instant } from '../../kernel/time.ts'
import { sha256 } from '../crypto.ts'
import type { Schema } from './schema.ts'

/** A marketplace's log inside a transaction of the database. */
export function sqlLog(transaction: Transaction<Schema>, marketplace: string): Log {
  const rows = () => transaction.selectFrom('event').selectAll().where('marketplace_id', '=', marketplace)
  let locked = false

  /** Appends of one marketplace stand in a queue, so that the order has no gaps and the chain one end. */
  async function lock(): Promise<void> {
    if (locked) return
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`castellan.log.${marketplace}`}, 0))`.execute(transaction)
    locked = true
  }

  async function head(): Promise<RecordedEvent | null> {
    const row = await rows().orderBy('seq', 'desc').limit(1).executeTakeFirst()
    return row === undefined ? null : eventOf(row)
  }

  return {
    async append(events, because, expect) {
      if (events.length === 0) return []
      await lock()
      const names = [...new Set([...events.map((event) => event.stream), ...(expect === undefined ? [] : [expect.stream])])]
      const found = await transaction
        .selectFrom('event')
        .select(['stream', (eb) => eb.fn.max('version').as('version')])
        .where('marketplace_id', '=', marketplace)
        .where('stream', 'in', names)
        .groupBy('stream')
        .execute()
      const versions = new Map<StreamId, number>(found.map((row) => [row.stream, row.version]))
      if (expect !== undefined && (versions.get(expect.stream) ?? 0) !== expect.version) {
        throw new Refused('log.conflict', `${expect.stream} has moved on since it was read; read it again and decide anew`, expect.stream)
      }
      const recorded = chain(marketplace, events, because, await head(), versions)
      for (let from = 0; from < recorded.length; from += ROWS_AT_ONCE) {
        await transaction
          .insertInto('event')
          .values(recorded.slice(from, from + ROWS_AT_ONCE).map(rowOf))
          .execute()
      }
      return recorded
    },
    async stream(id, after_version = 0) {
      return (await rows().where('stream', '=', id).where('version', '>', after_version).orderBy('version').execute()).map(eventOf)
    },
    async after(seq, limit) {
      return (await rows().where('seq', '>', seq).orderBy('seq').limit(limit).execute()).map(eventOf)
    },
    async byHash(hash) {
      const row = await rows().where('hash', '=', hash).executeTakeFirst()
      return row === undefined ? null : eventOf(row)
    },
    head,
  }
}

/** 65,535 parameters are the protocol's limit for one statement. */
const ROWS_AT_ONCE = 1_000

/** The new events with their place, time and hashes. Time never goes back inside a log: a clock that was set back waits at the newest event's. */
export function chain(
  marketplace: string,
  events: readonly NewEvent[],
  because: Because,
  head: RecordedEvent | null,
  versions: Map<StreamId, number>,
  hash: Sha256 = sha256,
): readonly RecordedEvent[] {
  let seq = head?.seq ?? 0
  let previous = head?.hash ?? null
  const at = head === null ? because.at : later(because.at, head.at)
  return events.map((event) => {
    const version = (versions.get(event.stream) ?? 0) + 1
    versions.set(event.stream, version)
    seq += 1
    // Through JSON once, so that what is hashed is what a reader of the database gets (no undefined members, no -0).
    const text = canonical(event.payload)
    const payload = JSON.parse(text) as JsonObject
    const body = { ...event, payload, marketplace, seq, version, at, by: because.by, cause: because.cause, previous }
    const recorded: RecordedEvent = { ...body, hash: hashOf(body, hash, text) }
    previous = recorded.hash
    return recorded
  })
}

/** An event as a row of the log. */
export const rowOf = (event: RecordedEvent) => ({
  marketplace_id: event.marketplace,
  seq: event.seq,
  stream: event.stream,
  version: event.version,
  subject: event.subject,
  type: event.type,
  at: event.at,
  actor: JSON.stringify(event.by),
  cause: event.cause,
  previous: event.previous,
  hash: event.hash,
  payload: JSON.stringify(event.payload),
})

type Row = Omit<ReturnType<typeof rowOf>, 'actor' | 'payload' | 'at' | 'cause' | 'previous' | 'hash'> & {
  readonly at: string
  readonly actor: object
  readonly payload: object
  readonly cause: string | null
  readonly previous: string | null
  readonly hash: string
}

/** The casts say what `rowOf` wrote; `castellan verify` proves it by hashing again. */
export const eventOf = (row: Row): RecordedEvent => ({
  marketplace: row.marketplace_id,
  seq: row.seq,
  stream: row.stream,
  version: row.version,
  subject: row.subject,
  type: row.type,
  at: row.at as Instant,
  by: row.actor as Actor,
  cause: row.cause as Digest | null,
  previous: row.previous as Digest | null,
  hash: row.hash as Digest,
  payload: row.payload as JsonObject,
})
