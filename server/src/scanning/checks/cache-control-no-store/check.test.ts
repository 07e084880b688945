import { expect, it } from 'vitest'
import { answers, exchange, html, HOST, pages, silent } from '../../../../test/scans.ts'
import check from './check.ts'

it.each([
  ['no-store alone, which RFC 9111 says is enough', 'no-store', 'pass'],
  ['both words, in any case', 'No-Cache, NO-STORE, must-revalidate', 'pass'],
  ['no-cache alone, which allows keeping', 'no-cache', 'fail'],
  ['private, which allows the browser to keep it', 'private, max-age=0', 'fail'],
  ['a word that only looks like it', 'no-store-please', 'fail'],
])('judges %s', (_, value, outcome) => {
  expect(answers(check, { pages: pages([html({ 'Cache-Control': value })]) })).toEqual([outcome])
})

it('fails a document without the header', () => expect(answers(check, { pages: pages([html()]) })).toEqual(['fail']))

it('joins the header when it is sent twice', () => {
  const twice = {
    ...html(),
    headers: [
      ['content-type', 'text/html'],
      ['cache-control', 'private'],
      ['cache-control', 'no-store'],
    ] as const,
  }
  expect(answers(check, { pages: pages([twice]) })).toEqual(['pass'])
})

it('judges JSON like HTML, and each page by itself', () => {
  const json = exchange({ body: '{"a":1}', headers: { 'content-type': 'application/json', 'cache-control': 'public' } })
  expect(answers(check, { pages: pages([json, html({ 'cache-control': 'no-store' })]) })).toEqual(['fail', 'pass'])
})

it.each([
  ['a refusal', exchange({ status: 401, headers: { 'content-type': 'text/html' } })],
  ['a 204', exchange({ status: 204 })],
  ['a redirect', exchange({ status: 302, headers: { location: '/login' } })],
  ['a picture', exchange({ headers: { 'content-type': 'image/png' } })],
])('says nothing by %s: what users get was not seen', (_, one) => {
  expect(answers(check, { pages: pages([one]) })).toEqual(['inconclusive (no_control)'])
})

it('does not count the shell that any path gets, nor a cacheable page', () => {
  const shell = html({}, '<div id="root"></div>')
  expect(answers(check, { pages: pages([shell], { random: [{ ...shell, url: `${HOST}/4f1c` }] }) })).toEqual(['inconclusive (no_control)'])
  expect(answers(check, { pages: pages([html()], { cacheable: true }) })).toEqual(['not_applicable (no_pages)'])
})

it('does not apply without pages, and does not pass over a page that was silent', () => {
  expect(answers(check, { pages: pages([]) })).toEqual(['not_applicable (no_pages)'])
  expect(answers(check, { pages: pages([], { silent: [silent(`${HOST}/page`)] }) })).toEqual(['inconclusive (connect)'])
  expect(answers(check, { pages: pages([html({ 'cache-control': 'no-store' })], { silent: [silent(`${HOST}/other`)] }) })).toEqual([
    'pass',
    'inconclusive (connect)',
  ])
  expect(answers(check, {})).toEqual(['inconclusive (not_asked)'])
})
