/** News as feed readers take them: Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1. Pure. */
export type Feed = {
  readonly title: string
  /** Address of the page that the feed is about; the feed's id in all three. */
  readonly about: string
  /** Address of the feed itself. */
  readonly self: string
  readonly author: string
  readonly updated: string
  /** The newest first. */
  readonly items: readonly FeedItem[]
}

export type FeedItem = {
  /** An address or any other name that stays the same for ever. */
  readonly id: string
  readonly url: string
  readonly title: string
  readonly text: string
  readonly at: string
  /** A file that goes with it. */
  readonly enclosure?: { readonly type: string; readonly url: string }
}

export function atomOf({ title, about, self, author, updated, items }: Feed): string {
  const entries = items.map(
    (item) => `  <entry>
    <id>${escaped(item.id)}</id>
    <title>${escaped(item.title)}</title>
    <updated>${escaped(item.at)}</updated>
    <link rel="alternate" type="text/html" href="${escaped(item.url)}"/>${
      item.enclosure === undefined
        ? ''
        : `
    <link rel="enclosure" type="${escaped(item.enclosure.type)}" href="${escaped(item.enclosure.url)}"/>`
    }
    <summary>${escaped(item.text)}</summary>
  </entry>`,
  )
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <id>${escaped(about)}</id>
  <title>${escaped(title)}</title>
  <updated>${escaped(items[0]?.at ?? updated)}</updated>
  <author><name>${escaped(author)}</name></author>
  <link rel="self" type="application/atom+xml" href="${escaped(self)}"/>
  <link rel="alternate" type="text/html" href="${escaped(about)}"/>
${entries.join('\n')}
</feed>
`
}

export function rssOf({ title, about, self, author, updated, items }: Feed): string {
  const entries = items.map(
    (item) => `    <item>
      <guid isPermaLink="false">${escaped(item.id)}</guid>
      <title>${escaped(item.title)}</title>
      <link>${escaped(item.url)}</link>
      <pubDate>${inMailStyle(item.at)}</pubDate>
      <description>${escaped(item.text)}</description>
    </item>`,
  )
  return `<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">
  <channel>
    <title>${escaped(title)}</title>
    <link>${escaped(about)}</link>
    <description>${escaped(`${title}, as ${author} counted it`)}</description>
    <lastBuildDate>${inMailStyle(items[0]?.at ?? updated)}</lastBuildDate>
    <atom:link rel="self" type="application/rss+xml" href="${escaped(self)}"/>
${entries.join('\n')}
  </channel>
</rss>
`
}

export const jsonFeedOf = ({ title, about, self, author, items }: Feed): string =>
  JSON.stringify({
    version: 'https://jsonfeed.org/version/1.1',
    title: withoutControls(title),
    home_page_url: about,
    feed_url: self,
    authors: [{ name: withoutControls(author) }],
    items: items.map((item) => ({
      id: item.id,
      url: item.url,
      title: withoutControls(item.title),
      content_text: withoutControls(item.text),
      date_published: item.at,
    })),
  })

/** RFC 822, as RSS asks for. */
const inMailStyle = (at: string): string => new Date(at).toUTCString()

/** Characters that move the text around them, or that no XML may hold. */
export const withoutControls = (text: string): string =>
  text.toWellFormed().replaceAll(/[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\ufffe\uffff]|(?![\t\n\r])\p{Cc}/gu, '')

const escaped = (text: string): string =>
  withoutControls(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
