import { APPS, type AppDocument } from '../directory/apps-view.ts'
import { onApp } from '../directory/registering.ts'
import { personBehind, refusalOf, type Acting } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import type { Digest } from '../kernel/event.ts'
import type { JsonObject } from '../kernel/json.ts'
import { Refused } from '../kernel/refused.ts'
import type { Instant } from '../kernel/time.ts'
import { keepEvidence, readEvidence, type NewEvidence } from '../platform/evidence.ts'
import { inForce, type Pack } from '../programmes/load.ts'
import type { Form } from '../programmes/schema.ts'
import { ASSESSMENTS, PARTNER_FORMS, type AssessmentDocument, type PartnerFormsDocument, type PublishedForm } from './assessments-view.ts'
import { compared } from './comparing.ts'
import { assessmentStream, partnerSubject, type AssessmentEvent } from './events.ts'
import {
  changesBetween,
  completeness,
  fieldsOf,
  hasAnswer,
  missing,
  originsOf,
  over,
  placesOf,
  readAnswers,
  resultOf,
  scored,
  shownTo,
  type Answers,
  type Change,
  type Mistake,
  type Origins,
  type Scored,
} from './form.ts'
import type { Sheet } from './projection.ts'
import { submitted } from './reviewing.ts'

/** Whose answers are meant: an app's own, or those that its partner gives once for all its apps. */
export type Whose = { readonly app: string } | { readonly partner: string }

/** Somebody's answers with where they are kept. */
type Place = {
  /** Under which drafts, evidence and events are kept. */
  readonly subject: string
  readonly organisation: string
  readonly app: string | null
}

/** What was published, with where each answer came from. */
export type Live = PublishedForm & { readonly answers: Answers; readonly origins: Origins }

/** A form as somebody may see it. */
export type FormRead = {
  readonly form: Form
  /** `draft`: what the partner is working on; `published`: what was published and may be shown to whoever asks. */
  readonly of: 'draft' | 'published'
  readonly answers: Answers
  /** What the partner answers for all its apps and this app leaves as it is. Empty for the partner's own answers. */
  readonly inherited: Answers
  readonly complete: number
  readonly missing: readonly Mistake[]
  readonly scored: readonly Scored[]
  /** Which save the draft is, to be named by the next one; 0 before the first. */
  readonly revision: number
  readonly saved: { readonly at: Instant; readonly by: string } | null
  readonly published: Live | null
  /** What publishing now would change. */
  readonly changes: readonly Change[]
}

/** Reads a form: the draft for the partner, what was published for everybody else. */
export async function readForm(house: House, who: Acting, whose: Whose, id: string): Promise<FormRead> {
  const place = await placeOf(house, whose)
  const form = formInForce(house.packs, house.clock.now(), id)
  const on = { organisation: place.organisation }
  return house.act(who, 'read-app', on, async (desk) => {
    const own = refusalOf(who, 'answer-form', on) === null
    // A partner knows what it published itself, whoever else may read it.
    const published = await (own ? desk.asMachine(() => liveOf(desk, place, form)) : liveOf(desk, place, form))
    if (!own) {
      const answers = published?.answers ?? {}
      const rest = { missing: missing(form, answers), scored: scored(form, answers), revision: 0, saved: null, changes: [] }
      return { form, of: 'published', answers, inherited: {}, complete: published?.complete ?? 0, published, ...rest }
    }
    const draft = await draftOf(desk, place, id)
    const answers = draft?.answers ?? ownPart(form, published)
    const partner = await desk.asMachine(() => partnerAnswers(desk, place, form))
    const whole = over(form, partner, answers)
    return {
      form,
      of: 'draft',
      answers,
      inherited: onlyInherited(form, partner, answers),
      complete: completeness(form, whole),
      missing: missing(form, whole),
      scored: scored(form, whole),
      revision: draft?.revision ?? 0,
      saved: draft === null ? null : { at: draft.saved_at, by: draft.saved_by },
      published,
      changes: changesBetween(form, published?.answers ?? {}, shownAtAll(form, whole)),
    }
  })
}

/**
 * Keeps a draft. Half-finished is fine; what does not fit is refused with every place, and the draft before it stays. `base`
 * is the revision that the answers began from: when somebody else has saved since, nothing is overwritten.
 */
export async function saveDraft(
  house: House,
  who: Acting,
  whose: Whose,
  id: string,
  given: JsonObject,
  base: number | null = null,
): Promise<{ readonly complete: number; readonly missing: readonly Mistake[]; readonly revision: number }> {
  const place = await placeOf(house, whose)
  const form = formInForce(house.packs, house.clock.now(), id)
  const { answers, mistakes } = readAnswers(form, given)
  if (mistakes.length > 0) {
    const told = mistakes.slice(0, 20).map(({ at, says }) => `${at.slice(0, 100).toWellFormed()}: ${says}`)
    throw new Refused('assessments.bad_answer', `Some answers do not fit. ${told.join(' ')}`, mistakes[0]?.at.slice(0, 100).toWellFormed())
  }
  return house.act(who, 'answer-form', { organisation: place.organisation }, async (desk) => {
    const revision = await desk.asMachine(() => keptDraft(desk, place, id, answers, personBehind(who), base))
    const whole = over(form, await desk.asMachine(() => partnerAnswers(desk, place, form)), answers)
    return { complete: completeness(form, whole), missing: missing(form, whole), revision }
  })
}

/**
 * Publishes the draft: its answers become evidence, a piece for each audience, so that nobody is shown what the form keeps
 * from them. An answer that the form's own scoring rejects stops it. What a partner publishes for all its apps is published
 * for each of them that answers the form, where the app says nothing else itself.
 */
export async function publishForm(
  house: House,
  who: Acting,
  whose: Whose,
  id: string,
): Promise<{ readonly complete: number; readonly scored: readonly Scored[]; readonly apps: readonly string[] }> {
  const place = await placeOf(house, whose)
  const form = formInForce(house.packs, house.clock.now(), id)
  if (isDeclaration(house.packs, house.clock.now(), id)) {
    throw new Refused(
      'assessments.declared',
      `"${form.title}" is sent from the page of reviews, where it is held against what was seen to change.`,
      id,
    )
  }
  return house.act(who, 'answer-form', { organisation: place.organisation }, async (desk) => {
    const draft = await draftOf(desk, place, id)
    if (draft === null) throw new Refused('assessments.no_draft', 'There are no answers to publish yet; send some first.', id)
    // The form may have changed since the draft was kept.
    const { answers: own, mistakes } = readAnswers(form, draft.answers)
    const [unfit] = mistakes
    if (unfit !== undefined) throw new Refused('assessments.bad_answer', `The form has changed: ${unfit.at}: ${unfit.says}`, unfit.at)
    const partner = await desk.asMachine(() => partnerAnswers(desk, place, form))
    const answers = shownAtAll(form, over(form, partner, own))
    refuseRejected(form, answers)
    await desk.asMachine(() =>
      published(desk, house.packs, who, place, form, { own, answers, because: place.app === null ? 'partner' : 'app' }),
    )
    const apps = place.app === null ? await desk.asMachine(() => publishedOnward(desk, house.packs, who, place, form, own)) : []
    return { complete: completeness(form, answers), scored: scored(form, answers), apps }
  })
}

/** Everything that an app's partner has published of it, whoever else may read it: for the partner itself. */
export async function readOwnSheets(house: House, who: Acting, app: string): Promise<readonly Sheet[]> {
  const place = await placeOf(house, { app })
  return house.act(who, 'answer-form', { organisation: place.organisation }, (desk) =>
    desk.asMachine(async () => {
      const sheets: Sheet[] = []
      for (const form of formsInForce(house.packs, desk.now)) {
        const live = await liveOf(desk, place, form)
        if (live !== null) sheets.push({ form, answers: live.answers, origins: live.origins })
      }
      return sheets
    }),
  )
}

/** Publishes answers that were checked already, such as those of an act that is more than a form. In the desk's transaction, as the machine. */
export function publishAnswers(
  desk: Desk,
  packs: readonly Pack[],
  who: Acting,
  of: { readonly app: string; readonly organisation: string },
  form: Form,
  answers: Answers,
) {
  const place = { subject: of.app, organisation: of.organisation, app: of.app }
  return published(desk, packs, who, place, form, { own: answers, answers, because: 'app' })
}

/** Whether a form is the one by which significant changes are declared: its answers are an act of their own. */
const isDeclaration = (packs: readonly Pack[], at: Instant, id: string): boolean =>
  packs.some((pack) => inForce(pack, at)?.policies.some((policy) => policy.kind === 'significant-change' && policy.form.id === id))

/** Every form of the versions that judge now, once. */
export function formsInForce(packs: readonly Pack[], at: Instant): readonly Form[] {
  const found = new Map<string, Form>()
  for (const pack of packs) for (const form of inForce(pack, at)?.forms ?? []) if (!found.has(form.id)) found.set(form.id, form)
  return [...found.values()]
}

/** The form as it reads in the version that judges now. */
export function formInForce(packs: readonly Pack[], at: Instant, id: string): Form {
  const form = formsInForce(packs, at).find((one) => one.id === id)
  if (form !== undefined) return form
  const retired = packs.flatMap((pack) => pack.forms).find((one) => one.id === id && one.retired !== undefined)
  if (retired?.retired !== undefined && retired.retired <= at) {
    throw new Refused('assessments.form_retired', `"${retired.title}" is not asked any more since ${retired.retired}.`, id)
  }
  const called = id.slice(0, 100).toWellFormed()
  throw new Refused('assessments.no_such_form', `No programme in force here has a form "${called}".`, called)
}

async function placeOf(house: House, whose: Whose): Promise<Place> {
  if ('app' in whose) return { subject: whose.app, organisation: (await onApp(house, whose.app)).organisation, app: whose.app }
  return { subject: partnerSubject(whose.partner), organisation: whose.partner, app: null }
}

function refuseRejected(form: Form, answers: Answers): void {
  const failed = scored(form, answers).filter(({ result }) => result === 'fail')
  if (failed.length === 0) return
  const told = failed.map(({ field, says }) => `${field}: ${says}`)
  throw new Refused('assessments.answer_rejected', `These answers have to change first. ${told.join(' ')}`, failed[0]?.field)
}

/** Answers that are asked, whoever may read them. */
const shownAtAll = (form: Form, answers: Answers): Answers => ({
  ...shownTo(form, answers, 'public'),
  ...shownTo(form, answers, 'partner'),
  ...shownTo(form, answers, 'operator'),
})

/** The answers that are the app's own, of what was published. */
const ownPart = (form: Form, live: Live | null): Answers =>
  live === null ? {} : chosen(form, live.answers, (field) => live.origins[field]?.from !== 'partner')

const onlyInherited = (form: Form, partner: Answers, own: Answers): Answers => {
  const answered = new Set(fieldsOf(form).flatMap((field) => (hasAnswer(field, own) ? [field.id] : [])))
  return chosen(form, partner, (field) => !answered.has(field))
}

function chosen(form: Form, answers: Answers, takes: (field: string) => boolean): Answers {
  const places = fieldsOf(form).flatMap((field) => (takes(field.id) ? placesOf(field) : []))
  return Object.fromEntries(
    places.flatMap((place) => {
      const value = answers[place]
      return value === undefined ? [] : [[place, value] as const]
    }),
  )
}

/** Keeps what is published as evidence and tells it; answers with the pieces. */
async function published(
  desk: Desk,
  packs: readonly Pack[],
  who: Acting,
  place: Place,
  form: Form,
  of: { readonly own: Answers; readonly answers: Answers; readonly because: 'app' | 'partner' },
): Promise<readonly Digest[]> {
  const before = await liveOf(desk, place, form)
  const known = { answers: before?.answers ?? {}, origins: before?.origins ?? {} }
  // A partner's answers for all its apps come from nobody else, so there all are the partner's.
  const origins = originsOf(form, { own: place.app === null ? {} : of.own, answers: of.answers }, known, desk.now)
  const pieces = (['public', 'partner', 'operator'] as const).flatMap((visibility): readonly NewEvidence[] => {
    const shown = shownTo(form, of.answers, visibility)
    if (Object.keys(shown).length === 0) return []
    const own_origins = Object.fromEntries(Object.entries(origins).filter(([field]) => fieldIn(form, field)?.shown === visibility))
    const body = { form: form.id, answers: shown, origins: own_origins }
    const source = { by: personBehind(who), via: 'form' }
    return [{ subject: place.subject, kind: 'form', observed_at: desk.now, source, visibility, body }]
  })
  const evidence = await keepEvidence(desk, pieces)
  const results = scored(form, of.answers)
  const complete = completeness(form, of.answers)
  const warnings = results.filter(({ result }) => result === 'warning').length
  const told = { form: form.id, complete, warnings, evidence }
  if (place.app === null) {
    const payload = { organisation: place.organisation, ...told }
    await desk.record([toldOf(place.subject, { type: 'assessments.partner_form_published', payload })])
    return evidence
  }
  const payload = { app: place.app, ...told, result: resultOf(form, results), because: of.because }
  await desk.record([toldOf(place.app, { type: 'assessments.form_published', payload })])
  if (form.review !== undefined && complete === 1 && Object.keys(of.own).length > 0) {
    await submitted(desk, { app: place.app, form: form.id, by: personBehind(who), evidence, complete })
  }
  // The partner reads at once what speaks against an answer, before anybody else does.
  await compared(desk, packs, place.app, readPublished)
  return evidence
}

/** Publishes a partner's new answers for each of its apps that they change. An app that they would spoil keeps its old ones. */
async function publishedOnward(
  desk: Desk,
  packs: readonly Pack[],
  who: Acting,
  partner: Place,
  form: Form,
  answers: Answers,
): Promise<readonly string[]> {
  const apps = (await desk.documents.list<AppDocument>(APPS)).filter(({ document }) => document.organisation === partner.organisation)
  const told: string[] = []
  for (const { key: app } of apps) {
    const place = { subject: app, organisation: partner.organisation, app }
    const live = await liveOf(desk, place, form)
    if (live === null && form.asked_of !== 'partner') continue
    const own = ownPart(form, live)
    const whole = shownAtAll(form, over(form, answers, own))
    if (live !== null && changesBetween(form, live.answers, whole).length === 0) continue
    if (resultOf(form, scored(form, whole)) === 'failed') continue
    await published(desk, packs, who, place, form, { own, answers: whole, because: 'partner' })
    told.push(app)
  }
  return told
}

/** What the partner answers for all its apps; nothing beside its own answers. */
async function partnerAnswers(desk: Desk, place: Place, form: Form): Promise<Answers> {
  if (place.app === null) return {}
  const partner = { subject: partnerSubject(place.organisation), organisation: place.organisation, app: null }
  return (await liveOf(desk, partner, form))?.answers ?? {}
}

async function liveOf(desk: Desk, place: Place, form: Form): Promise<Live | null> {
  const document =
    place.app === null
      ? await desk.documents.get<PartnerFormsDocument>(PARTNER_FORMS, place.organisation)
      : await desk.documents.get<AssessmentDocument>(ASSESSMENTS, place.app)
  const told = document?.forms[form.id]
  return told === undefined ? null : { ...told, ...(await readPublished(desk, told.evidence)) }
}

/** Published answers as far as the transaction's party may read their evidence. */
export async function readPublished(
  desk: Desk,
  evidence: readonly Digest[],
): Promise<{ readonly answers: Answers; readonly origins: Origins }> {
  let answers: Answers = {}
  let origins: Origins = {}
  for (const id of evidence) {
    // The guarantee of the cast: only `published` above writes evidence that forms name.
    const body = (await readEvidence(desk, id))?.body as { readonly answers?: Answers; readonly origins?: Origins } | null | undefined
    answers = { ...answers, ...body?.answers }
    origins = { ...origins, ...body?.origins }
  }
  return { answers, origins }
}

type Draft = { readonly answers: Answers; readonly revision: number; readonly saved_at: Instant; readonly saved_by: string }

async function draftOf(desk: Desk, place: Place, form: string): Promise<Draft | null> {
  const row = await desk.sql
    .selectFrom('form_draft')
    .select(['answers', 'revision', 'saved_at', 'saved_by'])
    .where('marketplace_id', '=', desk.scope.marketplace)
    .where('subject', '=', place.subject)
    .where('form', '=', form)
    .executeTakeFirst()
  // The guarantee of the casts: only `keptDraft` writes these rows.
  return row === undefined ? null : { ...row, answers: row.answers as Answers, saved_at: row.saved_at as Instant }
}

/** Writes the draft over the one that it began from; answers with its revision. */
async function keptDraft(desk: Desk, place: Place, form: string, answers: Answers, saved_by: string, base: number | null): Promise<number> {
  const at = { marketplace_id: desk.scope.marketplace, subject: place.subject }
  if (place.app === null) {
    // From here on the partner's people read what is kept under its own subject, and nobody else does.
    const party = { ...at, organisation_id: place.organisation }
    await desk.sql
      .insertInto('subject_party')
      .values(party)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
  const row = { answers: JSON.stringify(answers), saved_at: desk.now, saved_by }
  if (base === 0 || base === null) {
    const first = await desk.sql
      .insertInto('form_draft')
      .values({ ...at, form, ...row, revision: 1 })
      .onConflict((conflict) => conflict.doNothing())
      .returning('revision')
      .executeTakeFirst()
    if (first !== undefined) return first.revision
  }
  const next = await desk.sql
    .updateTable('form_draft')
    .set((now) => ({ ...row, revision: now('revision', '+', 1) }))
    .where('marketplace_id', '=', at.marketplace_id)
    .where('subject', '=', at.subject)
    .where('form', '=', form)
    .$if(base !== null, (query) => query.where('revision', '=', base ?? 0))
    .returning('revision')
    .executeTakeFirst()
  if (next !== undefined) return next.revision
  throw new Refused(
    'assessments.draft_moved',
    'Somebody else has saved these answers since you began. Nothing was overwritten: compare, then save again.',
    form,
  )
}

const fieldIn = (form: Form, id: string) => fieldsOf(form).find((field) => field.id === id)

const toldOf = (subject: string, { type, payload }: AssessmentEvent) => ({ stream: assessmentStream(subject), subject, type, payload })
