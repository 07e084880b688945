import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'

/** One app of the demo: a copy of the example under a name of its own, with its faults. */
export type DemoApp = {
  /** By which it is switched. */
  readonly key: string
  /** As its descriptor says. */
  readonly descriptor_key: string
  readonly name: string
  readonly vendor: string
  readonly port: number
  readonly faults: readonly string[]
  /** Served as the domain proof; null for an app whose partner never proved control. */
  readonly proof: string | null
}

export type AppsRequest =
  | {
      readonly kind: 'start'
      readonly folder: string
      readonly tls: { readonly key: string; readonly cert: string }
      /** Where the host product of this marketplace answers: keys, and questions about permissions. */
      readonly host: string
      readonly apps: readonly DemoApp[]
    }
  | { readonly kind: 'fault'; readonly number: number; readonly key: string; readonly fault: string; readonly on: boolean }

export type AppsAnswer =
  | { readonly kind: 'started' }
  | { readonly kind: 'failed'; readonly says: string }
  | { readonly kind: 'fault'; readonly number: number; readonly on: readonly string[]; readonly error: string | null }

export type DemoApps = {
  /** Switches a fault of an app on or off; answers with what is on now. */
  readonly fault: (key: string, fault: string, on: boolean) => Promise<readonly string[]>
  readonly stop: () => Promise<void>
}

/** Runs the demo's apps in a process of their own: what they do to themselves is never done to the server. */
export async function startApps(request: Extract<AppsRequest, { kind: 'start' }>): Promise<DemoApps> {
  const child = fork(join(import.meta.dirname, 'apps-process.ts'), [], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { PATH: process.env['PATH'] ?? '' },
  })
  const waiting = new Map<number, { readonly resolve: (on: readonly string[]) => void; readonly reject: (error: Error) => void }>()
  let number = 0
  await new Promise<void>((resolve, reject) => {
    child.on('message', (answer: AppsAnswer) => {
      if (answer.kind === 'started') resolve()
      else if (answer.kind === 'failed') reject(new Error(answer.says))
      else {
        const asked = waiting.get(answer.number)
        waiting.delete(answer.number)
        if (answer.error === null) asked?.resolve(answer.on)
        else asked?.reject(new Error(answer.error))
      }
    })
    child.on('exit', (code) => {
      const gone = new Error(`the demo's apps stopped (${code ?? 'killed'})`)
      reject(gone)
      for (const asked of waiting.values()) asked.reject(gone)
    })
    child.send(request)
  })
  return {
    fault: (key, fault, on) =>
      new Promise((resolve, reject) => {
        number += 1
        waiting.set(number, { resolve, reject })
        child.send({ kind: 'fault', number, key, fault, on } satisfies AppsRequest)
      }),
    stop: () => stopped(child),
  }
}

function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.disconnect()
  })
}
