import { expect, it } from 'vitest'
import { after, DAY_MS, instant } from '../../../kernel/time.ts'
import { answers, AT, findingsOf, silent, tlsHost } from '../../../../test/scans.ts'
import check from './check.ts'

const valid = tlsHost().certificate
if (valid === null) throw new Error('the fixture has a certificate')
const of = (more: Partial<typeof valid>) => ({ tls: { hosts: [tlsHost({ certificate: { ...valid, ...more } })], silent: [] } })
const year = { valid_from: after(AT, -300 * DAY_MS) }

it('passes a trusted certificate with time left', () => expect(answers(check, of({}))).toEqual(['pass']))

it.each([['CERT_HAS_EXPIRED'], ['ERR_TLS_CERT_ALTNAME_INVALID'], ['UNABLE_TO_VERIFY_LEAF_SIGNATURE'], ['DEPTH_ZERO_SELF_SIGNED_CERT']])(
  'fails one that is refused: %s',
  (problem) => {
    const [finding] = findingsOf(check, of({ trusted: false, problem }))
    expect(finding).toMatchObject({ outcome: 'fail', defect: `certificate: ${problem}`, cvss: { score: 8.1 } })
  },
)

it.each([
  ['at fourteen days', 14 * DAY_MS, 'pass'],
  ['a second before', 14 * DAY_MS - 1_000, 'review (certificate_ends_soon)'],
  ['on its last day', 1_000, 'review (certificate_ends_soon)'],
])('warns before the end, %s', (_, left, outcome) => {
  expect(answers(check, of({ ...year, valid_to: instant(Date.parse(AT) + left) }))).toEqual([outcome])
})

it.each([
  ['a third of its life left', 2 * DAY_MS, 'pass'],
  ['less than that', 2 * DAY_MS - 1_000, 'review (certificate_ends_soon)'],
])('knows certificates of six days: %s', (_, left, outcome) => {
  const valid_to = after(AT, left)
  expect(answers(check, of({ valid_from: after(valid_to, -6 * DAY_MS), valid_to }))).toEqual([outcome])
})

it('says nothing of a host that showed none or gave no answer, and does not apply without a host', () => {
  expect(answers(check, { tls: { hosts: [tlsHost({ certificate: null })], silent: [] } })).toEqual(['inconclusive (unavailable)'])
  expect(answers(check, { tls: { hosts: [tlsHost()], silent: [silent('https://other.example:443/')] } })).toEqual([
    'pass',
    'inconclusive (connect)',
  ])
  expect(answers(check, { tls: { hosts: [], silent: [] } })).toEqual(['not_applicable (no_own_host)'])
})
