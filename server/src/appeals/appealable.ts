import type { Digest, RecordedEvent } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'

/** Decisions that a partner can appeal, by the events that tell them. */
export const APPEALABLE = {
  'badges.suspended': 'badge_suspended',
  'badges.revoked': 'badge_revoked',
  'badges.listing_hidden': 'listing_hidden',
  'badges.listing_paused': 'listing_paused',
  'applications.declined': 'application_refused',
  'applications.changes_requested': 'application_returned',
  'assessments.form_returned': 'form_returned',
  'assessments.attestation_declined': 'attestation_declined',
  'assessments.attestation_withdrawn': 'attestation_withdrawn',
  'assessments.document_refused': 'document_refused',
  'assessments.certification_refused': 'certification_refused',
  'assessments.explanation_refused': 'explanation_refused',
  'reviews.delta_judged': 'change_found_wanting',
  'concerns.decided': 'concern_upheld',
  'concerns.remedy_refused': 'remedy_refused',
  'standing.waiver_ended': 'waiver_ended',
} as const

export type AppealableKind = (typeof APPEALABLE)[keyof typeof APPEALABLE]

/** A decision that can be appealed. */
export type Decision = {
  readonly decision: Digest
  readonly kind: AppealableKind
  readonly app: string
  readonly at: Instant
  /** Null where the decision is no programme's own. */
  readonly programme: string | null
  readonly tier: string | null
  readonly requirements: readonly string[]
  readonly form: string | null
  readonly concern: string | null
}

/** What events carry, as far as a decision is told by it. */
type Carried = {
  readonly app?: string
  readonly programme?: string
  readonly tier?: string
  readonly requirement?: string
  readonly requirements?: readonly string[]
  readonly form?: string
  readonly concern?: string
  readonly outcome?: string
}

/** The decision that an event tells; null for an event that takes nothing from an app, and for one of another app. */
export function decisionIn(event: RecordedEvent, app: string): Decision | null {
  const kind = Object.hasOwn(APPEALABLE, event.type) ? APPEALABLE[event.type as keyof typeof APPEALABLE] : undefined
  // The guarantee of the cast: members are looked at and nothing is taken for granted but their types, which the slices give.
  const carried = event.payload as Carried
  if (kind === undefined || carried.app !== app || event.subject !== app || !goesAgainst(kind, carried, event)) return null
  return {
    decision: event.hash,
    kind,
    app,
    at: event.at,
    programme: carried.programme ?? null,
    tier: carried.tier ?? null,
    requirements: carried.requirements ?? (carried.requirement === undefined ? [] : [carried.requirement]),
    form: carried.form ?? null,
    concern: carried.concern ?? null,
  }
}

function goesAgainst(kind: AppealableKind, { outcome }: Carried, { by }: RecordedEvent): boolean {
  switch (kind) {
    case 'change_found_wanting':
      return outcome === 'failed'
    case 'concern_upheld':
      return outcome !== 'not_upheld'
    case 'waiver_ended':
      // One that ended on its day was never promised for longer.
      return by.kind !== 'machine'
    default:
      return true
  }
}

/** Everybody who acted in an event or is named in it as somebody who did. */
export function personsIn({ by, payload }: Pick<RecordedEvent, 'by' | 'payload'>): readonly string[] {
  const actor = by.kind === 'person' ? [by.id] : by.kind === 'token' && by.person !== undefined ? [by.person] : []
  const named = [payload['person'], payload['reviewer'], payload['by']].filter((one) => typeof one === 'string')
  const several = [payload['reviewers'], payload['persons']].flatMap((list) =>
    Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [],
  )
  return [...new Set([...actor, ...named, ...several])]
}

/** Whether an event is about the same matter as a decision, so that who acted in it had a part in what led there. */
export function ledTo(event: RecordedEvent, decision: Decision): boolean {
  if (event.at > decision.at) return false
  const { requirement, requirements = [], form } = event.payload as Carried
  if (decision.form !== null && form === decision.form) return true
  const about = requirement === undefined ? requirements : [requirement, ...requirements]
  return about.some((id) => decision.requirements.includes(id))
}
