import { sql } from 'kysely'
import { alertMailbox } from '../../directory/registering.ts'
import { linkTo } from '../../enrolment/admin-link.ts'
import { credentialById, putCredential, renewSecret, type CredentialKind } from '../../enrolment/credential.ts'
import { INVITATION_LASTS_MS } from '../../enrolment/invitation.ts'
import { MAIL_LINK_LASTS_MS, SIGN_IN_LINK_LASTS_MS } from '../../enrolment/link.ts'
import { personByMail, personOf } from '../../enrolment/person.ts'
import type { Says } from '../../kernel/says.ts'
import { after, between, HOUR_MS, MINUTE_MS, type Instant } from '../../kernel/time.ts'
import { STATES, type AppState } from '../marketplace/state.ts'
import { STATE_CHANGED } from './events.ts'
import { recipientIn } from '../../platform/outbox.ts'
import type { Unit } from '../../platform/sql/database.ts'

/** While a delivery is with one process, no other takes it. Longer than one may last; after a crash it is free again. */
export const LEASE_MS = 3 * MINUTE_MS

/** How many sign-in links go to one person in an hour: enough for a bad day, too few to flood a mailbox. */
const SIGN_IN_LINKS_AN_HOUR = 5

/** A delivery that is ours for the length of a lease. */
export type Claimed = {
  readonly id: string
  readonly channel: 'mail' | 'webhook'
  readonly says: Says
  readonly subject: string | null
  readonly created_at: Instant
  /** This attempt's number, from 1. */
  readonly attempt: number
  readonly leased_until: Instant
  readonly where: Where
  /** What a marketplace is told, as it is now: whoever hears of it late hears what is so. */
  readonly state: AppState | null
}

/** Where it goes, looked up at this moment. */
type Where =
  | { readonly kind: 'mail'; readonly address: string; readonly link: string | null }
  | { readonly kind: 'webhook'; readonly url: string; readonly secret: string }
  /** Whoever was meant is not there any more. */
  | { readonly kind: 'nobody'; readonly why: string }
  /** There was never anything to send: an unknown address at sign-in, or one that asks too often. */
  | { readonly kind: 'nothing' }

/** Takes what is due, the oldest first, and looks up where it goes. The transaction must be the machine's. */
export async function claim(
  unit: Unit,
  given: { readonly channels: readonly ('mail' | 'webhook')[]; readonly most: number; readonly public_url: string },
): Promise<readonly Claimed[]> {
  if (given.channels.length === 0) return []
  const leased_until = after(unit.now, LEASE_MS)
  const rows = await unit.sql
    .updateTable('delivery')
    .set({ leased_until, attempts: sql`attempts + 1` })
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('delivery_id', 'in', (eb) =>
      eb
        .selectFrom('delivery')
        .select('delivery_id')
        .where('marketplace_id', '=', unit.scope.marketplace)
        .where('state', '=', 'owed')
        .where('channel', 'in', given.channels)
        .where('due_at', '<=', unit.now)
        .where((free) => free.or([free('leased_until', 'is', null), free('leased_until', '<=', unit.now)]))
        .orderBy('due_at')
        .limit(given.most)
        .forUpdate()
        .skipLocked(),
    )
    .returningAll()
    .execute()
  const claimed: Claimed[] = []
  for (const row of rows) {
    claimed.push({
      id: row.delivery_id,
      channel: row.channel,
      // The guarantee of the casts: rows are written by putDeliveries, times come back as instants.
      says: { code: row.code, params: row.params as Says['params'] },
      subject: row.subject,
      created_at: row.created_at as Instant,
      attempt: row.attempts,
      leased_until,
      where: await whereTo(unit, row, given.public_url),
      state: row.code === STATE_CHANGED && row.subject !== null ? await unit.documents.get<AppState>(STATES, row.subject) : null,
    })
  }
  return claimed
}

type Row = { readonly delivery_id: string; readonly destination: string; readonly created_at: string; readonly code: string }

async function whereTo(unit: Unit, row: Row, public_url: string): Promise<Where> {
  const to = recipientIn(row.destination)
  switch (to.kind) {
    case 'person': {
      const mail = (await personOf(unit, to.id))?.mail ?? null
      return mail === null ? { kind: 'nobody', why: 'this person has no address any more' } : { kind: 'mail', address: mail, link: null }
    }
    case 'mailbox': {
      const address = await alertMailbox(unit, to.id)
      return address === null ? { kind: 'nobody', why: 'the app has no alert mailbox any more' } : { kind: 'mail', address, link: null }
    }
    case 'webhook': {
      const webhook = await unit.sql
        .selectFrom('webhook')
        .select(['url', 'secret'])
        .where('marketplace_id', '=', unit.scope.marketplace)
        .where('webhook_id', '=', to.id)
        .executeTakeFirst()
      return webhook === undefined ? { kind: 'nobody', why: 'this webhook was removed' } : { kind: 'webhook', ...webhook }
    }
    case 'link':
      return linkFor(unit, to.id, public_url)
    case 'address':
      return signInFor(unit, row, to.id, public_url)
  }
}

const LASTS_MS: { readonly [kind in CredentialKind]?: number } = {
  sign_in_link: SIGN_IN_LINK_LASTS_MS,
  mail_link: MAIL_LINK_LASTS_MS,
  invitation: INVITATION_LASTS_MS,
}

/** A link gets its secret now, as its mail leaves: what lies in the tables opens nothing. */
async function linkFor(unit: Unit, credential: string, public_url: string): Promise<Where> {
  const gone = { kind: 'nobody', why: 'the link was used or taken back' } as const
  const link = await credentialById(unit, credential)
  const lasts_ms = link === null ? undefined : LASTS_MS[link.kind]
  if (link === null || lasts_ms === undefined) return gone
  const address = link.kind === 'sign_in_link' ? await addressOf(unit, link.person) : link.mail
  // A sign-in that nobody waits for any more is no news.
  if (address === null || (link.kind === 'sign_in_link' && between(link.created_at, unit.now) > SIGN_IN_LINK_LASTS_MS)) return gone
  const renewed = await renewSecret(unit, credential, lasts_ms)
  return renewed === null ? gone : { kind: 'mail', address, link: linkTo(public_url, renewed.secret) }
}

const addressOf = async (unit: Unit, person: string | null): Promise<string | null> =>
  person === null ? null : ((await personOf(unit, person))?.mail ?? null)

/** Somebody typed an address at sign-in. Only here it is looked up, and from here on the delivery names the link instead. */
async function signInFor(unit: Unit, row: Row, address: string, public_url: string): Promise<Where> {
  const person = await personByMail(unit, address)
  if (person === null || between(row.created_at as Instant, unit.now) > SIGN_IN_LINK_LASTS_MS) return { kind: 'nothing' }
  const recent = await unit.sql
    .selectFrom('credential')
    .select('created_at')
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('kind', '=', 'sign_in_link')
    .where('person_id', '=', person.person)
    .where('created_at', '>', after(unit.now, -HOUR_MS))
    .execute()
  const just_now = recent.some(({ created_at }) => between(created_at as Instant, unit.now) < MINUTE_MS)
  if (just_now || recent.length >= SIGN_IN_LINKS_AN_HOUR) return { kind: 'nothing' }
  const { id, secret } = await putCredential(unit, { kind: 'sign_in_link', person: person.person, lasts_ms: SIGN_IN_LINK_LASTS_MS })
  await unit.sql
    .updateTable('delivery')
    .set({ destination: `link:${id}` })
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('delivery_id', '=', row.delivery_id)
    .execute()
  // Where mail goes is what the person's account says, in its letter case.
  return { kind: 'mail', address: person.mail ?? address, link: linkTo(public_url, secret) }
}
