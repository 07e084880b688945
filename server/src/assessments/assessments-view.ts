import type { Digest, RecordedEvent } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import type { Instant } from '../kernel/time.ts'
import { attestation, type AttestationState } from './attestation.ts'
import type { AssessmentEvent } from './events.ts'

/** What an app has published and had attested. */
export type AssessmentDocument = {
  readonly app: string
  readonly forms: {
    readonly [form: string]: {
      readonly complete: number
      readonly warnings: number
      readonly published_at: Instant
      readonly evidence: readonly Digest[]
    }
  }
  readonly attestations: { readonly [requirement: string]: AttestationState & { readonly changed_at: Instant } }
}

/** Name of the view; key is the app. */
export const ASSESSMENTS = 'assessments.assessments'

export const assessmentsView: View<AssessmentDocument | null> = {
  name: ASSESSMENTS,
  version: 1,
  listens: ['assessments.*'],
  // The guarantee of the casts: this slice's events all carry their app.
  keys: (event) => [(event as RecordedEvent & AssessmentEvent).payload.app],
  initial: null,
  fold(before, recorded) {
    const event = recorded as RecordedEvent & AssessmentEvent
    const document = before ?? { app: event.payload.app, forms: {}, attestations: {} }
    if (event.type === 'assessments.form_published') {
      const { form, complete, warnings, evidence } = event.payload
      // Streams that were written before warnings were counted have none.
      const published = { complete, warnings: warnings ?? 0, published_at: recorded.at, evidence }
      return { ...document, forms: { ...document.forms, [form]: published } }
    }
    const { requirement } = event.payload
    const state = attestation.evolve(document.attestations[requirement] ?? attestation.initial, event)
    return { ...document, attestations: { ...document.attestations, [requirement]: { ...state, changed_at: recorded.at } } }
  },
}
