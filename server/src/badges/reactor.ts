import type { NewEvent, RecordedEvent } from '../kernel/event.ts'
import type { Reactor, Reading } from '../kernel/flow.ts'
import type { JsonObject } from '../kernel/json.ts'
import type { Instant } from '../kernel/time.ts'
import type { Pack } from '../programmes/load.ts'
import { FACTS } from '../standing/facts-view.ts'
import type { Facts } from '../standing/facts.ts'
import { catalogueOf, cataloguesInForce, judged } from '../standing/reactor.ts'
import { tiersOf } from '../standing/tiers.ts'
import { badge, type BadgeState } from './badge.ts'
import { BADGES, type BadgeDocument } from './badges-view.ts'
import { badgeStream, listingStream, type BadgeEvent, type BadgeOf, type ListingEvent } from './events.ts'
import { followListing, type BaseStanding } from './follow-listing.ts'
import { nextCommand } from './follow.ts'
import { listing, type ListingState } from './listing.ts'
import { LISTINGS, type ListingDocument } from './listings-view.ts'

/**
 * Lets badges and listings follow the standing and the clocks. It judges anew by the facts of the moment, since a deadline is
 * held against what is known now, and reads each badge from its own stream, since a view is a step behind within a transaction.
 */
export const badgesReactor = (packs: readonly Pack[]): Reactor => ({
  name: 'badges.follow',
  slice: 'badges',
  listens: [
    'standing.changed',
    'clocks.came_due',
    'directory.programme_adopted',
    'directory.programme_closed',
    'directory.tier_retired',
    // Where a badge goes, the ladder of the listing begins; where one comes, it ends.
    'badges.granted',
    'badges.suspended',
    'badges.restored',
    'badges.revoked',
    'badges.expired',
  ],
  async react(event, reading) {
    const { app, programme } = event.payload as { readonly app?: string | null; readonly programme?: string }
    switch (event.type) {
      case 'directory.programme_closed':
        return [
          ...(await endBadges(reading, event.at, programme ?? '', () => 'programme_closed')),
          ...(await clearListings(packs, reading, event.at, programme ?? '')),
        ]
      case 'directory.programme_adopted':
      case 'directory.tier_retired': {
        const catalogue = await catalogueOf(packs, reading, programme ?? '')
        if (catalogue === null) return []
        const tiers = new Set(tiersOf(catalogue, 'badge').map((tier) => tier.id))
        return endBadges(reading, event.at, programme ?? '', (tier) => (tiers.has(tier) ? null : 'tier_retired'))
      }
      default:
        if (app === undefined || app === null) return []
        return followApp(packs, reading, event, app, programme)
    }
  },
})

/** Follows one app: in the programme that an event is about, or in all of them when a clock came due. */
async function followApp(
  packs: readonly Pack[],
  reading: Reading,
  event: RecordedEvent,
  app: string,
  programme: string | undefined,
): Promise<readonly NewEvent[]> {
  const facts = await reading.documents.get<Facts>(FACTS, app)
  if (facts === null) return []
  const told: NewEvent[] = []
  const bases: BaseStanding[] = []
  const about_badge = event.type.startsWith('badges.')
  for (const catalogue of await cataloguesInForce(packs, reading)) {
    const { verdicts } = await judged(catalogue, facts, event.at, reading)
    const about_this = programme === undefined || catalogue.programme.id === programme
    const words: BadgeState['word'][] = []
    for (const tier of tiersOf(catalogue, 'badge')) {
      const of: BadgeOf = { app, programme: catalogue.programme.id, tier: tier.id }
      const state = await badgeOf(reading, of)
      const followed = about_this && !about_badge ? follow(state, { of, catalogue, tier, verdicts }, event.at) : { state, events: [] }
      words.push(followed.state.word)
      told.push(...followed.events.map((one) => onBadge(of, one)))
    }
    bases.push({ catalogue, verdicts, holds: words.some((word) => word === 'active' || word === 'at_risk') })
  }
  const state = await listingOf(reading, app)
  for (const one of followListing(app, state, bases, event.at)) told.push(onListing(app, one))
  return told
}

/** Lets a badge follow until it rests: a cure window of no length ends in the same moment. */
function follow(
  before: BadgeState,
  held: Parameters<typeof nextCommand>[1],
  now: Instant,
): { readonly state: BadgeState; readonly events: readonly BadgeEvent[] } {
  const events: BadgeEvent[] = []
  let state = before
  for (let turns = 0; turns <= MOST_TURNS; turns++) {
    const command = nextCommand(state, held, now)
    if (command === null) return { state, events }
    for (const event of badge.decide(command, state, now)) {
      state = badge.evolve(state, { ...event, at: now })
      events.push(event)
    }
  }
  throw new Error(`the badge ${badgeStream(held.of)} does not come to rest`)
}

/** At risk, suspended, revoked: no more can follow at one moment. */
const MOST_TURNS = 4

async function endBadges(
  reading: Reading,
  now: Instant,
  programme: string,
  reasonOf: (tier: string) => 'tier_retired' | 'programme_closed' | null,
): Promise<readonly NewEvent[]> {
  const told: NewEvent[] = []
  for (const { document } of await reading.documents.list<BadgeDocument>(BADGES, `${programme}.`)) {
    const { app, tier } = document
    const reason = document.programme === programme ? reasonOf(tier) : null
    if (reason === null) continue
    const of: BadgeOf = { app, programme, tier }
    const state = await badgeOf(reading, of)
    if (state.word !== 'active' && state.word !== 'at_risk' && state.word !== 'suspended') continue
    const events = badge.decide({ ...of, act: 'expire', reason, requirements: [], person: null, evidence: [] }, state, now)
    told.push(...events.map((event) => onBadge(of, event)))
  }
  return told
}

/** A closed programme asks for nothing any more; what it has hidden stays so until a person looks. */
async function clearListings(packs: readonly Pack[], reading: Reading, now: Instant, programme: string): Promise<readonly NewEvent[]> {
  const told: NewEvent[] = []
  for (const { key, document } of await reading.documents.list<ListingDocument>(LISTINGS)) {
    if (!document.breaches.some((breach) => breach.programme === programme)) continue
    const facts = await reading.documents.get<Facts>(FACTS, key)
    if (facts === null) continue
    const bases: BaseStanding[] = []
    for (const catalogue of await cataloguesInForce(packs, reading)) {
      const { verdicts } = await judged(catalogue, facts, now, reading)
      bases.push({ catalogue, verdicts, holds: false })
    }
    for (const one of followListing(key, await listingOf(reading, key), bases, now)) told.push(onListing(key, one))
  }
  return told
}

/** A badge as its stream has it, up to what was appended a moment ago. */
export async function badgeOf(reading: Pick<Reading, 'log'>, of: BadgeOf): Promise<BadgeState> {
  const events = await reading.log.stream(badgeStream(of))
  // The guarantee of the cast: only this decider's events are appended to a badge's stream.
  return events.reduce((state, event) => badge.evolve(state, event as unknown as BadgeEvent & RecordedEvent), badge.initial)
}

/** A listing as its stream has it. */
export async function listingOf(reading: Pick<Reading, 'log'>, app: string): Promise<ListingState> {
  const events = await reading.log.stream(listingStream(app))
  // The guarantee of the cast: only this decider's events are appended to a listing's stream.
  return events.reduce((state, event) => listing.evolve(state, event as unknown as ListingEvent & RecordedEvent), listing.initial)
}

/** A badge's event as the log takes it. */
export const onBadge = (of: BadgeOf, event: BadgeEvent): NewEvent => ({
  stream: badgeStream(of),
  subject: of.app,
  type: event.type,
  payload: asJson(event.payload),
})

/** A listing's event as the log takes it. */
export const onListing = (app: string, event: ListingEvent): NewEvent => ({
  stream: listingStream(app),
  subject: app,
  type: event.type,
  payload: asJson(event.payload),
})

/** The guarantee of the cast: payloads are made of text, numbers, nulls, lists and objects of those only. */
const asJson = (payload: object): JsonObject => payload as JsonObject
