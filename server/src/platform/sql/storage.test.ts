import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brokenAt, type NewEvent } from '../../kernel/event.ts'
import type { Documents, Log } from '../../kernel/log.ts'
import { instant, type Instant } from '../../kernel/time.ts'
import { ENGINES, type Opened } from '../../../test/storage.ts'
import { sha256 } from '../crypto.ts'
import type { Scope } from './database.ts'
import { memoryDocuments, memoryLog } from './memory.ts'

const at = instant(1_790_000_000_000)
const because = { by: { kind: 'machine', name: 'test' } as const, cause: null, at }
const event = (stream: string, note: string, subject: string | null = null): NewEvent => ({
  stream,
  subject,
  type: 'test.happened',
  payload: { note },
})

/** One contract, three implementations. `within` opens a transaction on a log that is empty for each name. */
function logContract(within: <T>(name: string, work: (log: Log, documents: Documents) => Promise<T>) => Promise<T>) {
  it('numbers without gaps and chains by hash', async () => {
    const all = await within('chain', async (log) => {
      await log.append([event('a', '1'), event('b', '2'), event('a', '3')], because)
      await log.append([event('a', '4')], because)
      return log.after(0, 10)
    })
    expect(all.map(({ seq, stream, version }) => [seq, stream, version])).toEqual([
      [1, 'a', 1],
      [2, 'b', 1],
      [3, 'a', 2],
      [4, 'a', 3],
    ])
    expect(brokenAt(all, sha256)).toBeNull()
    const forged = all.map((one) => (one.seq === 2 ? { ...one, payload: { note: '2 ' } } : one))
    expect(brokenAt(forged, sha256)).toEqual({ seq: 2, why: 'hash' })
  })

  it('refuses to append on a version that has passed', async () => {
    await expect(
      within('conflict', async (log) => {
        await log.append([event('a', '1')], because)
        await log.append([event('a', '2')], because, { stream: 'a', version: 0 })
      }),
    ).rejects.toMatchObject({ code: 'log.conflict' })
  })

  it('never lets time go back', async () => {
    const earlier = instant(Date.parse(at) - 3_600_000)
    const events = await within('time', async (log) => {
      await log.append([event('a', '1')], because)
      return log.append([event('a', '2')], { ...because, at: earlier })
    })
    expect(events[0]?.at).toBe(at)
  })

  it('keeps what JSON can say: unicode, depth, order of keys apart', async () => {
    const payload = { z: 1.5e300, a: ['ÅΩ☃😀', { b: null, a: true }], quote: '"\\\n', empty: {} }
    const [first] = await within('json', async (log) => {
      await log.append([{ ...event('a', ''), payload }], because)
      return log.stream('a')
    })
    expect(first?.payload).toEqual(payload)
    expect(brokenAt(first === undefined ? [] : [first], sha256)).toBeNull()
  })

  it('finds an event by its hash, and the head', async () => {
    await within('find', async (log) => {
      expect(await log.head()).toBeNull()
      const [first, second] = await log.append([event('a', '1'), event('b', '2')], because)
      expect(first === undefined ? null : await log.byHash(first.hash)).toEqual(first)
      expect(await log.head()).toEqual(second)
    })
  })

  it('keeps documents by view and key, and lists them in order', async () => {
    await within('documents', async (_, documents) => {
      expect(await documents.get('v', 'x')).toBeNull()
      await documents.put('v', 'b/2', { n: 2 }, null)
      await documents.put('v', 'b/1', { n: 1 }, null)
      await documents.put('v', 'c', [1], null)
      await documents.put('v', 'b/2', { n: 22 }, null)
      expect(await documents.list('v', 'b/')).toEqual([
        { key: 'b/1', document: { n: 1 } },
        { key: 'b/2', document: { n: 22 } },
      ])
      await documents.remove('v', 'c')
      expect((await documents.list('v')).map(({ key }) => key)).toEqual(['b/1', 'b/2'])
    })
  })
}

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
