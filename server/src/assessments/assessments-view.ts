import type { Digest, RecordedEvent } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import type { Instant } from '../kernel/time.ts'
import { attestation, type AttestationState } from './attestation.ts'
import type { AssessmentEvent, AttestationEvent, PartnerFormPublished } from './events.ts'

/** What is known of a form that was published: its answers are in the evidence. */
export type PublishedForm = {
  readonly complete: number
  readonly warnings: number
  readonly published_at: Instant
  readonly evidence: readonly Digest[]
  /** How often it was published. */
  readonly edition: number
}

/** What an app has published and had attested. */
export type AssessmentDocument = {
  readonly app: string
  readonly forms: { readonly [form: string]: PublishedForm }
  readonly attestations: { readonly [requirement: string]: AttestationState & { readonly changed_at: Instant } }
}

/** Name of the view; key is the app. */
export const ASSESSMENTS = 'assessments.assessments'

/** What a partner has published for all its apps. */
export type PartnerFormsDocument = { readonly organisation: string; readonly forms: { readonly [form: string]: PublishedForm } }

/** Name of the view; key is the partner's organisation. */
export const PARTNER_FORMS = 'assessments.partners'

export const partnerFormsView: View<PartnerFormsDocument | null> = {
  name: PARTNER_FORMS,
  version: 1,
  listens: ['assessments.partner_form_published'],
  // The guarantee of the casts: the one event listened to carries its organisation.
  keys: (event) => [(event.payload as PartnerFormPublished['payload']).organisation],
  initial: null,
  fold(before, recorded) {
    const { organisation, form, complete, warnings, evidence } = recorded.payload as PartnerFormPublished['payload']
    const forms = before?.forms ?? {}
    const published = { complete, warnings, published_at: recorded.at, evidence, edition: (forms[form]?.edition ?? 0) + 1 }
    return { organisation, forms: { ...forms, [form]: published } }
  },
}

type Heard = AttestationEvent | Extract<AssessmentEvent, { readonly type: 'assessments.form_published' }>

export const assessmentsView: View<AssessmentDocument | null> = {
  name: ASSESSMENTS,
  version: 2,
  listens: [
    'assessments.form_published',
    'assessments.attestation_offered',
    'assessments.attestation_accepted',
    'assessments.attestation_declined',
    'assessments.attestation_withdrawn',
  ],
  // The guarantee of the casts: all events that this view listens to carry their app.
  keys: (event) => [(event as RecordedEvent & Heard).payload.app],
  initial: null,
  fold(before, recorded) {
    const event = recorded as RecordedEvent & Heard
    const document = before ?? { app: event.payload.app, forms: {}, attestations: {} }
    if (event.type === 'assessments.form_published') {
      const { form, complete, warnings, evidence } = event.payload
      // Streams that were written before warnings were counted have none.
      const edition = (document.forms[form]?.edition ?? 0) + 1
      const published = { complete, warnings: warnings ?? 0, published_at: recorded.at, evidence, edition }
      return { ...document, forms: { ...document.forms, [form]: published } }
    }
    const { requirement } = event.payload
    const state = attestation.evolve(document.attestations[requirement] ?? attestation.initial, event)
    return { ...document, attestations: { ...document.attestations, [requirement]: { ...state, changed_at: recorded.at } } }
  },
}
