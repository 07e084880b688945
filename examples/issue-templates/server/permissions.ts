import { createHmac } from 'node:crypto'
import type { Store, Tenant } from './store.ts'
import { queryHash } from './tokens.ts'

/** Whether the host says that an account administers a project, or the whole site for null. */
export type AsksHost = (tenant: Tenant, account: string, project: string | null, user_token: string | null) => Promise<boolean>

/** A person may manage templates when the host calls them administrator there, or when they are on the tenant's list. */
export async function mayManage(
  store: Store,
  ask: AsksHost,
  tenant: Tenant,
  account: string | null,
  project: string | null,
  user_token: string | null = null,
): Promise<boolean> {
  if (account === null) return false
  if (store.permitted(tenant.key, project).includes(account) || store.permitted(tenant.key, null).includes(account)) return true
  return ask(tenant, account, project, user_token)
}

/** Asks the host product: as the app where a secret is shared, else with the caller's own token. Any doubt is a no. */
export function askHost(appKey: string, now_s: () => number): AsksHost {
  return async (tenant, account, project, user_token) => {
    try {
      if (tenant.secret !== null) return await askAsApp(tenant.host, tenant.secret, account, project)
      return user_token !== null && (await askAsUser(tenant.host, user_token, project))
    } catch (error) {
      process.stderr.write(`${JSON.stringify({ level: 'warn', message: `the host does not answer: ${String(error)}` })}\n`)
      return false
    }
  }

  /** The permissions resource, signed with the tenant's secret and bound to its address. */
  async function askAsApp(host: string, secret: string, account: string, project: string | null): Promise<boolean> {
    const url = new URL('/rest/api/3/permissions/check', host)
    const claims = { iss: appKey, iat: now_s(), exp: now_s() + 120, qsh: queryHash('POST', url) }
    const signed = `${encoded({ typ: 'JWT', alg: 'HS256' })}.${encoded(claims)}`
    const token = `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
    const body =
      project === null
        ? { accountId: account, globalPermissions: ['ADMINISTER'] }
        : { accountId: account, projectPermissions: [{ permissions: ['ADMINISTER_PROJECTS'], projectKeys: [project] }] }
    const told = (await asked(url, {
      method: 'POST',
      headers: { authorization: `JWT ${token}`, 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
    })) as { readonly globalPermissions?: readonly string[]; readonly projectPermissions?: readonly unknown[] }
    return project === null ? told.globalPermissions?.includes('ADMINISTER') === true : (told.projectPermissions?.length ?? 0) > 0
  }

  /** What the caller may do by the host's own word, with the token that the platform sent along. */
  async function askAsUser(host: string, user_token: string, project: string | null): Promise<boolean> {
    const permission = project === null ? 'ADMINISTER' : 'ADMINISTER_PROJECTS'
    const url = new URL(`${host}/rest/api/3/mypermissions`)
    url.searchParams.set('permissions', permission)
    if (project !== null) url.searchParams.set('projectKey', project)
    const told = (await asked(url, { headers: { authorization: `Bearer ${user_token}`, accept: 'application/json' } })) as {
      readonly permissions?: { readonly [name: string]: { readonly havePermission?: boolean } | undefined }
    }
    return told.permissions?.[permission]?.havePermission === true
  }
}

async function asked(url: URL, init: RequestInit): Promise<unknown> {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(5_000), redirect: 'error' })
  if (!answer.ok) throw new Error(`${url.host} answers ${answer.status}`)
  return answer.json()
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
