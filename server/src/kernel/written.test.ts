import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lineAndColumn, mistakeIn, repeatedMembers, unsoundAt } from './written.ts'

describe('a mistake in JSON', () => {
  it.each([
    ['', 'line 1, column 1'],
    ['{\n  "a": 1,\n  oops\n}', 'line 3, column 3'],
    ['{\n  "name": ab\n}', 'line 2, column 11'],
    ['{"a":1,}', 'line 1, column 8'],
    ['[1,]', 'line 1, column 4'],
    ['[1 2]', 'line 1, column 4'],
    ['{"a" 1}', 'line 1, column 6'],
    ['{"a":01}', 'line 1, column 6'],
    ['{"a":"x\n"}', 'line 1, column 6'],
    ['{"a":"\\x"}', 'line 1, column 6'],
    ['{"a":nul}', 'line 1, column 6'],
    ['{a:1}', 'line 1, column 2'],
    ["{'a':1}", 'line 1, column 2'],
    ['{"a":1} x', 'line 1, column 9'],
    ['{"a":1}\n}', 'line 2, column 1'],
    ['[1}', 'line 1, column 3'],
    ['{"a":[1,{"b":2}', 'line 1, column 16'],
    ['// told\n{}', 'line 1, column 1'],
    ['['.repeat(1_000), 'line 1, column 1001'],
  ])('%j is found at %s', (text, where) => {
    expect(() => JSON.parse(text)).toThrow()
    expect(mistakeIn(text, new Error('told'))).toEqual({ told: 'told', where })
  })

  it('is nowhere in what is JSON: the end is reached', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(mistakeIn(text, '').where).toBe(lineAndColumn(text, text.length))
      }),
    )
  })

  it('is found behind megabytes of blanks, escapes and brackets', () => {
    expect(mistakeIn(`["${'\\"'.repeat(500_000)}",${' '.repeat(500_000)}${'['.repeat(500_000)}oops`, '').where).toBe(
      'line 1, column 2000005',
    )
  })
})

describe('what cannot be kept', () => {
  it.each<[string, unknown, ReturnType<typeof unsoundAt>]>([
    ['nothing', { a: ['ÅΩ☃😀', 1, null, { b: true }] }, null],
    ['NUL', { a: ['x', 'y\0'] }, { why: 'text', at: '/a/1' }],
    ['the first half of a character', { a: { b: '\ud83d' } }, { why: 'text', at: '/a/b' }],
    ['the second half of a character', '\ude00', { why: 'text', at: '' }],
    ['NUL in a name', { 'a/b\0': 1 }, { why: 'text', at: '/a~1b' }],
    ['half of a character in a name', { '\ud83d': 1 }, { why: 'text', at: '/\ufffd' }],
    ['bytes, which may be anything', { file: new Uint8Array([0]) }, null],
    ['as deep as allowed', [[[1]]], null],
    ['deeper', [[[[1]]]], { why: 'deep', at: '/0/0/0' }],
  ])('%s', (_, value, found) => expect(unsoundAt(value, 2)).toEqual(found))
})

describe('members that stand twice', () => {
  it.each<[string, readonly string[]]>([
    ['{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}', []],
    ['{"a":1,"b":2,"a":3,"a":4}', ['a']],
    ['{"a":1,"\\u0061":2}', ['a']],
    ['{"a" \n : 1, "b":"a","a"\t:2}', ['a']],
    ['[{"x":{"y":1,"y":2}},"y","y"]', ['y']],
    ['{"a":"{\\"a\\":1,","b":"\\\\","c":"]"}', []],
    ['{"__proto__":1,"__proto__":2}', ['__proto__']],
    ['"a"', []],
  ])('%s', (text, names) => expect(repeatedMembers(text)).toEqual(names))

  it('are found in a megabyte of quotes and brackets without a stack', () => {
    expect(repeatedMembers(`{"a":"${'\\"'.repeat(500_000)}","a":[${'[],'.repeat(200_000)}[]]}`)).toEqual(['a'])
  })
})
