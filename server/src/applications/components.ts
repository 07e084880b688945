import { after, type Instant } from '../kernel/time.ts'
import type { ApplicationState, Run } from './application.ts'
import type { ReviewPolicy } from './rules.ts'
import type { Turn } from './turn.ts'

/** What the engine says of one requirement of the tier, as far as an application needs it. */
export type Judged = {
  readonly requirement: string
  readonly title: string
  readonly pillar: string
  readonly verdict: 'met' | 'unmet' | 'unknown' | 'not_applicable' | 'upcoming' | 'retired' | 'waived'
  /** What was found, in words. */
  readonly says: string
  /** What to do about it, in words. */
  readonly change: string
  /** Only the operator can do something about it. */
  readonly operators: boolean
  /** Kinds of records that it can be met by. */
  readonly records: readonly string[]
  readonly due_at: Instant | null
  /** What is left of its soak; null when it has none or it is over. */
  readonly soak_left_ms: number | null
}

export type ComponentWord = 'not_started' | 'waiting_partner' | 'waiting_operator' | 'soaking' | 'met' | 'failed'

export type RunRead = {
  readonly run: string
  readonly title: string
  readonly says: string
  readonly state: 'not_arranged' | Run['state']
  readonly planned_at: Instant | null
}

/** A part of an application: where it stands, whose turn it is about it, and what is missing. */
export type ComponentRead = {
  readonly component: string
  readonly title: string
  readonly says: string
  readonly state: ComponentWord
  readonly side: Turn['side']
  readonly judged: readonly Judged[]
  readonly missing: readonly Judged[]
  readonly runs: readonly RunRead[]
  /** Changes are asked of it, and the partner has not answered. */
  readonly asked: boolean
  readonly soaks_until: Instant | null
}

/** Whether a verdict stands in nobody's way. */
const isGood = ({ verdict }: Pick<Judged, 'verdict'>): boolean => verdict !== 'unmet' && verdict !== 'unknown'

/** Every part with its state, from what the engine says and what people have done on the thread. */
export function componentsOf(
  policy: ReviewPolicy,
  judged: readonly Judged[],
  state: ApplicationState,
  now: Instant,
): readonly ComponentRead[] {
  return policy.components.map((part) => {
    const own = judged
      .filter((one) => part.requirements?.includes(one.requirement) === true || part.pillars?.includes(one.pillar) === true)
      .map((one) => (waitsForRun(policy, one, state) ? { ...one, operators: true } : one))
    const missing = own.filter((one) => !isGood(one))
    const runs = (part.runs ?? []).map(({ id, title, says }): RunRead => {
      const run = state.runs[id]
      return { run: id, title, says, state: run?.state ?? 'not_arranged', planned_at: run?.planned_at ?? null }
    })
    const asked = state.word === 'changes' && state.asked?.of.some(({ component }) => component === part.id) === true
    const left = Math.max(0, ...own.map(({ soak_left_ms }) => soak_left_ms ?? 0))
    const soaks_until = left > 0 ? after(now, left) : state.word === 'soak' && part.soak !== undefined ? state.soaks_until : null
    const word = wordOf({ missing, runs, asked, soaks_until }, part.id, state)
    return {
      component: part.id,
      title: part.title,
      says: part.says,
      state: word,
      side: sideOf(word, missing),
      judged: own,
      missing,
      runs,
      asked,
      soaks_until: word === 'soaking' ? soaks_until : null,
    }
  })
}

/** What a test run will confirm waits for the operator, who arranges it. */
function waitsForRun(policy: ReviewPolicy, { records }: Judged, { runs, word }: ApplicationState): boolean {
  if (!OPEN.has(word) || records.length === 0) return false
  return policy.components
    .flatMap((part) => part.runs ?? [])
    .some(
      ({ id, confirms }) =>
        confirms !== undefined && records.includes(confirms.kind) && runs[id]?.state !== 'passed' && runs[id]?.state !== 'failed',
    )
}

const OPEN: ReadonlySet<string> = new Set(['triage', 'changes', 'verification', 'soak', 'review'])

const waiting = (missing: readonly Judged[]): ComponentWord =>
  missing.every(({ operators }) => operators) ? 'waiting_operator' : 'waiting_partner'

function wordOf(
  seen: Pick<ComponentRead, 'missing' | 'runs' | 'asked' | 'soaks_until'>,
  component: string,
  state: ApplicationState,
): ComponentWord {
  if (state.word === 'granted') return seen.missing.length === 0 ? 'met' : waiting(seen.missing)
  if (!OPEN.has(state.word)) return 'not_started'
  const checked = state.checked[component]?.result
  if (checked === 'failed' || seen.runs.some((run) => run.state === 'failed')) return 'failed'
  if (seen.asked) return 'waiting_partner'
  if (seen.missing.length > 0) return waiting(seen.missing)
  if (seen.runs.some((run) => run.state !== 'passed')) return 'waiting_operator'
  if (seen.soaks_until !== null) return 'soaking'
  return checked === 'met' ? 'met' : 'waiting_operator'
}

function sideOf(word: ComponentWord, missing: readonly Judged[]): Turn['side'] {
  switch (word) {
    case 'waiting_partner':
      return 'partner'
    case 'waiting_operator':
      return 'operator'
    case 'failed':
      // What failed is put right by the partner, unless all that is wrong is the operator's to look at.
      return missing.length > 0 && missing.every(({ operators }) => operators) ? 'operator' : 'partner'
    case 'not_started':
    case 'soaking':
    case 'met':
      return 'nobody'
  }
}

/** What stands in the way of applying. */
export const barredBy = (policy: ReviewPolicy, judged: readonly Judged[]): readonly Judged[] =>
  judged.filter((one) => policy.eligibility.includes(one.requirement) && !isGood(one))
