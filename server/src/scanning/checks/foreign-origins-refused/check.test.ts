import { expect, it } from 'vitest'
import { answers, exchange, findingsOf, HOST, silent } from '../../../../test/scans.ts'
import check from './check.ts'

const STRANGER = 'https://scan-1a2b.example'
const asked = (headers: Record<string, string>, origin = STRANGER, status = 200) => ({
  origins: { probes: [{ origin, exchange: exchange({ status, headers }) }], silent: [] },
})
const allows = (origin: string, credentials?: string) => ({
  'Access-Control-Allow-Origin': origin,
  ...(credentials === undefined ? {} : { 'Access-Control-Allow-Credentials': credentials }),
})

it.each([
  ['reflection with credentials', asked(allows(STRANGER, 'true')), 'fail'],
  ['null with credentials', asked(allows('null', 'true'), 'null'), 'fail'],
  ['reflection on a refusal', asked(allows(STRANGER, 'true'), STRANGER, 401), 'fail'],
  ['reflection without credentials', asked(allows(STRANGER)), 'pass'],
  ['reflection with a word that browsers do not take', asked(allows(STRANGER, 'TRUE')), 'pass'],
  ['everybody, which goes with no credentials', asked(allows('*', 'true')), 'pass'],
  ['a fixed origin', asked(allows('https://host.example', 'true')), 'pass'],
  ['nothing', asked({}), 'pass'],
  ['trouble', asked({}, STRANGER, 503), 'inconclusive (unavailable)'],
])('judges %s', (_, artifacts, outcome) => expect(answers(check, artifacts)).toEqual([outcome]))

it('keeps a finding’s id although the name is another each time', () => {
  const [one] = findingsOf(check, asked(allows(STRANGER, 'true')))
  const [other] = findingsOf(check, asked(allows('https://scan-ffff.example', 'true'), 'https://scan-ffff.example'))
  const [null_] = findingsOf(check, asked(allows('null', 'true'), 'null'))
  expect(one?.id).toBe(other?.id)
  expect(one?.id).not.toBe(null_?.id)
  expect(one?.cvss?.score).toBe(6.5)
})

it('does not pass over silence, and does not apply without a host', () => {
  expect(answers(check, { origins: { probes: [], silent: [silent(`${HOST}/`)] } })).toEqual(['inconclusive (connect)'])
  expect(answers(check, { origins: { probes: [], silent: [] } })).toEqual(['not_applicable (no_own_host)'])
  expect(answers(check, {})).toEqual(['inconclusive (not_asked)'])
})
