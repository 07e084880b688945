import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const repository = join(import.meta.dirname, '..')

describe('what a fresh clone needs is in the repository', () => {
  const inGit = existsSync(join(repository, '.git'))
  const tracked = inGit
    ? new Set(spawnSync('git', ['-c', 'safe.directory=*', 'ls-files', '-z'], { cwd: repository, encoding: 'utf8' }).stdout.split('\0'))
    : new Set<string>()

  // Outside a clone (an archive of the sources) there is nothing to compare with.
  it.skipIf(!inGit)('tracks every file that the launcher, its shell twin and package.json name', () => {
    const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
    const sources = [
      readFileSync(join(repository, 'scripts/run.mjs'), 'utf8'),
      readFileSync(join(repository, 'castellan'), 'utf8'),
      ...Object.values(scripts),
    ]
    const named = sources.flatMap((text) => text.match(/\b(?:server|scripts|cli)\/[\w./-]+\.(?:mjs|tsx?)\b/g) ?? [])
    expect(named).toContain('scripts/run.mjs')
    expect(named).toContain('server/src/platform/tsx.mjs')
    expect([...new Set(named)].filter((path) => !tracked.has(path))).toEqual([])
  })

  it.skipIf(!inGit)('tracks every file that those lead to by imports', () => {
    const missing: string[] = []
    const seen = new Set<string>()
    const walk = (path: string, from: string): void => {
      if (seen.has(path)) return
      seen.add(path)
      if (!tracked.has(path)) {
        missing.push(`${path}, which ${from} imports`)
        return
      }
      for (const target of importsOf(readFileSync(join(repository, path), 'utf8'))) walk(join(dirname(path), target), path)
    }
    for (const entry of ['server/src/main.ts', 'cli/castellan.ts', 'scripts/check.mjs', 'scripts/run.mjs', 'server/src/platform/tsx.mjs'])
      walk(entry, 'the launcher')
    expect(missing).toEqual([])
    expect(seen.size).toBeGreaterThan(5)
  })
})

/** Relative files that a source imports, statically or by a literal `import(…)`. */
const importsOf = (source: string): readonly string[] =>
  [...source.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)].flatMap(([, target]) => (target === undefined ? [] : [target]))

describe('the launcher', () => {
  let clone: string

  beforeEach(() => {
    // A name with what means something in a URL and to a shell.
    clone = join(mkdtempSync(join(tmpdir(), 'castellan-launcher-')), 'a clone #1 (50%)')
    for (const folder of ['scripts', 'cli', 'server/src/platform']) mkdirSync(join(clone, folder), { recursive: true })
    cpSync(join(repository, 'scripts/run.mjs'), join(clone, 'scripts/run.mjs'))
    cpSync(join(repository, 'castellan'), join(clone, 'castellan'))
    writeFileSync(join(clone, 'package-lock.json'), '{}')
    writeFileSync(join(clone, 'server/src/platform/tsx.mjs'), 'globalThis.hooked = true\n')
    writeFileSync(
      join(clone, 'cli/castellan.ts'),
      `const given: readonly string[] = process.argv.slice(2)
if (given[0] === 'exit') process.exit(Number(given[1]))
if (given[0] === 'wait') {
  process.on('SIGTERM', () => { console.log('asked to stop'); process.exit(7) })
  console.log('waiting')
  setInterval(() => {}, 1_000)
} else console.log(JSON.stringify({ given, hooked: (globalThis as { hooked?: boolean }).hooked, path: process.env['PATH'], node: process.execPath }))
`,
    )
    // In place of npm: writes down what it was asked, and does what the test wants.
    writeFileSync(
      join(clone, 'npm-cli.js'),
      `const fs = require('node:fs')
fs.appendFileSync(${JSON.stringify(join(clone, 'npm.log'))}, process.argv.slice(2).join(' ') + '\\n')
if (process.env.NPM_FAILS) process.exit(Number(process.env.NPM_FAILS))
fs.mkdirSync('node_modules', { recursive: true })
`,
    )
  })
  afterEach(() => rmSync(dirname(clone), { recursive: true, force: true }))

  const environment = (more: Record<string, string>): NodeJS.ProcessEnv => ({
    PATH: process.env['PATH'],
    npm_execpath: join(clone, 'npm-cli.js'),
    ...more,
  })
  const launch = (args: readonly string[], more: Record<string, string> = {}): SpawnSyncReturns<string> =>
    spawnSync(process.execPath, [join(clone, 'scripts/run.mjs'), ...args], { encoding: 'utf8', env: environment(more), cwd: tmpdir() })
  const asked = (): readonly string[] =>
    existsSync(join(clone, 'npm.log')) ? readFileSync(join(clone, 'npm.log'), 'utf8').trim().split('\n') : []

  it('installs from the lock file without scripts, once, and hands over', () => {
    const first = launch(['castellan', 'check', '--json', 'a b', '*'])
    expect(first.stderr).toContain('Installing what the lock file names')
    expect(JSON.parse(first.stdout)).toMatchObject({ given: ['check', '--json', 'a b', '*'], hooked: true })
    const second = launch(['castellan'])
    expect(second.stderr).toBe('')
    expect(asked()).toEqual(['ci --ignore-scripts --no-audit --no-fund --loglevel=error'])
    expect(readdirSync(clone).filter((name) => name.startsWith('.install-lock'))).toEqual([])
  })

  it('keeps standard output for the program: nothing of the installation goes there', () => {
    expect(launch(['castellan']).stdout.trim().split('\n')).toHaveLength(1)
  })

  it('installs again when the lock file changes', () => {
    launch(['castellan'])
    writeFileSync(join(clone, 'package-lock.json'), '{ }')
    expect(launch(['castellan']).stderr).toContain('Installing')
    expect(asked()).toHaveLength(2)
  })

  it('passes on npm’s failure, starts nothing, and tries again the next time', () => {
    const failed = launch(['castellan'], { NPM_FAILS: '13' })
    expect(failed.status).toBe(13)
    expect(failed.stdout).toBe('')
    expect(failed.stderr).toContain('The installation failed')
    expect(readdirSync(clone).filter((name) => name.startsWith('.install-lock'))).toEqual([])
    expect(launch(['castellan']).status).toBe(0)
    expect(asked()).toHaveLength(2)
  })

  it('says so when there is no npm at all', () => {
    const failed = launch(['castellan'], { npm_execpath: '', PATH: '/nowhere' })
    expect(failed.status).toBe(70)
    expect(failed.stderr).toContain('npm could not be started')
  })

  it('waits for nobody: a second installation beside a running one is refused', () => {
    writeFileSync(join(clone, '.install-lock'), String(process.pid))
    const refused = launch(['castellan'])
    expect(refused.status).toBe(75)
    expect(refused.stderr).toContain(`process ${process.pid}`)
    expect(asked()).toEqual([])
  })

  it('takes over from an installation whose process is gone', () => {
    const gone = spawnSync(process.execPath, ['--version']).pid
    writeFileSync(join(clone, '.install-lock'), String(gone))
    expect(launch(['castellan']).status).toBe(0)
    expect(existsSync(join(clone, '.install-lock'))).toBe(false)
  })

  it('refuses an unknown word and names those that it knows', () => {
    for (const word of ['stop', 'toString', '__proto__']) {
      const refused = launch([word])
      expect(refused.status).toBe(64)
      expect(refused.stderr).toContain('start, check, castellan')
    }
    expect(asked()).toEqual([])
  })

  it('gives back the program’s exit code', () => {
    expect(launch(['castellan', 'exit', '2']).status).toBe(2)
    expect(launch(['castellan', 'exit', '0']).status).toBe(0)
  })

  it('prefers the Node that the lock file brought, and puts it first on the path', () => {
    const folder = join(clone, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin')
    mkdirSync(folder, { recursive: true })
    // A stand-in that says that it was used.
    writeFileSync(join(folder, 'node'), `#!/bin/sh\nBROUGHT=1 exec ${process.execPath} "$@"\n`, { mode: 0o755 })
    const told = JSON.parse(launch(['castellan']).stdout) as { path: string }
    expect(told.path.split(':')[0]).toBe(folder)
  })

  it('refuses an old Node with a sentence when none was brought', () => {
    const old = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.19.2'})`
    const refused = launch(['castellan'], { NODE_OPTIONS: `--import=${old}` })
    expect(refused.status).toBe(69)
    expect(refused.stderr).toContain('Castellan runs on Node 24.15 or newer')
  })

  it.each([
    ['in one process, where the platform can', ''],
    ['as a child, where it cannot', `--import=data:text/javascript,process.execve=undefined`],
  ])('lets the program answer a signal by itself, %s', async (_, options) => {
    launch(['castellan'])
    const child = spawn(process.execPath, [join(clone, 'scripts/run.mjs'), 'castellan', 'wait'], {
      env: environment(options === '' ? {} : { NODE_OPTIONS: options }),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let told = ''
    child.stdout.on('data', (chunk: Buffer) => {
      told += chunk.toString()
      if (told === 'waiting\n') child.kill('SIGTERM')
    })
    const code = await new Promise((resolve) => child.once('close', resolve))
    expect(told).toBe('waiting\nasked to stop\n')
    expect(code).toBe(7)
  })

  it('is started by ./castellan from any folder, also through a link', () => {
    const link = join(dirname(clone), 'linked')
    spawnSync('ln', ['-s', join(clone, 'castellan'), link])
    const done = spawnSync('sh', [link, '--version'], { encoding: 'utf8', env: environment({}), cwd: '/' })
    expect(JSON.parse(done.stdout)).toMatchObject({ given: ['--version'] })
  })
})
