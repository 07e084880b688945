import type { Desk } from '../house.ts'
import type { RecordedEvent } from '../kernel/event.ts'
import type { JsonObject } from '../kernel/json.ts'
import { Refused } from '../kernel/refused.ts'
import { after } from '../kernel/time.ts'
import { newId } from '../platform/clock.ts'
import type { Unit } from '../platform/sql/database.ts'
import type { Act } from './acts.ts'
import { refusalOf, type On } from './authorise.ts'
import { membershipsOf } from './person.ts'
import { signedIn } from './enrolling.ts'
import { PROPOSALS, proposal, type ProposalCommand, type ProposalEvent, type ProposalState, type Proposed } from './two-persons.ts'

/**
 * Proposes an act that needs a second person. Works at a desk that was opened for that very act, so whoever proposes may do
 * it. Answers with the proposal's id.
 */
export async function propose(
  desk: Desk,
  given: { readonly act: Act; readonly app: string | null; readonly what: JsonObject; readonly lasts_ms: number },
): Promise<string> {
  const { person } = signedIn(desk.who)
  const id = newId('pro')
  const { act, app, what } = given
  await decideAndRecord(desk, id, {
    do: 'propose',
    made: { proposal: id, act, app, what, by: person, expires_at: after(desk.now, given.lasts_ms) },
  })
  return id
}

/**
 * Confirms a proposal and answers with what was proposed, so that the caller records its effect in the same transaction. The
 * second person is another than the first, had no hand in the case, and does not belong to the partner whose app it is; the
 * first must still be somebody who may do this.
 */
export async function confirm(
  desk: Desk,
  id: string,
  given: { readonly act: Act; readonly on: On; readonly involved: readonly string[] },
): Promise<Proposed> {
  const { person, memberships } = signedIn(desk.who)
  const { state } = await read(desk, id)
  if (state.status === 'none' || state.made.act !== given.act)
    throw new Refused('enrolment.no_such_proposal', 'There is no such proposal.', id)
  const { made } = state
  const of_the_partner = memberships.some(({ kind, organisation }) => kind === 'partner' && organisation === given.on.organisation)
  const first = {
    kind: 'person',
    person: made.by,
    session: '',
    memberships: await desk.asMachine(() => membershipsOf(desk, made.by)),
  } as const
  if (state.status === 'open' && refusalOf(first, given.act, given.on) !== null) {
    throw new Refused(
      'enrolment.proposer_gone',
      'Whoever proposed this may not do it any more. Propose it anew, and let another confirm it.',
      id,
    )
  }
  await decideAndRecord(desk, id, {
    do: 'confirm',
    by: person,
    involved: [...given.involved, ...(of_the_partner ? [person] : [])],
  })
  return made
}

/** Takes a proposal back: whoever made it, or anybody who may do the act. */
export async function withdraw(desk: Desk, id: string): Promise<void> {
  await decideAndRecord(desk, id, { do: 'withdraw', by: signedIn(desk.who).person })
}

/** Proposals that still can be confirmed, the oldest first. */
export async function openProposals(unit: Unit, act?: Act): Promise<readonly Proposed[]> {
  const all = await unit.documents.list<Proposed>(PROPOSALS)
  return all.map(({ document }) => document).filter((one) => one.expires_at > unit.now && (act === undefined || one.act === act))
}

const streamOf = (id: string): string => `proposal/${id}`

async function read(desk: Desk, id: string): Promise<{ readonly state: ProposalState; readonly version: number }> {
  const events = await desk.asMachine(() => desk.log.stream(streamOf(id)))
  // The guarantee of the cast: only this file appends to these streams.
  const state = events.reduce((before, event) => proposal.evolve(before, event as RecordedEvent & ProposalEvent), proposal.initial)
  return { state, version: events.length }
}

async function decideAndRecord(desk: Desk, id: string, command: ProposalCommand): Promise<void> {
  const { state, version } = await read(desk, id)
  const facts = proposal.decide(command, state, desk.now)
  await desk.record(
    // About nobody's app as far as row security goes: partners do not read what is only proposed.
    facts.map(({ type, payload }) => ({ stream: streamOf(id), subject: null, type, payload: { ...payload } as JsonObject })),
    { expect: { stream: streamOf(id), version } },
  )
}
