import type { NamedScript } from './collectors/scripts.ts'
import type { Recognised } from './libraries.ts'
import type { AppDescription } from '../directory/description.ts'
import type { Day, Instant } from '../kernel/time.ts'
import type { NameFacts } from '../platform/net/names.ts'
import type { SuiteFacts, TlsVersion, Tried } from '../platform/net/client.ts'
import type { Blindness, Outcome, Says } from '../kernel/says.ts'

/** How much a probe asks of the app. `passive` needs no consent; the others do. */
export type RiskClass = 'passive' | 'read' | 'handshake' | 'write-own-tenant'

/** A request and its answer as a stranger's server gave it: bounded, tokens replaced, secrets masked. Bodies are text, at most 2 kB. */
export type Exchange = {
  readonly url: string
  readonly method: string
  readonly sent: readonly (readonly [string, string])[]
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
  readonly body_sha256: string
  readonly body_bytes: number
  readonly address: string | null
  readonly tls: { readonly protocol: string; readonly fingerprint: string } | null
  readonly at: Instant
  readonly ms: number
}

/** An observation, or why there is none. */
export type Observed<T> =
  | { readonly kind: 'seen'; readonly value: T }
  | { readonly kind: 'unseen'; readonly reason: string; readonly blind: Blindness; readonly detail: string }

/** An address that gave no answer, and whose doing that is. */
export type Silent = { readonly where: string; readonly reason: string; readonly blind: Blindness; readonly detail: string }

export type TlsHost = {
  readonly host: string
  readonly port: number
  readonly at: Instant
  readonly versions: { readonly [version in TlsVersion]: Tried }
  readonly suites: SuiteFacts
  readonly certificate: {
    readonly trusted: boolean
    readonly problem: string | null
    readonly names: readonly string[]
    readonly valid_from: Instant
    readonly valid_to: Instant
    readonly fingerprint: string
  } | null
}

/** One call that nobody signed, and what came of it. */
export type HookProbe = {
  readonly endpoint: string
  readonly kind: 'install' | 'uninstall'
  readonly probe: 'bare' | 'unknown-key' | 'alg-none'
  readonly exchange: Exchange
  /** A page asked bare and then with a token signed by the secret that the probe had sent: did the installation take effect? */
  readonly effect?: { readonly bare: Exchange; readonly with_token: Exchange }
  /** After an accepted install: whether the app took our tenant away again, or the name of the one that is left in its store. */
  readonly left_behind?: string | null
}

/** A call of the host product with one property wrong, and what came of it. */
export type HandshakeProbe = {
  readonly about: 'signature' | 'algorithm' | 'tenants' | 'query' | 'lifetime' | 'admin' | 'webhook' | 'install' | 'uninstall'
  /** What was wrong with it; the same words for ever, since they are part of a finding's id. */
  readonly name: string
  readonly exchange: Exchange
  /** Whether an accepted call had its effect: a planted secret is believed, or a tenant locked out. Null where there is none to have. */
  readonly effect: boolean | null
  /** Whether the answer is what a valid call gets. */
  readonly same_as_control: boolean | null
}

/** The scanner as the host product, with two tenants of its own. */
export type Handshake = {
  /** False for apps that no host calls in this way. */
  readonly applies: boolean
  /** A valid installation and page call before all probes; they count only when it works. */
  readonly control: {
    readonly install: Exchange | null
    readonly bare: Exchange | null
    readonly page: Exchange | null
    readonly works: boolean
  } | null
  readonly probes: readonly HandshakeProbe[]
  /** The pages as a signed-in administrator gets them. */
  readonly authorised: readonly Exchange[]
  /** Addresses of the scripts in what was answered, with their pages. */
  readonly scripts: readonly NamedScript[]
  /** The pages asked with other values, as the same administrator. */
  readonly inputs: readonly InputProbe[]
  /** The same page call after all probes: the app is still alive. */
  readonly after: { readonly page: Exchange | null; readonly works: boolean } | null
  /** Tenants of ours that the app did not give back. */
  readonly left_behind: readonly string[]
}

/** A page that was asked with other values for what its address takes, and what came back of them. */
export type InputProbe = {
  /** The page's address without its query. */
  readonly page: string
  /** Markers in all parameters, or an address that nobody owns in those that sound like a way back. */
  readonly kind: 'marker' | 'canary'
  readonly as: 'visitor' | 'tenant'
  readonly parameters: readonly string[]
  readonly exchange: Exchange
  readonly reflected: readonly Reflection[]
}

/** Where the value of a parameter stands in the answer as it was sent: in text, inside a tag, inside a script. */
export type Reflection = { readonly parameter: string; readonly context: 'markup' | 'attribute' | 'script' }

/** A script of a page, or the source map that one names, and what was found in it. */
export type ScriptSeen = {
  readonly url: string
  readonly page: string
  /** `foreign`: on a host that is not the app's, so its address is all that is known of it. */
  readonly kind: 'own' | 'map' | 'foreign'
  readonly status: number | null
  readonly bytes: number | null
  /** Places of what looks like a secret; never the secret. */
  readonly secrets: readonly { readonly kind: string; readonly line: number; readonly column: number }[]
  readonly libraries: readonly Recognised[]
}

/** What collectors bring. A key more is a new collector. */
export type Artifacts = {
  readonly descriptor: {
    readonly description: AppDescription
    readonly source_url: string | null
    readonly text: string
    /** Hosts that a test allowed on loopback; rules about public hosts leave them out. */
    readonly test_hosts?: readonly string[]
  }
  readonly tls: { readonly hosts: readonly TlsHost[]; readonly silent: readonly Silent[] }
  /** What the name servers say of the app's hosts; `registrations` is the operator's list of when domains run out, null that there is none. */
  readonly names: {
    readonly at: Instant
    readonly hosts: readonly NameFacts[]
    readonly registrations: { readonly as_of: Instant; readonly expires: { readonly [domain: string]: Day } } | null
  }
  /** GET of each base URL and its root, and of the descriptor, which may lie on a host that is not the app's. */
  readonly front: { readonly seen: readonly Exchange[]; readonly silent: readonly Silent[] }
  /** Bare GET of every page endpoint on the app's own hosts, with a random path of each host for comparison. */
  readonly pages: {
    readonly bare: readonly {
      readonly endpoint: string
      readonly module: string | null
      /** Authenticates in the browser; what the server gives is for everybody. */
      readonly cacheable: boolean
      readonly exchange: Exchange
    }[]
    readonly random: readonly Exchange[]
    /** The pages as a signed-in administrator gets them, where the scanner may act as the host product. */
    readonly authorised: readonly Exchange[]
    /** Addresses of the scripts in them, with their pages. */
    readonly scripts: readonly NamedScript[]
    readonly silent: readonly Silent[]
  }
  /** Unsigned and wrongly signed POSTs to the install and uninstall hooks, with our own scan tenant only. */
  readonly hooks: { readonly probes: readonly HookProbe[]; readonly silent: readonly Silent[] }
  readonly handshake: Handshake
  /** GET without TLS of what is known by https. */
  readonly plain_http: { readonly seen: readonly Exchange[]; readonly silent: readonly Silent[] }
  /** GET as a script of another site would send it, with the origin that was named. */
  readonly origins: {
    readonly probes: readonly { readonly origin: string; readonly exchange: Exchange }[]
    readonly silent: readonly Silent[]
  }
  /** Pages asked with markers and foreign addresses in their declared parameters. */
  readonly inputs: { readonly probes: readonly InputProbe[]; readonly silent: readonly Silent[] }
  /** The scripts that the pages name; `advisories` says of when the list of libraries is, and null that there is none. */
  readonly scripts: {
    readonly seen: readonly ScriptSeen[]
    readonly advisories: { readonly as_of: Instant; readonly libraries: number } | null
    readonly silent: readonly Silent[]
  }
  /** GET of well-known places where deployments leave what nobody should read. */
  readonly left_lying: { readonly seen: readonly Exchange[]; readonly silent: readonly Silent[] }
  /** Null for an app that has no host of its own. */
  readonly security_txt: Exchange | null
}

export type Finding = {
  readonly outcome: Outcome
  /** Why, for everything but pass and fail. */
  readonly reason?: string
  readonly blind?: Blindness
  readonly says: Says
  /** Where: a URL or a place in the descriptor. */
  readonly where: string
  /** What kind of defect, for the finding's stable id; the same words for ever. */
  readonly defect: string
  /** CVSS 3.1 vector, where this defect is worse or better than the check’s own says. */
  readonly vector?: string
  /** The few fields that show it. */
  readonly proof: { readonly [name: string]: string | number | boolean | null }
}

/** A pure question. It does not know which requirements use it. */
export type Check = {
  readonly id: string
  readonly title: { readonly pass: string; readonly fail: string }
  readonly fix: string
  readonly needs: readonly (keyof Artifacts)[]
  readonly risk: RiskClass
  /** CVSS 3.1 vector of the defect that it finds; scores are computed, never typed. */
  readonly cvss: string | null
  /** Sentences of this check, by code: `{name}` takes a parameter. */
  readonly messages: { readonly [code: string]: string }
  readonly judge: (artifacts: Artifacts) => readonly Finding[]
}

/** Names the shape; the check is frozen as it stands. */
export const defineCheck = (check: Check): Check => Object.freeze(check)
