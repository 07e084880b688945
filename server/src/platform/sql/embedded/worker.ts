// The embedded engine in a thread of its own, so that a long query never stops the server's event loop.
// Messages in: { chunk } of the PostgreSQL wire protocol, { syncs }, { close }. Out: { ready }, { chunk }, { syncs }, { closed }, { stopped }.
import { fdatasyncSync, fsyncSync, closeSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'

const port = parentPort
if (port === null) throw new Error('this file is a worker')
const directory: string = (workerData as { readonly directory: string }).directory

/** The engine's own defaults less `-F` (which switches syncing off), plus the two settings that switch it on. */
const START = [
  '--single',
  '-O',
  '-j',
  '-c',
  'search_path=public',
  '-c',
  'exit_on_error=false',
  '-c',
  'log_checkpoints=false',
  '-c',
  'max_worker_processes=0',
  '-c',
  'max_parallel_workers=0',
  '-c',
  'max_parallel_workers_per_gather=0',
  '-c',
  'io_method=sync',
  '-c',
  'max_parallel_maintenance_workers=0',
  '-c',
  'fsync=on',
  '-c',
  'wal_sync_method=fsync',
  '-c',
  'synchronous_commit=on',
  '-c',
  'timezone=UTC',
]

let syncs = 0
const engine = await PGlite.create({ dataDir: directory, startParams: START })
installSync(engine)
// The first statement after the hook makes all that initialisation wrote durable.
await engine.exec('CHECKPOINT')

/** The engine's file system has no sync hook, so that even `fsync=on` would do nothing. This gives it one, and counts. */
function installSync(of: PGlite): void {
  type Stream = { readonly nfd?: number; readonly path?: string; readonly node?: unknown }
  type FileSystem = {
    lookupPath(path: string): { readonly node: { readonly stream_ops: { fsync?: (stream: Stream) => number } } }
    readonly filesystems: { readonly NODEFS: { realPath(node: unknown): string } }
  }
  // The guarantee of the cast: a test counts syncs per commit, and fails when an upgrade moves any of these names.
  const fs = (of as unknown as { readonly Module: { readonly FS: FileSystem } }).Module.FS
  fs.lookupPath('/pglite/data/PG_VERSION').node.stream_ops.fsync = (stream) => {
    syncs++
    if (stream.nfd !== undefined) fdatasyncSync(stream.nfd)
    else syncDirectory(fs.filesystems.NODEFS.realPath(stream.node))
    return 0
  }
}

function syncDirectory(path: string): void {
  const descriptor = openSync(path || dirname(directory), 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

type Incoming = { readonly kind: 'chunk'; readonly chunk: Uint8Array } | { readonly kind: 'syncs' } | { readonly kind: 'close' }

let turn: Promise<void> = Promise.resolve()
/** After a fault of its own the engine answers on as if it could keep what it is told, so it is not asked any more. */
let stopped = false
const stop = (says: string): void => {
  stopped = true
  port.postMessage({ kind: 'stopped', says })
}
port.on('message', (message: Incoming) => {
  turn = turn
    .then(() => (stopped ? undefined : handle(message)))
    .catch((error: unknown) => stop(error instanceof Error ? error.message : String(error)))
})
port.postMessage({ kind: 'ready' })

async function handle(message: Incoming): Promise<void> {
  switch (message.kind) {
    case 'chunk': {
      const answer = await engine.execProtocolRaw(message.chunk)
      port?.postMessage({ kind: 'chunk', chunk: answer })
      const fault = faultIn(answer)
      if (fault !== null) stop(fault)
      return
    }
    case 'syncs':
      port?.postMessage({ kind: 'syncs', syncs })
      return
    case 'close':
      await engine.close()
      port?.postMessage({ kind: 'closed' })
      port?.close()
  }
}

/**
 * What the engine says when it gives itself up (PANIC or FATAL, such as no room for its journal), or null. Only looked for
 * where an answer does not end as usual, with "ready for the next query".
 */
function faultIn(answer: Uint8Array): string | null {
  if (answer.length === 0 || (answer.at(-6) === 0x5a && answer.at(-2) === 5)) return null
  const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength)
  // Messages one after the other: a letter, the length of what follows (its own four bytes included), and that.
  for (let at = 0; at + 5 <= answer.length; at += 1 + view.getInt32(at + 1)) {
    if (answer[at] !== 0x45) continue
    const fields = new Map(
      new TextDecoder()
        .decode(answer.subarray(at + 5, at + 1 + view.getInt32(at + 1)))
        .split('\0')
        .map((field) => [field.slice(0, 1), field.slice(1)] as const),
    )
    if (['PANIC', 'FATAL'].includes(fields.get('V') ?? '')) return fields.get('M') ?? 'the engine gave itself up'
  }
  return null
}
