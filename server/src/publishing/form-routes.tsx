import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ReactElement } from 'react'
import { z } from 'zod'
import { formInForce, formsInForce, publishForm, readForm, readPublished, saveDraft, type Whose } from '../assessments/answering.ts'
import { ASSESSMENTS, PARTNER_FORMS, type AssessmentDocument, type PartnerFormsDocument } from '../assessments/assessments-view.ts'
import { changesBetween, fieldsOf, missing, readAnswers, type Answers } from '../assessments/form.ts'
import { readFormReview, reviewForm } from '../assessments/reviewing.ts'
import { APPS, type AppDocument } from '../directory/apps-view.ts'
import { onApp } from '../directory/registering.ts'
import { refusalOf } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import type { Digest } from '../kernel/event.ts'
import type { JsonObject } from '../kernel/json.ts'
import { isRefused, Refused } from '../kernel/refused.ts'
import { readEvidence } from '../platform/evidence.ts'
import type { Routes } from '../platform/http/app.ts'
import { textOf } from '../platform/http/forms.ts'
import type { Form } from '../programmes/schema.ts'
import { AnswerFormPage, type Moved, type Whose as WhosePage } from './pages/answer-form.tsx'
import { AnswersPage, type AnswersRead } from './pages/answers.tsx'
import { chromeOf } from './pages/chrome.ts'
import type { Errors } from './pages/form.tsx'
import { FormReviewPage } from './pages/form-review.tsx'
import { FormsPage } from './pages/forms.tsx'
import { page } from './pages/render.ts'
import { PUBLIC_ANSWERS, type PublicAnswers } from './public-answers-view.ts'
import { PUBLIC_APPS, type PublicApp } from './public-app.ts'
import { asStranger, readPartnerNames, sendPage } from './showing.ts'
import { controlOf, typedAnswers } from './typed-answers.ts'

type DemoClock = { readonly now: () => string } | null

const Id = z.string().min(1).max(100)
const AppForm = z.strictObject({ app: Id, form: Id })
const PartnerForm = z.strictObject({ organisation: Id, form: Id })
/** A form as the parsers give it. */
const Fields = z.record(z.string().max(400), z.union([z.string(), z.instanceof(Uint8Array)])).nullish()
const Done = z.object({ done: z.string().max(40).optional() })

const Plain = z.union([z.string(), z.number(), z.boolean(), z.null()])
const PublicAnswersOfForm = z
  .strictObject({
    app: z.string(),
    form: z.string(),
    published_at: z.string().nullable(),
    edition: z.int(),
    approved_until: z.string().nullable(),
    answers: z.record(z.string(), z.unknown()).meta({ description: 'By field id; what is missing was not provided.' }),
    origins: z.record(z.string(), z.strictObject({ from: z.enum(['app', 'partner']), since: z.string() })),
    not_provided: z.array(Plain).meta({ description: 'Public questions that are asked and not answered.' }),
  })
  .meta({ id: 'PublicAnswers' })

/** Pages of forms: the public ones, the partner's to answer, the reviewer's to decide. */
export function registerFormRoutes(app: Routes, house: House, demo: DemoClock = null): void {
  const chrome = (request: FastifyRequest) => chromeOf({ marketplace: house.config.marketplace, acting: request.acting, demo, here: null })
  const onTheApp = (request: FastifyRequest) => onApp(house, (request.params as { readonly app: string }).app)
  const onPartner = async (request: FastifyRequest) => ({
    organisation: (request.params as { readonly organisation: string }).organisation,
  })

  app.get(
    '/apps/:app/forms/:form',
    { config: { act: 'read-public-pages', page: true }, schema: { hide: true, params: AppForm } },
    async (request, reply) => {
      const { read, organisation } = await publicAnswersRead(house, request.params.app, request.params.form)
      const may_edit = refusalOf(request.acting, 'answer-form', { organisation }) === null
      return sendPage(request, reply, <AnswersPage chrome={chrome(request)} read={read} may_edit={may_edit} />)
    },
  )

  app.get(
    '/api/v1/apps/:app/answers/:form',
    {
      config: { act: 'read-public-pages' },
      schema: {
        summary: 'What an app’s partner says in a form, as far as everybody may read it',
        tags: ['public'],
        params: AppForm,
        response: { 200: PublicAnswersOfForm },
      },
    },
    async (request, reply) => {
      const { read } = await publicAnswersRead(house, request.params.app, request.params.form)
      reply.header('access-control-allow-origin', '*').header('cache-control', 'no-cache')
      const open = new Set(missing(read.form, read.answers).map(({ at }) => at))
      return {
        app: read.app.app,
        form: read.form.id,
        published_at: read.published_at,
        edition: read.edition,
        approved_until: read.approved?.until ?? null,
        answers: { ...read.answers },
        origins: { ...read.origins },
        not_provided: fieldsOf(read.form).flatMap(({ id, shown }) => (shown === 'public' && open.has(id) ? [id] : [])),
      }
    },
  )

  for (const { under, params, list, on, whoseOf } of [
    {
      under: '/apps/:app',
      params: AppForm,
      list: z.strictObject({ app: Id }),
      on: onTheApp,
      whoseOf: (request: FastifyRequest): Whose => ({ app: (request.params as { readonly app: string }).app }),
    },
    {
      under: '/partners/:organisation',
      params: PartnerForm,
      list: z.strictObject({ organisation: Id }),
      on: onPartner,
      whoseOf: (request: FastifyRequest): Whose => ({ partner: (request.params as { readonly organisation: string }).organisation }),
    },
  ]) {
    app.get(
      `${under}/forms`,
      { config: { act: 'read-app', on, page: true }, schema: { hide: true, params: list } },
      async (request, reply) => send(reply, await formsPage(house, request, whoseOf(request), chrome(request))),
    )

    const answerPage = async (
      request: FastifyRequest,
      given: { readonly values?: JsonObject; readonly errors?: Errors; readonly told?: string | null; readonly moved?: Moved | null },
    ): Promise<ReactElement> => {
      const whose = whoseOf(request)
      const id = (request.params as { readonly form: string }).form
      const organisation = await on(request)
      const read = await readForm(house, request.acting, whose, id)
      const beside = await house.act(request.acting, 'read-app', organisation, async (desk) => {
        const review = 'app' in whose ? await readFormReview(desk, whose.app, id) : null
        return {
          whose: await whosePage(desk, whose),
          review,
          reasons: await noteIn(desk, review?.returned?.evidence ?? []),
          saved_by: read.saved === null ? null : await nameOf(desk, read.saved.by),
        }
      })
      return (
        <AnswerFormPage
          chrome={chrome(request)}
          {...beside}
          read={read}
          values={given.values ?? read.answers}
          errors={given.errors ?? {}}
          refused={refusalOf(request.acting, 'answer-form', organisation)?.message ?? null}
          told={given.told ?? null}
          moved={given.moved ?? null}
        />
      )
    }

    app.get(
      `${under}/forms/:form/edit`,
      { config: { act: 'read-app', on, page: true }, schema: { hide: true, params, querystring: Done } },
      async (request, reply) => send(reply, await answerPage(request, { told: DONE[request.query.done ?? ''] ?? null })),
    )

    app.post(
      `${under}/forms/:form/edit`,
      { config: { act: 'answer-form', on, page: true }, schema: { hide: true, params, body: Fields } },
      async (request, reply) => {
        const whose = whoseOf(request)
        const id = (request.params as { readonly form: string }).form
        const form = formInForce(house.packs, house.clock.now(), id)
        const fields = request.body ?? {}
        const values = typedAnswers(form, fields)
        const { answers, mistakes } = readAnswers(form, values)
        const errors = Object.fromEntries(mistakes.map(({ at, says }) => [controlOf(at), says]))
        if (mistakes.length > 0) return send(reply.status(400), await answerPage(request, { values, errors }))
        try {
          await saveDraft(house, request.acting, whose, id, answers, baseIn(textOf(fields, 'base')))
        } catch (error) {
          if (!isRefused(error) || error.code !== 'assessments.draft_moved') throw error
          const moved = await movedSince(house, request, whose, form, answers)
          return send(reply.status(409), await answerPage(request, { values, moved }))
        }
        const here = request.url.split('?')[0] ?? ''
        if (textOf(fields, 'do') !== 'publish') return reply.redirect(`${here}?done=saved`, 303)
        try {
          const { apps } = await publishForm(house, request.acting, whose, id)
          return await reply.redirect(`${here}?done=${apps.length > 0 ? 'published-onward' : 'published'}`, 303)
        } catch (error) {
          if (!isRefused(error) || error.code.startsWith('enrolment.')) throw error
          const place = fieldsOf(form).some((field) => field.id === error.where) ? controlOf(error.where ?? '') : ''
          return send(reply.status(400), await answerPage(request, { values, errors: { [place]: error.message } }))
        }
      },
    )
  }

  const reviewPage = async (
    request: FastifyRequest,
    given: { readonly note?: string; readonly errors?: Errors; readonly told?: string | null },
  ): Promise<ReactElement> => {
    const { app: id, form: form_id } = request.params as z.infer<typeof AppForm>
    const form = formInForce(house.packs, house.clock.now(), form_id)
    if (form.review === undefined) throw new Refused('http.not_found', `“${form.title}” is not reviewed by anybody.`, form_id)
    const on = await onTheApp(request)
    const { read, now } = await house.act(request.acting, 'read-app', on, async (desk) => {
      const known = await knownApp(desk, id)
      const review = await readFormReview(desk, id, form_id)
      const names = await readPartnerNames(desk)
      const { answers } = await readPublished(desk, review?.waiting?.evidence ?? [])
      const before = review?.approved === null || review === null ? null : (await readPublished(desk, review.approved.evidence)).answers
      return { read: { form, app: known, partner_name: names(known.organisation), review, answers, before }, now: desk.now }
    })
    const refused = refusalOf(request.acting, 'review-attestation', on)?.message ?? null
    const { note = '', errors = {}, told = null } = given
    return <FormReviewPage chrome={chrome(request)} read={read} now={now} note={note} errors={errors} told={told} refused={refused} />
  }

  // Whoever reads the whole marketplace reads claims; the partner has its own page.
  app.get(
    '/apps/:app/forms/:form/review',
    { config: { act: 'read-overview', page: true }, schema: { hide: true, params: AppForm, querystring: Done } },
    async (request, reply) => send(reply, await reviewPage(request, { told: DONE[request.query.done ?? ''] ?? null })),
  )

  app.post(
    '/apps/:app/forms/:form/review',
    { config: { act: 'review-attestation', on: onTheApp, page: true }, schema: { hide: true, params: AppForm, body: Fields } },
    async (request, reply) => {
      const { app: id, form } = request.params
      const fields = request.body ?? {}
      const note = textOf(fields, 'note')
      const decision = textOf(fields, 'decision') === 'approve' ? 'approve' : 'return'
      // The guarantee of the cast: a name that is no digest equals none that was sent.
      const seen = Object.keys(fields).flatMap((name) => (name.startsWith('seen.') ? [name.slice('seen.'.length) as Digest] : []))
      try {
        await reviewForm(house, request.acting, id, form, { decision, note, seen })
        return await reply.redirect(`${request.url.split('?')[0] ?? ''}?done=${decision === 'approve' ? 'approved' : 'returned'}`, 303)
      } catch (error) {
        if (!isRefused(error) || error.code.startsWith('enrolment.')) throw error
        const errors = { [error.where === 'note' ? 'note' : '']: error.message }
        return send(reply.status(400), await reviewPage(request, { note, errors }))
      }
    },
  )
}

/** What was done, told once after the redirect. */
const DONE: { readonly [done: string]: string | undefined } = {
  saved: 'The draft is saved. Nothing is published by that.',
  published: 'Published.',
  'published-onward': 'Published, and for each of your apps that it changes.',
  approved: 'Approved. The partner is told.',
  returned: 'Returned with your reason. The partner is told.',
}

/** Working pages are for one person and this moment. */
const send = (reply: FastifyReply, element: ReactElement): FastifyReply =>
  reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(page(element))

const baseIn = (text: string): number | null => (/^\d{1,9}$/.test(text) ? Number(text) : null)

/** What somebody else saved meanwhile, beside what was typed. */
async function movedSince(house: House, request: FastifyRequest, whose: Whose, form: Form, typed: Answers): Promise<Moved | null> {
  const read = await readForm(house, request.acting, whose, form.id)
  if (read.saved === null) return null
  const { by, at } = read.saved
  const name = await house.act(request.acting, 'read-app', await ownerOf(house, whose), (desk) => nameOf(desk, by))
  return { by: name ?? 'Somebody', at, theirs: changesBetween(form, read.answers, typed) }
}

const ownerOf = async (house: House, whose: Whose): Promise<{ readonly organisation: string }> =>
  'app' in whose ? onApp(house, whose.app) : { organisation: whose.partner }

async function formsPage(house: House, request: FastifyRequest, whose: Whose, chrome: ReturnType<typeof chromeOf>): Promise<ReactElement> {
  const on = await ownerOf(house, whose)
  return house.act(request.acting, 'read-app', on, async (desk) => {
    const forms = formsInForce(house.packs, desk.now)
    const published =
      'app' in whose
        ? (await desk.documents.get<AssessmentDocument>(ASSESSMENTS, whose.app))?.forms
        : (await desk.documents.get<PartnerFormsDocument>(PARTNER_FORMS, whose.partner))?.forms
    const lines = []
    for (const form of forms) {
      const review = 'app' in whose ? await readFormReview(desk, whose.app, form.id) : null
      lines.push({ form, published: published?.[form.id] ?? null, review })
    }
    const partner_href = 'app' in whose ? `/partners/${encodeURIComponent(on.organisation)}` : null
    return <FormsPage chrome={chrome} whose={await whosePage(desk, whose)} lines={lines} partner_href={partner_href} />
  })
}

async function whosePage(desk: Desk, whose: Whose): Promise<WhosePage> {
  if ('partner' in whose) {
    const names = await readPartnerNames(desk)
    return { kind: 'partner', name: names(whose.partner), href: `/partners/${encodeURIComponent(whose.partner)}` }
  }
  const { name } = await knownApp(desk, whose.app)
  return { kind: 'app', name, href: `/apps/${encodeURIComponent(whose.app)}` }
}

async function knownApp(desk: Desk, id: string): Promise<AppDocument> {
  const known = await desk.documents.get<AppDocument>(APPS, id)
  if (known === null) throw new Refused('directory.no_such_app', `There is no app "${id}" here.`, id)
  return known
}

/** The name of a person, as far as the transaction's party may read it. */
async function nameOf(desk: Desk, person: string): Promise<string | null> {
  const row = await desk.sql
    .selectFrom('person')
    .select('name')
    .where('marketplace_id', '=', desk.scope.marketplace)
    .where('person_id', '=', person)
    .executeTakeFirst()
  return row?.name ?? null
}

async function noteIn(desk: Desk, evidence: readonly Digest[]): Promise<string | null> {
  const [first] = evidence
  if (first === undefined) return null
  // The guarantee of the cast: reviews keep their note in this shape.
  const body = (await readEvidence(desk, first))?.body as { readonly note?: string } | null | undefined
  return body?.note ?? null
}

/** A form as the world sees it. Read as a stranger, so that row security keeps back what the form does. */
async function publicAnswersRead(
  house: House,
  id: string,
  form_id: string,
): Promise<{ readonly read: AnswersRead; readonly organisation: string }> {
  const form = formInForce(house.packs, house.clock.now(), form_id)
  if (!fieldsOf(form).some(({ shown }) => shown === 'public')) {
    throw new Refused('http.not_found', `“${form.title}” is not a form that is shown to everybody.`, form_id)
  }
  return asStranger(house, async (desk) => {
    const app = await desk.documents.get<PublicApp>(PUBLIC_APPS, id)
    if (app === null) throw new Refused('directory.no_such_app', `There is no app "${id.slice(0, 100)}" here.`, id)
    const told = (await desk.documents.get<PublicAnswers>(PUBLIC_ANSWERS, id))?.forms[form_id]
    const names = await readPartnerNames(desk)
    const read = {
      form,
      app: { app: app.app, name: app.name },
      partner_name: names(app.partner),
      ...(await readPublished(desk, told?.evidence ?? [])),
      published_at: told?.published_at ?? null,
      edition: told?.edition ?? 0,
      approved: told?.approved ?? null,
      witnessed: [],
    }
    return { read, organisation: app.partner }
  })
}
