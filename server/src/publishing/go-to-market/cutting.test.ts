import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testClock, type TestClock } from '../../../test/house.ts'
import { DIGEST } from '../../../test/publishing/fixture.ts'
import { adopted, badge, event, fill, openMarketplace, PARTNER, registered, REVIEWER } from '../../../test/publishing/marketplace.ts'
import { ENGINES, type Opened } from '../../../test/storage.ts'
import type { Acting } from '../../enrolment/authorise.ts'
import { DAY_MS, parseInstant } from '../../kernel/time.ts'
import { sha256 } from '../../platform/crypto.ts'
import { cutByHand, cutDueEditions, readEdition } from './cutting.ts'
import { hashOfEdition, type Edition } from './edition.ts'
import { EDITIONS, editionKey, type EditionHead } from './editions-view.ts'

const BASE = '/api/v1/go-to-market/harbour'

describe.each(ENGINES)('the list for field teams, on $engine', ({ open }) => {
  let clock: TestClock
  let opened: Opened
  let market: Awaited<ReturnType<typeof openMarketplace>>
  let who: Acting = { kind: 'public' }
  const get = (url: string, headers: Record<string, string> = {}) => market.app.inject({ url, headers })
  const json = async (url: string) => (await get(url)).json()

  beforeAll(async () => {
    // A Monday.
    clock = testClock(parseInstant('2026-11-30T08:00:00Z'))
    opened = await open(clock)
    market = await openMarketplace(opened, () => who, clock)
  })
  afterAll(async () => {
    await market.app.close()
    await opened.close()
  })

  it('says before its first edition when that comes, and answers each question about none', async () => {
    expect(await cutDueEditions(market.house)).toBe(0)
    await market.tell(clock.now(), adopted())
    expect((await get('/go-to-market')).body).toContain('None yet')
    expect((await get('/go-to-market/harbour')).body).toContain('The first edition is cut on 7 Dec 2026.')
    expect(await json(`${BASE}/editions`)).toEqual({ programme: 'harbour', next_day: '2026-12-07', editions: [] })
    expect((await get(`${BASE}/editions/newest`)).statusCode).toBe(404)
    expect((await get('/go-to-market/harbour/feed.atom')).body).not.toContain('<entry>')
    for (const url of [
      '/go-to-market/nothing',
      '/api/v1/go-to-market/nothing/editions',
      '/go-to-market/harbour/1',
      '/go-to-market/harbour/changes?from=1&to=2',
    ])
      expect([url, (await get(url)).statusCode]).toEqual([url, 404])
    for (const url of [`${BASE}/editions/0`, `${BASE}/editions/x`, `${BASE}/changes`, `${BASE}/changes?from=1&to=-1`])
      expect([url, (await get(url)).statusCode]).toEqual([url, 400])
  })

  it('is cut on its day, once, empty where nobody holds a badge', async () => {
    expect([await cutDueEditions(market.house), await cutDueEditions(market.house)]).toEqual([1, 0])
    expect((await get('/go-to-market/harbour/1')).body).toContain('Nobody holds this badge yet')
  })

  it('is cut on the next day too, with every badge that is or was held and nothing else', async () => {
    await fill(market)
    clock.advance(7 * DAY_MS)
    expect(await cutDueEditions(market.house)).toBe(1)
    const { edition } = await json(`${BASE}/editions/newest`)
    expect(edition.rows.map(({ app, tier, state }: Edition['rows'][number]) => [app, tier, state])).toEqual([
      ['breakwater', 'gold', 'at_risk'],
      ['drydock', 'gold', 'suspended'],
      ['foghorn', 'silver', 'active'],
      ['lighthouse', 'gold', 'active'],
      ['mooring', 'gold', 'revoked'],
      ['tidewater', 'gold', 'expired'],
    ])
    expect(edition).toMatchObject({ number: 2, day: '2026-12-07', version: '2026.1', digest: DIGEST })
    expect(edition.rows[0]).toMatchObject({ partner_name: 'Quayside Software', listing: 'listed', cure_until: '2026-12-18T09:30:00.000Z' })
  })

  it('names the edition before by its hash, and each hash is that of what is served', async () => {
    const first = await json(`${BASE}/editions/1`)
    const second = await json(`${BASE}/editions/2`)
    expect(second.edition.previous).toBe(first.hash)
    for (const { hash, edition } of [first, second]) expect(hashOfEdition(edition, sha256)).toBe(hash)
    const log = await market.house.database.within({ marketplace: 'main', party: { kind: 'machine' } }, (unit) =>
      unit.log.stream('editions/harbour'),
    )
    expect(log.map(({ payload }) => payload['hash'])).toEqual([first.hash, second.hash])
  })

  it('stays as it was when everything that it told of has changed', async () => {
    const before = await get(`${BASE}/editions/2`)
    await market.tell(clock.now(), badge('lighthouse', 'revoked', { requirements: [], reasons: ['by_person'], person: 'person_private_a' }))
    await market.tell(
      clock.now(),
      event('listing/foghorn', 'badges.listing_hidden', {
        app: 'foghorn',
        requirements: [],
        reasons: ['not_put_right'],
        person: null,
        evidence: [],
        next_step: null,
      }),
    )
    expect((await get(`${BASE}/editions/2`)).body).toBe(before.body)
    expect(before.headers).toMatchObject({ 'cache-control': 'public, max-age=31536000, immutable', 'access-control-allow-origin': '*' })
  })

  it('that somebody changed behind the back of the log is not shown', async () => {
    const machine = { marketplace: 'main', party: { kind: 'machine' } } as const
    const head = await market.house.database.within(machine, (unit) => unit.documents.get<EditionHead>(EDITIONS, editionKey('harbour', 1)))
    const body = await market.house.database.within(machine, async (unit) => {
      const kept = await readEdition(unit, 'harbour', 1)
      await unit.sql
        .updateTable('evidence')
        .set({ body: JSON.stringify({ body: { ...kept.edition, rows: [], day: '2020-01-01' } }) })
        .where('evidence_id', '=', head?.evidence ?? '')
        .execute()
      return kept.edition
    })
    expect((await get(`${BASE}/editions/1`)).statusCode).toBe(500)
    await market.house.database.within(machine, (unit) =>
      unit.sql
        .updateTable('evidence')
        .set({ body: JSON.stringify({ body }) })
        .where('evidence_id', '=', head?.evidence ?? '')
        .execute(),
    )
    expect((await get(`${BASE}/editions/1`)).statusCode).toBe(200)
  })

  it('is cut by a reviewer at any time, and by nobody else', async () => {
    for (const [acting, status] of [
      [{ kind: 'public' }, 401],
      [PARTNER, 403],
      [REVIEWER, 201],
    ] as const) {
      who = acting
      expect((await market.app.inject({ method: 'POST', url: `${BASE}/editions` })).statusCode).toBe(status)
      expect((await get('/go-to-market/harbour')).body.includes('Cut an edition now')).toBe(acting === REVIEWER)
    }
    who = { kind: 'public' }
    expect(await json(`${BASE}/editions`)).toMatchObject({
      editions: [{ by: 'rhythm' }, { by: 'rhythm' }, { number: 3, by: 'person', day: '2026-12-07' }],
    })
    await expect(cutByHand(market.house, { kind: 'machine', name: 'x' }, 'nothing')).rejects.toThrow('no programme')
  })

  it('says what changed between any two, and why in public words', async () => {
    const { added, removed, changed } = await json(`${BASE}/changes?from=2&to=3`)
    expect([added, removed]).toEqual([[], []])
    expect(changed.map(({ app, what, because }: { app: string; what: string[]; because: string }) => [app, what, because])).toEqual([
      ['foghorn', ['listing'], ''],
      ['lighthouse', ['state', 'renewed', 'cure'].filter((one) => changed[1].what.includes(one)), 'a reviewer decided so'],
    ])
    const page = (await get('/go-to-market/harbour/changes?from=2&to=3')).body
    expect(page).toContain('2 changed')
    expect(page).toContain('a reviewer decided so')
    expect((await json(`${BASE}/changes?from=1&to=2`)).added).toHaveLength(6)
    expect((await json(`${BASE}/changes?from=2&to=1`)).removed).toHaveLength(6)
  })

  it('of days that nobody ran cuts the newest, and after the end of the programme one more', async () => {
    clock.advance(23 * DAY_MS)
    expect(await cutDueEditions(market.house)).toBe(1)
    expect((await json(`${BASE}/editions/newest`)).edition.day).toBe('2026-12-28')
    await market.tell(clock.now(), event('programme/harbour', 'directory.programme_closed', { programme: 'harbour' }))
    clock.advance(7 * DAY_MS)
    expect(await cutDueEditions(market.house)).toBe(1)
    clock.advance(70 * DAY_MS)
    expect(await cutDueEditions(market.house)).toBe(0)
    expect(await json(`${BASE}/editions`)).toMatchObject({ next_day: null })
  })

  it('gives away nothing that is not public, in no form', async () => {
    for (const url of [
      '/go-to-market/harbour/3',
      `${BASE}/editions/3`,
      `${BASE}/editions/3.csv`,
      `${BASE}/changes?from=1&to=3`,
      '/go-to-market/harbour/changes?from=1&to=3',
    ]) {
      const { body } = await get(url)
      expect([
        url,
        ['private', 'security.hook', 'Install calls are taken', 'com.example.', 'org_operator'].filter((secret) => body.includes(secret)),
      ]).toEqual([url, []])
    }
  })

  it('stays small on a page whatever the number of apps, and whole in its files', async () => {
    const many = Array.from({ length: 130 }, (_, place) => `many-${String(place).padStart(3, '0')}`)
    const given = { standing_hash: DIGEST, valid_until: parseInstant('2028-01-01'), reviewers: [] }
    await market.tell(clock.now(), ...many.flatMap((app) => [...registered(app, `=${app}`), badge(app, 'granted', given)]))
    who = REVIEWER
    const { number } = (await market.app.inject({ method: 'POST', url: `${BASE}/editions` })).json()
    who = { kind: 'public' }
    const page = (await get(`/go-to-market/harbour/${number}?page=2`)).body
    expect(page).toContain('Page 2 of 3')
    for (const url of [`/go-to-market/harbour/${number}`, `/go-to-market/harbour/changes?from=1&to=${number}`, '/go-to-market/harbour'])
      expect([url, Buffer.byteLength((await get(url)).body) < 50_000]).toEqual([url, true])
    const csv = (await get(`${BASE}/editions/${number}.csv`)).body
    expect(csv.split('\r\n')).toHaveLength(138)
    expect(csv).not.toMatch(/(^|,)"?=/m)
  })
})
