import type { AppDescription } from '../src/directory/description.ts'
import type { Digest } from '../src/kernel/event.ts'
import type { Fault } from './faults.ts'

/** An app with its partner, as a run plays them. */
export type Actor = {
  readonly app: string
  readonly organisation: string
  readonly description: AppDescription
  /** Name of the evidence that holds its descriptor. */
  readonly evidence: Digest
  readonly source_url: string | null
  /** The minute in which it is registered. */
  readonly joins: number
  readonly health_path: string | null
  /** Whether the partner ever proves control of the domain; without it next to nothing is looked at. */
  readonly proves: boolean
  /** Badges that the partner wants, `{programme}.{tier}`. */
  readonly wants: readonly string[]
  /** How many days before something lapses its partner renews it; a neglectful one does not. */
  readonly renews_days_before: number
  readonly faults: readonly Fault[]
}
