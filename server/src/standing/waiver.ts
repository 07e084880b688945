import type { Decider } from '../kernel/decider.ts'
import type { Digest } from '../kernel/event.ts'
import { Refused } from '../kernel/refused.ts'
import { after, DAY_MS, type Instant } from '../kernel/time.ts'
import type { WaiverEvent } from './events.ts'

/** Until when each requirement of an app is waived. One that is over or was ended is as good as none. */
export type WaiverState = { readonly [requirement: string]: Instant }

export type WaiverCommand = { readonly app: string; readonly requirement: string } & (
  | {
      readonly act: 'grant'
      readonly until: Instant
      readonly reason_code: string
      /** Whoever proposed it and whoever confirmed it. */
      readonly persons: readonly string[]
      readonly evidence: readonly Digest[]
    }
  | { readonly act: 'end' }
)

/** Where a waiver stands at a moment. */
export type WaiverWord = 'none' | 'granted'

/** Which act is possible in which state. A waiver that runs may be granted anew, for longer or shorter. */
export const allowed: { readonly [word in WaiverWord]: readonly WaiverCommand['act'][] } = {
  none: ['grant'],
  granted: ['grant', 'end'],
}

/** A waiver is for a while; what lasts longer than a year is another rule. */
export const WAIVER_LASTS_DAYS_MAX = 366

/** Exceptions for a time, each with a reason, an end, and two people behind it. */
export const waiver: Decider<WaiverState, WaiverCommand, WaiverEvent> = {
  initial: {},
  decide(command, state, now) {
    const { app, requirement } = command
    const word = waiverWord(state, requirement, now)
    if (!allowed[word].includes(command.act)) {
      throw new Refused('standing.wrong_state', `${requirement} is not waived for ${app}, so there is nothing to end`, requirement)
    }
    if (command.act === 'end') return [{ type: 'standing.waiver_ended', payload: { app, requirement } }]
    const { until, reason_code, persons, evidence } = command
    if (until <= now) throw new Refused('standing.waiver_over', 'a waiver ends in the future; choose a later day', 'until')
    if (until > after(now, WAIVER_LASTS_DAYS_MAX * DAY_MS)) {
      throw new Refused('standing.waiver_too_long', `a waiver lasts ${WAIVER_LASTS_DAYS_MAX} days at most; choose an earlier day`, 'until')
    }
    if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(reason_code)) {
      throw new Refused('standing.waiver_reason', 'name the reason by a code in lower-case words joined by hyphens', 'reason_code')
    }
    if (new Set(persons).size < 2) {
      throw new Refused('standing.same_person', 'two different people have to want a waiver', requirement)
    }
    return [{ type: 'standing.waiver_granted', payload: { app, requirement, until, reason_code, persons, evidence } }]
  },
  evolve(state, event) {
    const { requirement } = event.payload
    if (event.type === 'standing.waiver_granted') return { ...state, [requirement]: event.payload.until }
    const { [requirement]: _, ...others } = state
    return others
  },
}

/** Whether a requirement is waived at a moment. */
export function waiverWord(state: WaiverState, requirement: string, now: Instant): WaiverWord {
  const until = Object.hasOwn(state, requirement) ? state[requirement] : undefined
  return until !== undefined && until > now ? 'granted' : 'none'
}
