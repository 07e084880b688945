import type { AppDescription } from '../../directory/description.ts'
import type { Exchange, Observed } from '../check.ts'
import { isOwn } from '../scope.ts'
import { probe, type Probing } from './exchange.ts'

/** GET of the security.txt of the app's first proven base URL, at the place that RFC 9116 names. */
export async function collectSecurityTxt(probing: Probing, description: AppDescription): Promise<Observed<Exchange | null>> {
  const base = description.base_urls.find((url) => URL.canParse(url) && isOwn(url, probing.scope))
  if (base === undefined)
    return { kind: 'unseen', reason: 'not_supplied', blind: 'theirs', detail: 'no base URL on a proven domain is known' }
  return probe(probing, { url: new URL('/.well-known/security.txt', base).href, limits: { redirects: 3 } })
}
