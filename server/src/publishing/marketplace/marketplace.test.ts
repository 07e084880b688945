import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer, type Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authority } from '../../../demo/certificate.ts'
import { testClock, type TestClock } from '../../../test/house.ts'
import { PACK } from '../../../test/publishing/fixture.ts'
import {
  adopted,
  badge,
  event,
  granted,
  openMarketplace,
  PARTNER,
  PIPELINE,
  registered,
  REVIEWER,
} from '../../../test/publishing/marketplace.ts'
import { ENGINES, type Opened } from '../../../test/storage.ts'
import type { Acting } from '../../enrolment/authorise.ts'
import { operatorOrganisation } from '../../enrolment/organisation.ts'
import { createPerson, join } from '../../enrolment/person.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { story } from '../../kernel/story.ts'
import { after, DAY_MS, HOUR_MS, parseInstant } from '../../kernel/time.ts'
import { pipeline } from '../../platform/dispatch.ts'
import { deliverDue } from '../outbox/deliver.ts'
import { noticesReactor } from '../outbox/notices.ts'
import { addWebhook } from '../outbox/webhook.ts'
import { mismatchesOf, seenIn } from './look.ts'
import { mismatch, type MismatchCommand, type MismatchEvent } from './mismatch.ts'
import { lookAgain, readListingsBack } from './reading-back.ts'
import { filledIn, listingSettingsIn } from './settings.ts'
import { statesAfter, type AppState } from './state.ts'

const API = (base: string): string => `
listing: ${base}/apps/{app}
allowance: PT2H
look_every: PT1H
read:
  api:
    url: ${base}/rest/{key}
    badges:
      - {programme: harbour, tier: gold, at: /programs/gold/status, shown_when: [approved, true]}
    listing: {at: /visibility, hidden_when: [private], paused_when: [paused]}
`
const PAGE = (base: string): string => `
listing: ${base}/apps/{app}
allowance: PT2H
look_every: PT1H
read:
  page:
    badges:
      - {programme: harbour, tier: gold, marks: ['data-badge="gold"', 'alt="Gold badge"']}
    gone_when: [hidden]
`
const settings = (of: (base: string) => string) => listingSettingsIn(of('https://m.example'), 'listings.yaml')

describe('the file of settings', () => {
  it.each([
    ['no address', 'listing: nothing\n'],
    ['an app in the host', API('https://{app}.example')],
    ['a password', API('https://u:p@m.example')],
    ['another scheme', API('file:///etc')],
    ['a foreign name', API('https://m.example').replace('{key}', '{secret}')],
    ['no pointer', API('https://m.example').replace('/programs/gold/status', 'programs.gold')],
    ['a typo', API('https://m.example').replace('shown_when', 'show_when')],
    ['a span in words', API('https://m.example').replace('PT2H', 'two hours')],
    ['broken YAML', 'listing: [\n'],
    ['both ways at once', `${API('https://m.example')}  page: {badges: []}\n`],
  ])('with %s is refused with its name', (_, text) => {
    expect(() => listingSettingsIn(text, 'listings.yaml')).toThrow('listings.yaml')
  })
  it('fills names in so that they stay one part of the address', () => {
    expect(filledIn('https://m.example/{app}?k={key}', { app: 'a', key: '../../x?y#z&{app}' })).toBe(
      'https://m.example/a?k=..%2F..%2Fx%3Fy%23z%26%7Bapp%7D',
    )
    expect(filledIn('https://m.example/{key}', { app: 'a', key: null })).toBeNull()
  })
})

const NOW = parseInstant('2026-11-24T12:00:00Z')
const state = (of: Partial<AppState> = {}, shown: boolean | null = true, ago_ms = DAY_MS): AppState => ({
  app: 'a',
  key: 'k',
  name: 'A',
  sequence: 1,
  as_of: NOW,
  listing: { state: 'listed', since: after(NOW, -DAY_MS) },
  badges:
    shown === null
      ? []
      : [
          {
            programme: 'harbour',
            tier: 'gold',
            state: shown ? 'active' : 'suspended',
            since: NOW,
            valid_until: null,
            shown,
            shown_since: after(NOW, -ago_ms),
          },
        ],
  ...of,
})

describe('what a listing shows, held against what is so', () => {
  const api = settings(API)
  const page = settings(PAGE)
  const shows = (gold: boolean, listing: AppState['listing']['state'] | null = 'listed') =>
    ({ kind: 'shown', badges: { 'harbour.gold': gold }, listing }) as const
  const kinds = (one: AppState, seen: Parameters<typeof mismatchesOf>[1], by = api) =>
    mismatchesOf(one, seen, by, NOW).map(({ kind }) => kind)
  it.each([
    ['held and shown', state(), shows(true), []],
    ['held and not shown', state(), shows(false), ['missing_after_grant']],
    ['lost and shown', state({}, false), shows(true), ['shown_without_badge']],
    ['lost and not shown', state({}, false), shows(false), []],
    ['never held and shown', state({}, null), shows(true), ['shown_without_badge']],
    ['lost a moment less than the allowance ago', state({}, false, 2 * HOUR_MS - 1), shows(true), []],
    ['lost exactly the allowance ago', state({}, false, 2 * HOUR_MS), shows(true), ['shown_without_badge']],
    ['held, and its listing gone', state(), { kind: 'gone' }, ['missing_after_grant', 'closed_while_listed']],
    ['held, hidden, and gone', state({ listing: { state: 'hidden', since: after(NOW, -DAY_MS) } }), { kind: 'gone' }, []],
    ['hidden and still open', state({ listing: { state: 'hidden', since: after(NOW, -DAY_MS) } }), shows(true), ['open_after_hide']],
    ['hidden just now and still open', state({ listing: { state: 'hidden', since: after(NOW, -HOUR_MS) } }), shows(true), []],
    ['listed and shown as paused', state(), shows(true, 'paused'), ['closed_while_listed']],
  ] as const)('%s', (_, one, seen, expected) => {
    expect(kinds(one, seen)).toEqual(expected)
  })
  it('on a page: a hidden one has to be gone where the settings say so, a paused one need not', () => {
    const as = (word: 'hidden' | 'paused') => state({ listing: { state: word, since: after(NOW, -DAY_MS) } })
    expect([kinds(as('hidden'), shows(true, null), page), kinds(as('paused'), shows(true, null), page)]).toEqual([['open_after_hide'], []])
  })

  const read = (by: typeof api, text: string, type: string, status = 200) => {
    if (by.read === undefined) throw new Error('these settings read nothing')
    return seenIn(by.read, { status, type, text })
  }
  it('finds a mark in the source, and none in a comment, however often one begins', () => {
    const found = (html: string) => read(page, html, 'text/html; charset=utf-8')
    expect(found('<img alt="Gold badge">')).toMatchObject({ badges: { 'harbour.gold': true } })
    expect(found('<!-- <img alt="Gold badge"> --><b>Gold</b>')).toMatchObject({ badges: { 'harbour.gold': false } })
    expect(found(`${'<!--'.repeat(500_000)} alt="Gold badge"`)).toMatchObject({ badges: { 'harbour.gold': false } })
    expect(read(page, '{}', 'application/json')).toEqual({ kind: 'unreadable', why: 'not a page' })
  })
  it.each([
    ['{"programs":{"gold":{"status":"approved"}},"visibility":"public"}', { badges: { 'harbour.gold': true }, listing: 'listed' }],
    ['{"programs":{"gold":{"status":true}},"visibility":"paused"}', { badges: { 'harbour.gold': true }, listing: 'paused' }],
    ['{"programs":{"gold":{"status":"rejected"}},"visibility":"private"}', { badges: { 'harbour.gold': false }, listing: 'hidden' }],
    ['{"programs":[]}', { badges: { 'harbour.gold': false } }],
    ['{"programs":"gold"}', { badges: { 'harbour.gold': false } }],
    ['[]', { badges: { 'harbour.gold': false } }],
    ['{"__proto__":{"programs":{"gold":{"status":"approved"}}}}', { badges: { 'harbour.gold': false } }],
    ['"approved"', { kind: 'unreadable' }],
    ['null', { kind: 'unreadable' }],
    ['{"programs":', { kind: 'unreadable' }],
    ['', { kind: 'unreadable' }],
  ])('reads the answer %j by its pointers, over own members only', (text, expected) => {
    expect(read(api, text, 'application/json')).toMatchObject(expected)
  })
  it('reads no JSON that calls itself something else, and stands a nesting that no parser likes', () => {
    expect(read(api, '{}', 'text/html')).toEqual({ kind: 'unreadable', why: 'not JSON' })
    expect(['shown', 'unreadable']).toContain(read(api, '['.repeat(1_000_000), 'application/json').kind)
    expect(read(api, '{}', 'application/vnd.market+json').kind).toBe('shown')
    expect(read(api, '', 'text/html', 410)).toEqual({ kind: 'gone' })
    expect(read(api, '', 'text/html', 403)).toEqual({ kind: 'unreadable', why: 'status 403' })
  })
})

describe('a mismatch', () => {
  const one = { of: 'harbour.gold', kind: 'missing_after_grant', since: NOW } as const
  const compare = (...mismatches: readonly (typeof one)[]): MismatchCommand => ({ app: 'a', do: 'compare', mismatches, evidence: [] })
  const fail: MismatchCommand = { app: 'a', do: 'fail', why: 'reset', due_at: after(NOW, HOUR_MS) }
  const found: MismatchEvent = { type: 'publishing.mismatch_found', payload: { app: 'a', ...one, evidence: [] } }
  const unread: MismatchEvent = { type: 'publishing.listing_unread', payload: { app: 'a', why: 'reset', due_at: after(NOW, HOUR_MS) } }
  const types =
    (...facts: readonly MismatchEvent[]) =>
    (command: MismatchCommand, at = NOW) =>
      story(mismatch, at)
        .given(...facts)
        .when(command)
        .events.map(({ type }) => type)
  it('is told once, and closed by the next look that agrees', () => {
    expect(types()(compare(one))).toEqual(['publishing.mismatch_found'])
    expect(types(found)(compare(one))).toEqual([])
    expect(types(found)(compare())).toEqual(['publishing.mismatch_settled'])
    expect(types()(compare())).toEqual([])
  })
  it('is not closed by a look that saw nothing', () => {
    expect(types(found)(fail)).toEqual(['publishing.listing_unread'])
    expect(story(mismatch, NOW).given(found, unread).state.open).toHaveLength(1)
  })
  it('is what a listing becomes that cannot be read for longer than the allowance, and not a moment before', () => {
    expect(types(unread)(fail, after(NOW, HOUR_MS - 1))).toEqual([])
    expect(types(unread)(fail, after(NOW, HOUR_MS))).toEqual(['publishing.mismatch_found'])
    const told: MismatchEvent = {
      type: 'publishing.mismatch_found',
      payload: { app: 'a', of: 'listing', kind: 'unreadable', since: NOW, evidence: [] },
    }
    expect(types(unread, told)(fail, after(NOW, DAY_MS))).toEqual([])
    expect(types(unread, told)(compare())).toEqual(['publishing.listing_read_again', 'publishing.mismatch_settled'])
  })
})

describe('states that arrive late, twice and in any order', () => {
  it('leave who keeps the highest sequence with what is so', () => {
    const deliveries = fc.array(fc.record({ app: fc.constantFrom('a', 'b', 'c'), sequence: fc.integer({ min: 1, max: 60 }) }), {
      maxLength: 80,
    })
    fc.assert(
      fc.property(deliveries, fc.array(fc.nat({ max: 79 }), { maxLength: 200 }), (sent, order) => {
        const arriving = [...order.flatMap((place) => sent.slice(place, place + 1)), ...sent.toReversed()]
        const kept = new Map<string, number>()
        for (const { app, sequence } of arriving) if (sequence > (kept.get(app) ?? 0)) kept.set(app, sequence)
        for (const { app } of sent)
          expect(kept.get(app)).toBe(Math.max(...sent.filter((one) => one.app === app).map(({ sequence }) => sequence)))
      }),
    )
  })
  it('are pulled piece by piece without a gap, whatever the size of a piece', () => {
    const all = Array.from({ length: 23 }, (_, place) => state({ app: `a${place}`, sequence: ((place * 7) % 23) + 1 }))
    for (const most of [1, 2, 5, 23, 100]) {
      const seen: number[] = []
      for (let since: number | null = 0; since !== null;) {
        const { states, next } = statesAfter(all, since, most)
        seen.push(...states.map(({ sequence }) => sequence))
        since = next
      }
      expect(seen).toEqual(Array.from({ length: 23 }, (_, place) => place + 1))
    }
  })
})

/** A marketplace as a real server over TLS: it takes states by webhook, shows what it is told to show, and misbehaves on demand. */
async function marketplaceServer() {
  const from = new Date('2026-01-01T00:00:00Z')
  const ca = authority('A marketplace of a test', from, 400)
  const { certificate: cert, key } = ca.issue(['localhost'], ['127.0.0.1'], from, 399)
  const self = {
    ca: ca.certificate,
    base: '',
    target: '',
    asked: 0,
    got: [] as { readonly headers: IncomingMessage['headers']; readonly body: string }[],
    take: (response: ServerResponse): unknown => response.writeHead(204).end(),
    show: (_: IncomingMessage, response: ServerResponse): unknown => response.writeHead(404).end(),
    close: () => undefined as unknown,
  }
  const server: TlsServer = createServer({ cert, key }, (request, response) => {
    if (request.method !== 'POST') {
      self.asked += 1
      self.show(request, response)
      return
    }
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      self.got.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') })
      self.take(response)
    })
  })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  self.target = `127.0.0.1:${(server.address() as AddressInfo).port}`
  self.base = `https://${self.target}`
  self.close = () => {
    server.closeAllConnections()
    server.close()
  }
  return self
}

describe.each(ENGINES)('a marketplace that is told and read back, on $engine', ({ open }) => {
  let clock: TestClock
  let opened: Opened
  let market: Awaited<ReturnType<typeof openMarketplace>>
  let site: Awaited<ReturnType<typeof marketplaceServer>>
  let controls: readonly Server[]
  let inside: Server
  let asked_inside = 0
  let network_is_sound = true
  let who: Acting = REVIEWER
  const shown: { [key: string]: JsonObject } = {}
  const stop = new AbortController()

  const get = (url: string, headers: Record<string, string> = {}) => market.app.inject({ url, headers })
  const told = async () => (await get('/api/v1/marketplace')).json()
  const openOnes = async () => (await told()).open.map(({ app, of, kind }: { app: string; of: string; kind: string }) => [app, of, kind])
  const look = () => readListingsBack(market.house, stop.signal, 2_000)
  const deliver = () => deliverDue(market.house, { mailer: null, chance: () => 0 }, stop.signal)
  const owed = (code: string) =>
    market.house.database.within({ marketplace: 'main', party: { kind: 'machine' } }, (unit) =>
      unit.sql.selectFrom('delivery').select(['destination', 'code', 'params']).where('code', '=', code).execute(),
    )
  const shows = (app: string, status: string, visibility = 'public') => {
    shown[`com.example.${app}`] = { programs: { gold: { status } }, visibility }
  }
  const wellBehaved = (request: IncomingMessage, response: ServerResponse) => {
    const listing = shown[decodeURIComponent((request.url ?? '').replace('/rest/', ''))]
    response.writeHead(listing === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(listing ?? {}))
  }
  const hoursLater = (hours: number) => clock.advance(hours * HOUR_MS)

  beforeAll(async () => {
    clock = testClock(NOW)
    opened = await open(clock)
    site = await marketplaceServer()
    site.show = wellBehaved
    inside = createHttpServer((_, response) => {
      asked_inside += 1
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end('{"programs":{"gold":{"status":"approved"}},"visibility":"public"}')
    })
    await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve))
    controls = await Promise.all(
      [1, 2].map(async () => {
        const server = createHttpServer((request, response) => (network_is_sound ? response.end() : request.socket.destroy()))
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
        return server
      }),
    )
    const known_good = controls.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`)
    market = await openMarketplace(opened, () => who, clock, {
      pipeline: pipeline(PIPELINE.views, [...PIPELINE.reactors, noticesReactor([PACK])]),
      allow_targets: [site.target, ...known_good],
      extra_ca: site.ca,
      listings: listingSettingsIn(API(site.base), 'listings.yaml'),
      environment: { CONTROL_TARGETS: known_good.map((target) => `http://${target}/`).join(',') },
    })
    await market.house.database.within({ marketplace: 'main', party: { kind: 'machine' } }, async (unit) => {
      const { organisation } = await operatorOrganisation(unit)
      await join(unit, await createPerson(unit, { name: 'Ann', mail: 'ann@operator.example' }), organisation, 'operator-reviewer')
    })
    await market.tell(NOW, adopted(), ...registered('lighthouse', 'Lighthouse'), ...registered('mooring', 'Mooring'))
    shows('lighthouse', 'none')
    shows('mooring', 'none')
  })
  afterAll(async () => {
    stop.abort()
    site.close()
    for (const server of [inside, ...controls]) server.close()
    await market.app.close()
    await opened.close()
  })

  it('is pushed the whole state, signed, on each change; and the newest where an earlier attempt failed', async () => {
    const admin: Acting = {
      kind: 'person',
      person: 'adm',
      session: 's',
      memberships: [{ organisation: 'org_operator', kind: 'operator', role: 'operator-admin' }],
    }
    const { organisation } = await market.house.database.within({ marketplace: 'main', party: { kind: 'machine' } }, (unit) =>
      operatorOrganisation(unit),
    )
    const { secret } = await addWebhook(market.house, admin, { organisation, url: `${site.base}/states` })
    site.take = (response) => response.writeHead(503).end()
    await market.tell(clock.now(), granted('lighthouse'))
    await deliver()
    await market.tell(clock.now(), badge('lighthouse', 'put_at_risk', { requirements: [], breaches: [], cure_until: null }))
    site.take = (response) => response.writeHead(204).end()
    hoursLater(1)
    await deliver()
    const bodies = site.got.map(({ headers, body }) => {
      const at = new Date(Number(headers['webhook-timestamp']) * 1_000)
      expect(headers['webhook-signature']).toBe(new Webhook(secret).sign(String(headers['webhook-id']), at, body))
      return JSON.parse(body)
    })
    const [first, ...later] = bodies
    expect(first).toMatchObject({
      type: 'publishing.state_changed',
      data: { app: 'lighthouse', key: 'com.example.lighthouse', badges: [{ state: 'active', shown: true }] },
    })
    expect(later.length).toBe(2)
    for (const { data } of later) {
      expect(data).toMatchObject({
        badges: [{ programme: 'harbour', tier: 'gold', state: 'at_risk', shown: true, shown_since: first.data.badges[0].shown_since }],
      })
      expect(data.sequence).toBeGreaterThan(first.data.sequence)
    }
    // The retried one keeps its name, so that a receiver which took it the first time may leave it.
    expect(new Set(site.got.map(({ headers }) => headers['webhook-id'])).size).toBe(2)
  })

  it('is given all states to pull, anew only what changed, by those who may', async () => {
    const all = (await get('/api/v1/states')).json()
    expect(all.states.map(({ app }: AppState) => app).toSorted()).toEqual(['lighthouse', 'mooring'])
    expect((await get(`/api/v1/states?since=${all.until}`)).json()).toEqual({ states: [], next: null, until: all.until })
    const etag = String((await get('/api/v1/states')).headers['etag'])
    expect((await get('/api/v1/states', { 'if-none-match': etag })).statusCode).toBe(304)
    expect((await get('/api/v1/states?limit=1')).json()).toMatchObject({ states: [{}], next: expect.any(Number) })
    await market.tell(clock.now(), badge('lighthouse', 'cured'))
    expect((await get('/api/v1/states', { 'if-none-match': etag })).statusCode).toBe(200)
    expect((await get(`/api/v1/states?since=${all.until}`)).json().states).toMatchObject([
      { app: 'lighthouse', badges: [{ state: 'active' }] },
    ])
    for (const url of ['/api/v1/states?since=-1', '/api/v1/states?since=x', '/api/v1/states?limit=0'])
      expect((await get(url)).statusCode).toBe(400)
    for (const acting of [{ kind: 'public' }, PARTNER] as const) {
      who = acting
      for (const url of ['/api/v1/states', '/api/v1/marketplace', '/marketplace'])
        expect([url, (await get(url)).statusCode === 200]).toEqual([url, false])
    }
    who = REVIEWER
  })

  it('has its allowed time; then a badge that is missing is told once, to the operator, and kept with what was seen', async () => {
    // Granted an hour ago.
    expect(await look()).toBe(2)
    expect(await openOnes()).toEqual([])
    hoursLater(1)
    const before = site.asked
    expect(await look()).toBe(2)
    // One look for the app that agrees, two for the one that does not.
    expect(site.asked - before).toBe(3)
    expect(await openOnes()).toEqual([['lighthouse', 'harbour.gold', 'missing_after_grant']])
    hoursLater(1)
    await look()
    await deliver()
    expect((await owed('publishing.mismatch_found')).map(({ destination }) => destination.split(':')[0])).toEqual(['person'])
    const page = (await get('/marketplace')).body
    expect(page).toContain('It does not show Gold (Harbour), which the app holds.')
    expect((await told()).open[0].evidence).toHaveLength(1)
  })

  it('closes it by the next look that agrees', async () => {
    shows('lighthouse', 'approved')
    await lookAgain(market.house, REVIEWER, 'lighthouse')
    expect(await openOnes()).toEqual([])
    expect((await get('/marketplace')).body).toContain('Every listing shows what is so')
  })

  it('that still shows a lost badge is told as soon as its time is over, and one that was never given at once', async () => {
    await market.tell(
      clock.now(),
      badge('lighthouse', 'suspended', { requirements: [], reasons: ['cure_window_over'], person: null, revoke_at: null, left_ms: null }),
    )
    shows('mooring', 'approved')
    hoursLater(1)
    await look()
    expect(await openOnes()).toEqual([['mooring', 'harbour.gold', 'shown_without_badge']])
    hoursLater(1)
    await look()
    expect(await openOnes()).toEqual([
      ['lighthouse', 'harbour.gold', 'shown_without_badge'],
      ['mooring', 'harbour.gold', 'shown_without_badge'],
    ])
    shows('lighthouse', 'none')
    shows('mooring', 'none')
    hoursLater(1)
    await look()
    expect(await openOnes()).toEqual([])
  })

  it('that flickers for a moment is no mismatch: what is told was seen twice', async () => {
    hoursLater(1)
    let first = true
    site.show = (request, response) => {
      if (request.url === '/rest/com.example.mooring' && first) {
        first = false
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end('{"programs":{"gold":{"status":"approved"}},"visibility":"public"}')
      } else wellBehaved(request, response)
    }
    await look()
    expect([first, await openOnes()]).toEqual([false, []])
    site.show = wellBehaved
  })

  it('that goes on offering what was hidden is told', async () => {
    const hidden = { app: 'mooring', requirements: [], reasons: ['not_put_right'], person: null, evidence: [], next_step: null }
    await market.tell(clock.now(), event('listing/mooring', 'badges.listing_hidden', hidden))
    hoursLater(2)
    await look()
    expect(await openOnes()).toEqual([['mooring', 'listing', 'open_after_hide']])
    shows('mooring', 'none', 'private')
    hoursLater(1)
    await look()
    expect(await openOnes()).toEqual([])
  })

  const json = { 'content-type': 'application/json' }
  const good = '{"programs":{"gold":{"status":"none"}},"visibility":"private"}'
  it.each<readonly [string, (response: ServerResponse) => unknown]>([
    ['endless', (response) => endless(response.writeHead(200, json))],
    ['a bomb', (response) => response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(20_000_000, ' ')))],
    ['silent', () => undefined],
    ['slow', (response) => response.writeHead(200, json).write('{')],
    ['cut off', (response) => (response.writeHead(200, { ...json, 'content-length': '1000' }).write('{'), response.socket?.destroy())],
    ['another type', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end(good)],
    ['broken', (response) => response.writeHead(200, json).end(good.slice(0, 20))],
    ['a number', (response) => response.writeHead(200, json).end('1')],
    ['locked', (response) => response.writeHead(403, json).end(good)],
    ['in trouble', (response) => response.writeHead(503, json).end(good)],
    [
      'leading inside',
      (response) => response.writeHead(302, { location: `http://127.0.0.1:${(inside.address() as AddressInfo).port}/` }).end(),
    ],
    [
      'leading to the machine’s own service',
      (response) => response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
    ],
    ['leading elsewhere', (response) => response.writeHead(302, { location: 'https://evil.example/' }).end()],
    ['leading in a circle', (response) => response.writeHead(302, { location: '/rest/again' }).end()],
  ])(
    'that is %s tells nothing about badges: it is unread, then told as such, and read again it is closed',
    { timeout: 60_000 },
    async (_, answer) => {
      hoursLater(1)
      site.show = (request, response) => (request.url === '/rest/com.example.mooring' ? wellBehaved(request, response) : answer(response))
      shows('lighthouse', 'approved')
      await look()
      expect([await openOnes(), (await told()).unread.map(({ app }: { app: string }) => app)]).toEqual([[], ['lighthouse']])
      hoursLater(2)
      await look()
      expect(await openOnes()).toEqual([['lighthouse', 'listing', 'unreadable']])
      expect((await get('/marketplace')).body).toContain('Listings that cannot be read')
      site.show = wellBehaved
      shows('lighthouse', 'none')
      hoursLater(1)
      await look()
      expect([await openOnes(), (await told()).unread]).toEqual([[], []])
      expect(asked_inside).toBe(0)
    },
  )

  it('that nobody can reach because our own network is down is not told of, and looked at again soon', async () => {
    network_is_sound = false
    site.show = (request) => request.socket.destroy()
    hoursLater(30)
    expect(await look()).toBe(0)
    expect([await openOnes(), (await told()).unread]).toEqual([[], []])
    network_is_sound = true
    site.show = wellBehaved
    expect(await look()).toBe(2)
  })

  it('is not read at all where nothing says how, and a look by hand says so', async () => {
    const blind = { ...market.house, listings: null }
    expect(await readListingsBack(blind)).toBe(0)
    await expect(lookAgain(blind, REVIEWER, 'lighthouse')).rejects.toThrow('LISTINGS')
    await expect(lookAgain(market.house, REVIEWER, 'nobody')).rejects.toThrow('no app')
    await expect(lookAgain(market.house, PARTNER, 'lighthouse')).rejects.toThrow('may not')
  })

  it('tells partners and strangers nothing of what is pushed: keys of apps stay with the operator', async () => {
    who = { kind: 'public' }
    for (const url of ['/partners/org_harbour', '/api/v1/apps', '/api/v1/apps/lighthouse/trust'])
      expect((await get(url)).body).not.toContain('com.example.')
    who = REVIEWER
  })
})

function endless(response: ServerResponse): void {
  const chunk = Buffer.alloc(65_536, ' ')
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  }
  response.on('drain', more)
  more()
}
