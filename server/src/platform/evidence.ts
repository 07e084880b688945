import { canonical } from '../kernel/canonical.ts'
import type { Digest } from '../kernel/event.ts'
import type { Json, JsonObject } from '../kernel/json.ts'
import type { Instant } from '../kernel/time.ts'
import { secret, sha256 } from './crypto.ts'
import type { Unit } from './sql/database.ts'
import type { Schema } from './sql/schema.ts'
import type { Selectable } from 'kysely'

/** Something that was seen, before it has a name. */
export type NewEvidence = {
  readonly subject: string
  /** `descriptor`, `scan`, `probe`, `form`, … */
  readonly kind: string
  readonly observed_at: Instant
  readonly valid_until?: Instant
  /** What produced it: collector, check or person, by id and version. */
  readonly source: JsonObject
  readonly visibility: 'public' | 'partner' | 'operator'
  readonly body: Json
}

export type Evidence = NewEvidence & { readonly id: Digest; readonly erased_at: Instant | null }

/**
 * Keeps bodies outside the log and names each by a salted hash, so that the name says nothing about a short body and stays
 * true after the body is erased.
 */
export async function keepEvidence(unit: Unit, pieces: readonly NewEvidence[]): Promise<readonly Digest[]> {
  const named = pieces.map((piece) => {
    const salt = secret()
    return { piece, salt, id: sha256(canonical([salt, piece.body])) }
  })
  for (const { piece, salt, id } of named) {
    await unit.sql
      .insertInto('evidence')
      .values({
        marketplace_id: unit.scope.marketplace,
        evidence_id: id,
        subject: piece.subject,
        kind: piece.kind,
        observed_at: piece.observed_at,
        valid_until: piece.valid_until ?? null,
        source: JSON.stringify(piece.source),
        visibility: piece.visibility,
        salt,
        body: JSON.stringify({ body: piece.body }),
        erased_at: null,
      })
      .execute()
  }
  return named.map(({ id }) => id)
}

/**
 * Takes bodies away for good; their names stay, so that what cites them still verifies. Without salt and body a name says
 * nothing. The transaction must be the machine's.
 */
export async function eraseEvidence(unit: Unit, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await unit.sql
    .updateTable('evidence')
    .set({ body: null, salt: '', erased_at: unit.now })
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('evidence_id', 'in', [...ids])
    .where('erased_at', 'is', null)
    .execute()
}

/** A piece of evidence that the transaction's party may see, or null. */
export async function readEvidence(unit: Unit, id: string): Promise<Evidence | null> {
  const row = await unit.sql
    .selectFrom('evidence')
    .selectAll()
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('evidence_id', '=', id)
    .executeTakeFirst()
  return row === undefined ? null : evidenceIn(row)
}

function evidenceIn(row: Selectable<Schema['evidence']>): Evidence {
  const wrapped = row.body as { readonly body: Json } | null
  return {
    id: row.evidence_id as Digest,
    subject: row.subject,
    kind: row.kind,
    observed_at: row.observed_at as Instant,
    ...(row.valid_until === null ? {} : { valid_until: row.valid_until as Instant }),
    source: row.source as JsonObject,
    visibility: row.visibility,
    body: wrapped?.body ?? null,
    erased_at: row.erased_at as Instant | null,
  }
}

/** Several pieces at once, by their names; those that are not there or not for this party are left out. */
export async function readEvidences(unit: Unit, ids: readonly string[]): Promise<ReadonlyMap<string, Evidence>> {
  if (ids.length === 0) return new Map()
  const rows = await unit.sql
    .selectFrom('evidence')
    .selectAll()
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('evidence_id', 'in', [...new Set(ids)])
    .execute()
  return new Map(rows.map((row) => [row.evidence_id, evidenceIn(row)]))
}
