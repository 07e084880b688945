// How many probes a CPU second buys: the best bare client of this runtime (node:http to a pinned address, a fresh connection
// each, status read, body drained), our prober (guard, limits, phases, judgement), and the whole watch with its storage.
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { request as secureRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext, rootCertificates } from 'node:tls'
import { testHouse } from '../server/test/house.ts'
import { watchedApps, watchedPack } from '../server/test/watched.ts'
import { appsView } from '../server/src/directory/apps-view.ts'
import { opaque } from '../server/src/kernel/flow.ts'
import { instant, MINUTE_MS } from '../server/src/kernel/time.ts'
import { systemClock } from '../server/src/platform/clock.ts'
import { pipeline } from '../server/src/platform/dispatch.ts'
import { strangerClient } from '../server/src/platform/net/stranger.ts'
import { openDatabase } from '../server/src/platform/sql/open.ts'
import { DEFAULT_PROBE_POLICY } from '../server/src/reliability/policy.ts'
import { probeJudged } from '../server/src/reliability/probers/judged.ts'
import { daysView, endpointsView, objectivesView } from '../server/src/reliability/view.ts'
import { watchOver } from '../server/src/reliability/watch.ts'
import { costOf, manyTimes, startTarget } from './target.mjs'

export const about =
  'probes over plain HTTP, a fresh connection each, 64 at once (the watch: 2,000 apps a minute, minutes as fast as they go)'
export const unit = 'CPU seconds per 1,000 probes'
export const decimals = 3
export const measure = ({ cpu_s, probes }) => (cpu_s * 1_000) / probes
export const tell = ({ cpu_s, wall_s, rss_mb, probes }) =>
  `${probes} probes, ${cpu_s.toFixed(2)} CPU s, ${wall_s.toFixed(2)} s, ${Math.round(probes / cpu_s)} probes per CPU s, ${Math.round(rss_mb)} MiB`

const PROBES = 6_000
const AT_ONCE = 64
const APPS = 2_000
const MINUTES = 3

export const contenders = { bare: bare, prober: prober, watch: watch }
export const run = (contender) => contender('http')

/** The floor: nothing but the request. */
export async function bare(scheme) {
  const target = await startTarget(scheme)
  const secureContext = createSecureContext({ ca: [...rootCertificates, target.ca] })
  const ask = scheme === 'https' ? secureRequest : request
  const { hostname, port, pathname } = new URL(target.url)
  const once = () =>
    new Promise((resolve, reject) => {
      const asked = ask({
        host: hostname,
        port,
        path: pathname,
        agent: false,
        secureContext,
        servername: '',
        headers: { host: `${hostname}:${port}`, connection: 'close' },
      })
      asked.on('response', (answer) => {
        if (answer.statusCode !== 200) reject(new Error(`answered ${answer.statusCode}`))
        answer.resume()
        answer.on('end', resolve)
      })
      asked.on('error', reject)
      asked.end()
    })
  return measured(target, once)
}

/** One probe as the watch makes it, without storage. */
export async function prober(scheme) {
  const target = await startTarget(scheme)
  const client = strangerClient({
    user_agent: 'Castellan bench',
    now: systemClock.now,
    extra_ca: target.ca,
    allow_targets: [`127.0.0.1:${target.port}`],
  })
  const { signal } = new AbortController()
  const given = {
    client,
    controls: { ask: async () => ({ asked: 2, heard: 2, named: true }) },
    standstill: { since: () => 0 },
    policy: DEFAULT_PROBE_POLICY,
    signal,
  }
  return measured(target, async () => {
    const tries = await probeJudged(target.url, given)
    if (tries.length !== 1 || tries[0]?.verdict !== 'good') throw new Error(`a probe was not good: ${JSON.stringify(tries)}`)
  })
}

async function measured(target, once) {
  await manyTimes(PROBES / 4, AT_ONCE, once)
  const cost = await costOf(() => manyTimes(PROBES, AT_ONCE, once))
  target.stop()
  return { ...cost, probes: PROBES }
}

/** The whole watch on the embedded database: due, probed, judged, counted against two objectives, written and synced. */
export async function watch(scheme) {
  const target = await startTarget(scheme)
  const folder = mkdtempSync(join(tmpdir(), 'castellan-bench-'))
  let now_ms = Math.ceil(Date.now() / MINUTE_MS) * MINUTE_MS + 50_000
  const clock = { now: () => instant(now_ms) }
  const database = await openDatabase({ clock, data_directory: folder })
  const house = await testHouse({ database, close: () => database.close() }, clock, {
    pipeline: pipeline([opaque(appsView), opaque(daysView), opaque(objectivesView), opaque(endpointsView)], []),
    packs: [watchedPack()],
    allow_targets: [`127.0.0.1:${target.port}`],
    extra_ca: target.ca,
  })
  const base_url = target.url.replace('/health', '')
  await watchedApps(
    house,
    Array.from({ length: APPS }, (_, n) => ({ app: `app-${n}`, base_urls: [base_url] })),
  )
  const watching = watchOver(house)
  const { signal } = new AbortController()
  const minute = async () => {
    now_ms += MINUTE_MS
    // As many at once as the watch allows itself: every tick starts what has room.
    for (let started = 0; started < APPS; started += 256) {
      await watching.tick(signal)
      await watching.answered()
    }
    await watching.tick(signal)
  }
  await minute()
  const cost = await costOf(async () => {
    for (let n = 0; n < MINUTES; n++) await minute()
  })
  const counted = await database.within({ marketplace: 'main', party: { kind: 'machine' } }, (unit) =>
    unit.sql
      .selectFrom('minute_count')
      .select((eb) => [eb.fn.sum('good').as('good')])
      .where('indicator', '=', 'availability')
      .executeTakeFirst(),
  )
  if (Number(counted?.good) !== APPS * (MINUTES + 1)) throw new Error(`${counted?.good} good minutes instead of ${APPS * (MINUTES + 1)}`)
  watching.stop()
  target.stop()
  await database.close()
  rmSync(folder, { recursive: true, force: true })
  return { ...cost, probes: APPS * MINUTES }
}
