import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dueAt, read, type Clock, type Pause, type Reading } from './clock.ts'
import { parseDuration } from './duration.ts'
import { after, ms, parseInstant, type Instant } from './time.ts'

const at = parseInstant
const START = at('2026-11-23T09:00:00Z')
const DUE = at('2026-11-24T09:00:00Z')
const clock = (more: Partial<Clock> = {}): Clock => ({
  kind: 'support',
  subject: 'issue-templates',
  started_at: START,
  allowance: parseDuration('PT24H'),
  zone: 'UTC',
  pauses: [],
  retargets: [],
  ...more,
})
const hour = (hours: number): Instant => after(START, hours * 3_600_000)
const pause = (from: number, to?: number): Pause => ({
  from: hour(from),
  ...(to === undefined ? {} : { to: hour(to) }),
  reason: 'waiting for the reporter',
  by: 'person_1',
})

describe('a clock without pauses', () => {
  it.each<[string, Instant, Reading['state']]>([
    ['runs when it starts', START, 'running'],
    ['runs a millisecond before the end', after(DUE, -1), 'running'],
    ['runs in the very moment of the end: the allowance belongs to who has it', DUE, 'running'],
    ['is overdue a millisecond later', after(DUE, 1), 'overdue'],
  ])('%s', (_, now, state) => expect(read(clock(), now)).toMatchObject({ state, due_at: DUE, left_ms: ms(DUE) - ms(now) }))

  it.each<[string, Instant, Reading['state']]>([
    ['met when stopped in the moment of the end', DUE, 'met'],
    ['missed when stopped a millisecond later', after(DUE, 1), 'missed'],
  ])('is %s, and stays so for ever', (_, stopped_at, state) => {
    for (const now of [stopped_at, after(stopped_at, 1), hour(1_000)])
      expect(read(clock({ stopped_at }), now)).toEqual({ state, due_at: DUE })
  })
})

describe('a paused clock', () => {
  it('stands still with what is left, and says why', () => {
    const paused = clock({ pauses: [pause(10)] })
    for (const now of [hour(10), hour(11), hour(500)]) {
      expect(read(paused, now)).toEqual({ state: 'paused', left_ms: 14 * 3_600_000, why: 'waiting for the reporter' })
    }
    expect(read(paused, after(hour(10), -1))).toMatchObject({ state: 'running', due_at: DUE })
  })

  it('runs on where it stood: the due date moves by the length of the pause', () => {
    const resumed = clock({ pauses: [pause(10, 15)] })
    expect(read(resumed, after(hour(15), -1))).toMatchObject({ state: 'paused' })
    expect(read(resumed, hour(15))).toEqual({ state: 'running', due_at: hour(29), left_ms: 14 * 3_600_000 })
    expect(read(resumed, hour(29))).toMatchObject({ state: 'running' })
    expect(read(resumed, after(hour(29), 1))).toMatchObject({ state: 'overdue' })
  })

  it.each<[string, readonly Pause[], number]>([
    ['two pauses add up', [pause(1, 2), pause(5, 8)], 28],
    ['in whatever order they were written', [pause(5, 8), pause(1, 2)], 28],
    ['an hour that two people paused is still one hour', [pause(1, 4), pause(2, 5)], 28],
    ['one inside another counts once', [pause(1, 10), pause(2, 3)], 33],
    ['pauses that touch are one', [pause(1, 2), pause(2, 3)], 26],
    ['what lies before the start is cut off', [pause(-5, 3)], 27],
    ['wholly before the start it does nothing', [pause(-5, -1)], 24],
    ['a pause of no length does nothing', [pause(5, 5)], 24],
    ['a pause that ends before it starts does nothing', [pause(6, 5)], 24],
    ['one that begins in the moment of the end still counts', [pause(24, 30)], 30],
    ['one that begins after the end is too late', [pause(24.001, 30)], 24],
    ['one that begins before the end and ends long after it counts whole', [pause(23, 100)], 101],
    ['one that the first one’s shift lets in counts', [pause(20, 30), pause(33, 35)], 36],
    ['one that the first one’s shift does not reach is too late', [pause(20, 22), pause(27, 35)], 26],
  ])('%s', (_, pauses, due) => expect(dueAt(clock({ pauses }), hour(1_000))).toBe(hour(due)))

  it('does not revive a clock that was overdue when the pause began', () => {
    const late = clock({ pauses: [pause(25)] })
    expect(read(late, hour(30))).toMatchObject({ state: 'overdue', due_at: DUE, left_ms: -6 * 3_600_000 })
  })

  it('can be met while it is paused: stopping ends the pause', () => {
    expect(read(clock({ pauses: [pause(10)], stopped_at: hour(200) }), hour(300))).toEqual({ state: 'met', due_at: hour(214) })
  })
})

describe('a clock with a new allowance', () => {
  const longer = clock({ retargets: [{ at: hour(10), allowance: parseDuration('PT48H'), by: 'person_2' }] })

  it('counts it from the clock’s start, from the moment on at which it was granted', () => {
    expect(dueAt(longer, after(hour(10), -1))).toBe(hour(24))
    expect(dueAt(longer, hour(10))).toBe(hour(48))
  })

  it('counts the last one', () => {
    const twice = { ...longer, retargets: [...longer.retargets, { at: hour(20), allowance: parseDuration('PT12H'), by: 'person_2' }] }
    expect(read(twice, hour(19))).toMatchObject({ state: 'running', due_at: hour(48) })
    expect(read(twice, hour(20))).toMatchObject({ state: 'overdue', due_at: hour(12) })
  })

  it('leaves a clock alone that was stopped before it was granted', () => {
    expect(read({ ...longer, stopped_at: hour(9) }, hour(100))).toEqual({ state: 'met', due_at: hour(24) })
  })

  it('brings an overdue clock back into time, with its pauses', () => {
    const late = clock({ pauses: [pause(1, 3)], retargets: [{ at: hour(40), allowance: parseDuration('PT48H'), by: 'person_2' }] })
    expect(read(late, hour(39))).toMatchObject({ state: 'overdue', due_at: hour(26) })
    expect(read(late, hour(40))).toMatchObject({ state: 'running', due_at: hour(50) })
  })
})

describe('a clock counts in the calendar of its zone', () => {
  it('days keep the local hour over a clock change, hours do not', () => {
    const days = clock({ started_at: at('2026-03-27T11:00:00Z'), allowance: parseDuration('P4W'), zone: 'Europe/Berlin' })
    expect(dueAt(days, days.started_at)).toBe('2026-04-24T10:00:00.000Z')
    expect(dueAt({ ...days, allowance: parseDuration('PT672H') }, days.started_at)).toBe('2026-04-24T11:00:00.000Z')
  })

  it('with a business calendar weekends stand still, and a pause over one moves the end by its whole length', () => {
    const calendar = { id: 'week', version: '1', weekdays: [1, 2, 3, 4, 5], holidays: [] }
    const support = clock({ started_at: at('2026-11-27T09:00:00Z'), calendar })
    expect(dueAt(support, support.started_at)).toBe('2026-11-30T09:00:00.000Z')
  })
})

describe('promises of every clock', () => {
  const MINUTE = 60_000
  const moment = fc.integer({ min: -3_000, max: 6_000 }).map((minutes) => after(START, minutes * MINUTE))
  const anyPause = fc
    .tuple(moment, fc.option(fc.integer({ min: 0, max: 3_000 }), { nil: undefined }))
    .map(([from, length]): Pause => ({ from, ...(length === undefined ? {} : { to: after(from, length * MINUTE) }), reason: 'r', by: 'p' }))
  const anyClock = fc.record({ pauses: fc.array(anyPause, { maxLength: 5 }), hours: fc.integer({ min: 1, max: 60 }) })
  const built = ({ pauses, hours }: { readonly pauses: readonly Pause[]; readonly hours: number }): Clock =>
    clock({ pauses, allowance: parseDuration(`PT${hours}H`) })

  it('a pause never brings the due date forward', () => {
    fc.assert(
      fc.property(anyClock, anyPause, moment, (of, more, now) => {
        expect(dueAt(built({ ...of, pauses: [...of.pauses, more] }), now) >= dueAt(built(of), now)).toBe(true)
      }),
    )
  })

  it('the due date never moves back as time goes on', () => {
    fc.assert(
      fc.property(anyClock, moment, fc.nat({ max: 6_000 }), (of, now, minutes) => {
        const one = built(of)
        expect(dueAt(one, after(now, minutes * MINUTE)) >= dueAt(one, now)).toBe(true)
      }),
    )
  })

  it('once overdue it stays overdue: reading is monotone', () => {
    fc.assert(
      fc.property(anyClock, moment, fc.nat({ max: 6_000 }), (of, now, minutes) => {
        const one = built(of)
        fc.pre(read(one, now).state === 'overdue')
        expect(read(one, after(now, minutes * MINUTE)).state).toBe('overdue')
      }),
    )
  })

  it('what is left never grows', () => {
    fc.assert(
      fc.property(anyClock, moment, fc.nat({ max: 6_000 }), (of, now, minutes) => {
        const left = (moment_: Instant): number => {
          const reading = read(built(of), moment_)
          return 'left_ms' in reading ? reading.left_ms : Number.NaN
        }
        fc.pre(now >= START)
        expect(left(after(now, minutes * MINUTE))).toBeLessThanOrEqual(left(now))
      }),
    )
  })

  it('a stop counts by what was known then: met if and only if it was not overdue in that moment', () => {
    fc.assert(
      fc.property(anyClock, moment, (of, stopped_at) => {
        const before = read(built(of), stopped_at).state
        const stopped = read({ ...built(of), stopped_at }, after(stopped_at, MINUTE)).state
        expect(stopped).toBe(before === 'overdue' ? 'missed' : 'met')
      }),
    )
  })

  it('every moment of a running clock is used or paused: the allowance is given in full and no more', () => {
    fc.assert(
      fc.property(anyClock, (of) => {
        const one = built(of)
        const end = after(START, 30_000 * MINUTE)
        const due = dueAt(one, end)
        // Minutes between start and end that no pause covers.
        let used = 0
        for (let minute = 0; minute < 30_000; minute++) {
          const now = after(START, minute * MINUTE)
          if (now >= due) break
          if (!one.pauses.some((pause_) => pause_.from <= now && (pause_.to === undefined || pause_.to > now))) used += 1
        }
        const open = one.pauses.some((pause_) => pause_.to === undefined && pause_.from <= due)
        if (!open) expect(used).toBe(of.hours * 60)
        else expect(used).toBeLessThanOrEqual(of.hours * 60)
      }),
      { numRuns: 60 },
    )
  })
})
