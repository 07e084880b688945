import { onApp } from '../directory/registering.ts'
import type { Acting } from '../enrolment/authorise.ts'
import { signedIn } from '../enrolment/enrolling.ts'
import { confirm, openProposals, propose } from '../enrolment/proposing.ts'
import type { Desk, House } from '../house.ts'
import type { Digest, RecordedEvent } from '../kernel/event.ts'
import type { JsonObject } from '../kernel/json.ts'
import { Refused } from '../kernel/refused.ts'
import { DAY_MS, type Instant } from '../kernel/time.ts'
import { keepEvidence } from '../platform/evidence.ts'
import { waiverStream, type WaiverEvent } from './events.ts'
import { FACTS } from './facts-view.ts'
import type { Facts, WaiverFact } from './facts.ts'
import { catalogueOf } from './reactor.ts'
import { waiver, type WaiverCommand, type WaiverState } from './waiver.ts'

/** What is asked for: a requirement that is not asked of an app for a while. */
export type Waived = {
  readonly requirement: string
  readonly until: Instant
  readonly reason_code: string
  readonly evidence: readonly Digest[]
}

/** How long a proposed waiver waits for a second person. */
const PROPOSAL_LASTS_DAYS = 14

/** Proposes a waiver; another person has to confirm it. Answers with the proposal's id. */
export async function proposeWaiver(
  house: House,
  who: Acting,
  app: string,
  asked: {
    readonly programme: string
    readonly requirement: string
    readonly until: Instant
    readonly reason_code: string
    /** In the person's own words; kept outside the log. */
    readonly reason: string | null
  },
): Promise<string> {
  return house.act(who, 'grant-waiver', await onApp(house, app), async (desk) => {
    const { person } = signedIn(who)
    const catalogue = await catalogueOf(house.packs, desk, asked.programme)
    if (catalogue?.requirements.some(({ id }) => id === asked.requirement) !== true) {
      throw new Refused('standing.no_such_requirement', `${asked.programme} asks for no "${asked.requirement}" here.`, 'requirement')
    }
    const evidence = await keptReason(desk, app, person, asked.reason)
    const { requirement, until, reason_code } = asked
    // Whatever the decider would refuse later is refused now, while the person can still mend it.
    const tried = { app, requirement, act: 'grant', until, reason_code, persons: [person, `not ${person}`], evidence } as const
    waiver.decide(tried, (await stateOf(desk, app)).state, desk.now)
    const what = { requirement, until, reason_code, evidence }
    return propose(desk, { act: 'grant-waiver', app, what, lasts_ms: PROPOSAL_LASTS_DAYS * DAY_MS })
  })
}

/** Confirms a proposed waiver, by which it is granted. */
export async function confirmWaiver(house: House, who: Acting, app: string, proposal: string): Promise<Waived> {
  const on = await onApp(house, app)
  return house.act(who, 'grant-waiver', on, async (desk) => {
    const { person } = signedIn(who)
    const made = await confirm(desk, proposal, { act: 'grant-waiver', on, involved: [] })
    if (made.app !== app) throw new Refused('enrolment.no_such_proposal', 'There is no such proposal for this app.', proposal)
    // The guarantee of the cast: only proposeWaiver proposes this act.
    const what = made.what as unknown as Waived
    await decideAndRecord(desk, { app, act: 'grant', ...what, persons: [made.by, person] })
    return what
  })
}

/** Ends a waiver before its day. */
export async function endWaiver(house: House, who: Acting, app: string, requirement: string): Promise<void> {
  await house.act(who, 'end-waiver', await onApp(house, app), (desk) => decideAndRecord(desk, { app, requirement, act: 'end' }))
}

/** A waiver that waits for a second person. */
export type WaiverProposal = Waived & { readonly proposal: string; readonly by: string; readonly expires_at: Instant }

/** The waivers of an app that run, and for those who may see them, the ones that are proposed. */
export async function readWaivers(
  house: House,
  who: Acting,
  app: string,
): Promise<{ readonly waivers: readonly WaiverFact[]; readonly proposals: readonly WaiverProposal[] }> {
  return house.act(who, 'read-app', await onApp(house, app), async (desk) => {
    const facts = await desk.documents.get<Facts>(FACTS, app)
    const waivers = Object.values(facts?.waivers ?? {}).filter((one) => one.until > desk.now)
    const open = (await openProposals(desk, 'grant-waiver')).filter((one) => one.app === app)
    // The guarantee of the cast: only proposeWaiver proposes this act.
    const proposals = open.map(({ proposal, by, expires_at, what }) => ({ ...(what as unknown as Waived), proposal, by, expires_at }))
    return { waivers, proposals }
  })
}

async function keptReason(desk: Desk, app: string, person: string, reason: string | null): Promise<readonly Digest[]> {
  if (reason === null || reason.trim() === '') return []
  const body = { reason: reason.trim().toWellFormed() }
  const source = { by: person, via: 'waiver' }
  return desk.asMachine(() =>
    keepEvidence(desk, [{ subject: app, kind: 'waiver', observed_at: desk.now, source, visibility: 'partner', body }]),
  )
}

async function stateOf(desk: Desk, app: string): Promise<{ readonly state: WaiverState; readonly version: number }> {
  const events = await desk.asMachine(() => desk.log.stream(waiverStream(app)))
  // The guarantee of the cast: only this decider's events are appended to a waiver's stream.
  const state = events.reduce((before, event) => waiver.evolve(before, event as unknown as WaiverEvent & RecordedEvent), waiver.initial)
  return { state, version: events.length }
}

async function decideAndRecord(desk: Desk, command: WaiverCommand): Promise<void> {
  const stream = waiverStream(command.app)
  const { state, version } = await stateOf(desk, command.app)
  const events = waiver.decide(command, state, desk.now)
  await desk.record(
    events.map(({ type, payload }) => ({ stream, subject: command.app, type, payload: { ...payload } as JsonObject })),
    { expect: { stream, version } },
  )
}
