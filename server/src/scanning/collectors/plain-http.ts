import type { AppDescription } from '../../directory/description.ts'
import type { Artifacts, Observed } from '../check.ts'
import { isOwn } from '../scope.ts'
import { probe, silentAt, type Probing } from './exchange.ts'

/**
 * GET without TLS of what is known by https: each base URL, its root and a few pages of each proven host. An address with a
 * port of its own is asked at that port, since port 80 of such a machine may be somebody else's.
 */
export async function collectPlainHttp(probing: Probing, description: AppDescription): Promise<Observed<Artifacts['plain_http']>> {
  const pages = description.endpoints.flatMap(({ kind, url }) => ((kind === 'page' || kind === 'admin-page') && url !== null ? [url] : []))
  const hosts = new Map<string, Set<string>>()
  for (const written of [...description.base_urls.flatMap(rootAndItself), ...pages]) {
    if (!isOwn(written, probing.scope)) continue
    const url = new URL(written)
    url.protocol = 'http:'
    // A place is enough: samples in a query are of no use here.
    url.search = ''
    const places = hosts.get(url.host) ?? new Set()
    if (places.size < MOST_PLACES) hosts.set(url.host, places.add(url.href))
  }
  const asked = await Promise.all([...hosts.values()].map((places) => askHost(probing, [...places])))
  return { kind: 'seen', value: { seen: asked.flatMap(({ seen }) => seen), silent: asked.flatMap(({ silent }) => silent) } }
}

/** A host that does not answer at its first address is not asked for the others. */
async function askHost(probing: Probing, [first, ...rest]: readonly string[]): Promise<Artifacts['plain_http']> {
  if (first === undefined) return { seen: [], silent: [] }
  const ask = async (url: string) => ({ url, observed: await probe(probing, { url, plain_http: true }) })
  const before = await ask(first)
  if (before.observed.kind === 'unseen') return { seen: [], silent: [silentAt(first, before.observed)] }
  const all = [before, ...(await Promise.all(rest.map(ask)))]
  return {
    seen: all.flatMap(({ observed }) => (observed.kind === 'seen' ? [observed.value] : [])),
    silent: all.flatMap(({ url, observed }) => (observed.kind === 'unseen' ? [silentAt(url, observed)] : [])),
  }
}

const MOST_PLACES = 5

const rootAndItself = (base: string): readonly string[] => (URL.canParse(base) ? [new URL('/', base).href, new URL(base).href] : [])
