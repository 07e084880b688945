import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { House } from '../house.ts'
import { Refused } from '../kernel/refused.ts'
import type { Routes } from '../platform/http/app.ts'
import { resolveTxt } from '../platform/net/resolve-txt.ts'
import { watchingInWords } from '../programmes/watching.ts'
import { closeProgramme, retireTier } from './adopting.ts'
import { APPS, type AppDocument } from './apps-view.ts'
import {
  bringDescriptor,
  confirmRecord,
  onApp,
  proofToken,
  proveControl,
  readDescriptorAgain,
  registerApp,
  supplyDetails,
  withdrawConsent,
  type Brought,
} from './registering.ts'
import { WELL_KNOWN, DNS_LABEL } from './domain-proof.ts'

const AppId = z.string().min(1).max(100)
const Params = z.strictObject({ app: AppId })

const Registration = z
  .strictObject({
    url: z.string().max(2_000).optional().meta({ description: 'Address of the descriptor; or send its text as `descriptor`.' }),
    descriptor: z.string().max(3_000_000).optional().meta({ description: 'The descriptor itself, as it is written.' }),
    organisation: z
      .string()
      .max(100)
      .optional()
      .meta({ description: 'Partner organisation that makes the app; without it the partner whom the descriptor names.' }),
    app: z.string().max(64).optional().meta({ description: 'Id in addresses; without it one is made from the name.' }),
    base_urls: z.array(z.string().max(2_000)).max(20).optional(),
  })
  .meta({ id: 'Registration' })

const Registered = z
  .strictObject({ app: z.string(), says: z.string(), remarks: z.array(z.strictObject({ at: z.string(), says: z.string() })) })
  .meta({ id: 'Registered' })

const Domain = z.strictObject({ domain: z.string(), proven: z.boolean(), says: z.string() })
const ProofAsked = z
  .strictObject({ token: z.string(), well_known: z.string(), dns: z.string(), domains: z.array(z.string()) })
  .meta({ id: 'DomainProof' })

const AppDetails = z
  .strictObject({
    app: z.string(),
    key: z.string().nullable(),
    name: z.string(),
    organisation: z.string(),
    platform: z.enum(['connect', 'forge', 'neutral']),
    hosting: z.enum(['remote', 'platform', 'mixed', 'static']),
    registered_at: z.string(),
    descriptor: z.string(),
    descriptor_evidence: z.string().nullable(),
    source_url: z.string().nullable(),
    base_urls: z.array(z.string()),
    health_path: z.string().nullable(),
    alert_mailbox: z.boolean(),
    domains: z.array(z.string()),
    scopes: z.array(z.strictObject({ scope: z.string(), since: z.string() })),
    egress: z.array(z.strictObject({ kind: z.string(), address: z.string(), analytics: z.boolean(), since: z.string() })),
  })
  .meta({ id: 'AppDetails' })

const Done = z.strictObject({ done: z.literal(true) }).meta({ id: 'Done' })

/** The directory's interface: registering, details, proof of control, records, and the end of programmes and tiers. */
export function registerDirectoryRoutes(app: Routes, house: House): void {
  const on = (request: FastifyRequest) => onApp(house, (request.params as { readonly app: string }).app)

  app.post(
    '/api/v1/apps',
    {
      // Whose organisation it is for is checked where the body is understood.
      config: { act: 'read-public-pages' },
      schema: { summary: 'Register an app by its descriptor', tags: ['apps'], body: Registration, response: { 201: Registered } },
    },
    async (request, reply) => {
      const { url, descriptor, ...rest } = request.body
      const { app: id, description } = await registerApp(house, request.acting, { ...rest, brought: await brought(house, url, descriptor) })
      return reply
        .status(201)
        .header('location', `/api/v1/apps/${id}`)
        .send({ app: id, says: registeredSays(house), remarks: [...description.remarks] })
    },
  )

  app.get(
    '/api/v1/apps/:app',
    {
      config: { act: 'read-app', on },
      schema: { summary: 'What the directory knows of an app', tags: ['apps'], params: Params, response: { 200: AppDetails } },
    },
    async (request) => {
      const { app: id } = request.params
      const document = await house.act(request.acting, 'read-app', await onApp(house, id), (desk) =>
        desk.documents.get<AppDocument>(APPS, id),
      )
      if (document === null) throw new Refused('directory.no_such_app', `There is no app "${id}" here.`, id)
      return {
        ...document,
        base_urls: [...document.base_urls],
        domains: [...document.domains],
        scopes: [...document.scopes],
        egress: [...document.egress],
      }
    },
  )

  app.put(
    '/api/v1/apps/:app/descriptor',
    {
      config: { act: 'supply-details', on },
      schema: {
        summary: 'Send a new descriptor',
        tags: ['apps'],
        params: Params,
        body: Registration.pick({ url: true, descriptor: true }),
        response: { 200: z.strictObject({ changed: z.boolean() }) },
      },
    },
    async (request) => {
      const { url, descriptor } = request.body
      return { changed: await readDescriptorAgain(house, request.acting, request.params.app, await brought(house, url, descriptor)) }
    },
  )

  app.put(
    '/api/v1/apps/:app/details',
    {
      config: { act: 'supply-details', on },
      schema: {
        summary: 'Supply what no descriptor carries',
        tags: ['apps'],
        params: Params,
        body: z.strictObject({
          health_path: z.string().max(600).nullish(),
          base_urls: z.array(z.string().max(2_000)).max(20).nullish(),
          alert_mailbox: z.string().max(400).nullish(),
        }),
        response: { 200: Done },
      },
    },
    async (request) => {
      await supplyDetails(house, request.acting, request.params.app, request.body)
      return { done: true as const }
    },
  )

  app.get(
    '/api/v1/apps/:app/domain-proof',
    {
      config: { act: 'read-app', on },
      schema: { summary: 'The token that proves control of the domain', tags: ['apps'], params: Params, response: { 200: ProofAsked } },
    },
    async (request) => {
      const { token, domains } = await proofToken(house, request.acting, request.params.app)
      return { token, well_known: WELL_KNOWN, dns: `${DNS_LABEL}.<domain> TXT castellan=${token}`, domains: [...domains] }
    },
  )

  app.post(
    '/api/v1/apps/:app/domain-proof',
    {
      config: { act: 'prove-domain', on },
      schema: {
        summary: 'Look for the token now',
        tags: ['apps'],
        params: Params,
        response: { 200: z.strictObject({ domains: z.array(Domain) }) },
      },
    },
    async (request) => {
      const proofs = await proveControl(house, request.acting, request.params.app, resolveTxt)
      return {
        domains: proofs.map((proof) =>
          proof.proven
            ? { domain: proof.domain, proven: true, says: `Proven by ${proof.method}.` }
            : { domain: '', proven: false, says: proof.says },
        ),
      }
    },
  )

  app.delete(
    '/api/v1/apps/:app/domain-proof',
    {
      config: { act: 'withdraw-consent', on },
      schema: { summary: 'Take back the consent to be watched', tags: ['apps'], params: Params, response: { 200: Done } },
    },
    async (request) => {
      await withdrawConsent(house, request.acting, request.params.app)
      return { done: true as const }
    },
  )

  app.put(
    '/api/v1/apps/:app/records/:kind',
    {
      config: { act: 'confirm-record', on },
      schema: {
        summary: 'Confirm the state of something that lives elsewhere',
        tags: ['apps'],
        params: z.strictObject({
          app: AppId,
          kind: z
            .string()
            .regex(/^[a-z0-9]+([-.][a-z0-9]+)*$/)
            .max(100),
        }),
        body: z.strictObject({
          state: z
            .string()
            .regex(/^[a-z0-9]+([-.][a-z0-9]+)*$/)
            .max(100),
          source: z.string().min(1).max(2_000),
        }),
        response: { 200: Done },
      },
    },
    async (request) => {
      const { app: id, kind } = request.params
      await confirmRecord(house, request.acting, id, { kind, ...request.body })
      return { done: true as const }
    },
  )

  const Programme = z.strictObject({ programme: z.string().max(100) })
  app.post(
    '/api/v1/programmes/:programme/close',
    {
      config: { act: 'close-programme' },
      schema: { summary: 'End a programme in this marketplace', tags: ['programmes'], params: Programme, response: { 200: Done } },
    },
    async (request) => {
      await closeProgramme(house, request.acting, request.params.programme)
      return { done: true as const }
    },
  )
  app.post(
    '/api/v1/programmes/:programme/tiers/:tier/retire',
    {
      config: { act: 'retire-tier' },
      schema: {
        summary: 'Retire a tier: its badges end',
        tags: ['programmes'],
        params: Programme.extend({ tier: z.string().max(100) }),
        response: { 200: Done },
      },
    },
    async (request) => {
      await retireTier(house, request.acting, request.params.programme, request.params.tier)
      return { done: true as const }
    },
  )
}

/** Said at every registration, so that nobody waits for a badge in vain. */
const registeredSays = (house: House): string =>
  ['Registered.', watchingInWords(house.packs, house.clock.now()), NEXT].filter((part) => part !== null).join(' ')

const NEXT = 'Next: base URLs, health path and alert mailbox, then proof of control of the domain.'

async function brought(house: House, url: string | undefined, descriptor: string | undefined): Promise<Brought> {
  if ((url === undefined) === (descriptor === undefined))
    throw new Refused('directory.url_or_text', 'Send either the address of the descriptor (`url`) or its text (`descriptor`).')
  if (url !== undefined) return bringDescriptor(house, url)
  return { bytes: new TextEncoder().encode(descriptor), source_url: null }
}
