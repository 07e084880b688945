import { describe, expect, it } from 'vitest'
import { isRefused } from '../kernel/refused.ts'
import { parseInstant } from '../kernel/time.ts'
import { allowed, rollout, verdictOf, type RolloutCommand, type RolloutState } from './rollout.ts'

const NOW = parseInstant('2026-11-25T09:00:00Z')
const COMMANDS: { readonly [act in RolloutCommand['act']]: RolloutCommand } = {
  announce: {
    act: 'announce',
    rollout: 'rol_1',
    ships_at: parseInstant('2026-12-01T09:00:00Z'),
    journeys: [{ app: 'tides', journey: 'templates' }],
    evidence: [],
  },
  tell: { act: 'tell', rollout: 'rol_1', app: 'tides', journey: 'templates', verdict: 'breaks', evidence: [] },
  close: { act: 'close', rollout: 'rol_1', outcome: 'shipped' },
}
const STATES = Object.keys(allowed) as readonly RolloutState['status'][]
const PAIRS = STATES.flatMap((status) => Object.values(COMMANDS).map((command) => [status, command.act, command] as const))

describe('a change of the host', () => {
  it.each(PAIRS)('that is %s: %s is let through or refused as the table says', (status, act, command) => {
    const decided = (): unknown => rollout.decide(command, { status, told: new Set() }, NOW)
    if (allowed[status].includes(act)) expect(decided()).toHaveLength(1)
    else expect(decided).toThrow()
  })

  it('that ships in the past, or that nobody could try, is not announced', () => {
    for (const wrong of [
      { ...COMMANDS.announce, ships_at: NOW },
      { ...COMMANDS.announce, journeys: [] },
    ] as readonly RolloutCommand[]) {
      try {
        rollout.decide(wrong, rollout.initial, NOW)
        expect.unreachable()
      } catch (error) {
        expect(isRefused(error)).toBe(true)
      }
    }
  })

  it('is told once of each journey', () => {
    const [told] = rollout.decide(COMMANDS.tell, { status: 'open', told: new Set() }, NOW)
    if (told === undefined) throw new Error('nothing was told')
    const after = rollout.evolve({ status: 'open', told: new Set() }, { ...told, at: NOW })
    expect(rollout.decide(COMMANDS.tell, after, NOW)).toEqual([])
  })

  it.each([
    ['pass', 'pass', 'holds'],
    ['pass', 'fail', 'breaks'],
    ['pass', 'inconclusive', 'unclear'],
    ['fail', 'pass', 'holds'],
    ['fail', 'fail', 'broken_before'],
    ['fail', 'inconclusive', 'unclear'],
    ['inconclusive', 'pass', 'unclear'],
    ['inconclusive', 'fail', 'unclear'],
    ['inconclusive', 'inconclusive', 'unclear'],
  ] as const)('production %s, candidate %s: %s', (production, candidate, verdict) => {
    expect(verdictOf(production, candidate)).toBe(verdict)
  })
})
