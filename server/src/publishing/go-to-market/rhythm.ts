import { Temporal } from 'temporal-polyfill'
import { ms, type Instant } from '../../kernel/time.ts'
import type { GoToMarket } from '../../programmes/schema.ts'

/** When editions are cut. Pure: the calendar of the programme's own zone, counted from the policy's first day, so that nothing drifts. */

/** The day that it is somewhere. */
export const todayIn = (zone: string, now: Instant): string => dateIn(zone, now).toString()

const dateIn = (zone: string, now: Instant): Temporal.PlainDate =>
  Temporal.Instant.fromEpochMilliseconds(ms(now)).toZonedDateTimeISO(zone).toPlainDate()

/** The newest day up to now on which an edition is due; null before the first. */
export function newestCutDay(policy: Pick<GoToMarket, 'cut' | 'since'>, zone: string, now: Instant): string | null {
  const today = dateIn(zone, now)
  const since = Temporal.PlainDate.from(policy.since)
  if (Temporal.PlainDate.compare(today, since) < 0) return null
  const day = newestOf(policy.cut, since, today)
  return Temporal.PlainDate.compare(day, since) < 0 ? null : day.toString()
}

/** The first day after now on which an edition is due. */
export function nextCutDay(policy: Pick<GoToMarket, 'cut' | 'since'>, zone: string, now: Instant): string {
  const today = dateIn(zone, now)
  const since = Temporal.PlainDate.from(policy.since)
  let day = Temporal.PlainDate.compare(today, since) < 0 ? since : today.add({ days: 1 })
  // The rarest rhythm decides how far this looks: no pack needs decades, and each step is a comparison of days.
  while (!newestOf(policy.cut, since, day).equals(day)) day = day.add({ days: 1 })
  return day.toString()
}

function newestOf(cut: GoToMarket['cut'], since: Temporal.PlainDate, today: Temporal.PlainDate): Temporal.PlainDate {
  if ('weekday' in cut) return today.subtract({ days: (today.dayOfWeek - cut.weekday + 7) % 7 })
  if ('day_of_month' in cut) {
    const inMonth = (first: Temporal.PlainDate): Temporal.PlainDate =>
      first.with({ day: cut.day_of_month === 'last' ? first.daysInMonth : cut.day_of_month })
    const here = inMonth(today.with({ day: 1 }))
    return Temporal.PlainDate.compare(here, today) <= 0 ? here : inMonth(today.with({ day: 1 }).subtract({ months: 1 }))
  }
  const span = Temporal.Duration.from(cut.every)
  // Each from the first day and not from the one before: the 31st stays the last of a month that has one.
  const nth = (times: number): Temporal.PlainDate =>
    since.add({ years: span.years * times, months: span.months * times, weeks: span.weeks * times, days: span.days * times })
  const length = since.until(nth(1), { largestUnit: 'days' }).days
  let times = Math.max(0, Math.floor(since.until(today, { largestUnit: 'days' }).days / length) - 1)
  while (Temporal.PlainDate.compare(nth(times), today) > 0 && times > 0) times -= 1
  while (Temporal.PlainDate.compare(nth(times + 1), today) <= 0) times += 1
  return nth(times)
}
