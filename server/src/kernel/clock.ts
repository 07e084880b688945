import { Temporal } from 'temporal-polyfill'
import { lastMomentAfter, type BusinessCalendar } from './calendar.ts'
import { plus, type Duration } from './duration.ts'
import { after, between, later, ms, type Instant } from './time.ts'

/** A stretch during which a clock stands still. Without `to` it still does. */
export type Pause = {
  readonly from: Instant
  readonly to?: Instant
  readonly reason: string
  readonly by: string
}

/**
 * A deadline. Only its starts, pauses and stops are stored; whether it is overdue is always read, never written.
 * `allowance` is counted in the calendar of `zone`; with a business calendar, days are its working days.
 */
export type Clock = {
  readonly kind: string
  readonly subject: string
  readonly started_at: Instant
  readonly allowance: Duration
  readonly zone: string
  readonly calendar?: BusinessCalendar
  readonly pauses: readonly Pause[]
  /** New allowances that were granted on the way; the last one counts, from the clock's start. */
  readonly retargets: readonly { readonly at: Instant; readonly allowance: Duration; readonly by: string }[]
  readonly stopped_at?: Instant
}

export type Reading =
  | { readonly state: 'running' | 'overdue'; readonly due_at: Instant; readonly left_ms: number }
  | { readonly state: 'paused'; readonly left_ms: number; readonly why: string }
  | { readonly state: 'met' | 'missed'; readonly due_at: Instant }

/** Where a clock stands at `now`. Monotone in `now`; a pause never brings the due date forward. */
export function read(clock: Clock, now: Instant): Reading {
  const until = clock.stopped_at ?? now
  const due_at = dueAt(clock, until)
  if (clock.stopped_at !== undefined) {
    return { state: clock.stopped_at <= due_at ? 'met' : 'missed', due_at }
  }
  const open = clock.pauses.find((pause) => pause.from <= now && (pause.to === undefined || pause.to > now))
  if (open !== undefined && open.from <= due_at) {
    // What was left when the pause began is what is left now: the due date moves with the pause.
    return { state: 'paused', left_ms: Math.max(0, between(now, due_at)), why: open.reason }
  }
  const left_ms = between(now, due_at)
  return { state: left_ms >= 0 ? 'running' : 'overdue', due_at, left_ms }
}

/** The moment at which the allowance is used up, given what is known at `until`. */
export function dueAt(clock: Clock, until: Instant): Instant {
  const allowance = clock.retargets.findLast((retarget) => retarget.at <= until)?.allowance ?? clock.allowance
  let due =
    clock.calendar === undefined
      ? plus(clock.started_at, allowance, clock.zone)
      : lastMomentAfter(clock.started_at, Temporal.Duration.from(allowance), clock.zone, clock.calendar)
  for (const pause of merged(clock.pauses, clock.started_at, until)) {
    if (pause.from > due) break
    due = after(due, ms(pause.to) - ms(pause.from))
  }
  return due
}

/** Pauses cut to the life of the clock, in order, overlaps joined: an hour that two people paused is still one hour. */
function merged(pauses: readonly Pause[], start: Instant, until: Instant): { from: Instant; to: Instant }[] {
  const cut = pauses
    .map((pause) => ({ from: later(pause.from, start), to: pause.to === undefined || pause.to > until ? until : pause.to }))
    .filter((pause) => pause.from < pause.to)
    .sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))
  const joined: { from: Instant; to: Instant }[] = []
  for (const pause of cut) {
    const last = joined.at(-1)
    if (last !== undefined && pause.from <= last.to) last.to = later(last.to, pause.to)
    else joined.push({ ...pause })
  }
  return joined
}
