import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dayOf, after, DAY_MS, type Day } from '../src/kernel/time.ts'
import { systemClock } from '../src/platform/clock.ts'
import { clientOf, KEEPERS, served, signInBy, type Client, type Kept, type Served, type Told } from './served.ts'

/** Figures from the field, over HTTP, against a whole server: who may send them, what is refused, and what they make of a verdict. */

const LCP = 'admin-largest-contentful-paint'
const daysAgo = (days: number): Day => dayOf(after(systemClock.now(), -days * DAY_MS))
const visits = (good: number, bad: number): readonly number[] => [...Array<number>(good).fill(2_500), ...Array<number>(bad).fill(2_501)]

describe.each(KEEPERS)('figures from the field on $engine', ({ keep }) => {
  let place: Kept
  let server: Served
  let admin: Client
  let partner: Client
  let operator: Client
  let tokens: { readonly partner: string; readonly readonly: string }
  let organisation: string
  let number = 0

  const tokenOf = async (who: Client, of: string, scopes: readonly string[]): Promise<string> =>
    (await who.ask('/api/v1/tokens', { organisation: of, name: 'figures', scopes })).body.secret
  const bearer = (secret: string): Client => clientOf(server.url, { authorization: `Bearer ${secret}` })

  beforeAll(async () => {
    place = await keep()
    server = await served(place, { jobs: false, programmes: [join(import.meta.dirname, '../../programmes/storefront-quality')] })
    admin = await signInBy(server.url, await server.adminLink(), null)
    organisation = (await admin.ask('/api/v1/organisations', { kind: 'partner', name: 'Partner' })).body.organisation
    const invited = await admin.ask('/api/v1/invitations', { organisation, role: 'partner-admin' })
    const pia = await signInBy(server.url, invited.body.link, 'Pia')
    const me = await admin.ask('/api/v1/persons/me')
    const own: string = me.body.memberships[0].organisation
    tokens = {
      partner: await tokenOf(pia, organisation, ['measurements:write', 'apps:read']),
      readonly: await tokenOf(pia, organisation, ['apps:read']),
    }
    partner = bearer(tokens.partner)
    operator = bearer(await tokenOf(admin, own, ['measurements:write', 'apps:read']))
  })
  afterAll(async () => {
    await server.stop()
    await place.drop()
  })

  async function newApp(): Promise<string> {
    const app = `shop-app-${++number}`
    const descriptor = JSON.stringify({ castellan: 1, key: app, name: app, hosting: 'remote', base_urls: ['https://app.example.com'] })
    expect(await admin.ask('/api/v1/apps', { descriptor, app, organisation })).toMatchObject({ status: 201 })
    return app
  }
  const send = (who: Client, app: string, key: string, ...measurements: readonly object[]) =>
    who.ask(`/api/v1/apps/${app}/measurements`, { key, measurements })
  const lcp = (of: object) => ({ indicator: LCP, day: daysAgo(1), unit: 'ms', ...of })
  const verdictOf = async (app: string, requirement = 'speed.admin-first-paint'): Promise<Told> => {
    const { body } = await operator.ask(`/api/v1/apps/${app}/standings/storefront-quality`)
    return body.verdicts.find((one: Told) => one.requirement === requirement)
  }

  it('judge the requirement that waits for them, to the visit, and say whose they are', async () => {
    const app = await newApp()
    expect(await verdictOf(app)).toMatchObject({ verdict: 'unknown' })
    expect(await send(partner, app, 'a', lcp({ values: visits(74, 25) }))).toMatchObject({
      status: 201,
      body: { counts: 1, reported_by: 'partner' },
    })
    expect(await verdictOf(app)).toMatchObject({ verdict: 'unknown' })
    await send(partner, app, 'b', lcp({ day: daysAgo(0), values: visits(1, 0) }))
    expect(await verdictOf(app)).toMatchObject({ verdict: 'met', says: expect.stringMatching(/^By the partner’s own figures, 75 of 100/) })
    await send(partner, app, 'c', lcp({ at_most: 2_500, good: 0, total: 1 }))
    expect(await verdictOf(app)).toMatchObject({
      verdict: 'unmet',
      says: expect.stringMatching(/^By the partner’s own figures, 26 of 101/),
    })
  })

  it('count once under their key, also when they arrive at the same moment', async () => {
    const app = await newApp()
    const same = () => send(partner, app, 'once', lcp({ values: [1, 2, 3] }))
    const answers = await Promise.all([same(), same(), same(), same()])
    // One is taken; the others hear that it was, or that it is being taken right now.
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.every(({ status }) => [200, 201, 409].includes(status))).toBe(true)
    expect(await same()).toMatchObject({ status: 200, body: { repeated: true, counts: 0 } })
    expect(await send(partner, app, 'once', lcp({ values: [4] }))).toMatchObject({
      status: 409,
      body: { code: 'reliability.key_reused', where: 'key' },
    })
    const { body } = await partner.ask(`/api/v1/apps/${app}/measurements`)
    expect(body.days).toEqual([{ indicator: LCP, day: daysAgo(1), at_most: 2_500, good: 3, total: 3, reported_by: 'partner' }])
  })

  it('of the operator decide where there are any, and never add up with a partner’s', async () => {
    const app = await newApp()
    await send(partner, app, 'mine', lcp({ values: visits(1_000, 0) }))
    expect(await verdictOf(app)).toMatchObject({ verdict: 'met' })
    await send(operator, app, 'ours', lcp({ values: visits(0, 200) }))
    expect(await verdictOf(app)).toMatchObject({ verdict: 'unmet', says: expect.stringMatching(/^200 of 200/) })
  })

  it('that come late count as long as a window reaches their day', async () => {
    const app = await newApp()
    expect(await send(partner, app, 'late', lcp({ day: daysAgo(27), values: visits(100, 0) }))).toMatchObject({ status: 201 })
    // Old days make no new figure: nothing was sent for weeks.
    expect(await verdictOf(app)).toMatchObject({ verdict: 'unknown', says: expect.stringMatching(/none came since/) })
    expect(await send(partner, app, 'later', lcp({ day: daysAgo(28), values: [1] }))).toMatchObject({
      status: 400,
      body: { code: 'reliability.too_late', where: 'measurements[0].day', detail: expect.stringContaining(daysAgo(27)) },
    })
  })

  it.each<[string, object, string, string, RegExp]>([
    ['below zero', { values: [1, -0.1] }, 'reliability.value', 'measurements[1].values[1]', /between 0 and 600000 ms/],
    ['1e308', { values: [1e308] }, 'reliability.value', 'measurements[1].values[0]', /cannot be meant/],
    ['no values', { values: [] }, 'reliability.no_values', 'measurements[1].values', /leave it out/],
    ['tomorrow', { day: daysAgo(-1), values: [1] }, 'reliability.future', 'measurements[1].day', /has not come yet/],
    ['a day that is none', { day: '2026-02-30', values: [1] }, 'reliability.day', 'measurements[1].day', /2026-02-30/],
    ['a moment', { day: '2026-11-23T00:00:00Z', values: [1] }, 'reliability.day', 'measurements[1].day', /write a UTC day/],
    ['another unit', { unit: 's', values: [1] }, 'reliability.unit', 'measurements[1].unit', /"unit": "ms"/],
    ['another bound', { at_most: 2_400, good: 1, total: 1 }, 'reliability.bound', 'measurements[1].at_most', /2500/],
    ['more good than there were', { at_most: 2_500, good: 2, total: 1 }, 'reliability.count', 'measurements[1].good', /part of "total"/],
    ['half a visit', { at_most: 2_500, good: 0.5, total: 1 }, 'reliability.count', 'measurements[1].good', /whole number/],
    ['too many visits', { at_most: 2_500, good: 1, total: 1e15 }, 'reliability.count', 'measurements[1].total', /whole number/],
    ['both ways at once', { values: [1], good: 1, total: 1 }, 'reliability.both', 'measurements[1]', /either/],
    [
      'what the watch counts',
      { indicator: 'availability', values: [1] },
      'reliability.no_such_indicator',
      'measurements[1].indicator',
      /it asks for/,
    ],
    [
      'what is the operator’s to say',
      { indicator: 'checkout-success', good: 1, total: 1 },
      'reliability.not_from_you',
      'measurements[1].indicator',
      /operator only/,
    ],
    ['a line that is there twice', {}, 'reliability.line_twice', 'measurements', /one line/],
  ])('that cannot be meant refuse all of it, with place and mend: %s', async (_, of, code, where, mend) => {
    const app = await newApp()
    const answer = await send(partner, app, 'x', lcp({ values: [1] }), lcp({ ...(Object.keys(of).length === 0 ? { values: [2] } : of) }))
    expect(answer).toMatchObject({ body: { code, where, detail: expect.stringMatching(mend) } })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
    expect((await partner.ask(`/api/v1/apps/${app}/measurements`)).body.days).toEqual([])
  })

  it.each([
    ['NaN', '{"key":"k","measurements":[{"indicator":"x","day":"2026-11-23","values":[NaN]}]}'],
    ['a number beyond all', `{"key":"k","measurements":[{"indicator":"${LCP}","day":"${daysAgo(1)}","unit":"ms","values":[1e999]}]}`],
    ['no key', '{"measurements":[{"indicator":"x","day":"2026-11-23","good":1,"total":1}]}'],
    ['a key for another place', '{"key":"../../x","measurements":[{"indicator":"x","day":"2026-11-23","good":1,"total":1}]}'],
    ['nothing', '{"key":"k","measurements":[]}'],
    ['ten thousand and one values', JSON.stringify({ key: 'k', measurements: [lcp({ values: Array(10_001).fill(1) })] })],
  ])('in no shape that is understood are refused: %s', async (_, body) => {
    const app = await newApp()
    const answer = await partner.raw(`/api/v1/apps/${app}/measurements`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    })
    expect(answer.status).toBe(400)
    expect(answer.headers.get('content-type')).toMatch(/problem\+json/)
  })

  it('come from a token with their scope, for its own organisation’s apps', async () => {
    const app = await newApp()
    const line = lcp({ values: [1] })
    expect((await send(clientOf(server.url), app, 'k', line)).status).toBe(401)
    expect((await send(bearer(tokens.readonly), app, 'k', line)).status).toBe(403)
    const other = (await admin.ask('/api/v1/organisations', { kind: 'partner', name: 'Other' })).body.organisation
    const stranger = await signInBy(
      server.url,
      (await admin.ask('/api/v1/invitations', { organisation: other, role: 'partner-admin' })).body.link,
      'Eve',
    )
    const theirs = bearer(await tokenOf(stranger, other, ['measurements:write', 'apps:read']))
    expect((await send(theirs, app, 'k', line)).status).toBe(403)
    expect((await theirs.ask(`/api/v1/apps/${app}/measurements`)).status).toBe(403)
  })

  it('are sent from a shell', async () => {
    const app = await newApp()
    const folder = mkdtempSync(join(tmpdir(), 'castellan-figures-'))
    const file = join(folder, 'figures.json')
    const castellan = async (...args: readonly string[]) => {
      const child = spawn(process.execPath, [join(import.meta.dirname, '../../cli/castellan.ts'), 'measurements', 'send', ...args], {
        env: { PATH: process.env['PATH'] ?? '', CASTELLAN_TOKEN: tokens.partner, CASTELLAN_SERVER: server.url },
      })
      let [out, err] = ['', '']
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
      const [code] = (await once(child, 'close')) as [number]
      return { code, out, err }
    }
    try {
      writeFileSync(file, JSON.stringify({ measurements: [lcp({ values: [1, 2, 3] })] }))
      expect(await castellan(app, file)).toMatchObject({
        code: 0,
        out: expect.stringMatching(/^Taken: 1 counts of .* reported by the partner/),
      })
      expect(await castellan(app, file)).toMatchObject({ code: 0, out: expect.stringContaining('nothing was counted again') })
      writeFileSync(file, JSON.stringify([lcp({ values: [-1] })]))
      const refused = await castellan(app, file)
      expect(refused.code).not.toBe(0)
      expect(refused.err).toContain('measurements[0].values[0]')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
