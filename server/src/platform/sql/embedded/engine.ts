import { existsSync, statfsSync } from 'node:fs'
import { Duplex } from 'node:stream'
import { Worker } from 'node:worker_threads'
import { join } from 'node:path'
import { Refused } from '../../../kernel/refused.ts'
import { holdDirectory } from './lock.ts'

/** The embedded engine: one connection, one owner of the directory. */
export type Engine = {
  /** A stream that speaks the PostgreSQL wire protocol; at most one is open at a time. */
  readonly connect: () => Duplex
  /** How often the engine has synced to disk since it started. */
  readonly syncs: () => Promise<number>
  /** Why the engine answers no more, or null while it does. Nothing that was acknowledged is lost; a new start reads it again. */
  readonly stopped: () => Refused | null
  /** Comes when the engine has given itself up; never when it was closed. */
  readonly given_up: Promise<Refused>
  readonly close: () => Promise<void>
}

/** Starts the engine on a directory that this process then owns. */
export async function startEngine(directory: string): Promise<Engine> {
  const held = holdDirectory(directory)
  try {
    refuseNarrow(directory)
  } catch (error) {
    held.release()
    throw error
  }
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { directory: join(directory, 'postgres') } })
  let current: WireStream | null = null
  let stopped: Refused | null = null
  const counts: ((syncs: number | Refused) => void)[] = []
  const ready = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<void>()
  const given_up = Promise.withResolvers<Refused>()
  let closing = false
  const stop = (refused: Refused): void => {
    stopped ??= refused
    if (!closing) given_up.resolve(stopped)
    ready.reject(stopped)
    closed.resolve()
    current?.destroy(stopped)
    for (const tell of counts.splice(0)) tell(stopped)
  }
  worker.on('message', (message: { kind: string; chunk?: Uint8Array; syncs?: number; says?: string }) => {
    if (message.kind === 'ready') ready.resolve()
    else if (message.kind === 'chunk' && message.chunk !== undefined) current?.push(Buffer.from(message.chunk))
    else if (message.kind === 'syncs') counts.shift()?.(message.syncs ?? 0)
    else if (message.kind === 'closed') closed.resolve()
    else if (message.kind === 'stopped') stop(hasStopped(message.says ?? 'no reason given'))
  })
  worker.on('error', (error) => {
    ready.reject(
      new Refused('data.cannot_open', `the database in ${directory} cannot be opened: ${String(error.message ?? error)}`, directory),
    )
    stop(hasStopped(error.message))
  })
  worker.on('exit', () => stop(hasStopped('its thread has ended')))
  try {
    await ready.promise
  } catch (error) {
    await worker.terminate()
    held.release()
    throw error
  }
  return {
    connect: () => {
      current = new WireStream((chunk) => worker.postMessage({ kind: 'chunk', chunk }))
      if (stopped !== null) current.destroy(stopped)
      return current
    },
    syncs: () =>
      new Promise((resolve, reject) => {
        if (stopped !== null) return reject(stopped)
        counts.push((told) => (typeof told === 'number' ? resolve(told) : reject(told)))
        worker.postMessage({ kind: 'syncs' })
      }),
    stopped: () => stopped,
    given_up: given_up.promise,
    close: async () => {
      closing = true
      worker.postMessage({ kind: 'close' })
      await closed.promise
      await worker.terminate()
      held.release()
    },
  }
}

/** What a new database takes with its first journal, and what one that exists needs to read its journal and begin the next. */
const NEW_BYTES = 80 * 1024 * 1024
const NEXT_BYTES = 32 * 1024 * 1024

/** An engine that starts without room breaks in the middle; better that it does not start. */
function refuseNarrow(directory: string): void {
  const { bavail, bsize } = statfsSync(directory)
  const free = bavail * bsize
  const wanted = existsSync(join(directory, 'postgres', 'PG_VERSION')) ? NEXT_BYTES : NEW_BYTES
  if (free >= wanted) return
  const mebibytes = (bytes: number): number => Math.floor(bytes / (1024 * 1024))
  throw new Refused(
    'data.disk_full',
    `The disk of ${directory} is full: ${mebibytes(free)} MiB are free, ${mebibytes(wanted)} MiB are needed to start. Make room and start again.`,
    directory,
  )
}

const hasStopped = (why: string): Refused =>
  new Refused(
    'data.stopped',
    `The database has stopped: ${why}. What it acknowledged is on disk and what it did not is not. Mend the cause (a full disk, most often) and start again.`,
  )

/** What `pg` takes for a socket: bytes to and from the worker. */
class WireStream extends Duplex {
  readonly #send: (chunk: Uint8Array) => void

  constructor(send: (chunk: Uint8Array) => void) {
    super()
    this.#send = send
  }

  connect(): this {
    queueMicrotask(() => this.emit('connect'))
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  override _read(): void {}

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    // X is the client's goodbye; the engine itself lives on for the next connection.
    if (chunk[0] !== 0x58) this.#send(new Uint8Array(chunk))
    done()
  }

  override _writev(chunks: readonly { readonly chunk: Uint8Array }[], done: () => void): void {
    this.#send(new Uint8Array(Buffer.concat(chunks.map((entry) => entry.chunk))))
    done()
  }
}
