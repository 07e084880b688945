import { readDescriptor } from '../src/directory/descriptors/read.ts'
import { after, DAY_MS, parseInstant } from '../src/kernel/time.ts'
import { pipelineOf } from '../src/pipeline.ts'
import { PROGRAMMES_FOLDER } from '../src/platform/config.ts'
import { sha256, sha256Bytes } from '../src/platform/crypto.ts'
import { BADGES, type BadgeDocument } from '../src/badges/badges-view.ts'
import { loadPack, loadPacks, type Pack } from '../src/programmes/load.ts'
import { minuteOf } from '../src/reliability/window.ts'
import { CHECKS } from '../src/scanning/checks/index.ts'
import type { Actor } from './actor.ts'
import { chanceOf, type Chance } from './chance.ts'
import { faultsOf, ownFaults, TEMPERS, type TemperName } from './faults.ts'
import { reviewers } from './people.ts'
import { promisesOf } from './promises.ts'
import { run, type World } from './world.ts'

export type Simulated = {
  readonly seed: number
  readonly apps: number
  readonly days: number
  readonly events: number
  /** Hash of the newest event: two runs of one seed have the same. */
  readonly head: string
  readonly badges: readonly { readonly state: string; readonly count: number }[]
  readonly happened: readonly { readonly type: string; readonly count: number }[]
  readonly promises: readonly string[]
}

/** Runs a seed. Throws at the first promise that is not kept. */
export async function simulate(options: {
  readonly seed: number
  readonly apps: number
  readonly days: number
  readonly from: string
  readonly programmes: readonly string[]
  readonly minute_by_minute?: boolean
  readonly progress?: ((day: number, of: number) => void) | null
}): Promise<Simulated> {
  const types = new Map<string, number>()
  let read = 0
  const world = await simulated(options, async ({ log }) => {
    const fresh = await log.after(read, Number.MAX_SAFE_INTEGER)
    for (const { type } of fresh) types.set(type, (types.get(type) ?? 0) + 1)
    read = fresh.at(-1)?.seq ?? read
  })
  return {
    seed: options.seed,
    apps: options.apps,
    days: options.days,
    events: world.log.size(),
    head: (await world.log.head())?.hash ?? '',
    badges: counted((await world.documents.list<BadgeDocument>(BADGES)).map(({ document }) => document.state)).map(([state, count]) => ({
      state,
      count,
    })),
    happened: inOrder(types).map(([type, count]) => ({ type, count })),
    promises: PROMISES,
  }
}

/** What promises.ts holds, in words. */
const PROMISES = [
  'no badge past its validity or its cure window',
  'what is active has nothing unmet',
  'only met gives',
  'machines only take away',
  'no event without cause',
  'the chain is whole and one changed byte breaks it',
  'refolding gives the same views',
] as const

/** The same as a world to look into: for tests. */
export async function simulated(options: Parameters<typeof simulate>[0], afterDay?: (world: World) => Promise<void>): Promise<World> {
  const packs = options.programmes.length > 0 ? options.programmes.map((folder) => loadPack(folder)) : loadPacks(PROGRAMMES_FOLDER)
  const from = parseInstant(options.from)
  const chance = chanceOf(options.seed)
  const first = minuteOf(from)
  const last = minuteOf(after(from, options.days * DAY_MS))
  const actors = Array.from({ length: options.apps }, (_, number) => actorOf(number, chance.fork(`app ${number}`), packs, first, last))
  const promises = promisesOf()
  let day = 0
  const world = await run({
    marketplace: 'simulated',
    packs,
    flow: pipelineOf(packs),
    actors,
    own: ownFaults(chance.fork('own'), first, last),
    from,
    days: options.days,
    minute_by_minute: options.minute_by_minute ?? false,
    people: reviewers({ reviewers: ['per_reviewer_1', 'per_reviewer_2'], agreeing: () => 2, restores_after_days: 2 }),
    async afterDay(current, day_end) {
      await promises.afterDay(current, day_end)
      await afterDay?.(current)
      day += 1
      options.progress?.(day, options.days)
    },
  })
  await promises.atEnd(world)
  return world
}

/** Checks of which a simulated hole makes one fail: those that look at an app that answers. */
const HOLES = CHECKS.filter((check) => check.needs.some((name) => name !== 'descriptor')).map((check) => check.id)

const SHARES: readonly (readonly [TemperName, number])[] = [
  ['steady', 0.45],
  ['decent', 0.35],
  ['shaky', 0.15],
  ['gone', 0.05],
]

function actorOf(number: number, chance: Chance, packs: readonly Pack[], first: number, last: number): Actor {
  const app = `app-${String(number).padStart(4, '0')}`
  const base_url = `https://${app}.example.com`
  const text = JSON.stringify({
    key: `com.example.${app}`,
    name: `App ${number}`,
    vendor: { name: `Partner ${Math.floor(number / 3)}` },
    baseUrl: base_url,
    authentication: { type: 'jwt' },
    apiVersion: 1,
    lifecycle: { installed: '/installed', uninstalled: '/uninstalled' },
    scopes: ['READ', 'WRITE'],
    modules: { generalPages: [{ key: 'main', name: { value: 'Main' }, url: '/main' }] },
  })
  const { description } = readDescriptor(new TextEncoder().encode(text), sha256Bytes)
  // Most are there from the first month, some join later.
  const joins = first + 60 + Math.floor(chance.happens(0.8) ? chance.share() * 30 * 1_440 : chance.share() * (last - first))
  const proves = chance.happens(0.92)
  const temper = TEMPERS[temperOf(chance)]
  const wanted = packs.flatMap(({ programme }) =>
    programme.tiers.filter((tier) => tier.kind === 'badge').map((tier) => `${programme.id}.${tier.id}`),
  )
  return {
    app,
    organisation: `org_${Math.floor(number / 3)}`,
    description,
    evidence: sha256(text),
    source_url: `${base_url}/atlassian-connect.json`,
    joins,
    health_path: chance.happens(0.95) ? '/health' : null,
    proves,
    wants: proves && wanted.length > 0 && chance.happens(0.7) ? [chance.pick(wanted)] : [],
    renews_days_before: chance.whole(1, 20),
    faults: faultsOf(chance.fork('faults'), temper, HOLES, joins, last),
  }
}

function temperOf(chance: Chance): TemperName {
  let left = chance.share()
  for (const [name, share] of SHARES) {
    if (left < share) return name
    left -= share
  }
  return 'decent'
}

function counted(names: readonly string[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return inOrder(counts)
}

const inOrder = (counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] =>
  [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
