import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'

/** A site that exists only for scans. Its name says so, and it is uninstalled afterwards whatever happened. */
export type ScanTenant = {
  readonly clientKey: string
  readonly sharedSecret: string
  /** Where the app finds the host product of this tenant. */
  readonly baseUrl: string
  /** A text that stands in this tenant's data and nowhere else: whoever sees it sees this tenant. */
  readonly marker: string
}

/** What an app asked the host product, for checks that go by effect. */
export type HostCall = { readonly tenant: string; readonly method: string; readonly path: string; readonly body: string }

export type HostSettings = {
  /** Address and port at which apps look up public keys and find the host product of the scan tenants. */
  readonly listen: { readonly address: string; readonly port: number }
  /** Where the tenants say their host product is; without it, under the listening address. `{tenant}` takes the tenant's key. */
  readonly tenant_base_url: string | null
  readonly tls: { readonly key: string; readonly cert: string } | null
}

/**
 * The host product as far as an app can tell: a key server, and for each scan tenant an interface that answers permission
 * questions and gives out data with a marker in it. One serves a whole worker; tenants are made for each scan.
 */
export type Host = {
  readonly kid: string
  readonly private_key: KeyObject
  readonly public_pem: string
  readonly address: string
  readonly tenant: (name: string) => ScanTenant
  /** Calls about a tenant so far. */
  readonly calls: (tenant: ScanTenant) => readonly HostCall[]
  /** Forgets a tenant and what was asked about it. */
  readonly forget: (tenant: ScanTenant) => void
  readonly close: () => Promise<void>
}

/** The account that the stub calls an administrator, and one that it does not. */
export const ADMIN = 'scan-admin'
export const USER = 'scan-user'

const LARGEST_CALL_BYTES = 64 * 1024
const MOST_CALLS = 1_000

/** Starts the host product of the scan tenants. */
export async function startHost(settings: HostSettings): Promise<Host> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const kid = `scan-${randomBytes(8).toString('hex')}`
  const public_pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const tenants = new Map<string, { readonly tenant: ScanTenant; readonly calls: HostCall[] }>()

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    if (path === `/${kid}` || path === `/keys/${kid}`) {
      response.writeHead(200, { 'content-type': 'text/plain' }).end(public_pem)
      return
    }
    const [, name = '', ...rest] = path.split('/')
    const found = tenants.get(name) ?? tenants.get((request.headers.host ?? '').split('.')[0] ?? '')
    if (found === undefined) {
      response.writeHead(404).end()
      return
    }
    void bodyOf(request).then(
      (body) => {
        const asked = tenants.has(name) ? `/${rest.join('/')}` : path
        if (found.calls.length < MOST_CALLS)
          found.calls.push({ tenant: found.tenant.clientKey, method: request.method ?? 'GET', path: asked, body })
        const told = hostAnswer(asked, body, found.tenant)
        response
          .writeHead(told === null ? 404 : 200, { 'content-type': 'application/json' })
          .end(JSON.stringify(told ?? { errorMessages: ['not found'] }))
      },
      () => response.destroy(),
    )
  }
  const server: Server = settings.tls === null ? createServer(answer) : createHttpsServer({ ...settings.tls }, answer)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(settings.listen.port, settings.listen.address, resolve)
  })
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : settings.listen.port
  const address = `${settings.tls === null ? 'http' : 'https'}://${settings.listen.address.includes(':') ? `[${settings.listen.address}]` : settings.listen.address}:${port}`
  return {
    kid,
    private_key: privateKey,
    public_pem,
    address,
    tenant(name) {
      const clientKey = `scan-${name}-${randomBytes(8).toString('hex')}`
      const tenant: ScanTenant = {
        clientKey,
        sharedSecret: randomBytes(40).toString('base64url'),
        baseUrl: (settings.tenant_base_url ?? `${address}/{tenant}`).replaceAll('{tenant}', clientKey),
        marker: `marker${randomBytes(12).toString('hex')}`,
      }
      tenants.set(clientKey, { tenant, calls: [] })
      return tenant
    },
    calls: (tenant) => [...(tenants.get(tenant.clientKey)?.calls ?? [])],
    forget: (tenant) => void tenants.delete(tenant.clientKey),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** What the host product says: permissions by account, users with public fields only, and data that carries the marker. */
function hostAnswer(path: string, body: string, tenant: ScanTenant): object | null {
  if (path.endsWith('/permissions/check')) {
    const admin = body.includes(`"${ADMIN}"`)
    return {
      globalPermissions: admin ? ['ADMINISTER'] : [],
      projectPermissions: admin ? [{ permission: 'ADMINISTER_PROJECTS', projects: [10_000], issues: [] }] : [],
    }
  }
  if (path.endsWith('/mypermissions')) {
    return { permissions: { ADMINISTER: { havePermission: false }, ADMINISTER_PROJECTS: { havePermission: false } } }
  }
  if (/\/(myself|user)$/.test(path))
    return { accountId: ADMIN, displayName: `${tenant.marker} user`, active: true, accountType: 'atlassian' }
  if (/\/(search(\/jql)?|issue\/[^/]+|project(\/search)?|content(\/[^/]+)?|serverInfo)$/.test(path)) {
    const issue = { id: '10000', key: 'CAST-1', fields: { summary: tenant.marker, description: tenant.marker } }
    return {
      ...issue,
      name: tenant.marker,
      title: tenant.marker,
      issues: [issue],
      values: [{ id: '10000', key: 'CAST', name: tenant.marker }],
      results: [{ id: '10000', title: tenant.marker }],
      total: 1,
    }
  }
  return path.startsWith('/rest/') ? {} : null
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length
    if (bytes > LARGEST_CALL_BYTES) throw new Error('an app sends too much to the host')
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString('utf8')
}
