import { Refused } from '../kernel/refused.ts'
import { readEvidence } from '../platform/evidence.ts'
import type { Unit } from '../platform/sql/database.ts'
import { progressOf, type Progress } from './due.ts'
import { scanStream, type ScanningEvent } from './record.ts'
import type { Report } from './report/report.ts'
import { SCANS, type ScansDocument } from './scans-view.ts'

/** A scan's findings in full by the name of the evidence; null when they were erased. */
export async function readReport(unit: Unit, report: string): Promise<Report | null> {
  const kept = await readEvidence(unit, report)
  // The guarantee of the cast: the job wrote it, and nothing else writes evidence of this kind.
  return kept === null || kept.kind !== 'scan' || kept.body === null ? null : (kept.body as unknown as Report)
}

/** The last scan of an app with its findings in full; refuses while there is none. */
export async function lastScan(
  unit: Unit,
  app: string,
): Promise<{ readonly document: ScansDocument; readonly report: Report; readonly progress: Progress | null }> {
  const [document, progress] = [await unit.documents.get<ScansDocument>(SCANS, app), await progressOf(unit, app)]
  if (document?.last === null || document === null) {
    const when =
      progress === null ? 'it is not planned yet' : progress.state === 'running' ? 'it is running now' : `it is due at ${progress.due_at}`
    throw new Refused('scanning.no_such_scan', `${app} has not been scanned yet; ${when}.`, app)
  }
  const report = await readReport(unit, document.last.report)
  if (report === null)
    throw new Refused('scanning.no_such_report', `The findings of the last scan of ${app} were erased; ask for a new scan.`, app)
  return { document, report, progress }
}

/** A scan that was. `report` is the evidence that holds its findings. */
export type PastScan = { readonly report: string; readonly started_at: string; readonly observed_at: string; readonly checks: number }

/** Scans that are listed; older ones are in the log. */
const MOST_LISTED = 60

/** The scans of an app, the last first. */
export async function lastScans(unit: Unit, app: string): Promise<readonly PastScan[]> {
  const events = await unit.log.stream(scanStream(app))
  // The guarantee of the cast: only this slice appends to these streams.
  return (events as readonly unknown[] as readonly ScanningEvent[])
    .flatMap((event) => {
      if (event.type !== 'scanning.scan_finished') return []
      const { report, started_at, observed_at, checks } = event.payload
      return [{ report, started_at, observed_at, checks: Object.keys(checks).length }]
    })
    .toReversed()
    .slice(0, MOST_LISTED)
}

/** A finding by its name and place. */
export type NamedFinding = { readonly finding: string; readonly check: string; readonly outcome: string; readonly where: string }

/** What changed from one scan to another: defects and suspicions that appeared or went, and checks that answer otherwise. */
export type ScanDifference = {
  readonly appeared: readonly NamedFinding[]
  readonly gone: readonly NamedFinding[]
  readonly checks: readonly { readonly check: string; readonly from: string | null; readonly to: string | null }[]
}

/** Compares two scans of one app by their reports. */
export async function comparedScans(unit: Unit, app: string, from: string, to: string): Promise<ScanDifference> {
  const own = new Set((await lastScans(unit, app)).map(({ report }) => report))
  const read = async (name: string, where: 'from' | 'to'): Promise<Report> => {
    const report = own.has(name) ? await readReport(unit, name) : null
    if (report === null)
      throw new Refused('scanning.no_such_report', `${app} has no scan of that name, or its findings were erased.`, where)
    return report
  }
  return difference(await read(from, 'from'), await read(to, 'to'))
}

/** As `comparedScans`, of two reports. */
export function difference(from: Report, to: Report): ScanDifference {
  const [before, now] = [defectsIn(from), defectsIn(to)]
  const names = [...new Set([...from.checks, ...to.checks].map(({ check }) => check))]
  const outcomeIn = (report: Report, check: string): string | null => report.checks.find((one) => one.check === check)?.outcome ?? null
  return {
    appeared: [...now.values()].filter(({ finding }) => !before.has(finding)),
    gone: [...before.values()].filter(({ finding }) => !now.has(finding)),
    checks: names.map((check) => ({ check, from: outcomeIn(from, check), to: outcomeIn(to, check) })).filter((one) => one.from !== one.to),
  }
}

const defectsIn = (report: Report): ReadonlyMap<string, NamedFinding> =>
  new Map(
    report.checks.flatMap(({ check, findings }) =>
      findings
        .filter(({ outcome }) => outcome === 'fail' || outcome === 'review')
        .map(({ id, outcome, where }) => [id, { finding: id, check, outcome, where }] as const),
    ),
  )
