import type { Decider } from '../kernel/decider.ts'
import type { Digest } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import type { Instant } from '../kernel/time.ts'
import { firstDue, type Breach } from './breach.ts'
import type { BadgeEvent, BadgeOf, BadgeReason } from './events.ts'

export type BadgeWord = 'none' | 'active' | 'at_risk' | 'suspended' | 'revoked' | 'expired'

/** Where a badge stands. */
export type BadgeState = {
  readonly word: BadgeWord
  /** Who has agreed to a grant, or of a suspended badge to giving it back, and on which standing. */
  readonly agreed: { readonly standing_hash: Digest; readonly persons: readonly string[] } | null
  readonly valid_until: Instant | null
  readonly breaches: readonly Breach[]
  /** When a suspended badge is revoked: a day, or what is left while nothing is known to be wrong. */
  readonly revocation: { readonly due_at: Instant | null; readonly left_ms: number | null } | null
}

/** What a person saw who gives something, and what stands in the way of it. */
export type Ground = {
  /** Hash of the standing that the person acts on. */
  readonly standing_hash: string
  /** Hash of the standing as it is; null when the app was never judged. */
  readonly standing_now: Digest | null
  /** Requirements in the way. */
  readonly blocking: readonly string[]
  /** What the programme calls its requirements, for the sentence of a refusal. */
  readonly titles?: { readonly [requirement: string]: string }
  /** Whether the person belongs to the organisation that makes the app. */
  readonly involved: boolean
  /** Whether the programme is open here and the tier not retired. */
  readonly open: boolean
}

export type BadgeCommand = BadgeOf &
  (
    | {
        readonly act: 'agree_grant'
        readonly person: string
        /** Of those who have agreed before, who still stands by it; absent where an agreement cannot be taken back. */
        readonly standing_by?: readonly string[]
        readonly ground: Ground
        /** Met requirements that have not been met for long enough. */
        readonly soaking: readonly string[]
        readonly reviewers: number
        readonly valid_until: Instant
      }
    | { readonly act: 'restore'; readonly person: string; readonly ground: Ground; readonly reviewers: number }
    | {
        readonly act: 'restore_on_appeal'
        readonly person: string
        readonly ground: Ground
        readonly appeal: string
        /** Whether what was taken from the badge is what the appeal set aside. */
        readonly about_this: boolean
        /** What the appeal set aside; it stands in nobody's way. */
        readonly set_aside: readonly string[]
        readonly valid_until: Instant | null
      }
    | { readonly act: 'renew'; readonly person: string; readonly ground: Ground; readonly valid_until: Instant }
    | { readonly act: 'put_at_risk' | 'change_cure'; readonly breaches: readonly Breach[] }
    /** `met`: every requirement of the tier is met, waived or does not apply. */
    | { readonly act: 'cure'; readonly met: boolean }
    | ({ readonly act: 'suspend' } & Taking & { readonly revocation: BadgeState['revocation'] })
    | { readonly act: 'change_revocation'; readonly revocation: NonNullable<BadgeState['revocation']> }
    | ({ readonly act: 'revoke' | 'expire' } & Taking)
  )

/** Why something is taken away; `person` null when the machine does it. */
type Taking = {
  readonly reason: BadgeReason
  readonly requirements: readonly string[]
  readonly person: string | null
  /** The person's own words, kept outside the log. */
  readonly evidence: readonly Digest[]
}

export type BadgeAct = BadgeCommand['act']

/** Which act is possible in which state. The API refuses by it, pages grey out by it, the test enumerates it. */
export const allowed: { readonly [word in BadgeWord]: readonly BadgeAct[] } = {
  none: ['agree_grant'],
  active: ['put_at_risk', 'suspend', 'revoke', 'expire', 'renew'],
  at_risk: ['put_at_risk', 'change_cure', 'cure', 'suspend', 'revoke', 'expire'],
  suspended: ['change_revocation', 'restore', 'restore_on_appeal', 'revoke', 'expire'],
  revoked: ['agree_grant', 'restore_on_appeal'],
  expired: ['agree_grant'],
}

/** A badge's life. Machines take away; only people give. */
export const badge: Decider<BadgeState, BadgeCommand, BadgeEvent> = {
  initial: { word: 'none', agreed: null, valid_until: null, breaches: [], revocation: null },
  decide(command, state, now) {
    if (!allowed[state.word].includes(command.act)) throw wrongState(command, state.word)
    const of: BadgeOf = { app: command.app, programme: command.programme, tier: command.tier }
    switch (command.act) {
      case 'agree_grant':
        return agreed(command, state, of)
      case 'restore':
        return restored(command, state, of)
      case 'restore_on_appeal': {
        const { person, appeal, about_this, set_aside, ground, valid_until } = command
        if (!about_this) {
          throw new Refused('badges.other_decision', 'The appeal is not about what took this badge away; restore it as any other.', of.app)
        }
        const standing_hash = seen({ ...ground, blocking: ground.blocking.filter((id) => !set_aside.includes(id)) }, of)
        const until = valid_until === null ? {} : { valid_until }
        return [{ type: 'badges.restored', payload: { ...of, person, standing_hash, appeal, ...until } }]
      }
      case 'renew': {
        const standing_hash = seen(command.ground, of)
        return [{ type: 'badges.renewed', payload: { ...of, person: command.person, standing_hash, valid_until: command.valid_until } }]
      }
      case 'put_at_risk':
      case 'change_cure': {
        const { breaches } = command
        const cure = { requirements: breaches.map((breach) => breach.requirement), breaches, cure_until: firstDue(breaches) }
        return [{ type: command.act === 'put_at_risk' ? 'badges.put_at_risk' : 'badges.cure_changed', payload: { ...of, ...cure } }]
      }
      case 'cure':
        if (!command.met) {
          throw new Refused('badges.not_met', 'a badge is cured only when every requirement is met, waived or does not apply', of.app)
        }
        return [{ type: 'badges.cured', payload: of }]
      case 'suspend': {
        // Before a badge can be revoked it has been looked at once more: see follow.ts.
        const { due_at = null, left_ms = null } = command.revocation ?? {}
        return [{ type: 'badges.suspended', payload: { ...of, ...taken(command), revoke_at: due_at, left_ms } }]
      }
      case 'change_revocation': {
        const { due_at, left_ms } = command.revocation
        return [{ type: 'badges.revocation_changed', payload: { ...of, revoke_at: due_at, left_ms } }]
      }
      case 'revoke':
        return [{ type: 'badges.revoked', payload: { ...of, ...taken(command) } }]
      case 'expire':
        if (command.reason === 'validity_over' && (state.valid_until === null || state.valid_until > now)) {
          throw new Refused('badges.still_valid', `the badge is valid until ${state.valid_until ?? 'it is ended'}`, of.app)
        }
        return [{ type: 'badges.expired', payload: { ...of, ...taken(command) } }]
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'badges.grant_agreed':
      case 'badges.restore_agreed': {
        const { person, standing_hash } = event.payload
        const before = state.agreed?.standing_hash === standing_hash ? state.agreed.persons : []
        return { ...state, agreed: { standing_hash, persons: [...before.filter((one) => one !== person), person] } }
      }
      case 'badges.granted':
        return { word: 'active', agreed: null, valid_until: event.payload.valid_until, breaches: [], revocation: null }
      case 'badges.put_at_risk':
      case 'badges.cure_changed':
        return { ...state, word: 'at_risk', breaches: event.payload.breaches }
      case 'badges.cured':
        return { ...state, word: 'active', breaches: [] }
      case 'badges.suspended': {
        const { revoke_at, left_ms } = event.payload
        return { ...state, word: 'suspended', agreed: null, breaches: [], revocation: revocationOf(revoke_at, left_ms) }
      }
      case 'badges.revocation_changed':
        return { ...state, revocation: revocationOf(event.payload.revoke_at, event.payload.left_ms) }
      case 'badges.restored': {
        const valid_until = event.payload.valid_until ?? state.valid_until
        return { ...state, word: 'active', agreed: null, valid_until, breaches: [], revocation: null }
      }
      case 'badges.revoked':
        return ended('revoked')
      case 'badges.expired':
        return ended('expired')
      case 'badges.renewed':
        return { ...state, valid_until: event.payload.valid_until }
    }
  },
}

const ended = (word: 'revoked' | 'expired'): BadgeState => ({ word, agreed: null, valid_until: null, breaches: [], revocation: null })

const revocationOf = (due_at: Instant | null, left_ms: number | null): BadgeState['revocation'] =>
  due_at === null && left_ms === null ? null : { due_at, left_ms }

const taken = ({ reason, requirements, person, evidence }: Taking) => ({ reasons: [reason], requirements, person, evidence })

function agreed(command: Extract<BadgeCommand, { readonly act: 'agree_grant' }>, state: BadgeState, of: BadgeOf): readonly BadgeEvent[] {
  const { person, ground, reviewers, valid_until } = command
  const standing_hash = seen(ground, of)
  if (command.soaking.length > 0) {
    throw new Refused(
      'badges.soaking',
      `not met for long enough yet to be granted on: ${named(command.soaking, ground)}; wait until the pack's soak is over`,
      of.app,
    )
  }
  const agreed_before = state.agreed?.standing_hash === standing_hash ? state.agreed.persons : []
  const before = agreed_before.filter((one) => command.standing_by?.includes(one) !== false)
  if (before.includes(person)) {
    throw new Refused(
      'badges.agreed_already',
      `you have agreed to this grant already; ${reviewers} different people have to, and another one has to be next`,
      of.app,
    )
  }
  const persons = [...before, person]
  const told: BadgeEvent = { type: 'badges.grant_agreed', payload: { ...of, person, standing_hash } }
  if (persons.length < reviewers) return [told]
  return [told, { type: 'badges.granted', payload: { ...of, standing_hash, valid_until, reviewers: persons } }]
}

/** The last of those who have to agree gives it back; the others are told one by one, each on the standing as it is. */
function restored(command: Extract<BadgeCommand, { readonly act: 'restore' }>, state: BadgeState, of: BadgeOf): readonly BadgeEvent[] {
  const { person, ground, reviewers } = command
  const standing_hash = seen(ground, of)
  const before = state.agreed?.standing_hash === standing_hash ? state.agreed.persons : []
  if (before.includes(person)) {
    throw new Refused(
      'badges.agreed_already',
      `you have agreed to this already; ${reviewers} different people have to before a badge is given back, and another one has to be next`,
      of.app,
    )
  }
  const persons = [...before, person]
  if (persons.length < reviewers) return [{ type: 'badges.restore_agreed', payload: { ...of, person, standing_hash } }]
  return [{ type: 'badges.restored', payload: { ...of, person, standing_hash, reviewers: persons } }]
}

/** What a person may give on: an open programme, a standing that is still as it was seen and that nothing is wrong with, and no stake in it. */
function seen(ground: Ground, of: BadgeOf): Digest {
  const where = of.app
  if (!ground.open) {
    throw new Refused('badges.closed', `the tier ${of.tier} of ${of.programme} has ended in this marketplace and grants nothing`, where)
  }
  if (ground.involved) {
    throw new Refused('badges.involved', 'you belong to the organisation that makes this app; somebody else has to decide', where)
  }
  if (ground.standing_now === null) throw new Refused('badges.not_judged', 'this app has not been judged yet', where)
  if (ground.standing_hash !== ground.standing_now) {
    throw new Refused('badges.standing_moved', 'the standing has changed since you looked at it; look again and decide anew', where)
  }
  if (ground.blocking.length > 0) {
    throw new Refused('badges.not_met', `not met, or not known to be met: ${named(ground.blocking, ground)}`, where)
  }
  return ground.standing_now
}

function wrongState(command: BadgeCommand, word: BadgeWord): Refused {
  return new Refused(
    'badges.wrong_state',
    `a badge that is ${WORDS[word]} cannot be ${DONE[command.act]}; it can be ${orList(allowed[word].map((act) => DONE[act]))}`,
    command.app,
  )
}

/** Requirements by their titles; one that the programme does not name any more by its id. */
const named = (requirements: readonly string[], { titles }: Pick<Ground, 'titles'>): string =>
  requirements.map((id) => (titles?.[id] === undefined ? id : `“${titles[id]}”`)).join(', ')

const orList = (words: readonly string[]): string => [...new Set(words)].join(', ').replace(/, ([^,]+)$/, ' or $1')

/** What is done to a badge, in words that fit after "it can be". */
const DONE = {
  agree_grant: 'granted',
  restore: 'restored',
  restore_on_appeal: 'restored on an appeal',
  renew: 'renewed',
  put_at_risk: 'put at risk',
  change_cure: 'given another time to cure',
  cure: 'cured',
  suspend: 'suspended',
  change_revocation: 'given another day of revocation',
  revoke: 'revoked',
  expire: 'ended',
} as const satisfies Record<BadgeAct, string>

/** A state in words that fit after "a badge that is". */
const WORDS = {
  none: 'not there',
  active: 'active',
  at_risk: 'at risk',
  suspended: 'suspended',
  revoked: 'revoked',
  expired: 'expired',
} as const satisfies Record<BadgeWord, string>
