import type { Blindness } from '../kernel/says.ts'
import type { Answer, NoAnswer, NoAnswerReason, Phases } from '../platform/net/client.ts'

/** What makes an answer good: the programme's probing policy. */
export type ProbePolicy = {
  readonly statuses: readonly number[]
  readonly within_ms: number
  readonly follow_redirects: boolean
}

/**
 * What the control targets said around a failure. They are the operator's, known to be good and unrelated to each other:
 * when none of them answers, the fault is likely to be ours. `named`: one of them was found by its name, so our name servers work.
 */
export type ControlsSeen = {
  readonly asked: number
  readonly heard: number
  readonly named: boolean
}

/** How far our own program stood still while it waited, and whether it was told to stop. */
export type OwnState = { readonly stood_still_ms: number; readonly stopped: boolean }

/** Good and bad are observations of the app; unknown always says why and whose doing it is. */
export type ProbeVerdict =
  | { readonly verdict: 'good'; readonly reason: null; readonly blind: null }
  | { readonly verdict: 'bad'; readonly reason: string; readonly blind: null }
  | { readonly verdict: 'unknown'; readonly reason: string; readonly blind: Blindness }

/** The part of an exchange that is judged. */
export type Exchange =
  | (Pick<Answer, 'kind' | 'status' | 'redirects'> & { readonly phases: Pick<Phases, 'total_ms'> })
  | Pick<NoAnswer, 'kind' | 'reason'>

/** With fewer than two control targets nobody can say whether a failure is the app's or ours. */
export const FEWEST_CONTROLS = 2

/** Good, without asking anybody: an allowed status, in time, without a redirect. Anything else is for `verdictOf`. */
export const isGood = (exchange: Exchange, policy: ProbePolicy): boolean => failureOf(exchange, policy) === null

/** Judges one probe. A failure is bad only when everything that could make it ours has been ruled out. */
export function verdictOf(exchange: Exchange, policy: ProbePolicy, controls: ControlsSeen, own: OwnState): ProbeVerdict {
  const failure = failureOf(exchange, policy)
  if (failure === null) return { verdict: 'good', reason: null, blind: null }
  if (own.stopped) return ours('stopped')
  const refused = exchange.kind === 'no-answer' && REFUSED_BY_US.has(exchange.reason)
  if (refused) return { verdict: 'unknown', reason: failure, blind: 'theirs' }
  if (controls.asked < FEWEST_CONTROLS) return ours('single_vantage')
  if (controls.heard === 0) return ours('controls_silent')
  if (LOOKUP_FAULTS.has(failure) && !controls.named) return ours('dns_ours')
  if (OF_TIME.has(failure) && own.stood_still_ms > policy.within_ms * STANDSTILL_SHARE) return ours('prober_stalled')
  return { verdict: 'bad', reason: failure, blind: null }
}

/** What is wrong with an exchange by the policy, or null. */
function failureOf(exchange: Exchange, policy: ProbePolicy): string | null {
  if (exchange.kind === 'no-answer') return exchange.reason
  const redirected =
    exchange.redirects.length > 0 || (exchange.status >= 300 && exchange.status < 400 && !policy.statuses.includes(exchange.status))
  if (redirected && !policy.follow_redirects) return 'redirect'
  if (!policy.statuses.includes(exchange.status)) return 'status'
  return exchange.phases.total_ms > policy.within_ms ? 'timeout' : null
}

const ours = (reason: string): ProbeVerdict => ({ verdict: 'unknown', reason, blind: 'ours' })

/** Our guard would not go there, or would not read on: no observation, and the app's to mend. */
const REFUSED_BY_US: ReadonlySet<NoAnswerReason> = new Set<NoAnswerReason>([
  'bad_url',
  'forbidden_address',
  'forbidden_port',
  'forbidden_scheme',
  'body_too_large',
  'inflated_too_large',
  'bad_encoding',
])

/** A name server that fails may be ours or theirs. "No such name" is an answer, and it is the app's. */
const LOOKUP_FAULTS: ReadonlySet<string> = new Set<NoAnswerReason>(['dns', 'dns_timeout'])

/** Failures that our own slowness could have made. */
const OF_TIME: ReadonlySet<string> = new Set<NoAnswerReason>(['timeout', 'connect_timeout', 'too_slow', 'dns_timeout'])

/** A program that stood still for a tenth of the limit may have eaten the answer's time itself. */
const STANDSTILL_SHARE = 0.1
