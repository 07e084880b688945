import type { On } from '../enrolment/authorise.ts'
import type { Desk, House } from '../house.ts'
import type { Digest } from '../kernel/event.ts'
import type { ApplicationOf } from './events.ts'
import type { Judged } from './components.ts'
import type { Applied } from './rules.ts'

/** How an app stands for a tier at this moment, and under which hash people decide on it. */
export type StandingSeen = { readonly hash: Digest | null; readonly judged: readonly Judged[] }

/**
 * What an application asks of slices on its right. The people at a page or a program carry the answers over: a standing that
 * they saw goes into the command by its hash. So the ports are handed in where the house is put together.
 */
export type Ports = {
  readonly standingOf: (desk: Desk, of: ApplicationOf, applied: Applied) => Promise<StandingSeen>
  /** What is different in the standing of today from one that somebody names, in words; empty when that one is not known. */
  readonly changedSince: (desk: Desk, of: ApplicationOf, hash: string) => Promise<readonly string[]>
  /** Whether the badge is there or can come back without an application. */
  readonly badgeHeld: (desk: Desk, of: ApplicationOf) => Promise<boolean>
  /**
   * Agrees to the grant, under the badge's own rule of so many people: of those who agreed before, the ones count whose
   * approvals still stand on the thread. Answers whether the badge is granted by it.
   */
  readonly agree: (
    house: House,
    desk: Desk,
    of: ApplicationOf,
    on: On,
    standing_hash: string,
    standing_by: readonly string[],
  ) => Promise<boolean>
}
