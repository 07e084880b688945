import { checkedWords } from '../kernel/words.ts'
import { sideIn } from '../applications/thread.ts'
import { APPLICATIONS, type ApplicationDocument } from '../applications/view.ts'
import { onApp } from '../directory/registering.ts'
import type { Act } from '../enrolment/acts.ts'
import { personBehind, refusalOf, type Acting, type On } from '../enrolment/authorise.ts'
import { operatorOrganisation } from '../enrolment/organisation.ts'
import { membersOf } from '../enrolment/person.ts'
import type { Desk, House } from '../house.ts'
import type { Digest, RecordedEvent } from '../kernel/event.ts'
import { isRefused, Refused } from '../kernel/refused.ts'
import { keepEvidence } from '../platform/evidence.ts'
import { concern, type ConcernAct, type ConcernCommand, type ConcernState, type Hands } from './concern.ts'
import { foldedConcern } from './concerns-view.ts'
import { concernStream, onConcern, type ConcernOf, type ConcernOutcome } from './events.ts'
import { dueProcessOf, type DueProcess } from './rules.ts'

/** What people do with a concern that was raised: read, decide, record, in one transaction each. */
export type Doing =
  | { readonly act: 'dismiss'; readonly code: string; readonly words: string }
  | { readonly act: 'accept'; readonly requirements: readonly string[]; readonly words: string }
  | { readonly act: 'answer'; readonly words: string }
  | {
      readonly act: 'decide'
      readonly outcome: ConcernOutcome
      readonly requirements: readonly string[]
      readonly words: string
      readonly public_words: string
    }
  | { readonly act: 'claim_remedy'; readonly words: string }
  | { readonly act: 'refuse_remedy' | 'confirm_remedy'; readonly words: string }
  | { readonly act: 'recuse'; readonly conflict: string }

/** Which act of the one table of acts each of them needs. */
export const PERSONS_ACTS = {
  dismiss: 'handle-concern',
  accept: 'handle-concern',
  answer: 'answer-concern',
  decide: 'handle-concern',
  claim_remedy: 'answer-concern',
  refuse_remedy: 'handle-concern',
  confirm_remedy: 'handle-concern',
  recuse: 'handle-concern',
} as const satisfies { readonly [act in ConcernAct]?: Act }

export type PersonsAct = keyof typeof PERSONS_ACTS

/** What is asked of words, where they are missing. */
const ASKED = {
  dismiss: 'Say why; whoever raised it is owed the reason.',
  accept: 'Say in your own words what is looked into; the partner reads this, and not what was written to you.',
  answer: 'Say how it is.',
  decide: 'Say why; a decision without a reason is none.',
  claim_remedy: 'Say what you have put right, and where that can be seen.',
  refuse_remedy: 'Say what is still missing.',
  confirm_remedy: 'Say what you have looked at.',
} as const satisfies { readonly [act in Exclude<PersonsAct, 'recuse'>]: string }

type Situation = {
  readonly of: ConcernOf
  readonly on: { readonly organisation: string }
  readonly events: readonly RecordedEvent[]
  readonly state: ConcernState
  readonly rules: DueProcess
  readonly hands: Hands
}

/** Does something with a concern. `seen` is the number of the newest entry that the person saw; when something came after it, they look again first. */
export async function actOnConcern(
  house: House,
  who: Acting,
  of: Pick<ConcernOf, 'app' | 'concern'>,
  doing: Doing,
  seen: number | null,
): Promise<ConcernState> {
  const on = await onApp(house, of.app)
  return house.act(who, PERSONS_ACTS[doing.act], on, async (desk) => {
    const situation = await situationOf(house, desk, of, on)
    refuseUnseen(seen, situation)
    return recordOn(desk, situation, await commandOf(desk, situation, doing))
  })
}

/** Takes a decision back at a desk that was opened for it, as part of a decision about an appeal. */
export async function setAsideAt(
  house: House,
  desk: Desk,
  of: Pick<ConcernOf, 'app' | 'concern'>,
  on: { readonly organisation: string },
  given: { readonly appeal: string; readonly how: 'set_aside' | 'sent_back' },
): Promise<void> {
  const situation = await situationOf(house, desk, of, on)
  const { person } = situation.hands
  await recordOn(desk, situation, { ...situation.of, act: 'set_aside', person, ...given, rules: situation.rules })
}

/** Everybody of the operator who had a part in a concern. */
export async function handsIn(desk: Desk, of: Pick<ConcernOf, 'app' | 'concern'>): Promise<readonly string[]> {
  return foldedConcern(await desk.asMachine(() => desk.log.stream(concernStream(of)))).took_part
}

async function recordOn(desk: Desk, { of, events, state }: Situation, command: ConcernCommand): Promise<ConcernState> {
  const told = concern.decide(command, state, desk.now)
  await desk.record(
    told.map((event) => onConcern(event, state.accepted)),
    { expect: { stream: concernStream(of), version: events.length } },
  )
  return told.reduce((before, event) => concern.evolve(before, { ...event, at: desk.now }), state)
}

/** What stands around a concern now. A partner learns of one that is not accepted no more than of one that is not there. */
async function situationOf(
  house: House,
  desk: Desk,
  of: Pick<ConcernOf, 'app' | 'concern'>,
  on: { readonly organisation: string },
): Promise<Situation> {
  // Read whole whoever asks: what a party may not see would be missing from the count of what is there.
  const events = await desk.asMachine(() => desk.log.stream(concernStream(of)))
  const state = foldedConcern(events)
  const [first] = events
  if (first === undefined || (!state.accepted && isPartner(desk.who, on))) throw noSuchConcern(of)
  const { programme } = first.payload as unknown as ConcernOf
  const rules = await dueProcessOf(house.packs, desk, programme)
  if (rules === null) throw new Refused('concerns.not_taken', 'The programme of this concern is not here any more.', of.app)
  const full: ConcernOf = { app: of.app, concern: of.concern, programme }
  return { of: full, on, events, state, rules, hands: await handsOf(desk, on, of.app, Object.keys(state.recused), state.took_part) }
}

/** The refusal where a concern is not there, or not for whoever asks. */
export const noSuchConcern = (of: Pick<ConcernOf, 'app' | 'concern'>): Refused =>
  new Refused('concerns.no_such_concern', 'There is no such concern about this app.', of.concern)

/** On which side somebody stands. */
export const isPartner = (who: Acting, on: { readonly organisation: string }): boolean =>
  (who.kind === 'person' || who.kind === 'token') && sideIn(who.memberships, on.organisation) === 'partner'

/**
 * What ties whoever acts to a case about an app, and how many reviewers of the operator have neither a tie nor a part in it. A
 * tie that was declared on an application of the app counts here as well.
 */
export async function handsOf(
  desk: Desk,
  on: { readonly organisation: string },
  app: string,
  recused: readonly string[],
  took_part: readonly string[],
): Promise<Hands> {
  const person = personBehind(desk.who)
  const { operators, partners, threads } = await desk.asMachine(async () => ({
    operators: await membersOf(desk, (await operatorOrganisation(desk)).organisation),
    partners: await membersOf(desk, on.organisation),
    threads: await desk.documents.list<ApplicationDocument>(APPLICATIONS),
  }))
  const tied = new Set(
    threads.filter(({ document }) => document.app === app).flatMap(({ document }) => Object.keys(document.decided.recused)),
  )
  const barred = new Set([person, ...tied, ...recused, ...took_part, ...partners.map((one) => one.person)])
  const others = operators.filter(({ role, person: other }) => REVIEWS.has(role) && !barred.has(other)).length
  return { person, involved: isPartner(desk.who, on), tied: tied.has(person), others }
}

const REVIEWS: ReadonlySet<string> = new Set(['operator-admin', 'operator-reviewer'])

/** Who decides on something that has moved looks again first, so that of two at once one is told what the other did. */
function refuseUnseen(seen: number | null, { events, of }: Situation): void {
  if (seen === null || events.length <= seen) return
  const last = events.at(-1)
  const what = last?.type.slice('concerns.'.length).replaceAll('_', ' ') ?? ''
  throw new Refused(
    'concerns.moved',
    `Since you looked, something has happened here (${what}, ${last?.at}). Look again and decide anew.`,
    of.app,
  )
}

/** An act as the decider takes it, with words kept outside the log. */
async function commandOf(desk: Desk, situation: Situation, doing: Doing): Promise<ConcernCommand> {
  const tried = commandWith(situation, doing, NOT_KEPT, NOT_KEPT)
  // Whatever the decider refuses is refused before anything is kept.
  concern.decide(tried, situation.state, desk.now)
  if (doing.act === 'recuse') return tried
  const { app } = situation.of
  const words = await keptWords(desk, app, doing.act === 'dismiss' ? 'operator' : 'partner', doing.words, 'words', ASKED[doing.act])
  if (doing.act !== 'decide') return commandWith(situation, doing, words, words)
  const ask = 'Say what everybody may read of this decision.'
  return commandWith(situation, doing, words, await keptWords(desk, app, 'partner', doing.public_words, 'public_words', ask))
}

function commandWith({ of, rules, hands }: Situation, doing: Doing, evidence: Digest, public_words: Digest): ConcernCommand {
  const { person } = hands
  switch (doing.act) {
    case 'dismiss':
      return { ...of, act: 'dismiss', hands, code: doing.code, evidence, rules }
    case 'accept':
      return { ...of, act: 'accept', hands, requirements: doing.requirements, evidence, rules }
    case 'answer':
      return { ...of, act: 'answer', person, evidence, rules }
    case 'decide': {
      const { outcome, requirements } = doing
      return { ...of, act: 'decide', hands, outcome, requirements, evidence, public_words, rules }
    }
    case 'claim_remedy':
      return { ...of, act: 'claim_remedy', person, evidence, rules }
    case 'refuse_remedy':
    case 'confirm_remedy':
      return { ...of, act: doing.act, hands, evidence }
    case 'recuse':
      return { ...of, act: 'recuse', person: hands.person, conflict: doing.conflict, rules }
  }
}

/** Stands for words while an act is only tried. */
const NOT_KEPT: Digest = 'sha256:'

/** Words kept outside the log, for one side or both. */
export async function keptWords(
  desk: Desk,
  app: string,
  visibility: 'partner' | 'operator',
  text: string,
  where: string,
  ask: string,
  kind = 'concern',
): Promise<Digest> {
  const words = checkedWords(text, where, ask)
  const source = { by: personBehind(desk.who), via: kind }
  const [name] = await desk.asMachine(() =>
    keepEvidence(desk, [{ subject: app, kind, observed_at: desk.now, source, visibility, body: { words } }]),
  )
  if (name === undefined) throw new Error('one piece of evidence was kept and none was named')
  return name
}

/** An act that is possible here, or why it is not. */
export type Offered = { readonly act: PersonsAct; readonly allowed: boolean; readonly reason: string | null }

/** What a reader may do with a concern and why not, by the very table and decider that refuse it. */
export async function offersOn(
  house: House,
  desk: Desk,
  of: Pick<ConcernOf, 'app' | 'concern'>,
  on: On & { readonly organisation: string },
): Promise<readonly Offered[]> {
  if (desk.who.kind !== 'person' && desk.who.kind !== 'token') return []
  const situation = await situationOf(house, desk, of, on)
  return (Object.keys(PERSONS_ACTS) as readonly PersonsAct[]).map((act) => {
    const refused = refusalOf(desk.who, PERSONS_ACTS[act], on)
    if (refused !== null) return { act, allowed: false, reason: refused.message }
    try {
      concern.decide(commandWith(situation, triedOf(act, situation), NOT_KEPT, NOT_KEPT), situation.state, desk.now)
      return { act, allowed: true, reason: null }
    } catch (error) {
      if (isRefused(error)) return { act, allowed: false, reason: error.message }
      throw error
    }
  })
}

/** What would be done if everything that is asked for beside it were given. */
function triedOf(act: PersonsAct, { state, rules }: Situation): Doing {
  const words = ''
  const { requirements } = state
  switch (act) {
    case 'dismiss':
      return { act, code: rules.policy.concerns.dismissals[0]?.id ?? '', words }
    case 'accept':
      return { act, requirements, words }
    case 'decide':
      return { act, outcome: 'upheld', requirements, words, public_words: '' }
    case 'recuse':
      return { act, conflict: rules.policy.recusal[0]?.id ?? '' }
    case 'answer':
    case 'claim_remedy':
    case 'refuse_remedy':
    case 'confirm_remedy':
      return { act, words }
  }
}
