import { describe, expect, it } from 'vitest'
import { reviewPolicy } from '../../test/applications.ts'
import type { Digest } from '../kernel/event.ts'
import { story } from '../kernel/story.ts'
import { DAY_MS, after, parseInstant } from '../kernel/time.ts'
import {
  allowed,
  application,
  MOST_ATTACHMENTS,
  type ApplicationAct,
  type ApplicationCommand,
  type ApplicationWord,
  type Ground,
} from './application.ts'
import type { ApplicationEvent, ApplicationOf, Attachment, Step } from './events.ts'
import type { ReviewRules } from './rules.ts'
import type { Turn } from './turn.ts'

const NOW = parseInstant('2026-01-01T12:00:00Z')
const OF: ApplicationOf = { app: 'the-app', programme: 'harbour', tier: 'gold' }
const HASH: Digest = `sha256:${'a'.repeat(64)}`
const WORDS: Digest = `sha256:${'b'.repeat(64)}`
const RULES: ReviewRules = { policy: reviewPolicy(), zone: 'Etc/UTC' }
const GROUND: Ground = { standing_hash: HASH, standing_now: HASH, changed: [], involved: false }
const FILE: Attachment = {
  attachment: 'att_1',
  revision: 1,
  evidence: WORDS,
  content: HASH,
  bytes: 3,
  type: 'text/plain',
  provenance: 'self-declared',
  requirement: null,
  valid_until: null,
  whole_partner: false,
  from: null,
  by: 'mia',
  side: 'partner',
}

const turn = (step: Step, side: Turn['side'] = 'operator'): Turn<Step> => ({ step, side, since: NOW, due_at: NOW })
const onto = (to: Turn<Step> | null) => ({ passed: { from: null, to } })
const APPLIED: ApplicationEvent = {
  type: 'applications.applied',
  payload: { ...OF, person: 'mia', standing_hash: HASH, ...onto(turn('triage')) },
}
const ACCEPTED: ApplicationEvent = { type: 'applications.accepted', payload: { ...OF, person: 'ann', ...onto(turn('verification')) } }
const ASKED: ApplicationEvent = {
  type: 'applications.changes_requested',
  payload: {
    ...OF,
    person: 'ann',
    asked: [{ component: 'hull', requirement: null }],
    evidence: WORDS,
    ...onto(turn('changes', 'partner')),
  },
}
const ATTACHED: ApplicationEvent = { type: 'applications.attached', payload: { ...OF, ...FILE } }
const ARRANGED: ApplicationEvent = {
  type: 'applications.run_arranged',
  payload: { ...OF, run: 'drill', component: 'hull', planned_at: null, person: 'ann' },
}
const PASSED: ApplicationEvent = {
  type: 'applications.run_recorded',
  payload: { ...OF, run: 'drill', component: 'hull', result: 'passed', evidence: WORDS, person: 'ann' },
}
const FAILED_RUN: ApplicationEvent = {
  type: 'applications.run_recorded',
  payload: { ...OF, run: 'drill', component: 'hull', result: 'failed', evidence: WORDS, person: 'ann' },
}
const checked = (component: string, result: 'met' | 'failed' = 'met'): ApplicationEvent => ({
  type: 'applications.component_checked',
  payload: { ...OF, component, result, standing_hash: HASH, evidence: result === 'met' ? null : WORDS, person: 'ann' },
})
const VERIFIED = [APPLIED, ATTACHED, ACCEPTED, ARRANGED, PASSED, checked('hull'), checked('sails')] as const
const SOAKING: ApplicationEvent = {
  type: 'applications.soak_begun',
  payload: { ...OF, until: NOW, person: 'ann', ...onto(turn('soak', 'nobody')) },
}
const REVIEW: ApplicationEvent = { type: 'applications.review_begun', payload: { ...OF, person: 'ann', ...onto(turn('review')) } }
const REMINDED: ApplicationEvent = {
  type: 'applications.reminded',
  payload: { ...OF, step: 'changes', side: 'partner', due_at: NOW, lapses_at: NOW },
}

/** The road into every state. */
const ROADS: { readonly [word in ApplicationWord]: readonly ApplicationEvent[] } = {
  none: [],
  triage: [APPLIED, ATTACHED],
  changes: [APPLIED, ATTACHED, ASKED, REMINDED],
  // A second run is arranged, so that each act of the step is possible.
  verification: [...VERIFIED],
  soak: [...VERIFIED, SOAKING],
  review: [...VERIFIED, REVIEW],
  granted: [...VERIFIED, REVIEW, { type: 'applications.granted', payload: { ...OF, standing_hash: HASH, ...onto(null) } }],
  declined: [
    APPLIED,
    ATTACHED,
    { type: 'applications.declined', payload: { ...OF, person: 'ann', evidence: WORDS, again_from: null, ...onto(null) } },
  ],
  withdrawn: [APPLIED, ATTACHED, { type: 'applications.withdrawn', payload: { ...OF, person: 'mia', ...onto(null) } }],
  lapsed: [APPLIED, ATTACHED, ASKED, { type: 'applications.lapsed', payload: { ...OF, ...onto(null) } }],
  ended: [APPLIED, ATTACHED, { type: 'applications.ended', payload: { ...OF, reason: 'tier_retired', ...onto(null) } }],
}

/** Each act as somebody without a tie does it, with all that it asks for. */
const COMMANDS: { readonly [act in ApplicationAct]: ApplicationCommand & { readonly act: act } } = {
  apply: { ...OF, act: 'apply', person: 'mia', ground: GROUND, barred: [], held: false, rules: RULES },
  withdraw: { ...OF, act: 'withdraw', person: 'mia' },
  accept: { ...OF, act: 'accept', person: 'ann', rules: RULES },
  request_changes: {
    ...OF,
    act: 'request_changes',
    person: 'ann',
    asked: [{ component: 'hull', requirement: null }],
    evidence: WORDS,
    rules: RULES,
  },
  answer: { ...OF, act: 'answer', person: 'mia', evidence: WORDS, rules: RULES },
  arrange_run: { ...OF, act: 'arrange_run', person: 'ann', run: 'drill', planned_at: null, rules: RULES },
  record_run: { ...OF, act: 'record_run', person: 'ann', run: 'drill', result: 'passed', evidence: WORDS },
  check_component: {
    ...OF,
    act: 'check_component',
    person: 'ann',
    component: 'hull',
    result: 'met',
    ground: GROUND,
    open: [],
    evidence: null,
    rules: RULES,
  },
  finish_verification: { ...OF, act: 'finish_verification', person: 'ann', soaking_until: null, rules: RULES },
  finish_soak: { ...OF, act: 'finish_soak', rules: RULES },
  approve: { ...OF, act: 'approve', person: 'ann', ground: GROUND, evidence: WORDS },
  grant: { ...OF, act: 'grant', standing_hash: HASH },
  decline: { ...OF, act: 'decline', person: 'ann', involved: false, evidence: WORDS, rules: RULES },
  recuse: { ...OF, act: 'recuse', person: 'ann', conflict: 'money', rules: RULES },
  remind: { ...OF, act: 'remind', rules: RULES },
  lapse: { ...OF, act: 'lapse' },
  end: { ...OF, act: 'end', reason: 'programme_closed' },
  comment: { ...OF, act: 'comment', person: 'mia', side: 'partner', comment: 'com_1', mentions: [], evidence: WORDS },
  attach: { ...OF, act: 'attach', attached: { ...FILE, attachment: 'att_2' } },
  verify_attachment: {
    ...OF,
    act: 'verify_attachment',
    attachment: 'att_1',
    provenance: 'operator-verified',
    person: 'ann',
    involved: false,
  },
  withdraw_attachment: { ...OF, act: 'withdraw_attachment', attachment: 'att_1', person: 'mia', side: 'partner' },
  announce_downtime: { ...OF, act: 'announce_downtime', from: after(NOW, 1), until: after(NOW, 2), person: 'mia', evidence: WORDS },
}
/** What a state needs beside the road so that an act is possible in it. */
const ALSO: { readonly [word_and_act: string]: readonly ApplicationEvent[] } = {
  'verification record_run': [ARRANGED],
  'verification arrange_run': [FAILED_RUN],
}

const WORDS_OF = Object.keys(ROADS) as readonly ApplicationWord[]
const ACTS = Object.keys(COMMANDS) as readonly ApplicationAct[]
const told = (word: ApplicationWord, act: ApplicationAct) => {
  const road = [...ROADS[word], ...(ALSO[`${word} ${act}`] ?? [])]
  return story(application, NOW)
    .given(...road)
    .when(COMMANDS[act])
}

describe('every act in every state', () => {
  it.each(WORDS_OF)('the road to %s leads there', (word) => {
    expect(story(application, NOW).given(...ROADS[word]).state.word).toBe(word)
  })

  it.each(WORDS_OF.flatMap((word) => ACTS.map((act) => [word, act] as const)))('%s: %s', (word, act) => {
    const { refused } = told(word, act)
    if (allowed[word].includes(act)) expect(refused).toBeNull()
    else expect(refused).toBe('applications.wrong_state')
  })

  it('in every open step somebody has the turn, or time has it; in every other nobody', () => {
    for (const word of WORDS_OF) {
      const { turn: at } = story(application, NOW).given(...ROADS[word]).state
      expect([word, at?.step ?? null]).toEqual([word, ['triage', 'changes', 'verification', 'soak', 'review'].includes(word) ? word : null])
    }
  })

  it('an act that passes the turn on tells the turn that ended, and folding it gives the next one', () => {
    for (const [word, act] of [
      ['triage', 'accept'],
      ['triage', 'request_changes'],
      ['changes', 'answer'],
      ['verification', 'finish_verification'],
      ['soak', 'finish_soak'],
      ['review', 'decline'],
      ['review', 'grant'],
    ] as const) {
      const before = story(application, NOW).given(...ROADS[word]).state
      const [event] = told(word, act).events
      if (event === undefined) throw new Error(`${act} tells nothing`)
      // The guarantee of the cast: each of these acts passes the turn on.
      const { passed } = event.payload as unknown as { passed: { from: Turn; to: Turn | null } }
      expect(passed.from).toEqual(before.turn)
      const after_it = application.evolve(before, { ...event, at: NOW })
      expect(after_it.turn).toEqual(passed.to)
      expect(after_it.turns.at(-1)).toEqual({ ...before.turn, until: NOW })
    }
  })
})

describe('who decides', () => {
  const at = story(application, NOW).given(...ROADS.review)

  it.each([
    ['belongs to the partner', { ground: { ...GROUND, involved: true } }, 'applications.involved'],
    ['acted for the partner on this thread', { person: 'mia' }, 'applications.involved'],
    ['looks at a standing that has moved', { ground: { ...GROUND, standing_hash: WORDS } }, 'applications.standing_moved'],
    ['looks at an app that was never judged', { ground: { ...GROUND, standing_now: null } }, 'applications.not_judged'],
  ])('nobody approves who %s', (_, changed, code) => {
    expect(at.when({ ...COMMANDS.approve, ...changed }).refused).toBe(code)
  })

  it('a refusal because the standing moved says what changed', () => {
    const ground: Ground = { ...GROUND, standing_hash: WORDS, changed: ['base was met and is unmet'] }
    expect(() => application.decide({ ...COMMANDS.approve, ground }, at.state, NOW)).toThrow('base was met and is unmet')
  })

  it('nobody decides after standing back, and an approval from before counts no more', () => {
    const recused: ApplicationEvent = { type: 'applications.recused', payload: { ...OF, person: 'ann', conflict: 'money' } }
    const approved: ApplicationEvent = {
      type: 'applications.approved',
      payload: { ...OF, person: 'ann', standing_hash: HASH, evidence: WORDS },
    }
    const now = story(application, NOW).given(...ROADS.review, approved, recused)
    expect(now.state.approvals).toEqual([])
    expect(now.when(COMMANDS.approve).refused).toBe('applications.recused')
    expect(now.when(COMMANDS.decline).refused).toBe('applications.recused')
    expect(now.when(COMMANDS.recuse).refused).toBe('applications.recused')
    expect(now.when({ ...COMMANDS.approve, person: 'bob' }).refused).toBeNull()
  })

  it('a tie outlasts a refusal, and so does what was brought; what was decided does not', () => {
    const recused: ApplicationEvent = { type: 'applications.recused', payload: { ...OF, person: 'ann', conflict: 'money' } }
    const { state } = story(application, NOW).given(...ROADS.declined, recused, APPLIED)
    expect(state).toMatchObject({ word: 'triage', recused: { ann: 'money' }, approvals: [], checked: {}, runs: {}, turns: [] })
    expect(Object.keys(state.attachments)).toEqual(['att_1'])
  })
})

describe('the gate', () => {
  const at = story(application, NOW).given()
  it.each([
    ['something of the gate is in the way', { barred: ['Gate (gate)'] }, 'applications.not_eligible'],
    ['the badge is held already', { held: true }, 'applications.held'],
    ['the app was never judged', { ground: { ...GROUND, standing_now: null } }, 'applications.not_judged'],
  ])('nobody applies when %s', (_, changed, code) => {
    expect(at.when({ ...COMMANDS.apply, ...changed }).refused).toBe(code)
  })

  it('after a refusal the pack says when one can apply again, to the moment', () => {
    const [declined] = story(application, NOW)
      .given(...ROADS.review)
      .when(COMMANDS.decline).events
    const { state } = story(application, NOW).given(...ROADS.review, declined as ApplicationEvent)
    expect(state.again_from).toBe(after(NOW, 2 * DAY_MS))
    const again = (milliseconds: number) => () => application.decide(COMMANDS.apply, state, after(NOW, milliseconds))
    expect(again(2 * DAY_MS - 1)).toThrow('can be applied for again')
    expect(again(2 * DAY_MS)).not.toThrow()
  })
})

describe('the look at each part', () => {
  const at = story(application, NOW).given(...ROADS.verification)
  it.each([
    ['a part that nobody knows', { component: 'keel' }, 'applications.no_such_component'],
    ['in order, with a requirement in the way', { open: ['base'] }, 'applications.not_met'],
    ['not in order, without a word', { result: 'failed' as const }, 'applications.no_reason'],
    ['on a standing that has moved', { ground: { ...GROUND, standing_hash: WORDS } }, 'applications.standing_moved'],
  ])('is refused: %s', (_, changed, code) => {
    expect(at.when({ ...COMMANDS.check_component, ...changed }).refused).toBe(code)
  })

  it('ends only when every part was found in order and every test run passed', () => {
    for (const missing of [ARRANGED, checked('hull', 'failed'), checked('sails', 'failed')]) {
      expect(
        story(application, NOW)
          .given(...ROADS.verification, missing)
          .when(COMMANDS.finish_verification).refused,
      ).toBe('applications.not_verified')
    }
  })

  it('what was asked about and what failed is looked at anew after the answer; the rest stays', () => {
    const answered: ApplicationEvent = {
      type: 'applications.answered',
      payload: { ...OF, person: 'mia', evidence: WORDS, ...onto(turn('verification')) },
    }
    const { state } = story(application, NOW).given(...ROADS.verification, FAILED_RUN, ASKED, answered)
    expect([Object.keys(state.checked), Object.keys(state.runs), state.word]).toEqual([['sails'], [], 'verification'])
  })

  it('the longer of two soaks counts: what a requirement still needs, and what the pack asks of a part since the look at it', () => {
    const [hull, sails] = RULES.policy.components
    if (hull === undefined || sails === undefined) throw new Error('the policy has two parts')
    const rules: ReviewRules = { ...RULES, policy: { ...RULES.policy, components: [{ ...hull, soak: 'P2D' }, sails] } }
    const until = (soaking_until: ReturnType<typeof after> | null) => {
      const [event] = at.when({ ...COMMANDS.finish_verification, rules, soaking_until }).events
      return event?.type === 'applications.soak_begun' ? event.payload.until : event?.type
    }
    expect(until(null)).toBe(after(NOW, 2 * DAY_MS))
    expect(until(after(NOW, DAY_MS))).toBe(after(NOW, 2 * DAY_MS))
    expect(until(after(NOW, 3 * DAY_MS))).toBe(after(NOW, 3 * DAY_MS))
  })
})

describe('clocks', () => {
  it('a due date is told once, at the moment itself and not before', () => {
    const at = story(application, NOW).given(...ROADS.triage)
    expect(application.decide(COMMANDS.remind, at.state, after(NOW, -1))).toEqual([])
    const [reminded] = at.when(COMMANDS.remind).events
    // The operator's own lateness ends nothing.
    expect(reminded?.payload).toMatchObject({ side: 'operator', lapses_at: null })
    expect(
      story(application, NOW)
        .given(...ROADS.triage, reminded as ApplicationEvent)
        .when(COMMANDS.remind).events,
    ).toEqual([])
  })

  it('a partner’s silence ends the application only after the reminder and as long as the pack says', () => {
    const asked = story(application, NOW).given(APPLIED, ASKED)
    expect(asked.when(COMMANDS.lapse).refused).toBe('applications.not_over')
    const [reminded] = asked.when(COMMANDS.remind).events
    expect(reminded?.payload).toMatchObject({ side: 'partner', lapses_at: after(NOW, 7 * DAY_MS) })
    const { state } = story(application, NOW).given(APPLIED, ASKED, reminded as ApplicationEvent)
    expect(() => application.decide(COMMANDS.lapse, state, after(NOW, 7 * DAY_MS - 1))).toThrow('The partner has until')
    expect(application.decide(COMMANDS.lapse, state, after(NOW, 7 * DAY_MS))).toHaveLength(1)
  })

  it('the operator’s silence never ends an application', () => {
    for (const word of ['triage', 'verification', 'review', 'soak'] as const) expect(allowed[word]).not.toContain('lapse')
  })
})

describe('evidence', () => {
  const at = story(application, NOW).given(...ROADS.triage)
  it.each([
    [
      'a new revision under the other side’s name',
      'attach',
      { attached: { ...FILE, side: 'operator' as const, content: WORDS } },
      'applications.not_yours',
    ],
    ['the very same file again', 'attach', { attached: FILE }, 'applications.same_content'],
    ['taking back what the other side brought', 'withdraw_attachment', { side: 'operator' as const }, 'applications.not_yours'],
    ['taking back what is not there', 'withdraw_attachment', { attachment: 'constructor' }, 'applications.no_such_attachment'],
    ['confirming what oneself brought', 'verify_attachment', { person: 'mia' }, 'applications.involved'],
    ['confirming for the own partner', 'verify_attachment', { involved: true }, 'applications.involved'],
  ] as const)('is refused: %s', (_, act, changed, code) => {
    expect(at.when({ ...COMMANDS[act], ...changed }).refused).toBe(code)
  })

  it('a new revision counts on from the last, and loses what was confirmed of it', () => {
    const verified: ApplicationEvent = {
      type: 'applications.attachment_verified',
      payload: { ...OF, attachment: 'att_1', provenance: 'operator-verified', person: 'ann' },
    }
    const now = story(application, NOW).given(...ROADS.triage, verified)
    expect(now.state.attachments['att_1']).toMatchObject({ provenance: 'operator-verified', verified_by: 'ann', revision: 1 })
    const [event] = now.when({ ...COMMANDS.attach, attached: { ...FILE, content: WORDS } }).events
    const { state } = story(application, NOW).given(...ROADS.triage, verified, event as ApplicationEvent)
    expect(state.attachments['att_1']).toMatchObject({ provenance: 'self-declared', verified_by: null, revision: 2 })
  })

  it('a thread is nobody’s storage', () => {
    const many = Array.from({ length: MOST_ATTACHMENTS }, (_, place): ApplicationEvent => ({
      type: 'applications.attached',
      payload: { ...OF, ...FILE, attachment: `a${place}` },
    }))
    expect(
      story(application, NOW)
        .given(APPLIED, ...many)
        .when(COMMANDS.attach).refused,
    ).toBe('applications.too_many')
  })

  it('a planned downtime is told before it begins, and ends after that', () => {
    expect(at.when({ ...COMMANDS.announce_downtime, from: NOW }).refused).toBe('applications.downtime_begun')
    expect(at.when({ ...COMMANDS.announce_downtime, until: after(NOW, 1) }).refused).toBe('applications.downtime_order')
  })
})
