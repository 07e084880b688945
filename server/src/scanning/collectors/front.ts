import type { AppDescription } from '../../directory/description.ts'
import type { Artifacts, Observed } from '../check.ts'
import { probe, silentAt, type Probing } from './exchange.ts'

/** GET of each base URL's root, of the base URL itself and of the descriptor. Passive: one look at what is public. */
export async function collectFront(
  probing: Probing,
  description: AppDescription,
  source_url: string | null,
): Promise<Observed<Artifacts['front']>> {
  const roots = description.base_urls.flatMap((base) => (URL.canParse(base) ? [new URL('/', base).href, new URL(base).href] : []))
  const urls = [...new Set([...roots, ...(source_url === null ? [] : [source_url])])]
  if (urls.length === 0) {
    if (description.hosting === 'platform') return { kind: 'seen', value: { seen: [], silent: [] } }
    return { kind: 'unseen', reason: 'not_supplied', blind: 'theirs', detail: 'no base URL is known' }
  }
  const limits = { body_bytes: LARGEST_DESCRIPTOR_BYTES }
  // A person registered the descriptor's address, so its port counts as given.
  const ports = source_url !== null && URL.canParse(source_url) ? [Number(new URL(source_url).port)] : []
  const asked = await Promise.all(urls.map(async (url) => ({ url, observed: await probe(probing, { url, limits, ports }) })))
  return {
    kind: 'seen',
    value: {
      seen: asked.flatMap(({ observed }) => (observed.kind === 'seen' ? [observed.value] : [])),
      silent: asked.flatMap(({ url, observed }) => (observed.kind === 'unseen' ? [silentAt(url, observed)] : [])),
    },
  }
}

const LARGEST_DESCRIPTOR_BYTES = 1024 * 1024
