import type { AppDescription } from '../directory/description.ts'
import { canonical } from '../kernel/canonical.ts'
import type { Digest } from '../kernel/event.ts'
import type { Json, JsonObject } from '../kernel/json.ts'
import { ms, type Instant } from '../kernel/time.ts'
import { sha256 } from '../platform/crypto.ts'
import type { StrangerClient } from '../platform/net/client.ts'
import type { Artifacts, Check, Handshake, Observed } from './check.ts'
import { CHECKS } from './checks/index.ts'
import { OUT_OF_TIME, type Probing } from './collectors/exchange.ts'
import { collectFront } from './collectors/front.ts'
import { collectHandshake } from './collectors/handshake.ts'
import { collectHooks } from './collectors/hooks.ts'
import { collectInputs } from './collectors/inputs.ts'
import { collectLeftLying } from './collectors/left-lying.ts'
import { collectNames } from './collectors/names.ts'
import { collectOrigins } from './collectors/origins.ts'
import { collectPages } from './collectors/pages.ts'
import { collectPlainHttp } from './collectors/plain-http.ts'
import { collectScripts } from './collectors/scripts.ts'
import { collectSecurityTxt } from './collectors/security-txt.ts'
import { collectTls } from './collectors/tls.ts'
import type { Host } from './host/host.ts'
import type { LibraryIndex } from './libraries.ts'
import type { Registrations } from './registrations.ts'
import { confirmed, judgeArtifacts, type Collected, type Judged } from './judge.ts'
import { provenScope, scopeOf } from './scope.ts'

/** What is scanned, on whose word, and with what. */
export type ScanRequest = {
  readonly description: AppDescription
  readonly source: { readonly url: string | null; readonly text: string }
  /** Registrable domains (or literal addresses) whose control was proven. Elsewhere only descriptor, TLS and front are looked at. */
  readonly proven_domains: readonly string[]
  readonly test_hosts?: readonly string[]
  /** The scanner as the host product, where apps look up their keys with it; without it no call can be signed. */
  readonly host?: Host | null
  /** The operator's copy of what is known against libraries; without it scripts are not held against it. */
  readonly library_advisories?: LibraryIndex | null
  /** The operator's list of when domains run out. */
  readonly registrations?: Registrations | null
  /** Polite already: one client serves many scans, so that apps on one host share its pace. */
  readonly client: StrangerClient
  readonly now: () => Instant
  /** What time it is for the app, by which tokens are dated: the machine's, also where ours was moved. */
  readonly token_now?: () => Instant
  readonly chance: (bytes: number) => Uint8Array
  /** Never rejects. */
  readonly wait: (milliseconds: number) => Promise<void>
  /** The kill switch. */
  readonly signal: AbortSignal
  /** Those that are asked; only what they need is looked at. */
  readonly checks?: readonly Check[]
  /** Time for the whole scan. */
  readonly limit_ms?: number
  /** Time between a failure and the second look that confirms it. */
  readonly second_look_after_ms?: number
}

/** A piece of what was seen, named by its content. */
export type ScanEvidence = { readonly id: Digest; readonly artifact: keyof Artifacts; readonly body: Json }

export type ScanResult = {
  readonly app_key: string
  readonly descriptor: Digest
  readonly consent: boolean
  readonly started_at: Instant
  readonly finished_at: Instant
  readonly checks: readonly (Judged & { readonly evidence: readonly Digest[] })[]
  readonly evidence: readonly ScanEvidence[]
}

const SECOND_LOOK_MS = 2_000

/** Time of one scan in total; a sound app needs a few seconds. */
const LIMIT_MS = 120_000

/** Collects, judges, looks a second time at what failed, and keeps what was seen. */
export async function scan(request: ScanRequest): Promise<ScanResult> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(OUT_OF_TIME), request.limit_ms ?? LIMIT_MS)
  try {
    return await scanUntil(request, AbortSignal.any([request.signal, deadline.signal]))
  } finally {
    clearTimeout(timer)
  }
}

async function scanUntil(request: ScanRequest, signal: AbortSignal): Promise<ScanResult> {
  const { description, source, now, client } = request
  const checks = request.checks ?? CHECKS
  const started_at = now()
  const scan_id = `scan-${Buffer.from(request.chance(8)).toString('hex')}`
  const consent = request.proven_domains.length > 0
  const app_key = keyOf(description)
  /** When each artifact was there. */
  const seen_at = new Map<keyof Artifacts, number>()
  const first = await collect(neededBy(checks))
  let judged = judgeArtifacts(app_key, first, checks, sha256)
  let looks = [first]
  const failed = checks.filter((check) => judged.some((one) => one.check === check.id && one.outcome === 'fail'))
  const again = neededBy(failed).filter((name) => name !== 'descriptor')
  if (again.length > 0 && !signal.aborted) {
    const newest_ms = Math.max(...again.map((name) => seen_at.get(name) ?? 0))
    await request.wait(Math.max(0, (request.second_look_after_ms ?? SECOND_LOOK_MS) - (ms(now()) - newest_ms)))
    const second = { ...first, ...(await collect(again)) }
    judged = confirmed(judged, judgeArtifacts(app_key, second, failed, sha256), failed)
    looks = [first, second]
  }
  const evidence = new Map<Digest, ScanEvidence>()
  const ids = new Map<keyof Artifacts, Set<Digest>>()
  for (const look of looks) {
    for (const name of ALL) {
      for (const body of piecesOf(name, name in look ? look[name] : NOT_ASKED)) {
        const id = sha256(canonical(body))
        evidence.set(id, { id, artifact: name, body })
        ids.set(name, (ids.get(name) ?? new Set()).add(id))
      }
    }
  }
  return {
    app_key,
    descriptor: description.digest,
    consent,
    started_at,
    finished_at: now(),
    checks: judged.map((one) => {
      const needs = checks.find((check) => check.id === one.check)?.needs ?? []
      return { ...one, evidence: [...new Set(needs.flatMap((name) => [...(ids.get(name) ?? [])]))] }
    }),
    evidence: [...evidence.values()],
  }

  /** The descriptor is at hand; everything else is asked for, at the same time. */
  async function collect(names: readonly (keyof Artifacts)[]): Promise<Collected> {
    const scope = scopeOf(description)
    const passive: Probing = { client, scope, claimed: scope, signal, chance: request.chance, scan_id }
    const active: Probing = { ...passive, scope: provenScope(scope, request.proven_domains) }
    // An app without a host of its own has nothing whose control could be proven, and nothing that could be asked.
    const allowed = consent || scope.domains.length === 0
    const wanted = async <T>(name: keyof Artifacts, collector: () => Promise<Observed<T>>): Promise<Observed<T>> => {
      if (!names.includes(name)) return NOT_ASKED
      const observed = allowed || PASSIVE.includes(name) ? await collector() : NO_CONSENT
      seen_at.set(name, ms(now()))
      return observed
    }
    const { host } = request
    const token_now = request.token_now ?? now
    // What is one or two requests a host goes first: a failure of it is old enough for its second look when the pages are done.
    const [tls, names_told, front, security_txt, plain_http, origins, left_lying, hooks, pages, handshake, inputs] = await Promise.all([
      wanted('tls', () => collectTls(passive, description)),
      wanted('names', () => collectNames(passive, description, request.registrations ?? null, now)),
      wanted('front', () => collectFront(passive, description, source.url)),
      wanted('security_txt', () => collectSecurityTxt(active, description)),
      wanted('plain_http', () => collectPlainHttp(active, description)),
      wanted('origins', () => collectOrigins(active, description)),
      wanted('left_lying', () => collectLeftLying(active, description)),
      wanted('hooks', () => collectHooks(active, description, token_now)),
      wanted('pages', () => collectPages(active, description)),
      wanted('handshake', () =>
        host === null || host === undefined ? Promise.resolve(NO_HANDSHAKE) : collectHandshake(active, description, host, token_now),
      ),
      wanted('inputs', () => collectInputs(active, description)),
    ])
    const named = [pages, handshake].flatMap((one) => (one.kind === 'seen' ? one.value.scripts : []))
    const scripts =
      pages.kind === 'unseen' && names.includes('scripts')
        ? pages
        : await wanted('scripts', () => collectScripts(active, named, request.library_advisories ?? null))
    const descriptor = {
      kind: 'seen',
      value: { description, source_url: source.url, text: source.text, test_hosts: request.test_hosts ?? [] },
    } as const
    const all: Collected = {
      descriptor,
      tls,
      names: names_told,
      front,
      pages: withAuthorised(pages, handshake),
      hooks,
      handshake,
      plain_http,
      origins,
      inputs: withTenants(inputs, handshake),
      scripts,
      left_lying,
      security_txt,
    }
    return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name as keyof Artifacts))) as Collected
  }
}

/** What checks need to be looked at, and the descriptor, which is at hand. */
function neededBy(checks: readonly Check[]): readonly (keyof Artifacts)[] {
  const needed = new Set<keyof Artifacts>(['descriptor', ...checks.flatMap((check) => check.needs)])
  // Pages name the scripts.
  if (needed.has('scripts')) needed.add('pages')
  // What a signed-in person gets of the pages comes with the handshake.
  if (needed.has('pages') || needed.has('inputs')) needed.add('handshake')
  return ALL.filter((name) => needed.has(name))
}

/** By what the ids of findings are counted: the key, else the address. */
const keyOf = (description: Pick<AppDescription, 'key' | 'base_urls' | 'digest'>): string =>
  description.key ?? description.base_urls[0] ?? description.digest

const ALL = [
  'descriptor',
  'tls',
  'names',
  'front',
  'pages',
  'hooks',
  'handshake',
  'plain_http',
  'origins',
  'inputs',
  'scripts',
  'left_lying',
  'security_txt',
] as const satisfies readonly (keyof Artifacts)[]
const PASSIVE: readonly (keyof Artifacts)[] = ['descriptor', 'tls', 'names', 'front']
const NO_CONSENT = { kind: 'unseen', reason: 'no_consent', blind: 'theirs', detail: 'control of the domain has not been proven' } as const
const NO_HANDSHAKE = {
  kind: 'unseen',
  reason: 'no_handshake',
  blind: 'ours',
  detail: 'the app does not look up its host’s keys with us, so no valid call could be signed',
} as const
const NOT_ASKED = { kind: 'unseen', reason: 'not_asked', blind: 'ours', detail: 'this was not asked for' } as const

/** What is kept of an artifact: each exchange, host or silence on its own; of the descriptor its hash, since the directory keeps what was read. */
function piecesOf(name: keyof Artifacts, observed: Observed<unknown>): readonly Json[] {
  if (observed.kind === 'unseen') return []
  if (name === 'descriptor') return [{ descriptor: (observed.value as Artifacts['descriptor']).description.digest }]
  const value = JSON.parse(JSON.stringify(observed.value)) as JsonObject
  if (name === 'handshake') return piecesOfHandshake(observed.value as Handshake)
  const lists = Object.values(value)
  return lists.every(Array.isArray) ? (lists.flat() as readonly Json[]) : [value]
}

const piecesOfHandshake = ({ applies, control, probes, authorised, after, left_behind }: Handshake): readonly Json[] =>
  (applies ? [{ control }, ...probes, ...authorised, { after, left_behind }] : []).map((piece) => JSON.parse(JSON.stringify(piece)) as Json)

/** Rules about what pages send are about what a signed-in person gets; the host's own calls bring that. */
const withAuthorised = (pages: Observed<Artifacts['pages']>, handshake: Observed<Handshake>): Observed<Artifacts['pages']> =>
  pages.kind === 'seen' && handshake.kind === 'seen'
    ? { kind: 'seen', value: { ...pages.value, authorised: handshake.value.authorised } }
    : pages

/** So do rules about what a page does with what comes in its address. */
const withTenants = (inputs: Observed<Artifacts['inputs']>, handshake: Observed<Handshake>): Observed<Artifacts['inputs']> =>
  inputs.kind === 'seen' && handshake.kind === 'seen'
    ? { kind: 'seen', value: { ...inputs.value, probes: [...inputs.value.probes, ...handshake.value.inputs] } }
    : inputs
