import { expect, it } from 'vitest'
import { answers, connect, descriptor, exchange, findingsOf, hooks, HOST, silent } from '../../../../test/scans.ts'
import check from './check.ts'

const app = descriptor(connect())
const answered = (status: number) => exchange({ url: `${HOST}/installed`, method: 'POST', status })
const page = (status: number) => exchange({ url: `${HOST}/page`, status })

it.each([
  [401, 'pass'],
  [400, 'pass'],
  [404, 'pass'],
  [429, 'inconclusive (rate_limited)'],
  [499, 'pass'],
  [500, 'inconclusive (unavailable)'],
  [503, 'inconclusive (unavailable)'],
  [204, 'review (install bare)'],
  [302, 'review (install bare)'],
])('judges a hook that answers %i without visible effect', (status, outcome) => {
  expect(answers(check, { descriptor: app, hooks: hooks([{ exchange: answered(status) }]) })).toEqual([outcome])
})

it.each([
  ['then trusts the secret that came with it', 401, 200, 'fail'],
  ['then trusts it on a page that leads to a login otherwise', 302, 200, 'fail'],
  ['does not trust it', 401, 401, 'review (install bare)'],
  ['shows the page to anybody anyway', 200, 200, 'review (install bare)'],
])('judges an app that takes an unsigned install and %s', (_, bare, with_token, outcome) => {
  const probe = { exchange: answered(204), effect: { bare: page(bare), with_token: page(with_token) } }
  expect(answers(check, { descriptor: app, hooks: hooks([probe]) })).toEqual([outcome])
})

it('tells the three wrong calls apart, and shows a tenant that was left behind', () => {
  const found = findingsOf(check, {
    descriptor: app,
    hooks: hooks([{ probe: 'bare' }, { probe: 'unknown-key' }, { probe: 'alg-none', exchange: answered(204), left_behind: 'scan-1f' }]),
  })
  expect(found.map((finding) => finding.outcome)).toEqual(['pass', 'pass', 'review'])
  expect(new Set(found.map((finding) => finding.id)).size).toBe(3)
  expect(found[2]?.proof).toMatchObject({ left_behind: 'scan-1f' })
})

it('does not apply without hooks, and says nothing when none could be called or one was silent', () => {
  expect(answers(check, { descriptor: descriptor(connect({ lifecycle: undefined })), hooks: hooks([]) })).toEqual([
    'not_applicable (no_hooks)',
  ])
  expect(answers(check, { descriptor: app, hooks: hooks([]) })).toEqual(['inconclusive (not_called)'])
  expect(answers(check, { descriptor: app, hooks: hooks([{}], [silent(`${HOST}/uninstalled`)]) })).toEqual([
    'pass',
    'inconclusive (connect)',
  ])
})
