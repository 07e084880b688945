import { Temporal } from 'temporal-polyfill'
import { Refused } from './refused.ts'
import { instant, ms, type Instant } from './time.ts'

/** A span in ISO 8601, `P28D`, `PT15M`, `P4W`. Days and longer are calendar days in a zone, not 24 hours. */
export type Duration = string & { readonly __duration: true }

/** Reads a span; refuses what ISO 8601 does not know and what is negative. */
export function parseDuration(text: string, where?: string): Duration {
  let read: Temporal.Duration
  try {
    read = Temporal.Duration.from(text)
  } catch (error) {
    throw new Refused('time.not_a_duration', `"${text}" is not a span; write it like P28D, P4W or PT15M (${String(error)})`, where)
  }
  if (read.sign < 0) throw new Refused('time.negative_duration', `"${text}" is negative; a span here runs forward`, where)
  return text as Duration
}

/** The moment a span after `from`, counted in the calendar of `zone` (an IANA name), so that a day stays a day over a clock change. */
export function plus(from: Instant, span: Duration, zone = 'UTC'): Instant {
  const start = Temporal.Instant.fromEpochMilliseconds(ms(from)).toZonedDateTimeISO(zone)
  return instant(start.add(Temporal.Duration.from(span)).epochMilliseconds)
}

/** The moment a span before `from`, counted in the calendar of `zone`. */
export function minus(from: Instant, span: Duration, zone = 'UTC'): Instant {
  const start = Temporal.Instant.fromEpochMilliseconds(ms(from)).toZonedDateTimeISO(zone)
  return instant(start.subtract(Temporal.Duration.from(span)).epochMilliseconds)
}

/** Length in milliseconds of a span without years or months, a day taken as 24 hours: for windows that are counted in minutes. */
export function lengthMs(span: Duration): number {
  const read = Temporal.Duration.from(span)
  if (read.years !== 0 || read.months !== 0) {
    throw new Refused('time.calendar_duration', `${span} has no fixed length; use weeks or days`)
  }
  return read.total({ unit: 'milliseconds', relativeTo: Temporal.PlainDate.from('2000-01-01') })
}

/** An ISO 8601 span in words, `28 days`, `4 weeks`, `24 hours`. */
export function durationInWords(span: string): string {
  const read = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(span)
  if (read === null) return span
  const units = ['year', 'month', 'week', 'day', 'hour', 'minute', 'second']
  const parts = units.flatMap((unit, place) => {
    const number = Number(read[place + 1] ?? 0)
    return number === 0 ? [] : [`${number} ${unit}${number === 1 ? '' : 's'}`]
  })
  return parts.length === 0 ? 'no time' : parts.join(' ')
}
