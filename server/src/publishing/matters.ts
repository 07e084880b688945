import { reviewRules } from '../applications/rules.ts'
import type { ApplicationDocument } from '../applications/view.ts'
import type { BadgeDocument } from '../badges/badges-view.ts'
import type { ListingDocument } from '../badges/listings-view.ts'
import type { Instant } from '../kernel/time.ts'
import { restoringReviewers } from '../programmes/policies.ts'
import type { Catalogue, Tier } from '../programmes/schema.ts'
import type { StandingDocument } from '../standing/standings-view.ts'
import { soaking, tiersOf, tierState } from '../standing/tiers.ts'
import { after } from '../kernel/time.ts'

/** Whose turn it is, what comes next and by when: what every working page begins with. Pure. */

export type Turn = 'partner' | 'operator' | 'nobody'

/** A matter in hand, one for each badge that an app holds or could hold, and one for its listing. */
export type Matter = {
  readonly app: string
  readonly programme: string
  /** Null for the listing under the base rules. */
  readonly tier: string | null
  readonly kind:
    | 'application'
    | 'application_open'
    | 'grant_open'
    | 'grant_blocked'
    | 'grant_soaking'
    | 'holds'
    | 'cure'
    | 'restore_open'
    | 'restore_blocked'
    | 'listing_step'
    | 'not_judged'
  readonly turn: Turn
  /** When something happens by itself unless somebody acts. */
  readonly due_at: Instant | null
  /** What happens then. */
  readonly what_then: 'suspended' | 'revoked' | 'expires' | 'warned' | 'hidden' | 'paused' | 'may_be_granted' | 'turn_ends' | null
  readonly unmet: readonly string[]
  readonly unknown: readonly string[]
  /** Who has agreed to a grant, or to giving the badge back, on the standing as it is, and how many have to. */
  readonly agreed: number
  readonly reviewers: number
}

/** The matters of one app in one programme. */
export function mattersOf(given: {
  readonly app: string
  readonly catalogue: Catalogue
  readonly standing: StandingDocument | null
  readonly badges: readonly BadgeDocument[]
  /** Threads of the app in the programme. */
  readonly applications: readonly ApplicationDocument[]
  readonly now: Instant
}): readonly Matter[] {
  const tiers = tiersOf(given.catalogue, 'badge')
  const standsAs = (tier: Tier) => given.badges.find((one) => one.tier === tier.id)?.state ?? 'none'
  // Later tiers of a pack ask for more: who holds one has no business with a lesser one that it never had.
  const held = tiers.findLastIndex((tier) => HELD.has(standsAs(tier)))
  return tiers.filter((tier, place) => place >= held || standsAs(tier) !== 'none').map((tier) => matterOf(tier, given))
}

const HELD: ReadonlySet<string> = new Set(['active', 'at_risk'])

function matterOf(tier: Tier, given: Parameters<typeof mattersOf>[0]): Matter {
  const { app, catalogue, standing, now } = given
  const badge = given.badges.find((one) => one.tier === tier.id) ?? null
  const { blocking, met } = tierState(catalogue, tier.id, standing?.verdicts ?? [])
  const agreed = standing !== null && badge?.agreed?.standing_hash === standing.hash ? badge.agreed.persons.length : 0
  const matter = {
    app,
    programme: catalogue.programme.id,
    tier: tier.id,
    due_at: null,
    what_then: null,
    ...blocking,
    agreed,
    reviewers: tier.reviewers,
  }
  // What the partner cannot mend, such as our own blindness, is the operator's turn.
  const blind = standing?.verdicts.filter((verdict) => verdict.blind === 'ours' || OPERATORS.has(verdict.change.code)) ?? []
  const theirs = [...blocking.unmet, ...blocking.unknown].some((id) => !blind.some((verdict) => verdict.requirement === id))
  const turn: Turn = theirs ? 'partner' : 'operator'
  switch (badge?.state ?? 'none') {
    case 'active':
      return {
        ...matter,
        kind: 'holds',
        turn: 'nobody',
        due_at: badge?.valid_until ?? null,
        what_then: badge?.valid_until == null ? null : 'expires',
      }
    case 'at_risk':
      return { ...matter, kind: 'cure', turn, due_at: badge?.cure_until ?? null, what_then: badge?.cure_until == null ? null : 'suspended' }
    case 'suspended': {
      const end = { due_at: badge?.revoke_at ?? null, what_then: badge?.revoke_at == null ? null : ('revoked' as const) }
      return met
        ? { ...matter, ...end, kind: 'restore_open', turn: 'operator', reviewers: restoringReviewers(tier) }
        : { ...matter, ...end, kind: 'restore_blocked', turn }
    }
    case 'none':
    case 'revoked':
    case 'expired': {
      const thread = given.applications.find((one) => one.tier === tier.id)
      if (thread?.turn != null) {
        const { side, due_at } = thread.turn
        return { ...matter, kind: 'application', turn: side, due_at, what_then: due_at === null ? null : 'turn_ends' }
      }
      if (standing === null) return { ...matter, kind: 'not_judged', turn: 'operator' }
      // Where the pack says how a badge is applied for, the next step is the partner's.
      if (met && reviewRules(catalogue, tier, now) !== null) return { ...matter, kind: 'application_open', turn: 'partner' }
      if (!met) return { ...matter, kind: 'grant_blocked', turn }
      const soaks = soaking(catalogue, tier.id, standing.verdicts, now)
      if (soaks.length === 0) return { ...matter, kind: 'grant_open', turn: 'operator' }
      const longest = Math.max(...soaks.map((one) => one.left_ms))
      return { ...matter, kind: 'grant_soaking', turn: 'nobody', due_at: after(now, longest), what_then: 'may_be_granted' }
    }
  }
}

/** What only the operator can do about a requirement. */
const OPERATORS: ReadonlySet<string> = new Set(['standing.operator_looks', 'standing.operator_decides'])

/** The matter of a listing under the base rules, when a step against it comes next. */
export function listingMatter(listing: ListingDocument): Matter | null {
  if (listing.next_step === null) return null
  return {
    app: listing.app,
    programme: listing.breaches[0]?.programme ?? '',
    tier: null,
    kind: 'listing_step',
    turn: 'partner',
    due_at: listing.next_step.at,
    what_then: listing.next_step.step,
    unmet: listing.breaches.map((breach) => breach.requirement),
    unknown: [],
    agreed: 0,
    reviewers: 0,
  }
}

/** What falls due first comes first; what has no day comes last. */
export const byDue = (a: Matter, b: Matter): number => {
  if (a.due_at === b.due_at) return a.app < b.app ? -1 : 1
  if (a.due_at === null) return 1
  if (b.due_at === null) return -1
  return a.due_at < b.due_at ? -1 : 1
}
