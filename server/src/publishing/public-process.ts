import { z } from 'zod'
import { APPEALABLE } from '../appeals/appealable.ts'
import { OUTCOMES as APPEAL_OUTCOMES } from '../appeals/events.ts'
import { OUTCOMES as CONCERN_OUTCOMES } from '../concerns/events.ts'

/**
 * What the world may know of concerns and appeals: decided ones with their public words, open ones as a number where the pack
 * says so. There is no place in it for who raised one, for what was written to the operator, or for a person.
 */

const PublicConcern = z.strictObject({
  concern: z.string(),
  programme: z.string(),
  outcome: z.enum(CONCERN_OUTCOMES),
  state: z.enum(['not_upheld', 'upheld', 'remedied', 'set_aside']),
  raised_by: z.enum(['operator', 'somebody']),
  received_at: z.string(),
  decided_at: z.string(),
  since: z.string(),
  /** Pillars that it is about, and the requirements that may be named at any time. */
  pillars: z.array(z.string()).readonly(),
  requirements: z.array(z.string()).readonly(),
  /** Decided by somebody who had a part in it, since the operator has nobody else. */
  alone: z.boolean(),
  /** What was found is told when it is put right. */
  held_back: z.boolean(),
  words: z.string().nullable(),
})
export type PublicConcern = Readonly<z.infer<typeof PublicConcern>>

const PublicAppeal = z.strictObject({
  appeal: z.string(),
  programme: z.string(),
  kind: z.enum([...new Set(Object.values(APPEALABLE))]),
  outcome: z.enum(APPEAL_OUTCOMES),
  lodged_at: z.string(),
  decided_at: z.string(),
  pillars: z.array(z.string()).readonly(),
  requirements: z.array(z.string()).readonly(),
  alone: z.boolean(),
  held_back: z.boolean(),
  words: z.string().nullable(),
})
export type PublicAppeal = Readonly<z.infer<typeof PublicAppeal>>

/** An app's concerns and appeals, newest first. */
export const PublicProcess = z
  .strictObject({
    app: z.string(),
    open_concerns: z.int(),
    open_appeals: z.int(),
    concerns: z.array(PublicConcern).readonly(),
    appeals: z.array(PublicAppeal).readonly(),
  })
  .meta({ id: 'PublicProcess' })
export type PublicProcess = Readonly<z.infer<typeof PublicProcess>>

/** What crosses from what is known to what is shown, on the stream `public-process/{app}`. `words` names a kept body. */
export type ProcessDisclosure =
  | {
      readonly type: 'publishing.concern_disclosed'
      readonly payload: { readonly app: string; readonly concern: string; readonly open: boolean; readonly told: PublicConcern | null }
    }
  | {
      readonly type: 'publishing.appeal_disclosed'
      readonly payload: { readonly app: string; readonly appeal: string; readonly open: boolean; readonly told: PublicAppeal | null }
    }

/** The stream of what was told of an app's concerns and appeals. */
export const processStream = (app: string): string => `public-process/${app}`
