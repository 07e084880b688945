import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createApp } from '../../examples/issue-templates/server/app.ts'
import { authority } from '../demo/certificate.ts'
import { freePort } from '../demo/mark.ts'
import { DAY_MS } from '../src/kernel/time.ts'

/** The example app as its partner runs it. */
export type RunningApp = {
  readonly port: number
  readonly ca: string
  readonly descriptor: string
  readonly prove: (token: string) => Promise<void>
}

/** The example app on loopback TLS. Its partner proves the domain by deploying it again with the token. */
export async function exampleApp(): Promise<RunningApp> {
  const folder = mkdtempSync(join(tmpdir(), 'castellan-example-'))
  const from = new Date(Date.now() - DAY_MS)
  const root = authority('Castellan test', from, 400)
  const { certificate: cert, key } = root.issue(['localhost'], ['127.0.0.1'], from, 400)
  const port = await freePort(undefined)
  const start = async (domainProof: string | null) => {
    const app = createApp({
      baseUrl: `https://127.0.0.1:${port}`,
      storePath: join(folder, 'store.sqlite'),
      keyServer: 'http://127.0.0.1:9',
      forgeAppId: 'ari:cloud:ecosystem::app/7f3c5a52-6b1e-4c1d-9b43-2f6f0c1d8e10',
      forgeJwks: 'http://127.0.0.1:9/jwks.json',
      faults: '',
      domainProof,
      tls: { key, cert },
      now_ms: () => Date.now(),
    })
    await new Promise<void>((resolve) => app.server.listen(port, '127.0.0.1', resolve))
    return app
  }
  let running = await start(null)
  onTestFinished(async () => {
    await running.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    port,
    ca: root.certificate,
    descriptor: `https://127.0.0.1:${port}/atlassian-connect.json`,
    prove: async (token) => {
      await running.close()
      running = await start(token)
    },
  }
}
