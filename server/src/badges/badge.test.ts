import { describe, expect, it } from 'vitest'
import { NOON, noonPlus } from '../../test/standing.ts'
import type { Digest } from '../kernel/event.ts'
import { story } from '../kernel/story.ts'
import { DAY_MS } from '../kernel/time.ts'
import { allowed, badge, type BadgeAct, type BadgeCommand, type BadgeWord, type Ground } from './badge.ts'
import type { BadgeEvent } from './events.ts'

const of = { app: 'the-app', programme: 'harbour', tier: 'gold' } as const
const HASH: Digest = `sha256:${'a'.repeat(64)}`
const OTHER: Digest = `sha256:${'b'.repeat(64)}`
const YEAR = noonPlus(365 * DAY_MS)
const ground: Ground = { standing_hash: HASH, standing_now: HASH, blocking: [], involved: false, open: true }
const breaches = [{ requirement: 'one', due_at: noonPlus(28 * DAY_MS), left_ms: null }]

const agree = (person: string, more: Partial<Extract<BadgeCommand, { act: 'agree_grant' }>> = {}): BadgeCommand => ({
  ...of,
  act: 'agree_grant',
  person,
  ground,
  soaking: [],
  reviewers: 2,
  valid_until: YEAR,
  ...more,
})
const taking = { requirements: ['one'], person: null, evidence: [] } as const
const COMMANDS: { readonly [act in BadgeAct]: BadgeCommand } = {
  agree_grant: agree('ann'),
  restore: { ...of, act: 'restore', person: 'ann', ground, reviewers: 1 },
  restore_on_appeal: {
    ...of,
    act: 'restore_on_appeal',
    person: 'ann',
    ground,
    appeal: 'a1',
    about_this: true,
    set_aside: [],
    valid_until: YEAR,
  },
  renew: { ...of, act: 'renew', person: 'ann', ground, valid_until: YEAR },
  put_at_risk: { ...of, act: 'put_at_risk', breaches },
  change_cure: { ...of, act: 'change_cure', breaches },
  cure: { ...of, act: 'cure', met: true },
  suspend: { ...of, act: 'suspend', reason: 'cure_window_over', ...taking, revocation: { due_at: noonPlus(DAY_MS), left_ms: null } },
  change_revocation: { ...of, act: 'change_revocation', revocation: { due_at: null, left_ms: 5 } },
  revoke: { ...of, act: 'revoke', reason: 'not_put_right', ...taking },
  expire: { ...of, act: 'expire', reason: 'not_observed', ...taking },
}

const granted: BadgeEvent = {
  type: 'badges.granted',
  payload: { ...of, standing_hash: HASH, valid_until: noonPlus(30 * DAY_MS), reviewers: ['ann', 'bob'] },
}
const at_risk: BadgeEvent = {
  type: 'badges.put_at_risk',
  payload: { ...of, requirements: ['one'], breaches, cure_until: noonPlus(28 * DAY_MS) },
}
const taken = { reasons: ['cure_window_over' as const], requirements: ['one'], person: null, evidence: [] }
const suspended: BadgeEvent = { type: 'badges.suspended', payload: { ...of, ...taken, revoke_at: noonPlus(56 * DAY_MS), left_ms: null } }
const revoked: BadgeEvent = { type: 'badges.revoked', payload: { ...of, ...taken } }
const expired: BadgeEvent = { type: 'badges.expired', payload: { ...of, ...taken } }

const STATES = {
  none: [],
  active: [granted],
  at_risk: [granted, at_risk],
  suspended: [granted, at_risk, suspended],
  revoked: [granted, at_risk, suspended, revoked],
  expired: [granted, expired],
} as const satisfies Record<BadgeWord, readonly BadgeEvent[]>

/** Written by hand: what each act does in each state; a dot is a refusal. */
const MATRIX: { readonly [word in BadgeWord]: string } = {
  //          agree        restore  appeal   renew   risk        change       cure  suspend   revocation        revoke  expire
  none: '     grant_agreed .        .        .       .           .            .     .         .                 .       .      ',
  active: '   .            .        .        renewed put_at_risk .            .     suspended .                 revoked expired',
  at_risk: '  .            .        .        .       put_at_risk cure_changed cured suspended .                 revoked expired',
  suspended: '.            restored restored .       .           .            .     .         revocation_changed revoked expired',
  revoked: '  grant_agreed .        restored .       .           .            .     .         .                 .       .      ',
  expired: '  grant_agreed .        .        .       .           .            .     .         .                 .       .      ',
}
const ACTS = Object.keys(COMMANDS) as readonly BadgeAct[]
const WORDS = Object.keys(STATES) as readonly BadgeWord[]
const given = (...facts: readonly BadgeEvent[]) => story(badge, NOON).given(...facts)

describe.each(WORDS)('a badge that is %s', (word) => {
  const expected = MATRIX[word].trim().split(/\s+/)

  it.each(ACTS.map((act, place) => [act, expected[place] ?? '?'] as const))('%s: %s', (act, event) => {
    const { events, refused } = given(...STATES[word]).when(COMMANDS[act])
    expect(refused === null ? events.map(({ type }) => type.slice('badges.'.length)) : ['.', refused]).toEqual(
      event === '.' ? ['.', 'badges.wrong_state'] : [event],
    )
    expect(allowed[word].includes(act)).toBe(event !== '.')
  })

  it('is that state when its story is told', () => expect(given(...STATES[word]).state.word).toBe(word))
})

describe('a grant', () => {
  it('needs as many different people as the tier says, on one standing', () => {
    const [first] = given().when(agree('ann')).events
    if (first === undefined) throw new Error('nothing')
    expect(first.type).toBe('badges.grant_agreed')
    expect(given(first).when(agree('ann')).refused).toBe('badges.agreed_already')
    const { events } = given(first).when(agree('bob'))
    expect(events.map(({ type }) => type)).toEqual(['badges.grant_agreed', 'badges.granted'])
    expect(events[1]?.payload).toEqual({ ...of, standing_hash: HASH, valid_until: YEAR, reviewers: ['ann', 'bob'] })
  })

  it('begins anew when the standing has moved between the two', () => {
    const [first] = given().when(agree('ann')).events
    if (first === undefined) throw new Error('nothing')
    const moved = { ground: { ...ground, standing_hash: OTHER, standing_now: OTHER } }
    expect(
      given(first)
        .when(agree('bob', moved))
        .events.map(({ type }) => type),
    ).toEqual(['badges.grant_agreed'])
    expect(given(first).when(agree('ann', moved)).refused).toBe(null)
  })

  it('by one person is enough where the tier says so', () => {
    expect(
      given()
        .when(agree('ann', { reviewers: 1 }))
        .events.map(({ type }) => type),
    ).toEqual(['badges.grant_agreed', 'badges.granted'])
  })

  it('waits until what is met has been met for long enough', () => {
    expect(given().when(agree('ann', { soaking: ['one'] })).refused).toBe('badges.soaking')
  })

  it('comes again after a revocation, by all of them again', () => {
    expect(
      given(...STATES.revoked)
        .when(agree('ann'))
        .events.map(({ type }) => type),
    ).toEqual(['badges.grant_agreed'])
  })
})

describe('giving a suspended badge back', () => {
  const restore = (person: string, reviewers: number, of_ground: Partial<Ground> = {}): BadgeCommand => ({
    ...of,
    act: 'restore',
    person,
    ground: { ...ground, ...of_ground },
    reviewers,
  })
  const agreed: BadgeEvent = { type: 'badges.restore_agreed', payload: { ...of, person: 'ann', standing_hash: HASH } }
  const told = (...before: readonly BadgeEvent[]) => given(...STATES.suspended, ...before)
  const typesOf = (command: BadgeCommand, ...before: readonly BadgeEvent[]) =>
    told(...before)
      .when(command)
      .events.map(({ type }) => type)

  it('takes as many people as the pack says, and the last one gives it', () => {
    expect(typesOf(restore('ann', 1))).toEqual(['badges.restored'])
    expect(typesOf(restore('ann', 2))).toEqual(['badges.restore_agreed'])
    expect(told(agreed).state.word).toBe('suspended')
    expect(told(agreed).when(restore('bob', 2)).events).toMatchObject([
      { type: 'badges.restored', payload: { person: 'bob', reviewers: ['ann', 'bob'] } },
    ])
  })

  it('counts nobody twice, and nobody on a standing that has moved since', () => {
    expect(told(agreed).when(restore('ann', 2)).refused).toBe('badges.agreed_already')
    expect(typesOf(restore('bob', 2, { standing_hash: OTHER, standing_now: OTHER }), agreed)).toEqual(['badges.restore_agreed'])
  })

  it('begins anew after another suspension', () => {
    const again = [...STATES.suspended, agreed, ...STATES.suspended.slice(-1)]
    expect(given(...again).state.agreed).toBeNull()
  })
})

describe.each(['agree_grant', 'restore', 'renew'] as const)('%s is refused', (act) => {
  const before = { agree_grant: STATES.none, restore: STATES.suspended, renew: STATES.active }[act]
  const refused = (more: Partial<Ground>) =>
    given(...before).when({ ...COMMANDS[act], ground: { ...ground, ...more } } as BadgeCommand).refused

  it.each([
    ['to the app’s own people', { involved: true }, 'badges.involved'],
    ['where the programme has ended', { open: false }, 'badges.closed'],
    ['on a standing that has moved', { standing_now: OTHER }, 'badges.standing_moved'],
    ['where nothing was judged', { standing_now: null }, 'badges.not_judged'],
    ['while something is in the way', { blocking: ['one'] }, 'badges.not_met'],
  ] as const)('%s', (_, more, code) => expect(refused(more)).toBe(code))
  it('never without a reason', () => expect(refused({})).toBe(null))
})

describe('what a badge keeps', () => {
  it('a restored badge keeps the day until which it was valid, a renewed one has a new one', () => {
    const valid_until = (...events: readonly BadgeEvent[]) => given(...events).state.valid_until
    const restored: BadgeEvent = { type: 'badges.restored', payload: { ...of, person: 'ann', standing_hash: HASH } }
    const renewed: BadgeEvent = { type: 'badges.renewed', payload: { ...of, person: 'ann', standing_hash: HASH, valid_until: YEAR } }
    expect(valid_until(...STATES.suspended, restored)).toBe(noonPlus(30 * DAY_MS))
    expect(valid_until(granted, renewed)).toBe(YEAR)
  })

  it('it is not cured by less than everything', () => {
    expect(given(...STATES.at_risk).when({ ...of, act: 'cure', met: false }).refused).toBe('badges.not_met')
  })

  it('it does not expire before its day', () => {
    const over = { ...of, act: 'expire', reason: 'validity_over', ...taking } as const
    const at = (ms: number) =>
      story(badge, noonPlus(30 * DAY_MS + ms))
        .given(granted)
        .when(over).refused
    expect([at(-1), at(0)]).toEqual(['badges.still_valid', null])
  })
})
