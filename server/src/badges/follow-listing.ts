import type { Instant } from '../kernel/time.ts'
import type { Catalogue } from '../programmes/schema.ts'
import { enforcementIn } from '../programmes/policies.ts'
import { requirementsOf, tiersOf } from '../standing/tiers.ts'
import type { Verdict } from '../standing/verdict.ts'
import { followBreaches, sameBreaches } from './breach.ts'
import type { ListingBreach, ListingEvent } from './events.ts'
import { ACT_OF, listing, nextStep, type ListingCommand, type ListingState, type ListingWord } from './listing.ts'

/** How an app stands under one programme's base rules, and whether a badge of it answers for them. */
export type BaseStanding = { readonly catalogue: Catalogue; readonly verdicts: readonly Verdict[]; readonly holds: boolean }

/** What the machine tells of a listing now: breaches that began or ended, and the step whose time has come. At most one step at a time. */
export function followListing(app: string, before: ListingState, bases: readonly BaseStanding[], now: Instant): readonly ListingEvent[] {
  const ladderOf = (programme: string) => {
    const base = bases.find((one) => one.catalogue.programme.id === programme)
    return base === undefined ? null : enforcementIn(base.catalogue, now)
  }
  const next = (word: ListingWord, stepped_at: Instant | null, breaches: readonly ListingBreach[]) =>
    nextStep(word, stepped_at, breaches, ladderOf)
  const told: ListingEvent[] = []
  let state = before
  const decide = (command: ListingCommand): void => {
    for (const event of listing.decide(command, state, now)) {
      state = listing.evolve(state, { ...event, at: now })
      told.push(event)
    }
  }
  const breaches = bases.flatMap((base) => breachesUnder(base, before.breaches, now))
  if (!sameListingBreaches(breaches, before.breaches)) {
    decide({ app, act: 'follow', breaches, next_step: next(state.word, state.stepped_at, breaches) })
  }
  const due = next(state.word, state.stepped_at, state.breaches)
  if (due !== null && due.at <= now) {
    const requirements = state.breaches.flatMap((breach) => (breach.due_at !== null && breach.due_at <= now ? [breach.requirement] : []))
    decide({ app, act: ACT_OF[due.step], requirements, person: null, evidence: [], next_step: next(due.step, now, state.breaches) })
  }
  return told
}

function breachesUnder(
  { catalogue, verdicts, holds }: BaseStanding,
  before: readonly ListingBreach[],
  now: Instant,
): readonly ListingBreach[] {
  const programme = catalogue.programme.id
  // A badge that is held has a ladder of its own, and the base rules are among what it is held to.
  if (holds) return []
  const own = before.filter((breach) => breach.programme === programme)
  const required = catalogue.requirements.filter(({ id }) => baseIds(catalogue).has(id))
  return followBreaches(own, required, verdicts, now).map((breach) => ({ ...breach, programme }))
}

const BASES = new WeakMap<Catalogue, ReadonlySet<string>>()

function baseIds(catalogue: Catalogue): ReadonlySet<string> {
  const known = BASES.get(catalogue)
  if (known !== undefined) return known
  const ids = new Set(tiersOf(catalogue, 'base').flatMap((tier) => requirementsOf(catalogue, tier.id).map(({ id }) => id)))
  BASES.set(catalogue, ids)
  return ids
}

const sameListingBreaches = (a: readonly ListingBreach[], b: readonly ListingBreach[]): boolean =>
  sameBreaches(a, b) && a.every((breach, place) => breach.programme === b[place]?.programme)
