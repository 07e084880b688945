import { publishAnswers } from '../assessments/answering.ts'
import { missing, readAnswers, type Answers } from '../assessments/form.ts'
import { BADGES, type BadgeDocument } from '../badges/badges-view.ts'
import type { DirectoryEvent } from '../directory/events.ts'
import { appStream, onApp } from '../directory/registering.ts'
import type { Acting } from '../enrolment/authorise.ts'
import { signedIn } from '../enrolment/enrolling.ts'
import type { Desk, House, Job } from '../house.ts'
import type { RecordedEvent } from '../kernel/event.ts'
import type { JsonObject } from '../kernel/json.ts'
import { Refused } from '../kernel/refused.ts'
import type { Instant } from '../kernel/time.ts'
import { keepEvidence } from '../platform/evidence.ts'
import { policyOfKind } from '../programmes/policies.ts'
import type { Catalogue, Form } from '../programmes/schema.ts'
import { badgeName, reviewStream, type ReviewEvent, type ReviewOf } from '../reviews/events.ts'
import { onReview, reviewState } from '../reviews/reactor.ts'
import { isDeclared, review, turnOf, type Annual, type ReviewCommand, type ReviewState } from '../reviews/review.ts'
import { REVIEWS, type ReviewDocument } from '../reviews/reviews-view.ts'
import { changesBetween, kindsSeen, requirementsTouched, type SeenChange } from '../reviews/seen-changes.ts'
import { reviewAfter, type AnnualReviewPolicy, type SignificantChangePolicy } from '../reviews/year.ts'
import { catalogueOf, cataloguesInForce } from '../standing/reactor.ts'
import { standingKey, STANDINGS, type StandingDocument } from '../standing/standings-view.ts'
import { isGood } from '../standing/tiers.ts'
import type { Verdict } from '../standing/verdict.ts'

/**
 * Annual reviews need what lies on either side of them: a badge's first day and the standing to their right, descriptors and
 * forms to their left. As everywhere, what closes the loop is a person or a clock, here.
 */

/** The annual review of one badge as its people see it. */
export type AnnualRead = {
  readonly annual: Annual
  readonly policy: AnnualReviewPolicy
  /** What the review checks by itself, with the verdicts of now. */
  readonly checks: readonly { readonly requirement: string; readonly verdict: Verdict | null }[]
  readonly declared: boolean
  /** Null while nothing is asked of anybody. */
  readonly turn: 'partner' | 'operator' | null
}

export type ReviewsRead = {
  readonly document: ReviewDocument | null
  readonly annual: readonly AnnualRead[]
  /** Null where no programme in force asks for changes to be declared. */
  readonly change: { readonly policy: SignificantChangePolicy; readonly form: Form } | null
  /** What was seen to change since the last declaration, or since the first approval. */
  readonly seen: readonly SeenChange[]
  readonly kinds_seen: readonly string[]
  readonly since: Instant | null
  /** All verdicts of the app, for what a delta review looks at. */
  readonly verdicts: readonly Verdict[]
}

/** Reads an app's reviews with what Castellan saw change. */
export async function readReviews(house: House, who: Acting, app: string): Promise<ReviewsRead> {
  return house.act(who, 'read-app', await onApp(house, app), (desk) => desk.asMachine(() => reviewsOf(house, desk, app)))
}

async function reviewsOf(house: House, desk: Desk, app: string): Promise<ReviewsRead> {
  const document = await desk.documents.get<ReviewDocument>(REVIEWS, app)
  const state = document?.state ?? review.initial
  const annual: AnnualRead[] = []
  for (const one of Object.values(state.annual)) {
    const catalogue = await catalogueOf(house.packs, desk, one.programme)
    const policy = catalogue === null ? null : policyOfKind(catalogue, 'annual-review', desk.now)
    if (policy === null) continue
    const checks = await checksOf(desk, one, policy)
    const asked = one.word === 'announced' || one.word === 'missed'
    const turn = asked ? turnOf(state, one, openIn(checks)) : null
    annual.push({ annual: one, policy, checks, declared: isDeclared(state, one), turn })
  }
  const change = await changeForm(house, desk)
  const { seen, since } = await seenChanges(desk, app, state)
  const standings = await Promise.all(
    (await cataloguesInForce(house.packs, desk)).map(({ programme }) =>
      desk.documents.get<StandingDocument>(STANDINGS, standingKey(programme.id, app)),
    ),
  )
  const verdicts = standings.flatMap((standing) => standing?.verdicts ?? [])
  return { document, annual, change, seen, since, verdicts, kinds_seen: change === null ? [] : kindsSeen(change.policy, seen) }
}

/**
 * Declares whether the app changed significantly, by the form of the programme. An answer that leaves out what was seen is
 * asked about once more: the answer then names those kinds, and the same answer given again stands.
 */
export async function declareChanges(
  house: House,
  who: Acting,
  app: string,
  given: JsonObject,
): Promise<{ readonly asked_about: readonly string[]; readonly delta: readonly string[] }> {
  const on = await onApp(house, app)
  const told = await house.act(who, 'answer-form', on, async (desk) => {
    const change = await changeForm(house, desk)
    if (change === null) {
      throw new Refused('reviews.not_asked', 'No programme in force here asks for significant changes to be declared.', app)
    }
    const answers = checkedAnswers(change.form, given)
    const { any_change, kinds } = declarationIn(change.policy, answers)
    const state = await stateOf(desk, app)
    const { seen } = await desk.asMachine(() => seenChanges(desk, app, state))
    const evidence = await keptAs(desk, who, app, 'declaration', answers)
    const events = await decideAndRecord(desk, {
      app,
      act: 'declare',
      person: signedIn(who).person,
      any_change,
      kinds,
      seen: kindsSeen(change.policy, seen),
      touches: (names) => requirementsTouched(change.policy, names),
      evidence,
    })
    if (events.some(({ type }) => type === 'reviews.changes_declared')) {
      await desk.asMachine(() => publishAnswers(desk, house.packs, who, { app, organisation: on.organisation }, change.form, answers))
    }
    return events
  })
  await closeWhatIsInOrder(house, app)
  return {
    asked_about: told.flatMap((event) => (event.type === 'reviews.asked_once_more' ? event.payload.kinds : [])),
    delta: told.flatMap((event) => (event.type === 'reviews.delta_opened' ? event.payload.requirements : [])),
  }
}

/** A reviewer's word on one requirement that a change touches. */
export async function judgeDelta(
  house: House,
  who: Acting,
  app: string,
  given: { readonly delta: string; readonly requirement: string; readonly outcome: 'passed' | 'failed'; readonly reason: string },
): Promise<void> {
  const on = await onApp(house, app)
  await house.act(who, 'review-changes', on, async (desk) => {
    const { person, memberships } = signedIn(who)
    const involved = memberships.some(({ kind, organisation }) => kind === 'partner' && organisation === on.organisation)
    const reason = given.reason.trim()
    const words = { delta: given.delta, requirement: given.requirement, outcome: given.outcome, reason: reason.toWellFormed() }
    const evidence = reason === '' ? [] : await keptAs(desk, who, app, 'delta-review', words)
    const { delta, requirement, outcome } = given
    const policy = await policyCounted(house, desk, app)
    await decideAndRecord(desk, { app, act: 'judge_delta', delta, requirement, outcome, person, involved, policy, evidence })
  })
  await closeWhatIsInOrder(house, app)
}

const PLANNER: Acting = { kind: 'machine', name: 'annual-reviews' }

/** Closes each review of an app that is answered and in order. Closing gives nothing: a badge is renewed by people. */
async function closeWhatIsInOrder(house: House, app: string): Promise<void> {
  await house.act(PLANNER, 'plan-reviews', {}, async (desk) => {
    const read = await reviewsOf(house, desk, app)
    for (const { annual, checks, declared } of read.annual) {
      const open = openIn(checks)
      const in_order = declared && open.length === 0 && read.document?.state.deltas.every(({ word }) => word === 'closed') === true
      if (!in_order || (annual.word !== 'announced' && annual.word !== 'missed')) continue
      await decideAndRecord(desk, { ...ofAnnual(annual), act: 'close', open })
    }
  })
}

/** Gives each badge that is held its next review, drops those of badges that have ended, and closes what has come in order. */
export async function planReviews(house: House): Promise<void> {
  const { held, ended, open } = await house.act(PLANNER, 'plan-reviews', {}, async (desk) => {
    const badges = (await desk.documents.list<BadgeDocument>(BADGES)).map(({ document }) => document)
    const reviews = new Map((await desk.documents.list<ReviewDocument>(REVIEWS)).map(({ key, document }) => [key, document.state]))
    const annualOf = (badge: BadgeDocument) => reviews.get(badge.app)?.annual[badgeName(badge)]
    return {
      held: badges.filter((badge) => HOLDS[badge.state] && (annualOf(badge)?.word ?? 'closed') === 'closed'),
      ended: badges.filter((badge) => !HOLDS[badge.state] && (annualOf(badge)?.word ?? 'closed') !== 'closed'),
      open: [...reviews].flatMap(([app, state]) => (Object.values(state.annual).some((one) => waits(state, one)) ? [app] : [])),
    }
  })
  for (const badge of held) await planned(house, badge)
  for (const { app, programme, tier } of ended) {
    await house.act(PLANNER, 'plan-reviews', {}, async (desk) => {
      const annual = (await stateOf(desk, app)).annual[badgeName({ programme, tier })]
      if (annual !== undefined && annual.word !== 'closed') await decideAndRecord(desk, { ...ofAnnual(annual), act: 'drop' })
    })
  }
  for (const app of open) await closeWhatIsInOrder(house, app)
}

const waits = (state: ReviewState, annual: Annual): boolean =>
  (annual.word === 'announced' || annual.word === 'missed') && isDeclared(state, annual)

/** A suspended badge keeps its month: what comes back is the badge that was approved then. */
const HOLDS = {
  none: false,
  active: true,
  at_risk: true,
  suspended: true,
  revoked: false,
  expired: false,
} as const satisfies Record<BadgeDocument['state'], boolean>

async function planned(house: House, badge: BadgeDocument): Promise<void> {
  await house.act(PLANNER, 'plan-reviews', {}, async (desk) => {
    const catalogue = await catalogueOf(house.packs, desk, badge.programme)
    const policy = catalogue === null ? null : policyOfKind(catalogue, 'annual-review', desk.now)
    const approved = firstApproved(badge)
    if (catalogue === null || policy === null || approved === null) return
    const before = (await stateOf(desk, badge.app)).annual[badgeName(badge)]
    const { zone } = catalogue.programme
    // A review that was closed early in its week is not held twice in a year.
    const from = before !== undefined && before.due_at > desk.now ? before.due_at : desk.now
    const days = reviewAfter(approved, from, policy, zone)
    if (before !== undefined && before.year >= days.year) return
    const { app, programme, tier } = badge
    await decideAndRecord(desk, { app, programme, tier, act: 'plan', policy: policy.id, ...days })
  })
}

/** The grant that began this life of the badge. A badge that ended and was granted anew is a new approval, with its own month. */
function firstApproved({ history }: BadgeDocument): Instant | null {
  const ended = history.findLastIndex(({ what }, place) => {
    if (what !== 'badges.revoked' && what !== 'badges.expired') return false
    // What an appeal gave back has never ended.
    return history.slice(place).find((one) => one.what === 'badges.granted' || one.what === 'badges.restored')?.what !== 'badges.restored'
  })
  return history.slice(ended + 1).find(({ what }) => what === 'badges.granted')?.at ?? null
}

/** Looked at every quarter of an hour: reviews are a matter of days, and their days themselves are told by the sweeper. */
export const reviewJob: Job = { name: 'plan-reviews', every_ms: 15 * 60_000, run: (house) => planReviews(house) }

const ofAnnual = ({ app, programme, tier, year }: Annual): ReviewOf => ({ app, programme, tier, year })

const openIn = (checks: AnnualRead['checks']): readonly string[] =>
  checks.filter(({ verdict }) => verdict === null || !isGood(verdict.verdict)).map(({ requirement }) => requirement)

async function checksOf(desk: Desk, { app, programme }: Annual, policy: AnnualReviewPolicy): Promise<AnnualRead['checks']> {
  const standing = await desk.documents.get<StandingDocument>(STANDINGS, standingKey(programme, app))
  return policy.checks.map((requirement) => ({
    requirement,
    verdict: standing?.verdicts.find((verdict) => verdict.requirement === requirement) ?? null,
  }))
}

/** The policy of significant changes and its form, of the first programme in force that has one. */
async function changeForm(house: House, desk: Desk): Promise<ReviewsRead['change']> {
  for (const catalogue of await cataloguesInForce(house.packs, desk)) {
    const policy = policyOfKind(catalogue, 'significant-change', desk.now)
    const form = policy === null ? undefined : formIn(catalogue, policy.form.id)
    if (policy !== null && form !== undefined) return { policy, form }
  }
  return null
}

const formIn = (catalogue: Catalogue, id: string): Form | undefined => catalogue.forms.find((form) => form.id === id)

/** Under which policy's name overdue matters of an app are counted. */
async function policyCounted(house: House, desk: Desk, app: string): Promise<string> {
  const annual = Object.values((await stateOf(desk, app)).annual)[0]
  if (annual !== undefined) return annual.policy
  for (const catalogue of await cataloguesInForce(house.packs, desk)) {
    const policy = policyOfKind(catalogue, 'annual-review', desk.now)
    if (policy !== null) return policy.id
  }
  throw new Refused('reviews.not_asked', 'No programme in force here has annual reviews.', app)
}

/** What the descriptor shows otherwise than when changes were last declared, or else when the app was first approved or read. */
async function seenChanges(
  desk: Desk,
  app: string,
  state: ReviewState,
): Promise<{ readonly seen: readonly SeenChange[]; readonly since: Instant | null }> {
  const reads = (await desk.log.stream(appStream(app))).flatMap((event) => {
    // The guarantee of the cast: only the directory appends to this stream.
    const { type, payload } = event as RecordedEvent & DirectoryEvent
    return type === 'directory.descriptor_read' ? [{ at: event.at, read: payload }] : []
  })
  const badges = (await desk.documents.list<BadgeDocument>(BADGES)).filter(({ document }) => document.app === app)
  const approved = badges.flatMap(({ document }) => firstApproved(document) ?? []).toSorted()[0] ?? null
  const since = state.declared?.at ?? approved
  const before = reads.findLast(({ at }) => since !== null && at <= since) ?? reads[0]
  const newest = reads.at(-1)
  if (before === undefined || newest === undefined) return { seen: [], since }
  return { seen: changesBetween(before.read, newest.read), since }
}

function checkedAnswers(form: Form, given: JsonObject): Answers {
  const { answers, mistakes } = readAnswers(form, given)
  const wrong = [...mistakes, ...missing(form, answers)]
  if (wrong.length > 0) {
    const told = wrong.slice(0, 20).map(({ at, says }) => `${at.slice(0, 100)}: ${says}`)
    throw new Refused('assessments.bad_answer', `Some answers do not fit. ${told.join(' ')}`, wrong[0]?.at.slice(0, 100))
  }
  return answers
}

function declarationIn(
  { form }: SignificantChangePolicy,
  answers: Answers,
): { readonly any_change: boolean; readonly kinds: readonly string[] } {
  const changes = answers[form.changes]
  const kinds = Array.isArray(changes) ? changes.flatMap((one) => (isRecord(one) ? (one[form.kind] ?? []) : [])) : []
  return { any_change: answers[form.any_change] === true, kinds: kinds.filter((kind) => typeof kind === 'string') }
}

const isRecord = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

const keptAs = (desk: Desk, who: Acting, app: string, kind: string, body: JsonObject) =>
  desk.asMachine(() =>
    keepEvidence(desk, [
      { subject: app, kind, observed_at: desk.now, source: { by: signedIn(who).person, via: kind }, visibility: 'partner', body },
    ]),
  )

const stateOf = async (desk: Desk, app: string): Promise<ReviewState> =>
  reviewState(await desk.asMachine(() => desk.log.stream(reviewStream(app))))

async function decideAndRecord(desk: Desk, command: ReviewCommand): Promise<readonly ReviewEvent[]> {
  const stream = reviewStream(command.app)
  const before = await desk.asMachine(() => desk.log.stream(stream))
  const events = review.decide(command, reviewState(before), desk.now)
  await desk.record(
    events.map((event) => onReview(command.app, event)),
    { expect: { stream, version: before.length } },
  )
  return events
}
