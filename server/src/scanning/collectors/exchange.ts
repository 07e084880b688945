import { createHash } from 'node:crypto'
import type { Answer, NoAnswer, StrangerClient, StrangerRequest } from '../../platform/net/client.ts'
import type { Exchange, Observed } from '../check.ts'
import type { Scope } from '../scope.ts'
import { masked, maskedHeader } from './mask.ts'

/** What every collector works with. */
export type Probing = {
  readonly client: StrangerClient
  readonly scope: Scope
  readonly signal: AbortSignal
  /** Bytes of chance for random paths and throw-away tenants. */
  readonly chance: (bytes: number) => Uint8Array
}

const BODY_CHARACTERS = 2_048

/** Sends one probe and keeps its exchange as evidence; redirects are answers. */
export async function probe(probing: Probing, request: StrangerRequest): Promise<Observed<Exchange>> {
  if (probing.signal.aborted) return { kind: 'unseen', reason: 'stopped', blind: 'ours', detail: 'the scan was stopped' }
  const answer = await probing.client.fetch({
    ...request,
    ports: probing.scope.ports,
    own_domains: probing.scope.domains,
    signal: probing.signal,
  })
  if (answer.kind === 'answer') return { kind: 'seen', value: exchangeOf(answer, request) }
  return unseen(answer, probing.signal)
}

/** Why there was no answer, and whose doing that is. */
export function unseen(answer: NoAnswer, signal: AbortSignal): Observed<never> & { kind: 'unseen' } {
  const blind = signal.aborted || answer.reason === 'dns' || answer.reason === 'dns_timeout' ? 'ours' : 'theirs'
  return { kind: 'unseen', reason: answer.reason, blind, detail: `${answer.url}: ${answer.detail}` }
}

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
