import { createHash } from 'node:crypto'
import type { Answer, NoAnswer, StrangerClient, StrangerRequest } from '../../platform/net/client.ts'
import type { Exchange, Observed, Silent } from '../check.ts'
import type { Scope } from '../scope.ts'
import { masked, maskedHeader } from './mask.ts'

/** What every collector works with. */
export type Probing = {
  readonly client: StrangerClient
  /** The hosts that this collector may ask. */
  readonly scope: Scope
  /** The hosts that are the app's by its own word; those beyond `scope` are named as not proven. */
  readonly claimed: Scope
  readonly signal: AbortSignal
  /** Goes with every request, so that a partner can tell our traffic in its logs. */
  readonly scan_id: string
  /** Bytes of chance for random paths and throw-away tenants. */
  readonly chance: (bytes: number) => Uint8Array
}

const BODY_CHARACTERS = 2_048

/** Sends one probe and keeps its exchange as evidence; redirects are answers. */
export async function probe(probing: Probing, request: StrangerRequest): Promise<Observed<Exchange>> {
  const observed = await probeAndLook(probing, request, () => null)
  return observed.kind === 'seen' ? { kind: 'seen', value: observed.value.exchange } : observed
}

/** The same, with what a question finds in the whole body, of which the exchange keeps the beginning only. */
export async function probeAndLook<T>(
  probing: Probing,
  request: StrangerRequest,
  look: (body: string) => T,
): Promise<Observed<{ readonly exchange: Exchange; readonly found: T }>> {
  if (probing.signal.aborted) return { kind: 'unseen', ...whyStopped(probing.signal) }
  const identified: StrangerRequest = { ...request, headers: [...(request.headers ?? []), ['x-trust-scan', probing.scan_id]] }
  const answer = await probing.client.fetch({
    ...identified,
    ports: [...probing.scope.ports, ...(request.ports ?? [])],
    own_domains: probing.scope.domains,
    signal: probing.signal,
  })
  if (answer.kind === 'answer')
    return { kind: 'seen', value: { exchange: exchangeOf(answer, identified), found: look(new TextDecoder().decode(answer.body)) } }
  const { reason, blind, detail } = silence(answer, probing.signal)
  return { kind: 'unseen', reason, blind, detail }
}

/** Why there was no answer, and whose doing that is. A name that our own resolver could not look up says nothing of the app. */
export function silence(answer: NoAnswer, signal: AbortSignal): Silent {
  const where = withoutQuery(answer.url)
  if (signal.aborted) return { where, ...whyStopped(signal) }
  const blind = answer.reason === 'dns' || answer.reason === 'dns_timeout' ? 'ours' : 'theirs'
  return { where, reason: answer.reason, blind, detail: masked(answer.detail).slice(0, DETAIL_CHARACTERS) }
}

/** The reason with which a scan that takes too long is stopped: it had its time, so this is the app's slowness. */
export const OUT_OF_TIME = 'out_of_time'

const whyStopped = (signal: AbortSignal): Omit<Silent, 'where'> =>
  signal.reason === OUT_OF_TIME
    ? { reason: 'timeout', blind: 'theirs', detail: 'the app used up the time of the whole scan' }
    : { reason: 'stopped', blind: 'ours', detail: 'the scan was stopped' }

/** What is said of an address on a host that is the app's by its own word only. */
export const notProven = (where: string): Silent => ({
  where: withoutQuery(where),
  reason: 'no_consent',
  blind: 'theirs',
  detail: 'control of its domain has not been proven',
})

/** What is said of addresses beyond those that a scan asks: nothing was seen there, which passes nobody. */
export const tooMany = (where: string, detail: string): Silent => ({
  where: withoutQuery(where),
  reason: 'too_many',
  blind: 'ours',
  detail,
})

/** The silence of a probe, with its place. */
export const silentAt = (where: string, observed: Observed<unknown> & { kind: 'unseen' }): Silent => ({
  where: withoutQuery(where),
  reason: observed.reason,
  blind: observed.blind,
  detail: observed.detail,
})

/** Queries carry tokens and samples; a place needs neither. */
export const withoutQuery = (where: string): string => (URL.canParse(where) ? where.replace(/[?#].*$/, '') : where)

const DETAIL_CHARACTERS = 300

/** The storable form of an answer: bounded, with secrets masked and the hash of the whole body. */
export function exchangeOf(answer: Answer, request: StrangerRequest): Exchange {
  const text = new TextDecoder().decode(answer.body.subarray(0, BODY_CHARACTERS * 4))
  return {
    url: masked(answer.url),
    method: request.method ?? 'GET',
    sent: (request.headers ?? []).map(([name, value]) => [name, maskedHeader(name, value)] as const),
    status: answer.status,
    headers: answer.headers.map(([name, value]) => [name, maskedHeader(name, value.slice(0, BODY_CHARACTERS))] as const),
    body: masked(text).slice(0, BODY_CHARACTERS).toWellFormed(),
    body_sha256: `sha256:${createHash('sha256').update(answer.body).digest('hex')}`,
    body_bytes: answer.body.length,
    address: answer.address,
    tls: answer.tls,
    at: answer.at,
    ms: Math.round(answer.phases.total_ms),
  }
}
