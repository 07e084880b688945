import { checkedWords } from '../kernel/words.ts'
import { APPS, type AppDocument } from '../directory/apps-view.ts'
import { onApp } from '../directory/registering.ts'
import { authorise, type Acting } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import { plus, type Duration } from '../kernel/duration.ts'
import type { Digest } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import { after, DAY_MS, type Instant } from '../kernel/time.ts'
import { newId } from '../platform/clock.ts'
import { secret, sha256 } from '../platform/crypto.ts'
import { eraseEvidence, keepEvidence, readEvidences } from '../platform/evidence.ts'
import { concern, type ConcernCommand } from './concern.ts'
import { CONCERNS, foldedConcern, type ConcernDocument } from './concerns-view.ts'
import { isHeldBack } from './disclosed.ts'
import { concernKey, concernStream, onConcern, type ConcernOf } from './events.ts'
import { dueProcesses, dueProcessOf, type DueProcess } from './rules.ts'

/**
 * Raising a concern, and following it by a private address. Nothing is asked of whoever raises one but words: no name, no
 * address. Whoever holds the secret is who raised it.
 */

/** Records for those who are not of the operator, so that the log does not say who they are. */
const INTAKE: Acting = { kind: 'machine', name: 'concerns-intake' }

export type Raised = {
  readonly concern: string
  /** Told once, to whoever is not of the operator; null for the operator's own people, who have the pages. */
  readonly follow_up: { readonly secret: string; readonly until: Instant } | null
}

/** Raises a concern about an app, on a requirement of a programme where one is named. */
export async function raiseConcern(
  house: House,
  who: Acting,
  app: string,
  given: { readonly programme: string | null; readonly requirement: string | null; readonly words: string },
): Promise<Raised> {
  authorise(who, 'raise-concern')
  await onApp(house, app)
  const words = checkedWords(given.words, 'words', 'Say what you have seen, so that somebody can look into it.')
  const person = who.kind === 'person' || who.kind === 'token' ? who.person : null
  const by_operator = person !== null && 'memberships' in who && who.memberships.some(({ kind }) => kind === 'operator')
  return house.act(by_operator ? who : INTAKE, by_operator ? 'raise-concern' : 'take-concern', {}, (desk) =>
    desk.asMachine(async () => {
      const rules = await rulesFor(house, desk, given)
      if (!by_operator) await refuseFlood(desk, app, rules)
      const id = newId('con')
      const of: ConcernOf = { app, concern: id, programme: rules.catalogue.programme.id }
      const evidence = await kept(desk, app, by_operator && person !== null ? person : 'somebody', words)
      const { requirement } = given
      await record(desk, {
        ...of,
        act: 'receive',
        raised_by: by_operator ? 'operator' : 'somebody',
        person,
        requirement,
        evidence,
        rules,
      })
      return { concern: id, follow_up: by_operator ? null : await followUpOf(desk, of, rules) }
    }),
  )
}

/** By whose rules it is handled: of the programme that is named, or of the first that has the requirement. */
async function rulesFor(
  house: House,
  desk: Desk,
  { programme, requirement }: { readonly programme: string | null; readonly requirement: string | null },
): Promise<DueProcess> {
  const open = (await dueProcesses(house.packs, desk)).filter((one) => one.open)
  const fitting = open.filter(
    ({ catalogue }) =>
      (programme === null || catalogue.programme.id === programme) &&
      (requirement === null || catalogue.requirements.some(({ id }) => id === requirement)),
  )
  const [first] = fitting
  if (first !== undefined) return first
  if (open.length === 0)
    throw new Refused('concerns.not_taken', 'No programme of this marketplace says how concerns are handled.', 'programme')
  throw new Refused(
    'concerns.no_such_requirement',
    'No programme here asks for that requirement. Choose one of the list, or leave it open.',
    'requirement',
  )
}

/** What can be sent from everywhere together in a day; what one address can send is held by the server's own limit. */
async function refuseFlood(desk: Desk, app: string, { policy }: DueProcess): Promise<void> {
  const { app_a_day, all_a_day } = policy.concerns.intake
  const rows = await desk.sql
    .selectFrom('concern_follow_up')
    .select(['app'])
    .where('marketplace_id', '=', desk.scope.marketplace)
    .where('created_at', '>', after(desk.now, -DAY_MS))
    .limit(all_a_day)
    .execute()
  if (rows.length >= all_a_day || rows.filter((row) => row.app === app).length >= app_a_day) {
    throw new Refused('concerns.flooded', 'More concerns have come in today than can be taken. Try again tomorrow; nothing was kept.')
  }
}

async function followUpOf(desk: Desk, { app, concern: id }: ConcernOf, { policy, zone }: DueProcess): Promise<Raised['follow_up']> {
  const told = secret()
  // The guarantee of the cast: the pack's schema lets nothing else through.
  const until = plus(desk.now, policy.concerns.follow_up_for as Duration, zone)
  await desk.sql
    .deleteFrom('concern_follow_up')
    .where('marketplace_id', '=', desk.scope.marketplace)
    .where('expires_at', '<', desk.now)
    .execute()
  await desk.sql
    .insertInto('concern_follow_up')
    .values({
      marketplace_id: desk.scope.marketplace,
      secret_sha256: sha256(told),
      app,
      concern: id,
      created_at: desk.now,
      expires_at: until,
    })
    .execute()
  return { secret: told, until }
}

/** What somebody reads who follows their own concern: where it stands, what they wrote, and what may be told of the rest. */
export type Followed = {
  readonly app: string
  readonly name: string
  readonly document: ConcernDocument
  /** What they wrote themselves; null where they took it back. */
  readonly own: readonly { readonly at: Instant; readonly words: string | null }[]
  /** Why it was put aside: the pack's reason and the operator's words. */
  readonly dismissed: { readonly says: string; readonly words: string | null } | null
  /** What everybody may read of the decision; null before it, and while it is held back. */
  readonly public_words: string | null
  /** Decided, and what was found is told when it is put right. */
  readonly held_back: boolean
  readonly may_add: boolean
}

/** Reads a concern by its private address. */
export async function followConcern(house: House, told: string): Promise<Followed> {
  return house.act(INTAKE, 'take-concern', {}, (desk) => followed(house, desk, told))
}

async function followed(house: House, desk: Desk, told: string): Promise<Followed> {
  const document = await documentBy(desk, told)
  const rules = await dueProcessOf(house.packs, desk, document.programme)
  const words = await readEvidences(
    desk,
    [...document.entries.map(({ evidence }) => evidence), document.public_words].flatMap((one) => (one === null ? [] : [one])),
  )
  const wordsOf = (id: Digest | null): string | null => wordsIn(id === null ? undefined : words.get(id)?.body)
  const own = document.entries
    .filter(({ what }) => what === 'concerns.received' || what === 'concerns.added')
    .map(({ at, evidence }) => ({ at, words: wordsOf(evidence) }))
  const aside = document.entries.find(({ what }) => what === 'concerns.dismissed')
  const held_back = isHeldBack(rules?.catalogue ?? null, document)
  const state = foldedConcern(await desk.log.stream(concernStream(document)))
  const name = (await desk.documents.get<AppDocument>(APPS, document.app))?.name ?? document.app
  return {
    app: document.app,
    name,
    document,
    own,
    dismissed:
      aside === undefined
        ? null
        : {
            says: rules?.policy.concerns.dismissals.find(({ id }) => id === aside.outcome)?.says ?? aside.outcome ?? '',
            words: wordsOf(aside.evidence),
          },
    public_words: held_back || document.outcome === null ? null : wordsOf(document.public_words),
    held_back,
    may_add: isOpenTo(state, rules),
  }
}

const isOpenTo = (state: ReturnType<typeof foldedConcern>, rules: DueProcess | null): boolean =>
  rules !== null && OPEN.has(state.word) && state.additions < rules.policy.concerns.intake.additions
const OPEN: ReadonlySet<string> = new Set(['received', 'hearing', 'deciding', 'upheld', 'checking'])

/** Adds words to one's own concern. */
export async function addToConcern(house: House, told: string, text: string): Promise<void> {
  const words = checkedWords(text, 'words', 'Write what you want to add.')
  await house.act(INTAKE, 'take-concern', {}, async (desk) => {
    const document = await documentBy(desk, told)
    const rules = await dueProcessOf(house.packs, desk, document.programme)
    if (rules === null) throw new Refused('concerns.not_taken', 'The programme of this concern is not here any more.')
    const { app, concern: id, programme } = document
    await record(desk, { app, concern: id, programme, act: 'add', evidence: await kept(desk, app, 'somebody', words), rules })
  })
}

/** Erases what whoever follows a concern wrote themselves. That something was raised stays; its words are gone. */
export async function takeBackWords(house: House, told: string): Promise<void> {
  await house.act(INTAKE, 'take-concern', {}, async (desk) => {
    const { entries } = await documentBy(desk, told)
    const own = entries.filter(({ what }) => what === 'concerns.received' || what === 'concerns.added')
    await eraseEvidence(
      desk,
      own.flatMap(({ evidence }) => evidence ?? []),
    )
  })
}

async function documentBy(desk: Desk, told: string): Promise<ConcernDocument> {
  const row = await desk.sql
    .selectFrom('concern_follow_up')
    .select(['app', 'concern'])
    .where('marketplace_id', '=', desk.scope.marketplace)
    .where('secret_sha256', '=', sha256(told))
    .where('expires_at', '>', desk.now)
    .executeTakeFirst()
  const document = row === undefined ? null : await desk.documents.get<ConcernDocument>(CONCERNS, concernKey(row))
  if (document === null) {
    throw new Refused('concerns.no_such_follow_up', 'No concern is followed by this address. It may be over, or was not copied whole.')
  }
  return document
}

async function kept(desk: Desk, app: string, by: string, words: string): Promise<Digest> {
  const source = { by, via: 'concern' }
  const [name] = await keepEvidence(desk, [
    { subject: app, kind: 'concern', observed_at: desk.now, source, visibility: 'operator', body: { words } },
  ])
  if (name === undefined) throw new Error('one piece of evidence was kept and none was named')
  return name
}

/** The words in a kept body; null where it was erased or is not for the reader. */
export function wordsIn(body: unknown): string | null {
  if (typeof body !== 'object' || body === null || !('words' in body)) return null
  return typeof body.words === 'string' ? body.words : null
}

async function record(desk: Desk, command: ConcernCommand): Promise<void> {
  const stream = concernStream(command)
  const before = await desk.log.stream(stream)
  const state = foldedConcern(before)
  const events = concern.decide(command, state, desk.now)
  await desk.record(
    events.map((event) => onConcern(event, state.accepted)),
    { expect: { stream, version: before.length } },
  )
}
