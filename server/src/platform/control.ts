import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { secret } from './crypto.ts'
import { Refused } from '../kernel/refused.ts'

/**
 * How the command line on the same machine reaches the running server: a file in the data directory that only its owner may
 * read, with the address and a key that is new at every start. The embedded database belongs to the server's process, so the
 * command line never opens it.
 */
export type Control = { readonly url: string; readonly key: string; readonly pid: number }

const fileIn = (data_directory: string): string => join(data_directory, 'control.json')

/** Leaves the file; answers with the key. */
export function openControl(data_directory: string, url: string): { readonly key: string; readonly close: () => void } {
  const file = fileIn(data_directory)
  const key = secret()
  rmSync(file, { force: true })
  writeFileSync(file, JSON.stringify({ url, key, pid: process.pid } satisfies Control), { mode: 0o600, flag: 'wx' })
  chmodSync(file, 0o600)
  return { key, close: () => rmSync(file, { force: true }) }
}

/** Reads the file of the server that runs on this directory. */
export function readControl(data_directory: string): Control {
  let text: string
  try {
    text = readFileSync(fileIn(data_directory), 'utf8')
  } catch (error) {
    const why =
      error instanceof Error && 'code' in error && error.code === 'EACCES' ? 'it belongs to somebody else' : 'no server runs on it'
    throw new Refused(
      'control.no_server',
      `${data_directory}: ${why}. Start one with \`castellan serve\`, or name its directory with CASTELLAN_DATA.`,
      'CASTELLAN_DATA',
    )
  }
  // The guarantee of the cast: only openControl writes this file, and only its owner may.
  return JSON.parse(text) as Control
}
