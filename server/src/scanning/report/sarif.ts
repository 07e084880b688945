import { render, type Outcome } from '../../kernel/says.ts'
import type { Json } from '../../kernel/json.ts'
import type { Check } from '../check.ts'
import { MESSAGES } from '../messages.ts'
import { severityOf } from '../severity.ts'
import type { Findings, FindingState } from '../finding.ts'
import type { Report } from './report.ts'

/** SARIF 2.1.0, section 3.27.9: our outcomes are its kinds, one to one. */
const KINDS = {
  pass: 'pass',
  fail: 'fail',
  review: 'review',
  inconclusive: 'open',
  not_applicable: 'notApplicable',
} as const satisfies Record<Outcome, string>

/**
 * A scan as a SARIF 2.1.0 log. Messages are plain text: what the app sent may stand in them. `lives`: what people decided about
 * findings, told as suppressions (section 3.35); null where nobody could.
 */
export function sarifOf(result: Report, checks: readonly Check[], version: string, lives: Findings | null = null): Json {
  const rules = checks.filter((check) => result.checks.some((judged) => judged.check === check.id))
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Castellan',
            version,
            rules: rules.map((check) => ({
              id: check.id,
              shortDescription: { text: check.title.fail },
              help: { text: check.fix },
              properties: {
                risk: check.risk,
                ...(check.cvss === null ? {} : { 'security-severity': String(severityOf(check.cvss).score) }),
              },
            })),
          },
        },
        invocations: [{ executionSuccessful: true, startTimeUtc: result.started_at, endTimeUtc: result.finished_at }],
        results: result.checks.flatMap((judged) =>
          judged.findings.map((finding) => ({
            ruleId: judged.check,
            ruleIndex: rules.findIndex((rule) => rule.id === judged.check),
            kind: KINDS[finding.outcome],
            // Section 3.27.10: a level other than "none" goes with kind "fail" only.
            level: finding.outcome === 'fail' ? levelOf(finding.cvss?.score ?? null) : 'none',
            message: { text: render(finding.says, MESSAGES) },
            locations: locationsOf(finding.where),
            partialFingerprints: { 'castellan/v1': finding.id },
            // Section 3.27.23: all results of a run have it or none.
            ...(lives === null ? {} : { suppressions: suppressionsOf(lives[finding.id]) }),
            properties: {
              proof: finding.proof,
              ...(finding.reason === undefined ? {} : { reason: finding.reason }),
              ...(finding.cvss === null ? {} : { 'security-severity': String(finding.cvss.score), cvss: finding.cvss.vector }),
            },
          })),
        ),
      },
    ],
  }
}

/** Set aside is accepted, disputed is under review. */
function suppressionsOf(state: FindingState | undefined): readonly Json[] {
  if (state?.suppression) {
    const { reason_code, until } = state.suppression
    return [{ kind: 'external', status: 'accepted', justification: `${reason_code}, until ${until}` }]
  }
  return state?.status === 'disputed' ? [{ kind: 'external', status: 'underReview' }] : []
}

const levelOf = (score: number | null): 'error' | 'warning' | 'note' =>
  score === null || score < 4 ? 'note' : score < 7 ? 'warning' : 'error'

/** An address is an artifact; a place inside the descriptor is a logical location (sections 3.28.3 and 3.28.4). */
function locationsOf(where: string): readonly Json[] {
  if (where === '') return []
  return [
    /^https?:/.test(where) && URL.canParse(where)
      ? { physicalLocation: { artifactLocation: { uri: new URL(where).href } } }
      : { logicalLocations: [{ fullyQualifiedName: where }] },
  ]
}
