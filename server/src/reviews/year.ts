import { Temporal } from 'temporal-polyfill'
import { lastWeekOf } from '../kernel/calendar.ts'
import { minus, type Duration } from '../kernel/duration.ts'
import { instant, ms, type Instant } from '../kernel/time.ts'
import type { Policy } from '../programmes/schema.ts'

export type AnnualReviewPolicy = Extract<Policy, { readonly kind: 'annual-review' }>
export type SignificantChangePolicy = Extract<Policy, { readonly kind: 'significant-change' }>

/** The days of one annual review. `due_at` is the moment at which the week is over. */
export type ReviewDays = {
  readonly year: number
  readonly announce_at: Instant
  readonly opens_at: Instant
  readonly due_at: Instant
}

/**
 * The first annual review that ends after a moment: in the last seven days of the month of first approval, in each year after
 * the year of approval, by the programme's calendar. What happened to the badge in between changes nothing about its month.
 */
export function reviewAfter(first_approved: Instant, now: Instant, policy: Pick<AnnualReviewPolicy, 'notice'>, zone: string): ReviewDays {
  const approved = Temporal.Instant.fromEpochMilliseconds(ms(first_approved)).toZonedDateTimeISO(zone)
  const today = Temporal.Instant.fromEpochMilliseconds(ms(now)).toZonedDateTimeISO(zone)
  const soonest = Math.max(approved.year + 1, today.year)
  const days = daysIn(soonest, approved.month, policy, zone)
  return days.due_at > now ? days : daysIn(soonest + 1, approved.month, policy, zone)
}

function daysIn(year: number, month: number, { notice }: Pick<AnnualReviewPolicy, 'notice'>, zone: string): ReviewDays {
  const week = lastWeekOf(year, month)
  const opens_at = startOfDay(Temporal.PlainDate.from(week.from), zone)
  const due_at = startOfDay(Temporal.PlainDate.from(week.to).add({ days: 1 }), zone)
  return { year, announce_at: minus(opens_at, notice as Duration, zone), opens_at, due_at }
}

const startOfDay = (day: Temporal.PlainDate, zone: string): Instant => instant(day.toZonedDateTime(zone).epochMilliseconds)
