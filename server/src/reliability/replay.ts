import { Temporal } from 'temporal-polyfill'
import { z } from 'zod'
import { lengthMs, parseDuration } from '../kernel/duration.ts'
import { Refused } from '../kernel/refused.ts'
import { MINUTE_MS, ms, parseInstant, type Instant } from '../kernel/time.ts'
import { burnRate, crosses, EARLY_WARNING, factorOf, isOn, TIERS, warns, type EarlyWarning, type Spent, type Tier } from './burn.ts'
import { stateOf, type ObjectiveState } from './objective-rule.ts'
import { percentOf } from './share.ts'
import { minuteOf, startOfMinute, type Minute } from './window.ts'

/**
 * Replays a series of minutes against an objective, and says of any minute what was good, judged and covered, how fast the
 * budget went and which alerts were on. For "what if", and for holding this engine against another.
 *
 * A file is JSON lines. One line has the `objective`; the others are minutes: `{"minute": 29700000, "good": 1, "total": 1}`,
 * `{"minute": "2026-11-24T23:40Z", "unknown": true}`, with `"minutes": 60` for so many equal ones in a row. Minutes that no
 * line names are unknown. A line may say its `endpoint`, a base URL of an app with several: each is replayed by itself, and the
 * worst decides. The answer for a minute counts that minute in: a window of w minutes is (m - w, m].
 */
export type Replayed = {
  /** The base URL of an app with several; null for an app as a whole. */
  readonly endpoint: string | null
  /** Whether the app is judged by this one: the worst of its endpoints at that minute. */
  readonly decides: boolean
  readonly minute: Minute
  readonly at: Instant
  /** The first minute of the objective's window. */
  readonly from: Instant
  readonly method: Method
  readonly good: number
  readonly total: number
  readonly bad: number
  /** Minutes of the window that were judged, were not, and were taken out by an exclusion. */
  readonly minutes: { readonly judged: number; readonly unknown: number; readonly excluded: number; readonly expected: number }
  /** Judged minutes of all that were to be judged. */
  readonly coverage: number
  /** Good of judged samples; null when nothing was judged. */
  readonly figure: number | null
  readonly percent: string | null
  readonly state: ObjectiveState
  /** The part of the error budget that is left, below 0 when it is overdrawn; null without a budget. */
  readonly budget_left: number | null
  /** What the counts are without any exclusion. */
  readonly raw: Spent
  /** Bad and judged samples and burn rate of each window. */
  readonly burn: { readonly [window: string]: Spent & { readonly rate: number | null } }
  /** Tiers that are on. */
  readonly alerts: readonly string[]
  /** Tiers whose windows cross, also where too few samples were bad for an alert. */
  readonly crossed: readonly string[]
  readonly early_warning: boolean
}

/** Occurrences: every sample counts once. Timeslices: a slice is good or bad as a whole, and slices count. */
type Method = 'occurrences' | 'timeslices'

/** A parsed file. */
export type ReplaySeries = {
  readonly target: number
  readonly coverage: number
  readonly minimum_events: number | null
  readonly window: { readonly kind: 'rolling'; readonly minutes: number } | { readonly kind: 'month'; readonly zone: string }
  readonly method: Method
  readonly slice: { readonly target: number; readonly minutes: number }
  readonly tiers: readonly Tier[]
  readonly early_warning: EarlyWarning
  readonly exclusions: readonly { readonly from: Minute; readonly to: Minute }[]
  readonly lines: readonly {
    readonly minute: Minute
    readonly minutes: number
    readonly good: number
    readonly total: number
    readonly unknown: boolean
    readonly endpoint: string | null
  }[]
}

/** Windows whose burn rate is printed, by the names that people give them. */
const WINDOWS = { '5m': 5, '30m': 30, '1h': 60, '2h': 120, '6h': 360, '1d': 1_440, '3d': 4_320, '28d': 40_320 } as const
/** Ten years. A file that spans more has a mistake in one of its minutes. */
const LONGEST_MINUTES = 5_260_000

/** Reads a file; refuses what cannot be meant, with the line. */
export function parseReplay(text: string): ReplaySeries {
  let objective: z.infer<typeof ObjectiveLine> | null = null
  const exclusions: z.infer<typeof Exclusion>[] = []
  const lines: ReplaySeries['lines'][number][] = []
  for (const [place, written] of text.split(/\r?\n/).entries()) {
    if (written.trim() === '') continue
    const where = `line ${place + 1}`
    const line = parsed(written, where)
    if (typeof line === 'object' && line !== null && 'objective' in line) {
      if (objective !== null) throw new Refused('replay.second_objective', 'there is an objective already; one file has one', where)
      objective = read(ObjectiveLine, line, where)
      exclusions.push(...objective.exclusions)
    } else if (typeof line === 'object' && line !== null && 'exclude' in line) exclusions.push(read(ExcludeLine, line, where).exclude)
    else lines.push(minuteLine(read(MinuteLine, line, where), where))
  }
  if (objective === null)
    throw new Refused('replay.no_objective', 'no line has an objective; write {"objective": {"target": 0.999, "window": "P28D"}}')
  const { target, window, zone, coverage, minimum_events, method, slice_target, slice_minutes } = objective.objective
  return {
    target,
    coverage,
    minimum_events: minimum_events ?? null,
    window: window === 'month' ? { kind: 'month', zone } : { kind: 'rolling', minutes: minutesOf(window, 'objective.window') },
    method,
    slice: { target: slice_target, minutes: slice_minutes },
    tiers: objective.tiers?.map((tier) => tierOf(tier, window === 'month' ? 43_200 : minutesOf(window, 'objective.window'))) ?? TIERS,
    early_warning: earlyWarningOf(objective.early_warning),
    exclusions: exclusions.map(({ from, to }) => ({ from, to })),
    lines,
  }
}

/** Answers for the asked minutes, in the order of asking; without any, for the last minute of the series. */
export function replay(series: ReplaySeries, asked: readonly Minute[]): readonly Replayed[] {
  const endpoints = [...Map.groupBy(series.lines, ({ endpoint }) => endpoint)].map(([endpoint, lines]) => {
    const own = { ...series, lines }
    return { endpoint, own, sums: sumsOf(own) }
  })
  // Without a line there is nothing to replay, and that is refused there.
  if (endpoints.length === 0) sumsOf(series)
  const last = endpoints.reduce((most, { sums }) => Math.max(most, sums.last), Number.NEGATIVE_INFINITY)
  return (asked.length === 0 ? [last] : asked).flatMap((minute) => {
    const all = endpoints.map(({ endpoint, own, sums }) => ({ endpoint, ...replayed(own, sums, minute) }))
    const worst = all.reduce((least, one) => (isWorse(one, least) ? one : least))
    return all.map((one) => ({ ...one, decides: one === worst }))
  })
}

type ReplayedOne = Omit<Replayed, 'endpoint' | 'decides'>

/** Lost is worse than unknown, and unknown worse than held; of two alike, the one with the lower figure. */
const isWorse = (a: ReplayedOne, b: ReplayedOne): boolean =>
  BADNESS[a.state] !== BADNESS[b.state] ? BADNESS[a.state] > BADNESS[b.state] : (a.figure ?? 0) < (b.figure ?? 0)

const BADNESS = { held: 0, unknown: 1, lost: 2 } as const satisfies Record<ObjectiveState, number>

function replayed(series: ReplaySeries, sums: Sums, minute: Minute): ReplayedOne {
  const to = minute + 1
  const { from, period } = windowAt(series, minute)
  const counts = between(sums, from, to, series)
  const expected = counts.minutes - counts.excluded
  // Slices are counted as the objective counts them; alerts look at samples.
  const counted: Spent = series.method === 'timeslices' ? slicesOf(series, sums, from, to) : counts
  const in_minutes = series.method === 'timeslices' ? counts.judged : sums.one_a_minute ? counts.judged : null
  const asked = { target: series.target, coverage: series.coverage, minimum_events: series.minimum_events }
  // Where samples are minutes, the window says how many there are; of events nobody knows.
  const whole = series.window.kind === 'month' ? monthMinutes(series.window.zone, minute) - counts.excluded : expected
  const samples = in_minutes === null ? null : series.method === 'timeslices' ? Math.ceil(whole / series.slice.minutes) : whole
  const covered = expected === 0 ? 0 : counts.judged / expected
  const state = samples === null && covered < series.coverage ? 'unknown' : stateOf({ ...counted, expected: samples }, asked)
  const window = (minutes: number): Spent => between(sums, to - minutes, to, series)
  const allowed = (1 - series.target) * (samples ?? counted.total)
  const bad = counted.total - counted.good
  const burn: Record<string, Spent & { rate: number | null }> = {}
  for (const [name, minutes] of Object.entries(WINDOWS)) {
    const { good, total } = window(minutes)
    burn[name] = { good, total, rate: burnRate({ good, total }, series.target) }
  }
  const on = (test: typeof isOn): readonly string[] =>
    series.tiers
      .filter((tier) => test(tier, window(tier.short_minutes), window(tier.long_minutes), series.target, period))
      .map(({ id }) => id)
  return {
    minute,
    at: startOfMinute(to),
    from: startOfMinute(from),
    method: series.method,
    good: counted.good,
    total: counted.total,
    bad,
    minutes: { judged: counts.judged, unknown: expected - counts.judged, excluded: counts.excluded, expected },
    coverage: covered,
    figure: counted.total === 0 ? null : counted.good / counted.total,
    percent: percentOf(counted.good, counted.total, 4),
    state,
    budget_left: allowed < 1e-12 ? null : 1 - bad / allowed,
    raw: { good: sumOf(sums.raw_good, sums, from, to), total: sumOf(sums.raw_total, sums, from, to) },
    burn,
    alerts: on(isOn),
    crossed: on(crosses),
    early_warning: warns(series.early_warning, window(series.early_warning.within_minutes)),
  }
}

/** Running totals from the first minute on, so that any window is two looks. Exact while counts stay below 2^53. */
type Sums = {
  readonly first: Minute
  readonly last: Minute
  readonly good: Float64Array
  readonly total: Float64Array
  readonly raw_good: Float64Array
  readonly raw_total: Float64Array
  readonly judged: Float64Array
  readonly excluded: Float64Array
  /** Every judged minute has at most one sample: probes, not events. */
  readonly one_a_minute: boolean
}

function sumsOf(series: ReplaySeries): Sums {
  const first = series.lines.reduce((least, { minute }) => Math.min(least, minute), Number.POSITIVE_INFINITY)
  const end = series.lines.reduce((most, { minute, minutes }) => Math.max(most, minute + minutes), Number.NEGATIVE_INFINITY)
  if (!Number.isFinite(first)) throw new Refused('replay.no_minutes', 'no line has a minute; write {"minute": 0, "good": 1, "total": 1}')
  const length = end - first
  if (length > LONGEST_MINUTES)
    throw new Refused('replay.too_long', `the minutes span ${length}, more than ten years; one of them is mistaken`)
  const column = (): Float64Array => new Float64Array(length + 1)
  const [good, total, raw_good, raw_total, judged, excluded] = [column(), column(), column(), column(), column(), column()] as const
  const named = new Uint8Array(length)
  const out = new Uint8Array(length)
  for (const { from, to } of series.exclusions) out.fill(1, Math.max(0, from - first), Math.max(0, Math.min(length, to - first)))
  for (const line of series.lines) {
    for (let place = line.minute - first; place < line.minute - first + line.minutes; place++) {
      if (named[place] === 1) throw new Refused('replay.minute_twice', `the minute ${place + first} is there twice; a minute counts once`)
      named[place] = 1
      const at = place + 1
      if (line.unknown) continue
      raw_good[at] = line.good
      raw_total[at] = line.total
      if (out[place] === 1) continue
      good[at] = line.good
      total[at] = line.total
      judged[at] = 1
    }
  }
  for (let place = 0; place < length; place++) excluded[place + 1] = out[place] ?? 0
  for (const one of [good, total, raw_good, raw_total, judged, excluded])
    for (let at = 1; at <= length; at++) one[at] = (one[at] ?? 0) + (one[at - 1] ?? 0)
  const one_a_minute = series.lines.every((line) => line.unknown || line.total <= 1)
  return { first, last: end - 1, good, total, raw_good, raw_total, judged, excluded, one_a_minute }
}

function sumOf(column: Float64Array, { first }: Sums, from: Minute, to: Minute): number {
  const place = (minute: Minute): number => Math.max(0, Math.min(column.length - 1, minute - first))
  return (column[place(to)] ?? 0) - (column[place(from)] ?? 0)
}

function between(
  sums: Sums,
  from: Minute,
  to: Minute,
  series: ReplaySeries,
): Spent & { readonly judged: number; readonly excluded: number; readonly minutes: number } {
  return {
    good: sumOf(sums.good, sums, from, to),
    total: sumOf(sums.total, sums, from, to),
    judged: sumOf(sums.judged, sums, from, to),
    excluded: excludedIn(series, from, to),
    minutes: to - from,
  }
}

/** Excluded minutes, also where the series has none; overlapping exclusions count once. */
function excludedIn({ exclusions }: ReplaySeries, from: Minute, to: Minute): number {
  let counted = from
  return exclusions
    .toSorted((a, b) => a.from - b.from)
    .reduce((sum, one) => {
      const start = Math.max(counted, one.from)
      const end = Math.min(to, one.to)
      counted = Math.max(counted, end)
      return sum + Math.max(0, end - start)
    }, 0)
}

/** Slices of the window that were judged, and those of them in which enough was good. Slices lie on multiples of their length. */
function slicesOf(series: ReplaySeries, sums: Sums, from: Minute, to: Minute): Spent {
  const { minutes, target } = series.slice
  let good = 0
  let total = 0
  for (let start = from - (((from % minutes) + minutes) % minutes); start < to; start += minutes) {
    const slice = between(sums, Math.max(from, start), Math.min(to, start + minutes), series)
    if (slice.total === 0) continue
    total += 1
    if (reaches(slice, target)) good += 1
  }
  return { good, total }
}

/** good / total >= target, in whole numbers. */
const reaches = ({ good, total }: Spent, target: number): boolean =>
  BigInt(good) * 1_000_000_000n >= BigInt(total) * BigInt(Math.round(target * 1e9))

/** The window of the objective that ends with a minute, and the length of the budget's period. */
function windowAt({ window }: ReplaySeries, minute: Minute): { readonly from: Minute; readonly period: number } {
  if (window.kind === 'rolling') return { from: minute + 1 - window.minutes, period: window.minutes }
  return { from: monthStart(window.zone, minute), period: monthMinutes(window.zone, minute) }
}

const zoned = (zone: string, minute: Minute): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(minute * MINUTE_MS).toZonedDateTimeISO(zone)
const monthStart = (zone: string, minute: Minute): Minute => zoned(zone, minute).with({ day: 1 }).startOfDay().epochMilliseconds / MINUTE_MS
const monthMinutes = (zone: string, minute: Minute): number =>
  zoned(zone, minute).with({ day: 1 }).startOfDay().add({ months: 1 }).epochMilliseconds / MINUTE_MS - monthStart(zone, minute)

const MinuteOf = z.union([
  z.int(),
  z.string().transform((written, context) => {
    try {
      return minuteOf(parseInstant(written))
    } catch {
      context.addIssue({ code: 'custom', message: `"${written}" is not a moment; write it like 2026-11-23T09:30Z` })
      return z.NEVER
    }
  }),
])
const Count = z.int().nonnegative()
const Share = z.number().gt(0).lte(1)
const Exclusion = z
  .strictObject({ from: MinuteOf, to: MinuteOf, reason: z.string().optional() })
  .refine(({ from, to }) => from < to, 'ends before it begins; `to` is the first minute that counts again')
const ExcludeLine = z.strictObject({ exclude: Exclusion })
const TierLine = z.strictObject({
  id: z.string().min(1),
  severity: z.enum(['page', 'ticket']).default('page'),
  short: z.string(),
  long: z.string(),
  budget: Share.optional(),
  factor: z.number().positive().optional(),
  bad_at_least: z.int().nonnegative().default(0),
})
const WarningLine = z.strictObject({ bad_at_least: z.int().positive().optional(), below: Share.optional(), within: z.string() })
const ObjectiveLine = z.strictObject({
  objective: z.strictObject({
    target: Share,
    window: z.string().default('P28D'),
    zone: z.string().default('UTC'),
    coverage: z.number().gte(0).lte(1).default(0.9),
    minimum_events: z.int().positive().optional(),
    method: z.enum(['occurrences', 'timeslices']).default('occurrences'),
    slice_target: Share.default(1),
    slice_minutes: z.int().positive().max(1_440).default(1),
  }),
  tiers: z.array(TierLine).optional(),
  early_warning: WarningLine.optional(),
  exclusions: z.array(Exclusion).default([]),
})
const MinuteLine = z
  .strictObject({
    minute: MinuteOf,
    minutes: z.int().positive().max(LONGEST_MINUTES).default(1),
    good: Count.optional(),
    total: Count.optional(),
    unknown: z.union([z.boolean(), z.int().nonnegative()]).optional(),
    endpoint: z.string().min(1).max(2_000).optional(),
  })
  .refine(
    ({ good, total, unknown }) => isUnknown(unknown) || (good !== undefined && total !== undefined),
    'has neither `good` and `total` nor `unknown`',
  )
  .refine(({ good = 0, total = 0 }) => good <= total, 'has more good than total')

const isUnknown = (unknown: boolean | number | undefined): boolean => unknown === true || (typeof unknown === 'number' && unknown > 0)

function minuteLine(
  { minute, minutes, good, total, unknown, endpoint }: z.infer<typeof MinuteLine>,
  where: string,
): ReplaySeries['lines'][number] {
  const judged = (total ?? 0) > 0
  if (isUnknown(unknown) && judged && unknown === true)
    throw new Refused('replay.unknown_and_judged', 'a minute is unknown or has counts, not both', where)
  return { minute, minutes, good: good ?? 0, total: total ?? 0, unknown: isUnknown(unknown) && !judged, endpoint: endpoint ?? null }
}

function tierOf(line: z.infer<typeof TierLine>, period_minutes: number): Tier {
  const long_minutes = minutesOf(line.long, 'tiers.long')
  if ((line.budget === undefined) === (line.factor === undefined))
    throw new Refused('replay.tier', `the tier ${line.id} needs either a budget or a factor`, 'tiers')
  const budget = line.budget ?? (line.factor ?? 0) / factorOf({ budget: 1, long_minutes }, period_minutes)
  return {
    id: line.id,
    severity: line.severity,
    short_minutes: minutesOf(line.short, 'tiers.short'),
    long_minutes,
    budget,
    bad_at_least: line.bad_at_least,
  }
}

const earlyWarningOf = (line: z.infer<typeof WarningLine> | undefined): EarlyWarning =>
  line === undefined
    ? EARLY_WARNING
    : { bad_at_least: line.bad_at_least ?? null, below: line.below ?? null, within_minutes: minutesOf(line.within, 'early_warning.within') }

/** A span in ISO 8601, or as people write windows: 5m, 6h, 28d, 4w. */
function minutesOf(written: string, where: string): number {
  const short = /^(\d+)(m|h|d|w)$/.exec(written)
  const span =
    short === null
      ? written
      : short[2] === 'm' || short[2] === 'h'
        ? `PT${short[1]}${short[2].toUpperCase()}`
        : `P${short[1]}${short[2]?.toUpperCase()}`
  const minutes = lengthMs(parseDuration(span, where)) / MINUTE_MS
  if (!Number.isInteger(minutes) || minutes < 1) throw new Refused('replay.window', `"${written}" is not a whole number of minutes`, where)
  return minutes
}

function parsed(written: string, where: string): unknown {
  try {
    return JSON.parse(written)
  } catch (error) {
    throw new Refused('replay.not_json', `this is not JSON: ${error instanceof Error ? error.message : String(error)}`, where)
  }
}

function read<Schema extends z.ZodType>(schema: Schema, line: unknown, where: string): z.infer<Schema> {
  const found = schema.safeParse(line)
  if (found.success) return found.data
  const issue = found.error.issues[0]
  const path = issue?.path.join('.') ?? ''
  throw new Refused('replay.invalid', `${path === '' ? 'this line' : `"${path}"`} ${issue?.message ?? 'is not understood'}`, where)
}

/** A minute as a person may write it: its number, or a moment. */
export const readMinute = (written: string): Minute =>
  /^-?\d+$/.test(written) ? Number(written) : Math.floor(ms(parseInstant(written, '--at')) / MINUTE_MS)
