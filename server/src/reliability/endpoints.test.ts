import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testClock, testHouse, type TestClock } from '../../test/house.ts'
import { ENGINES, type Opened } from '../../test/storage.ts'
import { watchedApps, watchedPack } from '../../test/watched.ts'
import { appsView } from '../directory/apps-view.ts'
import type { Desk, House } from '../house.ts'
import type { RecordedEvent } from '../kernel/event.ts'
import { opaque } from '../kernel/flow.ts'
import { instant, MINUTE_MS } from '../kernel/time.ts'
import { pipeline } from '../platform/dispatch.ts'
import type { Pack } from '../programmes/load.ts'
import { AVAILABILITY, recordMinutes } from './minutes.ts'
import { objectivesOf } from './objectives.ts'
import { runsOfDay, type DayRun } from './series.ts'
import { alertsView, daysView, endpointsView, massFailureView, OBJECTIVES, objectivesView, type ObjectivesDocument } from './view.ts'
import { watchOver, type Watch } from './watch.ts'
import { DAY_MINUTES, minuteOf, type Minute } from './window.ts'

/** An app of several base URLs: one real server that answers each path as a test says. */

const MACHINE = { kind: 'machine', name: 'test' } as const
const APP = 'issue-templates'
const flow = pipeline(
  [opaque(appsView), opaque(daysView), opaque(objectivesView), opaque(endpointsView), opaque(alertsView), opaque(massFailureView)],
  [],
)
const { signal } = new AbortController()
const failing = new Set<string>()
const app_server = createServer((request, response) =>
  response.writeHead(failing.has((request.url ?? '').split('/')[1] ?? '') ? 503 : 200).end(),
)
const controls = [1, 2].map(() => createServer((_, response) => response.end()))
const servers = [app_server, ...controls]
const portOf = (server: Server): number => (server.address() as AddressInfo).port
const base = (path: string): string => `http://127.0.0.1:${portOf(app_server)}/${path}`

beforeAll(async () => {
  for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})
beforeEach(() => failing.clear())

const look = <T>(house: House, work: (desk: Desk) => Promise<T>): Promise<T> => house.act(MACHINE, 'probe-app', {}, work)
const told = (house: House): Promise<readonly RecordedEvent[]> => look(house, (desk) => desk.log.stream(`slo/${APP}`))
const short = (events: readonly RecordedEvent[]): readonly string[] =>
  events.map(({ type, payload: { endpoint } }) => {
    const at = typeof endpoint === 'string' ? endpoint.slice(endpoint.lastIndexOf('/') + 1) : 'whole'
    return `${type.slice('reliability.'.length)} ${at}`
  })

describe.each(ENGINES)('endpoints on $engine', ({ open }) => {
  let opened: Opened
  let clock: TestClock
  let house: House
  let watch: Watch
  let begins: Minute
  let number = 0

  const start = async (pack: Pack = watchedPack()): Promise<void> => {
    number += 1
    clock = testClock(instant(Date.parse('2026-11-24T23:40:50Z')))
    begins = minuteOf(clock.now()) + 1
    house = await testHouse(opened, clock, {
      marketplace: `e${number}`,
      pipeline: flow,
      packs: [pack],
      environment: {
        CONTROL_TARGETS: servers
          .slice(1)
          .map((server) => `http://127.0.0.1:${portOf(server)}/`)
          .join(','),
      },
      allow_targets: servers.map((server) => `127.0.0.1:${portOf(server)}`),
    })
  }
  const watching = (): void => void (watch = watchOver(house))
  const restarted = (): void => {
    watch.stop()
    watching()
  }
  const has = (...paths: readonly string[]): Promise<void> => watchedApps(house, [{ app: APP, base_urls: paths.map(base) }])
  const minutesPass = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      clock.advance(MINUTE_MS)
      await watch.tick(signal)
      await watch.answered()
      await watch.tick(signal)
    }
  }
  const minutesAt = (endpoint: string): Promise<string> =>
    look(house, async ({ sql, scope }) => {
      const of = { marketplace_id: scope.marketplace, subject: APP, indicator: AVAILABILITY, target: '', endpoint }
      const found = new Map<Minute, string>()
      const days = await sql
        .selectFrom('day_count')
        .select(['day', 'runs'])
        .where((eb) => eb.and(of))
        .execute()
      for (const { day, runs } of days) {
        let minute = day * DAY_MINUTES
        for (const { kind, minutes } of runsOfDay(runs as unknown as readonly DayRun[]))
          for (let n = 0; n < minutes; n++) found.set(minute++, kind.charAt(0))
      }
      const rows = await sql
        .selectFrom('minute_count')
        .select(['minute', 'good', 'total'])
        .where((eb) => eb.and(of))
        .execute()
      for (const { minute, good, total } of rows) found.set(minute, total === 0 ? 'u' : good === total ? 'g' : 'b')
      const last = Math.max(...found.keys())
      return Array.from({ length: last - begins + 1 }, (_, n) => found.get(begins + n) ?? 'u').join('')
    })

  beforeAll(async () => {
    opened = await open(testClock())
  })
  afterEach(() => watch.stop())
  afterAll(() => opened.close())

  it('each has its own minutes, and the one that fails is named when it loses the objective', async () => {
    await start()
    await has('eu', 'us')
    watching()
    await minutesPass(12)
    failing.add('eu')
    await minutesPass(3)
    expect(await minutesAt(base('eu'))).toBe('ggggggggggggbbb')
    expect(await minutesAt(base('us'))).toBe('ggggggggggggggg')
    expect(await minutesAt('')).toBe('ggggggggggggbbb')
    const events = await told(house)
    expect(short(events)).toEqual([
      'endpoint_joined eu',
      'endpoint_joined us',
      'window_counted eu',
      'window_counted us',
      'objective_lost eu',
      'objective_lost eu',
      'alert_fired eu',
    ])
    const lost = events.find(({ type, payload }) => type === 'reliability.objective_lost' && payload['window'] === 'PT20M')
    expect(lost?.payload).toMatchObject({ endpoint: base('eu'), good: 12, total: 15, expected: 20 })
    expect(lost?.payload['evidence']).toHaveLength(1)
  })

  it('failures at different endpoints do not add up, unless the programme takes them together', async () => {
    const slo = { indicator: AVAILABILITY, target: 0.9, window: 'PT20M', coverage: 0.5 }
    for (const [endpoints, expected] of [
      ['worst', []],
      ['together', ['objective_lost whole']],
    ] as const) {
      await start(watchedPack([{ ...slo, endpoints }]))
      await has('eu', 'us')
      watching()
      await minutesPass(12)
      for (const path of ['eu', 'us']) {
        failing.add(path)
        await minutesPass(2)
        failing.clear()
      }
      expect(short(await told(house)).filter((event) => event.startsWith('objective_lost'))).toEqual(expected)
      watch.stop()
    }
  })

  it('days are sealed for each, and a restart in the middle tells nothing twice', async () => {
    await start()
    await has('eu', 'us')
    watching()
    await minutesPass(10)
    failing.add('us')
    await minutesPass(3)
    restarted()
    await minutesPass(10)
    const closed = (await told(house)).filter(({ type }) => type === 'reliability.day_closed')
    expect(short(closed).toSorted()).toEqual(['day_closed eu', 'day_closed us', 'day_closed whole'])
    expect(new Set(closed.map(({ payload }) => payload['digest'])).size).toBe(3)
    expect(await minutesAt(base('us'))).toBe(`${'g'.repeat(10)}${'b'.repeat(13)}`)
    const losses = short(await told(house)).filter((event) => event.startsWith('objective_lost'))
    expect(losses).toEqual(['objective_lost us', 'objective_lost us'])
  })

  it('what was counted of the app as a whole before stays counted against it', async () => {
    await start()
    await has('eu')
    watching()
    await minutesPass(10)
    failing.add('eu')
    await minutesPass(2)
    failing.clear()
    await has('eu', 'us')
    restarted()
    await minutesPass(1)
    // Two bad ones before, and a third now: the old address is the one that is over.
    failing.add('eu')
    await minutesPass(1)
    const events = await told(house)
    const lost = events.find(({ type, payload }) => type === 'reliability.objective_lost' && payload['window'] === 'PT20M')
    expect(lost?.payload).toMatchObject({ endpoint: base('eu'), good: 11, total: 14 })
    // The new one has the good minutes, and none of the bad ones that were another's.
    const us = await look(house, (desk) => desk.documents.get<ObjectivesDocument>(OBJECTIVES, APP))
    const of_us = Object.values(us ?? {}).filter((one) => one.told.endpoint === base('us') && one.told.window === 'PT20M')
    expect(of_us.map((one) => [one.told.total - one.told.good, one.lost_since])).toEqual([[0, null]])
    expect(await minutesAt('')).toBe('ggggggggggbbgb')
  })

  it('minutes of several that were counted as one before an update keep their meaning for each', async () => {
    await start()
    await has('eu', 'us')
    await look(house, (desk) =>
      recordMinutes(desk, {
        app: APP,
        indicator: AVAILABILITY,
        objectives: objectivesOf(watchedPack().catalogues),
        from: begins - 10,
        runs: [
          { kind: 'good', minutes: 7 },
          { kind: 'bad', minutes: 3 },
        ],
      }),
    )
    expect(short(await told(house))).toContain('objective_lost whole')
    watching()
    await minutesPass(1)
    const document = await look(house, (desk) => desk.documents.get<ObjectivesDocument>(OBJECTIVES, APP))
    const lost = Object.values(document ?? {}).filter((one) => one.told.window === 'PT20M' && one.lost_since !== null)
    expect(lost.map((one) => one.told.endpoint ?? 'whole').toSorted()).toEqual([base('eu'), base('us'), 'whole'].toSorted())
  })

  it('an endpoint that has lost its objective does not go with its address, and one that has not leaves', async () => {
    await start()
    await has('eu', 'us')
    watching()
    await minutesPass(12)
    failing.add('eu')
    await minutesPass(3)
    await has('us')
    restarted()
    await minutesPass(1)
    restarted()
    await minutesPass(1)
    expect(short(await told(house))).not.toContain('endpoint_left eu')
    watch.stop()
    failing.clear()
    await start()
    await has('eu', 'us')
    watching()
    await minutesPass(3)
    await has('us')
    restarted()
    await minutesPass(2)
    expect(short(await told(house))).toContain('endpoint_left eu')
    expect([await minutesAt(base('eu')), await minutesAt(base('us')), await minutesAt('')]).toEqual(['ggg', 'ggggg', 'ggggg'])
    const document = await look(house, (desk) => desk.documents.get<ObjectivesDocument>(OBJECTIVES, APP))
    expect(Object.values(document ?? {}).filter((one) => one.told.endpoint === base('eu'))).toEqual([])
    // It comes back with what it had, and what lies between was not seen.
    await has('eu', 'us')
    restarted()
    await minutesPass(1)
    expect(await minutesAt(base('eu'))).toBe('ggguug')
  })
})
