import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { onApp } from '../directory/registering.ts'
import type { House } from '../house.ts'
import { Refused } from '../kernel/refused.ts'
import type { Routes } from '../platform/http/app.ts'
import { readEvidence, type Evidence } from '../platform/evidence.ts'
import { VERSION } from '../version.ts'
import { CHECKS } from './checks/index.ts'
import { pauseScans, requestScan, scanQueue } from './due.ts'
import { readFindings } from './deciding.ts'
import { lastScan } from './last-scan.ts'
import { readable } from './report/report.ts'
import { sarifOf } from './report/sarif.ts'

const Params = z.strictObject({ app: z.string().min(1).max(100) })
const Outcome = z.enum(['pass', 'fail', 'review', 'inconclusive', 'not_applicable'])
const Scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])

const ScanProgress = z
  .strictObject({
    app: z.string(),
    state: z.enum(['running', 'waiting']),
    why: z.enum(['registered', 'changed', 'requested', 'daily', 'again']),
    due_at: z.string(),
    started_at: z.string().nullable(),
    told: z.string().nullable().meta({ description: 'What went wrong the last time, on the operator’s side.' }),
  })
  .meta({ id: 'ScanProgress' })

const Scan = z
  .strictObject({
    app: z.string(),
    progress: ScanProgress.nullable(),
    started_at: z.string(),
    observed_at: z.string(),
    descriptor: z.string(),
    consent: z.boolean().meta({ description: 'Whether control of the app’s domain was proven; without it most checks are inconclusive.' }),
    checks: z.record(
      z.string(),
      z.strictObject({
        outcome: Outcome,
        reason: z.string().nullable(),
        blind: z.enum(['ours', 'theirs']).nullable(),
        since: z.string(),
        observed_at: z.string(),
      }),
    ),
    findings: z.array(
      z.strictObject({
        id: z.string().meta({ description: 'The same defect at the same place has the same id in every scan.' }),
        check: z.string(),
        title: z.string(),
        outcome: Outcome,
        reason: z.string().nullable(),
        blind: z.enum(['ours', 'theirs']).nullable(),
        says: z.string(),
        where: z.string(),
        cvss: z.strictObject({ vector: z.string(), score: z.number() }).nullable(),
        proof: z.record(z.string(), Scalar),
        fix: z.string().nullable(),
        evidence: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'Scan' })

const EvidenceBody = z
  .strictObject({
    id: z.string(),
    app: z.string(),
    kind: z.string(),
    observed_at: z.string(),
    source: z.unknown(),
    visibility: z.enum(['public', 'partner', 'operator']),
    erased_at: z.string().nullable(),
    body: z.unknown(),
  })
  .meta({ id: 'Evidence' })

const Queue = z
  .strictObject({
    paused: z.boolean(),
    waiting: z.number(),
    running: z.array(z.strictObject({ app: z.string(), started_at: z.string() })),
    failing: z.array(z.strictObject({ app: z.string(), told: z.string(), attempts: z.number() })),
  })
  .meta({ id: 'ScanQueue' })

/** The scanner's interface: ask for a scan, read what the last one found, read what shows it, stop all of it. */
export function registerScanningRoutes(app: Routes, house: House): void {
  const on = (request: FastifyRequest) => onApp(house, (request.params as { readonly app: string }).app)

  app.post(
    '/api/v1/apps/:app/scans',
    {
      config: { act: 'scan-app', on },
      schema: {
        summary: 'Have an app scanned now, or one of its checks asked again',
        tags: ['scans'],
        params: Params,
        body: z.strictObject({ check: z.string().max(100).optional().meta({ description: 'The one check; all without it.' }) }).nullish(),
        response: { 202: ScanProgress },
      },
    },
    async (request, reply) => {
      const { app: id } = request.params
      const check = request.body?.check ?? null
      if (check !== null && !CHECKS.some((known) => known.id === check)) {
        throw new Refused(
          'scanning.no_such_check',
          `There is no check "${check}"; GET /api/v1/apps/${id}/scans/latest names them.`,
          'check',
        )
      }
      const progress = await house.act(request.acting, 'scan-app', await on(request), (desk) =>
        desk.asMachine(() => requestScan(desk, id, check)),
      )
      return reply
        .status(202)
        .header('location', `/api/v1/apps/${id}/scans/latest`)
        .send({ app: id, ...progress })
    },
  )

  app.get(
    '/api/v1/apps/:app/scans/latest',
    {
      config: { act: 'read-app', on },
      schema: { summary: 'What the last scan found', tags: ['scans'], params: Params, response: { 200: Scan } },
    },
    async (request, reply) => {
      const { app: id } = request.params
      const { document, report, progress } = await house.act(request.acting, 'read-app', await on(request), (desk) => lastScan(desk, id))
      const checks = Object.fromEntries(
        Object.entries(document.checks).map(([check, { outcome, reason, blind, since, observed_at }]) => [
          check,
          { outcome, reason, blind, since, observed_at },
        ]),
      )
      return reply.header('cache-control', 'no-store').send(
        Scan.parse({
          app: id,
          progress: progress === null ? null : { app: id, ...progress },
          started_at: report.started_at,
          observed_at: report.finished_at,
          descriptor: report.descriptor,
          consent: report.consent,
          checks,
          findings: readable(report, CHECKS),
        }),
      )
    },
  )

  app.get(
    '/api/v1/apps/:app/scans/latest.sarif',
    {
      config: { act: 'read-app', on },
      schema: { summary: 'What the last scan found, as SARIF 2.1.0', tags: ['scans'], params: Params, response: { 200: z.unknown() } },
    },
    async (request, reply) => {
      const { app: id } = request.params
      const { report, lives } = await house.act(request.acting, 'read-app', await on(request), async (desk) => ({
        ...(await lastScan(desk, id)),
        lives: await readFindings(desk, id),
      }))
      return reply
        .header('cache-control', 'no-store')
        .header('content-disposition', `attachment; filename="${id}.sarif"`)
        .type('application/sarif+json; charset=utf-8')
        .send(sarifOf(report, CHECKS, VERSION, lives.findings))
    },
  )

  app.get(
    '/api/v1/apps/:app/evidence/:id',
    {
      config: { act: 'read-app', on },
      schema: {
        summary: 'A piece of evidence about an app',
        tags: ['scans'],
        params: Params.extend({ id: z.string().regex(/^sha256:[0-9a-f]{64}$/) }),
        response: { 200: EvidenceBody },
      },
    },
    async (request, reply) => {
      const { app: id, id: name } = request.params
      const found = await house.act(request.acting, 'read-app', await on(request), (desk) => readEvidence(desk, name))
      if (found === null || found.subject !== id) throw new Refused('http.not_found', `There is no such evidence about ${id}.`, name)
      return reply.header('cache-control', 'no-store').send(EvidenceBody.parse(shown(found)))
    },
  )

  app.get(
    '/api/v1/scans',
    { config: { act: 'read-overview' }, schema: { summary: 'The scanner’s queue', tags: ['scans'], response: { 200: Queue } } },
    async (request) => {
      const queue = await house.act(request.acting, 'read-overview', {}, (desk) => scanQueue(desk))
      return Queue.parse(queue)
    },
  )

  app.put(
    '/api/v1/scans/paused',
    {
      config: { act: 'change-settings' },
      schema: {
        summary: 'The kill switch: while it is on, nothing is asked of any app',
        tags: ['scans'],
        body: z.strictObject({ paused: z.boolean() }),
        response: { 200: z.strictObject({ paused: z.boolean() }) },
      },
    },
    async (request) => {
      const { paused } = request.body
      await house.act(request.acting, 'change-settings', {}, (desk) => desk.asMachine(() => pauseScans(desk, paused)))
      return { paused }
    },
  )
}

const shown = ({ id, subject, kind, observed_at, source, visibility, erased_at, body }: Evidence) => ({
  id,
  app: subject,
  kind,
  observed_at,
  source,
  visibility,
  erased_at,
  body,
})
