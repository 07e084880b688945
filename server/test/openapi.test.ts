import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { beforeAll, describe, expect, it } from 'vitest'
import { createHttp } from '../src/platform/http/app.ts'
import { registerHealthRoutes } from '../src/platform/http/health-routes.ts'
import { problemOf } from '../src/platform/http/problem.ts'
import { Refused } from '../src/kernel/refused.ts'
import { ROUTES } from '../src/routes.ts'
import { testClock, testHouse } from './house.ts'
import type { Told } from './served.ts'
import type { Opened } from './storage.ts'

/** The description of the interface for programs, as `/openapi.json` gives it: valid, whole, and the same as yesterday unless somebody meant it. */

/** Names that others lean on, beside everything under /api/v1. */
const STABLE = [
  '/',
  '/apps/{app}',
  '/programmes/{programme}/succession',
  '/programmes/{programme}/versions',
  '/programmes/{programme}/versions/{version}',
  '/programmes/{programme}/requirements/{requirement}',
  '/programmes/{programme}/versions/{version}/requirements/{requirement}',
  '/partners/{partner}',
  '/apps/{app}/status',
  '/apps/{app}/status.atom',
  '/apps/{app}/status.json',
  '/apps/{app}/status.rss',
  '/go-to-market',
  '/go-to-market/{programme}',
  '/go-to-market/{programme}/{number}',
  '/go-to-market/{programme}/changes',
  '/go-to-market/{programme}/feed.atom',
  '/badge/{app}.svg',
  '/badge/{app}.png',
  '/badge/{app}.json',
  '/openapi.json',
  '/healthz',
  '/readyz',
  '/metrics',
]

type Operation = {
  readonly operationId?: string
  readonly responses: { readonly [status: string]: Told }
  readonly security?: readonly object[]
}

let document: Told
const routes: { readonly method: string; readonly path: string }[] = []

beforeAll(async () => {
  // Routes are described here and never asked, so nothing lies behind them.
  const nothing = { database: { within: async () => undefined }, close: async () => undefined } as unknown as Opened
  const house = await testHouse(nothing, testClock())
  const app = await createHttp({
    log: house.log,
    public_url: house.public_url,
    trust_proxy: [],
    whoAsks: async () => ({ kind: 'public' }),
    refuseForeign: () => undefined,
    problemPage: async () => '',
    version: '0.0.0',
    requests_a_minute: 1_000,
  })
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat())
      if (one !== 'HEAD') routes.push({ method: one.toLowerCase(), path: url.replaceAll(/:([a-z]+)/gi, '{$1}') })
  })
  registerHealthRoutes(app, house, () => false)
  for (const register of ROUTES) register(app, house, null)
  const answer = await app.inject('/openapi.json')
  document = answer.json()
  await app.close()
})

const operations = (): readonly (readonly [string, Operation])[] =>
  Object.entries<{ readonly [method: string]: Operation }>(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation] as const),
  )

describe('/openapi.json', () => {
  it('is valid OpenAPI 3.1, down to its schemas', () => {
    const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true, formats: { 'media-range': true } }))
    const valid = ajv.compile(JSON.parse(readFileSync(join(import.meta.dirname, 'openapi-3.1.schema.json'), 'utf8')))
    valid(document)
    expect(valid.errors ?? []).toEqual([])
    for (const schema of schemasIn(document)) expect(ajv.validateSchema(schema), JSON.stringify(schema).slice(0, 300)).toBe(true)
  })

  it('can fail: the same document with an answer without a description is not valid', () => {
    const ajv = addFormats.default(new Ajv2020({ strict: false, formats: { 'media-range': true } }))
    const valid = ajv.compile(JSON.parse(readFileSync(join(import.meta.dirname, 'openapi-3.1.schema.json'), 'utf8')))
    expect(valid({ ...document, paths: { '/x': { get: { responses: { 200: {} } } } } })).toBe(false)
  })

  it('names nothing that it does not hold, and holds nothing that nothing names', () => {
    const named = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, pointer = '']) => pointer)
    const found = (pointer: string): unknown =>
      pointer
        .split('/')
        .reduce<Told>((value, name) => value?.[decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~')], document)
    expect(named.filter((pointer) => found(pointer) === undefined)).toEqual([])
    const held = Object.keys(document.components.schemas).filter((name) => !named.includes(`components/schemas/${name}`))
    expect(held).toEqual([])
    expect(named.length).toBeGreaterThan(100)
  })

  it('has every route under /api/v1, and every name that others lean on', () => {
    const described = new Set(operations().map(([name]) => name))
    const asked = routes
      .filter(({ path }) => path.startsWith('/api/') || STABLE.includes(path))
      .map(({ method, path }) => `${method} ${path}`)
    expect(asked.filter((name) => !described.has(name))).toEqual([])
    expect(STABLE.filter((path) => !described.has(`get ${path}`))).toEqual([])
    expect([...described].filter((name) => !asked.includes(name))).toEqual([])
    expect(asked.length).toBeGreaterThan(60)
  })

  it('says of each what it answers, when it refuses, who may ask, and has a name and a summary for it', () => {
    const wanting = operations().flatMap(([name, operation]) => {
      const { responses, security, operationId, summary } = operation as Operation & { readonly summary?: string }
      const good = Object.entries(responses).filter(([status]) => status.startsWith('2'))
      const shaped = good.every(([, response]) => Object.values<Told>(response.content ?? {}).some((one) => one.schema !== undefined))
      const page = JSON.stringify(good).includes('text/html')
      const open = name.startsWith('get ') && security?.length === 0
      const problems =
        page ||
        ['429', '500', ...(open ? [] : ['400', '401', '403'])].every((status) => responses[status]?.$ref?.endsWith(`Problem${status}`))
      const faults = [
        ...(good.length > 0 && shaped ? [] : ['no shape of its answer']),
        ...(problems ? [] : ['not all of its problems']),
        ...(security === undefined ? ['not who may ask'] : []),
        ...(operationId === undefined || summary === undefined ? ['no name or no summary'] : []),
      ]
      return faults.length === 0 ? [] : [`${name}: ${faults.join(', ')}`]
    })
    expect(wanting).toEqual([])
    const names = operations().map(([, { operationId }]) => operationId)
    expect(new Set(names).size).toBe(names.length)
  })

  it('describes problems as they are sent', () => {
    const ajv = addFormats.default(new Ajv2020({ strict: false }))
    const valid = ajv.compile(document.components.schemas.Problem)
    expect(valid(problemOf(new Refused('directory.no_such_app', 'There is no app "x" here.', 'x')))).toBe(true)
    expect(valid(problemOf(new Refused('http.bad_json', 'The body is not JSON.')))).toBe(true)
    expect(valid({ status: 400 })).toBe(false)
  })

  it('is as it was (golden)', async () => {
    await expect(`${JSON.stringify(document, null, 1)}\n`).toMatchFileSnapshot('./__snapshots__/openapi.json.txt')
  })
})

/** Every schema in the document, where OpenAPI has one. */
function schemasIn(value: unknown): readonly object[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => {
    if (name === 'schema' && typeof member === 'object' && member !== null) return [member as object]
    if (name === 'schemas') return Object.values(member as { readonly [schema: string]: object })
    return schemasIn(member)
  })
}
