import type { Stage } from '../programmes/phase.ts'
import type { Digest } from '../kernel/event.ts'
import type { AppDescription, Egress, Hosting, Platform } from './description.ts'

/** What this slice tells the others. `app` is the app's public id. */
export type DirectoryEvent =
  | {
      readonly type: 'directory.app_registered'
      readonly payload: {
        readonly app: string
        /** The key in the descriptor, by which the same app is recognised; null where a descriptor has none. */
        readonly key: string | null
        readonly name: string
        readonly organisation: string
        readonly platform: Platform
        readonly hosting: Hosting
        readonly descriptor: Digest
      }
    }
  | { readonly type: 'directory.descriptor_read'; readonly payload: DescriptorRead }
  | {
      readonly type: 'directory.details_supplied'
      readonly payload: {
        readonly app: string
        readonly health_path: string | null
        /** Whether a mailbox is known; the address itself is kept outside the log, where it can be erased. */
        readonly alert_mailbox: boolean
        readonly base_urls: readonly string[]
      }
    }
  | {
      readonly type: 'directory.domain_proven'
      readonly payload: { readonly app: string; readonly domain: string; readonly method: 'well-known' | 'dns' }
    }
  | { readonly type: 'directory.consent_withdrawn'; readonly payload: { readonly app: string } }
  | {
      readonly type: 'directory.record_confirmed'
      readonly payload: { readonly app: string; readonly kind: string; readonly state: string; readonly evidence: readonly Digest[] }
    }
  | {
      readonly type: 'directory.programme_adopted'
      readonly payload: { readonly programme: string; readonly version: string; readonly digest: Digest }
    }
  | {
      /** A version that does not judge yet has reached a stage on its way. */
      readonly type: 'directory.version_moved'
      readonly payload: {
        readonly programme: string
        readonly version: string
        readonly digest: Digest
        readonly stage: Stage
        /** The day on which the next thing happens to it. */
        readonly until: string
      }
    }
  | {
      /** A person has set that a programme ends on a day and another takes its place. */
      readonly type: 'directory.succession_begun'
      readonly payload: {
        readonly programme: string
        readonly successor: string
        /** The first day on which it is over, where it is at home. */
        readonly ends_on: string
      }
    }
  | { readonly type: 'directory.programme_closed'; readonly payload: { readonly programme: string } }
  | { readonly type: 'directory.tier_retired'; readonly payload: { readonly programme: string; readonly tier: string } }

export type DescriptorRead = {
  readonly app: string
  readonly descriptor: Digest
  /** Name of the evidence that holds what was read, bytes as text. */
  readonly evidence: Digest
  readonly source_url: string | null
  readonly platform: Platform
  readonly hosting: Hosting
  readonly scopes: readonly string[]
  readonly egress: readonly Pick<Egress, 'kind' | 'address' | 'analytics'>[]
  readonly base_urls: readonly string[]
}

/** The part of a description that the log keeps. */
export const readOf = (app: string, description: AppDescription, evidence: Digest, source_url: string | null): DescriptorRead => ({
  app,
  descriptor: description.digest,
  evidence,
  source_url,
  platform: description.platform,
  hosting: description.hosting,
  scopes: [...new Set(description.scopes)].sort(),
  egress: description.egress.map(({ kind, address, analytics }) => ({ kind, address, analytics })),
  base_urls: description.base_urls,
})
