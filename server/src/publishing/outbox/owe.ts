import type { Desk } from '../../house.ts'
import { putDeliveries, type Delivery } from '../../platform/outbox.ts'
import { OWED, type DeliveryOwed } from './events.ts'

/** Owes deliveries: rows for the job that delivers, and the fact in the log, in the transaction of what they tell about. */
export async function owe(desk: Desk, deliveries: readonly Delivery[]): Promise<readonly string[]> {
  const ids = await desk.asMachine(() => putDeliveries(desk, deliveries))
  await desk.record(
    deliveries.map((delivery, place) => {
      const { code, params } = delivery.says
      const payload: DeliveryOwed['payload'] = { app: delivery.subject, code, params, deliveries: ids.slice(place, place + 1) }
      return { stream: 'outbox', subject: delivery.subject, type: OWED, payload }
    }),
  )
  return ids
}
