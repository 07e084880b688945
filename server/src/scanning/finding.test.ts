import { describe, expect, it } from 'vitest'
import type { Digest } from '../kernel/event.ts'
import { isRefused } from '../kernel/refused.ts'
import { says, type Outcome } from '../kernel/says.ts'
import { after, DAY_MS, HOUR_MS, instant, type Instant } from '../kernel/time.ts'
import type { FindingEvent } from './finding-events.ts'
import {
  allowedOfFinding,
  countScan,
  decideFinding,
  evolveFindings,
  judgedAgain,
  judgedWith,
  SUPPRESSED_DAYS_MAX,
  type FindingCommand,
  type Findings,
  type FindingStatus,
} from './finding.ts'
import { summaryOf, type Judged, type JudgedFinding } from './judge.ts'

const NOW = instant(Date.parse('2026-11-25T09:00:00Z'))
const id = (text: string): Digest => `sha256:${text.padEnd(64, '0')}`
const [A, B] = [id('a'), id('b')]

const found = (finding: Digest, outcome: Outcome = 'fail', score: number | null = 5.3): JudgedFinding => ({
  id: finding,
  outcome,
  says: says('scanning.title', { title: finding }),
  where: `https://app.example/${finding.slice(7, 9)}`,
  defect: 'a defect',
  proof: {},
  cvss: score === null || outcome !== 'fail' ? null : { vector: 'CVSS:3.1/…', score },
})
const judged = (...findings: readonly JudgedFinding[]): Judged => ({
  check: 'hsts-enabled',
  ...summaryOf('hsts-enabled', findings),
  findings,
})
const PASS = found(id('e'), 'pass')

/** Scans one after the other; answers with the lives and everything that was told. */
function lives(
  ...steps: readonly {
    readonly at: Instant
    readonly saw?: readonly JudgedFinding[]
    readonly did?: (of: Findings) => readonly FindingEvent[]
  }[]
): { readonly findings: Findings; readonly told: readonly FindingEvent[] } {
  let findings: Findings = {}
  const told: FindingEvent[] = []
  for (const { at, saw, did } of steps) {
    const events = did === undefined ? countScan('tides', findings, [judged(...(saw ?? []))], at) : did(findings)
    for (const event of events) {
      findings = evolveFindings(findings, { ...event, at })
      told.push(event)
    }
  }
  return { findings, told }
}

const day = (days: number): Instant => after(NOW, days * DAY_MS)
const of = { app: 'tides', finding: A } as const
const suppress = (until: Instant, persons: readonly string[] = ['rob', 'rae']): FindingCommand => ({
  ...of,
  do: 'suppress',
  reason_code: 'false-positive',
  until,
  persons,
  evidence: [],
})

describe('a finding’s life across scans', () => {
  it('is new, then confirmed by the next scan that sees it, and nothing is told of one that stays as it is', () => {
    const { findings, told } = lives({ at: day(0), saw: [found(A)] }, { at: day(1), saw: [found(A)] }, { at: day(2), saw: [found(A)] })
    expect(findings[A]).toMatchObject({ status: 'confirmed', first_seen_at: day(0), clean_since: null, regressions: 0 })
    expect(told.map(({ type }) => type)).toEqual(['scanning.findings_counted', 'scanning.findings_counted'])
  })

  it('is fixed by two clean scans a day apart, not by two within the day', () => {
    const clean = [
      { at: day(0), saw: [found(A)] },
      { at: day(1), saw: [PASS] },
    ]
    expect(lives(...clean).findings[A]).toMatchObject({ status: 'new', clean_since: day(1) })
    expect(lives(...clean, { at: after(day(1), 23 * HOUR_MS), saw: [PASS] }).findings[A]?.status).toBe('new')
    expect(lives(...clean, { at: day(2), saw: [PASS] }).findings[A]).toMatchObject({ status: 'fixed', fixed_at: day(2) })
  })

  it('seen again in between begins to count anew', () => {
    const { findings } = lives(
      { at: day(0), saw: [found(A)] },
      { at: day(1), saw: [PASS] },
      { at: day(2), saw: [found(A)] },
      { at: day(3), saw: [PASS] },
    )
    expect(findings[A]).toMatchObject({ clean_since: day(3), fixed_at: null })
  })

  it('silence mends nothing, and neither does a look that missed a part', () => {
    const silent = found(B, 'inconclusive', null)
    const { findings } = lives(
      { at: day(0), saw: [found(A)] },
      { at: day(1), saw: [silent] },
      { at: day(2), saw: [PASS, silent] },
      { at: day(3), saw: [silent] },
    )
    expect(findings[A]).toMatchObject({ status: 'new', clean_since: null })
  })

  it('comes back as the same finding, regressed', () => {
    const { findings } = lives(
      { at: day(0), saw: [found(A)] },
      { at: day(1), saw: [PASS] },
      { at: day(2), saw: [PASS] },
      { at: day(9), saw: [found(A)] },
    )
    expect(findings[A]).toMatchObject({ status: 'confirmed', first_seen_at: day(0), regressions: 1, fixed_at: null })
  })

  it('a check that was not asked changes no life', () => {
    const { findings } = lives({ at: day(0), saw: [found(A)] })
    expect(countScan('tides', findings, [], day(1))).toEqual([])
  })

  it('follows fifty of one check, the worst first, and says how many there are beyond', () => {
    const many = Array.from({ length: 60 }, (_, number) => found(id(`c${number + 10}`), 'fail', number === 59 ? 9.1 : 4))
    const { findings, told } = lives({ at: day(0), saw: many })
    expect(Object.keys(findings)).toHaveLength(50)
    expect(findings[id('c69')]?.score).toBe(9.1)
    expect(told[0]).toMatchObject({ type: 'scanning.findings_counted', payload: { beyond: 10 } })
  })
})

describe('what is severe', () => {
  it('opens a vulnerability once, and closes it when it is fixed', () => {
    const { told } = lives(
      { at: day(0), saw: [found(A, 'fail', 9.1)] },
      { at: day(1), saw: [found(A, 'fail', 9.1)] },
      { at: day(2), saw: [PASS] },
      { at: day(3), saw: [PASS] },
    )
    expect(told.filter(({ type }) => type.includes('vulnerability'))).toEqual([
      { type: 'scanning.vulnerability_found', payload: { app: 'tides', finding: A, check: 'hsts-enabled', score: 9.1 } },
      { type: 'scanning.vulnerability_closed', payload: { app: 'tides', finding: A, check: 'hsts-enabled', because: 'fixed' } },
    ])
  })

  it('a suspicion opens none until a person has confirmed it', () => {
    const suspected = { at: day(0), saw: [found(A, 'review')] }
    expect(lives(suspected).told.map(({ type }) => type)).toEqual(['scanning.findings_counted'])
    const { findings, told } = lives(suspected, {
      at: day(1),
      did: (before) => decideFinding({ ...of, do: 'confirm', by: 'rob', evidence: [], score: 8.1 }, before, day(1)),
    })
    expect(findings[A]).toMatchObject({ status: 'confirmed', confirmed_by: 'rob', score: 8.1 })
    expect(told.at(-1)).toMatchObject({ type: 'scanning.vulnerability_found', payload: { score: 8.1 } })
  })

  it('what is set aside is closed, and open again when its time is over', () => {
    const { told } = lives(
      { at: day(0), saw: [found(A, 'fail', 9.1)] },
      { at: day(1), did: (before) => decideFinding(suppress(day(30)), before, day(1)) },
      { at: day(30), did: (before) => decideFinding({ ...of, do: 'end', by: null }, before, day(30)) },
    )
    expect(told.map(({ type }) => type)).toEqual([
      'scanning.findings_counted',
      'scanning.vulnerability_found',
      'scanning.finding_suppressed',
      'scanning.vulnerability_closed',
      'scanning.suppression_ended',
      'scanning.vulnerability_found',
    ])
  })
})

const COMMANDS: { readonly [name in FindingCommand['do']]: FindingCommand } = {
  confirm: { ...of, do: 'confirm', by: 'rob', evidence: [], score: null },
  dispute: { ...of, do: 'dispute', by: 'pia', evidence: [] },
  suppress: suppress(day(30)),
  end: { ...of, do: 'end', by: 'rob' },
}

/** A suspicion in each state, since a person may confirm one. */
const IN: { readonly [status in FindingStatus | 'none']: Findings } = (() => {
  const begun = { at: day(0), saw: [found(A, 'review')] }
  const did = (...acts: readonly (keyof typeof COMMANDS)[]): Findings =>
    lives(begun, ...acts.map((act) => ({ at: day(0), did: (before: Findings) => decideFinding(COMMANDS[act], before, day(0)) }))).findings
  return {
    none: {},
    new: did(),
    confirmed: lives(begun, { at: day(1), saw: [found(A, 'review')] }).findings,
    disputed: did('dispute'),
    suppressed: did('suppress'),
    fixed: lives(begun, { at: day(1), saw: [PASS] }, { at: day(2), saw: [PASS] }).findings,
  }
})()

describe('what people may do', () => {
  it.each(
    (Object.keys(IN) as (keyof typeof IN)[]).flatMap((status) =>
      (Object.keys(COMMANDS) as (keyof typeof COMMANDS)[]).map((act) => [status, act] as const),
    ),
  )('%s: %s', (status, act) => {
    const decide = () => decideFinding(COMMANDS[act], IN[status], day(3))
    if (allowedOfFinding[status].includes(act)) expect(decide().length).toBeGreaterThan(0)
    else expect(decide).toThrow('not possible')
  })

  it.each([
    ['a day that is over', suppress(day(0)), 'until'],
    ['more than a year', suppress(day(SUPPRESSED_DAYS_MAX + 2)), 'until'],
    ['one person twice', suppress(day(9), ['rob', 'rob']), A],
  ] as const)('nothing is set aside by %s', (_, command, where) => {
    const refused = (): unknown => {
      try {
        return decideFinding(command, IN.new, day(1))
      } catch (error) {
        return isRefused(error) ? error.where : error
      }
    }
    expect(refused()).toBe(where)
  })

  it('a failure that nobody disputed needs no confirmation', () => {
    const { findings } = lives({ at: day(0), saw: [found(A)] })
    expect(() => decideFinding(COMMANDS.confirm, findings, day(1))).toThrow('counts already')
  })
})

describe('a check judged with what people decided', () => {
  const set_aside = lives(
    { at: day(0), saw: [found(A)] },
    { at: day(0), did: (before) => decideFinding(suppress(day(30)), before, day(0)) },
  )

  it('passes without what is set aside, and says that something is', () => {
    expect(judgedWith(judged(found(A)), set_aside.findings, day(1))).toMatchObject({
      outcome: 'pass',
      says: { code: 'scanning.set_aside' },
    })
  })

  it('fails all the same by another finding', () => {
    expect(judgedWith(judged(found(A), found(B)), set_aside.findings, day(1)).outcome).toBe('fail')
  })

  it('fails again from the very moment on', () => {
    expect(judgedWith(judged(found(A)), set_aside.findings, day(30)).outcome).toBe('fail')
  })

  it('fails by a suspicion that a person has confirmed', () => {
    const { findings } = lives(
      { at: day(0), saw: [found(A, 'review')] },
      { at: day(0), did: (before) => decideFinding(COMMANDS.confirm, before, day(0)) },
    )
    expect(judgedWith(judged(found(A, 'review')), findings, day(1)).outcome).toBe('fail')
    expect(judgedWith(judged(found(A, 'review')), {}, day(1)).outcome).toBe('review')
  })

  it.each([
    ['pass', 'fail', 'fail'],
    ['pass', 'review', 'review'],
    ['inconclusive', 'fail', 'fail'],
    ['inconclusive', 'review', null],
    ['fail', 'fail', null],
  ] as const)('an answer %s becomes by a %s that counts again: %s', (answer, outcome, worse) => {
    const [back] = Object.values(lives({ at: day(0), saw: [found(A, outcome)] }).findings)
    if (back === undefined) throw new Error('there is a finding')
    expect(judgedAgain({ outcome: answer }, back)?.outcome ?? null).toBe(worse)
  })
})
