import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createApp } from './app.ts'
import { FAULTS } from './faults.ts'

// Settings come from the environment; README.md lists them.
const env = process.env
const port = Number(env['PORT'] ?? 3300)
const tls =
  env['TLS_KEY'] !== undefined && env['TLS_CERT'] !== undefined
    ? { key: readFileSync(env['TLS_KEY'], 'utf8'), cert: readFileSync(env['TLS_CERT'], 'utf8') }
    : null
const app = createApp({
  baseUrl: env['BASE_URL'] ?? `${tls === null ? 'http' : 'https'}://127.0.0.1:${port}`,
  storePath: env['STORE'] ?? 'issue-templates.sqlite',
  keyServer: env['CONNECT_KEYS_CDN_URL'] ?? 'https://connect-install-keys.atlassian.com',
  forgeAppId: env['FORGE_APP_ID'] ?? 'ari:cloud:ecosystem::app/7f3c5a52-6b1e-4c1d-9b43-2f6f0c1d8e10',
  forgeJwks: env['FORGE_JWKS_URL'] ?? 'https://forge.cdn.prod.atlassian-dev.net/.well-known/jwks.json',
  faults: env['FAULTS'] ?? '',
  domainProof: env['DOMAIN_PROOF'] ?? null,
  tls,
  now_ms: () => Date.now(),
})
app.server.listen(port, env['HOST'] ?? '127.0.0.1', () => process.stdout.write(`Issue Templates listens on port ${port}\n`))

// Switches while it runs: POST /slow?on=1 on a port of its own, loopback only, and only when asked for.
if (env['CONTROL_PORT'] !== undefined) {
  createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    try {
      if (request.method === 'POST') app.faults.set(url.pathname.slice(1), url.searchParams.get('on') !== '0')
      response.end(JSON.stringify({ on: app.faults.list(), known: FAULTS }))
    } catch (error) {
      response.writeHead(400).end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }))
    }
  }).listen(Number(env['CONTROL_PORT']), '127.0.0.1')
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void app.close().then(() => process.exit(0)))
