import type { AppDescription } from '../../directory/description.ts'
import type { Artifacts, Observed, Silent } from '../check.ts'
import { isOwn } from '../scope.ts'
import { notProven, probe, probeAndLook, silentAt, type Probing } from './exchange.ts'
import { scriptsIn } from './scripts.ts'

/** Bare GET of every page on the app's proven hosts, and of a path that cannot exist there, for comparison. GET only, never more. */
export async function collectPages(probing: Probing, description: AppDescription): Promise<Observed<Artifacts['pages']>> {
  const pages = new Map<string, { endpoint: string; module: string | null; cacheable: boolean }>()
  const unproven: Silent[] = []
  for (const { kind, url, at, module, cacheable } of description.endpoints) {
    if (kind !== 'page' && kind !== 'admin-page') continue
    if (url === null) continue
    if (isOwn(url, probing.scope)) pages.set(url, { endpoint: at, module, cacheable })
    else if (isOwn(url, probing.claimed)) unproven.push(notProven(url))
  }
  const origins = [...new Set([...pages.keys()].map((url) => new URL(url).origin))]
  const path = Buffer.from(probing.chance(9)).toString('hex')
  const [random, asked] = await Promise.all([
    Promise.all(origins.map((origin) => probe(probing, { url: new URL(`/${path}`, origin).href }))),
    Promise.all(
      [...pages].map(async ([url, page]) => ({
        url,
        page,
        observed: await probeAndLook(probing, { url }, (body) => scriptsIn(body, url)),
      })),
    ),
  ])
  return {
    kind: 'seen',
    value: {
      bare: asked.flatMap(({ page, observed }) => (observed.kind === 'seen' ? [{ ...page, exchange: observed.value.exchange }] : [])),
      authorised: [],
      scripts: asked.flatMap(({ observed }) =>
        observed.kind === 'seen' && observed.value.exchange.status < 300 ? observed.value.found : [],
      ),
      random: random.flatMap((observed) => (observed.kind === 'seen' ? [observed.value] : [])),
      silent: [
        ...unproven,
        ...asked.flatMap(({ url, observed }): Silent[] => (observed.kind === 'unseen' ? [silentAt(url, observed)] : [])),
      ],
    },
  }
}
