import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ReactElement } from 'react'
import { z } from 'zod'
import { APPS, type AppDocument } from '../directory/apps-view.ts'
import { onApp } from '../directory/registering.ts'
import { refusalOf } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import { JourneyStated } from '../journeys/journey.ts'
import { JOURNEYS, type JourneyKnown, type JourneysDocument } from '../journeys/journeys-view.ts'
import { ROLLOUTS, type RolloutDocument } from '../journeys/rollout.ts'
import { announceRollout, closeRollout } from '../journeys/rolling-out.ts'
import { JourneyId } from '../journeys/routes.ts'
import { knownJourneys, readStated, runJourneyNow, stateJourney, withdrawJourney } from '../journeys/stating.ts'
import { isRefused, Refused } from '../kernel/refused.ts'
import { instant, parseInstant, type Instant } from '../kernel/time.ts'
import { readEvidence, readEvidences } from '../platform/evidence.ts'
import type { Routes } from '../platform/http/app.ts'
import { textOf, type FormFields } from '../platform/http/forms.ts'
import { readYaml } from '../programmes/yaml.ts'
import { chromeOf } from './pages/chrome.ts'
import type { Errors, Typed } from './pages/form.tsx'
import { JourneysPage, RolloutsPage, type JourneysRead, type RolloutsRead, type Shown } from './pages/journeys.tsx'
import { page } from './pages/render.ts'

type DemoClock = { readonly now: () => string } | null

const Id = z.string().min(1).max(100)
const AppParams = z.strictObject({ app: Id })
const JourneyParams = z.strictObject({ app: Id, journey: JourneyId })
const FileParams = z.strictObject({ app: Id, evidence: z.string().max(100) })
const RolloutParams = z.strictObject({ rollout: z.string().min(1).max(60) })
const Fields = z.record(z.string().max(400), z.union([z.string(), z.instanceof(Uint8Array)])).nullish()
const Done = z.object({ done: z.string().max(40).optional() })

const DONE: { readonly [done: string]: string } = {
  stated: 'Stated. It runs now, and this page shows what comes of it.',
  run: 'It runs now, and this page shows what comes of it.',
  withdraw: 'Taken back, with its secrets.',
  announced: 'Announced. Every journey with an early-rollout instance runs now.',
  shipped: 'Noted.',
  withdrawn: 'Noted.',
}

/** Pages of synthetic tests: an app's journeys, and changes of the host tried on everybody's. */
export function registerJourneyPages(app: Routes, house: House, demo: DemoClock = null): void {
  const on = (request: FastifyRequest) => onApp(house, (request.params as { readonly app: string }).app)
  const chrome = (request: FastifyRequest) => chromeOf({ marketplace: house.config.marketplace, acting: request.acting, demo, here: null })

  const journeysPage = async (
    request: FastifyRequest,
    given: { readonly told?: string | null; readonly errors?: Errors; readonly typed?: Typed },
  ): Promise<ReactElement> => {
    const { app: id } = request.params as { readonly app: string }
    const whose = await on(request)
    const read = await house.act(request.acting, 'read-app', whose, (desk) => journeysRead(desk, id))
    const may = {
      state: refusalOf(request.acting, 'state-journey', whose) === null,
      run: refusalOf(request.acting, 'run-journey', whose) === null,
    }
    const { told = null, errors = {}, typed = {} } = given
    return <JourneysPage chrome={chrome(request)} read={read} may={may} told={told} errors={errors} typed={typed} />
  }

  app.get(
    '/apps/:app/journeys',
    { config: { act: 'read-app', on, page: true }, schema: { hide: true, params: AppParams, querystring: Done } },
    async (request, reply) => send(reply, await journeysPage(request, { told: DONE[request.query.done ?? ''] ?? null })),
  )

  app.post(
    '/apps/:app/journeys',
    { config: { act: 'state-journey', on, page: true }, schema: { hide: true, params: AppParams, body: Fields } },
    async (request, reply) => {
      const { app: id } = request.params
      const fields = request.body ?? {}
      try {
        const { journey, stated } = statedIn(fields)
        await stateJourney(house, request.acting, id, journey, stated, {})
        return await done(reply, `/apps/${encodeURIComponent(id)}/journeys`, 'stated')
      } catch (error) {
        if (!isRefused(error) || error.code.startsWith('enrolment.')) throw error
        return send(
          reply.status(400),
          await journeysPage(request, { errors: { [fieldOf(error.where)]: error.message }, typed: typedIn(fields) }),
        )
      }
    },
  )

  app.post(
    '/apps/:app/journeys/:journey',
    // Each act has a rule of its own, which is asked for below.
    { config: { act: 'read-app', on, page: true }, schema: { hide: true, params: JourneyParams, body: Fields } },
    async (request, reply) => {
      const { app: id, journey } = request.params
      const wanted = textOf(request.body ?? {}, 'do')
      if (wanted === 'run') await runJourneyNow(house, request.acting, id, journey)
      else if (wanted === 'withdraw') await withdrawJourney(house, request.acting, id, journey)
      else throw new Refused('http.bad_request', 'Choose what to do with the journey.', 'do')
      return done(reply, `/apps/${encodeURIComponent(id)}/journeys`, wanted)
    },
  )

  app.get(
    '/apps/:app/journeys/files/:evidence',
    { config: { act: 'read-app', on, page: true }, schema: { hide: true, params: FileParams } },
    async (request, reply) => {
      const { app: id, evidence: name } = request.params
      const evidence = await house.act(request.acting, 'read-app', await on(request), (desk) => readEvidence(desk, name))
      const file = evidence?.kind === 'journey.file' && evidence.subject === id ? StoredFile.safeParse(evidence.body).data : undefined
      if (file === undefined) throw new Refused('http.not_found', 'There is no such file of this app, or it is not kept any more.', name)
      const picture = file.media_type === 'image/png'
      return reply
        .header('cache-control', 'no-store')
        .header('x-content-type-options', 'nosniff')
        .header('content-disposition', `${picture ? 'inline' : 'attachment'}; filename="${file.name}"`)
        .type(picture ? 'image/png' : 'application/zip')
        .send(Buffer.from(file.base64, 'base64'))
    },
  )

  const rolloutsPage = async (
    request: FastifyRequest,
    given: { readonly told?: string | null; readonly errors?: Errors; readonly typed?: Typed },
  ): Promise<ReactElement> => {
    const read = await house.act(request.acting, 'read-overview', {}, rolloutsRead)
    const may = refusalOf(request.acting, 'announce-rollout') === null
    const { told = null, errors = {}, typed = {} } = given
    return <RolloutsPage chrome={chrome(request)} read={read} may={may} told={told} errors={errors} typed={typed} />
  }

  app.get(
    '/rollouts',
    { config: { act: 'read-overview', page: true }, schema: { hide: true, querystring: Done } },
    async (request, reply) => send(reply, await rolloutsPage(request, { told: DONE[request.query.done ?? ''] ?? null })),
  )

  app.post(
    '/rollouts',
    { config: { act: 'announce-rollout', page: true }, schema: { hide: true, body: Fields } },
    async (request, reply) => {
      const fields = request.body ?? {}
      const words = textOf(fields, 'words')
      const ships_at = textOf(fields, 'ships_at').trim()
      try {
        await announceRollout(house, request.acting, { words, ships_at: parseInstant(ships_at, 'ships_at') })
        return await done(reply, '/rollouts', 'announced')
      } catch (error) {
        if (!isRefused(error) || error.code.startsWith('enrolment.')) throw error
        const field = error.where === 'words' || error.where === 'ships_at' ? error.where : ''
        return send(reply.status(400), await rolloutsPage(request, { errors: { [field]: error.message }, typed: { words, ships_at } }))
      }
    },
  )

  app.post(
    '/rollouts/:rollout',
    { config: { act: 'announce-rollout', page: true }, schema: { hide: true, params: RolloutParams, body: Fields } },
    async (request, reply) => {
      const outcome = textOf(request.body ?? {}, 'outcome')
      if (outcome !== 'shipped' && outcome !== 'withdrawn') throw new Refused('http.bad_request', 'Say how it ended.', 'outcome')
      await closeRollout(house, request.acting, request.params.rollout, outcome)
      return done(reply, '/rollouts', outcome)
    },
  )
}

const StoredFile = z.object({ name: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/), media_type: z.string(), base64: z.string() })

/** What the form says, as the interface takes it. */
function statedIn(fields: FormFields): { readonly journey: string; readonly stated: JourneyStated } {
  const value = (name: string): string => textOf(fields, name).trim()
  const script = textOf(fields, 'script').replaceAll('\r\n', '\n')
  const steps = value('steps')
  if ((script.trim() === '') === (steps === '')) {
    throw new Refused('journeys.kind', 'State either requests or a Playwright script, one of the two.', 'steps')
  }
  const early = value('early')
  const journey = JourneyId.safeParse(value('journey'))
  if (!journey.success) throw new Refused('http.bad_request', 'A short name has small letters, digits and hyphens, at most 60.', 'journey')
  const read = JourneyStated.safeParse({
    title: value('title'),
    ...(value('every_minutes') === '' ? {} : { every_minutes: Number(value('every_minutes')) }),
    instances: { production: { base_url: value('production') }, ...(early === '' ? {} : { 'early-rollout': { base_url: early } }) },
    ...(steps === '' ? { browser: { files: { 'journey.spec.ts': script } } } : { http: { steps: stepsIn(steps) } }),
  })
  if (read.success) return { journey: journey.data, stated: read.data }
  const [issue] = read.error.issues
  const where = issue?.path.join('.') ?? ''
  throw new Refused('http.bad_request', `${where}: ${issue?.message ?? 'this cannot be meant'}`, where)
}

function stepsIn(text: string): unknown {
  const read = readYaml(text)
  if ('value' in read) return read.value
  const [mistake] = read.mistakes
  throw new Refused(
    'journeys.steps',
    `Line ${mistake?.line ?? 1} ${mistake?.says ?? 'cannot be read'}. ${mistake?.mend ?? ''}`.trim(),
    'steps',
  )
}

/** The field of the form that a place in what was stated belongs to. */
function fieldOf(where: string | undefined): string {
  const place = where ?? ''
  if (place.startsWith('http') || place === 'steps') return 'steps'
  if (place.startsWith('browser')) return 'script'
  if (place.startsWith('instances.early-rollout')) return 'early'
  if (place.startsWith('instances')) return 'production'
  return ['journey', 'title', 'every_minutes'].includes(place) ? place : ''
}

const typedIn = (fields: FormFields): Typed =>
  Object.fromEntries(
    ['journey', 'title', 'every_minutes', 'production', 'early', 'steps', 'script'].map((name) => [name, textOf(fields, name)]),
  )

async function journeysRead(desk: Desk, id: string): Promise<JourneysRead> {
  const app = await desk.documents.get<AppDocument>(APPS, id)
  if (app === null) throw new Refused('directory.no_such_app', `There is no app "${id}" here.`, id)
  const document = await knownJourneys(desk, id)
  const titles: { [journey: string]: string } = {}
  const shown: { [journey: string]: Shown | undefined } = {}
  for (const known of Object.values(document.journeys)) {
    titles[known.journey] = (await readStated(desk, known))?.title ?? known.journey
    shown[known.journey] = await newestFailure(desk, known)
  }
  return {
    app: { app: id, name: app.name, proven: app.domains.length > 0 },
    now: desk.now,
    document,
    titles,
    next: await nextRuns(desk, id),
    shown,
  }
}

async function nextRuns(desk: Desk, app: string): Promise<{ readonly [journey: string]: Instant | null }> {
  const rows = await desk.sql
    .selectFrom('journey_due')
    .select(['journey', (eb) => eb.fn.min('due_at').as('due_at')])
    .where('marketplace_id', '=', desk.scope.marketplace)
    .where('subject', '=', app)
    .groupBy('journey')
    .execute()
  return Object.fromEntries(rows.map(({ journey, due_at }) => [journey, instant(Date.parse(due_at))]))
}

const Told = z.object({
  steps: z.array(z.object({ name: z.string(), told: z.string().nullable(), body: z.string().optional() })).optional(),
  tests: z.array(z.object({ title: z.string(), outcome: z.string(), told: z.string().nullable() })).optional(),
  errors: z.array(z.string()).optional(),
  console: z.string().optional(),
  told: z.string().optional(),
  asked: z.array(z.object({ host: z.string(), answer: z.string() })).optional(),
})

/** What the newest run that did not pass showed, when no later one in the same place passed. */
async function newestFailure(desk: Desk, known: JourneyKnown): Promise<Shown | undefined> {
  const places = (['production', 'early-rollout'] as const).flatMap((instance) => known.runs.find((run) => run.instance === instance) ?? [])
  const failed = places.find(({ outcome }) => outcome !== 'pass')
  if (failed === undefined) return undefined
  const bodies = await readEvidences(desk, failed.evidence)
  const told = Told.safeParse(bodies.get(failed.evidence[0] ?? '')?.body).data ?? {}
  const files = failed.evidence.slice(1).flatMap((evidence) => {
    const file = StoredFile.safeParse(bodies.get(evidence)?.body).data
    return file === undefined ? [] : [{ evidence, name: file.name, picture: file.media_type === 'image/png' }]
  })
  return {
    lines: [
      ...(told.steps ?? []).map((step) => ({
        name: step.name,
        outcome: step.told === null ? 'as it has to be' : 'failed',
        told: step.told,
      })),
      ...(told.tests ?? []).map(({ title, outcome, told: sentence }) => ({ name: title, outcome, told: sentence })),
      ...(told.errors ?? []).map((sentence) => ({ name: 'The script', outcome: 'could not be run', told: sentence })),
      ...(told.told === undefined ? [] : [{ name: 'The sandbox', outcome: 'was not there', told: told.told }]),
    ],
    console: told.console ?? null,
    refused: [...new Set((told.asked ?? []).filter(({ answer }) => answer === 'not in scope').map(({ host }) => host))],
    files,
  }
}

async function rolloutsRead(desk: Desk): Promise<RolloutsRead> {
  const documents = (await desk.documents.list<RolloutDocument>(ROLLOUTS)).map(({ document }) => document)
  const words = await readEvidences(
    desk,
    documents.flatMap(({ evidence }) => evidence),
  )
  const wordsOf = (document: RolloutDocument): string | null => {
    const body = words.get(document.evidence[0] ?? '')?.body
    return typeof body === 'string' ? body : null
  }
  const apps = await desk.documents.list<AppDocument>(APPS)
  const journeys = await desk.documents.list<JourneysDocument>(JOURNEYS)
  return {
    now: desk.now,
    rollouts: documents
      .toSorted((a, b) => (a.announced_at > b.announced_at ? -1 : 1))
      .map((document) => ({ document, words: wordsOf(document) })),
    names: Object.fromEntries(apps.map(({ document }) => [document.app, document.name])),
    ready: journeys
      .flatMap(({ document }) => Object.values(document.journeys))
      .filter(({ instances }) => instances.includes('early-rollout')).length,
  }
}

const done = (reply: FastifyReply, where: string, what: string): FastifyReply => reply.redirect(`${where}?done=${what}`, 303)

/** Working pages are for one person and this moment. */
const send = (reply: FastifyReply, element: ReactElement): FastifyReply =>
  reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(page(element))
