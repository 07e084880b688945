import { existsSync, readFileSync } from 'node:fs'
import type { Logger } from 'pino'
import { actIn, type House } from './house.ts'
import { Refused } from './kernel/refused.ts'
import { between, MINUTE_MS } from './kernel/time.ts'
import type { Clock } from './platform/clock.ts'
import type { Config } from './platform/config.ts'
import { PROGRAMMES_FOLDER } from './platform/config.ts'
import { refold } from './platform/dispatch.ts'
import { isIP } from 'node:net'
import type { Lookup } from './platform/net/guard.ts'
import { operatorClient } from './platform/net/operator.ts'
import { strangerClient } from './platform/net/stranger.ts'
import type { Database } from './platform/sql/database.ts'
import { openDatabase } from './platform/sql/open.ts'
import { pipelineOf } from './pipeline.ts'
import { CHECKS } from './scanning/checks/index.ts'
import { listingSettingsIn, type ListingSettings } from './publishing/marketplace/settings.ts'
import { loadPack, loadPacks } from './programmes/load.ts'
import { libraryIndex } from './scanning/libraries.ts'
import { registrationsIn } from './scanning/registrations.ts'
import { VERSION } from './version.ts'

/** The one marketplace that a process serves. The tenant's id stays the same when its name changes. */
const MARKETPLACE = 'main'

/** Opens everything that routes and jobs work with: storage, programmes, clients; brings views up to date. */
export async function openHouse(given: {
  readonly config: Config
  readonly clock: Clock
  readonly log: Logger
  /** Literal `IP:port` on loopback that apps under watch may have. The demo's and tests' only. */
  readonly test_targets?: readonly string[]
  /** Certificates of an authority beside the usual ones, PEM. The demo's and tests' only. */
  readonly extra_ca?: string
  /** What looks up the names that strangers give, instead of the machine's name servers. Tests' only. */
  readonly resolver?: Lookup
}): Promise<House & { readonly close: () => Promise<void> }> {
  const { config, clock, log } = given
  const known = { checks: CHECKS.map(({ id }) => id) }
  const packs =
    config.programmes.length > 0 ? config.programmes.map((folder) => loadPack(folder, known)) : loadPacks(PROGRAMMES_FOLDER, known)
  // Read again where they are used; here so that a mistake stops the start.
  if (config.library_advisories !== null) libraryIndex(config.library_advisories)
  if (config.domain_registrations !== null) registrationsIn(config.domain_registrations)
  const listings = config.listings === null ? null : listingsOf(config.listings)
  const database = await openDatabase({ clock, data_directory: config.data_directory, database_url: config.database_url })
  try {
    await nameMarketplace(database, config.marketplace, clock)
    const pipeline = pipelineOf(packs)
    const test_targets = given.test_targets ?? []
    const client = {
      user_agent: `Castellan/${VERSION}${config.public_url === null ? '' : ` (+${config.public_url})`}`,
      now: () => clock.now(),
      ...(given.extra_ca === undefined ? {} : { extra_ca: given.extra_ca }),
    }
    const controls = config.control_targets.flatMap(literalTarget)
    const house: House = {
      config,
      clock,
      log,
      database,
      marketplace: MARKETPLACE,
      packs,
      pipeline,
      stranger: strangerClient({
        ...client,
        allow_targets: test_targets,
        ...(given.resolver === undefined ? {} : { resolver: given.resolver }),
      }),
      operator: operatorClient(config.control_targets, { ...client, allow_targets: controls }),
      listings,
      test_targets,
      jobs: new Map(),
      act: actIn({ database, marketplace: MARKETPLACE, pipeline }),
      public_url: () => config.public_url ?? `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${config.port}`,
    }
    const refolded = await database.within({ marketplace: MARKETPLACE, party: { kind: 'machine' } }, (unit) => refold(unit, pipeline.views))
    if (refolded.length > 0) log.info({ views: refolded }, 'views were folded again')
    await tellOfClockSetBack(house)
    return { ...house, close: () => database.close() }
  } catch (error) {
    await database.close()
    throw error
  }
}

/** Reads the operator's own file before anything is opened: a mistake in it is told at the start and not at the first look. */
function listingsOf(file: string): ListingSettings {
  if (!existsSync(file)) throw new Refused('config.listings', `LISTINGS names ${file}, which is not there.`, 'LISTINGS')
  return listingSettingsIn(readFileSync(file, 'utf8'), file)
}

/** Differences between clocks that nobody needs to hear of. */
const CLOCKS_DIFFER_MS = MINUTE_MS

/** The log's time never goes back, so nothing is lost; but what happens now is dated by the newest event until the clock has caught up. */
async function tellOfClockSetBack({ database, marketplace, clock, log }: House): Promise<void> {
  const newest = await database.within({ marketplace, party: { kind: 'machine' } }, (unit) => unit.log.head())
  const now = clock.now()
  if (newest === null || between(now, newest.at) <= CLOCKS_DIFFER_MS) return
  log.warn(
    { now, newest: newest.at },
    `The clock says ${now}, but the log's newest event is of ${newest.at}. Nothing is lost: until the clock has caught up, what happens is dated ${newest.at}, and no deadline comes. Set the clock right if it is wrong.`,
  )
}

async function nameMarketplace(database: Database, name: string, clock: Clock): Promise<void> {
  await database.within({ marketplace: MARKETPLACE, party: { kind: 'machine' } }, async (unit) => {
    await unit.sql
      .insertInto('marketplace')
      .values({ marketplace_id: MARKETPLACE, name, created_at: clock.now() })
      .onConflict((conflict) => conflict.column('marketplace_id').doUpdateSet({ name }))
      .execute()
  })
}

/** `IP:port` of a control target that is a literal address: the operator's own choice, so it may lie anywhere. */
function literalTarget(address: string): readonly string[] {
  const url = new URL(address)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) === 0) return []
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  return [`${url.hostname}:${port}`]
}
