import { expect, it } from 'vitest'
import { answers, exchange, findingsOf, html, HOST, pages, silent } from '../../../../test/scans.ts'
import type { Exchange } from '../../check.ts'
import check from './check.ts'

const at = (path: string, body: string, type = 'text/plain', status = 200): Exchange =>
  exchange({ url: `${HOST}${path}`, body, status, headers: { 'content-type': type } })
const lying = (one: Exchange, random: readonly Exchange[] = []) => ({
  pages: pages([], { random }),
  left_lying: { seen: [one], silent: [] },
})

it.each([
  ['a branch', at('/.git/HEAD', 'ref: refs/heads/main\n'), 'fail'],
  ['a commit', at('/.git/HEAD', `${'0a'.repeat(20)}\n`), 'fail'],
  ['a text about branches', at('/.git/HEAD', 'ref: refs/heads/main is what we use. Read more'), 'pass'],
  ['settings', at('/.env', 'NODE_ENV=…\nDB_PASSWORD=…\n', 'application/octet-stream'), 'fail'],
  ['a page where settings would be', at('/.env', 'A=1\n<html>', 'text/html'), 'pass'],
  ['the state of a server', at('/server-status', '<h1>Apache Server Status for app</h1>', 'text/html'), 'fail'],
  ['nothing', at('/.env', 'Not found', 'text/plain', 404), 'pass'],
  ['a refusal', at('/server-status', 'Apache Server Status for', 'text/html', 403), 'pass'],
  ['trouble', at('/.env', '', 'text/plain', 500), 'inconclusive (unavailable)'],
])('judges %s', (_, one, outcome) => expect(answers(check, lying(one))).toEqual([outcome]))

it('does not take for a file what any path gets', () => {
  const anything = at('/.env', 'A_SETTING=of a test page')
  expect(answers(check, lying(anything, [{ ...anything, url: `${HOST}/4f1c` }]))).toEqual(['pass'])
})

const erring = (body: string, status = 500) => ({
  pages: pages([exchange({ status, body })]),
  left_lying: { seen: [at('/.env', '', 'text/plain', 404)], silent: [] },
})

it.each([
  ['JavaScript', 'Error: x\n    at handle (/srv/app/node_modules/express/lib/router.js:12:7)'],
  ['Python', 'Traceback (most recent call last):\n  File "/srv/a.py", line 3'],
  ['Java', 'at com.example.Web.get(Web.java:12)'],
  ['.NET', 'at Web.Get() in C:\\srv\\Web.cs:line 12'],
  ['PHP', 'Fatal error: x in /srv/index.php on line 12'],
  ['Ruby', "app/models/a.rb:12:in `get'"],
])('fails a stack of %s in an error, and not in a page that explains one', (_, stack) => {
  expect(answers(check, erring(stack))).toEqual(['pass', 'fail'])
  expect(answers(check, erring(stack, 200))).toEqual(['pass'])
})

it('gives the stack at a path of chance the same id in every scan', () => {
  const id = (path: string) => {
    const random = exchange({ url: `${HOST}/${path}`, status: 404, body: 'Traceback (most recent call last):' })
    return findingsOf(check, { pages: pages([], { random: [random] }), left_lying: { seen: [], silent: [] } })[0]?.id
  }
  expect(id('0a'.repeat(9))).toBe(id('1b'.repeat(9)))
})

it.each([
  ['nginx/1.18.0', 'server', ['pass', 'review (version_banner)']],
  ['PHP/7.4.3', 'x-powered-by', ['pass', 'review (version_banner)']],
  ['4.0.30319', 'x-aspnet-version', ['pass', 'review (version_banner)']],
  ['nginx', 'server', ['pass']],
  ['Express', 'x-powered-by', ['pass']],
  ['AmazonS3', 'server', ['pass']],
])('sends "%s" to a person only where it names a version', (banner, name, outcomes) => {
  const found = {
    pages: pages([html({ [name]: banner }), html({ [name]: banner })]),
    left_lying: { seen: [at('/.env', '', '', 404)], silent: [] },
  }
  expect(answers(check, found)).toEqual(outcomes)
})

it('does not pass over silence, and does not apply without a host', () => {
  expect(answers(check, { pages: pages([]), left_lying: { seen: [], silent: [silent(`${HOST}/.env`)] } })).toEqual([
    'inconclusive (connect)',
  ])
  expect(answers(check, { pages: pages([]), left_lying: { seen: [], silent: [] } })).toEqual(['not_applicable (no_own_host)'])
  expect(answers(check, { pages: pages([]) })).toEqual(['inconclusive (not_asked)'])
})
