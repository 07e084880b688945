import { describe, expect, it } from 'vitest'
import { sliceOf } from './event.ts'
import { ORDER, placeOf, wrongWay, type Reactor, type Slice } from './flow.ts'

const reactor = (slice: Slice, ...listens: readonly string[]): Reactor => ({
  name: `${slice}.answers`,
  slice,
  listens,
  react: async () => [],
})

describe('facts travel from left to right', () => {
  it.each([
    ['its left', reactor('badges', 'standing.changed', 'clocks.came_due', 'directory.app_registered')],
    ['itself', reactor('incidents', 'incidents.opened')],
    ['nothing', reactor('standing')],
  ])('a reactor may listen to %s', (_, good) => expect(wrongWay([good], sliceOf)).toBeNull())

  it.each([
    ['its right', reactor('standing', 'scanning.check_judged', 'badges.granted'), 'badges.granted'],
    ['a slice of its own place, which it does not see', reactor('scanning', 'reliability.day_closed'), 'reliability.day_closed'],
  ])('a reactor may not listen to %s, and is named', (_, bad, type) => {
    expect(wrongWay([reactor('badges', 'standing.changed'), bad], sliceOf)).toBe(
      `${bad.name} (${bad.slice}) listens to ${type}, which is not on its left`,
    )
  })

  it('every pair of slices is judged by the order and by nothing else', () => {
    const slices = ORDER.flat()
    for (const here of slices) {
      for (const there of slices) {
        const may = here === there || placeOf(there) < placeOf(here)
        expect(wrongWay([reactor(here, `${there}.happened`)], sliceOf) === null, `${here} hears ${there}`).toBe(may)
      }
    }
  })

  it('a slice that is not in the order is a mistake, not a place', () => {
    expect(() => placeOf('marketing')).toThrow('add it to ORDER')
    expect(() => wrongWay([reactor('standing', 'marketing.happened')], sliceOf)).toThrow('add it to ORDER')
  })

  it('no slice stands in the order twice', () => expect(new Set(ORDER.flat()).size).toBe(ORDER.flat().length))
})
