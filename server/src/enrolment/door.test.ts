import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testClock, testHouse } from '../../test/house.ts'
import { ENGINES, type Opened } from '../../test/storage.ts'
import type { House } from '../house.ts'
import { DAY_MS, HOUR_MS } from '../kernel/time.ts'
import { createHttp, type Routes } from '../platform/http/app.ts'
import type { Unit } from '../platform/sql/database.ts'
import { frameOf } from '../publishing/pages/frame.tsx'
import { problemPage } from '../publishing/pages/problem.tsx'
import { ADMIN_LINK_LASTS_MS, createAdminLink } from './admin-link.ts'
import { refuseForeign } from './foreign.ts'
import { createOrganisation, operatorOrganisation } from './organisation.ts'
import { createPerson, erasePerson, join, leave } from './person.ts'
import { registerEnrolmentRoutes } from './routes.ts'
import { SESSION_IDLE_MS, SESSION_LASTS_MS, startSession } from './session.ts'
import { issueToken } from './token.ts'
import { whoAsks } from './who-asks.ts'

const URLS = { http: 'http://127.0.0.1:4380', https: 'https://trust.example.com' } as const
/** How a browser sends a form from our own page. */
const SAME = { 'sec-fetch-site': 'same-origin' }

async function appOf(house: House, public_url: string): Promise<Routes> {
  const app = await createHttp({
    log: house.log,
    public_url: () => public_url,
    trust_proxy: [],
    whoAsks: whoAsks(house.database, house.marketplace, () => public_url),
    refuseForeign: refuseForeign(() => public_url),
    problemPage: (problem, request) => problemPage(house, problem, request, null),
    version: '0',
    requests_a_minute: 100_000,
  })
  registerEnrolmentRoutes(app, { ...house, public_url: () => public_url }, frameOf(house, null))
  app.get('/who', { config: { act: 'read-public-pages' } }, async (request) => request.acting)
  app.post('/change', { config: { act: 'use-own-account' } }, async () => 'changed')
  await app.ready()
  return app
}

const cookieIn = (response: { headers: Record<string, unknown> }): string => {
  const header = response.headers['set-cookie']
  return typeof header === 'string' ? (header.split(';')[0] ?? '') : ''
}

describe.each(ENGINES)('the door, on $engine', ({ open }) => {
  const clock = testClock()
  let opened: Opened
  let house: Awaited<ReturnType<typeof testHouse>>
  let app: Routes
  const machine = <T>(work: (unit: Unit) => Promise<T>): Promise<T> =>
    opened.database.within({ marketplace: 'main', party: { kind: 'machine' } }, work)
  const adminLink = async (): Promise<string> => new URL(await createAdminLink(opened.database, 'main', URLS.http)).pathname

  beforeAll(async () => {
    opened = await open(clock)
    house = await testHouse(opened, clock)
    app = await appOf(house, URLS.http)
  })
  afterAll(async () => {
    await app.close()
    await opened.close()
  })

  describe('the admin link', () => {
    it('makes the operator and its first administrator when its button is pressed, and signs in', async () => {
      const link = await adminLink()
      const shown = await app.inject({ url: link })
      expect(shown.statusCode).toBe(200)
      expect(shown.body).toContain('method="post"')
      expect(shown.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'strict-origin' })
      const pressed = await app.inject({ method: 'POST', url: link, headers: SAME })
      expect(pressed.statusCode).toBe(303)
      expect(pressed.headers['set-cookie']).toMatch(/^castellan_session=[\w-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Lax$/)
      const who = await app.inject({ url: '/who', headers: { cookie: cookieIn(pressed) } })
      expect(who.json()).toMatchObject({ kind: 'person', memberships: [{ kind: 'operator', role: 'operator-admin' }] })
      const events = await machine((unit) => unit.log.after(0, 10))
      expect(events.map(({ type, by }) => [type, by.kind])).toEqual([
        ['enrolment.organisation_created', 'person'],
        ['enrolment.person_joined', 'person'],
        ['enrolment.signed_in', 'person'],
      ])
    })

    it('lets the same administrator in again, and makes nobody new', async () => {
      const people = async () => (await machine((unit) => unit.sql.selectFrom('person').selectAll().execute())).length
      const before = await people()
      expect((await app.inject({ method: 'POST', url: await adminLink(), headers: SAME })).statusCode).toBe(303)
      expect(await people()).toBe(before)
    })

    it('is not used up by looking, works once, and not at all after 15 minutes or when there is a newer one', async () => {
      const link = await adminLink()
      for (let look = 0; look < 3; look++) expect((await app.inject({ url: link })).statusCode).toBe(200)
      expect((await app.inject({ method: 'HEAD', url: link })).statusCode).toBe(200)
      expect((await app.inject({ method: 'POST', url: link, headers: SAME })).statusCode).toBe(303)
      for (const again of [await app.inject({ method: 'POST', url: link, headers: SAME }), await app.inject({ url: link })]) {
        expect(again.statusCode).toBeGreaterThanOrEqual(400)
        expect(again.headers['set-cookie']).toBeUndefined()
      }
      const [older, newer] = [await adminLink(), await adminLink()]
      expect((await app.inject({ method: 'POST', url: older, headers: SAME })).statusCode).toBe(400)
      clock.advance(ADMIN_LINK_LASTS_MS)
      expect((await app.inject({ method: 'POST', url: newer, headers: SAME })).statusCode).toBe(400)
    })

    it('lets one in of two who press at once', async () => {
      const link = await adminLink()
      const answers = await Promise.all([1, 2, 3].map(() => app.inject({ method: 'POST', url: link, headers: SAME })))
      expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([303, 400, 400])
    })

    it('stands in no log line and in no table, used or not', async () => {
      const link = await adminLink()
      const secret = link.slice('/links/'.length)
      await app.inject({ url: link })
      await app.inject({ url: `${link}/and-more` })
      await app.inject({ url: `/LINKS/${secret}` })
      await app.inject({ method: 'POST', url: link, headers: SAME })
      expect(house.logged.length).toBeGreaterThan(3)
      expect(house.logged.join('')).not.toContain(secret)
      const rows = await machine((unit) => unit.sql.selectFrom('credential').selectAll().execute())
      expect(JSON.stringify(rows)).not.toContain(secret)
    })
  })

  describe('sessions', () => {
    const person = (role: 'operator-admin' | 'operator-viewer' = 'operator-viewer') =>
      machine(async (unit) => {
        const { organisation } = await operatorOrganisation(unit)
        const id = await createPerson(unit, { name: 'Ada', mail: null })
        await join(unit, id, organisation, role)
        return id
      })
    const session = async (id: string) => machine(async (unit) => (await startSession(unit, id, null)).secret)
    const kindOf = async (cookie: string, on = app): Promise<string> =>
      (await on.inject({ url: '/who', headers: { cookie } })).json<{ kind: string }>().kind

    it('are the public when unknown, empty, or given twice', async () => {
      const secret = await session(await person())
      expect(await kindOf(`castellan_session=${secret}`)).toBe('person')
      for (const cookie of ['castellan_session=', 'castellan_session=x', `castellan_session=${secret}x`, `other=${secret}`]) {
        expect(await kindOf(cookie)).toBe('public')
      }
      expect(await kindOf(`castellan_session=${secret}; castellan_session=planted`)).toBe('public')
    })

    it('end when nobody uses them for twelve hours, and after a week however busy', async () => {
      const id = await person()
      const [idle, busy] = [await session(id), await session(id)]
      for (let used_ms = 0; used_ms + 6 * HOUR_MS < SESSION_LASTS_MS; used_ms += 6 * HOUR_MS) {
        clock.advance(6 * HOUR_MS)
        expect(await kindOf(`castellan_session=${busy}`)).toBe('person')
        if (used_ms === 0) expect(await kindOf(`castellan_session=${idle}`)).toBe('person')
      }
      expect(await kindOf(`castellan_session=${idle}`)).toBe('public')
      clock.advance(6 * HOUR_MS)
      expect(await kindOf(`castellan_session=${busy}`)).toBe('public')
      expect(SESSION_IDLE_MS).toBeLessThan(DAY_MS)
    })

    it('are new after each sign-in: a secret that somebody planted before gains nothing', async () => {
      const planted = await session(await person())
      const link = await adminLink()
      const pressed = await app.inject({ method: 'POST', url: link, headers: { ...SAME, cookie: `castellan_session=${planted}` } })
      expect(cookieIn(pressed)).not.toContain(planted)
      expect(await kindOf(`castellan_session=${planted}`)).toBe('public')
      const unknown = await app.inject({
        method: 'POST',
        url: await adminLink(),
        headers: { ...SAME, cookie: 'castellan_session=chosen-by-me' },
      })
      expect(cookieIn(unknown)).not.toContain('chosen-by-me')
      expect(await kindOf('castellan_session=chosen-by-me')).toBe('public')
    })

    it('end by signing out: here, or everywhere', async () => {
      const id = await person()
      const [here, elsewhere] = [await session(id), await session(id)]
      const out = await app.inject({ method: 'POST', url: '/sign-out', headers: { ...SAME, cookie: `castellan_session=${here}` } })
      expect(out.headers['set-cookie']).toMatch(/^castellan_session=; .*Max-Age=0/)
      expect([await kindOf(`castellan_session=${here}`), await kindOf(`castellan_session=${elsewhere}`)]).toEqual(['public', 'person'])
      const again = await session(id)
      await app.inject({
        method: 'POST',
        url: '/sign-out',
        headers: { ...SAME, cookie: `castellan_session=${again}`, 'content-type': 'application/x-www-form-urlencoded' },
        payload: 'everywhere=yes',
      })
      expect([await kindOf(`castellan_session=${again}`), await kindOf(`castellan_session=${elsewhere}`)]).toEqual(['public', 'public'])
    })

    it('take the __Host- name and Secure under https, and the plain name counts for nothing there', async () => {
      const secure = await appOf(house, URLS.https)
      const pressed = await secure.inject({ method: 'POST', url: await adminLink(), headers: SAME })
      expect(pressed.headers['set-cookie']).toMatch(/^__Host-castellan_session=[\w-]{43}; Path=\/; .*HttpOnly; SameSite=Lax; Secure$/)
      expect(pressed.headers['referrer-policy']).toBe('no-referrer')
      const secret = cookieIn(pressed).split('=')[1] ?? ''
      expect(await kindOf(`__Host-castellan_session=${secret}`, secure)).toBe('person')
      expect(await kindOf(`castellan_session=${secret}`, secure)).toBe('public')
      await secure.close()
    })

    it('keep a person who was erased out', async () => {
      const id = await person()
      const secret = await session(id)
      await machine((unit) => erasePerson(unit, id))
      expect(await kindOf(`castellan_session=${secret}`)).toBe('public')
    })
  })

  describe('tokens', () => {
    const partner = () =>
      machine(async (unit) => {
        const organisation = await createOrganisation(unit, { kind: 'partner', name: 'Partner' })
        const id = await createPerson(unit, { name: 'Pia', mail: null })
        const boss = await createPerson(unit, { name: 'Boss', mail: null })
        await join(unit, id, organisation, 'partner-member')
        await join(unit, boss, organisation, 'partner-admin')
        const { secret } = await issueToken(
          unit,
          { kind: 'person', person: id, session: 's', memberships: [{ organisation, kind: 'partner', role: 'partner-member' }] },
          { organisation, name: 'ci', scopes: ['apps:read'], lasts_days: 1 },
        )
        return { organisation, id, secret }
      })
    const ask = (authorization: string, cookie?: string) =>
      app.inject({ url: '/who', headers: { authorization, ...(cookie === undefined ? {} : { cookie }) } })

    it('let their person in with their scopes only', async () => {
      const { id, secret, organisation } = await partner()
      expect(secret).toMatch(/^cst_[\w-]{43}$/)
      expect((await ask(`Bearer ${secret}`)).json()).toEqual({
        kind: 'token',
        token: expect.stringMatching(/^tok_/),
        person: id,
        memberships: [{ organisation, kind: 'partner', role: 'partner-member' }],
        scopes: ['apps:read'],
      })
    })

    it('are refused when wrong, cut off, of another scheme or over; never silently the public', async () => {
      const { secret } = await partner()
      for (const told of [
        `Bearer ${secret}x`,
        `Bearer ${secret.slice(0, -1)}`,
        'Bearer cst_',
        'Bearer x',
        'Bearer',
        '',
        `Basic ${secret}`,
        secret,
      ]) {
        expect([told, (await ask(told)).statusCode]).toEqual([told, 401])
      }
      clock.advance(DAY_MS)
      const over = await ask(`Bearer ${secret}`)
      expect(over.statusCode).toBe(401)
      expect(over.json()).toMatchObject({ code: 'enrolment.bad_token' })
    })

    it('are no session and a session is no token', async () => {
      const { secret, id } = await partner()
      expect((await app.inject({ url: '/who', headers: { cookie: `castellan_session=${secret}` } })).json()).toEqual({ kind: 'public' })
      const session = await machine(async (unit) => (await startSession(unit, id, null)).secret)
      expect((await ask(`Bearer ${session}`)).statusCode).toBe(401)
      // A wrong token beside a sound session does not fall back to it.
      expect((await ask('Bearer cst_x', `castellan_session=${session}`)).statusCode).toBe(401)
    })

    it('lose what their person loses, at once', async () => {
      const { secret, id, organisation } = await partner()
      await machine((unit) => join(unit, id, organisation, 'partner-admin'))
      expect((await ask(`Bearer ${secret}`)).json()).toMatchObject({ memberships: [{ role: 'partner-admin' }] })
      await machine((unit) => leave(unit, id, organisation))
      expect((await ask(`Bearer ${secret}`)).statusCode).toBe(401)
      await machine((unit) => join(unit, id, organisation, 'partner-member'))
      expect((await ask(`Bearer ${secret}`)).statusCode).toBe(401)
    })
  })

  describe('a change that another site starts', () => {
    const own = URLS.http
    /** Headers of the request; who sends it; whether it passes. */
    const MATRIX: readonly [string, Record<string, string>, { person: boolean; token: boolean; nobody: boolean }][] = [
      ['from our own page', { 'sec-fetch-site': 'same-origin', origin: own }, { person: true, token: true, nobody: true }],
      ['by hand', { 'sec-fetch-site': 'none' }, { person: true, token: true, nobody: true }],
      ['from a sibling host', { 'sec-fetch-site': 'same-site', origin: own }, { person: false, token: true, nobody: false }],
      [
        'from a foreign page',
        { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
        { person: false, token: true, nobody: false },
      ],
      ['from an unknown kind of page', { 'sec-fetch-site': 'new-word' }, { person: false, token: true, nobody: false }],
      ['old browser, own page', { origin: own }, { person: true, token: true, nobody: true }],
      ['old browser, foreign page', { origin: 'https://evil.example' }, { person: false, token: true, nobody: false }],
      ['old browser, sandboxed frame', { origin: 'null' }, { person: false, token: true, nobody: false }],
      ['old browser, other port', { origin: 'http://127.0.0.1:4381' }, { person: false, token: true, nobody: false }],
      ['neither header', {}, { person: false, token: true, nobody: true }],
    ]

    it.each(MATRIX)('%s', async (_, headers, passes) => {
      const { cookie, authorization } = await machine(async (unit) => {
        const { organisation } = await operatorOrganisation(unit)
        const id = await createPerson(unit, { name: 'Ada', mail: null })
        await join(unit, id, organisation, 'operator-admin')
        const memberships = [{ organisation, kind: 'operator', role: 'operator-admin' }] as const
        const token = await issueToken(
          unit,
          { kind: 'person', person: id, session: 's', memberships },
          { organisation, name: 'x', scopes: ['apps:read'], lasts_days: 1 },
        )
        return { cookie: `castellan_session=${(await startSession(unit, id, null)).secret}`, authorization: `Bearer ${token.secret}` }
      })
      const status = async (more: Record<string, string>): Promise<number> =>
        (await app.inject({ method: 'POST', url: '/change', headers: { ...headers, ...more } })).statusCode
      const expected = (passed: boolean): number => (passed ? 200 : 403)
      expect(await status({ cookie })).toBe(expected(passes.person))
      expect(await status({ authorization })).toBe(expected(passes.token))
      expect(await status({})).toBe(expected(passes.nobody))
    })

    it('does not sign anybody in with a link of its own', async () => {
      const link = await adminLink()
      const pressed = await app.inject({
        method: 'POST',
        url: link,
        headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
      })
      expect(pressed.statusCode).toBe(403)
      expect(pressed.headers['set-cookie']).toBeUndefined()
    })
  })

  it('asks the database nothing for whoever shows nothing', async () => {
    const counting = { ...opened.database, within: () => Promise.reject(new Error('asked')) } as unknown as House['database']
    const who = whoAsks(counting, 'main', () => URLS.http)
    const request = { headers: { cookie: 'theme=dark' }, url: '/' } as unknown as Parameters<typeof who>[0]
    expect(await who(request)).toEqual({ kind: 'public' })
  })
})
