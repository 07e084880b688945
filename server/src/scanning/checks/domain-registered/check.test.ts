import { expect, it } from 'vitest'
import { dayOf, instant } from '../../../kernel/time.ts'
import { answers, AT, findingsOf } from '../../../../test/scans.ts'
import type { Artifacts } from '../../check.ts'
import check from './check.ts'

type Names = Artifacts['names']
const host = (domain_exists: boolean | null, name = 'app.example'): Names['hosts'][number] => ({
  host: name,
  chain: [],
  end: 'addresses',
  domain: 'app.example',
  domain_exists,
})
const of = (hosts: Names['hosts'], expires: string | null) => ({
  names: { at: AT, hosts, registrations: expires === null ? null : { as_of: AT, expires: { 'app.example': expires } } } as Names,
})

it.each<[string, ReturnType<typeof of>, readonly string[]]>([
  ['a free domain', of([host(false)], null), ['fail']],
  ['a free domain that the list still has', of([host(false)], '2027-12-01'), ['fail']],
  ['a registered one', of([host(true)], '2027-12-01'), ['pass']],
  ['one that ends in thirty days', of([host(true)], '2026-12-24'), ['pass']],
  ['one that ends sooner', of([host(true)], '2026-12-20'), ['review (ends_soon)']],
  ['one that ended', of([host(true)], '2026-11-22'), ['fail']],
  ['one without a list', of([host(true)], null), ['inconclusive (no_registration_data)']],
  ['silent name servers', of([host(null)], '2027-12-01'), ['inconclusive (dns)']],
  ['two hosts of one domain, once', of([host(true), host(true, 'www.app.example')], '2027-12-01'), ['pass']],
  ['no host', of([], null), ['not_applicable (no_own_host)']],
])('judges %s', (_, names, outcomes) => expect(answers(check, names)).toEqual(outcomes))

it('is held against the day of the look and not of the list', () => {
  const year_ago = {
    as_of: instant(Date.parse('2025-11-01T00:00:00Z')),
    expires: { 'app.example': dayOf(instant(Date.parse('2026-11-20T00:00:00Z'))) },
  }
  expect(answers(check, { names: { at: AT, hosts: [host(true)], registrations: year_ago } })).toEqual(['fail'])
})

it('gives the published score', () => expect(findingsOf(check, of([host(false)], null))[0]?.cvss?.score).toBe(9))
