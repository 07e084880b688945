import type { Breach } from '../badges/breach.ts'
import type { BadgeOf, BadgeReason } from '../badges/events.ts'
import { canonical } from '../kernel/canonical.ts'
import type { NewEvent, RecordedEvent } from '../kernel/event.ts'
import type { Reactor, Reading } from '../kernel/flow.ts'
import type { JsonObject } from '../kernel/json.ts'
import { after, DAY_MS, dayOf, type Instant } from '../kernel/time.ts'
import type { Pack } from '../programmes/load.ts'
import type { Catalogue } from '../programmes/schema.ts'
import { standingKey, STANDINGS } from '../standing/standings-view.ts'
import type { Standing } from '../standing/verdict.ts'
import { reasonsOf, rowsOf } from './disclose.ts'
import { publicStream, STATE_AFTER, type BadgeChange } from './events.ts'
import { dayOfClosed, DAYS_SHOWN, figureOf, toldSoFar } from './public-apps-view.ts'
import type { PublicDay, PublicFigure } from './public-app.ts'

/**
 * The one gate from what is known to what is shown. It answers each change of a badge or of a standing with what the world
 * may read of it, or with nothing when that is the same as before.
 */
export const disclosureReactor = (packs: readonly Pack[]): Reactor => ({
  name: 'publishing.disclosure',
  slice: 'publishing',
  listens: ['standing.changed', ...CHANGES.map((change) => `badges.${change}`), 'publishing.badge_disclosed'],
  async react(event, reading) {
    if (event.type === 'standing.changed') {
      const { app, programme } = event.payload as { readonly app: string; readonly programme: string }
      return rowsTold(packs, reading, app, programme)
    }
    if (event.type === 'publishing.badge_disclosed') {
      const { app, programme, what } = event.payload as { readonly app: string; readonly programme: string; readonly what: BadgeChange }
      return [...(what === 'granted' ? await figuresTold(reading, app) : []), ...(await rowsTold(packs, reading, app, programme))]
    }
    return badgeTold(packs, event)
  },
})

const CHANGES = Object.keys(STATE_AFTER) as readonly BadgeChange[]

/** What badge events carry, as far as it may matter here. */
type BadgePayload = BadgeOf & {
  readonly valid_until?: Instant | null
  readonly cure_until?: Instant | null
  readonly breaches?: readonly Breach[]
  readonly requirements?: readonly string[]
  readonly reasons?: readonly BadgeReason[]
}

function badgeTold(packs: readonly Pack[], event: RecordedEvent): readonly NewEvent[] {
  const payload = event.payload as unknown as BadgePayload
  const what = event.type.slice('badges.'.length) as BadgeChange
  const { app, programme, tier } = payload
  const open = payload.breaches ?? (payload.requirements ?? []).map((requirement) => ({ requirement, due_at: null }))
  return [
    told(app, 'publishing.badge_disclosed', {
      app,
      programme,
      tier,
      what,
      state: STATE_AFTER[what],
      valid_until: payload.valid_until ?? null,
      cure_until: payload.cure_until ?? null,
      reasons: reasonsOf(open, newest(packs, programme)).map(asJson),
      why: [...(payload.reasons ?? [])],
    }),
  ]
}

async function rowsTold(packs: readonly Pack[], reading: Reading, id: string, programme: string): Promise<readonly NewEvent[]> {
  const app = toldSoFar(id, await reading.log.stream(publicStream(id)))
  const badges = app.badges.filter((badge) => badge.programme === programme)
  if (badges.length === 0) return []
  const standing = await reading.documents.get<Standing>(STANDINGS, standingKey(programme, id))
  const catalogue = standing === null ? null : catalogueOf(packs, standing)
  if (standing === null || catalogue === null) return []
  const before = app.standings.find((one) => one.programme === programme)
  const { rows, in_cure } = rowsOf({
    standing,
    catalogue,
    tiers: badges.map((badge) => badge.tier),
    held_back: before?.in_cure ?? [],
    cureUntil: (pillar) =>
      soonest(
        badges.flatMap((badge) => badge.reasons.flatMap((one) => (one.pillar === pillar && one.requirement === null ? [one.until] : []))),
      ) ??
      before?.in_cure.find((one) => one.pillar === pillar)?.until ??
      null,
  })
  const { version, digest } = standing.programme
  const whole = before === undefined || before.digest !== digest
  const known = new Map(whole ? [] : before.rows.map((row) => [row.requirement, canonical(asJson(row))]))
  const changed = rows.filter((row) => known.get(row.requirement) !== canonical(asJson(row)))
  if (!whole && changed.length === 0 && canonical(before.in_cure.map(asJson)) === canonical(in_cure.map(asJson))) return []
  return [
    told(id, 'publishing.rows_disclosed', {
      app: id,
      programme,
      version,
      digest,
      whole,
      rows: changed.map(asJson),
      in_cure: in_cure.map(asJson),
    }),
  ]
}

/** With its first badge an app's figures become public, those of the past days too. */
async function figuresTold(reading: Reading, id: string): Promise<readonly NewEvent[]> {
  const before = await reading.log.stream(publicStream(id))
  if (before.some((event) => event.type === 'publishing.figures_disclosed')) return []
  const events = await reading.log.stream(`slo/${id}`)
  const days = new Map<string, PublicDay>()
  const figures = new Map<string, PublicFigure>()
  for (const { type, payload } of events) {
    // Days of single endpoints are sealed in the log; the public bar shows the app as a whole.
    if (type === 'reliability.day_closed' && payload['endpoint'] !== undefined) continue
    if (type === 'reliability.endpoint_left') {
      for (const [key, figure] of figures) if (figure.endpoint === payload['endpoint']) figures.delete(key)
    } else if (type === 'reliability.day_closed') {
      const day = dayOfClosed(payload as unknown as PublicDay & { readonly app: string })
      days.set(`${day.indicator}|${day.day}`, day)
    } else if (COUNTED.has(type)) {
      const figure = figureOf(payload as unknown as PublicFigure)
      figures.set(`${figure.indicator}|${figure.window}|${figure.good_when_at_most ?? ''}|${figure.endpoint ?? ''}`, figure)
    }
  }
  const from = dayOf(after(reading.now, -DAYS_SHOWN * DAY_MS))
  const recent = [...days.values()].filter(({ day }) => day >= from)
  if (recent.length === 0 && figures.size === 0) return []
  return [told(id, 'publishing.figures_disclosed', { app: id, figures: [...figures.values()].map(asJson), days: recent.map(asJson) })]
}

/** Counts of windows, whatever made them. */
const COUNTED: ReadonlySet<string> = new Set(['reliability.objective_lost', 'reliability.objective_regained', 'reliability.window_counted'])

const told = (app: string, type: string, payload: JsonObject): NewEvent => ({ stream: publicStream(app), subject: app, type, payload })

/** The guarantee of the cast: public types are parsed from JSON and hold nothing else. */
const asJson = (value: object): JsonObject => value as JsonObject

/** The rules that a standing was judged by, or null when this program does not have them any more: then nothing is told. */
const catalogueOf = (packs: readonly Pack[], { programme }: Standing): Catalogue | null =>
  packs.flatMap((pack) => pack.catalogues).find((one) => one.programme.id === programme.id && one.digest === programme.digest) ?? null

/** The newest rules of a programme, for reasons, whose requirements outlive a version. */
const newest = (packs: readonly Pack[], programme: string): Catalogue | null =>
  packs.find((pack) => pack.programme.id === programme)?.catalogues.at(-1) ?? null

const soonest = (moments: readonly (Instant | null)[]): Instant | null =>
  moments.flatMap((one) => (one === null ? [] : [one])).sort()[0] ?? null
