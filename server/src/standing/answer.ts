import type { Digest } from '../kernel/event.ts'
import type { Blindness, Says } from '../kernel/says.ts'
import { says } from '../kernel/says.ts'
import type { Instant } from '../kernel/time.ts'

/** What facts say to one way of meeting a requirement, before dates, waivers and patience are applied. */
export type Answer = {
  readonly word: 'met' | 'unmet' | 'unknown' | 'not_applicable'
  readonly says: Says
  readonly change: Says
  readonly reason: string | null
  readonly blind: Blindness | null
  readonly due_at: Instant | null
  readonly evidence: readonly Digest[]
  readonly observed_at: Instant | null
  /** Since when the fact behind it has stood; for the first verdict, which has none before it. */
  readonly since: Instant | null
}

export const NOTHING_TO_DO = says('standing.nothing_to_do')

const NO_EVIDENCE: readonly Digest[] = []

/** The reason of `unknown` when nothing was ever brought. */
export const NOT_SUPPLIED = 'not_supplied'

/** Nobody can say: why, and whose doing it is. */
export const unknown = (
  reason: string,
  blind: Blindness | null,
  sentence: Says,
  change: Says,
  rest: Partial<Pick<Answer, 'evidence' | 'since' | 'due_at' | 'observed_at'>> = {},
): Answer => ({
  word: 'unknown',
  says: sentence,
  change,
  reason,
  blind,
  due_at: null,
  evidence: NO_EVIDENCE,
  observed_at: null,
  since: null,
  ...rest,
})

/** Every part has to hold: one that does not decides, then one that nobody can say, then one that holds. */
export function allOf(answers: readonly Answer[]): Answer {
  const unmet = answers.find((answer) => answer.word === 'unmet')
  if (unmet !== undefined) return unmet
  const open = answers.filter((answer) => answer.word === 'unknown')
  const met = answers.filter((answer) => answer.word === 'met')
  const [first] = open
  if (first !== undefined) {
    // Whatever the partner holds back stays the partner's doing, even where we see no better elsewhere.
    const theirs = open.find((answer) => answer.blind === 'theirs')
    const nobodys = open.find((answer) => answer.blind === null)
    return { ...(theirs ?? nobodys ?? first), due_at: earliest(answers) }
  }
  const [only, another] = met
  if (only === undefined) return noneApplies(answers)
  // A part that does not apply now may once it has been looked at again, so its deadline counts as well.
  const due_at = earliest(answers)
  if (another === undefined) return { ...only, due_at }
  return {
    ...only,
    says: says('standing.all_met', { count: met.length }),
    due_at,
    evidence: [...new Set(met.flatMap((answer) => answer.evidence))],
    observed_at: latest(met.map((answer) => answer.observed_at)),
    since: latest(met.map((answer) => answer.since)),
  }
}

/** One part that holds is enough; where none does, one that nobody can say keeps the question open. */
export function anyOf(answers: readonly Answer[]): Answer {
  const met = answers.filter((answer) => answer.word === 'met')
  const [one] = met
  // The one that lasts longest: a part that never goes stale, else the latest deadline.
  if (one !== undefined) return met.reduce((best, answer) => (outlasts(answer, best) ? answer : best), one)
  const unknowns = answers.filter((answer) => answer.word === 'unknown')
  // A way that was never taken says nothing about the way that was: an attestation that ran out has run out.
  const taken = unknowns.filter((answer) => answer.reason !== NOT_SUPPLIED)
  const open = taken.length > 0 ? taken : unknowns
  const [first] = open
  if (first !== undefined) {
    // What we could not see might have been the part that holds, so the partner's silence elsewhere is not held against it.
    const ours = open.find((answer) => answer.blind === 'ours')
    const nobodys = open.find((answer) => answer.blind === null)
    return { ...(ours ?? nobodys ?? first), due_at: earliest(answers) }
  }
  const unmet = answers.find((answer) => answer.word === 'unmet')
  return unmet === undefined ? noneApplies(answers) : { ...unmet, due_at: earliest(answers) }
}

/**
 * The first part that can say decides, so that a person's word never outweighs what a machine has seen. A part that the
 * partner keeps us from seeing decides too: going dark does not hand the question on to a milder one.
 */
export function firstOf(answers: readonly Answer[]): Answer {
  const place = answers.findIndex(decides)
  const answer = answers[place]
  if (answer === undefined) return anyOf(answers)
  // When a part before it can say again, the question goes back there.
  return { ...answer, due_at: earliest(answers.slice(0, place + 1)) }
}

const decides = ({ word, blind, reason }: Answer): boolean =>
  word === 'met' || word === 'unmet' || (word === 'unknown' && blind === 'theirs' && reason !== NOT_SUPPLIED)

const noneApplies = (answers: readonly Answer[]): Answer => ({
  ...unknown('none_applies', null, says('standing.none_applies'), NOTHING_TO_DO),
  word: 'not_applicable',
  reason: null,
  due_at: earliest(answers),
  observed_at: latest(answers.map((answer) => answer.observed_at)),
})

const outlasts = (a: Answer, b: Answer): boolean => b.due_at !== null && (a.due_at === null || a.due_at > b.due_at)

function earliest(answers: readonly Answer[]): Instant | null {
  let found: Instant | null = null
  for (const { due_at } of answers) if (due_at !== null && (found === null || due_at < found)) found = due_at
  return found
}

function latest(moments: readonly (Instant | null)[]): Instant | null {
  let found: Instant | null = null
  for (const one of moments) if (one !== null && (found === null || one > found)) found = one
  return found
}
