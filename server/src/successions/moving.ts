import { checkedWords } from '../kernel/words.ts'
import { agreeAt } from '../badges/acting.ts'
import { BADGES, badgeKey, type BadgeDocument } from '../badges/badges-view.ts'
import { badgeOf } from '../badges/reactor.ts'
import { APPS, type AppDocument } from '../directory/apps-view.ts'
import { PROGRAMMES, type ProgrammeDocument } from '../directory/programme.ts'
import { onApp } from '../directory/registering.ts'
import { personBehind, type Acting } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import type { RecordedEvent } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import type { Instant } from '../kernel/time.ts'
import { keepEvidence, readEvidences } from '../platform/evidence.ts'
import { dayIn } from '../programmes/phase.ts'
import type { Programme } from '../programmes/schema.ts'
import { standingKey, STANDINGS, type StandingDocument } from '../standing/standings-view.ts'
import { tierState, type TierState } from '../standing/tiers.ts'
import { catalogueOf } from '../standing/reactor.ts'
import { agreedBy, crossing, type CrossingState } from './crossing.ts'
import { successionStream, type Crossing, type CrossingOutcome, type SuccessionEvent } from './events.ts'
import { CROSSINGS, crossingKey, type CrossingDocument } from './view.ts'

/** A programme that ends, its successor's rules, and where both stand. */
export type SuccessionRead = {
  readonly programme: string
  readonly successor: string
  readonly rules: NonNullable<Programme['succeeds']>
  readonly ends_on: string
  readonly phase: 'planned' | 'side_by_side' | 'over'
}

/** The succession of a programme here; null while no person has set one. */
export async function readSuccession(
  house: House,
  reading: Pick<Desk, 'documents' | 'now'>,
  programme: string,
): Promise<SuccessionRead | null> {
  const document = await reading.documents.get<ProgrammeDocument>(PROGRAMMES, programme)
  const succession = document?.succession ?? null
  if (document === null || succession === null) return null
  const rules = house.packs.find((pack) => pack.programme.id === succession.programme)?.programme.succeeds
  if (rules === undefined) return null
  const zone = house.packs.find((pack) => pack.programme.id === programme)?.programme.zone ?? 'Etc/UTC'
  const today = dayIn(zone, reading.now)
  const phase =
    document.status === 'closed' || today >= succession.ends_on ? 'over' : today >= rules.side_by_side_from ? 'side_by_side' : 'planned'
  return { programme, successor: succession.programme, rules, ends_on: succession.ends_on, phase }
}

/** A holder of the older programme, and how it stands with the successor. */
export type HolderRead = {
  readonly of: Crossing
  readonly name: string
  readonly organisation: string
  readonly badge: BadgeDocument['state']
  readonly successor_badge: BadgeDocument['state'] | 'none'
  readonly standing: { readonly hash: string; readonly as_of: Instant; readonly tier: TierState } | null
  readonly decisions: readonly {
    readonly outcome: CrossingOutcome
    readonly person: string
    readonly at: Instant
    readonly reason: string | null
  }[]
}

/** Every badge that could go over, or did, or did not. */
export async function readHolders(
  house: House,
  desk: Desk,
  { programme, successor, rules }: SuccessionRead,
): Promise<readonly HolderRead[]> {
  const catalogue = await catalogueOf(house.packs, desk, successor)
  const found: HolderRead[] = []
  for (const { document: badge } of await desk.documents.list<BadgeDocument>(BADGES, `${programme}.`)) {
    const tier = rules.tiers.find(({ from }) => from === badge.tier)
    if (tier === undefined || badge.programme !== programme) continue
    const of: Crossing = { app: badge.app, programme, tier: badge.tier, successor, successor_tier: tier.to }
    const app = await desk.documents.get<AppDocument>(APPS, badge.app)
    const standing = await desk.documents.get<StandingDocument>(STANDINGS, standingKey(successor, badge.app))
    const other = await desk.documents.get<BadgeDocument>(BADGES, badgeKey({ app: badge.app, programme: successor, tier: tier.to }))
    found.push({
      of,
      name: app?.name ?? badge.app,
      organisation: app?.organisation ?? '',
      badge: badge.state,
      successor_badge: other?.state ?? 'none',
      standing:
        standing === null || catalogue === null
          ? null
          : { hash: standing.hash, as_of: standing.as_of, tier: tierState(catalogue, tier.to, standing.verdicts) },
      decisions: await decisionsOf(desk, of),
    })
  }
  return found
}

async function decisionsOf(desk: Desk, of: Crossing): Promise<HolderRead['decisions']> {
  const decisions = (await desk.documents.get<CrossingDocument>(CROSSINGS, crossingKey(of)))?.decisions ?? []
  const bodies = await readEvidences(
    desk,
    decisions.flatMap(({ evidence }) => evidence),
  )
  return decisions.map(({ outcome, person, at, evidence }) => {
    const body = bodies.get(evidence[0] ?? '')?.body
    const reason =
      typeof body === 'object' && body !== null && 'reason' in body && typeof body['reason'] === 'string' ? body['reason'] : null
    return { outcome, person, at, reason }
  })
}

/** Decides whether a holder goes over. A move is this person's agreement to the successor's badge, on the standing that they saw. */
export async function decideCrossing(
  house: House,
  who: Acting,
  of: { readonly app: string; readonly programme: string; readonly tier: string },
  given: { readonly outcome: CrossingOutcome; readonly words: string; readonly standing_hash: string | null },
): Promise<{ readonly granted: boolean }> {
  const on = await onApp(house, of.app)
  return house.act(who, 'grant-badge', on, async (desk) => {
    const succession = await readSuccession(house, desk, of.programme)
    const tier = succession?.rules.tiers.find(({ from }) => from === of.tier)
    if (succession === null || tier === undefined) {
      throw new Refused('successions.no_such_succession', `The programme ${of.programme} has no successor for "${of.tier}" here.`, of.tier)
    }
    const words = checkedWords(given.words, 'words', 'Say why; the partner is owed the reason either way.')
    const cross: Crossing = { ...of, successor: succession.successor, successor_tier: tier.to }
    const next = { app: of.app, programme: cross.successor, tier: cross.successor_tier }
    const { state, version } = await stateOf(desk, cross)
    const person = personBehind(who)
    const moves = given.outcome === 'moves'
    const command = {
      ...cross,
      act: 'decide',
      outcome: given.outcome,
      person,
      standing_hash: moves ? given.standing_hash : null,
      ground: {
        side_by_side: succession.phase === 'side_by_side',
        badge: (await badgeOf(desk, of)).word,
        badges: succession.rules.badges,
        involved:
          (who.kind === 'person' || who.kind === 'token') &&
          who.memberships.some((one) => one.kind === 'partner' && one.organisation === on.organisation),
        successor_badge: (await badgeOf(desk, next)).word,
      },
    } as const
    // Decided once before anything is kept or given, so that what is refused leaves nothing behind.
    crossing.decide({ ...command, evidence: [] }, state, desk.now)
    const standing_hash = given.standing_hash ?? ''
    // The badge refuses for both of us: on an outdated standing, on one that is not met, for one who agreed already.
    const granted =
      moves && (await agreeAt(house, desk, next, on, standing_hash, agreedBy(state.decisions, standing_hash))).word === 'active'
    const source = { by: person, via: 'succession' }
    const evidence = await desk.asMachine(() =>
      keepEvidence(desk, [
        { subject: of.app, kind: 'decision', observed_at: desk.now, source, visibility: 'partner', body: { reason: words } },
      ]),
    )
    const stream = successionStream(cross)
    await desk.record(
      crossing.decide({ ...command, evidence }, state, desk.now).map(({ type, payload }) => ({ stream, subject: of.app, type, payload })),
      { expect: { stream, version } },
    )
    return { granted }
  })
}

async function stateOf(desk: Desk, of: Crossing): Promise<{ readonly state: CrossingState; readonly version: number }> {
  const events = await desk.log.stream(successionStream(of))
  // The guarantee of the cast: only this decider's events are appended to its stream.
  const state = events.reduce(
    (before, event) => crossing.evolve(before, event as unknown as SuccessionEvent & RecordedEvent),
    crossing.initial,
  )
  return { state, version: events.length }
}
