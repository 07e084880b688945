import { says, type Says } from '../kernel/says.ts'
import { DAY_MS, dayOf, ms, type Instant } from '../kernel/time.ts'
import type { Catalogue, MetWhen, RequirementInForce } from '../programmes/schema.ts'
import { badAllowed, neededSamples, stateOf, type Asked } from '../reliability/objective-rule.ts'
import { allOf, anyOf, firstOf, NOT_SUPPLIED, NOTHING_TO_DO, unknown, type Answer } from './answer.ts'
import { startOfDayIn } from '../programmes/policies.ts'
import { HEALTH_CHECK, sloKey, SUPPLIED, type Facts, type SloFact } from './facts.ts'
import { msAfter, momentAfter, spanOf, type Span } from './span.ts'

/**
 * Requirements as questions that are ready to be asked: spans and days read once for each catalogue, so that a simulated
 * year of a thousand apps parses nothing. A new kind of `met_when` is a case in `ask` and one in the schema, on purpose.
 */

/** A question to the facts at a moment. */
type Ask = (facts: Facts, now: Instant, now_ms: number) => Answer

/** A requirement that is ready to be judged. */
export type Rule = {
  readonly requirement: RequirementInForce
  readonly since_at: Instant
  readonly retired_at: Instant | null
  readonly asks: (facts: Facts) => boolean
  readonly ask: Ask
  /** Everything of an app's facts that the answer depends on; the rest may change without another look. */
  readonly reads: readonly Read[]
  /** What a partner does to meet it, in the catalogue's words. */
  readonly how: Says
}

/** A place in an app's facts: a whole member, or one entry of it. */
export type Read = { readonly member: keyof Facts; readonly key: string | null }

/** What stands at a place in the facts. */
export function readIn(facts: Facts, { member, key }: Read): unknown {
  const whole: unknown = facts[member]
  // The guarantee of the cast: places with a key are written below for the members that are maps.
  return key === null || whole === undefined ? whole : (whole as { readonly [key: string]: unknown })[key]
}

const RULES = new WeakMap<Catalogue, readonly Rule[]>()

/** The rules of a catalogue, in its order. */
export function rulesOf(catalogue: Catalogue): readonly Rule[] {
  const known = RULES.get(catalogue)
  if (known !== undefined) return known
  const rules = catalogue.requirements.map((requirement) => ruleOf(catalogue, requirement))
  RULES.set(catalogue, rules)
  return rules
}

/** Which rules, by their place, read which part of the facts. */
type Readers = readonly (readonly [keyof Facts, readonly { readonly read: Read; readonly place: number }[]])[]

const READERS = new WeakMap<Catalogue, Readers>()

/** The rules of a catalogue by what they read, so that a change is looked for only where something changed. */
export function readersOf(catalogue: Catalogue): Readers {
  const known = READERS.get(catalogue)
  if (known !== undefined) return known
  const reads = rulesOf(catalogue).flatMap((rule, place) => rule.reads.map((read) => ({ read, place })))
  const readers = [...Map.groupBy(reads, ({ read }) => read.member)]
  READERS.set(catalogue, readers)
  return readers
}

/** What the questions of one requirement share. */
type Context = { readonly requirement: RequirementInForce; readonly catalogue: Catalogue; readonly how: Says }

function ruleOf(catalogue: Catalogue, requirement: RequirementInForce): Rule {
  const { platforms, hosting } = requirement.applies_to ?? {}
  const how = says('standing.meet', { how: requirement.how_to_meet })
  return {
    requirement,
    since_at: startOfDayIn(catalogue, requirement.since),
    retired_at: requirement.retired === undefined ? null : startOfDayIn(catalogue, requirement.retired),
    asks: (facts) =>
      (platforms === undefined || platforms.includes(facts.platform)) && (hosting === undefined || hosting.includes(facts.hosting)),
    ask: heardOf(
      requirement.id,
      requirement.met_when === undefined ? () => NO_METHOD : ask(requirement.met_when, { requirement, catalogue, how }),
      how,
    ),
    reads: [
      { member: 'platform', key: null },
      { member: 'hosting', key: null },
      { member: 'waivers', key: requirement.id },
      { member: 'concerns', key: requirement.id },
      ...(requirement.met_when === undefined ? [] : readsOf(requirement.met_when, requirement.id)),
    ],
    how,
  }
}

function readsOf(met_when: MetWhen, id: string): readonly Read[] {
  if ('check' in met_when) return [{ member: 'checks', key: met_when.check }]
  if ('slo' in met_when) {
    return [
      { member: 'slos', key: keyOf(met_when.slo) },
      { member: 'endpoints', key: keyOf(met_when.slo) },
      { member: 'records', key: HEALTH_CHECK },
      { member: 'consent', key: null },
      { member: 'registered_at', key: null },
    ]
  }
  if ('clocks' in met_when) return [{ member: 'overdue', key: met_when.clocks.policy }]
  if ('form' in met_when) return [{ member: 'forms', key: met_when.form.form }]
  if ('record' in met_when) return [{ member: 'records', key: met_when.record.kind }]
  if ('attestation' in met_when) {
    return [
      { member: 'attestations', key: id },
      { member: 'offered', key: id },
    ]
  }
  if ('unpublished' in met_when) return []
  const parts = 'all_of' in met_when ? met_when.all_of : 'any_of' in met_when ? met_when.any_of : met_when.first_of
  return parts.flatMap((part) => readsOf(part, id))
}

/**
 * A requirement about which a concern was upheld is not met until that is put right, whatever its own method sees. While the
 * partner says that it is and waits for the operator's look, the waiting is the operator's: nobody's days pass.
 */
const heardOf =
  (id: string, own: Ask, how: Says): Ask =>
  (facts, now, now_ms) => {
    const answer = own(facts, now, now_ms)
    const concerns = Object.values(facts.concerns?.[id] ?? {})
    if (concerns.length === 0 || answer.word === 'unmet') return answer
    const evidence = concerns.flatMap((one) => one.evidence)
    const [first = now] = concerns.map(({ since }) => since).sort()
    const params = { count: concerns.length, day: dayOf(first) }
    if (concerns.some(({ state }) => state === 'open')) {
      const sentence = says('standing.concern_upheld', params)
      return {
        word: 'unmet',
        says: sentence,
        change: says('standing.put_right', { how: textOf(how) }),
        reason: CONCERN,
        blind: null,
        due_at: null,
        evidence,
        observed_at: first,
        since: first,
      }
    }
    // What the partner itself keeps from being seen stays the partner's doing.
    if (answer.blind === 'theirs') return answer
    return unknown(CONCERN, 'ours', says('standing.concern_claimed', params), OPERATOR_LOOKS, {
      evidence,
      since: first,
      observed_at: first,
    })
  }

/** The reason where an upheld concern decides. */
const CONCERN = 'concern'

const NO_METHOD = unknown('no_method', 'ours', says('standing.no_method'), says('standing.operator_decides'))

function ask(met_when: MetWhen, context: Context): Ask {
  if ('check' in met_when) return askCheck(met_when, context)
  if ('slo' in met_when) return askSlo(met_when.slo, context)
  if ('clocks' in met_when) return askClocks(met_when.clocks, context)
  if ('form' in met_when) return askForm(met_when.form, context)
  if ('record' in met_when) return askRecord(met_when.record, context)
  if ('attestation' in met_when) return askAttestation(context)
  if ('unpublished' in met_when) {
    const answer = unknown(
      'not_published',
      null,
      says('standing.not_published', { what: met_when.unpublished }),
      says('standing.nobody_can'),
    )
    return () => answer
  }
  if ('all_of' in met_when) {
    const parts = met_when.all_of.map((part) => ask(part, context))
    return (facts, now, now_ms) => allOf(parts.map((part) => part(facts, now, now_ms)))
  }
  if ('first_of' in met_when) {
    const parts = met_when.first_of.map((part) => ask(part, context))
    return (facts, now, now_ms) => firstOf(parts.map((part) => part(facts, now, now_ms)))
  }
  const parts = met_when.any_of.map((part) => ask(part, context))
  return (facts, now, now_ms) => anyOf(parts.map((part) => part(facts, now, now_ms)))
}

function askCheck(asked: Extract<MetWhen, { readonly check: string }>, { how }: Context): Ask {
  const fresh_for = asked.fresh_for === undefined ? null : spanOf(asked.fresh_for)
  return (facts, _, now_ms) => {
    const fact = facts.checks[asked.check]
    if (fact === undefined) return NOT_LOOKED
    const { evidence, observed_at, since, outcome, blind, says: sentence } = fact
    const stale_ms = fresh_for === null ? null : msAfter(ms(observed_at), fresh_for)
    if (stale_ms !== null && now_ms >= stale_ms) {
      // An old answer of any kind is none. It is ours: a scan that the partner keeps from looking says so itself.
      return unknown('stale', 'ours', stale(observed_at, asked.fresh_for), OPERATOR_LOOKS, {
        evidence,
        observed_at: outcome === 'pass' || outcome === 'fail' ? observed_at : null,
      })
    }
    const due_at = fresh_for === null ? null : momentAfter(ms(observed_at), fresh_for)
    switch (outcome) {
      case 'pass':
        return { word: 'met', says: sentence, change: keepFresh(due_at), reason: null, blind, due_at, evidence, observed_at, since }
      case 'fail':
        return { word: 'unmet', says: sentence, change: how, reason: null, blind, due_at, evidence, observed_at, since }
      case 'not_applicable':
        return {
          word: 'not_applicable',
          says: sentence,
          change: NOTHING_TO_DO,
          reason: null,
          blind: null,
          due_at,
          evidence,
          observed_at,
          since,
        }
      case 'review':
        return unknown('review', 'ours', sentence, OPERATOR_DECIDES, { evidence, due_at, since })
      case 'inconclusive': {
        const change =
          fact.reason === 'no_consent'
            ? GIVE_CONSENT
            : fact.blind === 'theirs'
              ? says('standing.let_in', { how: textOf(how) })
              : OPERATOR_LOOKS
        return unknown(fact.reason ?? 'error', fact.blind ?? 'ours', sentence, change, { evidence, due_at, since })
      }
    }
  }
}

const NOT_LOOKED = unknown('not_looked', 'ours', says('standing.not_looked'), says('standing.operator_looks'))
const OPERATOR_LOOKS = says('standing.operator_looks')
const OPERATOR_DECIDES = says('standing.operator_decides')
const GIVE_CONSENT = says('standing.give_consent')

const keepFresh = (due_at: Instant | null): Says =>
  due_at === null ? NOTHING_TO_DO : says('standing.keep_fresh', { until: dayOf(due_at) })
const stale = (seen_at: Instant, fresh_for: string | undefined): Says =>
  says('standing.stale', { day: dayOf(seen_at), fresh_for: fresh_for ?? '' })
const textOf = (how: Says): string => String(how.params['how'])

type Slo = Extract<MetWhen, { readonly slo: unknown }>['slo']

const keyOf = (slo: Slo): string => sloKey(slo.indicator, slo.window, slo.good_when_at_most ?? null)

/** Counts are told once a day at least; when a whole day was missed nobody counts any more. */
export const SILENT_AFTER_MS = 2 * DAY_MS

function askSlo(slo: Slo, { requirement, how }: Context): Ask {
  const key = keyOf(slo)
  const asked: Asked = { target: slo.target, coverage: slo.coverage, minimum_events: slo.minimum_events ?? null }
  const window = spanOf(slo.window)
  const target = percent(slo.target)
  const { indicator } = slo
  // What our own probes measure needs an address to ask and the consent to ask it; everything else is sent in.
  const probed = requirement.verified_by === 'probe'
  const whose = (facts: Facts): Answer | null => {
    if (!probed) return null
    if (facts.records[HEALTH_CHECK] === undefined)
      return unknown(NOT_SUPPLIED, 'theirs', says('standing.health_path_missing', { indicator }), supply(how))
    if (!facts.consent) return unknown('no_consent', 'theirs', says('standing.no_consent'), GIVE_CONSENT)
    return null
  }
  const taken = slo.reported_by ?? ['operator']
  const askOf = (facts: Facts, fact: SloFact | undefined, now_ms: number): Answer => {
    // A rule that has stopped taking a partner's word has nothing until somebody else counts.
    if (fact === undefined || (fact.reported_by !== undefined && !taken.includes(fact.reported_by))) {
      const theirs = whose(facts)
      if (theirs !== null) return theirs
      return probed
        ? filling(slo.window, wholeDays(msAfter(0, window) * slo.coverage))
        : unknown(NOT_SUPPLIED, null, says('standing.slo_nothing', { indicator }), supply(how))
    }
    const { good, total, expected, evidence } = fact
    if (now_ms - ms(fact.to) >= SILENT_AFTER_MS) {
      const theirs = whose(facts)
      const observed_at = total === 0 ? null : fact.to
      if (theirs !== null) return { ...theirs, evidence, observed_at }
      if (fact.reported_by === 'partner') {
        // Whoever sends figures in and stops has gone silent: no outage of ours.
        const silent = says('standing.slo_silent_reported', { indicator, day: dayOf(fact.to) })
        return unknown('not_sent', 'theirs', silent, supply(how), { evidence, observed_at })
      }
      const sentence = says('standing.slo_silent', { indicator, day: dayOf(fact.to) })
      return unknown('not_counted', 'ours', sentence, OPERATOR_LOOKS, { evidence, observed_at })
    }
    const seen = { reason: null, blind: null, due_at: null, evidence, observed_at: fact.to, since: null }
    const word = (code: string): string => (fact.reported_by === 'partner' ? `${code}_reported` : code)
    switch (stateOf(fact, asked)) {
      case 'held':
        return {
          word: 'met',
          says: says(word('standing.slo_held'), { good, total, indicator, window: slo.window, target }),
          change: NOTHING_TO_DO,
          ...seen,
        }
      case 'lost': {
        const samples = expected ?? total
        const params = {
          bad: total - good,
          expected: samples,
          indicator,
          window: slo.window,
          target,
          allowed: badAllowed(samples, slo.target),
        }
        return { word: 'unmet', says: says(word('standing.slo_lost'), params), change: how, ...seen }
      }
      case 'unknown': {
        const theirs = whose(facts)
        return theirs === null ? tooFew(fact, facts, slo, asked, window) : { ...theirs, evidence }
      }
    }
  }
  return (facts, _, now_ms) => {
    const own = slo.endpoints === 'together' ? [] : Object.entries(facts.endpoints?.[key] ?? {})
    if (own.length === 0) return askOf(facts, facts.slos[key], now_ms)
    return worstOf(own.map(([endpoint, fact]) => ({ endpoint, share: shareOf(fact), answer: askOf(facts, fact, now_ms) })))
  }
}

/** What is said of one endpoint; `share` is the part of its samples that was good. */
type AtEndpoint = { readonly endpoint: string; readonly share: number; readonly answer: Answer }

const shareOf = ({ good, total }: SloFact): number => (total === 0 ? 0 : good / total)

/** An app is as good as its worst endpoint: one that lost the objective decides, then one that nobody can say of, then the lowest of those that hold. */
function worstOf(endpoints: readonly AtEndpoint[]): Answer {
  const deciding = allOf(endpoints.map(({ answer }) => answer)).word
  const those = endpoints.filter(({ answer }) => answer.word === deciding)
  const theirs = those.filter(({ answer }) => answer.blind === 'theirs')
  const worst = (theirs.length > 0 ? theirs : those).reduce((least, one) => (one.share < least.share ? one : least))
  const { endpoint, answer } = worst
  const code = AT_ENDPOINT[answer.says.code]
  // What is wrong with the app itself is said as it is everywhere.
  if (code === undefined) return answer
  const also = those.length - 1
  const said =
    deciding === 'unmet' && also > 0
      ? says(`${code}_also`, { ...answer.says.params, endpoint, also })
      : says(code, { ...answer.says.params, endpoint })
  return { ...answer, says: said, evidence: [...new Set(those.flatMap((one) => one.answer.evidence))] }
}

/** Sentences that name the endpoint they are about. */
const AT_ENDPOINT: { readonly [code: string]: string | undefined } = {
  'standing.slo_held': 'standing.slo_held_at',
  'standing.slo_lost': 'standing.slo_lost_at',
  'standing.slo_filling': 'standing.slo_filling_at',
  'standing.slo_gap': 'standing.slo_gap_at',
  'standing.slo_too_few': 'standing.slo_too_few_at',
  'standing.slo_silent': 'standing.slo_silent_at',
}

/** Not lost, and not enough seen to be held. */
function tooFew(fact: SloFact, facts: Facts, slo: Slo, asked: Asked, window: Span): Answer {
  const { total, expected, evidence } = fact
  const { indicator } = slo
  const needed = neededSamples(expected, asked)
  if (expected === null) {
    const sentence = says('standing.slo_too_few', { total, indicator, window: slo.window, needed })
    return unknown('too_few_events', null, sentence, NOTHING_TO_DO, { evidence })
  }
  if ((fact.counted_since ?? facts.registered_at) > fact.from) {
    const sample_ms = msAfter(0, window) / expected
    return { ...filling(slo.window, wholeDays((needed - total) * sample_ms)), evidence }
  }
  const sentence = says('standing.slo_gap', { expected, indicator, window: slo.window, total, needed })
  return unknown('gap', 'ours', sentence, OPERATOR_LOOKS, { evidence })
}

const filling = (window: string, days: number): Answer =>
  unknown('window_filling', null, says('standing.slo_filling', { window, days }), says('standing.wait_days', { days }))

/** Days that a partner has to wait at least: a started one counts, and there is always one. */
const wholeDays = (milliseconds: number): number => Math.max(1, Math.ceil(milliseconds / DAY_MS))

const supply = (how: Says): Says => says('standing.supply', { how: textOf(how) })

/** A share as people write it: 0.999 is 99.9. */
const percent = (share: number): number => Number((share * 100).toFixed(7))

function askClocks(clocks: Extract<MetWhen, { readonly clocks: unknown }>['clocks'], { how }: Context): Ask {
  const allowed = clocks.overdue_at_most
  return (facts) => {
    const overdue = facts.overdue[clocks.policy]
    const seen = { reason: null, blind: null, due_at: null, evidence: [], observed_at: null, since: null }
    // No deadline has ever begun, so there is nothing that could have been kept or missed.
    if (overdue === undefined) return { word: 'not_applicable', says: says('standing.clocks_none'), change: NOTHING_TO_DO, ...seen }
    return overdue > allowed
      ? { word: 'unmet', says: says('standing.clocks_overdue', { overdue, allowed }), change: how, ...seen }
      : { word: 'met', says: says('standing.clocks_kept', { overdue, allowed }), change: NOTHING_TO_DO, ...seen }
  }
}

function askForm(form: Extract<MetWhen, { readonly form: unknown }>['form'], { catalogue, how }: Context): Ask {
  // A form may say itself how long its answers hold.
  const fresh_text = form.fresh_for ?? catalogue.forms.findLast((one) => one.id === form.form)?.valid_for
  const fresh_for = fresh_text === undefined ? null : spanOf(fresh_text)
  return (facts, now) => {
    const fact = facts.forms[form.form]
    if (fact === undefined || fact.published_at === null)
      return unknown(NOT_SUPPLIED, 'theirs', says('standing.form_missing', { form: form.form }), supply(how))
    const { evidence, published_at } = fact
    const due_at = fresh_for === null ? null : momentAfter(ms(published_at), fresh_for)
    if (due_at !== null && now >= due_at)
      return unknown('stale', 'theirs', stale(published_at, fresh_text), how, { evidence, observed_at: published_at })
    const seen = { reason: null, blind: null, due_at, evidence, observed_at: published_at, since: published_at }
    const filled = percent(fact.complete)
    if (fact.complete < form.complete) {
      const params = { form: form.form, percent: Math.floor(filled), asked: percent(form.complete) }
      return { word: 'unmet', says: says('standing.form_incomplete', params), change: how, ...seen }
    }
    const sentence = says('standing.form_filled', { form: form.form, day: dayOf(published_at), percent: Math.floor(filled) })
    return { word: 'met', says: sentence, change: keepFresh(due_at), ...seen }
  }
}

function askRecord(record: Extract<MetWhen, { readonly record: unknown }>['record'], { how }: Context): Ask {
  const { kind, states } = record
  const fresh_for = record.fresh_for === undefined ? null : spanOf(record.fresh_for)
  return (facts, now) => {
    const fact = facts.records[kind]
    // Records are entered by the operator's people, so a missing one is not held against the partner.
    if (fact === undefined) return unknown(NOT_SUPPLIED, null, says('standing.record_missing', { kind }), supply(how))
    const { state, confirmed_at, evidence } = fact
    const due_at = fresh_for === null ? null : momentAfter(ms(confirmed_at), fresh_for)
    if (due_at !== null && now >= due_at)
      return unknown('stale', 'ours', stale(confirmed_at, record.fresh_for), OPERATOR_LOOKS, { evidence, observed_at: confirmed_at })
    const sentence = says('standing.record_is', { kind, state, day: dayOf(confirmed_at) })
    // Brought, and not confirmed yet: the operator's turn.
    if (state === SUPPLIED && !states.includes(state)) return unknown('review', 'ours', sentence, OPERATOR_DECIDES, { evidence, due_at })
    const seen = { says: sentence, reason: null, blind: null, due_at, evidence, observed_at: confirmed_at, since: confirmed_at }
    return states.includes(state) ? { word: 'met', change: keepFresh(due_at), ...seen } : { word: 'unmet', change: how, ...seen }
  }
}

function askAttestation({ requirement, how }: Context): Ask {
  return (facts, now) => {
    const fact = facts.attestations[requirement.id]
    if (fact?.accepted === true && now < fact.expires_at) {
      const { evidence, expires_at, reviewed_at } = fact
      const until = dayOf(expires_at)
      return {
        word: 'met',
        says: says('standing.attested', { day: dayOf(reviewed_at), until }),
        change: says('standing.renew_by', { until }),
        reason: null,
        blind: null,
        due_at: expires_at,
        evidence,
        observed_at: reviewed_at,
        since: reviewed_at,
      }
    }
    // Brought, and not reviewed yet: the operator's turn.
    const offer = facts.offered?.[requirement.id]
    if (offer !== undefined) {
      const { evidence, offered_at } = offer
      return unknown('review', 'ours', says('standing.attestation_offered', { day: dayOf(offered_at) }), OPERATOR_DECIDES, { evidence })
    }
    if (fact === undefined) return unknown(NOT_SUPPLIED, 'theirs', says('standing.attestation_missing'), supply(how))
    const { evidence, expires_at, reviewed_at } = fact
    if (fact.accepted) {
      const sentence = says('standing.attestation_over', { day: dayOf(expires_at) })
      return unknown('expired', 'theirs', sentence, how, { evidence, observed_at: reviewed_at })
    }
    const taken_back = says('standing.attestation_withdrawn')
    const seen = { reason: null, blind: null, due_at: null, evidence, observed_at: reviewed_at, since: reviewed_at }
    return { word: 'unmet', says: taken_back, change: how, ...seen }
  }
}
