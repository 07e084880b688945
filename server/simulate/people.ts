import { badge, type BadgeCommand, type BadgeState, type Ground } from '../src/badges/badge.ts'
import { badgeStream, type BadgeOf } from '../src/badges/events.ts'
import { badgeOf, onBadge } from '../src/badges/reactor.ts'
import { plus, type Duration } from '../src/kernel/duration.ts'
import { after, DAY_MS, type Instant } from '../src/kernel/time.ts'
import { restoringReviewers } from '../src/programmes/policies.ts'
import type { Catalogue, Tier } from '../src/programmes/schema.ts'
import { catalogueOf } from '../src/standing/reactor.ts'
import { standingKey, STANDINGS, type StandingDocument } from '../src/standing/standings-view.ts'
import { soaking, tierState } from '../src/standing/tiers.ts'
import type { Actor } from './actor.ts'
import type { People, World } from './world.ts'

/** How the operator's people work through a run. */
export type Habits = {
  /** Ids of those who may decide, in the order in which they look. */
  readonly reviewers: readonly string[]
  /** How many of them ever agree to an app's badge; the others have not come to it. */
  readonly agreeing: (actor: Actor) => number
  /** Days between a badge's suspension and a person who looks at it again. */
  readonly restores_after_days: number
}

const RENEWS_BEFORE_DAYS = 30

/** Reviewers who look once a day at every badge that somebody wants: they agree, restore and renew where everything is met, and nothing else. */
export const reviewers = (habits: Habits): People => ({
  async work(world, now) {
    for (const actor of world.options.actors) {
      for (const wanted of actor.wants) await lookAt(world, habits, actor, wanted, now)
    }
  },
})

async function lookAt(world: World, habits: Habits, actor: Actor, wanted: string, now: Instant): Promise<void> {
  const [programme = '', tier_id = ''] = wanted.split('.')
  const { documents, options } = world
  const catalogue = await catalogueOf(options.packs, { documents }, programme)
  const tier = catalogue?.programme.tiers.find((one) => one.id === tier_id)
  const standing = await documents.get<StandingDocument>(STANDINGS, standingKey(programme, actor.app))
  if (catalogue === null || tier === undefined || standing === null) return
  // Nobody agrees to what does not meet the tier; who would try is refused, see the decider.
  if (!tierState(catalogue, tier_id, standing.verdicts).met || soaking(catalogue, tier_id, standing.verdicts, now).length > 0) return
  const of: BadgeOf = { app: actor.app, programme, tier: tier_id }
  const state = await badgeOf(world, of)
  const command = commandOf(state, habits, actor, { of, catalogue, tier, standing }, now)
  if (command === null) return
  const events = badge.decide(command.command, state, now)
  const stream = badgeStream(of)
  const version = (await world.log.stream(stream)).length
  await world.record(
    now,
    { kind: 'person', id: command.person },
    events.map((event) => onBadge(of, event)),
    { stream, version },
  )
}

type Seen = { readonly of: BadgeOf; readonly catalogue: Catalogue; readonly tier: Tier; readonly standing: StandingDocument }

function commandOf(
  state: BadgeState,
  habits: Habits,
  actor: Actor,
  seen: Seen,
  now: Instant,
): { readonly command: BadgeCommand; readonly person: string } | null {
  const { of, tier, standing } = seen
  const ground: Ground = { standing_hash: standing.hash, standing_now: standing.hash, blocking: [], involved: false, open: true }
  const valid_until = plus(now, tier.valid_for as Duration)
  switch (state.word) {
    case 'none':
    case 'expired':
    case 'revoked': {
      const agreed = state.agreed?.standing_hash === standing.hash ? state.agreed.persons : []
      const willing = habits.reviewers.slice(0, habits.agreeing(actor))
      // Each looks on a day of their own.
      const person = willing.find((one) => !agreed.includes(one))
      if (person === undefined) return null
      return { person, command: { ...of, act: 'agree_grant', person, ground, soaking: [], reviewers: tier.reviewers, valid_until } }
    }
    case 'suspended': {
      const agreed = state.agreed?.standing_hash === standing.hash ? state.agreed.persons : []
      // Each looks on a day of their own.
      const person = habits.reviewers.find((one) => !agreed.includes(one))
      if (person === undefined || after(standing.as_of, habits.restores_after_days * DAY_MS) > now) return null
      return { person, command: { ...of, act: 'restore', person, ground, reviewers: restoringReviewers(tier) } }
    }
    case 'active': {
      const [person] = habits.reviewers
      if (person === undefined || state.valid_until === null || after(state.valid_until, -RENEWS_BEFORE_DAYS * DAY_MS) > now) return null
      return { person, command: { ...of, act: 'renew', person, ground, valid_until } }
    }
    case 'at_risk':
      return null
  }
}
