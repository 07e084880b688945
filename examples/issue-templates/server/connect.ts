import { createPublicKey, randomUUID } from 'node:crypto'
import type { Faults } from './faults.ts'
import type { Caller, Store } from './store.ts'
import { BadToken, queryHash, signedHs256, unverified, verifiedHs256, verifiedRs256, type Claims } from './tokens.ts'

/** Under which key, name and vendor the app is listed. Somebody who runs a copy lists it under names of their own. */
export type Identity = { readonly key: string; readonly name: string; readonly vendor: string }

export const ISSUE_TEMPLATES: Identity = { key: 'eu.example.issue-templates', name: 'Issue Templates', vendor: 'Example Templates' }

/** The descriptor of the Connect form of the app. */
export function descriptor(baseUrl: string, identity: Identity): object {
  return {
    key: identity.key,
    name: identity.name,
    description: 'Issue templates with variables, sets that keep the links between issues, and permissions per project.',
    vendor: { name: identity.vendor, url: 'https://templates.example.eu' },
    baseUrl,
    links: { self: `${baseUrl}/atlassian-connect.json` },
    authentication: { type: 'jwt' },
    apiMigrations: { 'signed-install': true, gdpr: true, 'context-qsh': true },
    lifecycle: { installed: '/connect/installed', uninstalled: '/connect/uninstalled' },
    scopes: ['READ', 'WRITE'],
    modules: {
      generalPages: [
        {
          key: 'use',
          location: 'system.top.navigation.bar',
          name: { value: 'Create from template' },
          url: '/ui/use?project={project.key}',
        },
      ],
      jiraProjectAdminTabPanels: [
        { key: 'project', location: 'projectgroup4', name: { value: 'Issue templates' }, url: '/ui/project?project={project.key}' },
      ],
      adminPages: [
        {
          key: 'admin',
          location: 'admin_plugins_menu',
          name: { value: 'Issue templates' },
          url: '/ui/admin',
          conditions: [{ condition: 'user_is_admin' }],
        },
      ],
    },
  }
}

/** Verifies calls of the host: signed install and uninstall with the host's keys, pages and calls with the tenant's secret. */
export class ConnectAuthentication {
  readonly #store: Store
  readonly #faults: Faults
  readonly #baseUrl: string
  readonly #keyServer: string
  readonly #now_s: () => number

  constructor(store: Store, faults: Faults, baseUrl: string, keyServer: string, now_s: () => number) {
    this.#store = store
    this.#faults = faults
    this.#baseUrl = baseUrl
    this.#keyServer = keyServer.replace(/\/$/, '')
    this.#now_s = now_s
  }

  /** A lifecycle call: RS256 by a key of the host, for us, bound to this path, and about the tenant that signed it. */
  async lifecycle(method: string, url: URL, authorization: string | undefined, body: { readonly clientKey?: unknown }): Promise<string> {
    if (this.#faults.is('insecure-install')) return String(body.clientKey)
    const token = bearer(authorization)
    const { header } = unverified(token)
    if (typeof header['kid'] !== 'string' || !/^[\w.-]{1,100}$/.test(header['kid'])) throw new BadToken('no usable key id')
    const claims = verifiedRs256(token, await this.#hostKey(header['kid']), this.#now_s())
    const audience = [claims['aud']].flat().map((one) => String(one).replace(/\/$/, ''))
    if (!audience.includes(this.#baseUrl)) throw new BadToken('not for this app')
    this.#bound(method, url, claims)
    if (typeof claims['iss'] !== 'string' || claims['iss'] !== body.clientKey) throw new BadToken('signed by one tenant about another')
    return claims['iss']
  }

  /** A page or a call from the browser. Pages are bound to their address; calls of the page's script carry a context token. */
  caller(method: string, url: URL, authorization: string | undefined, kind: 'page' | 'call'): Caller {
    const token = url.searchParams.get('jwt') ?? bearer(authorization)
    const issuer = unverified(token).claims['iss']
    const tenant = typeof issuer === 'string' ? this.#store.tenant(issuer) : null
    // A site that shares no secret with us cannot have signed this.
    if (tenant === null || !tenant.enabled || tenant.secret === null) throw new BadToken('no such tenant')
    const claims = verifiedHs256(token, tenant.secret, this.#now_s())
    if (!(kind === 'call' && claims['qsh'] === 'context-qsh')) this.#bound(method, url, claims)
    return {
      tenant,
      account: typeof claims['sub'] === 'string' ? claims['sub'] : null,
      user_token: null,
      ticket: typeof claims['jti'] === 'string' ? claims['jti'] : null,
    }
  }

  /** A token by which the form on a page comes back to us as the same person of the same site, for a quarter of an hour. */
  ticket({ tenant, account }: Caller, method: string, url: URL): string {
    if (tenant.secret === null) throw new BadToken('no such tenant')
    const now = this.#now_s()
    const claims = {
      iss: tenant.key,
      iat: now,
      exp: now + TICKET_S,
      jti: randomUUID(),
      qsh: queryHash(method, url, basePathOf(this.#baseUrl)),
    }
    return signedHs256(account === null ? claims : { ...claims, sub: account }, tenant.secret)
  }

  #bound(method: string, url: URL, claims: Claims): void {
    if (claims['qsh'] !== queryHash(method, url, basePathOf(this.#baseUrl))) throw new BadToken('bound to another address')
  }

  async #hostKey(kid: string): Promise<string> {
    const answer = await fetch(`${this.#keyServer}/${kid}`, { signal: AbortSignal.timeout(5_000), redirect: 'error' }).catch(
      (error: unknown) => {
        // Whoever cannot be verified is not let in, whatever the reason.
        throw new BadToken(`the host's keys cannot be had: ${String(error)}`)
      },
    )
    if (!answer.ok) throw new BadToken(`the host does not know key ${kid}`)
    const pem = await answer.text()
    try {
      createPublicKey(pem)
    } catch (error) {
      throw new BadToken(`what the host sends for ${kid} is no key: ${String(error)}`)
    }
    return pem
  }
}

const TICKET_S = 15 * 60

const basePathOf = (baseUrl: string): string => new URL(baseUrl).pathname.replace(/\/$/, '')

/** The token of an Authorization header, `JWT …` (Connect) or `Bearer …` (Forge). */
export function bearer(authorization: string | undefined): string {
  const token = /^(?:JWT|Bearer) ([\w.-]{20,8000})$/i.exec(authorization ?? '')?.[1]
  if (token === undefined) throw new BadToken('no token')
  return token
}
