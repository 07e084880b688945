import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testClock, testHouse, type TestClock } from '../../../test/house.ts'
import { smtpForTest, type SmtpForTest } from '../../../test/smtp.ts'
import { ENGINES, type Opened } from '../../../test/storage.ts'
import { APPS } from '../../directory/apps-view.ts'
import { askForSignIn, invitePerson } from '../../enrolment/enrolling.ts'
import { redeem } from '../../enrolment/link.ts'
import { createOrganisation } from '../../enrolment/organisation.ts'
import { createPerson, erasePerson, join, leave } from '../../enrolment/person.ts'
import type { Acting } from '../../enrolment/authorise.ts'
import type { House } from '../../house.ts'
import { says } from '../../kernel/says.ts'
import { DAY_MS, HOUR_MS, instant, MINUTE_MS } from '../../kernel/time.ts'
import { pipeline } from '../../platform/dispatch.ts'
import { smtpMailer, type Mailer } from '../../platform/mailer.ts'
import { putDeliveries, recipientIn } from '../../platform/outbox.ts'
import type { Scope, Unit } from '../../platform/sql/database.ts'
import { MOST_ATTEMPTS, nextAttempt } from './backoff.ts'
import { claim, LEASE_MS } from './claim.ts'
import { deliverDue, type Ports } from './deliver.ts'
import { hasLetter, letterOf, MESSAGES } from './letters.ts'
import { noticesReactor } from './notices.ts'
import { owe } from './owe.ts'
import { forgetDelivered, outboxState, retryDelivery } from './state.ts'
import { addWebhook, readWebhooks, removeWebhook } from './webhook.ts'

const MACHINE: Acting = { kind: 'machine', name: 'test' }
/** Everything a machine may hand the outbox in these tests goes through this act. */
const ACT = 'deliver-due'

describe('waiting between attempts', () => {
  const now = instant(1_790_000_000_000)
  const wait = (failures: number, chance: number): number => Date.parse(nextAttempt(failures, now, chance)) - Date.parse(now)

  it.each([
    [1, 15_000, 30_000],
    [2, 30_000, 60_000],
    [5, 240_000, 480_000],
    [10, 7_680_000, 15_360_000],
    [11, 3 * HOUR_MS, 6 * HOUR_MS],
    [1_000, 3 * HOUR_MS, 6 * HOUR_MS],
  ])('after %i failures lies between %i and %i ms', (failures, least, most) => {
    expect([wait(failures, 0), wait(failures, 1)]).toEqual([least, most])
  })

  it('adds up to more than a day before a delivery is dead', () => {
    let total = 0
    for (let failures = 1; failures < MOST_ATTEMPTS; failures++) total += wait(failures, 0.5)
    expect(total).toBeGreaterThan(DAY_MS)
    expect(total).toBeLessThan(2 * DAY_MS)
  })
})

describe('letters', () => {
  const params = {
    marketplace: 'M <b>',
    page: 'https://trust.example/apps/a',
    link: 'https://trust.example/links/x',
    name: '<script>alert(1)</script>',
    indicator: 'availability',
    window: '28 days',
    share: '99 %',
    target: '99.9 %',
    tier: 'Gold',
    opens: '25 Mar 2026',
    year: 2026,
    form: 'Yearly <b>',
    badge: 'Gold',
    case: 'con_1',
    programme: 'harbour',
    id: 'harbour',
    version: '2027.1',
    successor: 'Next <b>',
    rules: 'Met means moved.',
    outcome: 'goes over',
    title: 'One <b>',
    requirement: 'one',
    items: '– One <b>: would not be met',
    site: 'https://trust.example',
    until: '1 Jan 2027',
    requirements: '– one\n– two',
    what: 'it shows Gold',
    at: '24 Nov 2026, 10:00 UTC',
    since: '24 Nov 2026, 09:00 UTC',
    why: 'it was calm',
    bad: 1,
    total: 15,
    span: '15 minutes',
    journey: 'templates',
  }
  const codes = Object.keys(MESSAGES).flatMap((key) => (key.endsWith('.text') ? [key.slice(0, -'.text'.length)] : []))

  it.each(codes)('%s has a subject, a text and an HTML that is escaped', (code) => {
    const letter = letterOf(says(code, params))
    expect(letter.subject.length).toBeGreaterThan(5)
    expect(letter.text.endsWith('\n')).toBe(true)
    expect(letter.html).not.toContain('<script>')
    expect(letter.html).not.toContain('M <b>')
  })

  it('makes a link of a line that is an address, and of nothing else', () => {
    const { html } = letterOf(says('enrolment.sign_in', { ...params, marketplace: 'https://evil.example see' }))
    expect(html).toContain('<a href="https://trust.example/links/x">')
    expect(html.match(/<a /g)).toHaveLength(1)
  })

  it('has one for each change that partners are told of', () => {
    const versions = ['directory.consultation_opened', 'directory.shadow_begun', 'directory.announced']
    const codes = noticesReactor([]).listens.flatMap((type) => (type === 'directory.version_moved' ? versions : [type]))
    for (const code of codes) expect([code, hasLetter(code)]).toEqual([code, true])
  })

  it('reads a recipient as it was written down, and no other', () => {
    expect(recipientIn('address:a:b@example.com')).toEqual({ kind: 'address', id: 'a:b@example.com' })
    expect(() => recipientIn('nobody:x')).toThrow('names no recipient')
  })
})

/** A real receiver of webhooks that remembers what came. */
type Receiver = {
  server: Server
  port: number
  got: { headers: IncomingMessage['headers']; body: string }[]
  answer: (response: ServerResponse) => void
}

async function receiver(): Promise<Receiver> {
  const self: Receiver = { server: createServer(), port: 0, got: [], answer: (response) => response.writeHead(204).end() }
  self.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      self.got.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') })
      self.answer(response)
    })
  })
  await new Promise<void>((resolve) => {
    self.server.listen(0, '127.0.0.1', resolve)
  })
  self.port = (self.server.address() as AddressInfo).port
  return self
}

describe.each(ENGINES)('the outbox, on $engine', ({ open }) => {
  let clock: TestClock
  let opened: Opened
  let smtp: SmtpForTest
  let hooks: Receiver
  let house: Awaited<ReturnType<typeof testHouse>>
  let mailer: Mailer
  let marketplaces = 0
  const stop = new AbortController()
  const ports = (more: Partial<Ports> = {}): Ports => ({ mailer, chance: () => 0, ...more })
  const deliver = (more: Partial<Ports> = {}, on: House = house): Promise<void> => deliverDue(on, ports(more), stop.signal)
  const machine = <T>(work: (unit: Unit) => Promise<T>): Promise<T> =>
    opened.database.within({ marketplace: house.marketplace, party: { kind: 'machine' } }, work)
  const rows = () => machine((unit) => unit.sql.selectFrom('delivery').selectAll().orderBy('delivery_id').execute())
  const events = () => machine((unit) => unit.log.after(0, 1_000))
  const linkIn = (letter: string | undefined): string => /links\/([\w-]{43})/.exec((letter ?? '').replaceAll(/=\r?\n/g, ''))?.[1] ?? ''

  beforeAll(async () => {
    clock = testClock()
    opened = await open(clock)
    hooks = await receiver()
  })
  afterAll(async () => {
    await opened.close()
    hooks.server.close()
  })
  beforeEach(async () => {
    smtp = await smtpForTest()
    hooks.got = []
    hooks.answer = (response) => response.writeHead(204).end()
    marketplaces += 1
    house = await testHouse(opened, clock, {
      marketplace: `m${marketplaces}`,
      environment: { SMTP_URL: `smtp://localhost:${smtp.port}`, MARKETPLACE: 'Shop', PUBLIC_URL: 'https://trust.example' },
      pipeline: pipeline([], [noticesReactor([])]),
      allow_targets: [`127.0.0.1:${hooks.port}`],
    })
    mailer = smtpMailer({ smtp_url: house.config.smtp_url ?? '', from: house.config.mail_from, extra_ca: smtp.ca, total_ms: 5_000 })
  })
  afterEach(() => smtp.close())

  /** A partner with an administrator, an app and its alert mailbox. */
  async function partner(mailbox: string | null = 'alerts@partner.example') {
    return machine(async (unit) => {
      const organisation = await createOrganisation(unit, { kind: 'partner', name: 'Partner' })
      const person = await createPerson(unit, { name: 'Pia', mail: 'Pia@partner.example' })
      await join(unit, person, organisation, 'partner-admin')
      await unit.documents.put(APPS, 'the-app', { app: 'the-app', name: 'The App', organisation }, 'the-app')
      if (mailbox !== null) {
        const value = JSON.stringify({ address: mailbox })
        await unit.sql.insertInto('setting').values({ marketplace_id: house.marketplace, name: 'alert_mailbox:the-app', value }).execute()
      }
      const admin: Acting = {
        kind: 'person',
        person,
        session: 's',
        memberships: [{ organisation, kind: 'partner', role: 'partner-admin' }],
      }
      return { organisation, person, admin }
    })
  }
  const atRisk = () =>
    house.act(MACHINE, ACT, {}, (desk) =>
      desk.record([
        {
          stream: 'badge/p.gold/the-app',
          subject: 'the-app',
          type: 'badges.put_at_risk',
          payload: {
            app: 'the-app',
            programme: 'p',
            tier: 'gold',
            cure_until: '2026-12-24T00:00:00.000Z',
            requirements: ['security.hsts'],
          },
        },
      ]),
    )

  describe('what is owed', () => {
    it('stands in the same transaction as its cause: both or neither', async () => {
      const { person } = await partner()
      const told = {
        to: { kind: 'person', id: person } as const,
        says: says('badges.cured', { name: 'The App', tier: 'Gold' }),
        subject: 'the-app',
      }
      await expect(
        house.act(MACHINE, ACT, {}, async (desk) => {
          await owe(desk, [told])
          throw new Error('on purpose')
        }),
      ).rejects.toThrow('on purpose')
      expect([await rows(), await events()]).toEqual([[], []])
      const [id] = await house.act(MACHINE, ACT, {}, (desk) => owe(desk, [told]))
      expect(await events()).toMatchObject([
        { type: 'publishing.delivery_owed', subject: 'the-app', payload: { code: 'badges.cured', deliveries: [id] } },
      ])
      await deliver()
      expect(smtp.taken.map(({ to }) => to)).toEqual([['Pia@partner.example']])
      expect(smtp.taken[0]?.letter).toContain('The Gold badge of The App is safe again')
      expect(smtp.taken[0]?.letter).toContain('https://trust.example/apps/the-app')
      await deliver()
      expect(smtp.taken).toHaveLength(1)
    })

    it('comes from a badge’s change: mailbox, administrators and webhooks once each, and the log holds no address', async () => {
      const { organisation, admin } = await partner()
      const hook = await addWebhook(house, admin, { organisation, url: `http://127.0.0.1:${hooks.port}/hooks` })
      await atRisk()
      await deliver()
      await deliver()
      expect(smtp.taken.flatMap(({ to }) => to).toSorted()).toEqual(['Pia@partner.example', 'alerts@partner.example'])
      expect(hooks.got).toHaveLength(1)
      const [got] = hooks.got
      const verified = signed(hook.secret, got?.headers, got?.body ?? '')
      expect(verified).toMatchObject({ type: 'badges.put_at_risk', data: { app: 'the-app', name: 'The App', until: '24 Dec 2026' } })
      expect(JSON.stringify(await events())).not.toContain('@')
    })

    describe('of an alert', () => {
      const alert = (type: 'alert_fired' | 'alert_resolved', tier: string, more: { readonly [name: string]: string } = {}) =>
        house.act(MACHINE, ACT, {}, (desk) =>
          desk.record([
            {
              stream: 'slo/the-app',
              subject: 'the-app',
              type: `reliability.${type}`,
              payload: {
                app: 'the-app',
                indicator: 'availability',
                tier,
                objective: { window: 'P28D', target: 0.999, good_when_at_most: null },
                at: clock.now(),
                counts: [{ minutes: 15, good: 14, total: 15 }],
                ...more,
              },
            },
          ]),
        )
      const resolved = { fired_at: '2026-11-24T09:00:00.000Z', because: 'calm' }
      const letter = () => (smtp.taken[0]?.letter ?? '').replaceAll(/=\r?\n/g, '').replaceAll(/\s+/g, ' ')

      it.each(['early-warning', 'ticket'])('%s: the mailbox and nobody else, once, and nothing when it is over', async (tier) => {
        const { organisation, admin } = await partner()
        await addWebhook(house, admin, { organisation, url: `http://127.0.0.1:${hooks.port}/hooks` })
        await alert('alert_fired', tier)
        await alert('alert_resolved', tier, resolved)
        await deliver()
        await deliver()
        expect(smtp.taken.flatMap(({ to }) => to)).toEqual(['alerts@partner.example'])
        if (tier === 'early-warning') expect(letter()).toContain('1 of 15 checks of The App within 15 minutes had failed')
        expect(hooks.got).toEqual([])
      })

      it('early-warning without a mailbox: nobody', async () => {
        await partner(null)
        await alert('alert_fired', 'early-warning')
        await deliver()
        expect(smtp.taken).toEqual([])
      })

      it('page: the mailbox and the webhooks, and again when it is over', async () => {
        const { organisation, admin } = await partner()
        const hook = await addWebhook(house, admin, { organisation, url: `http://127.0.0.1:${hooks.port}/hooks` })
        await alert('alert_fired', 'page')
        await deliver()
        expect(smtp.taken.flatMap(({ to }) => to)).toEqual(['alerts@partner.example'])
        expect(letter()).toContain('The App is failing: 1 of 15 checks')
        const [got] = hooks.got
        expect(signed(hook.secret, got?.headers, got?.body ?? '')).toMatchObject({
          type: 'reliability.alert_fired',
          data: { app: 'the-app', indicator: 'availability', bad: 1, total: 15 },
        })
        await alert('alert_resolved', 'page', resolved)
        await deliver()
        expect(smtp.taken).toHaveLength(2)
        expect(hooks.got).toHaveLength(2)
      })

      it('page without a mailbox: the administrators', async () => {
        await partner(null)
        await alert('alert_fired', 'page')
        await deliver()
        expect(smtp.taken.flatMap(({ to }) => to)).toEqual(['Pia@partner.example'])
      })

      it('about a minute more than an hour ago: nobody, since it is over or was told', async () => {
        await partner()
        await alert('alert_fired', 'page', { at: instant(Date.parse(clock.now()) - HOUR_MS - MINUTE_MS) })
        await deliver()
        expect(smtp.taken).toEqual([])
        await alert('alert_fired', 'page', { at: instant(Date.parse(clock.now()) - HOUR_MS) })
        await deliver()
        expect(smtp.taken).toHaveLength(1)
      })
    })

    it('is not told twice to somebody whose own address is the mailbox, nor at all when it is old news', async () => {
      await partner('pia@partner.example')
      await atRisk()
      await deliver()
      expect(smtp.taken).toHaveLength(1)
      await atRisk()
      clock.advance(4 * DAY_MS)
      await deliver()
      expect(smtp.taken).toHaveLength(1)
    })

    it('waits without a mail server, untouched, and the overview sees it', async () => {
      await partner()
      await atRisk()
      await deliver({ mailer: null })
      expect((await rows()).map(({ state, attempts }) => [state, attempts])).toEqual([
        ['owed', 0],
        ['owed', 0],
      ])
      expect(await machine((unit) => outboxState(unit))).toMatchObject({
        mail: { owed: 2, failing: 0, dead: 0, oldest_owed_at: clock.now() },
      })
      await deliver()
      expect(smtp.taken).toHaveLength(2)
    })
  })

  /** What a receiver does by the standard's own library. Its clock is real, so the time in the header is checked apart. */
  function signed(secret: string, headers: IncomingMessage['headers'] | undefined, body: string): unknown {
    const [id, at, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => String(headers?.[name]))
    expect(Number(at)).toBe(Math.floor(Date.parse(clock.now()) / 1000))
    expect(signature).toBe(new Webhook(secret).sign(id ?? '', new Date(Number(at) * 1000), body))
    expect(
      new Webhook(`whsec_${Buffer.from('another secret').toString('base64')}`).sign(id ?? '', new Date(Number(at) * 1000), body),
    ).not.toBe(signature)
    return JSON.parse(body)
  }

  describe('trouble', () => {
    it('is tried again later and later under one name, then is dead with its reason until a person has it tried again', async () => {
      const { organisation, admin } = await partner(null)
      await machine((unit) => unit.sql.updateTable('person').set({ mail: null }).execute())
      await addWebhook(house, admin, { organisation, url: `http://127.0.0.1:${hooks.port}/hooks` })
      hooks.answer = (response) => response.writeHead(503).end('sorry')
      await atRisk()
      let last_wait = 0
      for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
        await deliver()
        expect(hooks.got).toHaveLength(attempt)
        await deliver()
        expect(hooks.got).toHaveLength(attempt)
        const [row] = await rows()
        if (attempt === MOST_ATTEMPTS) break
        const wait = Date.parse(row?.due_at ?? '') - Date.parse(clock.now())
        expect(wait).toBeGreaterThanOrEqual(last_wait)
        last_wait = wait
        clock.advance(wait)
      }
      expect(new Set(hooks.got.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
      const state = await machine((unit) => outboxState(unit))
      expect(state.webhook).toMatchObject({ owed: 0, dead: 1 })
      expect(state.dead).toMatchObject([
        { code: 'badges.put_at_risk', app: 'the-app', attempts: MOST_ATTEMPTS, told: 'the receiver answered 503' },
      ])

      hooks.answer = (response) => response.writeHead(200).end()
      clock.advance(DAY_MS)
      await deliver()
      expect(hooks.got).toHaveLength(MOST_ATTEMPTS)
      const reviewer: Acting = {
        kind: 'person',
        person: 'per_r',
        session: 's',
        memberships: [{ organisation: 'org_o', kind: 'operator', role: 'operator-reviewer' }],
      }
      const dead = state.dead[0]?.delivery ?? ''
      await expect(retryDelivery(house, admin, dead)).rejects.toMatchObject({ code: 'enrolment.forbidden' })
      await retryDelivery(house, reviewer, dead)
      await expect(retryDelivery(house, reviewer, dead)).rejects.toMatchObject({ code: 'publishing.no_such_delivery' })
      await deliver()
      expect(hooks.got).toHaveLength(MOST_ATTEMPTS + 1)
      expect(await machine((unit) => outboxState(unit))).toMatchObject({ dead: [], webhook: { owed: 0, dead: 0 } })
      expect((await events()).at(-1)).toMatchObject({ type: 'publishing.delivery_retried', by: { kind: 'person', id: 'per_r' } })
    })

    it.each([
      ['410 ends it at once', (response: ServerResponse) => response.writeHead(410).end(), 'dead'],
      [
        'a redirect is not followed',
        (response: ServerResponse) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
        'owed',
      ],
      ['a cut connection is tried again', (response: ServerResponse) => response.destroy(), 'owed'],
      ['any 2xx is enough, whatever it says', (response: ServerResponse) => response.writeHead(201).end('not json <'), 'delivered'],
    ])('%s', async (_, answer, state) => {
      const { organisation, admin } = await partner(null)
      await machine((unit) => unit.sql.updateTable('person').set({ mail: null }).execute())
      await addWebhook(house, admin, { organisation, url: `http://127.0.0.1:${hooks.port}/hooks` })
      hooks.answer = answer
      await atRisk()
      await deliver()
      expect((await rows()).map((row) => row.state)).toEqual([state])
      expect(hooks.got).toHaveLength(1)
    })

    it('of one destination does not keep mail from the others', async () => {
      const { organisation, admin } = await partner()
      await addWebhook(house, admin, { organisation, url: 'http://127.0.0.1:1/hooks' }).catch(() => undefined)
      await addWebhook(house, admin, { organisation, url: 'https://nowhere.invalid/hooks' })
      await atRisk()
      await deliver()
      expect(smtp.taken).toHaveLength(2)
      expect((await rows()).filter((row) => row.channel === 'webhook')).toMatchObject([{ state: 'owed', attempts: 1 }])
    })

    it('never sends to an address inside the operator’s network', async () => {
      const { organisation, admin } = await partner(null)
      await machine((unit) => unit.sql.updateTable('person').set({ mail: null }).execute())
      const guarded = await testHouse(opened, clock, { marketplace: house.marketplace, pipeline: house.pipeline })
      const inside = [
        'https://127.0.0.1/x',
        'https://169.254.169.254/latest',
        'https://[::1]/x',
        'https://10.0.0.1/x',
        'https://0x7f000001/x',
      ]
      for (const url of inside) await addWebhook(guarded, admin, { organisation, url })
      await atRisk()
      await deliver({}, guarded)
      const told = (await rows()).map((row) => row.told ?? '')
      expect(told).toHaveLength(inside.length)
      for (const one of told) expect(one).toContain('forbidden_address')
    })

    it.each([
      'http://example.com/x',
      'https://user:pw@example.com/',
      'ftp://example.com',
      'javascript:alert(1)',
      'example.com',
      'https://example.com/#x',
    ])('takes no webhook like %s', async (url) => {
      const { organisation, admin } = await partner()
      await expect(addWebhook(house, admin, { organisation, url })).rejects.toMatchObject({ code: 'publishing.bad_webhook' })
    })

    it('refuses an eleventh webhook, tells no secret again, and removes one of its own only', async () => {
      const { organisation, admin } = await partner()
      const other = await machine((unit) => createOrganisation(unit, { kind: 'partner', name: 'Other' }))
      const first = await addWebhook(house, admin, { organisation, url: 'https://example.com/0' })
      for (let n = 1; n < 10; n++) await addWebhook(house, admin, { organisation, url: `https://example.com/${n}` })
      await expect(addWebhook(house, admin, { organisation, url: 'https://example.com/10' })).rejects.toMatchObject({
        code: 'publishing.too_many_webhooks',
      })
      expect(JSON.stringify(await readWebhooks(house, admin, organisation))).not.toContain('whsec_')
      await expect(removeWebhook(house, admin, other, first.webhook)).rejects.toMatchObject({ code: 'enrolment.forbidden' })
      await removeWebhook(house, admin, organisation, first.webhook)
      expect(await readWebhooks(house, admin, organisation)).toHaveLength(9)
    })

    it('gives a delivery to one of two processes, and back when the first one died', async () => {
      await partner()
      await atRisk()
      await deliver({ mailer: null })
      const take = () => machine((unit) => claim(unit, { channels: ['mail'], most: 10, public_url: 'https://trust.example' }))
      const [first, second] = [await take(), await take()]
      expect([first.length, second.length]).toEqual([2, 0])
      clock.advance(LEASE_MS)
      expect((await take()).map(({ attempt }) => attempt)).toEqual([2, 2])
    })

    it('ends for a person without an address any more, and for a mailbox that was taken away', async () => {
      const { person } = await partner()
      await atRisk()
      await deliver({ mailer: null })
      await machine((unit) => erasePerson(unit, person))
      await machine((unit) => unit.sql.deleteFrom('setting').where('name', '=', 'alert_mailbox:the-app').execute())
      await deliver()
      expect(smtp.taken).toEqual([])
      expect((await rows()).map(({ state, told }) => `${state}: ${told}`).toSorted()).toEqual([
        'dead: the app has no alert mailbox any more',
        'dead: this person has no address any more',
      ])
    })

    it('forgets what was delivered a month ago, and nothing else', async () => {
      await partner()
      await atRisk()
      await deliver()
      await atRisk()
      await deliver({ mailer: null })
      clock.advance(31 * DAY_MS)
      await machine((unit) => forgetDelivered(unit))
      expect((await rows()).map((row) => row.state)).toEqual(['owed', 'owed'])
    })
  })

  describe('links by mail', () => {
    it('sign a known person in; nothing that lay in the tables would have', async () => {
      const { person } = await partner()
      await askForSignIn(house, 'pia@PARTNER.example')
      const before = JSON.stringify(await machine((unit) => unit.sql.selectFrom('credential').selectAll().execute()))
      expect(before).toBe('[]')
      await deliver()
      expect(smtp.taken.map(({ to }) => to)).toEqual([['Pia@partner.example']])
      const link = linkIn(smtp.taken[0]?.letter)
      const stored = await machine(async (unit) =>
        JSON.stringify([
          await unit.sql.selectFrom('credential').selectAll().execute(),
          await unit.sql.selectFrom('delivery').selectAll().execute(),
        ]),
      )
      expect(link).toHaveLength(43)
      expect(stored).not.toContain(link)
      expect(stored).not.toContain('pia@PARTNER')
      const opener = { signed_in: null, session_secret: null, name: null }
      expect(await machine((unit) => redeem(unit, link, opener))).toMatchObject({ person })
      await expect(machine((unit) => redeem(unit, link, opener))).rejects.toMatchObject({ code: 'enrolment.link_over' })
    })

    it('do the same for an unknown address until mail leaves, then nothing, and nothing of it stays', async () => {
      await partner()
      const shape = async (): Promise<unknown> =>
        (await rows()).map((row) => ({ ...row, delivery_id: row.delivery_id.length, destination: row.destination.length }))
      await askForSignIn(house, 'pia@partner.example')
      const known = await shape()
      await machine((unit) => unit.sql.deleteFrom('delivery').execute())
      await askForSignIn(house, 'eve@partner.example')
      expect(await shape()).toEqual(known)
      await deliver()
      expect([smtp.taken, await rows(), await events()]).toEqual([[], [], []])
    })

    it('are one a minute and five an hour for a person, however often somebody asks', async () => {
      await partner()
      for (let n = 0; n < 5; n++) await askForSignIn(house, 'pia@partner.example')
      await deliver()
      expect(smtp.taken).toHaveLength(1)
      for (let n = 0; n < 10; n++) {
        clock.advance(2 * MINUTE_MS)
        await askForSignIn(house, 'pia@partner.example')
        await deliver()
      }
      expect(smtp.taken).toHaveLength(5)
    })

    it('are not sent when nobody waits for them any more', async () => {
      await partner()
      await askForSignIn(house, 'pia@partner.example')
      await deliver({ mailer: null })
      clock.advance(HOUR_MS)
      await deliver()
      expect([smtp.taken, await rows()]).toEqual([[], []])
    })

    it('have a new secret each time that the mail is tried, and the last one works', async () => {
      const { person } = await partner()
      const letters: string[] = []
      let fail = true
      const flaky: Mailer = {
        send: async (letter) => {
          letters.push(letter.text)
          return fail ? { kind: 'not-handed', told: 'lost', final: false } : { kind: 'handed' }
        },
      }
      await askForSignIn(house, 'pia@partner.example')
      await deliver({ mailer: flaky })
      fail = false
      clock.advance(MINUTE_MS)
      await deliver({ mailer: flaky })
      const [first, second] = letters.map(linkIn)
      expect(first).not.toBe(second)
      const opener = { signed_in: null, session_secret: null, name: null }
      await expect(machine((unit) => redeem(unit, first ?? '', opener))).rejects.toMatchObject({ code: 'enrolment.link_over' })
      expect(await machine((unit) => redeem(unit, second ?? '', opener))).toMatchObject({ person })
    })

    it('invite to an address and are told to nobody else; who has an account there joins with it', async () => {
      const { organisation, admin } = await partner()
      const quinn = await machine((unit) => createPerson(unit, { name: 'Quinn', mail: 'quinn@example.com' }))
      const invited = await invitePerson(house, admin, { organisation, role: 'partner-member', mail: 'Quinn@example.com' })
      expect(invited.link).toBeNull()
      await deliver()
      const link = linkIn(smtp.taken[0]?.letter)
      const joined = await machine((unit) => redeem(unit, link, { signed_in: null, session_secret: null, name: null }))
      expect(joined).toMatchObject({ person: quinn, events: [{ type: 'enrolment.person_joined', payload: { role: 'partner-member' } }] })
    })

    it('are dead when the invitation was taken back or its inviter has gone before the mail left', async () => {
      const { organisation, admin, person } = await partner()
      await invitePerson(house, admin, { organisation, role: 'partner-member', mail: 'new@example.com' })
      const boss = await machine(async (unit) => {
        const id = await createPerson(unit, { name: 'Boss', mail: null })
        await join(unit, id, organisation, 'partner-admin')
        return id
      })
      expect(boss).not.toBe(person)
      await machine((unit) => leave(unit, person, organisation))
      await deliver()
      expect(smtp.taken).toEqual([])
      expect(await rows()).toMatchObject([{ state: 'dead', told: 'the link was used or taken back' }])
    })
  })

  it('is walled off by row security alone: partners and the public see neither deliveries nor webhooks nor credentials', async () => {
    const { organisation, admin, person } = await partner()
    await addWebhook(house, admin, { organisation, url: 'https://example.com/x' })
    await askForSignIn(house, 'pia@partner.example')
    await machine((unit) => putDeliveries(unit, [{ to: { kind: 'person', id: person }, says: says('badges.cured'), subject: 'the-app' }]))
    const counts = (party: Scope['party'], marketplace = house.marketplace) =>
      opened.database.within({ marketplace, party }, async ({ sql }) => ({
        deliveries: (await sql.selectFrom('delivery').selectAll().execute()).length,
        webhooks: (await sql.selectFrom('webhook').selectAll().execute()).length,
        people: (await sql.selectFrom('person').selectAll().execute()).length,
      }))
    expect(await counts({ kind: 'machine' })).toEqual({ deliveries: 2, webhooks: 1, people: 1 })
    expect(await counts({ kind: 'operator', person: 'per_o' })).toEqual({ deliveries: 2, webhooks: 0, people: 1 })
    expect(await counts({ kind: 'partner', organisation, person })).toEqual({ deliveries: 0, webhooks: 0, people: 1 })
    expect(await counts({ kind: 'partner', organisation: 'org_else', person })).toEqual({ deliveries: 0, webhooks: 0, people: 0 })
    expect(await counts({ kind: 'public' })).toEqual({ deliveries: 0, webhooks: 0, people: 0 })
    expect(await counts({ kind: 'machine' }, 'm-other')).toEqual({ deliveries: 0, webhooks: 0, people: 0 })
  })
})
