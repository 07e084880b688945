import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { GAVE_UP } from '../src/main.ts'
import { readControl } from '../src/platform/control.ts'
import { clientOf, signInBy, type Client } from './served.ts'

/** `castellan serve` itself, whose embedded engine breaks for good: its journal's folder is taken away under it. */

const CASTELLAN = join(import.meta.dirname, '../../cli/castellan.ts')
const LOADER = ['--disable-warning=ExperimentalWarning', '--import', join(import.meta.dirname, '../src/platform/tsx.mjs')]
let folder: string
const running: ChildProcess[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'castellan-gave-up-'))
})
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function start() {
  const child = spawn(process.execPath, [...LOADER, CASTELLAN, 'serve'], {
    env: { PATH: process.env['PATH'] ?? '', CASTELLAN_DATA: folder, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.push(child)
  const told = { err: '' }
  child.stderr.on('data', (chunk: Buffer) => (told.err += chunk.toString()))
  const closed = once(child, 'close') as Promise<[number | null]>
  const url = await new Promise<string>((resolve, reject) => {
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      const found = /at (http:\S+)/.exec(out)?.[1]
      if (found !== undefined) resolve(found)
    })
    void closed.then(([code]) => reject(new Error(`it ended with ${code}: ${told.err}`)))
  })
  const { key } = readControl(folder)
  const answer = await fetch(`${url}/control/admin-link`, { method: 'POST', headers: { 'x-castellan-control': key } })
  const { link } = (await answer.json()) as { readonly link: string }
  return { url, child, closed, told, admin: await signInBy(url, link, null) }
}

/** Registers an app whose descriptor no journal packs into less. */
const register = (admin: Client, organisation: string, app: string) =>
  admin.ask('/api/v1/apps', {
    organisation,
    app,
    descriptor: JSON.stringify({
      key: app,
      name: app,
      baseUrl: 'https://app.example.com',
      authentication: { type: 'none' },
      _comment: randomBytes(700_000).toString('base64'),
    }),
  })

describe('a server whose storage gives itself up', { timeout: 180_000 }, () => {
  it('says so with the reason and the way back, ends with a code of its own, and has lost nothing when it starts again', async () => {
    const first = await start()
    const organisation: string = (await first.admin.ask('/api/v1/organisations', { kind: 'partner', name: 'Partner' })).body.organisation
    expect(await register(first.admin, organisation, 'before')).toMatchObject({ status: 201 })
    const [journal, away] = [join(folder, 'postgres', 'pg_wal'), join(folder, 'postgres', 'pg_wal.away')]
    renameSync(journal, away)
    const acknowledged = ['before']
    let last = 0
    // The journal has pieces of 16 MB; the next one cannot be begun.
    for (let n = 0; n < 60 && last !== 503; n++) {
      last = (await register(first.admin, organisation, `app-${n}`)).status
      if (last === 201) acknowledged.push(`app-${n}`)
    }
    expect(last).toBe(503)

    const health = await clientOf(first.url).ask('/healthz')
    expect(health).toMatchObject({
      status: 503,
      body: { status: 'broken', says: expect.stringMatching(/The database has stopped: .+ start again/) },
    })
    expect((await first.closed)[0]).toBe(GAVE_UP)
    expect(first.told.err).toMatch(/The database has stopped: .*This process ends now/)

    renameSync(away, journal)
    const second = await start()
    expect((await clientOf(second.url).ask('/healthz')).status).toBe(200)
    for (const app of acknowledged) expect([app, (await second.admin.ask(`/api/v1/apps/${app}`)).status]).toEqual([app, 200])
    second.child.kill('SIGTERM')
    expect((await second.closed)[0]).toBe(0)
  })
})
