import { z } from 'zod'
import type { Instant } from '../kernel/time.ts'

/**
 * What the world may know of an app: the only type that public pages, JSON, pictures and feeds are made from. There is no
 * place in it for names of checks, findings, evidence, reasons in words, mail or health addresses, so none can slip through.
 * Objects are strict: a member that is not named here is refused, not passed on.
 */

/** The guarantee of the cast: UTC with milliseconds is what an Instant is. A cast and no transform, so that the interface's description can be printed. */
const At = z.iso.datetime({ precision: 3 }) as unknown as z.ZodType<Instant, Instant>
const Day = z.iso.date()

/** A badge's life as its readers see it. `none` has no entry; `unknown` is a reader's answer, never stored. */
export const BadgeWord = z.enum(['active', 'at_risk', 'suspended', 'revoked', 'expired'])
export type BadgeWord = z.infer<typeof BadgeWord>

/** What a change of a badge is about: a pillar, the requirement where its state may be told at any time, and until when it may be put right. */
const PublicReason = z.strictObject({ pillar: z.string(), requirement: z.string().nullable(), until: At.nullable() })
export type PublicReason = z.infer<typeof PublicReason>

/** Why a badge was taken away or ended, by the codes of its own slice. */
export const PublicWhy = z.enum([
  'cure_window_over',
  'not_put_right',
  'by_person',
  'validity_over',
  'not_observed',
  'tier_retired',
  'programme_closed',
])
export type PublicWhy = z.infer<typeof PublicWhy>

export const PublicBadge = z.strictObject({
  programme: z.string(),
  tier: z.string(),
  state: BadgeWord,
  since: At,
  granted_at: At,
  valid_until: At.nullable(),
  /** Until when what is unmet may be put right before the badge is suspended. */
  cure_until: At.nullable(),
  reasons: z.array(PublicReason).readonly(),
  why: z.array(PublicWhy).readonly(),
})
export type PublicBadge = Readonly<z.infer<typeof PublicBadge>>

/** A verdict that may be shown. An unmet requirement that is not public while unmet is never among them. */
export const PublicVerdict = z.enum(['met', 'unmet', 'unknown', 'not_applicable', 'upcoming', 'retired', 'waived'])
export type PublicVerdict = z.infer<typeof PublicVerdict>

const PublicRow = z.strictObject({
  requirement: z.string(),
  pillar: z.string(),
  verdict: PublicVerdict,
  since: At,
  /** From the pack: whether strangers are told no more than a date while it is unmet. */
  held_back_while_unmet: z.boolean(),
})
export type PublicRow = Readonly<z.infer<typeof PublicRow>>

/**
 * A pillar of which single rows are held back: something in it is open that strangers must not learn the place of. All rows
 * of that kind in the pillar are held back together, or the missing one would name itself.
 */
const PillarInCure = z.strictObject({ pillar: z.string(), since: At, until: At.nullable(), requirements: z.int().positive() })
export type PillarInCure = Readonly<z.infer<typeof PillarInCure>>

const PublicStanding = z.strictObject({
  programme: z.string(),
  version: z.string(),
  digest: z.string(),
  as_of: At,
  rows: z.array(PublicRow).readonly(),
  in_cure: z.array(PillarInCure).readonly(),
})
export type PublicStanding = Readonly<z.infer<typeof PublicStanding>>

/** Exact counts over a window. Good and judged of expected; the rest was not seen and counts as neither. */
const PublicFigure = z.strictObject({
  /** The base URL that was counted by itself; absent: the app as a whole. */
  endpoint: z.string().optional(),
  indicator: z.string(),
  window: z.string(),
  target: z.number().nullable(),
  good_when_at_most: z.number().nullable(),
  good: z.int().nonnegative(),
  total: z.int().nonnegative(),
  unknown: z.int().nonnegative(),
  expected: z.int().nonnegative().nullable(),
  from: At,
  to: At,
  /** Who sent the figures in; absent: the marketplace counted itself. */
  reported_by: z.enum(['operator', 'partner']).optional(),
  /** The same window as it was seen, before the ledger took out what was not the app's doing; absent: nothing was taken out. */
  raw: z.strictObject({ good: z.int().nonnegative(), total: z.int().nonnegative(), unknown: z.int().nonnegative() }).optional(),
})
export type PublicFigure = Readonly<z.infer<typeof PublicFigure>>

const PublicDay = z.strictObject({
  indicator: z.string(),
  day: Day,
  good: z.int().nonnegative(),
  total: z.int().nonnegative(),
  unknown: z.int().nonnegative(),
})
export type PublicDay = Readonly<z.infer<typeof PublicDay>>

/** What happened, by a code of the message catalogue. */
const PublicHistory = z.strictObject({
  at: At,
  what: z.enum([
    'registered',
    'watch_began',
    'watch_ended',
    'scopes_added',
    'scopes_dropped',
    'egress_added',
    'egress_dropped',
    'granted',
    'put_at_risk',
    'cured',
    'suspended',
    'restored',
    'revoked',
    'expired',
    'renewed',
    'listing_hidden',
    'listing_paused',
    'listing_relisted',
  ]),
  programme: z.string().nullable(),
  tier: z.string().nullable(),
  reasons: z.array(PublicReason).readonly(),
  why: z.array(PublicWhy).readonly(),
  /** Scopes or addresses, for changes of those. */
  names: z.array(z.string()).readonly(),
})
export type PublicHistory = Readonly<z.infer<typeof PublicHistory>>

export const PublicApp = z
  .strictObject({
    app: z.string(),
    name: z.string(),
    /** Id of the partner that makes it. */
    partner: z.string(),
    platform: z.enum(['connect', 'forge', 'neutral']),
    hosting: z.enum(['remote', 'platform', 'mixed', 'static']),
    registered_at: At,
    /** Control of its domain is proven, so that it may be watched by the minute. */
    watched: z.boolean(),
    listing: z.enum(['listed', 'hidden', 'paused']),
    /** When the newest of what stands here happened or was counted. */
    as_of: At,
    badges: z.array(PublicBadge).readonly(),
    standings: z.array(PublicStanding).readonly(),
    figures: z.array(PublicFigure).readonly(),
    days: z.array(PublicDay).readonly(),
    scopes: z.array(z.strictObject({ scope: z.string(), since: At })).readonly(),
    egress: z.array(z.strictObject({ kind: z.string(), address: z.string(), analytics: z.boolean(), since: At })).readonly(),
    history: z.array(PublicHistory).readonly(),
  })
  .meta({ id: 'PublicApp' })

export type PublicApp = Readonly<z.infer<typeof PublicApp>>

/** The same as programs read it, with the ends of programmes of which it holds or held a badge. */
export const PublicTrust = PublicApp.extend({
  endings: z
    .array(z.strictObject({ programme: z.string(), successor: z.string(), ends_on: Day, over: z.boolean() }))
    .readonly()
    .meta({ description: 'Programmes that end or have ended here, and what takes their place.' }),
}).meta({ id: 'PublicTrust' })

/** A line of the directory: what a list needs and no more. */
export const PublicAppLine = PublicApp.pick({
  app: true,
  name: true,
  partner: true,
  platform: true,
  listing: true,
  as_of: true,
  badges: true,
}).meta({
  id: 'PublicAppLine',
})
export type PublicAppLine = Readonly<z.infer<typeof PublicAppLine>>

/** Name of the view of whole apps; key is the app. */
export const PUBLIC_APPS = 'public.apps'
/** Name of the view of the directory's lines; key is the app. */
export const PUBLIC_DIRECTORY = 'public.directory'

/** The badge that speaks for an app: of all that it holds or held, the one that says most. Null when it never held any. */
export function foremost(badges: readonly PublicBadge[], place: (badge: PublicBadge) => number): PublicBadge | null {
  const ranked = [...badges].sort((a, b) => RANK[a.state] - RANK[b.state] || place(b) - place(a) || (a.since < b.since ? 1 : -1))
  return ranked[0] ?? null
}

/** What is held, at risk or not, comes before what was held; among those, what was taken away before what ran out by itself. */
const RANK = { active: 0, at_risk: 0, suspended: 1, revoked: 2, expired: 3 } as const satisfies Record<BadgeWord, number>
