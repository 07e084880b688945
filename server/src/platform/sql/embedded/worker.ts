// The embedded engine in a thread of its own, so that a long query never stops the server's event loop.
// Messages in: { chunk } of the PostgreSQL wire protocol, { syncs }, { close }. Out: { ready }, { chunk }, { syncs }, { failed }.
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
port.on('message', (message: Incoming) => {
  turn = turn
    .then(() => handle(message))
    .catch((error: unknown) => port.postMessage({ kind: 'failed', says: error instanceof Error ? error.message : String(error) }))
})
port.postMessage({ kind: 'ready' })

async function handle(message: Incoming): Promise<void> {
  switch (message.kind) {
    case 'chunk': {
      const answer = await engine.execProtocolRaw(message.chunk)
      port?.postMessage({ kind: 'chunk', chunk: answer })
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
