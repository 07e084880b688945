import { Temporal } from 'temporal-polyfill'
import { instant, type Instant } from '../kernel/time.ts'
import type { Catalogue, Policy } from '../programmes/schema.ts'

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

/** A policy as it stands at a moment: of several files with one id, the newest that has begun. Null when there is none. */
export function policyIn(catalogue: Catalogue, id: string, now: Instant): Policy | null {
  return policiesOf(catalogue).findLast((dated) => dated.policy.id === id && inForce(dated, now))?.policy ?? null
}

export type Enforcement = Extract<Policy, { readonly kind: 'enforcement' }>

/** The ladder that stands at a moment. Without one nothing is taken away, and silence never turns into `unmet`. */
export function enforcementIn(catalogue: Catalogue, now: Instant): Enforcement | null {
  const dated = policiesOf(catalogue).findLast((one) => one.policy.kind === 'enforcement' && inForce(one, now))
  return dated?.policy.kind === 'enforcement' ? dated.policy : null
}
