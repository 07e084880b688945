import { APPS, type AppDocument } from '../directory/apps-view.ts'
import { onApp } from '../directory/registering.ts'
import { personBehind, refusalOf, type Acting } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import { lengthMs, type Duration } from '../kernel/duration.ts'
import type { Digest, RecordedEvent } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import { after, type Instant } from '../kernel/time.ts'
import { checkedWords } from '../kernel/words.ts'
import { newId } from '../platform/clock.ts'
import { keepEvidence } from '../platform/evidence.ts'
import { inForce } from '../programmes/load.ts'
import { policyOfKind } from '../programmes/policies.ts'
import { excludeMinutes } from '../reliability/exclusions.ts'
import { minuteOf } from '../reliability/window.ts'
import { ledgerStream, type LedgerEvent } from './events.ts'
import { ledger, MAINTENANCE, type AttributionPolicy, type LedgerCommand, type LedgerState } from './ledger.ts'
import { occurrencesOf } from './occurrences.ts'

/** Writing into the ledger: read, decide, record, and have the figures follow, in one transaction each. */

export type Proposed = {
  readonly cause: string
  readonly endpoint: string | null
  readonly from: Instant
  readonly to: Instant
  /** RFC 5545, of a downtime that recurs. */
  readonly rule: string | null
  /** IANA zone of the rule. */
  readonly zone: string
  readonly words: string
}

/** Says whose doing a time was, or plans a downtime. Nothing counts otherwise until somebody signs. Answers with the entry's id. */
export async function proposeEntry(house: House, who: Acting, app: string, given: Proposed): Promise<string> {
  const on = await onApp(house, app)
  return house.act(who, 'write-ledger', on, async (desk) => {
    const policy = policyOf(house, desk.now)
    const known = await desk.documents.get<AppDocument>(APPS, app)
    if (given.endpoint !== null && !(known?.base_urls ?? []).includes(given.endpoint)) {
      throw new Refused('attribution.no_such_endpoint', 'This is none of the app’s base URLs.', 'endpoint')
    }
    const until = after(desk.now, lengthMs(policy.maintenance.ahead as Duration))
    if (given.rule !== null && given.cause !== MAINTENANCE)
      throw new Refused('attribution.no_rule', 'Only planned downtime recurs.', 'rule')
    const occurrences = occurrencesOf(given, until)
    const recurrence = given.rule === null ? null : `${given.zone} ${given.rule}`
    const side = refusalOf(who, 'sign-entry', on) === null ? 'operator' : 'partner'
    return propose(
      desk,
      who,
      app,
      { cause: given.cause, endpoint: given.endpoint, recurrence, occurrences, reverses: null, side, policy },
      given.words,
    )
  })
}

/** Says that a signed entry was a mistake. Once somebody else signs that, what it took out counts again. */
export async function reverseEntry(house: House, who: Acting, app: string, reverses: string, words: string): Promise<string> {
  const on = await onApp(house, app)
  return house.act(who, 'write-ledger', on, async (desk) => {
    const policy = policyOf(house, desk.now)
    const { state } = await ledgerOf(desk, app)
    const side = refusalOf(who, 'sign-entry', on) === null ? 'operator' : 'partner'
    const known = state.entries[reverses]
    const same = { cause: known?.cause ?? '', endpoint: known?.endpoint ?? null, occurrences: known?.occurrences ?? [] }
    return propose(desk, who, app, { ...same, recurrence: null, reverses, side, policy }, words)
  })
}

type ProposeRest = Omit<Extract<LedgerCommand, { readonly act: 'propose' }>, 'act' | 'app' | 'entry' | 'author' | 'evidence'>

async function propose(desk: Desk, who: Acting, app: string, rest: ProposeRest, text: string): Promise<string> {
  const words = checkedWords(text, 'words', 'Say what happened and how you know.')
  const entry = newId('led')
  const command = { ...rest, act: 'propose', app, entry, author: personBehind(who) } as const
  const known = await ledgerOf(desk, app)
  // Decided once before anything is kept, so that a refused entry leaves no words behind.
  ledger.decide({ ...command, evidence: [] }, known.state, desk.now)
  await record(desk, app, { ...command, evidence: await keepReason(desk, app, words) }, known)
  return entry
}

/** Agrees with an entry: from now on its minutes are taken out, or, where it takes another back, count again. */
export async function signEntry(house: House, who: Acting, app: string, entry: string): Promise<void> {
  const on = await onApp(house, app)
  await house.act(who, 'sign-entry', on, async (desk) => {
    const known = await ledgerOf(desk, app)
    const signed = await record(
      desk,
      app,
      { act: 'sign', app, entry, person: personBehind(who), involved: isOf(who, on.organisation) },
      known,
    )
    const now = signed.entries[entry]
    if (now === undefined) return
    const target = now.reverses ?? entry
    const spans =
      now.reverses !== null || now.counted
        ? []
        : now.occurrences.map(({ from, to }) => ({ from: minuteOf(from), to: minuteOf(to), endpoint: now.endpoint ?? '' }))
    await excludeMinutes(desk, house.packs, app, target, spans)
  })
}

/** Does not agree, with the reason; of an entry that was contested for good. */
export async function declineEntry(house: House, who: Acting, app: string, entry: string, text: string): Promise<void> {
  const on = await onApp(house, app)
  await house.act(who, 'sign-entry', on, async (desk) => {
    const words = checkedWords(text, 'words', 'Say why: whoever wrote it is owed a reason.')
    const known = await ledgerOf(desk, app)
    const command = { act: 'decline', app, entry, person: personBehind(who), involved: isOf(who, on.organisation) } as const
    ledger.decide({ ...command, evidence: [] }, known.state, desk.now)
    await record(desk, app, { ...command, evidence: await keepReason(desk, app, words) }, known)
  })
}

/** Has somebody else look at a declined entry. */
export async function contestEntry(house: House, who: Acting, app: string, entry: string, text: string): Promise<void> {
  await house.act(who, 'write-ledger', await onApp(house, app), async (desk) => {
    const words = checkedWords(text, 'words', 'Say what was overlooked.')
    const known = await ledgerOf(desk, app)
    const command = { act: 'contest', app, entry, policy: policyOf(house, desk.now) } as const
    ledger.decide({ ...command, evidence: [] }, known.state, desk.now)
    await record(desk, app, { ...command, evidence: await keepReason(desk, app, words) }, known)
  })
}

/** The rules of the ledger: those of the first programme in force that has some. */
export function policyOf(house: Pick<House, 'packs'>, now: Instant): AttributionPolicy {
  for (const pack of house.packs) {
    const catalogue = inForce(pack, now)
    const policy = catalogue === null ? null : policyOfKind(catalogue, 'attribution', now)
    if (policy !== null) return policy
  }
  throw new Refused('attribution.no_policy', 'No programme here says what may be taken out of a figure, so nothing may.')
}

const isOf = (who: Acting, organisation: string): boolean =>
  who.kind === 'person' && who.memberships.some((one) => one.organisation === organisation)

const keepReason = (desk: Desk, app: string, words: string): Promise<readonly Digest[]> =>
  desk.asMachine(() =>
    keepEvidence(desk, [
      { subject: app, kind: 'ledger', observed_at: desk.now, source: { by: personBehind(desk.who) }, visibility: 'partner', body: words },
    ]),
  )

type Known = { readonly state: LedgerState; readonly version: number }

async function ledgerOf(desk: Desk, app: string): Promise<Known> {
  const events = await desk.asMachine(() => desk.log.stream(ledgerStream(app)))
  // The guarantee of the cast: only this decider's events are appended to a ledger.
  const state = events.reduce((before, event) => ledger.evolve(before, event as unknown as LedgerEvent & RecordedEvent), ledger.initial)
  return { state, version: events.length }
}

async function record(desk: Desk, app: string, command: LedgerCommand, { state, version }: Known): Promise<LedgerState> {
  const stream = ledgerStream(app)
  const events = ledger.decide(command, state, desk.now)
  await desk.record(
    events.map(({ type, payload }) => ({ stream, subject: app, type, payload })),
    { expect: { stream, version } },
  )
  return events.reduce((before, event) => ledger.evolve(before, { ...event, at: desk.now }), state)
}
