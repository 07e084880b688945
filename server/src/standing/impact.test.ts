import { describe, expect, it } from 'vitest'
import { parseInstant } from '../kernel/time.ts'
import { catalogueWith, checked, factsWith, NOON, requirement } from '../../test/standing.ts'
import { impactOn, momentsOf } from './impact.ts'

const VERSIONS = [
  { version: '2026.1', published: '2026-01-01', effective: '2026-01-01', superseded: '2027-01-01', says: 'First.' },
  { version: '2027.1', published: '2026-11-01', effective: '2027-01-01', superseded: '2028-01-01', says: 'Second.' },
]
const { programme } = catalogueWith([])
const current = catalogueWith([requirement('one'), requirement('two')], { programme: { ...programme, versions: VERSIONS } })
const coming = catalogueWith([requirement('one'), requirement('three'), requirement('late', { since: '2027-03-01' })], {
  version: '2027.1',
  programme: current.programme,
})
const facts = factsWith({
  checks: { ...checked('one', 'pass'), ...checked('two', 'pass'), ...checked('three', 'fail'), ...checked('late', 'fail') },
})
const moments = momentsOf(coming, NOON)

describe('What a coming version changes', () => {
  it('is asked from its own day on, and again on each day of a rule until the next version', () => {
    expect(moments).toEqual([parseInstant('2027-01-01'), parseInstant('2027-03-01')])
    const beyond = catalogueWith([requirement('one', { since: '2028-01-01' })], { version: '2027.1', programme: current.programme })
    expect(momentsOf(beyond, NOON)).toEqual([parseInstant('2027-01-01')])
  })
  it('begins now for a version whose day has come', () => {
    expect(momentsOf(current, NOON)[0]).toBe(NOON)
  })
  it('names each requirement that is judged otherwise, or asked no longer, with the day', () => {
    const { verdicts } = impactOn(facts, [], { current, coming, now: NOON, moments })
    expect(verdicts.map(({ at, requirement: name, from, to }) => ({ at, requirement: name, from, to }))).toEqual([
      { at: moments[0], requirement: 'two', from: 'met', to: null },
      { at: moments[0], requirement: 'three', from: null, to: 'unmet' },
      { at: moments[1], requirement: 'late', from: 'upcoming', to: 'unmet' },
    ])
  })
  it('says what would be found then, and what would change it', () => {
    const [gone, unmet] = impactOn(facts, [], { current, coming, now: NOON, moments }).verdicts
    expect([gone?.says, gone?.change]).toEqual([null, null])
    expect([unmet?.says, unmet?.change?.params]).toEqual([facts.checks['three']?.says, { how: 'Mend three.' }])
  })
  it('names each tier that is lost, once, with what stands in the way', () => {
    expect(impactOn(facts, [], { current, coming, now: NOON, moments }).tiers).toEqual([
      { at: moments[0], tier: 'gold', met: false, blocking: ['three'] },
    ])
  })
  it('and each that is won', () => {
    const strict = { current: coming, coming: current, now: NOON, moments: momentsOf(current, NOON) }
    const failing = factsWith({ checks: { ...checked('one', 'pass'), ...checked('two', 'pass'), ...checked('three', 'fail') } })
    expect(impactOn(failing, [], strict).tiers).toEqual([{ at: NOON, tier: 'gold', met: true, blocking: [] }])
  })
  it('is nothing where the versions ask the same', () => {
    const same = impactOn(facts, [], { current, coming: current, now: NOON, moments: momentsOf(current, NOON) })
    expect(same).toEqual({ app: 'the-app', verdicts: [], tiers: [] })
  })
})
