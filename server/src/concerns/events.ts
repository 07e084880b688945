import type { Passed } from '../applications/turn.ts'
import type { Digest, NewEvent } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'

/** Which concern: about an app, under the rules of a programme. */
export type ConcernOf = { readonly app: string; readonly concern: string; readonly programme: string }

/** The steps of a concern while somebody has the turn. */
export type ConcernStep = 'triage' | 'answer' | 'decision' | 'remedy' | 'check'

/** What came of a look into a concern. */
export const OUTCOMES = ['upheld', 'partly_upheld', 'not_upheld'] as const
export type ConcernOutcome = (typeof OUTCOMES)[number]

/** Who raised it, as far as others learn it. */
export type RaisedBy = 'operator' | 'somebody'

type On<Type extends string, More> = { readonly type: `concerns.${Type}`; readonly payload: ConcernOf & More }
type Passing = { readonly passed: Passed<ConcernStep> }
/** Words lie outside the log, where they can be erased. */
type Words = { readonly evidence: Digest }
type ByPerson = { readonly person: string }

/**
 * A concern's life on the stream `concern/{app}/{concern}`. Until it is accepted its events have no subject: row security keeps
 * from the partner even that it is there. What whoever raised it wrote is the operator's to read; the partner gets the version
 * that the operator passes on.
 */
export type ConcernEvent =
  | On<'received', Passing & Words & { readonly raised_by: RaisedBy; readonly person: string | null; readonly requirement: string | null }>
  | On<'added', Words>
  | On<'dismissed', Passing & Words & ByPerson & { readonly code: string }>
  | On<'accepted', Passing & Words & ByPerson & { readonly requirements: readonly string[] }>
  | On<'answered', Passing & Words & ByPerson>
  /** The partner's time for an answer is over: it is decided without one. */
  | On<'answer_missed', Passing>
  | On<
      'decided',
      Passing &
        Words &
        ByPerson & {
          readonly outcome: ConcernOutcome
          /** What is not kept, until it is put right. */
          readonly requirements: readonly string[]
          /** Decided by somebody who had taken part, since the operator has nobody else. */
          readonly alone: boolean
          /** What everybody may read of it. */
          readonly public_words: Digest
        }
    >
  | On<'remedy_claimed', Passing & Words & ByPerson & { readonly requirements: readonly string[] }>
  | On<'remedy_refused', Passing & Words & ByPerson & { readonly requirements: readonly string[] }>
  | On<'remedied', Passing & Words & ByPerson & { readonly requirements: readonly string[] }>
  /** An appeal was upheld, or sent it back to be decided anew. */
  | On<
      'set_aside',
      Passing & ByPerson & { readonly appeal: string; readonly how: 'set_aside' | 'sent_back'; readonly requirements: readonly string[] }
    >
  | On<'recused', ByPerson & { readonly conflict: string }>
  | On<'reminded', { readonly step: ConcernStep; readonly due_at: Instant }>

/** The key of a concern in views. */
export const concernKey = ({ app, concern }: Pick<ConcernOf, 'app' | 'concern'>): string => `${app}/${concern}`

/** The stream of a concern. */
export const concernStream = (of: Pick<ConcernOf, 'app' | 'concern'>): string => `concern/${concernKey(of)}`

/** A concern's event as the log takes it; `accepted` says whether the partner may know of it. */
export const onConcern = (event: ConcernEvent, accepted: boolean): NewEvent => ({
  stream: concernStream(event.payload),
  subject: accepted || event.type === 'concerns.accepted' ? event.payload.app : null,
  type: event.type,
  payload: { ...event.payload },
})
