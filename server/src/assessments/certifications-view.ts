import type { RecordedEvent } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import type { Instant } from '../kernel/time.ts'
import { certification, type CertificationState } from './certification.ts'
import type { CertificationEvent } from './events.ts'

/** A partner's certifications. What they are called stands in the evidence, which is public. */
export type CertificationsDocument = {
  readonly organisation: string
  readonly certifications: { readonly [certification: string]: CertificationState }
  /** When the next of them ends. */
  readonly next_due_at: Instant | null
}

/** Name of the view; key is the partner's organisation. Public: what is in it was entered to be shown. */
export const CERTIFICATIONS = 'public.certifications'

export const certificationsView: View<CertificationsDocument | null> = {
  name: CERTIFICATIONS,
  version: 1,
  listens: [
    'assessments.certification_recorded',
    'assessments.certification_confirmed',
    'assessments.certification_refused',
    'assessments.certification_withdrawn',
    'assessments.certification_lapsed',
  ],
  // The guarantee of the casts: all events that this view listens to carry their organisation.
  keys: (event) => [(event.payload as { readonly organisation: string }).organisation],
  initial: null,
  fold(before, recorded) {
    const event = recorded as RecordedEvent & CertificationEvent
    const { organisation, certification: id } = event.payload
    const known = before?.certifications ?? {}
    const { by: _, ...state } = certification.evolve(known[id] ?? certification.initial, event)
    // Who entered it is nobody's business here; the decider reads it from the log.
    const certifications = { ...known, [id]: { ...state, by: '' } }
    const ends = Object.values(certifications).flatMap(({ status, expires_at }) =>
      ENDED.has(status) || expires_at === null ? [] : [expires_at],
    )
    return { organisation, certifications, next_due_at: ends.toSorted()[0] ?? null }
  },
}

const ENDED: ReadonlySet<CertificationState['status']> = new Set(['none', 'withdrawn', 'lapsed'])
