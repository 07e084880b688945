import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { APPS, type AppDocument } from '../directory/apps-view.ts'
import { onApp } from '../directory/registering.ts'
import { refusalOf } from '../enrolment/authorise.ts'
import type { House } from '../house.ts'
import type { Json, JsonObject } from '../kernel/json.ts'
import { isRefused, Refused } from '../kernel/refused.ts'
import type { Routes } from '../platform/http/app.ts'
import { textOf, type FormFields } from '../platform/http/forms.ts'
import { declareChanges, judgeDelta, readReviews, type ReviewsRead } from './reviewing.ts'
import { chromeOf } from './pages/chrome.ts'
import type { Errors, Typed } from './pages/form.tsx'
import { page } from './pages/render.ts'
import { ReviewsPage } from './pages/reviews.tsx'
import { readShelf } from './showing.ts'

const AppId = z.string().min(1).max(100)
const App = z.strictObject({ app: AppId })
const Id = z.string().min(1).max(200)
const Fields = z.record(z.string(), z.union([z.string(), z.instanceof(Uint8Array)])).nullish()
const Outcome = z.enum(['passed', 'failed'])
const Changed = z.strictObject({ side: z.string(), added: z.array(z.string()), removed: z.array(z.string()) })
const ReviewsOut = z
  .strictObject({
    app: z.string(),
    annual: z.array(
      z.strictObject({
        programme: z.string(),
        tier: z.string(),
        year: z.int(),
        state: z.enum(['none', 'planned', 'announced', 'missed', 'closed']),
        announced_at: z.string().nullable(),
        announce_at: z.string(),
        opens_at: z.string(),
        due_at: z.string(),
        declared: z.boolean(),
        turn: z.enum(['partner', 'operator']).nullable(),
        checks: z.array(z.strictObject({ requirement: z.string(), verdict: z.string().nullable() })),
      }),
    ),
    deltas: z.array(
      z.strictObject({
        delta: z.string(),
        state: z.enum(['open', 'closed']),
        opened_at: z.string(),
        kinds: z.array(z.string()),
        requirements: z.record(z.string(), z.enum(['open', 'passed', 'failed'])),
      }),
    ),
    seen: z.strictObject({ since: z.string().nullable(), kinds: z.array(z.string()), changes: z.array(Changed) }),
  })
  .meta({ id: 'Reviews' })

type DemoClock = { readonly now: () => string } | null

/** An app's annual reviews and declared changes: for a program, and at a page. */
export function registerReviewRoutes(app: Routes, house: House, demo: DemoClock = null): void {
  const on = (request: FastifyRequest) => onApp(house, (request.params as { readonly app: string }).app)
  const tags = ['reviews']

  app.get(
    '/api/v1/apps/:app/reviews',
    {
      config: { act: 'read-app', on },
      schema: { summary: 'Annual reviews and changes of an app', tags, params: App, response: { 200: ReviewsOut } },
    },
    async (request) => reviewsOut(request.params.app, await readReviews(house, request.acting, request.params.app)),
  )

  app.post(
    '/api/v1/apps/:app/reviews/declarations',
    {
      config: { act: 'answer-form', on },
      schema: {
        summary: 'Say whether the app changed significantly',
        description:
          'By the fields of the programme’s form. An answer that leaves out what was seen is asked about once more: `asked_about` names those kinds, and the same answer sent again stands.',
        tags,
        params: App,
        body: z.strictObject({ answers: z.record(z.string(), z.unknown()) }),
        response: { 200: z.strictObject({ asked_about: z.array(z.string()), delta: z.array(z.string()) }) },
      },
    },
    async (request) => {
      // The guarantee of the cast: the body was parsed from JSON.
      const told = await declareChanges(house, request.acting, request.params.app, request.body.answers as JsonObject)
      return { asked_about: [...told.asked_about], delta: [...told.delta] }
    },
  )

  app.post(
    '/api/v1/apps/:app/reviews/deltas/:delta',
    {
      config: { act: 'review-changes', on },
      schema: {
        summary: 'Decide about one requirement that a change touches',
        tags,
        params: App.extend({ delta: Id }),
        body: z.strictObject({ requirement: Id, outcome: Outcome, reason: z.string().max(2_000).default('') }),
        response: { 200: z.strictObject({ done: z.literal(true) }) },
      },
    },
    async (request) => {
      await judgeDelta(house, request.acting, request.params.app, { ...request.body, delta: request.params.delta })
      return { done: true as const }
    },
  )

  const show = async (
    request: FastifyRequest,
    id: string,
    of: { readonly values?: Typed; readonly errors?: Errors; readonly told?: string | null; readonly asked_about?: readonly string[] },
  ) => {
    const whose = await onApp(house, id)
    const read = await readReviews(house, request.acting, id)
    const { known, shelf, now } = await house.act(request.acting, 'read-app', whose, async (desk) => ({
      known: await desk.documents.get<AppDocument>(APPS, id),
      shelf: await readShelf(house, desk),
      now: desk.now,
    }))
    if (known === null) throw new Refused('directory.no_such_app', `There is no app "${id}" here.`, id)
    const refused = {
      declare: refusalOf(request.acting, 'answer-form', whose)?.message ?? null,
      judge: refusalOf(request.acting, 'review-changes', whose)?.message ?? null,
    }
    const props = {
      shelf,
      now,
      app: known,
      read,
      refused,
      values: of.values ?? {},
      errors: of.errors ?? {},
      told: of.told ?? null,
      asked_about: of.asked_about ?? [],
    }
    const chrome = chromeOf({ marketplace: house.config.marketplace, acting: request.acting, demo, here: null })
    return page(<ReviewsPage chrome={chrome} {...props} />)
  }
  const send = (reply: FastifyReply, html: string): FastifyReply =>
    reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(html)

  app.get(
    '/apps/:app/reviews',
    {
      config: { act: 'read-app', on, page: true },
      schema: { hide: true, params: App, querystring: z.object({ done: z.string().max(40).optional() }) },
    },
    async (request, reply) => send(reply, await show(request, request.params.app, { told: DONE[request.query.done ?? ''] ?? null })),
  )

  app.post(
    '/apps/:app/reviews/declare',
    { config: { act: 'answer-form', on, page: true }, schema: { hide: true, params: App, body: Fields } },
    async (request, reply) => {
      const id = request.params.app
      const fields: FormFields = request.body ?? {}
      const values = Object.fromEntries(Object.keys(fields).map((name) => [name, textOf(fields, name)]))
      const { change } = await readReviews(house, request.acting, id)
      try {
        const told = await declareChanges(house, request.acting, id, change === null ? {} : answersIn(change, fields))
        if (told.asked_about.length > 0) return await send(reply, await show(request, id, { values, asked_about: told.asked_about }))
        return await reply.redirect(
          `/apps/${encodeURIComponent(id)}/reviews?done=${told.delta.length === 0 ? 'declared' : 'looked-at'}`,
          303,
        )
      } catch (error) {
        if (!isRefused(error)) throw error
        const where = change !== null && error.where?.startsWith(change.policy.form.changes) === true ? change.policy.form.changes : ''
        return send(reply.status(400), await show(request, id, { values, errors: { [where]: error.message } }))
      }
    },
  )

  app.post(
    '/apps/:app/reviews/deltas/:delta',
    { config: { act: 'review-changes', on, page: true }, schema: { hide: true, params: App.extend({ delta: Id }), body: Fields } },
    async (request, reply) => {
      const { app: id, delta } = request.params
      const fields: FormFields = request.body ?? {}
      try {
        const outcome = textOf(fields, 'outcome') === 'passed' ? 'passed' : 'failed'
        await judgeDelta(house, request.acting, id, {
          delta,
          requirement: textOf(fields, 'requirement'),
          outcome,
          reason: textOf(fields, 'reason').slice(0, 2_000),
        })
        return await reply.redirect(`/apps/${encodeURIComponent(id)}/reviews?done=decided`, 303)
      } catch (error) {
        if (!isRefused(error)) throw error
        return send(reply.status(400), await show(request, id, { errors: { '': error.message } }))
      }
    },
  )
}

const DONE: { readonly [done: string]: string | undefined } = {
  declared: 'Your answer is recorded.',
  'looked-at': 'Your answer is recorded. The operator looks at what the change touches.',
  decided: 'Your decision is recorded.',
}

/** A page's fields as answers to the programme's form: what is not ticked is not a change, whatever was typed beside it. */
function answersIn({ policy, form }: NonNullable<ReviewsRead['change']>, fields: FormFields): JsonObject {
  const answers: { [field: string]: Json } = {}
  for (const field of form.groups.flatMap((group) => group.fields)) {
    const { id } = field
    if (id === policy.form.changes) {
      const changes = policy.kinds.flatMap((kind) => (textOf(fields, `kind.${kind.id}`) === 'on' ? [changeIn(kind.id)] : []))
      if (changes.length > 0) answers[id] = changes
      continue
    }
    const typed = textOf(fields, id)
    if (typed !== '') answers[id] = typed === 'yes' ? true : typed === 'no' ? false : typed
  }
  return answers

  function changeIn(kind: string): JsonObject {
    const parts = form.groups.flatMap((group) => group.fields).find(({ id }) => id === policy.form.changes)?.parts ?? []
    const given = parts.flatMap(({ id }) => {
      const typed = textOf(fields, `${id}.${kind}`)
      return id === policy.form.kind ? [[id, kind] as const] : typed === '' ? [] : [[id, typed] as const]
    })
    return Object.fromEntries(given)
  }
}

const reviewsOut = (app: string, read: ReviewsRead): z.infer<typeof ReviewsOut> => ({
  app,
  annual: read.annual.map(({ annual, declared, turn, checks }) => {
    const { programme, tier, year, word, announced_at, announce_at, opens_at, due_at } = annual
    const checked = checks.map(({ requirement, verdict }) => ({ requirement, verdict: verdict?.verdict ?? null }))
    return { programme, tier, year, state: word, announced_at, announce_at, opens_at, due_at, declared, turn, checks: checked }
  }),
  deltas: (read.document?.state.deltas ?? []).map(({ delta, word, opened_at, kinds, requirements }) => ({
    delta,
    state: word,
    opened_at,
    kinds: [...kinds],
    requirements: { ...requirements },
  })),
  seen: {
    since: read.since,
    kinds: [...read.kinds_seen],
    changes: read.seen.map(({ side, added, removed }) => ({ side, added: [...added], removed: [...removed] })),
  },
})
