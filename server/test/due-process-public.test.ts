import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { actOnConcern } from '../src/concerns/acting.ts'
import { followConcern, raiseConcern } from '../src/concerns/raising.ts'
import { registerConcernRoutes } from '../src/concerns/routes.ts'
import type { Acting } from '../src/enrolment/authorise.ts'
import { createHttp, type Routes } from '../src/platform/http/app.ts'
import { problemPage } from '../src/publishing/pages/problem.tsx'
import { readProcess } from '../src/publishing/processing.ts'
import { registerProcessRoutes } from '../src/publishing/process-routes.tsx'
import { asStranger } from '../src/publishing/showing.ts'
import { APP, openDueProcess } from './due-process.ts'
import { openEmbedded } from './storage.ts'

/** What the world learns of concerns, and what strangers may send. */

const SECRET = 'PLANTED words of whoever raised it'
let of: Awaited<ReturnType<typeof openDueProcess>>
let app: Routes
let who: Acting = { kind: 'public' }

beforeAll(async () => {
  of = await openDueProcess(openEmbedded)
  app = await createHttp({
    log: of.house.log,
    public_url: () => of.house.public_url(),
    trust_proxy: [],
    whoAsks: async () => who,
    refuseForeign: () => undefined,
    problemPage: (problem, request) => problemPage(of.house, problem, request, null),
    version: '0',
    requests_a_minute: 1_000_000,
  })
  registerConcernRoutes(app, of.house)
  registerProcessRoutes(app, of.house)
})
afterAll(async () => {
  await app.close()
  await of.close()
})
const told = () => asStranger(of.house, (desk) => readProcess(desk, APP))

describe('what the world learns of a concern about a hole', () => {
  let raised: Awaited<ReturnType<typeof raiseConcern>>
  const one = () => ({ app: APP, concern: raised.concern })
  const figures = async () => (await app.inject({ url: '/api/v1/due-process' })).json<{ programmes: readonly object[] }>().programmes[0]

  it('is nothing before it is accepted, and a number while it is looked into', async () => {
    raised = await raiseConcern(of.house, { kind: 'public' }, APP, { programme: null, requirement: 'hole', words: SECRET })
    expect(await told()).toMatchObject({ open_concerns: 0, concerns: [] })
    await actOnConcern(
      of.house,
      of.who('ann'),
      one(),
      { act: 'accept', requirements: ['hole'], words: 'PLANTED words for the partner' },
      null,
    )
    expect(await told()).toMatchObject({ open_concerns: 1, concerns: [] })
    await actOnConcern(of.house, of.who('mia'), one(), { act: 'answer', words: 'PLANTED answer' }, null)
  })

  it('is that it was upheld, without the requirement and without words, as long as the hole is open', async () => {
    const words = { words: 'PLANTED reasons', public_words: 'The hole was open for a week.' }
    await actOnConcern(of.house, of.who('bob'), one(), { act: 'decide', outcome: 'upheld', requirements: ['hole'], ...words }, null)
    expect(await told()).toMatchObject({
      open_concerns: 0,
      concerns: [{ outcome: 'upheld', state: 'upheld', held_back: true, pillars: ['care'], requirements: [], words: null }],
    })
    expect(await followConcern(of.house, raised.follow_up?.secret ?? '')).toMatchObject({ held_back: true, public_words: null })
    await actOnConcern(of.house, of.who('mia'), one(), { act: 'claim_remedy', words: 'PLANTED remedy' }, null)
    expect(await told()).toMatchObject({ concerns: [{ held_back: true, words: null }] })
  })

  it('is its public words once it is closed, and never anything else that was written', async () => {
    await actOnConcern(of.house, of.who('bob'), one(), { act: 'confirm_remedy', words: 'PLANTED look' }, null)
    expect(await told()).toMatchObject({
      concerns: [{ state: 'remedied', held_back: false, requirements: [], words: 'The hole was open for a week.' }],
    })
    const bodies = await Promise.all(
      [`/api/v1/apps/${APP}/due-process`, '/api/v1/due-process', '/concerns'].map(async (url) => (await app.inject({ url })).body),
    )
    for (const body of bodies) expect(body).not.toMatch(/PLANTED|per_|raiser|took_part/)
    const logged = await of.machine((unit) => unit.log.after(0, 1_000))
    expect(JSON.stringify(logged)).not.toContain('PLANTED')
    expect(await figures()).toMatchObject({ concerns: { received: 1, upheld: 1, alone: 0 }, open: 0, operator_late: 0 })
  })
})

describe('what strangers may send', () => {
  let address = 100
  const raise = (payload: object, remote = '192.0.2.1') =>
    app.inject({ method: 'POST', url: `/api/v1/apps/${APP}/concerns`, payload, remoteAddress: remote })

  it('is taken with a secret that stands in no log line, neither when it is told nor when it is followed', async () => {
    const answer = await raise({ words: 'Seen.' })
    const { follow_up } = answer.json<{ follow_up: { secret: string } }>()
    expect([answer.statusCode, answer.headers['cache-control']]).toEqual([201, 'no-store'])
    const followed = await app.inject({ url: `/follow/${follow_up.secret}` })
    expect([followed.statusCode, followed.headers['cache-control'], followed.headers['x-robots-tag']]).toEqual([200, 'no-store', 'noindex'])
    expect(of.house.logged.join('')).not.toContain(follow_up.secret)
    expect((await app.inject({ url: '/follow/nothing' })).statusCode).toBe(404)
  })

  it.each([
    [{ words: '' }, 400],
    [{ words: 'x', requirement: '__proto__' }, 404],
    [{ words: 'x', programme: 'no-programme' }, 404],
    [{ words: 'x', raised_by: 'operator' }, 400],
    [{ words: 'x'.repeat(90_000) }, 400],
    [{ words: 'x'.repeat(300_000) }, 413],
    [{ words: { $ne: null } }, 400],
  ])('%#: is refused in words where it is not one', async (payload, status) => {
    // Each from an address of its own: what one sends too often is refused before it is looked at.
    const answer = await raise(payload, `192.0.2.${(address += 1)}`)
    expect(answer.statusCode).toBe(status)
    expect(answer.headers['content-type']).toContain('problem+json')
    expect(answer.body).not.toMatch(/at .*\.ts:|stack/)
  })

  it('is held against what one address and the whole world may send', async () => {
    const codes: number[] = []
    for (let one = 0; one < 7; one++) codes.push((await raise({ words: 'Again.' }, '192.0.2.3')).statusCode)
    expect(codes.at(-1)).toBe(429)
    // From other addresses the pack's own limit holds: so many about one app in a day.
    expect((await raise({ words: 'Again.' }, '192.0.2.4')).json<{ code: string }>().code).toBe('concerns.flooded')
  })

  it('reaches nothing of the case itself: a stranger reads and decides nothing', async () => {
    who = { kind: 'public' }
    for (const url of [`/api/v1/apps/${APP}/concerns`, `/api/v1/apps/${APP}/concerns/any`]) {
      expect((await app.inject({ url })).statusCode).toBe(401)
    }
    const decided = await app.inject({
      method: 'POST',
      url: `/api/v1/apps/${APP}/concerns/any/decision`,
      payload: { outcome: 'upheld', requirements: [], words: 'x', public_words: 'x' },
    })
    expect(decided.statusCode).toBe(401)
  })
})
