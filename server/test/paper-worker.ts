import { readDescriptor } from '../src/directory/descriptors/read.ts'
import { instant } from '../src/kernel/time.ts'
import { sha256Bytes } from '../src/platform/crypto.ts'
import { CHECKS } from '../src/scanning/checks/index.ts'
import { scan, type ScanResult } from '../src/scanning/scan.ts'
import type { ScanOrder } from '../src/scanning/worker/messages.ts'
import { WorkerFailed, type ScanWorker } from '../src/scanning/worker/worker.ts'

/** Headers with which the app on paper refuses everybody; null for an app that gives no answer. */
export type PaperApp = () => readonly (readonly [string, string])[] | null

const SOUND: PaperApp = () => [['strict-transport-security', 'max-age=63072000']]

/** A worker that scans an app that refuses everybody, without a network; how it goes otherwise is up to the test. */
export function paperWorker(
  before: (order: ScanOrder) => Promise<void> = async () => {},
  app: PaperApp = SOUND,
): {
  readonly worker: () => ScanWorker
  readonly orders: ScanOrder[]
} {
  const orders: ScanOrder[] = []
  return {
    orders,
    worker: () => ({
      pid: () => null,
      stop: async () => {},
      async scan(order, signal) {
        orders.push(order)
        await before(order)
        if (signal.aborted) throw new WorkerFailed('the scan was stopped')
        return scanOnPaper(order, app)
      },
    }),
  }
}

/** What the real scan makes of such an app. */
function scanOnPaper(order: ScanOrder, app: PaperApp = SOUND): Promise<ScanResult> {
  const { description, text } = readDescriptor(new TextEncoder().encode(order.text), sha256Bytes)
  const phases = { dns_ms: 0, connect_ms: 0, tls_ms: 0, first_byte_ms: 0, total_ms: 1 }
  return scan({
    description: { ...description, digest: order.digest },
    source: { url: null, text },
    proven_domains: order.proven_domains,
    ...(order.only === null ? {} : { checks: CHECKS.filter(({ id }) => id === order.only) }),
    now: () => instant(Date.parse(order.now)),
    chance: (bytes) => new Uint8Array(bytes),
    wait: async () => {},
    signal: new AbortController().signal,
    client: {
      fetch: async ({ url }) => {
        const headers = app()
        const common = { url, phases, at: instant(Date.parse(order.now)), redirects: [] }
        if (headers === null) return { ...common, kind: 'no-answer', reason: 'connect', detail: 'ECONNREFUSED' }
        return { ...common, kind: 'answer', status: 401, headers, body: new Uint8Array(), address: '127.0.0.1', tls: null }
      },
    },
  })
}
