import { expect, it } from 'vitest'
import { answers, DATA, exchange, html, pages, silent, HOST } from '../../../../test/scans.ts'
import check from './check.ts'

it.each([
  ['no-referrer', 'pass'],
  ['same-origin', 'pass'],
  ['strict-origin-when-cross-origin', 'pass'],
  ['Origin', 'pass'],
  ['unsafe-url', 'fail'],
  ['no-referrer-when-downgrade', 'fail'],
  ['unsafe-url, no-referrer', 'pass'],
  ['no-referrer, unsafe-url', 'fail'],
  ['no-referrer, a-word-of-the-future', 'pass'],
  ['a-word-of-the-future', 'fail'],
  ['', 'fail'],
])('judges "%s" by its last known word', (value, outcome) => {
  expect(answers(check, { pages: pages([html({ 'Referrer-Policy': value })]) })).toEqual([outcome])
})

it('fails a page without the header', () => expect(answers(check, { pages: pages([html()]) })).toEqual(['fail']))

it.each([
  ['loosens', 'no-referrer', '<meta name="referrer" content="unsafe-url">', 'fail'],
  ['tightens', 'unsafe-url', "<meta content='no-referrer' name=referrer>", 'pass'],
  ['says nothing known', 'no-referrer', '<meta name="referrer" content="always">', 'pass'],
])('lets the page’s own tag win, which %s', (_, value, tag, outcome) => {
  expect(answers(check, { pages: pages([html({ 'referrer-policy': value }, `<head>${tag}</head>${DATA}`)]) })).toEqual([outcome])
})

it('is about documents only', () => {
  const json = exchange({ body: '{"a":1}', headers: { 'content-type': 'application/json' } })
  expect(answers(check, { pages: pages([json]) })).toEqual(['inconclusive (no_control)'])
  expect(answers(check, { pages: pages([exchange({ status: 403 })]) })).toEqual(['inconclusive (no_control)'])
  expect(answers(check, { pages: pages([]) })).toEqual(['not_applicable (no_pages)'])
  expect(answers(check, { pages: pages([], { silent: [silent(`${HOST}/page`)] }) })).toEqual(['inconclusive (connect)'])
})
