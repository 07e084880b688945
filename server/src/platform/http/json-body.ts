import type { FastifyInstance } from 'fastify'
import { Refused } from '../../kernel/refused.ts'
import { mistakeIn, unsoundAt } from '../../kernel/written.ts'

/** Takes JSON, and says where it is none. Fastify's own parser keeps that to itself. */
export function addJsonParser(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = String(body)
    void parse(request, text, (error, value) => (error === null ? done(null, value) : done(refusalOf(text))))
  })
}

function refusalOf(text: string): Refused {
  if (text === '') return new Refused('http.bad_json', 'The body is empty; send JSON, at least {}.')
  try {
    JSON.parse(text)
  } catch (error) {
    const { told, where } = mistakeIn(text, error)
    return new Refused('http.bad_json', `The body is not JSON: ${told}. Mend that place and send it again.`, where)
  }
  // It is JSON, so it was refused for what it names.
  return new Refused('http.bad_json', 'The body has a member called "__proto__", or a "prototype" in a "constructor"; leave it out.')
}

/** Deeper nesting than any body of the interface has. */
const DEEPEST_NESTING = 64

/** Refuses what no storage can keep, wherever it stands in a request: half of a character, NUL, depth without end. */
export function refuseUnsound(request: { readonly params: unknown; readonly query: unknown; readonly body: unknown }): void {
  const { params, query, body } = request
  const found = unsoundAt(params, 1) ?? unsoundAt(query, 2) ?? unsoundAt(body, DEEPEST_NESTING)
  if (found === null) return
  if (found.why === 'deep')
    throw new Refused(
      'http.too_deep',
      `The body nests deeper than ${DEEPEST_NESTING} levels; nothing here needs that.`,
      found.at.slice(0, 200),
    )
  throw new Refused(
    'http.bad_text',
    `The text at ${found.at} holds NUL or half of a character, which nothing can keep; leave it out.`,
    found.at,
  )
}
