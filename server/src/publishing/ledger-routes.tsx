import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ReactElement } from 'react'
import { z } from 'zod'
import { contestEntry, declineEntry, policyOf, proposeEntry, reverseEntry, signEntry } from '../attribution/deciding.ts'
import { LEDGERS, type LedgerDocument } from '../attribution/ledger-view.ts'
import { APPS, type AppDocument } from '../directory/apps-view.ts'
import { onApp } from '../directory/registering.ts'
import { refusalOf } from '../enrolment/authorise.ts'
import type { House } from '../house.ts'
import { isRefused, Refused } from '../kernel/refused.ts'
import { parseInstant, type Instant } from '../kernel/time.ts'
import { readEvidences } from '../platform/evidence.ts'
import type { Routes } from '../platform/http/app.ts'
import { textOf, type FormFields } from '../platform/http/forms.ts'
import { countSeen } from '../reliability/exclusions.ts'
import { minuteOf } from '../reliability/window.ts'
import { chromeOf } from './pages/chrome.ts'
import type { Errors, Typed } from './pages/form.tsx'
import { LedgerPage, type LedgerRead } from './pages/ledger.tsx'
import { PUBLIC_APPS, type PublicApp } from './public-app.ts'
import { PublicEntry, publicLedgerOf } from './public-ledger.ts'
import { asStranger, sendPage } from './showing.ts'

type DemoClock = { readonly now: () => string } | null

const Id = z.string().min(1).max(100)
const AppParams = z.strictObject({ app: Id })
const EntryParams = z.strictObject({ app: Id, entry: z.string().min(1).max(60) })
const Fields = z.record(z.string().max(400), z.union([z.string(), z.instanceof(Uint8Array)])).nullish()
const Done = z.object({ done: z.string().max(40).optional() })
const PUBLIC = { act: 'read-public-pages' } as const

const DONE: { readonly [done: string]: string } = {
  proposed: 'Proposed. Somebody of the operator who has no part in it has to agree.',
  sign: 'Agreed. The figures follow at once.',
  decline: 'Declined. Its author reads why.',
  contest: 'Somebody who has not looked at it yet looks at it now.',
}

const Seen = z.strictObject({ good: z.int(), bad: z.int(), unknown: z.int() })
const PublicLedger = z
  .strictObject({ app: z.string(), entries: z.array(PublicEntry.extend({ seen: Seen.nullable() })) })
  .meta({ id: 'PublicLedger' })

/** The fairness ledger: for everybody what two people agreed on, for the partner and the operator all of it. */
export function registerLedgerPages(app: Routes, house: House, demo: DemoClock = null): void {
  const on = (request: FastifyRequest) => onApp(house, (request.params as { readonly app: string }).app)
  const chrome = (request: FastifyRequest) => chromeOf({ marketplace: house.config.marketplace, acting: request.acting, demo, here: null })

  const ledgerPage = async (
    request: FastifyRequest,
    given: { readonly told?: string | null; readonly errors?: Errors; readonly typed?: Typed },
  ): Promise<ReactElement> => {
    const { app: id } = request.params as { readonly app: string }
    const whose = await on(request)
    const insider = refusalOf(request.acting, 'read-app', whose) === null
    const read = await ledgerRead(house, id, insider)
    const may = {
      write: refusalOf(request.acting, 'write-ledger', whose) === null,
      sign: refusalOf(request.acting, 'sign-entry', whose) === null,
    }
    const { told = null, errors = {}, typed = {} } = given
    return <LedgerPage chrome={chrome(request)} read={read} may={may} told={told} errors={errors} typed={typed} />
  }

  app.get(
    '/apps/:app/ledger',
    { config: { ...PUBLIC, page: true }, schema: { hide: true, params: AppParams, querystring: Done } },
    async (request, reply) => sendPage(request, reply, await ledgerPage(request, { told: DONE[request.query.done ?? ''] ?? null })),
  )

  app.get(
    '/api/v1/apps/:app/ledger',
    {
      config: PUBLIC,
      schema: {
        summary: 'What was taken out of an app’s figures, and what was seen in those minutes',
        tags: ['ledger'],
        params: AppParams,
        response: { 200: PublicLedger },
      },
    },
    async (request, reply) => {
      await on(request)
      const { entries, seen } = await ledgerRead(house, request.params.app, false)
      reply.header('access-control-allow-origin', '*').header('cache-control', 'no-cache')
      return {
        app: request.params.app,
        entries: entries.map((entry) => PublicLedger.shape.entries.element.parse({ ...entry, seen: seen[entry.entry] ?? null })),
      }
    },
  )

  app.post(
    '/apps/:app/ledger',
    { config: { act: 'write-ledger', on, page: true }, schema: { hide: true, params: AppParams, body: Fields } },
    async (request, reply) => {
      const { app: id } = request.params
      const fields = request.body ?? {}
      const value = (name: string): string => textOf(fields, name).trim()
      return acted(
        request,
        reply,
        id,
        'proposed',
        typedIn(fields),
        (where) => where,
        async () => {
          await proposeEntry(house, request.acting, id, {
            cause: value('cause'),
            endpoint: value('endpoint') === '' ? null : value('endpoint'),
            from: parseInstant(value('from'), 'from'),
            to: parseInstant(value('to'), 'to'),
            rule: value('rule') === '' ? null : value('rule'),
            zone: value('zone') === '' ? 'UTC' : value('zone'),
            words: textOf(fields, 'words'),
          })
        },
      )
    },
  )

  app.post(
    '/apps/:app/ledger/reverse',
    { config: { act: 'write-ledger', on, page: true }, schema: { hide: true, params: AppParams, body: Fields } },
    async (request, reply) => {
      const { app: id } = request.params
      const fields = request.body ?? {}
      const field = (where: string): string => (where === 'words' ? 'reverse-words' : where)
      return acted(request, reply, id, 'proposed', {}, field, async () => {
        await reverseEntry(house, request.acting, id, textOf(fields, 'reverses'), textOf(fields, 'words'))
      })
    },
  )

  app.post(
    '/apps/:app/ledger/:entry',
    // Each act has a rule of its own, which is asked for below.
    { config: { act: 'read-app', on, page: true }, schema: { hide: true, params: EntryParams, body: Fields } },
    async (request, reply) => {
      const { app: id, entry } = request.params
      const fields = request.body ?? {}
      const words = textOf(fields, 'words')
      const act = textOf(fields, 'do')
      const field = (where: string): string => (where === 'words' ? `words-${entry}` : '')
      return acted(request, reply, id, act, { [`words-${entry}`]: words }, field, () => {
        if (act === 'sign') return signEntry(house, request.acting, id, entry)
        if (act === 'decline') return declineEntry(house, request.acting, id, entry, words)
        if (act === 'contest') return contestEntry(house, request.acting, id, entry, words)
        throw new Refused('http.bad_request', 'Choose what to do with the entry.', 'do')
      })
    },
  )

  /** Does it, and shows the page again: with what came of it, or with what is wrong and what was typed. */
  async function acted(
    request: FastifyRequest,
    reply: FastifyReply,
    app_id: string,
    done: string,
    typed: Typed,
    field: (where: string) => string,
    work: () => Promise<void>,
  ): Promise<FastifyReply> {
    try {
      await work()
    } catch (error) {
      if (!isRefused(error) || error.code.startsWith('enrolment.')) throw error
      const known = field(error.where ?? '')
      const name = known in FORM || known.includes('words') ? known : ''
      return sendPage(request, reply.status(400), await ledgerPage(request, { errors: { [name]: error.message }, typed }))
    }
    return reply.redirect(`/apps/${encodeURIComponent(app_id)}/ledger?done=${encodeURIComponent(done)}`, 303)
  }
}

const FORM = { cause: '', endpoint: '', from: '', to: '', rule: '', zone: '', words: '', reverses: '' } as const

const typedIn = (fields: FormFields): Typed => Object.fromEntries(Object.keys(FORM).map((name) => [name, textOf(fields, name)]))

/**
 * What is shown of an app's ledger. Read by the machine and passed on by the public type, since minutes are walled: strangers
 * get sums of entries that two people agreed on, of apps whose figures are public.
 */
async function ledgerRead(house: House, id: string, insider: boolean): Promise<LedgerRead> {
  const shown = insider ? null : await asStranger(house, (desk) => desk.documents.get<PublicApp>(PUBLIC_APPS, id))
  if (!insider && (shown === null || shown.badges.length === 0)) {
    throw new Refused('http.not_found', 'The figures of this app are not public, and so is what was taken out of them.', id)
  }
  return house.database.within({ marketplace: house.marketplace, party: { kind: 'machine' } }, async (unit) => {
    const app = await unit.documents.get<AppDocument>(APPS, id)
    if (app === null) throw new Refused('directory.no_such_app', `There is no app "${id}" here.`, id)
    const document = await unit.documents.get<LedgerDocument>(LEDGERS, id)
    const all = Object.values(document?.entries ?? {})
    const entries = document === null ? [] : publicLedgerOf(document).entries
    const seen: { [entry: string]: Awaited<ReturnType<typeof countSeen>> | undefined } = {}
    for (const { entry, endpoint, occurrences } of all) {
      const over = occurrences.filter(({ from }) => from < unit.now)
      const spans = over.map(({ from, to }) => ({ from: minuteOf(from), to: minuteOf(to) }))
      seen[entry] = spans.length === 0 ? undefined : await countSeen(unit, id, endpoint ?? '', spans)
    }
    const words = insider
      ? await readEvidences(
          unit,
          all.flatMap(({ evidence }) => evidence),
        )
      : new Map<string, never>()
    const wordsOf = (names: readonly string[]): readonly string[] =>
      names.flatMap((name) => {
        const body: unknown = words.get(name)?.body
        return typeof body === 'string' ? [body] : []
      })
    return {
      app: { app: id, name: app.name, endpoints: app.base_urls },
      policy: policyOrNull(house, unit.now),
      entries,
      seen,
      own: insider
        ? all.toSorted((a, b) => (a.proposed_at > b.proposed_at ? -1 : 1)).map((entry) => ({ entry, words: wordsOf(entry.evidence) }))
        : null,
    }
  })
}

function policyOrNull(house: House, now: Instant): LedgerRead['policy'] {
  try {
    return policyOf(house, now)
  } catch (error) {
    if (!isRefused(error)) throw error
    return null
  }
}
