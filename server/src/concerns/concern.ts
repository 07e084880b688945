import { turnDue, type Passed, type Turn } from '../applications/turn.ts'
import type { Decider } from '../kernel/decider.ts'
import type { Digest } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import type { Instant } from '../kernel/time.ts'
import { concernKey, type ConcernEvent, type ConcernOf, type ConcernOutcome, type ConcernStep, type RaisedBy } from './events.ts'
import type { DueProcess } from './rules.ts'

export type ConcernWord =
  | 'none'
  | 'received'
  | 'dismissed'
  | 'hearing'
  | 'deciding'
  | 'not_upheld'
  | 'upheld'
  | 'checking'
  | 'remedied'
  | 'set_aside'

/** Where a concern stands. */
export type ConcernState = {
  readonly word: ConcernWord
  readonly since: Instant | null
  readonly received_at: Instant | null
  readonly raised_by: RaisedBy | null
  /** Whoever raised it, when they were signed in. Never shown to the partner. */
  readonly raiser: string | null
  readonly accepted: boolean
  readonly answered: boolean
  readonly outcome: ConcernOutcome | null
  /** Before the decision what is looked into, after it what is not kept. */
  readonly requirements: readonly string[]
  readonly turn: Turn<ConcernStep> | null
  readonly additions: number
  /** Everybody of the operator who had a part in it: none of them decides, where there is anybody else. */
  readonly took_part: readonly string[]
  readonly recused: { readonly [person: string]: string }
  /** The due date of this turn was told. */
  readonly reminded: boolean
}

/** Who acts for the operator, and what ties them to the case. */
export type Hands = {
  readonly person: string
  /** Whether they belong to the partner. */
  readonly involved: boolean
  /** Whether they have declared a tie on another case of this app. */
  readonly tied: boolean
  /** How many others of the operator could decide who have no tie and took no part. */
  readonly others: number
}

export type ConcernCommand = ConcernOf &
  (
    | {
        readonly act: 'receive'
        readonly raised_by: RaisedBy
        readonly person: string | null
        readonly requirement: string | null
        readonly evidence: Digest
        readonly rules: DueProcess
      }
    | { readonly act: 'add'; readonly evidence: Digest; readonly rules: DueProcess }
    | { readonly act: 'dismiss'; readonly hands: Hands; readonly code: string; readonly evidence: Digest; readonly rules: DueProcess }
    | {
        readonly act: 'accept'
        readonly hands: Hands
        readonly requirements: readonly string[]
        readonly evidence: Digest
        readonly rules: DueProcess
      }
    | { readonly act: 'answer'; readonly person: string; readonly evidence: Digest; readonly rules: DueProcess }
    | { readonly act: 'miss_answer'; readonly rules: DueProcess }
    | {
        readonly act: 'decide'
        readonly hands: Hands
        readonly outcome: ConcernOutcome
        readonly requirements: readonly string[]
        readonly evidence: Digest
        readonly public_words: Digest
        readonly rules: DueProcess
      }
    | { readonly act: 'claim_remedy'; readonly person: string; readonly evidence: Digest; readonly rules: DueProcess }
    | { readonly act: 'refuse_remedy' | 'confirm_remedy'; readonly hands: Hands; readonly evidence: Digest }
    | {
        readonly act: 'set_aside'
        readonly person: string
        readonly appeal: string
        readonly how: 'set_aside' | 'sent_back'
        readonly rules: DueProcess
      }
    | { readonly act: 'recuse'; readonly person: string; readonly conflict: string; readonly rules: DueProcess }
    | { readonly act: 'remind' }
  )

export type ConcernAct = ConcernCommand['act']

/** Which act is possible in which state. The API refuses by it, pages grey out by it, the test enumerates it. */
export const allowed: { readonly [word in ConcernWord]: readonly ConcernAct[] } = {
  none: ['receive'],
  received: ['add', 'dismiss', 'accept', 'recuse', 'remind'],
  dismissed: [],
  hearing: ['add', 'answer', 'miss_answer', 'recuse'],
  deciding: ['add', 'answer', 'decide', 'recuse', 'remind'],
  not_upheld: [],
  upheld: ['add', 'claim_remedy', 'recuse', 'set_aside'],
  checking: ['add', 'refuse_remedy', 'confirm_remedy', 'recuse', 'remind', 'set_aside'],
  remedied: ['set_aside'],
  set_aside: [],
}

/** Who has the turn at each step. */
export const SIDE_OF = {
  triage: 'operator',
  answer: 'partner',
  decision: 'operator',
  remedy: 'partner',
  check: 'operator',
} as const satisfies Record<ConcernStep, Turn['side']>

/** A concern from its first word to its end. It never touches a badge: what is upheld is evidence, and the badge follows the standing. */
export const concern: Decider<ConcernState, ConcernCommand, ConcernEvent> = {
  initial: {
    word: 'none',
    since: null,
    received_at: null,
    raised_by: null,
    raiser: null,
    accepted: false,
    answered: false,
    outcome: null,
    requirements: [],
    turn: null,
    additions: 0,
    took_part: [],
    recused: {},
    reminded: false,
  },
  decide(command, state, now) {
    if (!allowed[state.word].includes(command.act)) throw wrongState(command, state.word)
    const { app, concern: id, programme } = command
    const of: ConcernOf = { app, concern: id, programme }
    const turnTo = (step: ConcernStep, rules: DueProcess): Passed<ConcernStep> => ({ from: state.turn, to: turn(of, step, rules, now) })
    const over: Passed<ConcernStep> = { from: state.turn, to: null }
    switch (command.act) {
      case 'receive': {
        const { raised_by, person, requirement, evidence } = command
        if (requirement !== null) knownIn(command.rules, [requirement])
        const passed = turnTo('triage', command.rules)
        return [{ type: 'concerns.received', payload: { ...of, raised_by, person, requirement, evidence, passed } }]
      }
      case 'add':
        if (state.additions >= command.rules.policy.concerns.intake.additions) {
          throw new Refused('concerns.too_many', 'No more can be added to this concern. What is there is read.', 'words')
        }
        return [{ type: 'concerns.added', payload: { ...of, evidence: command.evidence } }]
      case 'dismiss': {
        const { hands, code, evidence, rules } = command
        if (!rules.policy.concerns.dismissals.some((one) => one.id === code)) {
          throw new Refused('concerns.no_such_reason', 'Choose one of the reasons that the programme names.', 'code')
        }
        uninvolved(hands, state, rules, state.raiser === null ? [] : [state.raiser], of)
        return [{ type: 'concerns.dismissed', payload: { ...of, person: hands.person, code, evidence, passed: over } }]
      }
      case 'accept': {
        const { hands, requirements, evidence, rules } = command
        knownIn(rules, requirements)
        uninvolved(hands, state, rules, state.raiser === null ? [] : [state.raiser], of)
        const passed = turnTo('answer', rules)
        const payload = { ...of, person: hands.person, requirements: [...new Set(requirements)], evidence, passed }
        return [{ type: 'concerns.accepted', payload }]
      }
      case 'answer': {
        if (state.answered) throw new Refused('concerns.answered', 'This concern was answered already; what was said counts.', of.app)
        const { person, evidence, rules } = command
        // A late answer is heard as long as nobody has decided; it moves no turn.
        const passed = state.word === 'hearing' ? turnTo('decision', rules) : { from: null, to: null }
        return [{ type: 'concerns.answered', payload: { ...of, person, evidence, passed } }]
      }
      case 'miss_answer':
        if (state.turn === null || state.turn.due_at === null || now < state.turn.due_at) {
          throw new Refused('concerns.too_soon', 'The partner’s time for an answer is not over yet.', of.app)
        }
        return [{ type: 'concerns.answer_missed', payload: { ...of, passed: turnTo('decision', command.rules) } }]
      case 'decide':
        return decided(command, state, of, now)
      case 'claim_remedy': {
        const { person, evidence, rules } = command
        if (state.requirements.length === 0) {
          throw new Refused('concerns.nothing_open', 'Nothing has to be put right here: the decision names no requirement.', of.app)
        }
        const { requirements } = state
        return [{ type: 'concerns.remedy_claimed', payload: { ...of, person, evidence, requirements, passed: turnTo('check', rules) } }]
      }
      case 'refuse_remedy':
      case 'confirm_remedy': {
        const { hands, evidence } = command
        refuseTied(hands, state, of)
        const { requirements } = state
        const payload = { ...of, person: hands.person, evidence, requirements }
        if (command.act === 'confirm_remedy') return [{ type: 'concerns.remedied', payload: { ...payload, passed: over } }]
        return [{ type: 'concerns.remedy_refused', payload: { ...payload, passed: { from: state.turn, to: remedyTurn(now) } } }]
      }
      case 'set_aside': {
        const { person, appeal, how, rules } = command
        const passed = how === 'set_aside' ? over : turnTo('decision', rules)
        return [{ type: 'concerns.set_aside', payload: { ...of, person, appeal, how, requirements: state.requirements, passed } }]
      }
      case 'recuse': {
        const { person, conflict, rules } = command
        if (!rules.policy.recusal.some(({ id: tie }) => tie === conflict)) {
          throw new Refused('concerns.no_such_conflict', 'Choose one of the ties that the programme names.', 'conflict')
        }
        if (Object.hasOwn(state.recused, person)) {
          throw new Refused('concerns.recused', 'You have stood back from this concern already.', of.app)
        }
        return [{ type: 'concerns.recused', payload: { ...of, person, conflict } }]
      }
      case 'remind': {
        const { turn: open } = state
        if (open === null || open.due_at === null || state.reminded || now < open.due_at) return []
        return [{ type: 'concerns.reminded', payload: { ...of, step: open.step, due_at: open.due_at } }]
      }
    }
  },
  evolve(state, event) {
    const { at } = event
    switch (event.type) {
      case 'concerns.received': {
        const { raised_by, person: raiser, requirement, passed } = event.payload
        const requirements = requirement === null ? [] : [requirement]
        return { ...onto(state, 'received', passed, at), received_at: at, raised_by, raiser, requirements, took_part: some(raiser) }
      }
      case 'concerns.added':
        return { ...state, additions: state.additions + 1 }
      case 'concerns.dismissed':
        return onto(state, 'dismissed', event.payload.passed, at)
      case 'concerns.accepted': {
        const { person, requirements, passed } = event.payload
        return { ...onto(state, 'hearing', passed, at), accepted: true, requirements, took_part: added(state.took_part, person) }
      }
      case 'concerns.answered':
        return state.word === 'hearing'
          ? { ...onto(state, 'deciding', event.payload.passed, at), answered: true }
          : { ...state, answered: true }
      case 'concerns.answer_missed':
        return onto(state, 'deciding', event.payload.passed, at)
      case 'concerns.decided': {
        const { outcome, requirements, person, passed } = event.payload
        const word = outcome === 'not_upheld' ? 'not_upheld' : 'upheld'
        return { ...onto(state, word, passed, at), outcome, requirements, took_part: added(state.took_part, person) }
      }
      case 'concerns.remedy_claimed':
        return onto(state, 'checking', event.payload.passed, at)
      case 'concerns.remedy_refused':
        return onto(state, 'upheld', event.payload.passed, at)
      case 'concerns.remedied':
        return onto(state, 'remedied', event.payload.passed, at)
      case 'concerns.set_aside': {
        const { how, passed } = event.payload
        return how === 'set_aside' ? onto(state, 'set_aside', passed, at) : { ...onto(state, 'deciding', passed, at), outcome: null }
      }
      case 'concerns.recused': {
        const { person, conflict } = event.payload
        return { ...state, recused: { ...state.recused, [person]: conflict } }
      }
      case 'concerns.reminded':
        return { ...state, reminded: true }
    }
  },
}

function decided(
  command: Extract<ConcernCommand, { readonly act: 'decide' }>,
  state: ConcernState,
  of: ConcernOf,
  now: Instant,
): readonly ConcernEvent[] {
  const { hands, outcome, evidence, public_words, rules } = command
  const requirements = [...new Set(command.requirements)]
  const strange = requirements.find((one) => !state.requirements.includes(one))
  if (strange !== undefined) {
    throw new Refused('concerns.not_heard', `The partner was not heard about “${strange}”; decide on what was looked into.`, 'requirements')
  }
  if (outcome === 'not_upheld' && requirements.length > 0) {
    throw new Refused('concerns.bad_outcome', 'A concern that is not upheld names nothing that is not kept.', 'requirements')
  }
  if (outcome !== 'not_upheld' && state.requirements.length > 0 && requirements.length === 0) {
    throw new Refused('concerns.bad_outcome', 'Say which of the requirements that were looked into is not kept.', 'requirements')
  }
  const alone = uninvolved(hands, state, rules, state.took_part, of)
  const to = outcome !== 'not_upheld' && requirements.length > 0 ? remedyTurn(now) : null
  const passed: Passed<ConcernStep> = { from: state.turn, to }
  const { person } = hands
  return [{ type: 'concerns.decided', payload: { ...of, person, outcome, requirements, alone, evidence, public_words, passed } }]
}

/** Lets somebody without a tie pass who took no part. Answers whether they took part and pass since the operator has nobody else. */
function uninvolved(hands: Hands, state: ConcernState, rules: DueProcess, took_part: readonly string[], of: ConcernOf): boolean {
  refuseTied(hands, state, of)
  if (!took_part.includes(hands.person)) return false
  if (rules.policy.alone === 'allowed' && hands.others === 0) return true
  throw new Refused('concerns.took_part', 'You had a part in this concern already; somebody who had none has to decide.', of.app)
}

function refuseTied({ person, involved, tied }: Hands, state: ConcernState, of: ConcernOf): void {
  if (involved) {
    throw new Refused('concerns.involved', 'You belong to the organisation that makes this app; somebody else has to decide.', of.app)
  }
  if (tied || Object.hasOwn(state.recused, person)) {
    throw new Refused('concerns.recused', 'You have a tie to this app or to this concern; somebody else has to decide.', of.app)
  }
}

/** A requirement that the rules in force ask for. */
function knownIn({ catalogue }: DueProcess, requirements: readonly string[]): void {
  const strange = requirements.find((id) => !catalogue.requirements.some((one) => one.id === id))
  if (strange === undefined) return
  throw new Refused(
    'concerns.no_such_requirement',
    `${catalogue.programme.title} has no requirement “${strange.slice(0, 100)}”.`,
    'requirement',
  )
}

function turn(of: ConcernOf, step: ConcernStep, rules: DueProcess, now: Instant): Turn<ConcernStep> {
  if (step === 'remedy') return remedyTurn(now)
  const due_at = turnDue(step, concernKey(of), now, rules.policy.concerns.clocks[step], rules.zone)
  return { step, side: SIDE_OF[step], since: now, due_at }
}

/** To put right what is not kept: the days for it are the badge's own, by the ladder of enforcement. */
const remedyTurn = (since: Instant): Turn<ConcernStep> => ({ step: 'remedy', side: SIDE_OF.remedy, since, due_at: null })

const onto = (state: ConcernState, word: ConcernWord, { to }: Passed<ConcernStep>, since: Instant): ConcernState => ({
  ...state,
  word,
  since,
  turn: to,
  reminded: false,
})

const added = (persons: readonly string[], person: string): readonly string[] => [...persons.filter((one) => one !== person), person]
const some = (person: string | null): readonly string[] => (person === null ? [] : [person])

function wrongState(command: ConcernCommand, word: ConcernWord): Refused {
  return new Refused(
    'concerns.wrong_state',
    `“${command.act.replaceAll('_', ' ')}” is not possible: this concern ${SAID[word]}.`,
    command.app,
  )
}

/** Where a concern stands, as a sentence's end. */
const SAID = {
  none: 'was never raised',
  received: 'waits to be sorted',
  dismissed: 'was put aside',
  hearing: 'waits for the partner’s answer',
  deciding: 'waits for a decision',
  not_upheld: 'was decided and not upheld',
  upheld: 'was upheld',
  checking: 'was upheld, and the partner says that it is put right',
  remedied: 'was upheld and put right',
  set_aside: 'was set aside on appeal',
} as const satisfies Record<ConcernWord, string>
