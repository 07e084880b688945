import { expect, it } from 'vitest'
import { answers, exchange, html, HOST, pages, silent } from '../../../../test/scans.ts'
import check from './check.ts'

const OPEN = 'review (framed_by_anybody)'
it.each([
  ["default-src 'self'; frame-ancestors https://*.host.example https://host.example", 'pass'],
  ["frame-ancestors 'self'", 'pass'],
  ["frame-ancestors 'none'", 'pass'],
  ['frame-ancestors', 'pass'],
  ['Frame-Ancestors https://tenant.host.example:8443', 'pass'],
  ['frame-ancestors *', OPEN],
  ['frame-ancestors https:', OPEN],
  ['frame-ancestors https://*', OPEN],
  ['frame-ancestors https://*:443', OPEN],
  ['frame-ancestors https://*.com', OPEN],
  ['frame-ancestors *.github.io', OPEN],
  ['frame-ancestors https://host.example *', OPEN],
  ['frame-ancestors https://host.example; frame-ancestors *', 'pass'],
  ["frame-ancestors *, frame-ancestors 'self'", 'pass'],
  ["default-src 'self'", 'review (framing_not_limited)'],
])('judges "%s"', (policy, outcome) => {
  expect(answers(check, { pages: pages([html({ 'Content-Security-Policy': policy })]) })).toEqual([outcome])
})

it.each([
  ['DENY', {}, 'pass'],
  ['SameOrigin', {}, 'pass'],
  ['ALLOW-FROM https://host.example', {}, 'review (framing_not_limited)'],
  ['DENY', { 'content-security-policy': 'frame-ancestors *' }, OPEN],
])('looks at X-Frame-Options %s where no policy limits framing', (value, more, outcome) => {
  expect(answers(check, { pages: pages([html({ 'x-frame-options': value, ...more })]) })).toEqual([outcome])
})

it('does not believe a tag, which may not limit framing', () => {
  const tag = `<meta http-equiv="Content-Security-Policy" content="frame-ancestors 'self'">`
  const page = html({}, `${tag}<p>Invoices</p>`)
  expect(answers(check, { pages: pages([page]) })).toEqual(['review (framing_not_limited)'])
})

it('is about documents only', () => {
  expect(answers(check, { pages: pages([exchange({ body: '{}', headers: { 'content-type': 'application/json' } })]) })).toEqual([
    'inconclusive (no_control)',
  ])
  expect(answers(check, { pages: pages([]) })).toEqual(['not_applicable (no_pages)'])
  expect(answers(check, { pages: pages([], { silent: [silent(`${HOST}/page`)] }) })).toEqual(['inconclusive (connect)'])
})
