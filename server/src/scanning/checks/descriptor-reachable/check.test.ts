import { expect, it } from 'vitest'
import { answers, connect, descriptor, exchange, front, silent } from '../../../../test/scans.ts'
import check from './check.ts'

const URL_OF_IT = 'https://app.example/atlassian-connect.json'
const text = JSON.stringify(connect())
const registered = descriptor(text, { source_url: URL_OF_IT })
const served = (status: number, body = text) => front([exchange({ url: URL_OF_IT, status, body })])

it.each<[string, ReturnType<typeof served>, string]>([
  ['the registered bytes', served(200), 'pass'],
  ['one byte more', served(200, `${text}\n`), 'review (changed)'],
  ['a redirect', served(302), 'review (moved)'],
  ['a 404', served(404), 'fail'],
  ['a login wall', served(401), 'fail'],
  ['a server error', served(500), 'inconclusive (unavailable)'],
  ['too many requests', served(429), 'inconclusive (unavailable)'],
  ['silence', front([], [silent(URL_OF_IT, 'timeout')]), 'inconclusive (timeout)'],
  ['nothing at all', front([]), 'inconclusive (unavailable)'],
])('judges %s', (_, seen, outcome) => expect(answers(check, { descriptor: registered, front: seen })).toEqual([outcome]))

it('does not apply to a file, and finds an address that was written in another way', () => {
  expect(answers(check, { descriptor: descriptor(text), front: front([]) })).toEqual(['not_applicable (uploaded)'])
  const written = descriptor(text, { source_url: 'https://APP.example:443/atlassian-connect.json' })
  expect(answers(check, { descriptor: written, front: served(200) })).toEqual(['pass'])
})
