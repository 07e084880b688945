import { expect, it } from 'vitest'
import { answers, exchange, findingsOf } from '../../../../test/scans.ts'
import type { InputProbe } from '../../check.ts'
import check from './check.ts'

const PAGE = 'https://app.example/login'
const sent = (status: number, location: string | null = null, more: Partial<InputProbe> = {}) => ({
  inputs: {
    probes: [
      {
        page: PAGE,
        kind: 'canary',
        as: 'visitor',
        parameters: ['returnUrl'],
        reflected: [],
        exchange: exchange({ url: PAGE, status, headers: location === null ? {} : { location } }),
        ...more,
      },
    ] satisfies readonly InputProbe[],
    silent: [],
  },
})
const CANARY = 'https://scan-0a1b2c3d4e5f.example/'

it.each<[string, ReturnType<typeof sent>, readonly string[]]>([
  ['a page that follows', sent(302, CANARY), ['fail']],
  ['one that follows without a scheme', sent(303, CANARY.slice('https:'.length)), ['fail']],
  ['the way to its own login', sent(302, `/login?next=${encodeURIComponent(CANARY)}`), ['pass']],
  ['a page that shows itself', sent(200), ['pass']],
  ['a refusal', sent(401), ['pass']],
  ['a name that only begins so', sent(302, 'https://scan-0a1b2c3d4e5f.example.app.example/'), ['pass']],
  ['trouble', sent(503), ['inconclusive (unavailable)']],
  ['markers, which are another question', sent(302, CANARY, { kind: 'marker' }), ['not_applicable (no_parameters)']],
])('judges %s', (_, artifacts, outcomes) => expect(answers(check, artifacts)).toEqual(outcomes))

it('has one id for a page and its parameters, whatever the name was', () => {
  const id = (location: string) => findingsOf(check, sent(302, location))[0]?.id
  expect(id(CANARY)).toBe(id('https://scan-ffffffffffff.example/'))
})
