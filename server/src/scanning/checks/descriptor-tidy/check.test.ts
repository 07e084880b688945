import { expect, it } from 'vitest'
import { answers, connect, descriptor, findingsOf, forge } from '../../../../test/scans.ts'
import check from './check.ts'

const of = (more: object, test_hosts: readonly string[] = []) => ({ descriptor: descriptor(connect(more), { test_hosts }) })

it('passes a descriptor in order, also with a path in its base', () => {
  expect(answers(check, of({}))).toEqual(['pass'])
  expect(answers(check, of({ baseUrl: 'https://app.example/jira/v2/' }))).toEqual(['pass'])
})

it.each<[string, object, string]>([
  ['plain http', { baseUrl: 'http://app.example' }, 'not https'],
  ['a tunnel', { baseUrl: 'https://1a2b.ngrok.io' }, 'tunnel'],
  ['a newer tunnel', { baseUrl: 'https://x.ngrok-free.app' }, 'tunnel'],
  ['localhost', { baseUrl: 'https://localhost:3000' }, 'local host'],
  ['a private address', { baseUrl: 'https://10.1.2.3' }, 'local host'],
  ['the edge of 172.16/12', { baseUrl: 'https://172.31.0.1' }, 'local host'],
  ['a metadata address', { baseUrl: 'https://169.254.169.254' }, 'local host'],
  ['loopback of IPv6', { baseUrl: 'https://[::1]/' }, 'local host'],
  ['a number that means loopback', { baseUrl: 'https://2130706433/' }, 'local host'],
  ['a password in the address', { baseUrl: 'https://a:b@app.example' }, 'userinfo'],
  ['a key of 65 characters', { key: 'k'.repeat(65) }, 'long key'],
  ['an install hook elsewhere', { lifecycle: { installed: 'https://other.example/installed' } }, 'foreign hook'],
])('fails %s', (_, more, defect) => {
  expect(findingsOf(check, of(more)).map((finding) => [finding.outcome, finding.defect])).toContainEqual(['fail', defect])
})

it.each<[string, object]>([
  ['beside the private range', { baseUrl: 'https://172.32.0.1' }],
  ['a name that only looks like a tunnel', { baseUrl: 'https://ngrok.io.example' }],
  ['a key of 64 characters', { key: 'k'.repeat(64) }],
  [
    'a hook on a sub-domain of its own',
    { lifecycle: { installed: 'https://hooks.app.example/installed' }, baseUrl: 'https://www.app.example' },
  ],
])('passes what lies just beyond: %s', (_, more) => expect(answers(check, of(more))).toEqual(['pass']))

it('keeps neighbours on shared hosting apart', () => {
  const more = { baseUrl: 'https://mine.herokuapp.com', lifecycle: { installed: 'https://other.herokuapp.com/installed' } }
  expect(findingsOf(check, of(more)).map((finding) => finding.defect)).toContain('foreign hook')
})

it('never shows a password', () => {
  expect(JSON.stringify(findingsOf(check, of({ baseUrl: 'https://user:hunter2-and-more@app.example' })))).not.toContain('hunter2')
})

it('leaves out hosts that a test allowed, and says what is missing', () => {
  expect(answers(check, of({ baseUrl: 'https://127.0.0.1:3100' }, ['127.0.0.1:3100']))).toEqual(['pass'])
  expect(answers(check, of({ baseUrl: 'https://127.0.0.1:3100' }, ['127.0.0.1:3101']))).toEqual(['fail'])
  expect(answers(check, of({ baseUrl: undefined }))).toEqual(['inconclusive (not_supplied)'])
  expect(answers(check, { descriptor: descriptor(forge()) })).toEqual(['not_applicable (no_own_host)'])
})
