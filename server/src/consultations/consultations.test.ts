import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LATE, NEW_RULE, NEXT, openDrafted, READY } from '../../test/drafted.ts'
import { ENGINES } from '../../test/storage.ts'
import type { Acting } from '../enrolment/authorise.ts'
import { isRefused } from '../kernel/refused.ts'
import { HOUR_MS } from '../kernel/time.ts'
import { createHttp, type Routes } from '../platform/http/app.ts'
import { registerCommentRoutes } from '../publishing/comment-routes.tsx'
import { registerDocumentationRoutes } from '../publishing/documentation-routes.tsx'
import { registerStandingRoutes } from '../standing/routes.ts'
import { MOST_IN_AN_HOUR } from './consultation.ts'
import { commentOn } from './commenting.ts'
import { registerConsultationRoutes } from './routes.ts'

const ASKED = `/api/v1/programmes/harbour/versions/${NEXT}/requirements/${NEW_RULE.id}/comments`
const LIST = `/api/v1/programmes/harbour/versions/${NEXT}/comments`
const HOSTILE = '<script>alert(1)</script>\u202e line one\r\nline two \u0007\u200b'

describe.each(ENGINES)('a draft and its comments, on $engine', ({ open }) => {
  let drafted: Awaited<ReturnType<typeof openDrafted>>
  let app: Routes
  let who: Acting = { kind: 'public' }
  const as = (name: string) => {
    who = drafted.who(name)
  }
  const post = (url: string, payload: object) => app.inject({ method: 'POST', url, payload })
  const get = async (url: string) => app.inject({ url })

  beforeAll(async () => {
    drafted = await openDrafted(open)
    const { house } = drafted
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
    registerConsultationRoutes(app, house)
    registerCommentRoutes(app, house)
    registerDocumentationRoutes(app, house)
    registerStandingRoutes(app, house)
  })
  afterAll(async () => {
    await app.close()
    await drafted.close()
  })

  it('takes no comment before its first day, whoever asks', async () => {
    as('mia')
    const answer = await post(ASKED, { words: 'Too early?' })
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'consultations.closed'])
    expect((await get(LIST)).json()).toEqual({ comments: [] })
  })

  it('takes comments of partners and of the operator while it is open, and of nobody else', async () => {
    await drafted.goTo('2026-05-02T08:00:00Z')
    as('mia')
    expect((await post(ASKED, { words: 'Once a year is enough.' })).statusCode).toBe(201)
    as('tom')
    expect((await post(ASKED, { words: HOSTILE })).statusCode).toBe(201)
    as('nobody')
    expect((await post(ASKED, { words: 'Me too.' })).statusCode).toBe(401)
    as('eve')
    expect((await post(ASKED, { words: 'Me too.' })).statusCode).toBe(403)
    as('mia')
    expect((await post(ASKED.replace(NEW_RULE.id, 'no.such'), { words: 'x' })).statusCode).toBe(404)
    expect((await post(ASKED.replace(NEXT, '2031.1'), { words: 'x' })).statusCode).toBe(404)
    expect((await post(ASKED.replace(NEXT, '2026.1').replace(NEW_RULE.id, 'care.tested'), { words: 'x' })).json().code).toBe(
      'consultations.closed',
    )
    for (const words of ['', ' \n ', '\u0000', 'x'.repeat(4_001)]) expect((await post(ASKED, { words })).statusCode).toBe(400)
  })

  it('shows them to everybody with the name of the organisation, hostile words and names as the text that they are', async () => {
    as('nobody')
    const { comments } = (await get(LIST)).json<{ comments: { words: string; organisation: string; at: string }[] }>()
    expect(comments.map(({ words }) => words)).toEqual([
      'Once a year is enough.',
      '<script>alert(1)</script>\u202e line one\nline two \u200b',
    ])
    const { body } = await get(`/programmes/harbour/versions/${NEXT}/requirements/${NEW_RULE.id}`)
    expect(body).toContain('Once a year is enough.')
    expect(body).toContain('Maker')
    expect(body).toContain('&lt;script&gt;alert(1)&lt;/script&gt; line one\nline two ')
    expect(body).not.toMatch(/<script|<img|\u202e/)
    const all = await get(`/programmes/harbour/versions/${NEXT}/comments`)
    expect(all.body).not.toMatch(/<script|<img|\u202e/)
    expect(all.body).toContain('2 wait')
  })

  it('keeps words and names of people out of the log', async () => {
    const log = JSON.stringify(await drafted.events())
    expect(log).toContain('consultations.commented')
    for (const secret of ['Once a year', 'alert(1)', 'Private', '@example.com', 'Maker'])
      expect([secret, log.includes(secret)]).toEqual([secret, false])
    for (const url of [LIST, `/programmes/harbour/versions/${NEXT}/requirements/${NEW_RULE.id}`]) {
      const { body } = await get(url)
      expect([url, /per_|Private|@example/.test(body)]).toEqual([url, false])
    }
  })

  it('lets a reviewer answer each once, with a reason, and tells whoever wrote it', async () => {
    const [first] = (await get(LIST)).json<{ comments: { comment: string }[] }>().comments
    const url = `${ASKED}/${first?.comment ?? ''}/answer`
    as('mia')
    expect((await post(url, { outcome: 'accepted', words: 'I agree with myself.' })).statusCode).toBe(403)
    as('ann')
    expect((await post(url, { outcome: 'accepted', words: '' })).statusCode).toBe(400)
    expect((await post(url, { outcome: 'accepted', words: 'Twice a year then.' })).statusCode).toBe(200)
    expect((await post(url, { outcome: 'declined', words: 'No.' })).statusCode).toBe(409)
    const { comments } = (await get(LIST)).json<{ comments: { answer: object | null }[] }>()
    expect(comments[0]?.answer).toMatchObject({ outcome: 'accepted', words: 'Twice a year then.' })
    const mia = drafted.who('mia')
    const owed = await drafted.machine((unit) =>
      unit.sql.selectFrom('delivery').selectAll().where('code', '=', 'consultations.answered').execute(),
    )
    expect(owed.map(({ destination }) => destination)).toEqual([`person:${mia.kind === 'person' ? mia.person : ''}`])
  })

  it('lets an organisation take back its own, the operator take down any, and erases the words of both', async () => {
    as('tom')
    const { comment } = (await post(ASKED, { words: 'My number is 555-1234.' })).json<{ comment: string }>()
    as('mia')
    expect((await post(`${ASKED}/${comment}/remove`, {})).statusCode).toBe(403)
    as('tom')
    expect((await post(`${ASKED}/${comment}/remove`, {})).statusCode).toBe(200)
    expect((await post(`${ASKED}/${comment}/remove`, {})).statusCode).toBe(409)
    const rude = (await post(ASKED, { words: 'You are all fools.' })).json<{ comment: string }>().comment
    as('ann')
    expect((await post(`${ASKED}/${rude}/remove`, {})).statusCode).toBe(400)
    expect((await post(`${ASKED}/${rude}/remove`, { words: 'Nothing to the matter.' })).statusCode).toBe(200)
    const kept = await drafted.machine((unit) =>
      unit.sql.selectFrom('evidence').select(['body', 'erased_at']).where('kind', '=', 'comment').execute(),
    )
    expect(JSON.stringify(kept)).not.toMatch(/555-1234|fools/)
    expect(kept.filter(({ erased_at }) => erased_at !== null)).toHaveLength(2)
    const { comments } = (await get(LIST)).json<{ comments: { removed: string | null; words: string | null }[] }>()
    expect(comments.slice(2).map(({ removed, words }) => [removed, words])).toEqual([
      ['author', null],
      ['operator', null],
    ])
  })

  it('bears a flood: so many an hour for an organisation, and the rest of the world is not kept from writing', async () => {
    as('tom')
    const codes: number[] = []
    for (let at = 0; at < MOST_IN_AN_HOUR + 2; at++) codes.push((await post(ASKED, { words: `Number ${at}` })).statusCode)
    expect(codes.filter((code) => code === 201).length).toBeLessThanOrEqual(MOST_IN_AN_HOUR)
    expect(codes.at(-1)).toBe(429)
    as('mia')
    expect((await post(ASKED, { words: 'And I?' })).statusCode).toBe(201)
    drafted.clock.advance(HOUR_MS)
    as('tom')
    expect((await post(ASKED, { words: 'An hour later.' })).statusCode).toBe(201)
  })

  it('lets one of two who write at the same moment write again, and loses neither', async () => {
    const say = (name: string) =>
      commentOn(
        drafted.house,
        drafted.who(name),
        { programme: 'harbour', version: NEXT, requirement: NEW_RULE.id },
        { words: `At once, ${name}`, organisation: null },
      )
    const answers = await Promise.allSettled([say('mia'), say('ann')])
    for (const answer of answers) {
      if (answer.status === 'rejected') expect(isRefused(answer.reason) && answer.reason.code).toBe('log.conflict')
    }
    const written = answers.filter(({ status }) => status === 'fulfilled').length
    const { comments } = (await get(LIST)).json<{ comments: { words: string | null }[] }>()
    expect(comments.filter(({ words }) => words?.startsWith('At once')).length).toBe(written)
    expect(written).toBeGreaterThan(0)
  })

  it('closes by the clock, and stays readable', async () => {
    await drafted.goTo('2026-06-01T00:00:00Z')
    as('mia')
    const answer = await post(ASKED, { words: 'Too late?' })
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'consultations.closed'])
    const { body } = await get(`/programmes/harbour/versions/${NEXT}/requirements/${NEW_RULE.id}`)
    expect(body).toContain('Comments were taken from 1 May 2026 to 31 May 2026.')
    expect(body).toContain('Once a year is enough.')
    expect(body).not.toContain('Publish the comment')
  })

  it('is judged in shadow for each app, for its partner and the operator only', async () => {
    as('tom')
    const { coming } = (await get(`/api/v1/apps/${LATE}/coming`)).json<{
      coming: { phase: string; requirements: { requirement: string; verdict: { verdict: string } | null }[] }[]
    }>()
    expect(coming.map(({ phase, requirements }) => [phase, requirements.map((one) => [one.requirement, one.verdict?.verdict])])).toEqual([
      ['shadow', [[NEW_RULE.id, 'unmet']]],
    ])
    expect((await get(`/api/v1/apps/${READY}/coming`)).statusCode).toBe(403)
    expect(await drafted.verdictOf(LATE, NEW_RULE.id)).toBeNull()
    as('nobody')
    expect((await get(`/api/v1/apps/${LATE}/coming`)).statusCode).toBe(401)
  })

  it('tells partners of each stage once: the draft each, shadow and announcement those for whom something changes', async () => {
    await drafted.goTo('2026-07-02T00:00:00Z')
    const owed = (await drafted.events())
      .filter(({ type }) => type === 'publishing.delivery_owed')
      .map(({ payload }) => [payload['code'], payload['app']])
      .filter(([code]) => typeof code === 'string' && code.startsWith('directory.'))
    expect(owed).toEqual([
      ['directory.consultation_opened', LATE],
      ['directory.consultation_opened', READY],
      ['directory.shadow_begun', LATE],
      ['directory.shadow_begun', READY],
      ['directory.announced', LATE],
      ['directory.announced', READY],
    ])
    const announced = (await drafted.events()).find(({ payload }) => payload['code'] === 'directory.announced' && payload['app'] === LATE)
    expect(announced?.payload['params']).toMatchObject({
      items: '– Backups are restored once a quarter: would not be met\n\nPlan one restore.',
      until: '1 Sep 2026',
    })
  })

  it('is enforced on its day by the clock: exactly what was announced happens', async () => {
    as('ann')
    const before = (await get(`/api/v1/programmes/harbour/impact?version=${NEXT}`)).json<{
      apps: { app: string; verdicts: { to: string }[]; tiers: { tier: string; met: boolean }[] }[]
    }>()
    expect(before.apps.map(({ app: id, verdicts, tiers }) => [id, verdicts.map(({ to }) => to), tiers])).toEqual([
      [LATE, ['unmet'], [expect.objectContaining({ tier: 'gold', met: false })]],
      [READY, ['met'], []],
    ])
    await drafted.goTo('2026-08-31T23:59:00Z')
    expect([await drafted.badge(LATE), await drafted.badge(READY)]).toEqual(['active', 'active'])
    await drafted.goTo('2026-09-01T00:00:00Z')
    expect([await drafted.verdictOf(LATE, NEW_RULE.id), await drafted.verdictOf(READY, NEW_RULE.id)]).toEqual(['unmet', 'met'])
    expect([await drafted.badge(LATE), await drafted.badge(READY)]).toEqual(['at_risk', 'active'])
    as('tom')
    expect((await get(`/api/v1/apps/${LATE}/coming`)).json()).toEqual({ coming: [] })
  })
})
