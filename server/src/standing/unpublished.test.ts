import fc from 'fast-check'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { catalogueWith, checked, factsWith, metWhen, NOON, requirement } from '../../test/standing.ts'
import { after, DAY_MS, parseInstant } from '../kernel/time.ts'
import { render } from '../kernel/says.ts'
import { PROGRAMMES_FOLDER } from '../platform/config.ts'
import { inForce, loadPack, loadPacks } from '../programmes/load.ts'
import type { MetWhen } from '../programmes/schema.ts'
import { judge } from './judge.ts'
import { MESSAGES } from './messages.ts'
import { isGood, tierState } from './tiers.ts'

/** What a programme's source does not publish: it is neither met nor missed, and stands in the way of every grant. */

const UNKNOWN: MetWhen = { unpublished: 'the interval' }
const word = (met_when: MetWhen, outcome: 'pass' | 'fail' | null) =>
  judge(catalogueWith([metWhen(met_when)]), factsWith({ checks: outcome === null ? {} : checked('one', outcome) }), NOON)[0]

describe('a requirement of which something is not published', () => {
  it.each<readonly [string, MetWhen, 'pass' | 'fail' | null, string]>([
    ['by itself is unknown', UNKNOWN, 'pass', 'unknown'],
    ['is unknown although the known part is met', { all_of: [{ check: 'one' }, UNKNOWN] }, 'pass', 'unknown'],
    ['is not met where the known part is not', { all_of: [{ check: 'one' }, UNKNOWN] }, 'fail', 'unmet'],
    ['is met by another way that is known and met', { any_of: [{ check: 'one' }, UNKNOWN] }, 'pass', 'met'],
    ['is unknown where the other way is not met', { any_of: [{ check: 'one' }, UNKNOWN] }, 'fail', 'unknown'],
    ['is unknown before anybody has looked', { all_of: [{ check: 'one' }, UNKNOWN] }, null, 'unknown'],
  ])('%s', (_, met_when, outcome, expected) => {
    expect(word(met_when, outcome)?.verdict).toBe(expected)
  })

  it('says what is missing and that nobody can do anything about it', () => {
    const verdict = word(UNKNOWN, null)
    expect([verdict?.reason, verdict?.blind]).toEqual(['not_published', null])
    expect(verdict === undefined ? '' : render(verdict.says, MESSAGES)).toContain('the interval is not published')
    expect(verdict === undefined ? '' : render(verdict.change, MESSAGES)).toBe('Nothing can be done until its source publishes it.')
  })

  it('never turns into unmet by waiting: no silence of the partner is behind it', () => {
    const catalogue = catalogueWith([metWhen(UNKNOWN)])
    let verdicts = judge(catalogue, factsWith(), NOON)
    for (let month = 1; month <= 36; month++) verdicts = judge(catalogue, factsWith(), after(NOON, month * 30 * DAY_MS), verdicts)
    expect(verdicts.map(({ verdict, due_at }) => [verdict, due_at])).toEqual([['unknown', null]])
  })

  it('keeps its tier from everybody, and other tiers from nobody', () => {
    const catalogue = catalogueWith([requirement('one', { tiers: ['silver'] }), requirement('two', { met_when: UNKNOWN })])
    const verdicts = judge(catalogue, factsWith({ checks: checked('one', 'pass') }), NOON)
    expect(tierState(catalogue, 'gold', verdicts)).toEqual({ tier: 'gold', met: false, blocking: { unmet: [], unknown: ['two'] } })
    expect(tierState(catalogue, 'silver', verdicts).met).toBe(true)
  })
})

describe('the successor’s programme', () => {
  const pack = loadPack(join(PROGRAMMES_FOLDER, 'successor-certified'))
  const catalogue = inForce(pack, parseInstant('2026-11-20'))
  if (catalogue === null) throw new Error('it judges in November 2026')
  const kinds = ['status-page', 'certificate-soc2-or-iso27001', 'fix-windows']
  const states = ['live', 'confirmed', 'none-overdue', 'none']

  it('is marked incomplete and runs only where it is named', () => {
    expect(pack.programme.incomplete?.cites.length).toBeGreaterThan(0)
    expect(loadPacks(PROGRAMMES_FOLDER).map(({ programme }) => programme.id)).not.toContain(pack.programme.id)
  })

  it('has the seven categories that are known, and a number only where a source states it', () => {
    expect(pack.programme.pillars).toHaveLength(7)
    const counted = pack.requirements.filter(({ met_when }) => JSON.stringify(met_when).includes('"target"'))
    expect(counted).toEqual([])
  })

  it('grants its tier to no app, whatever is known of it, and calls nothing met', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...kinds), fc.constantFrom(...states)),
        fc.option(fc.constantFrom(0, 1), { nil: null }),
        fc.constantFrom<'connect' | 'forge'>('connect', 'forge'),
        (records, overdue, platform) => {
          const facts = factsWith({
            platform,
            checks: checked('forge-egress-explicit', 'pass'),
            records: Object.fromEntries(
              Object.entries(records).map(([kind, state]) => [kind, { kind, state, confirmed_at: NOON, evidence: [] }]),
            ),
            overdue: overdue === null ? {} : { 'fix-windows-cloud': overdue },
          })
          const verdicts = judge(catalogue, facts, NOON)
          expect(tierState(catalogue, 'certified', verdicts).met).toBe(false)
          expect(verdicts.filter(({ verdict }) => isGood(verdict))).toEqual([])
        },
      ),
    )
  })
})
