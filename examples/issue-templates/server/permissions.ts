import { createHmac } from 'node:crypto'
import type { Store, Tenant } from './store.ts'
import { queryHash } from './tokens.ts'

/** Whether the host says that an account administers a project, or the whole site for null. */
export type AsksHost = (tenant: Tenant, account: string, project: string | null) => Promise<boolean>

/** A person may manage templates when the host calls them administrator there, or when they are on the tenant's list. */
export async function mayManage(
  store: Store,
  ask: AsksHost,
  tenant: Tenant,
  account: string | null,
  project: string | null,
): Promise<boolean> {
  if (account === null) return false
  if (store.permitted(tenant.key, project).includes(account) || store.permitted(tenant.key, null).includes(account)) return true
  return ask(tenant, account, project)
}

/** Asks the host product as the app: its permissions resource, signed with the tenant's secret. Any doubt is a no. */
export function askHost(appKey: string, now_s: () => number): AsksHost {
  return async (tenant, account, project) => {
    const url = new URL('/rest/api/3/permissions/check', tenant.host)
    const claims = { iss: appKey, iat: now_s(), exp: now_s() + 120, qsh: queryHash('POST', url) }
    const signed = `${encoded({ typ: 'JWT', alg: 'HS256' })}.${encoded(claims)}`
    const token = `${signed}.${createHmac('sha256', tenant.secret).update(signed).digest('base64url')}`
    const body =
      project === null
        ? { accountId: account, globalPermissions: ['ADMINISTER'] }
        : { accountId: account, projectPermissions: [{ permissions: ['ADMINISTER_PROJECTS'], projectKeys: [project] }] }
    const answer = await fetch(url, {
      method: 'POST',
      headers: { authorization: `JWT ${token}`, 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(5_000),
      redirect: 'error',
    }).catch(() => null)
    if (answer === null || !answer.ok) return false
    const told = (await answer.json()) as {
      readonly globalPermissions?: readonly string[]
      readonly projectPermissions?: readonly unknown[]
    }
    return project === null ? told.globalPermissions?.includes('ADMINISTER') === true : (told.projectPermissions?.length ?? 0) > 0
  }
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
