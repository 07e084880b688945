import type { DirectoryEvent } from '../directory/events.ts'
import type { Digest } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import type { Outcome } from '../kernel/says.ts'
import type { Instant } from '../kernel/time.ts'
import type { AssessmentEvent } from '../assessments/events.ts'
import type { ConcernEvent } from '../concerns/events.ts'
import type { DayClosedEvent, EndpointEvent, ReliabilityEvent } from '../reliability/events.ts'
import type { JourneyEvent } from '../journeys/events.ts'
import type { ReviewEvent } from '../reviews/events.ts'
import type { ScanningEvent } from '../scanning/record.ts'
import type { StandingEvent } from './events.ts'
import {
  ALERT_MAILBOX,
  HEALTH_CHECK,
  sloKey,
  SUPPLIED,
  SYNTHETIC_TESTS,
  type CheckFact,
  type ConcernFact,
  type Facts,
  type RecordFact,
  type SloFact,
} from './facts.ts'

/** Name of the view; key is the app. */
export const FACTS = 'standing.facts'

/** What is heard here, by the types of the slices that tell it. */
type Heard =
  | DirectoryEvent
  | ScanningEvent
  | ReliabilityEvent
  | EndpointEvent
  | DayClosedEvent
  | Extract<JourneyEvent, { readonly type: 'journeys.counted' }>
  | AssessmentEvent
  | ReviewEvent
  | ConcernEvent
  | StandingEvent

/** Everything that is known of an app, for the judge. */
export const factsView: View<Facts | null> = {
  name: FACTS,
  version: 3,
  listens: [
    'directory.app_registered',
    'directory.descriptor_read',
    'directory.details_supplied',
    'directory.domain_proven',
    'directory.consent_withdrawn',
    'directory.record_confirmed',
    'scanning.check_judged',
    'scanning.scan_finished',
    'reliability.objective_lost',
    'reliability.objective_regained',
    'reliability.window_counted',
    'reliability.endpoint_left',
    'reliability.day_closed',
    'journeys.counted',
    'assessments.form_published',
    'assessments.form_approved',
    'assessments.form_lapsed',
    'assessments.contradiction_told',
    'assessments.explanation_refused',
    'assessments.document_confirmed',
    'assessments.document_refused',
    'assessments.document_lost',
    'assessments.attestation_offered',
    'assessments.attestation_accepted',
    'assessments.attestation_declined',
    'assessments.attestation_withdrawn',
    'reviews.annual_review_planned',
    'reviews.annual_review_missed',
    'reviews.annual_review_closed',
    'reviews.annual_review_dropped',
    'reviews.overdue_counted',
    'concerns.decided',
    'concerns.remedy_claimed',
    'concerns.remedy_refused',
    'concerns.remedied',
    'concerns.set_aside',
    'standing.waiver_granted',
    'standing.waiver_ended',
  ],
  // The guarantee of the cast: all events that this view listens to carry their app.
  keys: (event) => [(event.payload as { readonly app: string }).app],
  initial: null,
  fold(facts, recorded) {
    const event = recorded as unknown as Heard
    const { at } = recorded
    if (event.type === 'directory.app_registered') {
      const { app, platform, hosting } = event.payload
      const nothing = { checks: {}, slos: {}, forms: {}, records: {}, attestations: {}, waivers: {}, overdue: {} }
      return { app, platform, hosting, registered_at: at, consent: false, ...nothing }
    }
    if (facts === null) return null
    switch (event.type) {
      case 'directory.descriptor_read': {
        const { platform, hosting } = event.payload
        return platform === facts.platform && hosting === facts.hosting ? facts : { ...facts, platform, hosting }
      }
      case 'directory.details_supplied':
        return { ...facts, records: withDetails(facts.records, event.payload, at) }
      case 'directory.domain_proven':
        return { ...facts, consent: true }
      case 'directory.consent_withdrawn':
        return { ...facts, consent: false }
      case 'directory.record_confirmed': {
        const { kind, state, evidence } = event.payload
        return { ...facts, records: { ...facts.records, [kind]: { kind, state, confirmed_at: at, evidence } } }
      }
      case 'scanning.check_judged': {
        const { check, outcome, reason, blind, says, evidence } = event.payload
        const before = facts.checks[check]
        const since = before?.outcome === outcome ? before.since : at
        const fact: CheckFact = { check, outcome, reason, blind, says, observed_at: at, since, evidence }
        return { ...facts, checks: { ...facts.checks, [check]: fact } }
      }
      case 'scanning.scan_finished':
        return { ...facts, checks: seenAgain(facts.checks, event.payload.checks, event.payload.observed_at, event.payload.evidence) }
      case 'reliability.objective_lost':
      case 'reliability.objective_regained':
      case 'reliability.window_counted':
        return withCounts(facts, event.payload, at)
      case 'reliability.endpoint_left':
        return withEndpoint(facts, event.payload.endpoint, () => null)
      case 'reliability.day_closed': {
        const { indicator, digest, endpoint } = event.payload
        if (endpoint === undefined) return { ...facts, slos: sealed(facts.slos, indicator, digest) }
        return withEndpoint(facts, endpoint, (fact) => (fact.indicator === indicator ? { ...fact, evidence: [digest] } : fact))
      }
      case 'journeys.counted': {
        const { state, evidence } = event.payload
        const told = { kind: SYNTHETIC_TESTS, state, confirmed_at: at, evidence }
        return { ...facts, records: { ...facts.records, [SYNTHETIC_TESTS]: told } }
      }
      case 'assessments.form_published': {
        const { form, complete, evidence, result } = event.payload
        const forms = { ...facts.forms, [form]: { form, complete, published_at: at, evidence } }
        if (result === undefined || result === null) return { ...facts, forms }
        return { ...facts, forms, records: { ...facts.records, [form]: { kind: form, state: result, confirmed_at: at, evidence } } }
      }
      case 'assessments.form_approved': {
        const { record: kind, state, evidence } = event.payload
        return { ...facts, records: { ...facts.records, [kind]: { kind, state, confirmed_at: at, evidence } } }
      }
      case 'assessments.form_lapsed': {
        const { record: kind, waiting } = event.payload
        // New answers lie with the operator: what was known grows old there, and that is not the partner's doing.
        if (waiting) return facts
        return { ...facts, records: { ...facts.records, [kind]: { kind, state: 'lapsed', confirmed_at: at, evidence: [] } } }
      }
      case 'assessments.contradiction_told':
      case 'assessments.explanation_refused': {
        const { record: kind, state } = event.payload
        return { ...facts, records: { ...facts.records, [kind]: { kind, state, confirmed_at: at, evidence: [] } } }
      }
      case 'assessments.document_confirmed': {
        const { record: kind, state, evidence } = event.payload
        return { ...facts, records: { ...facts.records, [kind]: { kind, state, confirmed_at: at, evidence } } }
      }
      case 'assessments.document_refused': {
        const { record: kind, evidence } = event.payload
        return { ...facts, records: { ...facts.records, [kind]: { kind, state: 'refused', confirmed_at: at, evidence } } }
      }
      case 'assessments.document_lost': {
        const { record: kind, outcome: state } = event.payload
        return { ...facts, records: { ...facts.records, [kind]: { kind, state, confirmed_at: at, evidence: [] } } }
      }
      case 'assessments.attestation_accepted': {
        const { requirement, expires_at, evidence } = event.payload
        const fact = { requirement, accepted: true, reviewed_at: at, expires_at, evidence }
        return { ...facts, attestations: { ...facts.attestations, [requirement]: fact }, offered: without(facts.offered, requirement) }
      }
      case 'assessments.attestation_offered': {
        const { requirement, evidence } = event.payload
        return { ...facts, offered: { ...facts.offered, [requirement]: { offered_at: at, evidence } } }
      }
      case 'assessments.attestation_declined':
        return { ...facts, offered: without(facts.offered, event.payload.requirement) }
      case 'assessments.attestation_withdrawn': {
        const before = facts.attestations[event.payload.requirement]
        if (before === undefined) return facts
        return { ...facts, attestations: { ...facts.attestations, [before.requirement]: { ...before, accepted: false, reviewed_at: at } } }
      }
      case 'reviews.annual_review_planned':
        // One badge's plan does not make up for what was missed of another.
        if (facts.records[event.payload.policy]?.state === 'missed') return facts
        return { ...facts, records: withRecord(facts.records, event.payload.policy, 'not-due', at) }
      case 'reviews.annual_review_missed':
        return { ...facts, records: withRecord(facts.records, event.payload.policy, 'missed', at) }
      case 'reviews.annual_review_closed':
        return { ...facts, records: withRecord(facts.records, event.payload.policy, 'done', at) }
      case 'reviews.annual_review_dropped': {
        const { policy } = event.payload
        return facts.records[policy]?.state === 'missed' ? { ...facts, records: without(facts.records, policy) } : facts
      }
      case 'reviews.overdue_counted':
        return { ...facts, overdue: { ...facts.overdue, [event.payload.policy]: event.payload.overdue } }
      case 'concerns.decided':
      case 'concerns.remedy_refused': {
        const { concern, requirements, evidence } = event.payload
        return {
          ...facts,
          concerns: withConcern(facts.concerns, concern, requirements, { state: 'open', since: at, evidence: [evidence] }),
        }
      }
      case 'concerns.remedy_claimed': {
        const { concern, requirements, evidence } = event.payload
        return {
          ...facts,
          concerns: withConcern(facts.concerns, concern, requirements, { state: 'claimed', since: at, evidence: [evidence] }),
        }
      }
      case 'concerns.remedied':
      case 'concerns.set_aside':
        return { ...facts, concerns: withConcern(facts.concerns, event.payload.concern, event.payload.requirements, null) }
      case 'standing.waiver_granted': {
        const { requirement, until, reason_code, evidence } = event.payload
        return { ...facts, waivers: { ...facts.waivers, [requirement]: { requirement, until, reason_code, evidence } } }
      }
      case 'standing.waiver_ended':
        return { ...facts, waivers: without(facts.waivers, event.payload.requirement) }
      default:
        return facts
    }
  },
}

/** A concern's word on the requirements that it is about; null takes it away. */
function withConcern(
  concerns: Facts['concerns'],
  concern: string,
  requirements: readonly string[],
  fact: ConcernFact | null,
): NonNullable<Facts['concerns']> {
  let after = concerns ?? {}
  for (const requirement of requirements) {
    const others = without(after[requirement], concern)
    const own = fact === null ? others : { ...others, [concern]: fact }
    after = Object.keys(own).length === 0 ? without(after, requirement) : { ...after, [requirement]: own }
  }
  return after
}

const withRecord = (records: Facts['records'], kind: string, state: string, confirmed_at: Instant): Facts['records'] => ({
  ...records,
  [kind]: { kind, state, confirmed_at, evidence: [] },
})

/** What no descriptor carries, as records. What is there already and was confirmed stays; what was taken back is gone. */
function withDetails(
  records: Facts['records'],
  given: { readonly health_path: string | null; readonly alert_mailbox: boolean },
  at: Instant,
): Facts['records'] {
  const details = { [HEALTH_CHECK]: given.health_path !== null, [ALERT_MAILBOX]: given.alert_mailbox }
  const after: { [kind: string]: RecordFact } = { ...records }
  for (const [kind, there] of Object.entries(details)) {
    if (!there) delete after[kind]
    else after[kind] ??= { kind, state: SUPPLIED, confirmed_at: at, evidence: [] }
  }
  return after
}

/** A scan gives every check the same answer as before unless it said otherwise first; such an answer is as fresh as the scan. */
function seenAgain(
  checks: Facts['checks'],
  outcomes: { readonly [check: string]: Outcome },
  observed_at: Instant,
  evidence: readonly Digest[],
): Facts['checks'] {
  const after: { [check: string]: CheckFact } = { ...checks }
  for (const fact of Object.values(checks)) {
    const { check } = fact
    const outcome = outcomes[check]
    // A scan leaves out what it could not look at by its own fault: the answer before stands, and nobody's clock runs on it.
    if (outcome === undefined && fact.outcome !== 'inconclusive') after[check] = { ...fact, blind: 'ours' }
    if (outcome !== fact.outcome) continue
    const blind = outcome === 'inconclusive' ? fact.blind : null
    // Told in this very scan: it carries its own evidence. Seen again: the scan's is the newest.
    after[check] = {
      ...fact,
      blind,
      observed_at,
      evidence: evidence.length > 0 && fact.observed_at < observed_at ? evidence : fact.evidence,
    }
  }
  return after
}

function withCounts(facts: Facts, told: ReliabilityEvent['payload'], at: Instant): Facts {
  const { indicator, window, good_when_at_most, endpoint } = told
  const key = sloKey(indicator, window, good_when_at_most)
  if (endpoint === undefined) return { ...facts, slos: { ...facts.slos, [key]: counted(facts.slos[key], told, at) } }
  const own = facts.endpoints?.[key]
  return { ...facts, endpoints: { ...facts.endpoints, [key]: { ...own, [endpoint]: counted(own?.[endpoint], told, at) } } }
}

/** Every fact of an endpoint as something makes it, or without it where that is nothing. */
function withEndpoint(facts: Facts, endpoint: string, change: (fact: SloFact) => SloFact | null): Facts {
  const after = Object.entries(facts.endpoints ?? {}).map(([key, own]) => {
    const fact = own[endpoint]
    const changed = fact === undefined ? null : change(fact)
    return [key, changed === null ? without(own, endpoint) : { ...own, [endpoint]: changed }] as const
  })
  return { ...facts, endpoints: Object.fromEntries(after) }
}

function counted(before: SloFact | undefined, told: ReliabilityEvent['payload'], at: Instant): SloFact {
  const { indicator, window, good_when_at_most, good, total, unknown, expected, from, to, evidence, reported_by } = told
  const counted_since = before?.counted_since ?? at
  const kept = evidence.length > 0 ? evidence : (before?.evidence ?? [])
  const source = reported_by === undefined ? {} : { reported_by }
  return { indicator, window, good_when_at_most, good, total, unknown, expected, from, to, counted_since, ...source, evidence: kept }
}

/** The day that was sealed last stands as evidence of the indicator's counts. */
function sealed(slos: Facts['slos'], indicator: string, digest: Digest): Facts['slos'] {
  const after: { [key: string]: SloFact } = { ...slos }
  for (const [key, fact] of Object.entries(slos)) if (fact.indicator === indicator) after[key] = { ...fact, evidence: [digest] }
  return after
}

function without<T>(facts: { readonly [name: string]: T } | undefined, name: string): { readonly [name: string]: T } {
  const { [name]: _, ...others } = facts ?? {}
  return others
}
