import { describe, expect, it } from 'vitest'
import { LEAST, packFolder } from '../../test/packs.ts'
import { readPack } from './load.ts'

/** How a pack says that applications are handled. */
const REVIEW = {
  kind: 'review',
  id: 'review',
  title: 'Review',
  since: '2026-01-01',
  cites: LEAST.policy.cites,
  eligibility: ['care.answers'],
  components: [
    { id: 'care', title: 'Care', says: 'All of it.', pillars: ['care'], runs: [{ id: 'drill', title: 'Drill', says: 'Once.' }] },
  ],
  clocks: {
    triage: { within: 'P5D', weekdays: [1, 2, 3, 4, 5] },
    changes: { within: 'P4W' },
    verification: { within: 'P2W' },
    review: { within: 'P1W' },
  },
  lapses_after: 'P8W',
  recusal: [{ id: 'money', says: 'Is paid by the partner' }],
}
const [CARE] = REVIEW.components
const told = (review: object): readonly string[] =>
  readPack(packFolder({ 'policies/review.yaml': review })).problems.map(({ path, says }) => `${path}: ${says}`)

describe('the policy of applications', () => {
  it('is read whole', () => {
    expect(told(REVIEW)).toEqual([])
  })

  it.each([
    [
      'a gate of a requirement that is not there',
      { eligibility: ['care.answer'] },
      'eligibility[0]: There is no requirement "care.answer"',
    ],
    [
      'a part about a pillar that is not there',
      { components: [CARE, { ...CARE, id: 'more', runs: [], pillars: ['cure'] }] },
      'components[1].pillars[0]: There is no pillar "cure"',
    ],
    [
      'a part about a requirement that is not there',
      { components: [CARE, { id: 'more', title: 'M', says: 'M', requirements: ['care.x'] }] },
      'components[1].requirements[0]: There is no requirement "care.x"',
    ],
    ['a part about nothing', { components: [CARE, { id: 'more', title: 'M', says: 'M' }] }, 'components[1]: Part "more" is about nothing'],
    ['a part twice', { components: [CARE, { ...CARE, runs: [] }] }, 'components[1].id: Part "care" is there twice'],
    ['a test run twice', { components: [CARE, { ...CARE, id: 'more' }] }, 'components[1].runs[0].id: Test run "drill" is there twice'],
  ])('is refused for %s, at its place', (_, changed, problem) => {
    expect(told({ ...REVIEW, ...changed })).toContain(problem)
  })

  it('has every pillar in some part, so that nothing is asked for unseen', () => {
    const folder = packFolder({
      'programme.yaml': { ...LEAST.programme, pillars: [...LEAST.programme.pillars, { id: 'speed', title: 'Speed', says: 'Fast.' }] },
      'policies/review.yaml': REVIEW,
    })
    expect(readPack(folder).problems.map(({ says }) => says)).toEqual(['No part has the pillar "speed"'])
  })

  it.each([
    ['a weekday that no week has', { clocks: { ...REVIEW.clocks, triage: { within: 'P5D', weekdays: [8] } } }],
    ['a step without a time', { clocks: { triage: { within: 'P5D' } } }],
    ['nobody’s ties', { recusal: [] }],
    ['a time that is none', { lapses_after: 'soon' }],
  ])('is refused for %s', (_, changed) => {
    expect(told({ ...REVIEW, ...changed })).not.toEqual([])
  })
})
