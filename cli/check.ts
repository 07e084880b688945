import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { Refused } from '../server/src/kernel/refused.ts'
import { parseInstant } from '../server/src/kernel/time.ts'
import { systemClock } from '../server/src/platform/clock.ts'
import { PROGRAMMES_FOLDER, snapshot } from '../server/src/platform/config.ts'
import { readTargets } from '../server/src/platform/net/addresses.ts'
import { loadPack, type Pack } from '../server/src/programmes/load.ts'
import { CHECKS } from '../server/src/scanning/checks/index.ts'
import { libraryIndex } from '../server/src/scanning/libraries.ts'
import { registrationsIn } from '../server/src/scanning/registrations.ts'
import { reportOf } from '../server/src/scanning/report/report.ts'
import { sarifOf } from '../server/src/scanning/report/sarif.ts'
import { VERSION } from '../server/src/version.ts'
import { lookAtApp } from './check/app.ts'
import { harmless, junitOf, textOf } from './check/print.ts'
import { exitCodeOf, verdictsOf } from './check/verdicts.ts'

type Options = {
  readonly programme: string
  readonly tier?: string
  readonly asOf?: string
  readonly baseUrl: readonly string[]
  readonly allowTarget: readonly string[]
  readonly proof?: string
  readonly ca?: string
  readonly libraryAdvisories?: string
  readonly domainRegistrations?: string
  readonly hostKeys?: string
  readonly hostUrl: string
  readonly all?: true
  readonly json?: true
  readonly sarif?: true
  readonly junit?: true
}

/** As sysexits have it. */
const USAGE = 64

const several = (value: string, before: readonly string[]): readonly string[] => [...before, value]

/** `castellan check`: judges an app from a shell or a build, with the verdicts that the server would give. */
export const checkCommand = (): Command =>
  new Command('check')
    .description('judges an app by its descriptor, without a server: what is met, what is not, and what to do about it')
    .argument('<descriptor>', 'file or address of the descriptor; - reads it from the input')
    .option('--programme <id or folder>', 'programme to judge by', 'cloud-fortified')
    .option('--tier <id>', 'only what this tier asks for')
    .option('--as-of <moment>', 'by the rules of that day, such as 2027-01-31; now when left out')
    .option('--base-url <url>', 'address of the app, for descriptors that carry none (may be repeated)', several, [])
    .option('--allow-target <IP:port>', 'test deployment on a private or local address, literally (may be repeated)', several, [])
    .option(
      '--proof <token>',
      'token that the app serves at /.well-known/castellan.txt or in DNS; without it only what is public is looked at',
    )
    .option('--ca <file>', 'certificates of a private authority that the test deployment uses, PEM')
    .option(
      '--host-keys <IP:port>',
      'act as the host product here: start the test deployment with its key server at http://IP:port (CONNECT_KEYS_CDN_URL), and it is called with valid tokens and wrong ones',
    )
    .option(
      '--host-url <url>',
      'what the host of our two test tenants is called; {tenant} takes their key',
      'https://{tenant}.atlassian.net',
    )
    .option('--library-advisories <file>', 'known holes in JavaScript libraries: a jsrepository.json of RetireJS')
    .option('--domain-registrations <file>', 'until when domains are registered: a JSON object of domains and days')
    .option('--all', 'show and count the requirements that no check can tell as well')
    .option('--json', 'one JSON object')
    .option('--sarif', 'findings as SARIF 2.1.0')
    .option('--junit', 'verdicts as JUnit XML')
    .showHelpAfterError()
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : USAGE))
    .addHelpText(
      'after',
      '\nExit code: 1 when something that counts is not met, else 2 when something cannot be told, else 0; 64 for wrong usage.',
    )
    .action((descriptor: string, options: Options) => check(descriptor, options))

async function check(descriptor: string, options: Options): Promise<void> {
  const formats = (['json', 'sarif', 'junit'] as const).filter((format) => options[format] === true)
  if (formats.length > 1) throw new Refused('check.one_format', `Choose one of --${formats.join(' and --')}.`)
  readTargets(options.allowTarget)
  const pack = packOf(options.programme)
  const as_of = options.asOf === undefined ? systemClock.now() : parseInstant(options.asOf, '--as-of')
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const { description, result } = await lookAtApp({
    descriptor,
    base_urls: options.baseUrl.map(baseUrl),
    allow_targets: options.allowTarget,
    proof: options.proof ?? null,
    extra_ca: options.ca === undefined ? null : readFile(options.ca, '--ca'),
    host: options.hostKeys === undefined ? null : { listen: options.hostKeys, url: options.hostUrl },
    library_advisories:
      options.libraryAdvisories === undefined ? null : libraryIndex(snapshot(options.libraryAdvisories, '--library-advisories')),
    registrations:
      options.domainRegistrations === undefined ? null : registrationsIn(snapshot(options.domainRegistrations, '--domain-registrations')),
    signal: stop.signal,
    progress,
  })
  const all = options.all === true
  const checked = await verdictsOf({ description, result, pack, tier: options.tier ?? null, as_of, all, test_targets: options.allowTarget })
  progress(null)
  if (options.json === true) print(`${JSON.stringify(checked, null, 2)}\n`)
  else if (options.sarif === true) print(`${JSON.stringify(sarifOf(reportOf(result, new Map()), CHECKS, VERSION), null, 2)}\n`)
  else if (options.junit === true) print(junitOf(checked))
  else print(textOf(checked, all))
  process.exitCode = stop.signal.aborted ? INTERRUPTED : exitCodeOf(checked)
}

/** 128 and the number of SIGINT, as shells have it. */
const INTERRUPTED = 130

/** Whoever reads may have had enough: `castellan check … | head` is no bug. */
function print(text: string): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  process.stdout.write(text)
}

/** One line that is written over, on a terminal; nothing in a pipe. Null takes it away. */
function progress(says: string | null): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${says === null ? '' : `${harmless(says).slice(0, 100)} …`}`)
}

/** A programme that comes with the product by its id, or any folder. */
function packOf(named: string): Pack {
  const own = join(PROGRAMMES_FOLDER, named)
  const folder = /^[a-z0-9-]+$/.test(named) && existsSync(join(own, 'programme.yaml')) ? own : resolve(named)
  if (!existsSync(join(folder, 'programme.yaml')))
    throw new Refused(
      'check.no_programme',
      `There is no programme "${named}": neither one that comes with Castellan nor a folder with a programme.yaml.`,
      '--programme',
    )
  return loadPack(folder)
}

function readFile(path: string, option: string): string {
  try {
    return readFileSync(resolve(path), 'utf8')
  } catch (error) {
    throw new Refused('check.no_such_file', `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`, option)
  }
}

function baseUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text
  throw new Refused('check.bad_base_url', `"${text}" is not an address like https://app.example.com.`, '--base-url')
}
