import type { Minute, MinuteKind } from './window.ts'

/**
 * The guard against our own mistakes: when most apps begin to fail in one minute, what they share is more likely to be us
 * (an address block refused, a certificate store gone, a mistake in a release) than all of them, even while the control
 * targets answer. Then the minute is unknown for everybody who failed in it, and the operator is told.
 */

/** More than half. Apps of a marketplace share hosting providers, but none of them hosts most of a large one. */
const MASS_SHARE = 0.5

/** Fewer than ten failing together are one partner with a bad release, or one small provider: that is observed and not guessed away. */
export const MASS_FAILING_AT_LEAST = 10

/**
 * A minute as its answers come in. Only apps that were not failing before take part: those that have been down for long
 * say nothing about us, and would otherwise decide for the others.
 */
export type Tally = { readonly minute: Minute; readonly standing: ReadonlySet<string>; readonly kinds: Map<string, MinuteKind> }

/** `open`: the answers that are still out decide. */
export type MassVerdict = 'open' | 'apart' | 'mass'

/** Apps of a tally that began to fail, that are well, and that have not been heard of. */
export type Tallied = { readonly failing: number; readonly well: number; readonly out: number }

/** Counts a tally. */
export function tallied({ standing, kinds }: Tally): Tallied {
  let [failing, well, heard] = [0, 0, 0]
  for (const [app, kind] of kinds) {
    if (!standing.has(app)) continue
    heard += 1
    if (kind === 'bad') failing += 1
    if (kind === 'good') well += 1
  }
  return { failing, well, out: standing.size - heard }
}

/** What a minute was, as soon as the answers that are still out cannot change it; `over`: none of them comes any more. */
export function massOf(of: Tallied, over: boolean): MassVerdict {
  const { failing, well } = of
  const out = over ? 0 : of.out
  if (isMass(failing, well + out)) return 'mass'
  return isMass(failing + out, well) ? 'open' : 'apart'
}

const isMass = (failing: number, well: number): boolean => failing >= MASS_FAILING_AT_LEAST && failing > MASS_SHARE * (failing + well)
