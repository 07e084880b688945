import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { afterEach, describe, expect, it } from 'vitest'
import { authority } from '../../../demo/certificate.ts'
import { connect, descriptor } from '../../../test/scans.ts'
import { systemClock } from '../../platform/clock.ts'
import { strangerClient } from '../../platform/net/stranger.ts'
import { scopeOf } from '../scope.ts'
import type { Probing } from './exchange.ts'
import { collectLeftLying } from './left-lying.ts'
import { collectOrigins } from './origins.ts'
import { collectPlainHttp } from './plain-http.ts'

const ca = authority('Castellan test', new Date(Date.now() - 3_600_000), 400)
const leaf = ca.issue(['localhost'], ['127.0.0.1'], new Date(Date.now() - 3_600_000), 90)
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server does not listen')
  return address.port
}

/** A real server with what it was asked, an app on it by its descriptor, and the guarded client. */
async function app(scheme: 'http' | 'https', listener: RequestListener, more: object = {}) {
  const asked: string[] = []
  const all: RequestListener = (request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.origin ?? ''}`.trim())
    listener(request, response)
  }
  const port = await listening(
    scheme === 'http' ? createHttpServer(all) : createHttpsServer({ key: leaf.key, cert: leaf.certificate }, all),
  )
  const target = `127.0.0.1:${port}`
  const { description } = descriptor(connect({ baseUrl: `${scheme}://${target}`, ...more }))
  const scope = scopeOf(description)
  const client = strangerClient({ user_agent: 'test', now: systemClock.now, allow_targets: [target], extra_ca: ca.certificate })
  const probing: Probing = {
    client,
    scope,
    claimed: scope,
    signal: new AbortController().signal,
    scan_id: 'scan-test',
    chance: (bytes) => randomBytes(bytes),
  }
  return { asked, base: `${scheme}://${target}`, description, probing, nobody: { ...probing, scope: { ...scope, domains: [] } } }
}

describe('plain HTTP', () => {
  it('is asked for by GET at the root and at pages, and no redirect is followed', async () => {
    const { asked, base, description, probing } = await app('http', (_, response) => {
      response.writeHead(301, { location: 'https://127.0.0.1/elsewhere' }).end()
    })
    const found = await collectPlainHttp(probing, description)
    expect(found).toMatchObject({ kind: 'seen', value: { silent: [] } })
    expect(asked.toSorted()).toEqual(['GET /', 'GET /page'])
    if (found.kind === 'seen') expect(found.value.seen.map(({ url, status }) => [url, status])[0]).toEqual([`${base}/`, 301])
  })

  it('is silent at a port that speaks TLS only, which is asked once', async () => {
    const { asked, description, probing } = await app('https', (_, response) => response.end('never'))
    const found = await collectPlainHttp(probing, description)
    expect(found).toMatchObject({ kind: 'seen', value: { seen: [], silent: [{ reason: 'reset' }] } })
    expect(asked).toEqual([])
  })

  it('leaves hosts alone that are not proven', async () => {
    const { asked, description, nobody } = await app('http', (_, response) => response.end())
    expect(await collectPlainHttp(nobody, description)).toEqual({ kind: 'seen', value: { seen: [], silent: [] } })
    expect(asked).toEqual([])
  })
})

describe('strange origins', () => {
  it('are a name that nobody can own, and null', async () => {
    const { asked, description, probing, nobody } = await app('https', (request, response) => {
      response.writeHead(200, { 'access-control-allow-origin': request.headers.origin ?? '' }).end()
    })
    const found = await collectOrigins(probing, description)
    if (found.kind !== 'seen') throw new Error(found.detail)
    expect(asked.map((line) => line.replace(/[0-9a-f]{12}/, '…')).toSorted()).toEqual([
      'GET / https://scan-….example',
      'GET / null',
      'GET /page https://scan-….example',
    ])
    for (const { origin, exchange } of found.value.probes) expect(exchange.headers).toContainEqual(['access-control-allow-origin', origin])
    asked.length = 0
    await collectOrigins(nobody, description)
    expect(asked).toEqual([])
  })
})

describe('what lies about', () => {
  it('is asked for by GET at three places, and no value of a setting is kept', async () => {
    const { asked, description, probing, nobody } = await app('https', (request, response) => {
      if (request.url === '/.env')
        response.writeHead(200, { 'content-type': 'text/plain' }).end('# mine\nKEY=hunter2\nCERT="line\nmore-hunter2"\n')
      else response.writeHead(404).end()
    })
    const found = await collectLeftLying(probing, description)
    if (found.kind !== 'seen') throw new Error(found.detail)
    expect(asked.toSorted()).toEqual(['GET /.env', 'GET /.git/HEAD', 'GET /server-status'])
    expect(found.value.seen.find(({ url }) => url.endsWith('/.env'))?.body).toBe('KEY=…\nCERT=…')
    expect(JSON.stringify(found)).not.toContain('hunter2')
    asked.length = 0
    await collectLeftLying(nobody, description)
    expect(asked).toEqual([])
  })
})
