import { Refused } from '../kernel/refused.ts'
import type { Says } from '../kernel/says.ts'
import type { Instant } from '../kernel/time.ts'
import { newId } from './clock.ts'
import type { Unit } from './sql/database.ts'

/**
 * Who is meant by a delivery. Names, not addresses: an address is looked up when the delivery leaves, so that a changed one
 * is used and an erased one is gone everywhere at once. `address` is the one exception: what somebody typed at sign-in, before
 * anybody knows whether it belongs to a person here; the row goes away with the answer.
 */
export type Recipient =
  | { readonly kind: 'person'; readonly id: string }
  | { readonly kind: 'link'; readonly id: string }
  | { readonly kind: 'mailbox'; readonly id: string }
  | { readonly kind: 'webhook'; readonly id: string }
  | { readonly kind: 'address'; readonly id: string }

/** What somebody is to be told: a code of the message catalogue and what goes into it. */
export type Delivery = {
  readonly to: Recipient
  readonly says: Says
  /** The app that it is about, if it is about one. */
  readonly subject: string | null
  /** Hash of the event that it tells of. */
  readonly cause?: string | null
  /** Not before this moment. */
  readonly due_at?: Instant
  /** A name of its own, for those who must not be told twice; a new one otherwise. */
  readonly id?: string
}

/** Writes down what is owed, in the transaction that owes it; a job delivers. Answers with the names. The transaction must be the machine's. */
export async function putDeliveries(unit: Unit, deliveries: readonly Delivery[]): Promise<readonly string[]> {
  const named = deliveries.map((delivery) => ({ delivery, id: delivery.id ?? newId('dlv') }))
  for (const { delivery, id } of named) {
    await unit.sql
      .insertInto('delivery')
      .values({
        marketplace_id: unit.scope.marketplace,
        delivery_id: id,
        channel: delivery.to.kind === 'webhook' ? 'webhook' : 'mail',
        destination: `${delivery.to.kind}:${delivery.to.id}`,
        code: delivery.says.code,
        params: JSON.stringify(delivery.says.params),
        cause: delivery.cause ?? null,
        subject: delivery.subject,
        state: 'owed',
        attempts: 0,
        due_at: delivery.due_at ?? unit.now,
        created_at: unit.now,
      })
      .onConflict((conflict) => conflict.columns(['marketplace_id', 'delivery_id']).doNothing())
      .execute()
  }
  return named.map(({ id }) => id)
}

const KINDS: readonly string[] = ['person', 'link', 'mailbox', 'webhook', 'address'] satisfies Recipient['kind'][]

/** Reads a recipient as it was written down. */
export function recipientIn(destination: string): Recipient {
  const kind = destination.slice(0, destination.indexOf(':'))
  if (!KINDS.includes(kind)) throw new Error(`"${destination}" names no recipient`)
  return { kind: kind as Recipient['kind'], id: destination.slice(kind.length + 1) }
}

/** A mail address that cannot say anything but itself in a header or an SMTP command. Letter case is kept. */
export function checkedAddress(text: string, where: string): string {
  const address = text.trim()
  if (address.length > 254 || !/^[^\s@<>"(),;:\\[\]\p{C}]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/iu.test(address)) {
    throw new Refused('enrolment.bad_mail', `"${address.slice(0, 100)}" is not a mail address; write it like name@example.com.`, where)
  }
  return address
}
