import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { createApp, type App } from '../examples/issue-templates/server/app.ts'
import { authority } from '../server/demo/certificate.ts'
import { SARIF } from '../server/test/sarif-schema.ts'
import type { Checked } from './check/verdicts.ts'
import { checksIn, exitCodeOf } from './check/verdicts.ts'
import { harmless } from './check/print.ts'

const folder = mkdtempSync(join(tmpdir(), 'castellan-check-'))
const ca = authority('Castellan test', new Date(Date.now() - 3_600_000), 400)
const CA = join(folder, 'ca.pem')
const TSX = join(import.meta.dirname, '../server/src/platform/tsx.mjs')

type Ran = { readonly code: number | null; readonly out: string; readonly err: string }

/** The command line as a build runs it: another process, pipes, no terminal. */
async function castellan(...words: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, ['--import', TSX, join(import.meta.dirname, 'castellan.ts'), ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}

/** A clean run is the same each time; a second one would only cost time. */
const known = new Map<string, Promise<Ran>>()
function clean(...words: readonly string[]): Promise<Ran> {
  const key = words.join(' ')
  const ran = known.get(key) ?? castellan('check', url, ...target(), ...words)
  known.set(key, ran)
  return ran
}

async function freePort(): Promise<number> {
  const reserved = createHttpServer()
  reserved.listen(0, '127.0.0.1')
  await once(reserved, 'listening')
  const address = reserved.address()
  await new Promise((resolve) => reserved.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

let app: App
let host_port: number
let port: number
let url: string
const target = () => ['--allow-target', `127.0.0.1:${port}`, '--ca', CA]

beforeAll(async () => {
  writeFileSync(CA, ca.certificate)
  port = await freePort()
  host_port = await freePort()
  url = `https://127.0.0.1:${port}/atlassian-connect.json`
  const leaf = ca.issue([], ['127.0.0.1'], new Date(Date.now() - 3_600_000), 90)
  app = createApp({
    baseUrl: `https://127.0.0.1:${port}`,
    storePath: join(folder, 'store.sqlite'),
    keyServer: `http://127.0.0.1:${host_port}`,
    forgeAppId: 'x',
    forgeJwks: 'http://127.0.0.1:9',
    faults: '',
    domainProof: null,
    tls: { key: leaf.key, cert: leaf.certificate },
    now_ms: () => Date.now(),
  })
  app.server.listen(port, '127.0.0.1')
  await once(app.server, 'listening')
})
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

const json = (ran: Ran): Checked => JSON.parse(ran.out) as Checked
const verdict = (checked: Checked, id: string) => checked.requirements.find((one) => one.id === id)?.verdict

describe('castellan check', () => {
  it('prints one object, finds nothing unmet in an app that is in order, and exits 2 for what cannot be told', async () => {
    const ran = await clean('--json')
    expect(ran.err).toBe('')
    const checked = json(ran)
    expect(checked).toMatchObject({ app: { key: 'eu.example.issue-templates' }, programme: { id: 'cloud-fortified' }, consent: true })
    expect(checked.programme.digest).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(checked.requirements.filter((one) => one.verdict === 'unmet')).toEqual([])
    expect(verdict(checked, 'security.endpoints-authenticated')).toBe('met')
    expect(verdict(checked, 'security.hsts')).toBe('met')
    expect(ran.code).toBe(2)
    for (const one of checked.requirements)
      expect(Object.keys(one)).toEqual(expect.arrayContaining(['id', 'cites_no', 'verdict', 'says', 'due_at']))
    for (const one of checked.findings)
      expect(Object.keys(one)).toEqual(expect.arrayContaining(['id', 'check', 'outcome', 'requirements', 'cvss', 'where', 'says', 'fix']))
  })

  it('exits 1 for what is not met, with the number of the rule, the place, the score and what to do', async () => {
    app.faults.set('insecure-pages', true)
    try {
      const ran = await castellan('check', url, ...target(), '--json')
      expect(ran.code).toBe(1)
      const checked = json(ran)
      expect(checked.requirements.find((one) => one.cites_no === '1.1' && one.verdict === 'unmet')).toBeDefined()
      expect(checked.findings.find((one) => one.outcome === 'fail')).toMatchObject({
        check: 'module-pages-authenticated',
        requirements: expect.arrayContaining(['1.1']) as unknown,
        cvss: 7.5,
        where: expect.stringContaining(`https://127.0.0.1:${port}/ui/`) as unknown,
        fix: expect.stringContaining('401') as unknown,
      })
      const text = await castellan('check', url, ...target())
      expect(text.code).toBe(1)
      expect(text.out).toMatch(/^UNMET +1\.1 .*\[security\.endpoints-authenticated\]$/m)
      expect(text.out).toContain('What to do: Verify the caller’s token')
      expect(text.out).not.toContain('\u001b')
      expect(text.err).toBe('')
    } finally {
      app.faults.set('insecure-pages', false)
    }
  })

  it('acts as the host product of a test deployment: with valid calls it can tell what pages send to those who are signed in', async () => {
    const ran = await castellan('check', url, ...target(), '--host-keys', `127.0.0.1:${host_port}`, '--json')
    const checked = json(ran)
    const answer = (check: string) => [...new Set(checked.findings.filter((one) => one.check === check).map((one) => one.outcome))]
    expect(answer('connect-signature-verified')).toEqual(['pass'])
    expect(answer('connect-install-verified')).toEqual(['pass'])
    expect(answer('cache-control-no-store')).toEqual(['pass'])
    expect(verdict(checked, 'security.cache-control')).toBe('met')
    expect(checked.requirements.filter((one) => one.verdict === 'unmet')).toEqual([])
  })

  it('looks only at what is public unless the target is one’s own or shows the token', async () => {
    const path = join(folder, 'public.json')
    writeFileSync(
      path,
      JSON.stringify({
        key: 'a',
        name: 'A',
        baseUrl: `https://127.0.0.1:${port}`,
        authentication: { type: 'jwt' },
        modules: { generalPages: [{ url: '/ui/use' }] },
      }),
    )
    const checked = json(await castellan('check', path, '--json'))
    expect(checked.consent).toBe(false)
    expect(checked.findings.find((one) => one.check === 'module-pages-authenticated')).toMatchObject({ outcome: 'inconclusive' })
    expect(checked.findings.filter((one) => one.check === 'hsts-enabled').map((one) => one.says)).toEqual([
      expect.stringContaining('is not a public address'),
    ])
  })

  it('judges by the rules of the day, the tier and the programme that are named', async () => {
    const then = json(
      await castellan(
        'check',
        url,
        ...target(),
        '--json',
        '--as-of',
        '2023-06-01',
        '--tier',
        'fortified',
        '--programme',
        join(import.meta.dirname, '../programmes/cloud-fortified'),
      ),
    )
    expect(then.programme.version).toBe('2023.1')
    expect(then.as_of).toBe('2023-06-01T00:00:00.000Z')
    expect(then.requirements.length).toBeLessThan(json(await clean('--json')).requirements.length)
    const own = json(
      await castellan('check', url, ...target(), '--json', '--programme', join(import.meta.dirname, '../programmes/cloud-fortified')),
    )
    expect(own.programme.id).toBe('cloud-fortified')
  })

  it('counts what no check can tell with --all only', async () => {
    const all = json(await castellan('check', url, ...target(), '--json', '--all'))
    const some = json(await clean('--json'))
    const others = (checked: Checked) => checked.requirements.filter((one) => !one.in_scope && one.verdict === 'unknown')
    expect(others(some).length).toBeGreaterThan(10)
    expect(others(some).every((one) => !one.counts)).toBe(true)
    expect(others(all).some((one) => one.counts)).toBe(true)
    for (const one of others(some)) expect(one.change.length).toBeGreaterThan(10)
  })

  it('writes SARIF that is valid, and JUnit', async () => {
    const sarif = await castellan('check', url, ...target(), '--sarif')
    const ajv = new Ajv({ strict: false })
    addFormats.default(ajv)
    expect(ajv.validate(SARIF, JSON.parse(sarif.out))).toBe(true)
    const junit = await castellan('check', url, ...target(), '--junit')
    expect(junit.out).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites tests="\d+" failures="0" errors="\d+"/)
    expect([sarif.code, junit.code]).toEqual([2, 2])
  })

  it('exits 64 for wrong usage and says why', async () => {
    const no = join(folder, 'no.json')
    writeFileSync(no, '{"hello":"world"}')
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /missing required argument/],
      [['nowhere.json'], /cannot be read/],
      [['http://169.254.169.254/latest/meta-data'], /not a public address/],
      [['https://localhost:1/x', '--allow-target', 'localhost:1'], /not a literal address/],
      [['x.json', '--programme', 'nothing'], /no programme "nothing"/],
      [['x.json', '--as-of', 'soon'], /not a moment/],
      [['x.json', '--json', '--sarif'], /Choose one/],
      [['x.json', '--fast'], /unknown option/],
      [[no], /no descriptor/],
      [[url, ...target(), '--tier', 'platinum'], /no tier "platinum"/],
    ]
    const ran = await Promise.all(cases.map(([words]) => castellan('check', ...words)))
    for (const [place, [, says]] of cases.entries()) {
      expect(ran[place]?.err).toMatch(says)
      expect([ran[place]?.code, ran[place]?.out]).toEqual([64, ''])
    }
  }, 90_000)
})

describe('the exit code', () => {
  const of = (...words: readonly (readonly [string, boolean])[]) =>
    exitCodeOf({ requirements: words.map(([verdict, counts]) => ({ verdict, counts })) as unknown as Checked['requirements'] })

  it.each([
    [[['met', true]], 0],
    [
      [
        ['met', true],
        ['unknown', true],
      ],
      2,
    ],
    [
      [
        ['unmet', true],
        ['unknown', true],
      ],
      1,
    ],
    [[['unmet', false]], 0],
    [
      [
        ['not_applicable', true],
        ['upcoming', true],
        ['retired', true],
        ['waived', true],
      ],
      0,
    ],
    [[], 0],
  ] as const)('of %j is %i', (words, code) => expect(of(...words)).toBe(code))
})

it('finds a check wherever it stands in a rule', () => {
  expect(checksIn({ any_of: [{ all_of: [{ check: 'a' }, { record: { kind: 'x', states: ['y'] } }] }, { check: 'b' }] })).toEqual(['a', 'b'])
  expect(checksIn({ attestation: { evidence: ['x'], reviewer: 'operator', expires_after: 'P1Y' } })).toEqual([])
})

it('lets no app draw on the terminal', () => {
  expect(harmless('\u001b[2J\u0007name\u202egnp.exe\r\n')).toBe(' [2J name gnp.exe  ')
})
