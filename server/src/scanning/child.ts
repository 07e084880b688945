// The process in which scans run: no environment, no credentials, no file that it may write. It reads what strangers wrote
// and tells its parent what it found; it ends with its parent.
import { randomBytes } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { readDescriptor, withBaseUrls } from '../directory/descriptors/read.ts'
import { after, type Instant } from '../kernel/time.ts'
import { systemClock } from '../platform/clock.ts'
import { sha256Bytes } from '../platform/crypto.ts'
import type { StrangerClient } from '../platform/net/client.ts'
import { strangerClient } from '../platform/net/stranger.ts'
import { CHECKS } from './checks/index.ts'
import { polite } from './collectors/polite.ts'
import { startHost, type Host } from './host/host.ts'
import { libraryIndex, type LibraryIndex } from './libraries.ts'
import { registrationsIn, type Registrations } from './registrations.ts'
import { scan } from './scan.ts'
import type { FromWorker, ScanOrder, ToWorker } from './worker/messages.ts'

const running = new Map<number, AbortController>()
let client: StrangerClient | null = null
let targets: readonly string[] = []
let host: Host | null = null
let registrations: Registrations | null = null
let advisories: LibraryIndex | null = null

const tell = (message: FromWorker): void => void process.send?.(message)
const wait = async (milliseconds: number): Promise<void> => {
  await sleep(milliseconds)
}

process.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'setup': {
      const { user_agent, allow_targets, extra_ca, politeness, host: settings, library_advisories } = message
      registrations = message.registrations === null ? null : registrationsIn(message.registrations)
      const stranger = strangerClient({ user_agent, allow_targets, now: systemClock.now, ...(extra_ca === null ? {} : { extra_ca }) })
      client = polite(stranger, politeness, { now: systemClock.now, elapsed_ms: () => performance.now(), wait })
      targets = allow_targets
      advisories = library_advisories === null ? null : libraryIndex(library_advisories)
      // An address that is taken ends this process, and its parent says why.
      void (settings === null ? Promise.resolve(null) : startHost(settings)).then((started) => {
        host = started
        tell({ kind: 'ready' })
      })
      return
    }
    case 'stop':
      running.get(message.number)?.abort()
      return
    case 'scan':
      void answer(message.number, message.order)
  }
})
process.on('disconnect', () => process.exit(0))
// Ctrl-C reaches the whole group; the parent decides when scans end.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})

async function answer(number: number, order: ScanOrder): Promise<void> {
  const stop = new AbortController()
  running.set(number, stop)
  try {
    tell({ kind: 'scanned', number, result: await scanned(order, stop.signal) })
  } catch (error) {
    tell({ kind: 'failed', number, told: error instanceof Error ? (error.stack ?? error.message).slice(0, 2_000) : String(error) })
  } finally {
    running.delete(number)
  }
}

async function scanned(order: ScanOrder, signal: AbortSignal): Promise<Awaited<ReturnType<typeof scan>>> {
  if (client === null) throw new Error('a scan was ordered before the setup')
  const read = readDescriptor(new TextEncoder().encode(order.text), sha256Bytes)
  // The hash of the bytes as they came: the text was tidied when it was kept.
  const own = { ...read.description, digest: order.digest }
  const description = order.base_urls.length === 0 ? own : withBaseUrls(own, order.base_urls)
  const started = performance.now()
  // The guarantee of the cast: the parent sends an instant.
  const now = (): Instant => after(order.now as Instant, Math.round(performance.now() - started))
  return scan({
    description,
    source: { url: order.source_url, text: order.text },
    proven_domains: order.proven_domains,
    test_hosts: targets,
    client,
    host,
    library_advisories: advisories,
    registrations,
    now,
    token_now: systemClock.now,
    chance: (bytes) => randomBytes(bytes),
    wait,
    signal,
    limit_ms: order.limit_ms,
    second_look_after_ms: order.second_look_after_ms,
    ...(order.only === null ? {} : { checks: CHECKS.filter(({ id }) => id === order.only) }),
  })
}
