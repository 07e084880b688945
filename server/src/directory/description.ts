import type { Digest } from '../kernel/event.ts'

export type Platform = 'connect' | 'forge' | 'neutral'
export type Hosting = 'remote' | 'platform' | 'mixed' | 'static'

/** What an address of an app is for. Lifecycle hooks are told by their role, never by their path. */
export type EndpointKind =
  | 'page'
  | 'admin-page'
  | 'api'
  | 'static'
  | 'condition'
  | 'install'
  | 'uninstall'
  | 'enable'
  | 'disable'
  | 'webhook'
  | 'web-trigger'
  | 'remote'

export type Endpoint = {
  readonly kind: EndpointKind
  /** As the descriptor writes it, templates and all. */
  readonly written: string
  /** Absolute, with every template placeholder filled; null when it cannot be one. */
  readonly url: string | null
  /** JSON pointer of the place in the descriptor. */
  readonly at: string
  /** The module's kind, such as `generalPages`. */
  readonly module: string | null
  /** Cacheable iframe: authenticates in the browser. */
  readonly cacheable: boolean
}

/** Where the app may send data, by the descriptor's own words. */
export type Egress = { readonly kind: string; readonly address: string; readonly at: string; readonly analytics: boolean }

/** A descriptor of any marketplace, read: what all later parts know of an app's shape. */
export type AppDescription = {
  readonly platform: Platform
  readonly hosting: Hosting
  /** The app's key in its marketplace; null when the descriptor has none (a Forge manifest may carry only an id). */
  readonly key: string | null
  readonly name: string | null
  readonly partner: string | null
  readonly base_urls: readonly string[]
  readonly scopes: readonly string[]
  /** Scopes under which the app may act as a user who is not there. */
  readonly impersonated_scopes?: readonly string[]
  readonly egress: readonly Egress[]
  readonly endpoints: readonly Endpoint[]
  readonly authentication: 'jwt' | 'none' | 'platform' | 'unknown'
  readonly runtime: string | null
  /** What was untidy and how it was read. */
  readonly remarks: readonly { readonly at: string; readonly says: string }[]
  /** Hash of the bytes that were read. */
  readonly digest: Digest
}
