import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ReactElement } from 'react'
import { z } from 'zod'
import { actOnThread, PERSONS_ACTS, writeNote, type Doing, type PersonsAct } from '../applications/acting.ts'
import type { ApplicationOf } from '../applications/events.ts'
import { queueAt, readApplicable, readFile, readThread } from '../applications/reading.ts'
import { mayReadNotes, sendFile } from '../applications/routes.ts'
import { decidingPorts } from '../badges/deciding.ts'
import { APPS, type AppDocument } from '../directory/apps-view.ts'
import { onApp } from '../directory/registering.ts'
import type { House } from '../house.ts'
import { isRefused, Refused } from '../kernel/refused.ts'
import { parseInstant, type Instant } from '../kernel/time.ts'
import type { Routes } from '../platform/http/app.ts'
import { nameOf, textOf, type FormFields } from '../platform/http/forms.ts'
import { ApplicationPage, ApplicationsPage, threadAddress, type Refilled } from './pages/application.tsx'
import { chromeOf, type Place } from './pages/chrome.ts'
import { QueuePage } from './pages/queue.tsx'
import { page } from './pages/render.ts'
import { openCases } from './process-queue.ts'
import { readShelf } from './showing.ts'

type DemoClock = { readonly now: () => string } | null

const AppParams = z.strictObject({ app: z.string().max(100) })
const ThreadParams = AppParams.extend({ programme: z.string().max(200), tier: z.string().max(200) })
const Fields = z.record(z.string(), z.union([z.string(), z.instanceof(Uint8Array)])).nullish()

/** What each form of a thread's page does, from its fields. */
const FORMS: readonly {
  readonly act: PersonsAct
  readonly path: string
  readonly done: string
  readonly doing: (fields: FormFields) => Doing
}[] = [
  { act: 'apply', path: 'apply', done: 'applied', doing: (of) => ({ act: 'apply', standing_hash: textOf(of, 'standing_hash') }) },
  { act: 'withdraw', path: 'withdraw', done: 'withdrawn', doing: () => ({ act: 'withdraw' }) },
  { act: 'accept', path: 'accept', done: 'accepted', doing: () => ({ act: 'accept' }) },
  {
    act: 'request_changes',
    path: 'request-changes',
    done: 'asked',
    doing: (of) => ({
      act: 'request_changes',
      asked: ticked(of, 'asked:').map((component) => ({ component, requirement: null })),
      words: textOf(of, 'words'),
    }),
  },
  { act: 'answer', path: 'answer', done: 'answered', doing: (of) => ({ act: 'answer', words: textOf(of, 'words') }) },
  {
    act: 'arrange_run',
    path: 'runs',
    done: 'arranged',
    doing: (of) => ({ act: 'arrange_run', run: textOf(of, 'run'), planned_at: momentOf(of, 'planned_at') }),
  },
  {
    act: 'record_run',
    path: 'run-results',
    done: 'recorded',
    doing: (of) => ({
      act: 'record_run',
      run: textOf(of, 'run'),
      result: textOf(of, 'result') === 'passed' ? 'passed' : 'failed',
      words: textOf(of, 'words'),
    }),
  },
  {
    act: 'check_component',
    path: 'checks',
    done: 'recorded',
    doing: (of) => ({
      act: 'check_component',
      component: textOf(of, 'component'),
      result: textOf(of, 'result') === 'met' ? 'met' : 'failed',
      standing_hash: textOf(of, 'standing_hash'),
      words: textOf(of, 'words'),
    }),
  },
  { act: 'finish_verification', path: 'finish-verification', done: 'handed', doing: () => ({ act: 'finish_verification' }) },
  {
    act: 'approve',
    path: 'approve',
    done: 'approved',
    doing: (of) => ({ act: 'approve', standing_hash: textOf(of, 'standing_hash'), words: textOf(of, 'words') }),
  },
  { act: 'decline', path: 'decline', done: 'declined', doing: (of) => ({ act: 'decline', words: textOf(of, 'words') }) },
  { act: 'recuse', path: 'recuse', done: 'recused', doing: (of) => ({ act: 'recuse', conflict: textOf(of, 'conflict') }) },
  {
    act: 'comment',
    path: 'comments',
    done: 'written',
    doing: (of) => ({ act: 'comment', words: textOf(of, 'words'), mentions: ticked(of, 'mention:') }),
  },
  {
    act: 'announce_downtime',
    path: 'downtimes',
    done: 'announced',
    doing: (of) => ({
      act: 'announce_downtime',
      from: momentAsked(of, 'from'),
      until: momentAsked(of, 'until'),
      words: textOf(of, 'words'),
    }),
  },
  { act: 'attach', path: 'attachments', done: 'brought', doing: broughtIn },
  {
    act: 'verify_attachment',
    path: 'verified-attachments',
    done: 'verified',
    doing: (of) => ({
      act: 'verify_attachment',
      attachment: textOf(of, 'attachment'),
      provenance: textOf(of, 'provenance') === 'witnessed' ? 'witnessed' : 'operator-verified',
    }),
  },
  {
    act: 'withdraw_attachment',
    path: 'withdrawn-attachments',
    done: 'taken-back',
    doing: (of) => ({ act: 'withdraw_attachment', attachment: textOf(of, 'attachment') }),
  },
]

/** What was done, told once after the redirect. */
const DONE: { readonly [done: string]: string | undefined } = {
  applied: 'The app has applied. The operator looks next.',
  withdrawn: 'The application is withdrawn.',
  accepted: 'Triage is done. Each part is looked at now.',
  asked: 'The partner is asked for changes, and has the turn.',
  answered: 'Answered. The operator has the turn.',
  arranged: 'The test run is arranged.',
  recorded: 'Recorded.',
  handed: 'The look at the parts is done.',
  approved: 'Your approval is recorded.',
  declined: 'The application is declined.',
  recused: 'You have stood back from this application.',
  written: 'Written.',
  announced: 'The downtime is announced.',
  brought: 'The evidence is on the thread.',
  verified: 'The evidence is confirmed.',
  'taken-back': 'The evidence is taken back.',
  noted: 'Noted.',
}

/** Pages of applications: what an app can apply for, the thread of each badge, and the reviewers' queue. */
export function registerApplicationPages(app: Routes, house: House, demo: DemoClock = null): void {
  const chrome = (request: FastifyRequest, here: Place) =>
    chromeOf({ marketplace: house.config.marketplace, acting: request.acting, demo, here })
  const on = (request: FastifyRequest) => onApp(house, (request.params as z.infer<typeof AppParams>).app)
  const ports = decidingPorts

  app.get('/applications', { config: { act: 'read-overview', page: true }, schema: { hide: true } }, async (request, reply) => {
    const read = await house.act(request.acting, 'read-overview', {}, async (desk) => ({
      queue: await queueAt(desk),
      cases: await openCases(desk),
      shelf: await readShelf(house, desk),
      now: desk.now,
    }))
    return send(reply, <QueuePage chrome={chrome(request, '/overview')} {...read} />)
  })

  app.get(
    '/apps/:app/applications',
    { config: { act: 'read-app', on, page: true }, schema: { hide: true, params: AppParams } },
    async (request, reply) => {
      const id = request.params.app
      const applicable = await readApplicable(house, request.acting, id)
      const read = await house.act(request.acting, 'read-app', await onApp(house, id), async (desk) => ({
        app: await desk.documents.get<AppDocument>(APPS, id),
        now: desk.now,
      }))
      if (read.app === null) throw new Refused('directory.no_such_app', `There is no app "${id}" here.`, id)
      return send(reply, <ApplicationsPage chrome={chrome(request, null)} app={read.app} applicable={applicable} now={read.now} />)
    },
  )

  const threadPage = async (
    request: FastifyRequest,
    of: ApplicationOf,
    shown: { readonly told?: string | null; readonly refilled?: Refilled | null; readonly before?: number | null },
  ): Promise<ReactElement> => {
    const notes = mayReadNotes(request, await onApp(house, of.app))
    const read = await readThread(house, ports, request.acting, of, shown.before ?? null, notes)
    return <ApplicationPage chrome={chrome(request, null)} read={read} told={shown.told ?? null} refilled={shown.refilled ?? null} />
  }
  const thread = '/apps/:app/applications/:programme/:tier'
  app.get(
    thread,
    {
      config: { act: 'read-app', on, page: true },
      schema: {
        hide: true,
        params: ThreadParams,
        querystring: z.object({ done: z.string().max(40).optional(), before: z.coerce.number().int().gte(1).optional().catch(undefined) }),
      },
    },
    async (request, reply) => {
      const { done = '', before = null } = request.query
      return send(reply, await threadPage(request, request.params, { told: DONE[done] ?? null, before }))
    },
  )

  /** Does what a form asks; a refusal is shown on the page with what was typed, beside the form that it came from. */
  const submit = async (
    request: FastifyRequest,
    reply: FastifyReply,
    path: string,
    done: string,
    work: (of: ApplicationOf, fields: FormFields) => Promise<void>,
  ) => {
    const of = request.params as ApplicationOf
    const fields: FormFields = (request.body as FormFields | null | undefined) ?? {}
    try {
      await work(of, fields)
    } catch (error) {
      if (!isRefused(error) || error.code.startsWith('enrolment.')) throw error
      const values = Object.fromEntries(
        Object.keys(fields)
          .filter((name) => typeof fields[name] === 'string')
          .map((name) => [name, textOf(fields, name)]),
      )
      const where = FIELDS.has(error.where ?? '') ? (error.where ?? '') : ''
      const refilled: Refilled = { form: formOf(path, fields), values, errors: { [where]: error.message } }
      return send(reply.status(400), await threadPage(request, of, { refilled }))
    }
    return reply.redirect(`${threadAddress(of)}?done=${done}`, 303)
  }
  for (const { act, path, done, doing } of FORMS) {
    app.post(
      `${thread}/${path}`,
      { config: { act: PERSONS_ACTS[act], on, page: true }, schema: { hide: true, params: ThreadParams, body: Fields } },
      (request, reply) =>
        submit(request, reply, path, done, async (of, fields) => {
          const seen = /^\d{1,9}$/.test(textOf(fields, 'seen')) ? Number(textOf(fields, 'seen')) : null
          await actOnThread(house, ports, request.acting, of, doing(fields), seen)
        }),
    )
  }
  app.post(
    `${thread}/notes`,
    { config: { act: 'write-note', on, page: true }, schema: { hide: true, params: ThreadParams, body: Fields } },
    (request, reply) =>
      submit(request, reply, 'notes', 'noted', (of, fields) =>
        writeNote(house, request.acting, of, { words: textOf(fields, 'words'), mentions: ticked(fields, 'mention:') }),
      ),
  )
  app.get(
    `${thread}/attachments/:attachment/content`,
    {
      config: { act: 'read-app', on, page: true },
      schema: { hide: true, params: ThreadParams.extend({ attachment: z.string().max(100) }) },
    },
    async (request, reply) => {
      const { attachment, ...of } = request.params
      return sendFile(reply, await readFile(house, ports, request.acting, of, attachment))
    },
  )
}

/** Fields beside which a refusal can stand; all others are told above the page. */
const FIELDS: ReadonlySet<string> = new Set(['words', 'file', 'valid_until', 'from', 'until'])

/** Of several forms with one address, the one that was sent. */
const formOf = (path: string, fields: FormFields): string => {
  const which = path === 'checks' ? textOf(fields, 'component') : path === 'run-results' ? textOf(fields, 'run') : ''
  return which === '' ? path : `${path}-${which}`
}

const ticked = (fields: FormFields, prefix: string): readonly string[] =>
  Object.keys(fields).flatMap((name) => (name.startsWith(prefix) && textOf(fields, name) === 'yes' ? [name.slice(prefix.length)] : []))

/** A moment as a browser's field writes it, which is without a zone; the page says that it is UTC. Null when it is empty. */
function momentOf(fields: FormFields, name: string): Instant | null {
  const text = textOf(fields, name)
  return text === '' ? null : parseInstant(/T\d\d:\d\d(:\d\d)?$/.test(text) ? `${text}Z` : text, name)
}

function momentAsked(fields: FormFields, name: string): Instant {
  const moment = momentOf(fields, name)
  if (moment === null) throw new Refused('applications.no_moment', 'Say when.', name)
  return moment
}

function broughtIn(fields: FormFields): Doing {
  const file = Object.hasOwn(fields, 'file') ? fields['file'] : undefined
  if (!(file instanceof Uint8Array) || file.byteLength === 0) throw new Refused('applications.no_file', 'Choose a file.', 'file')
  const [requirement, attachment] = [textOf(fields, 'requirement'), textOf(fields, 'attachment')]
  return {
    act: 'attach',
    file: {
      name: nameOf(fields, 'file'),
      bytes: file,
      requirement: requirement === '' ? null : requirement,
      valid_until: momentOf(fields, 'valid_until'),
      whole_partner: textOf(fields, 'whole_partner') === 'yes',
      attachment: attachment === '' ? null : attachment,
    },
  }
}

/** Working pages are for one person and this moment. */
const send = (reply: FastifyReply, element: ReactElement): FastifyReply =>
  reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(page(element))
