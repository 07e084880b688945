import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { authority, type Certified } from '../../../demo/certificate.ts'
import { soundDescriptor, startCorpusApp } from '../../../test/corpus/app.ts'
import { connect } from '../../../test/scans.ts'
import { after, DAY_MS } from '../../kernel/time.ts'
import { sha256 } from '../../platform/crypto.ts'
import { systemClock } from '../../platform/clock.ts'
import { CHECKS } from '../checks/index.ts'
import { readFromWorker, type ScanOrder } from './messages.ts'
import { scanWorker, WorkerFailed, type ScanWorker } from './worker.ts'

const ca = authority('Castellan test', new Date(Date.now() - 3_600_000), 400)
const folder = mkdtempSync(join(tmpdir(), 'castellan-worker-'))
const never = new AbortController().signal
const closing: (() => Promise<unknown>)[] = []
let leaf: Certified

beforeAll(() => {
  leaf = ca.issue([], ['127.0.0.1'], new Date(Date.now() - 3_600_000), 90)
})
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function served(listener: RequestListener): Promise<number> {
  const server = createServer({ key: leaf.key, cert: leaf.certificate }, listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const refuses: RequestListener = (request, response) => {
  request.resume()
  response.writeHead(401, { 'strict-transport-security': 'max-age=63072000' }).end()
}

const order = (port: number, of: Partial<ScanOrder> = {}): ScanOrder => {
  const text = JSON.stringify(connect({ baseUrl: `https://127.0.0.1:${port}` }))
  return {
    text,
    digest: sha256(text),
    source_url: null,
    base_urls: [],
    proven_domains: ['127.0.0.1'],
    now: systemClock.now(),
    limit_ms: 20_000,
    second_look_after_ms: 10,
    only: null,
    ...of,
  }
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const port = await served(() => {})
  await closing.pop()?.()
  return port
}

function worker(
  ports: readonly number[],
  of: { readonly memory_mb?: number; readonly grace_ms?: number; readonly child?: string; readonly host?: number } = {},
): ScanWorker {
  const made = scanWorker(
    {
      user_agent: 'castellan-scan/1',
      allow_targets: ports.map((port) => `127.0.0.1:${port}`),
      extra_ca: ca.certificate,
      politeness: { connections: 6, per_second: 1_000 },
      library_advisories: null,
      registrations: null,
      host:
        of.host === undefined
          ? null
          : { listen: { address: '127.0.0.1', port: of.host }, tenant_base_url: 'https://{tenant}.atlassian.net', tls: null },
    },
    { memory_mb: of.memory_mb ?? 256, grace_ms: of.grace_ms ?? 20_000 },
    ...(of.child === undefined ? [] : [of.child]),
  )
  closing.push(() => made.stop())
  return made
}

/** A worker that misbehaves in one way. */
function child(source: string): string {
  const file = join(folder, `${sha256(source).slice(7, 23)}.mjs`)
  writeFileSync(file, source)
  return file
}
const READY = `process.on('message', (m) => { if (m.kind === 'setup') process.send({ kind: 'ready' }) });`

describe('the scan worker', () => {
  it('scans in another process and answers all checks', async () => {
    const port = await served(refuses)
    const scans = worker([port])
    const result = await scans.scan(order(port), never)
    expect(scans.pid()).not.toBe(process.pid)
    expect(result.checks.map((judged) => judged.check)).toEqual(CHECKS.map((check) => check.id))
    expect(result.checks.find((judged) => judged.check === 'module-pages-authenticated')?.outcome).toBe('pass')
  })

  it('is the host product for apps that look up its keys there, and dates tokens by the app’s clock, not by one that was moved', async () => {
    const host = await freePort()
    const app = await startCorpusApp(leaf, `http://127.0.0.1:${host}`, `http://127.0.0.1:${host}`, {})
    closing.push(() => app.close())
    const text = JSON.stringify(soundDescriptor(app.url))
    const in_a_month = after(systemClock.now(), 30 * DAY_MS)
    const result = await worker([app.port], { host }).scan(order(app.port, { text, digest: sha256(text), now: in_a_month }), never)
    const outcomes = new Map(result.checks.map((judged) => [judged.check, judged.outcome]))
    expect(result.finished_at >= in_a_month).toBe(true)
    for (const check of ['connect-signature-verified', 'connect-install-verified', 'cache-control-no-store'])
      expect([check, outcomes.get(check)]).toEqual([check, 'pass'])
    expect([...app.tenants.keys()].every((tenant) => tenant.startsWith('scan-'))).toBe(true)
  })

  it('has an empty environment and may write no file, start no program and read no environment of its parent', async () => {
    const scans = worker([], {
      child: child(`
        import { spawnSync } from 'node:child_process'; import { writeFileSync, readFileSync } from 'node:fs'
        const tries = {
          environment: () => Object.keys(process.env).filter((name) => process.env[name] !== '' && !name.startsWith('NODE_CHANNEL')).join(),
          write: () => writeFileSync('${join(folder, 'written')}', 'x'), spawn: () => spawnSync('true').status,
        }
        const told = Object.entries(tries).map(([name, what]) => { try { return name + '=' + what() } catch (e) { return name + ':' + e.code } }).join(' ')
        process.on('message', (m) => process.send(m.kind === 'setup' ? { kind: 'ready' } : { kind: 'failed', number: m.number, told }))
      `),
    })
    await expect(scans.scan(order(1), never)).rejects.toThrow('environment= write:ERR_ACCESS_DENIED spawn:ERR_ACCESS_DENIED')
  })

  it('survives being killed in the middle: the scan is done once more, and the neighbours with it', async () => {
    let killed = false
    const port = await served((request, response) => {
      const pid = scans.pid()
      if (!killed && pid !== null && request.url === '/page') {
        killed = true
        process.kill(pid, 'SIGKILL')
      }
      refuses(request, response)
    })
    const scans = worker([port])
    const results = await Promise.all([1, 2, 3].map(() => scans.scan(order(port), never)))
    expect(killed).toBe(true)
    expect(results.map((result) => result.checks.filter(({ outcome }) => outcome === 'pass').length > 5)).toEqual([true, true, true])
  })

  it('gives up an app that it is lost over twice, and no other', async () => {
    const scans = worker([], {
      child: child(`${READY} process.on('message', (m) => {
        if (m.kind !== 'scan') return
        if (m.order.text === 'poison') process.abort()
        else setTimeout(() => process.send({ kind: 'failed', number: m.number, told: 'sound ' + m.order.text }), 50)
      })`),
    })
    const told = await Promise.allSettled(['a', 'poison', 'b'].map((text) => scans.scan(order(1, { text }), never)))
    expect(told.map((one) => (one.status === 'rejected' ? (one.reason as Error).message : ''))).toEqual([
      'sound a',
      expect.stringMatching(/lost twice over this app: it ended with SIGABRT/),
      'sound b',
    ])
  })

  it('kills a child that hangs', async () => {
    const scans = worker([], { grace_ms: 100, child: child(`${READY} process.on('message', (m) => { if (m.kind === 'scan') for (;;); })`) })
    await expect(scans.scan(order(1, { limit_ms: 100 }), never)).rejects.toThrow(/did not answer in time/)
  })

  it('kills a child that eats more memory than it may', async () => {
    const scans = worker([], {
      memory_mb: 32,
      child: child(
        `${READY} const kept = []; process.on('message', (m) => { if (m.kind === 'scan') for (;;) kept.push(new Array(1e5).fill(Math.random())) })`,
      ),
    })
    await expect(scans.scan(order(1), never)).rejects.toThrow(/lost twice/)
  })

  it('does not start a child for ever that ends at once', async () => {
    const scans = worker([], { child: child('process.exit(3)') })
    await expect(scans.scan(order(1), never)).rejects.toThrow(/does not start: it ended with 3/)
  })

  it('stops a scan when told to, and everything at the end', async () => {
    const port = await served(() => {})
    const scans = worker([port])
    const stop = new AbortController()
    const one = scans.scan(order(port), stop.signal)
    const other = scans.scan(order(port), never)
    stop.abort()
    await expect(one).rejects.toThrow(WorkerFailed)
    const refused = expect(other).rejects.toThrow(/was stopped/)
    await scans.stop()
    await refused
    await expect(scans.scan(order(port), never)).rejects.toThrow(/was stopped/)
  })

  it('parses hostile descriptors there and not here', async () => {
    const scans = worker([])
    await expect(scans.scan(order(1, { text: '{"key":' }), never)).rejects.toThrow(WorkerFailed)
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
      .split('')
      .map((name, place) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefg'[place]}`).join(',')}]`)
      .join('\n')}\napp: {}\nmodules: {}\n`
    await expect(scans.scan(order(1, { text: bomb }), never)).rejects.toThrow(WorkerFailed)
  })
})

describe('what the worker says', () => {
  const result = {
    app_key: 'a',
    descriptor: sha256('d'),
    consent: true,
    started_at: '2026-11-23T09:00:00.000Z',
    finished_at: '2026-11-23T09:00:01.000Z',
    checks: [
      {
        check: 'hsts-enabled',
        outcome: 'pass',
        reason: null,
        blind: null,
        says: { code: 'x', params: {} },
        findings: [],
        evidence: [sha256('{"a":1}')],
      },
    ],
    evidence: [{ id: sha256('{"a":1}'), artifact: 'front', body: { a: 1 } }],
  }
  const said = (of: object) => readFromWorker({ kind: 'scanned', number: 1, result: { ...result, ...of } })
  const [check] = result.checks

  it('is believed when it is in order', () => expect(said({})).toMatchObject({ kind: 'scanned', number: 1 }))

  it.each<[string, object]>([
    ['an outcome that there is not', { checks: [{ ...check, outcome: 'fine' }] }],
    ['a check that there is not', { checks: [{ ...check, check: 'badge-granted' }] }],
    ['a check twice', { checks: [check, check] }],
    ['evidence under another name', { evidence: [{ id: sha256('{"a":1}'), artifact: 'front', body: { a: 2 } }] }],
    ['evidence that is not there', { evidence: [] }],
    ['a member that nobody asked for', { also: 'this' }],
    ['a moment that is none', { finished_at: 'yesterday' }],
    [
      'too much of it',
      { evidence: [{ id: sha256(JSON.stringify('x'.repeat(500_000))), artifact: 'front', body: 'x'.repeat(500_000) }], checks: [] },
    ],
  ])('is not believed with %s', (_, of) => expect(said(of)).toMatchObject({ kind: 'nonsense' }))

  it.each([null, 'scanned', 17, { kind: 'grant' }, { kind: 'scanned' }, { kind: 'scanned', number: -1, result }])(
    'is not believed as %j',
    (message) => {
      expect(readFromWorker(message)).toMatchObject({ kind: 'nonsense' })
    },
  )
})
