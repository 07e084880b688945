import { Refused } from '../kernel/refused.ts'
import { DAY_MS, ms, type Instant } from '../kernel/time.ts'
import type { Reporter } from './events.ts'
import type { Objective } from './objectives.ts'
import { isoDay, targetOf } from './series.ts'
import { DAY_MINUTES } from './window.ts'

/**
 * Figures from the field: what real visits and calls measured, sent in by the operator's telemetry or by the partner. Counts
 * over days add up exactly and percentiles do not, so a figure is kept as how many were within a rule's bound, of how many:
 * "the 75th percentile is at most 2,500 ms" is "at least 75 of 100 were at most 2,500 ms".
 */

/** One line of what was sent: an indicator on a UTC day, as single values in a unit, or as counts already. */
export type Measurement = {
  readonly indicator: string
  readonly day: string
  readonly unit?: string | undefined
  readonly values?: readonly number[] | undefined
  readonly at_most?: number | undefined
  readonly good?: number | undefined
  readonly total?: number | undefined
}

/** Counts of a day, of one bound. `day` counts days since 1970-01-01. */
export type FieldCount = {
  readonly indicator: string
  readonly target: string
  readonly day: number
  readonly good: number
  readonly total: number
}

/** What the programmes ask of an indicator that is sent in. */
type Asked = {
  readonly unit: string | null
  readonly bounds: readonly number[]
  readonly window_days: number
  readonly reported_by: ReadonlySet<Reporter>
}

/** Lines of one sending. */
export const MEASUREMENTS_AT_ONCE = 200
/** Single values of one line, and of one sending. More is sent as counts, or in several sendings. */
export const VALUES_IN_A_LINE = 10_000
const VALUES_AT_ONCE = 50_000
/** Events of one line. No app of a marketplace has a thousand million visits a day. */
const MOST_EVENTS = 1_000_000_000
/** Nothing that a visitor waits for takes longer than ten minutes; what does is a broken clock. */
const LARGEST_VALUE: { readonly [unit: string]: number } = { ms: 600_000 }
const LARGEST_OF_ANY_UNIT = 1_000_000_000

/** Counts what was sent, or refuses it whole with the first place that cannot be meant. */
export function countField(
  measurements: readonly Measurement[],
  given: { readonly objectives: readonly Objective[]; readonly reported_by: Reporter; readonly now: Instant },
): readonly FieldCount[] {
  const asked = askedOf(given.objectives)
  const values = measurements.reduce((sum, one) => sum + (one.values?.length ?? 0), 0)
  if (values > VALUES_AT_ONCE) {
    throw refused('too_large', `${values} values at once are too many; send at most ${VALUES_AT_ONCE}, or counts.`, 'measurements')
  }
  const counts = measurements.flatMap((one, place) => countLine(one, `measurements[${place}]`, asked, given))
  const seen = new Set<string>()
  for (const { indicator, target, day } of counts) {
    const key = `${indicator}|${target}|${day}`
    if (seen.has(key)) {
      throw refused('line_twice', `${indicator} of ${isoDay(day)} is there twice; put what belongs together into one line.`, 'measurements')
    }
    seen.add(key)
  }
  return counts
}

function countLine(
  line: Measurement,
  where: string,
  asked: ReadonlyMap<string, Asked>,
  { reported_by, now }: { readonly reported_by: Reporter; readonly now: Instant },
): readonly FieldCount[] {
  const { indicator } = line
  const rule = asked.get(indicator)
  if (rule === undefined) {
    const known = [...asked.keys()].sort().join(', ')
    throw refused(
      'no_such_indicator',
      `No programme here asks for figures of "${indicator}"${known === '' ? '.' : `; it asks for ${known}.`}`,
      `${where}.indicator`,
    )
  }
  if (!rule.reported_by.has(reported_by)) {
    const whose = [...rule.reported_by].map((one) => `the ${one}`).join(' and ')
    throw refused('not_from_you', `Figures of ${indicator} are taken from ${whose} only.`, `${where}.indicator`)
  }
  const day = dayNumber(line.day, `${where}.day`, rule, now)
  if (rule.bounds.length === 0) return [{ indicator, target: '', day, ...countsIn(line, where, indicator) }]
  if (line.unit !== rule.unit) {
    throw refused('unit', `${indicator} is measured in ${rule.unit ?? 'no unit'}; say "unit": "${rule.unit ?? ''}".`, `${where}.unit`)
  }
  if (line.values === undefined) {
    const { at_most } = line
    if (at_most === undefined || !rule.bounds.includes(at_most)) {
      const bounds = rule.bounds.join(' or ')
      throw refused('bound', `Say for which bound these are the counts: "at_most": ${bounds}; or send "values".`, `${where}.at_most`)
    }
    return [{ indicator, target: targetOf(at_most), day, ...countsIn(line, where, indicator) }]
  }
  if (line.at_most !== undefined || line.good !== undefined || line.total !== undefined) {
    throw refused('both', 'A line has either values or counts; leave out at_most, good and total.', where)
  }
  const values = valuesIn(line.values, where, rule.unit)
  return rule.bounds.map((bound) => ({
    indicator,
    target: targetOf(bound),
    day,
    good: values.filter((value) => value <= bound).length,
    total: values.length,
  }))
}

function valuesIn(values: readonly number[], where: string, unit: string | null): readonly number[] {
  const largest = LARGEST_VALUE[unit ?? ''] ?? LARGEST_OF_ANY_UNIT
  if (values.length === 0) throw refused('no_values', 'A line without values says nothing; leave it out.', `${where}.values`)
  for (const [place, value] of values.entries()) {
    // JSON has no such numbers, but 1e999 is read as one.
    const wrong = !Number.isFinite(value) ? 'is no finite number' : value < 0 ? 'is below zero' : value > largest ? 'cannot be meant' : null
    if (wrong === null) continue
    const mend = `values lie between 0 and ${largest}${unit === null ? '' : ` ${unit}`}; leave out what was not measured.`
    throw refused('value', `${String(value)} ${wrong}: ${mend}`, `${where}.values[${place}]`)
  }
  return values
}

function countsIn({ good, total, values }: Measurement, where: string, indicator: string): Pick<FieldCount, 'good' | 'total'> {
  if (values !== undefined) throw refused('values', `${indicator} is good or not by itself; send "good" and "total".`, `${where}.values`)
  if (good === undefined || total === undefined) {
    throw refused('no_counts', 'Say how many there were ("total") and how many of them were good ("good").', where)
  }
  for (const [name, count] of [
    ['total', total],
    ['good', good],
  ] as const) {
    if (!Number.isInteger(count) || count < 0 || count > MOST_EVENTS) {
      throw refused('count', `${String(count)} is no count; send a whole number from 0 to ${MOST_EVENTS}.`, `${where}.${name}`)
    }
  }
  if (total === 0) throw refused('no_values', 'A line without events says nothing; leave it out.', `${where}.total`)
  if (good > total) throw refused('count', `${good} good of ${total} cannot be; "good" is a part of "total".`, `${where}.good`)
  return { good, total }
}

function dayNumber(written: string, where: string, { window_days }: Asked, now: Instant): number {
  const mend = 'write a UTC day such as 2026-11-23'
  const today = Math.floor(ms(now) / DAY_MS)
  if (!/^\d{4}-\d{2}-\d{2}$/.test(written)) throw refused('day', `"${written}" is no day; ${mend}.`, where)
  const midnight = Date.parse(written)
  // JavaScript reads the 30th of February as a day of March.
  if (Number.isNaN(midnight) || isoDay(midnight / DAY_MS) !== written) throw refused('day', `There is no ${written}; ${mend}.`, where)
  const day = midnight / DAY_MS
  if (day > today)
    throw refused('future', `${written} has not come yet: it is ${isoDay(today)} here, in UTC. Look at the sender's clock.`, where)
  if (day <= today - window_days) {
    const first = isoDay(today - window_days + 1)
    throw refused('too_late', `${written} is out of every window; the oldest day that still counts is ${first}.`, where)
  }
  return day
}

/** Indicators that are counted as events and sent in, as the rules ask for them. */
function askedOf(objectives: readonly Objective[]): ReadonlyMap<string, Asked> {
  return new Map(
    [...Map.groupBy(objectives.filter(isSentIn), ({ indicator }) => indicator)].map(([indicator, those]) => [
      indicator,
      {
        unit: those.find(({ unit }) => unit !== null)?.unit ?? null,
        bounds: [...new Set(those.flatMap(({ good_when_at_most }) => (good_when_at_most === null ? [] : [good_when_at_most])))].sort(
          (a, b) => a - b,
        ),
        window_days: Math.max(...those.map(daysOf)),
        reported_by: new Set(those.flatMap((one) => one.reported_by)),
      },
    ]),
  )
}

/** Whether an objective is over events that somebody sends in, and not over minutes that the watch counts. */
export const isSentIn = ({ minimum_events }: Objective): boolean => minimum_events !== null

/** Whole days of an objective's window, today's included. */
export const daysOf = ({ window_minutes }: Objective): number => Math.ceil(window_minutes / DAY_MINUTES)

const refused = (reason: string, sentence: string, where: string): Refused => new Refused(`reliability.${reason}`, sentence, where)
