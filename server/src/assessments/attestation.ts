import type { Decider } from '../kernel/decider.ts'
import type { Digest } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import type { Instant } from '../kernel/time.ts'
import type { MetWhen } from '../programmes/schema.ts'
import type { AttestationEvent } from './events.ts'

/**
 * What a requirement asks for where no machine can look: evidence from the partner, a reviewer of the operator's, an end.
 * One state for each requirement of an app. A new offer beside an accepted one is a renewal: the old one holds meanwhile.
 */
export type AttestationState = {
  readonly status: 'none' | 'offered' | 'accepted' | 'renewing'
  readonly offered: { readonly by: string; readonly evidence: readonly Digest[] } | null
  readonly accepted: { readonly expires_at: Instant; readonly evidence: readonly Digest[]; readonly reviewer: string } | null
  /** Everybody who has offered, accepted, declined or withdrawn so far. */
  readonly involved: readonly string[]
}

/** By whom an attestation is to be reviewed, and for how long it holds, by the pack. */
export type AttestationRule = {
  readonly reviewer: 'operator' | 'uninvolved-operator'
  readonly expires_after: string
  readonly evidence: readonly string[]
}

export type AttestationCommand = {
  readonly app: string
  readonly requirement: string
  readonly by: string
  readonly evidence: readonly Digest[]
} & (
  | { readonly do: 'offer' }
  | { readonly do: 'accept'; readonly rule: AttestationRule; readonly expires_at: Instant; readonly of_the_partner: boolean }
  | { readonly do: 'decline'; readonly of_the_partner: boolean }
  | { readonly do: 'withdraw' }
)

/** What is possible when. */
export const allowed: { readonly [status in AttestationState['status']]: readonly AttestationCommand['do'][] } = {
  none: ['offer'],
  offered: ['offer', 'accept', 'decline'],
  accepted: ['offer', 'withdraw'],
  renewing: ['offer', 'accept', 'decline', 'withdraw'],
}

/** An attestation's life. */
export const attestation: Decider<AttestationState, AttestationCommand, AttestationEvent> = {
  initial: { status: 'none', offered: null, accepted: null, involved: [] },
  decide(command, state) {
    const { app, requirement, by, evidence } = command
    if (!allowed[state.status].includes(command.do)) {
      throw new Refused('assessments.wrong_state', `"${command.do}" is not possible: ${IN_WORDS[state.status]}`, requirement)
    }
    switch (command.do) {
      case 'offer':
        return [{ type: 'assessments.attestation_offered', payload: { app, requirement, by, evidence } }]
      case 'accept':
        if (command.of_the_partner || by === state.offered?.by) throw partial()
        if (command.rule.reviewer === 'uninvolved-operator' && state.involved.includes(by)) throw partial()
        return [
          {
            type: 'assessments.attestation_accepted',
            // What was looked at is what was offered; the reviewer's note, when there is one, goes with it.
            payload: {
              app,
              requirement,
              expires_at: command.expires_at,
              evidence: [...(state.offered?.evidence ?? []), ...evidence],
              reviewer: by,
            },
          },
        ]
      case 'decline':
        if (command.of_the_partner) throw partial()
        return [{ type: 'assessments.attestation_declined', payload: { app, requirement, reviewer: by, evidence } }]
      case 'withdraw':
        return [{ type: 'assessments.attestation_withdrawn', payload: { app, requirement, reviewer: by, evidence } }]
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'assessments.attestation_offered': {
        const { by, evidence } = event.payload
        return {
          ...state,
          status: state.accepted === null ? 'offered' : 'renewing',
          offered: { by, evidence },
          involved: [...state.involved, by],
        }
      }
      case 'assessments.attestation_accepted': {
        const { expires_at, evidence, reviewer } = event.payload
        return { status: 'accepted', offered: null, accepted: { expires_at, evidence, reviewer }, involved: [...state.involved, reviewer] }
      }
      case 'assessments.attestation_declined':
        return {
          ...state,
          status: state.accepted === null ? 'none' : 'accepted',
          offered: null,
          involved: [...state.involved, event.payload.reviewer],
        }
      case 'assessments.attestation_withdrawn':
        return {
          ...state,
          status: state.offered === null ? 'none' : 'offered',
          accepted: null,
          involved: [...state.involved, event.payload.reviewer],
        }
    }
  },
}

const IN_WORDS = {
  none: 'nothing was offered for this requirement yet.',
  offered: 'what was offered waits for its review.',
  accepted: 'the attestation is accepted, and nothing new was offered.',
  renewing: 'the attestation is accepted, and a new offer waits for its review.',
} as const satisfies Record<AttestationState['status'], string>

const partial = (): Refused =>
  new Refused('assessments.involved', 'You had a hand in this or belong to the partner, so somebody else has to review it.')

/** What a requirement asks of attestations; null when it asks for none. Of several ways, the one that asks most counts. */
export function attestationRule(met_when: MetWhen | undefined, length: (span: string) => number): AttestationRule | null {
  const found = met_when === undefined ? [] : attestationsIn(met_when)
  const [first, ...more] = found
  if (first === undefined) return null
  return more.reduce<AttestationRule>(
    (strictest, one) => ({
      reviewer: one.reviewer === 'uninvolved-operator' ? one.reviewer : strictest.reviewer,
      expires_after: length(one.expires_after) < length(strictest.expires_after) ? one.expires_after : strictest.expires_after,
      evidence: [...new Set([...strictest.evidence, ...one.evidence])],
    }),
    first,
  )
}

function attestationsIn(met_when: MetWhen): readonly AttestationRule[] {
  if ('attestation' in met_when) return [met_when.attestation]
  if ('all_of' in met_when) return met_when.all_of.flatMap(attestationsIn)
  if ('any_of' in met_when) return met_when.any_of.flatMap(attestationsIn)
  if ('first_of' in met_when) return met_when.first_of.flatMap(attestationsIn)
  return []
}
