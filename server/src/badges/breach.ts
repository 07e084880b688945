import { after, between, ms, type Instant } from '../kernel/time.ts'
import type { RequirementInForce } from '../programmes/schema.ts'
import { momentAfter, spanOf } from '../standing/span.ts'
import { isGood } from '../standing/tiers.ts'
import type { Verdict } from '../standing/verdict.ts'

/**
 * A requirement that was found unmet, with its own cure window. While our own blindness hides it the window stands still;
 * then `left_ms` is what is left of it (less than nothing when it had run out before) and there is no day.
 */
export type Breach = { readonly requirement: string; readonly due_at: Instant | null; readonly left_ms: number | null }

/**
 * The breaches after a new judgement. Only a good verdict ends one; `unknown` never does, and never begins one either. A
 * requirement that is not asked for any more takes its breach along.
 */
export function followBreaches(
  before: readonly Breach[],
  required: readonly RequirementInForce[],
  verdicts: readonly Verdict[],
  now: Instant,
): readonly Breach[] {
  const known = new Map(before.map((breach) => [breach.requirement, breach]))
  const by_id = new Map(verdicts.map((verdict) => [verdict.requirement, verdict]))
  return required.flatMap(({ id, grace }) => {
    const verdict = by_id.get(id)
    if (verdict !== undefined && isGood(verdict.verdict)) return []
    const hidden = verdict === undefined || verdict.blind === 'ours'
    const breach =
      known.get(id) ??
      (verdict?.verdict === 'unmet' ? { requirement: id, due_at: momentAfter(ms(now), spanOf(grace)), left_ms: null } : null)
    if (breach === null) return []
    return [hidden ? standing(breach, now) : running(breach, now)]
  })
}

/** Its days pass. */
function running(breach: Breach, now: Instant): Breach {
  if (breach.left_ms === null) return breach
  return { requirement: breach.requirement, due_at: after(now, breach.left_ms), left_ms: null }
}

/** Its days stand still. */
function standing(breach: Breach, now: Instant): Breach {
  if (breach.due_at === null) return breach
  return { requirement: breach.requirement, due_at: null, left_ms: between(now, breach.due_at) }
}

/** When the first cure window that runs is over; null when none runs. */
export function firstDue(breaches: readonly Breach[]): Instant | null {
  let first: Instant | null = null
  for (const { due_at } of breaches) if (due_at !== null && (first === null || due_at < first)) first = due_at
  return first
}

/** Whether two lists of breaches say the same. */
export const sameBreaches = (a: readonly Breach[], b: readonly Breach[]): boolean =>
  a.length === b.length &&
  a.every((breach, place) => {
    const other = b[place]
    return (
      other !== undefined && breach.requirement === other.requirement && breach.due_at === other.due_at && breach.left_ms === other.left_ms
    )
  })
