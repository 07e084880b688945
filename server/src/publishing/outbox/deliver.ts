import type { House } from '../../house.ts'
import { momentInWords } from '../words.ts'
import type { Handed, Mailer } from '../../platform/mailer.ts'
import { MOST_ATTEMPTS, nextAttempt } from './backoff.ts'
import { claim, type Claimed } from './claim.ts'
import { gather } from './gather.ts'
import { letterOf } from './letters.ts'
import { webhookRequest } from './webhook.ts'

const AT_ONCE = 8
const MACHINE = { kind: 'machine', name: 'publishing.deliver' } as const

/** What delivering needs beside the house. */
export type Ports = {
  /** Null where no mail server is set: then mail waits, and the overview says so. */
  readonly mailer: Mailer | null
  /** Between 0 and 1; spreads attempts, so that what failed together does not come back together. */
  readonly chance: () => number
}

/**
 * Delivers what is due, until nothing is. Each delivery is leased, sent outside any transaction, and settled; a crash between
 * sending and settling sends it again under the same name.
 */
export async function deliverDue(house: House, ports: Ports, signal: AbortSignal): Promise<void> {
  await gather(house, MACHINE)
  const channels = ports.mailer === null ? (['webhook'] as const) : (['mail', 'webhook'] as const)
  while (!signal.aborted) {
    const claimed = await house.act(MACHINE, 'deliver-due', {}, (desk) =>
      claim(desk, { channels, most: AT_ONCE, public_url: house.public_url() }),
    )
    if (claimed.length === 0) return
    await Promise.all(
      claimed.map(async (delivery) => {
        const result = await send(house, ports, delivery, signal)
        await settle(house, delivery, result, ports.chance())
      }),
    )
  }
}

type Sent = Handed | { readonly kind: 'nothing' }

async function send(house: House, ports: Ports, delivery: Claimed, signal: AbortSignal): Promise<Sent> {
  const { where } = delivery
  switch (where.kind) {
    case 'nothing':
      return { kind: 'nothing' }
    case 'nobody':
      return { kind: 'not-handed', told: where.why, final: true }
    case 'mail': {
      if (ports.mailer === null) throw new Error('mail was claimed without a way to send it')
      const page = delivery.subject === null ? house.public_url() : `${house.public_url()}/apps/${encodeURIComponent(delivery.subject)}`
      const params = {
        ...delivery.says.params,
        marketplace: house.config.marketplace,
        page,
        site: house.public_url(),
        ...(where.link === null ? {} : { link: where.link }),
      }
      return ports.mailer.send({ id: delivery.id, to: where.address, ...letterOf({ code: delivery.says.code, params }) })
    }
    case 'webhook': {
      const answer = await house.stranger.fetch({ ...webhookRequest(delivery, where, house.clock.now()), signal })
      if (answer.kind === 'no-answer') return { kind: 'not-handed', told: `${answer.reason}: ${answer.detail}`, final: false }
      if (answer.status >= 200 && answer.status < 300) return { kind: 'handed' }
      // Standard Webhooks: 410 means that nobody wants this any more.
      return { kind: 'not-handed', told: `the receiver answered ${answer.status}`, final: answer.status === 410 }
    }
  }
}

/** Writes down what came of an attempt, unless the lease is another's by now. */
async function settle(house: House, delivery: Claimed, sent: Sent, chance: number): Promise<void> {
  await house.act(MACHINE, 'deliver-due', {}, async ({ sql, now }) => {
    if (sent.kind === 'nothing') {
      await sql.deleteFrom('delivery').where('marketplace_id', '=', house.marketplace).where('delivery_id', '=', delivery.id).execute()
      return
    }
    const dead = sent.kind === 'not-handed' && (sent.final || delivery.attempt >= MOST_ATTEMPTS)
    const after_it =
      sent.kind === 'handed'
        ? { state: 'delivered' as const, delivered_at: now, told: null }
        : dead
          ? { state: 'dead' as const, told: sent.told }
          : {
              due_at: nextAttempt(delivery.attempt, now, chance),
              told: `${sent.told} (attempt ${delivery.attempt}, ${momentInWords(now)})`,
            }
    await sql
      .updateTable('delivery')
      .set({ ...after_it, leased_until: null })
      .where('marketplace_id', '=', house.marketplace)
      .where('delivery_id', '=', delivery.id)
      .where('state', '=', 'owed')
      .where('leased_until', '=', delivery.leased_until)
      .execute()
  })
}
