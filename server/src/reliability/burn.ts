import type { Counts } from './window.ts'

/**
 * How fast an error budget is being spent, and when that is worth waking somebody. A burn rate of 1 spends the budget
 * exactly in its period; a tier is on when a long window shows that much was lost and a short one that it still goes on.
 * SRE workbook, chapter 5, "Alerting on SLOs": https://sre.google/workbook/alerting-on-slos/
 */
export type Tier = {
  readonly id: string
  readonly severity: 'page' | 'ticket'
  readonly short_minutes: number
  readonly long_minutes: number
  /** The part of the period's budget that is gone when the long window alone crosses: 0.02 is two per cent. */
  readonly budget: number
  /** Bad samples that the long window must hold besides. At one probe a minute a single failure crosses the quickest tier. */
  readonly bad_at_least: number
}

/**
 * The tiers of the workbook's table 5-8 with a ticket tier over a day. Minimum counts are ours: one failed probe of 60 is
 * 1.67 %, above the 1.344 % of the quickest tier, and one failed probe is no outage.
 */
export const TIERS: readonly Tier[] = [
  { id: 'page_quick', severity: 'page', short_minutes: 5, long_minutes: 60, budget: 0.02, bad_at_least: 3 },
  { id: 'page_slow', severity: 'page', short_minutes: 30, long_minutes: 360, budget: 0.05, bad_at_least: 3 },
  { id: 'ticket_quick', severity: 'ticket', short_minutes: 120, long_minutes: 1_440, budget: 0.1, bad_at_least: 5 },
  { id: 'ticket_slow', severity: 'ticket', short_minutes: 360, long_minutes: 4_320, budget: 0.1, bad_at_least: 5 },
]

/** Bad and judged samples of a window. */
export type Spent = Pick<Counts, 'good' | 'total'>

/** How many times faster than allowed the budget goes; null when nothing was judged, or when no budget was given. */
export function burnRate({ good, total }: Spent, target: number): number | null {
  const allowed = MILLIARD - billionths(target)
  return total === 0 || allowed === 0 ? null : ((total - good) / total) * (MILLIARD / allowed)
}

/** The burn rate above which a tier is on: 13.44 for two per cent of 28 days in an hour. */
export const factorOf = ({ budget, long_minutes }: Pick<Tier, 'budget' | 'long_minutes'>, period_minutes: number): number =>
  (budget * period_minutes) / long_minutes

/** Whether both windows of a tier burn faster than its rate, whatever the number of samples. In whole numbers: 1.344 % is no double. */
export function crosses(tier: Tier, short: Spent, long: Spent, target: number, period_minutes: number): boolean {
  return burnsAbove(short, tier, target, period_minutes) && burnsAbove(long, tier, target, period_minutes)
}

/** Whether a tier is on: its windows cross, and enough was bad to mean something. */
export const isOn = (tier: Tier, short: Spent, long: Spent, target: number, period_minutes: number): boolean =>
  questionsOf(tier, short, long, target, period_minutes).every(Boolean)

/** The questions whose answers must all be yes for a tier to be on, one by one: each has one boundary. */
export const questionsOf = (tier: Tier, short: Spent, long: Spent, target: number, period_minutes: number): readonly boolean[] => [
  long.total - long.good >= tier.bad_at_least,
  burnsAbove(short, tier, target, period_minutes),
  burnsAbove(long, tier, target, period_minutes),
]

/** bad / total > (1 - target) x budget x period / long window, all sides multiplied out. Nothing bad is not above anything. */
export function burnsAbove({ good, total }: Spent, { budget, long_minutes }: Tier, target: number, period_minutes: number): boolean {
  if (good === total) return false
  const left = BigInt(total - good) * BigInt(long_minutes) * BigInt(MILLIARD) * BigInt(MILLIARD)
  const right = BigInt(total) * BigInt(MILLIARD - billionths(target)) * BigInt(billionths(budget)) * BigInt(period_minutes)
  return left > right
}

/** When the partner is warned, long before anything is lost: so many bad samples within a short span, or a share below. */
export type EarlyWarning = { readonly bad_at_least: number | null; readonly below: number | null; readonly within_minutes: number }

/** The model programme's own: at least one failed health check in the last 15 minutes. */
export const EARLY_WARNING: EarlyWarning = { bad_at_least: 1, below: null, within_minutes: 15 }

/** Whether an early warning is due. */
export function warns({ bad_at_least, below }: EarlyWarning, { good, total }: Spent): boolean {
  if (bad_at_least !== null && total - good >= bad_at_least) return true
  return below !== null && total > 0 && BigInt(good) * BigInt(MILLIARD) < BigInt(total) * BigInt(billionths(below))
}

const MILLIARD = 1_000_000_000
const billionths = (share: number): number => Math.round(share * MILLIARD)
