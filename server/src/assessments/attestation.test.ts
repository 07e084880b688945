import { describe, expect, it } from 'vitest'
import { lengthMs, type Duration } from '../kernel/duration.ts'
import { story } from '../kernel/story.ts'
import { instant } from '../kernel/time.ts'
import { allowed, attestation, attestationRule, type AttestationCommand, type AttestationState } from './attestation.ts'
import type { AttestationEvent } from './events.ts'

const now = instant(1_790_000_000_000)
const expires_at = instant(1_800_000_000_000)
const given = (...facts: readonly AttestationEvent[]) => story(attestation, now).given(...facts)
const of = { app: 'a', requirement: 'r' }
const offered: AttestationEvent = { type: 'assessments.attestation_offered', payload: { ...of, by: 'pia', evidence: ['sha256:1'] } }
const accepted: AttestationEvent = {
  type: 'assessments.attestation_accepted',
  payload: { ...of, expires_at, evidence: ['sha256:1'], reviewer: 'rob' },
}
const declined: AttestationEvent = { type: 'assessments.attestation_declined', payload: { ...of, reviewer: 'rob', evidence: ['sha256:2'] } }
const withdrawn: AttestationEvent = {
  type: 'assessments.attestation_withdrawn',
  payload: { ...of, reviewer: 'rob', evidence: ['sha256:3'] },
}
const rule = (reviewer: 'operator' | 'uninvolved-operator') => ({ reviewer, expires_after: 'P13M', evidence: ['x'] })
const accept = (by: string, reviewer: 'operator' | 'uninvolved-operator' = 'operator', of_the_partner = false): AttestationCommand => ({
  ...of,
  do: 'accept',
  by,
  evidence: [],
  rule: rule(reviewer),
  expires_at,
  of_the_partner,
})

describe('an attestation', () => {
  it('is accepted with what was offered, until its end', () => expect(given(offered).when(accept('rob')).events).toEqual([accepted]))

  it('is not accepted by whoever offered it, nor by somebody of the partner', () => {
    expect(given(offered).when(accept('pia')).refused).toBe('assessments.involved')
    expect(given(offered).when(accept('rob', 'operator', true)).refused).toBe('assessments.involved')
  })

  it('needs somebody new where the pack says so', () => {
    expect(given(offered, declined, offered).when(accept('rob', 'uninvolved-operator')).refused).toBe('assessments.involved')
    expect(given(offered, declined, offered).when(accept('rob', 'operator')).refused).toBeNull()
    expect(given(offered, declined, offered).when(accept('sue', 'uninvolved-operator')).refused).toBeNull()
  })

  it('that is accepted stays so while a renewal waits, and when it is declined', () => {
    expect(given(offered, accepted, offered).state).toMatchObject({ status: 'renewing', accepted: { expires_at } })
    expect(given(offered, accepted, offered, declined).state).toMatchObject({ status: 'accepted', offered: null })
    expect(given(offered, accepted, offered, withdrawn).state).toMatchObject({ status: 'offered', accepted: null })
  })

  const STATES = {
    none: [],
    offered: [offered],
    accepted: [offered, accepted],
    renewing: [offered, accepted, offered],
  } as const satisfies Record<AttestationState['status'], readonly AttestationEvent[]>
  const COMMANDS = {
    offer: { ...of, do: 'offer', by: 'pia', evidence: [] },
    accept: accept('sue'),
    decline: { ...of, do: 'decline', by: 'sue', evidence: [], of_the_partner: false },
    withdraw: { ...of, do: 'withdraw', by: 'sue', evidence: [] },
  } as const satisfies Record<AttestationCommand['do'], AttestationCommand>

  it.each(Object.keys(STATES).flatMap((status) => Object.keys(COMMANDS).map((command) => [status, command] as const)))(
    'that is %s: %s passes exactly when the table allows it',
    (status, command) => {
      const story_so_far = given(...STATES[status as keyof typeof STATES])
      expect(story_so_far.state.status).toBe(status)
      const { refused } = story_so_far.when(COMMANDS[command as keyof typeof COMMANDS])
      expect(refused).toBe(
        (allowed[status as keyof typeof STATES] as readonly string[]).includes(command) ? null : 'assessments.wrong_state',
      )
    },
  )
})

describe('what a requirement asks of attestations', () => {
  const length = (span: string): number => lengthMs(span as Duration)
  const asks = (reviewer: 'operator' | 'uninvolved-operator', expires_after: string) => ({
    attestation: { reviewer, expires_after, evidence: [expires_after] },
  })

  it('is nothing where a machine judges alone', () => {
    expect(attestationRule(undefined, length)).toBeNull()
    expect(attestationRule({ all_of: [{ check: 'hsts-enabled' }, { form: { form: 'f', complete: 1 } }] }, length)).toBeNull()
  })

  it('is found at any depth, and of several the strictest counts', () => {
    expect(attestationRule({ first_of: [{ check: 'c' }, { any_of: [asks('operator', 'P30D')] }] }, length)).toMatchObject({
      expires_after: 'P30D',
    })
    expect(attestationRule({ all_of: [asks('operator', 'P10D'), asks('uninvolved-operator', 'P30D')] }, length)).toEqual({
      reviewer: 'uninvolved-operator',
      expires_after: 'P10D',
      evidence: ['P10D', 'P30D'],
    })
  })
})
