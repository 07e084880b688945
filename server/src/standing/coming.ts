import { PROGRAMMES, type ProgrammeDocument } from '../directory/programme.ts'
import type { Reading } from '../kernel/flow.ts'
import type { Instant } from '../kernel/time.ts'
import { differences, type Change } from '../programmes/diff.ts'
import { catalogueOf, type Pack } from '../programmes/load.ts'
import { comingVersions, phaseOf, type Phase, type VersionRow } from '../programmes/phase.ts'
import type { Catalogue } from '../programmes/schema.ts'
import { inThisEdition } from './edition.ts'
import type { Facts } from './facts.ts'
import { FACTS } from './facts-view.ts'
import { impactOn, momentsOf, type AppImpact } from './impact.ts'
import { judgeByRulesOf } from './judge.ts'
import { standingKey, STANDINGS, type StandingDocument } from './standings-view.ts'
import type { Verdict } from './verdict.ts'

/**
 * What is coming for one app: its verdicts on everything that a version in shadow or an announced one changes, and what would
 * be otherwise on its day, should nothing else become known. Shown to the app's partner and the operator, counted nowhere.
 */
export type Coming = {
  readonly programme: string
  readonly row: VersionRow
  readonly phase: Phase
  readonly begins_at: Instant
  readonly requirements: readonly ComingRequirement[]
  readonly impact: AppImpact
}

/** A requirement that changes, and how the app stands with it as it will read. */
export type ComingRequirement = {
  readonly requirement: string
  readonly title: string
  readonly how: Change['how']
  /** Null for one that is not asked any more. */
  readonly verdict: Verdict | null
  readonly adoption_guide: string | null
}

/** Judges an app by a coming version. Pure. */
export function comingFor(
  pack: Pack,
  of: { readonly current: Catalogue; readonly coming: Catalogue; readonly row: VersionRow; readonly now: Instant },
  facts: Facts,
  previous: readonly Verdict[],
): Coming {
  const { current, coming, row, now } = of
  const moments = momentsOf(coming, now)
  const [begins_at] = moments
  const verdicts = new Map(judgeByRulesOf(coming, facts, now, begins_at, previous).map((one) => [one.requirement, one]))
  const changes = differences(current, coming, pack.requirements).filter(({ what }) => what === 'requirement')
  return {
    programme: pack.programme.id,
    row,
    phase: phaseOf(pack.programme, row.version, now),
    begins_at,
    requirements: changes.map(({ id, title, how }) => ({
      requirement: id,
      title,
      how,
      verdict: how === 'retired' || how === 'removed' ? null : (verdicts.get(id) ?? null),
      adoption_guide: coming.requirements.find((one) => one.id === id)?.adoption_guide ?? null,
    })),
    impact: impactOn(facts, previous, { current, coming, now, moments }),
  }
}

/** Everything that is coming for an app, in every programme that judges it, the nearest first. */
export async function readComing(
  packs: readonly Pack[],
  reading: Pick<Reading, 'documents' | 'now'>,
  app: string,
): Promise<readonly Coming[]> {
  const facts = await reading.documents.get<Facts>(FACTS, app)
  if (facts === null) return []
  const found: Coming[] = []
  for (const { document } of await reading.documents.list<ProgrammeDocument>(PROGRAMMES)) {
    const pack = packs.find(({ programme }) => programme.id === document.programme)
    const current = inThisEdition(packs, document)
    if (pack === undefined || current === null) continue
    const standing = await reading.documents.get<StandingDocument>(STANDINGS, standingKey(document.programme, app))
    for (const row of comingVersions(pack.programme, reading.now)) {
      if (phaseOf(pack.programme, row.version, reading.now) === 'draft') continue
      const { version, digest } = catalogueOf(pack, row.version)
      const coming = inThisEdition(packs, { ...document, version, digest })
      if (coming !== null) found.push(comingFor(pack, { current, coming, row, now: reading.now }, facts, standing?.verdicts ?? []))
    }
  }
  return found.sort((a, b) => (a.begins_at < b.begins_at ? -1 : 1))
}
