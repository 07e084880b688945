import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { House } from '../house.ts'
import type { Routes } from '../platform/http/app.ts'
import { SCOPES } from './acts.ts'
import type { Credential } from './credential.ts'
import {
  addOrganisation,
  changeRole,
  erase,
  invitePerson,
  issueOwnToken,
  onInvitation,
  readAccount,
  readOrganisation,
  readOrganisations,
  readSignIns,
  removePerson,
  revokeOwnToken,
  takeBackInvitation,
} from './enrolling.ts'
import { TOKEN_LASTS_DAYS_MAX } from './token.ts'

const Id = z.string().min(1).max(100)
const KindOfOrganisation = z.enum(['operator', 'partner', 'buyer', 'researcher', 'auditor'])
const RoleName = z.enum(['operator-admin', 'operator-reviewer', 'operator-viewer', 'partner-admin', 'partner-member', 'auditor'])
const ScopeName = z.enum(SCOPES)
const Organisation = z.strictObject({ organisation: z.string(), kind: KindOfOrganisation, name: z.string() }).meta({ id: 'Organisation' })
const Member = z
  .strictObject({
    person: z.string(),
    name: z.string(),
    mail: z.string().nullable(),
    role: RoleName,
    signed_in_at: z.string().nullable().meta({ description: 'The newest sign-in, for those who may read the log.' }),
  })
  .meta({ id: 'Member' })
const SignIns = z
  .strictObject({
    sign_ins: z.array(
      z.strictObject({
        at: z.string(),
        method: z.enum(['admin_link', 'sign_in_link', 'mail_link', 'invitation']),
        seen_before: z.boolean().nullable().meta({ description: 'Whether an earlier one came from the same network.' }),
      }),
    ),
  })
  .meta({ id: 'SignIns' })
const Invitation = z
  .strictObject({ invitation: z.string(), role: z.string(), mail: z.string().nullable(), expires_at: z.string() })
  .meta({ id: 'Invitation' })
const Invited = z
  .strictObject({
    invitation: z.string(),
    role: RoleName,
    expires_at: z.string(),
    link: z.string().nullable().meta({ description: 'Shown this once, and only where no mail address was given.' }),
  })
  .meta({ id: 'Invited' })
const OrganisationDetails = Organisation.extend({ members: z.array(Member), invitations: z.array(Invitation) }).meta({
  id: 'OrganisationDetails',
})
const Token = z
  .strictObject({
    token: z.string(),
    name: z.string(),
    organisation: z.string(),
    scopes: z.array(z.string()),
    created_at: z.string(),
    expires_at: z.string(),
    last_used_at: z.string().nullable(),
  })
  .meta({ id: 'Token' })
const NewToken = z
  .strictObject({ token: z.string(), secret: z.string().meta({ description: 'Shown this once.' }), expires_at: z.string() })
  .meta({ id: 'NewToken' })
const Account = z
  .strictObject({
    person: z.string(),
    name: z.string(),
    mail: z.string().nullable(),
    memberships: z.array(Organisation.extend({ role: RoleName })),
  })
  .meta({ id: 'Account' })
const Done = z.strictObject({ done: z.literal(true) }).meta({ id: 'Done' })
const done = { done: true } as const

/** Organisations, people, invitations and tokens, for programs and for pages alike. */
export function registerEnrolmentApi(app: Routes, house: House): void {
  const onPath = async (request: FastifyRequest) => ({ organisation: (request.params as { readonly organisation: string }).organisation })
  // The body has its shape by now: validation runs before the authorisation.
  const onBody = async (request: FastifyRequest) => ({ organisation: (request.body as { readonly organisation: string }).organisation })
  const onQuery = async (request: FastifyRequest) => ({ organisation: (request.query as { readonly organisation: string }).organisation })
  const tags = ['people']

  app.get(
    '/api/v1/organisations',
    {
      config: { act: 'use-own-account' },
      schema: { summary: 'Organisations that you may see', tags, response: { 200: z.array(Organisation) } },
    },
    async (request) => [...(await readOrganisations(house, request.acting))],
  )

  app.post(
    '/api/v1/organisations',
    {
      config: { act: 'create-organisation' },
      schema: {
        summary: 'Add an organisation',
        tags,
        body: z.strictObject({ kind: KindOfOrganisation.exclude(['operator']), name: z.string().min(1).max(400) }),
        response: { 201: Organisation },
      },
    },
    async (request, reply) => {
      const made = await addOrganisation(house, request.acting, request.body)
      return reply.status(201).header('location', `/api/v1/organisations/${made.organisation}`).send(made)
    },
  )

  app.get(
    '/api/v1/organisations/:organisation',
    {
      config: { act: 'read-organisation', on: onPath },
      schema: {
        summary: 'An organisation and who belongs to it',
        tags,
        params: z.strictObject({ organisation: Id }),
        response: { 200: OrganisationDetails },
      },
    },
    async (request) => {
      const { members, invitations, ...found } = await readOrganisation(house, request.acting, request.params.organisation)
      return { ...found, members: [...members], invitations: invitations.map(invitationTold) }
    },
  )

  app.delete(
    '/api/v1/organisations/:organisation/persons/:person',
    {
      config: { act: 'remove-person', on: onPath },
      schema: {
        summary: 'End a membership, with the tokens issued in it',
        tags,
        params: z.strictObject({ organisation: Id, person: Id }),
        response: { 200: Done },
      },
    },
    async (request) => {
      await removePerson(house, request.acting, request.params.organisation, request.params.person)
      return done
    },
  )

  app.put(
    '/api/v1/organisations/:organisation/persons/:person/role',
    {
      config: { act: 'change-role', on: onPath },
      schema: {
        summary: 'Give a member another role',
        tags,
        params: z.strictObject({ organisation: Id, person: Id }),
        body: z.strictObject({ role: z.string().max(100) }),
        response: { 200: z.strictObject({ role: RoleName }) },
      },
    },
    async (request) => {
      const { organisation, person } = request.params
      return { role: await changeRole(house, request.acting, organisation, person, request.body.role) }
    },
  )

  app.get(
    '/api/v1/persons/:person/sign-ins',
    {
      config: { act: 'read-log' },
      schema: { summary: 'When and how somebody signed in', tags, params: z.strictObject({ person: Id }), response: { 200: SignIns } },
    },
    async (request) => ({ sign_ins: [...(await readSignIns(house, request.acting, request.params.person))] }),
  )

  app.get(
    '/api/v1/persons/me',
    { config: { act: 'use-own-account' }, schema: { summary: 'Who you are here', tags, response: { 200: Account } } },
    async (request) => {
      const { person, memberships } = await readAccount(house, request.acting)
      return { ...person, memberships: [...memberships] }
    },
  )

  app.delete(
    '/api/v1/persons/:person',
    {
      config: { act: 'erase-person' },
      schema: {
        summary: 'Erase what is known of a person; their id stays in the log',
        tags,
        params: z.strictObject({ person: Id }),
        response: { 200: Done },
      },
    },
    async (request) => {
      await erase(house, request.acting, request.params.person)
      return done
    },
  )

  app.get(
    '/api/v1/invitations',
    {
      config: { act: 'invite-person', on: onQuery },
      schema: {
        summary: 'Open invitations',
        tags,
        querystring: z.strictObject({ organisation: Id }),
        response: { 200: z.array(Invitation) },
      },
    },
    async (request) => {
      const { invitations } = await readOrganisation(house, request.acting, request.query.organisation)
      return invitations.map(invitationTold)
    },
  )

  app.post(
    '/api/v1/invitations',
    {
      config: { act: 'invite-person', on: onBody },
      schema: {
        summary: 'Invite somebody into an organisation',
        tags,
        body: z.strictObject({ organisation: Id, role: z.string().min(1).max(50), mail: z.string().max(300).nullish() }),
        response: { 201: Invited },
      },
    },
    async (request, reply) => {
      const { organisation, role, mail } = request.body
      const invited = await invitePerson(house, request.acting, { organisation, role, mail: mail ?? null })
      return reply.status(201).header('cache-control', 'no-store').send(invited)
    },
  )

  app.delete(
    '/api/v1/invitations/:invitation',
    {
      config: {
        act: 'invite-person',
        on: (request) => onInvitation(house, (request.params as { readonly invitation: string }).invitation),
      },
      schema: { summary: 'Take an invitation back', tags, params: z.strictObject({ invitation: Id }), response: { 200: Done } },
    },
    async (request) => {
      const { invitation } = request.params
      const { organisation } = await onInvitation(house, invitation)
      await takeBackInvitation(house, request.acting, organisation, invitation)
      return done
    },
  )

  app.get(
    '/api/v1/tokens',
    { config: { act: 'use-own-account' }, schema: { summary: 'Your own tokens', tags, response: { 200: z.array(Token) } } },
    async (request) => (await readAccount(house, request.acting)).tokens.map(tokenTold),
  )

  app.post(
    '/api/v1/tokens',
    {
      config: { act: 'issue-token', on: onBody },
      schema: {
        summary: 'Issue a token to yourself, for no more than you may do',
        tags,
        body: z.strictObject({
          organisation: Id,
          name: z.string().min(1).max(400),
          scopes: z.array(ScopeName).min(1).max(SCOPES.length),
          lasts_days: z.int().min(1).max(TOKEN_LASTS_DAYS_MAX).default(90),
        }),
        response: { 201: NewToken },
      },
    },
    async (request, reply) => {
      const { id, secret, expires_at } = await issueOwnToken(house, request.acting, request.body)
      return reply.status(201).header('cache-control', 'no-store').send({ token: id, secret, expires_at })
    },
  )

  app.delete(
    '/api/v1/tokens/:token',
    {
      config: { act: 'use-own-account' },
      schema: { summary: 'End one of your own tokens', tags, params: z.strictObject({ token: Id }), response: { 200: Done } },
    },
    async (request) => {
      await revokeOwnToken(house, request.acting, request.params.token)
      return done
    },
  )
}

const invitationTold = ({ id, role, mail, expires_at }: Credential) => ({ invitation: id, role: role ?? '', mail, expires_at })

const tokenTold = ({ id, name, organisation, scopes, created_at, expires_at, seen_at }: Credential) => ({
  token: id,
  name: name ?? '',
  organisation: organisation ?? '',
  scopes: [...scopes],
  created_at,
  expires_at,
  last_used_at: seen_at,
})
