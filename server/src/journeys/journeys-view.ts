import type { Digest, RecordedEvent } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import type { Instant } from '../kernel/time.ts'
import type { Instance, JourneyEvent, JourneyKind, JourneyOutcome, JourneyReason } from './events.ts'

export type RunTold = {
  readonly at: Instant
  readonly instance: Instance
  readonly outcome: JourneyOutcome
  readonly reason: JourneyReason | null
  readonly duration_ms: number
  readonly rollout: string | null
  readonly evidence: readonly Digest[]
}

export type JourneyKnown = {
  readonly journey: string
  readonly kind: JourneyKind
  readonly every_minutes: number
  readonly instances: readonly Instance[]
  readonly stated_at: Instant
  /** Evidence that holds what was stated. */
  readonly evidence: readonly Digest[]
  /** The newest runs, newest first. */
  readonly runs: readonly RunTold[]
}

/** What is known of an app's journeys. */
export type JourneysDocument = {
  readonly app: string
  readonly journeys: { readonly [journey: string]: JourneyKnown }
  readonly counted: { readonly state: string; readonly at: Instant } | null
  /** Which candidates of the host break its journeys, newest first. */
  readonly warnings: readonly { readonly rollout: string; readonly journey: string; readonly ships_at: Instant; readonly at: Instant }[]
}

/** Runs that are remembered of each journey; their evidence is let go of with them. */
export const RUNS_KEPT = 40
const WARNINGS_KEPT = 40

/** Name of the view; key is the app. */
export const JOURNEYS = 'journeys.journeys'

export const journeysView: View<JourneysDocument | null> = {
  name: JOURNEYS,
  version: 1,
  listens: ['journeys.stated', 'journeys.withdrawn', 'journeys.ran', 'journeys.counted', 'journeys.warned'],
  // The guarantee of the cast: all events that this view listens to carry their app.
  keys: (event) => [(event.payload as { readonly app: string }).app],
  initial: null,
  fold(document, recorded) {
    const event = recorded as unknown as JourneyEvent & RecordedEvent
    const { at } = event
    const before = document ?? { app: event.payload.app, journeys: {}, counted: null, warnings: [] }
    switch (event.type) {
      case 'journeys.stated': {
        const { app: _, journey, ...stated } = event.payload
        const runs = before.journeys[journey]?.runs ?? []
        return { ...before, journeys: { ...before.journeys, [journey]: { journey, ...stated, stated_at: at, runs } } }
      }
      case 'journeys.withdrawn': {
        const { [event.payload.journey]: _, ...left } = before.journeys
        return { ...before, journeys: left }
      }
      case 'journeys.ran': {
        const { app: _, journey, ...run } = event.payload
        const known = before.journeys[journey]
        if (known === undefined) return before
        const runs = [{ at, ...run }, ...known.runs].slice(0, RUNS_KEPT)
        return { ...before, journeys: { ...before.journeys, [journey]: { ...known, runs } } }
      }
      case 'journeys.counted':
        return { ...before, counted: { state: event.payload.state, at } }
      case 'journeys.warned': {
        const { rollout, journey, ships_at } = event.payload
        return { ...before, warnings: [{ rollout, journey, ships_at, at }, ...before.warnings].slice(0, WARNINGS_KEPT) }
      }
    }
  },
}
