import { PROGRAMMES, type ProgrammeDocument } from '../directory/programme.ts'
import type { Reading } from '../kernel/flow.ts'
import { Refused } from '../kernel/refused.ts'
import type { Says } from '../kernel/says.ts'
import type { Instant } from '../kernel/time.ts'
import { catalogueOf, type Pack } from '../programmes/load.ts'
import type { Catalogue } from '../programmes/schema.ts'
import { startOfDayIn } from '../programmes/policies.ts'
import { inThisEdition } from './edition.ts'
import { FACTS } from './facts-view.ts'
import type { Facts } from './facts.ts'
import { judge, judgeByRulesOf } from './judge.ts'
import { rulesOf } from './rules.ts'
import { standingKey, STANDINGS, type StandingDocument } from './standings-view.ts'
import { tierState } from './tiers.ts'
import type { Verdict, VerdictWord } from './verdict.ts'

/** A requirement that would be judged otherwise from a moment on. Null where one of the two versions does not ask it. */
export type VerdictImpact = {
  readonly at: Instant
  readonly requirement: string
  readonly from: VerdictWord | null
  readonly to: VerdictWord | null
  /** What would be said of it then, and what would change that; null where it is not asked any more. */
  readonly says: Says | null
  readonly change: Says | null
}

/** A tier that would be met, or would no longer be, from a moment on; with what stands in the way then. */
export type TierImpact = { readonly at: Instant; readonly tier: string; readonly met: boolean; readonly blocking: readonly string[] }

export type AppImpact = { readonly app: string; readonly verdicts: readonly VerdictImpact[]; readonly tiers: readonly TierImpact[] }

/** What a version of a programme would change for the apps of a marketplace, should nothing else become known of them. */
export type Impact = {
  readonly programme: string
  readonly from: { readonly version: string; readonly digest: string }
  readonly to: { readonly version: string; readonly digest: string }
  readonly as_of: Instant
  /** When the version begins to judge; the present moment when its day has come. */
  readonly begins_at: Instant
  /** How many apps were judged under both. */
  readonly judged: number
  /** Those for which something changes. */
  readonly apps: readonly AppImpact[]
}

/**
 * Judges an app by today's facts under the rules in force and under others, from the day on which those begin and again on
 * each later day on which one of their rules begins or ends.
 */
export function impactOn(
  facts: Facts,
  previous: readonly Verdict[],
  of: { readonly current: Catalogue; readonly coming: Catalogue; readonly now: Instant; readonly moments: readonly Instant[] },
): AppImpact {
  const verdicts: VerdictImpact[] = []
  const tiers: TierImpact[] = []
  let before = { catalogue: of.current, verdicts: judge(of.current, facts, of.now, previous) }
  for (const at of of.moments) {
    const after = { catalogue: of.coming, verdicts: judgeByRulesOf(of.coming, facts, of.now, at, previous) }
    verdicts.push(...verdictsBetween(before.verdicts, after.verdicts, at))
    tiers.push(...tiersBetween(before, after, at))
    before = after
  }
  return { app: facts.app, verdicts, tiers }
}

/** When a version's own rules change what they ask: its beginning, then each day of a rule until the next version takes over. */
export function momentsOf(coming: Catalogue, now: Instant): readonly [Instant, ...Instant[]] {
  const row = coming.programme.versions.find(({ version }) => version === coming.version)
  const effective = startOfDayIn(coming, row?.effective ?? now.slice(0, 10))
  const begins = effective > now ? effective : now
  const ends = row?.superseded === undefined ? null : startOfDayIn(coming, row.superseded)
  const later = rulesOf(coming)
    .flatMap(({ since_at, retired_at }) => (retired_at === null ? [since_at] : [since_at, retired_at]))
    .filter((at) => at > begins && (ends === null || at < ends))
  return [begins, ...[...new Set(later)].sort()]
}

/** Words that ask nothing of an app now: whether a version names such a requirement or not is no change. */
const QUIET: ReadonlySet<VerdictWord> = new Set(['upcoming', 'retired', 'not_applicable'])

function verdictsBetween(before: readonly Verdict[], after: readonly Verdict[], at: Instant): readonly VerdictImpact[] {
  const old = new Map(before.map((verdict) => [verdict.requirement, verdict]))
  const now = new Map(after.map((verdict) => [verdict.requirement, verdict]))
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((requirement) => {
    const then = now.get(requirement)
    const [from, to] = [old.get(requirement)?.verdict ?? null, then?.verdict ?? null]
    const silent = (from === null || QUIET.has(from)) && (to === null || QUIET.has(to))
    return from === to || silent ? [] : [{ at, requirement, from, to, says: then?.says ?? null, change: then?.change ?? null }]
  })
}

type Judged = { readonly catalogue: Catalogue; readonly verdicts: readonly Verdict[] }

function tiersBetween(before: Judged, after: Judged, at: Instant): readonly TierImpact[] {
  return after.catalogue.programme.tiers.flatMap(({ id: tier }) => {
    const { met, blocking } = tierState(after.catalogue, tier, after.verdicts)
    const known = before.catalogue.programme.tiers.some(({ id }) => id === tier)
    const was = known && tierState(before.catalogue, tier, before.verdicts).met
    return met === was ? [] : [{ at, tier, met, blocking: [...blocking.unmet, ...blocking.unknown] }]
  })
}

/** What a version would change for every registered app. Refuses a programme that is not run here and a version that it does not have. */
export async function readImpact(
  packs: readonly Pack[],
  reading: Pick<Reading, 'documents' | 'now'>,
  programme: string,
  version: string,
): Promise<Impact> {
  const pack = packs.find((one) => one.programme.id === programme)
  const document = await reading.documents.get<ProgrammeDocument>(PROGRAMMES, programme)
  if (pack === undefined || document === null) {
    throw new Refused('programmes.no_such_programme', `This marketplace runs no programme "${programme}".`, programme)
  }
  const { digest } = catalogueOf(pack, version)
  const current = inThisEdition(packs, document)
  const coming = inThisEdition(packs, { ...document, version, digest })
  if (current === null || coming === null) {
    throw new Refused('directory.wrong_state', `The programme ${programme} judges nobody any more, so nothing can change.`, programme)
  }
  const { now } = reading
  const moments = momentsOf(coming, now)
  const apps = await reading.documents.list<Facts>(FACTS)
  const impacts: AppImpact[] = []
  for (const { key, document: facts } of apps) {
    const standing = await reading.documents.get<StandingDocument>(STANDINGS, standingKey(programme, key))
    const impact = impactOn(facts, standing?.verdicts ?? [], { current, coming, now, moments })
    if (impact.verdicts.length > 0 || impact.tiers.length > 0) impacts.push(impact)
  }
  return {
    programme,
    from: { version: current.version, digest: current.digest },
    to: { version, digest },
    as_of: now,
    begins_at: moments[0],
    judged: apps.length,
    apps: impacts,
  }
}
