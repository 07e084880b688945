import { after, between, ms, type Instant } from '../kernel/time.ts'
import type { Catalogue, Tier } from '../programmes/schema.ts'
import { enforcementIn } from '../programmes/policies.ts'
import { momentAfter, spanOf } from '../standing/span.ts'
import { isGood, observedUntil, requirementsOf, tierState } from '../standing/tiers.ts'
import type { Verdict } from '../standing/verdict.ts'
import type { BadgeCommand, BadgeState } from './badge.ts'
import { followBreaches, sameBreaches } from './breach.ts'
import type { BadgeOf } from './events.ts'

/** What an app's badge is held against at a moment. */
export type Held = {
  readonly of: BadgeOf
  readonly catalogue: Catalogue
  readonly tier: Tier
  readonly verdicts: readonly Verdict[]
}

/**
 * What the machine does to a badge next, or null when it rests. It takes away, and lets a warning go when everything is met;
 * it never grants, restores or renews. Time that runs only because we cannot see counts for nobody's harm but the age of
 * what was seen: past the tier's limit the badge ends as not observed.
 */
export function nextCommand(state: BadgeState, held: Held, now: Instant): BadgeCommand | null {
  const { of, catalogue, tier, verdicts } = held
  switch (state.word) {
    case 'none':
    case 'revoked':
    case 'expired':
      return null
    case 'active':
    case 'at_risk':
    case 'suspended':
      break
  }
  if (state.valid_until !== null && state.valid_until <= now) return expire(of, 'validity_over')
  const ends_at = observedUntil(catalogue, tier, verdicts)
  if (ends_at !== null && ends_at <= now) return expire(of, 'not_observed')
  switch (state.word) {
    case 'active': {
      const breaches = followBreaches([], requirementsOf(catalogue, tier.id), verdicts, now)
      return breaches.length === 0 ? null : { ...of, act: 'put_at_risk', breaches }
    }
    case 'at_risk':
      return nextInCure(state, held, now)
    case 'suspended':
      return nextInSuspension(state, held, now)
  }
}

function nextInCure(state: BadgeState, { of, catalogue, tier, verdicts }: Held, now: Instant): BadgeCommand | null {
  if (tierState(catalogue, tier.id, verdicts).met) return { ...of, act: 'cure', met: true }
  const breaches = followBreaches(state.breaches, requirementsOf(catalogue, tier.id), verdicts, now)
  const over = breaches.filter((breach) => breach.due_at !== null && breach.due_at <= now)
  if (over.length > 0) {
    const requirements = over.map((breach) => breach.requirement)
    return {
      ...of,
      act: 'suspend',
      reason: 'cure_window_over',
      requirements,
      person: null,
      evidence: [],
      revocation: revocationFrom(catalogue, tier, verdicts, now),
    }
  }
  if (sameBreaches(breaches, state.breaches)) return null
  const known = new Set(state.breaches.map((breach) => breach.requirement))
  // Something more went wrong: the partner is told again. Everything else moves the days only.
  const more = breaches.some((breach) => !known.has(breach.requirement))
  return { ...of, act: more ? 'put_at_risk' : 'change_cure', breaches }
}

/** When a badge that is suspended now will be revoked; null where the ladder has no such step. */
export function revocationFrom(catalogue: Catalogue, tier: Tier, verdicts: readonly Verdict[], now: Instant): BadgeState['revocation'] {
  const allowance = enforcementIn(catalogue, now)?.badge.revoke_after_suspension
  if (allowance === undefined) return null
  const due_at = momentAfter(ms(now), spanOf(allowance))
  return standsStill(catalogue, tier, verdicts) ? { due_at: null, left_ms: between(now, due_at) } : { due_at, left_ms: null }
}

function nextInSuspension(state: BadgeState, { of, catalogue, tier, verdicts }: Held, now: Instant): BadgeCommand | null {
  const { revocation } = state
  if (revocation === null) return null
  if (standsStill(catalogue, tier, verdicts)) {
    if (revocation.due_at === null) return null
    return { ...of, act: 'change_revocation', revocation: { due_at: null, left_ms: between(now, revocation.due_at) } }
  }
  if (revocation.due_at === null) {
    return { ...of, act: 'change_revocation', revocation: { due_at: after(now, revocation.left_ms ?? 0), left_ms: null } }
  }
  if (revocation.due_at > now) return null
  return { ...of, act: 'revoke', reason: 'not_put_right', requirements: inTheWay(catalogue, tier, verdicts), person: null, evidence: [] }
}

/**
 * Whether the partner has nothing left to put right that we could see: everything is good and a person has yet to restore
 * the badge, or what is not good is hidden by our own blindness. Neither may cost the partner anything.
 */
function standsStill(catalogue: Catalogue, tier: Tier, verdicts: readonly Verdict[]): boolean {
  const by_id = new Map(verdicts.map((verdict) => [verdict.requirement, verdict]))
  return requirementsOf(catalogue, tier.id).every(({ id }) => {
    const verdict = by_id.get(id)
    return verdict === undefined || isGood(verdict.verdict) || verdict.blind === 'ours'
  })
}

function inTheWay(catalogue: Catalogue, tier: Tier, verdicts: readonly Verdict[]): readonly string[] {
  const { unmet, unknown } = tierState(catalogue, tier.id, verdicts).blocking
  return [...unmet, ...unknown]
}

const expire = (of: BadgeOf, reason: 'validity_over' | 'not_observed'): BadgeCommand => ({
  ...of,
  act: 'expire',
  reason,
  requirements: [],
  person: null,
  evidence: [],
})
