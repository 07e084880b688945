import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRefused } from '../kernel/refused.ts'
import type { Digest } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import { badge, type BadgeAct, type BadgeCommand, type BadgeState, type BadgeWord, type Ground } from './badge.ts'
import { listing, type ListingAct, type ListingCommand, type ListingState, type ListingWord } from './listing.ts'

const NOW = '2026-11-24T12:00:00.000Z' as Instant
const LATER = '2027-11-24T12:00:00.000Z' as Instant
const HASH: Digest = `sha256:${'1'.repeat(64)}`
const OF = { app: 'app', programme: 'programme', tier: 'tier' } as const
const GROUND: Ground = { standing_hash: HASH, standing_now: HASH, blocking: [], involved: false, open: true }
const BREACH = { requirement: 'security.one', due_at: LATER, left_ms: null }
const TAKING = { requirements: [], person: null, evidence: [] } as const

const stateOf = (word: BadgeWord): BadgeState => ({
  word,
  agreed: null,
  // Past, so that expiry by time is possible where the table says so.
  valid_until: NOW,
  breaches: word === 'at_risk' ? [BREACH] : [],
  revocation: word === 'suspended' ? { due_at: LATER, left_ms: null } : null,
})

const COMMANDS: { readonly [act in BadgeAct]: BadgeCommand } = {
  agree_grant: { ...OF, act: 'agree_grant', person: 'per_1', ground: GROUND, soaking: [], reviewers: 1, valid_until: LATER },
  restore: { ...OF, act: 'restore', person: 'per_1', ground: GROUND },
  renew: { ...OF, act: 'renew', person: 'per_1', ground: GROUND, valid_until: LATER },
  put_at_risk: { ...OF, act: 'put_at_risk', breaches: [BREACH] },
  change_cure: { ...OF, act: 'change_cure', breaches: [BREACH] },
  cure: { ...OF, act: 'cure', met: true },
  suspend: { ...OF, ...TAKING, act: 'suspend', reason: 'cure_window_over', revocation: null },
  change_revocation: { ...OF, act: 'change_revocation', revocation: { due_at: LATER, left_ms: null } },
  revoke: { ...OF, ...TAKING, act: 'revoke', reason: 'not_put_right' },
  expire: { ...OF, ...TAKING, act: 'expire', reason: 'validity_over' },
}

/** State x act, written out by hand apart from the table in badge.ts: a change there has to be meant twice. The state after, or - for a refusal. */
const BADGES: Record<BadgeWord, Record<BadgeAct, BadgeWord | '-'>> = {
  none: row('active', '-', '-', '-', '-', '-', '-', '-', '-', '-'),
  active: row('-', '-', 'active', 'at_risk', '-', '-', 'suspended', '-', 'revoked', 'expired'),
  at_risk: row('-', '-', '-', 'at_risk', 'at_risk', 'active', 'suspended', '-', 'revoked', 'expired'),
  suspended: row('-', 'active', '-', '-', '-', '-', '-', 'suspended', 'revoked', 'expired'),
  revoked: row('active', '-', '-', '-', '-', '-', '-', '-', '-', '-'),
  expired: row('active', '-', '-', '-', '-', '-', '-', '-', '-', '-'),
}

function row(...words: readonly (BadgeWord | '-')[]): Record<BadgeAct, BadgeWord | '-'> {
  const acts = [
    'agree_grant',
    'restore',
    'renew',
    'put_at_risk',
    'change_cure',
    'cure',
    'suspend',
    'change_revocation',
    'revoke',
    'expire',
  ] as const
  // The guarantee of the cast: a row has a word for each act, which the length check below holds.
  expect(words).toHaveLength(acts.length)
  return Object.fromEntries(acts.map((act, place) => [act, words[place] ?? '-'])) as Record<BadgeAct, BadgeWord | '-'>
}

function after(state: BadgeState, command: BadgeCommand): string {
  try {
    return badge.decide(command, state, NOW).reduce((folded, event) => badge.evolve(folded, { ...event, at: NOW }), state).word
  } catch (error) {
    if (isRefused(error)) return error.code
    throw error
  }
}

describe('a badge, state by act', () => {
  for (const [word, acts] of Object.entries(BADGES) as [BadgeWord, Record<BadgeAct, BadgeWord | '-'>][]) {
    for (const [act, then] of Object.entries(acts) as [BadgeAct, BadgeWord | '-'][]) {
      it(`${word}: ${act} ${then === '-' ? 'is refused' : `leads to ${then}`}`, () => {
        expect(after(stateOf(word), COMMANDS[act])).toBe(then === '-' ? 'badges.wrong_state' : then)
      })
    }
  }
})

describe('what a person gives on', () => {
  const giving = ['agree_grant', 'restore', 'renew'] as const
  const from = { agree_grant: 'none', restore: 'suspended', renew: 'active' } as const
  it.each(giving)('%s needs an open programme, no stake, a standing as it was seen, and nothing in the way', (act) => {
    const refusal = (ground: Partial<Ground>): string =>
      after(stateOf(from[act]), { ...COMMANDS[act], ground: { ...GROUND, ...ground } } as BadgeCommand)
    expect(refusal({ open: false })).toBe('badges.closed')
    expect(refusal({ involved: true })).toBe('badges.involved')
    expect(refusal({ standing_now: null })).toBe('badges.not_judged')
    expect(refusal({ standing_hash: `sha256:${'2'.repeat(64)}` })).toBe('badges.standing_moved')
    expect(refusal({ blocking: ['security.one'] })).toBe('badges.not_met')
  })

  it('a grant needs as many different people as the tier says, on one standing', () => {
    const agree = (person: string, hash: Digest = HASH): BadgeCommand => ({
      ...OF,
      act: 'agree_grant',
      person,
      ground: { ...GROUND, standing_hash: hash, standing_now: hash },
      soaking: [],
      reviewers: 2,
      valid_until: LATER,
    })
    const fold = (state: BadgeState, command: BadgeCommand): BadgeState =>
      badge.decide(command, state, NOW).reduce((folded, event) => badge.evolve(folded, { ...event, at: NOW }), state)
    const first = fold(badge.initial, agree('per_1'))
    expect(first.word).toBe('none')
    expect(after(first, agree('per_1'))).toBe('badges.agreed_already')
    expect(fold(first, agree('per_2')).word).toBe('active')
    // Agreement to another standing begins anew.
    const moved = fold(first, agree('per_2', `sha256:${'3'.repeat(64)}`))
    expect(moved.word).toBe('none')
    expect(moved.agreed?.persons).toEqual(['per_2'])
  })

  it('unknown never cures: only when all is met', () => {
    expect(after(stateOf('at_risk'), { ...OF, act: 'cure', met: false })).toBe('badges.not_met')
  })

  it('does not expire before its day', () => {
    const state = { ...stateOf('active'), valid_until: '2026-11-24T12:00:00.001Z' as Instant }
    expect(after(state, COMMANDS.expire)).toBe('badges.still_valid')
  })

  it('no run of machine acts ever ends in a badge that was not there', () => {
    const machine = fc.constantFrom<BadgeAct>('put_at_risk', 'change_cure', 'cure', 'suspend', 'change_revocation', 'revoke', 'expire')
    fc.assert(
      fc.property(
        fc.constantFrom<BadgeWord>('none', 'suspended', 'revoked', 'expired'),
        fc.array(machine, { maxLength: 12 }),
        (word, acts) => {
          let state = stateOf(word)
          for (const act of acts) {
            try {
              state = badge.decide(COMMANDS[act], state, NOW).reduce((folded, event) => badge.evolve(folded, { ...event, at: NOW }), state)
            } catch (error) {
              if (!isRefused(error)) throw error
            }
          }
          expect(['active', 'at_risk']).not.toContain(state.word)
        },
      ),
    )
  })
})

describe('a listing, state by act', () => {
  const APP = { app: 'app' } as const
  const STEP = { requirements: ['security.one'], person: null, evidence: [], next_step: null } as const
  const LISTING_COMMANDS: { readonly [act in ListingAct]: ListingCommand } = {
    follow: { ...APP, act: 'follow', breaches: [{ ...BREACH, programme: 'programme' }], next_step: null },
    warn: { ...APP, ...STEP, act: 'warn' },
    hide: { ...APP, ...STEP, act: 'hide' },
    pause: { ...APP, ...STEP, act: 'pause' },
    relist: { ...APP, act: 'relist', person: 'per_1', involved: false },
  }
  const LISTINGS: Record<ListingWord, Record<ListingAct, ListingWord | '-'>> = {
    listed: { follow: 'listed', warn: 'warned', hide: 'hidden', pause: 'paused', relist: '-' },
    warned: { follow: 'warned', warn: '-', hide: 'hidden', pause: 'paused', relist: 'listed' },
    hidden: { follow: 'hidden', warn: '-', hide: '-', pause: 'paused', relist: 'listed' },
    paused: { follow: 'paused', warn: '-', hide: '-', pause: '-', relist: 'listed' },
  }
  for (const [word, acts] of Object.entries(LISTINGS) as [ListingWord, Record<ListingAct, ListingWord | '-'>][]) {
    for (const [act, then] of Object.entries(acts) as [ListingAct, ListingWord | '-'][]) {
      it(`${word}: ${act} ${then === '-' ? 'is refused' : `leads to ${then}`}`, () => {
        const state: ListingState = { word, breaches: [], stepped_at: null, next_step: null }
        const decide = () =>
          listing.decide(LISTING_COMMANDS[act], state, NOW).reduce((folded, event) => listing.evolve(folded, { ...event, at: NOW }), state)
            .word
        if (then === '-') expect(decide).toThrow(/possible/)
        else expect(decide()).toBe(then)
      })
    }
  }
})
