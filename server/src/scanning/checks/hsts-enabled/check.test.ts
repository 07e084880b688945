import { expect, it } from 'vitest'
import { answers, connect, descriptor, exchange, findingsOf, forge, front, HOST, silent } from '../../../../test/scans.ts'
import check from './check.ts'

const app = descriptor(connect())
const sent = (value: string, status = 200) => ({
  descriptor: app,
  front: front([exchange({ url: `${HOST}/`, status, headers: { 'Strict-Transport-Security': value } })]),
})

it.each([
  ['a year to the second', 'max-age=31536000', 'pass'],
  ['a second less', 'max-age=31535999', 'fail'],
  ['a day', 'max-age=86400', 'fail'],
  ['zero, which switches it off', 'max-age=0', 'fail'],
  ['two years, quoted, in capitals', 'MAX-AGE="63072000"; includeSubDomains; preload', 'pass'],
  ['the age twice, which makes the field invalid', 'max-age=63072000; max-age=63072000', 'fail'],
  ['no age', 'includeSubDomains', 'fail'],
  ['a negative age', 'max-age=-1', 'fail'],
  ['words', 'max-age=forever', 'fail'],
])('judges %s', (_, value, outcome) => expect(answers(check, sent(value))).toEqual([outcome]))

it('counts the first field only', () => {
  const twice = exchange({ url: `${HOST}/` })
  const headers = [
    ['strict-transport-security', 'max-age=0'],
    ['strict-transport-security', 'max-age=63072000'],
  ] as const
  expect(answers(check, { descriptor: app, front: front([{ ...twice, headers }]) })).toEqual(['fail'])
})

it('asks it of errors too, and of every address', () => {
  expect(answers(check, sent('max-age=63072000', 404))).toEqual(['pass'])
  const bare = exchange({ url: `${HOST}/jira/`, status: 401 })
  expect(answers(check, { descriptor: app, front: front([...sent('max-age=63072000').front.seen, bare]) })).toEqual(['pass', 'fail'])
})

it('does not blame the app for a descriptor that lies with somebody else', () => {
  const foreign = exchange({ url: 'https://raw.example.org/app/atlassian-connect.json' })
  expect(answers(check, { descriptor: app, front: front([...sent('max-age=63072000').front.seen, foreign]) })).toEqual(['pass'])
})

it('says nothing of silence, whose doing it is, and never passes on it', () => {
  expect(answers(check, { descriptor: app, front: front([], [silent(`${HOST}/`, 'tls')]) })).toEqual(['inconclusive (tls)'])
  expect(findingsOf(check, { descriptor: app, front: front([], [silent(`${HOST}/`, 'dns', 'ours')]) })[0]?.blind).toBe('ours')
  expect(answers(check, { descriptor: app, front: front([]) })).toEqual(['inconclusive (not_supplied)'])
})

it('does not apply to an app without a host', () => {
  expect(answers(check, { descriptor: descriptor(forge()), front: front([]) })).toEqual(['not_applicable (no_own_host)'])
})
