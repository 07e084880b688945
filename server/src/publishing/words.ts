import { between, DAY_MS, HOUR_MS, MINUTE_MS, type Instant } from '../kernel/time.ts'

export { durationInWords } from '../kernel/duration.ts'

/** How pages put things: moments, spans, shares and counts in plain English. Pure; every page says the same thing in the same words. */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** A day as people write it, `24 Nov 2026`. Takes a day or a moment, whose day in UTC counts. */
export function dayInWords(at: string): string {
  const [year = '', month = '', day = ''] = at.slice(0, 10).split('-')
  return `${Number(day)} ${MONTHS[Number(month) - 1] ?? month} ${year}`
}

/** A moment to the minute, with its zone: pages need no scripts, so they cannot know the reader's. */
export const momentInWords = (at: Instant): string => `${dayInWords(at)}, ${at.slice(11, 16)} UTC`

/** How far away a moment is: `in 12 days`, `3 hours ago`. Rounded down, so that nobody counts on time that is not there. */
export function distanceInWords(now: Instant, at: Instant): string {
  const gap = between(now, at)
  const span = spanInWords(Math.abs(gap))
  if (span === null) return 'now'
  return gap > 0 ? `in ${span}` : `${span} ago`
}

function spanInWords(milliseconds: number): string | null {
  if (milliseconds >= 2 * DAY_MS) return counted(Math.floor(milliseconds / DAY_MS), 'day')
  if (milliseconds >= 2 * HOUR_MS) return counted(Math.floor(milliseconds / HOUR_MS), 'hour')
  if (milliseconds >= MINUTE_MS) return counted(Math.floor(milliseconds / MINUTE_MS), 'minute')
  return null
}

/** `1 day`, `2 days`, `1,440 minutes`. */
export const counted = (number: number, noun: string, plural = `${noun}s`): string => `${grouped(number)} ${number === 1 ? noun : plural}`

/** Digits in threes, with commas. */
export const grouped = (number: number): string => String(number).replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',')

/**
 * A share in percent. Cut off, never rounded up: 99.996 % good is not shown as 100 %, and what misses 99.9 % is not shown
 * as 99.9 %.
 */
export function percentOf(good: number, total: number, places = 2): string {
  if (total === 0) return 'no figure'
  if (good === total) return '100 %'
  const scale = 10 ** places
  const cut = Math.floor((good * 100 * scale) / total) / scale
  return `${cut.toFixed(places)} %`
}

/** A target of a rule as it is written there, `99.9 %`. */
export const targetInWords = (share: number): string => `${Number((share * 100).toFixed(6))} %`

/** A list in a sentence: `a`, `a and b`, `a, b and c`. */
export function listInWords(words: readonly string[]): string {
  const last = words.at(-1)
  if (last === undefined) return ''
  return words.length === 1 ? last : `${words.slice(0, -1).join(', ')} and ${last}`
}

/** An id as words, for what a pack names without a title: `response-time` becomes `Response time`. */
export function idInWords(id: string): string {
  const words = id.replaceAll(/[-._]+/g, ' ').trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** A name cut to what a list has room for; its own page shows all of it. Cuts between characters as people count them. */
export function shortened(name: string, most = 90): string {
  const letters = [...new Intl.Segmenter('en').segment(name)].map(({ segment }) => segment)
  return letters.length <= most
    ? name
    : `${letters
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`
}

/** A length of time in whole days, or hours below one: what people compare, not what they calculate with. */
export function idleInWords(ms: number): string {
  if (ms >= DAY_MS) return counted(Math.floor(ms / DAY_MS), 'day')
  return ms >= HOUR_MS ? counted(Math.floor(ms / HOUR_MS), 'hour') : 'less than an hour'
}

/** An indicator with the base URL it was counted at, where that is one of several. */
export const placed = (indicator: string, endpoint: string | undefined): string =>
  endpoint === undefined ? indicator : `${indicator} at ${endpoint}`

/** A refusal or a reason as a sentence of its own: with a capital letter and a full stop. */
export function asSentence(text: string): string {
  const whole = `${text.charAt(0).toUpperCase()}${text.slice(1)}`
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`
}
