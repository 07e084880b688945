import { Temporal } from 'temporal-polyfill'
import { instant, ms, type Instant } from './time.ts'

/** Which days count for a clock: ISO weekdays (1 is Monday) less the named holidays, `2026-12-25`. */
export type BusinessCalendar = {
  readonly id: string
  readonly version: string
  readonly weekdays: readonly number[]
  readonly holidays: readonly string[]
}

/**
 * The moment at which an allowance of hours or days ends when only working days count. Hours run through the whole of a
 * working day ("24 hours, five days a week" means: weekends stand still). Days are counted from the start's local time.
 */
export function lastMomentAfter(start: Instant, allowance: Temporal.Duration, zone: string, calendar: BusinessCalendar): Instant {
  if (calendar.weekdays.length === 0) throw new Error(`calendar ${calendar.id} has no working day`)
  // On working days a day of allowance is the whole local day, however long it is where the clocks change.
  let left = allowance.total({ unit: 'milliseconds', relativeTo: Temporal.PlainDate.from('2000-01-03') })
  let at = Temporal.Instant.fromEpochMilliseconds(ms(start)).toZonedDateTimeISO(zone)
  for (;;) {
    const nextDay = at.toPlainDate().add({ days: 1 }).toZonedDateTime(zone)
    if (isWorkingDay(at.toPlainDate(), calendar)) {
      const here = nextDay.epochMilliseconds - at.epochMilliseconds
      if (left <= here) return instant(at.epochMilliseconds + left)
      left -= here
    }
    at = nextDay
  }
}

function isWorkingDay(day: Temporal.PlainDate, calendar: BusinessCalendar): boolean {
  return calendar.weekdays.includes(day.dayOfWeek) && !calendar.holidays.includes(day.toString())
}

/** The first day of the last seven days of a month: where an annual review in "the last week of the month" starts. */
export function lastWeekOf(year: number, month: number): { readonly from: string; readonly to: string } {
  const last = Temporal.PlainDate.from({ year, month, day: 1 }).add({ months: 1 }).subtract({ days: 1 })
  return { from: last.subtract({ days: 6 }).toString(), to: last.toString() }
}
