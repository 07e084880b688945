import { onApp } from '../directory/registering.ts'
import { refusalOf, type Acting } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import { lengthMs, plus, type Duration } from '../kernel/duration.ts'
import type { Digest, RecordedEvent } from '../kernel/event.ts'
import type { JsonObject } from '../kernel/json.ts'
import { Refused } from '../kernel/refused.ts'
import type { Instant } from '../kernel/time.ts'
import { keepEvidence, readEvidence, type NewEvidence } from '../platform/evidence.ts'
import { inForce } from '../programmes/load.ts'
import type { Form } from '../programmes/schema.ts'
import { ASSESSMENTS, type AssessmentDocument } from './assessments-view.ts'
import { attestation, attestationRule, type AttestationCommand, type AttestationRule, type AttestationState } from './attestation.ts'
import { assessmentStream, type AssessmentEvent } from './events.ts'
import { completeness, missing, readAnswers, scored, shownTo, type Answers, type Mistake, type Scored } from './form.ts'

/** A form of an app as somebody may see it. */
export type FormRead = {
  readonly form: Form
  /** `draft`: what the partner is working on; `published`: what was published and may be shown to whoever asks. */
  readonly of: 'draft' | 'published'
  readonly answers: Answers
  readonly complete: number
  readonly missing: readonly Mistake[]
  readonly scored: readonly Scored[]
  readonly published: { readonly at: Instant; readonly complete: number; readonly evidence: readonly Digest[] } | null
}

/** Reads a form of an app: the draft for the partner, what was published for everybody else. */
export async function readForm(house: House, who: Acting, app: string, id: string): Promise<FormRead> {
  const on = await onApp(house, app)
  const form = formInForce(house, id)
  return house.act(who, 'read-app', on, async (desk) => {
    const published = (await desk.documents.get<AssessmentDocument>(ASSESSMENTS, app))?.forms[id] ?? null
    const draft = refusalOf(who, 'answer-form', on) === null ? await draftOf(desk, app, id) : null
    const answers = draft ?? (await publishedAnswers(desk, published?.evidence ?? []))
    return {
      form,
      of: draft === null ? 'published' : 'draft',
      answers,
      complete: draft === null ? (published?.complete ?? 0) : completeness(form, answers),
      missing: missing(form, answers),
      scored: scored(form, answers),
      published: published === null ? null : { at: published.published_at, complete: published.complete, evidence: published.evidence },
    }
  })
}

/** Keeps a draft. Half-finished is fine; what does not fit is refused with every place, and the draft before it stays. */
export async function saveDraft(
  house: House,
  who: Acting,
  app: string,
  id: string,
  given: JsonObject,
): Promise<{ readonly complete: number; readonly missing: readonly Mistake[] }> {
  const on = await onApp(house, app)
  const form = formInForce(house, id)
  const { answers, mistakes } = readAnswers(form, given)
  if (mistakes.length > 0) {
    const told = mistakes.slice(0, 20).map(({ at, says }) => `${at.slice(0, 100)}: ${says}`)
    throw new Refused('assessments.bad_answer', `Some answers do not fit. ${told.join(' ')}`, mistakes[0]?.at.slice(0, 100))
  }
  return house.act(who, 'answer-form', on, async (desk) => {
    const row = { answers: JSON.stringify(answers), saved_at: desk.now, saved_by: personIn(who) }
    await desk.asMachine(() =>
      desk.sql
        .insertInto('form_draft')
        .values({ marketplace_id: house.marketplace, subject: app, form: id, ...row })
        .onConflict((conflict) => conflict.columns(['marketplace_id', 'subject', 'form']).doUpdateSet(row))
        .execute(),
    )
    return { complete: completeness(form, answers), missing: missing(form, answers) }
  })
}

/**
 * Publishes the draft: its answers become evidence, a piece for each audience, so that nobody is shown what the form keeps
 * from them. An answer that the form's own scoring rejects stops it.
 */
export async function publishForm(
  house: House,
  who: Acting,
  app: string,
  id: string,
): Promise<{ readonly complete: number; readonly scored: readonly Scored[] }> {
  const on = await onApp(house, app)
  const form = formInForce(house, id)
  return house.act(who, 'answer-form', on, async (desk) => {
    const draft = await draftOf(desk, app, id)
    if (draft === null) throw new Refused('assessments.no_draft', 'There are no answers to publish yet; send some first.', id)
    // The form may have changed since the draft was kept.
    const { answers, mistakes } = readAnswers(form, draft)
    const results = scored(form, answers)
    const failed = results.filter(({ result }) => result === 'fail')
    if (failed.length > 0) {
      const told = failed.map(({ field, says }) => `${field}: ${says}`)
      throw new Refused('assessments.answer_rejected', `These answers have to change first. ${told.join(' ')}`, failed[0]?.field)
    }
    const [unfit] = mistakes
    if (unfit !== undefined) throw new Refused('assessments.bad_answer', `The form has changed: ${unfit.at}: ${unfit.says}`, unfit.at)
    const pieces = (['public', 'partner', 'operator'] as const).flatMap((visibility): readonly NewEvidence[] => {
      const shown = shownTo(form, answers, visibility)
      if (Object.keys(shown).length === 0) return []
      const body = { form: id, answers: shown }
      return [{ subject: app, kind: 'form', observed_at: desk.now, source: { by: personIn(who), via: 'form' }, visibility, body }]
    })
    const evidence = await desk.asMachine(() => keepEvidence(desk, pieces))
    const complete = completeness(form, answers)
    const warnings = results.filter(({ result }) => result === 'warning').length
    await desk.record([told(app, { type: 'assessments.form_published', payload: { app, form: id, complete, warnings, evidence } })])
    return { complete, scored: results }
  })
}

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
    await decideAndRecord(desk, { do: 'offer', app, requirement, by: personIn(who), evidence })
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
    const common = { app, requirement, by: personIn(who), evidence }
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
    return all
      .flatMap(({ document }) => attestationsIn(document))
      .filter(({ status }) => status === 'offered' || status === 'renewing')
      .toSorted((a, b) => (a.changed_at < b.changed_at ? -1 : a.changed_at > b.changed_at ? 1 : 0))
  })
}

const attestationsIn = (document: AssessmentDocument): readonly AttestationTold[] =>
  Object.entries(document.attestations).map(([requirement, state]) => ({
    app: document.app,
    requirement,
    status: state.status,
    changed_at: state.changed_at,
    expires_at: state.accepted?.expires_at ?? null,
    evidence: state.offered?.evidence ?? state.accepted?.evidence ?? [],
  }))

/** The form as it reads in the version that judges now. */
function formInForce(house: House, id: string): Form {
  const at = house.clock.now()
  for (const pack of house.packs) {
    const form = inForce(pack, at)?.forms.find((one) => one.id === id)
    if (form !== undefined) return form
  }
  throw new Refused('assessments.no_such_form', `No programme in force here has a form "${id.slice(0, 100)}".`, id.slice(0, 100))
}

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

async function draftOf(desk: Desk, app: string, form: string): Promise<Answers | null> {
  const row = await desk.sql
    .selectFrom('form_draft')
    .select('answers')
    .where('marketplace_id', '=', desk.scope.marketplace)
    .where('subject', '=', app)
    .where('form', '=', form)
    .executeTakeFirst()
  // The guarantee of the cast: only `saveDraft` writes these rows.
  return row === undefined ? null : (row.answers as Answers)
}

/** Published answers as far as the transaction's party may read their evidence. */
async function publishedAnswers(desk: Desk, evidence: readonly Digest[]): Promise<Answers> {
  let answers: Answers = {}
  for (const id of evidence) {
    const body = (await readEvidence(desk, id))?.body as { readonly answers?: Answers } | null | undefined
    answers = { ...answers, ...body?.answers }
  }
  return answers
}

const kept = (desk: Desk, who: Acting, app: string, body: JsonObject): Promise<readonly Digest[]> =>
  desk.asMachine(() =>
    keepEvidence(desk, [
      {
        subject: app,
        kind: 'attestation',
        observed_at: desk.now,
        source: { by: personIn(who), via: 'attestation' },
        visibility: 'partner',
        body,
      },
    ]),
  )

/** The person behind an act; acts of this slice are never the machine's. */
function personIn(who: Acting): string {
  if (who.kind === 'person' || who.kind === 'token') return who.person
  throw new Refused('enrolment.sign_in', 'Sign in first.')
}

const told = (app: string, { type, payload }: AssessmentEvent) => ({ stream: assessmentStream(app), subject: app, type, payload })

async function decideAndRecord(desk: Desk, command: AttestationCommand): Promise<void> {
  const { app, requirement } = command
  const stream = assessmentStream(app)
  const events = await desk.asMachine(() => desk.log.stream(stream))
  const state = events
    // The guarantee of the cast: only this slice appends to this stream.
    .map((event) => event as RecordedEvent & AssessmentEvent)
    .filter((event) => 'requirement' in event.payload && event.payload.requirement === requirement)
    .reduce((before, event) => attestation.evolve(before, event), attestation.initial)
  const facts = attestation.decide(command, state, desk.now)
  await desk.record(
    facts.map((fact) => told(app, fact)),
    { expect: { stream, version: events.length } },
  )
}
