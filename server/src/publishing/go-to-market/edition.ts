import { z } from 'zod'
import { canonical } from '../../kernel/canonical.ts'
import type { Digest, Sha256 } from '../../kernel/event.ts'
import { PublicApp, PublicBadge, type BadgeWord, type PublicAppLine } from '../public-app.ts'

/**
 * The list that field teams sell by, frozen on its day. Made from public lines only. An edition names the one before it by
 * its hash, so that none can be changed or left out afterwards without all later ones showing it.
 */

/** A badge that an app holds or once held. */
export const EditionRow = z
  .strictObject({
    app: z.string(),
    name: z.string(),
    partner: z.string(),
    partner_name: z.string(),
    tier: z.string(),
    ...PublicBadge.omit({ programme: true, tier: true }).shape,
    listing: PublicApp.shape.listing,
    /** The app's listing in the marketplace, where the operator has said what its address looks like. */
    listing_url: z.string().nullable(),
    trust_url: z.string(),
  })
  .meta({ id: 'EditionRow' })
export type EditionRow = Readonly<z.infer<typeof EditionRow>>

/** What the hash covers, all of it. */
export const Edition = z
  .strictObject({
    programme: z.string(),
    number: z.int().positive(),
    /** The day that it is for, in the programme's zone. */
    day: z.iso.date(),
    /** The moment at which it was frozen. */
    as_of: PublicApp.shape.as_of,
    /** The rules in force then. */
    version: z.string(),
    digest: z.string(),
    /** Hash of the edition before; null for the first. */
    previous: z.string().nullable(),
    rows: z.array(EditionRow).readonly(),
  })
  .meta({ id: 'Edition' })
export type Edition = Readonly<z.infer<typeof Edition>>

/** The rows of a programme: every badge that is or was held, by the name of the app. */
export function rowsOfList(
  lines: readonly PublicAppLine[],
  programme: string,
  given: {
    readonly partnerName: (partner: string) => string
    readonly trustUrl: (app: string) => string
    readonly listingUrl: (app: string) => string | null
  },
): readonly EditionRow[] {
  return lines
    .flatMap(({ app, name, partner, listing, badges }) =>
      badges
        .filter((badge) => badge.programme === programme)
        .map(({ tier, state, since, granted_at, valid_until, cure_until, reasons, why }) => ({
          app,
          name,
          partner,
          partner_name: given.partnerName(partner),
          tier,
          state,
          since,
          granted_at,
          valid_until,
          cure_until,
          reasons,
          why,
          listing,
          listing_url: given.listingUrl(app),
          trust_url: given.trustUrl(app),
        })),
    )
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

const keyOf = ({ app, tier }: Pick<EditionRow, 'app' | 'tier'>): string => `${app} ${tier}`

/** The name of an edition's content: RFC 8785, SHA-256. */
export const hashOfEdition = (edition: Edition, sha256: Sha256): Digest => sha256(canonical(edition))

/** What changed in a row. */
const What = z.enum(['state', 'renewed', 'cure', 'listing', 'partner', 'name'])
export type What = z.infer<typeof What>

export const EditionChange = z
  .strictObject({
    app: z.string(),
    tier: z.string(),
    what: z.array(What).readonly(),
    from: EditionRow,
    to: EditionRow,
    because: z.string(),
  })
  .meta({ id: 'EditionChange' })

type Changed = { readonly what: readonly What[]; readonly from: EditionRow; readonly to: EditionRow }
export type Differences = {
  readonly added: readonly EditionRow[]
  readonly removed: readonly EditionRow[]
  readonly changed: readonly Changed[]
}

/** What one edition says otherwise than another. Addresses alone are no change: they follow from the operator's settings. */
export function differencesBetween(from: Pick<Edition, 'rows'>, to: Pick<Edition, 'rows'>): Differences {
  const before = new Map(from.rows.map((row) => [keyOf(row), row]))
  const after = new Map(to.rows.map((row) => [keyOf(row), row]))
  return {
    added: to.rows.filter((row) => !before.has(keyOf(row))),
    removed: from.rows.filter((row) => !after.has(keyOf(row))),
    changed: to.rows.flatMap((row) => {
      const old = before.get(keyOf(row))
      const what = old === undefined ? [] : whatChanged(old, row)
      return old === undefined || what.length === 0 ? [] : [{ what, from: old, to: row }]
    }),
  }
}

function whatChanged(from: EditionRow, to: EditionRow): readonly What[] {
  const differs = {
    // A badge that was lost and came back between two editions looks the same and is not: its day says so.
    state: from.state !== to.state || (from.state === to.state && from.since !== to.since),
    renewed: from.valid_until !== to.valid_until,
    cure: from.cure_until !== to.cure_until || JSON.stringify([from.reasons, from.why]) !== JSON.stringify([to.reasons, to.why]),
    listing: from.listing !== to.listing,
    partner: from.partner !== to.partner || from.partner_name !== to.partner_name,
    name: from.name !== to.name,
  } as const satisfies Record<What, boolean>
  return What.options.filter((one) => differs[one])
}

/** Whether a badge in a state may be sold by. */
export const isHeld = (state: BadgeWord): boolean => state === 'active' || state === 'at_risk'
