import { expect, it } from 'vitest'
import { answers, AT, exchange, front } from '../../../../test/scans.ts'
import type { Artifacts } from '../../check.ts'
import check from './check.ts'

type Facts = Artifacts['names']['hosts'][number]
const of = (more: Partial<Facts>, body = 'Hello') => ({
  names: {
    at: AT,
    hosts: [{ host: 'docs.app.example', chain: [], end: 'addresses' as const, domain: 'app.example', domain_exists: true, ...more }],
    registrations: null,
  },
  front: front([exchange({ url: 'https://docs.app.example/', body })]),
})

it.each<[string, ReturnType<typeof of>, readonly string[]]>([
  ['addresses of its own', of({}), ['pass']],
  ['another name that leads somewhere', of({ chain: ['app.netlify.app'] }), ['pass']],
  ['another name that leads nowhere', of({ chain: ['gone.azurewebsites.net'], end: 'no_such_name' }), ['fail']],
  ['a service that nobody claimed', of({ chain: ['someone.github.io'] }, "<h1>404</h1> There isn't a GitHub Pages site here."), ['fail']],
  ['the words of one service at another', of({ chain: ['app.netlify.app'] }, "There isn't a GitHub Pages site here."), ['pass']],
  ['the words without another name', of({}, 'No such app'), ['pass']],
  ['no such name, and no other', of({ end: 'no_such_name' }), ['inconclusive (no_such_host)']],
  ['silent name servers', of({ end: 'failed' }), ['inconclusive (dns)']],
])('judges %s', (_, artifacts, outcomes) => expect(answers(check, artifacts)).toEqual(outcomes))

it('does not apply without a host', () => {
  expect(answers(check, { names: { at: AT, hosts: [], registrations: null }, front: front([]) })).toEqual(['not_applicable (no_own_host)'])
})
