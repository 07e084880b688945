import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { onApp } from '../directory/registering.ts'
import { refusalOf } from '../enrolment/authorise.ts'
import type { House } from '../house.ts'
import { Refused } from '../kernel/refused.ts'
import { render, type Says } from '../kernel/says.ts'
import { parseInstant } from '../kernel/time.ts'
import type { Routes } from '../platform/http/app.ts'
import { actOnThread, PERSONS_ACTS, sideOf, writeNote, type Doing, type PersonsAct } from './acting.ts'
import { LARGEST_FILE_BYTES } from './attachment.ts'
import type { Judged } from './components.ts'
import { PROVENANCE, type ApplicationOf } from './events.ts'
import { MESSAGES } from './messages.ts'
import type { Ports } from './ports.ts'
import { readApplicable, readFile, readQueue, readThread, readTurns, type ThreadRead } from './reading.ts'
import { LONGEST_WORDS } from '../kernel/words.ts'
import { median, type Turn } from './turn.ts'

const AppId = z.string().min(1).max(100)
const Id = z.string().min(1).max(200)
const Params = z.strictObject({ app: AppId, programme: Id, tier: Id })

const Words = z.string().max(LONGEST_WORDS * 4)
const Seen = z
  .int()
  .gte(0)
  .optional()
  .meta({ description: 'Number of the newest entry that you saw; when something came after it, you are asked to look again.' })
const Hash = z.string().max(200).meta({ description: 'Hash of the standing that you decide on.' })
const When = z.string().max(40)

const Side = z.enum(['partner', 'operator', 'nobody'])
const Word = z.enum(['none', 'triage', 'changes', 'verification', 'soak', 'review', 'granted', 'declined', 'withdrawn', 'lapsed', 'ended'])
const TurnOut = z.strictObject({
  step: z.enum(['triage', 'changes', 'verification', 'soak', 'review']),
  side: Side,
  since: z.string(),
  due_at: z.string().nullable(),
  overdue: z.boolean(),
})
const JudgedOut = z.strictObject({
  requirement: z.string(),
  title: z.string(),
  verdict: z.enum(['met', 'unmet', 'unknown', 'not_applicable', 'upcoming', 'retired', 'waived']),
  says: z.string(),
  change: z.string(),
  whose: z.enum(['partner', 'operator']),
})
const ComponentOut = z.strictObject({
  component: z.string(),
  title: z.string(),
  state: z.enum(['not_started', 'waiting_partner', 'waiting_operator', 'soaking', 'met', 'failed']),
  side: Side,
  missing: z.array(JudgedOut),
  runs: z.array(
    z.strictObject({
      run: z.string(),
      title: z.string(),
      state: z.enum(['not_arranged', 'arranged', 'passed', 'failed']),
      planned_at: z.string().nullable(),
    }),
  ),
  soaks_until: z.string().nullable(),
})
const AttachmentOut = z.strictObject({
  attachment: z.string(),
  name: z.string(),
  revision: z.int(),
  content: z.string(),
  evidence: z.string(),
  bytes: z.int(),
  type: z.string(),
  provenance: z.enum(PROVENANCE),
  requirement: z.string().nullable(),
  valid_until: z.string().nullable(),
  expired: z.boolean(),
  whole_partner: z.boolean(),
  from: z.string().nullable(),
  side: z.enum(['partner', 'operator']),
  at: z.string(),
})
const EntryOut = z.strictObject({
  number: z.int(),
  at: z.string(),
  by: z.strictObject({ person: z.string().nullable(), name: z.string().nullable(), side: Side }),
  what: z.string(),
  says: z.string(),
  words: z.string().nullable(),
  erased: z.boolean(),
  mentions: z.array(z.string()),
})
const ThreadOut = z
  .strictObject({
    app: z.string(),
    programme: z.string(),
    tier: z.string(),
    state: Word,
    since: z.string().nullable(),
    version: z.int(),
    standing_hash: z.string().nullable(),
    turn: TurnOut.nullable(),
    idle: z.array(z.strictObject({ step: z.string(), side: Side, ms: z.number(), turns: z.int(), late: z.int() })),
    in_the_way: z.array(JudgedOut).meta({ description: 'Requirements without which nobody may apply, and that are in the way.' }),
    components: z.array(ComponentOut),
    reviewers: z.int(),
    approvals: z.array(z.strictObject({ person: z.string(), at: z.string() })),
    soaks_until: z.string().nullable(),
    again_from: z.string().nullable(),
    attachments: z.array(AttachmentOut),
    downtimes: z.array(z.strictObject({ from: z.string(), until: z.string() })),
    actions: z.array(z.strictObject({ act: z.string(), allowed: z.boolean(), reason: z.string().nullable() })),
    entries: z.array(EntryOut),
    older: z.int(),
  })
  .meta({ id: 'Application' })
const After = z.strictObject({ state: Word, version: z.int() }).meta({ id: 'ApplicationAfter' })
const Summary = z
  .strictObject({ app: z.string(), programme: z.string(), tier: z.string(), title: z.string(), state: Word, turn: TurnOut.nullable() })
  .meta({ id: 'ApplicationSummary' })

const Asked = z.strictObject({ component: Id, requirement: Id.nullish() })

/** What each act is called in addresses, what goes with it, and what the world is told of it. */
const DOING = [
  doing('apply', 'apply', 'Apply for a badge', z.strictObject({ standing_hash: Hash }), (body) => body),
  doing('withdraw', 'withdraw', 'Withdraw an application', z.strictObject({}).nullish(), () => ({})),
  doing('accept', 'accept', 'Triage: the application can be looked at', z.strictObject({ seen: Seen }), () => ({})),
  doing(
    'request_changes',
    'request-changes',
    'Ask the partner for changes',
    z.strictObject({ asked: z.array(Asked).min(1).max(100), words: Words, seen: Seen }),
    ({ asked, words }) => ({ asked: asked.map(({ component, requirement }) => ({ component, requirement: requirement ?? null })), words }),
  ),
  doing('answer', 'answer', 'Answer what was asked, and hand the turn back', z.strictObject({ words: Words }), (body) => body),
  doing('arrange_run', 'runs', 'Arrange a test run', z.strictObject({ run: Id, planned_at: When.nullish() }), ({ run, planned_at }) => ({
    run,
    planned_at: planned_at == null ? null : parseInstant(planned_at, 'planned_at'),
  })),
  doing(
    'record_run',
    'run-results',
    'Say what came of a test run',
    z.strictObject({ run: Id, result: z.enum(['passed', 'failed']), words: Words }),
    (body) => body,
  ),
  doing(
    'check_component',
    'checks',
    'Say whether a part was found in order',
    z.strictObject({ component: Id, result: z.enum(['met', 'failed']), standing_hash: Hash, words: Words.optional() }),
    ({ words = '', ...rest }) => ({ ...rest, words }),
  ),
  doing(
    'finish_verification',
    'finish-verification',
    'Hand over to the reviewers, or to the soak',
    z.strictObject({ seen: Seen }),
    () => ({}),
  ),
  doing(
    'approve',
    'approve',
    'Approve: agree to grant the badge; it is granted when enough people have',
    z.strictObject({ standing_hash: Hash, words: Words, seen: z.int().gte(0) }),
    ({ standing_hash, words }) => ({ standing_hash, words }),
  ),
  doing('decline', 'decline', 'Decline an application', z.strictObject({ words: Words, seen: z.int().gte(0) }), ({ words }) => ({ words })),
  doing('recuse', 'recuse', 'Stand back because of a tie', z.strictObject({ conflict: Id }), (body) => body),
  doing(
    'comment',
    'comments',
    'Write on the thread',
    z.strictObject({ words: Words, mentions: z.array(z.string().max(100)).max(100).optional() }),
    ({ words, mentions = [] }) => ({ words, mentions }),
  ),
  doing(
    'announce_downtime',
    'downtimes',
    'Announce a planned downtime',
    z.strictObject({ from: When, until: When, words: Words }),
    ({ from, until, words }) => ({ from: parseInstant(from, 'from'), until: parseInstant(until, 'until'), words }),
  ),
  doing(
    'attach',
    'attachments',
    'Bring evidence',
    z.strictObject({
      name: z.string().min(1).max(400),
      content: z
        .string()
        .max(Math.ceil(LARGEST_FILE_BYTES / 3) * 4 + 4)
        .meta({ description: 'The bytes of the file in base64.' }),
      requirement: Id.nullish(),
      valid_until: When.nullish(),
      whole_partner: z
        .boolean()
        .optional()
        .meta({ description: 'It says something of the partner as a whole: its other apps take it over.' }),
      attachment: Id.nullish().meta({ description: 'The piece that it is a new revision of.' }),
    }),
    ({ name, content, requirement, valid_until, whole_partner = false, attachment }) => ({
      file: {
        name,
        bytes: bytesIn(content),
        requirement: requirement ?? null,
        valid_until: valid_until == null ? null : parseInstant(valid_until, 'valid_until'),
        whole_partner,
        attachment: attachment ?? null,
      },
    }),
  ),
  doing(
    'verify_attachment',
    'verified-attachments',
    'Confirm evidence that somebody else brought',
    z.strictObject({ attachment: Id, provenance: z.enum(['witnessed', 'operator-verified']) }),
    (body) => body,
  ),
  doing('withdraw_attachment', 'withdrawn-attachments', 'Take evidence back', z.strictObject({ attachment: Id }), (body) => body),
] as const

/** One row of the table above; the body's type and the act's own go together. */
function doing<Act extends PersonsAct, Body extends z.ZodType>(
  act: Act,
  path: string,
  summary: string,
  body: Body,
  given: (body: z.infer<Body>) => Omit<Extract<Doing, { readonly act: Act }>, 'act'>,
): {
  readonly act: Act
  readonly path: string
  readonly summary: string
  readonly body: z.ZodType
  readonly doingOf: (body: unknown) => Doing
} {
  // The guarantee of the casts: the server hands over what `body` has let through, and `given` fills what the act has beside its name.
  return { act, path, summary, body, doingOf: (told) => ({ act, ...given(told as z.infer<Body>) }) as unknown as Doing }
}

function bytesIn(content: string): Uint8Array {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(content)) throw new Refused('applications.bad_file', 'Send the bytes in base64.', 'content')
  return new Uint8Array(Buffer.from(content, 'base64'))
}

/** Applications: the thread of each badge, what may be done on it, the queue, and how long each step takes. */
export function registerApplicationRoutes(app: Routes, house: House, ports: Ports): void {
  const on = (request: FastifyRequest) => onApp(house, (request.params as { readonly app: string }).app)
  const tags = ['applications']
  const thread = '/api/v1/apps/:app/applications/:programme/:tier'

  app.get(
    '/api/v1/apps/:app/applications',
    {
      config: { act: 'read-app', on },
      schema: {
        summary: 'The badges that an app can apply for, and its applications',
        tags,
        params: z.strictObject({ app: AppId }),
        response: { 200: z.strictObject({ applications: z.array(Summary) }) },
      },
    },
    async (request) => {
      const now = house.clock.now()
      const all = await readApplicable(house, request.acting, request.params.app)
      return {
        applications: all.map(({ of, title, document }) => ({
          ...of,
          title,
          state: document?.word ?? ('none' as const),
          turn: turnOut(document?.turn ?? null, now),
        })),
      }
    },
  )

  app.get(
    thread,
    {
      config: { act: 'read-app', on },
      schema: {
        summary: 'An application: readiness before it, and its thread from then on',
        tags,
        params: Params,
        querystring: z.strictObject({ before: z.coerce.number().int().gte(1).optional() }),
        response: { 200: ThreadOut },
      },
    },
    async (request) => threadOut(await readThread(house, ports, request.acting, request.params, request.query.before ?? null)),
  )

  for (const { act, path, summary, body, doingOf } of DOING) {
    app.post(
      `${thread}/${path}`,
      { config: { act: PERSONS_ACTS[act], on }, schema: { summary, tags, params: Params, body, response: { 200: After } } },
      async (request) => {
        const { seen = null } = (request.body ?? {}) as { readonly seen?: number | null }
        await actOnThread(house, ports, request.acting, request.params, doingOf(request.body), seen)
        const { word, version } = await readThread(house, ports, request.acting, request.params)
        return { state: word, version }
      },
    )
  }

  const Content = Params.extend({ attachment: Id })
  app.get(
    `${thread}/attachments/:attachment/content`,
    {
      config: { act: 'read-app', on, answers: 'application/octet-stream' },
      schema: { summary: 'The bytes of a piece of evidence', tags, params: Content },
    },
    async (request, reply) =>
      sendFile(reply, await readFile(house, ports, request.acting, ofParams(request.params), request.params.attachment)),
  )

  app.get(
    `${thread}/notes`,
    {
      config: { act: 'read-notes', on },
      schema: {
        summary: 'What the operator’s people note among themselves',
        tags,
        params: Params,
        response: {
          200: z.strictObject({
            notes: z.array(z.strictObject({ at: z.string(), name: z.string().nullable(), words: z.string().nullable() })),
          }),
        },
      },
    },
    async (request) => {
      const { notes } = await readThread(house, ports, request.acting, request.params, null, true)
      return { notes: [...(notes ?? [])] }
    },
  )
  app.post(
    `${thread}/notes`,
    {
      config: { act: 'write-note', on },
      schema: {
        summary: 'Write a note among the operator’s people',
        tags,
        params: Params,
        body: z.strictObject({ words: Words, mentions: z.array(z.string().max(100)).max(100).optional() }),
        response: { 200: z.strictObject({ done: z.literal(true) }) },
      },
    },
    async (request) => {
      const { words, mentions = [] } = request.body
      await writeNote(house, request.acting, request.params, { words, mentions })
      return { done: true as const }
    },
  )

  app.get(
    '/api/v1/applications',
    {
      config: { act: 'read-overview' },
      schema: {
        summary: 'Every open application: whose turn it is, and for how long',
        tags,
        response: {
          200: z.strictObject({
            as_of: z.string(),
            queue: z.array(
              z.strictObject({
                app: z.string(),
                name: z.string(),
                programme: z.string(),
                tier: z.string(),
                state: Word,
                turn: TurnOut.nullable(),
                approvals: z.int(),
              }),
            ),
          }),
        },
      },
    },
    async (request) => {
      const { now, queue } = await readQueue(house, request.acting)
      return {
        as_of: now,
        queue: queue.map(({ app: id, name, programme, tier, word, turn, approvals }) => ({
          app: id,
          name,
          programme,
          tier,
          state: word,
          turn: turnOut(turn, now),
          approvals,
        })),
      }
    },
  )

  app.get(
    '/api/v1/programmes/:programme/turns',
    {
      config: { act: 'read-public-pages' },
      schema: {
        summary: 'How long applications take at each step, and on which side they wait',
        tags: ['programmes'],
        params: z.strictObject({ programme: Id }),
        response: { 200: TurnsOut },
      },
    },
    async (request) => {
      const { programme } = request.params
      const read = await readTurns(house, request.acting, programme)
      return {
        programme,
        granted: read?.granted ?? 0,
        declined: read?.declined ?? 0,
        steps: Object.entries(read?.steps ?? {}).map(([step, { side, done, total_ms, longest_ms, late, open, recent_ms }]) => ({
          step,
          side,
          done,
          mean_ms: done === 0 ? null : Math.round(total_ms / done),
          median_ms: median(recent_ms),
          longest_ms,
          late,
          open,
        })),
      }
    },
  )
}

const TurnsOut = z
  .strictObject({
    programme: z.string(),
    granted: z.int(),
    declined: z.int(),
    steps: z.array(
      z.strictObject({
        step: z.string(),
        side: Side,
        done: z.int(),
        mean_ms: z.number().nullable(),
        median_ms: z.number().nullable().meta({ description: 'Over the newest turns.' }),
        longest_ms: z.number(),
        late: z.int(),
        open: z.int(),
      }),
    ),
  })
  .meta({ id: 'ApplicationTurns' })

/** Read notes or not: for pages that show them to those who may. */
export const mayReadNotes = ({ acting }: Pick<FastifyRequest, 'acting'>, on: { readonly organisation: string }): boolean =>
  refusalOf(acting, 'read-notes', on) === null && sideOf(acting, on) === 'operator'

/** Hands bytes back as bytes: a browser saves them and looks at nothing. */
export const sendFile = (reply: FastifyReply, file: { readonly bytes: Uint8Array; readonly name: string }): FastifyReply =>
  reply
    .header('content-disposition', `attachment; filename="${file.name}"`)
    .header('content-security-policy', "default-src 'none'; sandbox")
    .header('cross-origin-resource-policy', 'same-origin')
    .header('cache-control', 'private, no-store')
    .type('application/octet-stream')
    .send(Buffer.from(file.bytes))

const ofParams = ({ app, programme, tier }: ApplicationOf): ApplicationOf => ({ app, programme, tier })

const turnOut = (turn: Turn | null, now: string): z.infer<typeof TurnOut> | null =>
  turn === null
    ? null
    : {
        ...turn,
        step: turn.step as z.infer<typeof TurnOut>['step'],
        overdue: turn.side !== 'nobody' && turn.due_at !== null && turn.due_at < now,
      }

function threadOut(read: ThreadRead): z.infer<typeof ThreadOut> {
  return {
    ...read.of,
    state: read.word,
    since: read.since,
    version: read.version,
    standing_hash: read.standing_hash,
    turn: turnOut(read.turn, read.now),
    idle: [...read.idle],
    in_the_way: read.barred.map(judgedOut),
    components: read.components.map(({ component, title, state, side, missing, runs, soaks_until }) => ({
      component,
      title,
      state,
      side,
      missing: missing.map(judgedOut),
      runs: runs.map(({ says: _says, ...run }) => run),
      soaks_until,
    })),
    reviewers: read.reviewers,
    approvals: read.approvals.map(({ person, at }) => ({ person, at })),
    soaks_until: read.soaks_until,
    again_from: read.again_from,
    attachments: read.attachments.map(({ by: _by, verified_by: _verified_by, ...file }) => file),
    downtimes: read.downtimes.map(({ from, until }) => ({ from, until })),
    actions: [...read.actions],
    entries: read.entries.map((entry) => ({ ...entry, says: sentence(entry.says), mentions: [...entry.mentions] })),
    older: read.older,
  }
}

const judgedOut = ({ requirement, title, verdict, says, change, operators }: Judged): z.infer<typeof JudgedOut> => ({
  requirement,
  title,
  verdict,
  says,
  change,
  whose: operators ? 'operator' : 'partner',
})

/** The log outlives texts: a sentence whose code has gone is shown as its code. */
const sentence = (one: Says): string => (Object.hasOwn(MESSAGES, one.code) ? render(one, MESSAGES) : one.code)
