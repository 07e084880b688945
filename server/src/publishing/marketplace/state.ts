import { z } from 'zod'
import type { DirectoryEvent } from '../../directory/events.ts'
import type { RecordedEvent } from '../../kernel/event.ts'
import type { View } from '../../kernel/flow.ts'
import { STATE_AFTER, type DisclosureEvent } from '../events.ts'
import { isHeld } from '../go-to-market/edition.ts'
import { PublicApp, PublicBadge } from '../public-app.ts'

/**
 * What the operator's marketplace has to show of an app, whole: never a step, always the state. Whoever keeps the highest
 * `sequence` for an app and ignores what is not higher may get it late, twice, or in any order.
 */
export const AppState = z
  .strictObject({
    app: z.string(),
    /** The app's key in its descriptor. */
    key: z.string().nullable(),
    name: z.string(),
    /** Place in the log of the last change of this. Grows with each one. */
    sequence: z.int().nonnegative(),
    as_of: PublicApp.shape.as_of,
    listing: z.strictObject({ state: PublicApp.shape.listing, since: PublicApp.shape.as_of }),
    badges: z
      .array(
        z.strictObject({
          programme: z.string(),
          tier: z.string(),
          state: PublicBadge.shape.state,
          since: PublicBadge.shape.since,
          valid_until: PublicBadge.shape.valid_until,
          /** Whether the listing shows the badge, and since when that is so. */
          shown: z.boolean(),
          shown_since: PublicBadge.shape.since,
        }),
      )
      .readonly(),
  })
  .meta({ id: 'AppState' })
export type AppState = Readonly<z.infer<typeof AppState>>

/** Name of the view; key is the app. Keys of descriptors are in it, so it is not for everybody. */
export const STATES = 'publishing.states'

/** What changes a state that a marketplace shows. */
export const STATE_CHANGES: ReadonlySet<string> = new Set([
  'publishing.badge_disclosed',
  'badges.listing_hidden',
  'badges.listing_paused',
  'badges.listing_relisted',
])

type Heard =
  | Extract<DirectoryEvent, { readonly type: 'directory.app_registered' }>
  | Extract<DisclosureEvent, { readonly type: 'publishing.badge_disclosed' }>
  | {
      readonly type: 'badges.listing_hidden' | 'badges.listing_paused' | 'badges.listing_relisted'
      readonly payload: { readonly app: string }
    }

const LISTING_AFTER = {
  'badges.listing_hidden': 'hidden',
  'badges.listing_paused': 'paused',
  'badges.listing_relisted': 'listed',
} as const

export const statesView: View<AppState | null> = {
  name: STATES,
  version: 1,
  listens: ['directory.app_registered', ...STATE_CHANGES],
  // The guarantee of the casts: everything listened to carries its app, in these shapes.
  keys: (event) => [(event.payload as { readonly app: string }).app],
  initial: null,
  fold(state, recorded) {
    const event = recorded as unknown as Heard
    const { at, seq: sequence } = recorded
    if (event.type === 'directory.app_registered') {
      const { app, key, name } = event.payload
      return { app, key, name, sequence, as_of: at, listing: { state: 'listed', since: at }, badges: [] }
    }
    if (state === null) return null
    const next = { ...state, sequence, as_of: at }
    if (event.type === 'publishing.badge_disclosed') return { ...next, badges: withBadge(state.badges, event.payload, recorded) }
    return { ...next, listing: { state: LISTING_AFTER[event.type], since: at } }
  },
}

function withBadge(
  badges: AppState['badges'],
  told: Extract<DisclosureEvent, { readonly type: 'publishing.badge_disclosed' }>['payload'],
  { at }: Pick<RecordedEvent, 'at'>,
): AppState['badges'] {
  const { programme, tier, what } = told
  const before = badges.find((badge) => badge.programme === programme && badge.tier === tier)
  const state = STATE_AFTER[what]
  const shown = isHeld(state)
  const badge = {
    programme,
    tier,
    state,
    since: before?.state === state && what !== 'granted' ? before.since : at,
    valid_until: told.valid_until ?? before?.valid_until ?? null,
    shown,
    // At risk or not is no difference on the listing, so it starts no new allowance.
    shown_since: before?.shown === shown ? before.shown_since : at,
  }
  return [...badges.filter((one) => one !== before), badge].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

/** The name of a badge among an app's. */
export const keyOf = ({ programme, tier }: { readonly programme: string; readonly tier: string }): string => `${programme}.${tier}`

/** States that changed after a place in the log, in the order of their changes, and where to go on. */
export function statesAfter(
  states: readonly AppState[],
  since: number,
  most: number,
): { readonly states: readonly AppState[]; readonly next: number | null } {
  const changed = states.filter(({ sequence }) => sequence > since).toSorted((a, b) => a.sequence - b.sequence)
  const told = changed.slice(0, most)
  return { states: told, next: changed.length > told.length ? (told.at(-1)?.sequence ?? null) : null }
}
