import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { onApp } from '../directory/registering.ts'
import type { House } from '../house.ts'
import type { Routes } from '../platform/http/app.ts'
import {
  readCertifications,
  recordCertification,
  reviewCertification,
  withdrawCertification,
  type CertificationTold,
} from './certifying.ts'
import { explainContradiction, judgeExplanation } from './comparing.ts'
import { CONTRADICTIONS, type ContradictionsDocument } from './contradictions-view.ts'
import { LONGEST_TEXT } from './form.ts'
import { refusalOf } from '../enrolment/authorise.ts'

const Id = z.string().min(1).max(100)
const Note = z.string().max(LONGEST_TEXT).default('')
const Done = z.strictObject({ done: z.literal(true) })
const done = { done: true } as const

const Contradiction = z
  .strictObject({
    rule: z.string(),
    form: z.string(),
    field: z.string(),
    status: z.enum(['open', 'explained', 'told', 'accepted']),
    found_at: z.string().nullable(),
    due_at: z.string().nullable(),
    evidence: z.array(z.string()),
  })
  .meta({ id: 'Contradiction' })

const Certificate = z.strictObject({
  standard: z.string().max(100),
  issuer: z.string().max(200),
  scope: z.string().max(1_000),
  issued_on: z.string().max(20),
  expires_on: z.string().max(20),
  link: z.string().max(2_000).nullable().default(null),
})
const Certification = z
  .strictObject({
    certification: z.string(),
    status: z.enum(['none', 'recorded', 'confirmed', 'refused', 'withdrawn', 'lapsed']),
    holds: z.boolean(),
    certificate: Certificate.nullable(),
  })
  .meta({ id: 'Certification' })

/** What speaks against answers, and what partners can show for them: contradictions and certifications, for programs. */
export function registerAnswersRoutes(app: Routes, house: House): void {
  const onTheApp = (request: FastifyRequest) => onApp(house, (request.params as { readonly app: string }).app)
  const onPartner = async (request: FastifyRequest) => ({
    organisation: (request.params as { readonly organisation: string }).organisation,
  })
  const tags = ['assessments']

  app.get(
    '/api/v1/apps/:app/contradictions',
    {
      config: { act: 'read-app', on: onTheApp },
      schema: {
        summary: 'Answers that what was seen contradicts',
        description: 'The partner reads all of them; the operator those that were explained or whose time is over.',
        tags,
        params: z.strictObject({ app: Id }),
        response: { 200: z.array(Contradiction) },
      },
    },
    async (request) => {
      const on = await onTheApp(request)
      const partner = refusalOf(request.acting, 'answer-form', on) === null
      const document = await house.act(request.acting, 'read-app', on, (desk) =>
        desk.documents.get<ContradictionsDocument>(CONTRADICTIONS, request.params.app),
      )
      return Object.entries(document?.rules ?? {}).flatMap(([rule, { status, form, field, found_at, due_at, evidence }]) =>
        status === 'none' || (!partner && status === 'open')
          ? []
          : [{ rule, form, field, status, found_at, due_at, evidence: [...evidence] }],
      )
    },
  )

  app.post(
    '/api/v1/apps/:app/contradictions/:rule/explain',
    {
      config: { act: 'answer-form', on: onTheApp },
      schema: {
        summary: 'Say why an answer is right all the same',
        tags,
        params: z.strictObject({ app: Id, rule: Id }),
        body: z.strictObject({ text: z.string().max(LONGEST_TEXT) }),
        response: { 200: Done },
      },
    },
    async (request) => {
      await explainContradiction(house, request.acting, request.params.app, request.params.rule, request.body.text)
      return done
    },
  )

  app.post(
    '/api/v1/apps/:app/contradictions/:rule/review',
    {
      config: { act: 'review-attestation', on: onTheApp },
      schema: {
        summary: 'Accept or refuse the explanation of a contradiction',
        tags,
        params: z.strictObject({ app: Id, rule: Id }),
        body: z.strictObject({ decision: z.enum(['accept', 'refuse']), note: Note }),
        response: { 200: Done },
      },
    },
    async (request) => {
      await judgeExplanation(house, request.acting, request.params.app, request.params.rule, request.body)
      return done
    },
  )

  app.get(
    '/api/v1/partners/:organisation/certifications',
    {
      config: { act: 'read-app', on: onPartner },
      schema: {
        summary: 'Certificates of a partner',
        tags,
        params: z.strictObject({ organisation: Id }),
        response: { 200: z.array(Certification) },
      },
    },
    async (request) => {
      const on = await onPartner(request)
      const told = await house.act(request.acting, 'read-app', on, (desk) => readCertifications(desk, on.organisation))
      return told.map(asTold)
    },
  )

  app.post(
    '/api/v1/partners/:organisation/certifications',
    {
      config: { act: 'answer-form', on: onPartner },
      schema: {
        summary: 'Enter a certificate: who issued it, what it covers, from when until when',
        tags,
        params: z.strictObject({ organisation: Id }),
        body: Certificate,
        response: { 201: z.strictObject({ certification: z.string() }) },
      },
    },
    async (request, reply) => {
      const certification = await recordCertification(house, request.acting, request.params.organisation, request.body)
      return reply.status(201).send({ certification })
    },
  )

  app.post(
    '/api/v1/partners/:organisation/certifications/:certification/withdraw',
    {
      config: { act: 'answer-form', on: onPartner },
      schema: {
        summary: 'Take a certificate back',
        tags,
        params: z.strictObject({ organisation: Id, certification: Id }),
        response: { 200: Done },
      },
    },
    async (request) => {
      await withdrawCertification(house, request.acting, request.params.organisation, request.params.certification)
      return done
    },
  )

  app.post(
    '/api/v1/partners/:organisation/certifications/:certification/review',
    {
      config: { act: 'review-attestation', on: onPartner },
      schema: {
        summary: 'Confirm that a certificate was seen, or refuse it with the reason',
        tags,
        params: z.strictObject({ organisation: Id, certification: Id }),
        body: z.strictObject({ decision: z.enum(['confirm', 'refuse']), note: Note }),
        response: { 200: Done },
      },
    },
    async (request) => {
      const { organisation, certification } = request.params
      await reviewCertification(house, request.acting, organisation, certification, request.body)
      return done
    },
  )
}

const asTold = (told: CertificationTold) => ({
  certification: told.certification,
  status: told.status,
  holds: told.holds,
  certificate: told.certificate === null ? null : { ...told.certificate },
})
