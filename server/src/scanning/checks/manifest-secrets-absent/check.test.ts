import { expect, it } from 'vitest'
import { answers, connect, descriptor, findingsOf } from '../../../../test/scans.ts'
import check from './check.ts'

const with_ = (value: string) => ({ descriptor: descriptor(connect({ note: value })) })

/** Built here, so that no scanner of repositories mistakes this file for a leak. */
const SECRETS = {
  'a private key': ['-----BEGIN RSA ', 'PRIVATE KEY-----'].join(''),
  'an AWS access key': `AKIA${'Q'.repeat(16)}`,
  'a GitHub token': `ghp_${'a1'.repeat(18)}`,
  'a Slack token': `xoxb-${'1'.repeat(12)}`,
  'a Google API key': `AIza${'b'.repeat(35)}`,
  'an Atlassian API token': `ATATT3${'x'.repeat(60)}`,
  'a Stripe secret key': `sk_live_${'z'.repeat(24)}`,
  'a signed token': `eyJ${'a'.repeat(12)}.eyJ${'b'.repeat(12)}.${'c'.repeat(12)}`,
} as const

it.each(Object.entries(SECRETS))('finds %s and never shows it', (kind, secret) => {
  const [finding] = findingsOf(check, with_(secret))
  expect(finding).toMatchObject({ outcome: 'review', reason: 'looks_like_a_secret', defect: kind })
  expect(JSON.stringify(finding)).not.toContain(secret)
})

it('finds a client secret by its name', () => {
  expect(answers(check, { descriptor: descriptor(connect({ client_secret: 'hG7kQ2mZ9xR4tB8w' })) })).toEqual([
    'review (looks_like_a_secret)',
  ])
})

it.each([
  ['a public client id', 'client_id: 8c1f2a90bb7d4e66a1'],
  ['a publishable key', `pk_live_${'z'.repeat(24)}`],
  ['a token that is one character short', `ghp_${'a'.repeat(35)}`],
  ['a word', 'password'],
])('passes %s', (_, text) => expect(answers(check, with_(text))).toEqual(['pass']))

it('names the line', () => {
  const text = `{\n "key": "a", "baseUrl": "https://app.example", "modules": {},\n "x": "${SECRETS['a GitHub token']}"\n}`
  expect(findingsOf(check, { descriptor: descriptor(text) })[0]?.where).toBe('line 3')
})
