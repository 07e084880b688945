import { onApp } from '../directory/registering.ts'
import { personBehind, type Acting } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import { lengthMs, plus, type Duration } from '../kernel/duration.ts'
import type { Digest, RecordedEvent } from '../kernel/event.ts'
import type { JsonObject } from '../kernel/json.ts'
import { Refused } from '../kernel/refused.ts'
import type { Instant } from '../kernel/time.ts'
import { keepEvidence } from '../platform/evidence.ts'
import { inForce } from '../programmes/load.ts'
import { ASSESSMENTS, type AssessmentDocument } from './assessments-view.ts'
import { attestation, attestationRule, type AttestationCommand, type AttestationRule, type AttestationState } from './attestation.ts'
import { assessmentStream, type AssessmentEvent, type AttestationEvent } from './events.ts'

/** Offers evidence for a requirement that no machine can judge: words, addresses of documents, or both. */
export async function offerAttestation(
  house: House,
  who: Acting,
  app: string,
  requirement: string,
  given: { readonly text: string; readonly links: readonly string[] },
): Promise<void> {
  const on = await onApp(house, app)
  ruleFor(house, requirement)
  if (given.text.trim() === '' && given.links.length === 0) {
    throw new Refused('assessments.no_evidence', 'Say what shows that the requirement is met, or name a document.', 'text')
  }
  await house.act(who, 'answer-form', on, async (desk) => {
    const evidence = await kept(desk, who, app, { requirement, text: given.text.toWellFormed(), links: [...given.links] })
    await decideAndRecord(desk, { do: 'offer', app, requirement, by: personBehind(who), evidence })
  })
}

/** Accepts, declines or withdraws. Accepting ends by itself, after as long as the pack says. */
export async function reviewAttestation(
  house: House,
  who: Acting,
  app: string,
  requirement: string,
  given: { readonly decision: 'accept' | 'decline' | 'withdraw'; readonly note: string },
): Promise<void> {
  const on = await onApp(house, app)
  const { rule, zone } = ruleFor(house, requirement)
  if (given.decision !== 'accept' && given.note.trim() === '') {
    throw new Refused('assessments.no_reason', 'Say why, so that the partner can do something about it.', 'note')
  }
  await house.act(who, 'review-attestation', on, async (desk) => {
    const evidence =
      given.note.trim() === '' ? [] : await kept(desk, who, app, { requirement, decision: given.decision, note: given.note.toWellFormed() })
    const common = { app, requirement, by: personBehind(who), evidence }
    const of_the_partner =
      who.kind === 'person' && who.memberships.some(({ kind, organisation }) => kind === 'partner' && organisation === on.organisation)
    const expires_at = plus(desk.now, rule.expires_after as Duration, zone)
    switch (given.decision) {
      case 'accept':
        return decideAndRecord(desk, { ...common, do: 'accept', rule, expires_at, of_the_partner })
      case 'decline':
        return decideAndRecord(desk, { ...common, do: 'decline', of_the_partner })
      case 'withdraw':
        return decideAndRecord(desk, { ...common, do: 'withdraw' })
    }
  })
}

export type AttestationTold = {
  readonly app: string
  readonly requirement: string
  readonly status: AttestationState['status']
  readonly changed_at: Instant
  readonly expires_at: Instant | null
  /** What waits for a review, or else what was accepted. */
  readonly evidence: readonly Digest[]
}

/** How an app's attestations stand. */
export async function readAttestations(house: House, who: Acting, app: string): Promise<readonly AttestationTold[]> {
  return house.act(who, 'read-app', await onApp(house, app), async (desk) => {
    const document = await desk.documents.get<AssessmentDocument>(ASSESSMENTS, app)
    return document === null ? [] : attestationsIn(document)
  })
}

/** What waits for a review, the oldest first, in the whole marketplace. */
export async function waitingAttestations(house: House, who: Acting): Promise<readonly AttestationTold[]> {
  return house.act(who, 'read-overview', {}, async (desk) => {
    const all = await desk.documents.list<AssessmentDocument>(ASSESSMENTS)
    return waitingIn(all.map(({ document }) => document))
  })
}

/** Of all attestations those that wait for a review, the oldest first. */
export const waitingIn = (documents: readonly AssessmentDocument[]): readonly AttestationTold[] =>
  documents
    .flatMap(attestationsIn)
    .filter(({ status }) => status === 'offered' || status === 'renewing')
    .toSorted((a, b) => (a.changed_at < b.changed_at ? -1 : a.changed_at > b.changed_at ? 1 : 0))

const attestationsIn = (document: AssessmentDocument): readonly AttestationTold[] =>
  Object.entries(document.attestations).map(([requirement, state]) => ({
    app: document.app,
    requirement,
    status: state.status,
    changed_at: state.changed_at,
    expires_at: state.accepted?.expires_at ?? null,
    evidence: state.offered?.evidence ?? state.accepted?.evidence ?? [],
  }))

function ruleFor(house: House, id: string): { readonly rule: AttestationRule; readonly zone: string } {
  const at = house.clock.now()
  for (const pack of house.packs) {
    const requirement = inForce(pack, at)?.requirements.find((one) => one.id === id)
    if (requirement === undefined) continue
    const rule = attestationRule(requirement.met_when, spanMs)
    if (rule === null) {
      throw new Refused('assessments.not_attested', `"${requirement.title}" is not judged by an attestation; see how it is verified.`, id)
    }
    return { rule, zone: pack.programme.zone }
  }
  throw new Refused(
    'assessments.no_such_requirement',
    `No programme in force here has a requirement "${id.slice(0, 100)}".`,
    id.slice(0, 100),
  )
}

/** Only to compare spans, so a month is one of January's. */
const spanMs = (span: string): number =>
  /[YM]/.test(span.split('T')[0] ?? '')
    ? Date.parse(plus('2026-01-01T00:00:00.000Z' as Instant, span as Duration)) - Date.parse('2026-01-01T00:00:00.000Z')
    : lengthMs(span as Duration)

const kept = (desk: Desk, who: Acting, app: string, body: JsonObject): Promise<readonly Digest[]> =>
  desk.asMachine(() =>
    keepEvidence(desk, [
      {
        subject: app,
        kind: 'attestation',
        observed_at: desk.now,
        source: { by: personBehind(who), via: 'attestation' },
        visibility: 'partner',
        body,
      },
    ]),
  )

const told = (app: string, { type, payload }: AssessmentEvent) => ({ stream: assessmentStream(app), subject: app, type, payload })

async function decideAndRecord(desk: Desk, command: AttestationCommand): Promise<void> {
  const { app, requirement } = command
  const stream = assessmentStream(app)
  const events = await desk.asMachine(() => desk.log.stream(stream))
  const state = events
    // The guarantee of the cast: only this slice appends to this stream.
    .map((event) => event as RecordedEvent & AssessmentEvent)
    .filter(
      (event): event is RecordedEvent & AttestationEvent => 'requirement' in event.payload && event.payload.requirement === requirement,
    )
    .reduce((before, event) => attestation.evolve(before, event), attestation.initial)
  const facts = attestation.decide(command, state, desk.now)
  await desk.record(
    facts.map((fact) => told(app, fact)),
    { expect: { stream, version: events.length } },
  )
}
