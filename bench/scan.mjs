// One app with 20 pages and 3 hooks whose every answer takes 200 ms, scanned whole: without the host's calls, as for an app that
// runs elsewhere, so that what counts is how well the waiting is shared. Beside it a bare client that sends as many requests.
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { authority } from '../server/demo/certificate.ts'
import { manyTimes } from './target.mjs'

const PAGES = 20
const ANSWER_MS = 200

if (process.argv[2] === 'serve-app') {
  let requests = 0
  const yesterday = new Date(Date.now() - 86_400_000)
  const ca = authority('Castellan bench', yesterday, 90)
  const leaf = ca.issue(['localhost'], ['127.0.0.1'], yesterday, 80)
  const server = createServer({ key: leaf.key, cert: leaf.certificate }, (incoming, response) => {
    if (incoming.url === '/count') {
      response.end(String(requests))
      requests = 0
      return
    }
    requests += 1
    incoming.resume()
    setTimeout(() => {
      const refuses = incoming.url.startsWith('/page') || incoming.url.startsWith('/hook')
      response.writeHead(refuses ? 401 : 404, { 'content-type': 'text/html', 'strict-transport-security': 'max-age=63072000' }).end('no')
    }, ANSWER_MS)
  })
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port, ca: ca.certificate }))
  process.on('disconnect', () => process.exit(0))
}

export const about = `one app with ${PAGES} pages and 3 hooks, ${ANSWER_MS} ms an answer, over HTTPS on loopback`
export const unit = 'seconds'
export const decimals = 2
export const contenders = { 'bare, 6 at once': 'bare', 'scan, 6 at once': 'fast', 'scan, default pace': 'default' }
export const measure = (figure) => figure.seconds
export const tell = ({ seconds, requests }) => `${seconds.toFixed(2)} s, ${requests} requests`

export async function run(kind) {
  const child = fork(import.meta.filename, ['serve-app'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const [{ port, ca }] = await once(child, 'message')
  const base = `https://127.0.0.1:${port}`
  const scanned = await scanOf(base, port, ca)
  const counted = async () => Number(await get(`${base}/count`, ca))
  try {
    // The same code warm: what is measured is the scan, not the compiler.
    await scanned({ connections: 6, per_second: 1_000 })
    const requests = await counted()
    const started = performance.now()
    if (kind === 'bare') await manyTimes(requests, 6, () => get(`${base}/page/1`, ca))
    else await scanned(kind === 'fast' ? { connections: 6, per_second: 1_000 } : null)
    return { seconds: (performance.now() - started) / 1_000, requests: await counted() }
  } finally {
    child.disconnect()
  }
}

async function scanOf(base, port, ca) {
  const { scan } = await import('../server/src/scanning/scan.ts')
  const { GENTLE, polite } = await import('../server/src/scanning/collectors/polite.ts')
  const { readDescriptor } = await import('../server/src/directory/descriptors/read.ts')
  const { strangerClient } = await import('../server/src/platform/net/stranger.ts')
  const { systemClock } = await import('../server/src/platform/clock.ts')
  const { sha256Bytes } = await import('../server/src/platform/crypto.ts')
  const generalPages = Array.from({ length: PAGES }, (_, n) => ({
    key: `p${n}`,
    name: { value: 'P' },
    url: `/page/${n}?issue={issue.key}`,
  }))
  const text = JSON.stringify({
    key: 'example.bench',
    name: 'Bench',
    baseUrl: base,
    authentication: { type: 'jwt' },
    lifecycle: { installed: '/hook/in', uninstalled: '/hook/out' },
    scopes: ['READ'],
    modules: { generalPages, webhooks: [{ event: 'jira:issue_updated', url: '/hook/event' }] },
  })
  const { description } = readDescriptor(new TextEncoder().encode(text), sha256Bytes)
  const wait = async (milliseconds) => {
    await sleep(milliseconds)
  }
  return async (politeness) => {
    const client = strangerClient({ user_agent: 'bench', now: systemClock.now, allow_targets: [`127.0.0.1:${port}`], extra_ca: ca })
    const result = await scan({
      description,
      source: { url: `${base}/descriptor.json`, text },
      proven_domains: ['127.0.0.1'],
      test_hosts: [`127.0.0.1:${port}`],
      client: polite(client, politeness ?? GENTLE, { now: systemClock.now, elapsed_ms: () => performance.now(), wait }),
      now: systemClock.now,
      chance: (length) => randomBytes(length),
      wait,
      signal: new AbortController().signal,
    })
    if (result.checks.length < 30) throw new Error(`${result.checks.length} checks were answered`)
  }
}

const get = (url, ca) =>
  new Promise((resolve, reject) => {
    request(url, { agent: false, ca }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () => resolve(text))
    })
      .on('error', reject)
      .end()
  })
