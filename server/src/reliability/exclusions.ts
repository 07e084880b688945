import type { Desk } from '../house.ts'
import type { NewEvent } from '../kernel/event.ts'
import type { Unit } from '../platform/sql/database.ts'
import type { Pack } from '../programmes/load.ts'
import { inForce } from '../programmes/load.ts'
import { AVAILABILITY, AVAILABILITY_LATENCY, readPen, readSeries, takePen } from './minutes.ts'
import { objectivesOf, retold, sloStream } from './objectives.ts'
import { joinedSpans, runsOfDay, targetOf, type DayRun, type Series, type Span } from './series.ts'
import { DAY_MINUTES, minuteOf, type MinuteKind } from './window.ts'

/** Minutes that the ledger takes out: what was seen stays as it is, and what is counted is told anew. */

/** Puts the spans of an entry in the place of what it had, and tells how every objective of the app stands by that. */
export async function excludeMinutes(
  desk: Desk,
  packs: readonly Pack[],
  app: string,
  entry: string,
  spans: readonly (Span & { readonly endpoint: string })[],
): Promise<void> {
  await desk.asMachine(async () => {
    // A running watch notices that it has lost the pen, and reads again with what counts now.
    await readPen(desk)
    await takePen(desk, { holder: 'ledger', until: desk.now })
    await desk.sql
      .deleteFrom('minute_exclusion')
      .where('marketplace_id', '=', desk.scope.marketplace)
      .where('subject', '=', app)
      .where('entry', '=', entry)
      .execute()
    const rows = spans.map(({ endpoint, from, to }, place) => ({
      marketplace_id: desk.scope.marketplace,
      subject: app,
      entry,
      place,
      endpoint,
      from_minute: from,
      to_minute: to,
    }))
    if (rows.length > 0) await desk.sql.insertInto('minute_exclusion').values(rows).execute()
    const told = (await seriesOf(desk, packs, app)).flatMap(retoldOf)
    if (told.length > 0) await desk.record(told)
  })
}

/** All series of an app that its programmes ask for, as they count now. */
async function seriesOf(desk: Desk, packs: readonly Pack[], app: string): Promise<readonly Series[]> {
  const objectives = objectivesOf(packs.flatMap((pack) => inForce(pack, desk.now) ?? []))
  const kinds = new Map(
    objectives
      .filter(({ indicator }) => indicator === AVAILABILITY || indicator === AVAILABILITY_LATENCY)
      .map(({ indicator, good_when_at_most }) => [
        `${indicator} ${targetOf(good_when_at_most)}`,
        { indicator, target: targetOf(good_when_at_most) },
      ]),
  )
  const series: Series[] = []
  for (const { indicator, target } of kinds.values()) {
    const read = await readSeries(desk, { indicator, target, objectives, apps: [app], begins: minuteOf(desk.now) })
    series.push(...read.values())
  }
  return series
}

/** How each objective of a series stands; nothing of one of which nothing was ever told. */
const retoldOf = (series: Series): readonly NewEvent[] =>
  series.objectives
    .filter(({ told }) => told !== null)
    .map((tracked) => {
      const { type, payload } = retold(tracked)
      const endpoint = series.endpoint === '' ? {} : { endpoint: series.endpoint }
      return { stream: sloStream(series.app), subject: series.app, type, payload: { ...payload, ...endpoint } }
    })

/** What was seen in minutes: good, bad, and not seen. */
export type SeenCounts = { readonly good: number; readonly bad: number; readonly unknown: number }

/**
 * Counts what was seen of an app's availability in spans, minute by minute, as storage has it. Minutes beyond what is kept,
 * and those that have not come, are not seen.
 */
export async function countSeen(unit: Unit, app: string, endpoint: string, spans: readonly Span[]): Promise<SeenCounts> {
  const joined = joinedSpans(spans)
  const [first] = joined
  const last = joined.at(-1)
  if (first === undefined || last === undefined) return { good: 0, bad: 0, unknown: 0 }
  const counts = { good: 0, bad: 0 }
  const add = (kind: MinuteKind, from: number, to: number): void => {
    if (kind === 'unknown') return
    for (const span of joined) counts[kind] += Math.max(0, Math.min(to, span.to) - Math.max(from, span.from))
  }
  const days = await unit.sql
    .selectFrom('day_count')
    .select(['day', 'runs'])
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('subject', '=', app)
    .where('indicator', '=', AVAILABILITY)
    .where('target', '=', '')
    .where('endpoint', '=', endpoint)
    .where('day', '>=', Math.floor(first.from / DAY_MINUTES))
    .where('day', '<=', Math.floor(last.to / DAY_MINUTES))
    .execute()
  const closed = new Set(days.map(({ day }) => day))
  for (const { day, runs } of days) {
    let at = day * DAY_MINUTES
    // The guarantee of the cast: `writeDays` wrote them.
    for (const { kind, minutes } of runsOfDay(runs as unknown as readonly DayRun[])) {
      add(kind, at, at + minutes)
      at += minutes
    }
  }
  const minutes = await unit.sql
    .selectFrom('minute_count')
    .select(['minute', 'good', 'total'])
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('subject', '=', app)
    .where('indicator', '=', AVAILABILITY)
    .where('target', '=', '')
    .where('endpoint', '=', endpoint)
    .where('minute', '>=', first.from)
    .where('minute', '<', last.to)
    .execute()
  for (const { minute, good, total } of minutes) {
    if (total === 0 || closed.has(Math.floor(minute / DAY_MINUTES))) continue
    add(good === total ? 'good' : 'bad', minute, minute + 1)
  }
  const expected = joined.reduce((sum, { from, to }) => sum + to - from, 0)
  return { ...counts, unknown: expected - counts.good - counts.bad }
}
