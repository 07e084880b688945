import { APPS, type AppDocument } from '../directory/apps-view.ts'
import { PROGRAMMES, type ProgrammeDocument } from '../directory/programme.ts'
import { onApp } from '../directory/registering.ts'
import type { Acting } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import type { Digest, RecordedEvent } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import { says, type Says } from '../kernel/says.ts'
import type { Instant } from '../kernel/time.ts'
import { readEvidences, type Evidence } from '../platform/evidence.ts'
import { FILE_KIND, notesOf, offersOn, peopleOf, sideOf, situationOf, type Offered, type Situation } from './acting.ts'
import type { ApplicationWord, Approval } from './application.ts'
import { kindOf, safeName } from './attachment.ts'
import { barredBy, componentsOf, type ComponentRead, type Judged } from './components.ts'
import {
  applicationStream,
  type ApplicationEvent,
  type ApplicationOf,
  type Attachment,
  type NoteEvent,
  type Side,
  type Step,
} from './events.ts'
import type { Ports } from './ports.ts'
import { appliedFor, type ReviewPolicy } from './rules.ts'
import { idleOf, type Idle, type Turn } from './turn.ts'
import { APPLICATIONS, TURNS, type ApplicationDocument, type TurnsDocument } from './view.ts'

/** Something that stands on a thread, newest last. Words are null where there are none, or where they were erased. */
export type Entry = {
  /** Its number on the thread. */
  readonly number: number
  readonly at: Instant
  readonly by: { readonly person: string | null; readonly name: string | null; readonly side: Side | 'nobody' }
  readonly what: string
  readonly says: Says
  readonly words: string | null
  readonly erased: boolean
  readonly mentions: readonly string[]
}

export type NoteRead = { readonly at: Instant; readonly name: string | null; readonly words: string | null }

/** A piece of evidence with what its sender calls it. */
export type AttachmentRead = Attachment & {
  readonly at: Instant
  readonly name: string
  readonly expired: boolean
  readonly verified_by: string | null
}

/** Everything that a thread's page or a program is shown. */
export type ThreadRead = {
  readonly of: ApplicationOf
  readonly app: AppDocument
  readonly tier_title: string
  readonly programme_title: string
  readonly now: Instant
  readonly word: ApplicationWord
  readonly since: Instant | null
  readonly version: number
  readonly standing_hash: Digest | null
  readonly turn: Turn<Step> | null
  readonly idle: readonly Idle<Step>[]
  readonly policy: ReviewPolicy | null
  readonly components: readonly ComponentRead[]
  readonly barred: readonly Judged[]
  readonly judged: readonly Judged[]
  readonly asked: Situation['state']['asked']
  readonly soaks_until: Instant | null
  readonly reviewers: number
  /** Approvals on the standing as it is now. */
  readonly approvals: readonly (Approval & { readonly name: string | null })[]
  readonly recused: Situation['state']['recused']
  readonly attachments: readonly AttachmentRead[]
  readonly downtimes: Situation['state']['downtimes']
  readonly again_from: Instant | null
  readonly actions: readonly Offered[]
  readonly side: Side
  readonly people: readonly { readonly person: string; readonly name: string; readonly side: Side }[]
  readonly entries: readonly Entry[]
  /** How many older entries there are. */
  readonly older: number
  /** Among the operator's people; null for everybody else. */
  readonly notes: readonly NoteRead[] | null
}

/** More entries at once help nobody; older ones are a page away. */
export const ENTRIES_SHOWN = 100

/** Reads a thread, or what it would be: readiness is shown before anybody applies. */
export async function readThread(
  house: House,
  ports: Ports,
  who: Acting,
  of: ApplicationOf,
  before: number | null = null,
  may_read_notes = false,
): Promise<ThreadRead> {
  const on = await onApp(house, of.app)
  return house.act(who, 'read-app', on, async (desk) => {
    const situation = await situationOf(house, ports, desk, of, on)
    const { state, standing, applied, events } = situation
    const app = await desk.documents.get<AppDocument>(APPS, of.app)
    if (app === null) throw new Refused('directory.no_such_app', `There is no app "${of.app}" here.`, of.app)
    const people = await peopleOf(desk, on)
    const names = new Map(people.map(({ person, name }) => [person, name]))
    const upto = before === null ? events : events.slice(0, Math.max(0, before - 1))
    const shown = upto.slice(-ENTRIES_SHOWN)
    // Only the events that row security gives this reader: the second wall stands behind the first.
    const theirs = new Set((await desk.log.stream(applicationStream(of))).map(({ hash }) => hash))
    const texts = await readEvidences(desk, shown.flatMap(evidenceIn))
    const components = applied === null ? [] : componentsOf(applied.rules.policy, standing.judged, state, desk.now)
    return {
      of,
      app,
      tier_title: applied?.tier.title ?? of.tier,
      programme_title: applied?.catalogue.programme.title ?? of.programme,
      now: desk.now,
      word: state.word,
      since: state.since,
      version: events.length,
      standing_hash: standing.hash,
      turn: state.turn,
      idle: idleOf(state.turns, state.turn, desk.now),
      policy: applied?.rules.policy ?? null,
      components,
      barred: applied === null ? [] : barredBy(applied.rules.policy, standing.judged),
      judged: standing.judged,
      asked: state.asked,
      soaks_until: state.soaks_until,
      reviewers: applied?.tier.reviewers ?? 0,
      approvals: state.approvals
        .filter(({ standing_hash }) => standing_hash === standing.hash)
        .map((one) => ({ ...one, name: names.get(one.person) ?? null })),
      recused: state.recused,
      attachments: await attachmentsIn(desk, situation),
      downtimes: state.downtimes,
      again_from: state.again_from,
      actions: await offersOn(ports, desk, situation),
      side: sideOf(who, on),
      people,
      entries: shown
        .filter(({ hash }) => theirs.has(hash))
        .map((event) => entryOf(event, texts, names, people, applied?.rules.policy ?? null)),
      older: upto.length - shown.length,
      notes: may_read_notes ? await notesIn(desk, situation, names) : null,
    }
  })
}

async function attachmentsIn(desk: Desk, { state }: Situation): Promise<readonly AttachmentRead[]> {
  const files = Object.values(state.attachments)
  // What was taken over is kept under the app that it came with; both belong to the same partner.
  const kept = await readEvidences(
    desk,
    files.map(({ evidence }) => evidence),
  )
  return files.map((file) => ({
    ...file,
    name: nameIn(kept.get(file.evidence)) ?? 'Erased',
    expired: file.valid_until !== null && file.valid_until <= desk.now,
  }))
}

async function notesIn(desk: Desk, { of, on }: Situation, names: ReadonlyMap<string, string>): Promise<readonly NoteRead[]> {
  const events = await notesOf(desk, of, on)
  const texts = await readEvidences(desk, events.flatMap(evidenceIn))
  return events.map((recorded) => {
    // The guarantee of the cast: only notes are on this stream.
    const { payload } = recorded as unknown as NoteEvent
    return { at: recorded.at, name: names.get(payload.person) ?? null, words: wordsIn(texts.get(payload.evidence)) }
  })
}

const evidenceIn = ({ payload }: RecordedEvent): readonly string[] => {
  const { evidence } = payload as { readonly evidence?: unknown }
  return typeof evidence === 'string' ? [evidence] : []
}

const wordsIn = (evidence: Evidence | undefined): string | null => (evidence?.body as { readonly words?: string } | null)?.words ?? null
const nameIn = (evidence: Evidence | undefined): string | null => (evidence?.body as { readonly name?: string } | null)?.name ?? null

function entryOf(
  recorded: RecordedEvent,
  texts: ReadonlyMap<string, Evidence>,
  names: ReadonlyMap<string, string>,
  people: ThreadRead['people'],
  policy: ReviewPolicy | null,
): Entry {
  // The guarantee of the cast: only this slice's events are on a thread's stream.
  const event = recorded as unknown as ApplicationEvent & RecordedEvent
  const person = personIn(event)
  const [named] = evidenceIn(recorded)
  const evidence = named === undefined ? undefined : texts.get(named)
  return {
    number: recorded.version,
    at: recorded.at,
    by: { person, name: person === null ? null : (names.get(person) ?? null), side: sideOfEntry(event, person, people) },
    what: event.type.slice('applications.'.length),
    says: sentenceOf(event, policy, texts),
    words: wordsIn(evidence),
    erased: evidence !== undefined && evidence.erased_at !== null,
    mentions: event.type === 'applications.commented' ? event.payload.mentions : [],
  }
}

const personIn = ({ payload }: ApplicationEvent): string | null =>
  'person' in payload ? payload.person : 'by' in payload && 'side' in payload ? payload.by : null

function sideOfEntry(event: ApplicationEvent, person: string | null, people: ThreadRead['people']): Entry['by']['side'] {
  if (event.type === 'applications.commented' || event.type === 'applications.attached') return event.payload.side
  return person === null ? 'nobody' : (people.find((one) => one.person === person)?.side ?? 'nobody')
}

function sentenceOf(event: ApplicationEvent, policy: ReviewPolicy | null, texts: ReadonlyMap<string, Evidence>): Says {
  const code = event.type.replace('applications.', 'applications.entry.')
  const part = (id: string): string => policy?.components.find((one) => one.id === id)?.title ?? id
  const run = (id: string): string => policy?.components.flatMap(({ runs = [] }) => runs).find((one) => one.id === id)?.title ?? id
  switch (event.type) {
    case 'applications.changes_requested': {
      const parts = event.payload.asked.map(({ component, requirement }) =>
        requirement === null ? part(component) : `${part(component)} (${requirement})`,
      )
      return says(code, { parts: parts.join(', ') })
    }
    case 'applications.run_arranged': {
      const { planned_at } = event.payload
      return says(code, {
        run: run(event.payload.run),
        planned: planned_at === null ? '' : `, on ${planned_at.slice(0, 16).replace('T', ' ')} UTC`,
      })
    }
    case 'applications.run_recorded':
      return says(code, { run: run(event.payload.run), result: event.payload.result })
    case 'applications.component_checked':
      return says(code, {
        component: part(event.payload.component),
        result: event.payload.result === 'met' ? 'found in order' : 'not in order',
      })
    case 'applications.soak_begun':
      return says(code, { until: event.payload.until.slice(0, 10) })
    case 'applications.approved':
      return says(code, { standing: event.payload.standing_hash.slice('sha256:'.length, 'sha256:'.length + 8) })
    case 'applications.reminded':
      return says(code, { side: event.payload.side })
    case 'applications.attached':
      return says(code, { file: `${nameIn(texts.get(event.payload.evidence)) ?? 'erased'}, revision ${event.payload.revision}` })
    case 'applications.attachment_verified':
      return says(code, { provenance: event.payload.provenance })
    case 'applications.downtime_announced': {
      const at = (moment: Instant): string => `${moment.slice(0, 16).replace('T', ' ')} UTC`
      return says(code, { from: at(event.payload.from), until: at(event.payload.until) })
    }
    default:
      return says(code)
  }
}

/** A file's bytes with a name and a kind that are safe in a header. For whoever may read the app. */
export async function readFile(
  house: House,
  ports: Ports,
  who: Acting,
  of: ApplicationOf,
  attachment: string,
): Promise<{ readonly bytes: Uint8Array; readonly name: string }> {
  const on = await onApp(house, of.app)
  return house.act(who, 'read-app', on, async (desk) => {
    const { state } = await situationOf(house, ports, desk, of, on)
    const file = Object.hasOwn(state.attachments, attachment) ? state.attachments[attachment] : undefined
    const kept = file === undefined ? undefined : (await readEvidences(desk, [file.evidence])).get(file.evidence)
    const body = kept?.kind === FILE_KIND ? (kept.body as { readonly name: string; readonly content: string } | null) : null
    if (body === null) {
      throw new Refused('applications.no_such_attachment', 'There is no such evidence on this thread, or it was erased.', attachment)
    }
    const bytes = new Uint8Array(Buffer.from(body.content, 'base64'))
    return { bytes, name: safeName(body.name, kindOf(bytes)) }
  })
}

/** A badge that an app can apply for, or has. */
export type Applicable = {
  readonly of: ApplicationOf
  readonly title: string
  readonly says: string
  readonly document: ApplicationDocument | null
}

/** The badges of all programmes that are applied for here, with the app's threads. */
export async function readApplicable(house: House, who: Acting, app: string): Promise<readonly Applicable[]> {
  return house.act(who, 'read-app', await onApp(house, app), async (desk) => {
    const found: Applicable[] = []
    for (const { document } of await desk.documents.list<ProgrammeDocument>(PROGRAMMES)) {
      const tiers = house.packs.find(({ programme }) => programme.id === document.programme)?.programme.tiers ?? []
      for (const { id, title, says: told } of tiers) {
        const of: ApplicationOf = { app, programme: document.programme, tier: id }
        const thread = await desk.documents.get<ApplicationDocument>(APPLICATIONS, `${document.programme}.${id}/${app}`)
        if (thread === null && (await appliedFor(house.packs, desk, of)) === null) continue
        found.push({ of, title, says: told, document: thread })
      }
    }
    return found
  })
}

/** A thread in the reviewers' queue. */
export type Queued = Pick<ApplicationDocument, 'app' | 'programme' | 'tier' | 'word' | 'turn' | 'heard' | 'version' | 'opened_at'> & {
  readonly name: string
  readonly approvals: number
  readonly overdue: boolean
}

/** Every open application, the operator's turns first, and of those what is due first. */
export async function readQueue(house: House, who: Acting): Promise<{ readonly now: Instant; readonly queue: readonly Queued[] }> {
  return house.act(who, 'read-overview', {}, async (desk) => ({ now: desk.now, queue: await queueAt(desk) }))
}

/** The same at a desk that is open. */
export async function queueAt(desk: Desk): Promise<readonly Queued[]> {
  const names = new Map((await desk.documents.list<AppDocument>(APPS)).map(({ key, document }) => [key, document.name]))
  const threads = (await desk.documents.list<ApplicationDocument>(APPLICATIONS)).map(({ document }) => document)
  return threads
    .filter(({ turn }) => turn !== null)
    .map(({ app, programme, tier, word, turn, heard, version, opened_at, decided }) => ({
      app,
      programme,
      tier,
      word,
      turn,
      heard,
      version,
      opened_at,
      name: names.get(app) ?? app,
      approvals: decided.approvals.length,
      overdue: turn !== null && turn.due_at !== null && turn.side !== 'nobody' && turn.due_at < desk.now,
    }))
    .sort(
      (a, b) =>
        RANK[a.turn?.side ?? 'nobody'] - RANK[b.turn?.side ?? 'nobody'] ||
        compare(a.turn?.due_at ?? '9', b.turn?.due_at ?? '9') ||
        compare(a.app, b.app),
    )
}

const RANK = { operator: 0, partner: 1, nobody: 2 } as const satisfies Record<Turn['side'], number>
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** How long applications of a programme take, for everybody. */
export const readTurns = (house: House, who: Acting, programme: string): Promise<TurnsDocument | null> =>
  house.act(who, 'read-public-pages', {}, (desk) => desk.documents.get<TurnsDocument>(TURNS, programme))
