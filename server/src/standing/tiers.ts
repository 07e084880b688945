import type { Instant } from '../kernel/time.ts'
import { ms } from '../kernel/time.ts'
import type { Catalogue, RequirementInForce, Tier } from '../programmes/schema.ts'
import { momentAfter, msAfter, spanOf } from './span.ts'
import type { Verdict, VerdictWord } from './verdict.ts'

/** What a tier asks of an app, and what of it stands in the way. */
export type TierState = {
  readonly tier: string
  readonly met: boolean
  /** Ids of the requirements in the way, in the catalogue's order. */
  readonly blocking: { readonly unmet: readonly string[]; readonly unknown: readonly string[] }
}

/** Whether an app meets a tier. The base tier's requirements are part of every other tier; recommended ones count nowhere. */
export function tierState(catalogue: Catalogue, tier: string, verdicts: readonly Verdict[]): TierState {
  const by_id = new Map(verdicts.map((verdict) => [verdict.requirement, verdict]))
  const unmet: string[] = []
  const unknown: string[] = []
  for (const { id } of requirementsOf(catalogue, tier)) {
    const verdict = by_id.get(id)
    // A requirement that nobody has judged yet is as open as one that nobody can judge.
    if (verdict === undefined || verdict.verdict === 'unknown') unknown.push(id)
    else if (verdict.verdict === 'unmet') unmet.push(id)
  }
  return { tier, met: unmet.length === 0 && unknown.length === 0, blocking: { unmet, unknown } }
}

const REQUIRED = new WeakMap<Catalogue, Map<string, readonly RequirementInForce[]>>()

/** The requirements that count for a tier: its own and those of the base tiers. */
export function requirementsOf(catalogue: Catalogue, tier: string): readonly RequirementInForce[] {
  const tiers = REQUIRED.get(catalogue) ?? new Map<string, readonly RequirementInForce[]>()
  REQUIRED.set(catalogue, tiers)
  const known = tiers.get(tier)
  if (known !== undefined) return known
  const asking = new Set([tier, ...catalogue.programme.tiers.filter((one) => one.kind === 'base').map((one) => one.id)])
  const required = catalogue.requirements.filter(
    (requirement) => requirement.advisory !== true && requirement.tiers.some((one) => asking.has(one)),
  )
  tiers.set(tier, required)
  return required
}

/** The tiers of a kind, in the catalogue's order. */
export const tiersOf = (catalogue: Catalogue, kind: Tier['kind']): readonly Tier[] =>
  catalogue.programme.tiers.filter((tier) => tier.kind === kind)

/** Whether a verdict stands in nobody's way. `unknown` never does that: what cannot be seen is not met. */
export const isGood = (word: VerdictWord): boolean => GOOD[word]

const GOOD = {
  met: true,
  waived: true,
  not_applicable: true,
  upcoming: true,
  retired: true,
  unmet: false,
  unknown: false,
} as const satisfies Record<VerdictWord, boolean>

/** Requirements that are met but not yet for as long as a first grant asks, with the day from which they count. */
export function soaking(
  catalogue: Catalogue,
  tier: string,
  verdicts: readonly Verdict[],
  now: Instant,
): readonly { readonly requirement: string; readonly left_ms: number }[] {
  const by_id = new Map(verdicts.map((verdict) => [verdict.requirement, verdict]))
  return requirementsOf(catalogue, tier).flatMap(({ id, soak }) => {
    const verdict = by_id.get(id)
    if (soak === undefined || verdict?.verdict !== 'met') return []
    const left_ms = msAfter(ms(verdict.since), spanOf(soak)) - ms(now)
    return left_ms > 0 ? [{ requirement: id, left_ms }] : []
  })
}

/** When an app was last really looked at for a tier: the newest observation by the watch itself, or of any kind where the tier asks the watch for nothing. */
export function newestObservation(catalogue: Catalogue, tier: string, verdicts: readonly Verdict[]): Instant | null {
  const by_id = new Map(verdicts.map((verdict) => [verdict.requirement, verdict]))
  let watched: Instant | null = null
  let any: Instant | null = null
  for (const { id, verified_by } of requirementsOf(catalogue, tier)) {
    const observed_at = by_id.get(id)?.observed_at ?? null
    if (observed_at === null) continue
    if (any === null || observed_at > any) any = observed_at
    const by_watch = verified_by === 'probe' || verified_by === 'scan'
    if (by_watch && (watched === null || observed_at > watched)) watched = observed_at
  }
  return watched ?? any
}

/** Until when what was seen last is young enough for a tier; null when nothing was ever seen. */
export function observedUntil(catalogue: Catalogue, tier: Tier, verdicts: readonly Verdict[]): Instant | null {
  const newest = newestObservation(catalogue, tier.id, verdicts)
  return newest === null ? null : momentAfter(ms(newest), spanOf(tier.max_evidence_age))
}

/** The next moment at which what was seen last gets too old for one of the badges. */
export function lookAgainAt(catalogue: Catalogue, verdicts: readonly Verdict[], now: Instant): Instant | null {
  let next: Instant | null = null
  for (const tier of tiersOf(catalogue, 'badge')) {
    const until = observedUntil(catalogue, tier, verdicts)
    if (until !== null && until > now && (next === null || until < next)) next = until
  }
  return next
}
