import type { Decider } from '../kernel/decider.ts'
import type { Digest } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import { instant, ms, type Instant } from '../kernel/time.ts'
import { msAfter, spanOf } from '../standing/span.ts'
import type { Enforcement } from '../programmes/policies.ts'
import { STEPS, type ListingBreach, type ListingEvent, type NextStep, type Step } from './events.ts'

export type ListingWord = 'listed' | Step

/** Where an app's listing stands with the base rules. */
export type ListingState = {
  readonly word: ListingWord
  readonly breaches: readonly ListingBreach[]
  /** When the last step was taken, so that no two come at once. */
  readonly stepped_at: Instant | null
  readonly next_step: NextStep | null
}

export type ListingCommand = { readonly app: string } & (
  | { readonly act: 'follow'; readonly breaches: readonly ListingBreach[]; readonly next_step: NextStep | null }
  | {
      readonly act: 'warn' | 'hide' | 'pause'
      readonly requirements: readonly string[]
      readonly person: string | null
      /** The person's own words, kept outside the log. */
      readonly evidence: readonly Digest[]
      readonly next_step: NextStep | null
    }
  | { readonly act: 'relist'; readonly person: string; readonly involved: boolean }
)

export type ListingAct = ListingCommand['act']

/** Which act is possible in which state: steps lead down only, and only a person brings a listing back. */
export const allowed: { readonly [word in ListingWord]: readonly ListingAct[] } = {
  listed: ['follow', 'warn', 'hide', 'pause'],
  warned: ['follow', 'hide', 'pause', 'relist'],
  hidden: ['follow', 'pause', 'relist'],
  paused: ['follow', 'relist'],
}

/** The step that an act takes. */
export const STEP_OF = { warn: 'warned', hide: 'hidden', pause: 'paused' } as const satisfies Record<string, Step>

/** The act that takes a step. */
export const ACT_OF = { warned: 'warn', hidden: 'hide', paused: 'pause' } as const satisfies Record<Step, ListingAct>

/** A listing's life under the base rules. */
export const listing: Decider<ListingState, ListingCommand, ListingEvent> = {
  initial: { word: 'listed', breaches: [], stepped_at: null, next_step: null },
  decide(command, state) {
    if (!allowed[state.word].includes(command.act)) throw wrongState(command, state.word)
    const { app } = command
    switch (command.act) {
      case 'follow': {
        const { breaches, next_step } = command
        if (breaches.length > 0) return [{ type: 'badges.listing_breached', payload: { app, breaches, next_step } }]
        return state.breaches.length === 0 ? [] : [{ type: 'badges.listing_cleared', payload: { app } }]
      }
      case 'warn':
      case 'hide':
      case 'pause': {
        const { requirements, person, evidence, next_step } = command
        const reasons = [person === null ? ('not_put_right' as const) : ('by_person' as const)]
        return [{ type: `badges.listing_${STEP_OF[command.act]}`, payload: { app, requirements, reasons, person, evidence, next_step } }]
      }
      case 'relist':
        if (command.involved) {
          throw new Refused('badges.involved', 'you belong to the organisation that makes this app; somebody else has to decide', app)
        }
        if (state.breaches.length > 0) {
          const open = state.breaches.map((breach) => breach.requirement).join(', ')
          throw new Refused('badges.not_met', `not put right yet: ${open}; only what is met again ends a breach`, app)
        }
        return [{ type: 'badges.listing_relisted', payload: { app, person: command.person } }]
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'badges.listing_breached':
        return { ...state, breaches: event.payload.breaches, next_step: event.payload.next_step }
      case 'badges.listing_cleared':
        // A warning without a breach is none; what was hidden or paused stays so until a person looks.
        return state.word === 'listed' || state.word === 'warned' ? listing.initial : { ...state, breaches: [], next_step: null }
      case 'badges.listing_warned':
        return { ...state, word: 'warned', stepped_at: event.at, next_step: event.payload.next_step }
      case 'badges.listing_hidden':
        return { ...state, word: 'hidden', stepped_at: event.at, next_step: event.payload.next_step }
      case 'badges.listing_paused':
        return { ...state, word: 'paused', stepped_at: event.at, next_step: event.payload.next_step }
      case 'badges.listing_relisted':
        return { ...listing.initial, breaches: state.breaches }
    }
  },
}

function wrongState(command: ListingCommand, word: ListingWord): Refused {
  return new Refused(
    'badges.wrong_state',
    `"${command.act}" is not possible for a listing that is ${word}; possible here: ${allowed[word].filter((act) => act !== 'follow').join(', ')}`,
    command.app,
  )
}

/**
 * The next step of the ladder after where a listing stands, and when: so long after a breach's cure window ran out, and never
 * sooner after the step before than the ladder leaves between the two, however late that one came.
 */
export function nextStep(
  word: ListingWord,
  stepped_at: Instant | null,
  breaches: readonly ListingBreach[],
  ladderOf: (programme: string) => Enforcement | null,
): NextStep | null {
  let next: NextStep | null = null
  for (const breach of breaches) {
    if (breach.due_at === null) continue
    const ladder = ladderOf(breach.programme)?.listing ?? []
    const place = ladder.findIndex(({ step }) => rank(step) > rank(word))
    const coming = ladder[place]
    if (coming === undefined) continue
    const earliest_ms = msAfter(ms(breach.due_at), spanOf(coming.after))
    const before = ladder[place - 1]
    const spaced_ms = stepped_at === null || before === undefined ? 0 : ms(stepped_at) + lengthBetween(before.after, coming.after)
    const at = instant(Math.max(earliest_ms, spaced_ms))
    if (next === null || at < next.at) next = { step: coming.step, at }
  }
  return next
}

const lengthBetween = (earlier: string, later: string): number => Math.max(0, msAfter(0, spanOf(later)) - msAfter(0, spanOf(earlier)))

/** How far down the ladder a state is. */
const rank = (word: ListingWord): number => (word === 'listed' ? -1 : STEPS.indexOf(word))
