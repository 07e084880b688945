import type { Messages } from '../kernel/says.ts'
import type { PublicHistory, PublicWhy } from './public-app.ts'

/** What happened to an app, as its history tells it. */
const HISTORY = {
  registered: 'Registered.',
  watch_began: 'Control of its domain was proven; watching by the minute began.',
  watch_ended: 'The partner took back the consent; watching by the minute ended.',
  scopes_added: 'It asks for more: {names}.',
  scopes_dropped: 'It no longer asks for: {names}.',
  egress_added: 'It may reach more addresses: {names}.',
  egress_dropped: 'It no longer reaches: {names}.',
  granted: '{badge} granted.',
  put_at_risk: '{badge} at risk{because}.',
  cured: '{badge} no longer at risk: everything is met again.',
  suspended: '{badge} suspended{because}.',
  restored: '{badge} restored by a reviewer.',
  revoked: '{badge} revoked{because}.',
  expired: '{badge} expired{because}.',
  renewed: '{badge} renewed.',
  listing_hidden: 'Listing hidden from the marketplace.',
  listing_paused: 'Listing paused: no new installations.',
  listing_relisted: 'Listed again.',
} as const satisfies Record<PublicHistory['what'], string>

/** Why a badge was taken away or ended, in words that fit after a colon. */
const WHY = {
  cure_window_over: 'the time to cure ran out',
  not_put_right: 'it was not put right after the suspension',
  by_person: 'a reviewer decided so',
  validity_over: 'it was not renewed in time',
  not_observed: 'not currently observed by the operator',
  tier_retired: 'the operator retired this tier',
  programme_closed: 'the operator closed this programme',
} as const satisfies Record<PublicWhy, string>

/** Sentences of the public pages that stand beside data. */
export const MESSAGES: Messages = Object.fromEntries([
  ...Object.entries(HISTORY).map(([what, text]) => [`publishing.history.${what}`, text]),
  ...Object.entries(WHY).map(([why, text]) => [`publishing.why.${why}`, text]),
])
