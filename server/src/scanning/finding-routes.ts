import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { onApp } from '../directory/registering.ts'
import type { House } from '../house.ts'
import { render } from '../kernel/says.ts'
import { parseInstant } from '../kernel/time.ts'
import type { Routes } from '../platform/http/app.ts'
import {
  confirmFinding,
  confirmSuppression,
  disputeFinding,
  endSuppression,
  openSuppressions,
  proposeSuppression,
  readFindings,
} from './deciding.ts'
import { SUPPRESSION_REASONS } from './finding-events.ts'
import { comparedScans, lastScans } from './last-scan.ts'
import { MESSAGES } from './messages.ts'

const Id = z.string().min(1).max(100)
const Digested = z.templateLiteral(['sha256:', z.string().regex(/^[0-9a-f]{64}$/)])
const App = z.strictObject({ app: Id })
const OfFinding = z.strictObject({ app: Id, finding: Digested })
const Words = z.strictObject({ words: z.string().max(20_000).meta({ description: 'The partner and the operator read it.' }) })
const Reason = z.enum(SUPPRESSION_REASONS)
const Done = z.strictObject({ done: z.literal(true) }).meta({ id: 'Done' })
const done = { done: true } as const

const Life = z
  .strictObject({
    finding: z.string(),
    check: z.string(),
    status: z.enum(['new', 'confirmed', 'disputed', 'suppressed', 'fixed']),
    outcome: z.enum(['fail', 'review']),
    where: z.string(),
    score: z.number().nullable().meta({ description: 'CVSS 3.1 base score; null where a machine could only suspect.' }),
    says: z.string(),
    first_seen_at: z.string(),
    clean_since: z.string().nullable().meta({ description: 'Since when no scan has seen it; a second clean one a day later closes it.' }),
    fixed_at: z.string().nullable(),
    regressions: z.int(),
    confirmed_by_person: z.boolean(),
    disputed_at: z.string().nullable(),
    suppressed_until: z.string().nullable(),
    reason_code: Reason.nullable(),
    evidence: z.array(z.string()).meta({ description: 'Words of the dispute or of the decision.' }),
  })
  .meta({ id: 'FindingLife' })
const Lives = z
  .strictObject({
    findings: z.array(Life),
    beyond: z.int().meta({ description: 'Findings of the last scan that are in its report only, since one check found very many.' }),
    proposals: z.array(
      z.strictObject({
        proposal: z.string(),
        finding: z.string(),
        reason_code: Reason,
        until: z.string(),
        by: z.string(),
        expires_at: z.string(),
      }),
    ),
  })
  .meta({ id: 'FindingLives' })

const Past = z
  .array(z.strictObject({ report: z.string(), started_at: z.string(), observed_at: z.string(), checks: z.int() }))
  .meta({ id: 'PastScans' })
const Named = z.strictObject({ finding: z.string(), check: z.string(), outcome: z.string(), where: z.string() })
const Difference = z
  .strictObject({
    from: z.string(),
    to: z.string(),
    appeared: z.array(Named),
    gone: z.array(Named),
    checks: z.array(z.strictObject({ check: z.string(), from: z.string().nullable(), to: z.string().nullable() })),
  })
  .meta({ id: 'ScanDifference' })

/** The lives of findings: what is disputed, confirmed, set aside and fixed, and what changed from one scan to another. */
export function registerFindingRoutes(app: Routes, house: House): void {
  const on = (request: FastifyRequest) => onApp(house, (request.params as { readonly app: string }).app)
  const tags = ['findings']

  app.get(
    '/api/v1/apps/:app/findings',
    {
      config: { act: 'read-app', on },
      schema: { summary: 'The lives of an app’s findings', tags, params: App, response: { 200: Lives } },
    },
    async (request, reply) => {
      const { app: id } = request.params
      const { document, proposals } = await house.act(request.acting, 'read-app', await on(request), async (desk) => ({
        document: await readFindings(desk, id),
        proposals: await openSuppressions(desk, id),
      }))
      return reply.header('cache-control', 'no-store').send({
        findings: Object.values(document.findings).map((state) => ({
          finding: state.finding,
          check: state.check,
          status: state.status,
          outcome: state.outcome,
          where: state.where,
          score: state.score,
          says: render(state.says, MESSAGES),
          first_seen_at: state.first_seen_at,
          clean_since: state.clean_since,
          fixed_at: state.fixed_at,
          regressions: state.regressions,
          confirmed_by_person: state.confirmed_by !== null,
          disputed_at: state.dispute?.at ?? null,
          suppressed_until: state.suppression?.until ?? null,
          reason_code: state.suppression?.reason_code ?? null,
          evidence: [...(state.suppression?.evidence ?? state.dispute?.evidence ?? [])],
        })),
        beyond: document.beyond,
        proposals: proposals.map(({ proposal, finding, reason_code, until, by, expires_at }) => ({
          proposal,
          finding,
          reason_code,
          until,
          by,
          expires_at,
        })),
      })
    },
  )

  const ofWords = (
    path: 'dispute' | 'confirm',
    act: 'dispute-finding' | 'confirm-finding',
    summary: string,
    decide: typeof disputeFinding,
  ): void => {
    app.post(
      `/api/v1/apps/:app/findings/:finding/${path}`,
      { config: { act, on }, schema: { summary, tags, params: OfFinding, body: Words, response: { 200: Done } } },
      async (request) => {
        await decide(house, request.acting, request.params.app, request.params.finding, request.body.words)
        return done
      },
    )
  }
  ofWords('dispute', 'dispute-finding', 'Say why a finding is no defect', disputeFinding)
  ofWords('confirm', 'confirm-finding', 'Confirm a suspicion, or reject what was said against a finding', confirmFinding)

  app.post(
    '/api/v1/apps/:app/findings/:finding/suppressions',
    {
      config: { act: 'suppress-finding', on },
      schema: {
        summary: 'Propose to set a finding aside for a while; another person confirms it',
        tags,
        params: OfFinding,
        body: Words.extend({ reason_code: Reason, until: z.string().max(40) }),
        response: { 202: z.strictObject({ proposal: z.string() }) },
      },
    },
    async (request, reply) => {
      const { reason_code, until, words } = request.body
      const given = { finding: request.params.finding, reason_code, until: parseInstant(until, 'until'), words }
      return reply.status(202).send({ proposal: await proposeSuppression(house, request.acting, request.params.app, given) })
    },
  )

  app.post(
    '/api/v1/apps/:app/findings/suppressions/:proposal/confirm',
    {
      config: { act: 'suppress-finding', on },
      schema: {
        summary: 'Confirm such a proposal, as the second person',
        tags,
        params: App.extend({ proposal: Id }),
        response: { 200: Done },
      },
    },
    async (request) => {
      await confirmSuppression(house, request.acting, request.params.app, request.params.proposal)
      return done
    },
  )

  app.delete(
    '/api/v1/apps/:app/findings/:finding/suppressions',
    {
      config: { act: 'suppress-finding', on },
      schema: { summary: 'Let a finding count again before its day', tags, params: OfFinding, response: { 200: Done } },
    },
    async (request) => {
      await endSuppression(house, request.acting, request.params.app, request.params.finding)
      return done
    },
  )

  app.get(
    '/api/v1/apps/:app/scans',
    {
      config: { act: 'read-app', on },
      schema: { summary: 'The scans of an app, the last first', tags: ['scans'], params: App, response: { 200: Past } },
    },
    async (request) =>
      house.act(request.acting, 'read-app', await on(request), async (desk) => [...(await lastScans(desk, request.params.app))]),
  )

  app.get(
    '/api/v1/apps/:app/scans/diff',
    {
      config: { act: 'read-app', on },
      schema: {
        summary: 'What changed from one scan to another',
        tags: ['scans'],
        params: App,
        querystring: z.strictObject({ from: Digested, to: Digested }),
        response: { 200: Difference },
      },
    },
    async (request) => {
      const { from, to } = request.query
      const told = await house.act(request.acting, 'read-app', await on(request), (desk) =>
        comparedScans(desk, request.params.app, from, to),
      )
      return { from, to, appeared: [...told.appeared], gone: [...told.gone], checks: [...told.checks] }
    },
  )
}
