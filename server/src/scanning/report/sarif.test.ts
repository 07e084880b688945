import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { AT, collected, connect, descriptor, exchange, front, HOST, hooks, html, pages, silent, tlsHost } from '../../../test/scans.ts'
import { SARIF } from '../../../test/sarif-schema.ts'
import { sha256 } from '../../platform/crypto.ts'
import { CHECKS } from '../checks/index.ts'
import type { FindingState } from '../finding.ts'
import { judgeArtifacts } from '../judge.ts'
import { readable, type Report } from './report.ts'
import { sarifOf } from './sarif.ts'

const ajv = new Ajv({ allErrors: true, strict: false })
addFormats.default(ajv)
const valid = ajv.compile(SARIF)

/** One of everything: a pass, a fail, a review, a silence and checks that do not apply. */
const report: Report = {
  app_key: 'com.example.app',
  descriptor: sha256('d'),
  consent: true,
  started_at: AT,
  finished_at: AT,
  checks: judgeArtifacts(
    'com.example.app',
    collected({
      descriptor: descriptor(connect({ scopes: ['ADMIN'], name: '<svg/onload=alert(1)>' })),
      front: front([exchange({ url: `${HOST}/` })]),
      pages: pages([html()], { silent: [silent(`${HOST}/quiet`)] }),
      hooks: hooks([{}]),
      tls: { hosts: [tlsHost()], silent: [] },
    }),
    CHECKS,
    sha256,
  ).map((judged) => ({ ...judged, evidence: [sha256('e')] })),
}
type Result = {
  readonly ruleId: string
  readonly ruleIndex: number
  readonly kind: string
  readonly level: string
  readonly suppressions?: readonly unknown[]
  readonly message: { readonly text: string }
}
const log = sarifOf(report, CHECKS, '1.0.0') as unknown as {
  readonly runs: readonly [
    { readonly results: readonly Result[]; readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } } },
  ]
}
const [run] = log.runs

describe('a scan as SARIF', () => {
  it('is valid', () => {
    valid(log)
    expect(valid.errors ?? []).toEqual([])
  })

  it('tells what people decided as suppressions: of all results of a run, or of none', () => {
    const [first, second] = report.checks.flatMap(({ findings }) => findings)
    if (first === undefined || second === undefined) throw new Error('there are findings')
    const known = { dispute: null, suppression: null, status: 'confirmed' } as unknown as FindingState
    const suppression = { reason_code: 'false-positive', until: AT, persons: [], evidence: [] } as const
    const told = sarifOf(report, CHECKS, '0', {
      [first.id]: { ...known, status: 'suppressed', suppression },
      [second.id]: { ...known, status: 'disputed' },
    })
    expect(valid(told)).toBe(true)
    const suppressions = (log: unknown) =>
      (log as { readonly runs: readonly [{ readonly results: readonly Result[] }] }).runs[0].results.map((one) => one.suppressions)
    const [aside, disputed, ...others] = suppressions(told)
    expect([aside, disputed]).toEqual([
      [{ kind: 'external', status: 'accepted', justification: `false-positive, until ${AT}` }],
      [{ kind: 'external', status: 'underReview' }],
    ])
    expect(others.every((list) => list?.length === 0)).toBe(true)
    expect(suppressions(sarifOf(report, CHECKS, '0')).every((list) => list === undefined)).toBe(true)
  })

  it('has a schema that refuses what is not', () => {
    expect(valid({ version: '2.0.0', runs: [] })).toBe(false)
    expect(
      valid({ version: '2.1.0', runs: [{ tool: { driver: { name: 'x' } }, results: [{ message: { text: 'x' }, kind: 'failed' }] }] }),
    ).toBe(false)
  })

  it('maps every outcome to its kind, one to one', () => {
    const kinds = new Set(run.results.map((one) => one.kind))
    expect([...kinds].toSorted()).toEqual(['fail', 'notApplicable', 'open', 'pass', 'review'])
    expect(run.results).toHaveLength(report.checks.flatMap((judged) => judged.findings).length)
  })

  it('has a level with failures only', () => {
    for (const one of run.results) expect(one.level === 'none').toBe(one.kind !== 'fail')
  })

  it('points every result at its rule', () => {
    for (const one of run.results) expect(run.tool.driver.rules[one.ruleIndex]?.id).toBe(one.ruleId)
  })

  it('carries the ids under which findings are known', () => {
    const ids = report.checks.flatMap((judged) => judged.findings.map((finding) => finding.id))
    expect(
      run.results.map((one) => (one as unknown as { partialFingerprints: { 'castellan/v1': string } }).partialFingerprints['castellan/v1']),
    ).toEqual(ids)
  })
})

describe('a scan for people', () => {
  it('puts the worst first, and says what to do about what is wrong', () => {
    const found = readable(report, CHECKS)
    expect(found[0]?.outcome).toBe('fail')
    expect(found[0]?.cvss?.score).toBe(Math.max(...found.flatMap((one) => one.cvss?.score ?? [])))
    for (const one of found) expect(one.fix === null).toBe(one.outcome !== 'fail' && one.outcome !== 'review')
  })
})
