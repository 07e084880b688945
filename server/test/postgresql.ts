import { spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Address of a throw-away PostgreSQL with the superuser `owner`, or why there is none. */
    postgresql: { readonly url: string } | { readonly skipped: string }
  }
}

/** Starts a throw-away PostgreSQL for the whole run, as a user without rights; without its binaries, says so and how to get them. */
export default async function setup(project: TestProject): Promise<() => void> {
  const binaries = findBinaries()
  if (binaries === null) {
    const skipped =
      'no PostgreSQL 15 or newer on this machine; storage is tested on the embedded engine only. On Debian: apt-get install postgresql'
    process.stdout.write(`SKIPPED: ${skipped}\n`)
    project.provide('postgresql', { skipped })
    return () => {}
  }
  const folder = mkdtempSync(join(tmpdir(), 'castellan-postgresql-'))
  const data = join(folder, 'data')
  mkdirSync(data, { mode: 0o700 })
  // PostgreSQL refuses to run as root; nobody's number is on every machine.
  const root = userInfo().uid === 0
  if (root) for (const path of [folder, data]) chownSync(path, NOBODY, NOBODY)
  const run = (program: string, ...args: string[]): void => {
    const command = [join(binaries, program), ...args]
    const [file = '', ...rest] = root ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', ...command] : command
    const done = spawnSync(file, rest, { cwd: folder, encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8' } })
    if (done.status !== 0) throw new Error(`${program} did not work: ${done.stderr || done.stdout || String(done.error)}`)
  }
  run('initdb', '-D', data, '-U', 'owner', '--auth=trust', '--encoding=UTF8', '--no-sync')
  const port = await freePort()
  // Durable on purpose: tests kill this program in the middle of writes and count what is left.
  writeFileSync(
    join(data, 'postgresql.auto.conf'),
    `listen_addresses = '127.0.0.1'\nport = ${port}\nunix_socket_directories = '${folder}'\nmax_connections = 60\n`,
  )
  run('pg_ctl', '-D', data, '-w', '-l', join(folder, 'log'), 'start')
  project.provide('postgresql', { url: `postgres://owner@127.0.0.1:${port}/postgres` })
  return () => {
    run('pg_ctl', '-D', data, '-m', 'immediate', '-w', 'stop')
    rmSync(folder, { recursive: true, force: true })
  }
}

const NOBODY = 65_534
const OLDEST = 15

/** The newest PostgreSQL in Debian's and the usual places, or null. */
function findBinaries(): string | null {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian)
    ? readdirSync(debian)
        .map(Number)
        .filter((version) => version >= OLDEST)
        .sort((a, b) => b - a)
    : []
  const places = [
    ...versions.map((version) => join(debian, String(version), 'bin')),
    '/usr/local/pgsql/bin',
    '/opt/homebrew/bin',
    '/usr/local/bin',
    '/usr/bin',
  ]
  return places.find((place) => existsSync(join(place, 'initdb')) && existsSync(join(place, 'pg_ctl'))) ?? null
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
