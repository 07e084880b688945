import type { Digest } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import type { Instant } from '../kernel/time.ts'
import { badge, type BadgeState, type BadgeWord } from './badge.ts'
import type { BadgeEvent, BadgeOf } from './events.ts'
import { firstDue, type Breach } from './breach.ts'

/** What happened to a badge, by codes, newest last. */
export type BadgeHistory = {
  readonly at: Instant
  readonly what: BadgeEvent['type']
  readonly reasons: readonly string[]
  readonly requirements: readonly string[]
  readonly hash: Digest
}

/** A badge as its own people see it: state, deadlines, and all that happened. */
export type BadgeDocument = BadgeOf & {
  readonly state: BadgeWord
  readonly since: Instant
  readonly granted_at: Instant | null
  readonly valid_until: Instant | null
  readonly breaches: readonly Breach[]
  readonly cure_until: Instant | null
  readonly revoke_at: Instant | null
  /** Who has agreed to a grant that is not complete, and on which standing. */
  readonly agreed: BadgeState['agreed']
  /** The earliest of the deadlines above; how long what was seen counts is told by the standing, see due.ts. */
  readonly next_due_at: Instant | null
  readonly history: readonly BadgeHistory[]
  /** What the decider folds, so that two readers of one badge cannot disagree. */
  readonly decided: BadgeState
}

/** Name of the view; key is `{programme}.{tier}/{app}`. */
export const BADGES = 'badges.badges'

/** The key of a badge. */
export const badgeKey = ({ app, programme, tier }: BadgeOf): string => `${programme}.${tier}/${app}`

export const badgesView: View<BadgeDocument | null> = {
  name: BADGES,
  version: 1,
  listens: [
    'badges.grant_agreed',
    'badges.granted',
    'badges.put_at_risk',
    'badges.cure_changed',
    'badges.cured',
    'badges.suspended',
    'badges.revocation_changed',
    'badges.restore_agreed',
    'badges.restored',
    'badges.revoked',
    'badges.expired',
    'badges.renewed',
  ],
  // The guarantee of the cast: all events that this view listens to say which badge they are about.
  keys: (event) => [badgeKey(event.payload as unknown as BadgeOf)],
  initial: null,
  fold(document, recorded) {
    const event = recorded as unknown as BadgeEvent & { readonly at: Instant }
    const { app, programme, tier } = event.payload
    const decided = badge.evolve(document?.decided ?? badge.initial, event)
    const cure_until = firstDue(decided.breaches)
    const revoke_at = decided.revocation?.due_at ?? null
    const reasons: readonly string[] = 'reasons' in event.payload ? event.payload.reasons : []
    const requirements = 'requirements' in event.payload ? event.payload.requirements : []
    const entry: BadgeHistory = { at: recorded.at, what: event.type, reasons, requirements, hash: recorded.hash }
    return {
      app,
      programme,
      tier,
      state: decided.word,
      since: document !== null && document.state === decided.word ? document.since : recorded.at,
      granted_at: event.type === 'badges.granted' ? recorded.at : (document?.granted_at ?? null),
      valid_until: decided.valid_until,
      breaches: decided.breaches,
      cure_until,
      revoke_at,
      agreed: decided.agreed,
      next_due_at: first([decided.valid_until, cure_until, revoke_at]),
      history: [...(document?.history ?? []), entry],
      decided,
    }
  },
}

const first = (moments: readonly (Instant | null)[]): Instant | null =>
  moments.reduce((least, one) => (one !== null && (least === null || one < least) ? one : least), null)
