import { APPS, type AppDocument } from '../../directory/apps-view.ts'
import { alertMailbox } from '../../directory/registering.ts'
import { operatorOrganisation } from '../../enrolment/organisation.ts'
import { membersOf } from '../../enrolment/person.ts'
import type { Desk, House } from '../../house.ts'
import type { RecordedEvent } from '../../kernel/event.ts'
import { between, DAY_MS } from '../../kernel/time.ts'
import { sha256 } from '../../platform/crypto.ts'
import { putDeliveries, type Recipient } from '../../platform/outbox.ts'
import type { Unit } from '../../platform/sql/database.ts'
import { STATE_CHANGES, STATES, type AppState } from '../marketplace/state.ts'
import { OWED, STATE_CHANGED, type DeliveryOwed } from './events.ts'

/** A notice that nobody gathered for so long tells of the past: of a seeded one, or of a server that stood still. */
const NEWS_FOR_MS = 3 * DAY_MS
const EVENTS_AT_ONCE = 1_000
const CURSOR = 'outbox.cursor'

/**
 * Turns notices in the log into deliveries, one for each who has to know: the app's alert mailbox, the administrators of its
 * partner who have an address, and the partner's webhooks; alerts go to fewer. Each delivery's name follows from the event and its recipient, so
 * that gathering twice owes nothing twice.
 */
export async function gather(house: House, machine: { readonly kind: 'machine'; readonly name: string }): Promise<void> {
  while (await house.act(machine, 'deliver-due', {}, gatherSome));
}

/** The same for a part of the log, inside a transaction of the machine's. True while there is more. */
export async function gatherSome(desk: Desk): Promise<boolean> {
  const cursor = await cursorOf(desk)
  const events = await desk.log.after(cursor, EVENTS_AT_ONCE)
  for (const event of events) {
    if (event.type === OWED) await spread(desk, event)
    else if (STATE_CHANGES.has(event.type)) await pushState(desk, event)
  }
  const last = events.at(-1)
  if (last !== undefined) await keepCursor(desk, last.seq)
  return events.length === EVENTS_AT_ONCE
}

async function spread(desk: Desk, event: RecordedEvent): Promise<void> {
  // The guarantee of the cast: only `owe` and `noticed` make events of this type.
  const { app, code, params, deliveries } = event.payload as unknown as DeliveryOwed['payload']
  if (deliveries !== null || app === null || between(event.at, desk.now) > NEWS_FOR_MS) return
  for (const to of await whoHasToKnow(desk, app, code)) {
    await putDeliveries(desk, [{ id: deliveryOf(event, to), to, says: { code, params }, subject: app, cause: event.hash }])
  }
}

/**
 * Owes the state of an app to the operator's own webhooks, which is how a marketplace is told. What is sent is the state at
 * the moment of sending (see claim.ts), so of a past that nobody gathered only the newest change of each app matters.
 */
async function pushState(desk: Desk, event: RecordedEvent): Promise<void> {
  // The guarantee of the cast: all changes of a state carry their app.
  const { app } = event.payload as { readonly app: string }
  const state = await desk.documents.get<AppState>(STATES, app)
  if (state === null || (between(event.at, desk.now) > NEWS_FOR_MS && state.sequence !== event.seq)) return
  for (const id of await webhooksOf(desk, (await operatorOrganisation(desk)).organisation)) {
    const to: Recipient = { kind: 'webhook', id }
    const says = { code: STATE_CHANGED, params: { sequence: event.seq } }
    await putDeliveries(desk, [{ id: deliveryOf(event, to), to, says, subject: app, cause: event.hash }])
  }
}

const deliveryOf = (event: RecordedEvent, to: Recipient): string =>
  `dlv_${sha256(`${event.hash} ${to.kind}:${to.id}`).slice('sha256:'.length, 'sha256:'.length + 26)}`

/** To the alert mailbox and to nobody else: they lie long before any harm. */
const MAILBOX_ONLY: ReadonlySet<string> = new Set(['reliability.early_warning', 'reliability.budget_ticket'])
const ALERTS: ReadonlySet<string> = new Set(['reliability.alert_fired', 'reliability.alert_resolved'])

/** About what a partner did, or what the operator owes: to the people of the operator who handle applications. */
const OPERATORS: ReadonlySet<string> = new Set([
  'applications.applied',
  'applications.answered',
  'applications.heard',
  'applications.overdue',
  'applications.downtime_announced',
  'concerns.answered',
  'concerns.answer_missed',
  'concerns.remedy_claimed',
  'concerns.reminded',
  'appeals.lodged',
  'appeals.reminded',
  'publishing.mismatch_found',
])

async function whoHasToKnow(unit: Unit, app: string, code: string): Promise<readonly Recipient[]> {
  const document = await unit.documents.get<AppDocument>(APPS, app)
  if (document === null) return []
  if (OPERATORS.has(code)) {
    const members = await membersOf(unit, (await operatorOrganisation(unit)).organisation)
    return members.flatMap(({ person, role, mail }) =>
      role === 'operator-viewer' || mail === null ? [] : [{ kind: 'person', id: person }],
    )
  }
  const mailbox = await alertMailbox(unit, app)
  if (MAILBOX_ONLY.has(code)) return mailbox === null ? [] : [{ kind: 'mailbox', id: app }]
  const members = await membersOf(unit, document.organisation)
  const webhooks = await webhooksOf(unit, document.organisation)
  const admins = members.filter(
    ({ role, mail }) => role === 'partner-admin' && mail !== null && mail.toLowerCase() !== mailbox?.toLowerCase(),
  )
  return [
    ...(mailbox === null ? [] : [{ kind: 'mailbox', id: app } as const]),
    // Alerts are for whoever is on duty; where no mailbox says who, a page goes to the administrators.
    ...(ALERTS.has(code) && mailbox !== null ? [] : admins).map(({ person }) => ({ kind: 'person', id: person }) as const),
    ...webhooks.map((id) => ({ kind: 'webhook', id }) as const),
  ]
}

async function webhooksOf(unit: Unit, organisation: string): Promise<readonly string[]> {
  const rows = await unit.sql
    .selectFrom('webhook')
    .select('webhook_id')
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('organisation_id', '=', organisation)
    .orderBy('webhook_id')
    .execute()
  return rows.map(({ webhook_id }) => webhook_id)
}

async function cursorOf(unit: Unit): Promise<number> {
  const row = await unit.sql
    .selectFrom('setting')
    .select('value')
    .where('marketplace_id', '=', unit.scope.marketplace)
    .where('name', '=', CURSOR)
    .executeTakeFirst()
  return (row?.value as { readonly seq: number } | undefined)?.seq ?? 0
}

async function keepCursor(unit: Unit, seq: number): Promise<void> {
  const value = JSON.stringify({ seq })
  await unit.sql
    .insertInto('setting')
    .values({ marketplace_id: unit.scope.marketplace, name: CURSOR, value })
    .onConflict((conflict) => conflict.columns(['marketplace_id', 'name']).doUpdateSet({ value }))
    .execute()
}
