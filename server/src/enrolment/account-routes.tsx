import { z } from 'zod'
import type { House } from '../house.ts'
import { Refused } from '../kernel/refused.ts'
import type { Routes } from '../platform/http/app.ts'
import { textOf } from '../platform/http/forms.ts'
import { SCOPES } from './acts.ts'
import { changeOwnMail, changeOwnName, issueOwnToken, readAccount, revokeOwnToken } from './enrolling.ts'
import { Fields, fieldsOf, pageOf } from './link-routes.tsx'
import { AccountPage } from './pages/account.tsx'
import type { Frame } from './pages/frame.ts'
import { scopesFor } from './token.ts'

/** What just happened, by the word in the address; the address carries no sentence, so nobody can put one there. */
const TOLD = {
  name: 'Your name is saved.',
  mail: 'A link is on its way to the new address. It is used once you have opened that link.',
  token: 'The token is ended.',
} as const

/** One's own page. */
export function registerAccountRoutes(app: Routes, house: House, frame: Frame): void {
  async function account(
    acting: Parameters<typeof readAccount>[1],
    told: keyof typeof TOLD | null,
    issued: { name: string; secret: string } | null,
  ) {
    const read = await readAccount(house, acting)
    const scopes = Object.fromEntries(read.memberships.map((membership) => [membership.organisation, scopesFor(membership)]))
    const by_mail = house.config.smtp_url !== undefined
    const body = (
      <AccountPage
        account={read}
        scopes={scopes}
        by_mail={by_mail}
        now={house.clock.now()}
        issued={issued}
        told={told === null ? null : TOLD[told]}
      />
    )
    return frame({ title: 'Your account', acting, here: '/account', body })
  }

  app.get(
    '/account',
    {
      config: { act: 'use-own-account', page: true },
      schema: { hide: true, querystring: z.object({ done: z.enum(['name', 'mail', 'token']).optional() }) },
    },
    async (request, reply) => pageOf(reply).send(await account(request.acting, request.query.done ?? null, null)),
  )

  app.post(
    '/account/name',
    { config: { act: 'use-own-account', page: true }, schema: { hide: true, body: Fields } },
    async (request, reply) => {
      await changeOwnName(house, request.acting, textOf(fieldsOf(request.body), 'name'))
      return reply.redirect('/account?done=name', 303)
    },
  )

  app.post(
    '/account/mail',
    {
      config: { act: 'use-own-account', page: true, rateLimit: { max: 10, timeWindow: '1 minute' } },
      schema: { hide: true, body: Fields },
    },
    async (request, reply) => {
      await changeOwnMail(house, request.acting, textOf(fieldsOf(request.body), 'mail'))
      return reply.redirect('/account?done=mail', 303)
    },
  )

  app.post(
    '/account/tokens',
    { config: { act: 'use-own-account', page: true }, schema: { hide: true, body: Fields } },
    async (request, reply) => {
      const fields = fieldsOf(request.body)
      const name = textOf(fields, 'name')
      const lasts_days = Number(textOf(fields, 'lasts_days'))
      if (!Number.isInteger(lasts_days)) throw new Refused('enrolment.token_days', 'Say in how many days the token ends.', 'lasts_days')
      const { secret } = await issueOwnToken(house, request.acting, {
        organisation: textOf(fields, 'organisation'),
        name,
        scopes: SCOPES.filter((scope) => textOf(fields, `scope:${scope}`) === 'yes'),
        lasts_days,
      })
      return pageOf(reply).send(await account(request.acting, null, { name, secret }))
    },
  )

  app.post(
    '/account/tokens/:token/revoke',
    {
      config: { act: 'use-own-account', page: true },
      schema: { hide: true, params: z.strictObject({ token: z.string().min(1).max(100) }), body: Fields },
    },
    async (request, reply) => {
      await revokeOwnToken(house, request.acting, request.params.token)
      return reply.redirect('/account?done=token', 303)
    },
  )
}
