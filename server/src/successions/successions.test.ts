import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LATE, READY } from '../../test/drafted.ts'
import { ENGINES } from '../../test/storage.ts'
import { openSucceeding } from '../../test/succeeding.ts'
import { registerDirectoryRoutes } from '../directory/routes.ts'
import type { Acting } from '../enrolment/authorise.ts'
import { createHttp, type Routes } from '../platform/http/app.ts'
import { registerBadgePictures } from '../publishing/badge-routes.ts'
import { registerPublicRoutes } from '../publishing/routes.tsx'
import { registerSuccessionRoutes } from './routes.ts'

const END = '/api/v1/programmes/harbour/succession'
const HOLDERS = `${END}/holders`
const over = (app: string) => `/api/v1/apps/${app}/successions/harbour/gold`

type Holder = {
  app: string
  badge: string
  successor_badge: string
  standing_hash: string
  met: boolean
  missing: string[]
  decisions: object[]
}

describe.each(ENGINES)('a programme that ends, on $engine', ({ open }) => {
  let running: Awaited<ReturnType<typeof openSucceeding>>
  let app: Routes
  let who: Acting = { kind: 'public' }
  const as = (name: string) => {
    who = running.who(name)
  }
  const post = (url: string, payload: object) => app.inject({ method: 'POST', url, payload })
  const get = (url: string) => app.inject({ url })
  const holder = async (id: string): Promise<Holder> => {
    as('ann')
    const { holders } = (await get(HOLDERS)).json<{ holders: Holder[] }>()
    const found = holders.find((one) => one.app === id)
    if (found === undefined) throw new Error(`no holder ${id}`)
    return found
  }

  beforeAll(async () => {
    running = await openSucceeding(open)
    const { house } = running
    app = await createHttp({
      log: house.log,
      public_url: () => house.public_url(),
      trust_proxy: [],
      whoAsks: async () => who,
      refuseForeign: () => undefined,
      problemPage: async (problem) => problem.detail,
      version: '0',
      requests_a_minute: 1_000_000,
    })
    registerSuccessionRoutes(app, house)
    registerDirectoryRoutes(app, house)
    registerPublicRoutes(app, house)
    registerBadgePictures(app, house)
  })
  afterAll(async () => {
    await app.close()
    await running.close()
  })

  it('does not end by what its successor’s pack says: only an administrator sets it, once, with a successor that says so', async () => {
    expect((await get(END)).json()).toEqual({ succession: null })
    as('ann')
    expect((await post(END, { successor: 'haven' })).statusCode).toBe(403)
    as('mia')
    expect((await post(END, { successor: 'haven' })).statusCode).toBe(403)
    as('ada')
    expect((await post(END, { successor: 'harbour' })).json().code).toBe('directory.no_succession')
    expect((await post(END, { successor: 'nowhere' })).statusCode).toBe(404)
    expect((await post('/api/v1/programmes/haven/succession', { successor: 'harbour' })).json().code).toBe('directory.no_succession')
    expect((await post(END, { successor: 'haven' })).json()).toMatchObject({
      succession: { successor: 'haven', phase: 'planned', ends_on: '2026-10-01', tiers: [{ from: 'gold', to: 'safe' }] },
    })
    expect((await post(END, { successor: 'haven' })).statusCode).toBe(409)
  })

  it('tells every holder at once', async () => {
    const owed = (await running.events()).filter(({ payload }) => payload['code'] === 'directory.succession_begun')
    expect(owed.map(({ payload }) => payload['app'])).toEqual([LATE, READY])
    expect(owed[0]?.payload['params']).toMatchObject({ programme: 'Harbour', successor: 'Haven', until: '1 Oct 2026' })
  })

  it('is decided about while both run, and not before', async () => {
    const { standing_hash } = await holder(READY)
    const answer = await post(over(READY), { outcome: 'moves', words: 'Ready.', standing_hash })
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'successions.wrong_state'])
    await running.goTo('2026-04-02T10:00:00Z')
    expect((await get(END)).json()).toMatchObject({ succession: { phase: 'side_by_side' } })
  })

  it('judges every app by both, side by side', async () => {
    expect(await holder(READY)).toMatchObject({ badge: 'active', successor_badge: 'none', met: true, missing: [] })
    expect(await holder(LATE)).toMatchObject({ badge: 'active', successor_badge: 'none', met: false, missing: ['haven.backups'] })
  })

  it('takes nobody over who does not meet the successor, without a reason, on an outdated standing, or by one’s own partner', async () => {
    const late = await holder(LATE)
    expect((await post(over(LATE), { outcome: 'moves', words: 'Please.', standing_hash: late.standing_hash })).json().code).toBe(
      'badges.not_met',
    )
    const ready = await holder(READY)
    expect((await post(over(READY), { outcome: 'moves', words: ' ', standing_hash: ready.standing_hash })).statusCode).toBe(400)
    expect((await post(over(READY), { outcome: 'moves', words: 'x', standing_hash: late.standing_hash })).json().code).toBe(
      'badges.standing_moved',
    )
    expect((await post(over(READY), { outcome: 'moves', words: 'x' })).json().code).toBe('badges.standing_moved')
    as('mia')
    expect((await post(over(READY), { outcome: 'moves', words: 'We are.', standing_hash: ready.standing_hash })).statusCode).toBe(403)
    as('ann')
    expect((await post(over(READY).replace('gold', 'silver'), { outcome: 'moves', words: 'x' })).statusCode).toBe(404)
    expect((await holder(READY)).decisions).toEqual([])
    expect((await running.events()).filter(({ type }) => type.startsWith('successions.') || type === 'badges.grant_agreed')).toEqual([])
  })

  it('takes an app over when as many people agree as the successor’s tier asks', async () => {
    const { standing_hash } = await holder(READY)
    as('ann')
    expect((await post(over(READY), { outcome: 'moves', words: 'Everything is met.', standing_hash })).json()).toEqual({ granted: false })
    expect((await post(over(READY), { outcome: 'moves', words: 'Again.', standing_hash })).statusCode).toBe(409)
    expect(await running.badge(READY, 'haven', 'safe')).toBe('none')
    as('bob')
    expect((await post(over(READY), { outcome: 'moves', words: 'I agree.', standing_hash })).json()).toEqual({ granted: true })
    expect(await running.badge(READY, 'haven', 'safe')).toBe('active')
    // Both are held side by side.
    expect(await running.badge(READY)).toBe('active')
    expect((await post(over(READY), { outcome: 'does_not_move', words: 'Too late.' })).statusCode).toBe(409)
  })

  it('records that an app does not go over, with the reason outside the log and for the partner to read', async () => {
    as('bob')
    expect((await post(over(LATE), { outcome: 'does_not_move', words: 'No backup was restored.' })).json()).toEqual({ granted: false })
    expect(JSON.stringify(await running.events())).not.toContain('No backup was restored')
    expect((await holder(LATE)).decisions).toMatchObject([{ outcome: 'does_not_move', reason: 'No backup was restored.' }])
    const told = (await running.events()).filter(({ payload }) => payload['code'] === 'successions.decided')
    expect(told.map(({ payload }) => payload['app'])).toEqual([READY, READY, LATE])
  })

  it('ends on the day and not a minute before, visibly on page, picture and data, with its successor', async () => {
    await running.goTo('2026-09-30T23:59:00Z')
    expect([await running.badge(READY), await running.badge(LATE)]).toEqual(['active', 'active'])
    as('nobody')
    const before = (await get(`/api/v1/apps/${LATE}/trust`)).json<{ endings: object[] }>()
    expect(before.endings).toEqual([{ programme: 'harbour', successor: 'haven', ends_on: '2026-10-01', over: false }])
    expect((await get(`/apps/${LATE}`)).body).toContain('ends on')
    await running.goTo('2026-10-01T00:00:00Z')
    expect([await running.badge(READY), await running.badge(LATE)]).toEqual(['expired', 'expired'])
    expect([await running.badge(READY, 'haven', 'safe'), await running.badge(LATE, 'haven', 'safe')]).toEqual(['active', undefined])
    as('nobody')
    const late = (await get(`/api/v1/apps/${LATE}/trust`)).json<{ endings: object[]; badges: { state: string; why: string[] }[] }>()
    expect(late).toMatchObject({ endings: [{ successor: 'haven', over: true }], badges: [{ state: 'expired', why: ['programme_closed'] }] })
    const page = (await get(`/apps/${LATE}`)).body
    expect(page).toContain('has ended')
    expect(page).toContain('href="/programmes/haven"')
    const picture = (await get(`/badge/${LATE}.svg`)).body
    expect(picture).toContain('Gold: programme ended, 1 Oct 2026; succeeded by Haven')
    expect((await get(`/badge/${LATE}.json`)).json()).toMatchObject({ message: 'programme ended, 1 Oct 2026; succeeded by Haven' })
    // The one that went over shows what it holds now.
    expect((await get(`/badge/${READY}.svg`)).body).toContain('Safe: active')
    expect((await get('/api/v1/programmes/harbour')).json()).toMatchObject({
      status: 'closed',
      succession: { programme: 'haven', ends_on: '2026-10-01' },
    })
  })

  it('leaves its history readable and takes no decision any more', async () => {
    as('nobody')
    expect((await get('/programmes/harbour')).body).toContain('has ended')
    const { history } = (await get(`/api/v1/apps/${LATE}/trust`)).json<{ history: { what: string; programme: string | null }[] }>()
    expect(
      history
        .filter(({ programme }) => programme === 'harbour')
        .map(({ what }) => what)
        .toSorted(),
    ).toEqual(['expired', 'granted'])
    const { standing_hash } = await holder(LATE)
    as('ann')
    expect((await post(over(LATE), { outcome: 'moves', words: 'x', standing_hash })).json().code).toBe('successions.wrong_state')
    as('ada')
    expect((await post(END, { successor: 'haven' })).statusCode).toBe(409)
  })
})
