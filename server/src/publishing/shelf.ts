import type { ProgrammeDocument } from '../directory/programme.ts'
import type { Instant } from '../kernel/time.ts'
import type { Pack } from '../programmes/load.ts'
import type { Catalogue, Form, RequirementInForce, Tier } from '../programmes/schema.ts'
import type { PublicBadge } from './public-app.ts'

/** A programme of this marketplace as its readers find it: the pack, where it stands here, and the rules that judge now. */
export type Shelved = { readonly pack: Pack; readonly document: ProgrammeDocument | null; readonly catalogue: Catalogue }

/** All programmes, in the order of their titles. */
export type Shelf = readonly Shelved[]

export function shelfOf(packs: readonly Pack[], documents: readonly ProgrammeDocument[], now: Instant): Shelf {
  return packs
    .flatMap((pack): readonly Shelved[] => {
      const document = documents.find((one) => one.programme === pack.programme.id) ?? null
      const catalogue = judging(pack, document, now)
      return catalogue === null ? [] : [{ pack, document, catalogue }]
    })
    .sort((a, b) => (a.pack.programme.title < b.pack.programme.title ? -1 : 1))
}

/** The rules that the marketplace has adopted; before that, the newest whose day has come, else the first. */
function judging(pack: Pack, document: ProgrammeDocument | null, now: Instant): Catalogue | null {
  const adopted = pack.catalogues.find((one) => document !== null && one.version === document.version && one.digest === document.digest)
  if (adopted !== undefined) return adopted
  const effective = pack.programme.versions
    .filter((version) => version.effective <= now.slice(0, 10))
    .sort((a, b) => (a.effective < b.effective ? 1 : -1))
    .map(({ version }) => version)
  return pack.catalogues.find((one) => one.version === effective[0]) ?? pack.catalogues[0] ?? null
}

/** A programme by its id. */
export const shelved = (shelf: Shelf, programme: string): Shelved | null => shelf.find((one) => one.pack.programme.id === programme) ?? null

/** The end of a programme of which an app holds or held a badge: set for a day, or over. */
export type Ending = { readonly programme: string; readonly successor: string; readonly ends_on: string; readonly over: boolean }

/** Every end that is set for a programme of which an app holds or held a badge. */
export function endingsOf({ badges }: { readonly badges: readonly { readonly programme: string }[] }, shelf: Shelf): readonly Ending[] {
  return [...new Set(badges.map(({ programme }) => programme))].flatMap((programme) => {
    const document = shelved(shelf, programme)?.document ?? null
    if (document === null || document.succession === null) return []
    const { programme: successor, ends_on } = document.succession
    return [{ programme, successor, ends_on, over: document.status === 'closed' }]
  })
}

/** A tier by its id, under the rules in force. */
export const tierOf = (shelf: Shelf, programme: string, tier: string): Tier | null =>
  shelved(shelf, programme)?.catalogue.programme.tiers.find((one) => one.id === tier) ?? null

/** The name of a badge as people say it: its tier, and its programme where that has another name. */
export function badgeTitle(shelf: Shelf, badge: Pick<PublicBadge, 'programme' | 'tier'>): string {
  const programme = shelved(shelf, badge.programme)?.catalogue.programme.title ?? badge.programme
  const tier = tierOf(shelf, badge.programme, badge.tier)?.title ?? badge.tier
  return tier === programme ? tier : `${tier} (${programme})`
}

/** How high a badge's tier stands in its programme, from 0. */
export const placeOfTier = (shelf: Shelf, badge: Pick<PublicBadge, 'programme' | 'tier'>): number =>
  shelved(shelf, badge.programme)?.catalogue.programme.tiers.findIndex((tier) => tier.id === badge.tier) ?? -1

/** Every badge that can be shown here, as the filter of the directory offers them. */
export const badgesOn = (shelf: Shelf): readonly { readonly key: string; readonly title: string }[] =>
  shelf.flatMap(({ catalogue }) =>
    catalogue.programme.tiers
      .filter((tier) => tier.kind === 'badge')
      .map((tier) => ({
        key: `${catalogue.programme.id}.${tier.id}`,
        title: badgeTitle(shelf, { programme: catalogue.programme.id, tier: tier.id }),
      })),
  )

/** The name of a badge that is called `programme.tier`. */
export const badgeNamed = (shelf: Shelf, key: string): string => badgesOn(shelf).find((one) => one.key === key)?.title ?? key

/** The rules by which a standing was judged, or those in force when this program does not have them any more. */
export const catalogueOf = (shelf: Shelf, of: { readonly programme: string; readonly digest: string }): Catalogue | null => {
  const found = shelved(shelf, of.programme)
  return found?.pack.catalogues.find((one) => one.digest === of.digest) ?? found?.catalogue ?? null
}

/** A requirement by its id. */
export const requirementOf = (catalogue: Catalogue | null, id: string): RequirementInForce | null =>
  catalogue?.requirements.find((one) => one.id === id) ?? null

/** A pillar's title. */
export const pillarTitle = (catalogue: Catalogue | null, id: string): string =>
  catalogue?.programme.pillars.find((pillar) => pillar.id === id)?.title ?? id

/** Forms of the rules in force that ask something which everybody may read, once each. */
export function publicFormsOn(shelf: Shelf): readonly Form[] {
  const forms = shelf.flatMap(({ catalogue }) => catalogue.forms).filter(isPublicForm)
  return forms.filter((form, at) => forms.findIndex(({ id }) => id === form.id) === at)
}

/** A form about the app as it is: one that is asked for once, such as an application, is no statement to the world. */
const isPublicForm = (form: Form): boolean =>
  form.valid_for !== undefined && form.groups.some(({ fields }) => fields.some(({ shown }) => shown === 'public'))
