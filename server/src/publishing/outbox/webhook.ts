import { Webhook } from 'standardwebhooks'
import type { Desk, House } from '../../house.ts'
import type { Acting } from '../../enrolment/authorise.ts'
import { Refused } from '../../kernel/refused.ts'
import { ms, type Instant } from '../../kernel/time.ts'
import { newId } from '../../platform/clock.ts'
import { secret } from '../../platform/crypto.ts'
import type { StrangerRequest } from '../../platform/net/client.ts'
import type { Claimed } from './claim.ts'

/** Webhooks that one organisation may have. */
const MOST_WEBHOOKS = 10

/** Where an organisation is told by program. Its signing secret is shown when it is made, and never again. */
export type WebhookTold = { readonly webhook: string; readonly url: string; readonly created_at: string }

/** The request of a delivery, signed by https://www.standardwebhooks.com: id, time and body under the destination's own secret. */
export function webhookRequest(delivery: Claimed, to: { readonly url: string; readonly secret: string }, now: Instant): StrangerRequest {
  const body = JSON.stringify({
    type: delivery.says.code,
    timestamp: delivery.created_at,
    data: delivery.state ?? { ...delivery.says.params, app: delivery.subject },
  })
  const at = new Date(ms(now))
  const { port } = new URL(to.url)
  return {
    url: to.url,
    method: 'POST',
    headers: [
      ['content-type', 'application/json'],
      // The same for every attempt of one delivery: who has seen it before need not act again.
      ['webhook-id', delivery.id],
      ['webhook-timestamp', String(Math.floor(at.getTime() / 1000))],
      ['webhook-signature', new Webhook(to.secret).sign(delivery.id, at, body)],
    ],
    body,
    ports: port === '' ? [] : [Number(port)],
    // What a receiver says is of no interest beyond its status.
    limits: { total_ms: 15_000, body_bytes: 64 * 1024, inflated_bytes: 64 * 1024 },
  }
}

/** Adds a webhook and tells its secret once. */
export async function addWebhook(
  house: House,
  who: Acting,
  given: { readonly organisation: string; readonly url: string },
): Promise<WebhookTold & { readonly secret: string }> {
  const url = checkedUrl(given.url, house.test_targets)
  return house.act(who, 'change-webhooks', { organisation: given.organisation }, (desk) =>
    desk.asMachine(async () => {
      if ((await webhooksOf(desk, given.organisation)).length >= MOST_WEBHOOKS) {
        throw new Refused('publishing.too_many_webhooks', `An organisation has at most ${MOST_WEBHOOKS} webhooks; remove one first.`)
      }
      const webhook = newId('whk')
      const signing = `whsec_${Buffer.from(secret(), 'base64url').toString('base64')}`
      await desk.sql
        .insertInto('webhook')
        .values({
          marketplace_id: house.marketplace,
          webhook_id: webhook,
          organisation_id: given.organisation,
          url,
          secret: signing,
          created_at: desk.now,
          created_by: who.kind === 'person' || who.kind === 'token' ? who.person : who.kind,
        })
        .execute()
      return { webhook, url, created_at: desk.now, secret: signing }
    }),
  )
}

/** An organisation's webhooks, without their secrets. */
export async function readWebhooks(house: House, who: Acting, organisation: string): Promise<readonly WebhookTold[]> {
  return house.act(who, 'change-webhooks', { organisation }, (desk) => desk.asMachine(() => webhooksOf(desk, organisation)))
}

/** Removes a webhook; what was still owed to it is dead. */
export async function removeWebhook(house: House, who: Acting, organisation: string, webhook: string): Promise<void> {
  await house.act(who, 'change-webhooks', { organisation }, (desk) =>
    desk.asMachine(async () => {
      const gone = await desk.sql
        .deleteFrom('webhook')
        .where('marketplace_id', '=', house.marketplace)
        .where('organisation_id', '=', organisation)
        .where('webhook_id', '=', webhook)
        .returning('webhook_id')
        .executeTakeFirst()
      if (gone === undefined) throw new Refused('publishing.no_such_webhook', 'This organisation has no such webhook.', webhook)
    }),
  )
}

async function webhooksOf(desk: Desk, organisation: string): Promise<readonly WebhookTold[]> {
  const rows = await desk.sql
    .selectFrom('webhook')
    .select(['webhook_id', 'url', 'created_at'])
    .where('marketplace_id', '=', desk.scope.marketplace)
    .where('organisation_id', '=', organisation)
    .orderBy('webhook_id')
    .execute()
  return rows.map(({ webhook_id, url, created_at }) => ({ webhook: webhook_id, url, created_at }))
}

/** Whether the address may be connected to is for the guarded client to say, each time; here only what it looks like counts. */
function checkedUrl(text: string, test_targets: readonly string[]): string {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null
  const is_test = url !== null && test_targets.includes(url.host)
  if (
    url === null ||
    (url.protocol !== 'https:' && !(is_test && url.protocol === 'http:')) ||
    url.username !== '' ||
    url.password !== '' ||
    url.hash !== ''
  ) {
    throw new Refused(
      'publishing.bad_webhook',
      `"${text.slice(0, 200)}" is no address to send to; write it like https://app.example.com/hooks.`,
      'url',
    )
  }
  return url.href
}
