import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConnectAuthentication, descriptor, ISSUE_TEMPLATES, type Identity } from './connect.ts'
import { createSet, NotMade } from './creating.ts'
import { Faults } from './faults.ts'
import { ForgeAuthentication } from './forge.ts'
import { callsHost } from './host.ts'
import { askHost, mayManage, type AsksHost } from './permissions.ts'
import { Store, type Caller, type StoredTemplate } from './store.ts'
import { filledIn, mistakesOf, type Template } from './templates.ts'
import { BadToken } from './tokens.ts'
import { madePage, page, usePage, type Filled } from './page.ts'

export type Settings = {
  readonly baseUrl: string
  readonly storePath: string
  readonly keyServer: string
  readonly forgeAppId: string
  readonly forgeJwks: string
  readonly faults: string
  /** Text served at /.well-known/castellan.txt, by which the app's owner shows control of the domain. */
  readonly domainProof: string | null
  readonly tls: { readonly key: string; readonly cert: string } | null
  readonly now_ms: () => number
  readonly askHost?: AsksHost
  readonly identity?: Identity
}

export type App = { readonly server: Server; readonly faults: Faults; readonly store: Store; readonly close: () => Promise<void> }

/** Answers that carry nobody's data still say how they may be kept and framed: one set for all. */
const HEADERS = {
  'strict-transport-security': 'max-age=63072000; includeSubDomains; preload',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache, no-store, must-revalidate',
  'x-content-type-options': 'nosniff',
  'content-security-policy':
    "default-src 'none'; script-src 'self' https://connect-cdn.atl-paas.net; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors https://*.atlassian.net https://*.jira.com",
}

/** What users are told, by its address under /guides/. */
const GUIDES: ReadonlyMap<string, string> = new Map(
  ['getting-started', 'creating-templates', 'using-templates', 'variables', 'links-between-issues'].map((name) => [
    name,
    readFileSync(join(import.meta.dirname, `../guides/${name}.md`), 'utf8'),
  ]),
)

const LARGEST_BODY_BYTES = 1_000_000
const HTML = 'text/html; charset=utf-8'

class Answer extends Error {
  readonly status: number
  readonly body: unknown
  constructor(status: number, body: unknown) {
    super(String(status))
    this.status = status
    this.body = body
  }
}

/** Starts the app without listening yet. */
export function createApp(settings: Settings): App {
  const store = new Store(settings.storePath)
  const faults = new Faults(settings.faults)
  const now_s = (): number => Math.floor(settings.now_ms() / 1_000)
  const connect = new ConnectAuthentication(store, faults, settings.baseUrl, settings.keyServer, now_s)
  const forge = new ForgeAuthentication(store, settings.forgeAppId, settings.forgeJwks, now_s)
  /** Where a form of the create-issue flow is sent; its ticket is bound to the project too. */
  const formAt = (path: '/ui/use' | '/ui/create', project: string | null): URL =>
    new URL(project === null ? path : `${path}?project=${encodeURIComponent(project)}`, settings.baseUrl)
  const call = callsHost((settings.identity ?? ISSUE_TEMPLATES).key, now_s)
  const ask = settings.askHost ?? askHost(call)

  const listener: RequestListener = (request, response) => {
    if (faults.is('dead')) {
      request.socket.destroy()
      return
    }
    const answer = (): void => {
      route(request)
        .catch((error: unknown) => failure(error))
        .then((sent) => send(response, sent))
        .catch((error: unknown) => response.destroy(error instanceof Error ? error : new Error(String(error))))
    }
    // Slower than the three seconds that a health check is given.
    if (faults.is('slow')) setTimeout(answer, 3_500).unref()
    else answer()
  }

  type Sent = { readonly status: number; readonly body: unknown; readonly type?: string }

  async function route(request: IncomingMessage): Promise<Sent> {
    const asked = request.url ?? '/'
    if (!URL.canParse(asked, settings.baseUrl)) throw new Answer(400, { error: 'This is not an address.' })
    const url = new URL(asked, settings.baseUrl)
    // Node leaves the body out of what answers a HEAD.
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET')
    if (faults.failsNow()) return { status: 503, body: { error: 'flaky' } }
    const { pathname } = url
    if (pathname === '/health' && method === 'GET') return health()
    if (pathname === '/' && method === 'GET') return { status: 200, body: { app: 'Issue Templates', guides: '/guides' } }
    if (pathname === '/atlassian-connect.json' && method === 'GET')
      return { status: 200, body: descriptor(settings.baseUrl, settings.identity ?? ISSUE_TEMPLATES) }
    if (pathname === '/.well-known/security.txt' && method === 'GET')
      return { status: 200, type: 'text/plain; charset=utf-8', body: securityText(settings) }
    if (pathname === '/.well-known/castellan.txt' && method === 'GET' && settings.domainProof !== null) {
      return { status: 200, type: 'text/plain; charset=utf-8', body: `${settings.domainProof}\n` }
    }
    if (/^\/guides(\/|$)/.test(pathname) && method === 'GET') return guide(pathname.slice('/guides/'.length))
    if (pathname.startsWith('/connect/') && method === 'POST') return lifecycle(request, url)
    if (pathname.startsWith('/ui/') && method === 'GET') return ui(request, url)
    if (pathname === '/ui/use' && method === 'POST') return use(request, url)
    if (pathname === '/ui/create' && method === 'POST') return create(request, url)
    if (pathname.startsWith('/api/v1/')) return api(request, url, method)
    throw new Answer(404, { error: 'There is nothing here.' })
  }

  function guide(name: string): Sent {
    if (name === '') return { status: 200, body: { guides: [...GUIDES.keys()].map((one) => `${settings.baseUrl}/guides/${one}`) } }
    const text = GUIDES.get(name)
    if (text === undefined) throw new Answer(404, { error: 'There is no such guide.' })
    return { status: 200, type: 'text/markdown; charset=utf-8', body: text }
  }

  function health(): Sent {
    // The process answering is not enough: the store has to take a write and give it back.
    const ok = !faults.is('store-down') && beats()
    return { status: ok ? 200 : 503, body: { status: ok ? 'ok' : 'store does not answer' } }
  }

  function beats(): boolean {
    try {
      return store.beats(settings.now_ms())
    } catch (error) {
      failure(error)
      return false
    }
  }

  async function lifecycle(request: IncomingMessage, url: URL): Promise<Sent> {
    const body = await jsonBody(request)
    const key = await connect.lifecycle('POST', url, request.headers.authorization, body)
    if (url.pathname === '/connect/uninstalled') {
      store.uninstall(key)
      return { status: 204, body: null }
    }
    if (url.pathname !== '/connect/installed') throw new Answer(404, { error: 'There is no such hook.' })
    const { baseUrl: host, sharedSecret: secret } = body
    if (typeof host !== 'string' || !/^https:\/\/[\w.-]+(:\d+)?(\/wiki)?$/.test(host))
      throw new Answer(400, { error: 'baseUrl is not an address of the host.' })
    if (typeof secret !== 'string' || secret.length < 20) throw new Answer(400, { error: 'sharedSecret is missing or too short.' })
    store.install({ key, host, secret })
    return { status: 204, body: null }
  }

  async function ui(request: IncomingMessage, url: URL): Promise<Sent> {
    if (faults.is('insecure-pages'))
      return { status: 200, type: 'text/html; charset=utf-8', body: page(url.pathname, url.searchParams.get('project'), anyTemplates()) }
    const caller = connect.caller('GET', url, request.headers.authorization, 'page')
    const { tenant, account } = caller
    const project = url.searchParams.get('project')
    if (url.pathname !== '/ui/use' && !(await mayManage(store, ask, tenant, account, url.pathname === '/ui/admin' ? null : project))) {
      throw new Answer(403, { error: 'Only administrators, and those whom they list, manage templates.' })
    }
    const templates = store.templates(tenant.key, project)
    if (url.pathname !== '/ui/use') return { status: 200, type: HTML, body: page(url.pathname, project, templates) }
    return { status: 200, type: HTML, body: formsFor(caller, project, templates, null) }
  }

  const formsFor = (caller: Caller, project: string | null, templates: readonly StoredTemplate[], filled: Filled | null): string =>
    usePage(project, templates, {
      tickets: {
        use: connect.ticket(caller, 'POST', formAt('/ui/use', project)),
        create: connect.ticket(caller, 'POST', formAt('/ui/create', project)),
      },
      filled,
    })

  /** A template's form comes back: the issues and links of the set as they are going to be, or what is still missing. */
  async function use(request: IncomingMessage, url: URL): Promise<Sent> {
    const { caller, project, templates, template, answers } = await formIn(request, url)
    const result = filledIn(template, answers)
    const body = formsFor(caller, project, templates, { template: template.id, answers, result, notice: null })
    return { status: 'mistakes' in result ? 422 : 200, type: HTML, body }
  }

  /** The form beneath a set comes back: its issues and links are created in the host, once for each time that it was shown. */
  async function create(request: IncomingMessage, url: URL): Promise<Sent> {
    const { caller, project, templates, template, answers, version } = await formIn(request, url)
    const { tenant, account, ticket } = caller
    if (project === null) throw new Answer(400, { error: 'Issues are created in a project: open the page from one.' })
    if (account === null || !(await ask(tenant, account, project, null, 'CREATE_ISSUES')))
      throw new Answer(403, { error: `You may not create issues in ${project}, so a template cannot either.` })
    const again = (status: number, notice: string | null): Sent => {
      const filled = { template: template.id, answers, result: filledIn(template, answers), notice }
      return { status, type: HTML, body: formsFor(caller, project, templates, filled) }
    }
    if (version !== template.version) return again(409, 'Somebody changed the template meanwhile. This is the set as it is now.')
    const set = filledIn(template, answers)
    if ('mistakes' in set) return again(422, null)
    if (ticket === null) throw new BadToken('not the ticket of a form')
    if (!store.takes(tenant.key, ticket, settings.now_ms())) {
      const made = store.madeWith(tenant.key, ticket)
      if (made === null) throw new Answer(409, { error: `These issues are being created. Look into ${project} before you try again.` })
      return { status: 200, type: HTML, body: madePage(project, tenant.host, made) }
    }
    try {
      const made = await createSet(call, { tenant, user_token: null, project }, set)
      store.keepMade(tenant.key, ticket, made)
      return { status: made.issues.some(({ key }) => key !== null) ? 201 : 422, type: HTML, body: madePage(project, tenant.host, made) }
    } catch (error) {
      if (!(error instanceof NotMade)) throw error
      store.giveBack(tenant.key, ticket)
      return again(422, error.message)
    }
  }

  async function formIn(request: IncomingMessage, url: URL) {
    const fields = new URLSearchParams((await bodyOf(request)).toString('utf8'))
    const caller = connect.caller('POST', url, `JWT ${fields.get('jwt') ?? ''}`, 'page')
    const project = url.searchParams.get('project')
    const templates = store.templates(caller.tenant.key, project)
    const template = templates.find(({ id }) => id === fields.get('template'))
    if (template === undefined) throw new Answer(404, { error: 'There is no such template for this project any more.' })
    const answers = Object.fromEntries(template.variables.map(({ name }) => [name, fields.get(`answer.${name}`) ?? '']))
    return { caller, project, templates, template, answers, version: Number(fields.get('version')) }
  }

  /** What a hole looks like: pages that ask nobody who they are and show a site's templates to everybody. */
  const anyTemplates = (): readonly StoredTemplate[] => [...store.templates('demo', null), ...SOMEBODYS]

  async function api(request: IncomingMessage, url: URL, method: string): Promise<Sent> {
    const caller = /^Bearer /i.test(request.headers.authorization ?? '')
      ? await forge.caller(request.headers.authorization, request.headers['x-forge-oauth-user'])
      : connect.caller(request.method ?? 'GET', url, request.headers.authorization, 'call')
    const { tenant } = caller
    const [, , , resource, id, act] = url.pathname.split('/')
    const project = url.searchParams.get('project')
    if (resource === 'permissions' && method === 'PUT') {
      const body = (await jsonBody(request)) as { readonly project?: unknown; readonly accounts?: unknown }
      const of = typeof body.project === 'string' ? body.project : null
      await mustManage(caller, of)
      if (!Array.isArray(body.accounts) || body.accounts.some((one) => typeof one !== 'string'))
        throw new Answer(400, { error: 'accounts is a list of account ids.' })
      store.permit(tenant.key, { project: of, accounts: body.accounts as string[] })
      return { status: 204, body: null }
    }
    if (resource !== 'templates') throw new Answer(404, { error: 'There is nothing here.' })
    if (id === undefined) {
      if (method === 'GET') return { status: 200, body: { templates: store.templates(tenant.key, project) } }
      if (method === 'POST') {
        const template = await templateIn(request)
        await mustManage(caller, template.project)
        return { status: 201, body: store.add(tenant.key, template) }
      }
    } else {
      const found = store.template(tenant.key, id)
      if (found === null) throw new Answer(404, { error: 'There is no such template.' })
      if (method === 'GET') return { status: 200, body: found }
      if (method === 'POST' && act === 'use') {
        const body = (await jsonBody(request)) as { readonly answers?: unknown }
        const made = filledIn(found, asAnswers(body.answers))
        return 'mistakes' in made ? { status: 422, body: made } : { status: 200, body: made }
      }
      if (method === 'POST' && act === 'create') return createFor(caller, found, await jsonBody(request))
      if (method === 'PUT') {
        await mustManage(caller, found.project)
        const template = await templateIn(request)
        await mustManage(caller, template.project)
        const version = Number(request.headers['if-match'])
        if (!store.replace(tenant.key, id, version, template))
          throw new Answer(409, { error: `Somebody changed it; it is at version ${found.version} now.` })
        return { status: 204, body: null }
      }
      if (method === 'DELETE') {
        await mustManage(caller, found.project)
        store.remove(tenant.key, id)
        return { status: 204, body: null }
      }
    }
    throw new Answer(405, { error: `${method} is not for this address.` })
  }

  /** The same for a program, and for the Forge form of the app: there the host itself asks whether the caller may. */
  async function createFor(
    { tenant, account, user_token }: Caller,
    template: StoredTemplate,
    body: { readonly project?: unknown; readonly answers?: unknown },
  ): Promise<Sent> {
    const { project } = body
    if (typeof project !== 'string' || project === '')
      throw new Answer(400, { error: 'project is the key of the project to create them in.' })
    if (template.project !== null && template.project !== project)
      throw new Answer(403, { error: `This template is for ${template.project} only.` })
    if (account === null || !(await ask(tenant, account, project, user_token, 'CREATE_ISSUES')))
      throw new Answer(403, { error: `The caller may not create issues in ${project}.` })
    const set = filledIn(template, asAnswers(body.answers))
    if ('mistakes' in set) return { status: 422, body: set }
    try {
      const made = await createSet(call, { tenant, user_token, project }, set)
      return { status: made.issues.some(({ key }) => key !== null) ? 201 : 422, body: made }
    } catch (error) {
      if (error instanceof NotMade) throw new Answer(422, { error: error.message })
      throw error
    }
  }

  async function mustManage({ tenant, account, user_token }: Caller, project: string | null): Promise<void> {
    if (!(await mayManage(store, ask, tenant, account, project, user_token)))
      throw new Answer(403, { error: 'Only administrators, and those whom they list, manage templates.' })
  }

  function failure(error: unknown): Sent {
    if (error instanceof Answer) return { status: error.status, body: error.body }
    if (error instanceof BadToken) return { status: 401, body: { error: 'This call is not signed by a site that installed the app.' } }
    process.stderr.write(`${JSON.stringify({ level: 'error', message: error instanceof Error ? error.message : String(error) })}\n`)
    return { status: 500, body: { error: 'Something broke here.' } }
  }

  function send(response: ServerResponse, sent: Sent): void {
    const headers: Record<string, string> = faults.is('insecure-headers') ? { 'set-cookie': 'session=abc; Path=/' } : { ...HEADERS }
    if (sent.body === null) {
      response.writeHead(sent.status, headers).end()
      return
    }
    headers['content-type'] = sent.type ?? 'application/json; charset=utf-8'
    response.writeHead(sent.status, headers).end(typeof sent.body === 'string' ? sent.body : JSON.stringify(sent.body))
  }

  const server: Server =
    settings.tls === null ? createHttpServer(listener) : createHttpsServer({ ...settings.tls, minVersion: 'TLSv1.2' }, listener)
  server.requestTimeout = 15_000
  return {
    server,
    faults,
    store,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          store.close()
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

/** Templates of a site that does not exist, for the fault `insecure-pages`: a new store would have nothing to give away. */
const SOMEBODYS: readonly StoredTemplate[] = [
  { name: 'Onboarding of a colleague', project: 'PEOPLE', ask: 'Whose first day?' },
  { name: 'Security incident', project: 'SEC', ask: 'Which system?' },
].map(({ name, project, ask }, place) => ({
  id: String(place),
  version: 1,
  name,
  project,
  variables: [{ name: 'what', ask, default: null, required: true }],
  issues: [{ ref: 'first', summary: `${name}: {{what}}`, description: '', type: 'Task', labels: [] }],
  links: [],
}))

/** RFC 9116: where to report a hole. The expiry moves with the clock, so that it is never stale while the app runs. */
function securityText(settings: Settings): string {
  const expires = new Date(settings.now_ms() + 180 * 86_400_000).toISOString()
  return `Contact: mailto:security@templates.example.eu\nExpires: ${expires}\nPreferred-Languages: en\nCanonical: ${settings.baseUrl}/.well-known/security.txt\n`
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length
    if (bytes > LARGEST_BODY_BYTES) throw new Answer(413, { error: `At most ${LARGEST_BODY_BYTES} bytes.` })
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks)
}

async function jsonBody(request: IncomingMessage): Promise<{ readonly [name: string]: unknown }> {
  const bytes = await bodyOf(request)
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as { readonly [name: string]: unknown }
  } catch (error) {
    throw new Answer(400, { error: `The body is not JSON: ${String(error)}` })
  }
  throw new Answer(400, { error: 'The body is not a JSON object.' })
}

async function templateIn(request: IncomingMessage): Promise<Template> {
  const body = await jsonBody(request)
  const template = asTemplate(body)
  const mistakes = mistakesOf(template)
  if (mistakes.length > 0) throw new Answer(422, { mistakes })
  return template
}

function asTemplate(body: { readonly [name: string]: unknown }): Template {
  const items = (name: string): readonly { readonly [member: string]: unknown }[] =>
    (Array.isArray(body[name]) ? (body[name] as unknown[]) : []).filter(
      (one): one is { readonly [member: string]: unknown } => typeof one === 'object' && one !== null,
    )
  return {
    name: asText(body['name']),
    project: typeof body['project'] === 'string' ? body['project'] : null,
    variables: items('variables').map((one) => ({
      name: asText(one['name']),
      ask: asText(one['ask']),
      default: typeof one['default'] === 'string' ? one['default'] : null,
      required: one['required'] === true,
    })),
    issues: items('issues').map((one) => ({
      ref: asText(one['ref']),
      summary: asText(one['summary']),
      description: asText(one['description']),
      type: asText(one['type']),
      labels: Array.isArray(one['labels']) ? one['labels'].map(asText) : [],
    })),
    links: items('links').map((one) => ({ from: asText(one['from']), to: asText(one['to']), type: asText(one['type']) })),
  }
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : '')

function asAnswers(value: unknown): { readonly [name: string]: string } {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}
