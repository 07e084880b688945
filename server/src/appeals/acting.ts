import { applicationStream } from '../applications/events.ts'
import { APPLICATIONS, type ApplicationDocument } from '../applications/view.ts'
import { assessmentStream } from '../assessments/events.ts'
import { restoreOnAppeal, type BadgeStanding, type OnAppeal } from '../badges/acting.ts'
import { BADGES, type BadgeDocument } from '../badges/badges-view.ts'
import { badgeStream, listingStream, type BadgeOf } from '../badges/events.ts'
import { handsIn, handsOf, keptWords, setAsideAt } from '../concerns/acting.ts'
import { CONCERNS, foldedConcern, type ConcernDocument } from '../concerns/concerns-view.ts'
import { concernStream } from '../concerns/events.ts'
import { dueProcesses, dueProcessOf, type DueProcess } from '../concerns/rules.ts'
import { onApp } from '../directory/registering.ts'
import type { Act } from '../enrolment/acts.ts'
import { personBehind, refusalOf, type Acting } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import { plus, type Duration } from '../kernel/duration.ts'
import type { Digest, RecordedEvent } from '../kernel/event.ts'
import { isRefused, Refused } from '../kernel/refused.ts'
import { reviewStream } from '../reviews/events.ts'
import { waiverStream } from '../standing/events.ts'
import { appeal, type AppealAct, type AppealCommand, type AppealState } from './appeal.ts'
import { decisionIn, ledTo, personsIn, type Decision } from './appealable.ts'
import { foldedAppeal } from './appeals-view.ts'
import { appealOf, appealStream, onAppeal, type AppealOf, type AppealOutcome } from './events.ts'

/** What people do with appeals: read, decide, record, in one transaction each. */
export type Doing =
  | { readonly act: 'decide'; readonly outcome: AppealOutcome; readonly words: string; readonly public_words: string }
  | { readonly act: 'withdraw' }
  | { readonly act: 'recuse'; readonly conflict: string }

/** Which act of the one table of acts each of them needs. */
export const PERSONS_ACTS = {
  decide: 'decide-appeal',
  withdraw: 'lodge-appeal',
  recuse: 'decide-appeal',
} as const satisfies { readonly [act in AppealAct]?: Act }

export type PersonsAct = keyof typeof PERSONS_ACTS

type On = { readonly organisation: string }

/** Appeals a decision, by the hash of its entry. Answers with the name of the appeal. */
export async function lodgeAppeal(
  house: House,
  who: Acting,
  app: string,
  given: { readonly decision: string; readonly words: string },
): Promise<string> {
  const on = await onApp(house, app)
  return house.act(who, 'lodge-appeal', on, async (desk) => {
    const event = await desk.asMachine(() => desk.log.byHash(given.decision as Digest))
    const decision = event === null ? null : decisionIn(event, app)
    if (event === null || decision === null) {
      throw new Refused(
        'appeals.no_such_decision',
        'No decision of this name was taken about this app, or it is none that can be appealed.',
        'decision',
      )
    }
    const rules = await rulesFor(house, desk, decision)
    const of: AppealOf = { app, appeal: appealOf(decision.decision), programme: rules.catalogue.programme.id }
    const before = await desk.asMachine(() => desk.log.stream(appealStream(of)))
    const person = personBehind(desk.who)
    const took_part = await tookPart(desk, event, decision)
    const state = foldedAppeal(before)
    const command = (evidence: Digest): AppealCommand => ({ ...of, act: 'lodge', person, decision, took_part, evidence, rules })
    // Whatever the decider refuses is refused before anything is kept.
    appeal.decide(command('sha256:'), state, desk.now)
    const ask = 'Say what is wrong with the decision, and what shows it.'
    const evidence = await keptWords(desk, app, 'partner', given.words, 'words', ask, 'appeal')
    await recordOn(desk, of, before, command(evidence))
    return of.appeal
  })
}

/** Does something with an appeal. `seen` is the number of the newest entry that the person saw; when something came after it, they look again first. */
export async function actOnAppeal(
  house: House,
  who: Acting,
  of: Pick<AppealOf, 'app' | 'appeal'>,
  doing: Doing,
  seen: number | null,
): Promise<AppealState> {
  const on = await onApp(house, of.app)
  return house.act(who, PERSONS_ACTS[doing.act], on, async (desk) => {
    const situation = await situationOf(house, desk, of, on)
    refuseUnseen(seen, situation)
    const command = await commandOf(desk, situation, doing)
    const state = await recordOn(desk, situation.of, situation.events, command)
    await follow(house, desk, situation, state)
    return state
  })
}

/** What a decision about an appeal changes in the same transaction: an upheld concern goes, or is decided anew. */
async function follow(house: House, desk: Desk, { of, on, state: before }: Situation, { word }: AppealState): Promise<void> {
  if (before.kind !== 'concern_upheld' || before.concern === null || (word !== 'upheld' && word !== 'sent_back')) return
  const how = word === 'upheld' ? 'set_aside' : 'sent_back'
  await setAsideAt(house, desk, { app: of.app, concern: before.concern }, on, { appeal: of.appeal, how })
}

/** Gives a badge back that was taken in error, with the appeal as the reason and without a new review. */
export async function restoreByAppeal(
  house: House,
  who: Acting,
  of: Pick<AppealOf, 'app' | 'appeal'>,
  badge: Pick<BadgeOf, 'programme' | 'tier'>,
  standing_hash: string,
): Promise<BadgeStanding> {
  const on = await onApp(house, of.app)
  return house.act(who, 'restore-badge', on, async (desk) => {
    const { state } = await situationOf(house, desk, of, on)
    return restoreOnAppeal(house, desk, { app: of.app, ...badge }, on, { ...restoration(state, of.appeal), standing_hash })
  })
}

/** What an appeal says of a badge that is to be restored; refuses where it says nothing. */
function restoration(
  { word, decision, decided_at, decided_by, requirements, kind }: AppealState,
  appeal: string,
): Omit<OnAppeal, 'standing_hash'> {
  if (word !== 'upheld' || decision === null || decided_at === null || decided_by === null) {
    throw new Refused('appeals.not_upheld', 'A badge is given back on an appeal that was upheld; this one was not.', appeal)
  }
  const of_badge = kind === 'badge_suspended' || kind === 'badge_revoked'
  return { appeal, decision, decided_at, decided_by, requirements, of_badge }
}

/** The decisions about an app that can still be appealed, newest first. */
export async function appealableAt(house: House, desk: Desk, app: string): Promise<readonly (Decision & { readonly until: string })[]> {
  const events = await desk.asMachine(() => aboutApp(desk, app))
  const open: (Decision & { readonly until: string })[] = []
  const all = await dueProcesses(house.packs, desk)
  for (const event of events) {
    const decision = decisionIn(event, app)
    const rules = decision === null ? undefined : fitting(all, decision)
    if (decision === null || rules === undefined) continue
    // The guarantee of the cast: the pack's schema lets nothing else through.
    const until = plus(decision.at, rules.policy.appeals.within as Duration, rules.zone)
    if (until < desk.now) continue
    const lodged = await desk.asMachine(() => desk.log.stream(appealStream({ app, appeal: appealOf(decision.decision) })))
    if (lodged.length === 0) open.push({ ...decision, until })
  }
  return open.sort((a, b) => (a.at < b.at ? 1 : -1))
}

/** An appeal and what stands around it now. */
export type Situation = {
  readonly of: AppealOf
  readonly on: On
  readonly events: readonly RecordedEvent[]
  readonly state: AppealState
  readonly rules: DueProcess
}

export async function situationOf(house: House, desk: Desk, of: Pick<AppealOf, 'app' | 'appeal'>, on: On): Promise<Situation> {
  const events = await desk.asMachine(() => desk.log.stream(appealStream(of)))
  const [first] = events
  if (first === undefined) throw new Refused('appeals.no_such_appeal', 'There is no such appeal about this app.', of.appeal)
  // The guarantee of the cast: every event of this slice says which appeal it is about.
  const { programme } = first.payload as unknown as AppealOf
  const rules = await dueProcessOf(house.packs, desk, programme)
  if (rules === null) throw new Refused('appeals.not_taken', 'The programme of this appeal is not here any more.', of.appeal)
  return { of: { ...of, programme }, on, events, state: foldedAppeal(events), rules }
}

async function recordOn(desk: Desk, of: AppealOf, before: readonly RecordedEvent[], command: AppealCommand): Promise<AppealState> {
  const state = foldedAppeal(before)
  const told = appeal.decide(command, state, desk.now)
  await desk.record(told.map(onAppeal), { expect: { stream: appealStream(of), version: before.length } })
  return told.reduce((sum, event) => appeal.evolve(sum, { ...event, at: desk.now }), state)
}

function refuseUnseen(seen: number | null, { events, of }: Situation): void {
  if (seen === null || events.length <= seen) return
  const last = events.at(-1)
  const what = last?.type.slice('appeals.'.length) ?? ''
  throw new Refused(
    'appeals.moved',
    `Since you looked, something has happened here (${what}, ${last?.at}). Look again and decide anew.`,
    of.app,
  )
}

async function commandOf(desk: Desk, situation: Situation, doing: Doing): Promise<AppealCommand> {
  const tried = await commandWith(desk, situation, doing, 'sha256:', 'sha256:')
  appeal.decide(tried, situation.state, desk.now)
  if (doing.act !== 'decide') return tried
  const { app } = situation.of
  const words = await keptWords(desk, app, 'partner', doing.words, 'words', 'Say why; a decision without a reason is none.', 'appeal')
  const ask = 'Say what everybody may read of this decision.'
  return commandWith(
    desk,
    situation,
    doing,
    words,
    await keptWords(desk, app, 'partner', doing.public_words, 'public_words', ask, 'appeal'),
  )
}

async function commandWith(
  desk: Desk,
  { of, on, state, rules }: Situation,
  doing: Doing,
  evidence: Digest,
  public_words: Digest,
): Promise<AppealCommand> {
  switch (doing.act) {
    case 'decide': {
      const hands = await handsOf(desk, on, of.app, Object.keys(state.recused), state.took_part)
      return { ...of, act: 'decide', hands, outcome: doing.outcome, evidence, public_words, rules }
    }
    case 'withdraw':
      return { ...of, act: 'withdraw', person: personBehind(desk.who) }
    case 'recuse':
      return { ...of, act: 'recuse', person: personBehind(desk.who), conflict: doing.conflict, rules }
  }
}

/** By whose rules a decision is appealed: of its own programme, or of the first that says how. */
async function rulesFor(house: House, desk: Desk, decision: Decision): Promise<DueProcess> {
  const rules = fitting(await dueProcesses(house.packs, desk), decision)
  if (rules === undefined) throw new Refused('appeals.not_taken', 'No programme here says how this decision is appealed.', 'decision')
  return rules
}

const fitting = (all: readonly DueProcess[], { programme }: Decision): DueProcess | undefined =>
  all.find(({ catalogue, open }) => (programme === null ? open : catalogue.programme.id === programme))

/** Everything that was decided about an app, by its streams. */
async function aboutApp(desk: Desk, app: string): Promise<readonly RecordedEvent[]> {
  const badges = (await desk.documents.list<BadgeDocument>(BADGES)).map(({ document }) => document).filter((one) => one.app === app)
  const threads = (await desk.documents.list<ApplicationDocument>(APPLICATIONS)).map(({ document }) => document)
  const concerns = (await desk.documents.list<ConcernDocument>(CONCERNS, `${app}/`)).map(({ document }) => document)
  const streams = [
    ...badges.map(badgeStream),
    listingStream(app),
    ...threads.filter((one) => one.app === app).map(applicationStream),
    assessmentStream(app),
    reviewStream(app),
    waiverStream(app),
    ...concerns.filter((one) => one.app === app).map(concernStream),
  ]
  const all: RecordedEvent[] = []
  for (const stream of streams) all.push(...(await desk.log.stream(stream)))
  return all
}

/**
 * Who took a decision, or had a part in what led to it: those in the chain of causes behind it, those who acted in the same
 * matter before it, and everybody of the operator who had a hand in the concern or the thread that it is about.
 */
async function tookPart(desk: Desk, event: RecordedEvent, decision: Decision): Promise<readonly string[]> {
  return desk.asMachine(async () => {
    const persons = new Set(personsIn(event))
    let cause = event.cause
    for (let step = 0; cause !== null && step < LONGEST_CHAIN; step++) {
      const before = await desk.log.byHash(cause)
      if (before === null) break
      for (const person of personsIn(before)) persons.add(person)
      cause = before.cause
    }
    const all = await aboutApp(desk, decision.app)
    // What was given before has begun another life of the badge; who gave it took no part in taking it.
    const given = all.findLast(({ type, stream, seq }) => GIVEN.has(type) && stream === event.stream && seq < event.seq)?.seq ?? 0
    for (const one of all) {
      const same_thread =
        one.stream === event.stream && (one.type.startsWith('applications.') || (one.type.startsWith('badges.') && one.seq > given))
      const same_matter = ledTo(one, decision) && !one.type.startsWith('concerns.')
      if (same_matter || (same_thread && one.at <= decision.at)) for (const person of personsIn(one)) persons.add(person)
    }
    for (const concern of await concernsBehind(desk, decision)) {
      for (const person of await handsIn(desk, { app: decision.app, concern })) persons.add(person)
    }
    return [...persons].sort()
  })
}

const GIVEN: ReadonlySet<string> = new Set(['badges.granted', 'badges.restored'])

/** The concern that a decision is about, or those that were upheld and open on what it is about when it was taken. */
async function concernsBehind(desk: Desk, { app, at, concern, requirements }: Decision): Promise<readonly string[]> {
  if (concern !== null) return [concern]
  const behind: string[] = []
  for (const { document } of await desk.documents.list<ConcernDocument>(CONCERNS, `${app}/`)) {
    if (document.app !== app) continue
    const then = foldedConcern((await desk.log.stream(concernStream(document))).filter((event) => event.at <= at))
    const open = then.word === 'upheld' || then.word === 'checking'
    if (open && then.requirements.some((id) => requirements.includes(id))) behind.push(document.concern)
  }
  return behind
}

/** Far longer than any road from an observation to a badge. */
const LONGEST_CHAIN = 50

/** An act that is possible here, or why it is not. */
export type Offered = { readonly act: PersonsAct; readonly allowed: boolean; readonly reason: string | null }

/** What a reader may do with an appeal and why not, by the very table and decider that refuse it. */
export async function offersOn(desk: Desk, situation: Situation): Promise<readonly Offered[]> {
  if (desk.who.kind !== 'person' && desk.who.kind !== 'token') return []
  const offers: Offered[] = []
  for (const act of Object.keys(PERSONS_ACTS) as readonly PersonsAct[]) {
    const refused = refusalOf(desk.who, PERSONS_ACTS[act], situation.on)
    offers.push({ act, ...(refused === null ? await tried(desk, situation, act) : { allowed: false, reason: refused.message }) })
  }
  return offers
}

async function tried(desk: Desk, situation: Situation, act: PersonsAct): Promise<Omit<Offered, 'act'>> {
  const doing = {
    decide: { act: 'decide', outcome: 'rejected', words: '', public_words: '' },
    withdraw: { act: 'withdraw' },
    recuse: { act: 'recuse', conflict: situation.rules.policy.recusal[0]?.id ?? '' },
  } as const satisfies Record<PersonsAct, Doing>
  try {
    appeal.decide(await commandWith(desk, situation, doing[act], 'sha256:', 'sha256:'), situation.state, desk.now)
    return { allowed: true, reason: null }
  } catch (error) {
    if (isRefused(error)) return { allowed: false, reason: error.message }
    throw error
  }
}
