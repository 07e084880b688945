import { Temporal } from 'temporal-polyfill'
import { instant, type Instant } from '../kernel/time.ts'

/** An ISO 8601 span read once, so that judging a thousand apps a day reads no text: whole months, and the rest in milliseconds. */
export type Span = { readonly months: number; readonly ms: number }

const READ = new Map<string, Span>()

/** Reads a span that the schema has let pass. Kept, since a pack holds a few dozen of them. */
export function spanOf(text: string): Span {
  const known = READ.get(text)
  if (known !== undefined) return known
  const read = Temporal.Duration.from(text)
  const rest = Temporal.Duration.from({
    weeks: read.weeks,
    days: read.days,
    hours: read.hours,
    minutes: read.minutes,
    seconds: read.seconds,
    milliseconds: read.milliseconds,
  })
  const span: Span = {
    months: read.years * 12 + read.months,
    ms: rest.total({ unit: 'milliseconds', relativeTo: Temporal.PlainDate.from('2000-01-01') }),
  }
  READ.set(text, span)
  return span
}

/** The milliseconds since 1970 at which a span that began then is over, in UTC: the same as `plus` of the kernel, without its cost. */
export function msAfter(at_ms: number, span: Span): number {
  return (span.months === 0 ? at_ms : monthsAfter(at_ms, span.months)) + span.ms
}

/** The moment at which a span that began at that many milliseconds is over. */
export const momentAfter = (at_ms: number, span: Span): Instant => instant(msAfter(at_ms, span))

/** Months later at the same time of day; the 31st becomes the last day of a shorter month, as in Temporal. */
function monthsAfter(at_ms: number, months: number): number {
  const from = new Date(at_ms)
  const first = Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months, 1)
  const days_in_month = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months + 1, 0)).getUTCDate()
  const day = Math.min(from.getUTCDate(), days_in_month)
  const start_of_day = Date.UTC(from.getUTCFullYear(), from.getUTCMonth(), from.getUTCDate())
  return first + (day - 1) * DAY + (at_ms - start_of_day)
}

const DAY = 86_400_000
