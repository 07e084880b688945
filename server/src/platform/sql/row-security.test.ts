import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { instant } from '../../kernel/time.ts'
import { ENGINES, type Opened } from '../../../test/storage.ts'
import type { Party, Unit } from './database.ts'

/**
 * The wall behind the authorisation, with no authorisation in front of it: transactions run for each party and try every
 * table that the catalogue knows. What a new migration adds is in here by itself, and fails until it is walled.
 */

const at = instant(1_790_000_000_000)

/** Tables without a tenant: what the migrations have run. */
const NOT_TENANTS = ['castellan_migration']

/** What is read outside the whole marketplace, for each table: which rows of the seed a party may see. Every other table shows nothing. */
type Rows = 'own' | 'public' | 'own or public' | 'the marketplace'
const SEEN: { readonly [table: string]: { readonly partner: Rows; readonly public?: Rows } } = {
  marketplace: { partner: 'the marketplace', public: 'the marketplace' },
  subject_party: { partner: 'own' },
  event: { partner: 'own' },
  document: { partner: 'own or public', public: 'public' },
  evidence: { partner: 'own or public', public: 'public' },
  organisation: { partner: 'own' },
  person: { partner: 'own' },
  membership: { partner: 'own' },
  minute_count: { partner: 'own' },
  day_count: { partner: 'own' },
  probe_sample: { partner: 'own' },
  form_draft: { partner: 'own' },
  scan_due: { partner: 'own' },
  field_batch: { partner: 'own' },
  field_count: { partner: 'own' },
  journey_due: { partner: 'own' },
  minute_exclusion: { partner: 'own' },
}

/** Secrets that not even an operator's transaction reads. */
const MACHINE_ONLY = ['concern_follow_up', 'credential', 'journey_secret', 'person_key', 'webhook']

const partner = (organisation: string): Party => ({ kind: 'partner', organisation, person: `per_${organisation.slice(-1)}` })
const PARTIES = {
  machine: { kind: 'machine' },
  operator: { kind: 'operator', person: 'per_0' },
  'partner a': partner('org_a'),
  'partner b': partner('org_b'),
  'a partner of nothing': partner(''),
  public: { kind: 'public' },
} as const satisfies { readonly [name: string]: Party }

/** How the seed marks whose row it is: by the last letter of a text that names its party, `p` for what is public. */
const WHOSE: { readonly [table: string]: string } = {
  marketplace: `'m'`,
  subject_party: 'subject',
  event: 'subject',
  document: 'key',
  evidence: 'evidence_id',
  organisation: 'organisation_id',
  person: 'person_id',
  membership: 'person_id',
  credential: 'credential_id',
  setting: 'name',
  minute_count: 'subject',
  day_count: 'subject',
  probe_sample: 'subject',
  delivery: 'delivery_id',
  audit_line: 'audit_id',
  webhook: 'webhook_id',
  form_draft: 'subject',
  scan_due: 'subject',
  concern_follow_up: 'app',
  person_key: 'person_id',
  field_batch: 'subject',
  field_count: 'subject',
  journey_due: 'subject',
  journey_secret: 'subject',
  minute_exclusion: 'subject',
}

const marksOf = (rows: Rows | undefined, own: string): readonly string[] => {
  if (rows === undefined) return []
  if (rows === 'the marketplace') return ['m']
  return [...(rows === 'public' ? [] : [own]), ...(rows === 'own' ? [] : ['p'])].filter((mark) => mark !== '')
}

describe.each(ENGINES)('row security on $engine, without any authorisation', ({ engine, open }) => {
  let opened: Opened
  let tables: readonly string[]
  const as = <T>(party: Party, work: (unit: Unit) => Promise<T>, marketplace = 'north'): Promise<T> =>
    opened.database.within({ marketplace, party }, work)

  beforeAll(async () => {
    opened = await open({ now: () => at })
    for (const marketplace of ['north', 'south']) await as({ kind: 'machine' }, (unit) => seed(unit, marketplace), marketplace)
    tables = await as({ kind: 'machine' }, async (unit) => {
      const found = await sql<{ name: string }>`SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%' ORDER BY 1`.execute(
        unit.sql,
      )
      return found.rows.map(({ name }) => name)
    })
  })
  afterAll(() => opened.close())

  it('every table of the catalogue is a tenant’s, with its marketplace first in the key, and the seed has rows of everybody in it', async () => {
    expect(tables.filter((table) => !NOT_TENANTS.includes(table))).toEqual(Object.keys(WHOSE).sort())
    const keys = await as({ kind: 'machine' }, (unit) =>
      sql<{
        name: string
        first: string
      }>`SELECT c.relname AS name, a.attname AS first FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] WHERE i.indisprimary AND c.relname = ANY (${Object.keys(WHOSE)})`.execute(
        unit.sql,
      ),
    )
    expect(keys.rows.filter(({ first }) => first !== 'marketplace_id')).toEqual([])
    expect(keys.rows).toHaveLength(Object.keys(WHOSE).length)
    for (const table of Object.keys(WHOSE)) {
      expect(await seenBy({ kind: 'machine' }, table), table).toEqual(table === 'marketplace' ? ['m'] : expect.arrayContaining(['a', 'b']))
    }
  })

  it('every one of them forces it on its owner too, and has policies for the one role that transactions take', async () => {
    const walls = await as({ kind: 'machine' }, (unit) =>
      sql<{ name: string; on: boolean; forced: boolean; policies: number; loose: number; owner_serves: boolean }>`SELECT c.relname AS name,
          c.relrowsecurity AS on, c.relforcerowsecurity AS forced, count(p.polname)::int AS policies,
          (count(*) FILTER (WHERE coalesce(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) NOT LIKE '%castellan_marketplace()%'
            AND coalesce(pg_get_expr(p.polqual, p.polrelid), '') NOT LIKE '%castellan_sees(marketplace_id%'))::int AS loose,
          pg_get_userbyid(c.relowner) = 'castellan_app' AS owner_serves
        FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid WHERE c.relname = ANY (${Object.keys(WHOSE)}) GROUP BY c.oid ORDER BY 1`.execute(
        unit.sql,
      ),
    )
    expect(walls.rows).toHaveLength(Object.keys(WHOSE).length)
    for (const wall of walls.rows) expect(wall, wall.name).toMatchObject({ on: true, forced: true, loose: 0, owner_serves: false })
    expect(walls.rows.filter(({ policies }) => policies === 0)).toEqual([])
    const role = await as({ kind: 'machine' }, (unit) =>
      sql<object>`SELECT rolsuper, rolbypassrls, rolcanlogin, rolcreaterole FROM pg_roles WHERE rolname = current_user`.execute(unit.sql),
    )
    expect(role.rows).toEqual([{ rolsuper: false, rolbypassrls: false, rolcanlogin: false, rolcreaterole: false }])
  })

  it('what has no tenant is nobody’s to write', async () => {
    for (const table of tables.filter((name) => NOT_TENANTS.includes(name))) {
      for (const party of Object.values(PARTIES)) {
        for (const statement of [`INSERT INTO ${table} VALUES ('x', 'x')`, `UPDATE ${table} SET name = 'x'`, `DELETE FROM ${table}`]) {
          await expect(
            as(party, (unit) => sql.raw(statement).execute(unit.sql)),
            statement,
          ).rejects.toThrow('permission denied')
        }
      }
    }
  })

  it.each(Object.keys(WHOSE))('%s shows each party its own rows and no others', async (table) => {
    const all = table === 'marketplace' ? ['m'] : ['document', 'evidence'].includes(table) ? ['a', 'b', 'p'] : ['a', 'b']
    const seen = Object.fromEntries(
      await Promise.all(Object.entries(PARTIES).map(async ([name, party]) => [name, await seenBy(party, table)])),
    )
    const rule = SEEN[table]
    expect(seen).toEqual({
      machine: all,
      operator: MACHINE_ONLY.includes(table) ? [] : all,
      'partner a': marksOf(rule?.partner, 'a'),
      'partner b': marksOf(rule?.partner, 'b'),
      'a partner of nothing': marksOf(rule?.partner, ''),
      public: marksOf(rule?.public, ''),
    })
    // Another marketplace's rows are nobody's, whatever the party.
    for (const party of Object.values(PARTIES)) expect(await seenBy(party, table, 'east')).toEqual([])
  })

  it.each(Object.keys(WHOSE))('%s takes no row from a partner or the public, and lets none be changed or removed', async (table) => {
    const column = table === 'marketplace' ? 'marketplace_id' : (WHOSE[table] ?? '')
    for (const party of [PARTIES['partner a'], PARTIES['a partner of nothing'], PARTIES.public]) {
      // A copy of what it sees, as it is, and under another name: whatever the constraints say, the wall has to say no first.
      await refusedOrNothing(party, `INSERT INTO ${table} SELECT * FROM ${table}`)
      await refusedOrNothing(party, `UPDATE ${table} SET ${column} = ${column}`)
      await refusedOrNothing(party, `DELETE FROM ${table}`)
    }
    // And nobody moves a row to another marketplace.
    for (const party of Object.values(PARTIES)) await refusedOrNothing(party, `UPDATE ${table} SET marketplace_id = 'south'`)
    expect(await seenBy({ kind: 'machine' }, table)).toHaveLength(
      table === 'marketplace' ? 1 : ['document', 'evidence'].includes(table) ? 3 : 2,
    )
  })

  it('a transaction cannot take a stronger role, nor another party’s rows by naming them', async () => {
    for (const party of [PARTIES.public, PARTIES['partner a']]) {
      for (const statement of [
        'ALTER TABLE event DISABLE ROW LEVEL SECURITY',
        'DROP POLICY whole_marketplace ON event',
        'TRUNCATE event',
        // The embedded engine has one user, who is its owner; a server knows the login that it was given.
        ...(engine === 'postgresql' ? ['SET LOCAL ROLE owner'] : []),
      ]) {
        await expect(
          as(party, (unit) => sql.raw(statement).execute(unit.sql)),
          statement,
        ).rejects.toThrow(/permission denied|must be owner|append-only/)
      }
      const named = await as(party, (unit) => unit.sql.selectFrom('event').select('seq').where('subject', '=', 'b').execute())
      expect(named).toEqual([])
    }
  })

  it('the public reads public views and public evidence, and nothing through a join or a count', async () => {
    const counted = await as(PARTIES.public, async (unit) => {
      const views = await unit.sql.selectFrom('document').select('view').distinct().execute()
      const joined = await sql<{ n: number }>`SELECT count(*)::int AS n FROM document d JOIN event e ON true JOIN person p ON true`.execute(
        unit.sql,
      )
      return { views: views.map(({ view }) => view), joined: joined.rows[0]?.n }
    })
    expect(counted).toEqual({ views: ['public.directory'], joined: 0 })
  })

  /** Whose rows of a table a party sees, as marks of the seed. */
  async function seenBy(party: Party, table: string, marketplace = 'north'): Promise<readonly string[]> {
    const found = await as(
      party,
      (unit) =>
        sql<{ mark: string }>`SELECT right(${sql.raw(WHOSE[table] ?? '')}, 1) AS mark FROM ${sql.raw(table)} ORDER BY 1`.execute(unit.sql),
      marketplace,
    )
    return found.rows.map(({ mark }) => mark)
  }

  /** A write that the wall refuses, or that finds no row to write; and that is taken back whatever it did. */
  async function refusedOrNothing(party: Party, statement: string): Promise<void> {
    const told = await as(party, async (unit) => {
      const { numAffectedRows } = await sql.raw(statement).execute(unit.sql)
      throw new Error(`wrote ${numAffectedRows ?? 0n} rows`)
    }).then(String, String)
    expect(told, `${party.kind}: ${statement}`).toMatch(/row-level security|permission denied|append-only|wrote 0 rows/)
  }
})

/** Two partners with an app each, and one row of each of them in every table; what is public is marked `p`. */
async function seed({ sql: db, log, now }: Unit, marketplace_id: string): Promise<void> {
  await db.insertInto('marketplace').values({ marketplace_id, name: marketplace_id, created_at: now }).execute()
  const parties = ['a', 'b'].map((mark) => ({ mark, organisation_id: `org_${mark}`, person_id: `per_${mark}` }))
  for (const { mark, organisation_id, person_id } of parties) {
    const mine = { marketplace_id, subject: mark }
    await db.insertInto('organisation').values({ marketplace_id, organisation_id, kind: 'partner', name: mark }).execute()
    await db
      .insertInto('person')
      .values({ marketplace_id, person_id, name: mark, mail: `${mark}@example.com`, erased_at: null })
      .execute()
    await db.insertInto('membership').values({ marketplace_id, person_id, organisation_id, role: 'partner-admin' }).execute()
    await db
      .insertInto('subject_party')
      .values({ ...mine, organisation_id })
      .execute()
    await log.append([{ stream: `app/${mark}`, subject: mark, type: 'test.happened', payload: {} }], {
      by: { kind: 'machine', name: 'test' },
      cause: null,
      at: now,
    })
    await db
      .insertInto('document')
      .values({ ...mine, view: 'standing', key: mark, body: '{}' })
      .execute()
    await db
      .insertInto('evidence')
      .values({
        ...mine,
        evidence_id: `sha256:${mark}`,
        kind: 'scan',
        observed_at: now,
        source: '{}',
        visibility: 'partner',
        salt: 's',
        body: '{}',
      })
      .execute()
    await db
      .insertInto('credential')
      .values({
        marketplace_id,
        secret_sha256: mark,
        kind: 'token',
        credential_id: `tok_${mark}`,
        organisation_id,
        person_id,
        scopes: '[]',
        created_at: now,
        expires_at: now,
      })
      .execute()
    await db
      .insertInto('setting')
      .values({ marketplace_id, name: `alert_mailbox:${mark}`, value: '{}' })
      .execute()
    const minutes = { ...mine, indicator: 'availability', target: 'https://app.example.com', good: 1, total: 1, unknown: 0 }
    await db
      .insertInto('minute_count')
      .values({ ...minutes, minute: 1 })
      .execute()
    const field = { ...mine, reported_by: 'partner', batch: 'b' } as const
    await db
      .insertInto('field_batch')
      .values({ ...field, digest: 'x', evidence: 'x', received_at: now })
      .execute()
    await db
      .insertInto('field_count')
      .values({ ...field, indicator: 'x', target: '', day: 1, good: 1, total: 1 })
      .execute()
    await db
      .insertInto('journey_due')
      .values({ ...mine, journey: 'j', instance: 'production', due_at: now, lease: null, leased_until: null, rollout: null })
      .execute()
    await db
      .insertInto('minute_exclusion')
      .values({ ...mine, entry: 'e', place: 0, endpoint: '', from_minute: 1, to_minute: 2 })
      .execute()
    await db
      .insertInto('journey_secret')
      .values({ ...mine, journey: 'j', name: 'PASSWORD', value: 'x' })
      .execute()
    await db.insertInto('person_key').values({ marketplace_id: mine.marketplace_id, person_id: mine.subject, key: 'x' }).execute()
    await db
      .insertInto('day_count')
      .values({ ...minutes, day: 1, runs: '[]', digest: 'x' })
      .execute()
    await db
      .insertInto('probe_sample')
      .values({ ...mine, at: now, target: 'x', verdict: 'good', reason: null, status: 200, phases: '{}' })
      .execute()
    await db
      .insertInto('delivery')
      .values({
        ...mine,
        delivery_id: `del_${mark}`,
        channel: 'mail',
        destination: 'x',
        code: 'x',
        params: '{}',
        state: 'owed',
        attempts: 0,
        cause: null,
        leased_until: null,
        told: null,
        delivered_at: null,
        due_at: now,
        created_at: now,
      })
      .execute()
    await db
      .insertInto('audit_line')
      .values({ marketplace_id, audit_id: `aud_${mark}`, at: now, actor: '{}', act: 'x', what: '{}' })
      .execute()
    await db
      .insertInto('webhook')
      .values({
        marketplace_id,
        webhook_id: `web_${mark}`,
        organisation_id,
        url: 'https://x.example',
        secret: 's',
        created_at: now,
        created_by: person_id,
      })
      .execute()
    await db
      .insertInto('form_draft')
      .values({ ...mine, form: 'f', answers: '{}', saved_at: now, saved_by: person_id, revision: 1 })
      .execute()
    await db
      .insertInto('concern_follow_up')
      .values({ marketplace_id, secret_sha256: `sha_${mark}`, app: mark, concern: 'c', created_at: now, expires_at: now })
      .execute()
    await db
      .insertInto('scan_due')
      .values({ ...mine, due_at: now, why: 'daily', attempts: 0, lease: null, leased_until: null, started_at: null, told: null })
      .execute()
  }
  // What the world may read, about an app of b.
  const shown = { marketplace_id, subject: 'b' }
  await db
    .insertInto('document')
    .values({ ...shown, view: 'public.directory', key: 'shown:p', body: '{}' })
    .execute()
  await db
    .insertInto('evidence')
    .values({
      ...shown,
      evidence_id: 'sha256:p',
      kind: 'scan',
      observed_at: now,
      source: '{}',
      visibility: 'public',
      salt: 's',
      body: '{}',
    })
    .execute()
}
