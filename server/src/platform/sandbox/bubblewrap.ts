import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Guard } from '../net/guard.ts'
import { guardingProxy, type Asked, type ProxyLimits } from './proxy.ts'
import { framesIn, type Handed } from './frames.ts'

/** A stranger's Playwright Test files, and where they are to be run against. */
export type SandboxOrder = {
  /** Relative names and texts; names have been checked by whoever took them in. */
  readonly files: Readonly<Record<string, string>>
  readonly base_url: string
  /** Environment of the test's own process: variables that the partner stated, secrets included. */
  readonly variables: Readonly<Record<string, string>>
  /** Hosts that may be asked. */
  readonly allows: (url: URL) => boolean
}

export type SandboxLimits = {
  readonly wall_ms: number
  /** Resident memory of everything in the sandbox together. */
  readonly memory_bytes: number
  /** Of the sandbox's only writable place, which lies in memory. */
  readonly disk_bytes: number
  readonly processes: number
  /** Of what it hands out: in all, and of one file. */
  readonly output_bytes: number
  readonly file_bytes: number
  readonly console_bytes: number
  readonly proxy: ProxyLimits
}

const MIB = 1024 * 1024
export const SANDBOX_LIMITS: SandboxLimits = {
  wall_ms: 180_000,
  memory_bytes: 2_048 * MIB,
  disk_bytes: 384 * MIB,
  processes: 1_024,
  output_bytes: 24 * MIB,
  file_bytes: 8 * MIB,
  console_bytes: 64 * 1024,
  proxy: { bytes: 100 * MIB, connections: 1_000, connections_at_once: 64, connect_ms: 10_000 },
}

/** What came of a run. `no-sandbox`: nothing was run, and why. `stopped`: it was ended by us. */
export type SandboxOutcome =
  | { readonly kind: 'no-sandbox'; readonly told: string }
  | { readonly kind: 'stopped'; readonly why: 'time' | 'memory' | 'output' | 'asked'; readonly asked: readonly Asked[] }
  | {
      readonly kind: 'ran'
      readonly files: ReadonlyMap<string, Buffer>
      readonly asked: readonly Asked[]
      /** Why nothing passed the proxy any more, or null. */
      readonly full: string | null
    }

const INSIDE = join(import.meta.dirname, 'inside.mjs')
const MODULES = join(import.meta.dirname, '../../../../node_modules')
const RUNNER = ['@playwright/test', 'playwright', 'playwright-core'] as const
const BROWSERS = ['/usr/lib/chromium/chromium', '/usr/bin/chromium-browser', '/opt/google/chrome/chrome', '/usr/bin/google-chrome-stable']
const LOOK_MS = 500
const LAST_WORDS = 2_000
/** `nobody`, whom nothing belongs to. */
const NOBODY = 65_534

/** The browser that strangers' tests run in: the operator's own choice, or the machine's. Null when there is none. */
export const browserFor = (named: string | undefined): string | null =>
  named === undefined ? (BROWSERS.find((path) => existsSync(path)) ?? null) : existsSync(named) ? named : null

/**
 * Runs a stranger's program in bubblewrap: as a user without rights, with user, network, process and mount namespaces of its own,
 * a read-only disk, an empty environment, limits on everything, and no way out but the guarding proxy.
 */
export async function runInSandbox(
  order: SandboxOrder,
  given: {
    readonly guard: Guard
    readonly browser: string | null
    readonly limits?: SandboxLimits
    readonly signal?: AbortSignal
    /** Tests only: another program in place of the one that runs Playwright. */
    readonly program?: string
  },
): Promise<SandboxOutcome> {
  const limits = given.limits ?? SANDBOX_LIMITS
  if (process.platform !== 'linux') return { kind: 'no-sandbox', told: 'bubblewrap runs on Linux only' }
  if (given.browser === null) return { kind: 'no-sandbox', told: 'no Chromium is on this machine; install it, or set CHROMIUM' }
  const home = await mkdtemp(join(tmpdir(), 'castellan-journey-'))
  const socket = join(home, 'proxy.sock')
  const proxy = await guardingProxy({ guard: given.guard, allows: order.allows, path: socket, limits: limits.proxy })
  try {
    const root = process.getuid?.() === 0
    if (root) {
      await chown(home, NOBODY, NOBODY)
      await chown(socket, NOBODY, NOBODY)
    }
    await chmod(home, 0o700)
    return await run(order, { ...given, limits, browser: given.browser, socket, root, proxy })
  } finally {
    await proxy.close()
    await rm(home, { recursive: true, force: true })
  }
}

async function run(
  order: SandboxOrder,
  given: {
    readonly browser: string
    readonly limits: SandboxLimits
    readonly socket: string
    readonly root: boolean
    readonly signal?: AbortSignal
    readonly program?: string
    readonly proxy: { readonly asked: () => readonly Asked[]; readonly full: () => string | null }
  },
): Promise<SandboxOutcome> {
  const { limits } = given
  const child = spawn('prlimit', [...resourceLimits(limits), 'bwrap', ...walls(given, limits)], {
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    ...(given.root ? { uid: NOBODY, gid: NOBODY } : {}),
  })
  let why: 'time' | 'memory' | 'output' | 'asked' | null = null
  const end = (reason: NonNullable<typeof why>): void => {
    why ??= reason
    killAll(child)
  }
  const clock = setTimeout(() => end('time'), limits.wall_ms)
  const scales = setInterval(
    () => void weigh(child.pid).then((bytes) => (bytes > limits.memory_bytes ? end('memory') : undefined)),
    LOOK_MS,
  )
  const onAbort = (): void => end('asked')
  given.signal?.addEventListener('abort', onAbort, { once: true })

  const frames = framesIn(limits, () => end('output'))
  let last_words = ''
  child.stdout?.on('data', frames.take)
  child.stderr?.on('data', (chunk: Buffer) => {
    last_words = `${last_words}${chunk.toString()}`.slice(-LAST_WORDS)
  })
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(
    JSON.stringify({
      files: order.files,
      matching: '**/*.@(spec|test).?(c|m)[jt]s?(x)',
      base_url: order.base_url,
      variables: order.variables,
      browser: given.browser,
      browser_args: ['--no-sandbox', '--headless=shell', '--disable-gpu', '--disable-dev-shm-usage', '--no-zygote'],
      ignore_https_errors: false,
      limit_ms: Math.max(1_000, limits.wall_ms - 15_000),
      console_bytes: limits.console_bytes,
      file_bytes: limits.file_bytes,
    }),
  )
  const missing = await new Promise<string | null>((settle) => {
    child.once('error', (error) => settle(error.message))
    child.once('close', () => settle(null))
  })
  clearTimeout(clock)
  clearInterval(scales)
  given.signal?.removeEventListener('abort', onAbort)
  const asked = given.proxy.asked()
  if (why !== null) return { kind: 'stopped', why, asked }
  if (missing !== null) return { kind: 'no-sandbox', told: `bubblewrap could not be started: ${missing}` }
  const handed: Handed = frames.end()
  // Our own program says that it came to its end; when it does not, the walls never stood or it was killed in there.
  if (!handed.files.has('end'))
    return { kind: 'no-sandbox', told: `nothing came out of the sandbox: ${last_words.trim() || 'it said nothing'}` }
  return { kind: 'ran', files: handed.files, asked, full: given.proxy.full() }
}

/** Per process, but for `nproc`, which counts everything of one user. */
const resourceLimits = (limits: SandboxLimits): readonly string[] => [
  `--nproc=${limits.processes}`,
  `--fsize=${limits.disk_bytes}`,
  '--core=0',
  '--nofile=4096',
  `--cpu=${Math.ceil(limits.wall_ms / 1_000)}`,
  '--',
]

/** As bubblewrap's options, which come in groups: rooms of its own, who it is, what it sees. */
const walls = (
  given: { readonly browser: string; readonly socket: string; readonly program?: string },
  limits: SandboxLimits,
): readonly string[] =>
  [
    ['--unshare-user', '--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-cgroup-try', '--disable-userns'],
    ['--die-with-parent', '--new-session', '--clearenv'],
    ['--uid', `${NOBODY}`, '--gid', `${NOBODY}`, '--hostname', 'sandbox'],
    ['--ro-bind', '/usr', '/usr', '--symlink', 'usr/lib', '/lib', '--symlink', 'usr/lib64', '/lib64', '--symlink', 'usr/bin', '/bin'],
    ['--ro-bind-try', '/etc/fonts', '/etc/fonts', '--ro-bind-try', '/etc/alternatives', '/etc/alternatives'],
    ['--proc', '/proc', '--dev', '/dev'],
    ['--size', `${limits.disk_bytes}`, '--tmpfs', '/tmp', '--symlink', '/journey/node_modules', '/tmp/node_modules'],
    ['--ro-bind', process.execPath, '/journey/node', '--ro-bind', given.program ?? INSIDE, '/journey/inside.mjs'],
    ...RUNNER.map((name) => ['--ro-bind', resolve(MODULES, name), `/journey/node_modules/${name}`]),
    given.browser.startsWith('/usr/') ? [] : ['--ro-bind', dirname(given.browser), dirname(given.browser)],
    ['--bind', given.socket, '/journey/proxy.sock'],
    ['--remount-ro', '/', '--chdir', '/tmp'],
    ['/journey/node', '/journey/inside.mjs'],
  ].flat()

/** Bubblewrap is the first process of its namespace: with it goes everything in there. */
function killAll(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    // It went by itself meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Resident bytes of a process and of everything below it. */
async function weigh(pid: number | undefined): Promise<number> {
  if (pid === undefined) return 0
  const own = await statmOf(pid)
  const below = await Promise.all((await childrenOf(pid)).map(weigh))
  return below.reduce((sum, bytes) => sum + bytes, own)
}

const PAGE = 4_096
const statmOf = async (pid: number): Promise<number> => Number((await readIfThere(`/proc/${pid}/statm`)).split(' ')[1] ?? 0) * PAGE
const childrenOf = async (pid: number): Promise<readonly number[]> =>
  (await readIfThere(`/proc/${pid}/task/${pid}/children`)).split(' ').filter(Boolean).map(Number)

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    // A process that ended between two looks weighs nothing.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return ''
    throw error
  }
}
