import type { AppDescription } from '../../directory/description.ts'
import type { Exchange, Observed } from '../check.ts'
import { probe, type Probing } from './exchange.ts'

/** GET of each base URL's root, of the base URL itself and of the descriptor. Passive: one look at what is public. */
export async function collectFront(
  probing: Probing,
  description: AppDescription,
  source_url: string | null,
): Promise<Observed<readonly Exchange[]>> {
  const roots = description.base_urls.flatMap((base) => (URL.canParse(base) ? [new URL('/', base).href, new URL(base).href] : []))
  const urls = [...new Set([...roots, ...(source_url === null ? [] : [source_url])])]
  if (urls.length === 0) {
    if (description.hosting === 'platform') return { kind: 'seen', value: [] }
    return { kind: 'unseen', reason: 'not_supplied', blind: 'theirs', detail: 'no base URL is known' }
  }
  const seen = await Promise.all(urls.map((url) => probe(probing, { url, limits: { body_bytes: 1024 * 1024 } })))
  const exchanges = seen.flatMap((one) => (one.kind === 'seen' ? [one.value] : []))
  const silent = seen.find((one) => one.kind === 'unseen')
  return exchanges.length === 0 && silent !== undefined ? silent : { kind: 'seen', value: exchanges }
}
