import { canonical } from './canonical.ts'
import type { JsonObject } from './json.ts'
import type { Instant } from './time.ts'

/** Name of a piece of content: `sha256:` and 64 hexadecimal digits. */
export type Digest = `sha256:${string}`

/** Hashes text (UTF-8) with SHA-256. Passed in, so that the kernel runs in a browser as well. */
export type Sha256 = (text: string) => Digest

/** Who caused something: a person, the machine under a name, or a party's token. Ids only. */
export type Actor =
  | { readonly kind: 'machine'; readonly name: string }
  | { readonly kind: 'person'; readonly id: string }
  | { readonly kind: 'token'; readonly id: string; readonly person?: string }

/** The subject of a run of events: kind and id, `badge/{programme}.{tier}/{app}`. */
export type StreamId = string

/** What a slice wants recorded. */
export type NewEvent = {
  readonly stream: StreamId
  /** The app (or other record) that it is about; decides who may see it. Null: the marketplace's operator only. */
  readonly subject: string | null
  /** `slice.past_tense`, for example `badges.suspended`. */
  readonly type: string
  readonly payload: JsonObject
}

/** An entry of a marketplace's log. Never changed, never removed. */
export type RecordedEvent = NewEvent & {
  readonly marketplace: string
  /** Place in the marketplace's one order, from 1, without gaps. */
  readonly seq: number
  /** Place in its stream, from 1, without gaps. */
  readonly version: number
  readonly at: Instant
  readonly by: Actor
  /** Hash of the event that this one answers; null only when a person or a clock began it. */
  readonly cause: Digest | null
  /** Hash of the event before it in the marketplace's order; null for the first. */
  readonly previous: Digest | null
  readonly hash: Digest
}

/**
 * The hash of an event covers all of it but the hash itself: order, time, actor, cause, payload and the hash before it. Its
 * canonical form is put together here by hand, in the order of the names, so that a payload that was printed once is not
 * printed again.
 */
export function hashOf(event: Omit<RecordedEvent, 'hash'>, sha256: Sha256, payload = canonical(event.payload)): Digest {
  const { at, by, cause, marketplace, previous, seq, stream, subject, type, version } = event
  return sha256(
    `{"at":${canonical(at)},"by":${canonical({ ...by })},"cause":${canonical(cause)},"marketplace":${canonical(marketplace)},"payload":${payload},` +
      `"previous":${canonical(previous)},"seq":${canonical(seq)},"stream":${canonical(stream)},"subject":${canonical(subject)},` +
      `"type":${canonical(type)},"version":${canonical(version)}}`,
  )
}

/** The first place where a chain does not hold, or null when it is whole. `previous` is the hash before the first event given. */
export function brokenAt(
  events: Iterable<RecordedEvent>,
  sha256: Sha256,
  previous: Digest | null = null,
): { readonly seq: number; readonly why: 'hash' | 'link' | 'order' } | null {
  let before = previous
  let seq: number | null = null
  for (const event of events) {
    if (seq !== null && event.seq !== seq + 1) return { seq: event.seq, why: 'order' }
    if (event.previous !== before) return { seq: event.seq, why: 'link' }
    if (hashOf(event, sha256) !== event.hash) return { seq: event.seq, why: 'hash' }
    before = event.hash
    seq = event.seq
  }
  return null
}

/** The slice that owns an event: the part of its type before the dot. */
export const sliceOf = (type: string): string => type.slice(0, type.indexOf('.'))
