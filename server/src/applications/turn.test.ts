import { describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS, after, parseInstant } from '../kernel/time.ts'
import { counted, idleOf, median, turnDue, type DoneTurn, type Passed, type StepFigures } from './turn.ts'

const at = (text: string) => parseInstant(text)
const DAYS = { within: 'P3D' }
const WORKING = { within: 'P3D', weekdays: [1, 2, 3, 4, 5] }

describe('until when somebody has the turn', () => {
  it.each([
    ['days are days', DAYS, '2026-01-01T12:00:00Z', 'Etc/UTC', '2026-01-04T12:00:00.000Z'],
    ['working days leave the weekend out', WORKING, '2026-01-01T12:00:00Z', 'Etc/UTC', '2026-01-06T12:00:00.000Z'],
    ['what begins on a Saturday begins on Monday', WORKING, '2026-01-03T15:00:00Z', 'Etc/UTC', '2026-01-08T00:00:00.000Z'],
    ['the programme’s own zone says which day it is', WORKING, '2026-01-02T23:30:00Z', 'Europe/Berlin', '2026-01-07T23:00:00.000Z'],
    ['a day across the change of clocks is still a day', DAYS, '2026-03-28T12:00:00Z', 'Europe/Berlin', '2026-03-31T11:00:00.000Z'],
  ])('%s', (_, allowance, since, zone, due) => {
    expect(turnDue('triage', 'x', at(since), allowance, zone)).toBe(due)
  })
})

describe('how long each side let the other wait', () => {
  const since = at('2026-01-01')
  const turn = (step: string, side: 'partner' | 'operator', from: number, until: number, due: number | null): DoneTurn => ({
    step,
    side,
    since: after(since, from * DAY_MS),
    until: after(since, until * DAY_MS),
    due_at: due === null ? null : after(since, due * DAY_MS),
  })
  const done = [turn('triage', 'operator', 0, 2, 1), turn('changes', 'partner', 2, 3, 9), turn('triage', 'operator', 3, 4, 4)]

  it('turns of one step are added up, late is past the due date by a moment and not on it, and the turn that runs counts so far', () => {
    const running = { step: 'verification', side: 'operator', since: after(since, 4 * DAY_MS), due_at: null } as const
    expect(idleOf(done, running, after(since, 4 * DAY_MS + HOUR_MS))).toEqual([
      { step: 'triage', side: 'operator', ms: 3 * DAY_MS, turns: 2, late: 1 },
      { step: 'changes', side: 'partner', ms: DAY_MS, turns: 1, late: 0 },
      { step: 'verification', side: 'operator', ms: HOUR_MS, turns: 1, late: 0 },
    ])
  })

  it('time that nobody can hurry is never late', () => {
    const soak: DoneTurn = { ...turn('soak', 'operator', 0, 3, 1), side: 'nobody' }
    expect(idleOf([soak], null, since)).toMatchObject([{ side: 'nobody', late: 0 }])
  })

  it('the sums of all threads are the sum of what each event carries, and nobody waits twice', () => {
    const passes: readonly (readonly [Passed, number])[] = [
      [{ from: null, to: { ...done[0], due_at: null } as never }, 0],
      [{ from: done[0] as never, to: done[1] as never }, 2],
      [{ from: done[1] as never, to: done[2] as never }, 3],
      [{ from: done[2] as never, to: null }, 4],
    ]
    const figures = passes.reduce<{ readonly [step: string]: StepFigures }>(
      (before, [passed, day]) => counted(before, passed, after(since, day * DAY_MS)),
      {},
    )
    expect(figures['triage']).toEqual({
      side: 'operator',
      done: 2,
      total_ms: 3 * DAY_MS,
      longest_ms: 2 * DAY_MS,
      late: 1,
      open: 0,
      recent_ms: [2 * DAY_MS, DAY_MS],
    })
    expect(figures['changes']).toMatchObject({ side: 'partner', done: 1, open: 0 })
  })

  it.each([
    [[], null],
    [[5], 5],
    [[1, 9], 5],
    [[9, 1, 2], 2],
  ])('the middle of %j is %j', (lengths, middle) => {
    expect(median(lengths)).toBe(middle)
  })
})
