import { expect, it } from 'vitest'
import { answers, connect, descriptor, exchange, findingsOf, forge, silent } from '../../../../test/scans.ts'
import check from './check.ts'

const PLAIN = 'http://app.example/'
const plain = (of: Parameters<typeof exchange>[0]) => ({
  descriptor: descriptor(connect()),
  plain_http: { seen: [exchange({ url: PLAIN, ...of })], silent: [] },
})
const to = (location: string, status = 301) => plain({ status, headers: { location } })

it.each([
  ['content', plain({ body: '<h1>App</h1>' }), 'fail'],
  ['a permanent redirect to https', to('https://app.example/'), 'pass'],
  ['a redirect of the other kind to https', to('https://app.example/', 307), 'pass'],
  ['a redirect to https at another port of the host', to('https://app.example:8443/'), 'pass'],
  ['a redirect that stays on http', to('/login'), 'fail'],
  ['a redirect to another host', to('https://www.app.example/'), 'review (redirect)'],
  ['a redirect to nowhere', plain({ status: 301 }), 'review (redirect)'],
  ['a redirect that sets a cookie', plain({ status: 301, headers: { location: 'https://app.example/', 'Set-Cookie': 'a=b' } }), 'fail'],
  ['a refusal', plain({ status: 400, body: 'plain HTTP request to an HTTPS port' }), 'pass'],
  ['a refusal that sets a cookie', plain({ status: 403, headers: { 'set-cookie': 'a=b' } }), 'fail'],
  ['an empty answer', plain({ status: 204 }), 'review (empty_answer)'],
  ['trouble', plain({ status: 502 }), 'inconclusive (unavailable)'],
])('judges %s', (_, artifacts, outcome) => expect(answers(check, artifacts)).toEqual([outcome]))

it.each([
  ['a closed port', 'connect', 'pass'],
  ['a port that speaks TLS only', 'reset', 'pass'],
  ['an answer that is no HTTP', 'bad_response', 'pass'],
  ['a connection that never came about', 'connect_timeout', 'inconclusive (connect_timeout)'],
  ['an address that we do not ask', 'forbidden_address', 'inconclusive (forbidden_address)'],
])('judges %s', (_, reason, outcome) => {
  const artifacts = { descriptor: descriptor(connect()), plain_http: { seen: [], silent: [silent(PLAIN, reason)] } }
  expect(answers(check, artifacts)).toEqual([outcome])
})

it('does not apply to an app of the platform, and does not pass over a missing base', () => {
  const plain_http = { seen: [], silent: [] }
  expect(answers(check, { descriptor: descriptor(forge()), plain_http })).toEqual(['not_applicable (no_own_host)'])
  expect(answers(check, { descriptor: descriptor(connect()), plain_http })).toEqual(['inconclusive (not_supplied)'])
  expect(answers(check, { descriptor: descriptor(connect()) })).toEqual(['inconclusive (not_asked)'])
})

it('gives content and cookies ids of their own and the score of broken transport', () => {
  const [content] = findingsOf(check, plain({ body: 'x' }))
  const [cookie] = findingsOf(check, plain({ headers: { 'set-cookie': 'a=b' } }))
  expect(content?.id).not.toBe(cookie?.id)
  expect(content?.cvss?.score).toBe(7.4)
})
