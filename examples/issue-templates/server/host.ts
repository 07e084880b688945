import type { Tenant } from './store.ts'
import { queryHash, signedHs256 } from './tokens.ts'

/** What the host answered, whatever it was. */
export type HostAnswer = { readonly status: number; readonly body: unknown }

/**
 * A call of the host product's REST interface: as the app, signed and bound to its address, where a secret is shared; else
 * with the caller's own token. Throws when the host does not answer within ten seconds, or answers with what is not JSON.
 */
export type CallsHost = (
  tenant: Tenant,
  user_token: string | null,
  of: { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: object },
) => Promise<HostAnswer>

export function callsHost(appKey: string, now_s: () => number): CallsHost {
  return async (tenant, user_token, { method, path, body }) => {
    const url = tenant.secret === null ? new URL(`${tenant.host}${path}`) : new URL(path, tenant.host)
    const answer = await fetch(url, {
      method,
      headers: {
        authorization: authorization(tenant, user_token, method, url),
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
      redirect: 'error',
    })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? null : JSON.parse(text) }
  }

  function authorization(tenant: Tenant, user_token: string | null, method: string, url: URL): string {
    if (tenant.secret !== null) {
      const claims = { iss: appKey, iat: now_s(), exp: now_s() + 120, qsh: queryHash(method, url) }
      return `JWT ${signedHs256(claims, tenant.secret)}`
    }
    if (user_token === null) throw new Error('neither a shared secret nor a token of the caller')
    return `Bearer ${user_token}`
  }
}
