import { describe, expect, it } from 'vitest'
import { story } from '../kernel/story.ts'
import { parseInstant } from '../kernel/time.ts'
import type { Catalogue } from '../programmes/schema.ts'
import { allowed, concern, type ConcernAct, type ConcernCommand, type ConcernWord, type Hands } from './concern.ts'
import type { ConcernEvent } from './events.ts'
import type { DueProcess } from './rules.ts'

const NOON = parseInstant('2026-03-02T12:00:00Z')
const of = { app: 'the-app', concern: 'c1', programme: 'harbour' }
const evidence = 'sha256:1' as const
/** The guarantee of the cast: a decider asks a catalogue for its requirements and its title, and for nothing else. */
const catalogue = { programme: { title: 'Harbour' }, requirements: [{ id: 'tab' }, { id: 'other' }] } as unknown as Catalogue
const within = { within: 'P5D' }
const rules: DueProcess = {
  zone: 'Etc/UTC',
  open: true,
  catalogue,
  policy: {
    kind: 'due-process',
    id: 'due-process',
    title: 'Due process',
    since: '2020-01-01',
    cites: [{ source: 'This test', confidence: 'ours' }],
    concerns: {
      clocks: { triage: within, answer: within, decision: within, check: within },
      dismissals: [{ id: 'abuse', says: 'Abuse' }],
      intake: { app_a_day: 5, all_a_day: 5, additions: 1 },
      follow_up_for: 'P1Y',
      open_ones: 'counted',
    },
    appeals: { within: 'P4W', decision: within, open_ones: 'counted' },
    alone: 'refused',
    recusal: [{ id: 'money', says: 'Money' }],
  },
}
const hands = (person: string, more: Partial<Hands> = {}): Hands => ({ person, involved: false, tied: false, others: 1, ...more })

const COMMANDS: { readonly [act in ConcernAct]: ConcernCommand } = {
  receive: { ...of, act: 'receive', raised_by: 'somebody', person: null, requirement: 'tab', evidence, rules },
  add: { ...of, act: 'add', evidence, rules },
  dismiss: { ...of, act: 'dismiss', hands: hands('ann'), code: 'abuse', evidence, rules },
  accept: { ...of, act: 'accept', hands: hands('ann'), requirements: ['tab'], evidence, rules },
  answer: { ...of, act: 'answer', person: 'mia', evidence, rules },
  miss_answer: { ...of, act: 'miss_answer', rules },
  decide: { ...of, act: 'decide', hands: hands('bob'), outcome: 'upheld', requirements: ['tab'], evidence, public_words: evidence, rules },
  claim_remedy: { ...of, act: 'claim_remedy', person: 'mia', evidence, rules },
  refuse_remedy: { ...of, act: 'refuse_remedy', hands: hands('bob'), evidence },
  confirm_remedy: { ...of, act: 'confirm_remedy', hands: hands('bob'), evidence },
  set_aside: { ...of, act: 'set_aside', person: 'cal', appeal: 'a1', how: 'set_aside', rules },
  recuse: { ...of, act: 'recuse', person: 'cal', conflict: 'money', rules },
  remind: { ...of, act: 'remind' },
}

/** The acts that lead to each state, from nothing. */
const ROADS: { readonly [word in ConcernWord]: readonly ConcernAct[] } = {
  none: [],
  received: ['receive'],
  dismissed: ['receive', 'dismiss'],
  hearing: ['receive', 'accept'],
  deciding: ['receive', 'accept', 'answer'],
  not_upheld: ['receive', 'accept', 'answer', 'decide'],
  upheld: ['receive', 'accept', 'answer', 'decide'],
  checking: ['receive', 'accept', 'answer', 'decide', 'claim_remedy'],
  remedied: ['receive', 'accept', 'answer', 'decide', 'claim_remedy', 'confirm_remedy'],
  set_aside: ['receive', 'accept', 'answer', 'decide', 'set_aside'],
}
const NOT_UPHELD: ConcernCommand = {
  ...of,
  act: 'decide',
  hands: hands('bob'),
  outcome: 'not_upheld',
  requirements: [],
  evidence,
  public_words: evidence,
  rules,
}

function on(word: ConcernWord) {
  const facts: ConcernEvent[] = []
  for (const act of ROADS[word]) {
    const command = act === 'decide' && word === 'not_upheld' ? NOT_UPHELD : COMMANDS[act]
    facts.push(
      ...story(concern, NOON)
        .given(...facts)
        .when(command).events,
    )
  }
  return story(concern, NOON).given(...facts)
}

describe('a concern', () => {
  it.each(Object.keys(ROADS) as readonly ConcernWord[])('that is %s allows what the table says, and refuses all else', (word) => {
    const given = on(word)
    expect(given.state.word).toBe(word)
    for (const act of Object.keys(COMMANDS) as readonly ConcernAct[]) {
      const { refused } = given.when(COMMANDS[act])
      if (!allowed[word].includes(act)) expect([act, refused]).toEqual([act, 'concerns.wrong_state'])
      else expect([act, refused]).not.toEqual([act, 'concerns.wrong_state'])
    }
  })

  it('is never sorted by who raised it, nor decided by who sorted it, who has a tie, or who makes the app', () => {
    const by = (act: 'accept' | 'decide', more: Hands) => ({ ...COMMANDS[act], hands: more }) as ConcernCommand
    const own = story(concern, NOON).given(
      ...story(concern, NOON)
        .given()
        .when({ ...COMMANDS.receive, raised_by: 'operator', person: 'ann' } as ConcernCommand).events,
    )
    expect(own.when(by('accept', hands('ann'))).refused).toBe('concerns.took_part')
    expect(own.when(by('accept', hands('bob'))).refused).toBeNull()
    const given = on('deciding')
    expect(given.when(by('decide', hands('ann'))).refused).toBe('concerns.took_part')
    expect(given.when(by('decide', hands('bob', { involved: true }))).refused).toBe('concerns.involved')
    expect(given.when(by('decide', hands('bob', { tied: true }))).refused).toBe('concerns.recused')
  })

  it('is decided alone only where the pack allows it and nobody else is left, and says so', () => {
    const lax: DueProcess = { ...rules, policy: { ...rules.policy, alone: 'allowed' } }
    const decide = (others: number, by: DueProcess) =>
      on('deciding').when({ ...COMMANDS.decide, hands: hands('ann', { others }), rules: by } as ConcernCommand)
    expect(decide(1, lax).refused).toBe('concerns.took_part')
    expect(decide(0, rules).refused).toBe('concerns.took_part')
    expect(decide(0, lax).events).toMatchObject([{ payload: { alone: true } }])
  })

  it('is decided on what the partner was heard about, and on something', () => {
    const decide = (outcome: 'upheld' | 'not_upheld', requirements: readonly string[]) =>
      on('deciding').when({ ...COMMANDS.decide, outcome, requirements } as ConcernCommand).refused
    expect(decide('upheld', ['other'])).toBe('concerns.not_heard')
    expect(decide('upheld', [])).toBe('concerns.bad_outcome')
    expect(decide('not_upheld', ['tab'])).toBe('concerns.bad_outcome')
    expect(decide('not_upheld', [])).toBeNull()
  })
})
