import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { APPS, type AppDocument } from '../directory/apps-view.ts'
import type { Desk, House, Job } from '../house.ts'
import { canonical } from '../kernel/canonical.ts'
import type { Digest, NewEvent } from '../kernel/event.ts'
import { after, between, DAY_MS, HOUR_MS, MINUTE_MS } from '../kernel/time.ts'
import { eraseEvidence, keepEvidence } from '../platform/evidence.ts'
import { guardOf, type Guard } from '../platform/net/guard.ts'
import { domainOf } from '../platform/net/stranger.ts'
import { runBrowser } from './runners/browser.ts'
import { claimRuns, holdsRun, releaseRuns, runAgainAt, secretsOf, type ClaimedRun } from './due.ts'
import { runHttp } from './runners/http.ts'
import type { Journey } from './journey.ts'
import type { JourneyKnown } from './journeys-view.ts'
import { tellRollout } from './rolling-out.ts'
import { withoutSecrets, type JourneyRun, type RunGiven } from './run.ts'
import { browserFor, type SandboxLimits } from '../platform/sandbox/bubblewrap.ts'
import { knownJourneys, ofApp, readStated, stateOf } from './stating.ts'

const RUNNER = { kind: 'machine', name: 'journeys' } as const
/** A browser takes half a gigabyte and a core. */
const AT_ONCE = 2
const EVERY_MS = 5_000
/** Nothing to run, or not now. */
const NOT_NOW_MS = HOUR_MS
/** A run that was cut off by us. */
const SOON_MS = 5 * MINUTE_MS
const COUNTED_EVERY_MS = 30 * DAY_MS

/** The job that runs journeys: each when it is due, at each of its instances, and a failing one twice before it counts. */
export function journeysJob(given: {
  /** Tests only: smaller walls. */
  readonly limits?: SandboxLimits
  readonly guard?: (house: House) => Guard
  readonly every_ms?: number
}): Job {
  const lease = randomUUID()
  let first = true
  return {
    name: 'run journeys',
    every_ms: given.every_ms ?? EVERY_MS,
    async run(house, signal) {
      // What was held when this program last stopped: on a database of our own nobody else can be at it.
      if (first && house.database.engine === 'embedded') await asRunner(house, (desk) => releaseRuns(desk, null))
      first = false
      const guard = given.guard?.(house) ?? guardOf({ allow_targets: house.test_targets })
      const running = new Set<Promise<void>>()
      try {
        for (;;) {
          const claimed = await asRunner(house, (desk) => claimRuns(desk, AT_ONCE - running.size, lease))
          for (const one of claimed) {
            const work = runOne(house, one, { guard, signal, limits: given.limits }).finally(() => running.delete(work))
            running.add(work)
          }
          if (running.size === 0) return
          await Promise.race([...running, sleep(EVERY_MS, undefined, { ref: false })])
          if (signal.aborted) return
        }
      } finally {
        await Promise.allSettled(running)
        if (signal.aborted) await asRunner(house, (desk) => releaseRuns(desk, lease))
      }
    },
  }
}

const asRunner = <T>(house: House, work: (desk: Desk) => Promise<T>): Promise<T> => house.act(RUNNER, 'run-journey', {}, work)

type Order = {
  readonly known: JourneyKnown
  readonly journey: Journey
  readonly secrets: { readonly [name: string]: string }
  readonly domains: readonly string[]
}

async function runOne(
  house: House,
  claimed: ClaimedRun,
  given: { readonly guard: Guard; readonly signal: AbortSignal; readonly limits: SandboxLimits | undefined },
): Promise<void> {
  const order = await asRunner(house, (desk) => orderFor(desk, claimed))
  if (order === null) {
    await asRunner(house, async (desk) => {
      if (await holdsRun(desk, claimed)) await runAgainAt(desk, claimed, after(desk.now, NOT_NOW_MS))
    })
    return
  }
  const once = (): Promise<JourneyRun> => run(house, claimed, order, given)
  const tried = await once()
  // A failing run is tried once more before it counts, since a browser and a network have their own bad moments.
  const done = tried.outcome === 'fail' && !given.signal.aborted ? await once() : tried
  await asRunner(house, (desk) => recordRun(desk, claimed, order, done))
}

async function orderFor(desk: Desk, { app, journey, instance }: ClaimedRun): Promise<Order | null> {
  const known = (await knownJourneys(desk, app)).journeys[journey]
  const described = await desk.documents.get<AppDocument>(APPS, app)
  if (known === undefined || described === null || described.domains.length === 0) return null
  const read = await readStated(desk, known)
  if (read?.instances[instance] === undefined) return null
  return { known, journey: read, secrets: await secretsOf(desk, app, journey), domains: described.domains }
}

async function run(
  house: House,
  { instance }: ClaimedRun,
  { journey, secrets, domains }: Order,
  given: { readonly guard: Guard; readonly signal: AbortSignal; readonly limits: SandboxLimits | undefined },
): Promise<JourneyRun> {
  const at = journey.instances[instance]
  const order: RunGiven = {
    base_url: at?.base_url ?? '',
    variables: { ...at?.variables, ...secrets },
    allows: scopeOf(house, domains),
    signal: given.signal,
  }
  const done =
    journey.http === undefined
      ? await runBrowser(journey.browser?.files ?? {}, {
          ...order,
          guard: given.guard,
          browser: browserFor(house.config.chromium),
          ...(given.limits === undefined ? {} : { limits: given.limits }),
        })
      : await runHttp(journey.http.steps, { ...order, client: house.stranger })
  return { ...done, told: withoutSecrets(done.told, Object.values(secrets)) }
}

/** The app's own proven domains, and the host's that the operator names. */
function scopeOf(house: House, domains: readonly string[]): (url: URL) => boolean {
  const allowed = new Set([...domains.map((name) => domainOf(name)), ...house.config.host_domains.map((name) => domainOf(name))])
  return (url) => allowed.has(domainOf(url.hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '')))
}

/** Writes a run down with what shows it. Nothing is written of a journey that was stated anew or taken back meanwhile. */
async function recordRun(desk: Desk, claimed: ClaimedRun, { known }: Order, done: JourneyRun): Promise<void> {
  const { app, journey, instance, rollout } = claimed
  if (!(await holdsRun(desk, claimed))) return
  const pause = done.reason === 'interrupted' ? SOON_MS : known.every_minutes * MINUTE_MS
  await runAgainAt(desk, claimed, after(desk.now, pause))
  const { outcome, reason, duration_ms } = done
  const evidence = await keepRun(desk, claimed, done)
  const ran = ofApp({ type: 'journeys.ran', payload: { app, journey, instance, outcome, reason, duration_ms, rollout, evidence } })
  const before = await knownJourneys(desk, app)
  const kept = before.journeys[journey]
  if (kept === undefined || canonical([...kept.evidence]) !== canonical([...known.evidence])) return
  await desk.record([ran])
  await letGoOfOld(desk, app, journey)
  await desk.record(await counted(desk, app, evidence))
  if (rollout !== null) await tellRollout(desk, rollout, app, journey)
}

async function keepRun(
  desk: Desk,
  { app, journey, instance }: ClaimedRun,
  { told, attachments, outcome }: JourneyRun,
): Promise<readonly Digest[]> {
  const piece = { subject: app, observed_at: desk.now, source: { by: RUNNER.name, journey, instance }, visibility: 'partner' } as const
  return keepEvidence(desk, [
    { ...piece, kind: 'journey.run', body: told },
    // Of a run that passed nothing needs a picture.
    ...(outcome === 'fail' ? attachments : []).map(({ name, media_type, bytes }) => ({
      ...piece,
      kind: 'journey.file',
      body: { name, media_type, base64: Buffer.from(bytes).toString('base64') },
    })),
  ])
}

/** Erases what no remembered run cites any more. Asked of storage: two runs that end at once both make room. */
async function letGoOfOld(desk: Desk, app: string, journey: string): Promise<void> {
  const cited = new Set(Object.values((await knownJourneys(desk, app)).journeys[journey]?.runs ?? []).flatMap(({ evidence }) => evidence))
  const kept = await desk.sql
    .selectFrom('evidence')
    .select('evidence_id')
    .where('marketplace_id', '=', desk.scope.marketplace)
    .where('subject', '=', app)
    .where('kind', 'in', ['journey.run', 'journey.file'])
    .where(sql<string>`source ->> 'journey'`, '=', journey)
    .where('erased_at', 'is', null)
    .execute()
  // The guarantee of the cast: `keepEvidence` names evidence by digests.
  const old = kept.map(({ evidence_id }) => evidence_id).filter((name) => !cited.has(name as Digest))
  await eraseEvidence(desk, old)
}

async function counted(desk: Desk, app: string, evidence: readonly Digest[]): Promise<readonly NewEvent[]> {
  const document = await knownJourneys(desk, app)
  const state = stateOf(document.journeys)
  const before = document.counted
  if (before?.state === state && between(before.at, desk.now) < COUNTED_EVERY_MS) return []
  if (before === null && state === 'stopped') return []
  return [ofApp({ type: 'journeys.counted', payload: { app, state, evidence } })]
}
