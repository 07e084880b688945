import type { ReactElement } from 'react'
import { says } from '../../kernel/says.ts'
import type { Instant } from '../../kernel/time.ts'
import { openKey, type OpenAlert } from '../../reliability/alerts.ts'
import type { LatestProbe } from '../../reliability/availability.ts'
import { probeSays } from '../../reliability/messages.ts'
import { sentence } from '../texts.ts'
import { durationInWords, momentInWords, placed, targetInWords } from '../words.ts'
import { Foreign, Moment, Section } from './parts.tsx'

/** An alert in one sentence. */
export const alertInWords = ({ tier, indicator, objective, at, endpoint }: OpenAlert): string =>
  sentence(
    says(`reliability.alert.${tier}`, {
      since: momentInWords(at),
      indicator: placed(indicator, endpoint),
      window: durationInWords(objective.window),
      target: targetInWords(objective.target),
    }),
  )

/** Why a probe counts as it does, in one sentence. */
export const probeInWords = (reason: string): string => sentence(says(probeSays(reason)))

/** Pages first, then tickets, then early warnings; the oldest first in each. */
export function byUrgency(a: OpenAlert, b: OpenAlert): number {
  return URGENCY[a.tier] - URGENCY[b.tier] || (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)
}

const URGENCY = { page: 0, ticket: 1, 'early-warning': 2 } as const satisfies Record<OpenAlert['tier'], number>

/** What the watch sees of an app now: alerts that are open, and the newest answer of each address with what it means. */
export type WatchRead = { readonly alerts: readonly OpenAlert[]; readonly latest: readonly LatestProbe[] }

/** That on the working page of an app, for its partner and the operator. Nothing where nobody watches. */
export function WatchSection({ read }: { readonly read: WatchRead }): ReactElement | null {
  if (read.latest.length + read.alerts.length === 0) return null
  return (
    <Section id="watch" title="What the watch sees now">
      {read.alerts.length === 0 ? (
        <p className="quiet">No alert is open.</p>
      ) : (
        <ul>
          {read.alerts.toSorted(byUrgency).map((alert) => (
            <li key={openKey(alert)}>{alertInWords(alert)}</li>
          ))}
        </ul>
      )}
      <ul className="plain small">
        {read.latest.map(({ target, at, reason, status }) => (
          <li key={target}>
            <Foreign>{target}</Foreign>, <Moment at={at} />: {reason === null ? 'A good answer.' : probeInWords(reason)}
            {status === null ? '' : ` Status ${status}.`}
          </li>
        ))}
      </ul>
    </Section>
  )
}

/** What a probe's evidence says in words: each exchange, and why it counts as it does. Null for evidence of another shape. */
export function exchangesInWords(body: unknown): readonly { readonly url: string; readonly at: Instant; readonly words: string }[] | null {
  if (!Array.isArray(body)) return null
  const exchanges = body.flatMap((one: unknown) => {
    if (typeof one !== 'object' || one === null || !('url' in one && 'at' in one && 'reason' in one)) return []
    const { url, at, reason } = one
    if (typeof url !== 'string' || typeof at !== 'string') return []
    return [{ url, at: at as Instant, words: typeof reason === 'string' ? probeInWords(reason) : 'A good answer.' }]
  })
  return exchanges.length === 0 ? null : exchanges
}
