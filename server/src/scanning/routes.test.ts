import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../../test/scans.ts'
import { testClock, testHouse } from '../../test/house.ts'
import { ENGINES, type Opened } from '../../test/storage.ts'
import { appsView } from '../directory/apps-view.ts'
import { registerApp } from '../directory/registering.ts'
import type { Acting, Membership } from '../enrolment/authorise.ts'
import { opaque } from '../kernel/flow.ts'
import { instant } from '../kernel/time.ts'
import { pipeline } from '../platform/dispatch.ts'
import { createHttp, type Routes } from '../platform/http/app.ts'
import { sha256Bytes } from '../platform/crypto.ts'
import { readDescriptor } from '../directory/descriptors/read.ts'
import { scanJob } from './jobs.ts'
import { registerScanningRoutes } from './routes.ts'
import { scansView } from './scans-view.ts'
import { scan } from './scan.ts'

const person = (organisation: string, kind: Membership['kind'], role: Membership['role']): Acting => ({
  kind: 'person',
  person: `per_${organisation}`,
  session: 's',
  memberships: [{ organisation, kind, role }],
})
const admin = person('org_op', 'operator', 'operator-admin')
const viewer = person('org_op', 'operator', 'operator-viewer')
const nobody: Acting = { kind: 'public' }

describe('the scanner’s interface', () => {
  const clock = testClock()
  let opened: Opened
  let http: Routes
  let app: string
  let partner: Acting
  let who: Acting = admin
  let run: () => Promise<void>

  beforeAll(async () => {
    const [engine] = ENGINES
    if (engine === undefined) throw new Error('there is an engine')
    opened = await engine.open(clock)
    const house = await testHouse(opened, clock, { pipeline: pipeline([opaque(appsView), opaque(scansView)], []) })
    const bytes = new TextEncoder().encode(JSON.stringify(connect({ vendor: { name: 'Acme' } })))
    app = (await registerApp(house, admin, { brought: { bytes, source_url: null } })).app
    const rows = await house.act({ kind: 'machine', name: 'test' }, 'scan-app', {}, (desk) =>
      desk.sql.selectFrom('organisation').selectAll().execute(),
    )
    partner = person(rows.find((row) => row.name === 'Acme')?.organisation_id ?? '', 'partner', 'partner-member')
    const job = scanJob({
      worker: () => ({
        pid: () => null,
        stop: async () => {},
        scan: (order) => {
          const { description, text } = readDescriptor(new TextEncoder().encode(order.text), sha256Bytes)
          return scan({
            description: { ...description, digest: order.digest },
            source: { url: null, text },
            proven_domains: [],
            now: () => instant(Date.parse(order.now)),
            chance: (length) => new Uint8Array(length),
            wait: async () => {},
            signal: new AbortController().signal,
            client: {
              fetch: async ({ url }) => ({
                kind: 'no-answer',
                url,
                reason: 'connect',
                detail: 'ECONNREFUSED',
                phases: { dns_ms: null, connect_ms: null, tls_ms: null, first_byte_ms: null, total_ms: 1 },
                at: instant(Date.parse(order.now)),
              }),
            },
          })
        },
      }),
    })
    run = () => job.run(house, new AbortController().signal)
    http = await createHttp({
      log: house.log,
      public_url: () => 'http://127.0.0.1:4380',
      trust_proxy: [],
      whoAsks: async () => who,
      refuseForeign: () => {},
      problemPage: async () => '',
      version: '0',
      requests_a_minute: 100_000,
    })
    registerScanningRoutes(http, house)
    await http.ready()
  })
  afterAll(async () => {
    await http.close()
    await opened.close()
  })

  const get = async (path: string, as: Acting) => {
    who = as
    return http.inject({ url: path })
  }

  it('says so while nothing was scanned yet', async () => {
    const answer = await get(`/api/v1/apps/${app}/scans/latest`, admin)
    expect(answer.statusCode).toBe(404)
    expect(answer.json()).toMatchObject({ code: 'scanning.no_such_scan' })
  })

  it('takes a wish for a scan from the partner and from reviewers, not from onlookers, others and the public', async () => {
    const ask = async (as: Acting) => {
      who = as
      return (await http.inject({ method: 'POST', url: `/api/v1/apps/${app}/scans` })).statusCode
    }
    expect(await ask(partner)).toBe(202)
    expect(await ask(admin)).toBe(202)
    expect(await ask(viewer)).toBe(403)
    expect(await ask(person('org_other', 'partner', 'partner-admin'))).toBe(403)
    expect(await ask(nobody)).toBe(401)
  })

  it('shows the partner exactly what it shows the operator, with what to do', async () => {
    await run()
    const [a, b] = [await get(`/api/v1/apps/${app}/scans/latest`, admin), await get(`/api/v1/apps/${app}/scans/latest`, partner)]
    expect(a.statusCode).toBe(200)
    expect(b.json()).toEqual(a.json())
    const body = a.json<{ checks: Record<string, { outcome: string }>; findings: { check: string; outcome: string; says: string }[] }>()
    expect(body.checks['hsts-enabled']).toMatchObject({ outcome: 'inconclusive', reason: 'connect', blind: 'theirs' })
    expect(body.findings.find((finding) => finding.check === 'hsts-enabled')?.says).toBe(
      'https://app.example/ gave no answer: ECONNREFUSED.',
    )
    expect((await get(`/api/v1/apps/${app}/scans/latest`, nobody)).statusCode).toBe(401)
    expect((await get(`/api/v1/apps/${app}/scans/latest`, person('org_other', 'partner', 'partner-admin'))).statusCode).toBe(403)
  })

  it('gives SARIF as a download', async () => {
    const answer = await get(`/api/v1/apps/${app}/scans/latest.sarif`, partner)
    expect(answer.headers['content-type']).toContain('application/sarif+json')
    expect(answer.headers['content-disposition']).toContain('attachment')
    expect(answer.json()).toMatchObject({ version: '2.1.0' })
  })

  it('gives evidence by the name that a finding carries, of this app only', async () => {
    const latest = (await get(`/api/v1/apps/${app}/scans/latest`, partner)).json<{ findings: { evidence: string[] }[] }>()
    const name = latest.findings.flatMap((finding) => finding.evidence)[0] ?? ''
    const answer = await get(`/api/v1/apps/${app}/evidence/${name}`, partner)
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toMatchObject({ id: name, app, visibility: 'partner' })
    expect((await get(`/api/v1/apps/${app}/evidence/sha256:${'0'.repeat(64)}`, partner)).statusCode).toBe(404)
    expect((await get(`/api/v1/apps/${app}/evidence/../secrets`, partner)).statusCode).toBe(404)
    expect((await get(`/api/v1/apps/${app}/evidence/${name}`, nobody)).statusCode).toBe(401)
  })

  it('shows the queue to operators, and lets an administrator stop everything', async () => {
    expect((await get('/api/v1/scans', viewer)).json()).toMatchObject({ paused: false, running: [] })
    expect((await get('/api/v1/scans', partner)).statusCode).toBe(403)
    const pause = async (as: Acting, paused: boolean) => {
      who = as
      return http.inject({ method: 'PUT', url: '/api/v1/scans/paused', payload: { paused } })
    }
    expect((await pause(viewer, true)).statusCode).toBe(403)
    expect((await pause(admin, true)).json()).toEqual({ paused: true })
    expect((await get('/api/v1/scans', viewer)).json()).toMatchObject({ paused: true })
    await pause(admin, false)
  })

  it('stands in the OpenAPI document', () => {
    const paths = Object.keys(http.swagger().paths ?? {})
    expect(paths).toEqual(
      expect.arrayContaining(['/api/v1/apps/{app}/scans', '/api/v1/apps/{app}/scans/latest', '/api/v1/apps/{app}/evidence/{id}']),
    )
  })
})
