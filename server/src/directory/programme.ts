import type { Decider } from '../kernel/decider.ts'
import type { Digest, RecordedEvent } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import { Refused } from '../kernel/refused.ts'
import type { Instant } from '../kernel/time.ts'
import type { DirectoryEvent } from './events.ts'

/** Where a programme stands in this marketplace. What happened to its model in the real world is told in the pack and changes nothing here. */
export type ProgrammeState = {
  readonly status: 'absent' | 'open' | 'closed'
  readonly version: string | null
  readonly digest: Digest | null
  readonly retired_tiers: readonly string[]
  /** What takes its place and from when it is over, once a person has set that. */
  readonly succession: Succession | null
  /** Stages that coming versions have reached, `version stage`. */
  readonly moves: readonly string[]
}

/** What takes a programme's place, and the first day on which it is over. */
export type Succession = { readonly programme: string; readonly ends_on: string }

export type ProgrammeCommand =
  | { readonly act: 'adopt'; readonly programme: string; readonly version: string; readonly digest: Digest }
  | ({ readonly act: 'move' } & Moved['payload'])
  | { readonly act: 'succeed'; readonly programme: string; readonly successor: string; readonly ends_on: string; readonly today: string }
  | { readonly act: 'end'; readonly programme: string; readonly today: string }
  | { readonly act: 'close'; readonly programme: string }
  | { readonly act: 'retire_tier'; readonly programme: string; readonly tier: string }

type Moved = Extract<DirectoryEvent, { readonly type: 'directory.version_moved' }>

/** Which act is possible in which state. A closed programme keeps its history and grants nothing; it is never opened again under its name. */
export const allowed: { readonly [status in ProgrammeState['status']]: readonly ProgrammeCommand['act'][] } = {
  absent: ['adopt'],
  open: ['adopt', 'move', 'succeed', 'end', 'close', 'retire_tier'],
  closed: [],
}

/** A programme's life in a marketplace. */
export const programme: Decider<ProgrammeState, ProgrammeCommand, DirectoryEvent> = {
  initial: { status: 'absent', version: null, digest: null, retired_tiers: [], succession: null, moves: [] },
  decide(command, state) {
    if (!allowed[state.status].includes(command.act)) throw wrongState(command, state)
    switch (command.act) {
      case 'adopt': {
        if (state.version === command.version && state.digest === command.digest) return []
        const { programme: id, version, digest } = command
        return [{ type: 'directory.programme_adopted', payload: { programme: id, version, digest } }]
      }
      case 'move': {
        const { act: _, ...payload } = command
        if (state.moves.includes(moveOf(payload))) return []
        return [{ type: 'directory.version_moved', payload }]
      }
      case 'succeed': {
        const { programme: id, successor, ends_on, today } = command
        if (state.succession !== null) {
          throw new Refused(
            'directory.wrong_state',
            `${id} ends on ${state.succession.ends_on} already, for ${state.succession.programme}.`,
            id,
          )
        }
        if (ends_on <= today)
          throw new Refused('directory.too_late', `${ends_on} is not in the future; holders are owed time to go over.`, 'ends_on')
        return [{ type: 'directory.succession_begun', payload: { programme: id, successor, ends_on } }]
      }
      case 'end':
        // The day is what a person set; the program only keeps it.
        if (state.succession === null || command.today < state.succession.ends_on) {
          throw new Refused('directory.wrong_state', `${command.programme} does not end today.`, command.programme)
        }
        return [{ type: 'directory.programme_closed', payload: { programme: command.programme } }]
      case 'close':
        return [{ type: 'directory.programme_closed', payload: { programme: command.programme } }]
      case 'retire_tier':
        if (state.retired_tiers.includes(command.tier)) return []
        return [{ type: 'directory.tier_retired', payload: { programme: command.programme, tier: command.tier } }]
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'directory.programme_adopted':
        return { ...state, status: 'open', version: event.payload.version, digest: event.payload.digest }
      case 'directory.succession_begun':
        return { ...state, succession: { programme: event.payload.successor, ends_on: event.payload.ends_on } }
      case 'directory.version_moved':
        return { ...state, moves: [...state.moves, moveOf(event.payload)] }
      case 'directory.programme_closed':
        return { ...state, status: 'closed' }
      case 'directory.tier_retired':
        return { ...state, retired_tiers: [...state.retired_tiers, event.payload.tier] }
      default:
        return state
    }
  },
}

const moveOf = ({ version, stage }: Pick<Moved['payload'], 'version' | 'stage'>): string => `${version} ${stage}`

function wrongState(command: ProgrammeCommand, state: ProgrammeState): Refused {
  const why = state.status === 'absent' ? 'this marketplace has not adopted it' : 'it is closed; its history stays as it is'
  return new Refused(
    'directory.wrong_state',
    `"${command.act}" is not possible for the programme ${command.programme}: ${why}`,
    command.programme,
  )
}

/** The stream of a programme. */
export const programmeStream = (id: string): string => `programme/${id}`

/** A programme as pages and judges find it; key is the programme. */
export type ProgrammeDocument = {
  readonly programme: string
  readonly status: 'open' | 'closed'
  readonly version: string
  readonly digest: Digest
  readonly adopted_at: Instant
  readonly closed_at: Instant | null
  readonly retired_tiers: readonly { readonly tier: string; readonly at: Instant }[]
  readonly succession: Succession | null
}

/** Name of the view. Everybody may read it: which rules apply is no secret. */
export const PROGRAMMES = 'public.programmes'

export const programmesView: View<ProgrammeDocument | null> = {
  name: PROGRAMMES,
  version: 2,
  listens: ['directory.programme_adopted', 'directory.succession_begun', 'directory.programme_closed', 'directory.tier_retired'],
  // The guarantee of the cast: the three events that this view listens to carry their programme.
  keys: (event) => [(event.payload as { readonly programme: string }).programme],
  initial: null,
  fold(document, recorded) {
    const event = recorded as RecordedEvent & DirectoryEvent
    if (event.type === 'directory.programme_adopted') {
      const { programme: id, version, digest } = event.payload
      if (document !== null) return { ...document, version, digest }
      return {
        programme: id,
        status: 'open',
        version,
        digest,
        adopted_at: recorded.at,
        closed_at: null,
        retired_tiers: [],
        succession: null,
      }
    }
    if (document === null) return null
    switch (event.type) {
      case 'directory.succession_begun':
        return { ...document, succession: { programme: event.payload.successor, ends_on: event.payload.ends_on } }
      case 'directory.programme_closed':
        return { ...document, status: 'closed', closed_at: recorded.at }
      case 'directory.tier_retired':
        return { ...document, retired_tiers: [...document.retired_tiers, { tier: event.payload.tier, at: recorded.at }] }
      default:
        return document
    }
  },
}
