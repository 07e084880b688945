import { describe, expect, it } from 'vitest'
import { says } from '../kernel/says.ts'
import { instant } from '../kernel/time.ts'
import type { FindingState } from '../scanning/finding.ts'
import type { ScansDocument } from '../scanning/scans-view.ts'
import { fleetOf } from './fleet.ts'

const AT = instant(Date.parse('2026-11-25T09:00:00Z'))

const state = (finding: string, of: Partial<FindingState>): FindingState => ({
  finding: `sha256:${finding.padEnd(64, '0')}`,
  check: 'hsts-enabled',
  outcome: 'fail',
  where: '',
  defect: 'a defect',
  score: 5,
  says: says('scanning.title', { title: '' }),
  status: 'confirmed',
  first_seen_at: AT,
  clean_since: null,
  fixed_at: null,
  regressions: 0,
  confirmed_by: null,
  dispute: null,
  suppression: null,
  ...of,
})
const lives = (app: string, ...states: readonly FindingState[]) => ({
  app,
  findings: Object.fromEntries(states.map((one) => [one.finding, one])),
  beyond: 0,
  next_due_at: null,
})
const scans = (app: string, outcome: 'pass' | 'inconclusive', blind: 'ours' | 'theirs' | null = null): ScansDocument => ({
  app,
  last: { started_at: AT, observed_at: AT, descriptor: 'sha256:0', consent: true, report: 'sha256:1' },
  checks: {
    'hsts-enabled': {
      outcome,
      reason: blind === null ? null : 'no_consent',
      blind,
      says: says('scanning.title', { title: '' }),
      since: AT,
      observed_at: AT,
      evidence: [],
    },
  },
})

describe('the scanner over all apps', () => {
  const fleet = fleetOf(
    new Map([['a', 'Tides']]),
    [scans('a', 'pass'), scans('b', 'inconclusive', 'theirs'), scans('c', 'inconclusive', 'theirs')],
    [
      lives(
        'a',
        state('1', { score: 9.1 }),
        state('2', { status: 'fixed', score: 9.1 }),
        state('3', { status: 'suppressed', score: 9.1 }),
        state('4', { outcome: 'review', score: 8 }),
      ),
      lives('b', state('5', { regressions: 2 }), state('6', { status: 'disputed', dispute: { by: 'pia', at: AT, evidence: [] } })),
    ],
  )
  const apps = (rows: readonly { readonly app: string; readonly score: number | null }[]) => rows.map(({ app, score }) => [app, score])

  it('counts what is open: neither what is fixed nor what is set aside', () => expect([fleet.apps, fleet.open]).toEqual([3, 4]))
  it('calls severe only what counts', () => expect(apps(fleet.severe)).toEqual([['a', 9.1]]))
  it('lists suspicions that wait for a person', () => expect(apps(fleet.awaiting)).toEqual([['a', 8]]))
  it('lists what came back, and what is disputed', () =>
    expect([apps(fleet.regressed), apps(fleet.disputed)]).toEqual([[['b', 5]], [['b', 5]]]))
  it('names an app as the directory does', () => expect(fleet.severe[0]?.name).toBe('Tides'))
  it('says what could not be told, by reason and by whose doing', () =>
    expect(fleet.dark).toEqual([{ reason: 'No consent', blind: 'theirs', apps: 2, answers: 2 }]))
  it('says how far each check sees', () =>
    expect(fleet.coverage).toEqual([expect.objectContaining({ check: 'hsts-enabled', pass: 1, inconclusive: 2, fail: 0 })]))
})
