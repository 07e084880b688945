import cvss from 'ae-cvss-calculator'
import { Refused } from '../kernel/refused.ts'

/** A CVSS 3.1 base vector with its computed score. */
export type Severity = { readonly vector: string; readonly score: number; readonly level: 'none' | 'low' | 'medium' | 'high' | 'critical' }

/** All eight base metrics, once each, in the order of the specification: the calculator takes anything and answers 0. */
const BASE_VECTOR = /^CVSS:3\.1\/AV:[NALP]\/AC:[LH]\/PR:[NLH]\/UI:[NR]\/S:[UC]\/C:[NLH]\/I:[NLH]\/A:[NLH]$/

/** Computes the score of a CVSS 3.1 base vector (https://www.first.org/cvss/v3.1/specification-document); refuses what is not one. */
export function severityOf(vector: string): Severity {
  if (!BASE_VECTOR.test(vector)) {
    throw new Refused(
      'scanning.not_a_vector',
      `"${vector}" is not a CVSS 3.1 base vector like CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N`,
    )
  }
  const score = new cvss.Cvss3P1(vector).calculateExactOverallScore()
  // Section 5 of the specification: none 0, low to 3.9, medium to 6.9, high to 8.9.
  const level = score === 0 ? 'none' : score < 4 ? 'low' : score < 7 ? 'medium' : score < 9 ? 'high' : 'critical'
  return { vector, score, level }
}
