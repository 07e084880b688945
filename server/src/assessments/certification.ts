import type { Decider } from '../kernel/decider.ts'
import type { Digest } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import type { Instant } from '../kernel/time.ts'
import type { CertificationEvent } from './events.ts'

/**
 * A certificate of a partner as a record: who issued it, for what, from when until when. The partner enters it, a reviewer of
 * the operator's confirms that it was seen; it ends on its own day whatever anybody says.
 */
export type CertificationState = {
  readonly status: 'none' | 'recorded' | 'confirmed' | 'refused' | 'withdrawn' | 'lapsed'
  readonly organisation: string
  readonly by: string
  readonly issued_on: string
  readonly expires_at: Instant | null
  readonly evidence: readonly Digest[]
}

export type CertificationCommand = { readonly certification: string } & (
  | {
      readonly do: 'record'
      readonly organisation: string
      readonly by: string
      readonly issued_on: string
      readonly expires_at: Instant
      readonly evidence: readonly Digest[]
    }
  | { readonly do: 'confirm'; readonly by: string; readonly of_the_partner: boolean }
  | { readonly do: 'refuse'; readonly by: string; readonly of_the_partner: boolean; readonly evidence: readonly Digest[] }
  | { readonly do: 'withdraw'; readonly by: string }
  | { readonly do: 'lapse' }
)

/** What is possible when. */
export const allowedOfCertification: { readonly [status in CertificationState['status']]: readonly CertificationCommand['do'][] } = {
  none: ['record'],
  recorded: ['confirm', 'refuse', 'withdraw', 'lapse'],
  confirmed: ['refuse', 'withdraw', 'lapse'],
  refused: ['withdraw', 'lapse'],
  withdrawn: [],
  lapsed: [],
}

/** The life of a certification. */
export const certification: Decider<CertificationState, CertificationCommand, CertificationEvent> = {
  initial: { status: 'none', organisation: '', by: '', issued_on: '', expires_at: null, evidence: [] },
  decide(command, state, now) {
    const { certification: id } = command
    if (!allowedOfCertification[state.status].includes(command.do)) {
      throw new Refused('assessments.wrong_state', `"${command.do}" is not possible: ${IN_WORDS[state.status]}`, id)
    }
    switch (command.do) {
      case 'record': {
        const { organisation, by, issued_on, expires_at, evidence } = command
        if (expires_at <= now) throw new Refused('assessments.certificate_ended', 'This certificate has ended already.', 'expires_on')
        if (`${issued_on}T00:00:00.000Z` > now)
          throw new Refused('assessments.certificate_not_begun', 'A certificate is recorded once it is issued.', 'issued_on')
        const payload = { certification: id, organisation, by, issued_on, expires_at, evidence }
        return [{ type: 'assessments.certification_recorded', payload }]
      }
      case 'confirm':
      case 'refuse': {
        if (command.of_the_partner || command.by === state.by) throw partial()
        const payload = { certification: id, organisation: state.organisation, reviewer: command.by }
        if (command.do === 'confirm') return [{ type: 'assessments.certification_confirmed', payload }]
        return [{ type: 'assessments.certification_refused', payload: { ...payload, evidence: command.evidence } }]
      }
      case 'withdraw':
        return [
          { type: 'assessments.certification_withdrawn', payload: { certification: id, organisation: state.organisation, by: command.by } },
        ]
      case 'lapse':
        if (state.expires_at === null || state.expires_at > now) return []
        return [{ type: 'assessments.certification_lapsed', payload: { certification: id, organisation: state.organisation } }]
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'assessments.certification_recorded': {
        const { organisation, by, issued_on, expires_at, evidence } = event.payload
        return { status: 'recorded', organisation, by, issued_on, expires_at, evidence }
      }
      case 'assessments.certification_confirmed':
        return { ...state, status: 'confirmed' }
      case 'assessments.certification_refused':
        return { ...state, status: 'refused' }
      case 'assessments.certification_withdrawn':
        return { ...state, status: 'withdrawn' }
      case 'assessments.certification_lapsed':
        return { ...state, status: 'lapsed' }
    }
  },
}

/** Whether a certification can be relied on today: not refused, not taken back, not ended. */
export const holds = ({ status, expires_at }: CertificationState, now: Instant): boolean =>
  (status === 'recorded' || status === 'confirmed') && expires_at !== null && expires_at > now

const IN_WORDS = {
  none: 'there is no such record.',
  recorded: 'it is recorded, and nobody has looked at it yet.',
  confirmed: 'a reviewer has confirmed it.',
  refused: 'a reviewer has refused it.',
  withdrawn: 'it was taken back.',
  lapsed: 'it has ended.',
} as const satisfies Record<CertificationState['status'], string>

const partial = (): Refused =>
  new Refused('assessments.involved', 'You entered this or belong to the partner, so somebody else has to confirm it.')
