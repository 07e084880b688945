import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ReactElement } from 'react'
import { z } from 'zod'
import { APPS, type AppDocument } from '../directory/apps-view.ts'
import { onApp } from '../directory/registering.ts'
import { refusalOf } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import type { Digest } from '../kernel/event.ts'
import { isRefused, Refused } from '../kernel/refused.ts'
import { parseInstant } from '../kernel/time.ts'
import { readEvidences } from '../platform/evidence.ts'
import type { Routes } from '../platform/http/app.ts'
import { textOf, type FormFields } from '../platform/http/forms.ts'
import { CHECKS } from '../scanning/checks/index.ts'
import {
  confirmFinding,
  confirmSuppression,
  disputeFinding,
  endSuppression,
  openSuppressions,
  proposeSuppression,
  readFindings,
} from '../scanning/deciding.ts'
import { progressOf, requestScan, scanQueue } from '../scanning/due.ts'
import { SUPPRESSION_REASONS } from '../scanning/finding-events.ts'
import { comparedScans, lastScans, readReport } from '../scanning/last-scan.ts'
import { readable } from '../scanning/report/report.ts'
import { SCANS, type ScansDocument } from '../scanning/scans-view.ts'
import { rulesOf } from '../standing/rules.ts'
import { readFleet } from './fleet.ts'
import { requirementAddress } from './pages/addresses.ts'
import { chromeOf } from './pages/chrome.ts'
import { FleetPage } from './pages/fleet.tsx'
import type { Errors, Typed } from './pages/form.tsx'
import { page } from './pages/render.ts'
import { ScanPage, type ScanRead, type Served } from './pages/scan.tsx'
import { readShelf } from './showing.ts'
import type { Shelf } from './shelf.ts'

type DemoClock = { readonly now: () => string } | null

const Id = z.string().min(1).max(100)
const Digested = z.templateLiteral(['sha256:', z.string().regex(/^[0-9a-f]{64}$/)])
const AppParams = z.strictObject({ app: Id })
const FindingParams = z.strictObject({ app: Id, finding: Digested })
const ProposalParams = z.strictObject({ app: Id, proposal: Id })
const Fields = z.record(z.string().max(400), z.union([z.string(), z.instanceof(Uint8Array)])).nullish()
const Asked = z.object({ done: z.string().max(40).optional(), from: Digested.optional(), to: Digested.optional() })

const DONE: { readonly [done: string]: string } = {
  scan: 'The scan is planned; this page shows when it was done.',
  dispute: 'Recorded. The operator decides; until then the finding counts.',
  confirm: 'Recorded. The finding stands.',
  propose: 'Proposed. Another person has to confirm it.',
  aside: 'Set aside. It counts for nothing until its day.',
  end: 'It counts again.',
}

/** Pages of the scanner: all it knows of one app with what people do about it, and of all apps together. */
export function registerScanPages(app: Routes, house: House, demo: DemoClock = null): void {
  const on = (request: FastifyRequest) => onApp(house, (request.params as { readonly app: string }).app)
  const chrome = (request: FastifyRequest) => chromeOf({ marketplace: house.config.marketplace, acting: request.acting, demo, here: null })

  const scanPage = async (
    request: FastifyRequest,
    given: { readonly told?: string | null; readonly errors?: Errors; readonly typed?: Typed; readonly asked?: z.infer<typeof Asked> },
  ): Promise<ReactElement> => {
    const { app: id } = request.params as { readonly app: string }
    const whose = await on(request)
    const read = await house.act(request.acting, 'read-app', whose, (desk) => scanRead(house, desk, id, given.asked ?? {}))
    const may = {
      scan: refusalOf(request.acting, 'scan-app', whose) === null,
      dispute: refusalOf(request.acting, 'dispute-finding', whose) === null,
      decide: refusalOf(request.acting, 'suppress-finding', whose) === null,
    }
    const { told = null, errors = {}, typed = {} } = given
    return <ScanPage chrome={chrome(request)} read={read} may={may} told={told} errors={errors} typed={typed} />
  }

  app.get(
    '/apps/:app/scan',
    { config: { act: 'read-app', on, page: true }, schema: { hide: true, params: AppParams, querystring: Asked } },
    async (request, reply) => {
      const told = request.query.done === undefined ? null : (DONE[request.query.done] ?? null)
      return send(reply, await scanPage(request, { told, asked: request.query }))
    },
  )

  app.post(
    '/apps/:app/scan',
    { config: { act: 'scan-app', on, page: true }, schema: { hide: true, params: AppParams, body: Fields } },
    async (request, reply) => {
      const { app: id } = request.params
      const check = textOf(request.body ?? {}, 'check')
      if (check !== '' && !CHECKS.some((known) => known.id === check)) {
        throw new Refused('scanning.no_such_check', 'There is no such check.', 'check')
      }
      await house.act(request.acting, 'scan-app', await on(request), (desk) =>
        desk.asMachine(() => requestScan(desk, id, check === '' ? null : check)),
      )
      return done(reply, id, 'scan')
    },
  )

  app.post(
    '/apps/:app/findings/:finding',
    // Each act has a rule of its own, which is asked for below.
    { config: { act: 'read-app', on, page: true }, schema: { hide: true, params: FindingParams, body: Fields } },
    async (request, reply) => {
      const { app: id, finding } = request.params
      const fields = request.body ?? {}
      const act = actIn(fields)
      const short = finding.slice('sha256:'.length, 'sha256:'.length + 12)
      try {
        await acted(house, request, id, finding, act, fields)
        return await done(reply, id, act)
      } catch (error) {
        if (!isRefused(error) || error.code.startsWith('enrolment.')) throw error
        const field = error.where === 'until' ? `until-${short}` : `${act}-${short}`
        const typed = { [`${act}-${short}`]: textOf(fields, 'words'), [`until-${short}`]: textOf(fields, 'until') }
        return send(reply.status(400), await scanPage(request, { errors: { [field]: error.message }, typed }))
      }
    },
  )

  app.post(
    '/apps/:app/findings/suppressions/:proposal',
    { config: { act: 'suppress-finding', on, page: true }, schema: { hide: true, params: ProposalParams, body: Fields } },
    async (request, reply) => {
      const { app: id, proposal } = request.params
      try {
        await confirmSuppression(house, request.acting, id, proposal)
        return await done(reply, id, 'aside')
      } catch (error) {
        if (!isRefused(error)) throw error
        return send(reply.status(400), await scanPage(request, { errors: { '': error.message } }))
      }
    },
  )

  app.get('/scans', { config: { act: 'read-overview', page: true }, schema: { hide: true } }, async (request, reply) => {
    const [fleet, queue] = await house.act(request.acting, 'read-overview', {}, async (desk) => [
      await readFleet(desk),
      await scanQueue(desk),
    ])
    return send(reply, <FleetPage chrome={chrome(request)} fleet={fleet} queue={queue} />)
  })
}

const ACTS = ['dispute', 'confirm', 'propose', 'end'] as const
type ActOnFinding = (typeof ACTS)[number]

function actIn(fields: FormFields): ActOnFinding {
  const wanted = textOf(fields, 'do')
  const act = ACTS.find((one) => one === wanted)
  if (act === undefined) throw new Refused('http.bad_request', 'Choose what to do with the finding.', 'do')
  return act
}

async function acted(
  house: House,
  { acting }: FastifyRequest,
  app: string,
  finding: Digest,
  act: ActOnFinding,
  fields: FormFields,
): Promise<void> {
  const words = textOf(fields, 'words')
  switch (act) {
    case 'dispute':
      return disputeFinding(house, acting, app, finding, words)
    case 'confirm':
      return confirmFinding(house, acting, app, finding, words)
    case 'propose': {
      const wanted = textOf(fields, 'reason_code')
      const reason_code = SUPPRESSION_REASONS.find((one) => one === wanted)
      if (reason_code === undefined) throw new Refused('scanning.no_reason', 'Choose a reason.', 'reason_code')
      const until = parseInstant(textOf(fields, 'until').trim(), 'until')
      await proposeSuppression(house, acting, app, { finding, reason_code, until, words })
      return
    }
    case 'end':
      return endSuppression(house, acting, app, finding)
  }
}

async function scanRead(house: House, desk: Desk, id: string, asked: z.infer<typeof Asked>): Promise<ScanRead> {
  const app = await desk.documents.get<AppDocument>(APPS, id)
  if (app === null) throw new Refused('directory.no_such_app', `There is no app "${id}" here.`, id)
  const scans = await desk.documents.get<ScansDocument>(SCANS, id)
  const last = scans?.last ?? null
  const report = last === null ? null : await readReport(desk, last.report)
  const lives = await readFindings(desk, id)
  const proposals = await openSuppressions(desk, id)
  const shelf = await readShelf(house, desk)
  const names = [
    ...Object.values(lives.findings).flatMap(({ dispute, suppression }) => [
      ...(dispute?.evidence ?? []),
      ...(suppression?.evidence ?? []),
    ]),
    ...proposals.flatMap(({ evidence }) => evidence),
  ]
  const { from, to } = asked
  return {
    app: { app: id, name: app.name },
    now: desk.now,
    progress: await progressOf(desk, id),
    last,
    findings: report === null ? [] : readable(report, CHECKS),
    lives,
    proposals,
    answers: CHECKS.flatMap(({ id: check, title }) => {
      const answer = scans?.checks[check]
      return answer === undefined
        ? []
        : [{ check, title: answer.outcome === 'fail' ? title.fail : title.pass, answer, serves: servedBy(shelf, check) }]
    }),
    past: await lastScans(desk, id),
    compared: from === undefined || to === undefined ? null : { from, to, difference: await comparedScans(desk, id, from, to) },
    words: await wordsOf(desk, names),
  }
}

/** The requirements in force that a check serves, by the packs. */
const servedBy = (shelf: Shelf, check: string): readonly Served[] =>
  shelf.flatMap(({ catalogue }) =>
    rulesOf(catalogue)
      .filter(({ reads }) => reads.some(({ member, key }) => member === 'checks' && key === check))
      .map(({ requirement: { id, title } }) => ({ title, href: requirementAddress(catalogue.programme.id, id) })),
  )

async function wordsOf(desk: Desk, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const kept = await readEvidences(desk, names)
  return new Map(
    [...kept].flatMap(([name, { body }]) => {
      const words = (body as { readonly words?: unknown } | null)?.words
      return typeof words === 'string' ? [[name, words]] : []
    }),
  )
}

const done = (reply: FastifyReply, app: string, what: string): FastifyReply =>
  reply.redirect(`/apps/${encodeURIComponent(app)}/scan?done=${what}`, 303)

/** Working pages are for one person and this moment. */
const send = (reply: FastifyReply, element: ReactElement): FastifyReply =>
  reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(page(element))
