import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { House } from '../house.ts'
import { Refused } from '../kernel/refused.ts'
import type { Routes } from '../platform/http/app.ts'
import { textOf } from '../platform/http/forms.ts'
import { refusalOf, type Acting } from './authorise.ts'
import {
  addOrganisation,
  changeRole,
  invitePerson,
  readOrganisation,
  readOrganisations,
  removePerson,
  takeBackInvitation,
} from './enrolling.ts'
import { Fields, fieldsOf, pageOf } from './link-routes.tsx'
import type { Frame } from './pages/frame.ts'
import { OrganisationPage, OrganisationsPage } from './pages/organisation.tsx'

const Id = z.string().min(1).max(100)
const Params = z.strictObject({ organisation: Id })
const KINDS = z.enum(['partner', 'buyer', 'researcher', 'auditor'])

/** Organisations and who belongs to them. */
export function registerOrganisationRoutes(app: Routes, house: House, frame: Frame): void {
  const on = async (request: FastifyRequest) => ({ organisation: (request.params as z.infer<typeof Params>).organisation })
  const pathOf = (organisation: string): string => `/organisations/${encodeURIComponent(organisation)}`

  async function organisationPage(
    acting: Acting,
    id: string,
    invited: { link: string | null; mail: string | null } | null,
  ): Promise<string> {
    const organisation = await readOrganisation(house, acting, id)
    const body = (
      <OrganisationPage
        organisation={organisation}
        may_invite={refusalOf(acting, 'invite-person', { organisation: id }) === null}
        may_change={refusalOf(acting, 'change-role', { organisation: id }) === null}
        may_remove={refusalOf(acting, 'remove-person', { organisation: id }) === null}
        by_mail={house.config.smtp_url !== undefined}
        invited={invited}
      />
    )
    return frame({ title: organisation.name, acting, here: '/account', body })
  }

  app.get('/organisations', { config: { act: 'use-own-account', page: true }, schema: { hide: true } }, async (request, reply) => {
    const { acting } = request
    const organisations = await readOrganisations(house, acting)
    const body = <OrganisationsPage organisations={organisations} may_add={refusalOf(acting, 'create-organisation') === null} />
    return pageOf(reply).send(frame({ title: 'Organisations', acting, here: '/account', body }))
  })

  app.post(
    '/organisations',
    { config: { act: 'create-organisation', page: true }, schema: { hide: true, body: Fields } },
    async (request, reply) => {
      const fields = fieldsOf(request.body)
      const kind = KINDS.safeParse(textOf(fields, 'kind'))
      if (!kind.success) throw new Refused('enrolment.bad_kind', `Choose what the organisation is: ${KINDS.options.join(', ')}.`, 'kind')
      const { organisation } = await addOrganisation(house, request.acting, { kind: kind.data, name: textOf(fields, 'name') })
      return reply.redirect(pathOf(organisation), 303)
    },
  )

  app.get(
    '/organisations/:organisation',
    { config: { act: 'read-organisation', on, page: true }, schema: { hide: true, params: Params } },
    async (request, reply) => pageOf(reply).send(await organisationPage(request.acting, request.params.organisation, null)),
  )

  app.post(
    '/organisations/:organisation/invitations',
    { config: { act: 'invite-person', on, page: true }, schema: { hide: true, params: Params, body: Fields } },
    async (request, reply) => {
      const { organisation } = request.params
      const fields = fieldsOf(request.body)
      const mail = textOf(fields, 'mail') === '' ? null : textOf(fields, 'mail')
      const { link } = await invitePerson(house, request.acting, { organisation, role: textOf(fields, 'role'), mail })
      return pageOf(reply).send(await organisationPage(request.acting, organisation, { link, mail }))
    },
  )

  app.post(
    '/organisations/:organisation/invitations/:invitation/withdraw',
    { config: { act: 'invite-person', on, page: true }, schema: { hide: true, params: Params.extend({ invitation: Id }), body: Fields } },
    async (request, reply) => {
      const { organisation, invitation } = request.params
      await takeBackInvitation(house, request.acting, organisation, invitation)
      return reply.redirect(pathOf(organisation), 303)
    },
  )

  app.post(
    '/organisations/:organisation/persons/:person/role',
    { config: { act: 'change-role', on, page: true }, schema: { hide: true, params: Params.extend({ person: Id }), body: Fields } },
    async (request, reply) => {
      const { organisation, person } = request.params
      await changeRole(house, request.acting, organisation, person, textOf(fieldsOf(request.body), 'role'))
      return reply.redirect(pathOf(organisation), 303)
    },
  )

  app.post(
    '/organisations/:organisation/persons/:person/remove',
    { config: { act: 'remove-person', on, page: true }, schema: { hide: true, params: Params.extend({ person: Id }), body: Fields } },
    async (request, reply) => {
      const { organisation, person } = request.params
      await removePerson(house, request.acting, organisation, person)
      // Somebody who removed themselves may not look any more.
      const left = request.acting.kind === 'person' && request.acting.person === person
      return reply.redirect(left ? '/account' : pathOf(organisation), 303)
    },
  )
}
