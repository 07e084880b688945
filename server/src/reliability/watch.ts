import { performance } from 'node:perf_hooks'
import { APPS, type AppDocument } from '../directory/apps-view.ts'
import { domainsOf } from '../directory/domain-proof.ts'
import type { Acting } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import type { NewEvent } from '../kernel/event.ts'
import { after, ms, MINUTE_MS, type Instant } from '../kernel/time.ts'
import { newId } from '../platform/clock.ts'
import type { NewEvidence } from '../platform/evidence.ts'
import type { Unit } from '../platform/sql/database.ts'
import { inForce } from '../programmes/load.ts'
import {
  AVAILABILITY,
  AVAILABILITY_LATENCY,
  PROBE_EVIDENCE,
  readPen,
  readSeries,
  seriesIn,
  takePen,
  writeCounted,
  type Counted,
} from './minutes.ts'
import { lastJudged } from './alerts.ts'
import type { EndpointEvent, MassFailureEvent } from './events.ts'
import { massOf, tallied, type MassVerdict, type Tally } from './mass-failure.ts'
import { objectivesOf, sloStream, type Objective } from './objectives.ts'
import { phaseOf } from './phase.ts'
import { probePolicyOf } from './policy.ts'
import { controlsOf, type Controls } from './probers/controls.ts'
import { probeJudged, type JudgedExchange } from './probers/judged.ts'
import { startStandstill, type Standstill } from './probers/standstill.ts'
import { objectivesKey, targetOf, unseenSeries, type Series } from './series.ts'
import { ENDPOINTS, HERE, MASS_FAILURE, type EndpointsDocument, type MassFailureDocument } from './view.ts'
import type { ProbePolicy } from './verdict.ts'
import { minuteOf, startOfMinute, type Minute, type MinuteKind } from './window.ts'

/**
 * The watch: asks every app that gave its consent once a minute, each at its own place in the minute, and counts. It keeps
 * no timetable of its own: what is due follows from the house's clock, so a moved clock, a restart or a night switched off
 * leave minutes that nobody looked at, and those are unknown. A minute is counted once, whatever the clock does.
 */
export type Watch = {
  /** Starts what is due, writes what has come back, and settles minutes that are over. Called every second. */
  readonly tick: (signal: AbortSignal) => Promise<void>
  /** Waits for the answers that are on their way. */
  readonly answered: () => Promise<void>
  /** Keeps the watch from counting while something else moves the clock or writes minutes. */
  readonly hold: <T>(work: () => Promise<T>) => Promise<T>
  readonly stop: () => void
}

const WATCH: Acting = { kind: 'machine', name: 'reliability.watch' }

/** Apps are spread over this part of a minute; the rest is left for two slow answers in a row. */
const SPREAD_MS = 45_000
/** A minute is settled when its last answers cannot be on their way any more. */
const SETTLE_MS = 10_000
/** Connections open at once. Beyond it apps wait, and those that their minute runs out on were not seen. */
const PROBES_AT_ONCE = 256
/** How often the list of apps and the rules in force are read again. */
const ROSTER_EVERY_MS = 15_000
/** A second watch on one database stands by as long as the first one's pen is held. */
const PEN_FOR_MS = 30_000
/** Results that could not be written are kept this long; older minutes stay unseen. */
const RESULTS_KEPT_MINUTES = 10
const SAMPLES_KEPT_HOURS = 48
const PRUNE_EVERY_MS = 15 * MINUTE_MS

type RosterEntry = { readonly app: string; readonly endpoints: readonly Endpoint[]; readonly phase_ms: number }

/** A base URL, and the address under it that is asked. */
type Endpoint = { readonly endpoint: string; readonly url: string }

/** What a minute was: of the app as a whole, and of each endpoint. */
type Result = {
  readonly app: string
  readonly minute: Minute
  readonly kind: MinuteKind
  readonly parts: readonly ResultPart[]
}

type ResultPart = { readonly endpoint: string; readonly kind: MinuteKind; readonly exchanges: readonly JudgedExchange[] }

/**
 * Series in memory by `seriesIn`, in step with storage until a transaction fails or somebody else writes. An app of one base
 * URL has one series; an app of several has one for each of them besides.
 */
type Book = {
  readonly availability: Map<string, Series>
  readonly latency: readonly { readonly bound: number; readonly series: Map<string, Series> }[]
}

/** Starts a watch over a house. `holder` names it among others on the same database. */
export function watchOver(house: House, holder = newId('watch')): Watch {
  const standstill: Standstill = startStandstill()
  const controls: Controls = controlsOf(house.operator, house.config.control_targets)
  const in_flight = new Map<string, Promise<void>>()
  let turn: Promise<unknown> = Promise.resolve()
  let book: Book | null = null
  let objectives: readonly Objective[] = []
  let roster: readonly RosterEntry[] = []
  let cursor: { minute: Minute; next: number } = { minute: -1, next: 0 }
  let results: Result[] = []
  /** Failures of minutes in which most apps may yet turn out to fail, and what came after them. */
  let held: readonly Result[] = []
  const tallies = new Map<Minute, Tally>()
  /** Since when most apps fail together, and which minute said so last. */
  let mass: MassTold = { since: null, at: null }
  let settled: Minute = -1
  let read_ms = Number.NEGATIVE_INFINITY
  let pruned_ms = Number.NEGATIVE_INFINITY
  let pen_until: Instant | null = null

  /** Reads apps and rules; new ones are watched from now on. */
  async function refresh(now: Instant): Promise<void> {
    const asked = objectivesOf(house.packs.flatMap((pack) => inForce(pack, now) ?? [])).filter(({ indicator }) => WATCHED.has(indicator))
    if (objectivesKey(asked) !== objectivesKey(objectives)) {
      objectives = asked
      book = null
    }
    const moved = await house.act(WATCH, 'probe-app', {}, async (desk) => {
      roster = rosterOf((await desk.documents.list<AppDocument>(APPS)).map(({ document }) => document))
      // Whoever stands by tells nothing.
      return book !== null && (await readPen(desk))?.holder === holder ? tellEndpoints(desk, now, roster, book) : false
    })
    // Series that begin, or that nobody asks for any more: read again with what they inherit.
    if (moved) book = null
    if (book !== null) for (const { app } of roster) addApp(book, app, minuteOf(now))
    read_ms = performance.now()
  }

  function addApp(to: Book, app: string, minute: Minute): void {
    if (to.availability.has(app)) return
    const add = (series: Map<string, Series>, indicator: string, bound: number | null): void => {
      const name = { app, indicator, target: targetOf(bound), endpoint: '' }
      series.set(
        app,
        unseenSeries(
          name,
          objectives.filter((one) => one.indicator === indicator && one.good_when_at_most === bound),
          minute,
        ),
      )
    }
    add(to.availability, AVAILABILITY, null)
    for (const { bound, series } of to.latency) add(series, AVAILABILITY_LATENCY, bound)
  }

  /** Reads all series and takes the pen; null while another watch holds it. */
  async function open(now: Instant): Promise<Book | null> {
    return house.act(WATCH, 'probe-app', {}, async (desk) => {
      const pen = await readPen(desk)
      const foreign = pen !== null && pen.holder !== holder && pen.until > now
      // The embedded database has one process; a pen that a killed one left behind is nobody's.
      if (foreign && house.database.engine === 'postgresql') return null
      await writePen(desk, now)
      const since = (await desk.documents.get<MassFailureDocument>(MASS_FAILURE, HERE))?.since ?? null
      mass = { since, at: since ?? mass.at }
      const begins = minuteOf(now)
      await tellEndpoints(desk, now, roster, null)
      const opened = await readBook(desk, begins)
      // What has lost nothing may leave, and that is seen only once it was read.
      return (await tellEndpoints(desk, now, roster, opened)) ? readBook(desk, begins) : opened
    })
  }

  async function readBook(desk: Desk, begins: Minute): Promise<Book> {
    const read = (indicator: string, target: string): Promise<Map<string, Series>> =>
      readSeries(desk, { indicator, target, objectives, apps: null, begins })
    const bounds = [
      ...new Set(
        objectives.flatMap((one) =>
          one.indicator === AVAILABILITY_LATENCY && one.good_when_at_most !== null ? [one.good_when_at_most] : [],
        ),
      ),
    ]
    const latency: { bound: number; series: Map<string, Series> }[] = []
    for (const bound of bounds) latency.push({ bound, series: await read(AVAILABILITY_LATENCY, targetOf(bound)) })
    const opened: Book = { availability: await read(AVAILABILITY, ''), latency }
    for (const { app } of roster) addApp(opened, app, begins)
    return opened
  }

  async function writePen(unit: Unit, now: Instant): Promise<void> {
    pen_until = after(now, PEN_FOR_MS)
    await takePen(unit, { holder, until: pen_until })
  }

  function startDue(now: Instant, signal: AbortSignal, of: Book): void {
    const minute = minuteOf(now)
    const into_ms = ms(now) % MINUTE_MS
    // Those that the last minute did not get to were not seen in it.
    if (minute !== cursor.minute) cursor = { minute, next: 0 }
    if (!tallies.has(minute)) tallies.set(minute, tallyOf(of, roster, minute))
    for (const known of tallies.keys()) if (Math.abs(known - minute) > RESULTS_KEPT_MINUTES) tallies.delete(known)
    const policy = probePolicyOf(house.packs, now)
    for (; cursor.next < roster.length && in_flight.size < PROBES_AT_ONCE; cursor.next++) {
      const entry = roster[cursor.next]
      if (entry === undefined || entry.phase_ms > into_ms) return
      const { app, endpoints } = entry
      const series = of.availability.get(app)
      // Counted before a restart, or before the clock was set back; or the last probe is still out.
      if (series === undefined || series.to > minute || in_flight.has(app)) continue
      in_flight.set(app, ask(app, endpoints, minute, policy, signal))
    }
  }

  async function ask(app: string, endpoints: readonly Endpoint[], minute: Minute, policy: ProbePolicy, signal: AbortSignal): Promise<void> {
    try {
      const given = { client: house.stranger, controls, standstill, policy, signal }
      const parts = await Promise.all(
        endpoints.map(async ({ endpoint, url }): Promise<ResultPart> => {
          const exchanges = await probeJudged(url, given)
          return { endpoint, kind: exchanges.at(-1)?.verdict ?? 'unknown', exchanges }
        }),
      )
      // What ends because we stop is no observation.
      if (!signal.aborted) results.push({ app, minute, kind: kindOfAll(parts.map(({ kind }) => kind)), parts })
    } catch (error) {
      house.log.error({ err: error, app }, 'a probe failed by our own fault; its minute stays unseen')
    } finally {
      in_flight.delete(app)
    }
  }

  async function write(now: Instant, of: Book): Promise<void> {
    const incoming = [...held, ...results]
    results = []
    const over = minuteOf(after(now, -SETTLE_MS))
    for (const { app, minute, kind } of incoming) tallies.get(minute)?.kinds.set(app, kind)
    const verdicts = new Map([...tallies].map(([minute, tally]) => [minute, massOf(tallied(tally), over > minute)]))
    const { told: batch, held: waiting } = guarded(incoming, verdicts)
    held = waiting
    const alarm = alarmOf([...tallies.values()], verdicts, mass)
    const counted = [...countedOf(of, batch), ...(over > settled ? unseenOf(of, over, [...batch, ...held]) : [])]
    const pen_is_old = pen_until === null || pen_until < after(now, PEN_FOR_MS / 2) || pen_until > after(now, PEN_FOR_MS)
    if (batch.length === 0 && counted.length === 0 && alarm === null && !pen_is_old) {
      settled = over
      return
    }
    try {
      const evidence = evidenceOf(of, batch)
      await house.act(WATCH, 'probe-app', {}, async (desk) => {
        const pen = await readPen(desk)
        if (pen?.holder !== holder) throw new PenLost()
        if (pen_is_old) await writePen(desk, now)
        await writeSamples(desk, batch)
        await writeCounted(desk, counted, evidence)
        if (alarm !== null) await desk.record([{ stream: `watch/${HERE}`, subject: null, ...alarm }])
      })
      settled = over
      if (alarm !== null) {
        const { at } = alarm.payload
        mass = { since: alarm.type === 'reliability.mass_failure_seen' ? at : null, at }
        house.log.warn(alarm, 'most apps began to fail in one minute, or that is over; such minutes count as unknown')
      }
    } catch (error) {
      // What is in memory has moved on and storage has not. Read again, and count these minutes once more.
      book = null
      const oldest = minuteOf(now) - RESULTS_KEPT_MINUTES
      held = []
      results = [...incoming.filter(({ minute }) => minute >= oldest), ...results]
      if (!(error instanceof PenLost)) throw error
    }
  }

  /** Minutes that are over and that no answer is on its way for. They cost nothing unless they end something. */
  function unseenOf(of: Book, over: Minute, batch: readonly Result[]): readonly Counted[] {
    const waiting = new Set([...in_flight.keys(), ...batch.map(({ app }) => app)])
    const watched = new Set(roster.flatMap(({ app, endpoints }) => [app, ...endpoints.map(({ endpoint }) => seriesIn(app, endpoint))]))
    const all = [of.availability, ...of.latency.map(({ series }) => series)]
    return all.flatMap((series) =>
      [...series.values()].flatMap((one): readonly Counted[] => {
        const is_watched = watched.has(seriesIn(one.app, one.endpoint))
        if (one.to >= over || (is_watched && waiting.has(one.app))) return []
        // Nobody watches it any more and its windows are empty: nothing is left to tell.
        if (!is_watched && one.objectives.every(({ window, told }) => window.good + window.bad === 0 && (told?.total ?? 0) === 0)) return []
        return [{ series: one, from: over, runs: [] }]
      }),
    )
  }

  async function prune(now: Instant): Promise<void> {
    if (performance.now() - pruned_ms < PRUNE_EVERY_MS) return
    pruned_ms = performance.now()
    await house.act(WATCH, 'probe-app', {}, async (desk) => {
      await desk.sql
        .deleteFrom('probe_sample')
        .where('marketplace_id', '=', desk.scope.marketplace)
        .where('at', '<', after(now, -SAMPLES_KEPT_HOURS * 60 * MINUTE_MS))
        .execute()
    })
  }

  /** One after the other, in the order of asking. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work)
    turn = mine.catch(() => undefined)
    return mine
  }

  async function tickNow(signal: AbortSignal): Promise<void> {
    const now = house.clock.now()
    if (performance.now() - read_ms > ROSTER_EVERY_MS) await refresh(now)
    book ??= await open(now)
    if (book === null) return
    startDue(now, signal, book)
    await write(now, book)
    await prune(now)
  }

  return {
    tick: (signal) => inTurn(() => tickNow(signal)),
    answered: async () => void (await Promise.all(in_flight.values())),
    hold: inTurn,
    stop: () => standstill.stop(),
  }
}

/** Somebody else counts now. */
class PenLost extends Error {}

const WATCHED: ReadonlySet<string> = new Set([AVAILABILITY, AVAILABILITY_LATENCY])

/** Whom to ask and where: apps whose control of the domain is proven, with a health path under each base URL that lies on it. */
export function rosterOf(apps: readonly Pick<AppDocument, 'app' | 'base_urls' | 'health_path' | 'domains'>[]): readonly RosterEntry[] {
  return apps
    .flatMap(({ app, base_urls, health_path, domains }): RosterEntry[] => {
      if (health_path === null) return []
      const proven = new Set(domainsOf(domains.map((domain) => (domain.includes('://') ? domain : `https://${domain}`))))
      const endpoints = base_urls
        .filter((base) => domainsOf([base]).some((domain) => proven.has(domain)))
        .map((base) => ({ endpoint: endpointOf(base), url: healthUrl(base, health_path) }))
      const distinct = [...new Map(endpoints.map((one) => [one.url, one])).values()]
      return distinct.length === 0 ? [] : [{ app, endpoints: distinct, phase_ms: phaseOf(app, SPREAD_MS) }]
    })
    .sort((a, b) => a.phase_ms - b.phase_ms)
}

/** The name of an endpoint: its base URL. A slash at the end makes no other. */
export const endpointOf = (base_url: string): string => base_url.replace(/\/+$/, '')

/** The health path lies under the base URL, whose own path is part of it. */
export const healthUrl = (base_url: string, health_path: string): string => `${endpointOf(base_url)}/${health_path.replace(/^\/+/, '')}`

/** An app answers as a whole: bad where any of its base URLs is, good only when all are. */
export function kindOfAll(kinds: readonly MinuteKind[]): MinuteKind {
  if (kinds.length === 0 || kinds.includes('bad')) return kinds.length === 0 ? 'unknown' : 'bad'
  return kinds.includes('unknown') ? 'unknown' : 'good'
}

/**
 * Tells which endpoints are counted by themselves from now on: those of an app that has several, and of one that had. One that
 * nobody asks any more leaves when another is asked in its place and nothing of it is lost, so that what is lost is not
 * dropped with its address. Answers whether anything was told.
 */
async function tellEndpoints(desk: Desk, now: Instant, roster: readonly RosterEntry[], book: Book | null): Promise<boolean> {
  const known = new Map((await desk.documents.list<EndpointsDocument>(ENDPOINTS)).map(({ key, document }) => [key, document]))
  const at = startOfMinute(minuteOf(now))
  const told: NewEvent[] = []
  for (const { app, endpoints } of roster) {
    const before = known.get(app) ?? {}
    const by_endpoint = Object.keys(before).length > 0
    if (endpoints.length === 1 && !by_endpoint) continue
    const tell = ({ type, payload }: EndpointEvent): number => told.push({ stream: sloStream(app), subject: app, type, payload })
    const joining = endpoints.filter(({ endpoint }) => before[endpoint]?.watched !== true)
    const asked = joining.length === 0 || by_endpoint ? new Set<string>() : await askedBefore(desk, app)
    for (const { endpoint, url } of joining) {
      const inherits = !by_endpoint && (asked.size === 0 || asked.has(url)) ? 'all' : 'good'
      tell({ type: 'reliability.endpoint_joined', payload: { app, endpoint, at, inherits } })
    }
    const asking = new Set(endpoints.map(({ endpoint }) => endpoint))
    for (const [endpoint, { watched }] of Object.entries(before)) {
      if (!watched || asking.has(endpoint) || book === null || isLost(book, app, endpoint)) continue
      tell({ type: 'reliability.endpoint_left', payload: { app, endpoint, at } })
    }
  }
  if (told.length > 0) await desk.record(told)
  return told.length > 0
}

/** Addresses of an app that were asked while it was counted as a whole, as far as samples reach back. */
async function askedBefore(unit: Unit, app: string): Promise<ReadonlySet<string>> {
  const rows = await unit.sql
    .selectFrom('probe_sample')
    .select('target')
    .distinct()
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('subject', '=', app)
    .execute()
  return new Set(rows.map(({ target }) => target))
}

const isLost = (book: Book, app: string, endpoint: string): boolean =>
  [book.availability, ...book.latency.map(({ series }) => series)].some((series) =>
    series.get(seriesIn(app, endpoint))?.objectives.some(({ told }) => told?.state === 'lost'),
  )

/** Who takes part in a minute's tally: apps that are asked and were not failing when they were last judged. */
const tallyOf = ({ availability }: Book, roster: readonly RosterEntry[], minute: Minute): Tally => ({
  minute,
  standing: new Set(
    roster.flatMap(({ app }) => {
      const series = availability.get(app)
      return series === undefined || series.to > minute || lastJudged(series.alerts) === 'bad' ? [] : [app]
    }),
  ),
  kinds: new Map(),
})

/**
 * Lets pass what may be told. A failure waits while its minute may still turn out to be one in which most apps fail, and
 * what the same app said later waits behind it, since minutes are counted in their order.
 */
function guarded(
  incoming: readonly Result[],
  verdicts: ReadonlyMap<Minute, MassVerdict>,
): { readonly told: readonly Result[]; readonly held: readonly Result[] } {
  const [told, held]: [Result[], Result[]] = [[], []]
  const waiting = new Set<string>()
  for (const result of incoming) {
    const verdict = verdicts.get(result.minute) ?? 'apart'
    if (waiting.has(result.app) || (result.kind === 'bad' && verdict === 'open')) {
      waiting.add(result.app)
      held.push(result)
    } else told.push(result.kind === 'bad' && verdict === 'mass' ? takenBack(result) : result)
  }
  return { told, held }
}

/** A failure that is likely to be ours. */
const takenBack = ({ app, minute, parts }: Result): Result => ({
  app,
  minute,
  kind: 'unknown',
  parts: parts.map(({ endpoint, kind, exchanges }) => ({
    endpoint,
    kind: kind === 'bad' ? 'unknown' : kind,
    exchanges: exchanges.map((one) =>
      one.verdict === 'bad' ? { ...one, verdict: 'unknown', reason: 'mass_failure', blind: 'ours' } : one,
    ),
  })),
})

type MassTold = { readonly since: Instant | null; readonly at: Instant | null }

/** Tells the operator when most apps begin to fail together, and when more of them are well again than fail; each once. */
function alarmOf(
  tallies: readonly Tally[],
  verdicts: ReadonlyMap<Minute, MassVerdict>,
  { since, at: told_at }: MassTold,
): MassFailureEvent | null {
  const newest = tallies
    .toSorted((a, b) => a.minute - b.minute)
    .filter((tally) => verdicts.get(tally.minute) === (since === null ? 'mass' : 'apart') && tally.kinds.size > 0)
    .map((tally) => ({ at: startOfMinute(tally.minute), ...tallied(tally) }))
    .filter(({ at, failing, well }) => (told_at === null || at > told_at) && (since === null || well > failing))
    .at(-1)
  if (newest === undefined) return null
  const { at, failing, well } = newest
  if (since === null) return { type: 'reliability.mass_failure_seen', payload: { at, failing, judged: failing + well } }
  return { type: 'reliability.mass_failure_over', payload: { at, since } }
}

function countedOf(book: Book, batch: readonly Result[]): readonly Counted[] {
  return batch.flatMap(({ app, minute, kind, parts }) => {
    const counted: Counted[] = []
    const add = (series: Series | undefined, as: MinuteKind): void => {
      // An answer that comes after its minute was settled changes nothing.
      if (series !== undefined && series.to <= minute) counted.push({ series, from: minute, runs: [{ kind: as, minutes: 1 }] })
    }
    const all = parts.flatMap(({ exchanges }) => exchanges)
    add(book.availability.get(app), kind)
    for (const { bound, series } of book.latency) add(series.get(app), latencyKind(kind, all, bound))
    for (const part of parts) {
      const key = seriesIn(app, part.endpoint)
      add(book.availability.get(key), part.kind)
      for (const { bound, series } of book.latency) add(series.get(key), latencyKind(part.kind, part.exchanges, bound))
    }
    return counted
  })
}

/** Only a good answer has a time that means anything; the slowest base URL speaks for the app. */
function latencyKind(kind: MinuteKind, exchanges: readonly JudgedExchange[], bound: number): MinuteKind {
  if (kind !== 'good') return 'unknown'
  return exchanges.every(({ verdict, phases }) => verdict !== 'good' || phases.total_ms <= bound) ? 'good' : 'bad'
}

/** The first failure of each outage is kept as evidence; the ones behind it say the same. */
function evidenceOf(book: Book, batch: readonly Result[]): readonly NewEvidence[] {
  return batch.flatMap(({ app, kind, parts }): readonly NewEvidence[] => {
    const own = parts.filter(({ endpoint }) => book.availability.has(seriesIn(app, endpoint)))
    if (own.length > 0) return own.flatMap((part) => evidenceOfOne(book, app, part))
    return evidenceOfOne(book, app, { endpoint: '', kind, exchanges: parts.flatMap(({ exchanges }) => exchanges) })
  })
}

function evidenceOfOne(book: Book, app: string, { endpoint, kind, exchanges }: ResultPart): readonly NewEvidence[] {
  const before = book.availability.get(seriesIn(app, endpoint))?.today.at(-1)?.kind
  if (kind !== 'bad' || before === 'bad') return []
  const failing = exchanges.filter(({ verdict }) => verdict === 'bad')
  const at = failing[0]?.at
  if (at === undefined) return []
  return [
    {
      subject: app,
      kind: PROBE_EVIDENCE,
      observed_at: at,
      source: { prober: 'http', place: 'here', ...(endpoint === '' ? {} : { endpoint }) },
      visibility: 'partner',
      body: exchanges.map((one) => ({ ...one, phases: { ...one.phases }, controls: one.controls === null ? null : { ...one.controls } })),
    },
  ]
}

async function writeSamples(unit: Unit, batch: readonly Result[]): Promise<void> {
  const rows = batch.flatMap(({ app, parts }) =>
    parts
      .flatMap(({ exchanges }) => exchanges)
      .map(({ at, url, verdict, reason, status, phases }) => ({
        marketplace_id: unit.scope.marketplace,
        at,
        subject: app,
        target: url,
        verdict,
        reason,
        status,
        phases: JSON.stringify(phases),
      })),
  )
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    // A clock that was set back can bring a moment twice; the first sample of it stands.
    await unit.sql
      .insertInto('probe_sample')
      .values(rows.slice(from, from + ROWS_AT_ONCE))
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
}

const ROWS_AT_ONCE = 1_000
