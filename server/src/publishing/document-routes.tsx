import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ReactElement } from 'react'
import { z } from 'zod'
import { documentsAsked, nameDocument, readDocuments, reviewDocument } from '../assessments/reading-documents.ts'
import { APPS, type AppDocument } from '../directory/apps-view.ts'
import { onApp } from '../directory/registering.ts'
import { refusalOf } from '../enrolment/authorise.ts'
import type { House } from '../house.ts'
import { isRefused, Refused } from '../kernel/refused.ts'
import { readEvidence } from '../platform/evidence.ts'
import type { Routes } from '../platform/http/app.ts'
import { textOf } from '../platform/http/forms.ts'
import { chromeOf } from './pages/chrome.ts'
import { DocumentsPage } from './pages/documents.tsx'
import type { Errors } from './pages/form.tsx'
import { page } from './pages/render.ts'

type DemoClock = { readonly now: () => string } | null

const Id = z.string().min(1).max(100)
const AppParams = z.strictObject({ app: Id })
const DocumentParams = z.strictObject({ app: Id, record: Id })
const Fields = z.record(z.string().max(400), z.union([z.string(), z.instanceof(Uint8Array)])).nullish()
const Told = z
  .strictObject({
    record: z.string(),
    title: z.string(),
    status: z.enum(['none', 'named', 'waiting', 'unfit', 'confirmed', 'changed', 'refused', 'lost']),
    url: z.string().nullable(),
    outcome: z.enum(['read', 'dead', 'shared', 'home', 'unreadable']).nullable(),
    digest: z.string().nullable(),
    says: z.array(z.string()),
    read_at: z.string().nullable(),
    dead_at: z.string().nullable(),
    confirmed_at: z.string().nullable(),
    version: z.int(),
  })
  .meta({ id: 'ListingDocument' })
const Done = z.strictObject({ done: z.literal(true) })
const done = { done: true } as const

/** Policies and agreements of a listing: their addresses, what was found, and the decision of a person. */
export function registerDocumentRoutes(app: Routes, house: House, demo: DemoClock = null): void {
  const on = (request: FastifyRequest) => onApp(house, (request.params as { readonly app: string }).app)
  const tags = ['assessments']

  app.get(
    '/api/v1/apps/:app/documents',
    {
      config: { act: 'read-app', on },
      schema: { summary: 'Policies and agreements of a listing as they stand', tags, params: AppParams, response: { 200: z.array(Told) } },
    },
    async (request) => {
      const known = await house.act(request.acting, 'read-app', await on(request), (desk) => readDocuments(desk, request.params.app))
      return documentsAsked(house, house.clock.now()).map(({ document: { record, title } }) => {
        const one = known.find((document) => document.record === record)
        return {
          record,
          title,
          status: one?.status ?? ('none' as const),
          url: one?.url ?? null,
          outcome: one?.outcome ?? null,
          digest: one?.digest ?? null,
          says: [...(one?.says ?? [])],
          read_at: one?.read_at ?? null,
          dead_at: one?.dead_at ?? null,
          confirmed_at: one?.confirmed?.at ?? null,
          version: one?.version ?? 0,
        }
      })
    },
  )

  app.put(
    '/api/v1/apps/:app/documents/:record',
    {
      config: { act: 'supply-details', on },
      schema: {
        summary: 'Name the address of a policy or agreement',
        tags,
        params: DocumentParams,
        body: z.strictObject({ url: z.string().max(2_000) }),
        response: { 200: Done },
      },
    },
    async (request) => {
      await nameDocument(house, request.acting, request.params.app, request.params.record, request.body.url)
      return done
    },
  )

  app.post(
    '/api/v1/apps/:app/documents/:record/review',
    {
      config: { act: 'review-attestation', on },
      schema: {
        summary: 'Confirm the text that was read, or refuse it with the reason',
        tags,
        params: DocumentParams,
        body: z.strictObject({
          decision: z.enum(['confirm', 'refuse']),
          digest: z.string().max(100),
          note: z.string().max(10_000).default(''),
        }),
        response: { 200: Done },
      },
    },
    async (request) => {
      await reviewDocument(house, request.acting, request.params.app, request.params.record, request.body)
      return done
    },
  )

  const documentsPage = async (
    request: FastifyRequest,
    given: { readonly told?: string | null; readonly errors?: Errors; readonly typed?: { readonly [record: string]: string } },
  ): Promise<ReactElement> => {
    const { app: id } = request.params as { readonly app: string }
    const whose = await on(request)
    const read = await house.act(request.acting, 'read-app', whose, async (desk) => {
      const known = await desk.documents.get<AppDocument>(APPS, id)
      if (known === null) throw new Refused('directory.no_such_app', `There is no app "${id}" here.`, id)
      const all = await readDocuments(desk, id)
      const documents = []
      for (const { document: asked } of documentsAsked(house, desk.now)) {
        const document = all.find(({ record }) => record === asked.record) ?? null
        documents.push({ asked, document, note: await refusalNote(document) })
      }
      async function refusalNote(document: (typeof all)[number] | null): Promise<string | null> {
        if (document?.status !== 'refused') return null
        const events = await desk.log.stream(`listing-document/${document.app}/${document.record}`)
        const last = events.findLast(({ type }) => type === 'assessments.document_refused')
        // The guarantee of the casts: reviews name their note first, and keep it in this shape.
        const [evidence] = (last?.payload['evidence'] ?? []) as readonly string[]
        const body =
          evidence === undefined ? null : ((await readEvidence(desk, evidence))?.body as { readonly note?: string } | null | undefined)
        return body?.note ?? null
      }
      return { app: known, documents, now: desk.now }
    })
    const may = {
      name: refusalOf(request.acting, 'supply-details', whose) === null,
      review: refusalOf(request.acting, 'review-attestation', whose) === null,
    }
    const chrome = chromeOf({ marketplace: house.config.marketplace, acting: request.acting, demo, here: null })
    const { told = null, errors = {}, typed = {} } = given
    return <DocumentsPage chrome={chrome} {...read} told={told} errors={errors} typed={typed} may={may} />
  }

  app.get(
    '/apps/:app/documents',
    {
      config: { act: 'read-app', on, page: true },
      schema: { hide: true, params: AppParams, querystring: z.object({ done: z.string().max(40).optional() }) },
    },
    async (request, reply) => send(reply, await documentsPage(request, { told: request.query.done === undefined ? null : 'Recorded.' })),
  )

  app.post(
    '/apps/:app/documents/:record',
    // Naming is the partner's or the operator's, deciding the operator's; each is asked for again below.
    { config: { act: 'read-app', on, page: true }, schema: { hide: true, params: DocumentParams, body: Fields } },
    async (request, reply) => {
      const { app: id, record } = request.params
      const fields = request.body ?? {}
      const url = textOf(fields, 'url')
      try {
        if (textOf(fields, 'do') === 'name') await nameDocument(house, request.acting, id, record, url)
        else {
          const decision = textOf(fields, 'do') === 'confirm' ? 'confirm' : 'refuse'
          await reviewDocument(house, request.acting, id, record, {
            decision,
            digest: textOf(fields, 'digest'),
            note: textOf(fields, 'note'),
          })
        }
        return await reply.redirect(`/apps/${encodeURIComponent(id)}/documents?done=1`, 303)
      } catch (error) {
        if (!isRefused(error) || error.code.startsWith('enrolment.')) throw error
        const errors = { [error.where === 'url' ? `url-${record}` : '']: error.message }
        return send(reply.status(400), await documentsPage(request, { errors, typed: { [record]: url } }))
      }
    },
  )
}

/** Working pages are for one person and this moment. */
const send = (reply: FastifyReply, element: ReactElement): FastifyReply =>
  reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(page(element))
