import { describe, expect, it } from 'vitest'
import type { NoAnswerReason } from '../platform/net/client.ts'
import { isGood, verdictOf, type ControlsSeen, type Exchange, type ProbePolicy } from './verdict.ts'

const policy: ProbePolicy = { statuses: [200], within_ms: 3_000, follow_redirects: false }
const controls: ControlsSeen = { asked: 2, heard: 2, named: true }
const own = { stood_still_ms: 0, stopped: false }
const answer = (status: number, total_ms = 10, hops = 0): Exchange => ({
  kind: 'answer',
  status,
  phases: { total_ms },
  redirects: Array.from({ length: hops }, () => ({ url: 'https://a.example/', status: 302, location: '/b' })),
})
const silence = (reason: NoAnswerReason): Exchange => ({ kind: 'no-answer', reason })
const told = (...given: Parameters<typeof verdictOf>) => {
  const { verdict, reason, blind } = verdictOf(...given)
  return [verdict, reason, blind]
}

describe('a probe with two control targets that answer', () => {
  it.each<[string, Exchange, (string | null)[]]>([
    ['200 at once', answer(200), ['good', null, null]],
    ['200 after exactly 3 s', answer(200, 3_000), ['good', null, null]],
    ['200 after 3.001 s', answer(200, 3_001), ['bad', 'timeout', null]],
    ['204', answer(204), ['bad', 'status', null]],
    ['500', answer(500), ['bad', 'status', null]],
    ['503', answer(503), ['bad', 'status', null]],
    ['301', answer(301), ['bad', 'redirect', null]],
    ['200 behind a redirect', answer(200, 10, 1), ['bad', 'redirect', null]],
    ['no connection', silence('connect'), ['bad', 'connect', null]],
    ['no connection in time', silence('connect_timeout'), ['bad', 'connect_timeout', null]],
    ['a hang', silence('timeout'), ['bad', 'timeout', null]],
    ['a reset', silence('reset'), ['bad', 'reset', null]],
    ['a drip', silence('too_slow'), ['bad', 'too_slow', null]],
    ['a wrong certificate', silence('tls'), ['bad', 'tls', null]],
    ['no such name', silence('no_such_host'), ['bad', 'no_such_host', null]],
    ['failing name servers of theirs', silence('dns'), ['bad', 'dns', null]],
    ['not HTTP', silence('bad_response'), ['bad', 'bad_response', null]],
    ['a private address', silence('forbidden_address'), ['unknown', 'forbidden_address', 'theirs']],
    ['an oversized body', silence('body_too_large'), ['unknown', 'body_too_large', 'theirs']],
    ['a bomb', silence('inflated_too_large'), ['unknown', 'inflated_too_large', 'theirs']],
  ])('%s', (_, exchange, expected) => {
    expect(told(exchange, policy, controls, own)).toEqual(expected)
    expect(isGood(exchange, policy)).toBe(expected[0] === 'good')
  })

  it('follows the policy, not the house: 2xx was good before, and redirects may be', () => {
    expect(told(answer(204), { ...policy, statuses: [200, 204] }, controls, own)[0]).toBe('good')
    expect(told(answer(200, 10, 1), { ...policy, follow_redirects: true }, controls, own)[0]).toBe('good')
    expect(told(answer(200, 900), { ...policy, within_ms: 800 }, controls, own)[0]).toBe('bad')
  })
})

describe('control targets decide whose failure it is', () => {
  const matrix: [ControlsSeen, Exchange, (string | null)[]][] = [
    [{ asked: 0, heard: 0, named: false }, answer(503), ['unknown', 'single_vantage', 'ours']],
    [{ asked: 1, heard: 1, named: true }, answer(503), ['unknown', 'single_vantage', 'ours']],
    [{ asked: 2, heard: 0, named: false }, silence('connect'), ['unknown', 'controls_silent', 'ours']],
    [{ asked: 3, heard: 0, named: false }, silence('timeout'), ['unknown', 'controls_silent', 'ours']],
    [{ asked: 2, heard: 1, named: true }, silence('connect'), ['bad', 'connect', null]],
    [{ asked: 2, heard: 2, named: false }, silence('dns_timeout'), ['unknown', 'dns_ours', 'ours']],
    [{ asked: 2, heard: 2, named: false }, silence('dns'), ['unknown', 'dns_ours', 'ours']],
    [{ asked: 2, heard: 2, named: true }, silence('dns_timeout'), ['bad', 'dns_timeout', null]],
    [{ asked: 2, heard: 2, named: false }, silence('no_such_host'), ['bad', 'no_such_host', null]],
  ]
  it.each(matrix)('%o and %o', (seen, exchange, expected) => expect(told(exchange, policy, seen, own)).toEqual(expected))

  it('a good answer needs nobody’s word', () => {
    expect(told(answer(200), policy, { asked: 0, heard: 0, named: false }, { stood_still_ms: 9_000, stopped: true })[0]).toBe('good')
  })
})

describe('our own state', () => {
  it('lateness is ours when our program stood still, a refusal is not', () => {
    expect(told(silence('timeout'), policy, controls, { ...own, stood_still_ms: 301 })).toEqual(['unknown', 'prober_stalled', 'ours'])
    expect(told(silence('timeout'), policy, controls, { ...own, stood_still_ms: 300 })).toEqual(['bad', 'timeout', null])
    expect(told(answer(500), policy, controls, { ...own, stood_still_ms: 5_000 })).toEqual(['bad', 'status', null])
  })

  it('what we broke off says nothing', () => {
    expect(told(silence('timeout'), policy, controls, { ...own, stopped: true })).toEqual(['unknown', 'stopped', 'ours'])
  })
})
