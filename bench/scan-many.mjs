// A thousand apps of 5 pages and 3 hooks, each at an address of its own, scanned by the product's scan process, 64 at a time;
// every result has passed the check that the server makes before it stores one. Beside it a bare client with as many requests.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { manyTimes } from './target.mjs'

const APPS = 1_000
const PAGES = 5
const AT_ONCE = 64

if (process.argv[2] === 'serve-apps') {
  let requests = 0
  const server = createServer((incoming, response) => {
    if (incoming.url === '/count') {
      response.end(String(requests))
      requests = 0
      return
    }
    requests += 1
    incoming.resume()
    const refuses = incoming.url.startsWith('/page') || incoming.url.startsWith('/hook')
    response.writeHead(refuses ? 401 : 404, { 'content-type': 'text/html', 'strict-transport-security': 'max-age=63072000' }).end('no')
  })
  server.listen(0, '0.0.0.0', () => process.send({ port: server.address().port }))
  process.on('disconnect', () => process.exit(0))
}

export const about = `${APPS} apps of ${PAGES} pages and 3 hooks on addresses of their own, ${AT_ONCE} at a time, over plain HTTP on loopback`
export const unit = 'seconds'
export const decimals = 1
export const contenders = { 'bare, 64 at once': 'bare', scans: 'scans' }
export const measure = (figure) => figure.seconds
export const tell = ({ seconds, requests, child_mb }) =>
  `${seconds.toFixed(1)} s, ${requests} requests${child_mb === null ? '' : `, the scan process had ${child_mb} MiB at most`}`

const addressOf = (number) => `127.1.${Math.floor(number / 250)}.${(number % 250) + 1}`

export async function run(kind) {
  const { GENTLE } = await import('../server/src/scanning/collectors/polite.ts')
  const { scanWorker } = await import('../server/src/scanning/worker/worker.ts')
  const { sha256Bytes } = await import('../server/src/platform/crypto.ts')
  const { systemClock } = await import('../server/src/platform/clock.ts')
  const target = fork(import.meta.filename, ['serve-apps'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const [{ port }] = await once(target, 'message')
  const worker = scanWorker({
    user_agent: 'bench',
    allow_targets: Array.from({ length: APPS }, (_, number) => `${addressOf(number)}:${port}`),
    extra_ca: null,
    politeness: GENTLE,
    host: null,
    library_advisories: null,
    registrations: null,
  })
  const scanned = async (number) => {
    const base = `http://${addressOf(number)}:${port}`
    const generalPages = Array.from({ length: PAGES }, (_, n) => ({ key: `p${n}`, name: { value: 'P' }, url: `/page/${n}` }))
    const text = JSON.stringify({
      key: `example.bench-${number}`,
      name: 'Bench',
      baseUrl: base,
      authentication: { type: 'jwt' },
      lifecycle: { installed: '/hook/in', uninstalled: '/hook/out' },
      scopes: ['READ'],
      modules: { generalPages, webhooks: [{ event: 'jira:issue_updated', url: '/hook/event' }] },
    })
    const result = await worker.scan(
      {
        text,
        digest: sha256Bytes(new TextEncoder().encode(text)),
        source_url: `${base}/descriptor.json`,
        base_urls: [],
        proven_domains: [addressOf(number)],
        now: systemClock.now(),
        limit_ms: 120_000,
        second_look_after_ms: 2_000,
        only: null,
      },
      new AbortController().signal,
    )
    if (result.checks.length < 30 || result.app_key !== `example.bench-${number}`) throw new Error(`app ${number} was not answered`)
  }
  const counted = async () => Number(await get(`http://127.0.0.1:${port}/count`))
  try {
    await scanned(0)
    const per_app = await counted()
    const started = performance.now()
    let next = 0
    if (kind === 'bare') await manyTimes(per_app * APPS, AT_ONCE, () => get(`http://${addressOf(next++ % APPS)}:${port}/page/1`))
    else await manyTimes(APPS, AT_ONCE, () => scanned(next++))
    const seconds = (performance.now() - started) / 1_000
    const child = kind === 'bare' ? null : peakOfChildren()
    return { seconds, requests: await counted(), child_mb: child }
  } finally {
    await worker.stop()
    target.disconnect()
  }
}

/** The largest that any child of this process has been, in MiB: Linux tells. */
function peakOfChildren() {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ')
  return Math.max(
    ...children.map((pid) => Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024)),
  )
}

const get = (url) =>
  new Promise((resolve, reject) => {
    request(url, { agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () => resolve(text))
    })
      .on('error', reject)
      .end()
  })
