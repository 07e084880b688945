import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { BADGES, type BadgeDocument } from '../src/badges/badges-view.ts'
import type { NewEvent, RecordedEvent } from '../src/kernel/event.ts'
import type { Because } from '../src/kernel/log.ts'
import { after, DAY_MS, parseInstant } from '../src/kernel/time.ts'
import { PROGRAMMES_FOLDER } from '../src/platform/config.ts'
import { memoryLog } from '../src/platform/sql/memory.ts'
import { STANDINGS, type StandingDocument } from '../src/standing/standings-view.ts'
import { promisesOf } from './promises.ts'
import { simulated } from './simulate.ts'
import type { World } from './world.ts'

const DAYS = 75
const FROM = parseInstant('2026-06-01')
const END = after(FROM, DAYS * DAY_MS)
const MACHINE = { kind: 'machine', name: 'test' } as const
const PERSON = { kind: 'person', id: 'per_test' } as const

/** A promise that cannot fail promises nothing: each is broken here on purpose, in a run that keeps all of them. */
describe('each promise notices', () => {
  let world: World
  let held: { readonly key: string; readonly document: BadgeDocument }

  beforeAll(async () => {
    world = await simulated({ seed: 1, apps: 12, days: DAYS, from: '2026-06-01', programmes: [join(PROGRAMMES_FOLDER, 'cloud-fortified')] })
    const active = (await world.documents.list<BadgeDocument>(BADGES)).find(({ document }) => document.state === 'active')
    if (active === undefined) throw new Error('no badge is active; take another seed')
    held = active
  }, 120_000)

  const lastDay = (of: World): Promise<void> => promisesOf().afterDay(of, END)
  const withBadge = (change: Partial<BadgeDocument>): World => withDocument(world, BADGES, held.key, { ...held.document, ...change })

  it('nothing in a run that keeps them', async () => {
    await lastDay(world)
    await promisesOf().atEnd(world)
  })

  it.each(['active', 'at_risk'] as const)('a badge that is %s past its validity', async (state) => {
    await expect(lastDay(withBadge({ state, valid_until: after(END, -1) }))).rejects.toThrow('no badge past its validity')
  })

  it('a badge at risk past its cure window', async () => {
    await expect(lastDay(withBadge({ state: 'at_risk', cure_until: after(END, -1) }))).rejects.toThrow('no badge past its cure window')
    await lastDay(withBadge({ state: 'at_risk', cure_until: END }))
  })

  it('a badge that is active while something is unmet', async () => {
    const { app, programme } = held.document
    const key = `${programme}/${app}`
    const standing = await world.documents.get<StandingDocument>(STANDINGS, key)
    const met = standing?.verdicts.filter(({ verdict }) => verdict === 'met') ?? []
    expect(met.length).toBeGreaterThan(0)
    const verdicts = standing?.verdicts.map((one) => (one.verdict === 'met' ? { ...one, verdict: 'unmet' as const } : one))
    await expect(lastDay(withDocument(world, STANDINGS, key, { ...standing, verdicts }))).rejects.toThrow('unmet puts at risk')
  })

  it.each(['grant_agreed', 'granted', 'restore_agreed', 'restored', 'renewed', 'listing_relisted'])(
    'a machine that gives: badges.%s',
    async (what) => {
      await expect(lastDay(await withEvents(MACHINE, [event(`badges.${what}`)], true))).rejects.toThrow('machines only take away')
    },
  )

  it.each(['cured', 'granted', 'restored', 'renewed'])('a badge that is %s while something is not met', async (what) => {
    const given = event(`badges.${what}`, { app: 'app-of-nobody', programme: held.document.programme, tier: held.document.tier })
    await expect(lastDay(await withEvents(PERSON, [given]))).rejects.toThrow('only met gives')
  })

  it('an event that follows from nothing', async () => {
    await expect(lastDay(await withEvents(MACHINE, [event('standing.refreshed')]))).rejects.toThrow('no event without cause')
    await lastDay(await withEvents(PERSON, [event('standing.refreshed')]))
  })

  it('a cause that is not in the log, and one that comes after what it caused', async () => {
    const [first, second] = [...world.log.all()]
    if (first === undefined || second === undefined) throw new Error('nothing happened')
    const nowhere = { ...second, cause: `sha256:${'0'.repeat(64)}` as const }
    await expect(lastDay(withLog(world, [first, nowhere]))).rejects.toThrow('names a cause that is not in the log')
    const late = { ...first, at: after(second.at, 1) }
    await expect(lastDay(withLog(world, [late, { ...second, cause: late.hash }]))).rejects.toThrow('causes come first')
  })

  it.each<[string, (event: RecordedEvent) => RecordedEvent]>([
    ['a payload', (one) => ({ ...one, payload: { ...one.payload, changed: true } })],
    ['a time', (one) => ({ ...one, at: after(one.at, 1) })],
    ['who did it', (one) => ({ ...one, by: PERSON })],
  ])('one thing changed in the log: %s', async (_, change) => {
    const events = [...world.log.all()]
    const place = Math.floor(events.length / 3)
    const changed = withLog(
      world,
      events.map((one, number) => (number === place ? change(one) : one)),
    )
    await expect(promisesOf().atEnd(changed)).rejects.toThrow('the chain is whole')
  })

  it('an event taken out of the log', async () => {
    const events = [...world.log.all()]
    await expect(promisesOf().atEnd(withLog(world, events.toSpliced(7, 1)))).rejects.toThrow('the chain is whole')
  })

  it('a view that holds something else than its events make of it, and one that holds too much', async () => {
    const differs = withBadge({ valid_until: after(END, DAY_MS) })
    await expect(promisesOf().atEnd(differs)).rejects.toThrow(`refolding gives the same: ${BADGES}/${held.key} differs`)
    await expect(promisesOf().atEnd(withDocument(world, BADGES, 'x.y/z', held.document))).rejects.toThrow('refolding gives the same')
  })

  const event = (type: string, payload: NewEvent['payload'] = { app: held.document.app }): NewEvent => ({
    stream: 'test/promises',
    subject: null,
    type,
    payload,
  })

  /** The run with more at its end, in a log of its own. */
  async function withEvents(by: Because['by'], events: readonly NewEvent[], answering = false): Promise<World> {
    const log = memoryLog('simulated')
    const [cause] = await log.append([event('directory.noted')], { by: PERSON, cause: null, at: FROM })
    await log.append(events, { by, cause: answering ? (cause?.hash ?? null) : null, at: END })
    return withLog(world, log.all())
  }
})

/** A world whose log is another; what it documents stays. */
function withLog(world: World, events: readonly RecordedEvent[]): World {
  const log: World['log'] = {
    ...world.log,
    all: () => events,
    after: async (seq, limit) => events.filter((event) => event.seq > seq).slice(0, limit),
    stream: async (id) => events.filter((event) => event.stream === id),
  }
  return { ...world, log }
}

/** A world in which one document is another. */
function withDocument(world: World, view: string, key: string, document: unknown): World {
  const { documents } = world
  return {
    ...world,
    documents: {
      ...documents,
      // The casts are the port's own: what comes out of a view and key is what went in.
      get: async <T>(name: string, of: string) => (name === view && of === key ? (document as T) : documents.get<T>(name, of)),
      list: async <T>(name: string, prefix = '') => {
        const all = await documents.list<T>(name, prefix)
        return name === view ? [...all.filter((one) => one.key !== key), { key, document: document as T }] : all
      },
    },
  }
}
