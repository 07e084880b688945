import { describe, expect, it } from 'vitest'
import { instant } from '../kernel/time.ts'
import { sha1Hex } from '../platform/crypto.ts'
import { isBelow, libraryIndex, recognisedIn } from './libraries.ts'

const as_of = instant(Date.parse('2026-11-01T00:00:00Z'))
const REPOSITORY = {
  'retire-example': { extractors: { filename: ['retire-example-(§§version§§)(.min)?\\\\.js'] } },
  jquery: {
    vulnerabilities: [
      { below: '1.9.0', severity: 'medium', identifiers: { CVE: ['CVE-2012-6708'] } },
      { atOrAbove: '1.12.0', below: '3.5.0', severity: 'high', identifiers: { githubID: 'GHSA-gxr4-xjj5-5px2' } },
    ],
    extractors: {
      uri: ['/(§§version§§)/jquery(\\.min)?\\.js'],
      filename: ['jquery-(§§version§§)(\\.min)?\\.js'],
      filecontent: ['/\\*!? jQuery v(§§version§§)'],
      hashes: { '6c1cf2d8fd2a6e4b2d1a4c1d6b6c6a4f4d1d0b3a': '1.0.1' },
    },
  },
}
const index = libraryIndex({ as_of, text: JSON.stringify(REPOSITORY) })
const seen = (url: string, content: string | null = null) => recognisedIn(index, url, content, sha1Hex)

describe('a library', () => {
  it.each<[string, string, string | null, string | undefined, readonly string[]]>([
    ['by its address', 'https://cdn.example/2.1.0/jquery.min.js', null, '2.1.0', ['GHSA-gxr4-xjj5-5px2']],
    ['by its name', 'https://app.example/js/jquery-1.8.3.min.js', null, '1.8.3', ['CVE-2012-6708']],
    ['by what it says, which counts more than its name', 'https://app.example/jquery-1.8.3.js', '/*! jQuery v3.7.1 | (c) */', '3.7.1', []],
    ['between two ranges', 'https://app.example/jquery-1.10.0.js', null, '1.10.0', []],
    ['at the end of a range', 'https://app.example/jquery-3.5.0.js', null, '3.5.0', []],
    ['that is not known', 'https://app.example/bundle.js', 'var a = 1', undefined, []],
  ])('%s', (_, url, content, version, advisories) => {
    const [found] = seen(url, content)
    expect(found?.version).toBe(version)
    expect(found?.advisories.map(({ id }) => id) ?? []).toEqual(advisories)
  })
})

it.each([
  ['1.0.0', '1.0.1', true],
  ['1.0.0-beta.2', '1.0.0', true],
  ['1.0.0-beta.2', '1.0.0-beta.10', true],
  ['1.10.0', '1.9.0', false],
  ['1.0', '1.0.0', false],
  ['2', '1.9.9', false],
])('%s below %s: %s', (version, other, wanted) => expect(isBelow(version, other)).toBe(wanted))

it.each([
  ['{', 'JSON'],
  ['[]', 'no object of libraries'],
  ['{}', 'names no library'],
  ['{"a":{"extractors":{"uri":["("]}}}', 'a.extractors.uri.0'],
  ['{"a":{"extractors":{"uri":7}}}', 'a.extractors.uri'],
])('a snapshot that is none is refused with its place: %s', (text, told) => {
  expect(() => libraryIndex({ as_of, text })).toThrow(told)
})
