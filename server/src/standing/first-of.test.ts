import { describe, expect, it } from 'vitest'
import { says } from '../kernel/says.ts'
import { firstOf, NOT_SUPPLIED, NOTHING_TO_DO, unknown, type Answer } from './answer.ts'

const answer = (word: 'met' | 'unmet', code: string): Answer => ({
  ...unknown('', null, says(code), NOTHING_TO_DO),
  word,
  reason: null,
})
const open = (reason: string, blind: Answer['blind']): Answer => unknown(reason, blind, says('open'), NOTHING_TO_DO)

describe('Of ways that are asked in order', () => {
  it('what a machine saw fail is not outweighed by a person’s word', () => {
    expect(firstOf([answer('unmet', 'check'), answer('met', 'attested')]).says.code).toBe('check')
  })

  it('a failing look stays unmet although nobody attested anything', () => {
    expect(firstOf([answer('unmet', 'check'), open(NOT_SUPPLIED, 'theirs')]).word).toBe('unmet')
  })

  it.each([
    ['a person has to look', open('review', 'ours')],
    ['too little was seen', open('too_few_events', null)],
    ['nothing was ever brought', open(NOT_SUPPLIED, 'theirs')],
    ['it does not apply', { ...answer('met', 'none'), word: 'not_applicable' as const }],
  ])('the next one is asked where %s', (_, first) => {
    expect(firstOf([first, answer('met', 'attested')]).says.code).toBe('attested')
  })

  it('going dark does not hand the question on', () => {
    expect(firstOf([open('blocked', 'theirs'), answer('met', 'attested')])).toMatchObject({ word: 'unknown', reason: 'blocked' })
  })

  it('the question stays open where none can say', () => {
    expect(firstOf([open('review', 'ours'), open(NOT_SUPPLIED, 'theirs')])).toMatchObject({ word: 'unknown', reason: 'review' })
  })
})
