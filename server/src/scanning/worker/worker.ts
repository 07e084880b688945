import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { ScanResult } from '../scan.ts'
import { readFromWorker, type FromWorker, type ScanOrder, type Setup, type ToWorker } from './messages.ts'

/** Why a scan came to nothing: the worker died of it, hung, or talked nonsense. Nothing is said of the app by that. */
export class WorkerFailed extends Error {}

export type ScanWorker = {
  /** Scans in the child; rejects with `WorkerFailed`, or with the signal's reason when it was stopped. */
  readonly scan: (order: ScanOrder, signal: AbortSignal) => Promise<ScanResult>
  /** Kills the child, whatever it is doing. */
  readonly stop: () => Promise<void>
  /** The child's process id, for tests that kill it; null while there is none. */
  readonly pid: () => number | null
}

export type WorkerLimits = {
  /** Heap of the child in MiB. */
  readonly memory_mb: number
  /** Beyond a scan's own limit: a child that has not answered by then is stuck. */
  readonly grace_ms: number
}

const LIMITS: WorkerLimits = { memory_mb: 384, grace_ms: 20_000 }
const LAST_WORDS = 1_000
const CHILD = join(import.meta.dirname, '../child.ts')

type Waiting = {
  readonly number: number
  readonly order: ScanOrder
  readonly resolve: (result: ScanResult) => void
  readonly reject: (error: Error) => void
  /** It was in the child when the child died before, so it is tried once more and alone. */
  suspect: boolean
  timer: NodeJS.Timeout | null
}

/**
 * Runs scans in a process of their own: with an empty environment (no credentials to find), without the right to write
 * files or start programs, with a limit on memory and time. When the child dies, the scans that were in it are tried once
 * more, one at a time, so that an app that kills it is told from its neighbours.
 */
export function scanWorker(setup: Omit<Setup, 'kind'>, limits: WorkerLimits = LIMITS, child_file: string = CHILD): ScanWorker {
  let child: ChildProcess | null = null
  let ready = false
  let stopped = false
  let numbers = 0
  const waiting = new Map<number, Waiting>()
  const inside = new Set<number>()

  function start(): void {
    ready = false
    const started = fork(child_file, [], {
      env: {},
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'json',
      // Reading is needed for its own code; writing, programs, threads and add-ons are not.
      execArgv: [`--max-old-space-size=${limits.memory_mb}`, '--permission', '--allow-fs-read=*'],
    })
    child = started
    // The end of what it wrote before it died; a stranger's text may be in it, so it goes to the log and nowhere else.
    let last_words = ''
    started.stderr?.on('data', (chunk: Buffer) => {
      last_words = `${last_words}${chunk.toString()}`.slice(-LAST_WORDS)
    })
    started.on('message', (message) => {
      if (child === started) hear(readFromWorker(message))
    })
    started.on('error', () => gone(started, 'it could not be started'))
    started.on('exit', (code, signal) =>
      gone(started, `it ended with ${signal ?? code ?? 'nothing'}${last_words === '' ? '' : `: ${last_words}`}`),
    )
    say({ kind: 'setup', ...setup })
  }

  const say = (message: ToWorker): void => void child?.send(message, () => {})

  function hear(message: FromWorker | { readonly kind: 'nonsense'; readonly told: string }): void {
    switch (message.kind) {
      case 'ready':
        ready = true
        feed()
        return
      case 'nonsense':
        kill(`it said something senseless: ${message.told}`)
        return
      case 'scanned':
        settle(message.number)?.resolve(message.result)
        feed()
        return
      case 'failed':
        settle(message.number)?.reject(new WorkerFailed(message.told))
        feed()
    }
  }

  function settle(number: number): Waiting | null {
    const found = waiting.get(number)
    // A number that nobody waits for was stopped meanwhile, or is a lie; either way nothing is to be done.
    if (found === undefined || !inside.has(number)) return null
    if (found.timer !== null) clearTimeout(found.timer)
    waiting.delete(number)
    inside.delete(number)
    return found
  }

  /** Hands over what may run: everything, or a single suspect alone. */
  function feed(): void {
    if (stopped || waiting.size === 0) return
    if (child === null) {
      start()
      return
    }
    if (!ready) return
    const all = [...waiting.values()]
    const suspect = all.find((one) => one.suspect)
    if (suspect !== undefined) {
      if (inside.size === 0) hand(suspect)
      return
    }
    for (const one of all) if (!inside.has(one.number)) hand(one)
  }

  function hand(one: Waiting): void {
    inside.add(one.number)
    one.timer = setTimeout(() => kill('it did not answer in time'), one.order.limit_ms + one.order.second_look_after_ms + limits.grace_ms)
    say({ kind: 'scan', number: one.number, order: one.order })
  }

  function kill(why: string): void {
    const dying = child
    if (dying === null) return
    dying.kill('SIGKILL')
    gone(dying, why)
  }

  function gone(which: ChildProcess, why: string): void {
    if (child !== which) return
    const never_worked = !ready
    child = null
    ready = false
    const lost = [...inside].flatMap((number) => waiting.get(number) ?? [])
    inside.clear()
    if (never_worked) {
      // Starting it again would go on for ever.
      for (const one of waiting.values()) one.reject(new WorkerFailed(`the scan worker does not start: ${why}`))
      waiting.clear()
      return
    }
    for (const one of lost) {
      if (one.timer !== null) clearTimeout(one.timer)
      if (one.suspect) {
        waiting.delete(one.number)
        one.reject(new WorkerFailed(`the scan worker was lost twice over this app: ${why}`))
      } else one.suspect = true
    }
    feed()
  }

  return {
    pid: () => child?.pid ?? null,
    scan(order, signal) {
      if (stopped) return Promise.reject(new WorkerFailed('the scan worker was stopped'))
      numbers += 1
      const number = numbers
      return new Promise<ScanResult>((resolve, reject) => {
        const onAbort = (): void => {
          say({ kind: 'stop', number })
          const one = waiting.get(number)
          if (one?.timer !== null) clearTimeout(one?.timer)
          waiting.delete(number)
          inside.delete(number)
          reject(new WorkerFailed('the scan was stopped'))
        }
        if (signal.aborted) {
          reject(new WorkerFailed('the scan was stopped'))
          return
        }
        signal.addEventListener('abort', onAbort, { once: true })
        const over = (): void => signal.removeEventListener('abort', onAbort)
        waiting.set(number, {
          number,
          order,
          suspect: false,
          timer: null,
          resolve: (result) => {
            over()
            resolve(result)
          },
          reject: (error) => {
            over()
            reject(error)
          },
        })
        feed()
      })
    },
    async stop() {
      stopped = true
      const dying = child
      child = null
      for (const one of waiting.values()) {
        if (one.timer !== null) clearTimeout(one.timer)
        one.reject(new WorkerFailed('the scan worker was stopped'))
      }
      waiting.clear()
      inside.clear()
      if (dying === null || dying.exitCode !== null || dying.signalCode !== null) return
      await new Promise<void>((resolve) => {
        dying.once('exit', () => resolve())
        dying.kill('SIGKILL')
      })
    },
  }
}
