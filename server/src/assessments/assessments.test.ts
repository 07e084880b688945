import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testClock, testHouse } from '../../test/house.ts'
import { ENGINES, type Opened } from '../../test/storage.ts'
import { APPS } from '../directory/apps-view.ts'
import { refuseForeign } from '../enrolment/foreign.ts'
import { createOrganisation, operatorOrganisation } from '../enrolment/organisation.ts'
import { createPerson, join } from '../enrolment/person.ts'
import type { Role } from '../enrolment/roles.ts'
import { startSession } from '../enrolment/session.ts'
import { whoAsks } from '../enrolment/who-asks.ts'
import { opaque } from '../kernel/flow.ts'
import { parseInstant } from '../kernel/time.ts'
import { pipeline } from '../platform/dispatch.ts'
import { createHttp, type Routes } from '../platform/http/app.ts'
import type { Scope, Unit } from '../platform/sql/database.ts'
import type { Pack } from '../programmes/load.ts'
import { Form, Programme, Requirement } from '../programmes/schema.ts'
import { assessmentsView } from './assessments-view.ts'
import { registerAssessmentRoutes } from './routes.ts'

const cites = [{ source: 'test', confidence: 'ours' }]
/** A small programme with one form and two attestations, at home where a day starts late. */
function pack(): Pack {
  const programme = Programme.parse({
    id: 'small',
    title: 'Small',
    says: 'x',
    zone: 'America/New_York',
    modelled_on: { whose: 'nobody', documents: ['none'], disclaimer: 'none' },
    versions: [{ version: '2026.1', published: '2026-01-01', effective: '2026-01-01', says: 'x' }],
    pillars: [{ id: 'security', title: 'Security', says: 'x' }],
    tiers: [
      {
        id: 'gold',
        title: 'Gold',
        kind: 'badge',
        says: 'x',
        application: 'required',
        reviewers: 1,
        max_evidence_age: 'P7D',
        valid_for: 'P1Y',
      },
    ],
  })
  const requirement = (id: string, met_when: unknown) =>
    Requirement.parse({
      id,
      pillar: 'security',
      tiers: ['gold'],
      title: id,
      why: 'x',
      how_to_meet: 'x',
      cites,
      since: '2026-01-01',
      verified_by: 'attestation',
      met_when,
      grace: 'P28D',
      public_when_unmet: 'full',
    })
  const attested = (reviewer: string) => ({ attestation: { evidence: ['plan'], reviewer, expires_after: 'P1M' } })
  const requirements = [
    requirement('plan', attested('operator')),
    requirement('drill', attested('uninvolved-operator')),
    requirement('hsts', { check: 'hsts-enabled' }),
  ]
  const forms = [
    Form.parse({
      id: 'privacy',
      title: 'Privacy',
      since: '2026-01-01',
      cites,
      groups: [
        {
          id: 'g',
          title: 'G',
          fields: [
            { id: 'stores', ask: 'Stores?', shown: 'public', answer: 'yes-no', required: true },
            { id: 'who', ask: 'Who?', shown: 'partner', answer: 'text', required: true },
            {
              id: 'secret',
              ask: 'Secret?',
              shown: 'operator',
              answer: 'choice',
              choices: ['fine', 'odd', 'bad'],
              required: true,
              scoring: [
                { answer: 'odd', result: 'warning', says: 'Explain.' },
                { answer: 'bad', result: 'fail', says: 'Change this.' },
              ],
            },
          ],
        },
      ],
    }),
  ]
  const catalogue = { programme, version: '2026.1', digest: 'sha256:0' as const, requirements, policies: [], forms }
  return { folder: '', programme, requirements, policies: [], forms, digest: 'sha256:0', catalogues: [catalogue] }
}

describe.each(ENGINES)('assessments, on $engine', ({ open }) => {
  const clock = testClock(parseInstant('2026-11-24T12:00:00Z'))
  let opened: Opened
  let app: Routes
  const cookies: { [name: string]: string } = {}
  const organisations: { [name: string]: string } = {}
  const machine = <T>(work: (unit: Unit) => Promise<T>): Promise<T> =>
    opened.database.within({ marketplace: 'main', party: { kind: 'machine' } }, work)
  const call = (method: 'GET' | 'PUT' | 'POST', url: string, who: string | null, payload?: object | string) =>
    app.inject({
      method,
      url,
      headers: {
        'sec-fetch-site': 'same-origin',
        ...(who === null ? {} : { cookie: cookies[who] ?? '' }),
        ...(typeof payload === 'string' ? { 'content-type': 'application/json' } : {}),
      },
      ...(payload === undefined ? {} : { payload }),
    })
  const FORM = '/api/v1/apps/the-app/forms/privacy'
  const attestations = (requirement: string): string => `/api/v1/apps/the-app/attestations/${requirement}`
  const events = async () => (await machine((unit) => unit.log.after(0, 1_000))).map(({ type, payload }) => ({ type, ...payload }))

  beforeAll(async () => {
    opened = await open(clock)
    const house = await testHouse(opened, clock, { packs: [pack()], pipeline: pipeline([opaque(assessmentsView)], []) })
    app = await createHttp({
      log: house.log,
      public_url: house.public_url,
      trust_proxy: [],
      whoAsks: whoAsks(house.database, house.marketplace, house.public_url),
      refuseForeign: refuseForeign(house.public_url),
      problemPage: async () => '',
      version: '0',
      requests_a_minute: 100_000,
    })
    registerAssessmentRoutes(app, house)
    await app.ready()
    await machine(async (unit) => {
      organisations['operator'] = (await operatorOrganisation(unit)).organisation
      for (const name of ['partner', 'other']) organisations[name] = await createOrganisation(unit, { kind: 'partner', name })
      await unit.documents.put(APPS, 'the-app', { app: 'the-app', name: 'The App', organisation: organisations['partner'] }, 'the-app')
      const party = { marketplace_id: 'main', subject: 'the-app', organisation_id: organisations['partner'] ?? '' }
      await unit.sql.insertInto('subject_party').values(party).execute()
      for (const [name, organisation, role] of [
        ['pia', 'partner', 'partner-member'],
        ['eve', 'other', 'partner-admin'],
        ['rob', 'operator', 'operator-reviewer'],
        ['sue', 'operator', 'operator-reviewer'],
        ['vic', 'operator', 'operator-viewer'],
        ['both', 'operator', 'operator-reviewer'],
      ] as const satisfies readonly (readonly [string, string, Role])[]) {
        const id = await createPerson(unit, { name, mail: null })
        await join(unit, id, organisations[organisation] ?? '', role)
        if (name === 'both') await join(unit, id, organisations['partner'] ?? '', 'partner-member')
        cookies[name] = `castellan_session=${(await startSession(unit, id, null)).secret}`
      }
    })
  })
  afterAll(async () => {
    await app.close()
    await opened.close()
  })

  it('forms: a draft is the partner’s, and publishing shows each audience its part and no more', async () => {
    const draft = { stores: true, who: 'we, the partner', secret: 'odd' }
    expect((await call('PUT', FORM, 'pia', { stores: true })).json()).toMatchObject({
      complete: 1 / 3,
      missing: [{ at: 'who' }, { at: 'secret' }],
    })
    expect((await call('PUT', FORM, 'pia', draft)).json()).toEqual({ complete: 1, missing: [], revision: 2 })
    // Nobody else sees or changes what is not published.
    expect((await call('GET', FORM, 'rob')).json()).toMatchObject({ of: 'published', answers: {}, published: null })
    for (const who of ['eve', 'rob', 'vic']) expect([who, (await call('PUT', FORM, who, draft)).statusCode]).toEqual([who, 403])
    expect((await call('GET', FORM, 'eve')).statusCode).toBe(403)
    expect((await call('PUT', FORM, null, draft)).statusCode).toBe(401)

    const published = await call('POST', `${FORM}/publish`, 'pia')
    expect(published.json()).toEqual({ complete: 1, scored: [{ field: 'secret', result: 'warning', says: 'Explain.' }], apps: [] })
    expect((await events()).at(-1)).toMatchObject({
      type: 'assessments.form_published',
      app: 'the-app',
      form: 'privacy',
      complete: 1,
      warnings: 1,
    })
    expect(JSON.stringify(await events())).not.toContain('we, the partner')
    expect((await call('GET', FORM, 'vic')).json()).toMatchObject({ of: 'published', answers: draft })
    expect((await call('GET', FORM, 'pia')).json()).toMatchObject({ of: 'draft', answers: draft, published: { complete: 1 } })

    // The wall behind the routes: row security alone decides which bodies a party reads.
    const bodies = (party: Scope['party']) =>
      opened.database.within({ marketplace: 'main', party }, async ({ sql }) => ({
        evidence: (await sql.selectFrom('evidence').select(['visibility', 'body']).orderBy('visibility').execute()).map((row) => [
          row.visibility,
          row.body,
        ]),
        drafts: (await sql.selectFrom('form_draft').selectAll().execute()).length,
      }))
    const since = clock.now()
    const body = (answers: object) => ({
      body: { form: 'privacy', answers, origins: Object.fromEntries(Object.keys(answers).map((field) => [field, { from: 'app', since }])) },
    })
    const part = {
      public: ['public', body({ stores: true })],
      partner: ['partner', body({ who: 'we, the partner' })],
      operator: ['operator', body({ secret: 'odd' })],
    }
    const partner = { kind: 'partner', organisation: organisations['partner'] ?? '', person: 'p' } as const
    expect(await bodies({ kind: 'operator', person: 'o' })).toEqual({ evidence: [part.operator, part.partner, part.public], drafts: 1 })
    expect(await bodies(partner)).toEqual({ evidence: [part.partner, part.public], drafts: 1 })
    expect(await bodies({ ...partner, organisation: organisations['other'] ?? '' })).toEqual({ evidence: [part.public], drafts: 0 })
    expect(await bodies({ kind: 'public' })).toEqual({ evidence: [part.public], drafts: 0 })
  })

  it('forms: what does not fit is refused with its place, and what the form rejects is not published', async () => {
    const bad = await call('PUT', FORM, 'pia', { stores: 'yes', nothing: 1 })
    expect(bad.statusCode).toBe(400)
    expect(bad.json()).toMatchObject({
      code: 'assessments.bad_answer',
      where: 'stores',
      detail: expect.stringContaining('nothing: The form does not ask this.'),
    })
    expect((await call('GET', FORM, 'pia')).json()).toMatchObject({ answers: { secret: 'odd' } })
    await call('PUT', FORM, 'pia', { stores: true, secret: 'bad' })
    expect((await call('POST', `${FORM}/publish`, 'pia')).json()).toMatchObject({ code: 'assessments.answer_rejected', where: 'secret' })
    const deep = `{"stores": ${'['.repeat(10_000)}${']'.repeat(10_000)}}`
    expect((await call('PUT', FORM, 'pia', deep)).statusCode).toBe(400)
    expect((await call('PUT', FORM, 'pia', '{"__proto__": {"x": 1}}')).statusCode).toBe(400)
    expect((await call('PUT', '/api/v1/apps/the-app/forms/unknown', 'pia', {})).statusCode).toBe(404)
    expect((await call('PUT', '/api/v1/apps/no-app/forms/privacy', 'pia', {})).statusCode).toBe(404)
  })

  it('attestations: offered by the partner, accepted by a reviewer, over after as long as the pack says', async () => {
    const offer = { text: 'We drill each spring.', links: ['https://partner.example/plan'] }
    expect((await call('POST', attestations('plan'), 'rob', offer)).statusCode).toBe(403)
    expect((await call('POST', attestations('plan'), 'eve', offer)).statusCode).toBe(403)
    expect((await call('POST', attestations('plan'), 'pia', { text: ' ' })).json()).toMatchObject({ code: 'assessments.no_evidence' })
    expect((await call('POST', attestations('plan'), 'pia', { links: ['javascript:alert(1)'] })).json()).toMatchObject({
      code: 'assessments.bad_link',
    })
    expect((await call('POST', attestations('hsts'), 'pia', offer)).json()).toMatchObject({ code: 'assessments.not_attested' })
    expect((await call('POST', attestations('nothing'), 'pia', offer)).statusCode).toBe(404)
    expect((await call('POST', attestations('plan'), 'pia', offer)).statusCode).toBe(201)
    expect((await call('GET', '/api/v1/attestations', 'vic')).json()).toMatchObject([
      { app: 'the-app', requirement: 'plan', status: 'offered' },
    ])
    expect((await call('GET', '/api/v1/attestations', 'pia')).statusCode).toBe(403)

    const review = (who: string, requirement: string, decision: string, note = '') =>
      call('POST', `${attestations(requirement)}/review`, who, { decision, note })
    for (const who of ['pia', 'eve', 'vic']) expect([who, (await review(who, 'plan', 'accept')).statusCode]).toEqual([who, 403])
    expect((await review('both', 'plan', 'accept')).json()).toMatchObject({ code: 'assessments.involved' })
    expect((await review('rob', 'plan', 'withdraw', 'why')).statusCode).toBe(409)
    expect((await review('rob', 'plan', 'decline')).json()).toMatchObject({ code: 'assessments.no_reason' })
    expect((await review('rob', 'plan', 'accept')).statusCode).toBe(200)
    // A month later by the calendar where the programme is at home.
    expect((await events()).at(-1)).toMatchObject({
      type: 'assessments.attestation_accepted',
      requirement: 'plan',
      expires_at: '2026-12-24T12:00:00.000Z',
    })
    expect((await call('GET', '/api/v1/apps/the-app/attestations', 'pia')).json()).toMatchObject([
      { requirement: 'plan', status: 'accepted', expires_at: '2026-12-24T12:00:00.000Z' },
    ])
    expect((await call('GET', '/api/v1/apps/the-app/attestations', 'eve')).statusCode).toBe(403)
    expect((await review('sue', 'plan', 'withdraw', 'It was another app’s plan.')).statusCode).toBe(200)
    const log = JSON.stringify(await events())
    for (const words of ['We drill', 'another app', 'partner.example']) expect(log).not.toContain(words)
  })

  it('attestations: a case that somebody declined is for somebody else where the pack says so', async () => {
    const review = (who: string, decision: string, note = '') => call('POST', `${attestations('drill')}/review`, who, { decision, note })
    await call('POST', attestations('drill'), 'pia', { text: 'first' })
    expect((await review('rob', 'decline', 'Not enough.')).statusCode).toBe(200)
    await call('POST', attestations('drill'), 'pia', { text: 'second' })
    expect((await review('rob', 'accept')).json()).toMatchObject({ code: 'assessments.involved' })
    expect((await review('sue', 'accept')).statusCode).toBe(200)
  })

  it('attestations: of two reviewers at once, one decides', async () => {
    await call('POST', attestations('plan'), 'pia', { text: 'again' })
    const answers = await Promise.all(
      ['rob', 'sue'].map((who) => call('POST', `${attestations('plan')}/review`, who, { decision: 'accept', note: '' })),
    )
    expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 409])
  })
})
