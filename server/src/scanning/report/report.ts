import type { Digest } from '../../kernel/event.ts'
import { render } from '../../kernel/says.ts'
import type { Check } from '../check.ts'
import { MESSAGES } from '../messages.ts'
import type { ScanResult } from '../scan.ts'

/** A scan's findings in full, as they are kept: all of the result but the bodies of evidence, which stand for themselves. */
export type Report = Omit<ScanResult, 'evidence'>

/** The report of a result, with its evidence under the names by which it is kept. */
export function reportOf(result: ScanResult, kept: ReadonlyMap<Digest, Digest>): Report {
  const { app_key, descriptor, consent, started_at, finished_at } = result
  const checks = result.checks.map((judged) => ({ ...judged, evidence: judged.evidence.map((id) => kept.get(id) ?? id) }))
  return { app_key, descriptor, consent, started_at, finished_at, checks }
}

/** A finding as people read it: what was found, where, how bad, and what to do. The partner and the operator see the same. */
export type ReadableFinding = {
  readonly id: Digest
  readonly check: string
  readonly title: string
  readonly outcome: string
  readonly reason: string | null
  readonly blind: string | null
  readonly says: string
  readonly where: string
  readonly cvss: { readonly vector: string; readonly score: number } | null
  readonly proof: { readonly [name: string]: string | number | boolean | null }
  readonly fix: string | null
  readonly evidence: readonly Digest[]
}

/** The findings of a report, worst first; those that are equally bad in the order of the checks. */
export function readable(report: Report, checks: readonly Check[]): readonly ReadableFinding[] {
  const by_id = new Map(checks.map((check) => [check.id, check]))
  return report.checks
    .flatMap((judged) =>
      judged.findings.map((finding): ReadableFinding => {
        const check = by_id.get(judged.check)
        return {
          id: finding.id,
          check: judged.check,
          title: finding.outcome === 'pass' ? (check?.title.pass ?? judged.check) : (check?.title.fail ?? judged.check),
          outcome: finding.outcome,
          reason: finding.reason ?? null,
          blind: finding.blind ?? null,
          says: render(finding.says, MESSAGES),
          where: finding.where,
          cvss: finding.cvss,
          proof: finding.proof,
          fix: finding.outcome === 'fail' || finding.outcome === 'review' ? (check?.fix ?? null) : null,
          evidence: judged.evidence,
        }
      }),
    )
    .toSorted((a, b) => WORST_FIRST.indexOf(a.outcome) - WORST_FIRST.indexOf(b.outcome) || (b.cvss?.score ?? 0) - (a.cvss?.score ?? 0))
}

const WORST_FIRST = ['fail', 'review', 'inconclusive', 'pass', 'not_applicable']
