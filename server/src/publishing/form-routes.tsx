import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ReactElement } from 'react'
import { z } from 'zod'
import { formInForce, formsInForce, publishForm, readForm, readPublished, saveDraft, type Whose } from '../assessments/answering.ts'
import { ASSESSMENTS, PARTNER_FORMS, type AssessmentDocument, type PartnerFormsDocument } from '../assessments/assessments-view.ts'
import { readCertifications, recordCertification, reviewCertification, withdrawCertification } from '../assessments/certifying.ts'
import { answersSeenIn, explainContradiction, judgeExplanation } from '../assessments/comparing.ts'
import { CONTRADICTIONS, type ContradictionsDocument } from '../assessments/contradictions-view.ts'
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
import { CertificatesPage } from './pages/certificates.tsx'
import { chromeOf } from './pages/chrome.ts'
import type { ContradictionRead } from './pages/contradictions.tsx'
import type { Errors, Typed } from './pages/form.tsx'
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
    certificates: z.array(
      z.strictObject({
        standard: z.string(),
        issuer: z.string(),
        scope: z.string(),
        issued_on: z.string(),
        expires_on: z.string(),
        link: z.string().nullable(),
        confirmed: z.boolean(),
      }),
    ),
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
        certificates: read.certifications.flatMap(({ certificate, status }) =>
          certificate === null ? [] : [{ ...certificate, confirmed: status === 'confirmed' }],
        ),
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
          contradictions: 'app' in whose ? await contradictionsRead(house, desk, whose.app, id, 'partner') : [],
          now: desk.now,
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
      const contradictions = await contradictionsRead(house, desk, id, form_id, 'operator')
      return { read: { form, app: known, partner_name: names(known.organisation), review, answers, before, contradictions }, now: desk.now }
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

  app.post(
    '/apps/:app/contradictions/:rule',
    // Explaining is the partner's, judging the operator's; each is asked for again below.
    {
      config: { act: 'read-app', on: onTheApp, page: true },
      schema: { hide: true, params: z.strictObject({ app: Id, rule: Id }), body: Fields },
    },
    async (request, reply) => {
      const { app: id, rule } = request.params
      const fields = request.body ?? {}
      const note = textOf(fields, 'note')
      const form = encodeURIComponent(textOf(fields, 'form'))
      const here = `/apps/${encodeURIComponent(id)}/forms/${form}`
      if (textOf(fields, 'do') === 'explain') {
        await explainContradiction(house, request.acting, id, rule, note)
        return reply.redirect(`${here}/edit?done=explained`, 303)
      }
      const decision = textOf(fields, 'do') === 'accept' ? 'accept' : 'refuse'
      await judgeExplanation(house, request.acting, id, rule, { decision, note })
      return reply.redirect(`${here}/review?done=judged`, 303)
    },
  )

  const certificatesPage = async (
    request: FastifyRequest,
    given: { readonly values?: Typed; readonly errors?: Errors; readonly told?: string | null },
  ): Promise<ReactElement> => {
    const { organisation } = await onPartner(request)
    const read = await house.act(request.acting, 'read-app', { organisation }, async (desk) => {
      const names = await readPartnerNames(desk)
      return { certifications: await readCertifications(desk, organisation), partner: { organisation, name: names(organisation) } }
    })
    const may = {
      enter: refusalOf(request.acting, 'answer-form', { organisation }) === null,
      review: refusalOf(request.acting, 'review-attestation', { organisation }) === null,
    }
    const { values = {}, errors = {}, told = null } = given
    return <CertificatesPage chrome={chrome(request)} {...read} values={values} errors={errors} told={told} may={may} />
  }
  const PartnerOnly = z.strictObject({ organisation: Id })

  app.get(
    '/partners/:organisation/certificates',
    { config: { act: 'read-app', on: onPartner, page: true }, schema: { hide: true, params: PartnerOnly, querystring: Done } },
    async (request, reply) => send(reply, await certificatesPage(request, { told: DONE[request.query.done ?? ''] ?? null })),
  )

  app.post(
    '/partners/:organisation/certificates',
    { config: { act: 'answer-form', on: onPartner, page: true }, schema: { hide: true, params: PartnerOnly, body: Fields } },
    async (request, reply) => {
      const { organisation } = request.params
      const fields = request.body ?? {}
      const values = Object.fromEntries(CERTIFICATE.map((name) => [name, textOf(fields, name)]))
      try {
        await recordCertification(house, request.acting, organisation, {
          standard: textOf(fields, 'standard'),
          issuer: textOf(fields, 'issuer'),
          scope: textOf(fields, 'scope'),
          issued_on: textOf(fields, 'issued_on'),
          expires_on: textOf(fields, 'expires_on'),
          link: textOf(fields, 'link'),
        })
        return await reply.redirect(`/partners/${encodeURIComponent(organisation)}/certificates?done=entered`, 303)
      } catch (error) {
        if (!isRefused(error) || error.code.startsWith('enrolment.')) throw error
        const place = CERTIFICATE.find((name) => name === error.where) ?? ''
        return send(reply.status(400), await certificatesPage(request, { values, errors: { [place]: error.message } }))
      }
    },
  )

  app.post(
    '/partners/:organisation/certificates/:certification',
    // Taking back is the partner's, confirming the operator's; each is asked for again below.
    {
      config: { act: 'read-app', on: onPartner, page: true },
      schema: { hide: true, params: PartnerOnly.extend({ certification: Id }), body: Fields },
    },
    async (request, reply) => {
      const { organisation, certification } = request.params
      const fields = request.body ?? {}
      const act = textOf(fields, 'do')
      try {
        if (act === 'withdraw') await withdrawCertification(house, request.acting, organisation, certification)
        else {
          const decision = act === 'confirm' ? 'confirm' : 'refuse'
          await reviewCertification(house, request.acting, organisation, certification, { decision, note: textOf(fields, 'note') })
        }
        return await reply.redirect(`/partners/${encodeURIComponent(organisation)}/certificates?done=saved-certificate`, 303)
      } catch (error) {
        if (!isRefused(error) || error.code.startsWith('enrolment.')) throw error
        return send(reply.status(400), await certificatesPage(request, { errors: { '': error.message } }))
      }
    },
  )
}

const CERTIFICATE = ['standard', 'issuer', 'scope', 'issued_on', 'expires_on', 'link'] as const

/** What contradicts answers of a form. The operator learns of one when the partner has explained it or has had its time. */
async function contradictionsRead(
  house: House,
  desk: Desk,
  app: string,
  form: string,
  side: 'partner' | 'operator',
): Promise<readonly ContradictionRead[]> {
  const document = await desk.documents.get<ContradictionsDocument>(CONTRADICTIONS, app)
  const tells = new Map(
    answersSeenIn(house.packs, desk.now).flatMap(({ policy }) => policy.rules.map((rule) => [rule.id, rule.tells] as const)),
  )
  const found: ContradictionRead[] = []
  for (const [rule, state] of Object.entries(document?.rules ?? {})) {
    if (state.form !== form || (side === 'operator' && state.status === 'open')) continue
    found.push({ rule, tells: tells.get(rule) ?? rule, state, words: await noteIn(desk, state.explained?.evidence ?? []) })
  }
  return found
}

/** What was done, told once after the redirect. */
const DONE: { readonly [done: string]: string | undefined } = {
  saved: 'The draft is saved. Nothing is published by that.',
  published: 'Published.',
  'published-onward': 'Published, and for each of your apps that it changes.',
  approved: 'Approved. The partner is told.',
  returned: 'Returned with your reason. The partner is told.',
  explained: 'Your explanation is with the operator. Nothing follows until it is judged.',
  judged: 'Recorded. The partner reads it.',
  entered: 'The certificate is recorded.',
  'saved-certificate': 'Recorded.',
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
    const known = await desk.documents.get<PublicAnswers>(PUBLIC_ANSWERS, id)
    const told = known?.forms[form_id]
    const names = await readPartnerNames(desk)
    const read = {
      form,
      app: { app: app.app, name: app.name },
      partner_name: names(app.partner),
      ...(await readPublished(desk, told?.evidence ?? [])),
      published_at: told?.published_at ?? null,
      edition: told?.edition ?? 0,
      approved: told?.approved ?? null,
      witnessed: known?.witnessed[form_id] ?? [],
      certifications: (await readCertifications(desk, app.partner)).filter(({ holds }) => holds),
    }
    return { read, organisation: app.partner }
  })
}
