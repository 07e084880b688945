import { expect, it } from 'vitest'
import { answers, connect, descriptor, exchange, front, html, HOST, pages, silent } from '../../../../test/scans.ts'
import check from './check.ts'

const app = descriptor(connect())
const sets = (cookie: string) => ({ descriptor: app, front: front([]), pages: pages([html({ 'Set-Cookie': cookie })]) })

it.each([
  ['both words in lower case', 'connect.sid=a; path=/; secure; httponly', 'pass'],
  ['both words in capitals', 'JSESSIONID=a; Secure; HttpOnly; SameSite=None', 'pass'],
  ['no Secure', 'PHPSESSID=a; HttpOnly', 'fail'],
  ['no HttpOnly', 'auth_token=a; Secure', 'fail'],
  ['neither', 'connect.sid=a', 'fail'],
  ['a language', 'lang=en', 'not_applicable (no_session_cookie)'],
  ['a CSRF token, which scripts must read', 'XSRF-TOKEN=a; Secure', 'not_applicable (no_session_cookie)'],
  ['a session taken away by age', 'sid=; Max-Age=0', 'not_applicable (no_session_cookie)'],
  ['a session taken away by a negative age', 'sid=; Max-Age=-1', 'not_applicable (no_session_cookie)'],
  ['a session taken away by date', 'sid=; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'not_applicable (no_session_cookie)'],
  ['a session that ended a minute ago', 'sid=x; Expires=Mon, 23 Nov 2026 08:59:00 GMT', 'not_applicable (no_session_cookie)'],
  ['a session that ends in a minute', 'sid=x; Expires=Mon, 23 Nov 2026 09:01:00 GMT', 'fail'],
])('judges %s', (_, cookie, outcome) => expect(answers(check, sets(cookie))).toEqual([outcome]))

it('looks at the front of the app’s own hosts, and at refusals', () => {
  const bare = { descriptor: app, pages: pages([exchange({ status: 401, headers: { 'set-cookie': 'sid=a' } })]) }
  expect(answers(check, { ...bare, front: front([exchange({ url: `${HOST}/`, headers: { 'set-cookie': 'sid=b' } })]) })).toEqual([
    'fail',
    'fail',
  ])
  const foreign = exchange({ url: 'https://other.example/d.json', headers: { 'set-cookie': 'sid=b' } })
  expect(answers(check, { ...bare, front: front([foreign]) })).toEqual(['fail'])
})

it('says nothing where it saw nothing', () => {
  const seen = { descriptor: app, front: front([exchange({ url: `${HOST}/` })]) }
  expect(answers(check, { ...seen, pages: pages([exchange({ status: 401 })]) })).toEqual(['inconclusive (no_control)'])
  expect(answers(check, { ...seen, pages: pages([]) })).toEqual(['not_applicable (no_pages)'])
  expect(answers(check, { ...seen, pages: pages([html()], { silent: [silent(`${HOST}/b`)] }) })).toEqual([
    'not_applicable (no_session_cookie)',
    'inconclusive (connect)',
  ])
})
