// The process in which the demo's apps run. It ends when its parent goes away, whatever way that happens.
import { join } from 'node:path'
import { createApp, type App } from '../../examples/issue-templates/server/app.ts'
import type { AsksHost } from '../../examples/issue-templates/server/permissions.ts'
import type { AppsAnswer, AppsRequest } from './apps.ts'

const running = new Map<string, App>()
const tell = (answer: AppsAnswer): void => void process.send?.(answer)

process.on('message', (request: AppsRequest) => {
  if (request.kind === 'start') {
    start(request).then(
      () => tell({ kind: 'started' }),
      (error: unknown) => tell({ kind: 'failed', says: error instanceof Error ? error.message : String(error) }),
    )
    return
  }
  const { number, key, fault, on } = request
  try {
    const app = running.get(key)
    if (app === undefined) throw new Error(`the demo has no app "${key}"; it has ${[...running.keys()].join(', ')}`)
    app.faults.set(fault, on)
    tell({ kind: 'fault', number, on: app.faults.list(), error: null })
  } catch (error) {
    tell({ kind: 'fault', number, on: [], error: error instanceof Error ? error.message : String(error) })
  }
})
process.on('disconnect', () => {
  void Promise.all([...running.values()].map((app) => app.close())).then(() => process.exit(0))
})
// Ctrl-C reaches the whole group; the parent decides when the apps go.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})

async function start(request: Extract<AppsRequest, { kind: 'start' }>): Promise<void> {
  for (const { key, descriptor_key, name, vendor, port, faults, proof } of request.apps) {
    const app = createApp({
      baseUrl: `https://127.0.0.1:${port}`,
      storePath: join(request.folder, `${key}.sqlite`),
      // The demo's scanner is the host product, so that it can make valid calls; the demo needs no network.
      keyServer: request.host,
      askHost: asksAt(request.host),
      forgeAppId: 'ari:cloud:ecosystem::app/7f3c5a52-6b1e-4c1d-9b43-2f6f0c1d8e10',
      forgeJwks: 'http://127.0.0.1:9/jwks.json',
      faults: faults.join(','),
      domainProof: proof,
      tls: request.tls,
      now_ms: () => Date.now(),
      identity: { key: descriptor_key, name, vendor },
    })
    await new Promise<void>((resolve, reject) => {
      app.server.once('error', reject)
      app.server.listen(port, '127.0.0.1', resolve)
    })
    running.set(key, app)
  }
}

/** Asks the host product about an account's permissions, wherever the tenant says that it is: its key leads there. */
const asksAt =
  (host: string): AsksHost =>
  async (tenant, account) => {
    const answer = await fetch(`${host}/${encodeURIComponent(tenant.key)}/rest/api/3/permissions/check`, {
      method: 'POST',
      body: JSON.stringify({ accountId: account, globalPermissions: ['ADMINISTER'] }),
      signal: AbortSignal.timeout(5_000),
    })
    if (!answer.ok) return false
    const told = (await answer.json()) as { readonly globalPermissions?: readonly string[] }
    return told.globalPermissions?.includes('ADMINISTER') === true
  }
