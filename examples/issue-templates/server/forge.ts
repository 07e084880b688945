import type { Caller, Store } from './store.ts'
import { bearer } from './connect.ts'
import { BadToken, unverified, verifiedRs256 } from './tokens.ts'

/** Verifies calls of the Forge platform to this backend: its invocation token names the app, the site and the caller. */
export class ForgeAuthentication {
  readonly #store: Store
  readonly #appId: string
  readonly #jwks: string
  readonly #now_s: () => number

  constructor(store: Store, appId: string, jwks: string, now_s: () => number) {
    this.#store = store
    this.#appId = appId
    this.#jwks = jwks
    this.#now_s = now_s
  }

  /** RS256 by the platform's key set, issuer and audience fixed; the site becomes a tenant at its first call. */
  async caller(authorization: string | undefined, userToken: string | readonly string[] | undefined): Promise<Caller> {
    const token = bearer(authorization)
    const { header } = unverified(token)
    const key = (await this.#keys()).find((one) => one.kid === header['kid'])
    if (key === undefined || header['kid'] === undefined) throw new BadToken('unknown key')
    const claims = verifiedRs256(token, key, this.#now_s())
    if (claims['iss'] !== 'forge/invocation-token' || ![claims['aud']].flat().includes(this.#appId)) throw new BadToken('not for this app')
    const site = (claims['context'] as { readonly cloudId?: unknown } | null | undefined)?.cloudId
    if (typeof site !== 'string' || !/^[\w-]{1,100}$/.test(site)) throw new BadToken('no site')
    const tenantKey = `forge:${site}`
    if (this.#store.tenant(tenantKey) === null)
      this.#store.install({ key: tenantKey, host: `https://api.atlassian.com/ex/jira/${site}`, secret: null })
    const tenant = this.#store.tenant(tenantKey)
    if (tenant === null) throw new BadToken('no such tenant')
    return {
      tenant,
      account: typeof claims['principal'] === 'string' ? claims['principal'] : null,
      user_token: typeof userToken === 'string' && userToken !== '' ? userToken : null,
      ticket: null,
    }
  }

  async #keys(): Promise<readonly { readonly kid?: string }[]> {
    try {
      const answer = await fetch(this.#jwks, { signal: AbortSignal.timeout(5_000), redirect: 'error' })
      if (!answer.ok) throw new Error(`the key set answers ${answer.status}`)
      return ((await answer.json()) as { readonly keys: readonly { readonly kid?: string }[] }).keys
    } catch (error) {
      // Whoever cannot be verified is not let in, whatever the reason.
      throw new BadToken(`the platform's keys cannot be had: ${String(error)}`)
    }
  }
}
