import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BADGES, type BadgeDocument } from '../src/badges/badges-view.ts'
import { adoptProgrammes } from '../src/directory/adopting.ts'
import type { House } from '../src/house.ts'
import { canonical } from '../src/kernel/canonical.ts'
import type { Json } from '../src/kernel/json.ts'
import type { RecordedEvent } from '../src/kernel/event.ts'
import { after, DAY_MS, HOUR_MS, MINUTE_MS, parseInstant } from '../src/kernel/time.ts'
import { PROGRAMMES_FOLDER } from '../src/platform/config.ts'
import { foldInto } from '../src/platform/dispatch.ts'
import { memoryDocuments } from '../src/platform/sql/memory.ts'
import { pipelineOf } from '../src/pipeline.ts'
import { inForce, loadPacks } from '../src/programmes/load.ts'
import { AVAILABILITY, recordMinutes } from '../src/reliability/minutes.ts'
import { objectivesOf } from '../src/reliability/objectives.ts'
import { minuteOf } from '../src/reliability/window.ts'
import { standingKey, STANDINGS, type StandingDocument } from '../src/standing/standings-view.ts'
import { sweep } from '../src/sweeping.ts'
import { testClock, testHouse, type TestClock } from '../test/house.ts'
import { openEmbedded } from '../test/storage.ts'
import { catchUp, rulesChangeAt } from './catch-up.ts'
import { buildPast, type Past } from './past.ts'
import { writePast } from './write-past.ts'

/** What is skipped is played: held here against the product's own ways, and against itself in other steps. */

const NOW = parseInstant('2026-11-20T10:00:00Z')
const PACKS = loadPacks(PROGRAMMES_FOLDER)
const FLOW = pipelineOf(PACKS)
const WATCHED = 'issue-templates'

type Marketplace = {
  readonly house: House
  readonly clock: TestClock
  /** What was told after the past. */
  readonly events: () => Promise<readonly RecordedEvent[]>
  readonly close: () => Promise<void>
}

/** The demo's marketplace in a database of its own, in which one app answers nothing any more. */
async function marketplace(past: Past): Promise<Marketplace> {
  const clock = testClock(NOW)
  const opened = await openEmbedded(clock)
  const house = await testHouse(opened, clock, { packs: PACKS, pipeline: FLOW })
  const scope = { marketplace: house.marketplace, party: { kind: 'machine' } } as const
  await opened.database.within(scope, (unit) => writePast(unit, past, {}))
  const seq = past.world.log.size()
  // As a server does when it starts.
  await adoptProgrammes(house)
  const phases = { dns_ms: 1, connect_ms: 1, tls_ms: 1, first_byte_ms: 1, total_ms: 4 }
  const stranger: House['stranger'] = {
    ...house.stranger,
    fetch: async ({ url }) => {
      const about = { url, phases, at: clock.now() }
      return url.includes(`//${WATCHED}.`)
        ? { ...about, kind: 'no-answer', reason: 'connect', detail: 'connection refused' }
        : { ...about, kind: 'answer', status: 200, headers: [], body: new Uint8Array(), address: '192.0.2.1', tls: null, redirects: [] }
    },
  }
  return {
    house: { ...house, stranger },
    clock,
    events: () => opened.database.within(scope, (unit) => unit.log.after(seq, 100_000)),
    close: opened.close,
  }
}

/** Shown to the partner and held against nobody. */
const ADVISORY = new Set(PACKS.flatMap(({ requirements }) => requirements.filter(({ advisory }) => advisory).map(({ id }) => id)))

const TEST = { kind: 'machine', name: 'test' } as const

const toldOf = (events: readonly RecordedEvent[]) =>
  events.filter(({ subject }) => subject === WATCHED).map(({ type, at, payload }) => ({ type, at, payload }))

const documents = ({ house }: Marketplace) =>
  house.act(TEST, 'read-app', {}, ({ sql }) =>
    sql.selectFrom('document').select(['view', 'key', 'subject', 'body']).orderBy('view').orderBy('key').execute(),
  )

describe('five weeks in which an app is dead', { timeout: 240_000 }, () => {
  let past: Past
  let [leapt, stepped, lived]: Marketplace[] = []
  const at = (place: Marketplace | undefined): Marketplace => {
    if (place === undefined) throw new Error('it was not opened')
    return place
  }
  beforeAll(async () => {
    past = await buildPast({ marketplace: 'main', packs: PACKS, flow: FLOW, now: NOW, baseUrlOf: (app) => `https://${app}.example` })
    leapt = await marketplace(past)
    stepped = await marketplace(past)
    lived = await marketplace(past)
  }, 240_000)
  afterAll(async () => {
    for (const place of [leapt, stepped, lived]) await place?.close()
  })

  it('begin as the product tells it when it counts minute by minute and sweeps after each', async () => {
    const { house, clock, events } = at(lived)
    const objectives = objectivesOf(PACKS.flatMap((pack) => inForce(pack, NOW) ?? [])).filter(({ indicator }) => indicator === AVAILABILITY)
    // Alerts fire and the objective is lost in the single minutes; in the others nothing is told.
    for (const minutes of [1, 1, 1, 1, 1, 1, 33, 1, 1, 1, 18]) {
      const from = minuteOf(clock.now())
      clock.advance(minutes * MINUTE_MS)
      const given = { app: WATCHED, indicator: AVAILABILITY, objectives, from, runs: [{ kind: 'bad' as const, minutes }] }
      await house.act(TEST, 'read-app', {}, (desk) => recordMinutes(desk, given))
      await sweep(house)
    }
    await catchUp(at(stepped).house, at(stepped).clock, HOUR_MS)

    const told = toldOf(await at(stepped).events())
    expect(told).toEqual(toldOf(await events()))
    // The 41st bad minute is one too many in 28 days at 99.9 %.
    const lost = told.find(({ type }) => type === 'reliability.objective_lost')
    expect(lost?.payload).toMatchObject({ to: after(NOW, 41 * MINUTE_MS) })
    expect(told.find(({ type }) => type === 'badges.put_at_risk')?.at).toBe(after(NOW, 41 * MINUTE_MS))
    expect(told.map(({ type }) => type)).toContain('reliability.alert_fired')
  })

  it('are the same in one leap and in many small ones: the log to its last hash, and every view', async () => {
    const whole = 35 * DAY_MS
    await catchUp(at(leapt).house, at(leapt).clock, whole)
    const steps = [7 * HOUR_MS, 30 * MINUTE_MS, MINUTE_MS, 3 * DAY_MS, DAY_MS, 15 * HOUR_MS + 29 * MINUTE_MS]
    const rest = whole - HOUR_MS - steps.reduce((sum, step) => sum + step, 0)
    for (const step of [...steps, rest]) await catchUp(at(stepped).house, at(stepped).clock, step)

    const [one, other] = [await at(leapt).events(), await at(stepped).events()]
    expect(at(stepped).clock.now()).toBe(after(NOW, whole))
    expect(other.map(({ type, at: when, subject }) => [when, type, subject])).toEqual(
      one.map(({ type, at: when, subject }) => [when, type, subject]),
    )
    expect(other.at(-1)?.hash).toBe(one.at(-1)?.hash)
    expect(await documents(at(stepped))).toEqual(await documents(at(leapt)))
    expect(one.length).toBeGreaterThan(500)
  })

  it('suspend its badge in the minute in which the cure window ends, and tell its people on the way', async () => {
    const told = toldOf(await at(leapt).events())
    const risk = told.find(({ type }) => type === 'badges.put_at_risk')
    expect(told.find(({ type }) => type === 'badges.suspended')?.at).toBe(risk?.payload['cure_until'])
    const { badge, standing, owed } = await at(leapt).house.act(TEST, 'read-app', {}, async (desk) => ({
      badge: await desk.documents.get<BadgeDocument>(BADGES, `cloud-fortified.fortified/${WATCHED}`),
      standing: await desk.documents.get<StandingDocument>(STANDINGS, standingKey('cloud-fortified', WATCHED)),
      owed: (await desk.sql.selectFrom('delivery').select('code').where('subject', '=', WATCHED).execute()).map(({ code }) => code),
    }))
    expect(badge?.state).toBe('suspended')
    expect(owed).toEqual(expect.arrayContaining(['reliability.objective_lost', 'badges.put_at_risk', 'badges.suspended']))
    // Nothing lapsed for want of somebody to bring it again.
    const open = standing?.verdicts.filter(
      ({ verdict, requirement }) => verdict === 'unmet' || (verdict === 'unknown' && !ADVISORY.has(requirement)),
    )
    expect(open?.map(({ requirement }) => requirement)).toEqual(['reliability.availability'])
  })

  it('leave views that are the fold of the log', async () => {
    const folded = memoryDocuments()
    for (const event of [...past.world.log.all(), ...(await at(leapt).events())]) await foldInto(folded, FLOW.views, event)
    const stored = await documents(at(leapt))
    for (const { name } of FLOW.views) {
      const here = stored
        .filter(({ view }) => view === name)
        .map(({ key, body }) => [key, (body as { readonly document: unknown }).document])
      expect(here, name).toEqual((await folded.list<Json>(name)).map(({ key, document }) => [key, JSON.parse(canonical(document))]))
    }
  })
})

describe('a way on which the rules change', () => {
  it('is cut at the minute, whatever the packs say', () => {
    const [pack] = PACKS
    const second = pack?.programme.versions[1]
    if (pack === undefined || second === undefined) throw new Error('a pack with two versions is needed')
    const begins = parseInstant(second.effective)
    expect(rulesChangeAt([pack], after(begins, -90 * MINUTE_MS), after(begins, DAY_MS))).toBe(begins)
    expect(rulesChangeAt([pack], begins, after(begins, HOUR_MS))).toBeNull()
    expect(rulesChangeAt([pack], after(begins, -HOUR_MS), after(begins, -MINUTE_MS))).toBeNull()
  })

  it('is cut where a draft reaches its next stage, too, so that each is told on its day', () => {
    const [pack] = PACKS
    if (pack === undefined) throw new Error('a pack is needed')
    const drafted = {
      version: '2090.1',
      consultation: { opens: '2090-01-01', closes: '2090-01-31' },
      shadow: '2090-03-01',
      published: '2090-04-01',
      effective: '2090-06-01',
      says: 'Later.',
    }
    const later = { ...pack, programme: { ...pack.programme, zone: 'Etc/UTC', versions: [...pack.programme.versions, drafted] } }
    const cuts: string[] = []
    let from = parseInstant('2089-12-20')
    const to = parseInstant('2090-05-01')
    for (let cut = rulesChangeAt([later], from, to); cut !== null; cut = rulesChangeAt([later], from, to)) {
      cuts.push(cut.slice(0, 10))
      from = cut
    }
    expect(cuts).toEqual(['2090-01-01', '2090-02-01', '2090-03-01', '2090-04-01'])
  })
})
