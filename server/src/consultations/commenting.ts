import { refusalOf, type Acting, type On } from '../enrolment/authorise.ts'
import { checkedWords } from '../kernel/words.ts'
import type { Desk, House } from '../house.ts'
import type { Digest, RecordedEvent } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import { says } from '../kernel/says.ts'
import { newId } from '../platform/clock.ts'
import { eraseEvidence, keepEvidence, readEvidences } from '../platform/evidence.ts'
import { putDeliveries } from '../platform/outbox.ts'
import { catalogueOf, type Pack } from '../programmes/load.ts'
import { consultationOf } from '../programmes/phase.ts'
import { consultation, type ConsultationCommand, type ConsultationState } from './consultation.ts'
import { consultationStream, type Comment, type ConsultationEvent, type Outcome } from './events.ts'
import { COMMENTS, commentsKey, type CommentsDocument } from './view.ts'

/** Writing to a draft, answering and taking back: read, decide, record, in one transaction each. */

/** A requirement of a draft. */
export type DraftOf = { readonly programme: string; readonly version: string; readonly requirement: string }

/** Longer than a page of print; more belongs to several requirements, or into a mail. */
const LONGEST_COMMENT = 4_000

/** The organisation for which somebody writes: the one that they name, or their only one. */
export function writesFor(who: Acting, wanted: string | null): string {
  if (who.kind !== 'person') throw new Refused('enrolment.sign_in', 'sign in to comment')
  const own = who.memberships.filter(({ kind, organisation }) => {
    const may = refusalOf(who, 'comment-on-draft', kind === 'partner' ? { organisation } : {}) === null
    return may && (kind === 'partner' || kind === 'operator')
  })
  const found = wanted === null ? own : own.filter(({ organisation }) => organisation === wanted)
  const [only, another] = found
  if (only === undefined)
    throw new Refused('enrolment.forbidden', 'Comments come from partners and from the operator; you belong to neither.')
  if (another !== undefined) {
    throw new Refused(
      'enrolment.which_organisation',
      'You belong to several organisations; name the one that you write for.',
      'organisation',
    )
  }
  return only.organisation
}

/** Writes a comment; answers with its id. */
export async function commentOn(
  house: House,
  who: Acting,
  of: DraftOf,
  given: { readonly words: string; readonly organisation: string | null },
): Promise<string> {
  const organisation = writesFor(who, given.organisation)
  return house.act(who, 'comment-on-draft', { organisation }, async (desk) => {
    const pack = packOf(house, of.programme)
    const { digest } = asked(pack, of)
    const words = checkedComment(given.words, 'words', 'Say what should be otherwise, and why.')
    const comment = newId('cmt')
    const phase = consultationOf(pack.programme, of.version, desk.now)
    // Decided once before anything is kept, so that a refused comment leaves no words behind.
    const command = { ...of, act: 'comment', comment, organisation, digest, phase } as const
    const state = await stateOf(desk, of)
    consultation.decide({ ...command, evidence: [] }, state.state, desk.now)
    const evidence = await keepWords(desk, of, words, organisation)
    await record(desk, of, { ...command, evidence }, state)
    return comment
  })
}

/** Answers a comment, with a reason whichever way it goes; whoever wrote it is told by mail. */
export async function answerComment(
  house: House,
  who: Acting,
  of: DraftOf & { readonly comment: string },
  given: { readonly outcome: Outcome; readonly words: string },
): Promise<void> {
  await house.act(who, 'answer-comment', {}, async (desk) => {
    const pack = packOf(house, of.programme)
    const words = checkedComment(given.words, 'words', 'Say why: whoever wrote it is owed a reason either way.')
    const state = await stateOf(desk, of)
    const command = { ...of, act: 'answer', outcome: given.outcome } as const
    consultation.decide({ ...command, evidence: [] }, state.state, desk.now)
    const evidence = await keepWords(desk, of, words, null)
    await record(desk, of, { ...command, evidence }, state)
    await tellAuthor(desk, pack, of, state.events)
  })
}

/** Takes a comment back, or down. Its words are erased; that it was there, and what was answered, stays. */
export async function removeComment(
  house: House,
  who: Acting,
  of: DraftOf & { readonly comment: string },
  given: { readonly words: string; readonly organisation: string | null },
): Promise<void> {
  const by = refusalOf(who, 'answer-comment') === null ? 'operator' : 'author'
  const organisation = writesFor(who, given.organisation)
  const on: On = by === 'operator' ? {} : { organisation }
  await house.act(who, by === 'operator' ? 'answer-comment' : 'comment-on-draft', on, async (desk) => {
    const state = await stateOf(desk, of)
    const command = { ...of, act: 'remove', by, organisation } as const
    consultation.decide({ ...command, evidence: [] }, state.state, desk.now)
    const reason = by === 'operator' ? checkedComment(given.words, 'words', 'Say why it is taken down.') : null
    const evidence = reason === null ? [] : await keepWords(desk, of, reason, null)
    await record(desk, of, { ...command, evidence }, state)
    const written = state.events.find(({ type, payload }) => type === 'consultations.commented' && payload['comment'] === of.comment)
    // The guarantee of the cast: the event of this name carries its evidence.
    const names = (written?.payload['evidence'] ?? []) as readonly Digest[]
    await desk.asMachine(() => eraseEvidence(desk, names))
  })
}

/** A comment with its words, as everybody may read it. */
export type CommentRead = Comment & {
  readonly words: string | null
  readonly answer_words: string | null
  /** Whether the draft reads otherwise by now. */
  readonly of_an_earlier_text: boolean
}

/** Comments on a draft, or on one requirement of it, in the order in which they came. */
export async function readComments(
  house: House,
  desk: Desk,
  of: { readonly programme: string; readonly version: string; readonly requirement?: string },
): Promise<readonly CommentRead[]> {
  const pack = house.packs.find(({ programme }) => programme.id === of.programme)
  const digest = pack?.catalogues.find(({ version }) => version === of.version)?.digest
  const documents =
    of.requirement === undefined
      ? (await desk.documents.list<CommentsDocument>(COMMENTS, commentsKey(of.programme, of.version))).map(({ document }) => document)
      : [await desk.documents.get<CommentsDocument>(COMMENTS, commentsKey(of.programme, of.version, of.requirement))]
  const comments = documents.flatMap((document) => document?.comments ?? []).sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
  const names = comments.flatMap(({ evidence, answer }) => [evidence, answer?.evidence ?? null].filter((one) => one !== null))
  const bodies = await readEvidences(desk, names)
  const wordsIn = (name: Digest | null): string | null => {
    const body = name === null ? null : bodies.get(name)?.body
    return typeof body === 'string' ? body : null
  }
  return comments.map((one) => ({
    ...one,
    words: one.removed === null ? wordsIn(one.evidence) : null,
    answer_words: wordsIn(one.answer?.evidence ?? null),
    of_an_earlier_text: digest !== undefined && one.digest !== digest,
  }))
}

function packOf(house: House, programme: string): Pack {
  const pack = house.packs.find((one) => one.programme.id === programme)
  if (pack === undefined) throw new Refused('programmes.no_such_programme', `This marketplace runs no programme "${programme}".`, programme)
  return pack
}

function asked(pack: Pack, of: DraftOf) {
  const catalogue = catalogueOf(pack, of.version)
  if (!catalogue.requirements.some(({ id }) => id === of.requirement)) {
    throw new Refused('programmes.no_such_requirement', `Version ${of.version} has no requirement "${of.requirement}".`, of.requirement)
  }
  return catalogue
}

function checkedComment(text: string, where: string, ask: string): string {
  const words = checkedWords(text, where, ask)
  if (words.length > LONGEST_COMMENT) {
    throw new Refused('consultations.too_long', `This has ${words.length} characters; ${LONGEST_COMMENT} are taken.`, where)
  }
  return words
}

/** What is public from the start is kept as public; which person wrote it stands in the log only. */
const keepWords = (desk: Desk, { programme, version }: DraftOf, words: string, organisation: string | null): Promise<readonly Digest[]> =>
  desk.asMachine(() =>
    keepEvidence(desk, [
      {
        subject: consultationStream(programme, version),
        kind: 'comment',
        observed_at: desk.now,
        source: { by: organisation ?? 'operator' },
        visibility: 'public',
        body: words,
      },
    ]),
  )

type Known = { readonly state: ConsultationState; readonly events: readonly RecordedEvent[] }

async function stateOf(desk: Desk, { programme, version }: DraftOf): Promise<Known> {
  const events = await desk.asMachine(() => desk.log.stream(consultationStream(programme, version)))
  // The guarantee of the cast: only this decider's events are appended to a consultation's stream.
  const state = events.reduce(
    (before, event) => consultation.evolve(before, event as unknown as ConsultationEvent & RecordedEvent),
    consultation.initial,
  )
  return { state, events }
}

async function record(desk: Desk, of: DraftOf, command: ConsultationCommand, { state, events }: Known): Promise<void> {
  const stream = consultationStream(of.programme, of.version)
  await desk.record(
    consultation.decide(command, state, desk.now).map(({ type, payload }) => ({ stream, subject: null, type, payload })),
    { expect: { stream, version: events.length } },
  )
}

async function tellAuthor(
  desk: Desk,
  pack: Pack,
  of: DraftOf & { readonly comment: string },
  events: readonly RecordedEvent[],
): Promise<void> {
  const written = events.find(({ type, payload }) => type === 'consultations.commented' && payload['comment'] === of.comment)
  if (written?.by.kind !== 'person') return
  const { id } = written.by
  const title = pack.requirements.find((one) => one.id === of.requirement)?.title ?? of.requirement
  const { programme, version, requirement } = of
  const params = { programme: pack.programme.title, id: programme, version, requirement: encodeURIComponent(requirement), title }
  await desk.asMachine(() =>
    putDeliveries(desk, [{ to: { kind: 'person', id }, says: says('consultations.answered', params), subject: null, cause: written.hash }]),
  )
}
