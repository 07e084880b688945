import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, inject, it } from 'vitest'
import { brokenAt } from '../src/kernel/event.ts'
import { after, instant } from '../src/kernel/time.ts'
import { sha256 } from '../src/platform/crypto.ts'
import type { Database } from '../src/platform/sql/database.ts'
import { openDatabase } from '../src/platform/sql/open.ts'
import { testClock } from './house.ts'
import type { StorageOrder } from './storage-process.ts'
import { ENGINES, freshPostgresql } from './storage.ts'

const scope = { marketplace: 'killed', party: { kind: 'machine' } } as const
const clock = { now: () => instant(1_790_000_000_000) }
const cleaning: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleaning.splice(0).toReversed()) await clean()
})

/** A folder that goes away with the test. */
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'castellan-kill-'))
  cleaning.push(() => rmSync(made, { recursive: true, force: true }))
  return made
}

type Told = { readonly kind: string; readonly rest: string }

/** A process that appends to a storage; what it says comes line by line. */
function appending(order: StorageOrder, before: readonly string[] = []) {
  const [file, ...args] = [
    ...before,
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    join(import.meta.dirname, 'storage-process.ts'),
    JSON.stringify(order),
  ]
  const child: ChildProcess = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  cleaning.push(() => child.kill('SIGKILL'))
  const told: Told[] = []
  let errors = ''
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const waiting: { readonly count: number; readonly go: () => void }[] = []
  if (child.stdout === null) throw new Error('no output to read')
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [kind = '', ...rest] = line.split(' ')
    told.push({ kind, rest: rest.join(' ') })
    for (const one of waiting) if (told.length >= one.count) one.go()
  })
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  return {
    told,
    errors: () => errors,
    kill: () => child.kill('SIGKILL'),
    gone,
    /** After so many lines, or when it has ended. */
    lines: (count: number) => Promise.race([gone, new Promise<void>((go) => waiting.push({ count, go }))]),
  }
}

/** The newest acknowledged event of a process. */
function lastKept(told: readonly Told[]): { readonly seq: number; readonly hash: string } | null {
  const line = told.findLast(({ kind }) => kind === 'kept')
  if (line === undefined) return null
  const [seq, hash = ''] = line.rest.split(' ')
  return { seq: Number(seq), hash }
}

/** Everything that must be true of a storage after whatever happened to its owner. */
async function examine(database: Database, promised: readonly { readonly seq: number; readonly hash: string }[]): Promise<number> {
  return database.within(scope, async ({ log, documents }) => {
    const events = await log.after(0, 1_000_000)
    expect(brokenAt(events, sha256)).toBeNull()
    for (const { seq, hash } of promised) expect(events[seq - 1]?.hash, `event ${seq} was acknowledged`).toBe(hash)
    // The log and what is folded from it were written together or not at all.
    const counted = await documents.get<{ events: number }>('test.count', 'all')
    expect(counted?.events ?? 0).toBe(events.length)
    return events.length
  })
}

const ROUNDS = 6

describe.each(ENGINES)('kill -9 of the owner in the middle of writes, on $engine', ({ engine }) => {
  it(`loses nothing that was acknowledged and leaves the chain whole, ${ROUNDS} times on one storage`, { timeout: 240_000 }, async () => {
    const order = { data_directory: folder(), ballast: 500, transactions: 1_000_000 }
    const postgresql = engine === 'postgresql' ? await freshPostgresql() : null
    if (postgresql !== null) cleaning.push(postgresql.drop)
    const at = { ...order, ...(postgresql === null ? {} : { database_url: postgresql.url }) }
    const promised: { readonly seq: number; readonly hash: string }[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const writer = appending(at)
      // At a random place: after so many acknowledgements, and as far into the next write as the signal happens to come.
      await writer.lines(2 + randomInt(60))
      writer.kill()
      await writer.gone
      expect(writer.told[0], writer.errors()).toEqual({ kind: 'open', rest: '' })
      const kept = lastKept(writer.told)
      if (kept !== null) promised.push(kept)
      const database = await openDatabase({ clock, ...at })
      try {
        await examine(database, promised)
      } finally {
        await database.close()
      }
    }
    expect(promised.length).toBe(ROUNDS)
  })
})

describe('the embedded engine’s directory', () => {
  it('opens after a kill at any moment of the very first start', { timeout: 240_000 }, async () => {
    const data_directory = folder()
    for (const milliseconds of [50, 400, 1_000 + randomInt(1_500)]) {
      const first = appending({ data_directory, ballast: 10, transactions: 1_000_000 })
      const timer = setTimeout(first.kill, milliseconds)
      await first.gone
      clearTimeout(timer)
    }
    const database = await openDatabase({ clock, data_directory })
    await examine(database, [])
    await database.close()
  })

  it('has one owner: a second process is refused with a sentence, and the first goes on', { timeout: 120_000 }, async () => {
    const data_directory = folder()
    const first = appending({ data_directory, ballast: 10, transactions: 1_000_000 })
    await first.lines(3)
    const second = appending({ data_directory, ballast: 10, transactions: 1 })
    await second.gone
    expect(second.told).toHaveLength(1)
    expect(second.told[0]).toMatchObject({ kind: 'refused' })
    expect(second.told[0]?.rest).toContain(`data.in_use ${data_directory} is in use by another Castellan`)
    const before = first.told.length
    await first.lines(before + 3)
    expect(first.told.length).toBeGreaterThan(before)
    first.kill()
    await first.gone
    // The lock dies with its holder.
    const database = await openDatabase({ clock, data_directory })
    const kept = lastKept(first.told)
    await examine(database, kept === null ? [] : [kept])
    await expect(openDatabase({ clock, data_directory })).rejects.toMatchObject({ code: 'data.in_use' })
    await database.close()
  })

  it('is synced to disk at each commit, and not for looking', { timeout: 120_000 }, async () => {
    const database = await openDatabase({ clock, data_directory: folder() })
    cleaning.push(() => database.close())
    await database.within(scope, ({ sql, now }) =>
      sql.insertInto('marketplace').values({ marketplace_id: 'killed', name: 'Killed', created_at: now }).execute(),
    )
    const syncs = async (): Promise<number> => (await database.syncs()) ?? Number.NaN
    const start = await syncs()
    for (let commits = 1; commits <= 20; commits++) {
      await database.within(scope, ({ documents }) => documents.put('test.count', 'all', { commits }, null))
      expect(await syncs()).toBeGreaterThanOrEqual(start + commits)
    }
    const written = await syncs()
    for (let looks = 0; looks < 20; looks++) await database.within(scope, ({ documents }) => documents.get('test.count', 'all'))
    expect((await syncs()) - written).toBeLessThan(20)
  })
})

describe('a full disk', () => {
  const mounts = mountable()

  // Without the right to mount, a disk of its own size cannot be made.
  it.skipIf(mounts === null)(
    'is told in a sentence, loses nothing, and after room was made the storage opens again',
    { timeout: 240_000 },
    async () => {
      const disk = folder()
      spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=110m', 'tmpfs', disk])
      cleaning.push(() => spawnSync('umount', ['-l', disk]))
      const data_directory = join(disk, 'data')
      const writer = appending({ data_directory, ballast: 200_000, transactions: 1_000_000 })
      await writer.gone
      const last = writer.told.at(-1)
      expect(last?.kind, `${last?.rest ?? ''} ${writer.errors()}`).toBe('refused')
      expect(last?.rest).toMatch(/^data\.(stopped|disk_full) The (database has stopped: .*No space left|disk of the database is full)/)
      const kept = lastKept(writer.told)
      expect(kept).not.toBeNull()
      // Still full: the start says so, and leaves all as it was.
      await expect(openDatabase({ clock, data_directory })).rejects.toMatchObject({ code: 'data.disk_full' })
      spawnSync('mount', ['-o', 'remount,size=300m', disk])
      const database = await openDatabase({ clock, data_directory })
      await examine(database, kept === null ? [] : [kept])
      await database.close()
    },
  )

  it('that is full from the start is told in a sentence', { timeout: 120_000, skip: mounts === null }, async () => {
    const disk = folder()
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=10m', 'tmpfs', disk])
    cleaning.push(() => spawnSync('umount', ['-l', disk]))
    mkdirSync(join(disk, 'data'))
    const writer = appending({ data_directory: join(disk, 'data'), ballast: 10, transactions: 1 })
    await writer.gone
    expect(writer.told.at(-1)?.rest).toMatch(/^data\.disk_full .* is full: \d MiB are free, 80 MiB are needed/)
    expect(writer.told.some(({ kind }) => kind === 'kept')).toBe(false)
  })
})

/** A way to mount a disk of a given size, or null. */
function mountable(): true | null {
  const tried = mkdtempSync(join(tmpdir(), 'castellan-mount-'))
  const done = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', tried])
  if (done.status === 0) spawnSync('umount', [tried])
  rmSync(tried, { recursive: true, force: true })
  if (done.status === 0) return true
  process.stdout.write('SKIPPED: the full disk is not tried, since this user may not mount one; run the tests as root for that\n')
  return null
}

describe.each(ENGINES)('a clock that is set back, on $engine', ({ open }) => {
  it('changes neither the order of the log nor its times', async () => {
    const watch = testClock()
    const opened = await open(watch)
    cleaning.push(opened.close)
    await opened.database.within(scope, ({ sql, now }) =>
      sql.insertInto('marketplace').values({ marketplace_id: 'killed', name: 'Killed', created_at: now }).execute(),
    )
    const append = () =>
      opened.database.within(scope, async ({ log, now }) => {
        const event = { stream: 'stream/1', subject: null, type: 'test.happened', payload: {} }
        return (await log.append([event], { by: { kind: 'machine', name: 'test' }, cause: null, at: now }))[0]
      })
    const start = watch.now()
    for (const step of [0, 1_000, -3_600_000, 1_000, -86_400_000 * 400, 86_400_000 * 400 + 7_200_000]) {
      watch.advance(step)
      await append()
    }
    const events = await opened.database.within(scope, ({ log }) => log.after(0, 100))
    expect(brokenAt(events, sha256)).toBeNull()
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6])
    expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).sort())
    expect(events.slice(1, 5).map(({ at }) => at)).toEqual(Array.from({ length: 4 }, () => after(start, 1_000)))
    expect(events[5]?.at).toBe(watch.now())
  })
})

if (!('url' in inject('postgresql'))) process.stdout.write('the kill tests ran on the embedded engine only\n')
