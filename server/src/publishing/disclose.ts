import { earlier, type Instant } from '../kernel/time.ts'
import type { Catalogue, RequirementInForce } from '../programmes/schema.ts'
import type { Standing, Verdict } from '../standing/verdict.ts'
import type { PillarInCure, PublicReason, PublicRow } from './public-app.ts'

/**
 * What of an app's standing strangers may read. Pure. An unfixed hole is never published: a requirement whose state is held
 * back while it is unmet takes all others of its kind in its pillar with it, so that no gap in the list names it, and they
 * stay held back until the hole is closed: not being able to look (`unknown`) or a waiver does not close it.
 */
export function rowsOf(given: {
  readonly standing: Standing
  readonly catalogue: Catalogue
  /** Tiers of this programme that the app holds or held; the base tiers are part of each. */
  readonly tiers: readonly string[]
  /** Pillars that were held back when last told, and since when. */
  readonly held_back: readonly Pick<PillarInCure, 'pillar' | 'since'>[]
  /** Until when a pillar's open requirements may be put right, as far as a badge has told. */
  readonly cureUntil: (pillar: string) => Instant | null
}): { readonly rows: readonly PublicRow[]; readonly in_cure: readonly PillarInCure[] } {
  const base = given.catalogue.programme.tiers.filter((tier) => tier.kind === 'base').map((tier) => tier.id)
  const asking = new Set([...given.tiers, ...base])
  const asked = given.standing.verdicts.flatMap((verdict) => {
    const requirement = given.catalogue.requirements.find((one) => one.id === verdict.requirement)
    if (requirement === undefined || !requirement.tiers.some((tier) => asking.has(tier))) return []
    return [{ verdict, requirement }]
  })
  const sinceOf = (pillar: string): Instant | null => given.held_back.find((one) => one.pillar === pillar)?.since ?? null
  const closed = new Set(
    asked
      .filter(({ requirement, verdict }) => heldBackWhileUnmet(requirement) && isOpen(verdict, sinceOf(requirement.pillar)))
      .map(({ requirement }) => requirement.pillar),
  )
  const withheld = (requirement: RequirementInForce): boolean => heldBackWhileUnmet(requirement) && closed.has(requirement.pillar)
  return {
    rows: asked
      .filter(({ requirement }) => !withheld(requirement))
      .map(({ verdict, requirement }) => ({
        requirement: requirement.id,
        pillar: requirement.pillar,
        verdict: verdict.verdict,
        since: verdict.since,
        held_back_while_unmet: heldBackWhileUnmet(requirement),
      })),
    in_cure: [...closed].sort().map((pillar) => ({
      pillar,
      since: sinceOf(pillar) ?? given.standing.as_of,
      until: given.cureUntil(pillar),
      requirements: asked.filter(({ requirement }) => requirement.pillar === pillar && withheld(requirement)).length,
    })),
  }
}

/**
 * What a change of a badge is about, as strangers may read it: the requirement by name only where its state is public at any
 * time. Several of one pillar that are held back are one entry, with the first of their days, or their number would tell.
 */
export function reasonsOf(
  open: readonly { readonly requirement: string; readonly due_at: Instant | null }[],
  catalogue: Catalogue | null,
): readonly PublicReason[] {
  const told = new Map<string, PublicReason>()
  for (const { requirement: id, due_at } of open) {
    const requirement = catalogue?.requirements.find((one) => one.id === id)
    // A reason that the rules do not know is not told at all: its own name might say too much.
    if (requirement === undefined) continue
    const named = heldBackWhileUnmet(requirement) ? null : id
    const key = `${requirement.pillar}|${named ?? ''}`
    told.set(key, { pillar: requirement.pillar, requirement: named, until: firstOf(told.get(key)?.until ?? null, due_at) })
  }
  return [...told].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, reason]) => reason)
}

const firstOf = (a: Instant | null, b: Instant | null): Instant | null => (a === null ? b : b === null ? a : earlier(a, b))

/** True where the pack says that strangers read no more than a date. */
const heldBackWhileUnmet = (requirement: RequirementInForce): boolean => requirement.public_when_unmet === 'cure-date'

/**
 * Whether a verdict leaves a hole open. What went dark after its pillar was held back may be the hole itself, so it counts as
 * one; what was unknown before that is not.
 */
function isOpen({ verdict, since }: Pick<Verdict, 'verdict' | 'since'>, held_back_since: Instant | null): boolean {
  switch (verdict) {
    case 'unmet':
    case 'waived':
      return true
    case 'unknown':
      return held_back_since !== null && since > held_back_since
    case 'met':
    case 'not_applicable':
    case 'upcoming':
    case 'retired':
      return false
  }
}
