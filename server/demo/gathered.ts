import type { RecordedEvent, StreamId } from '../src/kernel/event.ts'
import type { Documents, Log } from '../src/kernel/log.ts'
import { Refused } from '../src/kernel/refused.ts'
import type { Instant } from '../src/kernel/time.ts'
import type { Unit } from '../src/platform/sql/database.ts'
import { chain, rowOf } from '../src/platform/sql/event-log.ts'
import type { Due } from '../src/sweeping.ts'
import { dueDocuments } from '../simulate/due.ts'

/**
 * A transaction's log and views in memory, so that many days can pass in them without a question to the database for each
 * event; `write` brings the database to where they stand. Nobody else may write meanwhile, which the embedded engine's one
 * connection sees to: that is where the demo lives.
 */
export type Gathered = {
  readonly log: Log
  readonly documents: Documents
  /** What falls due next up to a moment; each moment of a document once. */
  readonly nextDue: (until: Instant) => Due | null
  readonly write: () => Promise<void>
}

const ROWS_AT_ONCE = 1_000
const DOCUMENTS_AT_ONCE = 100

/** Reads what there is of a transaction's marketplace; everything is small in a demo but the log, which stays where it is. */
export async function gather(unit: Unit): Promise<Gathered> {
  const documents = dueDocuments()
  for (const { view, key, subject, document } of await documentsIn(unit)) await documents.put(view, key, document, subject)
  const changed = new Map<string, Changed>()
  const { log, added } = await logOver(unit)
  return {
    log,
    nextDue: documents.nextDue,
    documents: {
      ...documents,
      async put(view, key, document, subject) {
        changed.set(`${view}/${key}`, { view, key, subject, document })
        await documents.put(view, key, document, subject)
      },
      async remove(view, key) {
        changed.set(`${view}/${key}`, { view, key, gone: true })
        await documents.remove(view, key)
      },
    },
    async write() {
      for (let from = 0; from < added.length; from += ROWS_AT_ONCE) {
        await unit.sql
          .insertInto('event')
          .values(added.slice(from, from + ROWS_AT_ONCE).map(rowOf))
          .execute()
      }
      await writeDocuments(unit, [...changed.values()])
    },
  }
}

type Stored = { readonly view: string; readonly key: string; readonly subject: string | null; readonly document: unknown }
type Changed = (Stored & { readonly gone?: false }) | { readonly view: string; readonly key: string; readonly gone: true }

async function documentsIn(unit: Unit): Promise<readonly Stored[]> {
  const rows = await unit.sql
    .selectFrom('document')
    .select(['view', 'key', 'subject', 'body'])
    .where('marketplace_id', '=', unit.scope.marketplace)
    .orderBy('view')
    .orderBy('key')
    .execute()
  // The guarantee of the cast: documents lie wrapped, see `platform/sql/documents.ts`.
  return rows.map(({ body, ...row }) => ({ ...row, document: (body as { readonly document: unknown }).document }))
}

/** What there is stays in the database and is asked for where somebody looks; what is added stays here. */
async function logOver(unit: Unit): Promise<{ readonly log: Log; readonly added: readonly RecordedEvent[] }> {
  const { marketplace } = unit.scope
  const rows = await unit.sql
    .selectFrom('event')
    .select(['stream', (eb) => eb.fn.max('version').as('version')])
    .where('marketplace_id', '=', marketplace)
    .groupBy('stream')
    .execute()
  const stored = new Map<StreamId, number>(rows.map(({ stream, version }) => [stream, version]))
  const newest = await unit.log.head()
  const added: RecordedEvent[] = []
  const byStream = new Map<StreamId, RecordedEvent[]>()
  const versionOf = (stream: StreamId): number => byStream.get(stream)?.at(-1)?.version ?? stored.get(stream) ?? 0
  const log: Log = {
    async append(events, because, expect) {
      if (expect !== undefined && versionOf(expect.stream) !== expect.version) {
        throw new Refused('log.conflict', `${expect.stream} has moved on since it was read; read it again and decide anew`, expect.stream)
      }
      const versions = new Map(events.map(({ stream }) => [stream, versionOf(stream)]))
      const recorded = chain(marketplace, events, because, added.at(-1) ?? newest, versions)
      for (const event of recorded) {
        added.push(event)
        const known = byStream.get(event.stream)
        if (known === undefined) byStream.set(event.stream, [event])
        else known.push(event)
      }
      return recorded
    },
    async stream(id, after_version = 0) {
      const before = (stored.get(id) ?? 0) > after_version ? await unit.log.stream(id, after_version) : []
      return [...before, ...(byStream.get(id) ?? []).filter(({ version }) => version > after_version)]
    },
    async after(seq, limit) {
      const before = await unit.log.after(seq, limit)
      return [...before, ...added.filter((event) => event.seq > seq)].slice(0, limit)
    },
    byHash: async (hash) => added.find((event) => event.hash === hash) ?? (await unit.log.byHash(hash)),
    head: async () => added.at(-1) ?? newest,
  }
  return { log, added }
}

async function writeDocuments(unit: Unit, changed: readonly Changed[]): Promise<void> {
  const { marketplace } = unit.scope
  const kept = changed.flatMap((one) => (one.gone === true ? [] : [one]))
  for (let from = 0; from < kept.length; from += DOCUMENTS_AT_ONCE) {
    const rows = kept.slice(from, from + DOCUMENTS_AT_ONCE).map(({ view, key, subject, document }) => ({
      marketplace_id: marketplace,
      view,
      key,
      subject,
      body: JSON.stringify({ document }),
    }))
    await unit.sql
      .insertInto('document')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .columns(['marketplace_id', 'view', 'key'])
          .doUpdateSet((eb) => ({ body: eb.ref('excluded.body'), subject: eb.ref('excluded.subject') })),
      )
      .execute()
  }
  for (const one of changed) if (one.gone === true) await unit.documents.remove(one.view, one.key)
}
