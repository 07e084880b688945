import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { MINUTE_MS } from '../src/kernel/time.ts'
import { exampleApp } from './example-app.ts'
import { LEAST, packFolder } from './packs.ts'
import { clientOf, KEEPERS, served, signInBy, type Client, type Kept, type Served, type Told } from './served.ts'

/** The whole product as its users use it: over HTTP, in a process of its own, with a real app on real TLS, on both engines. */

const TIER = 'least/good'

/** A programme that an app can meet within a test: what a scan sees, and that it answers at all. Two people grant. */
function programme(): string {
  const scanned = (id: string, check: string) => {
    const { revisions: _, ...rest } = LEAST.requirement
    return { ...rest, id, title: id, verified_by: 'scan', met_when: { check } }
  }
  return packFolder({
    'programme.yaml': { ...LEAST.programme, tiers: LEAST.programme.tiers.map((tier) => ({ ...tier, reviewers: 2 })) },
    'requirements/care/answers.yaml': null,
    'requirements/care/hsts.yaml': scanned('care.hsts', 'hsts-enabled'),
    'requirements/care/certificate.yaml': scanned('care.certificate', 'certificate-valid'),
  })
}

async function kept(keep: () => Promise<Kept>): Promise<Kept> {
  const place = await keep()
  onTestFinished(place.drop)
  return place
}

async function startServer(place: Kept, given: Parameters<typeof served>[1]): Promise<Served> {
  const server = await served(place, given)
  onTestFinished(server.kill)
  return server
}

/** Waits for what the server does by itself. */
const soon = <T>(look: () => Promise<T>): Promise<T> => vi.waitFor(look, { timeout: 60_000, interval: 200 })

async function invited(url: string, admin: Client, organisation: string, role: string, name: string): Promise<Client> {
  const { status, body } = await admin.ask('/api/v1/invitations', { organisation, role })
  expect(status).toBe(201)
  return signInBy(url, body.link, name)
}

/** A program of somebody's own. */
async function withToken(url: string, person: Client, organisation: string, scopes: readonly string[]): Promise<Client> {
  const { status, body } = await person.ask('/api/v1/tokens', { organisation, name: 'Build', scopes })
  expect(status).toBe(201)
  return clientOf(url, { authorization: `Bearer ${body.secret}` })
}

async function partner(
  url: string,
  admin: Client,
  name: string,
): Promise<{ readonly organisation: string; readonly person: Client; readonly program: Client }> {
  const { body } = await admin.ask('/api/v1/organisations', { kind: 'partner', name })
  const person = await invited(url, admin, body.organisation, 'partner-admin', `${name} Admin`)
  return { organisation: body.organisation, person, program: await withToken(url, person, body.organisation, ['apps:read', 'apps:write']) }
}

const cli = (place: Kept, ...args: readonly string[]) =>
  promisify(execFile)(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--import',
      join(import.meta.dirname, '../src/platform/tsx.mjs'),
      join(import.meta.dirname, '../../cli/castellan.ts'),
      ...args,
    ],
    { env: { PATH: process.env['PATH'] ?? '', CASTELLAN_DATA: place.folder } },
  )

describe.each(KEEPERS)('Castellan served on $engine', ({ keep }) => {
  it(
    'takes an app from its descriptor to a badge, by people and programs, and keeps all of it over a restart',
    { timeout: 240_000 },
    async () => {
      const app = await exampleApp()
      const place = await kept(keep)
      const how = { programmes: [programme()], targets: [`127.0.0.1:${app.port}`], ca: app.ca }
      let server = await startServer(place, how)
      const { url } = server

      // The first administrator comes in by a link that works once.
      const link = (await cli(place, 'admin-link')).stdout.match(/https?:\S+\/links\/\S+/)?.[0] ?? ''
      const admin = await signInBy(url, link, null)
      await expect(signInBy(url, link, null)).rejects.toThrow('let nobody in')
      const me = (await admin.ask('/api/v1/persons/me')).body
      const operator: string = me.memberships[0].organisation
      expect(me).toMatchObject({ name: 'Administrator', memberships: [{ kind: 'operator', role: 'operator-admin' }] })
      const second = await invited(url, admin, operator, 'operator-reviewer', 'Grace')

      const { organisation, program, person } = await partner(url, admin, 'Acme')
      const stranger = clientOf(url)
      const other = await partner(url, admin, 'Rival')

      // Registered by the partner's own program, from the address of the descriptor.
      const registration = { url: app.descriptor, organisation, app: 'issue-templates' }
      expect(await other.program.ask('/api/v1/apps', registration)).toMatchObject({ status: 403 })
      expect(await stranger.ask('/api/v1/apps', registration)).toMatchObject({ status: 401 })
      const registered = await program.ask('/api/v1/apps', registration)
      expect(registered).toMatchObject({ status: 201, body: { app: 'issue-templates' } })
      // This programme counts nothing over a window, so there is nothing to wait for.
      expect(registered.body.says).toMatch(/^Registered\. Next: base URLs/)
      expect(await program.ask('/api/v1/apps', registration)).toMatchObject({ status: 409, body: { code: 'directory.already_registered' } })

      // Nothing by the minute before control is proven; then the token, served by the app itself.
      const details = { health_path: '/health', base_urls: [`https://127.0.0.1:${app.port}`], alert_mailbox: 'alerts@acme.example' }
      expect(await program.ask('/api/v1/apps/issue-templates/details', details, 'PUT')).toMatchObject({ status: 200 })
      expect((await person.ask('/api/v1/apps/issue-templates')).body).toMatchObject({
        health_path: '/health',
        alert_mailbox: true,
        domains: [],
      })
      const proof = (await program.ask('/api/v1/apps/issue-templates/domain-proof')).body
      expect((await program.ask('/api/v1/apps/issue-templates/domain-proof', {})).body).toMatchObject({ domains: [{ proven: false }] })
      await app.prove(proof.token)
      const proven = await program.ask('/api/v1/apps/issue-templates/domain-proof', {})
      expect(proven).toMatchObject({
        status: 200,
        body: { domains: [{ domain: '127.0.0.1', proven: true, says: 'Proven by well-known.' }] },
      })

      // It is scanned by itself, and judged from what was seen.
      const standing = await soon(async () => {
        const { body } = await program.ask('/api/v1/apps/issue-templates/standings/least')
        expect(body.verdicts?.map((one: Told) => [one.requirement, one.verdict])).toEqual([
          ['care.certificate', 'met'],
          ['care.hsts', 'met'],
        ])
        return body
      })
      const [evidence] = standing.verdicts[0].evidence
      expect((await program.ask(`/api/v1/apps/issue-templates/evidence/${evidence}`)).body).toMatchObject({ id: evidence })
      expect((await program.ask('/api/v1/apps/issue-templates/scans/latest')).status).toBe(200)

      // Probed every minute: the minutes are in the metrics and in the public figures.
      await server.advance(2 * MINUTE_MS)

      // Two people grant, on the standing that they saw; one of them twice is one.
      const badge = `/api/v1/apps/issue-templates/badges/${TIER}`
      expect(await program.ask(`${badge}/agree`, { standing_hash: standing.hash })).toMatchObject({ status: 403 })
      expect((await admin.ask(badge)).body).toMatchObject({ state: 'none', standing_hash: standing.hash })
      expect(await admin.ask(`${badge}/agree`, { standing_hash: `sha256:${'0'.repeat(64)}` })).toMatchObject({ status: 409 })
      expect(await admin.ask(`${badge}/agree`, { standing_hash: standing.hash })).toMatchObject({ status: 200, body: { state: 'none' } })
      expect(await admin.ask(`${badge}/agree`, { standing_hash: standing.hash })).toMatchObject({ status: 409 })
      expect(await second.ask(`${badge}/agree`, { standing_hash: standing.hash })).toMatchObject({ status: 200, body: { state: 'active' } })

      // The world sees it in every form.
      const seen = async (): Promise<readonly Told[]> => {
        const svg = await (await stranger.raw('/badge/issue-templates.svg')).text()
        const png = new Uint8Array(await (await stranger.raw('/badge/issue-templates.png')).arrayBuffer())
        const trust = (await stranger.ask('/api/v1/apps/issue-templates/trust')).body
        const page = await (await stranger.raw('/apps/issue-templates')).text()
        expect(svg).toMatch(/^<svg/)
        expect(svg).toContain('active')
        expect([...png.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
        expect((await stranger.ask('/badge/issue-templates.json')).body).toMatchObject({ schemaVersion: 1, label: 'Good', isError: false })
        expect(page).toContain('<h1')
        expect((await stranger.ask('/api/v1/apps')).body).toMatchObject({ total: 1 })
        return [trust.app, trust.badges]
      }
      const before = await seen()
      expect(before[1]).toMatchObject([{ programme: 'least', tier: 'good', state: 'active' }])

      // And the one who runs it can walk back from a verdict to where it began.
      const told = (await cli(place, 'explain', 'issue-templates', 'care.hsts')).stdout
      expect(told).toMatch(/MET {2}care\.hsts/)
      expect(told).toContain('scanning.scan_finished')

      // Somebody else's partner learns nothing that the world does not.
      for (const path of [
        '/api/v1/apps/issue-templates',
        '/api/v1/apps/issue-templates/domain-proof',
        '/api/v1/apps/issue-templates/standings/least',
        '/api/v1/apps/issue-templates/scans/latest',
        `/api/v1/apps/issue-templates/evidence/${evidence}`,
        '/api/v1/apps/issue-templates/waivers',
        badge,
      ]) {
        expect((await other.program.ask(path)).status, path).toBe(403)
        expect((await other.person.ask(path)).status, path).toBe(403)
        expect((await stranger.ask(path)).status, path).toBe(401)
      }
      expect((await other.person.raw('/apps/issue-templates/standing')).status).toBe(403)
      expect((await other.program.ask('/api/v1/apps/issue-templates/details', details, 'PUT')).status).toBe(403)

      // Stopped and started again: the same people, tokens, badge and past.
      await server.stop()
      server = await startServer(place, { ...how, environment: { PORT: new URL(url).port } })
      expect(server.url).toBe(url)
      expect(await seen()).toEqual(before)
      expect((await program.ask(badge)).body).toMatchObject({ state: 'active' })
      expect((await admin.ask('/api/v1/persons/me')).body).toEqual(me)
      await server.stop()
    },
  )
})
