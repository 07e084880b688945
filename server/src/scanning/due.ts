import { APPS, type AppDocument } from '../directory/apps-view.ts'
import { after, DAY_MS, HOUR_MS, later, MINUTE_MS, type Instant } from '../kernel/time.ts'
import type { Unit } from '../platform/sql/database.ts'

/**
 * When each app is looked at next: a row an app, in a table, so that nothing is forgotten over a restart. Whoever scans an
 * app holds its row by a lease that runs out by itself.
 */

/** The machine that scans, as the log names it. */
export const SCANNER = { kind: 'machine', name: 'scanner' } as const

export type Why = 'registered' | 'changed' | 'requested' | 'daily' | 'again'

export type Claimed = {
  readonly app: string
  readonly why: Why
  readonly lease: string
  readonly attempts: number
  /** The one check that is asked again; null for all. */
  readonly only: string | null
}

const LEASE_MS = 5 * MINUTE_MS
/** A partner may ask again as often as this. */
const REQUESTED_EVERY_MS = MINUTE_MS
const EVENTS_AT_ONCE = 1_000
const PLANNED_TO = 'scanning.planned_to'
const PAUSED = 'scanning.paused'

const HEARD: { readonly [type: string]: Why } = {
  'directory.app_registered': 'registered',
  'directory.descriptor_read': 'changed',
  'directory.details_supplied': 'changed',
  'directory.domain_proven': 'changed',
  'directory.consent_withdrawn': 'changed',
}

/** Makes due what the log says has come or changed since the last time. What the scanner itself wrote is no news to it. */
export async function planScans(unit: Unit): Promise<void> {
  const { marketplace } = unit.scope
  await unit.sql
    .insertInto('setting')
    .values({ marketplace_id: marketplace, name: PLANNED_TO, value: JSON.stringify({ seq: 0 }) })
    .onConflict((conflict) => conflict.columns(['marketplace_id', 'name']).doNothing())
    .execute()
  // Held to the end of the transaction: two programs that plan the same news would take each other's scans away.
  const row = await unit.sql
    .selectFrom('setting')
    .select('value')
    .where('marketplace_id', '=', marketplace)
    .where('name', '=', PLANNED_TO)
    .forUpdate()
    .executeTakeFirstOrThrow()
  let { seq } = row.value as { readonly seq: number }
  const start = seq
  for (;;) {
    const events = await unit.log.after(seq, EVENTS_AT_ONCE)
    const news = new Map<string, Why>()
    for (const event of events) {
      const why = HEARD[event.type]
      if (why === undefined || event.subject === null) continue
      if (event.by.kind === 'machine' && event.by.name === SCANNER.name) continue
      if (!news.has(event.subject)) news.set(event.subject, why)
    }
    for (const [app, why] of news) await makeDue(unit, app, why, unit.now)
    const last = events.at(-1)
    if (last === undefined) break
    seq = last.seq
  }
  if (seq !== start) await keepSetting(unit, PLANNED_TO, { seq })
}

/** Makes an app due. A scan that is on its way loses its lease, since what it looks at has changed. */
async function makeDue(unit: Unit, app: string, why: Why, due_at: Instant): Promise<void> {
  const free = { due_at, why, lease: null, leased_until: null, attempts: 0, told: null, only_check: null, whole_due_at: null }
  await unit.sql
    .insertInto('scan_due')
    .values({ marketplace_id: unit.scope.marketplace, subject: app, started_at: null, ...free })
    .onConflict((conflict) => conflict.columns(['marketplace_id', 'subject']).doUpdateSet(free))
    .execute()
}

/**
 * Makes one check of an app due; the scan of everything stays due as it was. An app that waits for that anyhow, or whose check
 * is asked again already, is scanned whole: nobody waits longer for it.
 */
async function makeCheckDue(unit: Unit, app: string, check: string, due_at: Instant): Promise<void> {
  const { numUpdatedRows } = await unit.sql
    .updateTable('scan_due')
    .set((eb) => ({ due_at, why: 'requested' as const, attempts: 0, told: null, only_check: check, whole_due_at: eb.ref('due_at') }))
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('subject', '=', app)
    .where('only_check', 'is', null)
    .where('due_at', '>', due_at)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) await makeDue(unit, app, 'requested', due_at)
}

/** How an app's next scan stands. */
export type Progress = {
  readonly state: 'running' | 'waiting'
  readonly why: Why
  readonly due_at: Instant
  readonly started_at: Instant | null
  /** What went wrong the last time, on our side. */
  readonly told: string | null
}

/**
 * Somebody wants an app scanned now, or one of its checks asked again. A scan on its way is answered with; otherwise it is due
 * at once, or a minute after the last began.
 */
export async function requestScan(unit: Unit, app: string, check: string | null = null): Promise<Progress> {
  const before = await progressOf(unit, app)
  if (before?.state === 'running') return before
  const soonest =
    before?.started_at === null || before?.started_at === undefined
      ? unit.now
      : later(unit.now, after(before.started_at, REQUESTED_EVERY_MS))
  await (check === null ? makeDue(unit, app, 'requested', soonest) : makeCheckDue(unit, app, check, soonest))
  return { state: 'waiting', why: 'requested', due_at: soonest, started_at: before?.started_at ?? null, told: null }
}

/** How an app's next scan stands; null for an app that was never planned. */
export async function progressOf(unit: Unit, app: string): Promise<Progress | null> {
  const row = await unit.sql
    .selectFrom('scan_due')
    .select(['due_at', 'why', 'leased_until', 'started_at', 'told'])
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('subject', '=', app)
    .executeTakeFirst()
  if (row === undefined) return null
  const running = row.leased_until !== null && row.leased_until > unit.now
  // Times come out of the database as they went in.
  return {
    state: running ? 'running' : 'waiting',
    why: row.why,
    due_at: row.due_at as Instant,
    started_at: row.started_at as Instant | null,
    told: row.told,
  }
}

/** Takes up to that many due apps and holds them. */
export async function claimScans(unit: Unit, most: number, except: readonly string[], lease: string): Promise<readonly Claimed[]> {
  if (most <= 0) return []
  const { marketplace } = unit.scope
  const rows = await unit.sql
    .updateTable('scan_due')
    .set({ lease, leased_until: after(unit.now, LEASE_MS), started_at: unit.now })
    .where('marketplace_id', '=', marketplace)
    .where('subject', 'in', (eb) =>
      eb
        .selectFrom('scan_due')
        .select('subject')
        .where('marketplace_id', '=', marketplace)
        .where('due_at', '<=', unit.now)
        .where((or) => or.or([or('leased_until', 'is', null), or('leased_until', '<=', unit.now)]))
        .$if(except.length > 0, (query) => query.where('subject', 'not in', except))
        .orderBy('due_at')
        .limit(most)
        .forUpdate()
        .skipLocked(),
    )
    .returning(['subject', 'why', 'attempts', 'only_check'])
    .execute()
  return rows.map(({ subject, why, attempts, only_check }) => ({ app: subject, why, lease, attempts, only: only_check }))
}

/** True while the lease is still ours; the row stays locked until the transaction ends. */
export async function holds(unit: Unit, { app, lease }: Claimed): Promise<boolean> {
  const row = await unit.sql
    .selectFrom('scan_due')
    .select('lease')
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('subject', '=', app)
    .forUpdate()
    .executeTakeFirst()
  return row?.lease === lease
}

/**
 * Lets go of an app that was scanned: due again in a day, give or take a tenth, so that not all come at once. One of which
 * only a check was asked again is due as it was.
 */
export async function scannedUntilTomorrow(unit: Unit, { app, only }: Claimed, chance: number): Promise<void> {
  const tomorrow = after(unit.now, Math.round(DAY_MS * (0.9 + 0.2 * chance)))
  const row =
    only === null
      ? undefined
      : await unit.sql
          .selectFrom('scan_due')
          .select('whole_due_at')
          .where('marketplace_id', '=', unit.scope.marketplace)
          .where('subject', '=', app)
          .executeTakeFirst()
  // Times come out of the database as they went in.
  const due_at = (row?.whole_due_at as Instant | null | undefined) ?? tomorrow
  await letGo(unit, app, { due_at, why: 'daily', attempts: 0, told: null, only_check: null, whole_due_at: null })
}

/** Lets go of an app whose scan came to nothing on our side: later and later again, at most six hours. */
export async function scanAgainLater(unit: Unit, claimed: Claimed, told: string): Promise<void> {
  if (!(await holds(unit, claimed))) return
  const pause = Math.min(6 * HOUR_MS, 5 * MINUTE_MS * 2 ** Math.min(claimed.attempts, 10))
  await letGo(unit, claimed.app, { due_at: after(unit.now, pause), why: 'again', attempts: claimed.attempts + 1, told: told.slice(0, 500) })
}

/** Gives back what is held under a lease, for another to take at once: when we are told to stop. */
export async function releaseLease(unit: Unit, lease: string | null): Promise<void> {
  await unit.sql
    .updateTable('scan_due')
    .set({ lease: null, leased_until: null })
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('lease', lease === null ? 'is not' : '=', lease)
    .execute()
}

async function letGo(
  unit: Unit,
  app: string,
  to: {
    readonly due_at: Instant
    readonly why: Why
    readonly attempts: number
    readonly told: string | null
    readonly only_check?: null
    readonly whole_due_at?: null
  },
): Promise<void> {
  await unit.sql
    .updateTable('scan_due')
    .set({ ...to, lease: null, leased_until: null })
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('subject', '=', app)
    .execute()
}

/** The kill switch: while it is on, nothing is asked of any app. */
export async function pauseScans(unit: Unit, paused: boolean): Promise<void> {
  await keepSetting(unit, PAUSED, { paused })
}

/** Whether the kill switch is on. */
export async function scansArePaused(unit: Unit): Promise<boolean> {
  const row = await unit.sql
    .selectFrom('setting')
    .select('value')
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('name', '=', PAUSED)
    .executeTakeFirst()
  return (row?.value as { readonly paused: boolean } | undefined)?.paused ?? false
}

async function keepSetting(unit: Unit, name: string, value: object): Promise<void> {
  const text = JSON.stringify(value)
  await unit.sql
    .insertInto('setting')
    .values({ marketplace_id: unit.scope.marketplace, name, value: text })
    .onConflict((conflict) => conflict.columns(['marketplace_id', 'name']).doUpdateSet({ value: text }))
    .execute()
}

/** What the overview shows of the scanner: how many apps wait, are being looked at, or could not be. */
export type Queue = {
  readonly paused: boolean
  readonly waiting: number
  readonly running: readonly { readonly app: string; readonly started_at: Instant }[]
  readonly failing: readonly { readonly app: string; readonly told: string; readonly attempts: number }[]
}

/** The scanner's queue as it is. */
export async function scanQueue(unit: Unit): Promise<Queue> {
  const rows = await unit.sql
    .selectFrom('scan_due')
    .select(['subject', 'due_at', 'leased_until', 'started_at', 'attempts', 'told'])
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where((or) => or.or([or('due_at', '<=', unit.now), or('leased_until', '>', unit.now), or('attempts', '>', 0)]))
    .orderBy('subject')
    .execute()
  const running = rows.filter((row) => row.leased_until !== null && row.leased_until > unit.now)
  return {
    paused: await scansArePaused(unit),
    waiting: rows.filter((row) => row.due_at <= unit.now && !running.includes(row)).length,
    running: running.map((row) => ({ app: row.subject, started_at: (row.started_at ?? unit.now) as Instant })),
    failing: rows.flatMap((row) => (row.told === null ? [] : [{ app: row.subject, told: row.told, attempts: row.attempts }])),
  }
}

/** The app as the directory knows it, or null. */
export const appIn = (unit: Unit, app: string): Promise<AppDocument | null> => unit.documents.get<AppDocument>(APPS, app)
