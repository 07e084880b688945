import type { Passed } from '../applications/turn.ts'
import type { Digest, NewEvent } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import type { AppealableKind } from './appealable.ts'

/** Which appeal: there is one for a decision, and it is called after it. */
export type AppealOf = { readonly app: string; readonly appeal: string; readonly programme: string }

/** What came of an appeal. */
export const OUTCOMES = ['upheld', 'rejected', 'sent_back'] as const
export type AppealOutcome = (typeof OUTCOMES)[number]

type On<Type extends string, More> = { readonly type: `appeals.${Type}`; readonly payload: AppealOf & More }
type Passing = { readonly passed: Passed<'appeal'> }
/** Words lie outside the log, where they can be erased. */
type Words = { readonly evidence: Digest }

/** An appeal's life on the stream `appeal/{app}/{appeal}`. */
export type AppealEvent =
  | On<
      'lodged',
      Passing &
        Words & {
          readonly kind: AppealableKind
          /** Hash of the entry that is appealed. */
          readonly decision: Digest
          readonly decided_at: Instant
          readonly requirements: readonly string[]
          readonly tier: string | null
          readonly concern: string | null
          readonly person: string
          /** Who took the decision or had a part in what led to it. */
          readonly took_part: readonly string[]
        }
    >
  | On<
      'decided',
      Passing & Words & { readonly outcome: AppealOutcome; readonly person: string; readonly alone: boolean; readonly public_words: Digest }
    >
  | On<'withdrawn', Passing & { readonly person: string }>
  | On<'recused', { readonly person: string; readonly conflict: string }>
  | On<'reminded', { readonly due_at: Instant }>

/** The name of the appeal against a decision. */
export const appealOf = (decision: Digest): string => decision.slice('sha256:'.length)

/** The key of an appeal in views. */
export const appealKey = ({ app, appeal }: Pick<AppealOf, 'app' | 'appeal'>): string => `${app}/${appeal}`

/** The stream of an appeal. */
export const appealStream = (of: Pick<AppealOf, 'app' | 'appeal'>): string => `appeal/${appealKey(of)}`

/** An appeal's event as the log takes it. */
export const onAppeal = ({ type, payload }: AppealEvent): NewEvent => ({
  stream: appealStream(payload),
  subject: payload.app,
  type,
  payload: { ...payload },
})
