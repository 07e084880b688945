import { says } from '../kernel/says.ts'
import { dayOf, instant, ms, type Instant } from '../kernel/time.ts'
import type { Catalogue } from '../programmes/schema.ts'
import { NOT_SUPPLIED, NOTHING_TO_DO, type Answer } from './answer.ts'
import { enforcementIn } from '../programmes/policies.ts'
import type { Facts, SloFact, WaiverFact } from './facts.ts'
import { readersOf, readIn, rulesOf, SILENT_AFTER_MS, type Read, type Rule } from './rules.ts'
import { momentAfter, spanOf } from './span.ts'
import { saysTheSame, type Verdict } from './verdict.ts'

/**
 * Every requirement, what is known and the date: one verdict each. Pure; the same facts at the same moment after the same
 * verdicts give the same answer on every machine.
 *
 * `previous` are the verdicts that stood before, from which `since` and the patience with silence are counted on. A verdict
 * that did not change at all is the very object that was given.
 */
export function judge(catalogue: Catalogue, facts: Facts, now: Instant, previous: readonly Verdict[] = []): readonly Verdict[] {
  return judgeByRulesOf(catalogue, facts, now, now, previous)
}

/** How a look at an app came out, by what, and for how long that stays so. Lists stand in the order of the rules. */
type Look = {
  readonly rules: readonly Rule[]
  readonly withheld: string | null
  readonly facts: Facts
  readonly previous: readonly Verdict[]
  readonly from: Instant
  readonly verdicts: readonly Verdict[]
  /** When each may change although its facts do not; null for never. */
  readonly untils: readonly (Instant | null)[]
  readonly until: Instant | null
}

/**
 * Looks by the verdicts that stood before them, so that the thousandth look asks only the rules that read what has changed.
 * It changes no answer: what an answer came from is compared by identity, and a deadline that has come asks anew.
 */
const LOOKS = new WeakMap<readonly Verdict[] | Verdict, Look>()

/** As `judge`, with the rules that will stand at another moment: for telling beforehand what a coming rule changes. */
export function judgeByRulesOf(
  catalogue: Catalogue,
  facts: Facts,
  now: Instant,
  rules_at: Instant,
  previous: readonly Verdict[] = [],
): readonly Verdict[] {
  const rules = rulesOf(catalogue)
  const now_ms = ms(now)
  const withheld = enforcementIn(catalogue, rules_at)?.withheld_becomes_unmet_after ?? null
  const verdictOn = (rule: Rule, before: Verdict | undefined): Verdict => {
    const fresh = verdictOf(rule, facts, now, now_ms, rules_at, withheld, before)
    return before !== undefined && equal(before, fresh) ? before : fresh
  }
  if (rules_at !== now) return rules.map((rule, place) => verdictOn(rule, beforeOf(rule, place, previous)))

  const last = lastLook(previous)
  const held = last !== null && last.rules === rules && last.withheld === withheld && now >= last.from ? last : null
  const verdicts: Verdict[] = [...(held?.verdicts ?? [])]
  const untils: (Instant | null)[] = [...(held?.untils ?? [])]
  for (const place of held === null ? rules.keys() : placesToAsk(catalogue, held, facts, previous, now)) {
    const rule = rules[place]
    if (rule === undefined) continue
    const before = beforeOf(rule, place, previous)
    const verdict = verdictOn(rule, before)
    verdicts[place] = verdict
    // A waiver hides deadlines behind its own, and a verdict that is new has its `since` from this very moment: asked at every look.
    untils[place] = verdict.verdict === 'waived' || verdict.since !== before?.since ? now : changesAt(verdict, rule, facts, now, now_ms)
  }
  const until = untils.reduce<Instant | null>(earliest, null)
  keepLook({ rules, withheld, facts, previous, from: now, verdicts, untils, until })
  return verdicts
}

/** Of a list in which few verdicts are new, the look is found by one that is not. */
function lastLook(previous: readonly Verdict[]): Look | null {
  const look = LOOKS.get(previous)
  if (look !== undefined) return look
  for (const verdict of marksOf(previous)) {
    const found = LOOKS.get(verdict)
    if (found !== undefined) return found
  }
  return null
}

function keepLook(look: Look): void {
  LOOKS.set(look.previous, look)
  for (const verdict of marksOf(look.previous)) LOOKS.set(verdict, look)
}

const marksOf = (verdicts: readonly Verdict[]): readonly Verdict[] =>
  [0, 1 / 4, 1 / 2, 3 / 4].flatMap((share) => verdicts[Math.floor(verdicts.length * share)] ?? [])

/** Verdicts stand in the order of their catalogue; those of another version are looked up. */
function beforeOf({ requirement: { id } }: Rule, place: number, previous: readonly Verdict[]): Verdict | undefined {
  const at_place = previous[place]
  return at_place?.requirement === id ? at_place : previous.find((verdict) => verdict.requirement === id)
}

/** The rules that may answer otherwise than at the last look. */
function placesToAsk(catalogue: Catalogue, last: Look, facts: Facts, previous: readonly Verdict[], now: Instant): Iterable<number> {
  const places = new Set<number>()
  if (last.until !== null && now >= last.until) {
    for (const [place, until] of last.untils.entries()) if (until !== null && now >= until) places.add(place)
  }
  if (previous !== last.previous) {
    for (const [place, { requirement }] of last.rules.entries()) {
      const before = previous[place]
      if (before?.requirement !== requirement.id || before !== last.previous[place]) places.add(place)
    }
  }
  if (facts === last.facts) return places
  for (const [member, readers] of readersOf(catalogue)) {
    if (facts[member] === last.facts[member]) continue
    for (const { read, place } of readers) if (readIn(facts, read) !== readIn(last.facts, read)) places.add(place)
  }
  return places
}

/** When a verdict may be another although its facts are the same; null for never. */
function changesAt(verdict: Verdict, rule: Rule, facts: Facts, now: Instant, now_ms: number): Instant | null {
  let until = verdict.due_at
  if (rule.retired_at !== null && rule.retired_at > now) until = earliest(until, rule.retired_at)
  for (const read of rule.reads) {
    // Counts fall silent without a deadline of their own.
    for (const { to } of countsIn(facts, read)) {
      const silent_ms = ms(to) + SILENT_AFTER_MS
      if (silent_ms > now_ms) until = earliest(until, instant(silent_ms))
    }
  }
  return until
}

/** The counts that stand at a place in the facts. */
function countsIn(facts: Facts, { member, key }: Read): readonly SloFact[] {
  if (key === null) return []
  if (member === 'endpoints') return Object.values(facts.endpoints?.[key] ?? {})
  const whole = member === 'slos' ? facts.slos[key] : undefined
  return whole === undefined ? [] : [whole]
}

const earliest = (a: Instant | null, b: Instant | null): Instant | null => (a === null || (b !== null && b < a) ? b : a)

function verdictOf(
  rule: Rule,
  facts: Facts,
  now: Instant,
  now_ms: number,
  rules_at: Instant,
  withheld: string | null,
  before: Verdict | undefined,
): Verdict {
  if (rule.retired_at !== null && rule.retired_at <= rules_at) {
    return byDate(rule, 'retired', now, before, says('standing.retired', { day: rule.requirement.retired ?? '' }))
  }
  if (rule.since_at > rules_at) {
    return {
      ...byDate(rule, 'upcoming', now, before, says('standing.upcoming', { day: rule.requirement.since })),
      change: says('standing.meet_by', { until: rule.requirement.since, how: rule.requirement.how_to_meet }),
      due_at: rule.since_at,
    }
  }
  if (!rule.asks(facts)) return byDate(rule, 'not_applicable', now, before, says('standing.out_of_scope'))
  const answer = withPatience(rule.ask(facts, now, now_ms), now, withheld, before, rule)
  const waiver = facts.waivers[rule.requirement.id]
  if (waiver !== undefined && waiver.until > now && answer.word !== 'met' && answer.word !== 'not_applicable') {
    return waived(rule, waiver, answer, now, before)
  }
  return {
    requirement: rule.requirement.id,
    verdict: answer.word,
    says: answer.says,
    change: answer.change,
    reason: answer.reason,
    blind: answer.blind,
    since: sinceOf(
      answer.word,
      answer.blind,
      before,
      before === undefined && answer.since !== null && answer.since < now ? answer.since : now,
    ),
    due_at: answer.due_at,
    evidence: answer.evidence,
    // What cannot be seen now was last seen when it was: age is what a badge goes by when nobody can look.
    observed_at: answer.observed_at ?? before?.observed_at ?? null,
  }
}

/** Verdicts that follow from the date or from what the app is, whatever was observed. */
function byDate(rule: Rule, verdict: Verdict['verdict'], now: Instant, before: Verdict | undefined, sentence: Verdict['says']): Verdict {
  return {
    requirement: rule.requirement.id,
    verdict,
    says: sentence,
    change: NOTHING_TO_DO,
    reason: null,
    blind: null,
    since: sinceOf(verdict, null, before, now),
    due_at: null,
    evidence: [],
    observed_at: null,
  }
}

function waived(rule: Rule, waiver: WaiverFact, answer: Answer, now: Instant, before: Verdict | undefined): Verdict {
  const until = dayOf(waiver.until)
  return {
    ...byDate(rule, 'waived', now, before, says('standing.waived', { until })),
    change: says('standing.meet_by', { until, how: rule.requirement.how_to_meet }),
    reason: waiver.reason_code,
    due_at: waiver.until,
    evidence: waiver.evidence,
    observed_at: answer.observed_at ?? before?.observed_at ?? null,
  }
}

/**
 * Silence that is the partner's doing is borne for a while and then counts as unmet: going dark is no way out. Once it has
 * counted so, more silence does not undo it.
 */
function withPatience(answer: Answer, now: Instant, withheld: string | null, before: Verdict | undefined, rule: Rule): Answer {
  if (withheld === null || answer.word !== 'unknown' || answer.blind !== 'theirs') return answer
  // What was never brought is not held back. What was there once and is gone, is.
  if (answer.reason === NOT_SUPPLIED && (before?.observed_at ?? null) === null) return answer
  const silent_since = before?.verdict === 'unknown' && before.blind === 'theirs' ? before.since : now
  const unmet_at = momentAfter(ms(silent_since), spanOf(withheld))
  if (unmet_at > now && !(before?.verdict === 'unmet' && before.reason === WITHHELD)) {
    // Counted from when it was first judged so, not from when the fact began: nobody was told before.
    return { ...answer, since: now, due_at: answer.due_at !== null && answer.due_at < unmet_at ? answer.due_at : unmet_at }
  }
  return {
    ...answer,
    word: 'unmet',
    says: says('standing.withheld', { allowed: withheld }),
    change: answer.change.code === 'standing.operator_looks' ? rule.how : answer.change,
    reason: WITHHELD,
    blind: null,
    since: now,
  }
}

/** The reason of `unmet` when nothing was seen for too long, by the partner's doing. */
export const WITHHELD = 'withheld'

/** A verdict stands since its word does; of `unknown`, since it has been the same side's doing. */
const sinceOf = (word: Verdict['verdict'], blind: Verdict['blind'], before: Verdict | undefined, otherwise: Instant): Instant =>
  before !== undefined && before.verdict === word && (word !== 'unknown' || before.blind === blind) ? before.since : otherwise

/** The same in everything, so that the old object can stand for the new one. */
const equal = (a: Verdict, b: Verdict): boolean =>
  saysTheSame(a, b) &&
  a.since === b.since &&
  a.due_at === b.due_at &&
  a.observed_at === b.observed_at &&
  sameSays(a.says, b.says) &&
  sameSays(a.change, b.change) &&
  a.evidence.length === b.evidence.length &&
  a.evidence.every((digest, place) => digest === b.evidence[place])

function sameSays(a: Verdict['says'], b: Verdict['says']): boolean {
  if (a === b) return true
  if (a.code !== b.code) return false
  const names = Object.keys(a.params)
  return names.length === Object.keys(b.params).length && names.every((name) => a.params[name] === b.params[name])
}
