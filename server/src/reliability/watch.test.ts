import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testClock, testHouse, type TestClock } from '../../test/house.ts'
import { ENGINES, freshPostgresql, type Opened } from '../../test/storage.ts'
import { watchedApps, watchedPack } from '../../test/watched.ts'
import { appsView } from '../directory/apps-view.ts'
import type { Desk, House } from '../house.ts'
import { brokenAt, type RecordedEvent } from '../kernel/event.ts'
import { opaque } from '../kernel/flow.ts'
import { HOUR_MS, instant, MINUTE_MS } from '../kernel/time.ts'
import { sha256 } from '../platform/crypto.ts'
import { pipeline } from '../platform/dispatch.ts'
import { openDatabase } from '../platform/sql/open.ts'
import { availabilityOf, windowOf } from './availability.ts'
import { AVAILABILITY, recordMinutes } from './minutes.ts'
import { objectivesOf } from './objectives.ts'
import { advanceSeries, runsOfDay, unseenSeries, type DayRun } from './series.ts'
import {
  ALERTS,
  alertsView,
  daysView,
  endpointsView,
  HERE,
  MASS_FAILURE,
  massFailureView,
  objectivesView,
  type AlertsDocument,
} from './view.ts'
import { healthUrl, kindOfAll, rosterOf, watchOver, type Watch } from './watch.ts'
import { DAY_MINUTES, minuteOf, startOfMinute, type Minute, type MinuteKind, type Run } from './window.ts'

const MACHINE = { kind: 'machine', name: 'test' } as const
const flow = pipeline(
  [opaque(appsView), opaque(daysView), opaque(objectivesView), opaque(endpointsView), opaque(alertsView), opaque(massFailureView)],
  [],
)
const OBJECTIVES = objectivesOf(watchedPack().catalogues)
const LETTER = { good: 'g', bad: 'b', unknown: 'u' } as const

/** An app of one address whose answer a test chooses, and two control targets that can be switched off. */
let app_server: Server
let answer: number | 'silence' = 200
let asked = 0
/** Apps that fail whatever `answer` says, by the path of their base URL. */
let failing: ReadonlySet<string> = new Set()
const controls: Server[] = []
let controls_answer = true
const port = (server: Server): number => (server.address() as AddressInfo).port

beforeAll(async () => {
  app_server = createServer((request, response) => {
    asked += 1
    if (answer === 'silence') request.socket.destroy()
    else response.writeHead(failing.has((request.url ?? '').split('/')[1] ?? '') ? 503 : answer).end()
  })
  for (let n = 0; n < 2; n++)
    controls.push(createServer((request, response) => void (controls_answer ? response.end() : request.socket.destroy())))
  for (const server of [app_server, ...controls]) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
})
afterAll(async () => {
  for (const server of [app_server, ...controls]) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})
beforeEach(() => {
  answer = 200
  controls_answer = true
  asked = 0
  failing = new Set()
})

const controlTargets = (): string => controls.map((server) => `http://127.0.0.1:${port(server)}/`).join(',')
const houseOn = (opened: Opened, clock: TestClock, marketplace: string): Promise<House> =>
  testHouse(opened, clock, {
    marketplace,
    pipeline: flow,
    packs: [watchedPack()],
    environment: { CONTROL_TARGETS: controlTargets() },
    allow_targets: [app_server, ...controls].map((server) => `127.0.0.1:${port(server)}`),
  })

const { signal } = new AbortController()

/** Lets a minute pass in full: everything due is asked, answered and written. */
async function minutePasses(watch: Watch, clock: TestClock): Promise<void> {
  clock.advance(MINUTE_MS)
  await watch.tick(signal)
  await watch.answered()
  await watch.tick(signal)
}

const look = <T>(house: House, work: (desk: Desk) => Promise<T>): Promise<T> => house.act(MACHINE, 'probe-app', {}, work)

/** Every minute of an app that storage holds, closed days and open ones. */
async function minutesOf(house: House, app: string): Promise<Map<Minute, MinuteKind>> {
  return look(house, async ({ sql, scope }) => {
    const found = new Map<Minute, MinuteKind>()
    const add = (minute: Minute, kind: MinuteKind): void => {
      if (found.has(minute)) throw new Error(`minute ${minute} is there twice`)
      found.set(minute, kind)
    }
    const of = { marketplace_id: scope.marketplace, subject: app, indicator: AVAILABILITY, target: '' }
    for (const { day, runs } of await sql
      .selectFrom('day_count')
      .selectAll()
      .where((eb) => eb.and(of))
      .execute()) {
      let minute = day * DAY_MINUTES
      for (const { kind, minutes } of runsOfDay(runs as unknown as readonly DayRun[])) for (let n = 0; n < minutes; n++) add(minute++, kind)
    }
    for (const { minute, good, total } of await sql
      .selectFrom('minute_count')
      .selectAll()
      .where((eb) => eb.and(of))
      .execute())
      add(minute, total === 0 ? 'unknown' : good === total ? 'good' : 'bad')
    return found
  })
}

const shortOf = (minutes: ReadonlyMap<Minute, MinuteKind>, from: Minute, to: Minute): string =>
  Array.from({ length: to - from }, (_, n) => LETTER[minutes.get(from + n) ?? 'unknown']).join('')

const sloEvents = (house: House, app: string): Promise<readonly RecordedEvent[]> => look(house, (desk) => desk.log.stream(`slo/${app}`))
const names = (events: readonly RecordedEvent[]): readonly string[] => events.map(({ type }) => type.slice('reliability.'.length))

describe.each(ENGINES)('the watch on $engine', ({ engine, open }) => {
  let opened: Opened
  let clock: TestClock
  let house: House
  let watch: Watch
  let begins: Minute
  let number = 0
  const APP = 'issue-templates'

  // Ten minutes to midnight, and fifty seconds into the minute, when everybody is due.
  const restart = async (): Promise<void> => {
    number += 1
    clock = testClock(instant(Date.parse('2026-11-24T23:40:50Z')))
    begins = minuteOf(clock.now()) + 1
    house = await houseOn(opened, clock, `m${number}`)
    await watchedApps(house, [{ app: APP, base_urls: [`http://127.0.0.1:${port(app_server)}`] }])
    watch = watchOver(house)
  }
  beforeAll(async () => {
    opened = await open(testClock())
  })
  beforeEach(restart)
  afterEach(() => watch.stop())
  afterAll(() => opened.close())

  it('asks once a minute and counts it good, whatever the ticks', async () => {
    for (let n = 0; n < 3; n++) {
      await minutePasses(watch, clock)
      await watch.tick(signal)
      await watch.tick(signal)
    }
    expect(shortOf(await minutesOf(house, APP), begins, begins + 3)).toBe('ggg')
    expect(asked).toBe(3)
  })

  it('does not ask before its place in the minute has come', async () => {
    clock.advance(10_000)
    await watch.tick(signal)
    expect(asked).toBe(0)
  })

  it('loses the objective in the very minute, with evidence, and regains it when the window says so', async () => {
    for (let n = 0; n < 12; n++) await minutePasses(watch, clock)
    answer = 503
    for (let n = 0; n < 3; n++) await minutePasses(watch, clock)
    expect(asked).toBe(12 + 2 * 3)
    const events = await sloEvents(house, APP)
    expect(names(events)).toEqual(['window_counted', 'objective_lost', 'objective_lost', 'alert_fired'])
    const lost = events.find(({ payload, type }) => type === 'reliability.objective_lost' && payload['window'] === 'PT20M')
    expect(lost?.payload).toMatchObject({ good: 12, total: 15, unknown: 5, expected: 20, to: startOfMinute(begins + 15) })
    const shown = await look(house, (desk) => availabilityOf(desk, APP, clock.now(), 28 * DAY_MINUTES))
    expect(lost?.payload['evidence']).toEqual([shown.last_failing?.id])
    expect(shown.last_failing?.body).toMatchObject([
      { reason: 'not_confirmed' },
      { verdict: 'bad', reason: 'status', status: 503, controls: { asked: 2, heard: 2 } },
    ])
    expect(shown.latest).toMatchObject([{ verdict: 'bad', reason: 'status', status: 503 }])
    answer = 200
    for (let n = 0; n < 19; n++) await minutePasses(watch, clock)
    const regained = (await sloEvents(house, APP)).find(
      ({ type, payload }) => type === 'reliability.objective_regained' && payload['window'] === 'PT20M',
    )
    expect(regained?.payload).toMatchObject({ good: 18, total: 20, to: startOfMinute(begins + 33) })
  })

  it('counts a failure as unknown while no control target answers, and takes nothing from anybody', async () => {
    for (let n = 0; n < 12; n++) await minutePasses(watch, clock)
    answer = 'silence'
    controls_answer = false
    for (let n = 0; n < 8; n++) await minutePasses(watch, clock)
    expect(shortOf(await minutesOf(house, APP), begins, begins + 20)).toBe('gggggggggggguuuuuuuu')
    expect(names(await sloEvents(house, APP))).not.toContain('objective_lost')
  })

  it('fires an alert once, over a restart as well, and ends it once', async () => {
    const alerts = async () => (await sloEvents(house, APP)).filter(({ type }) => type.startsWith('reliability.alert_'))
    for (let n = 0; n < 12; n++) await minutePasses(watch, clock)
    answer = 503
    for (let n = 0; n < 2; n++) await minutePasses(watch, clock)
    expect(await alerts()).toEqual([])
    await minutePasses(watch, clock)
    const [fired] = await alerts()
    expect(fired?.payload).toMatchObject({ tier: 'page', at: startOfMinute(begins + 15), counts: [{ minutes: 5, good: 2, total: 5 }, {}] })
    watch.stop()
    watch = watchOver(house)
    await minutePasses(watch, clock)
    expect(names(await alerts())).toEqual(['alert_fired'])
    expect(Object.keys((await look(house, (desk) => desk.documents.get<AlertsDocument>(ALERTS, APP)))?.open ?? {})).toHaveLength(1)
    answer = 200
    for (let n = 0; n < 5; n++) await minutePasses(watch, clock)
    watch.stop()
    watch = watchOver(house)
    for (let n = 0; n < 6; n++) await minutePasses(watch, clock)
    const told = await alerts()
    expect(names(told)).toEqual(['alert_fired', 'alert_resolved'])
    expect(told[1]?.payload).toMatchObject({ because: 'calm', fired_at: startOfMinute(begins + 15), at: startOfMinute(begins + 26) })
    expect((await look(house, (desk) => desk.documents.get<AlertsDocument>(ALERTS, APP)))?.open).toEqual({})
  })

  describe('when many apps fail in one minute while the controls answer', () => {
    const many = Array.from({ length: 20 }, (_, n) => `app-${n}`)
    const alarms = async () => names(await look(house, (desk) => desk.log.stream('watch/here')))
    const kinds = async (app: string, minutes: number) => shortOf(await minutesOf(house, app), begins, begins + minutes)
    beforeEach(async () => {
      await watchedApps(house, [
        { app: APP, base_urls: ['http://127.0.0.1:1'], domains: [] },
        ...many.map((app) => ({ app, base_urls: [`http://127.0.0.1:${port(app_server)}/${app}`] })),
      ])
      for (let n = 0; n < 2; n++) await minutePasses(watch, clock)
    })

    it('half of them are down: that is observed', async () => {
      failing = new Set(many.slice(0, 10))
      await minutePasses(watch, clock)
      expect([await kinds('app-0', 3), await kinds('app-10', 3)]).toEqual(['ggb', 'ggg'])
      expect(await alarms()).toEqual([])
    })

    it('more than half of them are not judged, the operator is told once, and once that it is over', async () => {
      failing = new Set(many.slice(0, 11))
      for (let n = 0; n < 3; n++) await minutePasses(watch, clock)
      expect([await kinds('app-0', 5), await kinds('app-19', 5)]).toEqual(['gguuu', 'ggggg'])
      expect((await look(house, (desk) => availabilityOf(desk, 'app-0', clock.now(), 28 * DAY_MINUTES))).latest).toMatchObject([
        { verdict: 'unknown', reason: 'mass_failure' },
      ])
      expect(await look(house, (desk) => desk.documents.get(MASS_FAILURE, HERE))).toEqual({
        since: startOfMinute(begins + 2),
        failing: 11,
        judged: 20,
      })
      watch.stop()
      watch = watchOver(house)
      await minutePasses(watch, clock)
      expect(await alarms()).toEqual(['mass_failure_seen'])
      failing = new Set(many.slice(0, 2))
      for (let n = 0; n < 2; n++) await minutePasses(watch, clock)
      expect(await alarms()).toEqual(['mass_failure_seen', 'mass_failure_over'])
      expect([await kinds('app-0', 8), await kinds('app-2', 8)]).toEqual(['gguuuubb', 'gguuuugg'])
      expect(await look(house, (desk) => desk.documents.get(MASS_FAILURE, HERE))).toBeNull()
    })

    it('those that had been down before do not count among them, and stay down', async () => {
      failing = new Set(many.slice(0, 9))
      await minutePasses(watch, clock)
      failing = new Set(many.slice(0, 14))
      for (let n = 0; n < 2; n++) await minutePasses(watch, clock)
      expect([await kinds('app-0', 5), await kinds('app-13', 5)]).toEqual(['ggbbb', 'gggbb'])
      expect(await alarms()).toEqual([])
    })

    it('a failure waits for the answers that decide it, and is counted in its own minute', async () => {
      failing = new Set(['app-0'])
      // Five seconds into the minute: three of the twenty have been asked.
      clock.advance(15_000)
      await watch.tick(signal)
      await watch.answered()
      await watch.tick(signal)
      expect([await kinds('app-0', 3), await kinds('app-3', 3)]).toEqual(['ggu', 'ggg'])
      clock.advance(45_000)
      await watch.tick(signal)
      await watch.answered()
      await watch.tick(signal)
      expect([await kinds('app-0', 3), await kinds('app-10', 3)]).toEqual(['ggb', 'ggg'])
    })
  })

  it('leaves minutes unknown when the clock jumps forward, and counts none twice when it is set back', async () => {
    for (let n = 0; n < 3; n++) await minutePasses(watch, clock)
    clock.advance(3 * MINUTE_MS)
    for (let n = 0; n < 2; n++) await minutePasses(watch, clock)
    clock.advance(-4 * MINUTE_MS)
    answer = 503
    for (let n = 0; n < 3; n++) await minutePasses(watch, clock)
    expect(shortOf(await minutesOf(house, APP), begins, begins + 8)).toBe('ggguuugg')
    answer = 200
    for (let n = 0; n < 2; n++) await minutePasses(watch, clock)
    expect(shortOf(await minutesOf(house, APP), begins, begins + 9)).toBe('ggguuuggg')
  })

  it('closes each day once, over restarts and over days that nobody watched', async () => {
    for (let n = 0; n < 18; n++) await minutePasses(watch, clock)
    watch.stop()
    watch = watchOver(house)
    for (let n = 0; n < 3; n++) await minutePasses(watch, clock)
    const midnight = await sloEvents(house, APP)
    expect(
      midnight
        .filter(({ type }) => type === 'reliability.day_closed')
        .map(({ payload }) => [payload['day'], payload['good'], payload['total'], payload['unknown']]),
    ).toEqual([['2026-11-24', 19, 19, DAY_MINUTES - 19]])
    watch.stop()
    clock.advance(50 * HOUR_MS)
    watch = watchOver(house)
    await minutePasses(watch, clock)
    await minutePasses(watch, clock)
    const days = (await sloEvents(house, APP)).filter(({ type }) => type === 'reliability.day_closed')
    expect(days.map(({ payload }) => [payload['day'], payload['total']])).toEqual([
      ['2026-11-24', 19],
      ['2026-11-25', 2],
      ['2026-11-26', 0],
    ])
    const shown = await look(house, (desk) => availabilityOf(desk, APP, clock.now(), 28 * DAY_MINUTES))
    expect(shown.days.map(({ day, total }) => [day, total])).toEqual([
      ['2026-11-24', 19],
      ['2026-11-25', 2],
      ['2026-11-26', 0],
      ['2026-11-27', 1],
    ])
  })

  it('asks again in the minute of a restart only what was not counted in it', async () => {
    watch.stop()
    watch = watchOver(house, 'the-same')
    await minutePasses(watch, clock)
    watch.stop()
    watch = watchOver(house, 'the-same')
    await watch.tick(signal)
    await watch.answered()
    expect(asked).toBe(1)
    clock.advance(MINUTE_MS)
    await watch.tick(signal)
    await watch.answered()
    // Answered, and not written: the next one asks for the same minute.
    watch.stop()
    watch = watchOver(house, 'the-same')
    await watch.tick(signal)
    await watch.answered()
    await watch.tick(signal)
    expect(asked).toBe(3)
    expect(shortOf(await minutesOf(house, APP), begins, begins + 2)).toBe('gg')
  })

  it('counts the same minutes once more when a transaction failed, neither lost nor doubled', async () => {
    await minutePasses(watch, clock)
    watch.stop()
    let failing = false
    const broken: House = {
      ...house,
      act: (who, act, on, work) =>
        house.act(who, act, on, async (desk) => {
          const done = await work(desk)
          if (failing) throw new Error('the disk is full')
          return done
        }),
    }
    watch = watchOver(broken)
    await watch.tick(signal)
    clock.advance(MINUTE_MS)
    await watch.tick(signal)
    await watch.answered()
    failing = true
    await expect(watch.tick(signal)).rejects.toThrow('the disk is full')
    await expect(watch.tick(signal)).rejects.toThrow('the disk is full')
    failing = false
    await watch.tick(signal)
    await minutePasses(watch, clock)
    expect(shortOf(await minutesOf(house, APP), begins, begins + 3)).toBe('ggg')
    expect(asked).toBe(3)
  })

  it('reads again when minutes were written beside it', async () => {
    await minutePasses(watch, clock)
    const runs: Run[] = [
      { kind: 'good', minutes: 30 },
      { kind: 'bad', minutes: 30 },
    ]
    await watch.hold(async () => {
      clock.advance(HOUR_MS)
      // The first of them is counted already and stays.
      const given = { app: APP, indicator: AVAILABILITY, objectives: OBJECTIVES, from: begins, runs }
      expect(await look(house, (desk) => recordMinutes(desk, given))).toBe(59)
    })
    await minutePasses(watch, clock)
    await minutePasses(watch, clock)
    expect(shortOf(await minutesOf(house, APP), begins, begins + 63)).toBe(`${'g'.repeat(30)}${'b'.repeat(30)}ugg`)
    expect(names(await sloEvents(house, APP))).toContain('objective_lost')
  })

  it('stops asking when consent is withdrawn, and the window empties by itself', async () => {
    for (let n = 0; n < 3; n++) await minutePasses(watch, clock)
    await watchedApps(house, [{ app: APP, base_urls: [`http://127.0.0.1:${port(app_server)}`], domains: [] }])
    watch.stop()
    watch = watchOver(house)
    for (let n = 0; n < 3; n++) await minutePasses(watch, clock)
    expect(asked).toBe(3)
    clock.advance(4 * 24 * HOUR_MS)
    await minutePasses(watch, clock)
    const told = await sloEvents(house, APP)
    expect(told.at(-1)?.payload['total']).toBe(0)
    clock.advance(3 * 24 * HOUR_MS)
    watch.stop()
    watch = watchOver(house)
    await minutePasses(watch, clock)
    expect(await sloEvents(house, APP)).toHaveLength(told.length)
  })

  it('lets a second watch on the same database stand by, and take over when the first is gone', async () => {
    if (engine === 'embedded') return
    await minutePasses(watch, clock)
    const second = watchOver(house)
    await second.tick(signal)
    await second.answered()
    expect(asked).toBe(1)
    clock.advance(MINUTE_MS)
    await second.tick(signal)
    await second.answered()
    await second.tick(signal)
    expect(asked).toBe(2)
    // The first one comes back and finds that it may not write.
    await watch.tick(signal)
    await watch.answered()
    await watch.tick(signal)
    clock.advance(MINUTE_MS)
    await second.tick(signal)
    await second.answered()
    await second.tick(signal)
    expect(shortOf(await minutesOf(house, APP), begins, begins + 3)).toBe('ggg')
    second.stop()
  })

  it('gives by runs what single minutes give, and windows equal a count by hand wherever they end', async () => {
    const kind = fc.constantFrom<MinuteKind>('good', 'good', 'bad', 'unknown')
    const runs = fc.array(fc.record({ kind, minutes: fc.integer({ min: 1, max: 700 }) }), { minLength: 1, maxLength: 8 })
    let run_number = 0
    await fc.assert(
      fc.asyncProperty(runs, fc.integer({ min: 1, max: 4 * DAY_MINUTES }), fc.nat(3 * DAY_MINUTES), async (given, window_minutes, ends) => {
        run_number += 1
        const [by_run, by_part] = [`run-${run_number}`, `part-${run_number}`]
        const from = begins
        const record = (app: string, at: Minute, part: readonly Run[]): Promise<unknown> =>
          look(house, (desk) => recordMinutes(desk, { app, indicator: AVAILABILITY, objectives: OBJECTIVES, from: at, runs: part }))
        await record(by_run, from, given)
        let at = from
        for (const { kind: one, minutes } of given) {
          const half = Math.floor(minutes / 2)
          if (half > 0) await record(by_part, at, [{ kind: one, minutes: half }])
          await record(by_part, at + half, [{ kind: one, minutes: minutes - half }])
          at += minutes
        }
        const minutes = await minutesOf(house, by_run)
        const hand = new Map(
          given.flatMap(({ kind: one, minutes: count }, place) => {
            const start = from + given.slice(0, place).reduce((sum, run) => sum + run.minutes, 0)
            return Array.from({ length: count }, (_, n) => [start + n, one] as const)
          }),
        )
        expect(shortOf(minutes, from, at)).toBe(shortOf(hand, from, at))
        expect(shortOf(await minutesOf(house, by_part), from, at)).toBe(shortOf(hand, from, at))
        const told = async (app: string) =>
          (await sloEvents(house, app)).map(({ type, payload }) => ({ type, payload: { ...payload, app: '', digest: '' } }))
        expect(await told(by_part)).toEqual(await told(by_run))
        const to = from + ends
        const counts = await look(house, (desk) => windowOf(desk, by_run, startOfMinute(to), AVAILABILITY, window_minutes))
        const inside = [...hand].filter(([minute]) => minute >= to - window_minutes && minute < to)
        expect(counts).toMatchObject({
          good: inside.filter(([, one]) => one === 'good').length,
          total: inside.filter(([, one]) => one !== 'unknown').length,
          expected: window_minutes,
        })
      }),
      { numRuns: 12 },
    )
  })
})

describe.each(ENGINES)('a watch that is killed, on $engine', ({ engine }) => {
  it('loses no minute that was written and doubles none, and tells what it would have told unharmed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'castellan-watch-'))
    const postgresql = engine === 'postgresql' ? await freshPostgresql() : null
    const url = postgresql === null ? '' : postgresql.url.replace('127.0.0.1', '127.0.0.1')
    const storage = { clock: testClock(), data_directory: folder, database_url: postgresql === null ? undefined : url }
    const APPS_WATCHED = ['one', 'two', 'three']
    // A quarter of an hour before midnight, so that a day is closed among the kills.
    const begins = minuteOf(instant(Date.parse('2026-11-24T23:45:00Z')))
    try {
      const first = await openDatabase(storage)
      const house = await testHouse({ database: first, close: () => first.close() }, testClock(), { pipeline: flow })
      await watchedApps(
        house,
        APPS_WATCHED.map((app) => ({ app, base_urls: [`http://127.0.0.1:${port(app_server)}/${app}`] })),
      )
      await first.close()
      const acked = new Map<string, MinuteKind>()
      let next = begins
      for (let kills = 0; kills < 3; kills++) {
        const wanted = 6 + kills * 4
        const child = fork(
          join(import.meta.dirname, '../../test/watch-process.ts'),
          [folder, url, controlTargets(), `127.0.0.1:${port(app_server)}`, String(next)],
          { env: { PATH: process.env['PATH'] ?? '' }, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
        )
        let told = 0
        child.on(
          'message',
          ({
            minute,
            rows,
          }: {
            readonly minute: number
            readonly rows: readonly { readonly subject: string; readonly good: number; readonly total: number }[]
          }) => {
            told += 1
            answer = minute % 3 === 0 ? 503 : 200
            next = minute + 1
            for (const { subject, good, total } of rows)
              acked.set(`${subject}/${minute}`, total === 0 ? 'unknown' : good === 1 ? 'good' : 'bad')
            if (told >= wanted) child.kill('SIGKILL')
          },
        )
        const [code, signal_name] = (await once(child, 'exit')) as [number | null, string | null]
        expect([code, signal_name]).toEqual([null, 'SIGKILL'])
        expect(told).toBeGreaterThanOrEqual(wanted)
        // On PostgreSQL the dead watch's pen is waited for; the next one starts after it, and the gap is unknown.
        next += engine === 'postgresql' ? 2 : kills % 2
      }
      const database = await openDatabase({ ...storage, clock: testClock(startOfMinute(next)) })
      const again = await testHouse({ database, close: () => database.close() }, testClock(startOfMinute(next)), { pipeline: flow })
      try {
        expect(brokenAt(await look(again, (desk) => desk.log.after(0, 100_000)), sha256)).toBeNull()
        expect(acked.size).toBeGreaterThanOrEqual(3 * (6 + 10 + 14) - 3)
        for (const app of APPS_WATCHED) {
          const minutes = await minutesOf(again, app)
          for (const [key, kind] of acked)
            if (key.startsWith(`${app}/`)) expect([key, minutes.get(Number(key.split('/')[1]))]).toEqual([key, kind])
          const events = await sloEvents(again, app)
          const series = unseenSeries({ app, indicator: AVAILABILITY, target: '', endpoint: '' }, OBJECTIVES, begins)
          const last = Math.max(...minutes.keys())
          const unharmed = Array.from({ length: last + 1 - begins }, (_, n) =>
            advanceSeries(series, minutes.get(begins + n) ?? 'unknown', 1, sha256),
          ).flatMap((one) => one.events)
          const plain = (list: readonly Pick<RecordedEvent, 'type' | 'payload'>[]) =>
            list.map(({ type, payload }) => ({ type, payload: { ...payload, evidence: [] } }))
          expect(plain(events)).toEqual(plain(unharmed))
          expect(events.filter(({ type }) => type === 'reliability.day_closed')).toHaveLength(1)
        }
      } finally {
        await database.close()
      }
    } finally {
      await postgresql?.drop()
      rmSync(folder, { recursive: true, force: true })
    }
  }, 120_000)
})

describe('who is asked, and where', () => {
  const known = {
    app: 'a',
    base_urls: ['https://app.example.com/jira/', 'https://eu.example.com'],
    health_path: '/health',
    domains: ['example.com'],
  }

  it('under each base URL on a proven domain', () => {
    expect(rosterOf([known])[0]?.endpoints.map(({ url }) => url)).toEqual([
      'https://app.example.com/jira/health',
      'https://eu.example.com/health',
    ])
    expect(rosterOf([{ ...known, base_urls: [...known.base_urls, 'https://elsewhere.example.org'] }])[0]?.endpoints).toHaveLength(2)
  })

  it.each([
    ['without a health path', { health_path: null }],
    ['without consent', { domains: [] }],
    ['whose base URL lies elsewhere than the proven domain', { base_urls: ['https://victim.example.org'] }],
  ])('nobody %s', (_, given) => expect(rosterOf([{ ...known, ...given }])).toEqual([]))

  it('spreads apps over the minute and leaves room at its end', () => {
    const many = rosterOf(Array.from({ length: 2_000 }, (_, n) => ({ ...known, app: `app-${n}` })))
    const seconds = Array.from({ length: 45 }, (_, second) => many.filter(({ phase_ms }) => Math.floor(phase_ms / 1_000) === second).length)
    expect(Math.max(...seconds)).toBeLessThan(90)
    expect(Math.min(...seconds)).toBeGreaterThan(15)
    expect(many.every(({ phase_ms }, place) => phase_ms < 45_000 && (many[place - 1]?.phase_ms ?? 0) <= phase_ms)).toBe(true)
  })

  it.each([
    ['https://a.example.com', '/health', 'https://a.example.com/health'],
    ['https://a.example.com/base/', 'health', 'https://a.example.com/base/health'],
  ])('%s and %s are %s', (base, path, url) => expect(healthUrl(base, path)).toBe(url))

  it.each([
    [['good', 'good'], 'good'],
    [['good', 'bad'], 'bad'],
    [['unknown', 'bad'], 'bad'],
    [['good', 'unknown'], 'unknown'],
    [[], 'unknown'],
  ] as const)('%j as a whole is %s', (kinds, whole) => expect(kindOfAll(kinds)).toBe(whole))
})
