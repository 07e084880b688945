import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createApp, type App } from '../../../examples/issue-templates/server/app.ts'
import type { AsksHost } from '../../../examples/issue-templates/server/permissions.ts'
import { authority, type Certified } from '../../demo/certificate.ts'
import { connect } from '../../test/scans.ts'
import { readDescriptor } from '../directory/descriptors/read.ts'
import { render, type Outcome } from '../kernel/says.ts'
import { sha256Bytes } from '../platform/crypto.ts'
import { systemClock } from '../platform/clock.ts'
import { strangerClient } from '../platform/net/stranger.ts'
import { startHost, type Host } from './host/host.ts'
import { MESSAGES } from './messages.ts'
import { scan, type ScanRequest, type ScanResult } from './scan.ts'

const ca = authority('Castellan test', new Date(Date.now() - 3_600_000), 400)
let leaf: Certified
const closing: (() => Promise<unknown>)[] = []

beforeAll(() => {
  leaf = ca.issue(['localhost'], ['127.0.0.1'], new Date(Date.now() - 3_600_000), 90)
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const portOf = (server: Server): number => {
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server does not listen')
  return address.port
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return portOf(server)
}

/** The example app over TLS, as the demo runs it, with its faults. */
async function example(faults: string, host: Host | null = null): Promise<{ readonly app: App; readonly port: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'castellan-example-'))
  const reserved = createHttpServer()
  reserved.listen(0, '127.0.0.1')
  await once(reserved, 'listening')
  const port = portOf(reserved)
  await new Promise((resolve) => reserved.close(resolve))
  const app = createApp({
    baseUrl: `https://127.0.0.1:${port}`,
    storePath: join(folder, 'store.sqlite'),
    keyServer: host?.address ?? 'http://127.0.0.1:9',
    ...(host === null ? {} : { askHost: asksAt(host) }),
    forgeAppId: 'ari:cloud:ecosystem::app/1f',
    forgeJwks: 'http://127.0.0.1:9/jwks.json',
    faults,
    domainProof: null,
    tls: { key: leaf.key, cert: leaf.certificate },
    now_ms: () => Date.now(),
  })
  app.server.listen(port, '127.0.0.1')
  await once(app.server, 'listening')
  closing.push(async () => {
    await app.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return { app, port }
}

/** Asks the stub of the host product, wherever the tenant says that it is: its name leads there. */
const asksAt =
  (host: Host): AsksHost =>
  async (tenant, account) => {
    const answer = await fetch(`${host.address}/${tenant.key}/rest/api/3/permissions/check`, {
      method: 'POST',
      body: JSON.stringify({ accountId: account, globalPermissions: ['ADMINISTER'] }),
    })
    const { globalPermissions } = (await answer.json()) as { readonly globalPermissions: readonly string[] }
    return globalPermissions.includes('ADMINISTER')
  }

/** The host product for tests. The example takes tenants under names of the usual kind only. */
async function ownHost(): Promise<Host> {
  const host = await startHost({ listen: { address: '127.0.0.1', port: 0 }, tenant_base_url: 'https://{tenant}.atlassian.net', tls: null })
  closing.push(() => host.close())
  return host
}

/** A server of the test's own making, over TLS. */
const served = (listener: RequestListener): Promise<number> =>
  listening(createHttpsServer({ key: leaf.key, cert: leaf.certificate, minVersion: 'TLSv1.2' }, listener))

type Of = Partial<ScanRequest> & { readonly written?: object; readonly source_url?: string | null; readonly targets?: readonly number[] }

async function scanned(port: number, of: Of = {}): Promise<ScanResult> {
  const targets = [port, ...(of.targets ?? [])].map((one) => `127.0.0.1:${one}`)
  const client = strangerClient({ user_agent: 'castellan-scan/1', now: systemClock.now, allow_targets: targets, extra_ca: ca.certificate })
  const url = of.source_url === undefined ? `https://127.0.0.1:${port}/atlassian-connect.json` : of.source_url
  let bytes = new TextEncoder().encode(JSON.stringify(of.written ?? {}))
  if (of.written === undefined && url !== null) {
    const answer = await client.fetch({ url, ports: [port] })
    if (answer.kind !== 'answer') throw new Error(answer.detail)
    bytes = Uint8Array.from(answer.body)
  }
  const { description, text } = readDescriptor(bytes, sha256Bytes)
  return scan({
    description,
    source: { url, text },
    proven_domains: ['127.0.0.1'],
    test_hosts: targets,
    client,
    now: systemClock.now,
    chance: (length) => randomBytes(length),
    wait: (milliseconds) => sleep(milliseconds),
    signal: new AbortController().signal,
    second_look_after_ms: 20,
    ...of,
  })
}

const outcomes = (result: ScanResult): Record<string, Outcome> =>
  Object.fromEntries(result.checks.map(({ check, outcome }) => [check, outcome]))
const of = (result: ScanResult, check: string) => {
  const found = result.checks.find((one) => one.check === check)
  if (found === undefined) throw new Error(`no answer of ${check}`)
  return found
}

describe('the example app', () => {
  it('has no fail and no error when it is in order, and says why where nothing could be said', async () => {
    const { port } = await example('')
    const result = await scanned(port)
    for (const judged of result.checks) for (const finding of judged.findings) expect(render(finding.says, MESSAGES)).not.toContain('{')
    expect(outcomes(result)).toEqual({
      'bundle-secrets-absent': 'not_applicable',
      'cache-control-no-store': 'inconclusive',
      'certificate-valid': 'pass',
      'cipher-suites-strong': 'pass',
      'client-libraries-patched': 'not_applicable',
      'connect-admin-permission': 'inconclusive',
      'connect-algorithm-pinned': 'inconclusive',
      'connect-authentication-jwt': 'pass',
      'connect-install-verified': 'inconclusive',
      'connect-query-bound': 'inconclusive',
      'connect-signature-verified': 'inconclusive',
      'connect-tenants-apart': 'inconclusive',
      'connect-token-lifetime': 'inconclusive',
      'connect-uninstall-final': 'inconclusive',
      'connect-webhooks-authenticated': 'inconclusive',
      'content-security-policy-strict': 'inconclusive',
      'descriptor-reachable': 'pass',
      'descriptor-tidy': 'pass',
      'domain-registered': 'not_applicable',
      'foreign-origins-refused': 'pass',
      'forge-csp-strict': 'not_applicable',
      'forge-egress-explicit': 'not_applicable',
      'forge-runtime-supported': 'not_applicable',
      'framing-limited': 'inconclusive',
      'hsts-enabled': 'pass',
      'inputs-encoded': 'inconclusive',
      'install-hook-signed': 'pass',
      'least-privilege-scopes': 'pass',
      'manifest-secrets-absent': 'pass',
      'module-pages-authenticated': 'pass',
      'nothing-leaked': 'pass',
      'plain-http-refused': 'pass',
      'redirects-own': 'not_applicable',
      'referrer-policy-strict': 'inconclusive',
      'security-txt-present': 'pass',
      'session-cookies-protected': 'inconclusive',
      'subdomains-claimed': 'not_applicable',
      'tls-versions-modern': 'pass',
    })
    expect(of(result, 'cache-control-no-store')).toMatchObject({ reason: 'no_control', blind: 'ours' })
    expect(of(result, 'connect-signature-verified')).toMatchObject({ reason: 'no_handshake', blind: 'ours' })
  })

  it('passes every question that the host product’s own calls can ask, and is left as it was found', async () => {
    const host = await ownHost()
    const { port, app } = await example('', host)
    const result = await scanned(port, { host })
    const open = result.checks.filter(({ outcome }) => outcome !== 'pass' && outcome !== 'not_applicable')
    expect(open.map(({ check, outcome, reason }) => [check, outcome, reason])).toEqual([])
    const tenants = new Set(JSON.stringify(result.evidence).match(/scan-[ab]-[0-9a-f]{16}/g))
    for (const tenant of tenants) expect(app.store.tenant(tenant)).toBeNull()
    expect(result.checks.find(({ check }) => check === 'connect-admin-permission')?.findings[0]?.proof).toMatchObject({ status: 403 })
  })

  it('is found out by the host’s own calls where it believes unsigned installations', async () => {
    const host = await ownHost()
    const { port } = await example('insecure-install', host)
    const failed = (await scanned(port, { host })).checks.filter(({ outcome }) => outcome === 'fail').map(({ check }) => check)
    expect(failed).toEqual(['connect-install-verified', 'connect-tenants-apart', 'install-hook-signed'])
  })

  it.each([
    ['insecure-headers', ['hsts-enabled', 'session-cookies-protected']],
    ['insecure-pages', ['module-pages-authenticated']],
    ['insecure-install', ['install-hook-signed']],
  ])('with %s fails exactly where it should', async (fault, failing) => {
    const { port, app } = await example(fault)
    app.store.install({ key: 'demo', host: 'https://demo.atlassian.net', secret: 's'.repeat(40) })
    const result = await scanned(port)
    const failed = result.checks.filter((judged) => judged.outcome === 'fail').map((judged) => judged.check)
    expect(failed).toEqual(failing)
  })

  it('with both lacks no header that a page is judged by', async () => {
    const { port } = await example('insecure-headers,insecure-pages')
    const result = await scanned(port)
    const failed = result.checks.filter((judged) => judged.outcome === 'fail').map((judged) => judged.check)
    expect(failed).toEqual([
      'cache-control-no-store',
      'hsts-enabled',
      'module-pages-authenticated',
      'referrer-policy-strict',
      'session-cookies-protected',
    ])
  })

  it('leaves no tenant of ours behind where it took one without a signature', async () => {
    const { port, app } = await example('insecure-install')
    const result = await scanned(port)
    const proofs = of(result, 'install-hook-signed').findings.map((finding) => finding.proof['left_behind'])
    expect(new Set(proofs)).toEqual(new Set([null]))
    const sent = JSON.stringify(result.evidence)
    const tenants = new Set(sent.match(/scan-[0-9a-f]{16}/g))
    for (const tenant of tenants) expect(app.store.tenant(tenant)?.enabled ?? false).toBe(false)
  })

  it('is inconclusive where it is dead, not passed', async () => {
    const { port, app } = await example('')
    const url = `https://127.0.0.1:${port}/atlassian-connect.json`
    const written = connect({ baseUrl: `https://127.0.0.1:${port}` })
    app.faults.set('dead', true)
    const result = await scanned(port, { written, source_url: url })
    for (const check of [
      'hsts-enabled',
      'module-pages-authenticated',
      'install-hook-signed',
      'descriptor-reachable',
      'security-txt-present',
    ]) {
      expect(of(result, check)).toMatchObject({ outcome: 'inconclusive', blind: 'theirs' })
    }
  })

  it('gives the same ids in every scan', async () => {
    const { port } = await example('insecure-headers')
    const ids = (result: ScanResult) => result.checks.flatMap((judged) => judged.findings.map((finding) => [finding.id, finding.outcome]))
    expect(ids(await scanned(port))).toEqual(ids(await scanned(port)))
  })
})

/** Made once: the server of a test runs in the same process as the scan, and must not be what slows it down. */
const BOMB = gzipSync(Buffer.alloc(20_000_000))

describe('a scan', () => {
  const sound: RequestListener = (request, response) => {
    response.writeHead(401, { 'strict-transport-security': 'max-age=63072000' }).end()
    request.resume()
  }

  it('asks only for what is public while control of the domain is not proven', async () => {
    const seen: string[] = []
    const port = await served((request, response) => {
      seen.push(`${request.method} ${request.url}`)
      sound(request, response)
    })
    const result = await scanned(port, {
      written: connect({ baseUrl: `https://127.0.0.1:${port}/app` }),
      source_url: null,
      proven_domains: [],
    })
    expect([...seen].sort()).toEqual(['GET /', 'GET /app'])
    expect(result.consent).toBe(false)
    for (const check of ['module-pages-authenticated', 'install-hook-signed', 'security-txt-present', 'cache-control-no-store']) {
      expect(of(result, check)).toMatchObject({ outcome: 'inconclusive', reason: 'no_consent', blind: 'theirs' })
    }
    expect(of(result, 'tls-versions-modern').outcome).toBe('pass')
    expect(of(result, 'hsts-enabled').outcome).toBe('pass')
  })

  it('never asks a host that is not the app’s, and names one that is not proven', async () => {
    const asked: string[] = []
    const own = await served(sound)
    const other = await listening(
      createHttpServer((request, response) => {
        asked.push(request.url ?? '')
        response.end()
      }),
    )
    const written = connect({
      baseUrl: `https://127.0.0.1:${own}`,
      lifecycle: { installed: `http://127.0.0.2:${other}/installed` },
      modules: {
        generalPages: [{ url: '/page' }, { url: `http://127.0.0.2:${other}/page` }, { url: 'https://docs.example/manual' }],
      },
    })
    const result = await scanned(own, { written, source_url: null, targets: [other] })
    expect(asked).toEqual([])
    expect(of(result, 'module-pages-authenticated').findings.map((finding) => finding.where)).toEqual([`https://127.0.0.1:${own}/page`])
    expect(of(result, 'install-hook-signed')).toMatchObject({ outcome: 'inconclusive', reason: 'not_called' })
    const unproven = await scanned(own, { written, source_url: null, proven_domains: ['other.example'] })
    expect(of(unproven, 'module-pages-authenticated')).toMatchObject({ outcome: 'inconclusive', reason: 'no_consent' })
  })

  it('sends nothing but GET to pages, and POST to hooks with a tenant of ours only', async () => {
    const bodies: { method: string; path: string; body: string }[] = []
    const port = await served((request, response) => {
      void textOf(request).then((body) => {
        bodies.push({ method: request.method ?? '', path: request.url ?? '', body })
        sound(request, response)
      })
    })
    await scanned(port, { written: connect({ baseUrl: `https://127.0.0.1:${port}` }), source_url: null })
    const posts = bodies.filter(({ method }) => method !== 'GET')
    expect(new Set(posts.map(({ method, path }) => `${method} ${path}`))).toEqual(new Set(['POST /installed', 'POST /uninstalled']))
    for (const { body } of posts) {
      const sent = JSON.parse(body) as { clientKey: string; baseUrl: string }
      expect(sent.clientKey).toMatch(/^scan-[0-9a-f]{16}$/)
      expect(sent.baseUrl).toBe(`https://${sent.clientKey}.example`)
    }
  })

  it('asks a protected page once, one page of a host once more as another site would, and not again when nothing failed', async () => {
    const asked: string[] = []
    const port = await served((request, response) => {
      asked.push(request.url ?? '')
      sound(request, response)
    })
    await scanned(port, { written: connect({ baseUrl: `https://127.0.0.1:${port}` }), source_url: null })
    expect(asked.filter((path) => path === '/page')).toHaveLength(2)
  })

  it('looks twice before it says fail: a blip is flaky', async () => {
    let asked = 0
    const port = await served((request, response) => {
      // Other questions ask the page too, as a script of another site for one.
      if (request.url !== '/page' || request.headers.origin !== undefined) {
        sound(request, response)
        return
      }
      asked += 1
      const body = `<table><tr><td>${'Somebody’s data. '.repeat(20)}</td></tr></table>`
      if (asked === 1)
        response.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }).end(body)
      else sound(request, response)
    })
    const result = await scanned(port, { written: connect({ baseUrl: `https://127.0.0.1:${port}` }), source_url: null })
    expect(of(result, 'module-pages-authenticated')).toMatchObject({ outcome: 'inconclusive', reason: 'flaky', blind: 'theirs' })
  })

  it('is inconclusive about an app that dies on the way', async () => {
    let asked = 0
    const port = await served((request, response) => {
      asked += 1
      if (asked > 2) request.socket.destroy()
      else sound(request, response)
    })
    const result = await scanned(port, { written: connect({ baseUrl: `https://127.0.0.1:${port}` }), source_url: null })
    for (const check of ['module-pages-authenticated', 'install-hook-signed', 'security-txt-present'])
      expect(of(result, check).outcome).toBe('inconclusive')
  })

  it('is our own silence when it is stopped, and the app’s when the app used up the time', async () => {
    const port = await served(() => {})
    const written = connect({ baseUrl: `https://127.0.0.1:${port}` })
    const stop = new AbortController()
    const stopped = scanned(port, { written, source_url: null, signal: stop.signal })
    setTimeout(() => stop.abort(), 300)
    expect(of(await stopped, 'hsts-enabled')).toMatchObject({ outcome: 'inconclusive', reason: 'stopped', blind: 'ours' })
    const slow = await scanned(port, { written, source_url: null, limit_ms: 400 })
    expect(of(slow, 'hsts-enabled')).toMatchObject({ outcome: 'inconclusive', reason: 'timeout', blind: 'theirs' })
  })

  it.each<[string, RequestListener, string]>([
    [
      'a compressed bomb',
      (_, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'text/html' }).end(BOMB)
      },
      'inflated_too_large',
    ],
    [
      'a flood',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'text/html' })
        response.end(Buffer.alloc(5_000_000, 'x'))
      },
      'body_too_large',
    ],
    [
      'an endless header',
      (_, response) => void response.socket?.write(`HTTP/1.1 200 OK\r\n${`a: ${'b'.repeat(999)}\r\n`.repeat(60)}`),
      'headers_too_large',
    ],
    ['no HTTP at all', (_, response) => void response.socket?.end('hello\r\n\r\n'), 'bad_response'],
  ])('survives %s and says so', async (_, listener, reason) => {
    const port = await served(listener)
    const result = await scanned(port, { written: connect({ baseUrl: `https://127.0.0.1:${port}` }), source_url: null })
    expect(of(result, 'module-pages-authenticated')).toMatchObject({ outcome: 'inconclusive', reason, blind: 'theirs' })
    expect(JSON.stringify(result.evidence).length).toBeLessThan(500_000)
  })

  it('keeps evidence that is bounded and holds no secret of the app’s or ours', async () => {
    const secret = `ghp_${'a1'.repeat(18)}`
    const port = await served((request, response) => {
      request.resume()
      response
        .writeHead(200, { 'content-type': 'text/html', 'set-cookie': `sid=${'f'.repeat(32)}; Secure`, 'x-token': secret })
        .end(`<p>${secret}</p><script>var sharedSecret = "${'k'.repeat(40)}"</script>${'data '.repeat(4_000)}`)
    })
    const result = await scanned(port, { written: connect({ baseUrl: `https://127.0.0.1:${port}` }), source_url: null })
    const kept = JSON.stringify(result)
    for (const hidden of [secret, 'f'.repeat(32), 'k'.repeat(40)]) expect(kept).not.toContain(hidden)
    for (const { body } of result.evidence) expect(JSON.stringify(body).length).toBeLessThan(20_000)
    for (const { checks } of [result])
      for (const { outcome, evidence } of checks) if (outcome === 'fail') expect(evidence.length).toBeGreaterThan(0)
  })
})

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
