import type { SwaggerTransform, SwaggerTransformObject } from '@fastify/swagger'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { ACTS, type Act } from '../../enrolment/acts.ts'
import { TITLES } from './problem.ts'

/** The description of the interface for programs (OpenAPI 3.1), made from the routes: what nobody wrote down twice cannot differ. */

type Operation = {
  readonly responses?: { readonly [status: string]: object }
  readonly security?: readonly object[]
  readonly requestBody?: object
}
type Document = {
  readonly paths?: { readonly [path: string]: { readonly [method: string]: Operation } }
  readonly components?: { readonly schemas?: { readonly [name: string]: object } }
}

/** What a route adds by its act: a name, and who may ask. Answers that are no JSON are described by their type alone. */
export const describedRoute: SwaggerTransform = (given) => {
  const { schema, url } = jsonSchemaTransform(given)
  const { config, method } = given.route
  const { act, answers } = (config ?? {}) as { readonly act?: Act; readonly answers?: string }
  const verb = String(method).toLowerCase()
  const plain =
    answers === undefined ? {} : { response: { 200: { description: 'As it is.', content: { [answers]: { schema: contentOf(answers) } } } } }
  return {
    url,
    schema: {
      ...schema,
      ...plain,
      operationId: nameOf(verb, url) + (answers === 'text/html' ? '-page' : ''),
      security: securityOf(act, verb),
    } as typeof schema,
  }
}

/** `get-apps-app-trust`. */
const nameOf = (verb: string, url: string): string =>
  [verb, ...url.replace(/^\/api\/v1/, '').split(/[^a-z0-9]+/i)].filter((part) => part !== '').join('-')

/** Bytes have no shape in JSON's terms. */
const contentOf = (type: string): object => {
  if (type === 'application/json') return { type: 'object' }
  return type.startsWith('text/') || type === 'image/svg+xml' ? { type: 'string' } : {}
}

/** Reading what is public needs nobody; a change always needs somebody, whom the route looks for itself where its act is open. */
function securityOf(act: Act | undefined, verb: string): readonly object[] {
  if (act === undefined || (act === 'read-public-pages' && verb === 'get')) return []
  return ACTS[act].token === 'none' && !ACTS[act].anybody ? [{ session: [] }] : [{ token: [] }, { session: [] }]
}

/** The whole: named schemas as far as something names them, and the problems that each address may answer with. */
export const describedWhole: SwaggerTransformObject = (given) => {
  const whole = jsonSchemaTransformObject(given) as Document
  const paths = Object.fromEntries(
    Object.entries(whole.paths ?? {}).map(([path, operations]) => [
      path,
      Object.fromEntries(Object.entries(operations).map(([verb, operation]) => [verb, withProblems(path, verb, operation)])),
    ]),
  )
  const schemas = { ...whole.components?.schemas, Problem: PROBLEM }
  const components = { ...whole.components, schemas: namedBy([paths, RESPONSES], schemas), responses: RESPONSES }
  return { ...whole, paths, components }
}

function withProblems(path: string, verb: string, operation: Operation): Operation {
  const own = Object.fromEntries(Object.entries(operation.responses ?? {}).map(([status, response]) => [status, worded(response)]))
  // A page tells its problems as pages.
  if (JSON.stringify(own).includes('"text/html"')) return { ...operation, responses: own }
  const known = (operation.security ?? []).length > 0
  const statuses = [
    ...(known || path.includes('{') || operation.requestBody !== undefined ? [400] : []),
    ...(known ? [401, 403] : []),
    ...(path.includes('{') ? [404] : []),
    ...(verb === 'get' ? [] : [409, 413, 415]),
    429,
    500,
  ]
  const problems = statuses.map((status) => [String(status), { $ref: `#/components/responses/Problem${status}` }] as const)
  return { ...operation, responses: { ...Object.fromEntries(problems), ...own } }
}

/** The generator calls every answer a default one. */
const worded = (response: object): object =>
  'description' in response && response.description === 'Default Response' ? { ...response, description: 'Done as asked.' } : response

/** RFC 9457, as `problem.ts` writes it. */
const PROBLEM = {
  type: 'object',
  description: 'A problem document (RFC 9457).',
  required: ['type', 'title', 'status', 'detail', 'code'],
  additionalProperties: false,
  properties: {
    type: { type: 'string', format: 'uri', description: 'Which kind of problem, `urn:castellan:problem:` and its code.' },
    title: { type: 'string', description: 'The kind of problem in words.' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string', description: 'What happened and how to mend it, for a person.' },
    code: { type: 'string', description: 'Stable, for programs.' },
    where: { type: 'string', description: 'The place in what was sent, where there is one.' },
  },
} as const

const RESPONSES = Object.fromEntries(
  Object.entries({ ...TITLES, 500: 'Something broke on our side' })
    .filter(([status]) => Number(status) <= 500)
    .map(([status, description]) => [
      `Problem${status}`,
      { description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } },
    ]),
)

/** The schemas that a part of the document names, and those that they name in turn. */
function namedBy(parts: readonly object[], schemas: { readonly [name: string]: object }): { readonly [name: string]: object } {
  const named = new Set<string>()
  const open = [JSON.stringify(parts)]
  for (let text = open.pop(); text !== undefined; text = open.pop()) {
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (named.has(name)) continue
      named.add(name)
      open.push(JSON.stringify(schemas[name] ?? {}))
    }
  }
  return Object.fromEntries([...named].sort().flatMap((name) => (schemas[name] === undefined ? [] : [[name, schemas[name]]])))
}
