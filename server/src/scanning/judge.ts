import { canonical } from '../kernel/canonical.ts'
import type { Digest, Sha256 } from '../kernel/event.ts'
import type { Blindness, Outcome, Says } from '../kernel/says.ts'
import { says } from '../kernel/says.ts'
import type { Artifacts, Check, Finding, Observed } from './check.ts'
import { severityOf } from './severity.ts'

/** What the collectors brought, or why they did not. */
export type Collected = { readonly [name in keyof Artifacts]: Observed<Artifacts[name]> }

export type JudgedFinding = Finding & { readonly id: Digest; readonly cvss: { readonly vector: string; readonly score: number } | null }

/** A check's answer in one scan. */
export type Judged = {
  readonly check: string
  readonly outcome: Outcome
  readonly reason: string | null
  readonly blind: Blindness | null
  readonly says: Says
  readonly findings: readonly JudgedFinding[]
}

/** Asks every check. Missing artifacts and checks that throw are `inconclusive`; a check never has to think of either. */
export function judgeArtifacts(app_key: string, collected: Collected, checks: readonly Check[], sha256: Sha256): readonly Judged[] {
  return checks.map((check) => {
    const findings = findingsOf(check, collected).map((finding) => identified(app_key, check, finding, sha256))
    return { check: check.id, ...summaryOf(check.id, findings), findings }
  })
}

function findingsOf(check: Check, collected: Collected): readonly Finding[] {
  for (const name of check.needs) {
    const observed = collected[name]
    if (observed.kind === 'seen') continue
    const sentence = says('scanning.unseen', { what: name, detail: observed.detail })
    return [
      {
        outcome: 'inconclusive',
        reason: observed.reason,
        blind: observed.blind,
        says: sentence,
        where: '',
        defect: observed.reason,
        proof: {},
      },
    ]
  }
  try {
    const findings = check.judge(seen(collected))
    // Nothing seen is not a pass.
    return findings.length > 0 ? findings : [broken('the check found nothing to say')]
  } catch (error) {
    return [broken(error instanceof Error ? error.message : String(error))]
  }
}

const broken = (detail: string): Finding => ({
  outcome: 'inconclusive',
  reason: 'error',
  blind: 'ours',
  says: says('scanning.error', { detail: detail.slice(0, 300) }),
  where: '',
  defect: 'error',
  proof: {},
})

/** The values of all artifacts that were seen. The cast is sound because a check reads only what it needs, and that was seen. */
const seen = (collected: Collected): Artifacts =>
  Object.fromEntries(Object.entries(collected).flatMap(([name, one]) => (one.kind === 'seen' ? [[name, one.value]] : []))) as Artifacts

/** The same defect at the same place has the same id in every scan: no time, order or wording is in it. */
function identified(app_key: string, check: Check, finding: Finding, sha256: Sha256): JudgedFinding {
  const id = sha256(canonical([app_key, check.id, normalised(finding.where), finding.defect]))
  const vector = finding.vector ?? check.cvss
  const cvss = finding.outcome === 'fail' && vector !== null ? severityOf(vector) : null
  return { ...finding, id, cvss: cvss === null ? null : { vector: cvss.vector, score: cvss.score } }
}

/** Host in lower case, no query and no fragment: they carry tokens and samples. */
function normalised(where: string): string {
  if (!URL.canParse(where)) return where
  const url = new URL(where)
  return url.host === '' ? where : `${url.protocol}//${url.host}${url.pathname}`
}

const WORST_FIRST = ['fail', 'inconclusive', 'review', 'pass', 'not_applicable'] as const satisfies readonly Outcome[]

/** A check's answer from its findings: the worst speaks. */
export function summaryOf(check: string, findings: readonly JudgedFinding[]): Pick<Judged, 'outcome' | 'reason' | 'blind' | 'says'> {
  const outcome = WORST_FIRST.find((word) => findings.some((finding) => finding.outcome === word)) ?? 'inconclusive'
  const speaking = findings.filter((finding) => finding.outcome === outcome)
  // Where one silence is the app's and another ours, the app has withheld something, whatever we did.
  const speaks = speaking.find((finding) => finding.blind === 'theirs') ?? speaking[0]
  return {
    outcome,
    reason: speaks?.reason ?? null,
    blind: outcome === 'inconclusive' ? (speaks?.blind ?? 'ours') : null,
    says: speaks?.says ?? says('scanning.error', { detail: check }),
  }
}

/** Failures that a second look did not show again count as flaky, not as failed. */
export function confirmed(first: readonly Judged[], second: readonly Judged[], checks: readonly Check[]): readonly Judged[] {
  return first.map((judged) => {
    const again = second.find((other) => other.check === judged.check)
    const check = checks.find((other) => other.id === judged.check)
    if (again === undefined || check === undefined || judged.outcome !== 'fail') return judged
    const failing = new Set(again.findings.filter((finding) => finding.outcome === 'fail').map((finding) => finding.id))
    const findings = judged.findings.map((finding): JudgedFinding =>
      finding.outcome !== 'fail' || failing.has(finding.id)
        ? finding
        : {
            ...finding,
            outcome: 'inconclusive',
            reason: 'flaky',
            blind: 'theirs',
            says: says('scanning.flaky', { where: finding.where }),
            cvss: null,
          },
    )
    return { check: judged.check, ...summaryOf(judged.check, findings), findings }
  })
}
