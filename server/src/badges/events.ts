import type { Digest } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import type { Breach } from './breach.ts'

/** Which badge: an app's in a tier of a programme. */
export type BadgeOf = { readonly app: string; readonly programme: string; readonly tier: string }

/** Why a badge was taken away, ended or withdrawn. */
export type BadgeReason =
  | 'cure_window_over'
  | 'not_put_right'
  | 'by_person'
  | 'validity_over'
  | 'not_observed'
  | 'tier_retired'
  | 'programme_closed'

/** A badge's life, on the stream `badge/{programme}.{tier}/{app}`. `requirements` are those that it is about. */
export type BadgeEvent =
  | {
      readonly type: 'badges.grant_agreed' | 'badges.restore_agreed'
      readonly payload: BadgeOf & { readonly person: string; readonly standing_hash: Digest }
    }
  | {
      readonly type: 'badges.granted'
      readonly payload: BadgeOf & { readonly standing_hash: Digest; readonly valid_until: Instant; readonly reviewers: readonly string[] }
    }
  | { readonly type: 'badges.put_at_risk' | 'badges.cure_changed'; readonly payload: BadgeOf & Cure }
  | { readonly type: 'badges.cured'; readonly payload: BadgeOf }
  | {
      readonly type: 'badges.suspended'
      readonly payload: BadgeOf & Taken & { readonly revoke_at: Instant | null; readonly left_ms: number | null }
    }
  | {
      readonly type: 'badges.revocation_changed'
      readonly payload: BadgeOf & { readonly revoke_at: Instant | null; readonly left_ms: number | null }
    }
  | {
      readonly type: 'badges.restored'
      readonly payload: BadgeOf & {
        readonly person: string
        readonly standing_hash: Digest
        /** Everybody who had to agree, the last one last; absent where one person was enough. */
        readonly reviewers?: readonly string[]
        /** The appeal on which it was given back without a new review, and until when it is valid then: the time without it is given back. */
        readonly appeal?: string
        readonly valid_until?: Instant
      }
    }
  | { readonly type: 'badges.revoked' | 'badges.expired'; readonly payload: BadgeOf & Taken }
  | {
      readonly type: 'badges.renewed'
      readonly payload: BadgeOf & { readonly person: string; readonly standing_hash: Digest; readonly valid_until: Instant }
    }

/** What has to be put right, each thing by its own day, and the first of those days. */
type Cure = { readonly requirements: readonly string[]; readonly breaches: readonly Breach[]; readonly cure_until: Instant | null }

/** Why something was taken away, and by whom when it was a person. */
type Taken = {
  readonly reasons: readonly BadgeReason[]
  readonly requirements: readonly string[]
  readonly person: string | null
  readonly evidence: readonly Digest[]
}

/** The stream of a badge. */
export const badgeStream = ({ app, programme, tier }: BadgeOf): string => `badge/${programme}.${tier}/${app}`

/** The steps against a listing, from the mildest on. */
export const STEPS = ['warned', 'hidden', 'paused'] as const
export type Step = (typeof STEPS)[number]

/** A breach of a base tier, in the programme that asks for it. */
export type ListingBreach = Breach & { readonly programme: string }

/** What comes next when nothing is put right. */
export type NextStep = { readonly step: Step; readonly at: Instant }

/** A listing's life, on the stream `listing/{app}`. */
export type ListingEvent =
  | {
      readonly type: 'badges.listing_breached'
      readonly payload: { readonly app: string; readonly breaches: readonly ListingBreach[]; readonly next_step: NextStep | null }
    }
  | { readonly type: 'badges.listing_cleared'; readonly payload: { readonly app: string } }
  | {
      readonly type: `badges.listing_${Step}`
      readonly payload: {
        readonly app: string
        readonly requirements: readonly string[]
        readonly reasons: readonly ('not_put_right' | 'by_person')[]
        readonly person: string | null
        readonly evidence: readonly Digest[]
        readonly next_step: NextStep | null
      }
    }
  | { readonly type: 'badges.listing_relisted'; readonly payload: { readonly app: string; readonly person: string } }

/** The stream of a listing. */
export const listingStream = (app: string): string => `listing/${app}`
