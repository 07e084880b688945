import { isIP } from 'node:net'
import type { AppDescription } from '../../directory/description.ts'
import type { Artifacts, Observed } from '../check.ts'
import type { Instant } from '../../kernel/time.ts'
import { domainOf } from '../scope.ts'
import type { Probing } from './exchange.ts'

/** What the name servers say of the app's own hosts. Passive: the app itself is not asked. */
export async function collectNames(
  probing: Probing,
  description: AppDescription,
  registrations: Artifacts['names']['registrations'],
  now: () => Instant,
): Promise<Observed<Artifacts['names']>> {
  const { names } = probing.client
  if (names === undefined) return { kind: 'unseen', reason: 'unavailable', blind: 'ours', detail: 'this client asks no name servers' }
  const hosts = new Set(
    description.base_urls.flatMap((base) => (URL.canParse(base) ? [new URL(base).hostname.replace(/^\[|\]$|\.+$/g, '')] : [])),
  )
  const named = [...hosts].filter((host) => isIP(host) === 0 && host.includes('.')).slice(0, MOST_HOSTS)
  const seen = await Promise.all(named.map((host) => names(host, domainOf(host))))
  const domains = new Set(seen.map(({ domain }) => domain))
  return {
    kind: 'seen',
    value: {
      at: now(),
      hosts: seen,
      registrations:
        registrations === null
          ? null
          : {
              as_of: registrations.as_of,
              expires: Object.fromEntries(Object.entries(registrations.expires).filter(([domain]) => domains.has(domain))),
            },
    },
  }
}

const MOST_HOSTS = 20
