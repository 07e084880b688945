import { turnDue, type Passed, type Turn } from '../applications/turn.ts'
import type { Hands } from '../concerns/concern.ts'
import type { DueProcess } from '../concerns/rules.ts'
import type { Decider } from '../kernel/decider.ts'
import { plus, type Duration } from '../kernel/duration.ts'
import type { Digest } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import type { Instant } from '../kernel/time.ts'
import type { AppealableKind, Decision } from './appealable.ts'
import { appealKey, type AppealEvent, type AppealOf, type AppealOutcome } from './events.ts'

export type AppealWord = 'none' | 'open' | AppealOutcome | 'withdrawn'

/** Where an appeal stands. */
export type AppealState = {
  readonly word: AppealWord
  readonly since: Instant | null
  readonly kind: AppealableKind | null
  readonly decision: Digest | null
  readonly decided_at: Instant | null
  readonly requirements: readonly string[]
  readonly tier: string | null
  readonly concern: string | null
  readonly took_part: readonly string[]
  readonly decided_by: string | null
  readonly recused: { readonly [person: string]: string }
  readonly turn: Turn<'appeal'> | null
  readonly reminded: boolean
}

export type AppealCommand = AppealOf &
  (
    | {
        readonly act: 'lodge'
        readonly person: string
        readonly decision: Decision
        readonly took_part: readonly string[]
        readonly evidence: Digest
        readonly rules: DueProcess
      }
    | {
        readonly act: 'decide'
        readonly hands: Hands
        readonly outcome: AppealOutcome
        readonly evidence: Digest
        readonly public_words: Digest
        readonly rules: DueProcess
      }
    | { readonly act: 'withdraw'; readonly person: string }
    | { readonly act: 'recuse'; readonly person: string; readonly conflict: string; readonly rules: DueProcess }
    | { readonly act: 'remind' }
  )

export type AppealAct = AppealCommand['act']

/** Which act is possible in which state. There is one appeal for a decision: what was decided or withdrawn is not opened again. */
export const allowed: { readonly [word in AppealWord]: readonly AppealAct[] } = {
  none: ['lodge'],
  open: ['decide', 'withdraw', 'recuse', 'remind'],
  upheld: [],
  rejected: [],
  sent_back: [],
  withdrawn: [],
}

/** An appeal against a decision. What follows from it is done by people with the slices that it is about. */
export const appeal: Decider<AppealState, AppealCommand, AppealEvent> = {
  initial: {
    word: 'none',
    since: null,
    kind: null,
    decision: null,
    decided_at: null,
    requirements: [],
    tier: null,
    concern: null,
    took_part: [],
    decided_by: null,
    recused: {},
    turn: null,
    reminded: false,
  },
  decide(command, state, now) {
    const { app, appeal: id, programme } = command
    if (command.act === 'lodge' && state.word !== 'none') {
      throw new Refused('appeals.appealed', 'This decision was appealed already. There is one appeal for a decision.', app)
    }
    if (!allowed[state.word].includes(command.act)) {
      throw new Refused('appeals.wrong_state', `“${command.act}” is not possible: this appeal ${SAID[state.word]}.`, app)
    }
    const of: AppealOf = { app, appeal: id, programme }
    const over: Passed<'appeal'> = { from: state.turn, to: null }
    switch (command.act) {
      case 'lodge': {
        const { person, decision, took_part, evidence, rules } = command
        // The guarantee of the cast: the pack's schema lets nothing else through.
        const until = plus(decision.at, rules.policy.appeals.within as Duration, rules.zone)
        if (now > until) {
          throw new Refused('appeals.too_late', `This decision could be appealed until ${until}; that time is over.`, 'decision')
        }
        const { kind, at: decided_at, requirements, tier, concern } = decision
        const due_at = turnDue('appeal', appealKey(of), now, rules.policy.appeals.decision, rules.zone)
        const passed: Passed<'appeal'> = { from: null, to: { step: 'appeal', side: 'operator', since: now, due_at } }
        const payload = {
          ...of,
          kind,
          decision: decision.decision,
          decided_at,
          requirements,
          tier,
          concern,
          person,
          took_part,
          evidence,
          passed,
        }
        return [{ type: 'appeals.lodged', payload }]
      }
      case 'decide': {
        const { hands, outcome, evidence, public_words, rules } = command
        const alone = uninvolved(hands, state, rules, app)
        return [{ type: 'appeals.decided', payload: { ...of, outcome, person: hands.person, alone, evidence, public_words, passed: over } }]
      }
      case 'withdraw':
        return [{ type: 'appeals.withdrawn', payload: { ...of, person: command.person, passed: over } }]
      case 'recuse': {
        const { person, conflict, rules } = command
        if (!rules.policy.recusal.some((one) => one.id === conflict)) {
          throw new Refused('appeals.no_such_conflict', 'Choose one of the ties that the programme names.', 'conflict')
        }
        if (Object.hasOwn(state.recused, person)) {
          throw new Refused('appeals.recused', 'You have stood back from this appeal already.', app)
        }
        return [{ type: 'appeals.recused', payload: { ...of, person, conflict } }]
      }
      case 'remind': {
        const due_at = state.turn?.due_at ?? null
        if (due_at === null || state.reminded || now < due_at) return []
        return [{ type: 'appeals.reminded', payload: { ...of, due_at } }]
      }
    }
  },
  evolve(state, event) {
    const { at } = event
    switch (event.type) {
      case 'appeals.lodged': {
        const { kind, decision, decided_at, requirements, tier, concern, took_part, passed } = event.payload
        const of = { kind, decision, decided_at, requirements, tier, concern, took_part }
        return { ...state, ...of, word: 'open', since: at, turn: passed.to, reminded: false }
      }
      case 'appeals.decided':
        return { ...state, word: event.payload.outcome, decided_by: event.payload.person, since: at, turn: null }
      case 'appeals.withdrawn':
        return { ...state, word: 'withdrawn', since: at, turn: null }
      case 'appeals.recused': {
        const { person, conflict } = event.payload
        return { ...state, recused: { ...state.recused, [person]: conflict } }
      }
      case 'appeals.reminded':
        return { ...state, reminded: true }
    }
  },
}

/** Lets somebody without a tie pass who had no part in what is appealed. Answers whether they had one and pass since the operator has nobody else. */
function uninvolved({ person, involved, tied, others }: Hands, state: AppealState, rules: DueProcess, app: string): boolean {
  if (involved) {
    throw new Refused('appeals.involved', 'You belong to the organisation that makes this app; somebody else has to decide.', app)
  }
  if (tied || Object.hasOwn(state.recused, person)) {
    throw new Refused('appeals.recused', 'You have a tie to this app or to this appeal; somebody else has to decide.', app)
  }
  if (!state.took_part.includes(person)) return false
  if (rules.policy.alone === 'allowed' && others === 0) return true
  throw new Refused('appeals.took_part', 'You had a part in the decision that is appealed; somebody who had none has to decide.', app)
}

/** Where an appeal stands, as a sentence's end. */
const SAID = {
  none: 'was never lodged',
  open: 'waits for a decision',
  upheld: 'was upheld',
  rejected: 'was rejected',
  sent_back: 'was sent back to be decided anew',
  withdrawn: 'was withdrawn',
} as const satisfies Record<AppealWord, string>
