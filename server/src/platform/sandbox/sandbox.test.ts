import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createTcp, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { guardOf } from '../net/guard.ts'
import { browserFor, runInSandbox, SANDBOX_LIMITS, type SandboxLimits, type SandboxOutcome } from './bubblewrap.ts'
import { framesIn } from './frames.ts'

/** Strangers' programs inside the walls. Each is a real process that tries what its title says. */
const has = (command: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${command}`])
    return true
  } catch {
    return false
  }
}
const MISSING = [
  ...(has('bwrap') ? [] : ['bubblewrap']),
  ...(has('prlimit') ? [] : ['util-linux']),
  ...(browserFor(undefined) === null ? ['chromium'] : []),
]
const walled = MISSING.length === 0 ? describe : describe.skip
if (MISSING.length > 0) process.stdout.write(`sandbox tests are skipped: install ${MISSING.join(', ')}\n`)

let folder: string
let pages: Server
let port: number
let asked: string[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'castellan-hostile-'))
  execFileSync('chmod', ['755', folder])
  pages = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>Templates</title><h1>Templates</h1>')
  })
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve))
  port = (pages.address() as AddressInfo).port
})
afterAll(() => {
  pages.close()
  rmSync(folder, { recursive: true, force: true })
})

const MIB = 1024 * 1024

/** Runs a program of a stranger's in place of ours; what it puts into `out` comes back. */
async function hostile(
  program: string,
  limits: Partial<SandboxLimits> = {},
): Promise<{ readonly outcome: SandboxOutcome; readonly out: unknown }> {
  const path = join(folder, `${Math.random().toString(36).slice(2)}.mjs`)
  writeFileSync(
    path,
    `import fs from 'node:fs'; import net from 'node:net'; import os from 'node:os'; import dns from 'node:dns/promises'; import { spawn, execFileSync } from 'node:child_process'
const hand = (name, text) => { const bytes = Buffer.from(text); process.stdout.write(JSON.stringify({ name, bytes: bytes.length }) + '\\n'); process.stdout.write(bytes) }
const tried = (work) => { try { return String(work()) } catch (error) { return error.code ?? error.message } }
const out = {}
${program}
hand('out', JSON.stringify(out)); hand('end', '0')
`,
  )
  const outcome = await runInSandbox(
    { files: {}, base_url: `http://127.0.0.1:${port}`, variables: {}, allows: (url) => url.host === `127.0.0.1:${port}` },
    {
      guard: guardOf({ allow_targets: [`127.0.0.1:${port}`] }),
      browser: browserFor(undefined),
      program: path,
      limits: { ...SANDBOX_LIMITS, wall_ms: 20_000, ...limits },
    },
  )
  const text = outcome.kind === 'ran' ? outcome.files.get('out')?.toString() : undefined
  return { outcome, out: text === undefined ? null : JSON.parse(text) }
}

walled('a stranger’s program behind the walls', () => {
  it('finds no environment, nobody’s files, no rights, and a disk that cannot be written', { timeout: 60_000 }, async () => {
    process.env['CASTELLAN_TEST_SECRET'] = 'hunter2'
    const { out } = await hostile(`
      out.environment = Object.keys(process.env).sort()
      out.id = [process.getuid(), process.getgid()]
      out.root = tried(() => fs.readdirSync('/').sort().join(' '))
      out.passwd = tried(() => fs.readFileSync('/etc/passwd'))
      out.home = tried(() => fs.readdirSync('/root'))
      out.work = tried(() => fs.readdirSync(${JSON.stringify(process.cwd())}))
      out.write = ['/usr/x', '/x', '/journey/x', '/journey/inside.mjs'].map((path) => tried(() => fs.writeFileSync(path, 'x')))
      out.processes = fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).length
      out.environments = fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).map((pid) => tried(() => fs.readFileSync('/proc/' + pid + '/environ'))).join('')
      out.hosts = tried(() => os.hostname())
    `)
    delete process.env['CASTELLAN_TEST_SECRET']
    expect(out).toMatchObject({
      environment: ['PWD'],
      id: [65_534, 65_534],
      root: 'bin dev etc journey lib lib64 proc tmp usr',
      passwd: 'ENOENT',
      home: 'ENOENT',
      work: 'ENOENT',
      write: ['EROFS', 'EROFS', 'EROFS', 'EROFS'],
      hosts: 'sandbox',
    })
    const told = out as { readonly processes: number; readonly environments: string }
    expect(told.processes).toBeLessThan(5)
    expect(told.environments).not.toContain('hunter2')
  })

  it('reaches no network but the proxy, and through it only what is in scope and no internal address', { timeout: 60_000 }, async () => {
    const reached: string[] = []
    const neighbour = createTcp((socket) => {
      reached.push('neighbour')
      socket.destroy()
    })
    await new Promise<void>((resolve) => neighbour.listen(0, '127.0.0.1', resolve))
    const { port: internal } = neighbour.address() as AddressInfo
    asked = []
    const { out, outcome } = await hostile(`
      const dial = (options) => new Promise((resolve) => { const socket = net.connect(options); socket.on('connect', () => { socket.destroy(); resolve('connected') }); socket.on('error', (error) => resolve(error.code)) })
      out.straight = await dial({ host: '127.0.0.1', port: ${internal} })
      out.world = await dial({ host: '1.1.1.1', port: 443 })
      out.name = await dns.lookup('example.com').then(() => 'found', (error) => error.code)
      const through = (line) => new Promise((resolve) => { const socket = net.connect('/journey/proxy.sock'); let text = ''; socket.on('data', (chunk) => { text += chunk }); socket.on('close', () => resolve(text.split('\\r\\n')[0])); socket.on('error', (error) => resolve(error.code)); socket.write(line); setTimeout(() => socket.destroy(), 1500) })
      out.good = await through('GET http://127.0.0.1:${port}/fine HTTP/1.1\\r\\nhost: x\\r\\nconnection: close\\r\\n\\r\\n')
      out.tunnelled = await through('CONNECT 127.0.0.1:${port} HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n')
      out.neighbour = await through('CONNECT 127.0.0.1:${internal} HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n')
      out.spelled = await through('CONNECT 0x7f.1:${internal} HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n')
      out.metadata = await through('GET http://169.254.169.254/latest/meta-data HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n')
      out.senseless = await through('CONNECT [::1 HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n')
      out.smuggled = await through('GET http://127.0.0.1:${port}@127.0.0.1:${internal}/ HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n')
    `)
    neighbour.close()
    expect(out).toEqual({
      straight: 'ECONNREFUSED',
      world: 'ENETUNREACH',
      name: 'EAI_AGAIN',
      good: 'HTTP/1.1 200 OK',
      tunnelled: 'HTTP/1.1 200 Connection established',
      neighbour: 'HTTP/1.1 403 Forbidden',
      spelled: 'HTTP/1.1 403 Forbidden',
      metadata: 'HTTP/1.1 403 Forbidden',
      senseless: 'HTTP/1.1 400 Bad Request',
      smuggled: 'HTTP/1.1 403 Forbidden',
    })
    expect(reached).toEqual([])
    expect(asked).toEqual(['/fine'])
    expect(outcome.kind === 'ran' ? outcome.asked : []).toEqual([
      { host: '127.0.0.1', port, answer: 'let through' },
      { host: '127.0.0.1', port: internal, answer: 'not in scope' },
      { host: '169.254.169.254', port: 80, answer: 'not in scope' },
    ])
  })

  it('cannot make rooms of its own, kill anybody outside, or outlive its end', { timeout: 60_000 }, async () => {
    const bystander = execFileSync('sh', ['-c', 'sleep 300 >/dev/null 2>&1 & echo $!']).toString().trim()
    const { out } = await hostile(`
      out.rooms = tried(() => execFileSync('/usr/bin/unshare', ['--user', '--map-root-user', 'true'], { stdio: 'pipe' }))
      out.mount = tried(() => execFileSync('/usr/bin/mount', ['-t', 'tmpfs', 'none', '/tmp'], { stdio: 'pipe' }))
      out.other = tried(() => process.kill(${bystander}, 9))
      spawn('/journey/node', ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore', argv0: 'castellan-straggler' }).unref()
    `)
    expect(out).toMatchObject({ other: 'ESRCH' })
    expect((out as { readonly rooms: string }).rooms).toMatch(/failed|denied|No space|not permitted/)
    expect((out as { readonly mount: string }).mount).toMatch(/failed|denied|must be superuser|not permitted/)
    expect(process.kill(Number(bystander), 0)).toBe(true)
    process.kill(Number(bystander), 'SIGKILL')
    expect(execFileSync('sh', ['-c', 'pgrep -f ^castellan-straggler || true']).toString()).toBe('')
  })

  it.each([
    ['time', 'sits there for ever', 'setInterval(() => {}, 1000); await new Promise(() => {})', { wall_ms: 1_500 }],
    ['time', 'spins for ever', 'for (;;) {}', { wall_ms: 1_500 }],
    [
      'memory',
      'takes all memory',
      `const all = []; setInterval(() => all.push(Buffer.alloc(${16 * MIB}, 1)), 5); await new Promise(() => {})`,
      { memory_bytes: 400 * MIB },
    ],
    [
      'output',
      'talks for ever',
      `for (;;) { if (!process.stdout.write('x'.repeat(65536))) await new Promise((go) => process.stdout.once('drain', go)) }`,
      {},
    ],
  ] as const)('is stopped for its %s when it %s', { timeout: 60_000 }, async (why, _, program, limits) => {
    const { outcome } = await hostile(program, limits)
    expect(outcome).toMatchObject({ kind: 'stopped', why })
  })

  it('fills no disk and starts no endless number of processes', { timeout: 60_000 }, async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('castellan-journey-'))
    const { out } = await hostile(
      `
      out.disk = tried(() => { for (let place = 0; ; place += 1) fs.writeFileSync('/tmp/' + place, Buffer.alloc(${4 * MIB})) })
      const started = []
      out.processes = 'all'
      for (let place = 0; place < 300; place += 1) {
        const child = spawn('/usr/bin/sleep', ['60'])
        const failed = await new Promise((resolve) => { child.on('error', (error) => resolve(error.code)); child.on('spawn', () => resolve(null)) })
        if (failed !== null) { out.processes = failed; break }
        started.push(child)
      }
      for (const child of started) child.kill('SIGKILL')
    `,
      { disk_bytes: 32 * MIB, processes: 100 },
    )
    expect(out).toEqual({ disk: 'ENOSPC', processes: 'EAGAIN' })
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('castellan-journey-'))).toEqual(before)
  })

  it('says that there is no sandbox when its program dies before the end', { timeout: 60_000 }, async () => {
    const { outcome } = await hostile('process.kill(process.pid, 9)')
    expect(outcome.kind).toBe('no-sandbox')
  })
})

describe('a machine without what the walls need', () => {
  it('runs nothing and says why', async () => {
    const none = await runInSandbox(
      { files: {}, base_url: 'http://x', variables: {}, allows: () => true },
      { guard: guardOf({}), browser: null },
    )
    expect(none).toEqual({ kind: 'no-sandbox', told: 'no Chromium is on this machine; install it, or set CHROMIUM' })
  })
})

describe('what comes out of a sandbox', () => {
  const read = (...parts: readonly string[]) => {
    let over = false
    const frames = framesIn({ output_bytes: 1_000, file_bytes: 100 }, () => (over = true))
    for (const part of parts) frames.take(Buffer.from(part))
    return { files: [...frames.end().files].map(([name, bytes]) => [name, bytes.toString()]), over }
  }

  it('is files, however it is cut', () => {
    const whole = '{"name":"a","bytes":3}\nabc{"name":"b","bytes":0}\n{"name":"c","bytes":2}\n\n}'
    for (let cut = 1; cut < whole.length; cut += 1) {
      expect(read(whole.slice(0, cut), whole.slice(cut)).files).toEqual([
        ['a', 'abc'],
        ['b', ''],
        ['c', '\n}'],
      ])
    }
  })

  it.each([
    ['no header', 'abc\nabc'],
    ['a number that is none', '{"name":"a","bytes":"3"}\nabc'],
    ['less than nothing', '{"name":"a","bytes":-1}\nabc'],
    ['more than it brings', '{"name":"a","bytes":90}\nabc'],
    ['more than one file may have', `{"name":"a","bytes":101}\n${'x'.repeat(101)}`],
    ['a name without end', `{"name":"${'n'.repeat(301)}","bytes":1}\nx`],
    ['an endless header', 'x'.repeat(999)],
  ])('is nothing where it promises %s', (_, text) => {
    expect(read(text)).toEqual({ files: [], over: false })
  })

  it('ends the run when it is too much', () => {
    expect(read('x'.repeat(1_001)).over).toBe(true)
  })

  it('keeps the first file of a name', () => {
    expect(read('{"name":"a","bytes":1}\n1{"name":"a","bytes":1}\n2').files).toEqual([['a', '1']])
  })
})
