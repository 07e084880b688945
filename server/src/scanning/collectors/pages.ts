import type { AppDescription } from '../../directory/description.ts'
import type { Artifacts, Observed } from '../check.ts'
import { isOwn } from '../scope.ts'
import { probe, type Probing } from './exchange.ts'

/** Bare GET of every page on the app's own hosts, and of a path that cannot exist there, for comparison. GET only, never more. */
export async function collectPages(probing: Probing, description: AppDescription): Promise<Observed<Artifacts['pages']>> {
  const pages = new Map<string, { endpoint: string; module: string | null }>()
  for (const endpoint of description.endpoints) {
    if (endpoint.kind !== 'page' && endpoint.kind !== 'admin-page') continue
    if (endpoint.url !== null && isOwn(endpoint.url, probing.scope))
      pages.set(endpoint.url, { endpoint: endpoint.at, module: endpoint.module })
  }
  const [first] = pages.keys()
  if (first === undefined) return { kind: 'seen', value: { bare: [], random: null } }
  const path = Buffer.from(probing.chance(9)).toString('hex')
  const random = await probe(probing, { url: new URL(`/${path}`, first).href })
  const seen = await Promise.all([...pages].map(async ([url, page]) => ({ page, exchange: await probe(probing, { url }) })))
  const silent = seen.find((one) => one.exchange.kind === 'unseen')?.exchange
  // A page that did not answer may be the open one, so the others alone say nothing.
  if (silent?.kind === 'unseen') return silent
  return {
    kind: 'seen',
    value: {
      bare: seen.flatMap(({ page, exchange }) => (exchange.kind === 'seen' ? [{ ...page, exchange: exchange.value }] : [])),
      random: random.kind === 'seen' ? random.value : null,
    },
  }
}
