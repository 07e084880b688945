import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRefused } from '../kernel/refused.ts'
import { holds, readAssertion, type Seen } from './assertion.ts'

const answer = (more: Partial<Seen> & { readonly json?: unknown } = {}): Seen => ({
  status: 200,
  headers: [
    ['Content-Type', 'application/json'],
    ['Set-Cookie', 'a=1'],
    ['set-cookie', 'b=2'],
  ],
  body: new TextEncoder().encode(JSON.stringify(more.json ?? { items: [{ name: 'x' }, { name: 'y' }], 'a/b': { '~': true }, error: null })),
  phases: { dns_ms: 3, connect_ms: 5, tls_ms: null, first_byte_ms: 120, total_ms: 180 },
  ...more,
})

const said = (text: string, seen: Seen = answer()) => holds(readAssertion(text, 'assert[0]'), seen)

describe('what an answer has to be like', () => {
  it.each([
    'status = 200',
    'status != 500',
    'status in 200..299',
    'status < 300',
    'header content-type contains json',
    'header Set-Cookie contains "b=2"',
    'header x-powered-by absent',
    'body contains "items"',
    'body starts-with "{"',
    'json /items length = 2',
    'json /items length >= 2',
    'json /items/1/name = "y"',
    'json /a~1b/~0 = true',
    'json /error = null',
    'json /nothing absent',
    'json /items exists',
    'json /nothing != "x"',
    'total < 3 s',
    'first-byte <= 120 ms',
    'connect < 10 ms',
  ])('holds: %s', (text) => {
    expect(said(text)).toEqual({ holds: true })
  })

  it.each([
    ['status = 201', 'it is 200'],
    ['status in 300..399', 'it is 200'],
    ['header content-type = "text/html"', 'it is "application/json"'],
    ['header x-frame-options exists', 'it is not there'],
    ['json /items/2 exists', 'it is not there'],
    ['json /items length > 2', 'it is 2'],
    ['json /items/0/name = 1', 'it is "x"'],
    ['json /constructor exists', 'it is not there'],
    ['json /items/length = 2', 'it is not there'],
    ['json /items absent', 'it is a list of 2'],
    ['json /items/0 = "x"', 'it is an object'],
    ['total < 100 ms', 'it is 180'],
    // A phase that did not happen is neither fast nor slow.
    ['tls < 100 ms', 'it is not there'],
  ])('does not hold: %s', (text, told) => {
    expect(said(text)).toEqual({ holds: false, told })
  })

  it('says that a body is no JSON instead of throwing', () => {
    expect(said('json /a exists', answer({ body: new TextEncoder().encode('<html>') }))).toEqual({
      holds: false,
      told: 'the body is no JSON',
    })
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    expect(said('json /0 absent', answer({ body: new TextEncoder().encode(deep) })).holds).toBe(false)
  })

  it.each([
    ['', 'column 1, what to look at is missing'],
    ['color = red', 'column 1, "color" cannot be looked at'],
    ['status', 'column 7, a comparison'],
    ['status = abc', 'column 10, "abc" is no number'],
    ['status = 200 or 201', 'column 14, "or" is too much'],
    ['status in 299..200', 'column 11, "299..200" is no range'],
    ['body matches /(a+)+$/', 'column 6, "matches" is no comparison'],
    ['json items exists', 'column 6, "items" is no pointer'],
    ['json /a = b', 'column 11, b is no JSON'],
    ['total < 3', 'column 10, the unit, ms or s is missing'],
    ['total < 3 hours', 'column 11, "hours" is no unit here'],
    ['total = 3 s', 'column 7, a time is compared with'],
    ['body < 3', 'column 6, a body is text'],
    ['body contains "\\x"', 'column 15, "\\x" is no text in quotes'],
    [`body contains "${'x'.repeat(600)}"`, 'it has 616 characters'],
  ])('refuses %s with the place', (text, told) => {
    expect(() => readAssertion(text, 'steps[0].assert[0]')).toThrow(told)
  })

  it('never throws anything but a refusal, whatever is written and whatever was answered', () => {
    fc.assert(
      fc.property(fc.string(), fc.uint8Array(), (text, body) => {
        try {
          holds(readAssertion(text, 'x'), answer({ body }))
        } catch (error) {
          expect(isRefused(error)).toBe(true)
        }
      }),
    )
  })
})
