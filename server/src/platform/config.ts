import { readFileSync, statSync } from 'node:fs'
import { isIP } from 'node:net'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { Refused } from '../kernel/refused.ts'
import { instant, type Instant } from '../kernel/time.ts'

/** What the operator sets from outside. Destinations of the operator's own live here and nowhere else. */
export type Config = {
  readonly host: string
  readonly port: number
  /** The address that the world uses; null on loopback, where it follows from host and port. */
  readonly public_url: string | null
  /** Addresses of proxies whose X-Forwarded-For is believed. */
  readonly trust_proxy: readonly string[]
  readonly data_directory: string
  readonly database_url: string | undefined
  readonly smtp_url: string | undefined
  readonly mail_from: string
  /** Known-good addresses that tell our outage from theirs. */
  readonly control_targets: readonly string[]
  /** Registrable domains of the host product, which journeys through apps may visit as well. */
  readonly host_domains: readonly string[]
  /** The browser that partners' tests run in; the machine's own when it is not set. */
  readonly chromium: string | undefined
  /** The operator's copy of what is known against JavaScript libraries, and of when it is: the file's own date. */
  readonly library_advisories: Snapshot | null
  /** The operator's list of when domains run out. */
  readonly domain_registrations: Snapshot | null
  readonly metrics_token: string | undefined
  readonly marketplace: string
  /** The file that says where listings are and how they are read back. */
  readonly listings: string | null
  /** Folders of the programmes that this marketplace runs. */
  readonly programmes: readonly string[]
}

/** A file that somebody keeps up to date, and of when it is. */
export type Snapshot = { readonly as_of: Instant; readonly text: string }

/** Every setting, its shape and what it is for; printed by `castellan serve --help`. */
export const SETTINGS = {
  HOST: 'address to listen on (127.0.0.1)',
  PORT: 'port to listen on (4380)',
  PUBLIC_URL: 'address that the world uses, https://…; required off loopback',
  TRUST_PROXY: 'addresses of proxies in front, with commas; their X-Forwarded-For is believed',
  CASTELLAN_DATA: 'data directory (~/.castellan); one process owns it',
  DATABASE_URL: 'a PostgreSQL 15 or newer instead of the embedded database',
  SMTP_URL: 'where mail is handed over, smtp://user:password@host:587',
  MAIL_FROM: 'sender of mail',
  CONTROL_TARGETS: 'two or more known-good URLs, with commas, that tell our outage from an app’s',
  HOST_DOMAINS: 'domains of the host product, with commas, that synthetic tests of apps may visit beside the app’s own',
  CHROMIUM: 'path of the Chromium in which partners’ synthetic tests run (the machine’s own)',
  LIBRARY_ADVISORIES:
    'file of known holes in JavaScript libraries, a jsrepository.json of RetireJS; without it scripts of apps are not held against any',
  DOMAIN_REGISTRATIONS: 'file of domains and the days until which they are registered, a JSON object; without it their end is not known',
  METRICS_TOKEN: 'bearer token for /metrics from other machines',
  MARKETPLACE: 'name of the marketplace',
  LISTINGS:
    'file that says where the marketplace’s listings are and how badges on them are read back (docs/how-to/connect-a-marketplace.md)',
  PROGRAMMES: 'programmes to run, with commas: names of folders in programmes/ or paths (all complete ones that come with Castellan)',
} as const

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
)
const Environment = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(4380),
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be an address like https://trust.example.com' }).optional(),
  TRUST_PROXY: list.default([]),
  CASTELLAN_DATA: z.string().min(1).optional(),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgres://')
    .optional(),
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//, 'must start with smtp:// or smtps://')
    .optional(),
  MAIL_FROM: z.string().default('Castellan <castellan@localhost>'),
  CONTROL_TARGETS: list.pipe(z.array(z.url({ protocol: /^https?$/, error: 'each must be a URL' }))).default([]),
  HOST_DOMAINS: list
    .pipe(z.array(z.string().regex(/^(?=.{1,253}$)[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'each must be a domain such as example.net')))
    .default([]),
  CHROMIUM: z.string().min(1).optional(),
  LIBRARY_ADVISORIES: z.string().min(1).optional(),
  DOMAIN_REGISTRATIONS: z.string().min(1).optional(),
  METRICS_TOKEN: z.string().min(16, 'needs at least 16 characters').optional(),
  MARKETPLACE: z.string().min(1).max(100).default('Marketplace'),
  LISTINGS: z.string().min(1).optional(),
  PROGRAMMES: list.default([]),
})

/** Reads the environment; an empty variable is as good as none. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([name, value]) => name in SETTINGS && value !== ''))
  const read = Environment.safeParse(given)
  if (!read.success) {
    const told = read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    throw new Refused('config.invalid', `The settings have mistakes. ${told.join('. ')}.`, read.error.issues[0]?.path.join('.'))
  }
  const { data } = read
  if (!isLoopback(data.HOST) && data.PUBLIC_URL === undefined) {
    throw new Refused(
      'config.public_url',
      `HOST is ${data.HOST}, so others can reach it: set PUBLIC_URL to the address that they use, https://…`,
      'PUBLIC_URL',
    )
  }
  return {
    host: data.HOST,
    port: data.PORT,
    public_url: data.PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    trust_proxy: data.TRUST_PROXY,
    data_directory: resolve(data.CASTELLAN_DATA ?? join(homedir(), '.castellan')),
    database_url: data.DATABASE_URL,
    smtp_url: data.SMTP_URL,
    mail_from: data.MAIL_FROM,
    control_targets: data.CONTROL_TARGETS,
    host_domains: data.HOST_DOMAINS,
    chromium: data.CHROMIUM,
    library_advisories: snapshotIn(data, 'LIBRARY_ADVISORIES'),
    domain_registrations: snapshotIn(data, 'DOMAIN_REGISTRATIONS'),
    metrics_token: data.METRICS_TOKEN,
    marketplace: data.MARKETPLACE,
    listings: data.LISTINGS === undefined ? null : resolve(data.LISTINGS),
    programmes: data.PROGRAMMES.map(folderOfProgramme),
  }
}

/** A file that the operator keeps up to date, with the day of its last change: how old it is is shown wherever it was used. */
export function snapshot(path: string, setting: string): Snapshot {
  try {
    const { size, mtimeMs } = statSync(path)
    if (size > LARGEST_SNAPSHOT_BYTES)
      throw new Refused('config.invalid', `${path} has ${size} bytes; at most ${LARGEST_SNAPSHOT_BYTES} are read.`, setting)
    return { as_of: instant(mtimeMs), text: readFileSync(path, 'utf8') }
  } catch (error) {
    if (error instanceof Refused) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new Refused('config.invalid', `${path} cannot be read: ${why}.`, setting)
  }
}

const snapshotIn = <Name extends string>(data: { readonly [name in Name]?: string | undefined }, name: Name): Snapshot | null => {
  const path = data[name]
  return path === undefined ? null : snapshot(resolve(path), name)
}

const LARGEST_SNAPSHOT_BYTES = 16 * 1024 * 1024

/** A bare name is one of the programmes that come with the product; anything else is a path. */
const folderOfProgramme = (given: string): string => (/^[a-z0-9-]+$/.test(given) ? join(PROGRAMMES_FOLDER, given) : resolve(given))

/** Where the programmes lie that come with the product. */
export const PROGRAMMES_FOLDER = join(import.meta.dirname, '../../../programmes')

/** True for names and addresses that only this machine reaches. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '::ffff:127.0.0.1' || (isIP(host) === 4 && host.startsWith('127.'))
