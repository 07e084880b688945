import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testClock, testHouse } from '../../test/house.ts'
import { catalogueWith, requirement } from '../../test/standing.ts'
import { ENGINES, type Opened } from '../../test/storage.ts'
import { refuseForeign } from '../enrolment/foreign.ts'
import { createOrganisation, operatorOrganisation } from '../enrolment/organisation.ts'
import { createPerson, join } from '../enrolment/person.ts'
import type { Role } from '../enrolment/roles.ts'
import { startSession } from '../enrolment/session.ts'
import { whoAsks } from '../enrolment/who-asks.ts'
import type { House } from '../house.ts'
import type { NewEvent } from '../kernel/event.ts'
import type { JsonObject } from '../kernel/json.ts'
import { HOUR_MS, parseInstant } from '../kernel/time.ts'
import { pipelineOf } from '../pipeline.ts'
import { createHttp, type Routes } from '../platform/http/app.ts'
import { record } from '../platform/dispatch.ts'
import type { Scope, Unit } from '../platform/sql/database.ts'
import type { Pack } from '../programmes/load.ts'
import { registerStandingRoutes } from '../standing/routes.ts'
import { registerBadgeRoutes } from './routes.ts'

const APP = 'the-app'
const HASH = `sha256:${'d'.repeat(64)}`
const catalogue = catalogueWith([requirement('base', { tiers: ['base'], grace: 'P0D' }), requirement('soaked', { soak: 'PT1H' })])
const pack: Pack = {
  folder: '',
  programme: catalogue.programme,
  requirements: [],
  policies: [],
  forms: [],
  digest: catalogue.digest,
  catalogues: [catalogue],
}
const event = (stream: string, type: string, payload: JsonObject): NewEvent => ({ stream, subject: APP, type, payload })

describe.each(ENGINES)('acts on badges, listings and waivers, on $engine', ({ open }) => {
  const clock = testClock(parseInstant('2026-01-01'))
  let opened: Opened
  let house: House
  let app: Routes
  const cookies: { [name: string]: string } = {}
  const people: { [name: string]: string } = {}
  const scope: Scope = { marketplace: 'main', party: { kind: 'machine' } }
  const machine = <T>(work: (unit: Unit) => Promise<T>): Promise<T> => opened.database.within(scope, work)
  const tell = (...events: readonly NewEvent[]) =>
    machine((unit) => record(unit, house.pipeline, events, { by: { kind: 'machine', name: 'test' }, cause: null, at: unit.now }))

  const call = async (who: string | null, method: 'GET' | 'POST' | 'DELETE', path: string, payload?: object) => {
    const url = path.startsWith('/apps/') ? path : `/api/v1/apps/${APP}${path}`
    const answer = await app.inject({
      method,
      url,
      headers: { 'sec-fetch-site': 'same-origin', ...(who === null ? {} : { cookie: cookies[who] ?? '' }) },
      ...(payload === undefined ? {} : { payload }),
    })
    return {
      status: answer.statusCode,
      location: answer.headers.location,
      ...(answer.body.startsWith('{') ? (JSON.parse(answer.body) as { [key: string]: never }) : {}),
    }
  }
  type Answer = Awaited<ReturnType<typeof call>> & { readonly [key: string]: never }
  const ask = call as (...given: Parameters<typeof call>) => Promise<Answer>
  const hash = async (): Promise<string> => (await ask('ann', 'GET', '/standings/harbour'))['hash'] as unknown as string
  const badge = '/badges/harbour/gold'
  const give = async (who: string, act: string) => {
    const { status, code, state } = await ask(who, 'POST', `${badge}/${act}`, { standing_hash: await hash() })
    return (code as string | undefined) ?? [status, state]
  }
  const scan = async (base: 'pass' | 'fail', soaked: 'pass' | 'fail' = 'pass') => {
    await tell(
      ...Object.entries({ base, soaked }).map(([check, outcome]) =>
        event(`scan/${APP}`, 'scanning.check_judged', {
          app: APP,
          check,
          outcome,
          reason: null,
          blind: null,
          says: { code: 'scanning.error', params: { detail: outcome } },
          evidence: [],
        }),
      ),
      event(`scan/${APP}`, 'scanning.scan_finished', { app: APP, checks: { base, soaked }, evidence: [], observed_at: clock.now() }),
    )
  }

  beforeAll(async () => {
    opened = await open(clock)
    house = await testHouse(opened, clock, { packs: [pack], pipeline: pipelineOf([pack]) })
    await machine(async (unit) => {
      const operator = (await operatorOrganisation(unit)).organisation
      const partner = await createOrganisation(unit, { kind: 'partner', name: 'Maker' })
      const other = await createOrganisation(unit, { kind: 'partner', name: 'Other' })
      const join_as = async (name: string, ...in_these: readonly (readonly [string, Role])[]) => {
        const person = await createPerson(unit, { name, mail: null })
        people[name] = person
        for (const [organisation, role] of in_these) await join(unit, person, organisation, role)
        const { secret } = await startSession(unit, person, null)
        cookies[name] = `castellan_session=${secret}`
      }
      await join_as('ann', [operator, 'operator-reviewer'])
      await join_as('bob', [operator, 'operator-admin'])
      await join_as('viv', [operator, 'operator-viewer'])
      await join_as('mia', [partner, 'partner-admin'])
      await join_as('oto', [other, 'partner-admin'])
      // Works for the operator and belongs to the partner as well.
      await join_as('zoe', [operator, 'operator-reviewer'], [partner, 'partner-member'])
      await unit.sql.insertInto('subject_party').values({ marketplace_id: 'main', subject: APP, organisation_id: partner }).execute()
      await record(
        unit,
        house.pipeline,
        [
          {
            stream: 'programme/harbour',
            subject: null,
            type: 'directory.programme_adopted',
            payload: { programme: 'harbour', version: catalogue.version, digest: catalogue.digest },
          },
          event(`app/${APP}`, 'directory.app_registered', {
            app: APP,
            key: null,
            name: 'App',
            organisation: partner,
            platform: 'connect',
            hosting: 'remote',
            descriptor: HASH,
          }),
          event(`app/${APP}`, 'directory.descriptor_read', {
            app: APP,
            descriptor: HASH,
            evidence: HASH,
            source_url: null,
            platform: 'connect',
            hosting: 'remote',
            scopes: [],
            egress: [],
            base_urls: [],
          }),
        ],
        { by: { kind: 'machine', name: 'test' }, cause: null, at: unit.now },
      )
    })
    app = await createHttp({
      log: house.log,
      public_url: house.public_url,
      trust_proxy: [],
      whoAsks: whoAsks(house.database, house.marketplace, house.public_url),
      refuseForeign: refuseForeign(house.public_url),
      problemPage: async (problem) => `problem ${problem.code}`,
      version: '0.0.0',
      requests_a_minute: 100_000,
    })
    registerStandingRoutes(app, house)
    registerBadgeRoutes(app, house)
    await app.ready()
  })
  afterAll(async () => {
    await app?.close()
    await opened.close()
  })

  it('says of each act whether it is possible, and why not, by the very table and decider that refuse it', async () => {
    const { actions, state } = await ask('ann', 'GET', badge)
    expect(state).toBe('none')
    const offered = actions as unknown as readonly { act: string; allowed: boolean; reason: string }[]
    expect(offered.map(({ act, allowed }) => [act, allowed])).toEqual([
      ['agree_grant', false],
      ['restore', false],
      ['renew', false],
      ['suspend', false],
      ['revoke', false],
    ])
    expect(offered[0]?.reason).toBe('not met, or not known to be met: “base”, “soaked”')
    expect(offered[1]?.reason).toBe('a badge that is not there cannot be restored; it can be granted')
    const partner = await ask('mia', 'GET', badge)
    expect((partner['actions'] as unknown as readonly { reason: string }[])[0]?.reason).toMatch(/^you may not grant badges/)
  })

  it('grants on a standing that was seen, by two people without a stake, and not too early', async () => {
    expect(await give('ann', 'agree')).toBe('badges.not_met')
    await scan('pass')
    expect(await give('ann', 'agree')).toBe('badges.soaking')
    clock.advance(HOUR_MS)
    expect((await ask('ann', 'POST', `${badge}/agree`, { standing_hash: 'another' }))['code']).toBe('badges.standing_moved')
    expect(await give('viv', 'agree')).toBe('enrolment.forbidden')
    expect(await give('mia', 'agree')).toBe('enrolment.forbidden')
    expect(await give('zoe', 'agree')).toBe('badges.involved')
    expect(await give('ann', 'agree')).toEqual([200, 'none'])
    expect(await give('ann', 'agree')).toBe('badges.agreed_already')
    expect(await give('bob', 'agree')).toEqual([200, 'active'])
    const { valid_until, history } = await ask('mia', 'GET', badge)
    expect(valid_until).toBe('2027-01-01T01:00:00.000Z')
    expect((history as unknown as readonly { what: string }[]).map(({ what }) => what)).toEqual([
      'badges.grant_agreed',
      'badges.grant_agreed',
      'badges.granted',
    ])
  })

  it('is not seen by another partner, nor by somebody who is not signed in', async () => {
    expect((await ask('oto', 'GET', badge)).status).toBe(403)
    expect((await ask('oto', 'GET', '/standings/harbour')).status).toBe(403)
    expect((await ask(null, 'GET', badge)).status).toBe(401)
  })

  it('a badge that is suspended comes back by a person only, and only on what is met', async () => {
    await scan('fail')
    expect((await ask('ann', 'GET', badge))['state']).toBe('suspended')
    expect(await give('ann', 'restore')).toBe('badges.not_met')
    await scan('pass')
    expect((await ask('ann', 'GET', badge))['state']).toBe('suspended')
    expect(await give('zoe', 'restore')).toBe('badges.involved')
    // Granting takes two here and the pack says nothing else, so giving back does too.
    expect(await give('ann', 'restore')).toEqual([200, 'suspended'])
    expect(await give('ann', 'restore')).toBe('badges.agreed_already')
    expect(await give('bob', 'restore')).toEqual([200, 'active'])
    expect(await give('bob', 'renew')).toEqual([200, 'active'])
  })

  it('what is taken away by hand is told why, outside the log', async () => {
    expect((await ask('ann', 'POST', `${badge}/suspend`, {})).status).toBe(400)
    const secret = 'A concern that names a person.'
    expect((await ask('ann', 'POST', `${badge}/suspend`, { reason: secret }))['state']).toBe('suspended')
    const events = await machine((unit) => unit.log.stream(`badge/harbour.gold/${APP}`))
    expect(JSON.stringify(events)).not.toContain(secret)
    const [evidence] = (events.at(-1)?.payload['evidence'] ?? []) as readonly string[]
    const kept = await machine((unit) =>
      unit.sql
        .selectFrom('evidence')
        .select('body')
        .where('evidence_id', '=', evidence ?? '')
        .executeTakeFirst(),
    )
    expect(JSON.stringify(kept)).toContain(secret)
    expect([await give('bob', 'restore'), await give('ann', 'restore')]).toEqual([
      [200, 'suspended'],
      [200, 'active'],
    ])
  })

  it('a waiver needs two people, has an end, and is over at it', async () => {
    await scan('pass', 'fail')
    expect((await ask('ann', 'GET', badge))['state']).toBe('at_risk')
    const asked = {
      programme: 'harbour',
      requirement: 'soaked',
      until: '2026-02-01',
      reason_code: 'host-fault',
      reason: 'The host broke it.',
    }
    const propose = (more: object) => ask('ann', 'POST', '/waivers', { ...asked, ...more })
    expect((await propose({ until: '2026-01-01' }))['code']).toBe('standing.waiver_over')
    expect((await propose({ until: '2029-01-01' }))['code']).toBe('standing.waiver_too_long')
    expect((await propose({ requirement: 'none' }))['code']).toBe('standing.no_such_requirement')
    expect((await propose({ reason_code: 'A sentence.' }))['code']).toBe('standing.waiver_reason')
    expect((await ask('mia', 'POST', '/waivers', asked)).status).toBe(403)
    const { proposal } = await propose({})
    expect((await ask('ann', 'POST', `/waivers/${String(proposal)}/confirm`))['code']).toBe('enrolment.same_person')
    expect((await ask('zoe', 'POST', `/waivers/${String(proposal)}/confirm`))['code']).toBe('enrolment.involved')
    expect((await ask('mia', 'GET', '/waivers'))['proposals']).toEqual([])
    expect(await ask('bob', 'POST', `/waivers/${String(proposal)}/confirm`)).toMatchObject({ status: 200, requirement: 'soaked' })
    expect((await ask('ann', 'GET', badge))['state']).toBe('active')
    const verdicts = (await ask('mia', 'GET', '/standings/harbour'))['verdicts'] as unknown as readonly { says: string }[]
    expect(verdicts.map(({ says }) => says)).toContain('Waived until 2026-02-01.')
    expect(await ask('bob', 'DELETE', '/waivers/soaked')).toMatchObject({ status: 200 })
    expect((await ask('ann', 'GET', badge))['state']).toBe('at_risk')
    expect((await ask('bob', 'DELETE', '/waivers/soaked'))['code']).toBe('standing.wrong_state')
    await scan('pass')
  })

  it('a page’s form does the same and goes back to the page', async () => {
    expect(await give('ann', 'renew')).toEqual([200, 'active'])
    const payload = { standing_hash: await hash() }
    const answer = await ask('ann', 'POST', `/apps/${APP}${badge}/renew`, payload)
    expect([answer.status, answer.location]).toEqual([303, `/apps/${APP}/standing?done=renewed`])
  })

  it('a listing is brought down with a reason, and back by a person when nothing is open', async () => {
    expect((await ask('ann', 'POST', '/listing/hide', { reason: 'A court said so.' }))['state']).toBe('hidden')
    expect((await ask('ann', 'POST', '/listing/warn', { reason: 'x' }))['code']).toBe('badges.wrong_state')
    expect((await ask('zoe', 'POST', '/listing/relist'))['code']).toBe('badges.involved')
    const { actions } = await ask('ann', 'GET', '/listing')
    expect(
      (actions as unknown as readonly { act: string; allowed: boolean }[]).filter(({ allowed }) => allowed).map(({ act }) => act),
    ).toEqual(['pause', 'relist'])
    expect((await ask('ann', 'POST', '/listing/relist', {}))['state']).toBe('listed')
  })

  it('nothing is there for a tier or an app that nobody knows', async () => {
    expect((await ask('ann', 'GET', '/badges/harbour/none')).status).toBe(404)
    expect((await ask('ann', 'GET', '/badges/harbour/base')).status).toBe(404)
    expect((await ask('ann', 'GET', '/badges/none/gold')).status).toBe(404)
    expect((await app.inject({ url: '/api/v1/apps/none/listing', headers: { cookie: cookies['ann'] ?? '' } })).statusCode).toBe(404)
  })

  it('a closed programme grants nothing and keeps its history', async () => {
    await tell({ stream: 'programme/harbour', subject: null, type: 'directory.programme_closed', payload: { programme: 'harbour' } })
    expect((await ask('ann', 'GET', badge))['state']).toBe('expired')
    expect(await give('ann', 'agree')).toBe('badges.closed')
  })
})
