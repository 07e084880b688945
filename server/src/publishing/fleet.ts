import { APPS, type AppDocument } from '../directory/apps-view.ts'
import type { Desk } from '../house.ts'
import type { Instant } from '../kernel/time.ts'
import { CHECKS } from '../scanning/checks/index.ts'
import { SEVERE, type FindingState } from '../scanning/finding.ts'
import { FINDINGS, type FindingsDocument } from '../scanning/findings-view.ts'
import { SCANS, type ScansDocument } from '../scanning/scans-view.ts'
import { idInWords } from './words.ts'

/** A finding among those of all apps. */
export type FleetRow = {
  readonly app: string
  readonly name: string
  readonly title: string
  readonly score: number | null
  readonly first_seen_at: Instant
  readonly disputed_at: Instant | null
}

/** The scanner over all apps. Lists have the worst or the oldest first. */
export type Fleet = {
  /** How many apps were scanned. */
  readonly apps: number
  readonly open: number
  readonly severe: readonly FleetRow[]
  readonly regressed: readonly FleetRow[]
  readonly disputed: readonly FleetRow[]
  readonly awaiting: readonly FleetRow[]
  readonly dark: readonly { readonly reason: string; readonly blind: 'ours' | 'theirs'; readonly apps: number; readonly answers: number }[]
  readonly coverage: readonly ({ readonly check: string; readonly title: string } & {
    readonly [outcome in 'pass' | 'fail' | 'review' | 'inconclusive' | 'not_applicable']: number
  })[]
}

/** Counts the answers and findings of every app. */
export async function readFleet(desk: Desk): Promise<Fleet> {
  const names = new Map((await desk.documents.list<AppDocument>(APPS)).map(({ document }) => [document.app, document.name]))
  const scans = (await desk.documents.list<ScansDocument>(SCANS)).map(({ document }) => document)
  const lives = (await desk.documents.list<FindingsDocument>(FINDINGS)).map(({ document }) => document)
  return fleetOf(names, scans, lives)
}

/** As `readFleet`, of documents. */
export function fleetOf(names: ReadonlyMap<string, string>, scans: readonly ScansDocument[], lives: readonly FindingsDocument[]): Fleet {
  const titles = new Map(CHECKS.map(({ id, title }) => [id, title]))
  const open = lives.flatMap(({ app, findings }) =>
    Object.values(findings)
      .filter(({ status }) => status !== 'fixed' && status !== 'suppressed')
      .map((state) => ({ app, state })),
  )
  const rows = (which: (state: FindingState) => boolean): readonly FleetRow[] =>
    open
      .filter(({ state }) => which(state))
      .map(({ app, state }) => ({
        app,
        name: names.get(app) ?? app,
        title: titles.get(state.check)?.fail ?? idInWords(state.check),
        score: state.score,
        first_seen_at: state.first_seen_at,
        disputed_at: state.dispute?.at ?? null,
      }))
      .toSorted((a, b) => (b.score ?? 0) - (a.score ?? 0) || (a.first_seen_at < b.first_seen_at ? -1 : 1))
  const answers = scans.flatMap(({ app, checks }) => Object.entries(checks).map(([check, answer]) => ({ app, check, answer })))
  const dark = Map.groupBy(
    answers.filter(({ answer }) => answer.outcome === 'inconclusive'),
    ({ answer }) => `${answer.reason ?? 'error'} ${answer.blind ?? 'ours'}`,
  )
  return {
    apps: scans.filter(({ last }) => last !== null).length,
    open: open.length,
    severe: rows(({ score, outcome, confirmed_by }) => score !== null && score >= SEVERE && (outcome === 'fail' || confirmed_by !== null)),
    regressed: rows(({ regressions }) => regressions > 0),
    disputed: rows(({ status }) => status === 'disputed'),
    awaiting: rows(({ outcome, confirmed_by, status }) => outcome === 'review' && confirmed_by === null && status !== 'disputed'),
    dark: [...dark.values()]
      .flatMap((same) => {
        const [first] = same
        if (first === undefined) return []
        const { reason, blind } = first.answer
        return [
          {
            reason: idInWords(reason ?? 'error'),
            blind: blind ?? ('ours' as const),
            apps: new Set(same.map(({ app }) => app)).size,
            answers: same.length,
          },
        ]
      })
      .toSorted((a, b) => b.apps - a.apps || (a.reason < b.reason ? -1 : 1)),
    coverage: CHECKS.flatMap(({ id, title }) => {
      const of = answers.filter(({ check }) => check === id)
      if (of.length === 0) return []
      const count = (outcome: string): number => of.filter(({ answer }) => answer.outcome === outcome).length
      return [
        {
          check: id,
          title: title.pass,
          pass: count('pass'),
          fail: count('fail'),
          review: count('review'),
          inconclusive: count('inconclusive'),
          not_applicable: count('not_applicable'),
        },
      ]
    }),
  }
}
