import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { catalogueWith, ENFORCEMENT, NOON, noonPlus, requirement, verdict } from '../../test/standing.ts'
import type { Digest } from '../kernel/event.ts'
import { DAY_MS, type Instant } from '../kernel/time.ts'
import type { Verdict } from '../standing/verdict.ts'
import { badge, type BadgeState } from './badge.ts'
import type { BadgeEvent } from './events.ts'
import { nextCommand } from './follow.ts'

const of = { app: 'the-app', programme: 'harbour', tier: 'gold' } as const
const HASH: Digest = `sha256:${'a'.repeat(64)}`
/** `quick` has a week to be put right, `slow` four; `base` is asked by the base tier, `silver` by another tier, `nice` is a recommendation. */
const catalogue = catalogueWith([
  requirement('base', { tiers: ['base'] }),
  requirement('quick', { grace: 'P1W' }),
  requirement('slow'),
  requirement('silver', { tiers: ['silver'] }),
  requirement('nice', { advisory: true }),
])
const gold = catalogue.programme.tiers.find(({ id }) => id === 'gold')
if (gold === undefined) throw new Error('no gold')

const granted = (valid_for_days: number): BadgeEvent => ({
  type: 'badges.granted',
  payload: { ...of, standing_hash: HASH, valid_until: noonPlus(valid_for_days * DAY_MS), reviewers: ['ann', 'bob'] },
})

/** Days with their verdicts, from noon on; what happened on which day. The watch sees daily unless a day says otherwise. */
function walk(days: readonly Seen[], valid_for_days = 1_000) {
  let state: BadgeState = badge.evolve(badge.initial, { ...granted(valid_for_days), at: NOON })
  const told: string[] = []
  let seen_at: Instant = NOON
  for (const [day, seen] of days.entries()) {
    const now = noonPlus(day * DAY_MS)
    if (seen.sighted !== false) seen_at = now
    state = follow(state, verdictsOf(seen, seen_at), now, (event) => told.push(`${day} ${event.type.slice('badges.'.length)}`))
  }
  return { state, told }
}

function follow(before: BadgeState, verdicts: readonly Verdict[], now: Instant, tell: (event: BadgeEvent) => void): BadgeState {
  let state = before
  for (let turn = 0; turn < 5; turn++) {
    const command = nextCommand(state, { of, catalogue, tier: gold as NonNullable<typeof gold>, verdicts }, now)
    if (command === null) return state
    for (const event of badge.decide(command, state, now)) {
      tell(event)
      state = badge.evolve(state, { ...event, at: now })
    }
  }
  throw new Error('does not come to rest')
}

/** Words by requirement; what is not named is met. `!` is our blindness, `?` theirs, `-` nobody's. */
type Seen = { readonly [requirement: string]: string | boolean | undefined; readonly sighted?: boolean }
const verdictsOf = (words: Seen, observed_at: Instant): readonly Verdict[] =>
  ['base', 'quick', 'slow', 'silver', 'nice'].map((id) => {
    const word = words[id] ?? 'met'
    const unknown = { '!': 'ours', '?': 'theirs', '-': null } as const
    if (word === '!' || word === '?' || word === '-') return verdict(id, 'unknown', { blind: unknown[word], observed_at })
    if (word === 'unmet!') return verdict(id, 'unmet', { blind: 'ours', observed_at })
    return verdict(id, word as Verdict['verdict'], { observed_at })
  })
const days = (count: number, seen: Seen = {}): readonly Seen[] => Array.from({ length: count }, () => seen)

describe('a badge', () => {
  it('rests while everything is met, waived, not applicable, upcoming or retired', () => {
    for (const word of ['met', 'waived', 'not_applicable', 'upcoming', 'retired']) expect(walk(days(90, { slow: word })).told).toEqual([])
  })

  it('goes from at risk over suspended to revoked when nothing is done', () => {
    expect(walk(days(120, { slow: 'unmet' })).told).toEqual(['0 put_at_risk', '28 suspended', '84 revoked'])
  })

  it('is held to the base rules as well, and to nothing of other tiers or of what is only recommended', () => {
    expect(walk(days(30, { base: 'unmet' })).told).toEqual(['0 put_at_risk', '28 suspended'])
    expect(walk(days(90, { silver: 'unmet', nice: 'unmet' })).told).toEqual([])
  })

  it('has for each requirement its own time, and the shortest counts', () => {
    expect(walk(days(30, { slow: 'unmet', quick: 'unmet' })).told).toEqual(['0 put_at_risk', '7 suspended'])
    // Put right in time, the other one still has all of its own.
    const told = walk([...days(3, { slow: 'unmet', quick: 'unmet' }), ...days(30, { slow: 'unmet' })]).told
    expect(told).toEqual(['0 put_at_risk', '3 cure_changed', '28 suspended'])
  })

  it('is told again when something more goes wrong', () => {
    const told = walk([...days(10, { slow: 'unmet' }), ...days(10, { slow: 'unmet', quick: 'unmet' })]).told
    expect(told).toEqual(['0 put_at_risk', '10 put_at_risk', '17 suspended'])
  })

  it('is cured by what is met, on the last day still', () => {
    expect(walk([...days(28, { slow: 'unmet' }), ...days(10)]).told).toEqual(['0 put_at_risk', '28 cured'])
  })

  it.each(['?', '-'])('is not cured by going dark (%s): its days go on', (dark) => {
    expect(walk([...days(10, { slow: 'unmet' }), ...days(30, { slow: dark })]).told).toEqual(['0 put_at_risk', '28 suspended'])
  })

  it('is not put at risk by what nobody can see', () => {
    for (const dark of ['!', '?', '-']) expect(walk(days(90, { slow: dark })).told).toEqual([])
  })

  it('waits while our own blindness hides what was wrong, and loses no day by it', () => {
    const told = walk([...days(10, { slow: 'unmet' }), ...days(50, { slow: '!' }), ...days(30, { slow: 'unmet' })]).told
    expect(told).toEqual(['0 put_at_risk', '10 cure_changed', '60 cure_changed', '78 suspended'])
    const last_answer = walk([...days(10, { slow: 'unmet' }), ...days(50, { slow: 'unmet!' })]).told
    expect(last_answer).toEqual(['0 put_at_risk', '10 cure_changed'])
  })

  it('does not wait for one that is hidden when another runs out in the light', () => {
    const told = walk([...days(5, { slow: 'unmet', quick: 'unmet' }), ...days(40, { slow: 'unmet', quick: '!' })]).told
    expect(told).toEqual(['0 put_at_risk', '5 cure_changed', '28 suspended'])
  })

  it('with nothing wrong any more and something unseen stays at risk without a day', () => {
    const { told, state } = walk([...days(5, { slow: 'unmet' }), ...days(90, { quick: '-' })])
    expect(told).toEqual(['0 put_at_risk', '5 cure_changed'])
    expect(state).toMatchObject({ word: 'at_risk', breaches: [] })
  })

  it('that is suspended is not restored by any machine, nor revoked while it waits for a person', () => {
    expect(walk([...days(30, { slow: 'unmet' }), ...days(200)]).told).toEqual(['0 put_at_risk', '28 suspended', '30 revocation_changed'])
  })

  it('that is suspended is not revoked while we are blind', () => {
    const told = walk([...days(30, { slow: 'unmet' }), ...days(100, { slow: '!' }), ...days(60, { slow: 'unmet' })]).told
    expect(told).toEqual(['0 put_at_risk', '28 suspended', '30 revocation_changed', '130 revocation_changed', '184 revoked'])
  })

  it('ends on its day, in whatever state', () => {
    expect(walk(days(40), 20).told).toEqual(['20 expired'])
    expect(walk(days(40, { slow: 'unmet' }), 20).told).toEqual(['0 put_at_risk', '20 expired'])
    expect(walk(days(60, { slow: 'unmet' }), 40).told).toEqual(['0 put_at_risk', '28 suspended', '40 expired'])
  })

  it('ends as not observed when the newest look is as old as the tier bears', () => {
    const blind = days(30, { base: '!', quick: '!', slow: '!', sighted: false })
    expect(walk([...days(10), ...blind]).told).toEqual(['23 expired'])
  })

  it('is never revoked where the ladder has no such step', () => {
    const without = { ...catalogue, policies: [] }
    const verdicts = verdictsOf({ slow: 'unmet' }, NOON)
    const state: BadgeState = { word: 'suspended', agreed: null, valid_until: null, breaches: [], revocation: null }
    expect(nextCommand(state, { of, catalogue: without, tier: gold, verdicts }, NOON)).toBe(null)
    expect(ENFORCEMENT.badge.revoke_after_suspension).toBe('P8W')
  })
})

describe('always', () => {
  const word = fc.constantFrom('met', 'met', 'unmet', 'unmet!', '!', '?', '-', 'waived', 'not_applicable')
  const seen: fc.Arbitrary<Seen> = fc.record({ base: word, quick: word, slow: word, sighted: fc.boolean() })
  const stretches = fc.array(fc.tuple(seen, fc.integer({ min: 1, max: 45 })), { maxLength: 10 })
  const good = (seen: Seen) =>
    [seen['base'], seen['quick'], seen['slow']].every((one) => one === 'met' || one === 'waived' || one === 'not_applicable')
  const ours = (seen: Seen) => [seen['base'], seen['quick'], seen['slow']].every((one) => one === '!' || one === 'unmet!' || one === 'met')

  it('only met cures, no machine gives, nobody moves down while only our blindness stands in the way, and no cure window is outlived', () => {
    fc.assert(
      fc.property(stretches, (parts) => {
        const all = parts.flatMap(([one, count]) => days(count, one))
        let state: BadgeState = badge.evolve(badge.initial, { ...granted(1_000), at: NOON })
        let seen_at: Instant = NOON
        for (const [day, one] of all.entries()) {
          const now = noonPlus(day * DAY_MS)
          if (one.sighted !== false) seen_at = now
          const types: string[] = []
          state = follow(state, verdictsOf(one, seen_at), now, (event) => types.push(event.type))
          for (const type of types) {
            expect(type).not.toMatch(/granted|restored|renewed|agreed/)
            if (type === 'badges.cured') expect(good(one)).toBe(true)
            if (type === 'badges.suspended' || type === 'badges.revoked') expect(ours(one)).toBe(false)
          }
          for (const breach of state.breaches) {
            expect((breach.due_at === null) !== (breach.left_ms === null)).toBe(true)
            if (breach.due_at !== null) expect(breach.due_at > now).toBe(true)
          }
        }
      }),
      { numRuns: 500 },
    )
  })
})
