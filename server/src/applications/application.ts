import type { Decider } from '../kernel/decider.ts'
import { plus, type Duration } from '../kernel/duration.ts'
import type { Digest } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import { later, type Instant } from '../kernel/time.ts'
import type { ApplicationEvent, ApplicationOf, Asked, Attachment, Side, Step } from './events.ts'
import { applicationKey } from './events.ts'
import type { ReviewRules } from './rules.ts'
import { turnDue, type DoneTurn, type Passed, type Turn } from './turn.ts'

export type ApplicationWord = 'none' | Step | 'granted' | 'declined' | 'withdrawn' | 'lapsed' | 'ended'

/** A test that the operator arranged, and what came of it. */
export type Run = {
  readonly run: string
  readonly component: string
  readonly state: 'arranged' | 'passed' | 'failed'
  readonly planned_at: Instant | null
  readonly at: Instant
  readonly evidence: Digest | null
}

/** What the operator said of a part after looking at it. */
export type Checked = { readonly result: 'met' | 'failed'; readonly at: Instant; readonly by: string; readonly evidence: Digest | null }

export type Approval = { readonly person: string; readonly standing_hash: Digest; readonly at: Instant; readonly evidence: Digest }

/** Where an application stands. Who was involved and what was brought outlasts a refusal: it is one thread. */
export type ApplicationState = {
  readonly word: ApplicationWord
  readonly since: Instant | null
  readonly applied_at: Instant | null
  readonly applied_on: Digest | null
  readonly turn: Turn<Step> | null
  /** Turns of this application that are over. */
  readonly turns: readonly DoneTurn<Step>[]
  /** What is asked of the partner and not answered yet, and where the application goes on afterwards. */
  readonly asked: { readonly of: readonly Asked[]; readonly evidence: Digest; readonly back_to: 'triage' | 'verification' } | null
  readonly runs: { readonly [run: string]: Run }
  readonly checked: { readonly [component: string]: Checked }
  readonly soaks_until: Instant | null
  readonly approvals: readonly Approval[]
  readonly recused: { readonly [person: string]: string }
  /** Everybody who acted for the partner: none of them reviews. */
  readonly partner_hands: readonly string[]
  readonly attachments: { readonly [attachment: string]: Attachment & { readonly at: Instant; readonly verified_by: string | null } }
  readonly downtimes: readonly { readonly from: Instant; readonly until: Instant; readonly evidence: Digest; readonly at: Instant }[]
  readonly again_from: Instant | null
  /** The due date of this turn was told. */
  readonly reminded: boolean
  /** When the partner’s silence ends the application; set when its due date was told. */
  readonly lapses_at: Instant | null
}

/** What a person saw who decides, and what ties them to the case. */
export type Ground = {
  /** Hash of the standing that the person acts on. */
  readonly standing_hash: string
  readonly standing_now: Digest | null
  /** What is different now from what the person saw, in words. */
  readonly changed: readonly string[]
  /** Whether the person belongs to the partner. */
  readonly involved: boolean
}

export type ApplicationCommand = ApplicationOf &
  (
    | {
        readonly act: 'apply'
        readonly person: string
        readonly ground: Ground
        /** Why the app may not apply: requirements of the gate that are in the way. */
        readonly barred: readonly string[]
        readonly held: boolean
        readonly rules: ReviewRules
      }
    | { readonly act: 'withdraw'; readonly person: string }
    | { readonly act: 'accept'; readonly person: string; readonly rules: ReviewRules }
    | {
        readonly act: 'request_changes'
        readonly person: string
        readonly asked: readonly Asked[]
        readonly evidence: Digest
        readonly rules: ReviewRules
      }
    | { readonly act: 'answer'; readonly person: string; readonly evidence: Digest; readonly rules: ReviewRules }
    | {
        readonly act: 'arrange_run'
        readonly person: string
        readonly run: string
        readonly planned_at: Instant | null
        readonly rules: ReviewRules
      }
    | {
        readonly act: 'record_run'
        readonly person: string
        readonly run: string
        readonly result: 'passed' | 'failed'
        readonly evidence: Digest
      }
    | {
        readonly act: 'check_component'
        readonly person: string
        readonly component: string
        readonly result: 'met' | 'failed'
        readonly ground: Ground
        /** Requirements of the part that are in the way, as the engine sees it. */
        readonly open: readonly string[]
        readonly evidence: Digest | null
        readonly rules: ReviewRules
      }
    | { readonly act: 'finish_verification'; readonly person: string; readonly soaking_until: Instant | null; readonly rules: ReviewRules }
    | { readonly act: 'finish_soak'; readonly rules: ReviewRules | null }
    | { readonly act: 'approve'; readonly person: string; readonly ground: Ground; readonly evidence: Digest }
    | { readonly act: 'grant'; readonly standing_hash: Digest }
    | {
        readonly act: 'decline'
        readonly person: string
        readonly involved: boolean
        readonly evidence: Digest
        readonly rules: ReviewRules | null
      }
    | { readonly act: 'recuse'; readonly person: string; readonly conflict: string; readonly rules: ReviewRules }
    | { readonly act: 'remind'; readonly rules: ReviewRules | null }
    | { readonly act: 'lapse' }
    | { readonly act: 'end'; readonly reason: 'programme_closed' | 'tier_retired' }
    | {
        readonly act: 'comment'
        readonly person: string
        readonly side: Side
        readonly comment: string
        readonly mentions: readonly string[]
        readonly evidence: Digest
      }
    | { readonly act: 'attach'; readonly attached: Attachment }
    | {
        readonly act: 'verify_attachment'
        readonly attachment: string
        readonly provenance: 'witnessed' | 'operator-verified'
        readonly person: string
        readonly involved: boolean
      }
    | { readonly act: 'withdraw_attachment'; readonly attachment: string; readonly person: string; readonly side: Side }
    | {
        readonly act: 'announce_downtime'
        readonly from: Instant
        readonly until: Instant
        readonly person: string
        readonly evidence: Digest
      }
  )

export type ApplicationAct = ApplicationCommand['act']

const TALK = ['comment', 'attach', 'verify_attachment', 'withdraw_attachment', 'announce_downtime'] as const

/** Which act is possible in which state. The API refuses by it, pages grey out by it, the test enumerates it. */
export const allowed: { readonly [word in ApplicationWord]: readonly ApplicationAct[] } = {
  none: ['apply'],
  triage: ['withdraw', 'accept', 'request_changes', 'decline', 'recuse', 'remind', 'end', ...TALK],
  changes: ['withdraw', 'answer', 'recuse', 'remind', 'lapse', 'end', ...TALK],
  verification: [
    'withdraw',
    'request_changes',
    'arrange_run',
    'record_run',
    'check_component',
    'finish_verification',
    'decline',
    'recuse',
    'remind',
    'end',
    ...TALK,
  ],
  soak: ['withdraw', 'request_changes', 'finish_soak', 'decline', 'recuse', 'end', ...TALK],
  review: ['withdraw', 'request_changes', 'approve', 'grant', 'decline', 'recuse', 'remind', 'end', ...TALK],
  granted: ['apply', ...TALK],
  declined: ['apply', ...TALK],
  withdrawn: ['apply', ...TALK],
  lapsed: ['apply', ...TALK],
  ended: [...TALK],
}

/** Who has the turn at each step. */
export const SIDE_OF = {
  triage: 'operator',
  changes: 'partner',
  verification: 'operator',
  soak: 'nobody',
  review: 'operator',
} as const satisfies Record<Step, Turn['side']>

export const INITIAL: ApplicationState = {
  word: 'none',
  since: null,
  applied_at: null,
  applied_on: null,
  turn: null,
  turns: [],
  asked: null,
  runs: {},
  checked: {},
  soaks_until: null,
  approvals: [],
  recused: {},
  partner_hands: [],
  attachments: {},
  downtimes: [],
  again_from: null,
  reminded: false,
  lapses_at: null,
}

/** An application's life. It leads up to the grant, which is the badge's own decision, and goes on as its thread. */
export const application: Decider<ApplicationState, ApplicationCommand, ApplicationEvent> = {
  initial: INITIAL,
  decide(command, state, now) {
    const of: ApplicationOf = { app: command.app, programme: command.programme, tier: command.tier }
    if (!allowed[state.word].includes(command.act)) throw wrongState(command, state.word)
    switch (command.act) {
      case 'apply':
        return [applied(command, state, of, now)]
      case 'withdraw':
        return [{ type: 'applications.withdrawn', payload: { ...of, person: command.person, passed: passed(state, null) } }]
      case 'accept': {
        const to = turnOf('verification', of, now, command.rules)
        return [{ type: 'applications.accepted', payload: { ...of, person: command.person, passed: passed(state, to) } }]
      }
      case 'request_changes': {
        const { person, asked, evidence, rules } = command
        if (asked.length === 0) {
          throw new Refused('applications.nothing_asked', 'Name at least one part of the application that the changes are about.', 'asked')
        }
        for (const { component } of asked) refuseUnknown(rules, component)
        const to = turnOf('changes', of, now, rules)
        return [{ type: 'applications.changes_requested', payload: { ...of, person, asked, evidence, passed: passed(state, to) } }]
      }
      case 'answer': {
        const to = turnOf(state.asked?.back_to ?? 'triage', of, now, command.rules)
        const { person, evidence } = command
        return [{ type: 'applications.answered', payload: { ...of, person, evidence, passed: passed(state, to) } }]
      }
      case 'arrange_run':
        return [arranged(command, state, of)]
      case 'record_run': {
        const { run, result, evidence, person } = command
        const known = Object.hasOwn(state.runs, run) ? state.runs[run] : undefined
        if (known?.state !== 'arranged') {
          throw new Refused(
            'applications.not_arranged',
            `The test run "${run}" is not arranged, so it has no result yet. Arrange it first.`,
            'run',
          )
        }
        const { component } = known
        return [{ type: 'applications.run_recorded', payload: { ...of, run, component, result, evidence, person } }]
      }
      case 'check_component':
        return [checked(command, of)]
      case 'finish_verification':
        return [verified(command, state, of, now)]
      case 'finish_soak': {
        if (state.soaks_until !== null && state.soaks_until > now) {
          throw new Refused('applications.still_soaking', `The soak lasts until ${state.soaks_until}.`, of.app)
        }
        const to = command.rules === null ? { ...NO_RULES, since: now } : turnOf('review', of, now, command.rules)
        return [{ type: 'applications.review_begun', payload: { ...of, person: null, passed: passed(state, to) } }]
      }
      case 'approve': {
        const { person, ground, evidence } = command
        refuseTied(state, person, ground.involved, of)
        const standing_hash = seen(ground, of)
        return [{ type: 'applications.approved', payload: { ...of, person, standing_hash, evidence } }]
      }
      case 'grant':
        return [{ type: 'applications.granted', payload: { ...of, standing_hash: command.standing_hash, passed: passed(state, null) } }]
      case 'decline': {
        const { person, evidence, rules } = command
        refuseTied(state, person, command.involved, of)
        const wait = rules?.policy.reapply_after
        const again_from = rules === null || wait === undefined ? null : plus(now, wait as Duration, rules.zone)
        return [{ type: 'applications.declined', payload: { ...of, person, evidence, again_from, passed: passed(state, null) } }]
      }
      case 'recuse': {
        const { person, conflict, rules } = command
        if (!rules.policy.recusal.some(({ id }) => id === conflict)) {
          const known = rules.policy.recusal.map(({ id }) => id).join(', ')
          throw new Refused('applications.no_such_conflict', `There is no tie "${conflict}"; there are: ${known}.`, 'conflict')
        }
        if (Object.hasOwn(state.recused, person)) {
          throw new Refused('applications.recused', 'You have stood back from this application already.', of.app)
        }
        return [{ type: 'applications.recused', payload: { ...of, person, conflict } }]
      }
      case 'remind': {
        const { turn } = state
        if (turn === null || turn.side === 'nobody' || turn.due_at === null || turn.due_at > now || state.reminded) return []
        const { step, side, due_at } = turn
        const { rules } = command
        const lapses_at = side === 'operator' || rules === null ? null : plus(due_at, rules.policy.lapses_after as Duration, rules.zone)
        return [{ type: 'applications.reminded', payload: { ...of, step, side, due_at, lapses_at } }]
      }
      case 'lapse':
        if (state.lapses_at === null || state.lapses_at > now) {
          throw new Refused(
            'applications.not_over',
            `The partner has until ${state.lapses_at ?? state.turn?.due_at ?? 'it is reminded'}.`,
            of.app,
          )
        }
        return [{ type: 'applications.lapsed', payload: { ...of, passed: passed(state, null) } }]
      case 'end':
        return [{ type: 'applications.ended', payload: { ...of, reason: command.reason, passed: passed(state, null) } }]
      case 'comment': {
        const { person, side, comment, mentions, evidence } = command
        return [{ type: 'applications.commented', payload: { ...of, person, side, comment, mentions, evidence } }]
      }
      case 'attach':
        return [attached(command, state, of)]
      case 'verify_attachment': {
        const { attachment, provenance, person } = command
        const known = attachmentOf(state, attachment)
        if (command.involved || known.by === person) {
          throw new Refused(
            'applications.involved',
            'You brought this yourself or belong to the partner; somebody else has to verify it.',
            attachment,
          )
        }
        return [{ type: 'applications.attachment_verified', payload: { ...of, attachment, provenance, person } }]
      }
      case 'withdraw_attachment': {
        const { attachment, person, side } = command
        if (attachmentOf(state, attachment).side !== side) {
          throw new Refused('applications.not_yours', 'The other side brought this; only that side can take it back.', attachment)
        }
        return [{ type: 'applications.attachment_withdrawn', payload: { ...of, attachment, person } }]
      }
      case 'announce_downtime': {
        const { from, until, person, evidence } = command
        if (until <= from) throw new Refused('applications.downtime_order', 'A downtime ends after it begins.', 'until')
        if (from <= now) {
          throw new Refused(
            'applications.downtime_begun',
            'A planned downtime is announced before it begins; choose a later beginning.',
            'from',
          )
        }
        return [{ type: 'applications.downtime_announced', payload: { ...of, from, until, person, evidence } }]
      }
    }
  },
  evolve(state, event) {
    const { at } = event
    switch (event.type) {
      case 'applications.applied': {
        const { person, standing_hash, passed: turn } = event.payload
        // A new application on the same thread: what was brought and who is tied stays, what was decided does not.
        const { attachments, recused, downtimes } = state
        const kept = { attachments, recused, downtimes, partner_hands: added(state.partner_hands, person) }
        return { ...INITIAL, ...kept, word: 'triage', since: at, applied_at: at, applied_on: standing_hash, turn: turn.to }
      }
      case 'applications.accepted':
        return onto(state, 'verification', event.payload.passed, at)
      case 'applications.changes_requested': {
        const { asked, evidence, passed: turn } = event.payload
        const back_to = state.word === 'triage' ? 'triage' : 'verification'
        return { ...onto(state, 'changes', turn, at), asked: { of: asked, evidence, back_to }, approvals: [], soaks_until: null }
      }
      case 'applications.answered': {
        const { person, passed: turn } = event.payload
        const again = onto(state, state.asked?.back_to ?? 'triage', turn, at)
        const parts = new Set(state.asked?.of.map(({ component }) => component))
        // What was asked about is looked at anew.
        const checks = Object.entries(state.checked).filter(([component]) => !parts.has(component))
        const runs = Object.entries(state.runs).filter(([, run]) => run.state !== 'failed')
        return {
          ...again,
          asked: null,
          checked: Object.fromEntries(checks),
          runs: Object.fromEntries(runs),
          partner_hands: added(state.partner_hands, person),
        }
      }
      case 'applications.run_arranged': {
        const { run, component, planned_at } = event.payload
        return { ...state, runs: { ...state.runs, [run]: { run, component, state: 'arranged', planned_at, at, evidence: null } } }
      }
      case 'applications.run_recorded': {
        const { run, component, result, evidence } = event.payload
        const planned_at = state.runs[run]?.planned_at ?? null
        return { ...state, runs: { ...state.runs, [run]: { run, component, state: result, planned_at, at, evidence } } }
      }
      case 'applications.component_checked': {
        const { component, result, person, evidence } = event.payload
        return { ...state, checked: { ...state.checked, [component]: { result, at, by: person, evidence } } }
      }
      case 'applications.soak_begun':
        return { ...onto(state, 'soak', event.payload.passed, at), soaks_until: event.payload.until }
      case 'applications.review_begun':
        return { ...onto(state, 'review', event.payload.passed, at), soaks_until: null }
      case 'applications.approved': {
        const { person, standing_hash, evidence } = event.payload
        const others = state.approvals.filter((one) => one.person !== person)
        return { ...state, approvals: [...others, { person, standing_hash, at, evidence }] }
      }
      case 'applications.granted':
        return onto(state, 'granted', event.payload.passed, at)
      case 'applications.declined':
        return { ...onto(state, 'declined', event.payload.passed, at), again_from: event.payload.again_from }
      case 'applications.recused': {
        const { person, conflict } = event.payload
        const approvals = state.approvals.filter((one) => one.person !== person)
        return { ...state, recused: { ...state.recused, [person]: conflict }, approvals }
      }
      case 'applications.withdrawn':
        return onto(state, 'withdrawn', event.payload.passed, at)
      case 'applications.reminded':
        return { ...state, reminded: true, lapses_at: event.payload.lapses_at }
      case 'applications.lapsed':
        return onto(state, 'lapsed', event.payload.passed, at)
      case 'applications.ended':
        return onto(state, 'ended', event.payload.passed, at)
      case 'applications.commented': {
        const { person, side } = event.payload
        return side === 'partner' ? { ...state, partner_hands: added(state.partner_hands, person) } : state
      }
      case 'applications.attached': {
        const { app: _, programme: __, tier: ___, ...file } = event.payload
        const hands = file.side === 'partner' ? added(state.partner_hands, file.by) : state.partner_hands
        return {
          ...state,
          partner_hands: hands,
          attachments: { ...state.attachments, [file.attachment]: { ...file, at, verified_by: null } },
        }
      }
      case 'applications.attachment_verified': {
        const { attachment, provenance, person } = event.payload
        const before = state.attachments[attachment]
        if (before === undefined) return state
        return { ...state, attachments: { ...state.attachments, [attachment]: { ...before, provenance, verified_by: person } } }
      }
      case 'applications.attachment_withdrawn': {
        const { [event.payload.attachment]: _, ...others } = state.attachments
        return { ...state, attachments: others }
      }
      case 'applications.downtime_announced': {
        const { from, until, evidence } = event.payload
        return { ...state, downtimes: [...state.downtimes, { from, until, evidence, at }].slice(-DOWNTIMES_KEPT) }
      }
    }
  },
}

/** Older notices stay in the log. */
const DOWNTIMES_KEPT = 50
/** More pieces than any application needs; a thread with more is somebody's storage. */
export const MOST_ATTACHMENTS = 200
/** Turns of one application that are kept beside it; more handing back and forth stays in the log. */
const TURNS_KEPT = 200

/** A turn without rules, when the pack that gave them has gone: it still is the operator's, without a promise. */
const NO_RULES = { step: 'review', side: 'operator', due_at: null } as const

const added = (hands: readonly string[], person: string): readonly string[] => (hands.includes(person) ? hands : [...hands, person])

function onto(state: ApplicationState, word: ApplicationWord, { from, to }: Passed<Step>, at: Instant): ApplicationState {
  const turns = from === null ? state.turns : [...state.turns, { ...from, until: at }].slice(-TURNS_KEPT)
  return { ...state, word, since: at, turn: to, turns, reminded: false, lapses_at: null }
}

const passed = (state: ApplicationState, to: Turn<Step> | null): Passed<Step> => ({ from: state.turn, to })

function turnOf(step: Exclude<Step, 'soak'>, of: ApplicationOf, now: Instant, rules: ReviewRules): Turn<Step> {
  const due_at = turnDue(step, applicationKey(of), now, rules.policy.clocks[step], rules.zone)
  return { step, side: SIDE_OF[step], since: now, due_at }
}

function applied(
  command: Extract<ApplicationCommand, { act: 'apply' }>,
  state: ApplicationState,
  of: ApplicationOf,
  now: Instant,
): ApplicationEvent {
  const { person, ground, rules } = command
  if (command.held) throw new Refused('applications.held', 'The app holds this badge already; there is nothing to apply for.', of.app)
  if (state.again_from !== null && state.again_from > now) {
    throw new Refused('applications.too_soon', `After the refusal this badge can be applied for again from ${state.again_from}.`, of.app)
  }
  const standing_hash = seen(ground, of)
  if (command.barred.length > 0) {
    const told = command.barred.join('; ')
    throw new Refused('applications.not_eligible', `The app cannot apply yet. In the way: ${told}`, of.app)
  }
  const to = turnOf('triage', of, now, rules)
  return { type: 'applications.applied', payload: { ...of, person, standing_hash, passed: { from: null, to } } }
}

function arranged(
  command: Extract<ApplicationCommand, { act: 'arrange_run' }>,
  state: ApplicationState,
  of: ApplicationOf,
): ApplicationEvent {
  const { run, planned_at, person, rules } = command
  const part = rules.policy.components.find(({ runs = [] }) => runs.some(({ id }) => id === run))
  if (part === undefined) {
    const known = rules.policy.components.flatMap(({ runs = [] }) => runs.map(({ id }) => id)).join(', ')
    throw new Refused('applications.no_such_run', `There is no test run "${run}"; there are: ${known === '' ? 'none' : known}.`, 'run')
  }
  if (Object.hasOwn(state.runs, run) && state.runs[run]?.state === 'passed') {
    throw new Refused('applications.run_passed', `The test run "${run}" is passed already.`, 'run')
  }
  return { type: 'applications.run_arranged', payload: { ...of, run, component: part.id, planned_at, person } }
}

function checked(command: Extract<ApplicationCommand, { act: 'check_component' }>, of: ApplicationOf): ApplicationEvent {
  const { component, result, ground, open, evidence, person, rules } = command
  refuseUnknown(rules, component)
  const standing_hash = seen(ground, of)
  if (result === 'met' && open.length > 0) {
    throw new Refused(
      'applications.not_met',
      `Not met, or not known to be met: ${open.join(', ')}. Ask for changes, or look again later.`,
      component,
    )
  }
  if (result === 'failed' && evidence === null) {
    throw new Refused('applications.no_reason', 'Say what is wrong; the partner is owed the reason.', 'reason')
  }
  return { type: 'applications.component_checked', payload: { ...of, component, result, standing_hash, evidence, person } }
}

function verified(
  command: Extract<ApplicationCommand, { act: 'finish_verification' }>,
  state: ApplicationState,
  of: ApplicationOf,
  now: Instant,
): ApplicationEvent {
  const { rules, person } = command
  const missing = rules.policy.components.flatMap(({ id, title, runs = [] }) => [
    ...(state.checked[id]?.result === 'met' ? [] : [`${title} has not been found in order`]),
    ...runs.filter((run) => state.runs[run.id]?.state !== 'passed').map((run) => `${run.title} has not been passed`),
  ])
  if (missing.length > 0) {
    throw new Refused('applications.not_verified', `The look at the application is not complete: ${missing.join('; ')}.`, of.app)
  }
  const until = soakEnd(command.soaking_until, state, rules, now)
  if (until === null) {
    return { type: 'applications.review_begun', payload: { ...of, person, passed: passed(state, turnOf('review', of, now, rules)) } }
  }
  const to: Turn<Step> = { step: 'soak', side: 'nobody', since: now, due_at: until }
  return { type: 'applications.soak_begun', payload: { ...of, until, person, passed: passed(state, to) } }
}

/** The later of what single requirements need and what the pack asks of whole parts, counted from the look at each; null when nothing is left. */
function soakEnd(requirements: Instant | null, state: ApplicationState, rules: ReviewRules, now: Instant): Instant | null {
  let end: Instant = requirements ?? now
  for (const { id, soak } of rules.policy.components) {
    const at = state.checked[id]?.at
    if (soak !== undefined && at !== undefined) end = later(end, plus(at, soak as Duration, rules.zone))
  }
  return end > now ? end : null
}

function attached(command: Extract<ApplicationCommand, { act: 'attach' }>, state: ApplicationState, of: ApplicationOf): ApplicationEvent {
  const { attached: file } = command
  const before = Object.hasOwn(state.attachments, file.attachment) ? state.attachments[file.attachment] : undefined
  if (before !== undefined && before.side !== file.side) {
    throw new Refused('applications.not_yours', 'The other side brought this; bring yours under a name of its own.', file.attachment)
  }
  if (before === undefined && Object.keys(state.attachments).length >= MOST_ATTACHMENTS) {
    throw new Refused(
      'applications.too_many',
      `A thread holds at most ${MOST_ATTACHMENTS} pieces of evidence; take back what is out of date.`,
      'file',
    )
  }
  if (before?.content === file.content && before.valid_until === file.valid_until) {
    throw new Refused('applications.same_content', 'This is the very file that is there already, with the same expiry.', 'file')
  }
  return { type: 'applications.attached', payload: { ...of, ...file, revision: (before?.revision ?? 0) + 1 } }
}

function attachmentOf(state: ApplicationState, attachment: string): Attachment {
  const found = Object.hasOwn(state.attachments, attachment) ? state.attachments[attachment] : undefined
  if (found === undefined)
    throw new Refused('applications.no_such_attachment', `There is no evidence "${attachment}" on this thread.`, attachment)
  return found
}

function refuseUnknown(rules: ReviewRules, component: string): void {
  if (rules.policy.components.some(({ id }) => id === component)) return
  const known = rules.policy.components.map(({ id }) => id).join(', ')
  throw new Refused('applications.no_such_component', `There is no part "${component}"; there are: ${known}.`, 'component')
}

/** Why a person may not decide a case; the same for approval, refusal and pages. */
function refuseTied(state: ApplicationState, person: string, involved: boolean, of: ApplicationOf): void {
  if (involved || state.partner_hands.includes(person)) {
    throw new Refused('applications.involved', 'You belong to the partner or acted for it here; somebody else has to decide.', of.app)
  }
  if (Object.hasOwn(state.recused, person)) {
    throw new Refused('applications.recused', 'You stood back from this application because of a tie; somebody else has to decide.', of.app)
  }
}

/** The standing that a person acts on, when it is still the one that they saw. */
function seen(ground: Ground, of: ApplicationOf): Digest {
  if (ground.standing_now === null) throw new Refused('applications.not_judged', 'This app has not been judged yet.', of.app)
  if (ground.standing_hash !== ground.standing_now) {
    const what = ground.changed.length === 0 ? '' : ` What changed: ${ground.changed.join('; ')}.`
    throw new Refused(
      'applications.standing_moved',
      `The standing has changed since you looked at it.${what} Look again and decide anew.`,
      of.app,
    )
  }
  return ground.standing_now
}

function wrongState(command: ApplicationCommand, word: ApplicationWord): Refused {
  const possible = allowed[word].filter((act) => !UNASKED.has(act)).map((act) => act.replaceAll('_', ' '))
  return new Refused(
    'applications.wrong_state',
    `"${command.act.replaceAll('_', ' ')}" is not possible for an application that ${WORDS[word]}; possible here: ${possible.join(', ') || 'comments and notices'}`,
    command.app,
  )
}

/** Not worth naming to somebody who asks for something else: what is always possible, and what happens by itself. */
const UNASKED: ReadonlySet<ApplicationAct> = new Set([...TALK, 'remind', 'lapse', 'end', 'finish_soak', 'grant'])

/** A state in words that fit after "an application that". */
const WORDS = {
  none: 'was never made',
  triage: 'waits for triage',
  changes: 'waits for the partner’s changes',
  verification: 'is being looked at',
  soak: 'soaks',
  review: 'is under review',
  granted: 'led to its badge',
  declined: 'was declined',
  withdrawn: 'was withdrawn',
  lapsed: 'lapsed',
  ended: 'ended with its programme or tier',
} as const satisfies Record<ApplicationWord, string>
