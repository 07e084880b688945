import { PROGRAMMES, type ProgrammeDocument } from '../directory/programme.ts'
import type { Reading } from '../kernel/flow.ts'
import type { Instant } from '../kernel/time.ts'
import type { Pack } from '../programmes/load.ts'
import { policyOfKind } from '../programmes/policies.ts'
import type { Catalogue, Policy, Tier } from '../programmes/schema.ts'

/** How a pack says that applications are handled. */
export type ReviewPolicy = Extract<Policy, { readonly kind: 'review' }>

/** The policy, and the zone in which its days are counted. */
export type ReviewRules = { readonly policy: ReviewPolicy; readonly zone: string }

/** A catalogue's rules for applications on a day; null where it has none, or the tier is not applied for. */
export function reviewRules(catalogue: Catalogue, tier: Tier | undefined, now: Instant): ReviewRules | null {
  if (tier?.application !== 'required' || tier.kind !== 'badge') return null
  const policy = policyOfKind(catalogue, 'review', now)
  return policy === null ? null : { policy, zone: catalogue.programme.zone }
}

/** A tier that can be applied for, and by which rules. */
export type Applied = { readonly catalogue: Catalogue; readonly tier: Tier; readonly rules: ReviewRules }

/** By which rules a badge is applied for in this marketplace now; null where nobody can apply for it. */
export async function appliedFor(
  packs: readonly Pack[],
  reading: Pick<Reading, 'documents' | 'now'>,
  of: { readonly programme: string; readonly tier: string },
): Promise<Applied | null> {
  const document = await reading.documents.get<ProgrammeDocument>(PROGRAMMES, of.programme)
  if (document === null || document.status === 'closed' || document.retired_tiers.some(({ tier }) => tier === of.tier)) return null
  const pack = packs.find((one) => one.programme.id === of.programme)
  const catalogue = pack?.catalogues.find((one) => one.version === document.version && one.digest === document.digest)
  const tier = catalogue?.programme.tiers.find(({ id }) => id === of.tier)
  if (catalogue === undefined || tier === undefined) return null
  const rules = reviewRules(catalogue, tier, reading.now)
  return rules === null ? null : { catalogue, tier, rules }
}
