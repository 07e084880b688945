import { Temporal } from 'temporal-polyfill'
import type { ProgrammeDocument } from '../directory/programme.ts'
import { ms, type Instant } from '../kernel/time.ts'
import type { Pack } from '../programmes/load.ts'
import type { Catalogue } from '../programmes/schema.ts'

const EDITIONS = new WeakMap<Catalogue, Map<string, Catalogue>>()

/**
 * A programme as this marketplace runs it: the version on record, less the tiers that its operator has retired. Requirements
 * that other tiers share stay; what only a retired tier asked for is retired with it. Null for a closed programme, and for
 * one whose version this program does not have any more.
 */
export function inThisEdition(packs: readonly Pack[], document: ProgrammeDocument): Catalogue | null {
  if (document.status === 'closed') return null
  const pack = packs.find((one) => one.programme.id === document.programme)
  const catalogue = pack?.catalogues.find((one) => one.version === document.version && one.digest === document.digest)
  if (catalogue === undefined) return null
  return document.retired_tiers.length === 0 ? catalogue : withoutTiers(catalogue, document.retired_tiers)
}

function withoutTiers(catalogue: Catalogue, retired: ProgrammeDocument['retired_tiers']): Catalogue {
  const editions = EDITIONS.get(catalogue) ?? new Map<string, Catalogue>()
  EDITIONS.set(catalogue, editions)
  const key = JSON.stringify(retired)
  const known = editions.get(key)
  if (known !== undefined) return known
  const gone = new Map(retired.map(({ tier, at }) => [tier, at]))
  const requirements = catalogue.requirements.map((requirement) => {
    const tiers = requirement.tiers.filter((tier) => !gone.has(tier))
    if (tiers.length > 0) return tiers.length === requirement.tiers.length ? requirement : { ...requirement, tiers }
    // The last of its tiers took it along; on the programme's own calendar, so that it is retired at once.
    const last = requirement.tiers
      .flatMap((tier) => gone.get(tier) ?? [])
      .sort()
      .at(-1)
    const day = last === undefined ? requirement.since : localDay(last, catalogue.programme.zone)
    return { ...requirement, retired: requirement.retired !== undefined && requirement.retired < day ? requirement.retired : day }
  })
  const edition: Catalogue = {
    ...catalogue,
    programme: { ...catalogue.programme, tiers: catalogue.programme.tiers.filter((tier) => !gone.has(tier.id)) },
    requirements,
  }
  editions.set(key, edition)
  return edition
}

const localDay = (at: Instant, zone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(ms(at)).toZonedDateTimeISO(zone).toPlainDate().toString()
