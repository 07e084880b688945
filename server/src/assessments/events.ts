import type { Digest } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'

/** What this slice tells the others, all on the stream `assessment/{app}`. Answers and reasons are evidence, named here. */
export type AssessmentEvent =
  | {
      readonly type: 'assessments.form_published'
      readonly payload: {
        readonly app: string
        readonly form: string
        /** Share of the required answers, 0 to 1. */
        readonly complete: number
        /** How many answers the form's own scoring warns of. */
        readonly warnings: number
        readonly evidence: readonly Digest[]
        /** What the form's own scoring makes of the whole; null or absent where it scores nothing. */
        readonly result?: 'passed' | 'warned' | 'failed' | null
        /** Whose answers are new: the app's, or those that its partner gave for all its apps. */
        readonly because?: 'app' | 'partner'
      }
    }
  | PartnerFormPublished
  | FormReviewEvent
  | AttestationEvent
  | ContradictionEvent
  | AnswersWitnessed
  | CertificationEvent
  | ListingDocumentEvent

/** The life of what a person has to show for a requirement that no machine can judge. */
export type AttestationEvent =
  | {
      readonly type: 'assessments.attestation_offered'
      readonly payload: { readonly app: string; readonly requirement: string; readonly by: string; readonly evidence: readonly Digest[] }
    }
  | {
      readonly type: 'assessments.attestation_accepted'
      readonly payload: {
        readonly app: string
        readonly requirement: string
        readonly expires_at: Instant
        readonly evidence: readonly Digest[]
        readonly reviewer: string
      }
    }
  | {
      readonly type: 'assessments.attestation_declined'
      readonly payload: {
        readonly app: string
        readonly requirement: string
        readonly reviewer: string
        readonly evidence: readonly Digest[]
      }
    }
  | {
      readonly type: 'assessments.attestation_withdrawn'
      readonly payload: {
        readonly app: string
        readonly requirement: string
        readonly reviewer: string
        readonly evidence: readonly Digest[]
      }
    }

/** A partner's answers for all its apps, on `assessment/{subject}` of the partner. What follows for each app is told of the app. */
export type PartnerFormPublished = {
  readonly type: 'assessments.partner_form_published'
  readonly payload: {
    readonly organisation: string
    readonly form: string
    readonly complete: number
    readonly warnings: number
    readonly evidence: readonly Digest[]
  }
}

/** The life of a published form that a person of the operator's has to look at. */
export type FormReviewEvent =
  | {
      readonly type: 'assessments.form_submitted'
      readonly payload: { readonly app: string; readonly form: string; readonly by: string; readonly evidence: readonly Digest[] }
    }
  | {
      readonly type: 'assessments.form_approved'
      readonly payload: {
        readonly app: string
        readonly form: string
        /** What was approved, and the reviewer's note where there is one. */
        readonly evidence: readonly Digest[]
        readonly reviewer: string
        readonly until: Instant
        /** When the partner is reminded of the end, earliest first. */
        readonly remind_at: readonly Instant[]
        /** The record that the approval is, as requirements ask for it. */
        readonly record: string
        readonly state: string
      }
    }
  | {
      readonly type: 'assessments.form_returned'
      readonly payload: { readonly app: string; readonly form: string; readonly evidence: readonly Digest[]; readonly reviewer: string }
    }
  | {
      readonly type: 'assessments.form_reminded'
      readonly payload: { readonly app: string; readonly form: string; readonly until: Instant }
    }
  | {
      readonly type: 'assessments.form_lapsed'
      readonly payload: {
        readonly app: string
        readonly form: string
        readonly until: Instant
        /** The record that the approval was. */
        readonly record: string
        /** New answers wait for the operator: what the partner owed is done, and nothing is taken from it. */
        readonly waiting: boolean
      }
    }

type OfContradiction = { readonly app: string; readonly rule: string; readonly form: string; readonly field: string }
type Leaves = { readonly record: string; readonly state: string }

/** The life of an answer that what was seen contradicts. */
export type ContradictionEvent =
  | {
      readonly type: 'assessments.contradiction_found'
      readonly payload: OfContradiction & Leaves & { readonly due_at: Instant; readonly evidence: readonly Digest[] }
    }
  | { readonly type: 'assessments.contradiction_settled'; readonly payload: OfContradiction }
  | {
      readonly type: 'assessments.contradiction_explained'
      readonly payload: OfContradiction & { readonly by: string; readonly evidence: readonly Digest[] }
    }
  | {
      readonly type: 'assessments.explanation_accepted'
      readonly payload: OfContradiction & { readonly reviewer: string; readonly evidence: readonly Digest[] }
    }
  | {
      readonly type: 'assessments.explanation_refused'
      readonly payload: OfContradiction & Leaves & { readonly reviewer: string; readonly evidence: readonly Digest[] }
    }
  | { readonly type: 'assessments.contradiction_told'; readonly payload: OfContradiction & Leaves }

/** Which answers of a form what was seen bears out; told when they are others than before. */
export type AnswersWitnessed = {
  readonly type: 'assessments.answers_witnessed'
  readonly payload: { readonly app: string; readonly form: string; readonly fields: readonly string[] }
}

type OfCertification = { readonly certification: string; readonly organisation: string }

/** The life of a certification, on `certification/{certification}`. */
export type CertificationEvent =
  | {
      readonly type: 'assessments.certification_recorded'
      readonly payload: OfCertification & {
        readonly by: string
        readonly issued_on: string
        readonly expires_at: Instant
        readonly evidence: readonly Digest[]
      }
    }
  | { readonly type: 'assessments.certification_confirmed'; readonly payload: OfCertification & { readonly reviewer: string } }
  | {
      readonly type: 'assessments.certification_refused'
      readonly payload: OfCertification & { readonly reviewer: string; readonly evidence: readonly Digest[] }
    }
  | { readonly type: 'assessments.certification_withdrawn'; readonly payload: OfCertification & { readonly by: string } }
  | { readonly type: 'assessments.certification_lapsed'; readonly payload: OfCertification }

type OfDocument = { readonly app: string; readonly record: string }

/** What a look at a document of a listing found. `shared`: word for word another app's; `home`: the home page of its site. */
export type DocumentOutcome = 'read' | 'dead' | 'shared' | 'home' | 'unreadable'

/** The life of a policy or agreement on an app's listing, on `listing-document/{app}/{record}`. */
export type ListingDocumentEvent =
  | { readonly type: 'assessments.document_named'; readonly payload: OfDocument & { readonly url: string } }
  | {
      readonly type: 'assessments.document_read'
      readonly payload: OfDocument & {
        readonly outcome: DocumentOutcome
        /** SHA-256 of its text, without markup; null where there is none. */
        readonly digest: Digest | null
        /** Which of the things that it has to say were found by their words. */
        readonly says: readonly string[]
        /** When a failing address counts; null while it answers. */
        readonly dead_at: Instant | null
        readonly evidence: readonly Digest[]
      }
    }
  | {
      readonly type: 'assessments.document_confirmed'
      readonly payload: OfDocument & {
        readonly digest: Digest
        readonly reviewer: string
        readonly state: string
        readonly evidence: readonly Digest[]
      }
    }
  | {
      readonly type: 'assessments.document_refused'
      readonly payload: OfDocument & { readonly digest: Digest; readonly reviewer: string; readonly evidence: readonly Digest[] }
    }
  /** What it was confirmed for is gone: dead for too long, or word for word somebody else's. */
  | { readonly type: 'assessments.document_lost'; readonly payload: OfDocument & { readonly outcome: DocumentOutcome } }

/** The subject under which a partner's own answers are kept: no app's id holds a colon. */
export const partnerSubject = (organisation: string): string => `partner:${organisation}`

/** The stream of an app's assessments. */
export const assessmentStream = (app: string): string => `assessment/${app}`
