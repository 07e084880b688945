import { lengthMs, type Duration } from '../kernel/duration.ts'
import { DAY_MS, type Instant } from '../kernel/time.ts'
import { inForce, type Pack } from './load.ts'
import type { MetWhen } from './schema.ts'

/**
 * How long an app has to be watched before its figures say anything, in words: by the longest window and its coverage that
 * the programmes in force ask for. Null when none of them counts over a window.
 */
export function watchingInWords(packs: readonly Pack[], now: Instant): string | null {
  const asked = packs
    .flatMap((pack) => inForce(pack, now)?.requirements ?? [])
    .flatMap(({ met_when }) => (met_when === undefined ? [] : windowsIn(met_when)))
    .map(({ window, coverage }) => ({ days: lengthMs(window as Duration) / DAY_MS, coverage }))
    .sort((a, b) => b.days * b.coverage - a.days * a.coverage)[0]
  if (asked === undefined) return null
  const needed = Math.ceil(asked.days * asked.coverage)
  return `Figures over ${asked.days} days need about ${needed} days of watching before they count, so a first badge is that far away.`
}

type Windowed = Extract<MetWhen, { readonly slo: unknown }>['slo']

function windowsIn(met_when: MetWhen): readonly Pick<Windowed, 'window' | 'coverage'>[] {
  if ('slo' in met_when) return [met_when.slo]
  if ('all_of' in met_when) return met_when.all_of.flatMap(windowsIn)
  if ('any_of' in met_when) return met_when.any_of.flatMap(windowsIn)
  if ('first_of' in met_when) return met_when.first_of.flatMap(windowsIn)
  return []
}
