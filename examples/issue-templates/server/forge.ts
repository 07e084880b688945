import type { Store, Tenant } from './store.ts'
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
  async caller(authorization: string | undefined): Promise<{ readonly tenant: Tenant; readonly account: string | null }> {
    const token = bearer(authorization)
    const { header } = unverified(token)
    const answer = await fetch(this.#jwks, { signal: AbortSignal.timeout(5_000), redirect: 'error' })
    if (!answer.ok) throw new BadToken('the platform’s keys cannot be had')
    const { keys } = (await answer.json()) as { readonly keys: readonly { readonly kid?: string }[] }
    const key = keys.find((one) => one.kid === header['kid'])
    if (key === undefined) throw new BadToken('unknown key')
    const claims = verifiedRs256(token, key, this.#now_s())
    if (claims['iss'] !== 'forge/invocation-token' || claims['aud'] !== this.#appId) throw new BadToken('not for this app')
    const context = claims['context'] as { readonly cloudId?: unknown } | undefined
    const site = context?.cloudId
    if (typeof site !== 'string' || site === '') throw new BadToken('no site')
    if (this.#store.tenant(`forge:${site}`) === null)
      this.#store.install({ key: `forge:${site}`, host: 'https://api.atlassian.com', secret: '' })
    const tenant = this.#store.tenant(`forge:${site}`)
    if (tenant === null) throw new BadToken('no such tenant')
    return { tenant, account: typeof claims['principal'] === 'string' ? claims['principal'] : null }
  }
}
