import { expect, it } from 'vitest'
import { answers, AT, findingsOf, silent } from '../../../../test/scans.ts'
import type { ScriptSeen } from '../../check.ts'
import check from './check.ts'

const script = (severity: 'low' | 'medium' | 'high' | 'critical' | null, more: Partial<ScriptSeen> = {}): ScriptSeen => ({
  url: 'https://cdn.example/jquery-1.8.3.js',
  page: 'https://app.example/page',
  kind: 'foreign',
  status: null,
  bytes: null,
  secrets: [],
  libraries: [
    { library: 'jquery', version: '1.8.3', by: 'name', advisories: severity === null ? [] : [{ id: 'CVE-1', severity, below: '1.9.0' }] },
  ],
  ...more,
})
const of = (seen: readonly ScriptSeen[], advisories: { as_of: typeof AT; libraries: number } | null = { as_of: AT, libraries: 90 }) => ({
  scripts: { seen, advisories, silent: [] },
})

it.each<[string, ReturnType<typeof of>, readonly string[]]>([
  ['a library that is in order', of([script(null)]), ['pass']],
  ['a critical hole', of([script('critical')]), ['fail']],
  ['a high hole', of([script('high')]), ['fail']],
  ['a medium hole', of([script('medium')]), ['review (minor_hole)']],
  ['a script that nobody knows', of([script(null, { libraries: [] })]), ['pass']],
  [
    'a script that is not given',
    of([script(null), script(null, { kind: 'own', status: 503, libraries: [] })]),
    ['inconclusive (unavailable)'],
  ],
  ['no list', of([script('critical')], null), ['inconclusive (no_advisories)']],
  ['no scripts', of([]), ['not_applicable (no_scripts)']],
  ['no scripts and no list', of([], null), ['not_applicable (no_scripts)']],
])('judges %s', (_, artifacts, outcomes) => expect(answers(check, artifacts)).toEqual(outcomes))

it('keeps what it found beside what did not answer, and passes nothing over silence', () => {
  const quiet = { advisories: { as_of: AT, libraries: 1 }, silent: [silent('https://app.example/app.js')] }
  expect(answers(check, { scripts: { ...quiet, seen: [script('high')] } })).toEqual(['fail', 'inconclusive (connect)'])
  expect(answers(check, { scripts: { ...quiet, seen: [script(null)] } })).toEqual(['inconclusive (connect)'])
})

it('gives one hole one id, whichever version brings it', () => {
  const older = script('high', {
    libraries: [{ library: 'jquery', version: '1.7.0', by: 'content', advisories: [{ id: 'CVE-1', severity: 'high', below: '1.9.0' }] }],
  })
  expect(findingsOf(check, of([older]))[0]?.id).toBe(findingsOf(check, of([script('high')]))[0]?.id)
})
