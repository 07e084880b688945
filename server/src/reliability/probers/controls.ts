import { isIP } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { StrangerClient } from '../../platform/net/client.ts'
import { FEWEST_CONTROLS, type ControlsSeen } from '../verdict.ts'

/** Tells our outage from theirs: the operator's control targets, asked when a probe has failed. */
export type Controls = {
  /** What they say now. Failures that come together share one round. */
  readonly ask: () => Promise<ControlsSeen>
}

/** Controls are asked to hear anything at all, so their own slowness is no fault. */
const WITHIN_MS = 3_000
/** As long as an answer speaks for now. A failure right after it may still be the start of our outage, so no longer. */
const FRESH_MS = 3_000

/** Builds the controls. `targets` are URLs from the operator's own configuration, asked through the client that allows those and nothing else. */
export function controlsOf(client: Pick<StrangerClient, 'fetch'>, targets: readonly string[], fresh_ms = FRESH_MS): Controls {
  let last: { readonly begun_ms: number; readonly seen: Promise<ControlsSeen> } | null = null
  return {
    ask() {
      const now_ms = performance.now()
      if (last === null || now_ms - last.begun_ms > fresh_ms) last = { begun_ms: now_ms, seen: askAll(client, targets) }
      return last.seen
    },
  }
}

async function askAll(client: Pick<StrangerClient, 'fetch'>, targets: readonly string[]): Promise<ControlsSeen> {
  const limits = { total_ms: WITHIN_MS, connect_ms: WITHIN_MS, body_bytes: 1024 * 1024, inflated_bytes: 1024 * 1024, redirects: 0 }
  const heard = await Promise.all(
    targets.map(async (url) => {
      const answer = await client.fetch({ url, method: 'HEAD', limits, ports: [...portOf(url)] })
      return { url, heard: answer.kind === 'answer' }
    }),
  )
  const answering = heard.filter((one) => one.heard)
  return { asked: targets.length, heard: answering.length, named: answering.some(({ url }) => isNamed(url)) }
}

/** Found by a name, so that hearing it proves our name servers as well. */
const isNamed = (url: string): boolean => isIP(new URL(url).hostname.replace(/^\[|\]$/g, '')) === 0

const portOf = (url: string): readonly number[] => (new URL(url).port === '' ? [] : [Number(new URL(url).port)])

/** How well this watch can tell our outage from theirs, for the overview. */
export type Vantage =
  | { readonly state: 'sound'; readonly controls: number }
  /** Too few controls: a failure is unknown, whatever it was. */
  | { readonly state: 'single_vantage'; readonly controls: number; readonly needed: number }
  /** All controls are literal addresses: a failing name look-up stays unknown. */
  | { readonly state: 'names_unproven'; readonly controls: number }

/** Reads the configuration: what the overview must say about failures that will stay unknown. */
export function vantageOf(targets: readonly string[]): Vantage {
  const controls = targets.length
  if (controls < FEWEST_CONTROLS) return { state: 'single_vantage', controls, needed: FEWEST_CONTROLS }
  return targets.some(isNamed) ? { state: 'sound', controls } : { state: 'names_unproven', controls }
}
