import { Refused } from './refused.ts'

/** A moment in UTC with milliseconds, `2026-11-23T09:30:00.000Z`. Always 24 characters, so that text order is time order. */
export type Instant = string & { readonly __instant: true }

/** A day without a zone, `2026-11-23`. */
export type Day = string & { readonly __day: true }

export const SECOND_MS = 1_000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** Milliseconds since 1970-01-01T00:00Z. */
export const ms = (at: Instant): number => Date.parse(at)

/** The instant that many milliseconds after 1970-01-01T00:00Z. */
export function instant(milliseconds: number): Instant {
  const text = new Date(milliseconds).toISOString()
  // Beyond the years 0 to 9999 the form grows a sign and two digits, and text order ends.
  if (text.length !== 24) throw new RangeError(`${text} lies beyond the years 0 to 9999`)
  // The guarantee of the cast: toISOString prints the 24-character form or, as just seen, a longer one.
  return text as Instant
}

/** Reads an instant that a person or a file wrote; a day alone means its midnight in UTC. */
export function parseInstant(text: string, where?: string): Instant {
  const withZone = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text
  const formed = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/.test(withZone)
  const read = formed && isDay(withZone.slice(0, 10)) ? Date.parse(withZone) : Number.NaN
  if (Number.isNaN(read)) {
    throw new Refused('time.not_an_instant', `"${text}" is not a moment; write it like 2026-11-23T09:30:00Z`, where)
  }
  return instant(read)
}

/** Date.parse makes 1 March of 30 February; a day that is not in the calendar is a mistake. */
const isDay = (text: string): boolean => {
  const read = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(read) && instant(read).startsWith(text)
}

/** The moment `milliseconds` later (earlier when negative). */
export const after = (at: Instant, milliseconds: number): Instant => instant(ms(at) + milliseconds)

/** Milliseconds from one moment to another; negative when `to` lies before `from`. */
export const between = (from: Instant, to: Instant): number => ms(to) - ms(from)

/** The UTC day of a moment. */
export const dayOf = (at: Instant): Day => at.slice(0, 10) as Day

/** Midnight UTC at which a day starts. */
export const startOf = (day: Day): Instant => `${day}T00:00:00.000Z` as Instant

/** The later of two moments. */
export const later = (a: Instant, b: Instant): Instant => (a > b ? a : b)

/** The earlier of two moments. */
export const earlier = (a: Instant, b: Instant): Instant => (a < b ? a : b)
