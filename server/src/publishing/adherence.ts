import { z } from 'zod'
import type { Catalogue, RequirementInForce } from '../programmes/schema.ts'
import { PublicApp, PublicBadge, type PublicStanding, type PublicVerdict } from './public-app.ts'
import { isHeld } from './go-to-market/edition.ts'
import type { Shelf } from './shelf.ts'

/**
 * How a partner keeps a programme, told from the public type alone: what each pillar asks, how its apps meet it now, which
 * hold the badge and which do not. Nothing here is written by the partner, and nothing that an app keeps back shows in a sum:
 * rows of a pillar in cure are counted together, as the app's own page tells them.
 */

const Counts = z.strictObject({
  met: z.int(),
  waived: z.int(),
  unmet: z.int(),
  unknown: z.int(),
  not_applicable: z.int(),
  /** Apps whose rows of this kind are not shown one by one while something in the pillar is in cure. */
  in_cure: z.int(),
})
type Counts = Readonly<z.infer<typeof Counts>>

const AdherenceRow = z.strictObject({
  requirement: z.string(),
  title: z.string(),
  verified_by: z.enum(['probe', 'scan', 'record', 'attestation', 'derived']),
  /** Apps of the partner that it is asked of. */
  apps: z.int(),
  counts: Counts,
})
export type AdherenceRow = Readonly<z.infer<typeof AdherenceRow>>

const AdherencePillar = z.strictObject({
  pillar: z.string(),
  title: z.string(),
  says: z.string(),
  rows: z.array(AdherenceRow).readonly(),
})
export type AdherencePillar = Readonly<z.infer<typeof AdherencePillar>>

const AdherenceApp = z.strictObject({
  app: z.string(),
  name: z.string(),
  listing: PublicApp.shape.listing,
  badges: z.array(PublicBadge).readonly(),
})
export type AdherenceApp = Readonly<z.infer<typeof AdherenceApp>>

const AdherenceProgramme = z.strictObject({
  programme: z.string(),
  title: z.string(),
  /** The rules in force, whose words the pillars and requirements have. */
  version: z.string(),
  digest: z.string(),
  approved: z.array(AdherenceApp).readonly(),
  not_approved: z.array(AdherenceApp).readonly(),
  pillars: z.array(AdherencePillar).readonly(),
})
export type AdherenceProgramme = Readonly<z.infer<typeof AdherenceProgramme>>

export const Adherence = z
  .strictObject({ partner: z.string(), name: z.string(), as_of: PublicApp.shape.as_of, programmes: z.array(AdherenceProgramme).readonly() })
  .meta({ id: 'Adherence' })
export type Adherence = Readonly<z.infer<typeof Adherence>>

/** Puts it together from the apps of one partner. */
export function adherenceOf(given: {
  readonly partner: string
  readonly name: string
  readonly apps: readonly PublicApp[]
  readonly shelf: Shelf
  readonly as_of: Adherence['as_of']
}): Adherence {
  const apps = given.apps.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.app < b.app ? -1 : 1))
  return {
    partner: given.partner,
    name: given.name,
    as_of: given.as_of,
    programmes: given.shelf.flatMap(({ document, catalogue }) => {
      const { id } = catalogue.programme
      const badged = catalogue.programme.tiers.some(({ kind }) => kind === 'badge')
      // A programme that runs here no more is told of where a badge of it was held.
      const known =
        document !== null && (document.status === 'open' || apps.some(({ badges }) => badges.some(({ programme }) => programme === id)))
      return badged && known ? [ofProgramme(apps, catalogue)] : []
    }),
  }
}

function ofProgramme(apps: readonly PublicApp[], catalogue: Catalogue): AdherenceProgramme {
  const { id, title, pillars } = catalogue.programme
  const own = apps.map(({ app, name, listing, badges }) => ({
    app,
    name,
    listing,
    badges: badges.filter(({ programme }) => programme === id),
  }))
  const holds = ({ badges }: AdherenceApp): boolean => badges.some(({ state }) => isHeld(state))
  const standings = apps.flatMap((app) => {
    const standing = app.standings.find(({ programme }) => programme === id)
    return standing === undefined
      ? []
      : [{ standing, tiers: app.badges.filter(({ programme }) => programme === id).map(({ tier }) => tier) }]
  })
  return {
    programme: id,
    title,
    version: catalogue.version,
    digest: catalogue.digest,
    approved: own.filter(holds),
    not_approved: own.filter((app) => !holds(app)),
    pillars: pillars.flatMap((pillar) => {
      const rows = catalogue.requirements.filter((one) => one.pillar === pillar.id).flatMap((one) => rowOf(one, standings, catalogue))
      const asked = catalogue.requirements.some((one) => one.pillar === pillar.id)
      return asked ? [{ pillar: pillar.id, title: pillar.title, says: pillar.says, rows }] : []
    }),
  }
}

type Told = { readonly standing: PublicStanding; readonly tiers: readonly string[] }

/** Nothing where no app of the partner is asked: what nobody owes nobody keeps. */
function rowOf(requirement: RequirementInForce, told: readonly Told[], catalogue: Catalogue): readonly AdherenceRow[] {
  const words = told.flatMap((one) => wordOf(requirement, one, catalogue))
  if (words.length === 0) return []
  const number = (word: keyof Counts): number => words.filter((one) => one === word).length
  const { id, title, verified_by } = requirement
  const counts: Counts = {
    met: number('met'),
    waived: number('waived'),
    unmet: number('unmet'),
    unknown: number('unknown'),
    not_applicable: number('not_applicable'),
    in_cure: number('in_cure'),
  }
  return [{ requirement: id, title, verified_by, apps: words.length, counts }]
}

function wordOf(requirement: RequirementInForce, { standing, tiers }: Told, catalogue: Catalogue): readonly (keyof Counts)[] {
  const row = standing.rows.find((one) => one.requirement === requirement.id)
  if (row !== undefined) return COUNTED_AS[row.verdict]
  const base = catalogue.programme.tiers.filter(({ kind }) => kind === 'base').map(({ id }) => id)
  const asked = requirement.tiers.some((tier) => tiers.includes(tier) || base.includes(tier))
  // Every row of a kind in a pillar in cure is missing from the app's own page; which of them is open nobody can tell from here either.
  const held_back = requirement.public_when_unmet === 'cure-date' && standing.in_cure.some(({ pillar }) => pillar === requirement.pillar)
  return asked && held_back ? ['in_cure'] : []
}

/** Where a verdict counts. What is not in force yet, or no more, counts nowhere. */
const COUNTED_AS = {
  met: ['met'],
  waived: ['waived'],
  unmet: ['unmet'],
  unknown: ['unknown'],
  not_applicable: ['not_applicable'],
  upcoming: [],
  retired: [],
} as const satisfies Record<PublicVerdict, readonly (keyof Counts)[]>
