import { APPS, type AppDocument } from '../directory/apps-view.ts'
import { confirmRecordAt, onApp } from '../directory/registering.ts'
import type { Act } from '../enrolment/acts.ts'
import { actingId, authorise, refusalOf, type Acting, type On } from '../enrolment/authorise.ts'
import { operatorOrganisation } from '../enrolment/organisation.ts'
import { membersOf } from '../enrolment/person.ts'
import type { Desk, House } from '../house.ts'
import type { Digest, RecordedEvent } from '../kernel/event.ts'
import { isRefused, Refused } from '../kernel/refused.ts'
import { says } from '../kernel/says.ts'
import { after, type Instant } from '../kernel/time.ts'
import { newId } from '../platform/clock.ts'
import { sha256Bytes } from '../platform/crypto.ts'
import { keepEvidence } from '../platform/evidence.ts'
import { putDeliveries } from '../platform/outbox.ts'
import { application, type ApplicationAct, type ApplicationCommand, type ApplicationState, type Ground } from './application.ts'
import { kindOf, shownName } from './attachment.ts'
import { barredBy, componentsOf } from './components.ts'
import {
  applicationKey,
  applicationStream,
  notesStream,
  onNotes,
  onThread,
  type ApplicationEvent,
  type ApplicationOf,
  type Asked,
  type Attachment,
  type Side,
} from './events.ts'
import type { Ports } from './ports.ts'
import { folded } from './reactor.ts'
import { appliedFor, type Applied } from './rules.ts'
import { checkedWords } from '../kernel/words.ts'
import { checkedMentions, sideIn, type Hand } from './thread.ts'
import { APPLICATIONS, type ApplicationDocument } from './view.ts'

/** What people do on a thread: read, decide, record, in one transaction each. */
export type Doing =
  | { readonly act: 'apply'; readonly standing_hash: string }
  | { readonly act: 'withdraw' }
  | { readonly act: 'accept' }
  | { readonly act: 'request_changes'; readonly asked: readonly Asked[]; readonly words: string }
  | { readonly act: 'answer'; readonly words: string }
  | { readonly act: 'arrange_run'; readonly run: string; readonly planned_at: Instant | null }
  | { readonly act: 'record_run'; readonly run: string; readonly result: 'passed' | 'failed'; readonly words: string }
  | {
      readonly act: 'check_component'
      readonly component: string
      readonly result: 'met' | 'failed'
      readonly standing_hash: string
      readonly words: string
    }
  | { readonly act: 'finish_verification' }
  | { readonly act: 'approve'; readonly standing_hash: string; readonly words: string }
  | { readonly act: 'decline'; readonly words: string }
  | { readonly act: 'recuse'; readonly conflict: string }
  | { readonly act: 'comment'; readonly words: string; readonly mentions: readonly string[] }
  | { readonly act: 'announce_downtime'; readonly from: Instant; readonly until: Instant; readonly words: string }
  | { readonly act: 'attach'; readonly file: Brought }
  | { readonly act: 'verify_attachment'; readonly attachment: string; readonly provenance: 'witnessed' | 'operator-verified' }
  | { readonly act: 'withdraw_attachment'; readonly attachment: string }

/** A file that somebody brings, and what they say of it. */
export type Brought = {
  readonly name: string
  readonly bytes: Uint8Array
  readonly requirement: string | null
  readonly valid_until: Instant | null
  readonly whole_partner: boolean
  /** The piece that it is a new revision of; null for a new piece. */
  readonly attachment: string | null
}

/** Which act of the one table of acts each of them needs. */
export const PERSONS_ACTS = {
  apply: 'apply-for-badge',
  withdraw: 'withdraw-application',
  accept: 'handle-application',
  request_changes: 'handle-application',
  answer: 'answer-request',
  arrange_run: 'handle-application',
  record_run: 'handle-application',
  check_component: 'handle-application',
  finish_verification: 'handle-application',
  approve: 'grant-badge',
  decline: 'handle-application',
  recuse: 'handle-application',
  comment: 'write-on-thread',
  announce_downtime: 'announce-downtime',
  attach: 'write-on-thread',
  verify_attachment: 'handle-application',
  withdraw_attachment: 'write-on-thread',
} as const satisfies { readonly [act in ApplicationAct]?: Act }

export type PersonsAct = keyof typeof PERSONS_ACTS

/** Everything that stands around a thread at the moment of deciding. */
export type Situation = {
  readonly of: ApplicationOf
  readonly on: { readonly organisation: string }
  readonly events: readonly RecordedEvent[]
  readonly state: ApplicationState
  readonly applied: Applied | null
  readonly standing: { readonly hash: Digest | null; readonly judged: Parameters<typeof componentsOf>[1] }
  readonly held: boolean
  readonly side: Side
}

/** Does something on a thread. `seen` is the number of the newest entry that the person saw; when something came after it, they look again first. */
export async function actOnThread(
  house: House,
  ports: Ports,
  who: Acting,
  of: ApplicationOf,
  doing: Doing,
  seen: number | null,
): Promise<ApplicationState> {
  const on = await onApp(house, of.app)
  return house.act(who, PERSONS_ACTS[doing.act], on, async (desk) => {
    const situation = await situationOf(house, ports, desk, of, on)
    refuseUnseen(doing.act, seen, situation)
    const command = await commandOf(ports, desk, situation, doing)
    const { state } = await decideAndRecord(desk, situation, command)
    await follow(house, ports, desk, situation, doing, state)
    await tellMentioned(desk, situation, doing)
    return folded(await desk.asMachine(() => desk.log.stream(applicationStream(of))))
  })
}

/** What follows from an act in the same transaction. */
async function follow(house: House, ports: Ports, desk: Desk, situation: Situation, doing: Doing, state: ApplicationState): Promise<void> {
  const { of, on } = situation
  switch (doing.act) {
    case 'apply':
      await inherit(desk, situation)
      return
    case 'approve': {
      // The badge's own decider counts the people and judges the standing once more; it refuses for both of us.
      // Who has stood back since, or approved before changes were asked for, is not counted any more.
      const others = situation.state.approvals.filter(({ standing_hash }) => standing_hash === doing.standing_hash)
      const standing_by = others.map(({ person }) => person)
      const granted = await ports.agree(house, desk, of, on, doing.standing_hash, standing_by)
      if (!granted) return
      const events = await desk.asMachine(() => desk.log.stream(applicationStream(of)))
      const standing_hash = doing.standing_hash as Digest
      await decideAndRecord(desk, { ...situation, events, state: folded(events) }, { ...of, act: 'grant', standing_hash })
      return
    }
    case 'record_run': {
      const component = state.runs[doing.run]?.component
      const run = situation.applied?.rules.policy.components.find(({ id }) => id === component)?.runs?.find(({ id }) => id === doing.run)
      if (doing.result !== 'passed' || run?.confirms === undefined) return
      authorise(desk.who, 'confirm-record', on)
      await confirmRecordAt(desk, of.app, { ...run.confirms, source: `${run.title}: ${applicationKey(of)}` })
      return
    }
    default:
  }
}

/** Takes over what the partner brought for all its apps on other threads, once each, as long as it is valid. */
async function inherit(desk: Desk, { of, on }: Situation): Promise<void> {
  const threads = await desk.asMachine(async () => {
    const all = await desk.documents.list<ApplicationDocument>(APPLICATIONS)
    const apps = new Map((await desk.documents.list<AppDocument>(APPS)).map(({ key, document }) => [key, document.organisation]))
    return all.map(({ document }) => document).filter(({ app }) => app !== of.app && apps.get(app) === on.organisation)
  })
  const events = await desk.asMachine(() => desk.log.stream(applicationStream(of)))
  const state = folded(events)
  const there = new Set(Object.values(state.attachments).map(({ content }) => content))
  const taken = new Map<string, Attachment>()
  for (const { app, decided } of threads) {
    for (const { at: _, verified_by: __, ...file } of Object.values(decided.attachments)) {
      if (!file.whole_partner || file.side !== 'partner' || file.from !== null || there.has(file.content)) continue
      if (file.valid_until !== null && file.valid_until <= desk.now) continue
      taken.set(file.content, {
        ...file,
        attachment: newId('att'),
        revision: 1,
        provenance: 'inherited',
        from: app,
        by: actingId(desk.who),
      })
    }
  }
  let folding = state
  const told: ApplicationEvent[] = []
  for (const attached of taken.values()) {
    for (const event of application.decide({ ...of, act: 'attach', attached }, folding, desk.now)) {
      folding = application.evolve(folding, { ...event, at: desk.now })
      told.push(event)
    }
  }
  if (told.length === 0) return
  const stream = applicationStream(of)
  await desk.record(
    told.map((event) => onThread(of, event)),
    { expect: { stream, version: events.length } },
  )
}

/** What stands around a thread now. */
export async function situationOf(
  house: House,
  ports: Ports,
  desk: Desk,
  of: ApplicationOf,
  on: { readonly organisation: string },
): Promise<Situation> {
  const applied = await appliedFor(house.packs, desk, of)
  // Read whole whoever asks: what a party may not see would be missing from the count of what is there.
  const events = await desk.asMachine(() => desk.log.stream(applicationStream(of)))
  if (applied === null && events.length === 0) throw noApplications(of)
  const standing = applied === null ? { hash: null, judged: [] } : await ports.standingOf(desk, of, applied)
  const held = await ports.badgeHeld(desk, of)
  return { of, on, events, state: folded(events), applied, standing, held, side: sideOf(desk.who, on) }
}

const noApplications = (of: ApplicationOf): Refused =>
  new Refused(
    'applications.no_such_badge',
    `Nobody can apply for "${of.tier}" of "${of.programme}" here: the programme or the tier is not open, or asks for no application.`,
    of.tier,
  )

/** Who decides on an old thread looks again first, so that of two who decide at once one is told what the other did. */
function refuseUnseen(act: PersonsAct, seen: number | null, { events }: Situation): void {
  if (seen === null || !DECIDES.has(act)) return
  const newer = events.slice(seen).filter(({ type }) => TURNS_ON.has(type))
  const last = newer.at(-1)
  if (last === undefined) return
  throw new Refused(
    'applications.thread_moved',
    `Since you looked, somebody else has acted on this application (${inWords(last.type)}, ${last.at}). Look again and decide anew.`,
    'seen',
  )
}

const DECIDES: ReadonlySet<PersonsAct> = new Set(['accept', 'request_changes', 'finish_verification', 'approve', 'decline'])
const TURNS_ON: ReadonlySet<string> = new Set([
  'applications.accepted',
  'applications.changes_requested',
  'applications.answered',
  'applications.soak_begun',
  'applications.review_begun',
  'applications.approved',
  'applications.granted',
  'applications.declined',
  'applications.withdrawn',
  'applications.lapsed',
  'applications.ended',
])
const inWords = (type: string): string => type.slice('applications.'.length).replaceAll('_', ' ')

async function decideAndRecord(
  desk: Desk,
  { of, events, state }: Situation,
  command: ApplicationCommand,
): Promise<{ readonly state: ApplicationState }> {
  const told = application.decide(command, state, desk.now)
  const stream = applicationStream(of)
  if (told.length > 0) {
    await desk.record(
      told.map((event) => onThread(of, event)),
      { expect: { stream, version: events.length } },
    )
  }
  return { state: told.reduce((before, event) => application.evolve(before, { ...event, at: desk.now }), state) }
}

/** An act as the decider takes it, with words and files kept outside the log. */
async function commandOf(ports: Ports, desk: Desk, situation: Situation, doing: Doing): Promise<ApplicationCommand> {
  const { of } = situation
  const words = (text: string, ask: string): Promise<Digest> => keptWords(desk, of, text, ask)
  switch (doing.act) {
    case 'request_changes':
      return commandWith(ports, desk, situation, doing, await words(doing.words, 'Say what has to change; the partner is owed the reason.'))
    case 'answer':
      return commandWith(ports, desk, situation, doing, await words(doing.words, 'Say what you have changed.'))
    case 'record_run':
      return commandWith(ports, desk, situation, doing, await words(doing.words, 'Say what was tried and what happened.'))
    case 'check_component':
      return commandWith(ports, desk, situation, doing, doing.words.trim() === '' ? null : await words(doing.words, ''))
    case 'approve':
    case 'decline':
      return commandWith(ports, desk, situation, doing, await words(doing.words, 'Say why; a decision without a reason is none.'))
    case 'comment':
      return commandWith(
        ports,
        desk,
        situation,
        { ...doing, mentions: checkedMentions(doing.mentions, await handsOf(desk, situation.on)) },
        await words(doing.words, 'Write something.'),
      )
    case 'announce_downtime':
      return commandWith(ports, desk, situation, doing, await words(doing.words, 'Say what is planned, for those who are affected.'))
    default:
      return commandWith(ports, desk, situation, doing, null)
  }
}

/** The same for trying whether an act is possible, where nothing is kept. */
async function commandWith(ports: Ports, desk: Desk, situation: Situation, doing: Doing, kept: Digest | null): Promise<ApplicationCommand> {
  const { of, state, standing, applied, side, on } = situation
  const person = actingId(desk.who)
  const involved = sideOf(desk.who, on) === 'partner'
  const evidence = kept ?? NOT_KEPT
  const groundOn = async (standing_hash: string): Promise<Ground> => ({
    standing_hash,
    standing_now: standing.hash,
    changed: standing_hash === standing.hash ? [] : await ports.changedSince(desk, of, standing_hash),
    involved,
  })
  const rules = applied?.rules ?? null
  switch (doing.act) {
    case 'apply': {
      const barred = barredBy(rulesOf(situation).policy, standing.judged).map(({ title, requirement }) => `${title} (${requirement})`)
      return {
        ...of,
        act: 'apply',
        person,
        ground: await groundOn(doing.standing_hash),
        barred,
        held: situation.held,
        rules: rulesOf(situation),
      }
    }
    case 'withdraw':
      return { ...of, act: 'withdraw', person }
    case 'accept':
    case 'finish_verification': {
      if (doing.act === 'accept') return { ...of, act: 'accept', person, rules: rulesOf(situation) }
      const left = Math.max(0, ...standing.judged.map(({ soak_left_ms }) => soak_left_ms ?? 0))
      return {
        ...of,
        act: 'finish_verification',
        person,
        soaking_until: left === 0 ? null : after(desk.now, left),
        rules: rulesOf(situation),
      }
    }
    case 'request_changes':
      return {
        ...of,
        act: 'request_changes',
        person,
        asked: knownRequirements(doing.asked, standing.judged),
        evidence,
        rules: rulesOf(situation),
      }
    case 'answer':
      return { ...of, act: 'answer', person, evidence, rules: rulesOf(situation) }
    case 'arrange_run':
      return { ...of, act: 'arrange_run', person, run: doing.run, planned_at: doing.planned_at, rules: rulesOf(situation) }
    case 'record_run':
      return { ...of, act: 'record_run', person, run: doing.run, result: doing.result, evidence }
    case 'check_component': {
      const parts = componentsOf(rulesOf(situation).policy, standing.judged, state, desk.now)
      const open = parts.find(({ component }) => component === doing.component)?.missing.map(({ requirement }) => requirement) ?? []
      const { component, result } = doing
      const ground = await groundOn(doing.standing_hash)
      return { ...of, act: 'check_component', person, component, result, ground, open, evidence: kept, rules: rulesOf(situation) }
    }
    case 'approve':
      return { ...of, act: 'approve', person, ground: await groundOn(doing.standing_hash), evidence }
    case 'decline':
      return { ...of, act: 'decline', person, involved, evidence, rules }
    case 'recuse':
      return { ...of, act: 'recuse', person, conflict: doing.conflict, rules: rulesOf(situation) }
    case 'comment':
      return { ...of, act: 'comment', person, side, comment: newId('com'), mentions: doing.mentions, evidence }
    case 'announce_downtime':
      return { ...of, act: 'announce_downtime', from: doing.from, until: doing.until, person, evidence }
    case 'attach':
      return { ...of, act: 'attach', attached: await keptFile(desk, situation, doing.file) }
    case 'verify_attachment':
      return { ...of, act: 'verify_attachment', attachment: doing.attachment, provenance: doing.provenance, person, involved }
    case 'withdraw_attachment':
      return { ...of, act: 'withdraw_attachment', attachment: doing.attachment, person, side }
  }
}

const rulesOf = ({ applied, of }: Situation): Applied['rules'] => {
  if (applied === null) throw noApplications(of)
  return applied.rules
}

function knownRequirements(asked: readonly Asked[], judged: Situation['standing']['judged']): readonly Asked[] {
  const wrong = asked.find(({ requirement }) => requirement !== null && !judged.some((one) => one.requirement === requirement))
  if (wrong !== undefined) {
    throw new Refused('applications.no_such_requirement', `The badge asks for no "${wrong.requirement ?? ''}".`, 'asked')
  }
  return asked
}

/** Stands where words would, while it is only tried whether an act is possible. */
const NOT_KEPT: Digest = `sha256:${'0'.repeat(64)}`

const keptWords = async (
  desk: Desk,
  of: ApplicationOf,
  text: string,
  ask: string,
  visibility: 'partner' | 'operator' = 'partner',
): Promise<Digest> => {
  const body = { words: checkedWords(text, 'words', ask) }
  const source = { by: actingId(desk.who), via: applicationKey(of) }
  const kept = await desk.asMachine(() =>
    keepEvidence(desk, [{ subject: of.app, kind: WORDS_KIND, observed_at: desk.now, source, visibility, body }]),
  )
  return onlyOne(kept)
}

/** Kinds of evidence that threads keep. */
const WORDS_KIND = 'thread-words'
export const FILE_KIND = 'thread-file'

const onlyOne = (kept: readonly Digest[]): Digest => {
  const [name] = kept
  if (name === undefined) throw new Error('evidence that was kept has no name')
  return name
}

async function keptFile(desk: Desk, { of, side, standing, state }: Situation, file: Brought): Promise<Attachment> {
  const { bytes, requirement, valid_until, whole_partner } = file
  const { type } = kindOf(bytes)
  if (requirement !== null && !standing.judged.some((one) => one.requirement === requirement)) {
    throw new Refused('applications.no_such_requirement', `The badge asks for no "${requirement}".`, 'requirement')
  }
  if (valid_until !== null && valid_until <= desk.now) {
    throw new Refused(
      'applications.expired_file',
      'This evidence would be out of date already; choose a later day, or none.',
      'valid_until',
    )
  }
  if (file.attachment !== null && !Object.hasOwn(state.attachments, file.attachment)) {
    throw new Refused('applications.no_such_attachment', `There is no evidence "${file.attachment}" on this thread.`, 'attachment')
  }
  const content = sha256Bytes(bytes)
  const body = { name: shownName(file.name), content: Buffer.from(bytes).toString('base64') }
  const source = { by: actingId(desk.who), via: applicationKey(of), sha256: content }
  const kept = await desk.asMachine(() =>
    keepEvidence(desk, [
      {
        subject: of.app,
        kind: FILE_KIND,
        observed_at: desk.now,
        ...(valid_until === null ? {} : { valid_until }),
        source,
        visibility: 'partner',
        body,
      },
    ]),
  )
  return {
    attachment: file.attachment ?? newId('att'),
    revision: 1,
    evidence: onlyOne(kept),
    content,
    bytes: bytes.byteLength,
    type,
    provenance: side === 'operator' ? 'witnessed' : requirement === null ? 'self-declared' : 'evidence-linked',
    requirement,
    valid_until,
    whole_partner: side === 'partner' && whole_partner,
    from: null,
    by: actingId(desk.who),
    side,
  }
}

/** Writes a note among the operator's people. Partners get neither its words nor that it is there. */
export async function writeNote(
  house: House,
  who: Acting,
  of: ApplicationOf,
  given: { readonly words: string; readonly mentions: readonly string[] },
): Promise<void> {
  const on = await onApp(house, of.app)
  await house.act(who, 'write-note', on, async (desk) => {
    refusePartner(who, on)
    if ((await desk.documents.get<ApplicationDocument>(APPLICATIONS, applicationKey(of))) === null) {
      throw new Refused('applications.no_such_thread', 'There is no application of this app for this badge.', of.tier)
    }
    const hands = (await handsOf(desk, on)).filter(({ side }) => side === 'operator')
    const mentions = checkedMentions(given.mentions, hands)
    const evidence = await keptWords(desk, of, given.words, 'Write something.', 'operator')
    await desk.record([
      onNotes(of, { type: 'applications.noted', payload: { ...of, note: newId('not'), evidence, person: actingId(who), mentions } }),
    ])
    await owePeople(desk, of, mentions)
  })
}

/** What the operator's people note, for those of them who have nothing to do with the partner. */
export function notesOf(desk: Desk, of: ApplicationOf, on: { readonly organisation: string }): Promise<readonly RecordedEvent[]> {
  refusePartner(desk.who, on)
  return desk.log.stream(notesStream(of))
}

/** Notes are kept from the partner also where somebody belongs to both. */
function refusePartner(who: Acting, on: { readonly organisation: string }): void {
  if (sideOf(who, on) === 'operator') return
  throw new Refused('applications.involved', 'You belong to the partner; notes are among the people of the operator who do not.')
}

/** Everybody who can be named on a thread, with their names: the partner's people and the operator's. */
export async function peopleOf(desk: Desk, on: { readonly organisation: string }): Promise<readonly (Hand & { readonly name: string })[]> {
  return desk.asMachine(async () => {
    const { organisation } = await operatorOrganisation(desk)
    const partner = await membersOf(desk, on.organisation)
    const operator = await membersOf(desk, organisation)
    // Whoever belongs to both stands on the partner's side.
    return [
      ...partner.map(({ person, name }) => ({ person, name, side: 'partner' as const })),
      ...operator
        .filter(({ person }) => !partner.some((one) => one.person === person))
        .map(({ person, name }) => ({ person, name, side: 'operator' as const })),
    ]
  })
}

const handsOf = (desk: Desk, on: { readonly organisation: string }): Promise<readonly Hand[]> => peopleOf(desk, on)

async function tellMentioned(desk: Desk, { of }: Situation, doing: Doing): Promise<void> {
  if (doing.act === 'comment') await owePeople(desk, of, [...new Set(doing.mentions)])
}

/** Owes a mail to each who is named; addresses are looked up when it leaves. */
async function owePeople(desk: Desk, of: ApplicationOf, people: readonly string[]): Promise<void> {
  if (people.length === 0) return
  const name = (await desk.asMachine(() => desk.documents.get<AppDocument>(APPS, of.app)))?.name ?? of.app
  const { programme, tier } = of
  await desk.asMachine(() =>
    putDeliveries(
      desk,
      people.map((id) => ({
        to: { kind: 'person', id },
        says: says('applications.mentioned', { name, programme, tier }),
        subject: of.app,
      })),
    ),
  )
}

/** On which side somebody acts. */
export const sideOf = (who: Acting, on: { readonly organisation: string }): Side =>
  who.kind === 'person' || who.kind === 'token' ? sideIn(who.memberships, on.organisation) : 'operator'

/** An act that is possible here, or why it is not. */
export type Offered = { readonly act: PersonsAct; readonly allowed: boolean; readonly reason: string | null }

/** What would be done if everything that is asked for beside it were given. */
const TRIED = {
  apply: (hash) => ({ act: 'apply', standing_hash: hash }),
  withdraw: () => ({ act: 'withdraw' }),
  accept: () => ({ act: 'accept' }),
  request_changes: (_, { applied }) => ({
    act: 'request_changes',
    asked: (applied?.rules.policy.components ?? []).slice(0, 1).map(({ id }) => ({ component: id, requirement: null })),
    words: '',
  }),
  answer: () => ({ act: 'answer', words: '' }),
  finish_verification: () => ({ act: 'finish_verification' }),
  approve: (hash) => ({ act: 'approve', standing_hash: hash, words: '' }),
  decline: () => ({ act: 'decline', words: '' }),
  recuse: (_, { applied }) => ({ act: 'recuse', conflict: applied?.rules.policy.recusal[0]?.id ?? '' }),
  comment: () => ({ act: 'comment', words: '', mentions: [] }),
} as const satisfies { readonly [act in PersonsAct]?: (hash: string, situation: Situation) => Doing }

/** What a reader may do on a thread and why not, by the very table and decider that refuse it. */
export async function offersOn(ports: Ports, desk: Desk, situation: Situation): Promise<readonly Offered[]> {
  const offers: Offered[] = []
  for (const act of Object.keys(TRIED) as readonly (keyof typeof TRIED)[]) {
    offers.push({ act, ...(await offered(ports, desk, situation, act)) })
  }
  return offers
}

async function offered(ports: Ports, desk: Desk, situation: Situation, act: keyof typeof TRIED): Promise<Omit<Offered, 'act'>> {
  const on: On = situation.on
  const refused = refusalOf(desk.who, PERSONS_ACTS[act], on)
  if (refused !== null) return { allowed: false, reason: refused.message }
  try {
    const doing = TRIED[act](situation.standing.hash ?? '', situation)
    application.decide(await commandWith(ports, desk, situation, doing, NOT_KEPT), situation.state, desk.now)
    return { allowed: true, reason: null }
  } catch (error) {
    if (isRefused(error)) return { allowed: false, reason: error.message }
    throw error
  }
}
