import type { AppDescription } from '../../directory/description.ts'
import type { Artifacts, Observed } from '../check.ts'
import { isOwn } from '../scope.ts'
import { probe, silentAt, type Probing } from './exchange.ts'

/**
 * GET as a script of another site would send it: at the root of each proven host from a name that nobody can own and from
 * `null`, and at one page of it, since hosts decide about origins in one place and every page more is a request more.
 */
export async function collectOrigins(probing: Probing, description: AppDescription): Promise<Observed<Artifacts['origins']>> {
  // RFC 2606: no one can register a name under `.example`.
  const stranger = `https://scan-${Buffer.from(probing.chance(6)).toString('hex')}.example`
  const roots = new Set(description.base_urls.flatMap((base) => (isOwn(base, probing.scope) ? [new URL('/', base).href] : [])))
  const wanted = [...roots].flatMap((root) => {
    const page = description.endpoints.find(
      ({ kind, url }) => (kind === 'page' || kind === 'api') && url !== null && url !== root && new URL('/', url).href === root,
    )?.url
    const both = [stranger, 'null'].map((origin) => ({ url: root, origin }))
    return page === undefined || page === null ? both : [...both, { url: page, origin: stranger }]
  })
  const asked = await Promise.all(
    wanted.map(async ({ url, origin }) => ({ url, origin, observed: await probe(probing, { url, headers: [['origin', origin]] }) })),
  )
  return {
    kind: 'seen',
    value: {
      probes: asked.flatMap(({ origin, observed }) => (observed.kind === 'seen' ? [{ origin, exchange: observed.value }] : [])),
      silent: asked.flatMap(({ url, observed }) => (observed.kind === 'unseen' ? [silentAt(url, observed)] : [])),
    },
  }
}
