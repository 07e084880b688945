// The only program of ours inside the sandbox: it lays the partner's files out, opens the one way out, runs Playwright Test on them,
// and hands what came of it to its standard output. The files' code runs as the same user and may do to this program what it likes:
// whatever comes out of here is a stranger's word, and is read as such.
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { dirname, join, relative } from 'node:path'

const HERE = '/tmp/journey'
const OUTPUT = '/tmp/journey-output'
const RESULT = '/tmp/journey-result.json'

const order = JSON.parse(readFileSync(0, 'utf8'))
for (const [name, text] of Object.entries(order.files)) {
  const path = join(HERE, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

// There is no network in here but this: bytes to the guarding proxy outside, by a socket that lies in the file system.
const way = createServer((inner) => {
  const outer = connect('/journey/proxy.sock')
  inner.on('error', () => outer.destroy())
  outer.on('error', () => inner.destroy())
  inner.pipe(outer).pipe(inner)
})
await new Promise((resolve) => way.listen(0, '127.0.0.1', resolve))
const server = `http://127.0.0.1:${way.address().port}`

const config = {
  testDir: HERE,
  testMatch: order.matching,
  outputDir: OUTPUT,
  workers: 1,
  retries: 0,
  forbidOnly: false,
  globalTimeout: order.limit_ms,
  timeout: order.limit_ms,
  reporter: [['json', { outputFile: RESULT }]],
  use: {
    baseURL: order.base_url,
    headless: true,
    browserName: 'chromium',
    proxy: { server, bypass: '<-loopback>' },
    ignoreHTTPSErrors: order.ignore_https_errors,
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    video: 'off',
    launchOptions: { executablePath: order.browser, args: order.browser_args, chromiumSandbox: false },
  },
}
writeFileSync(join(HERE, 'playwright.config.mjs'), `export default ${JSON.stringify(config)}\n`)

const child = spawn(
  process.execPath,
  ['/journey/node_modules/@playwright/test/cli.js', 'test', '--config', join(HERE, 'playwright.config.mjs')],
  {
    cwd: HERE,
    env: {
      PATH: '/usr/bin:/bin',
      HOME: '/tmp',
      TMPDIR: '/tmp',
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      CI: '1',
      PWTEST_CACHE_DIR: '/tmp/journey-cache',
      ...order.variables,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  },
)
const told = []
let told_bytes = 0
for (const stream of [child.stdout, child.stderr]) {
  stream.on('data', (chunk) => {
    if (told_bytes < order.console_bytes) told.push(chunk)
    told_bytes += chunk.length
  })
}
const code = await new Promise((resolve) => child.on('close', resolve))
way.close()

hand('console.txt', Buffer.concat(told).subarray(0, order.console_bytes))
handFile('result.json', RESULT)
for (const path of filesIn(OUTPUT)) handFile(relative(OUTPUT, path), path)
hand('end', Buffer.from(String(code)))
process.exit(0)

/** A name, a length and the bytes; whoever reads it stops where it has had enough. */
function hand(name, bytes) {
  process.stdout.write(`${JSON.stringify({ name, bytes: bytes.length })}\n`)
  process.stdout.write(bytes)
}

function handFile(name, path) {
  try {
    if (statSync(path).size <= order.file_bytes) hand(name, readFileSync(path))
  } catch (error) {
    // Not every run writes every file.
    if (error.code !== 'ENOENT') throw error
  }
}

function filesIn(folder) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    return []
  }
}
