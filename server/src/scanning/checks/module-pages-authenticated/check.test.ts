import { expect, it } from 'vitest'
import type { Exchange } from '../../check.ts'
import { answers, DATA, exchange, html, HOST, pages, silent } from '../../../../test/scans.ts'
import check from './check.ts'

const json = (body: string) => exchange({ body, headers: { 'content-type': 'application/json' } })
const to = (location: string) => exchange({ status: 302, headers: { location } })

it.each<[string, Exchange, string]>([
  ['401', exchange({ status: 401 }), 'pass'],
  ['400', exchange({ status: 400 }), 'pass'],
  ['403 with a long page', { ...html({}, DATA), status: 403 }, 'pass'],
  ['the way to its own login', to('/login?next=/page'), 'pass'],
  ['the way to somewhere on its own host', to('/welcome'), 'review (redirect)'],
  ['the way to a login elsewhere', to('https://idp.example/login'), 'review (redirect)'],
  ['a redirect to nowhere', exchange({ status: 302 }), 'review (redirect)'],
  ['data in a table', html(), 'fail'],
  ['data in JSON', json('{"issues":[{"key":"A-1"}]}'), 'fail'],
  ['data although a script says error', html({}, `<script>log("error 401 unauthorized")</script>${DATA}`), 'fail'],
  ['a form filled in', html({}, '<form><input name="a" value="secret"></form>'), 'fail'],
  ['an empty JSON object', json('{}'), 'review (public_shell)'],
  ['an empty list', json(' [ ] '), 'review (public_shell)'],
  [
    'an empty shell',
    html({}, '<html><title>My app</title><div id="root">Loading…</div><script src="/a.js"></script></html>'),
    'review (public_shell)',
  ],
  ['a refusal in words', html({}, '<p>You are not signed in.</p>'), 'review (refuses_in_text)'],
  ['404', exchange({ status: 404 }), 'review (not_found)'],
  ['405', exchange({ status: 405 }), 'review (not_found)'],
  ['500', exchange({ status: 500 }), 'inconclusive (unavailable)'],
  ['503 of a crashed app', exchange({ status: 503 }), 'inconclusive (unavailable)'],
  ['429', exchange({ status: 429 }), 'inconclusive (rate_limited)'],
])('judges %s', (_, one, outcome) => expect(answers(check, { pages: pages([one]) })).toEqual([outcome]))

it('takes what any path of the same host gets for a shell, however full', () => {
  const random = { ...html(), url: `${HOST}/4f1c` }
  expect(answers(check, { pages: pages([html()], { random: [random] }) })).toEqual(['review (public_shell)'])
  expect(answers(check, { pages: pages([html()], { random: [{ ...random, url: 'https://other.example/4f1c' }] }) })).toEqual(['fail'])
  expect(answers(check, { pages: pages([html()], { random: [{ ...random, status: 404 }] }) })).toEqual(['fail'])
})

it('finds the open page among silent ones, and never passes on silence', () => {
  expect(answers(check, { pages: pages([html()], { silent: [silent(`${HOST}/other`)] }) })).toEqual(['fail', 'inconclusive (connect)'])
  expect(answers(check, { pages: pages([], { silent: [silent(`${HOST}/page`, 'no_consent')] }) })).toEqual(['inconclusive (no_consent)'])
})

it('does not apply to cacheable pages, nor without pages', () => {
  expect(answers(check, { pages: pages([html()], { cacheable: true }) })).toEqual(['not_applicable (cacheable)'])
  expect(answers(check, { pages: pages([]) })).toEqual(['not_applicable (no_pages)'])
})

it('reads hostile markup in linear time', () => {
  const hostile = `${'<script'.repeat(300)}${'<'.repeat(900)}`.slice(0, 2_048)
  expect(answers(check, { pages: pages([html({}, hostile)]) })).toHaveLength(1)
})
