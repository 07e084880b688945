import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
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

/** A port on loopback that nobody uses now; `wanted` if that is free. */
export function freePort(wanted: number | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error) => (wanted === undefined ? reject(error) : resolve(freePort(undefined))))
    server.listen(wanted ?? 0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
