import { adoptProgrammes } from '../src/directory/adopting.ts'
import { APPS, type AppDocument } from '../src/directory/apps-view.ts'
import type { Acting } from '../src/enrolment/authorise.ts'
import type { Desk, House } from '../src/house.ts'
import type { JsonObject } from '../src/kernel/json.ts'
import { DAY_MS, type Instant } from '../src/kernel/time.ts'
import type { shiftedClock } from '../src/platform/clock.ts'
import { inForce } from '../src/programmes/load.ts'
import { holdWatch } from '../src/reliability/jobs.ts'
import { AVAILABILITY, recordMinutes } from '../src/reliability/minutes.ts'
import { objectivesOf } from '../src/reliability/objectives.ts'
import { healthUrl } from '../src/reliability/watch.ts'
import { minuteOf, type MinuteKind } from '../src/reliability/window.ts'
import { scanStream } from '../src/scanning/record.ts'
import { SCANS, type ScansDocument } from '../src/scanning/scans-view.ts'
import { sweep } from '../src/sweeping.ts'

const MACHINE: Acting = { kind: 'machine', name: 'demo' }

/**
 * Moves the demo's clock on, a day at most at a time. In the skipped time every app behaves as it does now, the watch keeps
 * watching, rules come into force on their day, and whatever falls due happens.
 */
export async function catchUp(house: House, clock: ReturnType<typeof shiftedClock>, milliseconds: number): Promise<void> {
  const behaviour = await behaviourNow(house)
  for (let left = milliseconds; left > 0; left -= DAY_MS) {
    const from = clock.now()
    // The running watch would settle the skipped minutes as unseen if it looked in between.
    await holdWatch(house, async () => {
      clock.advance(Math.min(left, DAY_MS))
      await adoptProgrammes(house)
      await watchOn(house, behaviour, from)
    })
    if (left >= DAY_MS) await scanOn(house)
    await sweep(house)
  }
}

/** What a probe of each watched app says at this moment; a flaky app is asked often enough to show. */
async function behaviourNow(house: House): Promise<ReadonlyMap<string, MinuteKind>> {
  const apps = await asDemo(house, (desk) => desk.documents.list<AppDocument>(APPS))
  const asked = apps.map(async ({ document }): Promise<readonly (readonly [string, MinuteKind])[]> => {
    const { app, base_urls, health_path, domains } = document
    const [base_url] = base_urls
    if (base_url === undefined || health_path === null || domains.length === 0) return []
    let good = true
    for (let time = 0; time < LOOKS && good; time++) {
      const url = healthUrl(base_url, health_path)
      const answer = await house.stranger.fetch({ url, ports: [Number(new URL(url).port)], limits: { total_ms: SLOWEST_MS } })
      good = answer.kind === 'answer' && answer.status === 200 && answer.phases.total_ms <= SLOWEST_MS
    }
    return [[app, good ? 'good' : 'bad']]
  })
  return new Map((await Promise.all(asked)).flat())
}

const LOOKS = 3
const SLOWEST_MS = 3_000

/** The minutes between then and now, as the watch would have counted them. */
async function watchOn(house: House, behaviour: ReadonlyMap<string, MinuteKind>, from: Instant): Promise<void> {
  const now = house.clock.now()
  const objectives = objectivesOf(house.packs.flatMap((pack) => inForce(pack, now) ?? [])).filter(
    ({ indicator }) => indicator === AVAILABILITY,
  )
  for (const [app, kind] of behaviour) {
    const minutes = minuteOf(now) - minuteOf(from)
    const given = { app, indicator: AVAILABILITY, objectives, from: minuteOf(from), runs: [{ kind, minutes }] }
    await asDemo(house, (desk) => recordMinutes(desk, given))
  }
}

/** A day's scan that says what the last one said. */
async function scanOn(house: House): Promise<void> {
  const scans = await asDemo(house, (desk) => desk.documents.list<ScansDocument>(SCANS))
  for (const { key: app, document } of scans) {
    const { last } = document
    if (last === null) continue
    const checks: JsonObject = Object.fromEntries(Object.entries(document.checks).map(([check, { outcome }]) => [check, outcome]))
    await asDemo(house, async (desk) => {
      const payload = {
        app,
        checks,
        evidence: [last.report],
        observed_at: desk.now,
        started_at: desk.now,
        descriptor: last.descriptor,
        consent: last.consent,
        report: last.report,
      }
      await desk.record([{ stream: scanStream(app), subject: app, type: 'scanning.scan_finished', payload }])
    })
  }
}

const asDemo = <T>(house: House, work: (desk: Desk) => Promise<T>): Promise<T> => house.act(MACHINE, 'read-app', {}, work)
