import { registerApplicationRoutes } from '../src/applications/routes.ts'
import { decidingPorts } from '../src/badges/deciding.ts'
import { registerBadgeRoutes } from '../src/badges/routes.ts'
import { refuseForeign } from '../src/enrolment/foreign.ts'
import { createOrganisation, operatorOrganisation } from '../src/enrolment/organisation.ts'
import { createPerson, join } from '../src/enrolment/person.ts'
import type { Role } from '../src/enrolment/roles.ts'
import { startSession } from '../src/enrolment/session.ts'
import { whoAsks } from '../src/enrolment/who-asks.ts'
import type { NewEvent } from '../src/kernel/event.ts'
import type { JsonObject } from '../src/kernel/json.ts'
import { pipelineOf } from '../src/pipeline.ts'
import { createHttp } from '../src/platform/http/app.ts'
import { record } from '../src/platform/dispatch.ts'
import type { Unit } from '../src/platform/sql/database.ts'
import type { Pack } from '../src/programmes/load.ts'
import type { Catalogue, Policy } from '../src/programmes/schema.ts'
import { registerApplicationPages } from '../src/publishing/application-routes.tsx'
import { registerPublicRoutes } from '../src/publishing/routes.tsx'
import { registerStandingRoutes } from '../src/standing/routes.ts'
import { testHouse, type TestClock } from './house.ts'
import { catalogueWith, requirement } from './standing.ts'
import type { Opened } from './storage.ts'

/** A marketplace in which apps apply for a badge: people on every side, an app of one partner, one of another, and a server over it. */

/** How applications are handled in the harbour: three days for most things, so that clocks are easy to follow. */
export const REVIEW = {
  kind: 'review',
  id: 'review',
  title: 'Review',
  since: '2020-01-01',
  cites: [{ source: 'This test', confidence: 'ours' }],
  eligibility: ['gate'],
  components: [
    {
      id: 'hull',
      title: 'Hull',
      says: 'What carries it.',
      requirements: ['gate', 'base'],
      runs: [{ id: 'drill', title: 'Drill', says: 'Tried once.', confirms: { kind: 'drill', state: 'done' } }],
    },
    { id: 'sails', title: 'Sails', says: 'What moves it.', requirements: ['soaked'] },
  ],
  clocks: {
    triage: { within: 'P3D', weekdays: [1, 2, 3, 4, 5] },
    changes: { within: 'P7D' },
    verification: { within: 'P3D' },
    review: { within: 'P3D' },
  },
  lapses_after: 'P7D',
  reapply_after: 'P2D',
  recusal: [{ id: 'money', says: 'Is paid by the partner' }],
} as const satisfies Policy

/** The review as the schema reads it, with what a test changes. */
export const reviewPolicy = (of: Partial<Extract<Policy, { kind: 'review' }>> = {}): Extract<Policy, { kind: 'review' }> => ({
  ...(structuredClone(REVIEW) as unknown as Extract<Policy, { kind: 'review' }>),
  ...of,
})

export const CATALOGUE: Catalogue = (() => {
  const plain = catalogueWith([
    requirement('gate'),
    requirement('base', { tiers: ['base'], grace: 'P0D' }),
    requirement('soaked', { soak: 'P1D' }),
  ])
  return { ...plain, policies: [...plain.policies, reviewPolicy()] }
})()

const packOf = (catalogue: Catalogue): Pack => ({
  folder: '',
  programme: catalogue.programme,
  requirements: [],
  policies: [],
  forms: [],
  digest: catalogue.digest,
  catalogues: [catalogue],
})

const HASH = `sha256:${'d'.repeat(64)}`
export const APP = 'the-app'
export const SECOND = 'second-app'
export const FOREIGN_APP = 'their-app'

export type Answer = {
  readonly status: number
  readonly headers: { readonly [name: string]: unknown }
  readonly body: string
  readonly [key: string]: unknown
}

/** Opens it on a database. */
export async function openHarbour(opened: Opened, clock: TestClock, catalogue: Catalogue = CATALOGUE) {
  const packs = [packOf(catalogue)]
  const house = await testHouse(opened, clock, { packs, pipeline: pipelineOf(packs) })
  const people: { [name: string]: string } = {}
  const cookies: { [name: string]: string } = {}
  const machine = <T>(work: (unit: Unit) => Promise<T>): Promise<T> =>
    opened.database.within({ marketplace: 'main', party: { kind: 'machine' } }, work)
  const tell = (...events: readonly NewEvent[]) =>
    machine((unit) => record(unit, house.pipeline, events, { by: { kind: 'machine', name: 'test' }, cause: null, at: unit.now }))
  const event = (app: string, stream: string, type: string, payload: JsonObject): NewEvent => ({
    stream,
    subject: app,
    type,
    payload: { app, ...payload },
  })

  await machine(async (unit) => {
    const operator = (await operatorOrganisation(unit)).organisation
    const partner = await createOrganisation(unit, { kind: 'partner', name: 'Maker' })
    const other = await createOrganisation(unit, { kind: 'partner', name: 'Other' })
    const join_as = async (name: string, ...in_these: readonly (readonly [string, Role])[]) => {
      const person = await createPerson(unit, { name, mail: `${name}@example.com` })
      people[name] = person
      for (const [organisation, role] of in_these) await join(unit, person, organisation, role)
      cookies[name] = `castellan_session=${(await startSession(unit, person, null)).secret}`
    }
    await join_as('ann', [operator, 'operator-reviewer'])
    await join_as('bob', [operator, 'operator-admin'])
    await join_as('cat', [operator, 'operator-reviewer'])
    await join_as('viv', [operator, 'operator-viewer'])
    await join_as('mia', [partner, 'partner-admin'])
    await join_as('max', [partner, 'partner-member'])
    await join_as('oto', [other, 'partner-admin'])
    // Works for the operator and belongs to the partner as well.
    await join_as('zoe', [operator, 'operator-reviewer'], [partner, 'partner-member'])
    const owned = [
      [APP, partner],
      [SECOND, partner],
      [FOREIGN_APP, other],
    ] as const
    for (const [subject, organisation_id] of owned)
      await unit.sql.insertInto('subject_party').values({ marketplace_id: 'main', subject, organisation_id }).execute()
    const because = { by: { kind: 'machine', name: 'test' }, cause: null, at: unit.now } as const
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
      ],
      because,
    )
    for (const [app, organisation] of owned) {
      await record(
        unit,
        house.pipeline,
        [
          event(app, `app/${app}`, 'directory.app_registered', {
            key: null,
            name: `App ${app}`,
            organisation,
            platform: 'connect',
            hosting: 'remote',
            descriptor: HASH,
          }),
          event(app, `app/${app}`, 'directory.descriptor_read', {
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
        because,
      )
    }
  })

  const server = await createHttp({
    log: house.log,
    public_url: house.public_url,
    trust_proxy: [],
    whoAsks: whoAsks(house.database, house.marketplace, house.public_url),
    refuseForeign: refuseForeign(house.public_url),
    problemPage: async (problem) => `problem ${problem.code}`,
    version: '0.0.0',
    requests_a_minute: 100_000,
  })
  registerApplicationRoutes(server, house, decidingPorts)
  registerStandingRoutes(server, house)
  registerBadgeRoutes(server, house)
  registerPublicRoutes(server, house)
  registerApplicationPages(server, house)
  await server.ready()

  const call = async (
    who: string | null,
    method: 'GET' | 'POST',
    url: string,
    payload?: object | string,
    headers: { readonly [name: string]: string } = {},
  ): Promise<Answer> => {
    const answer = await server.inject({
      method,
      url,
      headers: { 'sec-fetch-site': 'same-origin', ...(who === null ? {} : { cookie: cookies[who] ?? '' }), ...headers },
      ...(payload === undefined ? {} : { payload }),
    })
    const told = answer.body.startsWith('{') ? (JSON.parse(answer.body) as { readonly [key: string]: unknown }) : {}
    return { ...told, status: answer.statusCode, headers: answer.headers, body: answer.body }
  }
  const threadOf = (app: string): string => `/api/v1/apps/${app}/applications/harbour/gold`
  const hash = async (app = APP): Promise<string> => String((await call('bob', 'GET', `/api/v1/apps/${app}/standings/harbour`))['hash'])
  const read = (who: string, app = APP) => call(who, 'GET', threadOf(app))
  const version = async (app = APP): Promise<number> => Number((await read('bob', app))['version'])

  /** Does something on the thread as somebody; answers with the code of a refusal, or the state that follows. */
  const does = async (who: string | null, path: string, body: object = {}, app = APP): Promise<unknown> => {
    const answer = await call(who, 'POST', `${threadOf(app)}/${path}`, body)
    return answer['code'] ?? answer['state']
  }
  /** The same with what decisions carry: the standing and the entry that were seen. */
  const decides = async (who: string, path: string, body: object = {}, app = APP): Promise<unknown> =>
    does(who, path, { standing_hash: await hash(app), words: 'Because.', seen: await version(app), ...body }, app)

  const scan = async (outcomes: { readonly [check: string]: 'pass' | 'fail' }, app = APP) => {
    await tell(
      ...Object.entries(outcomes).map(([check, outcome]) =>
        event(app, `scan/${app}`, 'scanning.check_judged', {
          check,
          outcome,
          reason: null,
          blind: null,
          says: { code: 'scanning.error', params: { detail: outcome } },
          evidence: [],
        }),
      ),
      event(app, `scan/${app}`, 'scanning.scan_finished', { checks: outcomes, evidence: [], observed_at: clock.now() }),
    )
  }
  /** Time passes; whoever was signed in signs in again. */
  const later = async (milliseconds: number): Promise<void> => {
    clock.advance(milliseconds)
    await machine(async (unit) => {
      for (const [name, person] of Object.entries(people))
        cookies[name] = `castellan_session=${(await startSession(unit, person, null)).secret}`
    })
  }
  return { later, house, server, people, cookies, machine, tell, call, read, hash, version, does, decides, scan, threadOf }
}

export type Harbour = Awaited<ReturnType<typeof openHarbour>>
