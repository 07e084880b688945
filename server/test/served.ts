import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { readControl } from '../src/platform/control.ts'
import type { Database } from '../src/platform/sql/database.ts'
import { freshPostgresql } from './storage.ts'

/** What a test tells the process that serves, and what that answers. */
export type ServeRequest =
  | {
      readonly kind: 'start'
      readonly targets: readonly string[]
      readonly ca: string | null
      readonly jobs: boolean
      readonly offset_ms: number
      readonly names: NameRecords
    }
  | { readonly kind: 'advance'; readonly ms: number }
/** What the name servers say in a test: addresses of names; no other name exists. Null leaves it to the machine's own. */
export type NameRecords = { readonly [name: string]: readonly string[] } | null
export type ServeAnswer = { readonly kind: 'serving'; readonly url: string } | { readonly kind: 'advanced' }

/** Where a server keeps what it knows, and outlives it. */
export type Kept = { readonly environment: NodeJS.ProcessEnv; readonly folder: string; readonly drop: () => Promise<void> }

/** A data directory, and on PostgreSQL a fresh database. The engine is left out, loudly, where its binaries are missing. */
export const KEEPERS: readonly { readonly engine: Database['engine']; readonly keep: () => Promise<Kept> }[] = [
  { engine: 'embedded', keep: async () => keptIn({}, async () => undefined) },
  ...('url' in inject('postgresql')
    ? [
        {
          engine: 'postgresql' as const,
          keep: async () => {
            const { url, drop } = await freshPostgresql()
            return keptIn({ DATABASE_URL: url }, drop)
          },
        },
      ]
    : []),
]

function keptIn(environment: NodeJS.ProcessEnv, drop: () => Promise<void>): Kept {
  const folder = mkdtempSync(join(tmpdir(), 'castellan-served-'))
  return {
    folder,
    environment: { ...environment, CASTELLAN_DATA: folder },
    drop: async () => {
      await drop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export type Served = {
  readonly url: string
  readonly pid: number
  /** Moves the server's clock. */
  readonly advance: (milliseconds: number) => Promise<void>
  /** Stops it as Ctrl-C does. */
  readonly stop: () => Promise<void>
  /** Ends it without asking. */
  readonly kill: () => Promise<void>
  /** What the command line gets from the same machine: the address of an admin link. */
  readonly adminLink: () => Promise<string>
}

/** Starts a server in a process of its own and waits until it answers. */
export async function served(
  kept: Kept,
  given: {
    readonly programmes?: readonly string[]
    readonly targets?: readonly string[]
    readonly ca?: string
    readonly jobs?: boolean
    readonly environment?: NodeJS.ProcessEnv
    /** How far its clock is ahead of the machine's, or behind. */
    readonly offset_ms?: number
    readonly names?: NameRecords
  } = {},
): Promise<Served> {
  const start: Extract<ServeRequest, { kind: 'start' }> = {
    kind: 'start',
    targets: given.targets ?? [],
    ca: given.ca ?? null,
    jobs: given.jobs ?? true,
    offset_ms: given.offset_ms ?? 0,
    names: given.names ?? null,
  }
  const child = fork(join(import.meta.dirname, 'serve-process.ts'), [JSON.stringify(start)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning', '--import', join(import.meta.dirname, '../src/platform/tsx.mjs')],
    env: {
      PATH: process.env['PATH'] ?? '',
      PORT: '0',
      PROGRAMMES: (given.programmes ?? []).join(','),
      ...kept.environment,
      ...given.environment,
    },
  })
  let wrote = ''
  child.stderr?.on('data', (chunk: Buffer) => (wrote += chunk.toString('utf8')))
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const heard = (kind: ServeAnswer['kind']): Promise<ServeAnswer> =>
    new Promise((resolve, reject) => {
      const listen = (answer: ServeAnswer): void => {
        if (answer.kind !== kind) return
        child.off('message', listen)
        resolve(answer)
      }
      child.on('message', listen)
      void gone.then(() => reject(new Error(`the server ended before it said "${kind}": ${wrote}`)))
    })
  const first = await heard('serving')
  if (first.kind !== 'serving' || child.pid === undefined) throw new Error('the server said something else first')
  const { url } = first
  return {
    url,
    pid: child.pid,
    advance: async (milliseconds) => {
      const advanced = heard('advanced')
      child.send({ kind: 'advance', ms: milliseconds } satisfies ServeRequest)
      await advanced
    },
    stop: async () => {
      if (child.connected) child.disconnect()
      await gone
    },
    kill: async () => {
      child.kill('SIGKILL')
      await gone
    },
    adminLink: async () => {
      const { key } = readControl(kept.folder)
      const answer = await fetch(`${url}/control/admin-link`, { method: 'POST', headers: { 'x-castellan-control': key } })
      return ((await answer.json()) as { readonly link: string }).link
    },
  }
}

/** Somebody who talks to a server: with a session's cookie as a browser does, or with a token as a program does. */
export type Client = {
  readonly ask: (
    path: string,
    body?: unknown,
    method?: string,
  ) => Promise<{ readonly status: number; readonly body: Told; readonly headers: Headers }>
  readonly raw: (path: string, how?: RequestInit) => Promise<Response>
}

/** What an answer in JSON holds; tests look into it and say what they expect. */
// oxlint-disable-next-line typescript/no-explicit-any -- answers of many shapes, each checked where it is read
export type Told = any

/** A client with the headers that make it somebody. */
export function clientOf(url: string, headers: { readonly [name: string]: string } = {}): Client {
  const raw: Client['raw'] = (path, how = {}) =>
    fetch(`${url}${path}`, { redirect: 'manual', ...how, headers: { ...headers, ...(how.headers as { readonly [name: string]: string }) } })
  return {
    raw,
    ask: async (path, body, method) => {
      const answer = await raw(path, {
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      })
      const text = await answer.text()
      return { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text) }
    },
  }
}

/** Opens a link as a browser does, and is signed in from then on. */
export async function signInBy(url: string, link: string, name: string | null): Promise<Client> {
  const path = new URL(link).pathname
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: url },
    body: new URLSearchParams(name === null ? {} : { name }).toString(),
  })
  const cookie = answer.headers.get('set-cookie')?.split(';')[0]
  if (answer.status !== 303 || cookie === undefined) throw new Error(`the link let nobody in: ${answer.status} ${await answer.text()}`)
  return clientOf(url, { cookie, origin: url })
}
