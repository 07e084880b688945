import { reviewRules } from '../applications/rules.ts'
import { PROGRAMMES, type ProgrammeDocument } from '../directory/programme.ts'
import { onApp } from '../directory/registering.ts'
import type { Act } from '../enrolment/acts.ts'
import { actingId, refusalOf, type Acting, type On } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import { plus, type Duration } from '../kernel/duration.ts'
import type { Digest, RecordedEvent } from '../kernel/event.ts'
import { isRefused, Refused } from '../kernel/refused.ts'
import { after, between, type Instant } from '../kernel/time.ts'
import { keepEvidence } from '../platform/evidence.ts'
import type { Catalogue, Tier } from '../programmes/schema.ts'
import { enforcementIn, restoringReviewers } from '../programmes/policies.ts'
import { FACTS } from '../standing/facts-view.ts'
import type { Facts } from '../standing/facts.ts'
import { catalogueOf, judged } from '../standing/reactor.ts'
import { soaking, tierState } from '../standing/tiers.ts'
import type { Verdict } from '../standing/verdict.ts'
import { badge, type BadgeAct, type BadgeCommand, type BadgeState, type Ground } from './badge.ts'
import { badgeStream, listingStream, type BadgeEvent, type BadgeOf } from './events.ts'
import { revocationFrom } from './follow.ts'
import { listing, nextStep, STEP_OF, type ListingAct, type ListingCommand, type ListingState, type ListingWord } from './listing.ts'
import { badgeOf, listingOf, onBadge, onListing } from './reactor.ts'

/** What people do to badges and listings: read, decide, record, in one transaction each. */

/** What a person may do to a badge, and the act of the one table of acts that it needs. */
export const PERSONS_ACTS = {
  agree_grant: 'grant-badge',
  restore: 'restore-badge',
  renew: 'renew-badge',
  suspend: 'suspend-badge',
  revoke: 'revoke-badge',
} as const satisfies { readonly [act in BadgeAct]?: Act }

export type PersonsAct = keyof typeof PERSONS_ACTS

/** What a person may do to a listing, likewise. */
export const LISTING_ACTS = {
  warn: 'warn-listing',
  hide: 'hide-listing',
  pause: 'pause-listing',
  relist: 'relist-app',
} as const satisfies { readonly [act in ListingAct]?: Act }

export type PersonsListingAct = keyof typeof LISTING_ACTS

/** What is given on a standing names the standing; what is taken away names why. */
export type Given = {
  readonly standing_hash?: string
  readonly reason?: string
  /** The decision was made on the application's thread; whose approvals stand there beside this one. */
  readonly by_application?: { readonly standing_by: readonly string[] }
}

/** An act that is possible here, or why it is not. */
export type Offered<A extends string> = { readonly act: A; readonly allowed: boolean; readonly reason: string | null }

/** Where a badge stands, on which standing, and what the reader may do with it. */
export type BadgeRead = {
  readonly state: BadgeState
  readonly standing_hash: Digest | null
  readonly actions: readonly Offered<PersonsAct>[]
}

/** Does something to a badge. Answers with where it stands then. */
export async function actOnBadge(house: House, who: Acting, of: BadgeOf, act: PersonsAct, given: Given): Promise<BadgeState> {
  const on = await onApp(house, of.app)
  return house.act(who, PERSONS_ACTS[act], on, (desk) => actAt(house, desk, of, on, act, given))
}

/** Agrees to a grant at a desk that was opened for it, as part of a decision about an application. */
export const agreeAt = (
  house: House,
  desk: Desk,
  of: BadgeOf,
  on: On,
  standing_hash: string,
  standing_by: readonly string[],
): Promise<BadgeState> => actAt(house, desk, of, on, 'agree_grant', { standing_hash, by_application: { standing_by } })

async function actAt(house: House, desk: Desk, of: BadgeOf, on: On, act: PersonsAct, given: Given): Promise<BadgeState> {
  const state = await badgeOf(desk, of)
  const situation = await situationOf(house, desk, of, on)
  const evidence = TAKES.has(act) ? await keptReason(desk, of.app, given.reason) : []
  const events = badge.decide(commandOf(situation, of, act, given, evidence, desk), state, desk.now)
  const stream = badgeStream(of)
  const version = (await desk.log.stream(stream)).length
  await desk.record(
    events.map((event) => onBadge(of, event)),
    { expect: { stream, version } },
  )
  return events.reduce((before, event) => badge.evolve(before, { ...event, at: desk.now }), state)
}

/** A badge that is given back on an appeal, and the standing that it is given back on. */
export type OnAppeal = {
  readonly appeal: string
  readonly standing_hash: string
  /** Hash and day of the decision that was set aside, what it was about, and whether it was the badge's own. */
  readonly decision: Digest
  readonly decided_at: string
  readonly requirements: readonly string[]
  readonly of_badge: boolean
  /** Who upheld the appeal: one of those who give the badge back. */
  readonly decided_by: string
}

/** Where a badge stands after an act. */
export type BadgeStanding = Pick<BadgeState, 'word' | 'valid_until'>

/** Restores a badge at a desk that was opened for it, since an appeal has set aside what took it away. */
export async function restoreOnAppeal(
  house: House,
  desk: Desk,
  of: BadgeOf,
  on: On,
  { appeal, standing_hash, decided_by, requirements: set_aside, ...decision }: OnAppeal,
): Promise<BadgeStanding> {
  const stream = badgeStream(of)
  const before = await desk.log.stream(stream)
  const state = await badgeOf(desk, of)
  const { ground, tier } = await situationOf(house, desk, of, on)
  const { about_this, valid_until } = takenAway(before, { ...decision, requirements: set_aside }, desk.now)
  const person = actingId(desk.who)
  if (tier !== null && restoringReviewers(tier) > 1 && person === decided_by) {
    const why = 'More than one person has to stand behind giving a badge back here. You have upheld the appeal; another one has to be next.'
    throw new Refused('badges.agreed_already', why, of.app)
  }
  const command = { ...of, act: 'restore_on_appeal', person, appeal, about_this, set_aside, valid_until } as const
  const events = badge.decide({ ...command, ground: { ...ground, standing_hash } }, state, desk.now)
  await desk.record(
    events.map((event) => onBadge(of, event)),
    { expect: { stream, version: before.length } },
  )
  return events.reduce((sum, event) => badge.evolve(sum, { ...event, at: desk.now }), state)
}

/**
 * Whether what was taken from a badge in its present life is what a decision took, or follows from it; and until when the
 * badge is valid when the time without it is given back.
 */
function takenAway(
  events: readonly RecordedEvent[],
  decision: Pick<OnAppeal, 'decision' | 'decided_at' | 'requirements' | 'of_badge'>,
  now: Instant,
): { readonly about_this: boolean; readonly valid_until: Instant | null } {
  const given = events.findLastIndex(({ type }) => type === 'badges.granted' || type === 'badges.restored')
  const first = events.findIndex(({ type }, place) => place > given && (type === 'badges.suspended' || type === 'badges.revoked'))
  const taken = events[first]
  if (taken === undefined) return { about_this: false, valid_until: null }
  // The guarantee of the cast: what takes a badge says what it is about.
  const { requirements = [] } = taken.payload as { readonly requirements?: readonly string[] }
  const about_this = decision.of_badge
    ? events.slice(first).some(({ hash }) => hash === decision.decision)
    : taken.at >= decision.decided_at && requirements.some((id) => decision.requirements.includes(id))
  const { valid_until } = events
    .slice(0, first)
    .reduce((sum, event) => badge.evolve(sum, event as unknown as BadgeEvent & RecordedEvent), badge.initial)
  return { about_this, valid_until: valid_until === null ? null : after(valid_until, between(taken.at, now)) }
}

/** Reads a badge with what the reader may do to it and why not. */
export async function readBadge(house: House, who: Acting, of: BadgeOf): Promise<BadgeRead> {
  const on = await onApp(house, of.app)
  return house.act(who, 'read-app', on, async (desk) => {
    const state = await badgeOf(desk, of)
    const situation = await situationOf(house, desk, of, on)
    const { standing_now } = situation.ground
    const acts = Object.keys(PERSONS_ACTS) as readonly PersonsAct[]
    const actions = acts.map((act) => {
      const tried = () => badge.decide(commandOf(situation, of, act, { standing_hash: standing_now ?? '' }, [], desk), state, desk.now)
      return { act, ...offered(refusalOf(who, PERSONS_ACTS[act], on), tried) }
    })
    return { state, standing_hash: standing_now, actions }
  })
}

/** Does something to a listing. Answers with where it stands then. */
export async function actOnListing(house: House, who: Acting, app: string, act: PersonsListingAct, given: Given): Promise<ListingWord> {
  const on = await onApp(house, app)
  return house.act(who, LISTING_ACTS[act], on, async (desk) => {
    const state = await listingOf(desk, app)
    const evidence = act === 'relist' ? [] : await keptReason(desk, app, given.reason)
    const events = listing.decide(await listingCommandOf(house, desk, app, act, state, evidence, on), state, desk.now)
    const stream = listingStream(app)
    const version = (await desk.log.stream(stream)).length
    await desk.record(
      events.map((event) => onListing(app, event)),
      { expect: { stream, version } },
    )
    return events.reduce((before, event) => listing.evolve(before, { ...event, at: desk.now }), state).word
  })
}

/** Reads a listing with what the reader may do to it and why not. */
export async function readListing(
  house: House,
  who: Acting,
  app: string,
): Promise<{ readonly state: ListingState; readonly actions: readonly Offered<PersonsListingAct>[] }> {
  const on = await onApp(house, app)
  return house.act(who, 'read-app', on, async (desk) => {
    const state = await listingOf(desk, app)
    const actions: Offered<PersonsListingAct>[] = []
    for (const act of Object.keys(LISTING_ACTS) as readonly PersonsListingAct[]) {
      const command = await listingCommandOf(house, desk, app, act, state, [], on)
      actions.push({ act, ...offered(refusalOf(who, LISTING_ACTS[act], on), () => listing.decide(command, state, desk.now)) })
    }
    return { state, actions }
  })
}

const TAKES: ReadonlySet<PersonsAct> = new Set(['suspend', 'revoke'])

/** Whether the one authorisation and the decider would let an act pass: the same two that decide when it is done. */
function offered(refused: Refused | null, tried: () => unknown): { readonly allowed: boolean; readonly reason: string | null } {
  if (refused !== null) return { allowed: false, reason: refused.message }
  try {
    tried()
    return { allowed: true, reason: null }
  } catch (error) {
    if (isRefused(error)) return { allowed: false, reason: error.message }
    throw error
  }
}

/** What stands around a badge at the moment of deciding. */
type Situation = {
  readonly ground: Omit<Ground, 'standing_hash'>
  readonly catalogue: Catalogue | null
  readonly tier: Tier | null
  readonly verdicts: readonly Verdict[]
}

async function situationOf(house: House, desk: Desk, of: BadgeOf, on: On): Promise<Situation> {
  const programme = await desk.documents.get<ProgrammeDocument>(PROGRAMMES, of.programme)
  if (programme === null)
    throw new Refused('badges.no_such_programme', `This marketplace has no programme "${of.programme}".`, of.programme)
  const catalogue = await catalogueOf(house.packs, desk, of.programme)
  const tier = catalogue?.programme.tiers.find((one) => one.id === of.tier && one.kind === 'badge') ?? null
  const known = house.packs.find((pack) => pack.programme.id === of.programme)?.programme.tiers ?? []
  if (tier === null && !known.some((one) => one.id === of.tier && one.kind === 'badge')) {
    throw new Refused('badges.no_such_tier', `The programme ${of.programme} has no badge for a tier "${of.tier}".`, of.tier)
  }
  const facts = await desk.documents.get<Facts>(FACTS, of.app)
  const involved = isInvolved(desk.who, on)
  if (catalogue === null || tier === null || facts === null) {
    return { ground: { standing_now: null, blocking: [], involved, open: tier !== null }, catalogue, tier, verdicts: [] }
  }
  // By the facts of this moment: a deadline may have passed that nobody has told yet.
  const { before, verdicts } = await judged(catalogue, facts, desk.now, desk)
  const { unmet, unknown } = tierState(catalogue, of.tier, verdicts).blocking
  return {
    ground: { standing_now: before?.hash ?? null, blocking: [...unmet, ...unknown], titles: titlesOf(catalogue), involved, open: true },
    catalogue,
    tier,
    verdicts,
  }
}

const titlesOf = ({ requirements }: Catalogue): { readonly [requirement: string]: string } =>
  Object.fromEntries(requirements.map(({ id, title }) => [id, title]))

/** Nobody decides about an app of an organisation that they belong to, whatever else they are. */
function isInvolved(who: Acting, on: On): boolean {
  switch (who.kind) {
    case 'person':
    case 'token':
      return who.memberships.some((one) => one.kind === 'partner' && one.organisation === on.organisation)
    case 'machine':
    case 'public':
      return false
  }
}

function commandOf(
  situation: Situation,
  of: BadgeOf,
  act: PersonsAct,
  given: Given,
  evidence: readonly Digest[],
  desk: Desk,
): BadgeCommand {
  const { catalogue, tier, verdicts } = situation
  const person = actingId(desk.who)
  const ground: Ground = { ...situation.ground, standing_hash: given.standing_hash ?? '' }
  const { now } = desk
  // Where the tier is gone the ground says so, and the decider refuses before it looks at the day.
  const valid_until = catalogue === null || tier === null ? now : plus(now, tier.valid_for as Duration, catalogue.programme.zone)
  const taking = { reason: 'by_person', requirements: [], person, evidence } as const
  switch (act) {
    case 'agree_grant': {
      const rules = catalogue === null ? null : reviewRules(catalogue, tier ?? undefined, now)
      if (rules !== null && given.by_application === undefined) {
        throw new Refused('badges.by_application', 'This badge is applied for: reviewers decide on the thread of its application.', of.app)
      }
      const waiting = catalogue === null ? [] : soaking(catalogue, of.tier, verdicts, now).map(({ requirement }) => requirement)
      return { ...of, act, person, ...given.by_application, ground, soaking: waiting, reviewers: tier?.reviewers ?? 0, valid_until }
    }
    case 'restore':
      return { ...of, act, person, ground, reviewers: tier === null ? 1 : restoringReviewers(tier) }
    case 'renew':
      return { ...of, act, person, ground, valid_until }
    case 'suspend': {
      const revocation = catalogue === null || tier === null ? null : revocationFrom(catalogue, tier, verdicts, now)
      return { ...of, act, ...taking, revocation }
    }
    case 'revoke':
      return { ...of, act, ...taking }
  }
}

async function listingCommandOf(
  house: House,
  desk: Desk,
  app: string,
  act: PersonsListingAct,
  state: ListingState,
  evidence: readonly Digest[],
  on: On,
): Promise<ListingCommand> {
  const person = actingId(desk.who)
  if (act === 'relist') return { app, act, person, involved: isInvolved(desk.who, on) }
  const ladders = new Map(
    await Promise.all(
      [...new Set(state.breaches.map((breach) => breach.programme))].map(async (programme) => {
        const catalogue = await catalogueOf(house.packs, desk, programme)
        return [programme, catalogue === null ? null : enforcementIn(catalogue, desk.now)] as const
      }),
    ),
  )
  const next_step = nextStep(STEP_OF[act], desk.now, state.breaches, (programme) => ladders.get(programme) ?? null)
  const requirements = state.breaches.map((breach) => breach.requirement)
  return { app, act, requirements, person, evidence, next_step }
}

/** What is taken away is told why, in words that the partner reads and the log does not hold. */
async function keptReason(desk: Desk, app: string, reason: string | undefined): Promise<readonly Digest[]> {
  const words = (reason ?? '').trim()
  if (words === '') throw new Refused('badges.no_reason', 'Say why; the partner is owed the reason.', 'reason')
  const source = { by: actingId(desk.who), via: 'decision' }
  const body = { reason: words.toWellFormed() }
  return desk.asMachine(() =>
    keepEvidence(desk, [{ subject: app, kind: 'decision', observed_at: desk.now, source, visibility: 'partner', body }]),
  )
}
