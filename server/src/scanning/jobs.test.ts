import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { RequestListener } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { authority, type Certified } from '../../demo/certificate.ts'
import { testClock, testHouse, type TestClock } from '../../test/house.ts'
import { paperWorker } from '../../test/paper-worker.ts'
import { connect } from '../../test/scans.ts'
import { ENGINES, type Opened } from '../../test/storage.ts'
import { APPS, appsView, type AppDocument } from '../directory/apps-view.ts'
import { proofToken, proveControl, registerApp } from '../directory/registering.ts'
import type { Acting } from '../enrolment/authorise.ts'
import type { Job } from '../house.ts'
import { brokenAt, type RecordedEvent } from '../kernel/event.ts'
import { opaque, type Reactor } from '../kernel/flow.ts'
import { DAY_MS, instant, MINUTE_MS } from '../kernel/time.ts'
import { pipeline } from '../platform/dispatch.ts'
import { sha256 } from '../platform/crypto.ts'
import { openDatabase } from '../platform/sql/open.ts'
import { systemClock } from '../platform/clock.ts'
import { CHECKS } from './checks/index.ts'
import { pauseScans, planScans, progressOf, requestScan, SCANNER, scanQueue } from './due.ts'
import { scanJob } from './jobs.ts'
import { SCANS, scansView, type ScansDocument } from './scans-view.ts'
import { WorkerFailed, type ScanWorker } from './worker/worker.ts'

const ca = authority('Castellan test', new Date(Date.now() - 3_600_000), 400)
const admin: Acting = {
  kind: 'person',
  person: 'per_1',
  session: 's',
  memberships: [{ organisation: 'org_op', kind: 'operator', role: 'operator-admin' }],
}
let leaf: Certified
beforeAll(() => {
  leaf = ca.issue([], ['127.0.0.1'], new Date(Date.now() - 3_600_000), 90)
})

const views = [opaque(appsView), opaque(scansView)]
const finished = (events: readonly RecordedEvent[]) => events.filter((event) => event.type === 'scanning.scan_finished')

describe.each(ENGINES)('scanning on $engine', ({ open }) => {
  let opened: Opened
  let clock: TestClock
  let house: Awaited<ReturnType<typeof testHouse>>
  const never = new AbortController().signal

  beforeAll(async () => {
    clock = testClock()
    opened = await open(clock)
  })
  afterAll(() => opened.close())
  let marketplaces = 0
  beforeEach(async () => {
    marketplaces += 1
    house = await testHouse(opened, clock, { marketplace: `m${marketplaces}`, pipeline: pipeline(views, []) })
  })

  const registered = async (key = 'com.example.app', more: object = {}): Promise<string> => {
    const bytes = new TextEncoder().encode(JSON.stringify(connect({ key, name: key, vendor: { name: 'Acme' }, ...more })))
    return (await registerApp(house, admin, { brought: { bytes, source_url: null } })).app
  }
  const events = (): Promise<readonly RecordedEvent[]> => house.act(SCANNER, 'scan-app', {}, (desk) => desk.log.after(0, 100_000))
  const document = (app: string) => house.act(SCANNER, 'scan-app', {}, (desk) => desk.documents.get<ScansDocument>(SCANS, app))
  const due = (app: string) => house.act(SCANNER, 'scan-app', {}, (desk) => progressOf(desk, app))
  const job = (worker: () => ScanWorker, more: Partial<Parameters<typeof scanJob>[0]> = {}): Job =>
    scanJob({ worker, chance: () => 0.5, ...more })

  it('scans a registered app once, then daily, and tells only what changed', async () => {
    const app = await registered()
    const paper = paperWorker()
    const scans = job(paper.worker)
    await scans.run(house, never)
    await scans.run(house, never)
    expect(paper.orders).toHaveLength(1)
    const first = await events()
    expect(finished(first)).toHaveLength(1)
    expect(first.filter((event) => event.type === 'scanning.check_judged')).toHaveLength(CHECKS.length)
    expect(await due(app)).toMatchObject({ state: 'waiting', why: 'daily', due_at: instant(Date.parse(clock.now()) + DAY_MS) })
    const known = await document(app)
    expect(known?.checks['connect-authentication-jwt']).toMatchObject({ outcome: 'pass' })
    expect(known?.checks['module-pages-authenticated']).toMatchObject({ outcome: 'inconclusive', reason: 'no_consent', blind: 'theirs' })

    clock.advance(DAY_MS - 1)
    await scans.run(house, never)
    expect(paper.orders).toHaveLength(1)
    clock.advance(1)
    await scans.run(house, never)
    const second = await events()
    expect(finished(second)).toHaveLength(2)
    expect(second.filter((event) => event.type === 'scanning.check_judged')).toHaveLength(CHECKS.length)
    expect((await document(app))?.checks['hsts-enabled']?.observed_at).toBe(clock.now())
    expect(brokenAt(second, sha256)).toBeNull()
  })

  it('keeps what was seen under the names that the events carry', async () => {
    const app = await registered()
    await job(paperWorker().worker).run(house, never)
    const [last] = finished(await events())
    const named = last?.payload['evidence']
    const rows = await house.act(SCANNER, 'scan-app', {}, (desk) =>
      desk.sql
        .selectFrom('evidence')
        .select(['evidence_id', 'kind', 'visibility'])
        .where('marketplace_id', '=', house.marketplace)
        .where('subject', '=', app)
        .execute(),
    )
    const ids = new Set(rows.map((row) => row.evidence_id))
    expect(named).toHaveLength(1)
    for (const event of await events())
      for (const id of (event.payload as { evidence?: string[] | string }).evidence ?? []) if (id.length > 1) expect(ids).toContain(id)
    expect(new Set(rows.map((row) => row.visibility))).toEqual(new Set(['partner']))
  })

  it('scans again at once when somebody asks, but not twice in a minute, and not while it runs', async () => {
    const app = await registered()
    const paper = paperWorker(async () => {
      const asked = await house.act(SCANNER, 'scan-app', {}, (desk) => requestScan(desk, app))
      expect(asked.state).toBe('running')
    })
    const scans = job(paper.worker)
    await scans.run(house, never)
    const begun = clock.now()
    clock.advance(1_000)
    expect(await house.act(SCANNER, 'scan-app', {}, (desk) => requestScan(desk, app))).toMatchObject({
      state: 'waiting',
      why: 'requested',
      due_at: instant(Date.parse(begun) + MINUTE_MS),
    })
    await scans.run(house, never)
    expect(paper.orders).toHaveLength(1)
    clock.advance(MINUTE_MS)
    await scans.run(house, never)
    expect(paper.orders).toHaveLength(2)
  })

  it('asks nothing of anybody while the kill switch is on', async () => {
    await registered()
    const paper = paperWorker()
    const scans = job(paper.worker)
    await house.act(SCANNER, 'scan-app', {}, (desk) => pauseScans(desk, true))
    await scans.run(house, never)
    expect(paper.orders).toHaveLength(0)
    expect(await house.act(SCANNER, 'scan-app', {}, (desk) => scanQueue(desk))).toMatchObject({ paused: true, waiting: 1, running: [] })
    await house.act(SCANNER, 'scan-app', {}, (desk) => pauseScans(desk, false))
    await scans.run(house, never)
    expect(paper.orders).toHaveLength(1)
  })

  it('stops what runs when the kill switch is put on, and says nothing of the app', async () => {
    const app = await registered()
    const paper = paperWorker(async () => house.act(SCANNER, 'scan-app', {}, (desk) => pauseScans(desk, true)))
    const hung = (): ScanWorker => ({
      ...paper.worker(),
      scan: async (order, signal) => {
        paper.orders.push(order)
        await house.act(SCANNER, 'scan-app', {}, (desk) => pauseScans(desk, true))
        await once(signal, 'abort')
        throw new WorkerFailed('the scan was stopped')
      },
    })
    await job(hung).run(house, never)
    expect(finished(await events())).toHaveLength(0)
    expect(await due(app)).toMatchObject({ state: 'waiting', why: 'registered', told: null })
  })

  it('tries again later and later when the worker fails, and takes no answer away by it', async () => {
    const app = await registered()
    let failing = false
    const paper = paperWorker(async () => {
      if (failing) throw new WorkerFailed('the scan worker was lost twice over this app')
    })
    const scans = job(paper.worker)
    await scans.run(house, never)
    const before = await document(app)
    failing = true
    clock.advance(DAY_MS)
    const pauses = []
    for (let n = 0; n < 9; n++) {
      await scans.run(house, never)
      const row = await due(app)
      expect(row).toMatchObject({ why: 'again', told: 'the scan worker was lost twice over this app' })
      const pause = Date.parse(row?.due_at ?? '') - Date.parse(clock.now())
      pauses.push(pause / MINUTE_MS)
      clock.advance(pause)
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 360, 360])
    expect(await document(app)).toEqual(before)
    expect((await house.act(SCANNER, 'scan-app', {}, (desk) => scanQueue(desk))).failing).toMatchObject([{ app, attempts: 9 }])
    failing = false
    await scans.run(house, never)
    expect(finished(await events())).toHaveLength(2)
    expect((await house.act(SCANNER, 'scan-app', {}, (desk) => scanQueue(desk))).failing).toEqual([])
  })

  it('does not write down a scan of what has changed meanwhile, but scans what is there now', async () => {
    const app = await registered()
    let changed = false
    const paper = paperWorker(async () => {
      if (changed) return
      changed = true
      await house.act({ kind: 'machine', name: 'somebody else' }, 'scan-app', {}, (desk) =>
        desk.record([
          { stream: `app/${app}`, subject: app, type: 'directory.domain_proven', payload: { app, domain: 'app.example', method: 'dns' } },
        ]),
      )
      await house.act(SCANNER, 'scan-app', {}, (desk) => planScans(desk))
    })
    await job(paper.worker).run(house, never)
    expect(paper.orders.map((order) => order.proven_domains)).toEqual([[], ['app.example']])
    expect(finished(await events()).map((event) => event.payload['consent'])).toEqual([true])
  })

  it('is all there or nothing: when what follows from it fails, nothing of the scan was written', async () => {
    const breaking: Reactor = {
      name: 'breaks',
      slice: 'standing',
      listens: ['scanning.scan_finished'],
      react: async () => {
        throw new Error('a bug further on')
      },
    }
    house = await testHouse(opened, clock, { marketplace: house.marketplace, pipeline: pipeline(views, [breaking]) })
    const app = await registered()
    await job(paperWorker().worker).run(house, never)
    expect((await events()).filter((event) => event.type.startsWith('scanning.'))).toEqual([])
    expect(await document(app)).toBeNull()
    const kept = await house.act(SCANNER, 'scan-app', {}, (desk) =>
      desk.sql.selectFrom('evidence').select('kind').where('marketplace_id', '=', house.marketplace).execute(),
    )
    expect(kept).toEqual([{ kind: 'descriptor' }])
    expect(await due(app)).toMatchObject({ why: 'again', told: 'a bug further on' })
    expect(house.logged.some((line) => line.includes('a bug further on'))).toBe(true)
  })

  it('never scans an app twice at a time, however many processes work', async () => {
    for (let n = 0; n < 12; n++) await registered(`com.example.n${n}`)
    const papers = [paperWorker(), paperWorker(), paperWorker()]
    // Not the first start of a program: leases of the others are theirs.
    const jobs = papers.map((paper) => job(paper.worker))
    if (opened.database.engine === 'postgresql') await Promise.all(jobs.map((one) => one.run(house, never)))
    else for (const one of jobs) await one.run(house, never)
    expect(papers.flatMap((paper) => paper.orders)).toHaveLength(12)
    expect(finished(await events())).toHaveLength(12)
  })

  it('lets go of everything when it is told to stop', async () => {
    const app = await registered()
    const stopping = new AbortController()
    const hung = (): ScanWorker => ({
      pid: () => null,
      stop: async () => {},
      scan: async (_, signal) => {
        stopping.abort()
        if (!signal.aborted) await once(signal, 'abort')
        throw new WorkerFailed('the scan was stopped')
      },
    })
    await job(hung).run(house, stopping.signal)
    expect(await due(app)).toMatchObject({ state: 'waiting', why: 'registered' })
  })
})

describe('the whole road', () => {
  let opened: Opened
  let server: Server
  let port: number
  let answer: RequestListener = (_, response) => void response.end()

  beforeAll(async () => {
    const [embedded] = ENGINES
    if (embedded === undefined) throw new Error('there is an engine')
    opened = await embedded.open(systemClock)
    server = createServer({ key: leaf.key, cert: leaf.certificate }, (request, response) => answer(request, response))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    port = typeof address === 'object' && address !== null ? address.port : 0
  })
  afterAll(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await opened.close()
  })

  it('goes from an address to findings: the descriptor is read again, control is proven, the child scans', async () => {
    const house = await testHouse(opened, systemClock, {
      pipeline: pipeline(views, []),
      allow_targets: [`127.0.0.1:${port}`],
      extra_ca: ca.certificate,
    })
    const url = `https://127.0.0.1:${port}`
    let written = JSON.stringify(connect({ baseUrl: url, vendor: { name: 'Acme' } }))
    let token = ''
    answer = (request, response) => {
      request.resume()
      const headers = { 'strict-transport-security': 'max-age=63072000' }
      if (request.url === '/descriptor.json') response.writeHead(200, headers).end(written)
      else if (request.url === '/.well-known/castellan.txt') response.writeHead(200, headers).end(token)
      else response.writeHead(401, headers).end()
    }
    const { app } = await registerApp(house, admin, {
      brought: { bytes: new TextEncoder().encode(written), source_url: `${url}/descriptor.json` },
    })
    token = (await proofToken(house, admin, app)).token
    expect(await proveControl(house, admin, app, async () => [])).toMatchObject([{ proven: true, domain: '127.0.0.1' }])
    const stopping = new AbortController()
    const scans = scanJob({ extra_ca: ca.certificate, politeness: { connections: 6, per_second: 500 }, second_look_after_ms: 10 })
    written = JSON.stringify(connect({ baseUrl: url, vendor: { name: 'Acme' }, scopes: ['READ', 'ADMIN'] }))
    await scans.run(house, stopping.signal)
    stopping.abort()
    const { document, directory, events } = await house.act(SCANNER, 'scan-app', {}, async (desk) => ({
      document: await desk.documents.get<ScansDocument>(SCANS, app),
      directory: await desk.documents.get<AppDocument>(APPS, app),
      events: await desk.log.after(0, 1_000),
    }))
    expect(directory?.scopes.map((one) => one.scope)).toEqual(['ADMIN', 'READ'])
    expect(finished(events)).toHaveLength(1)
    expect(document?.last).toMatchObject({ consent: true, descriptor: directory?.descriptor })
    const outcomes = Object.fromEntries(Object.entries(document?.checks ?? {}).map(([check, one]) => [check, one.outcome]))
    expect(outcomes).toMatchObject({
      'descriptor-reachable': 'pass',
      'least-privilege-scopes': 'review',
      'hsts-enabled': 'pass',
      'certificate-valid': 'pass',
      'install-hook-signed': 'pass',
      'module-pages-authenticated': 'pass',
      'security-txt-present': 'fail',
    })
    // What the scanner read itself is no reason to scan again.
    const again = await house.act(SCANNER, 'scan-app', {}, (desk) => progressOf(desk, app))
    expect(again).toMatchObject({ state: 'waiting', why: 'daily' })
  })
})

describe('a server that is killed', () => {
  let folder: string
  let server: Server
  let port: number

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'castellan-kill-'))
    server = createServer({ key: leaf.key, cert: leaf.certificate }, (request, response) => {
      request.resume()
      setTimeout(() => response.writeHead(401, { 'strict-transport-security': 'max-age=63072000' }).end(), 20)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    port = typeof address === 'object' && address !== null ? address.port : 0
  })
  afterAll(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    rmSync(folder, { recursive: true, force: true })
  })

  it('loses no finding and doubles none, however often it is killed in the middle', async () => {
    const APPS_COUNT = 16
    const run = () =>
      fork(join(import.meta.dirname, '../../test/scanning-process.ts'), [folder, String(port), String(APPS_COUNT)], {
        env: { PATH: process.env['PATH'] ?? '', CA: ca.certificate },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      })
    let kills = 0
    for (;;) {
      const child = run()
      const wanted = 2 + kills * 2
      const told: string[] = []
      child.on('message', (message: { readonly kind: string }) => {
        told.push(message.kind)
        if (kills < 3 && told.length >= wanted && message.kind === 'recorded') child.kill('SIGKILL')
      })
      await once(child, 'exit')
      if (told.includes('done')) break
      kills += 1
      expect(kills).toBeLessThan(10)
    }
    expect(kills).toBeGreaterThanOrEqual(3)
    const database = await openDatabase({ clock: systemClock, data_directory: folder })
    try {
      const { events, evidence } = await database.within({ marketplace: 'main', party: { kind: 'machine' } }, async (unit) => ({
        events: await unit.log.after(0, 100_000),
        evidence: new Set((await unit.sql.selectFrom('evidence').select('evidence_id').execute()).map((row) => row.evidence_id)),
      }))
      expect(brokenAt(events, sha256)).toBeNull()
      const scanned = finished(events).map((event) => event.subject)
      expect(new Set(scanned).size).toBe(APPS_COUNT)
      expect(scanned).toHaveLength(APPS_COUNT)
      for (const app of new Set(scanned)) {
        const judged = events.filter((event) => event.subject === app && event.type === 'scanning.check_judged')
        expect(judged).toHaveLength(CHECKS.length)
        for (const event of judged) for (const id of (event.payload as { evidence: string[] }).evidence) expect(evidence).toContain(id)
      }
    } finally {
      await database.close()
    }
  }, 180_000)
})
