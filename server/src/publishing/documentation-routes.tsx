import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { APPS, type AppDocument } from '../directory/apps-view.ts'
import { refusalOf } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import { Refused } from '../kernel/refused.ts'
import type { Routes } from '../platform/http/app.ts'
import type { Catalogue, RequirementInForce } from '../programmes/schema.ts'
import { readImpact } from '../standing/impact.ts'
import { countComments, noVersion } from './comment-routes.tsx'
import {
  changelogIn,
  requirementWhole,
  RequirementWhole,
  VersionList,
  versionOf,
  versionOut,
  versionsOf,
  VersionWhole,
  versionWhole,
  type VersionRead,
} from './documentation.ts'
import { chromeOf } from './pages/chrome.ts'
import { ImpactPage } from './pages/impact.tsx'
import { RequirementPage } from './pages/requirement.tsx'
import { VersionPage, VersionsPage } from './pages/version.tsx'
import { requirementOf, type Shelved } from './shelf.ts'
import { asStranger, onShelf, programmeRead, readShelf, sendPage } from './showing.ts'

const PUBLIC = { act: 'read-public-pages' } as const
const PAGE = { ...PUBLIC, page: true, answers: 'text/html' } as const
const tags = ['programmes']

const Programme = z.strictObject({ programme: z.string().max(100) })
const Version = Programme.extend({ version: z.string().max(40) })
const Requirement = Programme.extend({ requirement: z.string().max(200) })
const Under = Version.extend({ requirement: z.string().max(200) })

/** A programme's documentation: every version with what it changed, every requirement under each of them, as pages and as data. */
export function registerDocumentationRoutes(app: Routes, house: House, demo: { readonly now: () => string } | null = null): void {
  const chrome = (request: FastifyRequest) =>
    chromeOf({ marketplace: house.config.marketplace, acting: request.acting, demo, here: '/programmes' })

  app.get(
    '/programmes/:programme/versions',
    { config: PAGE, schema: { summary: 'All versions of a programme, as a page', tags, params: Programme } },
    async (request, reply) => {
      const read = await asStranger(house, (desk) => shelvedAt(house, desk, request.params.programme))
      const versions = versionsOf(read.shelved, read.now)
      return sendPage(request, reply, <VersionsPage chrome={chrome(request)} shelved={read.shelved} versions={versions} />)
    },
  )

  app.get(
    '/programmes/:programme/versions/:version',
    { config: PAGE, schema: { summary: 'A version of a programme, as a page', tags, params: Version } },
    async (request, reply) => {
      const read = await asStranger(house, async (desk) => {
        const found = await versionAt(house, desk, request.params)
        return { ...found, comments: await countComments(house, desk, found.version) }
      })
      const props = { shelved: read.shelved, read: read.version, comments: read.comments }
      const may_see_impact = refusalOf(request.acting, 'read-overview') === null
      return sendPage(request, reply, <VersionPage chrome={chrome(request)} {...props} may_see_impact={may_see_impact} />)
    },
  )

  app.get(
    '/programmes/:programme/versions/:version/impact',
    { config: { act: 'read-overview', page: true }, schema: { hide: true, params: Version } },
    async (request, reply) => {
      const { programme, version } = request.params
      const read = await house.act(request.acting, 'read-overview', {}, async (desk) => ({
        ...(await versionAt(house, desk, request.params)),
        shelf: await readShelf(house, desk),
        impact: await readImpact(house.packs, desk, programme, version),
        apps: new Map((await desk.documents.list<AppDocument>(APPS)).map(({ key, document }) => [key, document.name])),
      }))
      const { version: under, impact, shelf } = read
      const names = (app: string) => read.apps.get(app) ?? app
      return sendPage(request, reply, <ImpactPage chrome={chrome(request)} read={under} impact={impact} shelf={shelf} names={names} />)
    },
  )

  app.get(
    '/programmes/:programme/requirements/:requirement',
    { config: PAGE, schema: { summary: 'A requirement as it reads now, as a page', tags, params: Requirement } },
    async (request, reply) => {
      const read = await asStranger(house, (desk) => programmeRead(house, desk, request.params.programme))
      const requirement = asked(read.shelved.catalogue, request.params.requirement)
      const changelog = changelogIn(read.shelved, requirement.id)
      return sendPage(
        request,
        reply,
        <RequirementPage chrome={chrome(request)} {...read} under={null} requirement={requirement} changelog={changelog} />,
      )
    },
  )

  app.get(
    '/api/v1/programmes/:programme/versions',
    {
      config: PUBLIC,
      schema: { summary: 'All versions of a programme, with what each changed', tags, params: Programme, response: { 200: VersionList } },
    },
    async (request, reply) => {
      const read = await asStranger(house, (desk) => shelvedAt(house, desk, request.params.programme))
      reply.header('access-control-allow-origin', '*')
      return { programme: request.params.programme, versions: versionsOf(read.shelved, read.now).map(versionOut) }
    },
  )

  app.get(
    '/api/v1/programmes/:programme/versions/:version',
    {
      config: PUBLIC,
      schema: { summary: 'A version of a programme with its requirements', tags, params: Version, response: { 200: VersionWhole } },
    },
    async (request, reply) => {
      const read = await asStranger(house, (desk) => versionAt(house, desk, request.params))
      reply.header('access-control-allow-origin', '*')
      return versionWhole(read.version)
    },
  )

  app.get(
    '/api/v1/programmes/:programme/versions/:version/requirements/:requirement',
    {
      config: PUBLIC,
      schema: {
        summary: 'A requirement as it reads under a version, with all that stands behind it',
        tags,
        params: Under,
        response: { 200: RequirementWhole },
      },
    },
    async (request, reply) => {
      const read = await asStranger(house, (desk) => versionAt(house, desk, request.params))
      const { catalogue } = read.version
      reply.header('access-control-allow-origin', '*')
      return requirementWhole(read.shelved, catalogue, asked(catalogue, request.params.requirement))
    },
  )
}

const shelvedAt = async (house: House, desk: Desk, programme: string) => ({
  shelved: onShelf(await readShelf(house, desk), programme),
  now: desk.now,
})

async function versionAt(
  house: House,
  desk: Desk,
  of: { readonly programme: string; readonly version: string },
): Promise<{ readonly shelved: Shelved; readonly now: Desk['now']; readonly version: VersionRead }> {
  const read = await shelvedAt(house, desk, of.programme)
  const version = versionOf(read.shelved, of.version, read.now)
  if (version === null) throw noVersion(read.shelved, of.version)
  return { ...read, version }
}

function asked(catalogue: Catalogue, id: string): RequirementInForce {
  const found = requirementOf(catalogue, id)
  if (found === null) throw new Refused('http.not_found', `Version ${catalogue.version} has no requirement "${id}".`, id)
  return found
}
