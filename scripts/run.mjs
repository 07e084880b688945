#!/usr/bin/env node
// The launcher: brings a fresh clone to life. ES2020 and no dependency, since it runs on whatever Node the machine has,
// before anything is installed. It installs what the lock file says (no install scripts), picks a Node that runs the
// product, and hands over. `.npmrc` forbids pre-scripts, so this cannot be one.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
/** The oldest Node that strips types, has `node:sqlite` and module hooks as the product uses them. */
const OLDEST = [24, 15]
/** What the lock file's Node for Linux is linked to; without it (Alpine, NixOS) that Node cannot start. */
const LOADERS = { x64: '/lib64/ld-linux-x86-64.so.2', arm64: '/lib/ld-linux-aarch64.so.1' }
const tell = (line) => process.stderr.write(`${line}\n`)

/** What each word of the command line starts. */
const ENTRIES = {
  start: ['cli/castellan.ts', 'demo'],
  check: ['scripts/check.mjs'],
  castellan: ['cli/castellan.ts'],
}

const [word = 'start', ...rest] = process.argv.slice(2)
const entry = Object.entries(ENTRIES).find(([name]) => name === word)
if (entry === undefined) {
  tell(`"${word}" is not something to start; there are: ${Object.keys(ENTRIES).join(', ')}`)
  process.exit(64)
}
const failed = install()
if (failed !== 0) process.exit(failed)
handOver(entry[1], rest)

/** Installs once per lock file; the stamp is written last, so that an install that was cut off is done again. Answers with an exit code. */
function install() {
  const lock = readFileSync(join(root, 'package-lock.json'))
  const stamp = createHash('sha256').update(lock).update(`${process.platform}-${process.arch}`).digest('hex')
  const stampFile = join(root, 'node_modules', '.castellan-installed')
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return 0
  const turn = join(root, '.install-lock')
  const refused = takeTurn(turn)
  if (refused !== 0) return refused
  const started = Date.now()
  try {
    tell('Installing what the lock file names (once; no install scripts are run) …')
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    const done = npm(args)
    if (done.status !== 0) {
      if (done.error !== undefined) tell(`npm could not be started: ${done.error.message}`)
      tell('The installation failed; the lines above are npm’s. Mend that and start again.')
      return done.status === null ? 70 : done.status
    }
    writeFileSync(stampFile, stamp)
    tell(`Installed in ${((Date.now() - started) / 1000).toFixed(1)} s.`)
    return 0
  } finally {
    rmSync(turn, { force: true })
  }
}

/** Two starts at once must not install over each other. A turn whose process is gone (a cut-off install) is taken over. */
function takeTurn(turn) {
  const mine = `${turn}.${process.pid}`
  try {
    writeFileSync(mine, String(process.pid))
    for (;;) {
      try {
        // A link appears whole or not at all, so that nobody reads a turn without its holder.
        linkSync(mine, turn)
        return 0
      } catch (error) {
        if (error.code !== 'EEXIST') throw error
      }
      const pid = existsSync(turn) ? Number(readFileSync(turn, 'utf8')) : 0
      if (pid > 0 && isAlive(pid)) {
        tell(`Another installation is running here (process ${pid}). Start again when it is done.`)
        return 75
      }
      rmSync(turn, { force: true })
    }
  } catch (error) {
    tell(`${root} cannot be written to, so nothing can be installed there (${error.message}).`)
    return 73
  } finally {
    rmSync(mine, { force: true })
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** The npm that called us, else the one on the path. */
function npm(args) {
  const script = process.env.npm_execpath
  const options = { cwd: root, stdio: ['ignore', 2, 2] }
  if (script !== undefined && /npm-cli\.c?js$/.test(script)) return spawnSync(process.execPath, [script, ...args], options)
  return spawnSync(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, { ...options, shell: process.platform === 'win32' })
}

/** The Node that the lock file brought, by path (its folder in `.bin` is not linked by every npm), else this one if it is new enough. */
function nodeBinary() {
  const name = process.platform === 'win32' ? 'win' : process.platform
  const brought = join(root, 'node_modules', `node-${name}-${process.arch}`, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  const starts = process.platform !== 'linux' || existsSync(LOADERS[process.arch] ?? '')
  if (starts && existsSync(brought)) return brought
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return process.execPath
  tell(
    `Castellan runs on Node ${OLDEST.join('.')} or newer; this is ${process.version}, and no Node for ${process.platform} ${process.arch} could be installed.`,
  )
  tell('Install Node 24 or newer and start again.')
  return process.exit(69)
}

function handOver([file, ...fixed], given) {
  const node = nodeBinary()
  const args = [
    '--disable-warning=ExperimentalWarning',
    // A simulated year makes short-lived facts by the million: a larger nursery spares a quarter of its processor time (bench/RESULTS.md).
    ...(file === 'cli/castellan.ts' && given[0] === 'simulate' ? ['--max-semi-space-size=64'] : []),
    '--import',
    // As a URL, since a path may hold what means something in one (`#`, `%`, a drive's letter).
    pathToFileURL(join(root, 'server/src/platform/tsx.mjs')).href,
    join(root, file),
    ...fixed,
    ...given,
  ]
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` }
  // One process instead of two where the platform can: signals and exit codes need no forwarding then.
  if (typeof process.execve === 'function' && process.platform !== 'win32') {
    try {
      process.execve(node, [node, ...args], env)
    } catch (error) {
      if (process.env.CASTELLAN_DEBUG) tell(`execve did not work (${String(error)}); starting a child instead`)
    }
  }
  const child = spawn(node, args, { stdio: 'inherit', env })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 70) : 128 + (constants.signals[signal] ?? 0)))
  child.on('error', (error) => {
    tell(`Could not start ${node}: ${error.message}`)
    process.exit(70)
  })
}
