import { Temporal } from 'temporal-polyfill'
import { instant, type Instant } from '../kernel/time.ts'
import type { Catalogue, Policy, Tier } from './schema.ts'

/** What is asked of a catalogue at every judgement, read once and kept as long as the catalogue lives. */

/** The moment at which a day begins where the programme is at home. */
export function startOfDayIn(catalogue: Catalogue, day: string): Instant {
  return instant(Temporal.PlainDate.from(day).toZonedDateTime(catalogue.programme.zone).epochMilliseconds)
}

type Dated = { readonly policy: Policy; readonly since_at: Instant; readonly retired_at: Instant | null }

const POLICIES = new WeakMap<Catalogue, readonly Dated[]>()

function policiesOf(catalogue: Catalogue): readonly Dated[] {
  const known = POLICIES.get(catalogue)
  if (known !== undefined) return known
  const dated = catalogue.policies
    .map((policy) => ({
      policy,
      since_at: startOfDayIn(catalogue, policy.since),
      retired_at: policy.retired === undefined ? null : startOfDayIn(catalogue, policy.retired),
    }))
    .sort((a, b) => (a.since_at < b.since_at ? -1 : 1))
  POLICIES.set(catalogue, dated)
  return dated
}

const inForce = (dated: Dated, now: Instant): boolean => dated.since_at <= now && (dated.retired_at === null || dated.retired_at > now)

/** The policy of a kind that stands at a moment by the programme's own calendar: the newest that has begun. Null when there is none. */
export function policyOfKind<K extends Policy['kind']>(
  catalogue: Catalogue,
  kind: K,
  now: Instant,
): Extract<Policy, { readonly kind: K }> | null {
  const dated = policiesOf(catalogue).findLast((one) => one.policy.kind === kind && inForce(one, now))
  // The guarantee of the cast: only a policy of this kind was looked for.
  return (dated?.policy as Extract<Policy, { readonly kind: K }> | undefined) ?? null
}

export type Enforcement = Extract<Policy, { readonly kind: 'enforcement' }>

/** The ladder that stands at a moment. Without one nothing is taken away, and silence never turns into `unmet`. */
export const enforcementIn = (catalogue: Catalogue, now: Instant): Enforcement | null => policyOfKind(catalogue, 'enforcement', now)

/** How many have to agree before a badge of this tier is given back. */
export const restoringReviewers = ({ restoring_reviewers, reviewers }: Tier): number => restoring_reviewers ?? reviewers
