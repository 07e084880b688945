import type { Digest, NewEvent } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import type { Passed } from './turn.ts'

/** The badge that an application is for: one thread, for as long as the badge lives. */
export type ApplicationOf = { readonly app: string; readonly programme: string; readonly tier: string }

/** Where an application stands. The first five are its open steps. */
export type Step = 'triage' | 'changes' | 'verification' | 'soak' | 'review'

/** On which side somebody writes or acts. */
export type Side = 'partner' | 'operator'

/** Who vouches for a piece of evidence, from the weakest word to the strongest. `inherited` came with another app of the partner. */
export const PROVENANCE = ['self-declared', 'evidence-linked', 'inherited', 'witnessed', 'operator-verified'] as const
export type Provenance = (typeof PROVENANCE)[number]

/** A piece of evidence on a thread. Its name, its words and its bytes lie outside the log. */
export type Attachment = {
  readonly attachment: string
  readonly revision: number
  /** Where its name and its bytes are kept. */
  readonly evidence: Digest
  /** Of the bytes themselves. */
  readonly content: Digest
  readonly bytes: number
  readonly type: string
  readonly provenance: Provenance
  /** The requirement that it is to show; null for the application as a whole. */
  readonly requirement: string | null
  readonly valid_until: Instant | null
  /** It says something of the partner as a whole, so that other apps of theirs may take it over. */
  readonly whole_partner: boolean
  /** The app whose thread it was taken over from. */
  readonly from: string | null
  readonly by: string
  readonly side: Side
}

/** What is asked to be put right: of a part, and where it is about one requirement, of that. */
export type Asked = { readonly component: string; readonly requirement: string | null }

type On<Type extends string, More = object> = { readonly type: `applications.${Type}`; readonly payload: ApplicationOf & More }
type Words = { readonly evidence: Digest }
type Passing = { readonly passed: Passed<Step> }

/** Everything that happens on a thread. Stream: `application/{programme}.{tier}/{app}`. */
export type ApplicationEvent =
  | On<'applied', Passing & { readonly person: string; readonly standing_hash: Digest }>
  | On<'accepted', Passing & { readonly person: string }>
  | On<'changes_requested', Passing & Words & { readonly person: string; readonly asked: readonly Asked[] }>
  | On<'answered', Passing & Words & { readonly person: string }>
  | On<'run_arranged', { readonly run: string; readonly component: string; readonly planned_at: Instant | null; readonly person: string }>
  | On<
      'run_recorded',
      Words & { readonly run: string; readonly component: string; readonly result: 'passed' | 'failed'; readonly person: string }
    >
  | On<
      'component_checked',
      {
        readonly component: string
        readonly result: 'met' | 'failed'
        readonly standing_hash: Digest
        readonly evidence: Digest | null
        readonly person: string
      }
    >
  | On<'soak_begun', Passing & { readonly until: Instant; readonly person: string }>
  | On<'review_begun', Passing & { readonly person: string | null }>
  | On<'approved', Words & { readonly person: string; readonly standing_hash: Digest }>
  | On<'granted', Passing & { readonly standing_hash: Digest }>
  | On<'declined', Passing & Words & { readonly person: string; readonly again_from: Instant | null }>
  | On<'recused', { readonly person: string; readonly conflict: string }>
  | On<'withdrawn', Passing & { readonly person: string }>
  | On<'reminded', { readonly step: Step; readonly side: Side; readonly due_at: Instant; readonly lapses_at: Instant | null }>
  | On<'lapsed', Passing>
  | On<'ended', Passing & { readonly reason: 'programme_closed' | 'tier_retired' }>
  | On<
      'commented',
      Words & { readonly comment: string; readonly person: string; readonly side: Side; readonly mentions: readonly string[] }
    >
  | On<'attached', Attachment>
  | On<
      'attachment_verified',
      { readonly attachment: string; readonly provenance: 'witnessed' | 'operator-verified'; readonly person: string }
    >
  | On<'attachment_withdrawn', { readonly attachment: string; readonly person: string }>
  | On<'downtime_announced', Words & { readonly from: Instant; readonly until: Instant; readonly person: string }>

/** A note among the operator's people. On a stream of its own, without a subject: row security keeps it from partners. */
export type NoteEvent = {
  readonly type: 'applications.noted'
  readonly payload: ApplicationOf & {
    readonly note: string
    readonly evidence: Digest
    readonly person: string
    readonly mentions: readonly string[]
  }
}

/** The key of a thread, as of the badge that it is about. */
export const applicationKey = ({ app, programme, tier }: ApplicationOf): string => `${programme}.${tier}/${app}`

/** The stream of a thread. */
export const applicationStream = (of: ApplicationOf): string => `application/${applicationKey(of)}`

/** The stream of what the operator's people note among themselves. */
export const notesStream = (of: ApplicationOf): string => `application-notes/${applicationKey(of)}`

/** A thread's event as the log takes it. */
export const onThread = (of: ApplicationOf, { type, payload }: ApplicationEvent): NewEvent => ({
  stream: applicationStream(of),
  subject: of.app,
  type,
  payload,
})

/** A note as the log takes it. */
export const onNotes = (of: ApplicationOf, { type, payload }: NoteEvent): NewEvent => ({
  stream: notesStream(of),
  subject: null,
  type,
  payload,
})
