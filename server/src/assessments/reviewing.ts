import { onApp } from '../directory/registering.ts'
import type { Acting } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import { minus, plus, type Duration } from '../kernel/duration.ts'
import type { Digest, RecordedEvent } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import { keepEvidence } from '../platform/evidence.ts'
import { inForce } from '../programmes/load.ts'
import type { Form } from '../programmes/schema.ts'
import { assessmentStream, type AssessmentEvent, type FormReviewEvent } from './events.ts'
import { formReview, type FormReviewCommand } from './form-review.ts'
import { FORM_REVIEWS, formReviewKey, type FormReviewDocument } from './reviews-view.ts'

/** Sends published answers to whoever reviews them, in the transaction that published them. */
export async function submitted(desk: Desk, given: Omit<Extract<FormReviewCommand, { do: 'submit' }>, 'do'>): Promise<void> {
  await decided(desk, { do: 'submit', ...given })
}

/** Approves published answers for as long as the pack says, or returns them with reasons. */
export async function reviewForm(
  house: House,
  who: Acting,
  app: string,
  id: string,
  given: { readonly decision: 'approve' | 'return'; readonly note: string; readonly seen: readonly Digest[] },
): Promise<void> {
  const on = await onApp(house, app)
  const { form, zone } = reviewedForm(house, id)
  const note = given.note.trim().toWellFormed().replaceAll('\0', '')
  if (given.decision === 'return' && note === '') {
    throw new Refused('assessments.no_reason', 'Say what has to change, so that the partner can do something about it.', 'note')
  }
  await house.act(who, 'review-attestation', on, async (desk) => {
    const by = who.kind === 'person' ? who.person : ''
    const of_the_partner =
      who.kind === 'person' && who.memberships.some(({ kind, organisation }) => kind === 'partner' && organisation === on.organisation)
    const words = note === '' ? [] : await keptNote(desk, app, id, given.decision, note, by)
    if (given.decision === 'return') return decided(desk, { do: 'return', app, form: id, by, of_the_partner, evidence: words })
    const until = plus(desk.now, form.review.valid_for as Duration, zone)
    return decided(desk, {
      do: 'approve',
      app,
      form: id,
      by,
      of_the_partner,
      uninvolved: form.review.reviewer === 'uninvolved-operator',
      seen: given.seen,
      note: words,
      until,
      remind_at: form.review.remind_before.map((span) => minus(until, span as Duration, zone)),
      record: form.review.record,
      state: form.review.state,
    })
  })
}

/** How the reviewed forms of an app stand. */
export async function readFormReview(desk: Desk, app: string, form: string): Promise<FormReviewDocument | null> {
  return desk.documents.get<FormReviewDocument>(FORM_REVIEWS, formReviewKey(app, form))
}

/** Answers that wait for a reviewer, the oldest first, in the whole marketplace. */
export async function waitingForms(house: House, who: Acting): Promise<readonly FormReviewDocument[]> {
  return house.act(who, 'read-overview', {}, async (desk) =>
    (await desk.documents.list<FormReviewDocument>(FORM_REVIEWS))
      .map(({ document }) => document)
      .filter(({ waiting }) => waiting !== null)
      .toSorted((a, b) => (a.changed_at < b.changed_at ? -1 : a.changed_at > b.changed_at ? 1 : 0)),
  )
}

type ReviewedForm = Form & { readonly review: NonNullable<Form['review']> }

function reviewedForm(house: House, id: string): { readonly form: ReviewedForm; readonly zone: string } {
  const at = house.clock.now()
  for (const pack of house.packs) {
    const form = inForce(pack, at)?.forms.find((one) => one.id === id)
    if (form?.review !== undefined) return { form: { ...form, review: form.review }, zone: pack.programme.zone }
  }
  const called = id.slice(0, 100).toWellFormed()
  throw new Refused('assessments.no_such_form', `No programme in force here has a form "${called}" that is reviewed.`, called)
}

async function decided(desk: Desk, command: FormReviewCommand): Promise<void> {
  const { app, form } = command
  const stream = assessmentStream(app)
  const events = await desk.asMachine(() => desk.log.stream(stream))
  const state = events
    .filter(({ type }) => isOfReview(type))
    // The guarantee of the cast: only this slice appends to this stream, and the types above are those of a review.
    .map((event) => event as RecordedEvent & FormReviewEvent)
    .filter(({ payload }) => payload.form === form)
    .reduce((before, event) => formReview.evolve(before, event), formReview.initial)
  const facts: readonly AssessmentEvent[] = formReview.decide(command, state, desk.now)
  await desk.record(
    facts.map(({ type, payload }) => ({ stream, subject: app, type, payload })),
    { expect: { stream, version: events.length } },
  )
}

const REVIEW = {
  'assessments.form_submitted': true,
  'assessments.form_approved': true,
  'assessments.form_returned': true,
  'assessments.form_reminded': true,
  'assessments.form_lapsed': true,
} as const satisfies Record<FormReviewEvent['type'], true>

const isOfReview = (type: string): boolean => Object.hasOwn(REVIEW, type)

const keptNote = (desk: Desk, app: string, form: string, decision: string, note: string, by: string): Promise<readonly Digest[]> =>
  desk.asMachine(() =>
    keepEvidence(desk, [
      {
        subject: app,
        kind: 'form-review',
        observed_at: desk.now,
        source: { by, via: 'review' },
        visibility: 'partner',
        body: { form, decision, note },
      },
    ]),
  )
