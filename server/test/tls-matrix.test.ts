import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { systemClock } from '../src/platform/clock.ts'
import type { Handshakes } from '../src/platform/net/client.ts'
import { strangerClient } from '../src/platform/net/stranger.ts'

/** Real servers of OpenSSL in every setting that it still has, asked by us and by sslscan. */

const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined
const OPENSSL = has('openssl')
const SSLSCAN = has('sslscan')
const folder = mkdtempSync(join(tmpdir(), 'castellan-tls-'))
// RSA, since an elliptic key would leave half of the suites without a certificate.
if (OPENSSL) {
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')]
  spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '5', '-subj', '/CN=app.example', ...files])
}
afterAll(() => rmSync(folder, { recursive: true }))

type Row = {
  readonly name: string
  readonly settings: readonly string[]
  readonly accepts: readonly string[]
  readonly weak?: readonly string[]
  readonly preferred?: RegExp
}
const ANY = ['-cipher', 'ALL:@SECLEVEL=0']
const MATRIX: readonly Row[] = [
  { name: 'as OpenSSL comes', settings: [], accepts: ['TLSv1.2', 'TLSv1.3'], preferred: /^TLS_ECDHE_\w+_WITH_AES_128_GCM/ },
  { name: 'TLS 1.3 alone', settings: ['-tls1_3'], accepts: ['TLSv1.3'] },
  { name: 'TLS 1.2 alone', settings: ['-tls1_2'], accepts: ['TLSv1.2'], preferred: /GCM/ },
  { name: 'TLS 1.1 alone', settings: ['-tls1_1', ...ANY], accepts: ['TLSv1.1'], weak: ['no certificate'] },
  { name: 'TLS 1.0 alone', settings: ['-tls1', '-cipher', 'DEFAULT@SECLEVEL=0'], accepts: ['TLSv1'] },
  {
    name: 'everything since TLS 1.0',
    settings: ['-min_protocol', 'TLSv1', '-cipher', 'DEFAULT@SECLEVEL=0'],
    accepts: ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
    preferred: /GCM/,
  },
  {
    name: 'suites without encryption too',
    settings: ['-min_protocol', 'TLSv1.2', '-cipher', 'ECDHE+AESGCM:eNULL:@SECLEVEL=0'],
    accepts: ['TLSv1.2', 'TLSv1.3'],
    weak: ['no encryption'],
    preferred: /GCM/,
  },
  {
    name: 'suites without a certificate too',
    settings: ['-min_protocol', 'TLSv1.2', '-cipher', 'ECDHE+AESGCM:aNULL:!eNULL:@SECLEVEL=0'],
    accepts: ['TLSv1.2', 'TLSv1.3'],
    weak: ['no certificate'],
    preferred: /GCM/,
  },
  {
    name: 'CBC alone',
    settings: ['-tls1_2', '-cipher', 'ECDHE-RSA-AES128-SHA'],
    accepts: ['TLSv1.2'],
    preferred: /ECDHE_RSA_WITH_AES_128_CBC_SHA$/,
  },
  {
    name: 'no forward secrecy',
    settings: ['-tls1_2', '-cipher', 'AES256-GCM-SHA384'],
    accepts: ['TLSv1.2'],
    preferred: /^TLS_RSA_WITH_AES_256_GCM/,
  },
]

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function serving<T>(settings: readonly string[], work: (port: number) => Promise<T>): Promise<T> {
  const port = await freePort()
  const files = ['-key', join(folder, 'key.pem'), '-cert', join(folder, 'cert.pem')]
  const server: ChildProcess = spawn('openssl', ['s_server', '-accept', `127.0.0.1:${port}`, '-www', '-quiet', ...files, ...settings], {
    stdio: 'ignore',
  })
  try {
    await expect.poll(() => reachable(port), { timeout: 10_000 }).toBe(true)
    return await work(port)
  } finally {
    server.kill('SIGKILL')
  }
}

const reachable = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })

async function asked(port: number): Promise<Extract<Handshakes, { kind: 'handshakes' }>> {
  const client = strangerClient({ user_agent: 'tls-matrix', now: systemClock.now, allow_targets: [`127.0.0.1:${port}`] })
  const seen = await client.handshakes('127.0.0.1', port)
  if (seen.kind !== 'handshakes') throw new Error(seen.detail)
  return seen
}

const listed = (answers: { readonly [name: string]: string }): readonly string[] =>
  Object.entries(answers).flatMap(([name, answer]) => (answer === 'accepted' ? [name] : []))

/** Protocols and suites that sslscan finds. */
async function bySslscan(port: number): Promise<{ readonly protocols: readonly string[]; readonly suites: readonly string[] }> {
  const { stdout } = await promisify(execFile)('sslscan', [
    '--xml=-',
    '--no-colour',
    '--no-heartbleed',
    '--no-renegotiation',
    `127.0.0.1:${port}`,
  ])
  return {
    protocols: [...stdout.matchAll(/<protocol type="(\w+)" version="([\d.]+)" enabled="1"/g)].map(([, type, version]) =>
      type === 'ssl' ? `SSLv${version}` : version === '1.0' ? 'TLSv1' : `TLSv${version}`,
    ),
    suites: [...stdout.matchAll(/<cipher [^>]*cipher="([^"]+)"/g)].map(([, suite = '']) => suite),
  }
}

describe.skipIf(!OPENSSL)('what a server of OpenSSL speaks (apt-get install openssl)', () => {
  it.each(MATRIX.map((row) => [row.name, row] as const))('%s', { timeout: 60_000 }, async (_, row) => {
    await serving(row.settings, async (port) => {
      const { versions, suites } = await asked(port)
      expect(listed(versions)).toEqual(row.accepts)
      expect(listed(suites.weak)).toEqual(row.weak ?? [])
      if (row.preferred === undefined) expect(suites.preferred).toBeNull()
      else expect(suites.preferred).toMatch(row.preferred)
    })
  })

  it.skipIf(!SSLSCAN).each(MATRIX.map((row) => [row.name, row] as const))(
    '%s, and sslscan says the same (apt-get install sslscan)',
    { timeout: 120_000 },
    async (_, row) => {
      await serving(row.settings, async (port) => {
        const ours = await asked(port)
        const theirs = await bySslscan(port)
        expect(listed(ours.versions)).toEqual(theirs.protocols.toSorted())
        expect(ours.suites.weak['no encryption'] === 'accepted').toBe(theirs.suites.some((suite) => suite.includes('NULL')))
        expect(ours.suites.weak['no certificate'] === 'accepted').toBe(theirs.suites.some((suite) => /^(ADH|AECDH)-(?!NULL)/.test(suite)))
      })
    },
  )
})
