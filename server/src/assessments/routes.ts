import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { onApp } from '../directory/registering.ts'
import type { House } from '../house.ts'
import type { Digest } from '../kernel/event.ts'
import type { JsonObject } from '../kernel/json.ts'
import { Refused } from '../kernel/refused.ts'
import type { Routes } from '../platform/http/app.ts'
import { Form } from '../programmes/schema.ts'
import { publishForm, readForm, saveDraft, type FormRead, type Whose } from './answering.ts'
import { offerAttestation, readAttestations, reviewAttestation, waitingAttestations, type AttestationTold } from './attesting.ts'
import { LONGEST_TEXT } from './form.ts'
import { readFormReview, reviewForm, waitingForms } from './reviewing.ts'
import type { FormReviewDocument } from './reviews-view.ts'

const AppId = z.string().min(1).max(100)
const FormParams = z.strictObject({ app: AppId, form: z.string().min(1).max(100) })
const PartnerFormParams = z.strictObject({ organisation: z.string().min(1).max(100), form: z.string().min(1).max(100) })
const AttestationParams = z.strictObject({ app: AppId, requirement: z.string().min(1).max(200) })

/** Answers by field, two levels deep and no deeper; what fits is said by the form, place by place. */
const Plain = z.union([z.string(), z.number(), z.boolean(), z.null()])
const Parts = z.record(z.string().max(300), z.union([Plain, z.array(Plain)]))
const Answer = z.union([Plain, z.array(z.union([Plain, Parts])), Parts])
const AnswersBody = z.record(z.string().max(300), Answer).meta({ id: 'Answers', description: 'By field id; parts under {field}.{part}.' })
const Mistakes = z.array(z.strictObject({ at: z.string(), says: z.string() }))
const Scores = z.array(z.strictObject({ field: z.string(), result: z.enum(['info', 'warning', 'fail']), says: z.string() }))
const FormOfApp = z
  .strictObject({
    form: Form,
    of: z.enum(['draft', 'published']),
    answers: AnswersBody,
    inherited: AnswersBody.meta({ description: 'What the partner answers for all its apps and this app leaves as it is.' }),
    complete: z.number(),
    missing: Mistakes,
    scored: Scores,
    revision: z.int().meta({ description: 'Which save the draft is; 0 before the first.' }),
    published: z
      .strictObject({
        at: z.string(),
        edition: z.int(),
        complete: z.number(),
        evidence: z.array(z.string()),
        origins: z.record(z.string(), z.strictObject({ from: z.enum(['app', 'partner']), since: z.string() })),
      })
      .nullable(),
    changes: z.array(z.string()).meta({ description: 'Fields that publishing now would change.' }),
  })
  .meta({ id: 'FormOfApp' })
const Attestation = z
  .strictObject({
    app: z.string(),
    requirement: z.string(),
    status: z.enum(['none', 'offered', 'accepted', 'renewing']),
    changed_at: z.string(),
    expires_at: z.string().nullable(),
    evidence: z.array(z.string()),
  })
  .meta({ id: 'Attestation' })
const FormReview = z
  .strictObject({
    app: z.string(),
    form: z.string(),
    status: z.enum(['none', 'waiting', 'returned', 'approved', 'renewing', 'lapsed']),
    changed_at: z.string().nullable(),
    /** Evidence that waits for the review; `seen` of a decision. */
    waiting: z.array(z.string()),
    approved_until: z.string().nullable(),
    returned: z.array(z.string()),
  })
  .meta({ id: 'FormReview' })
const Done = z.strictObject({ done: z.literal(true) }).meta({ id: 'Done' })
const done = { done: true } as const

/** Forms that partners answer, and attestations that reviewers accept. */
export function registerAssessmentRoutes(app: Routes, house: House): void {
  const on = (request: FastifyRequest) => onApp(house, (request.params as { readonly app: string }).app)
  const tags = ['assessments']

  for (const { under, whose, params } of [
    {
      under: '/api/v1/apps/:app',
      params: FormParams,
      whose: (request: FastifyRequest): Whose => ({ app: (request.params as z.infer<typeof FormParams>).app }),
    },
    {
      under: '/api/v1/partners/:organisation',
      params: PartnerFormParams,
      whose: (request: FastifyRequest): Whose => ({ partner: (request.params as z.infer<typeof PartnerFormParams>).organisation }),
    },
  ]) {
    const on = async (request: FastifyRequest) => {
      const one = whose(request)
      return 'app' in one ? onApp(house, one.app) : { organisation: one.partner }
    }
    const of_all = under.includes('organisation') ? ' of a partner, for all its apps' : ' of an app'

    app.get(
      `${under}/forms/:form`,
      {
        config: { act: 'read-app', on },
        schema: {
          summary: `A form${of_all} with its answers: the draft for its partner, what was published for others`,
          tags,
          params,
          response: { 200: FormOfApp },
        },
      },
      async (request, reply) => {
        const read = await readForm(house, request.acting, whose(request), request.params.form)
        reply.header('etag', `"${read.revision}"`)
        return asFormTold(read)
      },
    )

    app.put(
      `${under}/forms/:form`,
      {
        config: { act: 'answer-form', on },
        schema: {
          summary: `Keep answers${of_all} as a draft`,
          description: 'With If-Match and the ETag that was read, a draft that somebody else has saved meanwhile is not overwritten.',
          tags,
          params,
          headers: z.looseObject({ 'if-match': z.string().max(40).optional() }),
          body: AnswersBody,
          response: { 200: z.strictObject({ complete: z.number(), missing: Mistakes, revision: z.int() }) },
        },
      },
      async (request, reply) => {
        const given: JsonObject = request.body
        const base = revisionIn(request.headers['if-match'])
        const saved = await saveDraft(house, request.acting, whose(request), request.params.form, given, base)
        reply.header('etag', `"${saved.revision}"`)
        return { complete: saved.complete, missing: [...saved.missing], revision: saved.revision }
      },
    )

    app.post(
      `${under}/forms/:form/publish`,
      {
        config: { act: 'answer-form', on },
        schema: {
          summary: `Publish the draft${of_all}`,
          tags,
          params,
          response: {
            200: z.strictObject({
              complete: z.number(),
              scored: Scores,
              apps: z.array(z.string()).meta({ description: 'Apps for which this was published as well.' }),
            }),
          },
        },
      },
      async (request) => {
        const { complete, scored, apps } = await publishForm(house, request.acting, whose(request), request.params.form)
        return { complete, scored: [...scored], apps: [...apps] }
      },
    )
  }

  app.get(
    '/api/v1/apps/:app/forms/:form/review',
    {
      config: { act: 'read-app', on },
      schema: { summary: 'How the review of a published form stands', tags, params: FormParams, response: { 200: FormReview } },
    },
    async (request) => {
      const { app: id, form } = request.params
      const review = await house.act(request.acting, 'read-app', await on(request), (desk) => readFormReview(desk, id, form))
      return asReviewTold(id, form, review)
    },
  )

  app.post(
    '/api/v1/apps/:app/forms/:form/review',
    {
      config: { act: 'review-attestation', on },
      schema: {
        summary: 'Approve published answers, or return them with reasons',
        tags,
        params: FormParams,
        body: z.strictObject({
          decision: z.enum(['approve', 'return']),
          note: z.string().max(LONGEST_TEXT).default(''),
          seen: z.array(z.string().max(100)).max(10).default([]).meta({ description: 'Evidence that was read: `waiting` of the review.' }),
        }),
        response: { 200: Done },
      },
    },
    async (request) => {
      const { decision, note, seen } = request.body
      // The guarantee of the cast: a name that is no digest equals none that was sent.
      await reviewForm(house, request.acting, request.params.app, request.params.form, { decision, note, seen: seen as readonly Digest[] })
      return done
    },
  )

  app.get(
    '/api/v1/form-reviews',
    {
      config: { act: 'read-overview' },
      schema: { summary: 'Published forms that wait for a reviewer, the oldest first', tags, response: { 200: z.array(FormReview) } },
    },
    async (request) => (await waitingForms(house, request.acting)).map((review) => asReviewTold(review.app, review.form, review)),
  )

  app.get(
    '/api/v1/apps/:app/attestations',
    {
      config: { act: 'read-app', on },
      schema: {
        summary: 'How attestations of an app stand',
        tags,
        params: z.strictObject({ app: AppId }),
        response: { 200: z.array(Attestation) },
      },
    },
    async (request) => (await readAttestations(house, request.acting, request.params.app)).map(asTold),
  )

  app.post(
    '/api/v1/apps/:app/attestations/:requirement',
    {
      config: { act: 'answer-form', on },
      schema: {
        summary: 'Offer evidence for a requirement that no machine can judge',
        tags,
        params: AttestationParams,
        body: z.strictObject({
          text: z.string().max(LONGEST_TEXT).default(''),
          links: z.array(z.string().max(2_000)).max(20).default([]),
        }),
        response: { 201: Done },
      },
    },
    async (request, reply) => {
      const { app: id, requirement } = request.params
      const { text, links } = request.body
      await offerAttestation(house, request.acting, id, requirement, { text, links: links.map(checkedLink) })
      return reply.status(201).send(done)
    },
  )

  app.post(
    '/api/v1/apps/:app/attestations/:requirement/review',
    {
      config: { act: 'review-attestation', on },
      schema: {
        summary: 'Accept, decline or withdraw an attestation',
        tags,
        params: AttestationParams,
        body: z.strictObject({ decision: z.enum(['accept', 'decline', 'withdraw']), note: z.string().max(LONGEST_TEXT).default('') }),
        response: { 200: Done },
      },
    },
    async (request) => {
      await reviewAttestation(house, request.acting, request.params.app, request.params.requirement, request.body)
      return done
    },
  )

  app.get(
    '/api/v1/attestations',
    {
      config: { act: 'read-overview' },
      schema: { summary: 'Attestations that wait for a review', tags, response: { 200: z.array(Attestation) } },
    },
    async (request) => (await waitingAttestations(house, request.acting)).map(asTold),
  )
}

const asFormTold = (read: FormRead) => {
  const { published } = read
  // The guarantee of the casts: answers were taken in by the same shape.
  const answers = (of: FormRead['answers']) => ({ ...of }) as z.infer<typeof AnswersBody>
  return {
    form: read.form,
    of: read.of,
    answers: answers(read.answers),
    inherited: answers(read.inherited),
    complete: read.complete,
    missing: [...read.missing],
    scored: [...read.scored],
    revision: read.revision,
    published:
      published === null
        ? null
        : {
            at: published.published_at,
            edition: published.edition,
            complete: published.complete,
            evidence: [...published.evidence],
            origins: { ...published.origins },
          },
    changes: read.changes.map(({ field }) => field),
  }
}

const asReviewTold = (app: string, form: string, review: FormReviewDocument | null) => ({
  app,
  form,
  status: review?.status ?? ('none' as const),
  changed_at: review?.changed_at ?? null,
  waiting: [...(review?.waiting?.evidence ?? [])],
  approved_until: review?.approved?.until ?? null,
  returned: [...(review?.returned?.evidence ?? [])],
})

/** The revision that a request names as the one it began from; null when it names none. */
function revisionIn(header: string | undefined): number | null {
  if (header === undefined || header.trim() === '*') return null
  const named = /^\s*(?:W\/)?"?(\d{1,9})"?\s*$/.exec(header)?.[1]
  if (named !== undefined) return Number(named)
  throw new Refused('http.invalid', 'Name the revision in If-Match as the ETag gave it, such as "3".', 'if-match')
}

const asTold = (told: AttestationTold) => ({ ...told, evidence: [...told.evidence] })

/** An address for a person to open; the program never fetches it. */
function checkedLink(text: string): string {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '' || url.password !== '') {
    throw new Refused(
      'assessments.bad_link',
      `"${text.slice(0, 200)}" is not an address; write it like https://docs.example.com/plan.`,
      'links',
    )
  }
  return url.href
}
