import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { beginSuccession } from '../directory/adopting.ts'
import { onApp } from '../directory/registering.ts'
import { refusalOf } from '../enrolment/authorise.ts'
import type { House } from '../house.ts'
import { isRefused, Refused } from '../kernel/refused.ts'
import type { Routes } from '../platform/http/app.ts'
import { textOf } from '../platform/http/forms.ts'
import { decideCrossing, readHolders, readSuccession } from '../successions/moving.ts'
import { programmeAddress } from './pages/addresses.ts'
import { chromeOf } from './pages/chrome.ts'
import type { Errors, Typed } from './pages/form.tsx'
import { page } from './pages/render.ts'
import { successionAddress, SuccessionPage } from './pages/succession.tsx'
import { asStranger, readShelf, sendPage } from './showing.ts'

const Programme = z.strictObject({ programme: z.string().max(100) })
const Holder = Programme.extend({ tier: z.string().max(100), app: z.string().max(100) })
const Fields = z.record(z.string(), z.union([z.string(), z.instanceof(Uint8Array)])).nullish()

const DONE: { readonly [done: string]: string | undefined } = {
  begun: 'The end is set. Holders are told.',
  agreed: 'Your agreement is recorded. Another reviewer has to agree.',
  granted: 'The app goes over: the successor’s badge is granted.',
  declined: 'The decision is recorded, and the partner is told.',
}

/** Pages of a programme that ends: its rules for everybody, its holders for the operator. */
export function registerSuccessionPages(app: Routes, house: House, demo: { readonly now: () => string } | null = null): void {
  const show = async (
    request: FastifyRequest,
    programme: string,
    of: { readonly values?: Typed; readonly errors?: Errors; readonly told?: string | null },
  ) => {
    const read = await asStranger(house, async (desk) => ({
      succession: await readSuccession(house, desk, programme),
      shelf: await readShelf(house, desk),
    }))
    const { succession, shelf } = read
    if (succession === null) throw new Refused('http.not_found', `No end is set for a programme "${programme}" here.`, programme)
    const holders =
      refusalOf(request.acting, 'read-overview') === null
        ? await house.act(request.acting, 'read-overview', {}, (desk) => readHolders(house, desk, succession))
        : null
    return (
      <SuccessionPage
        chrome={chromeOf({ marketplace: house.config.marketplace, acting: request.acting, demo, here: '/programmes' })}
        read={succession}
        shelf={shelf}
        holders={holders}
        refused={refusalOf(request.acting, 'grant-badge')?.message ?? null}
        values={of.values ?? {}}
        errors={of.errors ?? {}}
        told={of.told ?? null}
      />
    )
  }

  app.get(
    '/programmes/:programme/succession',
    {
      config: { act: 'read-public-pages', page: true, answers: 'text/html' },
      schema: {
        summary: 'How holders of a programme that ends go over, as a page',
        tags: ['programmes'],
        params: Programme,
        querystring: z.object({ done: z.string().max(40).optional() }),
      },
    },
    async (request, reply) =>
      sendPage(request, reply, await show(request, request.params.programme, { told: DONE[request.query.done ?? ''] ?? null })),
  )

  app.post(
    '/programmes/:programme/succession/begin',
    { config: { act: 'close-programme', page: true }, schema: { hide: true, params: Programme, body: Fields } },
    async (request, reply) => {
      const { programme } = request.params
      const fields = request.body ?? {}
      // What cannot be taken back is named, not only pressed.
      if (textOf(fields, 'confirm') !== programme) {
        throw new Refused('directory.not_confirmed', `Write the programme’s id, ${programme}, to confirm that it ends.`, 'confirm')
      }
      await beginSuccession(house, request.acting, programme, textOf(fields, 'successor'))
      return reply.redirect(`${successionAddress(programme)}?done=begun`, 303)
    },
  )

  app.post(
    '/programmes/:programme/succession/:tier/:app',
    {
      config: { act: 'grant-badge', page: true, on: (request) => onApp(house, (request.params as { readonly app: string }).app) },
      schema: { hide: true, params: Holder, body: Fields },
    },
    async (request, reply) => {
      const { programme, tier, app: id } = request.params
      const fields = request.body ?? {}
      const words = textOf(fields, 'words')
      const hash = textOf(fields, 'standing_hash')
      const outcome = textOf(fields, 'outcome') === 'moves' ? 'moves' : 'does_not_move'
      try {
        const { granted } = await decideCrossing(
          house,
          request.acting,
          { app: id, programme, tier },
          { outcome, words, standing_hash: hash === '' ? null : hash },
        )
        const done = granted ? 'granted' : outcome === 'moves' ? 'agreed' : 'declined'
        return await reply.redirect(`${programmeAddress(programme)}/succession?done=${done}`, 303)
      } catch (error) {
        if (!isRefused(error) || error.code.startsWith('enrolment.')) throw error
        const key = `${tier}-${id}`
        const shown = await show(request, programme, { values: { [key]: words }, errors: { [key]: error.message } })
        return reply.status(400).header('cache-control', 'no-store').type('text/html; charset=utf-8').send(page(shown))
      }
    },
  )
}
