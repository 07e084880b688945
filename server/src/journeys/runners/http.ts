import { Cookie, CookieJar } from 'tough-cookie'
import { performance } from 'node:perf_hooks'
import type { Json } from '../../kernel/json.ts'
import type { Answer, Method, NoAnswer, StrangerClient } from '../../platform/net/client.ts'
import { holds, jsonOf, pointed } from '../assertion.ts'
import type { JourneyReason } from '../events.ts'
import { assertionsOf, type JourneyStated } from '../journey.ts'
import type { JourneyRun, RunGiven } from '../run.ts'

/** Steps over HTTP, one after the other: variables, cookies and redirects as a browser has them, and the guarded client for all of it. */

const MOST_REDIRECTS = 10
const STEP_MS = 15_000
const BODY_BYTES = 1024 * 1024
/** Of a body, in evidence. */
const SHOWN_CHARACTERS = 2_000
const REDIRECTS = new Set([301, 302, 303, 307, 308])
/** Ours to say: neither good nor bad for the app. */
const OURS = new Set(['dns', 'dns_timeout'])

type Steps = NonNullable<JourneyStated['http']>['steps']

/** What a step came to, as evidence shows it. */
type StepTold = {
  readonly name: string
  readonly method: string
  readonly url: string
  readonly status: number | null
  readonly duration_ms: number
  readonly told: string | null
  /** The answer's first characters, of a step that failed. */
  readonly body?: string
}

/** Runs the steps until one fails. */
export async function runHttp(steps: Steps, given: RunGiven & { readonly client: Pick<StrangerClient, 'fetch'> }): Promise<JourneyRun> {
  const jar = new CookieJar(undefined, { rejectPublicSuffixes: true })
  const variables = new Map(Object.entries(given.variables))
  const told: StepTold[] = []
  const begun = performance.now()
  for (const [place, step] of steps.entries()) {
    const started = performance.now()
    const filled = (text: string): string =>
      text.replaceAll(/\{\{([A-Za-z0-9_]+)\}\}/g, (whole, name: string) => variables.get(name) ?? whole)
    const url = URL.canParse(filled(step.url), given.base_url) ? new URL(filled(step.url), given.base_url) : null
    const tell = (status: number | null, sentence: string | null, body?: string): void => {
      const shown = url === null ? step.url : `${url.origin}${url.pathname}`
      const duration_ms = Math.round(performance.now() - started)
      told.push({
        name: step.name,
        method: step.method,
        url: shown,
        status,
        duration_ms,
        told: sentence,
        ...(body === undefined ? {} : { body }),
      })
    }
    const ended = (outcome: JourneyRun['outcome'], reason: JourneyReason): JourneyRun => ({
      outcome,
      reason,
      duration_ms: Math.round(performance.now() - begun),
      told: { steps: told },
      attachments: [],
    })
    if (url === null) {
      tell(null, 'this is no address')
      return ended('fail', 'not_in_scope')
    }
    const headers = Object.entries(step.headers).map(([name, value]) => [name, filled(value)] as const)
    const body = step.body === undefined ? undefined : filled(step.body)
    const exchange = await asked({ url, method: step.method, headers, body }, jar, given)
    if (exchange === 'not in scope') {
      tell(null, 'this address is not one of the app’s proven domains, nor of the host’s')
      return ended('fail', 'not_in_scope')
    }
    if (exchange.kind === 'no-answer') {
      tell(null, exchange.detail)
      if (given.signal.aborted) return ended('inconclusive', 'interrupted')
      return OURS.has(exchange.reason) ? ended('inconclusive', 'names_not_resolved') : ended('fail', 'no_answer')
    }
    for (const assertion of assertionsOf(step, place)) {
      const held = holds(assertion, exchange)
      if (held.holds) continue
      tell(exchange.status, `${assertion.text}: ${held.told}`, new TextDecoder().decode(exchange.body).slice(0, SHOWN_CHARACTERS))
      return ended('fail', 'assertion')
    }
    const missing = keep(step.keep, exchange, variables)
    tell(exchange.status, missing === null ? null : `nothing is at ${missing}, which a later step needs`)
    if (missing !== null) return ended('fail', 'assertion')
  }
  return { outcome: 'pass', reason: null, duration_ms: Math.round(performance.now() - begun), told: { steps: told }, attachments: [] }
}

type Call = {
  readonly url: URL
  readonly method: Method
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string | undefined
}

/** One request with what it leads to. Redirects are followed by hand, since each of them may set a cookie, and each has to be in scope. */
async function asked(
  first: Call,
  jar: CookieJar,
  given: RunGiven & { readonly client: Pick<StrangerClient, 'fetch'> },
): Promise<Answer | NoAnswer | 'not in scope'> {
  let call = first
  for (let hop = 0; ; hop += 1) {
    if (!given.allows(call.url)) return 'not in scope'
    const cookies = await jar.getCookieString(call.url.href)
    const exchange = await given.client.fetch({
      url: call.url.href,
      method: call.method,
      headers: [...call.headers, ...(cookies === '' ? [] : [['cookie', cookies] as const])],
      limits: { total_ms: STEP_MS, body_bytes: BODY_BYTES, inflated_bytes: BODY_BYTES },
      ports: call.url.port === '' ? [] : [Number(call.url.port)],
      signal: given.signal,
      ...(call.body === undefined ? {} : { body: call.body }),
    })
    if (exchange.kind === 'no-answer') return exchange
    for (const [name, value] of exchange.headers) {
      if (name.toLowerCase() !== 'set-cookie') continue
      const cookie = Cookie.parse(value)
      if (cookie !== undefined) await jar.setCookie(cookie, call.url.href, { ignoreError: true })
    }
    const location = exchange.headers.find(([name]) => name.toLowerCase() === 'location')?.[1]
    if (!REDIRECTS.has(exchange.status) || location === undefined || hop >= MOST_REDIRECTS || !URL.canParse(location, call.url.href))
      return exchange
    call = onward(call, exchange.status, new URL(location, call.url))
  }
}

/** As browsers do: what was sent is sent again after 307 and 308 only, and credentials never to another origin. */
function onward(call: Call, status: number, url: URL): Call {
  const again = status === 307 || status === 308 || call.method === 'GET' || call.method === 'HEAD'
  const headers = url.origin === call.url.origin ? call.headers : call.headers.filter(([name]) => name.toLowerCase() !== 'authorization')
  return { url, method: again ? call.method : 'GET', headers, body: again && url.origin === call.url.origin ? call.body : undefined }
}

function keep(wanted: { readonly [name: string]: string }, { body }: Answer, variables: Map<string, string>): string | null {
  const entries = Object.entries(wanted)
  if (entries.length === 0) return null
  const read = jsonOf(body)
  for (const [name, pointer] of entries) {
    const value: Json | undefined = read.kind === 'value' ? pointed(read.value, pointer) : undefined
    if (typeof value !== 'string' && typeof value !== 'number') return pointer
    variables.set(name, String(value))
  }
  return null
}
