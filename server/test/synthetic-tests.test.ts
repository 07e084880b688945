import { mkdirSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { appStream } from '../src/directory/registering.ts'
import { journeysJob } from '../src/journeys/jobs.ts'
import { browserFor } from '../src/platform/sandbox/bubblewrap.ts'
import { JOURNEYS, RUNS_KEPT, type JourneysDocument, type RunTold } from '../src/journeys/journeys-view.ts'
import { ROLLOUTS, type RolloutDocument } from '../src/journeys/rollout.ts'
import { HOUR_MS, MINUTE_MS } from '../src/kernel/time.ts'
import { readEvidence } from '../src/platform/evidence.ts'
import { FACTS } from '../src/standing/facts-view.ts'
import type { Facts } from '../src/standing/facts.ts'
import { accessibilityFaults, DESK, openBrowser, openProfile, PHONE, smallTargets, sticksOut } from './browser.ts'
import { openFormsMarket, OPENING_MS, WHO, type FormsMarket, type Name } from './forms.ts'
import { ENGINES, openEmbedded } from './storage.ts'

/** Synthetic tests against real apps on real sockets: what counts as a failure, what counts for nothing, and what a change of the host breaks. */

type App = { readonly server: Server; readonly target: string; broken: boolean; readonly seen: string[] }

/** A small app with a sign-in, a list and a page, that breaks when told. */
async function smallApp(): Promise<App> {
  const app: { server: Server; target: string; broken: boolean; seen: string[] } = {
    server: createServer(),
    target: '',
    broken: false,
    seen: [],
  }
  app.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    app.seen.push(`${request.method} ${request.url}`)
    const json = (status: number, body: unknown, headers: Record<string, string> = {}): void =>
      void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
    if (request.url === '/login' && request.method === 'POST') {
      let body = ''
      request.on('data', (chunk) => (body += chunk))
      request.on('end', () =>
        body === '{"password":"open sesame"}'
          ? void response.writeHead(303, { location: '/home', 'set-cookie': 'session=abc; HttpOnly; Path=/' }).end()
          : json(403, { told: `wrong: ${body}` }),
      )
      return
    }
    const known = request.headers.cookie === 'session=abc'
    if (request.url === '/home') return json(known ? 200 : 401, { name: known ? 'Ada' : null })
    if (request.url === '/templates') return json(app.broken ? 500 : 200, { items: [{ id: 'bug-report' }] })
    if (request.url === '/templates/bug-report') return json(known ? 200 : 401, { title: 'Bug report' })
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end(`<!doctype html><title>T</title><h1>${app.broken ? 'Sorry' : 'Templates'}</h1>`)
  })
  await new Promise<void>((resolve) => app.server.listen(0, '127.0.0.1', resolve))
  app.target = `127.0.0.1:${(app.server.address() as AddressInfo).port}`
  return app
}

const STEPS = [
  {
    name: 'sign in',
    method: 'POST',
    url: '/login',
    headers: { 'content-type': 'application/json' },
    body: '{"password":"{{PASSWORD}}"}',
    assert: ['status = 200', 'json /name = "Ada"'],
  },
  {
    name: 'the list opens',
    url: '/templates',
    assert: ['status = 200', 'json /items length > 0', 'total < 10 s'],
    keep: { ID: '/items/0/id' },
  },
  { name: 'the first one opens', url: '/templates/{{ID}}', assert: ['json /title = "Bug report"'] },
]

async function openQuay(open: Parameters<typeof openFormsMarket>[0], apps: readonly App[]): Promise<FormsMarket> {
  const market = await openFormsMarket(
    open,
    '2026-11-25T09:00:00Z',
    apps.map(({ target }) => target),
  )
  await market.register('tides')
  await prove(market, 'tides')
  return market
}

const prove = (market: FormsMarket, app: string): Promise<unknown> =>
  market.house.act({ kind: 'machine', name: 'test' }, 'prove-domain', {}, (desk) =>
    desk.record([
      {
        stream: appStream(app),
        subject: app,
        type: 'directory.domain_proven',
        payload: { app, domain: '127.0.0.1', method: 'well-known' },
      },
    ]),
  )

const journeysOf = (market: FormsMarket, app = 'tides'): Promise<JourneysDocument | null> =>
  market.house.database.within({ marketplace: market.house.marketplace, party: { kind: 'machine' } }, (unit) =>
    unit.documents.get<JourneysDocument>(JOURNEYS, app),
  )
const newest = async (market: FormsMarket, journey: string, instance: RunTold['instance'] = 'production'): Promise<RunTold | undefined> =>
  (await journeysOf(market))?.journeys[journey]?.runs.find((run) => run.instance === instance)
const evidenceOf = (market: FormsMarket, name: string) =>
  market.house.database.within({ marketplace: market.house.marketplace, party: { kind: 'machine' } }, (unit) => readEvidence(unit, name))
const run = async (market: FormsMarket, job = journeysJob({})): Promise<void> => job.run(market.house, new AbortController().signal)

const stated = (target: string, more: object = {}) => ({
  title: 'Templates',
  instances: { production: { base_url: `http://${target}` } },
  http: { steps: STEPS },
  ...more,
})

describe.each(ENGINES)('journeys over HTTP on $engine', ({ open }) => {
  let production: App
  let early: App
  let market: FormsMarket
  const state = (journey: object, secrets: object = { PASSWORD: 'open sesame' }, who: Name = 'pia', id = 'templates') =>
    market.call('PUT', `/api/v1/apps/tides/journeys/${id}`, who, { journey, secrets })

  beforeAll(async () => {
    production = await smallApp()
    early = await smallApp()
    market = await openQuay(open, [production, early])
  }, OPENING_MS)
  afterAll(async () => {
    production.server.close()
    early.server.close()
    await market.close()
  })

  it('run at once, with cookies, redirects, secrets and what earlier steps gave', { timeout: 60_000 }, async () => {
    expect((await state(stated(production.target))).statusCode).toBe(200)
    await run(market)
    expect(await newest(market, 'templates')).toMatchObject({ outcome: 'pass', reason: null, rollout: null })
    expect(production.seen).toEqual(['POST /login', 'GET /home', 'GET /templates', 'GET /templates/bug-report'])
    // Production alone is not where the host changes first.
    expect((await journeysOf(market))?.counted?.state).toBe('production-only')
  })

  it('run again when they are due and not before, and two tries make a failure', { timeout: 60_000 }, async () => {
    production.seen.length = 0
    await run(market)
    expect(production.seen).toEqual([])
    production.broken = true
    market.clock.advance(HOUR_MS)
    await run(market)
    expect(production.seen.filter((one) => one === 'GET /templates')).toHaveLength(2)
    const failed = await newest(market, 'templates')
    expect(failed).toMatchObject({ outcome: 'fail', reason: 'assertion' })
    const { body } = (await evidenceOf(market, failed?.evidence[0] ?? '')) ?? {}
    expect(body).toMatchObject({
      steps: [
        { name: 'sign in', told: null },
        { name: 'the list opens', status: 500, told: 'status = 200: it is 500' },
      ],
    })
    production.broken = false
  })

  it('tell a secret nobody: not in evidence, not over the interface, not in the log', { timeout: 60_000 }, async () => {
    await state(stated(production.target), { PASSWORD: 'wrong horse battery' })
    await run(market)
    const failed = await newest(market, 'templates')
    expect(failed).toMatchObject({ outcome: 'fail' })
    const { body } = (await evidenceOf(market, failed?.evidence[0] ?? '')) ?? {}
    expect(JSON.stringify(body)).toContain('wrong: {\\"password\\":\\"•••\\"}'.replaceAll('\\"', '\\\\\\"'))
    const told = await market.call('GET', '/api/v1/apps/tides/journeys/templates', 'pia')
    expect(told.statusCode).toBe(200)
    const events = await market.house.database.within({ marketplace: market.house.marketplace, party: { kind: 'machine' } }, (unit) =>
      unit.log.after(0, 10_000),
    )
    for (const text of [JSON.stringify(body), told.body, JSON.stringify(events)]) expect(text).not.toContain('wrong horse battery')
    await state(stated(production.target))
  })

  it.each([
    ['an address that is neither the app’s nor the host’s', { url: 'http://198.51.100.9/' }, 'fail', 'not_in_scope'],
    ['the metadata of a cloud', { url: 'http://169.254.169.254/latest/meta-data' }, 'fail', 'not_in_scope'],
    ['a port of this machine that is no app’s', { url: 'http://127.0.0.1:1/' }, 'fail', 'no_answer'],
    ['a place that an answer does not have', { url: '/templates', keep: { ID: '/items/7/id' } }, 'fail', 'assertion'],
  ])('stop at %s', { timeout: 60_000 }, async (_, step, outcome, reason) => {
    const steps = [{ name: 'go', assert: ['status in 100..599'], ...step }]
    await state(stated(production.target, { http: { steps } }), {}, 'pia', 'wrong')
    await run(market)
    expect(await newest(market, 'wrong')).toMatchObject({ outcome, reason })
    await market.call('DELETE', '/api/v1/apps/tides/journeys/wrong', 'pia')
    expect((await journeysOf(market))?.journeys['wrong']).toBeUndefined()
  })

  it.each([
    [{ http: { steps: [{ name: 'x', url: '/', assert: ['status matches /(a+)+/'] }] } }, 'http.steps[0].assert[0]'],
    [{ http: undefined }, 'http'],
    [{ browser: { files: { 'a.spec.ts': '' } } }, 'http'],
    [{ http: undefined, browser: { files: { '../../etc/cron.d/x.spec.ts': '' } } }, 'browser.files'],
    [{ http: undefined, browser: { files: { 'playwright.config.mjs': '', 'a.spec.ts': '' } } }, 'browser.files'],
    [{ http: undefined, browser: { files: { 'helper.ts': '' } } }, 'browser.files'],
    [{ http: undefined, browser: { files: { 'a.spec.ts': 'x'.repeat(150_000), 'b.spec.ts': 'x'.repeat(150_000) } } }, 'browser.files'],
    [
      {
        http: undefined,
        browser: { files: { 'a.spec.ts': '' } },
        instances: { production: { base_url: 'http://x', variables: { NODE_OPTIONS: '--require=/x' } } },
      },
      'instances.production.variables',
    ],
  ])('refuse what cannot be meant, with the place (%#)', async (more, where) => {
    const answer = await state(stated(production.target, more), {})
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ where })
  })

  it('belong to the partner and the operator; others learn and do nothing', async () => {
    for (const who of ['eve', null] as const) {
      expect([401, 403, 404]).toContain((await market.call('GET', '/api/v1/apps/tides/journeys', who)).statusCode)
      expect([401, 403, 404]).toContain((await market.call('POST', '/api/v1/apps/tides/journeys/templates/runs', who)).statusCode)
    }
    expect((await state(stated(production.target), {}, 'vic')).statusCode).toBe(403)
    expect((await market.call('POST', '/api/v1/rollouts', 'pia', { words: 'x', ships_at: '2026-12-01' })).statusCode).toBe(403)
  })

  it('are not run for an app that nobody has proven, nor any more when the consent is taken back', { timeout: 60_000 }, async () => {
    await market.register('unproven')
    expect(
      (await market.call('PUT', '/api/v1/apps/unproven/journeys/x', 'pia', { journey: stated(production.target) })).json(),
    ).toMatchObject({
      code: 'journeys.no_consent',
    })
    await market.house.act({ kind: 'machine', name: 'test' }, 'prove-domain', {}, (desk) =>
      desk.record([{ stream: appStream('tides'), subject: 'tides', type: 'directory.consent_withdrawn', payload: { app: 'tides' } }]),
    )
    production.seen.length = 0
    market.clock.advance(2 * HOUR_MS)
    await run(market)
    expect(production.seen).toEqual([])
    await prove(market, 'tides')
  })

  it('say before a change of the host ships whom it breaks, to the operator and to that partner', { timeout: 60_000 }, async () => {
    const instances = { production: { base_url: `http://${production.target}` }, 'early-rollout': { base_url: `http://${early.target}` } }
    await state(stated(production.target, { instances }))
    market.clock.advance(2 * HOUR_MS)
    await run(market)
    expect(await newest(market, 'templates', 'early-rollout')).toMatchObject({ outcome: 'pass' })
    const facts = await market.house.database.within({ marketplace: market.house.marketplace, party: { kind: 'machine' } }, (unit) =>
      unit.documents.get<Facts>(FACTS, 'tides'),
    )
    // What the programme asks for is a record that nobody had to confirm.
    expect(facts?.records['synthetic-tests']).toMatchObject({ state: 'running' })

    early.broken = true
    const announced = await market.call('POST', '/api/v1/rollouts', 'rob', { words: 'A new editor.', ships_at: '2026-12-01T09:00:00Z' })
    expect(announced.statusCode).toBe(201)
    await run(market)
    const { rollout } = announced.json()
    expect((await market.call('GET', `/api/v1/rollouts/${rollout}`, 'rob')).json()).toMatchObject({
      journeys: [{ app: 'tides', journey: 'templates', verdict: 'breaks' }],
    })
    const document = await journeysOf(market)
    expect(document?.warnings).toMatchObject([{ rollout, journey: 'templates', ships_at: '2026-12-01T09:00:00.000Z' }])
    const owed = await market.house.database.within({ marketplace: market.house.marketplace, party: { kind: 'machine' } }, (unit) =>
      unit.log.stream('outbox'),
    )
    expect(owed.filter(({ payload }) => payload['code'] === 'journeys.warned')).toHaveLength(1)
    // What it breaks elsewhere is nobody's business but the operator's.
    const seen = await market.house.database.within(
      { marketplace: market.house.marketplace, party: { kind: 'partner', organisation: 'org_quay', person: 'person_pia' } },
      (unit) => unit.documents.get<RolloutDocument>(ROLLOUTS, rollout),
    )
    expect(seen).toBeNull()
    expect((await market.call('POST', `/api/v1/rollouts/${rollout}/end`, 'rob', { outcome: 'withdrawn' })).statusCode).toBe(200)
    expect((await market.call('POST', `/api/v1/rollouts/${rollout}/end`, 'rob', { outcome: 'shipped' })).statusCode).toBe(409)
    early.broken = false
  })

  it('blame no change of the host for what was broken before', { timeout: 60_000 }, async () => {
    production.broken = true
    early.broken = true
    const { rollout } = (await market.call('POST', '/api/v1/rollouts', 'rob', { words: 'Another.', ships_at: '2026-12-02' })).json()
    await run(market)
    expect((await market.call('GET', `/api/v1/rollouts/${rollout}`, 'rob')).json().journeys[0].verdict).toBe('broken_before')
    production.broken = false
    early.broken = false
    expect((await market.call('POST', '/api/v1/rollouts', 'rob', { words: 'Too late.', ships_at: '2026-11-01' })).json()).toMatchObject({
      code: 'journeys.ships_in_past',
    })
  })

  it('are held by one runner at a time, and taken up by another when it died', { timeout: 60_000 }, async () => {
    await market.call('POST', '/api/v1/apps/tides/journeys/templates/runs', 'pia')
    production.seen.length = 0
    await Promise.all([run(market, journeysJob({})), run(market, journeysJob({}))])
    expect(production.seen.filter((one) => one === 'POST /login')).toHaveLength(1)
  })

  it('remember so many runs and no more, and their evidence goes with them', { timeout: 120_000 }, async () => {
    const first = await newest(market, 'templates')
    for (let place = 0; place <= RUNS_KEPT; place += 1) {
      market.clock.advance(61 * MINUTE_MS)
      await run(market)
    }
    expect((await journeysOf(market))?.journeys['templates']?.runs).toHaveLength(RUNS_KEPT)
    expect((await evidenceOf(market, first?.evidence[0] ?? ''))?.erased_at).not.toBeNull()
  })
})

const SCRIPT = `import { test, expect } from '@playwright/test'
test('the list opens', async ({ page, request }) => {
  await page.goto('/')
  await page.evaluate(() => fetch('http://example.org/', { mode: 'no-cors' }).catch(() => undefined))
  await expect(page.getByRole('heading')).toHaveText('Templates', { timeout: 2000 })
})
`

const browser_there = browserFor(undefined) !== null
if (!browser_there) process.stdout.write('journeys in a browser are skipped: install chromium and bubblewrap\n')

describe.skipIf(!browser_there)('a journey in a browser', () => {
  let production: App
  let early: App
  let market: FormsMarket
  let browser: Browser
  let base: string

  beforeAll(async () => {
    production = await smallApp()
    early = await smallApp()
    market = await openQuay(openEmbedded, [production, early])
    base = await market.app.listen({ port: 0, host: '127.0.0.1' })
    browser = await openBrowser()
  }, OPENING_MS)
  afterAll(async () => {
    await browser.close()
    production.server.close()
    early.server.close()
    await market.close()
  })

  async function pageOf(who: Name, size: typeof DESK | typeof PHONE = DESK, dark = false): Promise<Page> {
    const context = await openProfile(browser, { size, dark })
    await context.setExtraHTTPHeaders({ [WHO]: who })
    return context.newPage()
  }
  async function looked(page: Page, name: string): Promise<void> {
    expect(await accessibilityFaults(page)).toEqual([])
    expect(await sticksOut(page)).toEqual([])
    expect(await smallTargets(page)).toEqual([])
    const folder = process.env['CASTELLAN_SHOTS']
    if (folder === undefined) return
    mkdirSync(folder, { recursive: true })
    await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true })
  }

  it('is stated on a page, runs Playwright unchanged behind walls, and shows what it saw when it fails', { timeout: 240_000 }, async () => {
    const pia = await pageOf('pia')
    await pia.goto(`${base}/apps/tides/standing`)
    await pia.getByRole('link', { name: /Journeys through the app/ }).click()
    await looked(pia, 'journeys-empty-desk')
    await pia.getByLabel('Short name').fill('templates')
    await pia.getByLabel('Title').fill('Templates <b>open</b>')
    await pia.getByLabel('Address in production').fill(`http://${production.target}`)
    await pia.getByLabel('Address in early rollout').fill(`http://${early.target}`)
    await pia.getByRole('button', { name: 'State it' }).click()
    expect(await pia.getByRole('alert').textContent()).toContain('one of the two')
    expect(await pia.getByLabel('Title').inputValue()).toBe('Templates <b>open</b>')
    await pia.getByLabel('Playwright script').fill(SCRIPT)
    await pia.getByRole('button', { name: 'State it' }).click()
    expect(await pia.getByRole('status').textContent()).toContain('It runs now')

    early.broken = true
    await run(market)
    expect(await newest(market, 'templates')).toMatchObject({ outcome: 'pass', reason: null })
    expect(await newest(market, 'templates', 'early-rollout')).toMatchObject({ outcome: 'fail', reason: 'test_failed' })

    await pia.goto(`${base}/apps/tides/journeys`)
    const text = (await pia.locator('main').textContent()) ?? ''
    expect(text).toContain('What the newest failure showed')
    expect(text).toContain('example.org')
    expect(
      await pia.evaluate(`(() => { const shot = document.querySelector('img.shot'); return shot.complete && shot.naturalWidth > 100 })()`),
    ).toBe(true)
    const trace = await pia.request.get(`${base}${await pia.getByRole('link', { name: /^Trace/ }).getAttribute('href')}`, {
      headers: { [WHO]: 'pia' },
    })
    expect(trace.headers()).toMatchObject({
      'content-type': 'application/zip',
      'content-disposition': expect.stringMatching(/^attachment/),
    })
    expect((await trace.body()).subarray(0, 2).toString()).toBe('PK')
    expect((await pia.request.get(trace.url(), { headers: { [WHO]: 'eve' } })).status()).toBeGreaterThanOrEqual(400)
    await looked(pia, 'journeys-failing-desk')

    const rob = await pageOf('rob')
    await rob.goto(`${base}/overview`)
    await rob.getByRole('link', { name: 'Changes of the host, and whom they break' }).click()
    await rob.getByLabel('What changes').fill('A new editor.')
    await rob.getByLabel('When it ships').fill('2026-12-01')
    await rob.getByRole('button', { name: 'Announce it and try it out' }).click()
    expect(await rob.getByRole('status').textContent()).toContain('Announced')
    await run(market)
    await rob.reload()
    expect(await rob.locator('main').textContent()).toContain('1 journey breaks.')
    await looked(rob, 'rollouts-desk')
    await pia.reload()
    expect(await pia.locator('main').textContent()).toContain('The host’s next change breaks')

    for (const [size, dark, name] of [
      [PHONE, false, 'phone-light'],
      [PHONE, true, 'phone-dark'],
      [DESK, true, 'desk-dark'],
    ] as const) {
      const page = await pageOf('rob', size, dark)
      await page.goto(`${base}/apps/tides/journeys`)
      await looked(page, `journeys-${name}`)
      await page.goto(`${base}/rollouts`)
      await looked(page, `rollouts-${name}`)
    }
  })

  it('says nothing about the app when this server has no browser to run it in', { timeout: 60_000 }, async () => {
    const none = { ...market.house, config: { ...market.house.config, chromium: '/nowhere/chromium' } }
    await market.call('POST', '/api/v1/apps/tides/journeys/templates/runs', 'pia')
    await journeysJob({}).run(none, new AbortController().signal)
    expect(await newest(market, 'templates')).toMatchObject({ outcome: 'inconclusive', reason: 'no_sandbox' })
  })
})
