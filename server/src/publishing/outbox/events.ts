import type { NewEvent } from '../../kernel/event.ts'
import type { Says } from '../../kernel/says.ts'

/**
 * Somebody is to be told something. `deliveries` names rows that the same transaction wrote; null for a notice about an app
 * that a reactor made, which a job turns into a delivery for each who has to know (see gather.ts). Params are ids, codes and
 * numbers; who is told stands in tables, where it can be erased.
 */
export type DeliveryOwed = {
  readonly type: 'publishing.delivery_owed'
  readonly payload: {
    readonly app: string | null
    readonly code: string
    readonly params: Says['params']
    readonly deliveries: readonly string[] | null
  }
}

export type DeliveryRetried = { readonly type: 'publishing.delivery_retried'; readonly payload: { readonly delivery: string } }

/** The kind of message that carries an app's state to a marketplace. */
export const STATE_CHANGED = 'publishing.state_changed'

export const OWED = 'publishing.delivery_owed'

/** A notice as a reactor appends it; about what the partner may not know of, its entry is the operator's alone. */
export const noticed = (app: string, says: Says, for_partner = true): NewEvent => ({
  stream: 'outbox',
  subject: for_partner ? app : null,
  type: OWED,
  payload: { app, code: says.code, params: says.params, deliveries: null },
})
