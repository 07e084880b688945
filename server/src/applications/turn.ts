import { dueAt, type Clock } from '../kernel/clock.ts'
import type { Duration } from '../kernel/duration.ts'
import { between, type Instant } from '../kernel/time.ts'
import type { Policy } from '../programmes/schema.ts'

/**
 * Whose turn it is, since when and until when; and from the turns that have passed, how long each side let the other wait.
 * For any paperwork with two sides. Steps are named by whoever uses this; `nobody` has the turn while time alone has to pass.
 */
export type Turn<Step extends string = string> = {
  readonly step: Step
  readonly side: 'partner' | 'operator' | 'nobody'
  readonly since: Instant
  readonly due_at: Instant | null
}

/** A turn that has passed from one to the next; null where there is none before, or none after. Events carry it, so that figures are sums over them. */
export type Passed<Step extends string = string> = { readonly from: Turn<Step> | null; readonly to: Turn<Step> | null }

/** How long a step may take, as a pack says it. */
export type TurnAllowance = Extract<Policy, { readonly kind: 'review' }>['clocks']['triage']

/** The clock of a turn: with weekdays, only these count. */
export const clockOf = (step: string, subject: string, since: Instant, allowance: TurnAllowance, zone: string): Clock => ({
  kind: `applications.${step}`,
  subject,
  started_at: since,
  // The guarantee of the cast: the pack's schema lets nothing else through.
  allowance: allowance.within as Duration,
  zone,
  ...(allowance.weekdays === undefined ? {} : { calendar: { id: 'weekdays', version: '1', weekdays: allowance.weekdays, holidays: [] } }),
  pauses: [],
  retargets: [],
})

/** When a turn that begins now is over. */
export const turnDue = (step: string, subject: string, now: Instant, allowance: TurnAllowance, zone: string): Instant =>
  dueAt(clockOf(step, subject, now, allowance, zone), now)

/** A turn that is over. */
export type DoneTurn<Step extends string = string> = Turn<Step> & { readonly until: Instant }

/** How long one side had a step, in all. */
export type Idle<Step extends string = string> = {
  readonly step: Step
  readonly side: Turn['side']
  readonly ms: number
  readonly turns: number
  /** Turns that were longer than allowed. */
  readonly late: number
}

/** Past the due date by a moment, and not on it. Time that nobody can hurry is never late. */
const isLate = ({ side, due_at }: Turn, until: Instant): boolean => side !== 'nobody' && due_at !== null && until > due_at

/** How long each side had each step, with the turn that runs. In the order in which they first came. */
export function idleOf<Step extends string>(done: readonly DoneTurn<Step>[], turn: Turn<Step> | null, now: Instant): readonly Idle<Step>[] {
  const all = turn === null ? done : [...done, { ...turn, until: now }]
  const sums = new Map<string, Idle<Step>>()
  for (const one of all) {
    const key = `${one.step} ${one.side}`
    const before = sums.get(key) ?? { step: one.step, side: one.side, ms: 0, turns: 0, late: 0 }
    const late = isLate(one, one.until) ? 1 : 0
    sums.set(key, { ...before, ms: before.ms + between(one.since, one.until), turns: before.turns + 1, late: before.late + late })
  }
  return [...sums.values()]
}

/** What a step took so far over all threads: counts only, so that nobody is named. */
export type StepFigures = {
  readonly side: Turn['side']
  readonly done: number
  readonly total_ms: number
  readonly longest_ms: number
  readonly late: number
  /** How many wait at this step now. */
  readonly open: number
  /** The newest ones, for the median. */
  readonly recent_ms: readonly number[]
}

/** Of so many newest turns the median is told. */
const RECENT = 50

const NOTHING = { done: 0, total_ms: 0, longest_ms: 0, late: 0, open: 0, recent_ms: [] } as const

/** Adds a turn that passed to the figures of its programme. */
export function counted(
  figures: { readonly [step: string]: StepFigures },
  { from, to }: Passed,
  at: Instant,
): { readonly [step: string]: StepFigures } {
  let after = figures
  if (from !== null) {
    const before = after[from.step] ?? { ...NOTHING, side: from.side }
    const took = between(from.since, at)
    after = {
      ...after,
      [from.step]: {
        ...before,
        done: before.done + 1,
        total_ms: before.total_ms + took,
        longest_ms: Math.max(before.longest_ms, took),
        late: before.late + (isLate(from, at) ? 1 : 0),
        open: Math.max(0, before.open - 1),
        recent_ms: [...before.recent_ms, took].slice(-RECENT),
      },
    }
  }
  if (to !== null) {
    const before = after[to.step] ?? { ...NOTHING, side: to.side }
    after = { ...after, [to.step]: { ...before, open: before.open + 1 } }
  }
  return after
}

/** The middle of some lengths; null of none. */
export function median(lengths: readonly number[]): number | null {
  const sorted = [...lengths].sort((a, b) => a - b)
  const middle = Math.floor((sorted.length - 1) / 2)
  const [low, high] = [sorted[middle], sorted[Math.ceil((sorted.length - 1) / 2)]]
  return low === undefined || high === undefined ? null : (low + high) / 2
}
