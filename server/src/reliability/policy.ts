import { lengthMs, type Duration } from '../kernel/duration.ts'
import type { Instant } from '../kernel/time.ts'
import { dayOf } from '../kernel/time.ts'
import type { Policy } from '../programmes/schema.ts'
import type { ProbePolicy } from './verdict.ts'

/**
 * The usual rule: only 200, within 3 seconds, no redirect followed. Packs cite where theirs comes from.
 * A programme that says otherwise has a policy of the kind `probing`.
 */
export const DEFAULT_PROBE_POLICY: ProbePolicy = { statuses: [200], within_ms: 3_000, follow_redirects: false }

/** What makes a probe good on a day: the newest probing policy in force, else the default. One probe serves all programmes, so the first that has a policy says. */
export function probePolicyOf(packs: readonly { readonly policies: readonly Policy[] }[], now: Instant): ProbePolicy {
  for (const { policies } of packs) {
    const inForce = policies
      .flatMap((policy) => (policy.kind === 'probing' ? [policy] : []))
      .filter(({ since, retired }) => since <= dayOf(now) && (retired === undefined || retired > dayOf(now)))
      .sort((a, b) => (a.since < b.since ? 1 : -1))[0]
    if (inForce === undefined) continue
    const { statuses, within, follow_redirects } = inForce
    return { statuses, within_ms: lengthMs(within as Duration), follow_redirects }
  }
  return DEFAULT_PROBE_POLICY
}
