import { expect, it } from 'vitest'
import { scriptsIn } from './scripts.ts'

const PAGE = 'https://app.example/base/page?jwt=secret'
const urls = (document: string) => scriptsIn(document, PAGE).map(({ url }) => url)

it.each<[string, string, readonly string[]]>([
  ['quoted twice', '<script src="/a.js"></script>', ['https://app.example/a.js']],
  ['quoted once, in capitals', "<SCRIPT defer SRC='b.js'></SCRIPT>", ['https://app.example/base/b.js']],
  ['bare', '<script src=c.js></script>', ['https://app.example/base/c.js']],
  ['on another host, with entities', '<script src="//cdn.example/d.js?a=1&amp;b=2">', ['https://cdn.example/d.js?a=1&b=2']],
  ['twice', '<script src="/a.js"></script><script src="/a.js"></script>', ['https://app.example/a.js']],
  ['inline', '<script>var src="/x.js"</script>', []],
  ['data and scripts that are no addresses', '<script src="data:text/javascript,1"></script><script src="https://"></script>', []],
  ['in an attribute of another name', '<script data-src="/x.js"></script>', []],
])('finds scripts %s', (_, document, found) => expect(urls(document)).toEqual(found))

it('keeps no token with a page’s name, and not more than two hundred', () => {
  const [first] = scriptsIn('<script src="/a.js"></script>', PAGE)
  expect(first?.page).toBe('https://app.example/base/page')
  expect(urls(Array.from({ length: 300 }, (_, n) => `<script src="/${n}.js"></script>`).join(''))).toHaveLength(200)
})

it('reads a hostile document within a moment', () => {
  const started = performance.now()
  urls('<script '.repeat(300_000))
  urls(`<script ${'src='.repeat(300_000)}`)
  expect(performance.now() - started).toBeLessThan(5_000)
})
