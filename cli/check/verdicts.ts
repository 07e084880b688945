import type { AppDescription } from '../../server/src/directory/description.ts'
import { readOf, type DirectoryEvent } from '../../server/src/directory/events.ts'
import type { Digest, NewEvent } from '../../server/src/kernel/event.ts'
import { Refused } from '../../server/src/kernel/refused.ts'
import { render, type Says } from '../../server/src/kernel/says.ts'
import type { Instant } from '../../server/src/kernel/time.ts'
import { sha256 } from '../../server/src/platform/crypto.ts'
import { memoryLog } from '../../server/src/platform/sql/memory.ts'
import { inForce, type Pack } from '../../server/src/programmes/load.ts'
import type { Catalogue, MetWhen, RequirementInForce } from '../../server/src/programmes/schema.ts'
import { CHECKS } from '../../server/src/scanning/checks/index.ts'
import { MESSAGES as SCANNING } from '../../server/src/scanning/messages.ts'
import { eventsOf } from '../../server/src/scanning/record.ts'
import { readable, reportOf } from '../../server/src/scanning/report/report.ts'
import type { ScanResult } from '../../server/src/scanning/scan.ts'
import type { Facts } from '../../server/src/standing/facts.ts'
import { factsView } from '../../server/src/standing/facts-view.ts'
import { judge } from '../../server/src/standing/judge.ts'
import { MESSAGES as STANDING } from '../../server/src/standing/messages.ts'
import { requirementsOf } from '../../server/src/standing/tiers.ts'
import type { Verdict, VerdictWord } from '../../server/src/standing/verdict.ts'

/** One requirement's verdict, as `--json` prints it. */
export type CheckedRequirement = {
  readonly id: string
  /** The number that the source gives the rule, such as 1.1. */
  readonly cites_no: string | null
  readonly title: string
  readonly pillar: string
  readonly verdict: VerdictWord
  readonly says: string
  /** What would change it. */
  readonly change: string
  readonly due_at: string | null
  /** The checks that tell of it, if any. */
  readonly checks: readonly string[]
  /** A check can tell; the others need forms, records, weeks of probes or a person. */
  readonly in_scope: boolean
  /** Whether the exit code goes by it. */
  readonly counts: boolean
}

/** A finding, as `--json` prints it. */
export type CheckedFinding = {
  readonly id: string
  readonly check: string
  readonly outcome: string
  /** By the number of the source, else by id. */
  readonly requirements: readonly string[]
  readonly cvss: number | null
  readonly cvss_vector: string | null
  readonly where: string
  readonly says: string
  readonly fix: string | null
}

/** What `castellan check --json` prints. */
export type Checked = {
  readonly app: {
    readonly key: string | null
    readonly name: string | null
    readonly platform: string
    readonly hosting: string
    readonly base_urls: readonly string[]
  }
  readonly programme: { readonly id: string; readonly version: string; readonly digest: Digest }
  readonly as_of: Instant
  readonly tier: string | null
  /** Whether more than what is public was looked at. */
  readonly consent: boolean
  readonly test_targets: readonly string[]
  readonly requirements: readonly CheckedRequirement[]
  readonly findings: readonly CheckedFinding[]
}

const MESSAGES = { ...STANDING, ...SCANNING }

/** Judges an app by what a scan saw: the events that the server would record, its fold, its judge. */
export async function verdictsOf(given: {
  readonly description: AppDescription
  readonly result: ScanResult
  readonly pack: Pack
  readonly tier: string | null
  readonly as_of: Instant
  readonly all: boolean
  readonly test_targets: readonly string[]
}): Promise<Checked> {
  const { description, result, pack, as_of } = given
  const catalogue = inForce(pack, as_of)
  if (catalogue === null) {
    const first = pack.programme.versions.map((version) => version.effective).toSorted()[0]
    throw new Refused(
      'check.no_version',
      `${pack.programme.title} has no version in force on ${as_of.slice(0, 10)}; the first came on ${first ?? 'no day'}.`,
      '--as-of',
    )
  }
  const wanted = requirementsIn(catalogue, given.tier)
  const facts = await factsOf(description, result, as_of)
  const verdicts = judge(catalogue, facts, as_of)
  const requirements = wanted.flatMap((requirement) => {
    const verdict = verdicts.find((one) => one.requirement === requirement.id)
    return verdict === undefined ? [] : [requirementOf(requirement, verdict, given.all)]
  })
  return {
    app: {
      key: description.key,
      name: description.name,
      platform: description.platform,
      hosting: description.hosting,
      base_urls: description.base_urls,
    },
    programme: { id: catalogue.programme.id, version: catalogue.version, digest: catalogue.digest },
    as_of,
    tier: given.tier,
    consent: result.consent,
    test_targets: given.test_targets,
    requirements,
    findings: findingsOf(result, catalogue),
  }
}

/** 1: something in scope is not met; 2: nothing is, but something could not be told; 0: all is well. */
export function exitCodeOf(checked: Pick<Checked, 'requirements'>): 0 | 1 | 2 {
  const words = checked.requirements.filter((one) => one.counts).map((one) => one.verdict)
  if (words.includes('unmet')) return 1
  return words.includes('unknown') ? 2 : 0
}

function requirementsIn(catalogue: Catalogue, tier: string | null): readonly RequirementInForce[] {
  if (tier === null) return catalogue.requirements
  const known = catalogue.programme.tiers.map((one) => one.id)
  if (!known.includes(tier)) {
    throw new Refused('check.no_such_tier', `${catalogue.programme.title} has no tier "${tier}"; it has ${known.join(', ')}.`, '--tier')
  }
  return requirementsOf(catalogue, tier)
}

/** The facts that the log would hold after registering and this one scan, all seen at the moment that is asked about. */
async function factsOf(description: AppDescription, result: ScanResult, as_of: Instant): Promise<Facts> {
  const app = 'app'
  const evidence = description.digest
  const directory: readonly DirectoryEvent[] = [
    {
      type: 'directory.app_registered',
      payload: {
        app,
        key: description.key,
        name: description.name ?? app,
        organisation: 'own',
        platform: description.platform,
        hosting: description.hosting,
        descriptor: description.digest,
      },
    },
    { type: 'directory.descriptor_read', payload: readOf(app, description, evidence, null) },
    ...(result.consent ? [{ type: 'directory.domain_proven', payload: { app, domain: 'own', method: 'well-known' } } as const] : []),
  ]
  const seen = { ...reportOf(result, new Map()), started_at: as_of, finished_at: as_of }
  const events: readonly NewEvent[] = [
    ...directory.map(({ type, payload }) => ({ stream: `app/${app}`, subject: app, type, payload })),
    ...eventsOf(app, seen, {}, sha256(JSON.stringify(seen))),
  ]
  const recorded = await memoryLog('check').append(events, { by: { kind: 'machine', name: 'check' }, cause: null, at: as_of })
  const facts = recorded
    .filter((event) => factsView.listens.includes(event.type))
    .reduce((before, event) => factsView.fold(before, event, app), factsView.initial)
  if (facts === null) throw new Error('an app that was registered has facts')
  return facts
}

function requirementOf(requirement: RequirementInForce, verdict: Verdict, all: boolean): CheckedRequirement {
  const checks = requirement.met_when === undefined ? [] : [...new Set(checksIn(requirement.met_when))]
  const in_scope = checks.length > 0
  return {
    id: requirement.id,
    cites_no: citesNo(requirement),
    title: requirement.title,
    pillar: requirement.pillar,
    verdict: verdict.verdict,
    says: said(verdict.says),
    change: said(verdict.change),
    due_at: verdict.due_at,
    checks,
    in_scope,
    counts: requirement.advisory !== true && (in_scope || all),
  }
}

const said = (sentence: Says): string => render(sentence, MESSAGES)

const citesNo = (requirement: RequirementInForce): string | null => requirement.cites.find((cite) => cite.no !== undefined)?.no ?? null

function findingsOf(result: ScanResult, catalogue: Catalogue): readonly CheckedFinding[] {
  const served = new Map<string, string[]>()
  for (const requirement of catalogue.requirements) {
    for (const check of requirement.met_when === undefined ? [] : checksIn(requirement.met_when)) {
      served.set(check, [...(served.get(check) ?? []), citesNo(requirement) ?? requirement.id])
    }
  }
  return readable(reportOf(result, new Map()), CHECKS).map(({ id, check, outcome, cvss, where, says, fix }) => ({
    id,
    check,
    outcome,
    requirements: [...new Set(served.get(check) ?? [])],
    cvss: cvss?.score ?? null,
    cvss_vector: cvss?.vector ?? null,
    where,
    says,
    fix,
  }))
}

/** The checks that a requirement asks, wherever they stand in it. */
export function checksIn(met_when: MetWhen): readonly string[] {
  if ('check' in met_when) return [met_when.check]
  return Object.values(met_when).flatMap((parts: unknown) =>
    Array.isArray(parts) ? (parts as readonly MetWhen[]).filter(isRule).flatMap(checksIn) : [],
  )
}

const isRule = (part: unknown): part is MetWhen => typeof part === 'object' && part !== null
