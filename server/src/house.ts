import type { Logger } from 'pino'
import type { Act } from './enrolment/acts.ts'
import { actorOf, authorise, partyOf, type Acting, type On } from './enrolment/authorise.ts'
import type { Digest, NewEvent, RecordedEvent, StreamId } from './kernel/event.ts'
import type { Clock } from './platform/clock.ts'
import type { Config } from './platform/config.ts'
import { record, type Pipeline } from './platform/dispatch.ts'
import type { StrangerClient } from './platform/net/client.ts'
import type { Database, Unit } from './platform/sql/database.ts'
import { recordingAs } from './platform/sql/within.ts'
import type { Pack } from './programmes/load.ts'
import type { ListingSettings } from './publishing/marketplace/settings.ts'

/** Everything that routes and jobs work with: the outside world by its ports, the programmes, and one way to act. */
export type House = {
  readonly config: Config
  readonly clock: Clock
  readonly log: Logger
  readonly database: Database
  /** Id of the marketplace (the tenant) that this process serves. */
  readonly marketplace: string
  readonly packs: readonly Pack[]
  readonly pipeline: Pipeline
  /** For whatever a stranger named. */
  readonly stranger: Required<StrangerClient>
  /** For the operator's own destinations, from file or environment. */
  readonly operator: StrangerClient
  /** How the operator's marketplace is read back; null where nothing says so. */
  readonly listings: ListingSettings | null
  /** Literal `IP:port` targets that may lie on loopback: the demo's and those of tests, else none. */
  readonly test_targets: readonly string[]
  /** How each job fared last, for the overview: a job that fails is seen. */
  readonly jobs: Map<string, JobStatus>
  /** Runs work in one transaction on behalf of somebody who may do this. */
  readonly act: <T>(who: Acting, act: Act, on: On, work: (desk: Desk) => Promise<T>) => Promise<T>
  /** The address under which the world reaches this server, without a slash at its end. */
  readonly public_url: () => string
}

/** One transaction of somebody who was let in. Reads are walled by row security; writes to the log go through `record`. */
export type Desk = Unit & {
  readonly who: Acting
  /** Records events and everything that follows from them. */
  readonly record: (
    events: readonly NewEvent[],
    how?: { readonly cause?: Digest | null; readonly expect?: { readonly stream: StreamId; readonly version: number } },
  ) => Promise<readonly RecordedEvent[]>
  /** Runs writes to plain tables that row security keeps from this party, after the act was let pass. */
  readonly asMachine: <T>(work: () => Promise<T>) => Promise<T>
}

/** Recurring work. It is handed the house, so that time, network and storage are what the house has. */
export type Job = {
  readonly name: string
  readonly every_ms: number
  readonly run: (house: House, signal: AbortSignal) => Promise<void>
}

/** When a job last ran and what it said; times by the house's clock. */
export type JobStatus = {
  readonly name: string
  readonly ran_at: string | null
  readonly failed_at: string | null
  readonly told: string | null
}

/** The one way to act: authorise, open a transaction under the party's row security, work. */
export function actIn(of: Pick<House, 'database' | 'marketplace' | 'pipeline'>): House['act'] {
  return (who, act, on, work) => {
    authorise(who, act, on)
    const party = partyOf(who, on)
    return of.database.within({ marketplace: of.marketplace, party }, (unit) => {
      let elevated = false
      // Once elevated, a nested call changes nothing: the outermost one goes back to the party.
      const asMachine: Desk['asMachine'] = async (inner) => {
        if (elevated) return inner()
        elevated = true
        try {
          return await recordingAs(unit, { kind: 'machine' }, inner)
        } finally {
          elevated = false
        }
      }
      return work({
        ...unit,
        who,
        asMachine,
        record: (events, how = {}) =>
          asMachine(() => record(unit, of.pipeline, events, { by: actorOf(who), cause: how.cause ?? null, at: unit.now }, how.expect)),
      })
    })
  }
}
