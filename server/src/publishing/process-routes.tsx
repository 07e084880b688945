import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ReactElement } from 'react'
import { z } from 'zod'
import { actOnAppeal, lodgeAppeal, restoreByAppeal, type Doing as AppealDoing } from '../appeals/acting.ts'
import { readAppeal, readAppeals, type AppealRead } from '../appeals/reading.ts'
import { readBadge } from '../badges/acting.ts'
import { BADGES, type BadgeDocument } from '../badges/badges-view.ts'
import { actOnConcern, isPartner, PERSONS_ACTS, type Doing } from '../concerns/acting.ts'
import { addToConcern, followConcern, raiseConcern, takeBackWords } from '../concerns/raising.ts'
import { readConcern, readConcerns } from '../concerns/reading.ts'
import { CONCERN_BYTES_MAX, FROM_ONE_ADDRESS } from '../concerns/routes.ts'
import { dueProcesses } from '../concerns/rules.ts'
import { APPS, type AppDocument } from '../directory/apps-view.ts'
import { onApp } from '../directory/registering.ts'
import { refusalOf } from '../enrolment/authorise.ts'
import type { House } from '../house.ts'
import { isRefused, Refused } from '../kernel/refused.ts'
import type { Routes } from '../platform/http/app.ts'
import { textOf, type FormFields } from '../platform/http/forms.ts'
import { standingKey, STANDINGS, type StandingDocument } from '../standing/standings-view.ts'
import { AppealPage, type GiveBack } from './pages/appeal.tsx'
import { chromeOf } from './pages/chrome.ts'
import { ConcernFormPage, ConcernTakenPage, FollowPage } from './pages/concern-form.tsx'
import { ConcernPage } from './pages/concern.tsx'
import { ConcernsPage, DueProcessPage } from './pages/due-process.tsx'
import type { Errors, Typed } from './pages/form.tsx'
import { page } from './pages/render.ts'
import { readProcess } from './processing.ts'
import { PROCESS_FIGURES, type ProcessFigures } from './public-process-view.ts'
import { PublicProcess } from './public-process.ts'
import { asStranger, readShelf, sendPage } from './showing.ts'

type DemoClock = { readonly now: () => string } | null

const AppId = z.string().min(1).max(100)
const Id = z.string().min(1).max(200)
const App = z.strictObject({ app: AppId })
const Concern = App.extend({ concern: Id })
const Appeal = App.extend({ appeal: Id })
const Secret = z.strictObject({ secret: Id })
const Fields = z.record(z.string().max(400), z.union([z.string(), z.instanceof(Uint8Array)])).nullish()
const Done = z.object({ done: z.string().max(40).optional() })

const StepFiguresOut = z.strictObject({
  step: z.string(),
  side: z.string(),
  done: z.int(),
  late: z.int(),
  open: z.int(),
  total_ms: z.number(),
  longest_ms: z.number(),
})
const FiguresOut = z
  .strictObject({
    programmes: z.array(
      z.strictObject({
        programme: z.string(),
        concerns: z.strictObject({
          received: z.int(),
          dismissed: z.record(z.string(), z.int()),
          upheld: z.int(),
          partly_upheld: z.int(),
          not_upheld: z.int(),
          set_aside: z.int(),
          alone: z.int(),
        }),
        appeals: z.strictObject({ lodged: z.int(), upheld: z.int(), rejected: z.int(), sent_back: z.int(), alone: z.int() }),
        open: z.int(),
        operator_late: z.int(),
        steps: z.array(StepFiguresOut),
      }),
    ),
  })
  .meta({ id: 'DueProcessFigures' })

/** Told once after a redirect. */
const DONE: { readonly [done: string]: string | undefined } = {
  acceptance: 'The partner is asked now.',
  dismissal: 'It is put aside, and whoever raised it can read why.',
  answer: 'Your answer is recorded. The operator has the turn.',
  decision: 'The decision is recorded, and its public words are told.',
  remedy: 'Recorded. The operator looks; until then no time runs against you.',
  'remedy-check': 'Recorded.',
  recusal: 'You have stood back.',
  words: 'Added.',
  erasure: 'What you wrote is erased.',
  lodged: 'The appeal is lodged.',
  withdrawal: 'The appeal is withdrawn.',
  restoration: 'The badge is given back.',
}

/** Pages of concerns and appeals: for whoever raises one, for the two sides, and for everybody. */
export function registerProcessRoutes(app: Routes, house: House, demo: DemoClock = null): void {
  const chrome = (request: FastifyRequest) => chromeOf({ marketplace: house.config.marketplace, acting: request.acting, demo, here: null })
  const on = (request: FastifyRequest) => onApp(house, (request.params as { readonly app: string }).app)
  const tags = ['concerns']

  app.get('/concerns', { config: { act: 'read-public-pages', page: true }, schema: { hide: true } }, async (request, reply) => {
    const read = await asStranger(house, async (desk) => ({
      figures: (await desk.documents.list<ProcessFigures>(PROCESS_FIGURES)).map(({ document }) => document),
      shelf: await readShelf(house, desk),
      now: desk.now,
    }))
    return sendPage(request, reply, <ConcernsPage chrome={chrome(request)} {...read} />)
  })
  app.get(
    '/api/v1/due-process',
    {
      config: { act: 'read-public-pages' },
      schema: { summary: 'Concerns and appeals in numbers, the operator’s lateness among them', tags, response: { 200: FiguresOut } },
    },
    async (_request, reply) => {
      const { figures, now } = await asStranger(house, async (desk) => ({
        figures: (await desk.documents.list<ProcessFigures>(PROCESS_FIGURES)).map(({ document }) => document),
        now: desk.now,
      }))
      reply.header('access-control-allow-origin', '*')
      return { programmes: figures.map((one) => figuresOut(one, now)) }
    },
  )
  app.get(
    '/api/v1/apps/:app/due-process',
    {
      config: { act: 'read-public-pages' },
      schema: { summary: 'What was decided on concerns and appeals about an app', tags, params: App, response: { 200: PublicProcess } },
    },
    async (request, reply) => {
      await on(request)
      reply.header('access-control-allow-origin', '*').header('cache-control', 'no-cache')
      return asStranger(house, (desk) => readProcess(desk, request.params.app))
    },
  )

  const formPage = async (request: FastifyRequest, id: string, values: Typed, errors: Errors): Promise<ReactElement> => {
    await onApp(house, id)
    const { name, rules } = await asStranger(house, (desk) =>
      desk.asMachine(async () => ({
        name: (await desk.documents.get<AppDocument>(APPS, id))?.name ?? id,
        rules: (await dueProcesses(house.packs, desk)).filter((one) => one.open),
      })),
    )
    return <ConcernFormPage chrome={chrome(request)} app={id} name={name} rules={rules} values={values} errors={errors} />
  }
  app.get(
    '/apps/:app/concern',
    { config: { act: 'raise-concern', page: true }, schema: { hide: true, params: App } },
    async (request, reply) => send(reply, await formPage(request, request.params.app, {}, {})),
  )
  app.post(
    '/apps/:app/concern',
    {
      config: { act: 'raise-concern', page: true, rateLimit: FROM_ONE_ADDRESS },
      bodyLimit: CONCERN_BYTES_MAX,
      schema: { hide: true, params: App, body: Fields },
    },
    async (request, reply) => {
      const id = request.params.app
      const fields: FormFields = request.body ?? {}
      const [programme = '', requirement = ''] = textOf(fields, 'requirement').split(' ')
      const words = textOf(fields, 'words')
      try {
        const given = { programme: programme === '' ? null : programme, requirement: requirement === '' ? null : requirement, words }
        const { follow_up } = await raiseConcern(house, request.acting, id, given)
        const name = await asStranger(house, (desk) =>
          desk.asMachine(async () => (await desk.documents.get<AppDocument>(APPS, id))?.name ?? id),
        )
        const address = follow_up === null ? null : `${house.public_url()}/follow/${follow_up.secret}`
        const taken = { app: id, name, address, until: follow_up?.until ?? null }
        return await secret(reply, <ConcernTakenPage chrome={chrome(request)} {...taken} />)
      } catch (error) {
        if (!isRefused(error) || error.code === 'directory.no_such_app') throw error
        const where = error.where === 'words' || error.where === 'requirement' ? error.where : ''
        const values = { words, requirement: textOf(fields, 'requirement') }
        return send(reply.status(400), await formPage(request, id, values, { [where]: error.message }))
      }
    },
  )

  /** A page whose very address is a secret: kept nowhere and told to no other page. */
  const secret = (reply: FastifyReply, element: ReactElement): FastifyReply => {
    // Over plain http a browser under `no-referrer` sends no origin that could be checked; there only the host is told.
    reply.header('referrer-policy', house.public_url().startsWith('https:') ? 'no-referrer' : 'strict-origin')
    return send(reply.header('x-robots-tag', 'noindex'), element)
  }
  const followPage = async (
    request: FastifyRequest,
    told: string,
    of: { readonly done?: string; readonly values?: Typed; readonly errors?: Errors },
  ) => {
    const read = await followConcern(house, told)
    const props = { read, action: `/follow/${encodeURIComponent(told)}`, now: house.clock.now(), told: DONE[of.done ?? ''] ?? null }
    return <FollowPage chrome={chrome(request)} {...props} values={of.values ?? {}} errors={of.errors ?? {}} />
  }
  app.get(
    '/follow/:secret',
    { config: { act: 'raise-concern', page: true }, schema: { hide: true, params: Secret, querystring: Done } },
    async (request, reply) => {
      const { done = '' } = request.query
      return secret(reply, await followPage(request, request.params.secret, { done }))
    },
  )
  app.post(
    '/follow/:secret/words',
    {
      config: { act: 'raise-concern', page: true, rateLimit: FROM_ONE_ADDRESS },
      bodyLimit: CONCERN_BYTES_MAX,
      schema: { hide: true, params: Secret, body: Fields },
    },
    async (request, reply) => {
      const told = request.params.secret
      const words = textOf(request.body ?? {}, 'words')
      try {
        await addToConcern(house, told, words)
        return await reply.redirect(`/follow/${encodeURIComponent(told)}?done=words`, 303)
      } catch (error) {
        if (!isRefused(error) || error.code === 'concerns.no_such_follow_up') throw error
        return secret(reply.status(400), await followPage(request, told, { values: { words }, errors: { words: error.message } }))
      }
    },
  )
  app.post(
    '/follow/:secret/erasure',
    { config: { act: 'raise-concern', page: true }, bodyLimit: CONCERN_BYTES_MAX, schema: { hide: true, params: Secret, body: Fields } },
    async (request, reply) => {
      await takeBackWords(house, request.params.secret)
      return reply.redirect(`/follow/${encodeURIComponent(request.params.secret)}?done=erasure`, 303)
    },
  )

  const listPage = async (request: FastifyRequest, id: string, values: Typed, errors: Errors): Promise<ReactElement> => {
    const concerns = await readConcerns(house, request.acting, id)
    const read = await readAppeals(house, request.acting, id)
    const { name, now } = await house.act(request.acting, 'read-app', await onApp(house, id), async (desk) => ({
      name: (await desk.documents.get<AppDocument>(APPS, id))?.name ?? id,
      now: desk.now,
    }))
    return <DueProcessPage chrome={chrome(request)} app={id} {...{ name, now, concerns, read, values, errors }} />
  }
  app.get(
    '/apps/:app/due-process',
    { config: { act: 'read-app', on, page: true }, schema: { hide: true, params: App } },
    async (request, reply) => send(reply, await listPage(request, request.params.app, {}, {})),
  )

  const verdictsOf = async (request: FastifyRequest, id: string, programme: string) =>
    house.act(request.acting, 'read-app', await onApp(house, id), async (desk) => ({
      verdicts: (await desk.documents.get<StandingDocument>(STANDINGS, standingKey(programme, id)))?.verdicts ?? [],
      shelf: await readShelf(house, desk),
    }))

  type Shown = { readonly done?: string | undefined; readonly values?: Typed; readonly errors?: Errors }
  const concernPage = async (request: FastifyRequest, of: z.infer<typeof Concern>, shown: Shown): Promise<ReactElement> => {
    const read = await readConcern(house, request.acting, of)
    const { verdicts } = await verdictsOf(request, of.app, read.document.programme)
    const for_operator = !isPartner(request.acting, await onApp(house, of.app))
    const told = DONE[shown.done ?? ''] ?? null
    return (
      <ConcernPage
        chrome={chrome(request)}
        {...{ read, verdicts, for_operator, told }}
        values={shown.values ?? {}}
        errors={shown.errors ?? {}}
      />
    )
  }
  app.get(
    '/apps/:app/concerns/:concern',
    { config: { act: 'read-app', on, page: true }, schema: { hide: true, params: Concern, querystring: Done } },
    async (request, reply) => send(reply, await concernPage(request, request.params, { done: request.query.done })),
  )
  for (const { path, act, doing } of FORMS) {
    app.post(
      `/apps/:app/concerns/:concern/${path}`,
      { config: { act: PERSONS_ACTS[act], on, page: true }, schema: { hide: true, params: Concern, body: Fields } },
      async (request, reply) => {
        const of = request.params
        const fields: FormFields = (request.body as FormFields | null | undefined) ?? {}
        try {
          await actOnConcern(house, request.acting, of, doing(fields), seenIn(fields))
        } catch (error) {
          if (!isRefused(error) || error.code.startsWith('enrolment.')) throw error
          const shown = { values: { ...typed(fields), form: path }, errors: { [fieldOf(error)]: error.message } }
          return send(reply.status(400), await concernPage(request, of, shown))
        }
        return reply.redirect(`/apps/${encodeURIComponent(of.app)}/concerns/${encodeURIComponent(of.concern)}?done=${path}`, 303)
      },
    )
  }

  app.post(
    '/apps/:app/appeals',
    { config: { act: 'lodge-appeal', on, page: true }, schema: { hide: true, params: App, body: Fields } },
    async (request, reply) => {
      const id = request.params.app
      const fields: FormFields = request.body ?? {}
      const given = { decision: textOf(fields, 'decision'), words: textOf(fields, 'words') }
      try {
        const appeal = await lodgeAppeal(house, request.acting, id, given)
        return await reply.redirect(`/apps/${encodeURIComponent(id)}/appeals/${encodeURIComponent(appeal)}?done=lodged`, 303)
      } catch (error) {
        if (!isRefused(error) || error.code.startsWith('enrolment.')) throw error
        return send(reply.status(400), await listPage(request, id, typed(fields), { [fieldOf(error)]: error.message }))
      }
    },
  )
  const appealPage = async (request: FastifyRequest, of: z.infer<typeof Appeal>, shown: Shown): Promise<ReactElement> => {
    const read = await readAppeal(house, request.acting, of)
    const { verdicts, shelf } = await verdictsOf(request, of.app, read.document.programme)
    const props = { shelf, read, verdicts, give_back: await giveBackOf(request, read), told: DONE[shown.done ?? ''] ?? null }
    return <AppealPage chrome={chrome(request)} {...props} values={shown.values ?? {}} errors={shown.errors ?? {}} />
  }
  /** Badges of the app that are away and may be given back by the reader; whether the appeal is about them is said when it is done. */
  const giveBackOf = async (request: FastifyRequest, { document }: AppealRead): Promise<readonly GiveBack[]> => {
    const whose = await onApp(house, document.app)
    if (document.word !== 'upheld' || refusalOf(request.acting, 'restore-badge', whose) !== null) return []
    const about = document.kind === 'badge_suspended' || document.kind === 'badge_revoked' || document.kind === 'concern_upheld'
    if (!about) return []
    const badges = await house.act(request.acting, 'read-app', whose, async (desk) =>
      (await desk.documents.list<BadgeDocument>(BADGES)).flatMap(({ document: one }) =>
        one.app === document.app &&
        (one.state === 'suspended' || one.state === 'revoked') &&
        (document.tier === null || one.tier === document.tier)
          ? [one]
          : [],
      ),
    )
    const offers: GiveBack[] = []
    for (const { app: id, programme, tier } of badges) {
      const { standing_hash } = await readBadge(house, request.acting, { app: id, programme, tier })
      if (standing_hash !== null) offers.push({ programme, tier, standing_hash })
    }
    return offers
  }
  app.get(
    '/apps/:app/appeals/:appeal',
    { config: { act: 'read-app', on, page: true }, schema: { hide: true, params: Appeal, querystring: Done } },
    async (request, reply) => send(reply, await appealPage(request, request.params, { done: request.query.done })),
  )
  const submit = async (
    request: FastifyRequest,
    reply: FastifyReply,
    done: string,
    work: (of: z.infer<typeof Appeal>, fields: FormFields) => Promise<unknown>,
  ): Promise<FastifyReply> => {
    const of = request.params as z.infer<typeof Appeal>
    const fields: FormFields = (request.body as FormFields | null | undefined) ?? {}
    try {
      await work(of, fields)
    } catch (error) {
      if (!isRefused(error) || error.code.startsWith('enrolment.')) throw error
      return send(reply.status(400), await appealPage(request, of, { values: typed(fields), errors: { [fieldOf(error)]: error.message } }))
    }
    return reply.redirect(`/apps/${encodeURIComponent(of.app)}/appeals/${encodeURIComponent(of.appeal)}?done=${done}`, 303)
  }
  const APPEAL_FORMS = [
    { path: 'decision', act: 'decide-appeal', doing: appealDecided },
    { path: 'withdrawal', act: 'lodge-appeal', doing: (): AppealDoing => ({ act: 'withdraw' }) },
    {
      path: 'recusal',
      act: 'decide-appeal',
      doing: (of: FormFields): AppealDoing => ({ act: 'recuse', conflict: textOf(of, 'conflict') }),
    },
  ] as const
  for (const { path, act, doing } of APPEAL_FORMS) {
    app.post(
      `/apps/:app/appeals/:appeal/${path}`,
      { config: { act, on, page: true }, schema: { hide: true, params: Appeal, body: Fields } },
      (request, reply) =>
        submit(request, reply, path, (of, fields) => actOnAppeal(house, request.acting, of, doing(fields), seenIn(fields))),
    )
  }
  app.post(
    '/apps/:app/appeals/:appeal/restoration',
    { config: { act: 'restore-badge', on, page: true }, schema: { hide: true, params: Appeal, body: Fields } },
    (request, reply) =>
      submit(request, reply, 'restoration', (of, fields) => {
        const badge = { programme: textOf(fields, 'programme'), tier: textOf(fields, 'tier') }
        return restoreByAppeal(house, request.acting, of, badge, textOf(fields, 'standing_hash'))
      }),
  )
}

/** What each form of a concern's page does, from its fields. */
const FORMS: readonly { readonly path: string; readonly act: keyof typeof PERSONS_ACTS; readonly doing: (of: FormFields) => Doing }[] = [
  {
    path: 'acceptance',
    act: 'accept',
    doing: (of) => ({ act: 'accept', requirements: ticked(of), words: textOf(of, 'words') }),
  },
  { path: 'dismissal', act: 'dismiss', doing: (of) => ({ act: 'dismiss', code: textOf(of, 'code'), words: textOf(of, 'words') }) },
  { path: 'answer', act: 'answer', doing: (of) => ({ act: 'answer', words: textOf(of, 'words') }) },
  {
    path: 'decision',
    act: 'decide',
    doing: (of) => {
      const outcome = oneOf(['upheld', 'partly_upheld', 'not_upheld'] as const, textOf(of, 'outcome'))
      // What is ticked is what is not kept; a decision that nothing is wrong leaves it behind.
      const requirements = outcome === 'not_upheld' ? [] : ticked(of)
      return { act: 'decide', outcome, requirements, words: textOf(of, 'words'), public_words: textOf(of, 'public_words') }
    },
  },
  { path: 'remedy', act: 'claim_remedy', doing: (of) => ({ act: 'claim_remedy', words: textOf(of, 'words') }) },
  {
    path: 'remedy-check',
    act: 'confirm_remedy',
    doing: (of) => ({
      act: oneOf(['confirmed', 'refused'] as const, textOf(of, 'outcome')) === 'confirmed' ? 'confirm_remedy' : 'refuse_remedy',
      words: textOf(of, 'words'),
    }),
  },
  { path: 'recusal', act: 'recuse', doing: (of) => ({ act: 'recuse', conflict: textOf(of, 'conflict') }) },
]

const appealDecided = (of: FormFields): AppealDoing => ({
  act: 'decide',
  outcome: oneOf(['upheld', 'rejected', 'sent_back'] as const, textOf(of, 'outcome')),
  words: textOf(of, 'words'),
  public_words: textOf(of, 'public_words'),
})

function oneOf<const Outcome extends string>(all: readonly Outcome[], text: string): Outcome {
  const found = all.find((one) => one === text)
  if (found === undefined) throw new Refused('http.bad_form', 'Press one of the buttons that say what is decided.', 'outcome')
  return found
}

const seenIn = (fields: FormFields): number | null => (/^\d{1,9}$/.test(textOf(fields, 'seen')) ? Number(textOf(fields, 'seen')) : null)

const TICKED = 'requirement:'
const ticked = (fields: FormFields): readonly string[] =>
  Object.keys(fields).flatMap((name) => (name.startsWith(TICKED) && textOf(fields, name) === 'yes' ? [name.slice(TICKED.length)] : []))

const typed = (fields: FormFields): Typed => Object.fromEntries(Object.keys(fields).map((name) => [name, textOf(fields, name)]))

/** The field that a refusal belongs to; all others are told above the page. */
const fieldOf = (error: Refused): string => (FIELDS.has(error.where ?? '') ? (error.where ?? '') : '')
const FIELDS: ReadonlySet<string> = new Set(['words', 'public_words', 'decision'])

function figuresOut(of: ProcessFigures, now: string): z.infer<typeof FiguresOut>['programmes'][number] {
  const { recent_ms: _, dismissed, ...concerns } = of.concerns
  const { recent_ms: __, ...appeals } = of.appeals
  const turns = Object.values(of.open).flatMap(({ turn }) => (turn === null ? [] : [turn]))
  return {
    programme: of.programme,
    concerns: { ...concerns, dismissed: { ...dismissed } },
    appeals,
    open: turns.length,
    operator_late: turns.filter(({ side, due_at }) => side === 'operator' && due_at !== null && due_at < now).length,
    steps: Object.entries(of.steps).map(([step, { recent_ms: ___, ...figures }]) => ({ step, ...figures })),
  }
}

/** Working pages are for one person and this moment. */
const send = (reply: FastifyReply, element: ReactElement): FastifyReply =>
  reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(page(element))
