import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { onApp } from '../directory/registering.ts'
import type { House } from '../house.ts'
import { Refused } from '../kernel/refused.ts'
import { render, type Messages } from '../kernel/says.ts'
import { parseInstant } from '../kernel/time.ts'
import type { Routes } from '../platform/http/app.ts'
import { textOf } from '../platform/http/forms.ts'
import { MESSAGES as SCANNING } from '../scanning/messages.ts'
import { readComing, type Coming } from './coming.ts'
import { readImpact, type AppImpact, type VerdictImpact } from './impact.ts'
import { MESSAGES as STANDING } from './messages.ts'
import { standingKey, STANDINGS, type StandingDocument } from './standings-view.ts'
import type { Verdict } from './verdict.ts'
import { confirmWaiver, endWaiver, proposeWaiver, readWaivers } from './waiving.ts'

const AppId = z.string().min(1).max(100)
const Id = z.string().min(1).max(200)
const App = z.strictObject({ app: AppId })

const WaiverAsked = z
  .strictObject({
    programme: Id,
    requirement: Id,
    until: z.string().max(40).meta({ description: 'A moment or a day, which means its beginning in UTC.' }),
    reason_code: z.string().min(1).max(100),
    reason: z.string().max(2_000).optional().meta({ description: 'In your own words; kept outside the log and shown to the partner.' }),
  })
  .meta({ id: 'WaiverAsked' })
const Waiver = z.strictObject({ requirement: z.string(), until: z.string(), reason_code: z.string(), evidence: z.array(z.string()) })
const Waivers = z
  .strictObject({
    waivers: z.array(Waiver),
    proposals: z.array(Waiver.extend({ proposal: z.string(), by: z.string(), expires_at: z.string() })),
  })
  .meta({ id: 'Waivers' })

const VerdictOut = z.strictObject({
  requirement: z.string(),
  verdict: z.enum(['met', 'unmet', 'unknown', 'not_applicable', 'upcoming', 'retired', 'waived']),
  says: z.string(),
  change: z.string(),
  reason: z.string().nullable(),
  blind: z.enum(['ours', 'theirs']).nullable(),
  since: z.string(),
  due_at: z.string().nullable(),
  evidence: z.array(z.string()),
  observed_at: z.string().nullable(),
})
const StandingOut = z
  .strictObject({
    app: z.string(),
    programme: z.strictObject({ id: z.string(), version: z.string(), digest: z.string() }),
    as_of: z.string(),
    hash: z.string().meta({ description: 'Send as `standing_hash` with what you decide on this standing.' }),
    next_due_at: z.string().nullable(),
    verdicts: z.array(VerdictOut),
  })
  .meta({ id: 'Standing' })
const Version = z.strictObject({ version: z.string(), digest: z.string() })
const AppImpactOut = z.strictObject({
  app: z.string(),
  verdicts: z.array(
    z.strictObject({
      at: z.string(),
      requirement: z.string(),
      from: z.string().nullable(),
      to: z.string().nullable(),
      says: z.string().nullable(),
      change: z.string().nullable().meta({ description: 'What would change it.' }),
    }),
  ),
  tiers: z.array(z.strictObject({ at: z.string(), tier: z.string(), met: z.boolean(), blocking: z.array(z.string()) })),
})
const ImpactOut = z
  .strictObject({
    programme: z.string(),
    from: Version,
    to: Version,
    as_of: z.string(),
    begins_at: z.string(),
    judged: z.int(),
    apps: z.array(AppImpactOut),
  })
  .meta({ id: 'Impact' })
const ComingOut = z
  .strictObject({
    coming: z.array(
      z.strictObject({
        programme: z.string(),
        version: z.string(),
        phase: z.enum(['draft', 'shadow', 'announced', 'in_force', 'superseded']),
        announced: z.string(),
        begins_at: z.string(),
        adoption_guide: z.string().nullable(),
        requirements: z
          .array(
            z.strictObject({
              requirement: z.string(),
              title: z.string(),
              how: z.enum(['added', 'announced', 'retired', 'removed', 'revised']),
              verdict: VerdictOut.nullable(),
              adoption_guide: z.string().nullable(),
            }),
          )
          .meta({ description: 'Everything that the version changes, and how this app stands with it. It counts nowhere until its day.' }),
        impact: AppImpactOut,
      }),
    ),
  })
  .meta({ id: 'Coming' })
const Done = z.strictObject({ done: z.literal(true) }).meta({ id: 'Done' })
const done = { done: true } as const

/** Standings with their evidence, and waivers with the two people that they need. */
export function registerStandingRoutes(app: Routes, house: House): void {
  const on = (request: FastifyRequest) => onApp(house, (request.params as { readonly app: string }).app)
  const tags = ['standing']

  app.get(
    '/api/v1/apps/:app/standings/:programme',
    {
      config: { act: 'read-app', on },
      schema: {
        summary: 'All verdicts of an app in a programme',
        tags,
        params: App.extend({ programme: Id }),
        response: { 200: StandingOut },
      },
    },
    async (request) => {
      const { app: id, programme } = request.params
      const standing = await house.act(request.acting, 'read-app', await onApp(house, id), (desk) =>
        desk.documents.get<StandingDocument>(STANDINGS, standingKey(programme, id)),
      )
      if (standing === null) {
        throw new Refused('standing.no_such_standing', `${id} has not been judged in a programme "${programme}".`, programme)
      }
      const { as_of, hash, next_due_at } = standing
      return { app: id, programme: { ...standing.programme }, as_of, hash, next_due_at, verdicts: standing.verdicts.map(verdictOut) }
    },
  )

  app.get(
    '/api/v1/programmes/:programme/impact',
    {
      config: { act: 'read-overview' },
      schema: {
        summary: 'What a version of a programme would change for the registered apps, and from when',
        tags: ['programmes'],
        params: z.strictObject({ programme: Id }),
        querystring: z.strictObject({ version: z.string().min(1).max(100) }),
        response: { 200: ImpactOut },
      },
    },
    async (request) => {
      const { programme } = request.params
      const impact = await house.act(request.acting, 'read-overview', {}, (desk) =>
        readImpact(house.packs, desk, programme, request.query.version),
      )
      return { ...impact, apps: impact.apps.map(appImpactOut) }
    },
  )

  app.get(
    '/api/v1/apps/:app/coming',
    {
      config: { act: 'read-app', on },
      schema: {
        summary: 'What versions in shadow and announced ones change for an app',
        tags,
        params: App,
        response: { 200: ComingOut },
      },
    },
    async (request) => {
      const { app: id } = request.params
      const coming = await house.act(request.acting, 'read-app', await onApp(house, id), (desk) => readComing(house.packs, desk, id))
      return { coming: coming.map(comingOut) }
    },
  )

  app.get(
    '/api/v1/apps/:app/waivers',
    {
      config: { act: 'read-app', on },
      schema: { summary: 'What is waived, and what is proposed to be', tags, params: App, response: { 200: Waivers } },
    },
    async (request) => {
      const { waivers, proposals } = await readWaivers(house, request.acting, request.params.app)
      return {
        waivers: waivers.map((one) => ({ ...one, evidence: [...one.evidence] })),
        proposals: proposals.map((one) => ({ ...one, evidence: [...one.evidence] })),
      }
    },
  )

  app.post(
    '/api/v1/apps/:app/waivers',
    {
      config: { act: 'grant-waiver', on },
      schema: {
        summary: 'Propose a waiver; another person confirms it',
        tags,
        params: App,
        body: WaiverAsked,
        response: { 202: z.strictObject({ proposal: z.string() }) },
      },
    },
    async (request, reply) => {
      const { until, reason, ...asked } = request.body
      const proposal = await proposeWaiver(house, request.acting, request.params.app, {
        ...asked,
        until: parseInstant(until, 'until'),
        reason: reason ?? null,
      })
      return reply.status(202).send({ proposal })
    },
  )

  app.post(
    '/api/v1/apps/:app/waivers/:proposal/confirm',
    {
      config: { act: 'grant-waiver', on },
      schema: {
        summary: 'Confirm a proposed waiver, as the second person',
        tags,
        params: App.extend({ proposal: Id }),
        response: { 200: Waiver },
      },
    },
    async (request) => {
      const waived = await confirmWaiver(house, request.acting, request.params.app, request.params.proposal)
      return { ...waived, evidence: [...waived.evidence] }
    },
  )

  app.delete(
    '/api/v1/apps/:app/waivers/:requirement',
    {
      config: { act: 'end-waiver', on },
      schema: { summary: 'End a waiver before its day', tags, params: App.extend({ requirement: Id }), response: { 200: Done } },
    },
    async (request) => {
      await endWaiver(house, request.acting, request.params.app, request.params.requirement)
      return done
    },
  )

  registerForms(app, house, on)
}

/** The same for people at a page: a form in, back to the page it came from. */
function registerForms(app: Routes, house: House, on: (request: FastifyRequest) => Promise<{ readonly organisation: string }>): void {
  const back = (reply: FastifyReply, id: string, what: string) =>
    reply.redirect(`/apps/${encodeURIComponent(id)}/standing?done=${what}`, 303)
  const Fields = z.record(z.string(), z.union([z.string(), z.instanceof(Uint8Array)])).nullish()

  app.post(
    '/apps/:app/waivers',
    { config: { act: 'grant-waiver', on, page: true }, schema: { hide: true, params: App, body: Fields } },
    async (request, reply) => {
      const fields = request.body ?? {}
      const reason = textOf(fields, 'reason')
      await proposeWaiver(house, request.acting, request.params.app, {
        programme: textOf(fields, 'programme'),
        requirement: textOf(fields, 'requirement'),
        until: parseInstant(textOf(fields, 'until'), 'until'),
        reason_code: textOf(fields, 'reason_code'),
        reason: reason === '' ? null : reason,
      })
      return back(reply, request.params.app, 'waiver-proposed')
    },
  )

  app.post(
    '/apps/:app/waivers/:proposal/confirm',
    { config: { act: 'grant-waiver', on, page: true }, schema: { hide: true, params: App.extend({ proposal: Id }), body: Fields } },
    async (request, reply) => {
      await confirmWaiver(house, request.acting, request.params.app, request.params.proposal)
      return back(reply, request.params.app, 'waived')
    },
  )
}

const comingOut = ({ programme, row, phase, begins_at, requirements, impact }: Coming) => ({
  programme,
  version: row.version,
  phase,
  announced: row.published,
  begins_at,
  adoption_guide: row.adoption_guide ?? null,
  requirements: requirements.map((one) => ({ ...one, verdict: one.verdict === null ? null : verdictOut(one.verdict) })),
  impact: appImpactOut(impact),
})

const appImpactOut = ({ app, verdicts, tiers }: AppImpact): z.infer<typeof AppImpactOut> => ({
  app,
  verdicts: verdicts.map(impactOut),
  tiers: tiers.map((tier) => ({ ...tier, blocking: [...tier.blocking] })),
})

const impactOut = ({ says, change, ...one }: VerdictImpact) => ({
  ...one,
  says: says === null ? null : sentence(says),
  change: change === null ? null : sentence(change),
})

const TEXTS: Messages = { ...SCANNING, ...STANDING }

const verdictOut = (verdict: Verdict): z.infer<typeof VerdictOut> => ({
  ...verdict,
  says: sentence(verdict.says),
  change: sentence(verdict.change),
  evidence: [...verdict.evidence],
})

/** The log outlives texts: a sentence whose code has gone is shown as its code. */
const sentence = (says: Verdict['says']): string => (Object.hasOwn(TEXTS, says.code) ? render(says, TEXTS) : says.code)
