import type { Catalogue } from '../programmes/schema.ts'
import { WEIGHT } from './method.ts'
import type { PublicStanding } from './public-app.ts'

/** How much of a programme's pillar is judged by what, and how much of it is unknown among those who hold its badges. */
export type PillarCoverage = {
  readonly pillar: string
  readonly requirements: number
  readonly machine: number
  readonly record: number
  readonly attested: number
  /** Public rows of holders, and how many of them are unknown now. */
  readonly rows: number
  readonly unknown: number
}

/** Counts what a reader weighs a programme by: a rule that nobody looks at is worth nothing. */
export function coverageOf(catalogue: Catalogue, standings: readonly PublicStanding[], on: string): readonly PillarCoverage[] {
  const rows = standings.filter((standing) => standing.programme === catalogue.programme.id).flatMap((standing) => standing.rows)
  return catalogue.programme.pillars.map(({ id }) => {
    const own = inForceOn(catalogue, on).filter((requirement) => requirement.pillar === id)
    const weighing = (weight: (typeof WEIGHT)[keyof typeof WEIGHT]): number =>
      own.filter((requirement) => WEIGHT[requirement.verified_by] === weight).length
    const seen = rows.filter((row) => row.pillar === id)
    return {
      pillar: id,
      requirements: own.length,
      machine: weighing('machine'),
      record: weighing('record'),
      attested: weighing('attested'),
      rows: seen.length,
      unknown: seen.filter((row) => row.verdict === 'unknown').length,
    }
  })
}

/** Requirements that count on a day: begun, not retired. */
export const inForceOn = (catalogue: Catalogue, on: string): Catalogue['requirements'] =>
  catalogue.requirements.filter(({ since, retired }) => since <= on && (retired === undefined || retired > on))
