import { APPS, type AppDocument } from '../directory/apps-view.ts'
import { onApp } from '../directory/registering.ts'
import { personBehind, type Acting } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import { plus, type Duration } from '../kernel/duration.ts'
import type { Digest, RecordedEvent } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import type { Instant } from '../kernel/time.ts'
import { sha256 } from '../platform/crypto.ts'
import { keepEvidence } from '../platform/evidence.ts'
import { inForce } from '../programmes/load.ts'
import type { ListingDocuments } from '../programmes/schema.ts'
import { controlsOf, type Controls } from '../reliability/probers/controls.ts'
import { isGood, verdictOf, type ProbePolicy } from '../reliability/verdict.ts'
import type { ListingDocumentEvent } from './events.ts'
import { foundIn, listingDocument, sawTheSame, textOfPage, type ListingDocumentCommand, type Look } from './listing-document.ts'
import { documentKey, LISTING_DOCUMENTS, type ListingDocument } from './listing-documents-view.ts'

/** The largest page that is read as a policy. */
const LARGEST_PAGE_BYTES = 2 * 1024 * 1024
/** Text that is kept to be read beside the decision; longer ones are cut. */
const MOST_KEPT = 200_000

export type AskedDocument = ListingDocuments['documents'][number]

/** The documents that the programmes in force ask of a listing, each with its rules. */
export function documentsAsked(
  house: Pick<House, 'packs'>,
  at: Instant,
): readonly { readonly document: AskedDocument; readonly policy: ListingDocuments; readonly zone: string }[] {
  return house.packs.flatMap((pack) =>
    (inForce(pack, at)?.policies ?? []).flatMap((policy) =>
      policy.kind === 'listing-documents' ? policy.documents.map((document) => ({ document, policy, zone: pack.programme.zone })) : [],
    ),
  )
}

/** Names the address of a document. It is read within a quarter of an hour. */
export async function nameDocument(house: House, who: Acting, app: string, record: string, address: string): Promise<void> {
  const url = checkedAddress(house, address)
  askedDocument(house, record)
  await house.act(who, 'supply-details', await onApp(house, app), (desk) => decided(desk, { do: 'name', app, record, url }))
}

/** Confirms the text that was read, or refuses it with the reason. */
export async function reviewDocument(
  house: House,
  who: Acting,
  app: string,
  record: string,
  given: { readonly decision: 'confirm' | 'refuse'; readonly digest: string; readonly note: string },
): Promise<void> {
  const on = await onApp(house, app)
  const { document } = askedDocument(house, record)
  if (given.decision === 'refuse' && given.note.trim() === '') {
    throw new Refused('assessments.no_reason', 'Say what is missing, so that the partner can do something about it.', 'note')
  }
  await house.act(who, 'review-attestation', on, async (desk) => {
    const by = personBehind(who)
    const of_the_partner =
      who.kind === 'person' && who.memberships.some(({ kind, organisation }) => kind === 'partner' && organisation === on.organisation)
    const body = { record, decision: given.decision, note: given.note.trim().toWellFormed().replaceAll('\0', '') }
    const source = { by, via: 'review' }
    const note = given.note.trim() === '' ? [] : await desk.asMachine(() => kept(desk, app, 'document-review', source, body, 'partner'))
    const common = { app, record, by, of_the_partner, digest: given.digest, evidence: note }
    await decided(desk, given.decision === 'confirm' ? { do: 'confirm', state: document.state, ...common } : { do: 'refuse', ...common })
  })
}

/** Documents of an app as they stand. */
export const readDocuments = async (desk: Desk, app: string): Promise<readonly ListingDocument[]> =>
  (await desk.documents.list<ListingDocument>(LISTING_DOCUMENTS, `${app}/`)).map(({ document }) => document)

const MACHINE: Acting = { kind: 'machine', name: 'listing-documents' }
/** When each document was last read; after a start all are read again. */
const looked = new WeakMap<House, Map<string, Instant>>()

/**
 * Reads every document whose time has come. Answers with how many were read. An address counts as failing only when the
 * control targets rule out that the fault is ours, and as lost only by a look that failed after its time was over.
 */
export async function readListingDocuments(house: House, signal?: AbortSignal): Promise<number> {
  const last = looked.get(house) ?? new Map<string, Instant>()
  looked.set(house, last)
  const controls = controlsOf(house.operator, house.config.control_targets)
  const all = await house.act(MACHINE, 'judge-app', {}, async (desk) =>
    (await desk.documents.list<ListingDocument>(LISTING_DOCUMENTS)).map(({ document }) => document),
  )
  const asked = documentsAsked(house, house.clock.now())
  let read = 0
  for (const document of all) {
    if (signal?.aborted === true) break
    const rules = asked.find((one) => one.document.record === document.record)
    if (rules === undefined || document.url === null) continue
    const key = `${documentKey(document.app, document.record)} ${document.url}`
    const now = house.clock.now()
    const over = document.outcome === 'dead' && document.dead_at !== null && document.dead_at <= now
    const before = last.get(key)
    if (before !== undefined && !over && now < plus(before, rules.policy.read_every as Duration, rules.zone)) continue
    const seen = await lookAt(house, controls, document, rules.document)
    // Nothing was seen, by our own fault or by none that we can rule out: what was known stands, and it is tried again soon.
    if (seen === null) continue
    last.set(key, now)
    const { look, text } = seen
    read += 1
    await house.act(MACHINE, 'judge-app', {}, async (desk) => {
      const own = await asOwn(desk, document, look)
      if (over && own.outcome === 'dead') return decided(desk, { do: 'lose', app: document.app, record: document.record })
      if (sawTheSame(document, own)) return
      const source = { by: 'machine', via: document.url ?? '' }
      const body = { record: document.record, url: document.url, text: text.slice(0, MOST_KEPT) }
      const evidence = text === '' ? [] : await kept(desk, document.app, 'listing-document', source, body, 'partner')
      const dead_at = plus(desk.now, rules.policy.dead_after as Duration, rules.zone)
      await decided(desk, { do: 'read', app: document.app, record: document.record, look: own, evidence, dead_at })
    })
  }
  return read
}

/** What a look found; null when nobody can say whether the fault was ours. */
async function lookAt(
  house: House,
  controls: Controls,
  document: ListingDocument,
  asked: AskedDocument,
): Promise<{ readonly look: Look; readonly text: string } | null> {
  const url = new URL(document.url ?? '')
  const page = await pageAt(house, controls, url)
  if (page.kind === 'blind') return null
  // The digest that was known stays with a look that found none, so that a page that comes back is the same page.
  if (page.kind !== 'text') return { look: { outcome: page.kind, digest: document.digest, says: document.says }, text: '' }
  const digest = sha256(page.text)
  const says = foundIn(page.text, asked.says)
  const home = new URL('/', url)
  if (url.pathname === '/' && url.search === '') return { look: { outcome: 'home', digest, says }, text: page.text }
  const front = await pageAt(house, controls, home)
  if (front.kind === 'blind') return null
  const outcome = front.kind === 'text' && sha256(front.text) === digest ? 'home' : 'read'
  return { look: { outcome, digest, says }, text: page.text }
}

type Page = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'dead' | 'unreadable' | 'blind' }

/** What makes an answer a page: there is no hurry, and documents may move. */
const PAGE: ProbePolicy = { statuses: [200], within_ms: Number.POSITIVE_INFINITY, follow_redirects: true }

async function pageAt(house: House, controls: Controls, url: URL): Promise<Page> {
  const answer = await house.stranger.fetch({
    url: url.href,
    headers: [['accept', 'text/html, text/plain;q=0.9']],
    plain_http: true,
    ports: url.port === '' ? [] : [Number(url.port)],
    limits: { body_bytes: LARGEST_PAGE_BYTES, inflated_bytes: LARGEST_PAGE_BYTES, redirects: 5 },
  })
  if (answer.kind === 'no-answer' || !isGood(answer, PAGE)) {
    const { blind } = verdictOf(answer, PAGE, await controls.ask(), { stood_still_ms: 0, stopped: false })
    return { kind: blind === 'ours' ? 'blind' : 'dead' }
  }
  const type = answer.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? ''
  if (!/^text\/(html|plain)\b/i.test(type)) return { kind: 'unreadable' }
  const text = textOfPage(new TextDecoder().decode(answer.body)).replaceAll('\0', '')
  return text === '' ? { kind: 'unreadable' } : { kind: 'text', text }
}

/**
 * The look, or that the text is not this app's own: it is that of another app of the same partner, or was somebody else's
 * before. Who copies a text takes nothing from the app that had it first.
 */
async function asOwn(desk: Desk, document: ListingDocument, look: Look): Promise<Look> {
  if (look.outcome !== 'read') return look
  const own = (await desk.documents.get<AppDocument>(APPS, document.app))?.organisation
  const since = document.digest === look.digest ? (document.read_at ?? desk.now) : desk.now
  for (const { document: other } of await desk.documents.list<ListingDocument>(LISTING_DOCUMENTS)) {
    if (other.app === document.app || other.record !== document.record || other.digest !== look.digest) continue
    const theirs = (await desk.documents.get<AppDocument>(APPS, other.app))?.organisation
    if (theirs === own || (other.read_at !== null && other.read_at < since)) return { ...look, outcome: 'shared' }
  }
  return look
}

function askedDocument(house: House, record: string) {
  const found = documentsAsked(house, house.clock.now()).find(({ document }) => document.record === record)
  if (found !== undefined) return found
  const called = record.slice(0, 100).toWellFormed()
  throw new Refused('assessments.no_such_document', `No programme in force here asks a listing for "${called}".`, called)
}

function checkedAddress(house: House, address: string): string {
  const text = address.trim()
  const url = URL.canParse(text) ? new URL(text) : null
  const test = url !== null && house.test_targets.includes(url.host)
  if (url === null || text.length > 2_000 || (url.protocol !== 'https:' && !test) || url.username !== '' || url.password !== '') {
    throw new Refused('assessments.bad_link', 'Write the address of the document, with https:// in front.', 'url')
  }
  url.hash = ''
  return url.href
}

async function decided(desk: Desk, command: ListingDocumentCommand): Promise<void> {
  const stream = `listing-document/${documentKey(command.app, command.record)}`
  const events = await desk.asMachine(() => desk.log.stream(stream))
  const state = events
    // The guarantee of the cast: only this file and the reactor append to this stream.
    .map((event) => event as RecordedEvent & ListingDocumentEvent)
    .reduce((before, event) => listingDocument.evolve(before, event), listingDocument.initial)
  const facts = listingDocument.decide(command, state, desk.now)
  if (facts.length === 0) return
  await desk.record(
    facts.map(({ type, payload }) => ({ stream, subject: command.app, type, payload })),
    { expect: { stream, version: events.length } },
  )
}

const kept = (
  desk: Desk,
  subject: string,
  kind: string,
  source: { readonly by: string; readonly via: string },
  body: { readonly [name: string]: string | null },
  visibility: 'partner',
): Promise<readonly Digest[]> => keepEvidence(desk, [{ subject, kind, observed_at: desk.now, source, visibility, body }])
