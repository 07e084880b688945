import pino from 'pino'
import { actIn, type House } from '../src/house.ts'
import { instant, ms, type Instant } from '../src/kernel/time.ts'
import type { Clock } from '../src/platform/clock.ts'
import { readConfig } from '../src/platform/config.ts'
import { pipeline, type Pipeline } from '../src/platform/dispatch.ts'
import { strangerClient } from '../src/platform/net/stranger.ts'
import type { Opened } from './storage.ts'

/** A clock that a test sets. */
export type TestClock = Clock & { readonly advance: (milliseconds: number) => void }

/** Starts at a fixed moment and stands still until it is moved. */
export function testClock(at: Instant = instant(1_790_000_000_000)): TestClock {
  let now = ms(at)
  return {
    now: () => instant(now),
    advance: (milliseconds) => {
      now += milliseconds
    },
  }
}

/** A house on an open database, with its marketplace made, and what a test wants otherwise. Log lines are kept in `logged`. */
export async function testHouse(
  opened: Opened,
  clock: Clock,
  given: {
    readonly marketplace?: string
    readonly environment?: NodeJS.ProcessEnv
    readonly pipeline?: Pipeline
    readonly allow_targets?: readonly string[]
    readonly extra_ca?: string
  } & Partial<Pick<House, 'packs' | 'public_url' | 'listings'>> = {},
): Promise<House & { readonly logged: string[] }> {
  const marketplace = given.marketplace ?? 'main'
  const { database } = opened
  const config = readConfig(given.environment ?? {})
  await database.within({ marketplace, party: { kind: 'machine' } }, (unit) =>
    unit.sql
      .insertInto('marketplace')
      .values({ marketplace_id: marketplace, name: config.marketplace, created_at: clock.now() })
      .onConflict((conflict) => conflict.column('marketplace_id').doNothing())
      .execute(),
  )
  const logged: string[] = []
  const flow = given.pipeline ?? pipeline([], [])
  const client = {
    user_agent: 'Castellan test',
    now: () => clock.now(),
    allow_targets: given.allow_targets ?? [],
    ...(given.extra_ca === undefined ? {} : { extra_ca: given.extra_ca }),
  }
  return {
    config,
    clock,
    log: pino({ level: 'trace' }, { write: (line: string) => logged.push(line) }),
    database,
    marketplace,
    packs: given.packs ?? [],
    pipeline: flow,
    stranger: strangerClient(client),
    operator: strangerClient(client),
    listings: given.listings ?? null,
    test_targets: given.allow_targets ?? [],
    jobs: new Map(),
    act: actIn({ database, marketplace, pipeline: flow }),
    public_url: given.public_url ?? (() => config.public_url ?? 'http://127.0.0.1:4380'),
    logged,
  }
}
