import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonical } from './canonical.ts'
import type { Json } from './json.ts'

describe('canonical JSON (RFC 8785)', () => {
  it.each<[string, Json, string]>([
    ['null', null, 'null'],
    ['true and false', [true, false], '[true,false]'],
    ['an empty object', {}, '{}'],
    ['an empty list', [], '[]'],
    ['nesting, without spaces', { b: [1, { d: 2, c: [] }], a: {} }, '{"a":{},"b":[1,{"c":[],"d":2}]}'],
    ['the order of a list', [3, 1, 2], '[3,1,2]'],
    ['an empty key', { a: 1, '': 2 }, '{"":2,"a":1}'],
    ['keys that look like numbers, as text', { 10: 1, 9: 2, 1: 3 }, '{"1":3,"10":1,"9":2}'],
  ])('prints %s', (_, value, text) => expect(canonical(value)).toBe(text))

  // Section 3.2.3 sorts by UTF-16 code units: a character beyond the basic plane starts with a surrogate and so comes before U+FB33.
  it('sorts keys by code units, not by code points and not by a language', () => {
    const keys = ['€', '\r', '\u{fb33}', '1', '😀', '\u{80}', 'ö', 'z', 'Z', 'a']
    const sorted = Object.keys(JSON.parse(canonical(Object.fromEntries(keys.map((key) => [key, 0])))) as object)
    // Number-like keys go first in a JavaScript object whatever their text; all the others keep the text's order.
    expect(sorted).toEqual(['1', '\r', 'Z', 'a', 'z', '\u{80}', 'ö', '€', '😀', '\u{fb33}'])
    expect(canonical({ '\u{fb33}': 1, '😀': 2 })).toBe('{"😀":2,"\u{fb33}":1}')
  })

  // Section 3.2.2.3: numbers as ECMAScript prints them.
  it.each([
    [0, '0'],
    [-0, '0'],
    [1, '1'],
    [-1, '-1'],
    [1.0, '1'],
    [4.5, '4.5'],
    [0.1 + 0.2, '0.30000000000000004'],
    [1e-6, '0.000001'],
    [1e-7, '1e-7'],
    [1e20, '100000000000000000000'],
    [1e21, '1e+21'],
    [Number('123456789012345678901'), '123456789012345680000'],
    [2 ** 53, '9007199254740992'],
    [5e-324, '5e-324'],
    [Number.MAX_VALUE, '1.7976931348623157e+308'],
    [-Number.MAX_VALUE, '-1.7976931348623157e+308'],
    [1 / 3, '0.3333333333333333'],
    [Number('333333333.33333329'), '333333333.3333333'],
    [Number('1424953923781206.25'), '1424953923781206.2'],
  ])('prints the number %d as %s', (value, text) => expect(canonical(value)).toBe(text))

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses %d, which JSON cannot say', (value) => {
    expect(() => canonical({ deep: [value] })).toThrow(TypeError)
  })

  // Section 3.2.2.2: the short escapes, lower-case hexadecimal for the other control characters, all else as it is.
  it.each([
    ['"\\/', String.raw`"\"\\/"`],
    ['\b\t\n\f\r', String.raw`"\b\t\n\f\r"`],
    ['\u0000\u000b\u001f', String.raw`"\u0000\u000b\u001f"`],
    ['\u007f\u0080\u2028\u2029', '"\u007f\u0080\u2028\u2029"'],
    ['€ ö 😀', '"€ ö 😀"'],
    // No normalisation: these two look alike and are not the same.
    ['Å', '"Å"'],
    ['A\u030a', '"A\u030a"'],
  ])('prints the text %j', (value, text) => expect(canonical(value)).toBe(text))

  it.each<Json>(['\ud800', 'a\udc00b', ['\udfff\ud800'], { '\ud83d': 1 }])('refuses the lone surrogate in %j', (value) => {
    expect(() => canonical(value)).toThrow('lone surrogate')
  })

  it('leaves out a member that is undefined, as JSON does', () => {
    expect(canonical({ a: undefined as unknown as Json, b: 1 })).toBe('{"b":1}')
  })

  it('says the same of equal values in any order of keys, and what it says reads back as the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonical(value as Json)
        const read = JSON.parse(text) as Json
        expect(read).toEqual(JSON.parse(JSON.stringify(value)))
        expect(canonical(turnedOver(read))).toBe(text)
      }),
    )
  })
})

/** The same value with the keys of its objects in the other order. */
function turnedOver(value: Json): Json {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(turnedOver)
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, turnedOver(member)]),
  )
}
