import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { House } from '../house.ts'
import type { Routes } from '../platform/http/app.ts'
import { textOf, type FormFields } from '../platform/http/forms.ts'
import { askForSignIn, openLink, redeemLink, signedIn, signOut } from './enrolling.ts'
import type { Frame } from './pages/frame.ts'
import { LinkPage, titleOf } from './pages/link.tsx'
import { LinkAskedPage, SignInPage } from './pages/sign-in.tsx'
import { secretIn, sessionCookie } from './session.ts'

const SecretParams = z.strictObject({ secret: z.string().min(1).max(200) })
/** A form as the parsers give it. */
export const Fields = z.record(z.string(), z.union([z.string(), z.instanceof(Uint8Array)])).nullish()
export const fieldsOf = (body: z.infer<typeof Fields>): FormFields => body ?? {}

/** Links that let somebody in, signing in by mail, and signing out. */
export function registerLinkRoutes(app: Routes, house: House, frame: Frame): void {
  app.get(
    '/links/:secret',
    { config: { act: 'redeem-link', page: true }, schema: { hide: true, params: SecretParams } },
    async (request, reply) => {
      const { acting } = request
      const { secret } = request.params
      const prospect = await openLink(house, acting, secret)
      const body = <LinkPage prospect={prospect} action={`/links/${encodeURIComponent(secret)}`} />
      if (prospect === null) reply.status(404)
      return aboutSecrets(reply, house).send(frame({ title: titleOf(prospect), acting, here: null, body }))
    },
  )

  app.post(
    '/links/:secret',
    { config: { act: 'redeem-link', page: true }, schema: { hide: true, params: SecretParams, body: Fields } },
    async (request, reply) => {
      const name = textOf(fieldsOf(request.body), 'name')
      const { session_secret } = await redeemLink(house, request.acting, request.params.secret, {
        name: name === '' ? null : name,
        session_secret: secretIn(request.headers.cookie, house.public_url()),
        address: request.ip,
      })
      return aboutSecrets(reply, house).header('set-cookie', sessionCookie(house.public_url(), session_secret)).redirect('/account', 303)
    },
  )

  app.get(
    '/sign-in',
    {
      config: { act: 'read-public-pages', page: true },
      schema: { hide: true, querystring: z.object({ next: z.string().max(2_000).optional() }) },
    },
    async (request, reply) => {
      const { acting } = request
      const body = <SignInPage by_mail={house.config.smtp_url !== undefined} next={ownPath(request.query.next)} />
      return pageOf(reply).send(frame({ title: 'Sign in', acting, here: null, body }))
    },
  )

  app.post(
    '/sign-in',
    {
      // Guessing addresses and filling somebody's mailbox are both slow from one place.
      config: { act: 'read-public-pages', page: true, rateLimit: { max: 10, timeWindow: '1 minute' } },
      schema: { hide: true, body: Fields },
    },
    async (request, reply) => {
      await askForSignIn(house, textOf(fieldsOf(request.body), 'mail'))
      const { acting } = request
      return pageOf(reply).send(frame({ title: 'Look into your mail', acting, here: null, body: <LinkAskedPage /> }))
    },
  )

  app.post(
    '/sign-out',
    { config: { act: 'use-own-account', page: true }, schema: { hide: true, body: Fields } },
    async (request, reply) => {
      const everywhere = textOf(fieldsOf(request.body), 'everywhere') === 'yes'
      await signOut(house, signedIn(request.acting), secretIn(request.headers.cookie, house.public_url()), everywhere)
      return reply
        .header('cache-control', 'no-store')
        .header('clear-site-data', '"cache"')
        .header('set-cookie', sessionCookie(house.public_url(), null))
        .redirect('/', 303)
    },
  )
}

/** A page that is nobody else's to keep. */
export const pageOf = (reply: FastifyReply): FastifyReply => reply.header('cache-control', 'no-store').type('text/html; charset=utf-8')

/**
 * A page whose very address is a secret: kept nowhere and told to no other page. Over plain http browsers send neither
 * `Sec-Fetch-Site` nor, under `no-referrer`, an `Origin` that could be checked; there only the host is told.
 */
const aboutSecrets = (reply: FastifyReply, house: House): FastifyReply =>
  pageOf(reply)
    .header('referrer-policy', house.public_url().startsWith('https:') ? 'no-referrer' : 'strict-origin')
    .header('x-robots-tag', 'noindex')

/** A path of our own to go back to, or null: `//host` and `/\host` lead elsewhere. */
export const ownPath = (next: string | undefined): string | null =>
  next !== undefined && /^\/(?![/\\])[\x21-\x7e]*$/.test(next) && !next.includes('\\') ? next : null
