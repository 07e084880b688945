import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { LONGEST_WORDS } from '../kernel/words.ts'
import { onApp } from '../directory/registering.ts'
import type { House } from '../house.ts'
import type { Routes } from '../platform/http/app.ts'
import { actOnConcern, PERSONS_ACTS, type Doing } from './acting.ts'
import type { ConcernDocument } from './concerns-view.ts'
import { OUTCOMES } from './events.ts'
import { addToConcern, followConcern, raiseConcern, takeBackWords } from './raising.ts'
import { readConcern, readConcerns } from './reading.ts'

const AppId = z.string().min(1).max(100)
const Id = z.string().min(1).max(200)
const App = z.strictObject({ app: AppId })
const One = App.extend({ concern: Id })
const Words = z
  .string()
  .min(1)
  .max(LONGEST_WORDS * 4)
const Seen = z
  .int()
  .gte(0)
  .optional()
  .meta({ description: 'Number of the newest entry that you saw; when something came after it, you are asked to look again.' })
const Requirements = z.array(Id).max(50)
const Secret = z.string().min(1).max(200).meta({ description: 'What was told once when the concern was raised.' })

const Word = z.enum(['none', 'received', 'dismissed', 'hearing', 'deciding', 'not_upheld', 'upheld', 'checking', 'remedied', 'set_aside'])
const TurnOut = z
  .strictObject({
    step: z.enum(['triage', 'answer', 'decision', 'remedy', 'check']),
    side: z.enum(['partner', 'operator', 'nobody']),
    since: z.string(),
    due_at: z.string().nullable(),
  })
  .nullable()
const ConcernLine = z
  .strictObject({
    concern: z.string(),
    programme: z.string(),
    state: Word,
    outcome: z.enum(OUTCOMES).nullable(),
    raised_by: z.enum(['operator', 'somebody']),
    received_at: z.string(),
    since: z.string(),
    requirements: z.array(z.string()),
    turn: TurnOut,
    seen: z.int(),
  })
  .meta({ id: 'Concern' })
const ConcernOut = z
  .strictObject({
    ...ConcernLine.shape,
    entries: z.array(
      z.strictObject({ at: z.string(), what: z.string(), outcome: z.string().nullable(), words: z.string().nullable(), hash: z.string() }),
    ),
    public_words: z.string().nullable(),
    alone: z.boolean(),
    actions: z.array(z.strictObject({ act: z.string(), allowed: z.boolean(), reason: z.string().nullable() })),
  })
  .meta({ id: 'ConcernRead' })
const After = z.strictObject({ state: Word }).meta({ id: 'ConcernAfter' })
const FollowedOut = z
  .strictObject({
    app: z.string(),
    state: Word,
    outcome: z.enum(OUTCOMES).nullable(),
    turn: TurnOut,
    own: z.array(z.strictObject({ at: z.string(), words: z.string().nullable() })),
    dismissed: z.strictObject({ says: z.string(), words: z.string().nullable() }).nullable(),
    public_words: z.string().nullable(),
    held_back: z.boolean(),
    may_add: z.boolean(),
  })
  .meta({ id: 'FollowedConcern' })

/** How often one address may send something that a person has to read. */
export const FROM_ONE_ADDRESS = { max: 5, timeWindow: '10 minutes' } as const
/** A concern is words. Nothing larger is read from people who are not signed in. */
export const CONCERN_BYTES_MAX = 256 * 1024

/** What each act is called in addresses, what it takes, and what the world is told of it. */
const ACTS = [
  {
    path: 'dismissal',
    act: 'dismiss',
    summary: 'Put a concern aside',
    body: z.strictObject({ code: Id, words: Words, seen: Seen }),
  },
  {
    path: 'acceptance',
    act: 'accept',
    summary: 'Look into a concern; the partner is heard',
    body: z.strictObject({ requirements: Requirements, words: Words, seen: Seen }),
  },
  { path: 'answer', act: 'answer', summary: 'Answer a concern', body: z.strictObject({ words: Words, seen: Seen }) },
  {
    path: 'decision',
    act: 'decide',
    summary: 'Decide on a concern',
    body: z.strictObject({ outcome: z.enum(OUTCOMES), requirements: Requirements, words: Words, public_words: Words, seen: Seen }),
  },
  { path: 'remedy', act: 'claim_remedy', summary: 'Say that it is put right', body: z.strictObject({ words: Words, seen: Seen }) },
  {
    path: 'remedy-refusal',
    act: 'refuse_remedy',
    summary: 'Say what is still missing',
    body: z.strictObject({ words: Words, seen: Seen }),
  },
  {
    path: 'remedy-confirmation',
    act: 'confirm_remedy',
    summary: 'Confirm that it is put right',
    body: z.strictObject({ words: Words, seen: Seen }),
  },
  {
    path: 'recusal',
    act: 'recuse',
    summary: 'Stand back from a concern because of a tie',
    body: z.strictObject({ conflict: Id, seen: Seen }),
  },
] as const

/** Concerns for programs: raising one, following one's own, and the case between operator and partner. */
export function registerConcernRoutes(app: Routes, house: House): void {
  const on = (request: FastifyRequest) => onApp(house, (request.params as { readonly app: string }).app)
  const tags = ['concerns']

  app.post(
    '/api/v1/apps/:app/concerns',
    {
      config: { act: 'raise-concern', rateLimit: FROM_ONE_ADDRESS },
      bodyLimit: CONCERN_BYTES_MAX,
      schema: {
        summary: 'Raise a concern about an app',
        description:
          'Anybody may. No name and no address is asked for or kept. `follow_up` is told once: by it whoever raised the concern can follow it, add words and take them back.',
        tags,
        params: App,
        body: z.strictObject({ programme: Id.optional(), requirement: Id.optional(), words: Words }),
        response: {
          201: z
            .strictObject({ concern: z.string(), follow_up: z.strictObject({ secret: z.string(), until: z.string() }).nullable() })
            .meta({ id: 'ConcernRaised' }),
        },
      },
    },
    async (request, reply) => {
      const { programme = null, requirement = null, words } = request.body
      const raised = await raiseConcern(house, request.acting, request.params.app, { programme, requirement, words })
      return reply.header('cache-control', 'no-store').status(201).send(raised)
    },
  )

  app.post(
    '/api/v1/followed-concern',
    {
      config: { act: 'raise-concern' },
      bodyLimit: CONCERN_BYTES_MAX,
      schema: {
        summary: 'Follow one’s own concern',
        description: 'Asked by POST, so that the secret stands in no address.',
        tags,
        body: z.strictObject({ secret: Secret }),
        response: { 200: FollowedOut },
      },
    },
    async (request, reply) => {
      const { document, own, dismissed, public_words, held_back, may_add } = await followConcern(house, request.body.secret)
      reply.header('cache-control', 'no-store')
      const { app: id, word, outcome, turn } = document
      return {
        app: id,
        state: word,
        outcome: held_back ? null : outcome,
        turn,
        own: own.map((one) => ({ ...one })),
        dismissed,
        public_words,
        held_back,
        may_add,
      }
    },
  )
  app.post(
    '/api/v1/followed-concern/words',
    {
      config: { act: 'raise-concern', rateLimit: FROM_ONE_ADDRESS },
      bodyLimit: CONCERN_BYTES_MAX,
      schema: {
        summary: 'Add words to one’s own concern',
        tags,
        body: z.strictObject({ secret: Secret, words: Words }),
        response: { 200: z.strictObject({ done: z.literal(true) }) },
      },
    },
    async (request) => {
      await addToConcern(house, request.body.secret, request.body.words)
      return { done: true as const }
    },
  )
  app.post(
    '/api/v1/followed-concern/erasure',
    {
      config: { act: 'raise-concern' },
      bodyLimit: CONCERN_BYTES_MAX,
      schema: {
        summary: 'Take back what one wrote',
        description: 'The words are erased for good. That a concern was raised stays.',
        tags,
        body: z.strictObject({ secret: Secret }),
        response: { 200: z.strictObject({ done: z.literal(true) }) },
      },
    },
    async (request) => {
      await takeBackWords(house, request.body.secret)
      return { done: true as const }
    },
  )

  app.get(
    '/api/v1/apps/:app/concerns',
    {
      config: { act: 'read-app', on },
      schema: {
        summary: 'Concerns about an app',
        tags,
        params: App,
        response: { 200: z.strictObject({ concerns: z.array(ConcernLine) }) },
      },
    },
    async (request) => ({ concerns: (await readConcerns(house, request.acting, request.params.app)).map(lineOf) }),
  )
  app.get(
    '/api/v1/apps/:app/concerns/:concern',
    {
      config: { act: 'read-app', on },
      schema: { summary: 'A concern, and what you may do about it', tags, params: One, response: { 200: ConcernOut } },
    },
    async (request) => {
      const { document, entries, public_words, offers } = await readConcern(house, request.acting, request.params)
      return {
        ...lineOf(document),
        entries: entries.map(({ at, what, outcome, words, hash }) => ({ at, what, outcome, words, hash })),
        public_words,
        alone: document.alone,
        actions: offers.map((one) => ({ ...one })),
      }
    },
  )

  for (const { path, act, summary, body } of ACTS) {
    app.post(
      `/api/v1/apps/:app/concerns/:concern/${path}`,
      { config: { act: PERSONS_ACTS[act], on }, schema: { summary, tags, params: One, body, response: { 200: After } } },
      async (request) => {
        // The guarantee of the cast: the body was parsed by the shape that stands beside the act.
        const { seen = null, ...given } = request.body as { readonly seen?: number } & Record<string, unknown>
        const { word } = await actOnConcern(house, request.acting, request.params, { act, ...given } as Doing, seen)
        return { state: word }
      },
    )
  }
}

const lineOf = (document: ConcernDocument): z.infer<typeof ConcernLine> => {
  const { concern, programme, word, outcome, raised_by, received_at, since, requirements, turn, version } = document
  return {
    concern,
    programme,
    state: word,
    outcome,
    raised_by,
    received_at,
    since,
    requirements: [...requirements],
    turn: turn === null ? null : { ...turn },
    seen: version,
  }
}
