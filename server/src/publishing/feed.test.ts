import { describe, expect, it } from 'vitest'
import { atomOf, jsonFeedOf, rssOf, type Feed } from './feed.ts'

const FEED: Feed = {
  title: 'Status of <b>&"Harbour"\u0000\u202e</b>',
  about: 'https://trust.example/apps/a?x=1&y=2',
  self: 'https://trust.example/apps/a/status.atom',
  author: ']]><x>',
  updated: '2026-11-24T12:00:00.000Z',
  items: [
    { id: 'a', url: 'https://trust.example/1', title: 'One', text: '</description><script>', at: '2026-11-24T00:00:00.000Z' },
    { id: 'b', url: 'https://trust.example/2', title: 'Two', text: 'Fine', at: '2026-11-23T00:00:00.000Z' },
  ],
}

describe.each([
  ['Atom', atomOf, 'entry'],
  ['RSS', rssOf, 'item'],
] as const)('%s', (_, feedOf, entry) => {
  it('has every item once and nothing of a name left to be markup', () => {
    const feed = feedOf(FEED)
    expect(feed.match(new RegExp(`<${entry}>`, 'g'))).toHaveLength(2)
    expect(feed).toContain('Status of &lt;b&gt;&amp;&quot;Harbour&quot;&lt;/b&gt;')
    expect(feed).toContain('x=1&amp;y=2')
    for (const wrong of ['<x>', '<script>', '<b>', '\u0000', '\u202e']) expect(feed).not.toContain(wrong)
  })

  it('is there without an item, with the moment that it was made', () => {
    const feed = feedOf({ ...FEED, items: [] })
    expect(feed).not.toContain(`<${entry}>`)
    expect(feed).toContain('24')
  })
})

it('dates RSS as mail does', () => expect(rssOf(FEED)).toContain('<pubDate>Tue, 24 Nov 2026 00:00:00 GMT</pubDate>'))

it('is JSON Feed 1.1, whose text is text', () => {
  const feed = JSON.parse(jsonFeedOf(FEED)) as { version: string; items: { content_text: string; date_published: string }[] }
  expect(feed.version).toBe('https://jsonfeed.org/version/1.1')
  expect(feed.items[0]).toMatchObject({ content_text: '</description><script>', date_published: '2026-11-24T00:00:00.000Z' })
})
