import { randomInt, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { bringDescriptor, readDescriptorAgain } from '../directory/registering.ts'
import type { Desk, House, Job } from '../house.ts'
import type { Digest, NewEvent } from '../kernel/event.ts'
import type { Json } from '../kernel/json.ts'
import { isRefused } from '../kernel/refused.ts'
import { keepEvidence, readEvidence } from '../platform/evidence.ts'
import { VERSION } from '../version.ts'
import { GENTLE } from './collectors/polite.ts'
import {
  appIn,
  claimScans,
  holds,
  planScans,
  releaseLease,
  scanAgainLater,
  scannedUntilTomorrow,
  scansArePaused,
  SCANNER,
  type Claimed,
} from './due.ts'
import { readFindings } from './deciding.ts'
import { countScan, evolveFindings, judgedWith, type Findings } from './finding.ts'
import { findingsStream } from './finding-events.ts'
import { readReport } from './last-scan.ts'
import { eventsOf } from './record.ts'
import { reportOf, type Report } from './report/report.ts'
import type { ScanResult } from './scan.ts'
import { SCANS, type ScansDocument } from './scans-view.ts'
import type { ScanOrder, Setup } from './worker/messages.ts'
import { scanWorker, WorkerFailed, type ScanWorker } from './worker/worker.ts'

/** Apps that are looked at in the same moment: most of a scan is waiting for a host's pace. */
const AT_ONCE = 64
const EVERY_MS = 2_000
const ONE_IN = 1_000_000
const LIMIT_MS = 120_000
const SECOND_LOOK_MS = 2_000

/**
 * The job that scans: each app daily, when it was registered or changed, and when somebody asks. Strangers are talked to in
 * a process of its own; what it found is written in one transaction with everything that follows from it.
 */
export function scanJob(given: {
  /** Certificates of an authority beside the usual ones, PEM. The demo's and tests' only. */
  readonly extra_ca?: string
  readonly politeness?: Setup['politeness']
  /** Where apps look up their host's keys with us; without it no call to them can be signed, and what needs one is inconclusive. */
  readonly host?: Setup['host']
  readonly worker?: (setup: Omit<Setup, 'kind'>) => ScanWorker
  readonly second_look_after_ms?: number
  readonly every_ms?: number
  readonly chance?: () => number
}): Job {
  let worker: ScanWorker | null = null
  let first = true
  const lease = randomUUID()
  const chance = given.chance ?? (() => randomInt(ONE_IN) / ONE_IN)

  function workerOf(house: House, signal: AbortSignal): ScanWorker {
    if (worker !== null) return worker
    const started = (given.worker ?? scanWorker)({
      user_agent: `Castellan-scan/${VERSION} (+${house.public_url()}/scan)`,
      allow_targets: house.test_targets,
      extra_ca: given.extra_ca ?? null,
      politeness: given.politeness ?? GENTLE,
      host: given.host ?? null,
      library_advisories: house.config.library_advisories,
      registrations: house.config.domain_registrations,
    })
    signal.addEventListener('abort', () => void started.stop(), { once: true })
    worker = started
    return started
  }

  return {
    name: 'scan apps',
    every_ms: given.every_ms ?? EVERY_MS,
    async run(house, signal) {
      const running = new Map<string, Promise<void>>()
      // What was held when this program last stopped: on a database of our own nobody else can be at it.
      if (first && house.database.engine === 'embedded') await asScanner(house, (unit) => releaseLease(unit, null))
      first = false
      const stop = new AbortController()
      const onAbort = (): void => stop.abort()
      signal.addEventListener('abort', onAbort, { once: true })
      try {
        for (;;) {
          const claimed = await asScanner(house, async (unit) => {
            await planScans(unit)
            if (await scansArePaused(unit)) {
              stop.abort()
              return []
            }
            return claimScans(unit, AT_ONCE - running.size, [...running.keys()], lease)
          })
          for (const one of claimed) {
            const work = scanOne(house, workerOf(house, signal), one, {
              signal: stop.signal,
              second_look_after_ms: given.second_look_after_ms ?? SECOND_LOOK_MS,
              chance,
            }).finally(() => running.delete(one.app))
            running.set(one.app, work)
          }
          if (running.size === 0) return
          // A scan that takes long keeps nobody else waiting.
          await Promise.race([...running.values(), sleep(EVERY_MS, undefined, { ref: false })])
          if (signal.aborted) return
        }
      } finally {
        stop.abort()
        signal.removeEventListener('abort', onAbort)
        await Promise.allSettled(running.values())
        if (running.size > 0 || signal.aborted) await asScanner(house, (unit) => releaseLease(unit, lease))
      }
    },
  }
}

const asScanner = <T>(house: House, work: Parameters<typeof house.act<T>>[3]): Promise<T> => house.act(SCANNER, 'scan-app', {}, work)

/** Reads the descriptor again, scans, records. A scan that came to nothing on our side is tried again later. */
async function scanOne(
  house: House,
  worker: ScanWorker,
  claimed: Claimed,
  how: { readonly signal: AbortSignal; readonly second_look_after_ms: number; readonly chance: () => number },
): Promise<void> {
  try {
    await readAgain(house, claimed.app)
    const order = await orderFor(house, claimed, how.second_look_after_ms)
    const result = await worker.scan(order, how.signal)
    await recordScan(house, claimed, result, how.chance())
  } catch (error) {
    if (how.signal.aborted) {
      await asScanner(house, (unit) => releaseApp(unit, claimed))
      return
    }
    if (!(error instanceof WorkerFailed) && !isRefused(error)) {
      house.log.error({ err: error, app: claimed.app }, 'a scan failed')
    }
    const told = error instanceof Error ? error.message : String(error)
    await asScanner(house, (unit) => scanAgainLater(unit, claimed, told))
  }
}

/** A scan that we stopped ourselves is not the app's business: it is due as before. */
async function releaseApp(unit: Parameters<typeof holds>[0], claimed: Claimed): Promise<void> {
  if (!(await holds(unit, claimed))) return
  await unit.sql
    .updateTable('scan_due')
    .set({ lease: null, leased_until: null })
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('subject', '=', claimed.app)
    .execute()
}

/** The descriptor at its address, before each scan. When it cannot be had or read, the scan itself tells so; the known one stays. */
async function readAgain(house: House, app: string): Promise<void> {
  const known = await asScanner(house, (unit) => appIn(unit, app))
  if (known?.source_url === null || known?.source_url === undefined) return
  try {
    await readDescriptorAgain(house, SCANNER, app, await bringDescriptor(house, known.source_url))
  } catch (error) {
    if (!isRefused(error)) throw error
    house.log.info({ app, told: error.message }, 'the descriptor could not be read again')
  }
}

async function orderFor(house: House, { app, only }: Claimed, second_look_after_ms: number): Promise<ScanOrder> {
  return asScanner(house, async (unit) => {
    const known = await appIn(unit, app)
    const evidence = known?.descriptor_evidence === null || known === null ? null : await readEvidence(unit, known.descriptor_evidence)
    const text = (evidence?.body as { readonly text?: unknown } | null | undefined)?.text
    if (known === null || typeof text !== 'string') throw new WorkerFailed(`the descriptor of ${app} is not kept any more`)
    return {
      text,
      digest: known.descriptor,
      source_url: known.source_url,
      base_urls: known.base_urls,
      proven_domains: known.domains,
      now: house.clock.now(),
      limit_ms: LIMIT_MS,
      second_look_after_ms,
      only,
    }
  })
}

/**
 * Writes a scan down: evidence, events with all that follows from them, and the next time, in one transaction. False when
 * the app was taken from us meanwhile (it changed, or we were too slow): then nothing is written, and whoever has it scans it.
 */
async function recordScan(house: House, claimed: Claimed, result: ScanResult, chance: number): Promise<boolean> {
  const { app } = claimed
  return asScanner(house, async (desk) => {
    if (!(await holds(desk, claimed))) return false
    const source = { by: SCANNER.name, version: VERSION }
    const piece = { subject: app, visibility: 'partner', source } as const
    const ids = await keepEvidence(
      desk,
      result.evidence.map(({ artifact, body }) => ({ ...piece, kind: `scan.${artifact}`, observed_at: result.finished_at, body })),
    )
    const kept = new Map<Digest, Digest>(result.evidence.flatMap(({ id }, place) => (ids[place] === undefined ? [] : [[id, ids[place]]])))
    const report = reportOf(result, kept)
    const before = await desk.documents.get<ScansDocument>(SCANS, app)
    const whole = claimed.only === null || before === null || before.last === null ? null : await readReport(desk, before.last.report)
    const body = JSON.parse(JSON.stringify(whole === null ? report : withAgain(whole, report))) as Json
    const [name] = await keepEvidence(desk, [{ ...piece, kind: 'scan', observed_at: result.finished_at, body }])
    if (name === undefined) throw new Error('evidence that was kept has no name')
    await desk.record(await followedFrom(desk, app, report, before, name))
    await scannedUntilTomorrow(desk, claimed, chance)
    return true
  })
}

/** The last report with the one check that was asked again in its place. */
function withAgain(whole: Report, again: Report): Report {
  const fresh = new Map(again.checks.map((judged) => [judged.check, judged]))
  const kept = whole.checks.map((judged) => fresh.get(judged.check) ?? judged)
  const more = again.checks.filter(({ check }) => !whole.checks.some((judged) => judged.check === check))
  return { ...again, checks: [...kept, ...more] }
}

/** All events of a finished scan: what it changed in the lives of findings, and each check's answer with what people decided. */
async function followedFrom(
  desk: Desk,
  app: string,
  report: Report,
  before: ScansDocument | null,
  name: Digest,
): Promise<readonly NewEvent[]> {
  const { findings } = await readFindings(desk, app)
  const facts = countScan(app, findings, report.checks, desk.now)
  const known = facts.reduce<Findings>((lives, fact) => evolveFindings(lives, { ...fact, at: desk.now }), findings)
  const checks = report.checks.map((judged) => ({ ...judged, ...judgedWith(judged, known, desk.now) }))
  return [
    ...facts.map(({ type, payload }): NewEvent => ({ stream: findingsStream(app), subject: app, type, payload })),
    ...eventsOf(app, { ...report, checks }, before?.checks ?? {}, name),
  ]
}
