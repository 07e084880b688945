import type { Egress, Endpoint } from '../description.ts'
import { escaped, list, member, modulesOf, text } from './connect.ts'
import type { Described, Members } from './read.ts'
import { resolved } from './template.ts'

/** A Forge manifest (`manifest.yml`), with or without Connect modules in it. */
export function describeForge(value: Members): Described {
  const remarks: { at: string; says: string }[] = []
  const id = text(member(value['app'], 'id'))
  if (id === null) remarks.push({ at: '/app/id', says: 'There is no app id; give the app’s key when registering.' })
  const remotes = remotesOf(value['remotes'])
  const own = ownRemotes(value, remotes)
  const base_urls = [...new Set(own.flatMap((remote) => (remote.base === null ? [] : [remote.base])))]
  const connectBase = text(member(member(value['app'], 'connect'), 'remote'))
  const connectModules = modulesOf(
    value['connectModules'],
    remotes.find((remote) => remote.key === connectBase)?.base ?? base_urls[0] ?? null,
    '/connectModules',
    remarks,
  )
  const scopes = scopesOf(member(value['permissions'], 'scopes'))
  if (scopes.map) remarks.push({ at: '/permissions/scopes', says: 'Scopes are written as a map; its keys were read as the scopes.' })
  return {
    platform: 'forge',
    hosting: own.length > 0 || connectModules.length > 0 ? 'mixed' : 'platform',
    key: text(member(member(value['app'], 'connect'), 'key')) ?? (id === null ? null : (id.split('/').at(-1) ?? null)),
    name: text(member(value['app'], 'name')),
    partner: null,
    base_urls,
    scopes: scopes.ids,
    impersonated_scopes: scopes.impersonated,
    egress: egressOf(value, remotes),
    endpoints: [...connectModules, ...remoteEndpoints(value, remotes), ...webTriggers(value)],
    authentication: 'platform',
    runtime: text(member(member(value['app'], 'runtime'), 'name')),
    remarks,
  }
}

type Remote = { readonly key: string; readonly base: string | null; readonly at: string }

function remotesOf(remotes: unknown): Remote[] {
  return list(remotes).flatMap((remote, place) => {
    const key = text(member(remote, 'key'))
    if (key === null) return []
    const written = member(remote, 'baseUrl')
    // A remote may have an address per region: `baseUrl: { default, EU, US }`.
    const base = text(written) ?? text(member(written, 'default'))
    return [{ key, base: base !== null && URL.canParse(base) ? base : null, at: `/remotes/${place}` }]
  })
}

/** A remote is the partner's own when an endpoint or a Connect part of the app runs there; others are services that it calls. */
function ownRemotes(value: Members, remotes: readonly Remote[]): Remote[] {
  const used = new Set<string>()
  for (const endpoint of list(member(value['modules'], 'endpoint'))) {
    const remote = text(member(endpoint, 'remote'))
    if (remote !== null) used.add(remote)
  }
  const connect = text(member(member(value['app'], 'connect'), 'remote'))
  if (connect !== null) used.add(connect)
  return remotes.filter((remote) => used.has(remote.key))
}

function remoteEndpoints(value: Members, remotes: readonly Remote[]): Endpoint[] {
  return list(member(value['modules'], 'endpoint')).flatMap((endpoint, place) => {
    const base = remotes.find((remote) => remote.key === text(member(endpoint, 'remote')))?.base ?? null
    const path = text(member(member(endpoint, 'route'), 'path')) ?? ''
    if (base === null) return []
    return [
      {
        kind: 'remote' as const,
        written: path,
        url: resolved(path, base),
        at: `/modules/endpoint/${place}`,
        module: 'endpoint',
        cacheable: false,
      },
    ]
  })
}

function webTriggers(value: Members): Endpoint[] {
  return list(member(value['modules'], 'webtrigger')).map((trigger, place) => ({
    kind: 'web-trigger' as const,
    written: text(member(trigger, 'key')) ?? '',
    // The platform gives a web trigger its address at install time; no manifest has it.
    url: null,
    at: `/modules/webtrigger/${place}`,
    module: 'webtrigger',
    cacheable: false,
  }))
}

function scopesOf(scopes: unknown): { readonly ids: string[]; readonly impersonated: string[]; readonly map: boolean } {
  if (Array.isArray(scopes)) return { ids: [...new Set(scopes.flatMap((scope) => text(scope) ?? []))], impersonated: [], map: false }
  if (typeof scopes !== 'object' || scopes === null) return { ids: [], impersonated: [], map: false }
  const entries = Object.entries(scopes)
  return {
    ids: entries.map(([scope]) => scope),
    impersonated: entries.filter(([, settings]) => member(settings, 'allowImpersonation') === true).map(([scope]) => scope),
    map: true,
  }
}

function egressOf(value: Members, remotes: readonly Remote[]): Egress[] {
  const external = member(value['permissions'], 'external')
  const found: Egress[] = []
  const take = (kind: string, entries: unknown, at: string): void => {
    for (const [place, entry] of list(entries).entries()) {
      // An entry is an address, `{ address, category }`, or `{ remote: key }`.
      const named = text(member(entry, 'remote'))
      const address = text(entry) ?? text(member(entry, 'address')) ?? remotes.find((remote) => remote.key === named)?.base ?? null
      if (address !== null) found.push({ kind, address, at: `${at}/${place}`, analytics: text(member(entry, 'category')) === 'analytics' })
    }
  }
  if (typeof external === 'object' && external !== null) {
    for (const [kind, entries] of Object.entries(external)) {
      if (kind === 'fetch') {
        take('fetch.backend', member(entries, 'backend'), '/permissions/external/fetch/backend')
        take('fetch.client', member(entries, 'client'), '/permissions/external/fetch/client')
      } else take(kind, entries, `/permissions/external/${escaped(kind)}`)
    }
  }
  for (const remote of remotes) {
    if (remote.base !== null) found.push({ kind: 'remote', address: remote.base, at: remote.at, analytics: false })
  }
  return found
}
