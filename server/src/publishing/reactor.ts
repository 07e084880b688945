import { canonical } from '../kernel/canonical.ts'
import type { NewEvent, RecordedEvent } from '../kernel/event.ts'
import type { Reactor, Reading } from '../kernel/flow.ts'
import type { JsonObject } from '../kernel/json.ts'
import { after, DAY_MS, dayOf, type Instant } from '../kernel/time.ts'
import type { Pack } from '../programmes/load.ts'
import type { Catalogue } from '../programmes/schema.ts'
import type { Standing } from '../standing/verdict.ts'
import { reasonsOf, rowsOf } from './disclose.ts'
import { publicStream, STATE_AFTER, type BadgeChange } from './events.ts'
import { dayOfClosed, DAYS_SHOWN, figureOf } from './public-apps-view.ts'
import { PUBLIC_APPS, type PublicApp, type PublicDay, type PublicFigure, type PublicStanding } from './public-app.ts'

/** Where standing keeps all verdicts of an app; key `{programme}/{app}`. */
const STANDINGS = 'standing.standings'

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
type BadgePayload = {
  readonly app: string
  readonly programme: string
  readonly tier: string
  readonly valid_until?: string | null
  readonly cure_until?: string | null
  readonly requirements?: readonly string[]
}

async function badgeTold(packs: readonly Pack[], event: RecordedEvent): Promise<readonly NewEvent[]> {
  const payload = event.payload as unknown as BadgePayload
  const what = event.type.slice('badges.'.length) as BadgeChange
  const { app, programme, tier } = payload
  return [
    told(app, 'publishing.badge_disclosed', {
      app,
      programme,
      tier,
      what,
      state: STATE_AFTER[what],
      valid_until: payload.valid_until ?? null,
      cure_until: payload.cure_until ?? null,
      reasons: reasonsOf(payload.requirements ?? [], newest(packs, programme)).map((reason) => ({ ...reason })),
    }),
  ]
}

async function rowsTold(packs: readonly Pack[], reading: Reading, id: string, programme: string): Promise<readonly NewEvent[]> {
  const app = await reading.documents.get<PublicApp>(PUBLIC_APPS, id)
  const badges = app?.badges.filter((badge) => badge.programme === programme) ?? []
  if (app === null || badges.length === 0) return []
  const standing = await reading.documents.get<Standing>(STANDINGS, `${programme}/${id}`)
  const catalogue = standing === null ? null : catalogueOf(packs, standing)
  if (standing === null || catalogue === null) return []
  const before = app.standings.find((one) => one.programme === programme)
  const { rows, in_cure } = rowsOf({
    standing,
    catalogue,
    tiers: badges.map((badge) => badge.tier),
    held_back: before?.in_cure ?? [],
    cure_until: soonest(badges.map((badge) => badge.cure_until)),
  })
  const { version, digest } = standing.programme
  const now_told: PublicStanding = { programme, version, digest, as_of: reading.now, rows, in_cure }
  if (before !== undefined && canonical(asJson({ ...before, as_of: now_told.as_of })) === canonical(asJson(now_told))) return []
  return [told(id, 'publishing.rows_disclosed', { app: id, ...asJson(now_told) })]
}

/** With its first badge an app's figures become public, those of the past days too. */
async function figuresTold(reading: Reading, id: string): Promise<readonly NewEvent[]> {
  const app = await reading.documents.get<PublicApp>(PUBLIC_APPS, id)
  if (app === null || app.days.length > 0) return []
  const events = await reading.log.stream(`slo/${id}`)
  const days = new Map<string, PublicDay>()
  const figures = new Map<string, PublicFigure>()
  for (const { type, payload } of events) {
    if (type === 'reliability.day_closed') {
      const day = dayOfClosed(payload as unknown as PublicDay & { readonly app: string })
      days.set(`${day.indicator}|${day.day}`, day)
    } else if (COUNTED.has(type)) {
      const figure = figureOf(payload as unknown as PublicFigure)
      figures.set(`${figure.indicator}|${figure.window}|${figure.good_when_at_most ?? ''}`, figure)
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
