import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BADGES, type BadgeDocument } from '../src/badges/badges-view.ts'
import { canonical } from '../src/kernel/canonical.ts'
import { PROGRAMMES_FOLDER } from '../src/platform/config.ts'
import { sha256 } from '../src/platform/crypto.ts'
import { chanceOf } from './chance.ts'
import { faultsOf, runsOf, TEMPERS } from './faults.ts'
import { simulate, simulated } from './simulate.ts'

const programmes = [join(PROGRAMMES_FOLDER, 'cloud-fortified')]
const FROM = '2026-06-01'

describe('a simulated quarter', () => {
  it('keeps every promise on every day, with badges that come and go', async () => {
    const told = await simulate({ seed: 1, apps: 50, days: 90, from: FROM, programmes })
    const types = new Map(told.happened.map(({ type, count }) => [type, count]))
    // A run in which nothing happened would keep every promise.
    for (const type of ['badges.granted', 'badges.put_at_risk', 'badges.listing_warned', 'reliability.objective_lost', 'clocks.came_due']) {
      expect(types.get(type) ?? 0, type).toBeGreaterThan(0)
    }
  }, 120_000)

  it('is the same again from the same seed, and another from another', async () => {
    const options = { apps: 6, days: 40, from: FROM, programmes }
    const first = await simulate({ ...options, seed: 7 })
    expect(await simulate({ ...options, seed: 7 })).toEqual(first)
    expect((await simulate({ ...options, seed: 8 })).head).not.toBe(first.head)
  }, 60_000)

  // Making a run faster changes nothing in it. A new rule or a new event does, and then this is another: print it and say why. Digests
  // are left out, since they name every word of a pack, and scans, since each new check adds its line to every one of them.
  it('gives the log that it always gave', async () => {
    const { log } = await simulated({ seed: 2, apps: 5, days: 40, from: FROM, programmes })
    const lines = [...log.all()]
      .filter(({ stream }) => !stream.startsWith('scan/'))
      .map(({ at, stream, type, payload }) => `${at} ${stream} ${type} ${canonical(payload)}`)
    const told = sha256(lines.join('\n').replaceAll(/sha256:[0-9a-f]{64}/g, 'digest'))
    expect({ events: lines.length, told }).toEqual({
      events: 1_189,
      told: 'sha256:d0ebb82941234c5ca2e8a041a5b7002dcf6e86adba567354c5a0ccc233e431de',
    })
  }, 60_000)

  it('gives the same log whether equal minutes are added in one step or one by one', async () => {
    const options = { seed: 3, apps: 3, days: 35, from: FROM, programmes }
    const by_run = await simulated(options)
    const by_minute = await simulated({ ...options, minute_by_minute: true })
    expect(await by_minute.log.head()).toEqual(await by_run.log.head())
  }, 60_000)

  it('lets an app that never proved control get no badge', async () => {
    const world = await simulated({ seed: 6, apps: 12, days: 45, from: FROM, programmes })
    const silent = new Set(world.options.actors.filter((actor) => !actor.proves).map(({ app }) => app))
    expect(silent.size).toBeGreaterThan(0)
    const badges = await world.documents.list<BadgeDocument>(BADGES)
    expect(badges.filter(({ document }) => silent.has(document.app))).toEqual([])
  }, 60_000)
})

describe('faults', () => {
  it('make runs that cover every minute once, unknown before bad before good', () => {
    const chance = chanceOf(11)
    for (let turn = 0; turn < 200; turn++) {
      const faults = faultsOf(chance, TEMPERS.shaky, ['hsts-enabled'], 0, 30_000)
      const own = [{ kind: 'our_blindness', from: 5_000, to: 5_100 }] as const
      const runs = runsOf(faults, own, 1_000, 20_000)
      expect(runs.reduce((sum, run) => sum + run.minutes, 0)).toBe(19_000)
      expect(runs.every((run, place) => run.minutes > 0 && run.kind !== runs[place + 1]?.kind)).toBe(true)
    }
    const outage = [{ kind: 'outage', from: 10, to: 20 }] as const
    expect(runsOf(outage, [{ kind: 'our_blindness', from: 15, to: 17 }], 0, 30)).toEqual([
      { kind: 'good', minutes: 10 },
      { kind: 'bad', minutes: 5 },
      { kind: 'unknown', minutes: 2 },
      { kind: 'bad', minutes: 3 },
      { kind: 'good', minutes: 10 },
    ])
  })
})
