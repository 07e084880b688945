import { describe, expect, it } from 'vitest'
import { NOON, noonPlus } from '../../test/standing.ts'
import type { RecordedEvent } from '../kernel/event.ts'
import type { JsonObject } from '../kernel/json.ts'
import { DAY_MS, type Instant } from '../kernel/time.ts'
import { factsView } from './facts-view.ts'
import type { Facts } from './facts.ts'

const APP = 'the-app'
const HASH = `sha256:${'d'.repeat(64)}`

type Told = readonly [type: string, payload?: JsonObject, day?: number]

/** Folds events one day after another, from noon on. */
function facts(...told: readonly Told[]): Facts {
  const registered: Told = ['directory.app_registered', { platform: 'connect', hosting: 'remote' }]
  let folded: Facts | null = null
  for (const [place, [type, payload, day]] of [registered, ...told].entries()) {
    const at: Instant = noonPlus((day ?? place) * DAY_MS)
    const event: RecordedEvent = {
      marketplace: 'main',
      seq: place + 1,
      stream: '',
      version: 1,
      subject: APP,
      type,
      at,
      by: { kind: 'machine', name: 'test' },
      cause: null,
      previous: null,
      hash: `sha256:${'0'.repeat(64)}`,
      payload: { app: APP, ...payload },
    }
    folded = factsView.fold(folded, event, APP)
  }
  if (folded === null) throw new Error('no facts')
  return folded
}
const judged = (outcome: string, blind: string | null = null): Told => [
  'scanning.check_judged',
  { check: 'hsts', outcome, reason: null, blind, says: { code: 'x', params: {} }, evidence: ['sha256:own'] },
]
const finished = (outcome: string | null): Told => [
  'scanning.scan_finished',
  { checks: outcome === null ? {} : { hsts: outcome }, evidence: ['sha256:scan'], observed_at: noonPlus(40 * DAY_MS) },
]
const details = (health_path: string | null, alert_mailbox: boolean): Told => [
  'directory.details_supplied',
  { health_path, alert_mailbox, base_urls: [] },
]
const states = ({ records }: Facts) => Object.fromEntries(Object.values(records).map(({ kind, state }) => [kind, state]))

describe('what is known of an app', () => {
  it('begins with its registration; nothing is folded before', () => {
    expect(facts()).toMatchObject({ app: APP, consent: false, registered_at: NOON, checks: {} })
    expect(
      factsView.fold(null, { type: 'directory.domain_proven', at: NOON, payload: { app: APP } } as unknown as RecordedEvent, APP),
    ).toBe(null)
  })

  it('has consent while control of a domain is proven', () => {
    expect(facts(['directory.domain_proven']).consent).toBe(true)
    expect(facts(['directory.domain_proven'], ['directory.consent_withdrawn']).consent).toBe(false)
  })

  it('keeps since when a check has said the same, and when it last did', () => {
    const { hsts } = facts(judged('pass'), finished('pass')).checks
    expect(hsts).toMatchObject({ outcome: 'pass', since: noonPlus(DAY_MS), observed_at: noonPlus(40 * DAY_MS), evidence: ['sha256:scan'] })
    expect(facts(judged('pass'), judged('fail')).checks['hsts']?.since).toBe(noonPlus(2 * DAY_MS))
    expect(facts(judged('inconclusive', 'ours'), judged('inconclusive', 'theirs')).checks['hsts']?.since).toBe(noonPlus(DAY_MS))
  })

  it('keeps an answer that a scan could not ask for again, and marks it as not seen by our own fault, until it is', () => {
    const { hsts } = facts(judged('fail'), finished(null)).checks
    expect(hsts).toMatchObject({ outcome: 'fail', blind: 'ours', observed_at: noonPlus(DAY_MS) })
    expect(facts(judged('fail'), finished(null), finished('fail')).checks['hsts']?.blind).toBe(null)
    // Who keeps us out is not excused by our own fault later.
    expect(facts(judged('inconclusive', 'theirs'), finished(null)).checks['hsts']?.blind).toBe('theirs')
  })

  it('takes a mailbox as brought, not as tested, and a health path as it is', () => {
    expect(states(facts(details('/health', true)))).toEqual({ 'health-check': 'supplied', 'alert-mailbox': 'supplied' })
    const tested: Told = ['directory.record_confirmed', { kind: 'alert-mailbox', state: 'tested', evidence: [] }]
    expect(states(facts(details('/health', true), tested, details('/health', true)))).toMatchObject({ 'alert-mailbox': 'tested' })
    expect(states(facts(details('/health', true), tested, details(null, false)))).toEqual({})
  })

  it('knows since when an objective is counted, and the day that was sealed last', () => {
    const count = (good: number): Told => [
      'reliability.window_counted',
      {
        indicator: 'availability',
        window: 'P28D',
        target: 0.999,
        good_when_at_most: null,
        good,
        total: good,
        unknown: 0,
        expected: 40_320,
        from: NOON,
        to: NOON,
        evidence: [],
      },
    ]
    const sealed: Told = [
      'reliability.day_closed',
      { indicator: 'availability', day: '2026-11-24', good: 1, total: 1, unknown: 0, digest: HASH },
    ]
    expect(facts(count(1), count(2), sealed).slos['availability|P28D|']).toMatchObject({
      good: 2,
      counted_since: noonPlus(DAY_MS),
      evidence: [HASH],
    })
    expect(facts(count(1), sealed, count(2)).slos['availability|P28D|']?.evidence).toEqual([HASH])
  })

  it('follows an attestation from its offer to its end', () => {
    const attestation = (what: string): Told => [
      `assessments.attestation_${what}`,
      { requirement: 'one', expires_at: noonPlus(400 * DAY_MS), evidence: [HASH], reviewer: 'ann', by: 'mia' },
    ]
    expect(facts(attestation('offered')).offered).toMatchObject({ one: { offered_at: noonPlus(DAY_MS) } })
    expect(facts(attestation('offered'), attestation('declined')).offered).toEqual({})
    const accepted = facts(attestation('offered'), attestation('accepted'))
    expect([accepted.offered, accepted.attestations['one']?.accepted]).toEqual([{}, true])
    expect(facts(attestation('accepted'), attestation('withdrawn')).attestations['one']?.accepted).toBe(false)
    expect(facts(attestation('withdrawn')).attestations).toEqual({})
  })

  it('knows what is waived until it is ended', () => {
    const granted: Told = [
      'standing.waiver_granted',
      { requirement: 'one', until: noonPlus(9 * DAY_MS), reason_code: 'x', persons: ['ann', 'bob'], evidence: [] },
    ]
    expect(facts(granted).waivers['one']).toEqual({ requirement: 'one', until: noonPlus(9 * DAY_MS), reason_code: 'x', evidence: [] })
    expect(facts(granted, ['standing.waiver_ended', { requirement: 'one' }]).waivers).toEqual({})
  })
})

describe('annual reviews', () => {
  const planned: Told = ['reviews.annual_review_planned', { policy: 'yearly' }]
  const missed: Told = ['reviews.annual_review_missed', { policy: 'yearly' }]
  const dropped: Told = ['reviews.annual_review_dropped', { policy: 'yearly' }]
  const closed: Told = ['reviews.annual_review_closed', { policy: 'yearly' }]
  const stateAfter = (...told: readonly Told[]) => facts(...told).records['yearly']?.state

  it('that were missed stay so until they are closed: the plan of another badge makes up for nothing', () => {
    expect(stateAfter(planned)).toBe('not-due')
    expect(stateAfter(planned, missed, planned)).toBe('missed')
    expect(stateAfter(planned, missed, closed)).toBe('done')
    expect(stateAfter(planned, missed, closed, planned)).toBe('not-due')
  })
  it('that fall away with their badge leave nothing behind', () => {
    expect(stateAfter(planned, missed, dropped)).toBeUndefined()
    expect(stateAfter(planned, missed, dropped, planned)).toBe('not-due')
    expect(stateAfter(planned, closed, dropped)).toBe('done')
  })
})
