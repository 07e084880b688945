import { expect, it } from 'vitest'
import { answers, AT, exchange, HOST } from '../../../../test/scans.ts'
import { after } from '../../../kernel/time.ts'
import check from './check.ts'

const served = (body: string, of: { status?: number; type?: string } = {}) => ({
  security_txt: exchange({
    url: `${HOST}/.well-known/security.txt`,
    status: of.status ?? 200,
    body,
    headers: { 'content-type': of.type ?? 'text/plain; charset=utf-8' },
  }),
})
const until = (expires: string) => `Contact: mailto:security@app.example\nExpires: ${expires}\n`
const SOUND = until('2027-05-01T00:00:00Z')

it.each([
  ['a sound one', served(SOUND), 'pass'],
  [
    'windows lines, a comment and capitals',
    served('# hello\r\nCONTACT: https://app.example/report\r\nEXPIRES: 2027-05-01T00:00:00Z\r\n'),
    'pass',
  ],
  ['one that ends in a millisecond', served(until(after(AT, 1))), 'pass'],
  ['one that ends now', served(until(AT)), 'fail'],
  ['one without Expires', served('Contact: mailto:a@app.example\n'), 'fail'],
  ['one with two', served(`${SOUND}Expires: 2027-06-01T00:00:00Z\n`), 'fail'],
  ['one with no date in it', served(until('soon')), 'fail'],
  ['one without Contact', served('Expires: 2027-05-01T00:00:00Z\n'), 'fail'],
  ['a contact that is no address', served('Contact: us\nExpires: 2027-05-01T00:00:00Z\n'), 'fail'],
  ['a page that any path gets', served('<html>', { type: 'text/html' }), 'fail'],
  ['404', served('', { status: 404 }), 'fail'],
  ['a redirect that leads nowhere', served('', { status: 302 }), 'fail'],
  ['500', served('', { status: 500 }), 'inconclusive (unavailable)'],
  ['429', served('', { status: 429 }), 'inconclusive (unavailable)'],
])('judges %s', (_, artifacts, outcome) => expect(answers(check, artifacts)).toEqual([outcome]))

it('does not apply without a host', () => expect(answers(check, { security_txt: null })).toEqual(['not_applicable (no_own_host)']))
