import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { callsHost } from './host.ts'
import { askHost, type Permission } from './permissions.ts'
import type { Tenant } from './store.ts'
import { queryHash, verifiedHs256 } from './tokens.ts'

const NOW_S = 1_790_000_000
const asks = askHost(callsHost('eu.example.issue-templates', () => NOW_S))
const ask = (
  of: Tenant,
  account: string,
  project: string | null,
  user_token: string | null,
  permission: Permission = 'ADMINISTER_PROJECTS',
) => asks(of, account, project, user_token, permission)

let server: Server
let host: string
let answer: unknown
let status: number
let got: { url: string; method: string; authorization: string; body: unknown }
beforeEach(async () => {
  status = 200
  server = createServer((request: IncomingMessage, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const text = Buffer.concat(chunks).toString()
      got = {
        url: request.url ?? '',
        method: request.method ?? '',
        authorization: request.headers.authorization ?? '',
        body: text === '' ? null : JSON.parse(text),
      }
      response
        .writeHead(status, status === 302 ? { location: '/elsewhere' } : {})
        .end(typeof answer === 'string' ? answer : JSON.stringify(answer))
    })()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => void server.close())
const tenant = (secret: string | null): Tenant => ({ key: 't', host, secret, enabled: true })

it('asks as the app where a secret is shared: signed, bound to the address, about the account', async () => {
  answer = { globalPermissions: ['ADMINISTER'] }
  expect(await ask(tenant('a shared secret'), 'anna', null, null)).toBe(true)
  const claims = verifiedHs256(got.authorization.replace(/^JWT /, ''), 'a shared secret', NOW_S)
  expect(claims).toMatchObject({
    iss: 'eu.example.issue-templates',
    qsh: queryHash('POST', new URL('/rest/api/3/permissions/check', host)),
  })
  expect(got.body).toEqual({ accountId: 'anna', globalPermissions: ['ADMINISTER'] })
  answer = { projectPermissions: [{ permission: 'ADMINISTER_PROJECTS' }] }
  expect(await ask(tenant('a shared secret'), 'anna', 'A', null)).toBe(true)
  expect(got.body).toEqual({ accountId: 'anna', projectPermissions: [{ permissions: ['ADMINISTER_PROJECTS'], projectKeys: ['A'] }] })
})

it('asks whether somebody may create issues in the same way, and never for the whole site', async () => {
  answer = { projectPermissions: [{ permission: 'CREATE_ISSUES' }] }
  expect(await ask(tenant('a shared secret'), 'anna', 'A', null, 'CREATE_ISSUES')).toBe(true)
  expect(got.body).toEqual({ accountId: 'anna', projectPermissions: [{ permissions: ['CREATE_ISSUES'], projectKeys: ['A'] }] })
  answer = { permissions: { CREATE_ISSUES: { havePermission: true } } }
  expect(await ask(tenant(null), 'anna', 'A', 'user-token', 'CREATE_ISSUES')).toBe(true)
})

it('asks with the caller’s own token where no secret is shared', async () => {
  answer = { permissions: { ADMINISTER_PROJECTS: { havePermission: true } } }
  expect(await ask(tenant(null), 'anna', 'A&B', 'user-token')).toBe(true)
  expect(got).toMatchObject({
    method: 'GET',
    authorization: 'Bearer user-token',
    url: '/rest/api/3/mypermissions?permissions=ADMINISTER_PROJECTS&projectKey=A%26B',
  })
  // The right for a project is none for the site.
  expect(await ask(tenant(null), 'anna', null, 'user-token')).toBe(false)
})

it.each<[string, string | null, string | null, unknown, number]>([
  ['says no', 'secret', null, { globalPermissions: [] }, 200],
  ['says nothing', 'secret', null, {}, 200],
  ['refuses', 'secret', null, { globalPermissions: ['ADMINISTER'] }, 403],
  ['breaks', 'secret', null, { globalPermissions: ['ADMINISTER'] }, 500],
  ['sends us elsewhere', 'secret', null, { globalPermissions: ['ADMINISTER'] }, 302],
  ['sends what is no JSON', 'secret', null, '<html>', 200],
  ['cannot be asked for want of a token', null, null, { permissions: { ADMINISTER: { havePermission: true } } }, 200],
  ['says no to the caller', null, 'token', { permissions: { ADMINISTER: { havePermission: false } } }, 200],
])('any doubt is a no: the host %s', async (_, secret, user_token, told, code) => {
  answer = told
  status = code
  expect(await ask(tenant(secret), 'anna', null, user_token)).toBe(false)
})

it('any doubt is a no: the host is not there', async () => {
  await new Promise((resolve) => server.close(resolve))
  expect(await ask(tenant('secret'), 'anna', null, null)).toBe(false)
})
