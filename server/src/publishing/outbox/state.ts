import type { Acting } from '../../enrolment/authorise.ts'
import type { House } from '../../house.ts'
import { Refused } from '../../kernel/refused.ts'
import { after, DAY_MS, type Instant } from '../../kernel/time.ts'
import type { Unit } from '../../platform/sql/database.ts'
import type { DeliveryRetried } from './events.ts'

/** What is still owed on a channel. */
export type ChannelState = {
  readonly owed: number
  readonly failing: number
  readonly dead: number
  readonly oldest_owed_at: Instant | null
}

/** A delivery that nobody tries any more, with the reason. */
export type DeadDelivery = {
  readonly delivery: string
  readonly channel: 'mail' | 'webhook'
  readonly code: string
  readonly app: string | null
  readonly attempts: number
  readonly told: string
}

export type OutboxState = { readonly mail: ChannelState; readonly webhook: ChannelState; readonly dead: readonly DeadDelivery[] }

const MOST_SHOWN = 100
const DELIVERED_KEPT_MS = 30 * DAY_MS

/** How the outbox stands, for the overview: what waits, what fails, and what is dead with its reason. */
export async function outboxState(unit: Pick<Unit, 'sql' | 'scope'>): Promise<OutboxState> {
  const rows = await unit.sql
    .selectFrom('delivery')
    .select(['delivery_id', 'channel', 'code', 'subject', 'state', 'attempts', 'told', 'created_at'])
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('state', 'in', ['owed', 'dead'])
    .orderBy('created_at')
    .orderBy('delivery_id')
    .execute()
  const stateOf = (channel: string): ChannelState => {
    const here = rows.filter((row) => row.channel === channel)
    const owed = here.filter((row) => row.state === 'owed')
    return {
      owed: owed.length,
      failing: owed.filter((row) => row.told !== null).length,
      dead: here.length - owed.length,
      oldest_owed_at: (owed[0]?.created_at as Instant | undefined) ?? null,
    }
  }
  const dead = rows
    .filter((row) => row.state === 'dead')
    .slice(-MOST_SHOWN)
    .map((row) => ({
      delivery: row.delivery_id,
      channel: row.channel,
      code: row.code,
      app: row.subject,
      attempts: row.attempts,
      told: row.told ?? '',
    }))
  return { mail: stateOf('mail'), webhook: stateOf('webhook'), dead }
}

/** Has a dead delivery tried again from the start, by a person's act. */
export async function retryDelivery(house: House, who: Acting, delivery: string): Promise<void> {
  await house.act(who, 'retry-delivery', {}, async (desk) => {
    const found = await desk.asMachine(() =>
      desk.sql
        .updateTable('delivery')
        .set({ state: 'owed', attempts: 0, due_at: desk.now, leased_until: null })
        .where('marketplace_id', '=', house.marketplace)
        .where('delivery_id', '=', delivery)
        .where('state', '=', 'dead')
        .returning('subject')
        .executeTakeFirst(),
    )
    if (found === undefined) throw new Refused('publishing.no_such_delivery', 'There is no dead delivery of this name.', delivery)
    const retried: DeliveryRetried = { type: 'publishing.delivery_retried', payload: { delivery } }
    await desk.record([{ stream: 'outbox', subject: found.subject, ...retried }])
  })
}

/** Removes what was delivered a month ago. */
export async function forgetDelivered(unit: Unit): Promise<void> {
  await unit.sql
    .deleteFrom('delivery')
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('state', '=', 'delivered')
    .where('delivered_at', '<', after(unit.now, -DELIVERED_KEPT_MS))
    .execute()
}
