import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testClock, testHouse } from '../../test/house.ts'
import { NOW } from '../../test/publishing/fixture.ts'
import { fill, openMarketplace } from '../../test/publishing/marketplace.ts'
import { openEmbedded, type Opened } from '../../test/storage.ts'
import { adoptProgrammes } from '../directory/adopting.ts'
import { pipelineOf } from '../pipeline.ts'
import { PROGRAMMES_FOLDER } from '../platform/config.ts'
import { createHttp } from '../platform/http/app.ts'
import { changelogOf } from '../programmes/diff.ts'
import { loadPack, loadPacks } from '../programmes/load.ts'
import { CHECKS } from '../scanning/checks/index.ts'
import { behindOf, consequencesOf } from './behind.ts'
import { RequirementWhole, requirementWhole, versionsOf } from './documentation.ts'
import { registerDocumentationRoutes } from './documentation-routes.tsx'
import { methodInWords } from './method.ts'
import { registerPublicRoutes } from './routes.tsx'

const known = { checks: CHECKS.map(({ id }) => id) }
const incomplete = loadPack(join(PROGRAMMES_FOLDER, 'successor-certified'), known)
const packs = [...loadPacks(PROGRAMMES_FOLDER, known), incomplete]

describe('the documentation of the programmes that come along', () => {
  it('spells out what every requirement leans on in every version in which it counts, and what follows', () => {
    const bare = packs.flatMap((pack) =>
      pack.catalogues.flatMap((catalogue) => {
        const day = pack.programme.versions.find(({ version }) => version === catalogue.version)?.effective ?? ''
        return catalogue.requirements
          .filter(({ since, retired }) => since <= day && (retired === undefined || retired > day))
          .flatMap((requirement) => {
            const names = JSON.stringify(requirement.met_when)
            const leans = /"(check|form|policy|evidence)":/.test(names)
            const told = behindOf(catalogue, requirement)
            const whole =
              (told.length > 0 || !leans) &&
              told.every(({ says }) => says.length > 0) &&
              consequencesOf(catalogue, requirement).length > 0 &&
              (requirement.met_when === undefined || methodInWords(requirement.met_when).length > 0)
            return whole ? [] : [`${catalogue.version} ${requirement.id}`]
          })
      }),
    )
    expect(bare).toEqual([])
  })

  it('tells of every requirement which version brought it, and each later change once', () => {
    for (const pack of packs) {
      for (const { id, since, revisions = [] } of pack.requirements) {
        const log = changelogOf(pack.catalogues, pack.requirements, id)
        const [first] = log.toReversed()
        expect([id, first?.change.how]).toEqual([id, expect.stringMatching(/^(added|announced)$/)])
        const whys = log.flatMap(({ change }) => change.why)
        const told = revisions.filter((one) => one.since <= (pack.programme.versions.at(-1)?.effective ?? ''))
        expect([id, whys.length]).toEqual([id, told.length])
        const entered = log.find(({ change }) => change.how === 'added')
        if (entered !== undefined) expect(entered.effective >= since).toBe(true)
        expect(log.map(({ effective }) => effective)).toEqual(
          log
            .map(({ effective }) => effective)
            .toSorted()
            .toReversed(),
        )
      }
    }
  })

  it('is whole as data for every requirement of every version', () => {
    for (const pack of packs) {
      const [newest] = versionsOf({ pack, document: null, catalogue: pack.catalogues[0]! }, NOW)
      expect(newest?.catalogue).toBe(pack.catalogues.at(-1))
      for (const catalogue of pack.catalogues) {
        for (const requirement of catalogue.requirements) {
          const shelved = { pack, document: null, catalogue }
          expect(RequirementWhole.safeParse(requirementWhole(shelved, catalogue, requirement)).success).toBe(true)
        }
      }
    }
  })
})

describe('its addresses', () => {
  let opened: Opened
  let market: Awaited<ReturnType<typeof openMarketplace>>
  const get = (url: string) => market.app.inject({ url })

  beforeAll(async () => {
    opened = await openEmbedded(testClock(NOW))
    market = await openMarketplace(opened)
    await fill(market)
  })
  afterAll(async () => {
    await market.app.close()
    await opened.close()
  })

  it('list all versions, the newest first, where each stands and what it changed', async () => {
    const { versions } = (await get('/api/v1/programmes/harbour/versions')).json<{
      versions: { version: string; phase: string; changes: object[] | null }[]
    }>()
    expect(versions.map(({ version, phase }) => [version, phase])).toEqual([
      ['2026.1', 'in_force'],
      ['2024.1', 'superseded'],
    ])
    expect(versions.at(-1)?.changes).toBeNull()
    expect((await get('/programmes/harbour/versions')).body).toContain('href="/programmes/harbour/versions/2024.1"')
  })

  it('show a requirement under each version for good, and say so', async () => {
    const under = '/programmes/harbour/versions/2024.1/requirements/security.hsts'
    const { body } = await get(under)
    expect(body).toContain('As it reads under version 2024.1 (superseded).')
    expect(body).toContain('href="/programmes/harbour/requirements/security.hsts"')
    expect(body).toContain('Send `Strict-Transport-Security')
    expect((await get(`/api/v1${under}`)).json()).toMatchObject({
      programme: 'harbour',
      version: '2024.1',
      behind: [{ kind: 'check', id: 'hsts-enabled' }],
    })
  })

  it.each([
    '/programmes/nowhere/versions',
    '/programmes/harbour/versions/2031.1',
    '/programmes/harbour/versions/%3Cscript%3E',
    '/programmes/harbour/versions/2024.1/requirements/no.such',
    '/programmes/harbour/requirements/no.such',
  ])('say of %s that it is not there, as a page and as data, and run nothing', async (path) => {
    for (const url of [path, `/api/v1${path}`]) {
      const answer = await get(url)
      expect([url, answer.statusCode]).toEqual([url, 404])
      if (url === path) expect(answer.body).not.toContain('<script')
    }
  })
})

describe('an incomplete programme', () => {
  it('says so before anything else, as a page and as data, and keeps apart what the operator verified and what the partner attests', async () => {
    const opened = await openEmbedded(testClock(NOW))
    const house = await testHouse(opened, testClock(NOW), { packs: [incomplete], pipeline: pipelineOf([incomplete]) })
    const app = await createHttp({
      log: house.log,
      public_url: () => house.public_url(),
      trust_proxy: [],
      whoAsks: async () => ({ kind: 'public' }),
      refuseForeign: () => undefined,
      problemPage: async (problem) => problem.detail,
      version: '0',
      requests_a_minute: 1_000_000,
    })
    registerPublicRoutes(app, house, null)
    registerDocumentationRoutes(app, house, null)
    try {
      await adoptProgrammes(house)
      const { id } = incomplete.programme
      const { body } = await app.inject({ url: `/programmes/${id}` })
      expect(body).toContain('This programme is incomplete.')
      expect(body).toContain('Of 10 requirements, 10 cannot be judged to the end')
      expect(body).toContain('Successor Certified cannot be granted to anybody until they are known.')
      const whole = (await app.inject({ url: `/api/v1/programmes/${id}` })).json<{
        incomplete: string
        requirements: { id: string; vouched_for: string[]; judged: string[] }[]
      }>()
      expect(whole.incomplete).toContain('not published')
      const by = new Map(whole.requirements.map((one) => [one.id, one]))
      expect(by.get('compliance.certificate')?.vouched_for).toEqual(['operator', 'nobody'])
      expect(by.get('compliance.egress-approved')?.vouched_for).toEqual(['operator', 'partner', 'nobody'])
      expect(by.get('migration.rules')?.judged.join(' ')).toContain('Not published: what is meant by migration')
      const page = await app.inject({ url: `/programmes/${id}/requirements/compliance.egress-approved` })
      expect(page.body).toContain('operator-verified, partner-attested or not published how')
    } finally {
      await app.close()
      await opened.close()
    }
  })
})
