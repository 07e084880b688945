import { expect, it } from 'vitest'
import { answers, findingsOf, silent, SUITES, tlsHost } from '../../../../test/scans.ts'
import type { TlsHost } from '../../check.ts'
import check from './check.ts'

const of = (suites: Partial<TlsHost['suites']>, versions: Partial<TlsHost['versions']> = {}) => ({
  tls: { hosts: [tlsHost({ suites: { ...SUITES, ...suites }, versions: { ...tlsHost().versions, ...versions } })], silent: [] },
})
const weak = (more: Partial<TlsHost['suites']['weak']>) => of({ weak: { ...SUITES.weak, ...more } })

it.each<[string, ReturnType<typeof of>, readonly string[]]>([
  ['strong suites', of({}), ['pass']],
  ['TLS 1.3 alone', of({ preferred: null }, { 'TLSv1.2': 'refused' }), ['pass']],
  ['ChaCha20', of({ preferred: 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256' }), ['pass']],
  ['CBC', of({ preferred: 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA' }), ['review (old_suite)']],
  ['no forward secrecy', of({ preferred: 'TLS_RSA_WITH_AES_128_GCM_SHA256' }), ['review (old_suite)']],
  ['no encryption', weak({ 'no encryption': 'accepted' }), ['review (weak_suite)']],
  ['two weak sets', weak({ RC4: 'accepted', 'DES or 3DES': 'accepted' }), ['review (weak_suite)', 'review (weak_suite)']],
  ['a set that could not be offered', weak({ RC4: 'untried' }), ['inconclusive (unavailable)']],
  ['nothing chosen', of({ preferred: null }), ['inconclusive (unavailable)']],
])('judges %s', (_, tls, outcomes) => expect(answers(check, tls)).toEqual(outcomes))

it('tells sets apart by their ids', () => {
  const found = findingsOf(check, weak({ RC4: 'accepted', 'export keys': 'accepted' }))
  expect(new Set(found.map(({ id }) => id)).size).toBe(2)
})

it('says nothing of silent hosts, and does not apply without hosts', () => {
  expect(answers(check, { tls: { hosts: [], silent: [silent('https://app.example/', 'dns', 'ours')] } })).toEqual(['inconclusive (dns)'])
  expect(answers(check, { tls: { hosts: [], silent: [] } })).toEqual(['not_applicable (no_own_host)'])
})
