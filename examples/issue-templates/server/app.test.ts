import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createApp, type App, type Settings } from './app.ts'
import { FAULTS } from './faults.ts'
import { LAUNCH } from './launch.ts'
import { queryHash, verifiedHs256 } from './tokens.ts'

const NOW_S = 1_790_000_000
const APP_ID = 'ari:cloud:ecosystem::app/test'
const SECRET = 'a shared secret of enough length'
const SITE = 'https://one.atlassian.net'

const hostKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
const otherKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
const forgeKey = generateKeyPairSync('rsa', { modulusLength: 2048 })

// The host's key servers, as far as the app can tell.
let keys: Server
let keyServer: string
beforeAll(async () => {
  keys = createServer((request, response) => {
    if (request.url === '/key-1') response.end(hostKey.publicKey.export({ type: 'spki', format: 'pem' }))
    else if (request.url === '/other') response.end(otherKey.publicKey.export({ type: 'spki', format: 'pem' }))
    else if (request.url === '/rubbish') response.end('not a key')
    else if (request.url === '/away') response.writeHead(302, { location: '/key-1' }).end()
    else if (request.url === '/jwks.json')
      response.end(JSON.stringify({ keys: [{ ...forgeKey.publicKey.export({ format: 'jwk' }), kid: 'forge-1', alg: 'RS256' }] }))
    else response.writeHead(404).end()
  })
  keys.listen(0, '127.0.0.1')
  await once(keys, 'listening')
  keyServer = `http://127.0.0.1:${(keys.address() as AddressInfo).port}`
})
afterAll(() => void keys.close())

let app: App
let base: string
let administrators: string[]
const asked: (string | null)[][] = []
const start = async (more: Partial<Settings> = {}): Promise<void> => {
  const reserved = createServer()
  reserved.listen(0, '127.0.0.1')
  await once(reserved, 'listening')
  const { port } = reserved.address() as AddressInfo
  await new Promise((resolve) => reserved.close(resolve))
  base = `http://127.0.0.1:${port}`
  administrators = ['admin']
  asked.length = 0
  app = createApp({
    baseUrl: base,
    storePath: ':memory:',
    keyServer,
    forgeAppId: APP_ID,
    forgeJwks: `${keyServer}/jwks.json`,
    faults: '',
    domainProof: null,
    tls: null,
    now_ms: () => NOW_S * 1_000,
    askHost: async (tenant, account, project, user_token, permission) => {
      asked.push([tenant.key, account, project, user_token])
      return permission === 'CREATE_ISSUES' ? account !== 'reader' : administrators.includes(account)
    },
    ...more,
  })
  app.server.listen(port, '127.0.0.1')
  await once(app.server, 'listening')
}
beforeEach(() => start())
afterEach(() => app.close())

type Claims = { readonly [name: string]: unknown }
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const signedRs256 = (claims: Claims, key: KeyObject, header: Claims = { alg: 'RS256', kid: 'key-1' }): string => {
  const text = `${part({ typ: 'JWT', ...header })}.${part(claims)}`
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), key).toString('base64url')}`
}
const signedHs256 = (claims: Claims, secret: string, header: Claims = { alg: 'HS256' }): string => {
  const text = `${part({ typ: 'JWT', ...header })}.${part(claims)}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}
const json = (method: string, body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

const installation = (clientKey = 'tenant-1') => ({ key: 'eu.example.issue-templates', clientKey, sharedSecret: SECRET, baseUrl: SITE })
const lifecycleClaims = (path: string, more: Claims = {}): Claims => ({
  iss: 'tenant-1',
  aud: base,
  iat: NOW_S,
  exp: NOW_S + 180,
  qsh: queryHash('POST', new URL(path, base)),
  ...more,
})
const install = (token: string | null, body: object = installation(), path = '/connect/installed'): Promise<Response> =>
  fetch(base + path, json('POST', body, token === null ? {} : { authorization: `JWT ${token}` }))
const installed = async (): Promise<void> => {
  expect((await install(signedRs256(lifecycleClaims('/connect/installed'), hostKey.privateKey))).status).toBe(204)
}

describe('install and uninstall', () => {
  it('are taken when the host signed them for this app and this address', async () => {
    await installed()
    expect(app.store.tenant('tenant-1')).toEqual({ key: 'tenant-1', host: SITE, secret: SECRET, enabled: true })
    expect(
      (await install(signedRs256(lifecycleClaims('/connect/uninstalled'), hostKey.privateKey), installation(), '/connect/uninstalled'))
        .status,
    ).toBe(204)
    expect(app.store.tenant('tenant-1')).toBeNull()
  })

  it('forget all that a site kept here when it goes', async () => {
    await installed()
    app.store.add('tenant-1', LAUNCH)
    app.store.permit('tenant-1', { project: null, accounts: ['x'] })
    await install(signedRs256(lifecycleClaims('/connect/uninstalled'), hostKey.privateKey), installation(), '/connect/uninstalled')
    await installed()
    expect(app.store.templates('tenant-1', null)).toEqual([])
    expect(app.store.permitted('tenant-1', null)).toEqual([])
  })

  const path = '/connect/installed'
  it.each<[string, () => string | null]>([
    ['unsigned', () => null],
    ['signed with another key', () => signedRs256(lifecycleClaims(path), otherKey.privateKey)],
    [
      'signed with a key that the host does not know',
      () => signedRs256(lifecycleClaims(path), hostKey.privateKey, { alg: 'RS256', kid: 'nobody' }),
    ],
    [
      'signed with a key whose id is a path',
      () => signedRs256(lifecycleClaims(path), hostKey.privateKey, { alg: 'RS256', kid: '../key-1' }),
    ],
    ['signed with a key that is none', () => signedRs256(lifecycleClaims(path), hostKey.privateKey, { alg: 'RS256', kid: 'rubbish' })],
    ['signed with a key that lies elsewhere', () => signedRs256(lifecycleClaims(path), hostKey.privateKey, { alg: 'RS256', kid: 'away' })],
    ['without a key’s id', () => signedRs256(lifecycleClaims(path), hostKey.privateKey, { alg: 'RS256' })],
    ['of no algorithm', () => `${part({ alg: 'none', kid: 'key-1' })}.${part(lifecycleClaims(path))}.AAAA`],
    [
      'with the public key as a shared secret',
      () =>
        signedHs256(lifecycleClaims(path), hostKey.publicKey.export({ type: 'spki', format: 'pem' }).toString(), {
          alg: 'HS256',
          kid: 'key-1',
        }),
    ],
    ['for another app', () => signedRs256(lifecycleClaims(path, { aud: 'https://other.example' }), hostKey.privateKey)],
    ['for nobody', () => signedRs256(lifecycleClaims(path, { aud: undefined }), hostKey.privateKey)],
    ['about another tenant than the one that signed', () => signedRs256(lifecycleClaims(path, { iss: 'tenant-2' }), hostKey.privateKey)],
    ['after its time', () => signedRs256(lifecycleClaims(path, { exp: NOW_S - 61 }), hostKey.privateKey)],
    ['without an end', () => signedRs256(lifecycleClaims(path, { exp: undefined }), hostKey.privateKey)],
    ['for years', () => signedRs256(lifecycleClaims(path, { exp: NOW_S + 1_000_000 }), hostKey.privateKey)],
    ['from the future', () => signedRs256(lifecycleClaims(path, { iat: NOW_S + 120 }), hostKey.privateKey)],
    ['before its time', () => signedRs256(lifecycleClaims(path, { nbf: NOW_S + 120 }), hostKey.privateKey)],
    ['bound to another address', () => signedRs256(lifecycleClaims('/connect/uninstalled'), hostKey.privateKey)],
    ['bound to none', () => signedRs256(lifecycleClaims(path, { qsh: undefined }), hostKey.privateKey)],
    ['bound to any page of a session', () => signedRs256(lifecycleClaims(path, { qsh: 'context-qsh' }), hostKey.privateKey)],
  ])('%s they are refused, and nothing is kept', async (_, token) => {
    const answer = await install(token())
    expect(answer.status).toBe(401)
    expect(await answer.json()).toEqual({ error: 'This call is not signed by a site that installed the app.' })
    expect(app.store.tenant('tenant-1')).toBeNull()
  })

  it('are taken within a minute of clocks that differ', async () => {
    for (const more of [{ exp: NOW_S - 60 }, { iat: NOW_S + 60 }, { aud: `${base}/` }, { aud: ['https://other.example', base] }]) {
      expect((await install(signedRs256(lifecycleClaims(path, more), hostKey.privateKey))).status, JSON.stringify(more)).toBe(204)
    }
  })

  it.each([
    ['an address that is none', { baseUrl: 'javascript:alert(1)' }],
    ['an address without TLS', { baseUrl: 'http://one.atlassian.net' }],
    ['an address with a user', { baseUrl: 'https://a@one.atlassian.net' }],
    ['a secret that is too short', { sharedSecret: 'short' }],
    ['no secret', { sharedSecret: undefined }],
  ])('with %s they are refused', async (_, change) => {
    const answer = await install(signedRs256(lifecycleClaims(path), hostKey.privateKey), { ...installation(), ...change })
    expect(answer.status).toBe(400)
    expect(app.store.tenant('tenant-1')).toBeNull()
  })

  it('again with a new secret, the old one opens nothing, and templates stay', async () => {
    await installed()
    app.store.add('tenant-1', LAUNCH)
    const renewed = { ...installation(), sharedSecret: 'another secret of enough length' }
    expect((await install(signedRs256(lifecycleClaims(path), hostKey.privateKey), renewed)).status).toBe(204)
    expect((await fetch(page('/ui/use', SECRET))).status).toBe(401)
    expect((await fetch(page('/ui/use', renewed.sharedSecret))).status).toBe(200)
    expect(app.store.templates('tenant-1', null)).toHaveLength(1)
  })
})

/** The address of a page with its token in it, as the host writes it. */
const page = (path: string, secret = SECRET, more: Claims = {}): string => {
  const url = new URL(path, base)
  const claims = { iss: 'tenant-1', sub: 'somebody', iat: NOW_S, exp: NOW_S + 180, qsh: queryHash('GET', url), ...more }
  url.searchParams.set('jwt', signedHs256(claims, secret))
  return url.href
}

describe('pages', () => {
  beforeEach(installed)

  it('show a site’s templates to who comes from that site, whatever their names hold', async () => {
    app.store.add('tenant-1', { ...LAUNCH, name: '<script>alert(1)</script>' })
    const answer = await fetch(page('/ui/use?project=A'))
    expect(answer.status).toBe(200)
    const html = await answer.text()
    expect(html).toContain('&lt;script&gt;')
    expect(html).not.toContain('<script')
  })

  it.each<[string, () => string]>([
    ['no token', () => `${base}/ui/use`],
    ['another secret', () => page('/ui/use', 'guessed')],
    ['an empty secret', () => page('/ui/use', '')],
    ['a token of another page', () => `${base}/ui/admin?jwt=${new URL(page('/ui/use')).searchParams.get('jwt') ?? ''}`],
    [
      'a token of another project',
      () => `${base}/ui/use?project=B&jwt=${new URL(page('/ui/use?project=A')).searchParams.get('jwt') ?? ''}`,
    ],
    ['a token that has ended', () => page('/ui/use', SECRET, { exp: NOW_S - 61 })],
    ['a token for calls', () => page('/ui/use', SECRET, { qsh: 'context-qsh' })],
    ['a site that never came', () => page('/ui/use', SECRET, { iss: 'tenant-9' })],
    ['no site', () => page('/ui/use', SECRET, { iss: undefined })],
    ['a token in two parts', () => `${base}/ui/use?jwt=aaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbb`],
    ['a token that is no JSON', () => `${base}/ui/use?jwt=aaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbb.cccc`],
  ])('with %s show nothing', async (_, url) => {
    app.store.add('tenant-1', LAUNCH)
    const answer = await fetch(url())
    expect(answer.status).toBe(401)
    expect(await answer.text()).not.toContain('Launch')
  })

  it('for managing are for administrators, and for those whom they list', async () => {
    for (const path of ['/ui/admin', '/ui/project?project=A']) {
      expect((await fetch(page(path))).status, path).toBe(403)
      expect((await fetch(page(path, SECRET, { sub: 'admin' }))).status, path).toBe(200)
      expect((await fetch(page(path, SECRET, { sub: undefined }))).status, path).toBe(403)
    }
    app.store.permit('tenant-1', { project: 'A', accounts: ['somebody'] })
    expect((await fetch(page('/ui/project?project=A'))).status).toBe(200)
    expect((await fetch(page('/ui/project?project=B'))).status).toBe(403)
    expect((await fetch(page('/ui/admin'))).status).toBe(403)
  })
})

/** A form on a page as it is sent: what it hides, what is typed, and where it goes. */
const send = (html: string, fields: { readonly [name: string]: string }, path = '/ui/use'): Promise<Response> => {
  const [, action = '', body = ''] = new RegExp(`<form method="post" action="(${path}[^"]*)">([^]*?)</form>`).exec(html) ?? []
  const hidden = Object.fromEntries(
    [...body.matchAll(/type="hidden" name="([\w.]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, unescaped(value)]),
  )
  return fetch(base + action, { method: 'POST', body: new URLSearchParams({ ...hidden, ...fields }) })
}
const unescaped = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')

describe('the create-issue flow', () => {
  beforeEach(installed)
  it('goes from a template over its questions to the issues and links as they are going to be', async () => {
    app.store.add('tenant-1', LAUNCH)
    const html = await (await fetch(page('/ui/use?project=A'))).text()
    const [asked] = LAUNCH.variables
    expect(html).toContain(asked?.ask)
    const missing = await send(html, {})
    expect(missing.status).toBe(422)
    expect(await missing.text()).toContain('is needed.')
    const made = await send(html, { [`answer.${asked?.name ?? ''}`]: '<b>Orion</b>' })
    expect(made.status).toBe(200)
    const shown = await made.text()
    expect(shown).toContain('&lt;b&gt;Orion&lt;/b&gt;')
    expect(shown).not.toContain('<b>Orion')
    expect(shown).toContain(LAUNCH.links[0]?.type)
  })

  it('belongs to the person, the site and the project that the page was shown to', async () => {
    app.store.add('tenant-1', LAUNCH)
    const html = await (await fetch(page('/ui/use?project=A'))).text()
    expect((await send(html, { jwt: '' })).status).toBe(401)
    expect((await send(html.replace('?project=A', '?project=B'), {})).status).toBe(401)
    expect((await send(html, { jwt: new URL(page('/ui/use?project=A')).searchParams.get('jwt') ?? '' })).status).toBe(401)
    expect((await send(html, { template: 'another' })).status).toBe(404)
    expect((await send(html, { 'answer.x': 'x'.repeat(1_100_000) })).status).toBe(413)
  })
})

describe('creating a set in the host', () => {
  type Asked = { readonly method: string; readonly path: string; readonly authorization: string; readonly body: Sent }
  type Sent = { readonly issueUpdates: readonly { readonly fields: object }[] } | null
  let site: Server
  let got: Asked[]
  let types: string[]
  let refuses: (asked: Asked) => { readonly status: number; readonly body: object } | null
  let held: Promise<void> | null

  beforeEach(async () => {
    got = []
    types = ['Task', 'Story']
    refuses = () => null
    held = null
    let last = 0
    site = createServer((request, response) => {
      void (async () => {
        const chunks: Buffer[] = []
        for await (const chunk of request) chunks.push(chunk as Buffer)
        const text = Buffer.concat(chunks).toString()
        const path = new URL(request.url ?? '', 'http://site').pathname
        const one: Asked = {
          method: request.method ?? '',
          path,
          authorization: request.headers.authorization ?? '',
          body: text === '' ? null : (JSON.parse(text) as Sent),
        }
        got.push(one)
        await held
        const refused = refuses(one)
        if (refused !== null) response.writeHead(refused.status).end(JSON.stringify(refused.body))
        else if (path.endsWith('/issuetypes')) response.end(JSON.stringify({ issueTypes: types.map((name) => ({ name })) }))
        else if (path.endsWith('/issue/bulk')) {
          const issues = (one.body?.issueUpdates ?? []).map(() => ({ key: `A-${++last}` }))
          response.writeHead(201).end(JSON.stringify({ issues, errors: [] }))
        } else response.writeHead(201).end()
      })()
    })
    site.listen(0, '127.0.0.1')
    await once(site, 'listening')
    const host = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
    app.store.install({ key: 'tenant-1', host, secret: SECRET })
  })
  afterEach(() => void site.close())

  const shown = async (project = 'A', more: Claims = {}): Promise<string> => {
    const html = await (await fetch(page(`/ui/use?project=${project}`, SECRET, more))).text()
    return (await send(html, { 'answer.customer': 'Acme & <Sons>', 'answer.note': 'first\nsecond' })).text()
  }

  it('makes the issues that were shown, then their links, signed by the app for each address', async () => {
    app.store.add('tenant-1', LAUNCH)
    const made = await send(await shown(), {}, '/ui/create')
    expect(made.status).toBe(201)
    const html = await made.text()
    expect(html).toContain('/browse/A-1"')
    expect(html).toContain('A-1 Blocks A-2')
    expect(got.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /rest/api/3/issue/createmeta/A/issuetypes',
      'POST /rest/api/3/issue/bulk',
      'POST /rest/api/3/issueLink',
    ])
    const [design, build] = got[1]?.body?.issueUpdates ?? []
    expect(design?.fields).toMatchObject({
      project: { key: 'A' },
      issuetype: { name: 'Task' },
      summary: 'Design for Acme & <Sons>',
      labels: ['launch'],
      description: {
        type: 'doc',
        version: 1,
        content: [{ content: [{ text: 'EU: first' }] }, { content: [{ text: 'second' }] }],
      },
    })
    expect(build?.fields).not.toHaveProperty('description')
    expect(got[2]?.body).toEqual({ type: { name: 'Blocks' }, inwardIssue: { key: 'A-1' }, outwardIssue: { key: 'A-2' } })
    for (const { method, path, authorization } of got) {
      const query = path.endsWith('/issuetypes') ? '?maxResults=200' : ''
      const claims = verifiedHs256(authorization.replace('JWT ', ''), SECRET, NOW_S)
      expect(claims['qsh']).toBe(queryHash(method, new URL(path + query, 'https://site')))
    }
  })

  it('makes them once, however often the form is sent, also while the first is under way', async () => {
    app.store.add('tenant-1', LAUNCH)
    const html = await shown()
    let letGo = (): void => undefined
    held = new Promise((resolve) => (letGo = resolve))
    const first = send(html, {}, '/ui/create')
    await expect.poll(() => got.length).toBe(1)
    expect((await send(html, {}, '/ui/create')).status).toBe(409)
    letGo()
    expect((await first).status).toBe(201)
    const again = await send(html, {}, '/ui/create')
    expect([again.status, (await again.text()).includes('/browse/A-1"')]).toEqual([200, true])
    expect(got.filter(({ path }) => path.endsWith('/bulk'))).toHaveLength(1)
  })

  it('makes nothing where a type is not there, says which, and the form is good again', async () => {
    app.store.add('tenant-1', LAUNCH)
    types = ['Task']
    const html = await shown()
    const refused = await send(html, {}, '/ui/create')
    expect(refused.status).toBe(422)
    expect(await refused.text()).toContain('Project A has no issue type “Story”.')
    expect(got.some(({ path }) => path.endsWith('/bulk'))).toBe(false)
    types = ['Task', 'Story']
    expect((await send(html, {}, '/ui/create')).status).toBe(201)
  })

  it('makes nothing from a template that somebody changed meanwhile, but shows it as it is now', async () => {
    const { id } = app.store.add('tenant-1', LAUNCH)
    const html = await shown()
    app.store.replace('tenant-1', id, 1, { ...LAUNCH, issues: LAUNCH.issues.map((one) => ({ ...one, summary: `New: ${one.summary}` })) })
    const refused = await send(html, {}, '/ui/create')
    expect(refused.status).toBe(409)
    const now = await refused.text()
    expect(now).toContain('New: Design for Acme')
    expect(got).toEqual([])
    expect((await send(now, {}, '/ui/create')).status).toBe(201)
  })

  it('says of each issue and link that the host refused why, and keeps the others', async () => {
    app.store.add('tenant-1', LAUNCH)
    refuses = ({ path }) =>
      path.endsWith('/bulk')
        ? {
            status: 201,
            body: {
              issues: [{ key: 'A-7' }],
              errors: [{ status: 400, elementErrors: { errors: { labels: 'Labels are off.' } }, failedElementNumber: 0 }],
            },
          }
        : null
    const html = await (await send(await shown(), {}, '/ui/create')).text()
    expect(html).toContain('Not created: “Design for Acme &amp; &lt;Sons&gt;”. Labels are off.')
    expect(html).toContain('/browse/A-7"')
    expect(html).toContain('Not linked')
    refuses = ({ path }) =>
      path.endsWith('/issueLink') ? { status: 404, body: { errorMessages: ['No issue link type with name Blocks.'] } } : null
    expect(await (await send(await shown(), {}, '/ui/create')).text()).toContain('No issue link type with name Blocks.')
  })

  it('is for those who may create issues there, in a project, with the ticket of the form', async () => {
    app.store.add('tenant-1', LAUNCH)
    expect((await send(await shown('A', { sub: 'reader' }), {}, '/ui/create')).status).toBe(403)
    const html = await shown()
    expect((await send(html.replaceAll('/ui/create?project=A', '/ui/create?project=B'), {}, '/ui/create')).status).toBe(401)
    const stolen = /name="jwt" value="([^"]+)"/.exec(html)?.[1] ?? ''
    expect((await send(html, { jwt: stolen }, '/ui/create')).status).toBe(401)
    expect(got).toEqual([])
    const nowhere = await (await fetch(page('/ui/use'))).text()
    const preview = await (await send(nowhere, { 'answer.customer': 'Acme' })).text()
    expect(preview).toContain('Open this page from a project')
    expect(preview).not.toContain('/ui/create')
  })

  it('is there for programs too, and says what the host says', async () => {
    const { id } = app.store.add('tenant-1', { ...LAUNCH, project: 'A' })
    const create = (account: string, body: object) => call(account, `/api/v1/templates/${id}/create`, json('POST', body))
    const answers = { customer: 'Acme' }
    expect((await create('somebody', { answers })).status).toBe(400)
    expect((await create('somebody', { project: 'B', answers })).status).toBe(403)
    expect((await create('reader', { project: 'A', answers })).status).toBe(403)
    expect((await create('somebody', { project: 'A', answers: {} })).status).toBe(422)
    const made = await create('somebody', { project: 'A', answers })
    expect(made.status).toBe(201)
    expect(await made.json()).toMatchObject({ issues: [{ ref: 'design', key: 'A-1' }, { key: 'A-2' }], links: [{ why: null }] })
    refuses = ({ path }) => (path.endsWith('/issuetypes') ? { status: 404, body: { errorMessages: ['No project could be found.'] } } : null)
    expect(await (await create('somebody', { project: 'A', answers })).json()).toEqual({
      error: 'The site says: No project could be found.',
    })
    refuses = ({ path }) => (path.endsWith('/bulk') ? { status: 503, body: {} } : null)
    const none = await create('somebody', { project: 'A', answers })
    expect([none.status, await none.json()]).toMatchObject([422, { issues: [{ key: null, why: 'the site answers 503' }, {}] }])
  })
})

/** A call of a page's script or, with Bearer, of the Forge platform. */
const call = (account: string, path: string, init: RequestInit = {}, tenant = 'tenant-1'): Promise<Response> => {
  const token = signedHs256({ iss: tenant, sub: account, iat: NOW_S, exp: NOW_S + 180, qsh: 'context-qsh' }, SECRET)
  return fetch(base + path, { ...init, headers: { ...(init.headers as Record<string, string>), authorization: `JWT ${token}` } })
}

describe('templates', () => {
  beforeEach(installed)

  it('are made, read, changed, used and taken away', async () => {
    const made = await call('admin', '/api/v1/templates', json('POST', LAUNCH))
    expect(made.status).toBe(201)
    const { id } = (await made.json()) as { id: string }
    expect(await (await call('somebody', `/api/v1/templates/${id}`)).json()).toEqual({ ...LAUNCH, id, version: 1 })
    const used = await call('somebody', `/api/v1/templates/${id}/use`, json('POST', { answers: { customer: 'Acme' } }))
    expect(await used.json()).toMatchObject({
      issues: [{ summary: 'Design for Acme' }, {}],
      links: [{ from: 'design', to: 'build', type: 'Blocks' }],
    })
    const missing = await call('somebody', `/api/v1/templates/${id}/use`, json('POST', { answers: {} }))
    expect([missing.status, await missing.json()]).toEqual([422, { mistakes: [{ at: 'customer', says: 'Which customer? is needed.' }] }])
    const changed = { ...LAUNCH, name: 'Launch again' }
    expect((await call('admin', `/api/v1/templates/${id}`, json('PUT', changed, { 'if-match': '1' }))).status).toBe(204)
    // Whoever looked at version 1 does not overwrite version 2.
    expect((await call('admin', `/api/v1/templates/${id}`, json('PUT', LAUNCH, { 'if-match': '1' }))).status).toBe(409)
    expect((await call('admin', `/api/v1/templates/${id}`, json('PUT', LAUNCH))).status).toBe(409)
    expect((await call('admin', `/api/v1/templates/${id}`, { method: 'DELETE' })).status).toBe(204)
    expect((await call('admin', `/api/v1/templates/${id}`)).status).toBe(404)
  })

  it('of a project are not those of another, global ones are everybody’s', async () => {
    for (const project of [null, 'A', 'B']) app.store.add('tenant-1', { ...LAUNCH, name: project ?? 'all', project })
    const names = async (query: string) =>
      ((await (await call('x', `/api/v1/templates${query}`)).json()) as { templates: { name: string }[] }).templates
        .map(({ name }) => name)
        .sort()
    expect(await names('?project=A')).toEqual(['A', 'all'])
    expect(await names('')).toEqual(['A', 'B', 'all'])
  })

  it('of a site are never another site’s', async () => {
    const { id } = app.store.add('tenant-1', LAUNCH)
    app.store.install({ key: 'tenant-2', host: 'https://two.atlassian.net', secret: SECRET })
    expect(await (await call('admin', '/api/v1/templates', {}, 'tenant-2')).json()).toEqual({ templates: [] })
    for (const init of [{}, { method: 'DELETE' }, json('PUT', LAUNCH, { 'if-match': '1' })]) {
      expect((await call('admin', `/api/v1/templates/${id}`, init, 'tenant-2')).status).toBe(404)
    }
    expect(app.store.templates('tenant-1', null)).toHaveLength(1)
  })

  it('are managed by administrators of the place, and by those whom they list', async () => {
    const inA = { ...LAUNCH, project: 'A' }
    expect((await call('somebody', '/api/v1/templates', json('POST', inA))).status).toBe(403)
    expect((await call('somebody', '/api/v1/permissions', json('PUT', { project: 'A', accounts: ['somebody'] }))).status).toBe(403)
    expect((await call('admin', '/api/v1/permissions', json('PUT', { project: 'A', accounts: ['somebody'] }))).status).toBe(204)
    const made = await call('somebody', '/api/v1/templates', json('POST', inA))
    expect(made.status).toBe(201)
    const { id } = (await made.json()) as { id: string }
    expect((await call('somebody', '/api/v1/templates', json('POST', LAUNCH))).status).toBe(403)
    // Nobody moves a template into a project where they may not.
    expect((await call('somebody', `/api/v1/templates/${id}`, json('PUT', { ...inA, project: 'B' }, { 'if-match': '1' }))).status).toBe(403)
    expect((await call('admin', '/api/v1/permissions', json('PUT', { accounts: ['global'] }))).status).toBe(204)
    expect((await call('global', `/api/v1/templates/${id}`, { method: 'DELETE' })).status).toBe(204)
  })

  it.each<[string, string, RequestInit, number]>([
    ['a body that is no JSON', '/api/v1/templates', { method: 'POST', body: '{' }, 400],
    ['a body that is a list', '/api/v1/templates', json('POST', []), 400],
    ['a body that is too large', '/api/v1/templates', json('POST', { name: 'x'.repeat(1_100_000) }), 413],
    ['a template with mistakes', '/api/v1/templates', json('POST', { name: '' }), 422],
    ['accounts that are no list', '/api/v1/permissions', json('PUT', { accounts: 'admin' }), 400],
    ['an address that is none of ours', '/api/v1/nothing', {}, 404],
    ['a method that is not for it', '/api/v1/templates', { method: 'PATCH' }, 405],
  ])('%s is refused', async (_, path, init, status) => expect((await call('admin', path, init)).status).toBe(status))
})

describe('calls of the Forge platform', () => {
  const token = (more: Claims = {}, key = forgeKey.privateKey, header: Claims = { alg: 'RS256', kid: 'forge-1' }): string =>
    signedRs256(
      {
        iss: 'forge/invocation-token',
        aud: APP_ID,
        iat: NOW_S,
        exp: NOW_S + 180,
        principal: 'admin',
        context: { cloudId: 'site-1' },
        ...more,
      },
      key,
      header,
    )
  const forge = (bearer: string, path = '/api/v1/templates', init: RequestInit = {}): Promise<Response> =>
    fetch(base + path, { ...init, headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${bearer}` } })

  it('are taken with a token of the platform for this app, and the site becomes a tenant without a secret', async () => {
    const made = await forge(token(), '/api/v1/templates', json('POST', LAUNCH, { 'x-forge-oauth-user': 'user-token' }))
    expect(made.status).toBe(201)
    expect(app.store.tenant('forge:site-1')).toEqual({
      key: 'forge:site-1',
      host: 'https://api.atlassian.com/ex/jira/site-1',
      secret: null,
      enabled: true,
    })
    // The host is asked with the caller's own token, which the platform sent along.
    expect(asked).toEqual([['forge:site-1', 'admin', null, 'user-token']])
    expect(await (await forge(token({ context: { cloudId: 'site-2' } }))).json()).toEqual({ templates: [] })
  })

  it.each<[string, () => string]>([
    ['of another app', () => token({ aud: 'ari:cloud:ecosystem::app/other' })],
    ['of another issuer', () => token({ iss: 'somebody' })],
    ['with another key', () => token({}, otherKey.privateKey)],
    ['with an unknown key', () => token({}, forgeKey.privateKey, { alg: 'RS256', kid: 'forge-2' })],
    ['without a key’s id', () => token({}, forgeKey.privateKey, { alg: 'RS256' })],
    ['that has ended', () => token({ exp: NOW_S - 61 })],
    ['about no site', () => token({ context: undefined })],
    ['about a site that is a path', () => token({ context: { cloudId: '../../admin' } })],
    [
      'with HMAC',
      () => signedHs256({ iss: 'forge/invocation-token', aud: APP_ID, exp: NOW_S + 180 }, 'x', { alg: 'HS256', kid: 'forge-1' }),
    ],
  ])('with a token %s are refused', async (_, bearer) => expect((await forge(bearer())).status).toBe(401))

  it('are refused while the platform’s keys cannot be had', async () => {
    await app.close()
    await start({ forgeJwks: 'http://127.0.0.1:1/jwks.json' })
    expect((await forge(token())).status).toBe(401)
  })

  it('open no door beside them: a site without a secret signs nothing, not even with an empty one', async () => {
    await forge(token())
    for (const secret of ['', 'null', 'undefined']) {
      const forged = signedHs256({ iss: 'forge:site-1', sub: 'admin', iat: NOW_S, exp: NOW_S + 180, qsh: 'context-qsh' }, secret)
      const answer = await fetch(`${base}/api/v1/templates`, { headers: { authorization: `JWT ${forged}` } })
      expect(answer.status).toBe(401)
    }
  })
})

describe('what anybody may see', () => {
  it('health writes to the store and reads from it', async () => {
    expect((await fetch(`${base}/health`)).status).toBe(200)
    expect((await fetch(`${base}/health`, { method: 'HEAD' })).status).toBe(200)
    app.store.close()
    const broken = await fetch(`${base}/health`)
    expect([broken.status, await broken.json()]).toEqual([503, { status: 'store does not answer' }])
  })

  it('every answer says that it is kept nowhere, framed by the host only, and reached over TLS only', async () => {
    for (const path of [
      '/',
      '/health',
      '/atlassian-connect.json',
      '/.well-known/security.txt',
      '/guides',
      '/guides/variables',
      '/nowhere',
      '/ui/use',
      '//',
      '/api/v1/templates',
    ]) {
      const { headers } = await fetch(base + path)
      expect(headers.get('strict-transport-security'), path).toMatch(/max-age=(\d{8,}).*includeSubDomains/)
      expect(headers.get('referrer-policy'), path).toBe('no-referrer')
      expect(headers.get('cache-control'), path).toContain('no-store')
      expect(headers.get('x-content-type-options'), path).toBe('nosniff')
      expect(headers.get('content-security-policy'), path).toMatch(/frame-ancestors https:\/\/\*\.atlassian\.net/)
      expect(headers.get('set-cookie'), path).toBeNull()
    }
  })

  it('security.txt has a contact, an address of its own and an end that lies ahead, less than a year', async () => {
    const answer = await fetch(`${base}/.well-known/security.txt`)
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    const text = await answer.text()
    expect(text).toMatch(/^Contact: mailto:\S+@\S+$/m)
    expect(text).toContain(`Canonical: ${base}/.well-known/security.txt`)
    const expires = Date.parse(/^Expires: (.+)$/m.exec(text)?.[1] ?? '')
    expect(expires).toBeGreaterThan(NOW_S * 1_000)
    expect(expires).toBeLessThan((NOW_S + 366 * 86_400) * 1_000)
  })

  it('the five guides, and only those', async () => {
    const { guides } = (await (await fetch(`${base}/guides`)).json()) as { guides: string[] }
    expect(guides).toHaveLength(5)
    for (const guide of guides) expect(await (await fetch(guide)).text()).toMatch(/^# /)
    for (const path of ['/guides/nothing', '/guides/../server/app.ts', '/guides/%2e%2e%2fpackage.json', '/guidesx']) {
      expect((await fetch(base + path)).status, path).toBe(404)
    }
  })

  it('the proof of the domain only when there is one', async () => {
    expect((await fetch(`${base}/.well-known/castellan.txt`)).status).toBe(404)
    await app.close()
    await start({ domainProof: 'token-1' })
    expect(await (await fetch(`${base}/.well-known/castellan.txt`)).text()).toBe('token-1\n')
  })
})

describe('each fault does what it says, and nothing while it is off', () => {
  it.each(FAULTS)('%s can be switched on and off while the app runs', (fault) => {
    app.faults.set(fault, true)
    expect(app.faults.list()).toEqual([fault])
    app.faults.set(fault, false)
    expect(app.faults.list()).toEqual([])
  })

  it('a fault that does not exist is refused', () => expect(() => app.faults.set('explode', true)).toThrow('there are: slow'))

  it('dead cuts every connection', async () => {
    app.faults.set('dead', true)
    await expect(fetch(`${base}/health`)).rejects.toThrow()
  })

  it('slow answers later than a health check waits', async () => {
    app.faults.set('slow', true)
    await expect(fetch(`${base}/health`, { signal: AbortSignal.timeout(3_000) })).rejects.toThrow(/timeout/i)
    expect((await fetch(`${base}/health`)).status).toBe(200)
  })

  it('flaky fails every third request', async () => {
    app.faults.set('flaky', true)
    const statuses = []
    for (let at = 0; at < 9; at++) statuses.push((await fetch(`${base}/health`)).status)
    expect(statuses.filter((status) => status === 503)).toHaveLength(3)
  })

  it('store-down fails the health check and nothing else', async () => {
    app.faults.set('store-down', true)
    expect((await fetch(`${base}/health`)).status).toBe(503)
    expect((await fetch(`${base}/atlassian-connect.json`)).status).toBe(200)
  })

  it('insecure-headers leaves the headers out and hands out a bare cookie', async () => {
    app.faults.set('insecure-headers', true)
    const { headers } = await fetch(`${base}/`)
    expect(headers.get('strict-transport-security')).toBeNull()
    expect(headers.get('set-cookie')).toBe('session=abc; Path=/')
  })

  it('insecure-pages shows templates to somebody without a token', async () => {
    app.faults.set('insecure-pages', true)
    expect(await (await fetch(`${base}/ui/admin`)).text()).toContain('Security incident')
  })

  it('insecure-install believes an unsigned installation', async () => {
    app.faults.set('insecure-install', true)
    expect((await install(null)).status).toBe(204)
    expect(app.store.tenant('tenant-1')?.host).toBe(SITE)
  })
})
