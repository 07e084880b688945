import { onApp } from '../directory/registering.ts'
import type { Acting } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import { canonical } from '../kernel/canonical.ts'
import type { Digest, NewEvent } from '../kernel/event.ts'
import type { Json } from '../kernel/json.ts'
import { Refused } from '../kernel/refused.ts'
import { after, DAY_MS, earlier, instant, ms, type Instant } from '../kernel/time.ts'
import { sha256 } from '../platform/crypto.ts'
import { keepEvidence } from '../platform/evidence.ts'
import type { Unit } from '../platform/sql/database.ts'
import { inForce } from '../programmes/load.ts'
import type { ReliabilityEvent, Reporter } from './events.ts'
import { countField, daysOf, isSentIn, type FieldCount, type Measurement } from './field.ts'
import { stateOf } from './objective-rule.ts'
import { objectivesOf, sloStream, toldBefore, toldOf, type Objective } from './objectives.ts'
import { isoDay, targetOf, toldKey } from './series.ts'
import { OBJECTIVES, type ObjectivesDocument } from './view.ts'

/** Taking figures from the field. Whoever sends them is their source, and figures of different sources are never added up. */

export const FIELD_EVIDENCE = 'field'

/** Sendings of one source about one app in a day: one every five minutes. */
const BATCHES_A_DAY = 288
/** Counts that no window reaches any more are let go of after this. */
const KEPT_DAYS = 100
/** Evidence that a count cites: the newest sendings. */
const EVIDENCE_CITED = 5

/** What came of a sending; `repeated`: it had been taken before, and nothing was counted again. */
export type Taken = { readonly repeated: boolean; readonly counts: number; readonly evidence: string; readonly reported_by: Reporter }

/** Takes what was sent about an app, all of it or nothing, and tells what it makes of the windows. Long because it is one sequence. */
export async function takeMeasurements(
  house: House,
  who: Acting,
  app: string,
  sent: { readonly key: string; readonly measurements: readonly Measurement[] },
): Promise<Taken> {
  return house.act(who, 'send-measurements', await onApp(house, app), (desk) =>
    takenFrom(desk, app, sent, objectivesOf(house.packs.flatMap((pack) => inForce(pack, desk.now) ?? [])).filter(isSentIn)),
  )
}

async function takenFrom(
  desk: Desk,
  app: string,
  { key, measurements }: { readonly key: string; readonly measurements: readonly Measurement[] },
  objectives: readonly Objective[],
): Promise<Taken> {
  const reported_by: Reporter = desk.scope.party.kind === 'operator' ? 'operator' : 'partner'
  // The guarantee of the cast: it came as JSON.
  const body = measurements as unknown as Json
  const digest = sha256(canonical(body))
  return desk.asMachine(async () => {
    const before = await batchOf(desk, app, reported_by, key)
    if (before !== null) return repeated(before, digest, reported_by)
    const counts = countField(measurements, { objectives, reported_by, now: desk.now })
    await refuseTooMany(desk, app, reported_by)
    const [evidence = ''] = await keepEvidence(desk, [
      { subject: app, kind: FIELD_EVIDENCE, observed_at: desk.now, source: { reported_by, batch: key }, visibility: 'partner', body },
    ])
    const row = { marketplace_id: desk.scope.marketplace, subject: app, reported_by, batch: key }
    const written = await desk.sql
      .insertInto('field_batch')
      .values({ ...row, digest, evidence, received_at: desk.now })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    // Somebody sent the same at the same moment and was first.
    if (written.numInsertedOrUpdatedRows !== 1n)
      throw new Refused('log.conflict', 'The same key is being taken right now; send it again.', 'key')
    await desk.sql
      .insertInto('field_count')
      .values(counts.map((count) => ({ ...row, ...count })))
      .execute()
    await letGoOfOld(desk, app)
    // The receipt goes first: appending stands in a queue, so whoever comes later counts what this one has written.
    const indicators = [...new Set(counts.map(({ indicator }) => indicator))]
    const days = counts.map(({ day }) => isoDay(day)).sort()
    const payload = {
      app,
      reported_by,
      indicators,
      from: days[0] ?? '',
      to: days.at(-1) ?? '',
      counts: counts.length,
      evidence: [evidence],
    }
    await desk.record([{ stream: sloStream(app), subject: app, type: 'reliability.measurements_taken', payload }])
    await desk.record(
      await toldNow(
        desk,
        app,
        objectives.filter(({ indicator }) => indicators.includes(indicator)),
      ),
    )
    return { repeated: false, counts: counts.length, evidence, reported_by }
  })
}

function repeated(before: { readonly digest: string; readonly evidence: string }, digest: Digest, reported_by: Reporter): Taken {
  if (before.digest === digest) return { repeated: true, counts: 0, evidence: before.evidence, reported_by }
  throw new Refused(
    'reliability.key_reused',
    'This key was used for other figures. Send corrections and additions under a key of their own.',
    'key',
  )
}

async function batchOf(
  unit: Unit,
  app: string,
  reported_by: Reporter,
  batch: string,
): Promise<{ readonly digest: string; readonly evidence: string } | null> {
  const row = await unit.sql
    .selectFrom('field_batch')
    .select(['digest', 'evidence'])
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('subject', '=', app)
    .where('reported_by', '=', reported_by)
    .where('batch', '=', batch)
    .executeTakeFirst()
  return row ?? null
}

async function refuseTooMany(desk: Desk, app: string, reported_by: Reporter): Promise<void> {
  const { sendings } = await desk.sql
    .selectFrom('field_batch')
    .select((eb) => eb.fn.countAll<string>().as('sendings'))
    .where('marketplace_id', '=', desk.scope.marketplace)
    .where('subject', '=', app)
    .where('reported_by', '=', reported_by)
    .where('received_at', '>', after(desk.now, -DAY_MS))
    .executeTakeFirstOrThrow()
  if (Number(sendings) < BATCHES_A_DAY) return
  const sentence = `${BATCHES_A_DAY} sendings about one app in a day are the most that is taken; put more into each, or wait.`
  throw new Refused('reliability.too_many_sendings', sentence)
}

async function letGoOfOld(desk: Desk, app: string): Promise<void> {
  const oldest = Math.floor(ms(desk.now) / DAY_MS) - KEPT_DAYS
  await desk.sql
    .deleteFrom('field_count')
    .where('marketplace_id', '=', desk.scope.marketplace)
    .where('subject', '=', app)
    .where('day', '<', oldest)
    .execute()
  await desk.sql
    .deleteFrom('field_batch')
    .where('marketplace_id', '=', desk.scope.marketplace)
    .where('subject', '=', app)
    .where('received_at', '<', after(desk.now, -KEPT_DAYS * DAY_MS))
    .execute()
}

/** What each window says now. */
async function toldNow(desk: Desk, app: string, objectives: readonly Objective[]): Promise<readonly NewEvent[]> {
  const told = (await desk.documents.get<ObjectivesDocument>(OBJECTIVES, app)) ?? {}
  const evidence = await newestEvidence(desk, app)
  const sums = await fieldSums(desk, app)
  return objectives.flatMap((objective) => {
    const sum = sumOf(sums, objective, desk.now)
    if (sum === null) return []
    const { reported_by, ...counts } = sum
    const before = toldBefore(objective, told[toldKey(objective)]?.told ?? null)
    const type = typeOf(before?.state ?? 'unknown', stateOf(counts, objective))
    const cited = evidence.filter((one) => one.reported_by === reported_by).slice(0, EVIDENCE_CITED)
    const payload = { ...toldOf(app, objective, counts), reported_by, evidence: cited.map(({ id }) => id) }
    return [{ stream: sloStream(app), subject: app, type, payload }]
  })
}

function typeOf(before: ReturnType<typeof stateOf>, now: ReturnType<typeof stateOf>): ReliabilityEvent['type'] {
  if (now === 'lost' && before !== 'lost') return 'reliability.objective_lost'
  if (now === 'held' && before === 'lost') return 'reliability.objective_regained'
  return 'reliability.window_counted'
}

/** The operator's own figures decide where there are any; a partner's stand in for them where the rule lets them. */
function sumOf(sums: readonly FieldSum[], objective: Objective, now: Instant) {
  const today = Math.floor(ms(now) / DAY_MS)
  const first = today - daysOf(objective) + 1
  const target = targetOf(objective.good_when_at_most)
  for (const reported_by of ['operator', 'partner'] as const) {
    if (!objective.reported_by.includes(reported_by)) continue
    const own = sums.filter(
      (one) =>
        one.reported_by === reported_by &&
        one.indicator === objective.indicator &&
        one.target === target &&
        one.day >= first &&
        one.day <= today,
    )
    if (own.length === 0) continue
    const newest = own.reduce((most, { day }) => Math.max(most, day), first)
    return {
      reported_by,
      good: own.reduce((sum, one) => sum + one.good, 0),
      total: own.reduce((sum, one) => sum + one.total, 0),
      unknown: 0,
      expected: null,
      from: instant(first * DAY_MS),
      // As fresh as the newest day that was sent, so that old days make no old figure new.
      to: earlier(now, instant((newest + 1) * DAY_MS)),
    }
  }
  return null
}

/** Counts of an app's days by source, summed over sendings. */
export type FieldSum = FieldCount & { readonly reported_by: Reporter }

/** Everything that was sent in about an app, day by day. */
export async function fieldSums(unit: Unit, app: string): Promise<readonly FieldSum[]> {
  const rows = await unit.sql
    .selectFrom('field_count')
    .select([
      'indicator',
      'target',
      'reported_by',
      'day',
      (eb) => eb.fn.sum<string>('good').as('good'),
      (eb) => eb.fn.sum<string>('total').as('total'),
    ])
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('subject', '=', app)
    .groupBy(['indicator', 'target', 'reported_by', 'day'])
    .orderBy('indicator')
    .orderBy('target')
    .orderBy('reported_by')
    .orderBy('day')
    .execute()
  return rows.map((row) => ({ ...row, good: Number(row.good), total: Number(row.total) }))
}

async function newestEvidence(unit: Unit, app: string): Promise<readonly { readonly id: Digest; readonly reported_by: Reporter }[]> {
  const rows = await unit.sql
    .selectFrom('field_batch')
    .select(['evidence', 'reported_by'])
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('subject', '=', app)
    .orderBy('received_at', 'desc')
    .limit(2 * EVIDENCE_CITED)
    .execute()
  // The guarantee of the cast: `takenFrom` wrote what `keepEvidence` answered.
  return rows.map(({ evidence, reported_by }) => ({ id: evidence as Digest, reported_by }))
}
