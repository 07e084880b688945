import type { RecordedEvent } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import type { Comment, ConsultationEvent } from './events.ts'

/** Comments on one requirement of one draft, in the order in which they came. */
export type CommentsDocument = {
  readonly programme: string
  readonly version: string
  readonly requirement: string
  readonly comments: readonly Comment[]
}

/** Name of the view; key is `{programme}/{version}/{requirement}`. Comments are public with the organisation that wrote them; who of it did is not here. */
export const COMMENTS = 'public.comments'

export const commentsKey = (programme: string, version: string, requirement = ''): string => `${programme}/${version}/${requirement}`

export const commentsView: View<CommentsDocument | null> = {
  name: COMMENTS,
  version: 1,
  listens: ['consultations.commented', 'consultations.answered', 'consultations.removed'],
  keys(event) {
    const { programme, version, requirement } = payloadOf(event)
    return [commentsKey(programme, version, requirement)]
  },
  initial: null,
  fold(document, recorded) {
    // The guarantee of the cast: only these three are heard.
    const event = recorded as unknown as ConsultationEvent
    const { programme, version, requirement, comment } = event.payload
    const before = document ?? { programme, version, requirement, comments: [] }
    switch (event.type) {
      case 'consultations.commented': {
        const { organisation, digest, evidence } = event.payload
        const written: Comment = {
          comment,
          requirement,
          organisation,
          digest,
          at: recorded.at,
          evidence: evidence[0] ?? null,
          answer: null,
          removed: null,
        }
        return { ...before, comments: [...before.comments, written] }
      }
      case 'consultations.answered': {
        const answer = { outcome: event.payload.outcome, at: recorded.at, evidence: event.payload.evidence[0] ?? null }
        return { ...before, comments: changed(before.comments, comment, { answer }) }
      }
      case 'consultations.removed':
        return { ...before, comments: changed(before.comments, comment, { removed: event.payload.by, evidence: null }) }
    }
  },
}

const changed = (comments: readonly Comment[], id: string, of: Partial<Comment>): readonly Comment[] =>
  comments.map((one) => (one.comment === id ? { ...one, ...of } : one))

const payloadOf = (event: RecordedEvent): ConsultationEvent['payload'] => (event as unknown as ConsultationEvent).payload
