import type { Digest } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import type { BadgeWord, PillarInCure, PublicDay, PublicFigure, PublicReason, PublicRow, PublicWhy } from './public-app.ts'

/**
 * What crosses from what is known to what is shown, all on the stream `public/{app}`. Each is recorded, so that the log
 * says what the world was told and when; the public views fold these and nothing of standing or badges.
 */
export type DisclosureEvent =
  | {
      readonly type: 'publishing.badge_disclosed'
      readonly payload: {
        readonly app: string
        readonly programme: string
        readonly tier: string
        readonly what: BadgeChange
        readonly state: BadgeWord
        readonly valid_until: Instant | null
        readonly cure_until: Instant | null
        readonly reasons: readonly PublicReason[]
        readonly why: readonly PublicWhy[]
      }
    }
  | {
      readonly type: 'publishing.rows_disclosed'
      readonly payload: {
        readonly app: string
        readonly programme: string
        readonly version: string
        readonly digest: Digest
        /** The rows are all that there are; else only those that are new or changed. Rows of a pillar in cure go by themselves. */
        readonly whole: boolean
        readonly rows: readonly PublicRow[]
        readonly in_cure: readonly PillarInCure[]
      }
    }
  | {
      readonly type: 'publishing.figures_disclosed'
      readonly payload: { readonly app: string; readonly figures: readonly PublicFigure[]; readonly days: readonly PublicDay[] }
    }

/** How a badge changed, named as its own slice names it. */
export type BadgeChange =
  | 'granted'
  | 'put_at_risk'
  | 'cure_changed'
  | 'cured'
  | 'suspended'
  | 'restored'
  | 'revoked'
  | 'expired'
  | 'renewed'

/** The state after each change. */
export const STATE_AFTER = {
  granted: 'active',
  put_at_risk: 'at_risk',
  cure_changed: 'at_risk',
  cured: 'active',
  suspended: 'suspended',
  restored: 'active',
  revoked: 'revoked',
  expired: 'expired',
  renewed: 'active',
} as const satisfies Record<BadgeChange, BadgeWord>

/** The stream of what was told of an app. */
export const publicStream = (app: string): string => `public/${app}`
