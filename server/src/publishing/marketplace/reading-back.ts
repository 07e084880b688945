import type { Acting } from '../../enrolment/authorise.ts'
import type { Desk, House } from '../../house.ts'
import { plus, type Duration } from '../../kernel/duration.ts'
import type { RecordedEvent } from '../../kernel/event.ts'
import { Refused } from '../../kernel/refused.ts'
import type { Instant } from '../../kernel/time.ts'
import { sha256Bytes } from '../../platform/crypto.ts'
import { keepEvidence } from '../../platform/evidence.ts'
import { controlsOf, type Controls } from '../../reliability/probers/controls.ts'
import { verdictOf, type ProbePolicy } from '../../reliability/verdict.ts'
import { confirmed, mismatchesOf, seenIn, type Mismatch, type Seen } from './look.ts'
import { lookStream, mismatch, type MismatchCommand, type MismatchEvent } from './mismatch.ts'
import { filledIn, type ListingSettings } from './settings.ts'
import { STATES, type AppState } from './state.ts'

const MACHINE: Acting = { kind: 'machine', name: 'listings' }
/** The largest listing that is read. */
const LARGEST_LISTING_BYTES = 4 * 1024 * 1024
/** Nobody waits for a listing, but a job has to end. */
const WITHIN_MS = 20_000
const AT_ONCE = 6
/** What makes an answer a listing. */
const LISTING: ProbePolicy = { statuses: [200], within_ms: Number.POSITIVE_INFINITY, follow_redirects: true }

/** When each listing was last looked at; after a start all are looked at again. */
const looked = new WeakMap<House, Map<string, Instant>>()

/** Looks at every listing whose time has come: by the rhythm of the settings, and as soon as the marketplace's time for a change is over. Answers with how many. */
export async function readListingsBack(house: House, signal?: AbortSignal, within_ms = WITHIN_MS): Promise<number> {
  const settings = house.listings
  if (settings?.read === undefined) return 0
  const last = looked.get(house) ?? new Map<string, Instant>()
  looked.set(house, last)
  const now = house.clock.now()
  const states = await house.act(MACHINE, 'look-at-listing', {}, async (desk) =>
    (await desk.documents.list<AppState>(STATES)).map(({ document }) => document),
  )
  const due = states.filter((state) => isDue(state, settings, last.get(state.app) ?? null, now))
  const by: By = { settings, controls: controlsOf(house.operator, house.config.control_targets), within_ms, signal }
  let read = 0
  for (let from = 0; from < due.length; from += AT_ONCE) {
    if (signal?.aborted === true) break
    const looks = due.slice(from, from + AT_ONCE).map(async (state) => {
      if (await lookedAt(house, by, state)) {
        last.set(state.app, now)
        read += 1
      }
    })
    await Promise.all(looks)
  }
  return read
}

/** What a look needs beside the listing. */
type By = {
  readonly settings: ListingSettings
  readonly controls: Controls
  readonly within_ms: number
  readonly signal: AbortSignal | undefined
}

/** Looks at one listing now, by a person. */
export async function lookAgain(house: House, who: Acting, app: string): Promise<void> {
  const settings = house.listings
  if (settings?.read === undefined) {
    throw new Refused('publishing.no_listings', 'Nothing says how listings are read back: set LISTINGS to the file that does.', 'LISTINGS')
  }
  const state = await house.act(who, 'look-at-listing', {}, (desk) => desk.documents.get<AppState>(STATES, app))
  if (state === null) throw new Refused('directory.no_such_app', `There is no app "${app}" here.`, app)
  const controls = controlsOf(house.operator, house.config.control_targets)
  await lookedAt(house, { settings, controls, within_ms: WITHIN_MS, signal: undefined }, state)
}

function isDue(state: AppState, settings: ListingSettings, before: Instant | null, now: Instant): boolean {
  if (before === null || plus(before, settings.look_every as Duration) <= now) return true
  const changes = [state.listing.since, ...state.badges.map(({ shown_since }) => shown_since)]
  return changes.some((at) => {
    const over = plus(at, settings.allowance as Duration)
    return over > before && over <= now
  })
}

/** True when it was seen, or could not be by no fault of ours. */
async function lookedAt(house: House, by: By, state: AppState): Promise<boolean> {
  const { settings } = by
  const first = await lookAt(house, by, state)
  if (first === null) return false
  if (first.seen.kind === 'unreadable') {
    const { why } = first.seen
    await house.act(MACHINE, 'look-at-listing', {}, (desk) =>
      decided(desk, { do: 'fail', app: state.app, why, due_at: plus(desk.now, settings.allowance as Duration) }),
    )
    return true
  }
  let mismatches: readonly Mismatch[] = mismatchesOf(state, first.seen, settings, house.clock.now())
  let told = first
  if (mismatches.length > 0) {
    const second = await lookAt(house, by, state)
    if (second === null || second.seen.kind === 'unreadable') return false
    mismatches = confirmed(mismatches, mismatchesOf(state, second.seen, settings, house.clock.now()))
    told = second
  }
  return house.act(MACHINE, 'look-at-listing', {}, async (desk) => {
    // Something may have changed while we looked: then what was seen is held against it at the next look.
    const now = await desk.documents.get<AppState>(STATES, state.app)
    if (now?.sequence !== state.sequence) return false
    await decided(desk, { do: 'compare', app: state.app, mismatches, evidence: [] }, () => kept(desk, state.app, told))
    return true
  })
}

type Look = { readonly seen: Seen; readonly url: string; readonly status: number | null; readonly digest: string | null }

/** What a listing shows; null when nobody can say whether the fault was ours, or where it has no address. */
async function lookAt(house: House, { settings, controls, within_ms, signal }: By, state: AppState): Promise<Look | null> {
  const { read } = settings
  if (read === undefined) return null
  const url = filledIn('page' in read ? (read.page.url ?? settings.listing) : read.api.url, state)
  if (url === null) return null
  const { port } = new URL(url)
  const answer = await house.stranger.fetch({
    url,
    headers: [['accept', 'page' in read ? 'text/html' : 'application/json']],
    ports: port === '' ? [] : [Number(port)],
    limits: { total_ms: within_ms, body_bytes: LARGEST_LISTING_BYTES, inflated_bytes: LARGEST_LISTING_BYTES, redirects: 3 },
    ...(signal === undefined ? {} : { signal }),
  })
  if (answer.kind === 'no-answer' || answer.status >= 500) {
    const why = answer.kind === 'no-answer' ? answer.reason : `status ${answer.status}`
    if (signal?.aborted === true) return null
    // An answer is theirs, and so is what our guard refused; silence may be ours, unless control targets are heard at the same moment.
    const { blind } = verdictOf(answer, LISTING, await controls.ask(), { stood_still_ms: 0, stopped: false })
    if (blind === 'ours' && answer.kind === 'no-answer') return null
    return { seen: { kind: 'unreadable', why }, url, status: answer.kind === 'no-answer' ? null : answer.status, digest: null }
  }
  const type = answer.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? ''
  const seen = seenIn(read, { status: answer.status, type, text: new TextDecoder().decode(answer.body) })
  return { seen, url: answer.url, status: answer.status, digest: sha256Bytes(answer.body) }
}

async function decided(
  desk: Desk,
  command: MismatchCommand,
  evidence: () => Promise<readonly `sha256:${string}`[]> = async () => [],
): Promise<void> {
  const stream = lookStream(command.app)
  const events = await desk.asMachine(() => desk.log.stream(stream))
  const state = events
    // The guarantee of the cast: only this file appends to this stream.
    .map((event) => event as RecordedEvent & MismatchEvent)
    .reduce((before, event) => mismatch.evolve(before, event), mismatch.initial)
  const facts = mismatch.decide(command, state, desk.now)
  if (facts.length === 0) return
  // What was seen is kept where it opens something, and nowhere else: most looks agree.
  const seen = facts.some(({ type }) => type === 'publishing.mismatch_found') ? await evidence() : []
  await desk.record(
    facts.map(({ type, payload }) => ({
      stream,
      subject: command.app,
      type,
      payload: type === 'publishing.mismatch_found' ? { ...payload, evidence: seen } : payload,
    })),
    { expect: { stream, version: events.length } },
  )
}

const kept = (desk: Desk, subject: string, { seen, url, status, digest }: Look) =>
  desk.asMachine(() =>
    keepEvidence(desk, [
      {
        subject,
        kind: 'listing-look',
        observed_at: desk.now,
        source: { by: 'machine', via: url },
        visibility: 'operator',
        body: { url, status, digest, seen: seen.kind === 'shown' ? { badges: { ...seen.badges }, listing: seen.listing } : seen.kind },
      },
    ]),
  )
