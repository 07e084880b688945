import { expect, it } from 'vitest'
import type { TlsHost } from '../../check.ts'
import { answers, findingsOf, silent, tlsHost } from '../../../../test/scans.ts'
import check from './check.ts'

type Word = TlsHost['versions']['TLSv1']
const spoken = (v10: Word, v11: Word, v12: Word, v13: Word, ssl: Word = 'refused') => ({
  tls: { hosts: [tlsHost({ versions: { SSLv3: ssl, TLSv1: v10, 'TLSv1.1': v11, 'TLSv1.2': v12, 'TLSv1.3': v13 } })], silent: [] },
})

it.each<[string, ReturnType<typeof spoken>, readonly string[]]>([
  ['1.2 and 1.3', spoken('refused', 'refused', 'accepted', 'accepted'), ['pass']],
  ['1.2 alone', spoken('refused', 'refused', 'accepted', 'refused'), ['pass']],
  ['1.3 alone', spoken('refused', 'refused', 'refused', 'accepted'), ['pass']],
  ['1.1 too', spoken('refused', 'accepted', 'accepted', 'accepted'), ['fail']],
  ['1.0 and 1.1 too', spoken('accepted', 'accepted', 'accepted', 'accepted'), ['fail', 'fail']],
  ['1.0 alone', spoken('accepted', 'refused', 'refused', 'refused'), ['fail']],
  ['SSL 3.0 too', spoken('refused', 'refused', 'accepted', 'accepted', 'accepted'), ['fail']],
  ['nothing', spoken('refused', 'refused', 'refused', 'refused'), ['inconclusive (unavailable)']],
  ['an old version that could not be tried', spoken('untried', 'refused', 'accepted', 'accepted'), ['inconclusive (unavailable)']],
  ['an old version although another could not be tried', spoken('untried', 'accepted', 'accepted', 'accepted'), ['fail']],
])('judges a host that speaks %s', (_, tls, outcomes) => expect(answers(check, tls)).toEqual(outcomes))

it('gives each version an id of its own and the published score', () => {
  const found = findingsOf(check, spoken('accepted', 'accepted', 'accepted', 'accepted'))
  expect(new Set(found.map((finding) => finding.id)).size).toBe(2)
  expect(found[0]?.cvss?.score).toBe(7.4)
})

it('says nothing of silent hosts, and does not apply without hosts', () => {
  expect(answers(check, { tls: { hosts: [], silent: [silent('https://app.example/', 'dns', 'ours')] } })).toEqual(['inconclusive (dns)'])
  expect(answers(check, { tls: { hosts: [], silent: [] } })).toEqual(['not_applicable (no_own_host)'])
})
