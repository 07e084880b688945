import type { Digest } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import { says, type Says } from '../kernel/says.ts'
import { after, between, DAY_MS, dayOf, type Instant } from '../kernel/time.ts'
import type { FindingCounted, FindingEvent, SuppressionReason } from './finding-events.ts'
import { summaryOf, type Judged } from './judge.ts'

/**
 * A finding's life, across scans. A scan opens it, the next one that sees it confirms it, and two clean ones a day apart
 * close it by themselves; when it comes back it is the same finding, regressed. The partner may dispute it. Two people may set
 * it aside for a reason and for a while: then it counts for nothing, and its check is judged without it.
 */
export type FindingStatus = 'new' | 'confirmed' | 'disputed' | 'suppressed' | 'fixed'

export type FindingState = FindingCounted & {
  readonly status: FindingStatus
  readonly first_seen_at: Instant
  /** Since when no scan has seen it any more, although its check saw everything else; null while it is seen. */
  readonly clean_since: Instant | null
  readonly fixed_at: Instant | null
  /** How often it came back after it was fixed. */
  readonly regressions: number
  /** The person who confirmed what a machine could only suspect: from then on it counts as a failure. */
  readonly confirmed_by: string | null
  readonly dispute: { readonly by: string; readonly at: Instant; readonly evidence: readonly Digest[] } | null
  readonly suppression: {
    readonly reason_code: SuppressionReason
    readonly until: Instant
    readonly persons: readonly string[]
    readonly evidence: readonly Digest[]
  } | null
}

/** An app's findings by id. */
export type Findings = { readonly [finding: string]: FindingState }

/** What a person may do, or the clock. */
export type FindingCommand = { readonly app: string; readonly finding: Digest } & (
  | { readonly do: 'confirm'; readonly by: string; readonly evidence: readonly Digest[]; readonly score: number | null }
  | { readonly do: 'dispute'; readonly by: string; readonly evidence: readonly Digest[] }
  | {
      readonly do: 'suppress'
      readonly reason_code: SuppressionReason
      readonly until: Instant
      readonly persons: readonly string[]
      readonly evidence: readonly Digest[]
    }
  | { readonly do: 'end'; readonly by: string | null }
)

/** What is possible when. A suspicion that no person has confirmed yet may be confirmed in any open state. */
export const allowedOfFinding: { readonly [status in FindingStatus | 'none']: readonly FindingCommand['do'][] } = {
  none: [],
  new: ['confirm', 'dispute', 'suppress'],
  confirmed: ['confirm', 'dispute', 'suppress'],
  disputed: ['confirm', 'suppress'],
  suppressed: ['suppress', 'end'],
  fixed: [],
}

/** What is set aside is looked at again within a year; what lasts longer is another check. */
export const SUPPRESSED_DAYS_MAX = 366

/** From here on a finding is severe: it opens a vulnerability with a clock of its own (CVSS 3.1, section 5: high and critical). */
export const SEVERE = 7

/** Two clean scans that far apart close a finding: one alone may have met a bad moment of the app or a cache. */
const CLEAN_FOR_MS = DAY_MS

/** Findings of one check that are followed one by one; a hostile app could have thousands. The worst come first. */
const MOST_FOLLOWED = 50
/** Fixed ones that are remembered, the last first, so that one that comes back is known again. */
const MOST_REMEMBERED = 200
/** A place is an address of the app's own making. */
const LONGEST_PLACE = 500

/** The events of a person's or the clock's act on one finding. */
export function decideFinding(command: FindingCommand, findings: Findings, now: Instant): readonly FindingEvent[] {
  const { app, finding } = command
  const state = findings[finding]
  const status = state?.status ?? 'none'
  if (state === undefined || !allowedOfFinding[status].includes(command.do)) {
    throw new Refused('scanning.wrong_state', `This is not possible: ${IN_WORDS[status]}.`, finding)
  }
  const of = { app, finding, check: state.check }
  switch (command.do) {
    case 'confirm': {
      if (status !== 'disputed' && (state.outcome === 'fail' || state.confirmed_by !== null)) {
        throw new Refused('scanning.nothing_to_confirm', 'This finding counts already; nobody has disputed it.', finding)
      }
      const { by, evidence } = command
      const score = state.score ?? command.score
      const confirmed = { type: 'scanning.finding_confirmed', payload: { ...of, reviewer: by, evidence, score } } as const
      const counts_now = state.outcome === 'review' && state.confirmed_by === null
      return [confirmed, ...(counts_now ? vulnerabilityIn(app, { ...state, score, confirmed_by: by }) : [])]
    }
    case 'dispute':
      return [{ type: 'scanning.finding_disputed', payload: { ...of, by: command.by, evidence: command.evidence } }]
    case 'suppress': {
      const { reason_code, until, persons, evidence } = command
      if (until <= now) throw new Refused('scanning.suppression_over', 'This ends in the future; choose a later day.', 'until')
      if (until > after(now, SUPPRESSED_DAYS_MAX * DAY_MS)) {
        throw new Refused(
          'scanning.suppression_too_long',
          `A finding is set aside for ${SUPPRESSED_DAYS_MAX} days at most; choose an earlier day.`,
          'until',
        )
      }
      if (new Set(persons).size < 2) throw new Refused('scanning.same_person', 'Two different people have to want this.', finding)
      return [
        { type: 'scanning.finding_suppressed', payload: { ...of, reason_code, until, persons, evidence } },
        ...(isSevere(state) ? [{ type: 'scanning.vulnerability_closed', payload: { ...of, because: 'suppressed' } } as const] : []),
      ]
    }
    case 'end':
      return [
        { type: 'scanning.suppression_ended', payload: { ...of, by: command.by } },
        ...(state.clean_since === null ? vulnerabilityIn(app, state) : []),
      ]
  }
}

const IN_WORDS = {
  none: 'there is no such finding at this app',
  new: 'the finding is open',
  confirmed: 'the finding is open and undisputed',
  disputed: 'the partner has disputed it; it is the operator’s turn',
  suppressed: 'the finding is set aside',
  fixed: 'the finding is fixed',
} as const satisfies Record<FindingStatus | 'none', string>

/** What a scan changes in the lives of an app's findings: no event when nothing. */
export function countScan(
  app: string,
  findings: Findings,
  scanned: readonly Pick<Judged, 'check' | 'findings'>[],
  now: Instant,
): readonly FindingEvent[] {
  const opened: FindingCounted[] = []
  const changed: FindingCounted[] = []
  const regressed: FindingCounted[] = []
  const again: Digest[] = []
  const missed: Digest[] = []
  const returned: Digest[] = []
  const fixed: Digest[] = []
  let beyond = 0
  for (const { check, findings: found } of scanned) {
    const seen = new Map(found.flatMap((one) => (isOpen(one.outcome) ? [[one.id, counted(check, one)]] : [])))
    const known = Object.values(findings).filter((state) => state.check === check)
    for (const state of known) {
      const now_seen = seen.get(state.finding)
      if (now_seen !== undefined) {
        seen.delete(state.finding)
        if (state.status === 'fixed') regressed.push(now_seen)
        else {
          if (state.outcome !== now_seen.outcome || (now_seen.score !== null && state.score !== now_seen.score)) changed.push(now_seen)
          if (state.clean_since !== null) returned.push(state.finding)
          else if (state.status === 'new') again.push(state.finding)
        }
        continue
      }
      // Silence mends nothing: only a scan in which this check could look everywhere says that a finding is gone.
      if (state.status === 'fixed' || found.some(({ outcome }) => outcome === 'inconclusive')) continue
      if (state.clean_since === null) missed.push(state.finding)
      else if (between(state.clean_since, now) >= CLEAN_FOR_MS) fixed.push(state.finding)
    }
    const followed = known.filter(({ status }) => status !== 'fixed').length
    const fresh = [...seen.values()].toSorted((a, b) => (b.score ?? 0) - (a.score ?? 0) || (a.finding < b.finding ? -1 : 1))
    const room = Math.max(0, MOST_FOLLOWED - followed)
    opened.push(...fresh.slice(0, room))
    beyond += Math.max(0, fresh.length - room)
  }
  const lists = { opened, changed, regressed, again, missed, returned, fixed }
  if (Object.values(lists).every((list) => list.length === 0)) return []
  const back = [
    ...[...opened, ...regressed].map((one) => ({ ...one, confirmed_by: null })),
    // What counted as severe before has its clock already.
    ...changed.flatMap((one) => {
      const state = findings[one.finding]
      if (state === undefined || state.status === 'suppressed' || isSevere(state)) return []
      return [{ ...one, confirmed_by: state.confirmed_by }]
    }),
  ]
  const gone = fixed.flatMap((finding) => {
    const state = findings[finding]
    return state !== undefined && isSevere(state) && state.status !== 'suppressed' ? [state] : []
  })
  return [
    { type: 'scanning.findings_counted', payload: { app, ...lists, beyond } },
    ...back.flatMap((one) => vulnerabilityIn(app, one)),
    ...gone.map(
      ({ finding, check }) => ({ type: 'scanning.vulnerability_closed', payload: { app, finding, check, because: 'fixed' } }) as const,
    ),
  ]
}

const isOpen = (outcome: string): boolean => outcome === 'fail' || outcome === 'review'

const counted = (check: string, { id, outcome, where, defect, cvss, says: sentence }: Judged['findings'][number]): FindingCounted => ({
  finding: id,
  check,
  outcome: outcome === 'fail' ? 'fail' : 'review',
  where: where.slice(0, LONGEST_PLACE).toWellFormed(),
  defect,
  score: cvss?.score ?? null,
  says: sentence,
})

type Weighed = Pick<FindingState, 'finding' | 'check' | 'outcome' | 'score' | 'confirmed_by'>

/** What a machine only suspects weighs nothing until a person has confirmed it. */
const isSevere = ({ outcome, score, confirmed_by }: Weighed): boolean =>
  (outcome === 'fail' || confirmed_by !== null) && score !== null && score >= SEVERE

const vulnerabilityIn = (app: string, one: Weighed): readonly FindingEvent[] =>
  isSevere(one) && one.score !== null
    ? [{ type: 'scanning.vulnerability_found', payload: { app, finding: one.finding, check: one.check, score: one.score } }]
    : []

/** The lives after an event. */
export function evolveFindings(findings: Findings, event: FindingEvent & { readonly at: Instant }): Findings {
  switch (event.type) {
    case 'scanning.findings_counted': {
      const after_it: { [finding: string]: FindingState } = { ...findings }
      const change = (ids: readonly Digest[], to: (state: FindingState) => Partial<FindingState>): void => {
        for (const id of ids) {
          const state = after_it[id]
          if (state !== undefined) after_it[id] = { ...state, ...to(state) }
        }
      }
      const { opened, changed, regressed, again, missed, returned, fixed } = event.payload
      for (const one of opened) after_it[one.finding] = { ...one, ...NEW, first_seen_at: event.at }
      for (const one of changed) {
        const state = after_it[one.finding]
        if (state !== undefined) after_it[one.finding] = { ...state, ...one, score: one.score ?? state.score }
      }
      for (const one of regressed) {
        const state = after_it[one.finding]
        if (state === undefined) continue
        const { first_seen_at, regressions } = state
        after_it[one.finding] = { ...one, ...NEW, status: 'confirmed', first_seen_at, regressions: regressions + 1 }
      }
      change(again, () => ({ status: 'confirmed' }))
      change(missed, () => ({ clean_since: event.at }))
      change(returned, () => ({ clean_since: null }))
      change(fixed, () => ({ status: 'fixed', fixed_at: event.at, dispute: null, suppression: null }))
      const over = Object.values(after_it)
        .filter(({ status }) => status === 'fixed')
        .toSorted((a, b) => ((a.fixed_at ?? '') > (b.fixed_at ?? '') ? -1 : 1))
        .slice(MOST_REMEMBERED)
      for (const { finding } of over) delete after_it[finding]
      return after_it
    }
    case 'scanning.vulnerability_found':
    case 'scanning.vulnerability_closed':
      return findings
    default: {
      const { finding } = event.payload
      const state = findings[finding]
      return state === undefined ? findings : { ...findings, [finding]: { ...state, ...acted(state, event) } }
    }
  }
}

const NEW = {
  status: 'new',
  clean_since: null,
  fixed_at: null,
  regressions: 0,
  confirmed_by: null,
  dispute: null,
  suppression: null,
} as const

type OfOne = Exclude<
  FindingEvent,
  { readonly type: 'scanning.findings_counted' | 'scanning.vulnerability_found' | 'scanning.vulnerability_closed' }
>

function acted(state: FindingState, event: OfOne & { readonly at: Instant }): Partial<FindingState> {
  switch (event.type) {
    case 'scanning.finding_confirmed':
      return { status: 'confirmed', dispute: null, confirmed_by: event.payload.reviewer, score: event.payload.score }
    case 'scanning.finding_disputed':
      return { status: 'disputed', dispute: { by: event.payload.by, at: event.at, evidence: event.payload.evidence } }
    case 'scanning.finding_suppressed': {
      const { reason_code, until, persons, evidence } = event.payload
      return { status: 'suppressed', dispute: null, suppression: { reason_code, until, persons, evidence } }
    }
    case 'scanning.suppression_ended':
      return { status: 'confirmed', suppression: null, dispute: state.dispute }
  }
}

/**
 * A check's answer with what people decided: what is set aside counts as seen and harmless, and what a person confirmed
 * counts as a failure. The findings of the report stay as the machine saw them.
 */
export function judgedWith(judged: Judged, findings: Findings, now: Instant): Pick<Judged, 'outcome' | 'reason' | 'blind' | 'says'> {
  const decided = judged.findings.map((one) => {
    const state = findings[one.id]
    if (state === undefined || !isOpen(one.outcome)) return one
    const { suppression } = state
    if (suppression !== null && suppression.until > now) {
      const { reason: _, blind: __, ...rest } = one
      return { ...rest, outcome: 'pass', says: says('scanning.set_aside', { day: dayOf(suppression.until) }), cvss: null } as const
    }
    return one.outcome === 'review' && state.confirmed_by !== null ? ({ ...one, outcome: 'fail' } as const) : one
  })
  return decided.every((one, place) => one === judged.findings[place]) ? judged : summaryOf(judged.check, decided)
}

/** A check's answer when a finding counts again: as bad as the finding, or as bad as it was. */
export function judgedAgain(
  answer: { readonly outcome: string },
  back: FindingState,
): { readonly outcome: 'fail' | 'review'; readonly says: Says } | null {
  const outcome = back.outcome === 'fail' || back.confirmed_by !== null ? 'fail' : 'review'
  const worse = outcome === 'fail' ? answer.outcome !== 'fail' : answer.outcome === 'pass' || answer.outcome === 'not_applicable'
  return worse ? { outcome, says: back.says } : null
}
