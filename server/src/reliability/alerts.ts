import type { Instant } from '../kernel/time.ts'
import { burnsAbove, factorOf, questionsOf, TIERS, warns, type Spent } from './burn.ts'
import type { AlertCause, AlertCounts, AlertEvent, AlertFired, AlertTier } from './events.ts'
import type { Objective } from './objectives.ts'
import {
  advanceRun,
  advanceStretch,
  DAY_MINUTES,
  oldestRun,
  startOfMinute,
  tailWindow,
  type MinuteKind,
  type RunningWindow,
} from './window.ts'

/**
 * Alerts of one series: what is worth a word before an objective is lost. One fires in a minute that was seen to fail, and
 * once; it is over when a wider window than the one that fired it has been calm, so that an app which comes and goes is one
 * alert and not twenty. Whether it is over follows from the sums alone: nothing is remembered beside them but that it fired.
 */
export type Alerts = {
  readonly app: string
  /** The longest window that a rule looks at; it also tells what an app was when it was last judged. */
  readonly recent: RunningWindow
  /** All windows of the rules, kept only while there is anything in them to look at. `recent` is one of them. */
  windows: ReadonlyMap<number, RunningWindow> | null
  tracked: readonly TrackedAlert[]
}

type TrackedAlert = AlertOf & {
  /** Any of them fires the alert; it is over when none of them burns. Without any it was asked for by rules that have gone. */
  readonly rules: readonly Rule[]
  /** The end of the minute that fired it, while it lasts. */
  open: Instant | null
}

/** What an alert is about. */
type AlertOf = Pick<AlertFired, 'indicator' | 'tier' | 'objective'>

/** An alert that was told and is not over, as storage knows it. */
export type OpenAlert = AlertOf & { readonly at: Instant; readonly endpoint?: string }

type Rule = {
  readonly id: string
  readonly short_minutes: number
  readonly long_minutes: number
  /** Wider than the short window: what keeps an alert from ending and firing again with each failure. */
  readonly calm_minutes: number
  /** The questions that must all be answered with yes. Each answer changes at most once while sums move evenly. */
  readonly fires: (short: Spent, long: Spent) => readonly boolean[]
  readonly burns: (calm: Spent) => boolean
}

/** Three days, the long window of the slowest tier. */
export const RECENT_MINUTES = Math.max(...TIERS.map(({ long_minutes }) => long_minutes))
/** An alert ends when nothing bad has been seen for twice the window that shows that it goes on. */
const CALM = 2
/** Below this rate the budget outlasts its period, so that a tier has nothing to tell. The slowest tier burns at 0.93 over 28 days. */
const SLOWEST_BURN = 0.9

/** Alerts over the objectives of a series. Those that are open and that no objective asks for any more end with the next minute. */
export function alertsOver(app: string, objectives: readonly Objective[], recent: RunningWindow, open: readonly OpenAlert[]): Alerts {
  const asked = objectives.flatMap((objective, place) => [
    ...tierAlerts(objective),
    ...warningAlert(
      objective,
      objectives.slice(0, place).flatMap(({ early_warnings }) => early_warnings),
    ),
  ])
  const opened = new Map(open.map((one) => [alertKey(one), one]))
  const keys = new Set(asked.map(alertKey))
  const orphans = open
    .filter((one) => !keys.has(alertKey(one)))
    .map(({ indicator, tier, objective, at }) => ({ indicator, tier, objective, rules: [], open: at }))
  const tracked = [...asked.map((one) => ({ ...one, open: opened.get(alertKey(one))?.at ?? null })), ...orphans]
  return { app, recent, windows: null, tracked }
}

/** The same alerts under other objectives: what has fired stays fired, what was counted stays counted. */
export const alertsUnder = (before: Alerts, objectives: readonly Objective[]): Alerts =>
  alertsOver(
    before.app,
    objectives,
    before.recent,
    before.tracked.flatMap(({ indicator, tier, objective, open }) => (open === null ? [] : [{ indicator, tier, objective, at: open }])),
  )

/** Tells alerts of a series apart. */
const alertKey = ({ indicator, tier, objective }: AlertOf): string =>
  [tier, indicator, objective.window, objective.good_when_at_most ?? '', objective.target].join('|')

/** Tells open alerts of an app apart, over all its endpoints. */
export const openKey = (alert: AlertOf & { readonly endpoint?: string }): string =>
  [alertKey(alert), ...(alert.endpoint === undefined ? [] : [alert.endpoint])].join('|')

const of = (tier: AlertTier, { indicator, window, target, good_when_at_most }: Objective, rules: readonly Rule[]): TrackedAlert => ({
  indicator,
  tier,
  objective: { window, target, good_when_at_most },
  rules,
  open: null,
})

function tierAlerts(objective: Objective): readonly TrackedAlert[] {
  const { target, window_minutes: period } = objective
  const apt = TIERS.filter((tier) => factorOf(tier, period) >= SLOWEST_BURN)
  return (['page', 'ticket'] as const).flatMap((severity) => {
    const rules = apt
      .filter((tier) => tier.severity === severity)
      .map((tier): Rule => ({
        ...tier,
        calm_minutes: CALM * tier.short_minutes,
        fires: (short, long) => questionsOf(tier, short, long, target, period),
        burns: (calm) => burnsAbove(calm, tier, target, period),
      }))
    return rules.length === 0 ? [] : [of(severity, objective, rules)]
  })
}

/** A warning that two objectives of a series ask for is given once, for the first of them. */
function warningAlert(objective: Objective, before: Objective['early_warnings']): readonly TrackedAlert[] {
  const said = new Set(before.map((one) => JSON.stringify(one)))
  const rules = objective.early_warnings
    .filter((one) => !said.has(JSON.stringify(one)))
    .flatMap(({ bad_at_least, below, within_minutes, calm_minutes }) => {
      const rule = (id: string, test: (spent: Spent) => boolean): Rule => ({
        id,
        short_minutes: within_minutes,
        // When nobody has looked for a day, a warning warns of nothing.
        long_minutes: Math.max(DAY_MINUTES, within_minutes, calm_minutes),
        calm_minutes,
        fires: (short) => [test(short)],
        burns: test,
      })
      const counts = { bad_at_least, below: null, within_minutes }
      const share = { bad_at_least: null, below, within_minutes }
      return [
        ...(bad_at_least === null ? [] : [rule('bad_at_least', (spent) => warns(counts, spent))]),
        ...(below === null ? [] : [rule('below', (spent) => warns(share, spent))]),
      ]
    })
  return rules.length === 0 ? [] : [of('early-warning', objective, rules)]
}

/** Adds equal minutes and answers with what must be told, as if every minute had been added by itself. */
export function advanceAlerts(alerts: Alerts, kind: MinuteKind, minutes: number): readonly AlertEvent[] {
  const events: AlertEvent[] = []
  for (let left = minutes; left > 0;) {
    if (isQuiet(alerts, kind)) {
      advanceRun(alerts.recent, kind, left)
      alerts.windows = null
      return events
    }
    const windows = (alerts.windows ??= windowsOf(alerts))
    // Which kind a minute is matters by itself, so the first of them is a step of its own.
    const whole = left === minutes ? 1 : [...windows.values()].reduce((least, window) => Math.min(least, oldestRun(window).minutes), left)
    const step = minutesToChange(alerts.tracked, windows, kind, whole)
    for (const window of windows.values()) advanceStretch(window, kind, step)
    left -= step
    events.push(...settled(alerts, windows, kind))
  }
  return events
}

/** What the newest minute that could be judged was; null when none could in three days. */
export function lastJudged({ recent }: Pick<Alerts, 'recent'>): 'good' | 'bad' | null {
  for (let place = recent.runs.length - 1; place >= recent.first; place--) {
    const run = recent.runs[place]
    if (run !== undefined && run.minutes > 0 && run.kind !== 'unknown') return run.kind
  }
  return null
}

/** Nothing bad in any window and nothing open: every rule says no, whatever good or unseen minutes come. */
const isQuiet = ({ recent, tracked }: Alerts, kind: MinuteKind): boolean =>
  tracked.length === 0 || (kind !== 'bad' && recent.bad === 0 && tracked.every(({ open }) => open === null))

function windowsOf({ recent, tracked }: Alerts): ReadonlyMap<number, RunningWindow> {
  const lengths = new Set(
    tracked.flatMap(({ rules }) => rules.flatMap((rule) => [rule.short_minutes, rule.long_minutes, rule.calm_minutes])),
  )
  const windows = [...lengths].map(
    (minutes) => [minutes, minutes === recent.window_minutes ? recent : tailWindow(recent, minutes)] as const,
  )
  return new Map([...windows, [recent.window_minutes, recent]])
}

type SpentIn = (minutes: number) => Spent

/** Like `minutesToChange` of objectives: sums move evenly while one kind enters and one leaves each window, so halving finds the first change. */
function minutesToChange(
  tracked: readonly TrackedAlert[],
  windows: ReadonlyMap<number, RunningWindow>,
  kind: MinuteKind,
  stretch: number,
): number {
  if (stretch === 1) return 1
  const rules = tracked.flatMap((alert) => alert.rules)
  const spentAfter =
    (minutes: number): SpentIn =>
    (length) => {
      const window = windowIn(windows, length)
      const leaving = oldestRun(window).kind
      const good = window.good + minutes * (Number(kind === 'good') - Number(leaving === 'good'))
      const bad = window.bad + minutes * (Number(kind === 'bad') - Number(leaving === 'bad'))
      return { good, total: good + bad }
    }
  const now = spentAfter(0)
  const before = rules.map((rule) => answersOf(rule, now))
  const staysAfter = (minutes: number): boolean => {
    const then = spentAfter(minutes)
    return rules.every((rule, place) => answersOf(rule, then).every((answer, number) => answer === before[place]?.[number]))
  }
  if (staysAfter(stretch)) return stretch
  let same = 0
  let changed = stretch
  while (changed - same > 1) {
    const middle = (same + changed) >> 1
    if (staysAfter(middle)) same = middle
    else changed = middle
  }
  return changed
}

/** Everything that `settled` asks of a rule. */
function answersOf(rule: Rule, spent: SpentIn): readonly boolean[] {
  const [short, long, calm] = [spent(rule.short_minutes), spent(rule.long_minutes), spent(rule.calm_minutes)]
  return [...rule.fires(short, long), rule.burns(calm), calm.total === 0, long.total === 0]
}

function windowIn(windows: ReadonlyMap<number, RunningWindow>, minutes: number): RunningWindow {
  const window = windows.get(minutes)
  if (window === undefined) throw new Error(`no window of ${minutes} minutes`)
  return window
}

/** Fires and ends alerts by the sums as they stand. */
function settled(alerts: Alerts, windows: ReadonlyMap<number, RunningWindow>, kind: MinuteKind): readonly AlertEvent[] {
  const spent: SpentIn = (minutes) => {
    const { good, bad } = windowIn(windows, minutes)
    return { good, total: good + bad }
  }
  const counts = (...lengths: readonly number[]): AlertCounts => lengths.map((minutes) => ({ minutes, ...spent(minutes) }))
  const at = startOfMinute(alerts.recent.to)
  const events = alerts.tracked.flatMap((alert): readonly AlertEvent[] => {
    const { indicator, tier, objective, rules, open } = alert
    const told = { app: alerts.app, indicator, objective, tier, at }
    const on = rules.filter((rule) => rule.fires(spent(rule.short_minutes), spent(rule.long_minutes)).every(Boolean))
    if (open === null) {
      const [first] = on
      // A minute that nobody saw fires nothing, even where good ones leaving a window would.
      if (first === undefined || kind !== 'bad') return []
      alert.open = at
      const payload = { ...told, rules: on.map(({ id }) => id), counts: counts(first.short_minutes, first.long_minutes) }
      return [{ type: 'reliability.alert_fired', payload }]
    }
    if (on.length > 0 || rules.some((rule) => goesOn(rule, spent))) return []
    alert.open = null
    const [first] = rules
    const shown = first === undefined ? [] : counts(first.calm_minutes, first.long_minutes)
    return [{ type: 'reliability.alert_resolved', payload: { ...told, fired_at: open, because: causeOf(rules, spent), counts: shown } }]
  })
  if (alerts.tracked.some(({ rules, open }) => rules.length === 0 && open === null))
    alerts.tracked = alerts.tracked.filter(({ rules, open }) => rules.length > 0 || open !== null)
  return events
}

/** Not seeing is not calm: while we are blind an alert stays, until all that was seen of it is out of the long window too. */
function goesOn(rule: Rule, spent: SpentIn): boolean {
  const calm = spent(rule.calm_minutes)
  return rule.burns(calm) || (calm.total === 0 && spent(rule.long_minutes).total > 0)
}

function causeOf(rules: readonly Rule[], spent: SpentIn): AlertCause {
  if (rules.length === 0) return 'not_asked'
  return rules.every(({ calm_minutes }) => spent(calm_minutes).total === 0) ? 'not_seen' : 'calm'
}
