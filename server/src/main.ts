import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startDemo } from '../demo/demo.ts'
import { Refused } from './kernel/refused.ts'
import { openHouse } from './open-house.ts'
import { systemClock } from './platform/clock.ts'
import { readConfig, type Config } from './platform/config.ts'
import { createLogger } from './platform/logging.ts'
import { jobsOf } from './pipeline.ts'
import { migratePostgresql } from './platform/sql/open.ts'
import { serve, type Serving } from './serving.ts'

/** The program's roles. Each reads its settings from the environment and runs until it is told to stop. */

/** Marks a directory as the demo's: there, and nowhere else, apps under watch may lie on loopback. */
export const DEMO_MARK = 'this-is-the-demo.json'

/** Serves a marketplace of its own, empty at first. */
export async function runServe(environment: NodeJS.ProcessEnv): Promise<void> {
  const config = readConfig(environment)
  mkdirSync(config.data_directory, { recursive: true, mode: 0o700 })
  if (existsSync(join(config.data_directory, DEMO_MARK))) {
    throw new Refused(
      'data.is_demo',
      `${config.data_directory} is the demo's. Name another directory with CASTELLAN_DATA, or start the demo with \`castellan demo\`.`,
      'CASTELLAN_DATA',
    )
  }
  await untilStopped(config, async (log) => {
    const house = await openHouse({ config, clock: systemClock, log })
    const serving = await serve(house, jobsOf({}))
    process.stdout.write(`Castellan serves ${config.marketplace} at ${serving.url}\n`)
    process.stdout.write(`To sign in as its first administrator: castellan admin-link\n`)
    return { ...serving, close: () => serving.close().then(() => house.close()) }
  })
}

/** Serves the demo marketplace: invented apps with a past, on a clock that can be moved. */
export async function runDemo(environment: NodeJS.ProcessEnv): Promise<void> {
  const directory = environment['CASTELLAN_DATA'] ?? join(import.meta.dirname, '../../.castellan/demo')
  if (environment['DATABASE_URL'] !== undefined && environment['DATABASE_URL'] !== '') {
    throw new Refused(
      'data.demo_is_embedded',
      'The demo keeps to its own embedded database; unset DATABASE_URL, or start `castellan serve`.',
      'DATABASE_URL',
    )
  }
  const config = readConfig({ MARKETPLACE: 'Demo Marketplace', ...environment, CASTELLAN_DATA: directory })
  mkdirSync(config.data_directory, { recursive: true, mode: 0o700 })
  if (!existsSync(join(config.data_directory, DEMO_MARK)) && readdirSync(config.data_directory).length > 0) {
    throw new Refused(
      'data.not_demo',
      `${config.data_directory} holds something that is not the demo's. Name an empty directory with CASTELLAN_DATA.`,
      'CASTELLAN_DATA',
    )
  }
  await untilStopped(config, (log) =>
    startDemo({ config, log, mark: join(config.data_directory, DEMO_MARK), tell: (line) => void process.stdout.write(`${line}\n`) }),
  )
}

/** Brings a PostgreSQL's tables up to date, as their owner. */
export async function runMigrate(environment: NodeJS.ProcessEnv, serving_login: string | undefined): Promise<void> {
  const { database_url } = readConfig(environment)
  if (database_url === undefined) {
    throw new Refused(
      'data.nothing_to_migrate',
      'The embedded database migrates itself when it is started. For PostgreSQL set DATABASE_URL to its owner.',
      'DATABASE_URL',
    )
  }
  const applied = await migratePostgresql(database_url, serving_login)
  process.stdout.write(applied.length === 0 ? 'Nothing to do: all migrations are there.\n' : `Applied: ${applied.join(', ')}\n`)
}

/** Runs until Ctrl-C or SIGTERM, or until the storage has given itself up, then stops in order; a second signal ends it at once, which loses nothing that was acknowledged. */
async function untilStopped(config: Config, start: (log: ReturnType<typeof createLogger>) => Promise<Serving>): Promise<void> {
  const log = createLogger(process.env['LOG_LEVEL'] ?? 'warn')
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(130)
      stopping.abort()
    })
  }
  const serving = await start(log)
  const told = new Promise<null>((resolve) => stopping.signal.addEventListener('abort', () => resolve(null), { once: true }))
  const broken = stopping.signal.aborted ? null : await Promise.race([told, serving.given_up])
  if (broken !== null) {
    process.exitCode = GAVE_UP
    process.stderr.write(`${broken.message} This process ends now; whoever supervises it starts it again.\n`)
    // Long enough that whoever asks `/healthz` hears why, and sends nobody here any more.
    await Promise.race([told, sleep(HEARD_WITHIN_MS)])
  }
  log.info({ data: config.data_directory }, 'stopping')
  await serving.close()
}

/** Exit code of a server whose storage gave itself up: EX_TEMPFAIL, try again. */
export const GAVE_UP = 75
const HEARD_WITHIN_MS = 5_000
