import type { JsonObject } from '../kernel/json.ts'
import type { JourneyOutcome, JourneyReason } from './events.ts'

/** What a run is made with. */
export type RunGiven = {
  readonly base_url: string
  /** Secrets included; nothing of them leaves through what is told. */
  readonly variables: { readonly [name: string]: string }
  /** Hosts that may be asked: the app's proven domains, and the host's own that the operator names. */
  readonly allows: (url: URL) => boolean
  readonly signal: AbortSignal
}

/** A file that shows what happened: a picture, a trace. */
export type Attachment = { readonly name: string; readonly media_type: string; readonly bytes: Uint8Array }

/** What a run came to, with what shows it. */
export type JourneyRun = {
  readonly outcome: JourneyOutcome
  readonly reason: JourneyReason | null
  readonly duration_ms: number
  readonly told: JsonObject
  readonly attachments: readonly Attachment[]
}

const HIDDEN = '•••'
/** Shorter values would take ordinary words apart. */
const SHORTEST_SECRET = 4

/** The same text without any of the secrets, however often they stand in it. Names of members stay. */
export function withoutSecrets<T>(value: T, secrets: readonly string[]): T {
  const hidden = secrets.filter((secret) => secret.length >= SHORTEST_SECRET)
  if (hidden.length === 0) return value
  const clean = (one: unknown): unknown => {
    if (typeof one === 'string') return hidden.reduce((text, secret) => text.replaceAll(secret, HIDDEN), one)
    if (Array.isArray(one)) return one.map(clean)
    if (typeof one === 'object' && one !== null) return Object.fromEntries(Object.entries(one).map(([name, inner]) => [name, clean(inner)]))
    return one
  }
  // The guarantee of the cast: texts stay texts, and everything else stays what it was.
  return clean(value) as T
}
