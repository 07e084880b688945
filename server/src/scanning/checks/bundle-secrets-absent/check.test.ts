import { expect, it } from 'vitest'
import { answers, findingsOf, silent } from '../../../../test/scans.ts'
import type { ScriptSeen } from '../../check.ts'
import { secretsIn } from '../../secrets.ts'
import check from './check.ts'

const script = (more: Partial<ScriptSeen> = {}): ScriptSeen => ({
  url: 'https://app.example/app.js',
  page: 'https://app.example/page',
  kind: 'own',
  status: 200,
  bytes: 100,
  secrets: [],
  libraries: [],
  ...more,
})
const of = (...seen: readonly ScriptSeen[]) => ({ scripts: { seen, advisories: null, silent: [] } })
const FOUND = [{ kind: 'a private key', line: 3, column: 9 }]

it.each<[string, ReturnType<typeof of>, readonly string[]]>([
  ['a script without one', of(script()), ['pass']],
  ['a script with one', of(script({ secrets: FOUND })), ['review (looks_like_a_secret)']],
  [
    'a source map with one',
    of(script(), script({ kind: 'map', url: 'https://app.example/app.js.map', secrets: FOUND })),
    ['pass', 'review (looks_like_a_secret)'],
  ],
  ['a script that is not there', of(script({ status: 404 })), ['inconclusive (unavailable)']],
  ['scripts of others', of(script({ kind: 'foreign', status: null })), ['not_applicable (no_scripts)']],
])('judges %s', (_, artifacts, outcomes) => expect(answers(check, artifacts)).toEqual(outcomes))

it('does not pass over silence', () => {
  expect(answers(check, { scripts: { seen: [], advisories: null, silent: [silent('https://app.example/app.js')] } })).toEqual([
    'inconclusive (connect)',
  ])
})

it('names a place and never what stands there', () => {
  const [found] = findingsOf(check, of(script({ secrets: FOUND })))
  expect(found).toMatchObject({ where: 'https://app.example/app.js', proof: { line: 3, column: 9 } })
})

it.each<[string, string, readonly string[]]>([
  ['a token of GitHub', `const t = 'ghp_${'a1'.repeat(18)}'`, ['a GitHub token']],
  ['a client secret', `{clientId:"abc",clientSecret:"9f8e7d6c5b4a39281706"}`, ['a client secret']],
  ['a client secret in snake case', `client_secret = '9f8e7d6c5b4a39281706'`, ['a client secret']],
  ['a name for it', 'clientSecret:process.env.CLIENT_SECRET_NAME,password:"Enter your password here"', []],
  ['a label', `clientSecret: "Your client secret goes here"`, []],
  ['a key for browsers', `apiKey:"AIza${'Sy'.repeat(17)}A"`, []],
  ['a publishable key', `Stripe("pk_live_${'a1'.repeat(12)}")`, []],
])('tells %s', (_, text, kinds) => expect(secretsIn(text).map(({ kind }) => kind)).toEqual(kinds))

it('says line and column', () => {
  expect(secretsIn(`a\nbb AKIA${'A1'.repeat(8)}`)).toEqual([{ kind: 'an AWS access key', line: 2, column: 4 }])
})
