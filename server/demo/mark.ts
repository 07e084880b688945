import { randomInt } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Instant } from '../src/kernel/time.ts'

/** What the demo keeps beside its database: that it is the demo, what its clock said last, and where its apps listen. */
export type Mark = {
  readonly demo: true
  /** The demo's clock stands still while the demo is off, so that nothing it shows goes stale meanwhile. */
  readonly clock_said: Instant
  /** Set when the past has been written; before that a start begins anew. */
  readonly has_past: boolean
  /** App to port on loopback. */
  readonly ports: { readonly [app: string]: number }
  /** App to its proof of control; the same as the one that the marketplace asks for. */
  readonly proofs: { readonly [app: string]: string }
  /** App to its faults that are on; absent before the first start is through. */
  readonly faults?: { readonly [app: string]: readonly string[] }
}

/** Reads the mark; null before the first start. */
export function readMark(file: string): Mark | null {
  if (!existsSync(file)) return null
  // The guarantee of the cast: only writeMark writes this file.
  return JSON.parse(readFileSync(file, 'utf8')) as Mark
}

/** Replaces the mark whole, so that a kill in between leaves the old one. */
export function writeMark(file: string, mark: Mark): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(mark, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** Below the ports that systems hand out by themselves (32,768 and up), so that nobody is given one between our look and our use. */
const [FIRST_PORT, LAST_PORT] = [20_000, 32_000]
const MOST_TRIES = 100

/** A port on loopback that nobody uses now; `wanted` if that is free. */
export async function freePort(wanted: number | undefined): Promise<number> {
  for (let tried = 0; tried < MOST_TRIES; tried++) {
    const port = tried === 0 && wanted !== undefined ? wanted : randomInt(FIRST_PORT, LAST_PORT)
    if (await isFree(port)) return port
  }
  throw new Error(`none of ${MOST_TRIES} ports on loopback is free`)
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
