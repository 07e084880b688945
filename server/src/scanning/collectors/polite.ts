import type { Instant } from '../../kernel/time.ts'
import type { Answer, NoAnswer, NoAnswerReason, StrangerClient } from '../../platform/net/client.ts'

/** How hard one host may be asked. */
export type Politeness = { readonly connections: number; readonly per_second: number }

/** A load that a production app does not feel: few connections, few requests a second. */
export const GENTLE: Politeness = { connections: 6, per_second: 10 }

/** Moments and pauses come from outside, so that a test needs no real seconds. */
export type Pace = {
  readonly now: () => Instant
  /** Milliseconds of a clock that never goes back. */
  readonly elapsed_ms: () => number
  /** Never rejects. */
  readonly wait: (milliseconds: number) => Promise<void>
}

type Host = {
  running: number
  per_second: number
  readonly waiting: (() => void)[]
  /** Planned starts of the last requests, oldest first. */
  starts: number[]
  not_before: number
  refusals: number
  /** Whether each of the last answers was a server error. */
  errors: boolean[]
  held: { readonly until: number; readonly reason: NoAnswerReason; readonly detail: string } | null
}

const REFUSALS_ENOUGH = 3
const LONGEST_RETRY_AFTER_MS = 10_000
const HELD_FOR_MS = 60_000
const LAST_ANSWERS = 20
const MOST_ERRORS = 0.2
/** A host that nobody asks is forgotten when there are more than this. */
const MOST_HOSTS = 10_000

/**
 * Puts a client behind a queue for each host: a few connections at once, a few requests a second, slower when the host asks
 * for it (429, or 503 with Retry-After), and none at all for a while when it refuses three times or falls over. One polite
 * client serves many scans, so that all apps on one host count as one.
 */
export function polite(client: StrangerClient, politeness: Politeness, pace: Pace): StrangerClient {
  const hosts = new Map<string, Host>()
  return {
    ...client,
    async fetch(request) {
      const name = URL.canParse(request.url) ? new URL(request.url).host : ''
      const host = hosts.get(name) ?? fresh(politeness)
      hosts.set(name, host)
      if (host.running >= politeness.connections) await new Promise<void>((resolve) => host.waiting.push(resolve))
      else host.running += 1
      try {
        const pause = planned(host, pace.elapsed_ms()) - pace.elapsed_ms()
        if (pause > 0) await pace.wait(pause)
        const held = holds(host, pace.elapsed_ms())
        if (held !== null) return notAsked(request.url, held.reason, held.detail, pace.now())
        const answer = await client.fetch(request)
        learn(host, answer, politeness, pace)
        return answer
      } finally {
        // The place is handed on as it is: counting down first would let a newcomer slip in between.
        const next = host.waiting.shift()
        if (next === undefined) host.running -= 1
        else next()
        if (host.running === 0 && host.held === null && hosts.size > MOST_HOSTS) hosts.delete(name)
      }
    },
  }
}

const fresh = ({ per_second }: Politeness): Host => ({
  running: 0,
  per_second,
  waiting: [],
  starts: [],
  not_before: 0,
  refusals: 0,
  errors: [],
  held: null,
})

/** The moment at which the next request may start: a second's worth may go at once, and in no second more than that. */
function planned(host: Host, now: number): number {
  const before = host.starts.at(-host.per_second)
  const start = Math.max(now, host.not_before, before === undefined ? 0 : before + 1_000)
  host.starts = [...host.starts.slice(1 - host.per_second), start].slice(-host.per_second)
  return start
}

function holds(host: Host, now: number): Host['held'] {
  if (host.held !== null && host.held.until <= now) {
    host.held = null
    host.refusals = 0
    host.errors = []
  }
  return host.held
}

function learn(host: Host, answer: Answer | NoAnswer, politeness: Politeness, pace: Pace): void {
  if (answer.kind !== 'answer') return
  const now = pace.elapsed_ms()
  const retry_after = answer.headers.find(([key]) => key.toLowerCase() === 'retry-after')?.[1]
  if (answer.status === 429 || (answer.status === 503 && retry_after !== undefined)) {
    host.refusals += 1
    host.per_second = Math.max(1, Math.floor(host.per_second / 2))
    host.not_before = now + Math.min(LONGEST_RETRY_AFTER_MS, retryAfterMs(retry_after))
    if (host.refusals >= REFUSALS_ENOUGH)
      host.held = { until: now + HELD_FOR_MS, reason: 'rate_limited', detail: `the host asked ${host.refusals} times for fewer requests` }
    return
  }
  host.errors = [...host.errors, answer.status >= 500].slice(-LAST_ANSWERS)
  const errors = host.errors.filter(Boolean).length
  if (errors > LAST_ANSWERS * MOST_ERRORS)
    host.held = {
      until: now + HELD_FOR_MS,
      reason: 'host_in_trouble',
      detail: `${errors} of the last ${host.errors.length} answers were server errors, so it was left alone`,
    }
  else if (host.refusals === 0) host.per_second = politeness.per_second
}

/** RFC 9110, section 10.2.3: seconds, or a date, which is taken as a second since no other clock is trusted here. */
const retryAfterMs = (value: string | undefined): number => (value !== undefined && /^\d{1,5}$/.test(value) ? Number(value) * 1_000 : 1_000)

const notAsked = (url: string, reason: NoAnswerReason, detail: string, at: Instant): NoAnswer => ({
  kind: 'no-answer',
  url,
  reason,
  detail,
  phases: { dns_ms: null, connect_ms: null, tls_ms: null, first_byte_ms: null, total_ms: 0 },
  at,
})
