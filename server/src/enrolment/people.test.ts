import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testClock, testHouse } from '../../test/house.ts'
import { ENGINES, type Opened } from '../../test/storage.ts'
import { brokenAt } from '../kernel/event.ts'
import { DAY_MS } from '../kernel/time.ts'
import { sha256 } from '../platform/crypto.ts'
import { createHttp, type Routes } from '../platform/http/app.ts'
import type { Unit } from '../platform/sql/database.ts'
import { frameOf } from '../publishing/pages/frame.tsx'
import { problemPage } from '../publishing/pages/problem.tsx'
import { ACTS, SCOPES, type Rule, type Scope } from './acts.ts'
import { refuseForeign } from './foreign.ts'
import { ownPath } from './link-routes.tsx'
import { checkedName } from './name.ts'
import { createOrganisation, operatorOrganisation } from './organisation.ts'
import { createPerson, join } from './person.ts'
import { ROLES_OF, type OrganisationKind, type Role } from './roles.ts'
import { registerEnrolmentRoutes } from './routes.ts'
import { INVITATION_LASTS_MS } from './invitation.ts'
import { startSession } from './session.ts'
import { networkOf, networkTag } from './sign-ins.ts'
import { scopesFor } from './token.ts'
import { whoAsks } from './who-asks.ts'

const URL_HERE = 'http://127.0.0.1:4380'

describe.each(ENGINES)('people, on $engine', ({ open }) => {
  const clock = testClock()
  let opened: Opened
  let house: Awaited<ReturnType<typeof testHouse>>
  let app: Routes
  let operator: string
  let partner: string
  let other: string
  const cookies: { [name: string]: string } = {}
  const ids: { [name: string]: string } = {}
  const machine = <T>(work: (unit: Unit) => Promise<T>): Promise<T> =>
    opened.database.within({ marketplace: 'main', party: { kind: 'machine' } }, work)

  async function add(name: string, organisation: string | null, role: Role | null, mail: string | null = null): Promise<void> {
    await machine(async (unit) => {
      const id = await createPerson(unit, { name, mail })
      if (organisation !== null && role !== null) await join(unit, id, organisation, role)
      ids[name] = id
      cookies[name] = `castellan_session=${(await startSession(unit, id, null)).secret}`
    })
  }
  type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
  const call = (method: Method, url: string, who: string | null, payload?: object, headers: Record<string, string> = {}) =>
    app.inject({
      method,
      url,
      headers: { 'sec-fetch-site': 'same-origin', ...(who === null ? {} : { cookie: cookies[who] ?? '' }), ...headers },
      ...(payload === undefined ? {} : { payload }),
    })
  const form = (url: string, who: string | null, fields: Record<string, string>) =>
    app.inject({
      method: 'POST',
      url,
      headers: {
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/x-www-form-urlencoded',
        ...(who === null ? {} : { cookie: cookies[who] ?? '' }),
      },
      payload: new URLSearchParams(fields).toString(),
    })

  beforeAll(async () => {
    opened = await open(clock)
    house = await testHouse(opened, clock, { environment: { SMTP_URL: 'smtp://127.0.0.1:1' } })
    app = await createHttp({
      log: house.log,
      public_url: () => URL_HERE,
      trust_proxy: [],
      whoAsks: whoAsks(house.database, house.marketplace, () => URL_HERE),
      refuseForeign: refuseForeign(() => URL_HERE),
      problemPage: (problem, request) => problemPage(house, problem, request, null),
      version: '0',
      requests_a_minute: 100_000,
    })
    registerEnrolmentRoutes(app, house, frameOf(house, null))
    await app.ready()
    await machine(async (unit) => {
      operator = (await operatorOrganisation(unit)).organisation
      partner = await createOrganisation(unit, { kind: 'partner', name: 'Partner' })
      other = await createOrganisation(unit, { kind: 'partner', name: 'Other' })
    })
    await add('root', operator, 'operator-admin')
    await add('viewer', operator, 'operator-viewer')
    await add('pia', partner, 'partner-admin', 'pia@partner.example')
    await add('max', partner, 'partner-member')
    await add('eve', other, 'partner-admin')
    await add('lost', null, null)
  })
  afterAll(async () => {
    await app.close()
    await opened.close()
  })

  describe('organisations', () => {
    it('are added by the operator’s administrator, and by nobody else; a second operator by nobody at all', async () => {
      const body = { kind: 'partner', name: 'New' }
      const status = async (who: string | null) => (await call('POST', '/api/v1/organisations', who, body)).statusCode
      expect([await status('root'), await status('viewer'), await status('pia'), await status('lost'), await status(null)]).toEqual([
        201, 403, 403, 403, 401,
      ])
      expect((await call('POST', '/api/v1/organisations', 'root', { kind: 'operator', name: 'Coup' })).statusCode).toBe(400)
    })

    it('are seen whole by the operator, and by others where they belong', async () => {
      const seen = async (who: string) =>
        (await call('GET', '/api/v1/organisations', who)).json<{ organisation: string }[]>().map((one) => one.organisation)
      expect(await seen('viewer')).toEqual(expect.arrayContaining([operator, partner, other]))
      expect([await seen('pia'), await seen('lost')]).toEqual([[partner], []])
    })

    it('tell who belongs to them to their own and to the operator; open invitations only to who may invite', async () => {
      const read = (who: string | null, organisation = partner) => call('GET', `/api/v1/organisations/${organisation}`, who)
      expect((await read('max')).json()).toMatchObject({
        name: 'Partner',
        members: [
          { person: ids['pia'], mail: 'pia@partner.example', role: 'partner-admin' },
          { person: ids['max'], role: 'partner-member' },
        ],
        invitations: [],
      })
      await call('POST', '/api/v1/invitations', 'pia', { organisation: partner, role: 'partner-member' })
      expect((await read('max')).json<{ invitations: unknown[] }>().invitations).toHaveLength(0)
      expect((await read('pia')).json<{ invitations: unknown[] }>().invitations).toHaveLength(1)
      const codes = [await read('eve'), await read('lost'), await read(null), await read('viewer'), await read('root', 'org_nothing')]
      expect(codes.map((one) => one.statusCode)).toEqual([403, 403, 401, 200, 404])
    })
  })

  describe('invitations', () => {
    const invite = (who: string, body: object) => call('POST', '/api/v1/invitations', who, body)
    const link = async (who: string, organisation: string, role: string): Promise<string> =>
      new URL((await invite(who, { organisation, role })).json<{ link: string }>().link).pathname

    const CASES = (Object.keys(ROLES_OF) as OrganisationKind[]).flatMap((kind) =>
      [...ROLES_OF.operator, ...ROLES_OF.partner, ...ROLES_OF.auditor, 'owner', '__proto__', ''].map((role) => [kind, role] as const),
    )
    it.each(CASES)('a %s organisation invites as %j exactly when it gives that role out', async (kind, role) => {
      const organisation = kind === 'operator' ? operator : await machine((unit) => createOrganisation(unit, { kind, name: kind }))
      const passes = (ROLES_OF[kind] as readonly string[]).includes(role)
      expect((await invite('root', { organisation, role })).statusCode).toBe(passes ? 201 : 400)
    })

    it('come from administrators, into their own organisation', async () => {
      const body = { organisation: partner, role: 'partner-member' }
      const status = async (who: string) => (await invite(who, body)).statusCode
      expect([await status('pia'), await status('root'), await status('max'), await status('eve'), await status('viewer')]).toEqual([
        201, 201, 403, 403, 403,
      ])
    })

    it('make no operator out of a partner', async () => {
      expect((await invite('pia', { organisation: partner, role: 'operator-admin' })).json()).toMatchObject({
        code: 'enrolment.role_not_given',
      })
      expect((await invite('pia', { organisation: operator, role: 'operator-admin' })).statusCode).toBe(403)
    })

    it('let somebody new in by name, once, with a person of their own', async () => {
      const path = await link('pia', partner, 'partner-member')
      const shown = await call('GET', path, null)
      expect(shown.body).toContain('Partner')
      expect(shown.body).toContain('name="name"')
      expect((await form(path, null, {})).statusCode).toBe(400)
      expect((await form(path, null, { name: 'a\u202Eb' })).statusCode).toBe(400)
      // A refusal takes the use back: the link still works.
      const pressed = await form(path, null, { name: '  Nina   Ünal ' })
      expect(pressed.statusCode).toBe(303)
      const cookie = String(pressed.headers['set-cookie']).split(';')[0] ?? ''
      const me = await app.inject({ url: '/api/v1/persons/me', headers: { cookie } })
      expect(me.json()).toMatchObject({ name: 'Nina Ünal', mail: null, memberships: [{ organisation: partner, role: 'partner-member' }] })
      expect((await form(path, null, { name: 'Again' })).statusCode).toBe(400)
    })

    it('join whoever is signed in, and change nobody’s role who belongs already', async () => {
      const path = await link('eve', other, 'partner-member')
      expect((await call('GET', path, 'max')).body).toContain('You join as')
      const pressed = await form(path, 'max', {})
      expect(pressed.statusCode).toBe(303)
      cookies['max'] = String(pressed.headers['set-cookie']).split(';')[0] ?? ''
      const me = await call('GET', '/api/v1/persons/me', 'max')
      expect(
        me
          .json<{ memberships: { organisation: string }[] }>()
          .memberships.map((one) => one.organisation)
          .toSorted(),
      ).toEqual([partner, other].toSorted())
      const down = await link('root', operator, 'operator-viewer')
      expect((await form(down, 'root', {})).statusCode).toBe(400)
      expect((await call('GET', '/api/v1/persons/me', 'root')).json()).toMatchObject({ memberships: [{ role: 'operator-admin' }] })
    })

    it('are over after a week, after they were taken back, and when their inviter has left', async () => {
      const id = (await invite('pia', { organisation: partner, role: 'partner-member' })).json<{ invitation: string; link: string }>()
      expect((await call('DELETE', `/api/v1/invitations/${id.invitation}`, 'eve')).statusCode).toBe(403)
      expect((await call('DELETE', `/api/v1/invitations/${id.invitation}`, 'pia')).statusCode).toBe(200)
      expect((await call('DELETE', `/api/v1/invitations/${id.invitation}`, 'pia')).statusCode).toBe(404)
      expect((await form(new URL(id.link).pathname, null, { name: 'Late' })).statusCode).toBe(400)
      const old = await link('pia', partner, 'partner-member')
      clock.advance(INVITATION_LASTS_MS)
      expect((await form(old, null, { name: 'Late' })).statusCode).toBe(400)
      for (const name of ['root', 'viewer', 'pia', 'max', 'eve', 'lost']) {
        cookies[name] = `castellan_session=${await machine(async (unit) => (await startSession(unit, ids[name] ?? '', null)).secret)}`
      }
      await add('paul', partner, 'partner-admin')
      const orphan = await link('paul', partner, 'partner-admin')
      expect((await call('DELETE', `/api/v1/organisations/${partner}/persons/${ids['paul']}`, 'pia')).statusCode).toBe(200)
      expect((await form(orphan, null, { name: 'Friend of Paul' })).statusCode).toBe(400)
    })

    it('to an address show their link to nobody: not to the inviter, not in a table, not in the log', async () => {
      const invited = await invite('pia', { organisation: partner, role: 'partner-member', mail: 'new@example.com' })
      expect(invited.json()).toMatchObject({ link: null })
      const log = JSON.stringify(await machine((unit) => unit.log.after(0, 10_000)))
      expect(log).not.toContain('new@example.com')
      expect(house.logged.join('')).not.toContain('new@example.com')
    })

    it.each(['x', 'a@b\r\nBcc: c@d.example', '<a@b.example>', 'a b@c.example', `${'a'.repeat(65)}@b.example`, 'a@-b.example'])(
      'to %j are refused',
      async (mail) => expect((await invite('pia', { organisation: partner, role: 'partner-member', mail })).statusCode).toBe(400),
    )
  })

  describe('removing and erasing', () => {
    it('is for administrators; the last one stays', async () => {
      const remove = (who: string, organisation: string, person: string) =>
        call('DELETE', `/api/v1/organisations/${organisation}/persons/${ids[person]}`, who)
      expect((await remove('max', partner, 'pia')).statusCode).toBe(403)
      expect((await remove('eve', partner, 'max')).statusCode).toBe(403)
      expect((await remove('eve', other, 'eve')).json()).toMatchObject({ code: 'enrolment.last_admin' })
      expect((await remove('eve', other, 'pia')).statusCode).toBe(404)
      expect((await remove('root', operator, 'root')).statusCode).toBe(400)
    })

    it('of two administrators at once leaves one', async () => {
      const organisation = await machine((unit) => createOrganisation(unit, { kind: 'partner', name: 'Duel' }))
      await add('left', organisation, 'partner-admin')
      await add('right', organisation, 'partner-admin')
      const answers = await Promise.all([
        call('DELETE', `/api/v1/organisations/${organisation}/persons/${ids['right']}`, 'left'),
        call('DELETE', `/api/v1/organisations/${organisation}/persons/${ids['left']}`, 'right'),
      ])
      expect(answers.map((one) => one.statusCode).filter((status) => status === 200)).toHaveLength(1)
    })

    it('erases name, address and every way in; the id stays, and the chain still holds', async () => {
      await add('gone', partner, 'partner-admin', 'gone@partner.example')
      const issued = await call('POST', '/api/v1/tokens', 'gone', { organisation: partner, name: 'secret plan', scopes: ['apps:read'] })
      expect(issued.statusCode).toBe(201)
      expect((await call('DELETE', `/api/v1/persons/${ids['gone']}`, 'pia')).statusCode).toBe(403)
      expect((await call('DELETE', `/api/v1/persons/${ids['gone']}`, 'root')).statusCode).toBe(200)
      expect((await call('DELETE', `/api/v1/persons/${ids['gone']}`, 'root')).statusCode).toBe(404)
      const kept = await machine(async (unit) =>
        JSON.stringify([
          await unit.sql.selectFrom('person').selectAll().execute(),
          await unit.sql.selectFrom('credential').selectAll().execute(),
          await unit.sql.selectFrom('membership').selectAll().execute(),
        ]),
      )
      for (const trace of ['gone@partner.example', '"gone"', 'secret plan']) expect(kept).not.toContain(trace)
      expect(kept).toContain(ids['gone'])
      const { secret } = issued.json<{ secret: string }>()
      expect((await app.inject({ url: '/api/v1/organisations', headers: { authorization: `Bearer ${secret}` } })).statusCode).toBe(401)
      expect((await call('GET', '/api/v1/persons/me', 'gone')).statusCode).toBe(401)
      expect(brokenAt(await machine((unit) => unit.log.after(0, 10_000)), sha256)).toBeNull()
    })
  })

  describe('roles', () => {
    const change = (who: string, organisation: string, person: string, role: string) =>
      call('PUT', `/api/v1/organisations/${organisation}/persons/${ids[person]}/role`, who, { role })

    it('are changed by an administrator without leaving, at once and in the tokens that are there', async () => {
      const organisation = await machine((unit) => createOrganisation(unit, { kind: 'partner', name: 'Roles' }))
      await add('owner', organisation, 'partner-admin')
      await add('hand', organisation, 'partner-member')
      expect((await call('POST', '/api/v1/invitations', 'hand', { organisation, role: 'partner-member' })).statusCode).toBe(403)
      expect((await change('hand', organisation, 'hand', 'partner-admin')).statusCode).toBe(403)
      expect((await change('owner', organisation, 'hand', 'partner-admin')).json()).toEqual({ role: 'partner-admin' })
      expect((await call('POST', '/api/v1/invitations', 'hand', { organisation, role: 'partner-member' })).statusCode).toBe(201)
      expect(
        (await form(`/organisations/${organisation}/persons/${ids['owner']}/role`, 'hand', { role: 'partner-member' })).statusCode,
      ).toBe(303)
      expect((await call('POST', '/api/v1/invitations', 'owner', { organisation, role: 'partner-member' })).statusCode).toBe(403)
      const events = await machine((unit) => unit.log.stream(`organisation/${organisation}`))
      const told = events.filter(({ type }) => type === 'enrolment.role_changed').map(({ payload, by }) => [payload, by])
      expect(told).toEqual([
        [
          { organisation, person: ids['hand'], from: 'partner-member', role: 'partner-admin' },
          { kind: 'person', id: ids['owner'] },
        ],
        [
          { organisation, person: ids['owner'], from: 'partner-admin', role: 'partner-member' },
          { kind: 'person', id: ids['hand'] },
        ],
      ])
      expect((await change('hand', organisation, 'hand', 'partner-member')).json()).toMatchObject({ code: 'enrolment.last_admin' })
    })

    it('are those that the organisation gives out, by its own administrators and the operator’s', async () => {
      for (const role of ['operator-admin', 'auditor', 'owner', '__proto__', '']) {
        expect([role, (await change('pia', partner, 'max', role)).json<{ code: string }>().code]).toEqual([role, 'enrolment.no_such_role'])
      }
      expect((await change('eve', partner, 'max', 'partner-admin')).statusCode).toBe(403)
      expect((await change('viewer', operator, 'viewer', 'operator-admin')).statusCode).toBe(403)
      expect((await change('pia', partner, 'eve', 'partner-member')).statusCode).toBe(404)
      expect((await change('root', partner, 'max', 'partner-member')).statusCode).toBe(200)
    })

    it('of two administrators who demote each other at once leave one', async () => {
      const organisation = await machine((unit) => createOrganisation(unit, { kind: 'partner', name: 'Duel of roles' }))
      await add('one', organisation, 'partner-admin')
      await add('two', organisation, 'partner-admin')
      await Promise.all([change('one', organisation, 'two', 'partner-member'), change('two', organisation, 'one', 'partner-member')])
      const members = (await call('GET', `/api/v1/organisations/${organisation}`, 'root')).json<{ members: { role: string }[] }>().members
      expect(members.map(({ role }) => role).toSorted()).toEqual(['partner-admin', 'partner-member'])
    })
  })

  describe('sign-ins', () => {
    const joinsFrom = async (remoteAddress: string, name: string): Promise<string> => {
      const { link } = (await call('POST', '/api/v1/invitations', 'pia', { organisation: partner, role: 'partner-member' })).json<{
        link: string
      }>()
      const answer = await app.inject({
        method: 'POST',
        url: new URL(link).pathname,
        remoteAddress,
        headers: { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams({ name }).toString(),
      })
      expect(answer.statusCode).toBe(303)
      cookies[name] = String(answer.headers['set-cookie']).split(';')[0] ?? ''
      return (await call('GET', '/api/v1/persons/me', name)).json<{ person: string }>().person
    }
    const written = (person: string) =>
      machine(async (unit) => (await unit.log.stream(`person/${person}`)).filter(({ type }) => type === 'enrolment.signed_in'))

    it('are written down with the moment and the kind of link, and with no address', async () => {
      const person = await joinsFrom('203.0.113.77', 'Nina')
      const [event] = await written(person)
      expect(event).toMatchObject({ by: { kind: 'person', id: person }, at: clock.now(), payload: { person, method: 'invitation' } })
      expect(event?.payload['network']).toMatch(/^[0-9a-f]{16}$/)
      expect(JSON.stringify(event)).not.toMatch(/203\.0\.113|Nina/)
      // The same network is another name for somebody else, so that nobody can be followed from one to the other.
      const [other_event] = await written(await joinsFrom('203.0.113.78', 'Otto'))
      expect(other_event?.payload['network']).not.toBe(event?.payload['network'])
      ids['nina'] = person
    })

    it('are seen by the person and by who may read the log, and by nobody else', async () => {
      expect((await call('GET', '/account', 'Nina')).body).toContain('by an invitation, from a new network')
      const read = (who: string) => call('GET', `/api/v1/persons/${ids['nina']}/sign-ins`, who)
      expect((await read('root')).json()).toEqual({ sign_ins: [{ at: clock.now(), method: 'invitation', seen_before: false }] })
      expect([(await read('viewer')).statusCode, (await read('pia')).statusCode, (await read('Nina')).statusCode]).toEqual([200, 403, 403])
      expect((await call('GET', '/api/v1/persons/per_nobody/sign-ins', 'root')).statusCode).toBe(404)
      const lastOf = async (who: string) =>
        (await call('GET', `/api/v1/organisations/${partner}`, who))
          .json<{ members: { person: string; signed_in_at: string | null }[] }>()
          .members.find(({ person }) => person === ids['nina'])?.signed_in_at
      expect([await lastOf('root'), await lastOf('pia')]).toEqual([clock.now(), null])
    })

    it('know a network again by its first part, and forget how with the person', async () => {
      const tags = await machine(async (unit) => [
        await networkTag(unit, ids['nina'] ?? '', '203.0.113.5'),
        await networkTag(unit, ids['nina'] ?? '', '::ffff:203.0.113.9'),
        await networkTag(unit, ids['nina'] ?? '', '203.0.114.5'),
        await networkTag(unit, ids['nina'] ?? '', null),
      ])
      expect([tags[0] === tags[1], tags[0] === tags[2], tags[3]]).toEqual([true, false, null])
      expect((await call('DELETE', `/api/v1/persons/${ids['nina']}`, 'root')).statusCode).toBe(200)
      expect(
        await machine((unit) =>
          unit.sql
            .selectFrom('person_key')
            .selectAll()
            .where('person_id', '=', ids['nina'] ?? '')
            .execute(),
        ),
      ).toEqual([])
      expect(await written(ids['nina'] ?? '')).toHaveLength(1)
    })
  })

  describe('tokens', () => {
    const issue = (who: string, body: object) => call('POST', '/api/v1/tokens', who, body)
    const WHO = [
      ['root', 'operator-admin'],
      ['viewer', 'operator-viewer'],
      ['pia', 'partner-admin'],
      ['max', 'partner-member'],
    ] as const
    const MATRIX = WHO.flatMap(([who, role]) => SCOPES.map((scope) => [who, role, scope] as const))

    it.each(MATRIX)('%s (%s) gets one for %s exactly when some act of theirs needs it', async (who, role, scope) => {
      const organisation = role.startsWith('operator') ? operator : partner
      const useful = Object.values<Rule>(ACTS).some((rule) => rule.token === scope && rule.roles.includes(role))
      expect((await issue(who, { organisation, name: 'ci', scopes: [scope] })).statusCode).toBe(useful ? 201 : 400)
    })

    it('are for one’s own organisation, by people, with an end', async () => {
      const body = { organisation: partner, name: 'ci', scopes: ['apps:read'] satisfies Scope[] }
      const status = async (who: string, more: object = {}) => (await issue(who, { ...body, ...more })).statusCode
      expect(await status('eve')).toBe(403)
      // An operator may act anywhere, but its token belongs where it belongs.
      expect(await status('root')).toBe(403)
      for (const lasts_days of [0, -1, 367, 1.5, 1e9]) expect([lasts_days, await status('pia', { lasts_days })]).toEqual([lasts_days, 400])
      for (const scopes of [[], ['all'], ['apps:read', 'everything']]) expect(await status('pia', { scopes })).toBe(400)
      const made = (await issue('pia', body)).json<{ secret: string }>()
      const bearer = { authorization: `Bearer ${made.secret}` }
      for (const [method, url] of [
        ['POST', '/api/v1/tokens'],
        ['POST', '/api/v1/invitations'],
      ] as const) {
        const answer = await app.inject({ method, url, headers: bearer, payload: { ...body, role: 'partner-member' } })
        expect([url, answer.statusCode >= 400]).toEqual([url, true])
      }
      for (const url of ['/api/v1/tokens', '/api/v1/persons/me', '/account', `/organisations/${partner}`]) {
        expect([url, (await app.inject({ url, headers: bearer })).statusCode]).toEqual([url, 403])
      }
    })

    it('are listed without their secret and ended by their owner alone', async () => {
      const made = (await issue('pia', { organisation: partner, name: 'mine', scopes: ['apps:read'], lasts_days: 1 })).json<{
        token: string
        secret: string
      }>()
      const listed = await call('GET', '/api/v1/tokens', 'pia')
      expect(listed.body).toContain(made.token)
      expect(listed.body).not.toContain(made.secret)
      for (const who of ['eve', 'root', 'max']) expect((await call('DELETE', `/api/v1/tokens/${made.token}`, who)).statusCode).toBe(404)
      expect((await call('DELETE', `/api/v1/tokens/${made.token}`, 'pia')).statusCode).toBe(200)
      expect((await app.inject({ url: '/sign-in', headers: { authorization: `Bearer ${made.secret}` } })).statusCode).toBe(401)
      clock.advance(DAY_MS / 4)
    })

    it('know the scopes of a role by the table of acts', () => {
      expect(scopesFor({ organisation: 'o', kind: 'partner', role: 'partner-member' })).toEqual([
        'apps:read',
        'apps:write',
        'measurements:write',
      ])
      expect(scopesFor({ organisation: 'o', kind: 'operator', role: 'operator-viewer' })).not.toContain('apps:write')
    })
  })

  describe('asking to sign in', () => {
    it('gets the same answer and writes the same for a known and an unknown address, and refuses what is none', async () => {
      const ask = (mail: string) => form('/sign-in', null, { mail })
      const owed = () => machine(async (unit) => (await unit.sql.selectFrom('delivery').select('destination').execute()).length)
      const before = await owed()
      const [known, unknown] = [await ask('pia@partner.example'), await ask('nobody@partner.example')]
      const shown = ({ statusCode, body, headers }: typeof known) => ({
        statusCode,
        body,
        headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(date|x-ratelimit-)/.test(name))),
      })
      expect(shown(unknown)).toEqual(shown(known))
      expect(await owed()).toBe(before + 2)
      expect((await ask('not an address')).statusCode).toBe(400)
    })

    it('is slowed down', async () => {
      const answers: number[] = []
      for (let n = 0; n < 15; n++) {
        const answer = await app.inject({
          method: 'POST',
          url: '/sign-in',
          remoteAddress: '203.0.113.7',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          payload: 'mail=a%40b.example',
        })
        answers.push(answer.statusCode)
      }
      expect(answers).toEqual([...Array<number>(10).fill(200), ...Array<number>(5).fill(429)])
    })
  })

  describe('pages', () => {
    it('bring whoever is not signed in to sign in, and back', async () => {
      const away = await call('GET', '/account', null)
      expect([away.statusCode, away.headers.location]).toEqual([303, '/sign-in?next=%2Faccount'])
      expect((await call('GET', String(away.headers.location), null)).body).toContain('href="/account"')
      for (const next of ['//evil.example', '/\\evil.example', 'https://evil.example', '/a\nb', 'javascript:alert(1)', '']) {
        expect([next, ownPath(next)]).toEqual([next, null])
        expect((await call('GET', `/sign-in?next=${encodeURIComponent(next)}`, null)).body).not.toContain('evil')
      }
      expect(ownPath('/apps/a?x=1')).toBe('/apps/a?x=1')
    })

    it('work for everybody who may see them, and are kept by nobody', async () => {
      for (const [who, url] of [
        ['root', '/account'],
        ['lost', '/account'],
        ['root', '/organisations'],
        ['pia', `/organisations/${partner}`],
        ['viewer', `/organisations/${partner}`],
      ] as const) {
        const shown = await call('GET', url, who)
        expect([who, url, shown.statusCode, shown.headers['cache-control']]).toEqual([who, url, 200, 'no-store'])
        expect(shown.body).toMatch(/^<!doctype html>/)
        // The one policy of all pages lets no inline style and no script run; none may be needed.
        expect(shown.body).not.toMatch(/<script| style=| on[a-z]+=/)
      }
      expect((await call('GET', `/organisations/${partner}`, 'viewer')).body).not.toContain('Remove')
    })

    it('invite, issue, rename and end by forms', async () => {
      const invited = await form(`/organisations/${partner}/invitations`, 'pia', { role: 'partner-member' })
      expect(invited.body).toMatch(/http:\/\/127\.0\.0\.1:4380\/links\/[\w-]{43}/)
      const issued = await form('/account/tokens', 'pia', {
        organisation: partner,
        name: '<b>ci</b>',
        'scope:apps:read': 'yes',
        lasts_days: '30',
      })
      expect(issued.body).toMatch(/cst_[\w-]{43}/)
      expect(issued.body).not.toContain('<b>ci</b>')
      const id = /tokens\/(tok_\w+)\/revoke/.exec(issued.body)?.[1] ?? ''
      expect((await form(`/account/tokens/${id}/revoke`, 'pia', {})).headers.location).toBe('/account?done=token')
      expect((await form('/account/name', 'pia', { name: 'Pia Neu' })).statusCode).toBe(303)
      expect((await call('GET', '/account?done=name', 'pia')).body).toContain('Pia Neu')
      expect((await call('GET', '/account?done=%3Cscript%3E', 'pia')).statusCode).toBe(400)
      expect((await form('/account/mail', 'pia', { mail: 'neu@partner.example' })).statusCode).toBe(303)
      // Nothing changes before the link that went there is opened.
      expect((await call('GET', '/api/v1/persons/me', 'pia')).json()).toMatchObject({ mail: 'pia@partner.example' })
    })
  })
})

describe('the network of an address', () => {
  it.each([
    ['203.0.113.77', '203.0.113'],
    ['::ffff:203.0.113.77', '203.0.113'],
    ['2001:db8:0001:2::1', '2001:db8:1'],
    ['2001:db8::1', '2001:db8:0'],
    ['::1', '0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0'],
    ['unix', null],
    ['', null],
  ])('%s is %s', (address, network) => expect(networkOf(address)).toBe(network))
})

describe('names', () => {
  it.each([
    ['  Ada  Lovelace ', 'Ada Lovelace'],
    ['Нина', 'Нина'],
    ['می‌خواهم', 'می‌خواهم'],
    ['e\u0301', 'é'],
  ])('%j reads %j', (text, name) => expect(checkedName(text, 'name')).toBe(name))

  it.each(['', ' \n ', 'a'.repeat(101), 'a\u0000b', 'a\u202Eb', 'a\u200Bb', '\uD800'])('%j is none', (text) =>
    expect(() => checkedName(text, 'name')).toThrow(),
  )
})
