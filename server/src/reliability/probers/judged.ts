import { performance } from 'node:perf_hooks'
import { after, later, type Instant } from '../../kernel/time.ts'
import type { Answer, NoAnswer, Phases, StrangerClient } from '../../platform/net/client.ts'
import { isGood, verdictOf, type ControlsSeen, type ProbePolicy, type ProbeVerdict } from '../verdict.ts'
import type { Controls } from './controls.ts'
import { probeHttp } from './http.ts'
import type { Standstill } from './standstill.ts'

/** One exchange of a probe with what it was judged to be. */
export type JudgedExchange = {
  readonly at: Instant
  readonly url: string
  readonly verdict: ProbeVerdict['verdict']
  readonly reason: string | null
  readonly blind: ProbeVerdict['blind']
  readonly status: number | null
  /** The network's own words, for whoever has to mend it. */
  readonly detail: string | null
  readonly phases: Phases
  readonly controls: ControlsSeen | null
}

/** Everything that a probe is made with. */
export type ProbeWith = {
  readonly client: Pick<StrangerClient, 'fetch'>
  readonly controls: Controls
  readonly standstill: Pick<Standstill, 'since'>
  readonly policy: ProbePolicy
  readonly signal: AbortSignal
}

/**
 * A probe of one address. A failure is asked again at once, and only the second one counts: with the control targets heard
 * meanwhile and our own state looked at. The last exchange is the answer; an earlier one is kept as `not_confirmed`.
 */
export async function probeJudged(url: string, given: ProbeWith): Promise<readonly JudgedExchange[]> {
  const begun_ms = performance.now()
  const first = await probeHttp(given.client, url, given.policy, given.signal)
  if (isGood(first, given.policy)) return [judged(first, { verdict: 'good', reason: null, blind: null }, null)]
  const [second, controls] = await Promise.all([probeHttp(given.client, url, given.policy, given.signal), given.controls.ask()])
  const own = { stood_still_ms: given.standstill.since(begun_ms), stopped: given.signal.aborted }
  const verdict = verdictOf(second, given.policy, controls, own)
  return [
    judged(first, { verdict: 'unknown', reason: 'not_confirmed', blind: 'ours' }, null),
    // Two refusals can fall into one millisecond; samples are told apart by their moment.
    judged({ ...second, at: later(second.at, after(first.at, 1)) }, verdict, controls),
  ]
}

const judged = (exchange: Answer | NoAnswer, verdict: ProbeVerdict, controls: ControlsSeen | null): JudgedExchange => ({
  at: exchange.at,
  url: exchange.url,
  verdict: verdict.verdict,
  reason: verdict.reason,
  blind: verdict.blind,
  status: exchange.kind === 'answer' ? exchange.status : null,
  detail: exchange.kind === 'answer' ? null : exchange.detail,
  phases: exchange.phases,
  controls,
})
