import { createHash, createHmac, createPublicKey, verify as verifySignature } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { Certified } from '../../demo/certificate.ts'

/**
 * A small Connect app with its mistakes as switches: the sound one verifies everything, each switch leaves one thing out.
 * Written for the corpus and for nothing else; no real app is behind it.
 */
export type Mistakes = {
  /** Page tokens. */
  readonly takes_any_signature?: true
  readonly takes_alg_none?: true
  readonly takes_empty_signature?: true
  readonly takes_public_key_as_secret?: true
  readonly takes_any_tenants_secret?: true
  readonly ignores_qsh?: true
  readonly qsh_optional?: true
  readonly takes_context_tokens?: true
  readonly ignores_expiry?: true
  readonly expiry_optional?: true
  readonly admin_for_everybody?: 'asking' | 'not asking'
  /** Lifecycle. */
  readonly takes_unsigned_install?: true
  readonly takes_hs256_install?: true
  readonly takes_unknown_key?: true
  readonly ignores_audience?: true
  readonly ignores_install_expiry?: true
  readonly ignores_install_qsh?: true
  readonly ignores_body_tenant?: true
  readonly drops_unsigned_install_with_204?: true
  readonly keeps_uninstalled?: true
  readonly keeps_junk_on_uninstall?: true
  /** Webhooks. */
  readonly webhook_open?: true
  /** Everything is refused, also what is valid. */
  readonly broken?: 'refuses all' | 'fails all' | 'dies later'
  readonly wants_token_in_header?: true
  /** Writes what comes in the address into the page. */
  readonly echoes?: 'text' | 'attribute' | 'script' | 'encoded'
  /** Scripts that pages name, by their addresses. */
  readonly scripts?: readonly string[]
  /** Redirects to what comes as `returnUrl`. */
  readonly leads_back?: 'anywhere' | 'own paths'
  readonly nonce_in_pages?: true
}

export type CorpusApp = {
  readonly url: string
  readonly port: number
  readonly tenants: ReadonlyMap<string, string>
  /** Requests that changed something at a page's address: there must never be one. */
  readonly destroyed: readonly string[]
  readonly requests: readonly string[]
  readonly close: () => Promise<void>
}

type Sent = { readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> }

/** How a case makes its app: mistakes in the sound one, answers of its own for some paths, a descriptor of its own. */
export type CorpusSettings = {
  readonly mistakes?: Mistakes
  readonly headers?: Readonly<Record<string, string | null>>
  /** Answers that replace the sound app's at a path. */
  readonly paths?: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse, base: string) => void>>
  readonly descriptor?: (base: string) => object
  readonly any_path?: string
}

const HEADERS = {
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'cache-control': 'no-cache, no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; script-src 'self'; frame-ancestors https://*.host.example",
} as const

export const soundDescriptor = (base: string): object => ({
  key: 'example.corpus.app',
  name: 'Corpus',
  baseUrl: base,
  authentication: { type: 'jwt' },
  lifecycle: { installed: '/hooks/in', uninstalled: '/hooks/out' },
  scopes: ['READ'],
  modules: {
    generalPages: [{ key: 'p', name: { value: 'P' }, url: '/page?issue={issue.key}' }],
    adminPages: [{ key: 'a', name: { value: 'A' }, url: '/admin', conditions: [{ condition: 'user_is_admin' }] }],
    webhooks: [{ event: 'jira:issue_updated', url: '/hook' }],
  },
})

/** Starts one app of the corpus over TLS on a free port. */
export async function startCorpusApp(leaf: Certified, keys: string, hostApi: string, settings: CorpusSettings): Promise<CorpusApp> {
  const { mistakes = {} } = settings
  const tenants = new Map<string, string>()
  const enabled = new Set<string>()
  const destroyed: string[] = []
  const requests: string[] = []
  let base = ''
  let valid_pages = 0

  const server = createServer({ key: leaf.key, cert: leaf.certificate, minVersion: 'TLSv1.2' }, (request, response) => {
    const url = new URL(request.url ?? '/', base)
    requests.push(`${request.method ?? 'GET'} ${url.pathname}`)
    if (request.method !== 'GET' && !url.pathname.startsWith('/hook')) destroyed.push(`${request.method ?? ''} ${url.pathname}`)
    const own = settings.paths?.[url.pathname]
    if (own !== undefined) {
      own(request, response, base)
      return
    }
    route(request, url).then(
      (sent) => send(response, sent),
      () => send(response, { status: 401, body: '{"error":"not signed"}' }),
    )
  })

  function send(response: ServerResponse, { status, body = '', headers = {} }: Sent): void {
    const all: Record<string, string | null> = { ...HEADERS, 'content-type': 'text/html; charset=utf-8', ...settings.headers, ...headers }
    response
      .writeHead(status, Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null)))
      .end(body)
  }

  async function route(request: IncomingMessage, url: URL): Promise<Sent> {
    if (mistakes.broken === 'fails all') return { status: 500 }
    if (url.pathname === '/descriptor.json')
      return {
        status: 200,
        body: JSON.stringify((settings.descriptor ?? soundDescriptor)(base)),
        headers: { 'content-type': 'application/json' },
      }
    if (url.pathname === '/.well-known/security.txt')
      return {
        status: 200,
        body: 'Contact: mailto:s@corpus.example\nExpires: 2099-01-01T00:00:00Z\n',
        headers: { 'content-type': 'text/plain' },
      }
    if (url.pathname === '/hooks/in' || url.pathname === '/hooks/out') return lifecycle(request, url)
    if (url.pathname === '/hook') return webhook(request, url)
    if (url.pathname === '/page' || url.pathname === '/admin') return page(request, url)
    if (settings.any_path !== undefined) return { status: 200, body: settings.any_path }
    return { status: url.pathname === '/' ? 200 : 404, body: 'corpus' }
  }

  async function page(request: IncomingMessage, url: URL): Promise<Sent> {
    if (mistakes.broken === 'refuses all') throw new Error('refused')
    const token = tokenOf(request, mistakes.wants_token_in_header === true ? null : url)
    const issuer = pageIssuer(token, 'GET', url)
    valid_pages += 1
    if (mistakes.broken === 'dies later' && valid_pages > 3) throw new Error('refused')
    const { sub } = claimsOf(token)
    if (url.pathname === '/admin' && mistakes.admin_for_everybody !== 'not asking') {
      const answer = await fetch(`${hostApi}/${issuer}/rest/api/3/permissions/check`, {
        method: 'POST',
        body: JSON.stringify({ accountId: sub, globalPermissions: ['ADMINISTER'] }),
      })
      const { globalPermissions = [] } = (await answer.json()) as { globalPermissions?: string[] }
      if (!globalPermissions.includes('ADMINISTER') && mistakes.admin_for_everybody === undefined)
        return { status: 403, body: 'Only administrators.' }
    }
    const back = url.searchParams.get('returnUrl')
    if (mistakes.leads_back !== undefined && back !== null && (mistakes.leads_back === 'anywhere' || /^\/(?!\/)/.test(back)))
      return { status: 302, headers: { location: back } }
    const nonce =
      mistakes.nonce_in_pages === true
        ? `<script nonce="${createHash('sha256').update(String(Math.random())).digest('base64url')}"></script>`
        : ''
    return {
      status: 200,
      body: `<html><body><h1>${url.pathname}</h1>${(mistakes.scripts ?? []).map((address) => `<script src="${address}"></script>`).join('')}${echo(mistakes.echoes, url.searchParams.get('issue') ?? '')}${nonce}<table><tr><td>Work of ${issuer}</td></tr></table></body></html>`,
    }
  }

  /** Checks a page's token by all rules but those that the case leaves out; gives the tenant. */
  function pageIssuer(token: string, method: string, url: URL): string {
    const { alg } = headerOf(token)
    const claims = claimsOf(token)
    const issuer = String(claims['iss'])
    const secret = tenants.get(issuer)
    if (secret === undefined || !enabled.has(issuer)) throw new Error('no such tenant')
    const [head = '', body = '', tail = ''] = token.split('.')
    const signedBy = (key: string): boolean => createHmac('sha256', key).update(`${head}.${body}`).digest('base64url') === tail
    const good =
      (alg === 'HS256' && signedBy(secret)) ||
      mistakes.takes_any_signature === true ||
      (mistakes.takes_alg_none === true && String(alg).toLowerCase() === 'none') ||
      (mistakes.takes_empty_signature === true && tail === '') ||
      (mistakes.takes_any_tenants_secret === true && [...tenants.values()].some(signedBy)) ||
      (mistakes.takes_public_key_as_secret === true && [...known_keys.values()].some(signedBy))
    if (!good) throw new Error('signature')
    checkTimes(claims, mistakes.ignores_expiry === true, mistakes.expiry_optional === true)
    if (claims['qsh'] === 'context-qsh' && mistakes.takes_context_tokens === true) return issuer
    if (claims['qsh'] === undefined && mistakes.qsh_optional === true) return issuer
    if (claims['qsh'] !== hashOf(method, url) && mistakes.ignores_qsh !== true) throw new Error('qsh')
    return issuer
  }

  async function lifecycle(request: IncomingMessage, url: URL): Promise<Sent> {
    const body = JSON.parse(await textOf(request)) as { clientKey: string; sharedSecret: string }
    try {
      await lifecycleToken(request, url, body.clientKey)
    } catch (error) {
      if (mistakes.drops_unsigned_install_with_204 === true) return { status: 204 }
      if (mistakes.takes_unsigned_install !== true) throw error
    }
    if (url.pathname === '/hooks/in') {
      tenants.set(body.clientKey, body.sharedSecret)
      enabled.add(body.clientKey)
    } else if (mistakes.keeps_junk_on_uninstall === true) return { status: 500 }
    else if (mistakes.keeps_uninstalled !== true) enabled.delete(body.clientKey)
    return { status: 204 }
  }

  const known_keys = new Map<string, string>()
  async function lifecycleToken(request: IncomingMessage, url: URL, clientKey: string): Promise<void> {
    const token = tokenOf(request, null)
    const { alg, kid } = headerOf(token)
    const claims = claimsOf(token)
    const [head = '', body = '', tail = ''] = token.split('.')
    if (alg === 'HS256' && mistakes.takes_hs256_install === true) {
      if (
        createHmac('sha256', tenants.get(String(claims['iss'])) ?? '')
          .update(`${head}.${body}`)
          .digest('base64url') !== tail
      )
        throw new Error('signature')
    } else {
      if (alg !== 'RS256') throw new Error('algorithm')
      const answer = await fetch(`${keys}/${String(kid)}`)
      if (!answer.ok) throw new Error('key')
      const pem = await answer.text()
      known_keys.set(String(kid), pem)
      if (
        mistakes.takes_unknown_key !== true &&
        !verifySignature('RSA-SHA256', Buffer.from(`${head}.${body}`), createPublicKey(pem), Buffer.from(tail, 'base64url'))
      )
        throw new Error('signature')
    }
    checkTimes(claims, mistakes.ignores_install_expiry === true, false)
    if (claims['aud'] !== base && mistakes.ignores_audience !== true) throw new Error('audience')
    if (claims['qsh'] !== hashOf('POST', url) && mistakes.ignores_install_qsh !== true) throw new Error('qsh')
    if (claims['iss'] !== clientKey && mistakes.ignores_body_tenant !== true) throw new Error('tenant')
  }

  async function webhook(request: IncomingMessage, url: URL): Promise<Sent> {
    await textOf(request)
    if (mistakes.webhook_open !== true) pageIssuer(tokenOf(request, url), 'POST', url)
    return { status: 204 }
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  base = `https://127.0.0.1:${port}`
  return {
    url: base,
    port,
    tenants,
    destroyed,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

type Part = { readonly [name: string]: unknown }
const decoded = (part: string | undefined): Part => JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as Part
const headerOf = (token: string): Part => decoded(token.split('.')[0])
const claimsOf = (token: string): Part => decoded(token.split('.')[1])

function tokenOf(request: IncomingMessage, url: URL | null): string {
  const token = url?.searchParams.get('jwt') ?? /^JWT (.+)$/.exec(request.headers.authorization ?? '')?.[1]
  if (token === undefined) throw new Error('no token')
  return token
}

function checkTimes(claims: Part, ignored: boolean, optional: boolean): void {
  const now = Date.now() / 1000
  const exp = claims['exp']
  if (exp === undefined && !optional) throw new Error('no expiry')
  if (typeof exp === 'number' && !ignored && (exp < now - 60 || exp > now + 3_600)) throw new Error('expired')
}

function hashOf(method: string, url: URL): string {
  const query = [...url.searchParams]
    .filter(([name]) => name !== 'jwt')
    .map(([name, value]) => `${percent(name)}=${percent(value)}`)
    .toSorted()
    .join('&')
  return createHash('sha256').update(`${method}&${url.pathname}&${query}`).digest('hex')
}

/** RFC 3986, section 2. */
const percent = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

function echo(how: Mistakes['echoes'], value: string): string {
  if (how === 'text') return `<p>Issue ${value}</p>`
  if (how === 'attribute') return `<input value="${value.replaceAll('<', '&lt;')}">`
  if (how === 'script') return `<script>var issue = ${JSON.stringify(value)}</script>`
  if (how === 'encoded') return `<p>Issue ${value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')}</p>`
  return ''
}
