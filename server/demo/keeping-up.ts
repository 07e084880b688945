import type { NewEvent } from '../src/kernel/event.ts'
import { plus, type Duration } from '../src/kernel/duration.ts'
import { after, DAY_MS, type Instant } from '../src/kernel/time.ts'
import type { Catalogue } from '../src/programmes/schema.ts'
import type { Facts } from '../src/standing/facts.ts'
import { brought, upkeepOf, type Upkeep } from '../simulate/upkeep.ts'
import { CAST } from './cast.ts'

/** How long before something lapses it is brought again. */
export const RENEWS_DAYS_BEFORE = 14

/**
 * What the people around the demo's apps bring on a morning, as they did in its past: what was never brought, and what lapses
 * soon. Where somebody at this demo has said otherwise (withdrawn an attestation, confirmed another state), that stands.
 */
export function broughtOn(catalogues: readonly Catalogue[], facts: Facts, at: Instant): readonly NewEvent[] {
  const wants = CAST.find(({ app }) => app === facts.app)?.wants ?? []
  return catalogues
    .filter(({ programme }) => programme.tiers.some(({ id }) => wants.includes(id)))
    .flatMap(upkeepOf)
    .filter((upkeep) => {
      const lapses_at = lapsesAt(upkeep, facts)
      return lapses_at === 'never brought' || (lapses_at !== null && after(lapses_at, -RENEWS_DAYS_BEFORE * DAY_MS) <= at)
    })
    .map((upkeep) => brought(upkeep, facts.app, at))
}

/** When what was brought ends; null for what lasts, and for what is not theirs to bring again. */
function lapsesAt(upkeep: Upkeep, facts: Facts): Instant | 'never brought' | null {
  const lasting = (at: Instant): Instant | null => (upkeep.lasts === null ? null : plus(at, upkeep.lasts as Duration))
  switch (upkeep.kind) {
    case 'record': {
      const known = facts.records[upkeep.name]
      if (known === undefined) return 'never brought'
      return known.state === upkeep.state ? lasting(known.confirmed_at) : null
    }
    case 'form': {
      const published_at = facts.forms[upkeep.name]?.published_at ?? null
      return published_at === null ? 'never brought' : lasting(published_at)
    }
    case 'attestation': {
      const known = facts.attestations[upkeep.name]
      if (known === undefined) return 'never brought'
      return known.accepted ? known.expires_at : null
    }
  }
}
