import { lengthMs, type Duration } from '../kernel/duration.ts'
import { MINUTE_MS } from '../kernel/time.ts'
import type { Catalogue, MetWhen } from '../programmes/schema.ts'
import type { EarlyWarning } from './burn.ts'
import type { ReliabilityEvent, Reporter, WindowTold } from './events.ts'
import { badAllowed, neededSamples, stateOf, type Asked, type ObjectiveState } from './objective-rule.ts'
import {
  advanceRun,
  advanceStretch,
  countsOf,
  DAY_MINUTES,
  oldestRun,
  type MinuteKind,
  type RunningWindow,
  type WindowCounts,
} from './window.ts'

/**
 * Watches the sums of an app against the objectives of its programmes and says so in the very minute in which one is lost
 * or regained; besides, the counts are told once a day, so that what was told never grows old unseen.
 */

/** An objective on an indicator that is counted in minutes, as a programme states it. */
export type Objective = Asked & {
  readonly indicator: string
  readonly window: string
  readonly window_minutes: number
  readonly good_when_at_most: number | null
  /** How the endpoints of one app combine: each is held to it and the worst decides, or a minute is bad when it is bad at any. */
  readonly endpoints: 'worst' | 'together'
  /** Of the bound. */
  readonly unit: string | null
  /** Whose figures count, where they are sent in. */
  readonly reported_by: readonly Reporter[]
  /** When the partner is warned, long before it is lost. An alert so made lasts until `calm_minutes` would not fire it. */
  readonly early_warnings: readonly (EarlyWarning & { readonly calm_minutes: number })[]
}

/** An objective of one app: its window, and what the others were last told of it. */
export type TrackedObjective = {
  readonly app: string
  readonly objective: Objective
  readonly window: RunningWindow
  /** The same minutes as they were seen, where the ledger takes some of them out; null while it takes none. */
  readonly raw: RunningWindow | null
  told: { readonly state: ObjectiveState; readonly total: number } | null
}

/** Every objective that the requirements in force ask for, each once, however many programmes and tiers ask for it. */
export function objectivesOf(catalogues: readonly Pick<Catalogue, 'requirements'>[]): readonly Objective[] {
  const found = new Map<string, Objective>()
  for (const { requirements } of catalogues) {
    for (const { met_when, early_warning } of requirements) {
      const warnings = early_warning === undefined ? [] : [warningOf(early_warning)]
      for (const slo of met_when === undefined ? [] : slosIn(met_when)) {
        const objective: Objective = {
          indicator: slo.indicator,
          window: slo.window,
          window_minutes: lengthMs(slo.window as Duration) / MINUTE_MS,
          target: slo.target,
          coverage: slo.coverage,
          good_when_at_most: slo.good_when_at_most ?? null,
          minimum_events: slo.minimum_events ?? null,
          endpoints: slo.endpoints ?? 'worst',
          unit: slo.unit ?? null,
          reported_by: slo.reported_by ?? ['operator'],
          early_warnings: warnings,
        }
        const key = objectiveKey(objective)
        const said = found.get(key)?.early_warnings ?? []
        found.set(key, { ...objective, early_warnings: distinct([...said, ...warnings]) })
      }
    }
  }
  return [...found.values()]
}

type Stated = NonNullable<Catalogue['requirements'][number]['early_warning']>

/** Without a span of its own, a warning lasts until twice its window has been free of what made it. */
function warningOf({ bad_at_least, below, within, at_most_one_per }: Stated): Objective['early_warnings'][number] {
  const within_minutes = lengthMs(within as Duration) / MINUTE_MS
  return {
    bad_at_least: bad_at_least ?? null,
    below: below ?? null,
    within_minutes,
    calm_minutes: at_most_one_per === undefined ? 2 * within_minutes : lengthMs(at_most_one_per as Duration) / MINUTE_MS,
  }
}

const distinct = <T extends object>(all: readonly T[]): readonly T[] => [...new Map(all.map((one) => [JSON.stringify(one), one])).values()]

/** Tells objectives apart. */
export const objectiveKey = (objective: Omit<Objective, 'window_minutes' | 'early_warnings' | 'unit'>): string =>
  [
    objective.indicator,
    objective.window,
    objective.good_when_at_most ?? '',
    objective.target,
    objective.coverage,
    objective.minimum_events ?? '',
    ...(objective.endpoints === 'together' ? ['together'] : []),
    ...(objective.reported_by.includes('partner') ? ['partner'] : []),
  ].join('|')

type Slo = Extract<MetWhen, { readonly slo: unknown }>['slo']

function slosIn(met_when: MetWhen): readonly Slo[] {
  if ('slo' in met_when) return [met_when.slo]
  if ('all_of' in met_when) return met_when.all_of.flatMap(slosIn)
  if ('any_of' in met_when) return met_when.any_of.flatMap(slosIn)
  if ('first_of' in met_when) return met_when.first_of.flatMap(slosIn)
  return []
}

/**
 * Adds equal minutes to an objective and answers with what must be told, each with the counts of its own minute, as if every
 * minute had been added by itself.
 */
export function advanceObjective(
  tracked: TrackedObjective,
  kind: MinuteKind,
  minutes: number,
  /** What the minutes were seen to be, where the ledger has them count otherwise. */
  seen: MinuteKind = kind,
): readonly ReliabilityEvent[] {
  const events: ReliabilityEvent[] = []
  for (let left = minutes; left > 0;) {
    const stretch = Math.min(left, oldestRun(tracked.window).minutes, DAY_MINUTES - (tracked.window.to % DAY_MINUTES))
    const moved = advanceStretch(tracked.window, kind, minutesToChange(tracked, kind, stretch))
    if (tracked.raw !== null) advanceRun(tracked.raw, seen, moved)
    left -= moved
    const event = worthTelling(tracked)
    if (event !== null) events.push(event)
  }
  return events
}

/** Adds unknown minutes up to `minute`: nobody looked. */
export const advanceUnseen = (tracked: TrackedObjective, minute: number): readonly ReliabilityEvent[] =>
  advanceObjective(tracked, 'unknown', Math.max(0, minute - tracked.window.to))

/**
 * The minutes of a stretch until the answer to one of the rule's three questions changes, or all of them. Both sums move by
 * one step a minute here, so each answer changes at most once and the first change is found by halving.
 */
function minutesToChange(tracked: TrackedObjective, kind: MinuteKind, stretch: number): number {
  const { window, objective } = tracked
  const leaving = oldestRun(window).kind
  const good_step = Number(kind === 'good') - Number(leaving === 'good')
  const bad_step = Number(kind === 'bad') - Number(leaving === 'bad')
  const needed = neededSamples(window.window_minutes, objective)
  const allowed = badAllowed(window.window_minutes, objective.target)
  const answersAfter = (minutes: number): number => {
    const bad = window.bad + minutes * bad_step
    const total = window.good + window.bad + minutes * (good_step + bad_step)
    return Number(bad > allowed) + 2 * Number(total >= needed) + 4 * Number(bad <= badAllowed(total, objective.target))
  }
  const before = answersAfter(0)
  if (stretch === 1 || answersAfter(stretch) === before) return stretch
  let same = 0
  let changed = stretch
  while (changed - same > 1) {
    const middle = (same + changed) >> 1
    if (answersAfter(middle) === before) same = middle
    else changed = middle
  }
  return changed
}

function worthTelling(tracked: TrackedObjective): ReliabilityEvent | null {
  const counts = countsOf(tracked.window)
  const state = stateOf(counts, tracked.objective)
  const type = typeToTell(tracked.told, state, counts, tracked.window.to % DAY_MINUTES === 0)
  if (type === null) return null
  tracked.told = { state, total: counts.total }
  return { type, payload: toldOf(tracked.app, tracked.objective, counts, rawOf(tracked)) }
}

function rawOf({ raw }: TrackedObjective): Pick<WindowTold, 'raw'> {
  if (raw === null) return {}
  const { good, total, unknown } = countsOf(raw)
  return { raw: { good, total, unknown } }
}

/**
 * What is to be told after minutes have come to count otherwise: how the objective stands now, whatever was said before, so
 * that no figure shows what counts no more.
 */
export function retold(tracked: TrackedObjective): ReliabilityEvent {
  const counts = countsOf(tracked.window)
  const before = tracked.told?.state ?? 'unknown'
  const state = stateOf(counts, tracked.objective)
  tracked.told = { state, total: counts.total }
  const type =
    state === 'lost' && before !== 'lost'
      ? 'reliability.objective_lost'
      : state === 'held' && before === 'lost'
        ? 'reliability.objective_regained'
        : 'reliability.window_counted'
  return { type, payload: toldOf(tracked.app, tracked.objective, counts, rawOf(tracked)) }
}

function typeToTell(
  told: TrackedObjective['told'],
  now: ObjectiveState,
  counts: WindowCounts,
  midnight: boolean,
): ReliabilityEvent['type'] | null {
  const before = told?.state ?? 'unknown'
  if (now === 'lost' && before !== 'lost') return 'reliability.objective_lost'
  if (now === 'held' && before === 'lost') return 'reliability.objective_regained'
  // Back within the allowance with too little seen: not regained, and yet no longer lost.
  if (now === 'unknown' && before === 'lost') return 'reliability.window_counted'
  if (now === 'held' && before === 'unknown') return 'reliability.window_counted'
  // Held and then too little seen can change from minute to minute; the day's count tells it, and only people restore anyway.
  if (!midnight) return null
  return counts.total === 0 && (told?.total ?? 0) === 0 ? null : 'reliability.window_counted'
}

/** The counts as an event carries them. Evidence is added by whoever keeps it. */
export const toldOf = (
  app: string,
  objective: Objective,
  counts: Omit<WindowCounts, 'expected'> & Pick<WindowTold, 'expected'>,
  raw: Pick<WindowTold, 'raw'> = {},
): WindowTold => ({
  app,
  indicator: objective.indicator,
  window: objective.window,
  target: objective.target,
  good_when_at_most: objective.good_when_at_most,
  good: counts.good,
  total: counts.total,
  unknown: counts.unknown,
  expected: counts.expected,
  from: counts.from,
  to: counts.to,
  evidence: [],
  ...raw,
})

/** What was last told of an objective, read back from the counts of its last event. */
export const toldBefore = (objective: Objective, last: Pick<WindowTold, 'good' | 'total' | 'expected'> | null): TrackedObjective['told'] =>
  last === null ? null : { state: stateOf(last, objective), total: last.total }

/** The stream that holds what an app's objectives did. */
export const sloStream = (app: string): string => `slo/${app}`
