import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { parseInstant, type Instant } from '../src/kernel/time.ts'
import { DEMO_MARK, runDemo, runServe } from '../src/main.ts'
import { readConfig } from '../src/platform/config.ts'
import { readControl } from '../src/platform/control.ts'
import { momentInWords } from '../src/publishing/words.ts'
import type { Serving } from '../src/serving.ts'
import { clientOf, signInBy, type Client, type Told } from '../test/served.ts'
import { smtpForTest, type SmtpForTest } from '../test/smtp.ts'
import { startDemo } from './demo.ts'

/**
 * The demo marketplace as somebody finds it who starts it in June 2027, when the programme that it is modelled on has long
 * been closed by its owner: over HTTP, with its real apps in their own process, real scans, and a real mail server. The steps
 * of the README's tour, one after the other.
 */

const BEGINS = parseInstant('2027-06-15T09:12:00Z')
const FORTIFIED = 'cloud-fortified/fortified'
const APP = 'issue-templates'
const SLOW = { timeout: 240_000 }

const root = mkdtempSync(join(tmpdir(), 'castellan-demo-'))
const folder = join(root, 'demo')
let smtp: SmtpForTest
let demo: Serving
let stranger: Client
let admin: Client

const start = (): Promise<Serving> => {
  const environment = { MARKETPLACE: 'Demo Marketplace', CASTELLAN_DATA: folder, PORT: '0', SMTP_URL: `smtp://127.0.0.1:${smtp.port}` }
  return startDemo({
    config: readConfig({ ...environment, MAIL_FROM: 'castellan@demo.example' }),
    log: pino({ level: 'silent' }),
    mark: join(folder, DEMO_MARK),
    tell: () => {},
    begins_at: BEGINS,
  })
}

/** What the command line asks of the running demo. */
async function control<T = Told>(path: string, body?: object): Promise<T> {
  const headers = { 'x-castellan-control': readControl(folder).key, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
  const how = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) }
  const answer = await fetch(`${demo.url}/control/${path}`, how)
  const told = (await answer.json()) as T
  if (!answer.ok) throw new Error(JSON.stringify(told))
  return told
}

const advance = (by: string) => control('demo/advance', { by })
const fault = (name: string, on: boolean) => control('demo/fault', { app: APP, fault: name, on })
const trust = async (app = APP): Promise<Told> => (await stranger.ask(`/api/v1/apps/${app}/trust`)).body
const badgeOf = async (app = APP): Promise<Told> => (await trust(app)).badges.find((one: Told) => one.tier === 'fortified')
const page = async (path: string, who = stranger): Promise<string> => (await who.raw(path, { headers: { accept: 'text/html' } })).text()
const letters = (): readonly string[] => smtp.taken.filter(({ to }) => to.includes(`alerts@${APP}.example`)).map(({ letter }) => letter)

const castellan = (data: string, ...words: readonly string[]) =>
  promisify(execFile)(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--import',
      join(import.meta.dirname, '../src/platform/tsx.mjs'),
      join(import.meta.dirname, '../../cli/castellan.ts'),
      ...words,
    ],
    { env: { PATH: process.env['PATH'] ?? '', CASTELLAN_DATA: data, PORT: '0' }, timeout: 60_000, maxBuffer: 64 * 1024 * 1024 },
  )

beforeAll(async () => {
  smtp = await smtpForTest({ disabledCommands: ['STARTTLS'] })
  mkdirSync(folder, { recursive: true })
  demo = await start()
  stranger = clientOf(demo.url)
  admin = await signInBy(demo.url, (await control('admin-link', {})).link, null)
}, 240_000)
afterAll(async () => {
  try {
    await demo.close()
    await smtp.close()
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}, 60_000)

describe('a demo that is started in June 2027', SLOW, () => {
  it('shows badges that are active, at risk and suspended, as of its own day', async () => {
    const { body } = await stranger.ask('/api/v1/apps')
    const states = body.apps.flatMap(({ badges }: Told) => badges.map((badge: Told) => badge.state))
    expect(states).toEqual(expect.arrayContaining(['active', 'at_risk', 'suspended']))
    expect(await badgeOf()).toMatchObject({ state: 'active' })
    expect((await stranger.ask(`/badge/${APP}.json`)).body).toMatchObject({ message: 'active, 15 Jun 2027' })
    expect(await (await stranger.raw(`/badge/${APP}.svg`)).text()).toContain('15 Jun 2027')
  })

  it('shows its clock on every page, and on no picture', async () => {
    for (const path of ['/', `/apps/${APP}`, '/programmes', '/programmes/cloud-fortified', '/no-such-page']) {
      expect(await page(path), path).toMatch(/Its clock says <strong>[^<]*15 Jun 2027/)
    }
    expect(await page('/overview', admin)).toMatch(/Its clock says <strong>[^<]*15 Jun 2027/)
    expect(await page(`/badge/${APP}.svg`)).not.toContain('clock')
  })

  it('takes applications: a partner applies for the badge and an app is registered from its descriptor', async () => {
    const invited = await admin.ask('/api/v1/invitations', { organisation: 'org_voting_booth', role: 'partner-admin' })
    const partner = await signInBy(demo.url, invited.body.link, 'Plain Ballot Admin')
    const thread = `/api/v1/apps/voting-booth/applications/${FORTIFIED}`
    expect((await partner.ask(thread)).body).toMatchObject({ state: 'none' })
    const { standing_hash } = (await partner.ask(`/api/v1/apps/voting-booth/badges/${FORTIFIED}`)).body
    const applied = await partner.ask(`${thread}/apply`, { standing_hash })
    expect(applied).toMatchObject({ status: 200, body: { state: 'triage' } })

    const descriptor = JSON.stringify({
      castellan: 1,
      key: 'example.newcomer',
      name: 'Newcomer',
      hosting: 'remote',
      base_urls: ['https://newcomer.example'],
    })
    const registered = await partner.ask('/api/v1/apps', { descriptor, organisation: 'org_voting_booth', app: 'newcomer' })
    expect(registered).toMatchObject({ status: 201, body: { app: 'newcomer' } })
    expect((await trust('newcomer')).app).toBe('newcomer')
  })

  it('lets its own apps lie on loopback and nothing else', async () => {
    const { hostname, port } = new URL(demo.url)
    const refused = await admin.ask('/api/v1/apps', { url: `http://${hostname}:${port}/openapi.json`, app: 'ourselves' })
    expect(refused.status).toBeGreaterThanOrEqual(400)
    expect(refused.status).toBeLessThan(500)
    expect(refused.body.detail).toMatch(/127\.0\.0\.1/)
  })
})

describe('the tour', SLOW, () => {
  let cure_until: Instant

  it('breaks an app: the 41st bad minute loses the objective, and the badge is at risk with a date', async () => {
    expect(await fault('dead', true)).toEqual({ on: ['dead'] })
    await advance('PT1H')
    const badge = await badgeOf()
    const [figure] = (await trust()).figures
    expect(figure.total - figure.good).toBe(41)
    expect(badge).toMatchObject({ state: 'at_risk', since: figure.to })
    ;({ cure_until } = badge)
    expect(cure_until > figure.to).toBe(true)
    expect((await stranger.ask(`/badge/${APP}.json`)).body.message).toMatch(/^at risk/)
    expect(await page(`/apps/${APP}`)).toContain(momentInWords(cure_until))
    const { stdout } = await castellan(folder, 'explain', APP, 'reliability.availability')
    expect(stdout).toContain('UNMET')
    expect(stdout).toContain('reliability.objective_lost')
  })

  it('tells the partner by mail, from the first failure to the badge', async () => {
    await vi.waitFor(() => expect(letters().length).toBeGreaterThanOrEqual(3), { timeout: 60_000, interval: 250 })
    const subjects = letters().map((letter) => /^Subject: (.*)$/m.exec(letter)?.[1] ?? '')
    expect(subjects.join('\n')).toMatch(/at risk/i)
  })

  it('shows the operator who is at risk, and until when', async () => {
    const overview = await page('/overview', admin)
    expect(overview).toContain('Issue Templates')
    expect(overview).toContain(momentInWords(cure_until))
  })

  it('suspends the badge on the day when nobody puts it right', async () => {
    await advance('P5W')
    expect(await badgeOf()).toMatchObject({ state: 'suspended', since: cure_until })
    expect(await page(`/apps/${APP}`)).toMatch(/suspended/i)
  })

  it('keeps all of it over a restart: state, sign-in, faults, and a clock that stood still', async () => {
    const before = { badge: await badgeOf(), told: await control('demo') }
    const address = new URL(demo.url)
    await demo.close()
    demo = await start()
    expect(new URL(demo.url).hostname).toBe(address.hostname)
    stranger = clientOf(demo.url)
    const after = await control('demo')
    expect(after.apps).toEqual(before.told.apps)
    expect(after.apps).toContainEqual({ app: APP, faults: ['dead'] })
    const stood_ms = Date.parse(after.now) - Date.parse(before.told.now)
    expect(stood_ms).toBeGreaterThanOrEqual(0)
    // What passed while it ran; the time in which it was off is not in it, and the five weeks are not lost.
    expect(stood_ms).toBeLessThan(120_000)
    expect(await badgeOf()).toEqual(before.badge)
  })

  it('brings the figure back when the app is mended, and the badge only by a person', async () => {
    expect(await fault('dead', false)).toEqual({ on: [] })
    await advance('P5W')
    const [figure] = (await trust()).figures
    expect(figure.good).toBe(figure.total)
    expect(await badgeOf()).toMatchObject({ state: 'suspended', since: cure_until })

    // Nobody stays signed in for five weeks.
    admin = await signInBy(demo.url, (await control('admin-link', {})).link, null)
    const address = `/api/v1/apps/${APP}/badges/${FORTIFIED}`
    // The scan that sees the mended app may come a moment after the leap.
    const read = await vi.waitFor(
      async () => {
        const { body } = await admin.ask(address)
        expect(body.actions).toContainEqual({ act: 'restore', allowed: true, reason: null })
        return body
      },
      { timeout: 180_000, interval: 500 },
    )
    const { memberships } = (await admin.ask('/api/v1/persons/me')).body
    const token = await admin.ask('/api/v1/tokens', {
      organisation: memberships[0].organisation,
      name: 'Robot',
      scopes: ['apps:read', 'apps:write'],
    })
    const robot = clientOf(demo.url, { authorization: `Bearer ${token.body.secret}` })
    expect((await robot.ask(`${address}/restore`, { standing_hash: read.standing_hash })).status).toBe(403)
    expect((await admin.ask(`${address}/restore`, { standing_hash: `sha256:${'0'.repeat(64)}` })).status).toBe(409)
    // As many as for the grant: the programme says two.
    const agreed = await admin.ask(`${address}/restore`, { standing_hash: read.standing_hash })
    expect(agreed).toMatchObject({ status: 200, body: { state: 'suspended', agreed_by: [expect.any(String)] } })
    const { link } = (await admin.ask('/api/v1/invitations', { organisation: memberships[0].organisation, role: 'operator-reviewer' })).body
    const second = await signInBy(demo.url, link, 'Second')
    const restored = await second.ask(`${address}/restore`, { standing_hash: read.standing_hash })
    expect(restored).toMatchObject({ status: 200, body: { state: 'active' } })
    expect(await badgeOf()).toMatchObject({ state: 'active' })
  })

  it('takes its log out, and judged again from the beginning every byte of it is the same', async () => {
    const { stdout: log } = await castellan(folder, 'log', 'export')
    const file = join(root, 'log.jsonl')
    writeFileSync(file, log)
    const { stdout } = await castellan(folder, 'log', 'replay', file)
    expect(stdout).toMatch(/^\d+ events judged again by Castellan .*: every byte is the same\./)
    expect(Number(stdout.split(' ')[0])).toBe(log.trimEnd().split('\n').length)
    // One verdict of thousands is another, its hash is not: told with its place.
    const [told, after] = [log.indexOf('"type":"standing.changed"'), log.lastIndexOf('"version":"20')]
    expect(Math.min(told, after)).toBeGreaterThan(0)
    writeFileSync(file, `${log.slice(0, after)}"version":"19${log.slice(after + '"version":"19'.length)}`)
    const refused = await castellan(folder, 'log', 'replay', file).then(
      () => null,
      (error: unknown) => error as { readonly code: number; readonly stdout: string },
    )
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringMatching(/Event \d+ is not: recorded is /) })
  })

  it('refuses to move the clock twice at once, too far, or by what is no span, and unknown apps and faults', async () => {
    await expect(control('demo/advance', { by: 'P500D' })).rejects.toThrow('demo.too_far')
    await expect(control('demo/advance', { by: 'a while' })).rejects.toThrow('duration')
    await expect(control('demo/fault', { app: 'nobody', fault: 'dead', on: true })).rejects.toThrow('demo.no_such_app')
    await expect(control('demo/fault', { app: APP, fault: 'haunted', on: true })).rejects.toThrow('demo.no_such_fault')
    const [one, other] = await Promise.allSettled([advance('P1D'), advance('P1D')])
    expect([one.status, other.status].toSorted()).toEqual(['fulfilled', 'rejected'])
  })
})

describe('one directory', SLOW, () => {
  it('has one process: a second one is told so and leaves, and the first goes on', async () => {
    const failed = await castellan(folder, 'demo').then(
      () => null,
      (error: unknown) => error as { readonly code: number; readonly stderr: string },
    )
    expect(failed?.code).toBe(64)
    expect(failed?.stderr).toContain('is in use by another Castellan')
    expect((await stranger.ask('/healthz')).status).toBe(200)
  })

  it('of the demo is refused by `serve`, and one that is not the demo’s by the demo', async () => {
    await expect(runServe({ CASTELLAN_DATA: folder, PORT: '0' })).rejects.toMatchObject({ code: 'data.is_demo' })
    // The temporary folder holds the demo's, so it is neither empty nor marked.
    await expect(runDemo({ CASTELLAN_DATA: root, PORT: '0' })).rejects.toMatchObject({ code: 'data.not_demo' })
    await expect(runDemo({ CASTELLAN_DATA: folder, DATABASE_URL: 'postgres://db.example/x' })).rejects.toMatchObject({
      code: 'data.demo_is_embedded',
    })
  })
})
