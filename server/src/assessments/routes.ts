import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { onApp } from '../directory/registering.ts'
import type { House } from '../house.ts'
import type { JsonObject } from '../kernel/json.ts'
import { Refused } from '../kernel/refused.ts'
import type { Routes } from '../platform/http/app.ts'
import { Form } from '../programmes/schema.ts'
import {
  offerAttestation,
  publishForm,
  readAttestations,
  readForm,
  reviewAttestation,
  saveDraft,
  waitingAttestations,
  type AttestationTold,
} from './answering.ts'
import { LONGEST_TEXT } from './form.ts'

const AppId = z.string().min(1).max(100)
const FormParams = z.strictObject({ app: AppId, form: z.string().min(1).max(100) })
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
    complete: z.number(),
    missing: Mistakes,
    scored: Scores,
    published: z.strictObject({ at: z.string(), complete: z.number(), evidence: z.array(z.string()) }).nullable(),
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
const Done = z.strictObject({ done: z.literal(true) }).meta({ id: 'Done' })
const done = { done: true } as const

/** Forms that partners answer, and attestations that reviewers accept. */
export function registerAssessmentRoutes(app: Routes, house: House): void {
  const on = (request: FastifyRequest) => onApp(house, (request.params as { readonly app: string }).app)
  const tags = ['assessments']

  app.get(
    '/api/v1/apps/:app/forms/:form',
    {
      config: { act: 'read-app', on },
      schema: {
        summary: 'A form with its answers: the draft for its partner, what was published for others',
        tags,
        params: FormParams,
        response: { 200: FormOfApp },
      },
    },
    async (request) => {
      const read = await readForm(house, request.acting, request.params.app, request.params.form)
      const { published } = read
      return {
        ...read,
        // The guarantee of the cast: answers were taken in by the same shape.
        answers: { ...read.answers } as z.infer<typeof AnswersBody>,
        missing: [...read.missing],
        scored: [...read.scored],
        published: published === null ? null : { ...published, evidence: [...published.evidence] },
      }
    },
  )

  app.put(
    '/api/v1/apps/:app/forms/:form',
    {
      config: { act: 'answer-form', on },
      schema: {
        summary: 'Keep answers as a draft',
        tags,
        params: FormParams,
        body: AnswersBody,
        response: { 200: z.strictObject({ complete: z.number(), missing: Mistakes }) },
      },
    },
    async (request) => {
      const given: JsonObject = request.body
      const { complete, missing } = await saveDraft(house, request.acting, request.params.app, request.params.form, given)
      return { complete, missing: [...missing] }
    },
  )

  app.post(
    '/api/v1/apps/:app/forms/:form/publish',
    {
      config: { act: 'answer-form', on },
      schema: {
        summary: 'Publish the draft',
        tags,
        params: FormParams,
        response: { 200: z.strictObject({ complete: z.number(), scored: Scores }) },
      },
    },
    async (request) => {
      const { complete, scored } = await publishForm(house, request.acting, request.params.app, request.params.form)
      return { complete, scored: [...scored] }
    },
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
