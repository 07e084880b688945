import { expect, it } from 'vitest'
import { answers, DATA, exchange, findingsOf, html, HOST, pages, silent } from '../../../../test/scans.ts'
import check from './check.ts'

it.each([
  ["script-src 'self' https://connect-cdn.host.example", ['pass']],
  ["default-src 'none'", ['pass']],
  ["default-src *; script-src 'self'", ['pass']],
  ["script-src 'nonce-abc' 'unsafe-inline'", ['pass']],
  ["script-src 'nonce-abc' 'strict-dynamic' https: http: 'unsafe-inline'", ['pass']],
  ["script-src 'self'; script-src *", ['pass']],
  ["script-src *, script-src 'self'", ['pass']],
  ["script-src 'self' 'UNSAFE-EVAL'", ['fail']],
  ["script-src 'nonce-abc' 'strict-dynamic' 'unsafe-eval'", ['fail']],
  ["script-src 'self' *", ['fail']],
  ['script-src https:', ['fail']],
  ["script-src 'self' http://cdn.example", ['fail']],
  ["script-src 'self' data:", ['fail']],
  ["script-src 'self' 'unsafe-inline'", ['fail']],
  ["default-src * 'unsafe-inline'", ['fail', 'fail']],
  ["script-src 'unsafe-eval' *, script-src 'unsafe-eval' 'self'", ['fail']],
  ["style-src 'self'", ['review (no_script_policy)']],
  ['', ['review (no_script_policy)']],
])('judges "%s"', (policy, outcomes) => {
  expect(answers(check, { pages: pages([html({ 'Content-Security-Policy': policy })]) })).toEqual(outcomes)
})

it('reads a policy in a tag too', () => {
  const tag = `<meta content="script-src 'self'" http-equiv="Content-Security-Policy">`
  expect(answers(check, { pages: pages([html({}, `<head>${tag}</head>${DATA}`)]) })).toEqual(['pass'])
})

it('rates inline scripts lower than strange ones, each with an id of its own', () => {
  const found = findingsOf(check, { pages: pages([html({ 'content-security-policy': "script-src * 'unsafe-inline'" })]) })
  expect(found.map((finding) => finding.cvss?.score)).toEqual([4.7, 3])
  expect(new Set(found.map((finding) => finding.id)).size).toBe(2)
})

it('is about documents only', () => {
  expect(answers(check, { pages: pages([exchange({ status: 403 })]) })).toEqual(['inconclusive (no_control)'])
  expect(answers(check, { pages: pages([]) })).toEqual(['not_applicable (no_pages)'])
  expect(answers(check, { pages: pages([], { silent: [silent(`${HOST}/page`)] }) })).toEqual(['inconclusive (connect)'])
})
