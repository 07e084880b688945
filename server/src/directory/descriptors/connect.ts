import type { Endpoint, EndpointKind } from '../description.ts'
import type { Described, Members } from './read.ts'
import { hasBuildTemplate, resolved } from './template.ts'

/** Modules whose pages are for administrators. */
const ADMIN_MODULES = new Set(['configurePage', 'adminPages', 'jiraProjectAdminTabPanels', 'jiraProjectPermissions', 'spaceAdminTabs'])

/** Members that name pictures, manuals and the like: shown to people, never an entry to the app. */
const NOT_AN_ENTRY = new Set([
  'icon',
  'icons',
  'imagePlaceholder',
  'documentation',
  'thumbnail',
  'links',
  'vendor',
  'name',
  'description',
  'tooltip',
])

const LIFECYCLE: { readonly [hook: string]: EndpointKind } = {
  installed: 'install',
  uninstalled: 'uninstall',
  enabled: 'enable',
  disabled: 'disable',
}

/** A Connect descriptor (`atlassian-connect.json`) read as it is found, untidy or not. */
export function describeConnect(value: Members): Described {
  const remarks: { at: string; says: string }[] = []
  for (const key of Object.keys(value)) {
    if (key.startsWith('//') || key.startsWith('_'))
      remarks.push({ at: `/${key}`, says: `“${key}” is a comment written as a member; it was passed over.` })
  }
  const base = baseOf(text(value['baseUrl']), remarks)
  const endpoints = [...lifecycleOf(value['lifecycle'], base), ...modulesOf(value['modules'], base, '/modules', remarks)]
  const authentication = text(member(value['authentication'], 'type'))?.toLowerCase()
  // An app without a server has pages only; a hook, a webhook or a remote condition needs somebody to answer.
  const answers = endpoints.some((endpoint) => !['page', 'admin-page', 'static'].includes(endpoint.kind))
  return {
    platform: 'connect',
    hosting: authentication === 'jwt' || answers ? 'remote' : 'static',
    key: text(value['key']),
    name: text(value['name']),
    partner: text(member(value['vendor'], 'name')),
    base_urls: base === null ? [] : [base],
    scopes: list(value['scopes']).flatMap((scope) => (typeof scope === 'string' ? [scope.toUpperCase()] : [])),
    egress: [],
    endpoints,
    authentication: authentication === 'jwt' ? 'jwt' : authentication === 'none' || authentication === undefined ? 'none' : 'unknown',
    runtime: null,
    remarks,
  }
}

/** The modules of a Connect descriptor, or of `connectModules` in a Forge manifest (whose keys carry a product prefix). */
export function modulesOf(modules: unknown, base: string | null, at: string, remarks: { at: string; says: string }[]): Endpoint[] {
  const found: Endpoint[] = []
  if (typeof modules !== 'object' || modules === null) return found
  for (const [kind, content] of Object.entries(modules)) {
    const module = kind.replace(/^[a-z]+:/, '')
    if (module.startsWith('//')) {
      remarks.push({ at: `${at}/${escaped(kind)}`, says: `“${kind}” is commented out; it was passed over.` })
      continue
    }
    walk(content, `${at}/${escaped(kind)}`, { module, base, admin: ADMIN_MODULES.has(module), cacheable: false }, found)
  }
  return found
}

type Walk = { readonly module: string; readonly base: string | null; readonly admin: boolean; readonly cacheable: boolean }

function walk(value: unknown, at: string, as: Walk, found: Endpoint[]): void {
  if (Array.isArray(value)) {
    for (const [place, item] of value.entries()) walk(item, `${at}/${place}`, as, found)
    return
  }
  if (typeof value !== 'object' || value === null) return
  const members = value as Members
  const here: Walk = {
    ...as,
    admin: as.admin || asksForAdmin(members['conditions']),
    cacheable: as.cacheable || members['cacheable'] === true,
  }
  for (const [name, member] of Object.entries(members)) {
    if (NOT_AN_ENTRY.has(name) || name.startsWith('//')) continue
    const place = `${at}/${escaped(name)}`
    if ((name === 'url' || name === 'templateUrl') && typeof member === 'string') {
      found.push(endpoint(kindOf(here), member, place, here))
    } else if (name === 'condition' && typeof member === 'string') {
      // A condition is the name of a built-in, or the address of a remote one.
      if (/^(\/|https?:|\{\{)/.test(member)) found.push(endpoint('condition', member, place, here))
    } else walk(member, place, here, found)
  }
}

function kindOf(as: Walk): EndpointKind {
  if (as.module === 'webhooks') return 'webhook'
  if (as.admin) return 'admin-page'
  return 'page'
}

function asksForAdmin(conditions: unknown): boolean {
  return list(conditions).some((condition) => {
    const named = text(member(condition, 'condition'))
    return named === 'user_is_admin' || named === 'user_is_sysadmin'
  })
}

function lifecycleOf(lifecycle: unknown, base: string | null): Endpoint[] {
  if (typeof lifecycle !== 'object' || lifecycle === null) return []
  return Object.entries(lifecycle).flatMap(([hook, written]) => {
    const kind = LIFECYCLE[hook]
    if (kind === undefined || typeof written !== 'string') return []
    return [endpoint(kind, written, `/lifecycle/${escaped(hook)}`, { module: 'lifecycle', base, admin: false, cacheable: false })]
  })
}

const endpoint = (kind: EndpointKind, written: string, at: string, as: Walk): Endpoint => ({
  kind,
  written,
  url: resolved(written, as.base),
  at,
  module: as.module,
  cacheable: as.cacheable,
})

function baseOf(written: string | null, remarks: { at: string; says: string }[]): string | null {
  if (written === null) {
    remarks.push({ at: '/baseUrl', says: 'There is no baseUrl; give the base URL when registering.' })
    return null
  }
  if (hasBuildTemplate(written)) {
    remarks.push({ at: '/baseUrl', says: `“${written}” is a build-time template; give the real base URL when registering.` })
    return null
  }
  if (!URL.canParse(written)) {
    remarks.push({ at: '/baseUrl', says: `“${written}” is not an address; give the real base URL when registering.` })
    return null
  }
  return written
}

/** A JSON pointer token (RFC 6901, section 3). */
export const escaped = (token: string): string => token.replaceAll('~', '~0').replaceAll('/', '~1')

/** The text of a value that should be text; null when it is something else or blank. */
export const text = (value: unknown): string | null => (typeof value === 'string' && value.trim() !== '' ? value.trim() : null)

/** The items of a value that should be a list. */
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** A member of a value that should be an object. */
export const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Members)[name] : undefined
