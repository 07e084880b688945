import type { View } from '../kernel/flow.ts'
import type { Crossing, Decision, SuccessionEvent } from './events.ts'

/** What was decided about one badge; key is `{programme}.{tier}/{app}`. Who decided is for the operator and the partner. */
export type CrossingDocument = Crossing & { readonly decisions: readonly Decision[] }

export const CROSSINGS = 'successions.crossings'

export const crossingKey = ({ programme, tier, app }: Pick<Crossing, 'programme' | 'tier' | 'app'>): string => `${programme}.${tier}/${app}`

export const crossingsView: View<CrossingDocument | null> = {
  name: CROSSINGS,
  version: 1,
  listens: ['successions.decided'],
  // The guarantee of the casts: only this event is heard.
  keys: (event) => [crossingKey((event as unknown as SuccessionEvent).payload)],
  initial: null,
  fold(document, recorded) {
    const { outcome, person, standing_hash, evidence, ...of } = (recorded as unknown as SuccessionEvent).payload
    const decision: Decision = { outcome, person, at: recorded.at, standing_hash, evidence }
    return { ...of, decisions: [...(document?.decisions ?? []), decision] }
  },
}
