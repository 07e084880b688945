import type { MetWhen, RequirementInForce } from '../programmes/schema.ts'
import { counted, durationInWords, idInWords, listInWords, targetInWords } from './words.ts'

/** How requirements are judged, in plain words. */

/** Who or what looks, in a word or two. */
export const VERIFIED_BY = {
  probe: 'Probed by the minute',
  scan: 'Scanned',
  record: 'Record, confirmed by a person',
  attestation: 'Evidence, reviewed by a person',
  derived: 'Computed from other records',
} as const satisfies Record<RequirementInForce['verified_by'], string>

/** Machine, record or a person's word: what a reader weighs an answer by. */
export type Weight = 'machine' | 'record' | 'attested'

export const WEIGHT = {
  probe: 'machine',
  scan: 'machine',
  derived: 'machine',
  record: 'record',
  attestation: 'attested',
} as const satisfies Record<RequirementInForce['verified_by'], Weight>

/** Who stands behind an answer: the operator, who looked or confirmed it, or the partner, whose word or evidence it is. */
export const VOUCHED_FOR = { operator: 'operator-verified', partner: 'partner-attested', nobody: 'not published how' } as const

/** Who vouches for a requirement's answer. Where a machine or a record can say and else the partner, both are named. */
export function vouchedFor({ met_when }: Pick<RequirementInForce, 'met_when'>): readonly (keyof typeof VOUCHED_FOR)[] {
  const found = new Set(met_when === undefined ? [] : voucherIn(met_when))
  return (['operator', 'partner', 'nobody'] as const).filter((one) => found.has(one))
}

function voucherIn(rule: MetWhen): readonly (keyof typeof VOUCHED_FOR)[] {
  if ('all_of' in rule) return rule.all_of.flatMap(voucherIn)
  if ('any_of' in rule) return rule.any_of.flatMap(voucherIn)
  if ('first_of' in rule) return rule.first_of.flatMap(voucherIn)
  if ('unpublished' in rule) return ['nobody']
  return 'form' in rule || 'attestation' in rule ? ['partner'] : ['operator']
}

/** The same in words, `operator-verified or partner-attested`. */
export const vouchedInWords = (requirement: Pick<RequirementInForce, 'met_when'>): string =>
  listInWords(vouchedFor(requirement).map((one) => VOUCHED_FOR[one])).replace(' and ', ' or ')

/** The rule of a requirement as sentences; a rule made of rules is a list of them. */
export function methodInWords(rule: MetWhen): readonly string[] {
  if ('check' in rule) {
    const fresh = rule.fresh_for === undefined ? '' : `, looked at within the last ${durationInWords(rule.fresh_for)}`
    return [`The check “${rule.check}” passes${fresh}.`]
  }
  if ('slo' in rule) return [sloInWords(rule.slo)]
  if ('clocks' in rule) {
    const { policy, overdue_at_most } = rule.clocks
    return [`At most ${counted(overdue_at_most, 'deadline')} of the policy “${policy}” ${overdue_at_most === 1 ? 'is' : 'are'} overdue.`]
  }
  if ('form' in rule) {
    const { form, complete, fresh_for } = rule.form
    const fresh = fresh_for === undefined ? '' : `, published within the last ${durationInWords(fresh_for)}`
    return [`The form “${idInWords(form)}” is ${complete === 1 ? 'complete' : `answered to ${targetInWords(complete)} or more`}${fresh}.`]
  }
  if ('record' in rule) {
    const { kind, states, fresh_for } = rule.record
    const fresh = fresh_for === undefined ? '' : `, confirmed within the last ${durationInWords(fresh_for)}`
    return [`The record “${idInWords(kind)}” is ${listInWords(states.map((state) => `“${state}”`)).replace(' and ', ' or ')}${fresh}.`]
  }
  if ('attestation' in rule) {
    const { evidence, reviewer, expires_after } = rule.attestation
    const who = reviewer === 'operator' ? 'a reviewer of the operator' : 'a reviewer of the operator who had no part in it before'
    return [`The partner shows ${listInWords(evidence)}; ${who} accepts it, for ${durationInWords(expires_after)}.`]
  }
  if ('unpublished' in rule) return [`Not published: ${rule.unpublished}. Until it is, this can be neither met nor missed.`]
  if ('all_of' in rule) return rule.all_of.flatMap(methodInWords)
  if ('first_of' in rule)
    return [`The first of these that can be said decides: ${rule.first_of.map((one) => methodInWords(one).join(' ')).join(' Else: ')}`]
  return [`One of these holds: ${rule.any_of.map((one) => methodInWords(one).join(' ')).join(' Or: ')}`]
}

function sloInWords(slo: Extract<MetWhen, { readonly slo: unknown }>['slo']): string {
  const what =
    slo.good_when_at_most === undefined
      ? `${idInWords(slo.indicator)} is good`
      : `${idInWords(slo.indicator)} is at most ${slo.good_when_at_most} ${slo.unit ?? 'ms'}`
  const least = slo.minimum_events === undefined ? '' : `, from ${counted(slo.minimum_events, 'event')} on`
  // Events that nobody can count beforehand have no share that must have been seen.
  const seen = slo.coverage === 0 ? '' : `, with at least ${targetInWords(slo.coverage)} of it seen`
  // Of an app with one address both say the same, so the usual way needs no word.
  const together = slo.endpoints === 'together' ? ' A minute is bad when it is bad at any of the app’s base URLs.' : ''
  const theirs =
    slo.reported_by?.includes('partner') === true ? ' The partner may send the figures in, and they are marked as the partner’s.' : ''
  return `${what} in ${targetInWords(slo.target)} of what was judged over ${durationInWords(slo.window)}${seen}${least}.${together}${theirs}`
}
