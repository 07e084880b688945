import type { RecordedEvent, Digest } from '../kernel/event.ts'
import type { View } from '../kernel/flow.ts'
import type { Instant } from '../kernel/time.ts'
import type { Egress, Hosting, Platform } from './description.ts'
import type { DirectoryEvent } from './events.ts'

/** An app as the directory knows it. */
export type AppDocument = {
  readonly app: string
  readonly key: string | null
  readonly name: string
  readonly organisation: string
  readonly platform: Platform
  readonly hosting: Hosting
  readonly registered_at: Instant
  readonly descriptor: Digest
  readonly descriptor_evidence: Digest | null
  readonly source_url: string | null
  /** What the descriptor gives, or what the partner gave where it has none. */
  readonly base_urls: readonly string[]
  readonly health_path: string | null
  readonly alert_mailbox: boolean
  readonly domains: readonly string[]
  readonly scopes: readonly { readonly scope: string; readonly since: Instant }[]
  readonly egress: readonly (Pick<Egress, 'kind' | 'address' | 'analytics'> & { readonly since: Instant })[]
}

/** Name of the view; key is the app. */
export const APPS = 'directory.apps'

export const appsView: View<AppDocument | null> = {
  name: APPS,
  version: 1,
  listens: [
    'directory.app_registered',
    'directory.descriptor_read',
    'directory.details_supplied',
    'directory.domain_proven',
    'directory.consent_withdrawn',
  ],
  // The guarantee of the cast: all events that this view listens to carry their app.
  keys: (event) => [(event.payload as { readonly app: string }).app],
  initial: null,
  fold(document, recorded) {
    const event = recorded as RecordedEvent & DirectoryEvent
    if (event.type === 'directory.app_registered') {
      const { app, key, name, organisation, platform, hosting, descriptor } = event.payload
      const empty = {
        descriptor_evidence: null,
        source_url: null,
        base_urls: [],
        health_path: null,
        alert_mailbox: false,
        domains: [],
        scopes: [],
        egress: [],
      }
      return { app, key, name, organisation, platform, hosting, descriptor, registered_at: recorded.at, ...empty }
    }
    if (document === null) return null
    switch (event.type) {
      case 'directory.descriptor_read': {
        const { platform, hosting, descriptor, evidence, source_url, base_urls } = event.payload
        const scopes = event.payload.scopes.map(
          (scope) => document.scopes.find((before) => before.scope === scope) ?? { scope, since: recorded.at },
        )
        const egress = event.payload.egress.map(
          (one) =>
            document.egress.find((before) => before.kind === one.kind && before.address === one.address) ?? { ...one, since: recorded.at },
        )
        return {
          ...document,
          platform,
          hosting,
          descriptor,
          descriptor_evidence: evidence,
          source_url,
          scopes,
          egress,
          base_urls: base_urls.length > 0 ? base_urls : document.base_urls,
        }
      }
      case 'directory.details_supplied': {
        const { health_path, alert_mailbox, base_urls } = event.payload
        return { ...document, health_path, alert_mailbox, base_urls: base_urls.length > 0 ? base_urls : document.base_urls }
      }
      case 'directory.domain_proven':
        return { ...document, domains: [...document.domains, event.payload.domain] }
      case 'directory.consent_withdrawn':
        return { ...document, domains: [] }
      default:
        return document
    }
  },
}
