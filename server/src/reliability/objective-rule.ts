import type { Counts } from './window.ts'

/**
 * When an objective is held and when it is lost, in whole samples and integer arithmetic, so that 40 bad minutes of 40,320
 * are within 99.9 % and 41 are not, on every machine.
 *
 * Lost: more bad samples than a complete window allows, so nothing that was not seen could save it. Held: enough was seen
 * and what was seen keeps the target. Everything between is unknown: a gap in the watch never passes anybody and never
 * costs anybody anything.
 */

/** What an objective asks of its counts. Shares from 0 to 1, with at most nine decimals. */
export type Asked = {
  readonly target: number
  readonly coverage: number
  /** Events that must have been seen before any answer; null for indicators that are counted in minutes. */
  readonly minimum_events: number | null
}

export type ObjectiveState = 'held' | 'lost' | 'unknown'

/** The rule. `expected` is the number of samples in a whole window; null where the samples are events and nobody knows how many. */
export function stateOf(counts: Pick<Counts, 'good' | 'total'> & { readonly expected: number | null }, asked: Asked): ObjectiveState {
  const bad = counts.total - counts.good
  const enough = counts.total >= neededSamples(counts.expected, asked)
  if (counts.expected === null) {
    if (!enough) return 'unknown'
    return bad > badAllowed(counts.total, asked.target) ? 'lost' : 'held'
  }
  if (bad > badAllowed(counts.expected, asked.target)) return 'lost'
  return enough && bad <= badAllowed(counts.total, asked.target) ? 'held' : 'unknown'
}

/** The bad samples that a target allows among that many: the whole part of (1 - target) x samples, without rounding on the way. */
export function badAllowed(samples: number, target: number): number {
  return share(samples, BILLION - billionths(target), 'down')
}

/** The samples that must have been judged before an objective may count as held. Never none: no data is no answer. */
export function neededSamples(expected: number | null, asked: Asked): number {
  const covered = expected === null ? 0 : share(expected, billionths(asked.coverage), 'up')
  return Math.max(1, covered, asked.minimum_events ?? 0)
}

const BILLION = 1_000_000_000

/** A share as a whole number of billionths: 0.999 is 999,000,000 although no double is exactly 0.999. */
const billionths = (share: number): number => Math.round(share * BILLION)

/** That many billionths of a count. By remainder, and in big integers where doubles end: a quotient of doubles could round up to the next whole number. */
function share(samples: number, parts: number, way: 'down' | 'up'): number {
  const product = samples * parts
  if (!Number.isSafeInteger(product))
    return Number((BigInt(samples) * BigInt(parts) + (way === 'up' ? BigInt(BILLION) - 1n : 0n)) / BigInt(BILLION))
  const rest = product % BILLION
  return (product - rest) / BILLION + (way === 'up' && rest > 0 ? 1 : 0)
}
