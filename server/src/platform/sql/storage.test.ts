import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brokenAt } from '../../kernel/event.ts'
import type { Instant } from '../../kernel/time.ts'
import { at, because, event, logContract } from '../../../test/log-contract.ts'
import { ENGINES, type Opened } from '../../../test/storage.ts'
import { sha256 } from '../crypto.ts'
import type { Scope } from './database.ts'
import { memoryDocuments, memoryLog } from './memory.ts'

describe('log in memory', () => logContract((name, work) => work(memoryLog(name), memoryDocuments())))

describe.each(ENGINES)('storage on $engine', ({ engine, open }) => {
  let opened: Opened
  const scope = (marketplace: string, party: Scope['party'] = { kind: 'machine' }): Scope => ({ marketplace, party })
  const create = (marketplace: string) =>
    opened.database.within(scope(marketplace), ({ sql }) =>
      sql.insertInto('marketplace').values({ marketplace_id: marketplace, name: marketplace, created_at: at }).execute(),
    )

  beforeAll(async () => {
    opened = await open({ now: () => at })
  })
  afterAll(() => opened.close())

  logContract(async (name, work) => {
    await create(name)
    return opened.database.within(scope(name), (unit) => work(unit.log, unit.documents))
  })

  it('takes everything back when the work throws', async () => {
    await create('rollback')
    await expect(
      opened.database.within(scope('rollback'), async (unit) => {
        await unit.log.append([event('a', '1')], because)
        throw new Error('on purpose')
      }),
    ).rejects.toThrow('on purpose')
    expect(await opened.database.within(scope('rollback'), (unit) => unit.log.after(0, 10))).toEqual([])
  })

  it('refuses a transaction inside a transaction instead of waiting for ever', async () => {
    await expect(opened.database.within(scope('nest'), () => opened.database.within(scope('nest'), async () => 1))).rejects.toThrow(
      'inside a transaction',
    )
  })

  it('lets two writers append at once without a gap', async () => {
    await create('race')
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        opened.database.within(scope('race'), (unit) => unit.log.append([event(`s${n % 3}`, String(n)), event('t', String(n))], because)),
      ),
    )
    const all = await opened.database.within(scope('race'), (unit) => unit.log.after(0, 100))
    expect(all).toHaveLength(40)
    expect(brokenAt(all, sha256)).toBeNull()
  })

  it('refuses to change or remove what is in the log', async () => {
    await create('append-only')
    await opened.database.within(scope('append-only'), (unit) => unit.log.append([event('a', '1')], because))
    for (const act of ['update', 'delete'] as const) {
      await expect(
        opened.database.within(scope('append-only'), async ({ sql }) => {
          if (act === 'update') await sql.updateTable('event').set({ type: 'x.y' }).execute()
          else await sql.deleteFrom('event').execute()
        }),
      ).rejects.toThrow(/permission denied|append-only/)
    }
  })

  describe('row security, with nothing else in the way', () => {
    beforeAll(async () => {
      await create('north')
      await create('south')
      await opened.database.within(scope('north'), async ({ log, documents, sql }) => {
        await log.append([event('app/a', 'a', 'a'), event('app/b', 'b', 'b'), event('house', 'only the operator')], because)
        await documents.put('standing', 'a', { app: 'a' }, 'a')
        await documents.put('standing', 'b', { app: 'b' }, 'b')
        await documents.put('public.directory', 'a', { app: 'a' }, 'a')
        await sql
          .insertInto('subject_party')
          .values([
            { marketplace_id: 'north', subject: 'a', organisation_id: 'org_a' },
            { marketplace_id: 'north', subject: 'b', organisation_id: 'org_b' },
          ])
          .execute()
        for (const visibility of ['public', 'partner', 'operator'] as const) {
          await sql
            .insertInto('evidence')
            .values({
              marketplace_id: 'north',
              evidence_id: `sha256:${visibility}`,
              subject: 'a',
              kind: 'scan',
              observed_at: at,
              source: '{}',
              visibility,
              salt: 's',
              body: '{}',
            })
            .execute()
        }
        await sql
          .insertInto('credential')
          .values({
            marketplace_id: 'north',
            secret_sha256: 'x',
            kind: 'token',
            credential_id: 'tok_1',
            scopes: '[]',
            created_at: at,
            expires_at: at,
          })
          .execute()
      })
    })

    const look = (who: Scope) =>
      opened.database.within(who, async ({ sql }) => ({
        events: (await sql.selectFrom('event').select('stream').orderBy('seq').execute()).map((row) => row.stream),
        documents: (await sql.selectFrom('document').select(['view', 'key']).orderBy('view').orderBy('key').execute()).map(
          (row) => `${row.view}:${row.key}`,
        ),
        evidence: (await sql.selectFrom('evidence').select('visibility').orderBy('visibility').execute()).map((row) => row.visibility),
        credentials: (await sql.selectFrom('credential').selectAll().execute()).length,
      }))
    const partner = (organisation: string): Scope['party'] => ({ kind: 'partner', organisation, person: 'per_1' })

    it.each<[string, string, Scope['party'], Awaited<ReturnType<typeof look>>]>([
      [
        'the machine',
        'north',
        { kind: 'machine' },
        {
          events: ['app/a', 'app/b', 'house'],
          documents: ['public.directory:a', 'standing:a', 'standing:b'],
          evidence: ['operator', 'partner', 'public'],
          credentials: 1,
        },
      ],
      [
        'the operator',
        'north',
        { kind: 'operator', person: 'per_0' },
        {
          events: ['app/a', 'app/b', 'house'],
          documents: ['public.directory:a', 'standing:a', 'standing:b'],
          evidence: ['operator', 'partner', 'public'],
          credentials: 0,
        },
      ],
      [
        'the partner of a',
        'north',
        partner('org_a'),
        { events: ['app/a'], documents: ['public.directory:a', 'standing:a'], evidence: ['partner', 'public'], credentials: 0 },
      ],
      [
        'the partner of b',
        'north',
        partner('org_b'),
        { events: ['app/b'], documents: ['public.directory:a', 'standing:b'], evidence: ['public'], credentials: 0 },
      ],
      [
        'a partner of nothing',
        'north',
        partner(''),
        { events: [], documents: ['public.directory:a'], evidence: ['public'], credentials: 0 },
      ],
      ['the public', 'north', { kind: 'public' }, { events: [], documents: ['public.directory:a'], evidence: ['public'], credentials: 0 }],
      ['another marketplace’s machine', 'south', { kind: 'machine' }, { events: [], documents: [], evidence: [], credentials: 0 }],
      ['another marketplace’s partner', 'south', partner('org_a'), { events: [], documents: [], evidence: [], credentials: 0 }],
      ['no marketplace', '', { kind: 'machine' }, { events: [], documents: [], evidence: [], credentials: 0 }],
    ])('%s sees its own', async (_, marketplace, party, expected) => {
      expect(await look(scope(marketplace, party))).toEqual(expected)
    })

    it('keeps partners and the public from writing, and everybody from another marketplace', async () => {
      const insert = (who: Scope, marketplace_id: string) =>
        opened.database.within(who, ({ sql }) => sql.insertInto('setting').values({ marketplace_id, name: 'x', value: '{}' }).execute())
      await expect(insert(scope('north', partner('org_a')), 'north')).rejects.toThrow('row-level security')
      await expect(insert(scope('north', { kind: 'public' }), 'north')).rejects.toThrow('row-level security')
      await expect(insert(scope('south'), 'north')).rejects.toThrow('row-level security')
      await expect(insert(scope('north'), 'north')).resolves.toBeDefined()
    })

    it('leaves no role and no tenant behind on the connection', async () => {
      await opened.database.within(scope('north'), async () => 0)
      expect(await look(scope('', { kind: 'public' }))).toMatchObject({ events: [], documents: [] })
    })
  })

  it.runIf(engine === 'embedded')('syncs at least once for each commit', async () => {
    await create('syncs')
    const before = await opened.database.syncs()
    for (let n = 0; n < 5; n++) await opened.database.within(scope('syncs'), (unit) => unit.log.append([event('a', String(n))], because))
    expect((await opened.database.syncs()) ?? 0).toBeGreaterThanOrEqual((before ?? 0) + 5)
  })

  it('gives times back as the 24 characters that went in', async () => {
    const name = await opened.database.within(scope('north'), ({ sql }) =>
      sql.selectFrom('marketplace').select('created_at').executeTakeFirst(),
    )
    expect(name?.created_at).toBe(at satisfies Instant)
  })
})
