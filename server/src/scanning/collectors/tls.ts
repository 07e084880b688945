import type { AppDescription } from '../../directory/description.ts'
import type { Artifacts, Observed } from '../check.ts'
import { silence, type Probing } from './exchange.ts'

/** One handshake for each TLS version, for every host and port that the app itself answers on. */
export async function collectTls(probing: Probing, description: AppDescription): Promise<Observed<Artifacts['tls']>> {
  const places = new Map<string, { host: string; port: number }>()
  for (const written of description.base_urls) {
    if (!URL.canParse(written)) continue
    const url = new URL(written)
    const port = url.port === '' ? 443 : Number(url.port)
    places.set(`${url.hostname}|${port}`, { host: url.hostname, port })
  }
  if (places.size === 0) {
    if (description.hosting === 'platform') return { kind: 'seen', value: { hosts: [], silent: [] } }
    return { kind: 'unseen', reason: 'not_supplied', blind: 'theirs', detail: 'no base URL is known' }
  }
  const handshakes = probing.client.handshakes
  if (handshakes === undefined) return { kind: 'unseen', reason: 'unavailable', blind: 'ours', detail: 'this client cannot try handshakes' }
  const seen = await Promise.all([...places.values()].map(({ host, port }) => handshakes(host, port, probing.signal)))
  return {
    kind: 'seen',
    value: {
      hosts: seen.flatMap((one) => {
        if (one.kind === 'no-answer') return []
        const { host, port, at, versions, suites, certificate } = one
        return [{ host, port, at, versions, suites, certificate }]
      }),
      silent: seen.flatMap((one) => (one.kind === 'no-answer' ? [silence(one, probing.signal)] : [])),
    },
  }
}
