import type { CallsHost, HostAnswer } from './host.ts'
import type { Store, Tenant } from './store.ts'

/** What is asked of the host about a person in a project. Of the whole site only who administers it is ever asked. */
export type Permission = 'ADMINISTER_PROJECTS' | 'CREATE_ISSUES'

/** Whether the host says that an account may do this in a project, or administers the whole site for null. */
export type AsksHost = (
  tenant: Tenant,
  account: string,
  project: string | null,
  user_token: string | null,
  permission: Permission,
) => Promise<boolean>

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
  return ask(tenant, account, project, user_token, 'ADMINISTER_PROJECTS')
}

/** Asks the host product. Any doubt is a no. */
export function askHost(call: CallsHost): AsksHost {
  return async (tenant, account, project, user_token, permission) => {
    try {
      if (tenant.secret !== null) return await askAsApp(tenant, account, project, permission)
      return user_token !== null && (await askAsUser(tenant, user_token, project, permission))
    } catch (error) {
      process.stderr.write(`${JSON.stringify({ level: 'warn', message: `the host does not answer: ${String(error)}` })}\n`)
      return false
    }
  }

  async function askAsApp(tenant: Tenant, account: string, project: string | null, permission: Permission): Promise<boolean> {
    const body =
      project === null
        ? { accountId: account, globalPermissions: ['ADMINISTER'] }
        : { accountId: account, projectPermissions: [{ permissions: [permission], projectKeys: [project] }] }
    const told = well(await call(tenant, null, { method: 'POST', path: '/rest/api/3/permissions/check', body })) as {
      readonly globalPermissions?: readonly string[]
      readonly projectPermissions?: readonly unknown[]
    }
    return project === null ? told.globalPermissions?.includes('ADMINISTER') === true : (told.projectPermissions?.length ?? 0) > 0
  }

  /** What the caller may do by the host's own word, with the token that the platform sent along. */
  async function askAsUser(tenant: Tenant, user_token: string, project: string | null, of: Permission): Promise<boolean> {
    const permission = project === null ? 'ADMINISTER' : of
    const query = new URLSearchParams({ permissions: permission, ...(project === null ? {} : { projectKey: project }) })
    const told = well(await call(tenant, user_token, { method: 'GET', path: `/rest/api/3/mypermissions?${query.toString()}` })) as {
      readonly permissions?: { readonly [name: string]: { readonly havePermission?: boolean } | undefined }
    }
    return told.permissions?.[permission]?.havePermission === true
  }
}

function well({ status, body }: HostAnswer): unknown {
  if (status < 200 || status > 299) throw new Error(`it answers ${status}`)
  return body
}
