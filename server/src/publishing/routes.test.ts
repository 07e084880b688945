import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NOW } from '../../test/publishing/fixture.ts'
import { fill, HOSTILE, openMarketplace, PARTNER, REVIEWER } from '../../test/publishing/marketplace.ts'
import { testClock } from '../../test/house.ts'
import { ENGINES, type Opened } from '../../test/storage.ts'
import type { Acting } from '../enrolment/authorise.ts'
import { DIGEST } from '../../test/publishing/fixture.ts'
import { PublicTrust } from './public-app.ts'

/** Planted in the marketplace's log and tables: none of it may reach a stranger by any address. */
const SECRETS = [
  'private-',
  'person_private',
  'security.hook',
  'Install calls are taken',
  DIGEST,
  'org_operator',
  'standing_hash',
  'com.example.',
] as const

/** What a stranger can fetch about apps. Requirement and programme pages name every requirement by right: they are the rules. */
const APPS = ['lighthouse', 'breakwater', 'drydock', 'mooring', 'tidewater', 'foghorn', 'newcomer', 'svg', 'rtl', 'long'] as const
const ABOUT_APPS = [
  '/',
  '/?state=at_risk',
  '/api/v1/apps',
  '/partners/org_harbour',
  '/api/v1/partners/org_harbour/adherence',
  ...APPS.flatMap((app) => [
    `/apps/${app}`,
    ...['', '.atom', '.rss', '.json'].map((form) => `/apps/${app}/status${form}`),
    `/api/v1/apps/${app}/trust`,
    `/badge/${app}.svg`,
    `/badge/${app}.json`,
  ]),
]

describe.each(ENGINES)('public addresses, on $engine', ({ open }) => {
  let opened: Opened
  let market: Awaited<ReturnType<typeof openMarketplace>>
  let who: Acting = { kind: 'public' }
  const get = (url: string, headers: Record<string, string> = {}) => market.app.inject({ url, headers })

  beforeAll(async () => {
    opened = await open(testClock(NOW))
    market = await openMarketplace(opened, () => who)
    await fill(market)
  })
  afterAll(async () => {
    await market.app.close()
    await opened.close()
  })

  it('answer a stranger, each of them', async () => {
    for (const url of [
      ...ABOUT_APPS,
      '/programmes',
      '/programmes/harbour',
      '/api/v1/programmes',
      '/api/v1/programmes/harbour',
      '/openapi.json',
      '/style.css',
      '/favicon.svg',
    ]) {
      expect([url, (await get(url)).statusCode]).toEqual([url, 200])
    }
  })

  it('give away nothing that was planted', async () => {
    for (const url of ABOUT_APPS) {
      const { body } = await get(url)
      // The app in trouble keeps its whole pillar back; where nothing is wrong the rules may be named.
      const named =
        url.includes('breakwater') || url.startsWith('/?') || url === '/'
          ? SECRETS
          : SECRETS.filter((secret) => !/^(security|Install)/.test(secret))
      const hash_of_rules = url.startsWith('/api/v1/') ? DIGEST : null
      expect([url, named.filter((secret) => secret !== hash_of_rules && body.includes(secret))]).toEqual([url, []])
    }
  })

  it('are as small as promised', async () => {
    for (const url of ['/', '/partners/org_harbour', ...APPS.map((app) => `/apps/${app}`), '/programmes/harbour']) {
      expect(Buffer.byteLength((await get(url)).body)).toBeLessThan(50_000)
    }
  })

  it('show a name that is a script as the text that it is', async () => {
    for (const url of ['/', '/apps/svg', '/badge/svg.svg']) {
      const { body } = await get(url)
      expect(body).not.toMatch(/<svg[^>]*onload/)
    }
    expect((await get('/apps/svg')).body).toContain('&lt;svg onload=&quot;alert(1)&quot;&gt;Lighthouse&lt;/svg&gt;')
  })

  it('show a name that turns text around in the order in which it is written', async () => {
    const { body } = await get('/apps/rtl')
    const shown = body.slice(body.indexOf('<main'))
    expect(shown).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/)
    expect(shown).toContain('<bdi class="foreign">evil ميناء الاختبار</bdi>')
  })

  it('cut a very long name in lists and show all of it on its own page', async () => {
    expect((await get('/')).body).not.toContain(HOSTILE.long)
    expect((await get('/apps/long')).body).toContain(HOSTILE.long)
  })

  it('carry no script, no inline style and no address of another host that the page would load', async () => {
    for (const url of ['/', '/apps/breakwater', '/programmes/harbour', '/programmes/harbour/requirements/security.tls']) {
      const { body, headers } = await get(url)
      expect(body).not.toMatch(/<script|<style|<[^>]*\s(?:style|on[a-z]+)=/)
      expect(body).not.toMatch(/(?:src|rel="stylesheet" href)="https?:/)
      expect(headers['content-security-policy']).toContain("default-src 'none'")
    }
  })

  it('send what a reader has already as 304, and anew when it changed', async () => {
    const first = await get('/apps/lighthouse')
    const etag = String(first.headers['etag'])
    expect(first.headers).toMatchObject({ 'cache-control': 'no-cache', vary: 'cookie' })
    const again = await get('/apps/lighthouse', { 'if-none-match': `"other", W/${etag}` })
    expect([again.statusCode, again.body]).toEqual([304, ''])
    expect((await get('/apps/mooring', { 'if-none-match': etag })).statusCode).toBe(200)
  })

  it('let pages of other hosts read the interface and the badge, and keep both as long as promised', async () => {
    for (const url of [
      '/api/v1/apps',
      '/api/v1/apps/lighthouse/trust',
      '/api/v1/programmes',
      '/badge/lighthouse.svg',
      '/badge/lighthouse.json',
      '/openapi.json',
    ]) {
      expect([url, (await get(url)).headers['access-control-allow-origin']]).toEqual([url, '*'])
    }
    expect((await get('/badge/lighthouse.svg')).headers['cache-control']).toBe('public, max-age=300')
  })

  it('show in the directory what the filters in the address ask for, and forgive a filter that nobody offers', async () => {
    expect((await get('/?state=at_risk')).body).toContain('1 app of 10')
    expect((await get('/?state=nonsense&tier=&after=')).body).toContain('10 apps')
    expect((await get('/?text=zzz')).body).toContain('No app fits')
    expect((await get('/?tier=harbour.silver')).body).toContain('Foghorn')
    expect((await get('/api/v1/apps?state=nonsense')).statusCode).toBe(400)
    const page = (await get('/api/v1/apps?limit=3')).json<{ apps: unknown[]; total: number; next: string }>()
    expect([page.apps.length, page.total]).toEqual([3, 10])
    expect((await get(`/api/v1/apps?limit=50&after=${page.next}`)).json<{ apps: unknown[] }>().apps).toHaveLength(7)
  })

  it('tell of an app exactly what the public type holds', async () => {
    const app = PublicTrust.parse((await get('/api/v1/apps/breakwater/trust')).json())
    expect(app).toMatchObject({
      badges: [{ state: 'at_risk' }],
      standings: [{ in_cure: [{ pillar: 'security' }] }],
    })
  })

  it('have a page for what is not there, in HTML for people and as a problem for programs', async () => {
    const page = await get('/apps/nothing')
    expect(page.statusCode).toBe(404)
    expect(page.body).toContain('Not found')
    expect((await get('/api/v1/apps/nothing/trust')).json()).toMatchObject({ status: 404, code: 'directory.no_such_app' })
    expect((await get('/programmes/nothing')).statusCode).toBe(404)
    expect((await get('/programmes/harbour/requirements/nothing')).statusCode).toBe(404)
    expect((await get('/nowhere', { accept: 'text/html' })).body).toContain('<h1>Not found</h1>')
  })

  it('send a stranger who wants to work here to sign in, and back', async () => {
    for (const url of ['/overview', '/apps/lighthouse/standing', '/apps/lighthouse/details', '/register']) {
      const { statusCode, headers } = await get(url)
      expect([statusCode, headers['location']]).toEqual([303, `/sign-in?next=${encodeURIComponent(url)}`])
    }
  })

  it('tell of an app’s days and badge as a page, as Atom, as RSS and as JSON Feed, the same in each', async () => {
    const feed = (await get('/apps/lighthouse/status.json')).json<{ items: { id: string; title: string; date_published: string }[] }>()
    expect(feed.items.length).toBeGreaterThan(1)
    expect(feed.items.map(({ title }) => title).join()).toContain('granted')
    expect(new Set(feed.items.map(({ id }) => id)).size).toBe(feed.items.length)
    expect(feed.items.map((one) => one.date_published)).toEqual(
      feed.items
        .map((one) => one.date_published)
        .toSorted()
        .toReversed(),
    )
    const [atom, rss, page] = [
      await get('/apps/lighthouse/status.atom'),
      await get('/apps/lighthouse/status.rss'),
      await get('/apps/lighthouse/status'),
    ]
    expect(atom.body.match(/<entry>/g)).toHaveLength(feed.items.length)
    expect(rss.body.match(/<item>/g)).toHaveLength(feed.items.length)
    expect(page.body.match(/<time/g)?.length).toBeGreaterThan(feed.items.length)
    expect(page.body).toContain('type="application/rss+xml"')
    expect([atom, rss].map(({ headers }) => headers['content-type'])).toEqual([
      'application/atom+xml; charset=utf-8',
      'application/rss+xml; charset=utf-8',
    ])
    expect((await get('/apps/lighthouse/status.rss', { 'if-none-match': String(rss.headers['etag']) })).statusCode).toBe(304)
    expect((await get('/apps/nothing/status.rss')).statusCode).toBe(404)
  })

  it('look as they did (golden)', async () => {
    const { body } = await get('/apps/breakwater')
    await expect(body.replace(/\?v=[0-9a-f]+/, '?v=HASH')).toMatchFileSnapshot('./__snapshots__/trust-page.html.txt')
  })

  describe('for those who work here', () => {
    const as = async <T>(acting: Acting, work: () => Promise<T>): Promise<T> => {
      who = acting
      try {
        return await work()
      } finally {
        who = { kind: 'public' }
      }
    }

    it('the overview says who waits, who is at risk, what is due and what could not be seen', async () => {
      const { body } = await as(REVIEWER, () => get('/overview'))
      expect(body).toContain('Waiting for a reviewer')
      expect(body).toContain('Control targets are missing')
      expect(body.indexOf('Breakwater')).toBeGreaterThan(0)
    })

    it('the overview is not for partners', async () => {
      expect((await as(PARTNER, () => get('/overview'))).statusCode).toBe(403)
    })

    it('the standing names what is unmet, to the operator and to the partner whose app it is', async () => {
      for (const acting of [REVIEWER, PARTNER]) {
        const { statusCode, body } = await as(acting, () => get('/apps/breakwater/standing'))
        expect(statusCode).toBe(200)
        expect(body).toContain('Install calls are taken with a valid signature only')
        expect(body).toContain('there is no record of private finding text')
      }
      expect((await as(PARTNER, () => get('/apps/svg/standing'))).statusCode).toBe(403)
    })

    it('a page that was shown to somebody who is signed in is kept by nobody else', async () => {
      const { headers } = await as(REVIEWER, () => get('/apps/breakwater/standing'))
      expect(headers['cache-control']).toBe('no-store')
      expect((await as(REVIEWER, () => get('/'))).headers['cache-control']).toBe('private, no-cache')
    })

    it('a partner sees the acts of a reviewer greyed, each with its reason', async () => {
      const { body } = await as(PARTNER, () => get('/apps/drydock/standing'))
      expect(body).not.toMatch(/<form method="post" action="[^"]*\/badges\//)
      expect(body).toMatch(/aria-disabled="true"[^>]*>Agree to restore/)
    })

    it('a form that was refused comes back with what was typed and the reason beside its field', async () => {
      const sent = await as(PARTNER, () =>
        market.app.inject({
          method: 'POST',
          url: '/apps/lighthouse/details',
          payload: 'health_path=no+slash&base_urls=https%3A%2F%2Fapp.example.com',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        }),
      )
      expect(sent.statusCode).toBe(400)
      expect(sent.body).toContain('value="no slash"')
      expect(sent.body).toContain('id="health_path-error"')
      expect(sent.body).toContain('href="#health_path"')
    })
  })
})
