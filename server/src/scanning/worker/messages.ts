import { z } from 'zod'
import { canonical } from '../../kernel/canonical.ts'
import { sha256 } from '../../platform/crypto.ts'
import { CHECKS } from '../checks/index.ts'
import type { HostSettings } from '../host/host.ts'
import type { Snapshot } from '../../platform/config.ts'
import type { ScanResult } from '../scan.ts'

/**
 * What server and scan worker say to each other. The worker reads what strangers wrote, so it is not believed: every message
 * from it is checked for shape, size and sense before anything is stored.
 */

const Digest = z.templateLiteral(['sha256:', z.string().regex(/^[0-9a-f]{64}$/)])
const Moment = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const Short = z.string().max(500)
const Scalar = z.union([z.string().max(4_000), z.number(), z.boolean(), z.null()])
const Blind = z.enum(['ours', 'theirs'])
const Sentence = z.strictObject({ code: Short, params: z.record(Short, Scalar) })
const Outcome = z.enum(['pass', 'fail', 'review', 'inconclusive', 'not_applicable'])

const Finding = z.strictObject({
  id: Digest,
  outcome: Outcome,
  reason: Short.optional(),
  blind: Blind.optional(),
  says: Sentence,
  where: z.string().max(4_000),
  defect: Short,
  vector: Short.optional(),
  proof: z.record(Short, Scalar),
  cvss: z.strictObject({ vector: Short, score: z.number().min(0).max(10) }).nullable(),
})

/** More findings of one check than any real app gives; the rest would be noise. */
const MOST_FINDINGS = 5_000
const MOST_EVIDENCE = 5_000
const LARGEST_PIECE = 400_000

const Result = z.strictObject({
  app_key: z.string().max(4_000),
  descriptor: Digest,
  consent: z.boolean(),
  started_at: Moment,
  finished_at: Moment,
  checks: z
    .array(
      z.strictObject({
        check: Short,
        outcome: Outcome,
        reason: Short.nullable(),
        blind: Blind.nullable(),
        says: Sentence,
        findings: z.array(Finding).max(MOST_FINDINGS),
        evidence: z.array(Digest).max(MOST_EVIDENCE),
      }),
    )
    .max(500),
  evidence: z
    .array(
      z.strictObject({
        id: Digest,
        artifact: z.enum([
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
        ]),
        body: z.json(),
      }),
    )
    .max(MOST_EVIDENCE),
})

/** How the worker's client is made; sent once. */
export type Setup = {
  readonly kind: 'setup'
  readonly user_agent: string
  readonly allow_targets: readonly string[]
  readonly extra_ca: string | null
  readonly politeness: { readonly connections: number; readonly per_second: number }
  /** Where the worker listens as the host product, for apps that look up their host's keys there; null where none does. */
  readonly host: HostSettings | null
  /** The operator's copy of what is known against libraries, as text, and of when it is. */
  readonly library_advisories: Snapshot | null
  /** The operator's list of when domains run out, as text. */
  readonly registrations: Snapshot | null
}

/** An app to look at. The worker reads the descriptor itself: parsing a stranger's text is part of the danger. */
export type ScanOrder = {
  /** The descriptor's text as it is kept, and the hash of the bytes that it was read from. */
  readonly text: string
  readonly digest: `sha256:${string}`
  readonly source_url: string | null
  /** What the directory says, which may be more than the descriptor does. */
  readonly base_urls: readonly string[]
  readonly proven_domains: readonly string[]
  /** What time it is for us; the worker counts on from there. */
  readonly now: string
  readonly limit_ms: number
  readonly second_look_after_ms: number
  /** The one check that is asked; null for all. */
  readonly only: string | null
}

export type ToWorker =
  | Setup
  | { readonly kind: 'scan'; readonly number: number; readonly order: ScanOrder }
  | { readonly kind: 'stop'; readonly number: number }

const FromWorker = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ready') }),
  z.strictObject({ kind: z.literal('scanned'), number: z.int().nonnegative(), result: Result }),
  z.strictObject({ kind: z.literal('failed'), number: z.int().nonnegative(), told: z.string().max(2_000) }),
])

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'scanned'; readonly number: number; readonly result: ScanResult }
  | { readonly kind: 'failed'; readonly number: number; readonly told: string }

const KNOWN = new Set(CHECKS.map((check) => check.id))

/** A message of the worker, or what is wrong with it. */
export function readFromWorker(message: unknown): FromWorker | { readonly kind: 'nonsense'; readonly told: string } {
  const read = FromWorker.safeParse(message)
  if (!read.success) {
    const [first] = read.error.issues
    return { kind: 'nonsense', told: `${first?.message ?? 'no message'} at ${first?.path.join('.') ?? ''}`.slice(0, 500) }
  }
  if (read.data.kind === 'scanned') {
    const wrong = senseless(read.data.result)
    if (wrong !== null) return { kind: 'nonsense', told: wrong }
  }
  // The shape was just checked; only the brands of instants are beyond a schema.
  return read.data as FromWorker
}

/** What a sound worker never says: unknown or repeated checks, a piece whose name is not its content, evidence that is not there. */
function senseless(result: z.infer<typeof Result>): string | null {
  const checks = result.checks.map(({ check }) => check)
  const unknown = checks.find((check) => !KNOWN.has(check))
  if (unknown !== undefined) return `there is no check "${unknown}"`
  if (new Set(checks).size !== checks.length) return 'a check is answered twice'
  const pieces = new Set<string>()
  for (const { id, body } of result.evidence) {
    const text = canonical(body)
    if (text.length > LARGEST_PIECE) return `a piece of evidence has ${text.length} characters`
    if (sha256(text) !== id) return `evidence ${id} is named by something else`
    pieces.add(id)
  }
  const missing = result.checks.flatMap(({ evidence }) => evidence).find((id) => !pieces.has(id))
  return missing === undefined ? null : `evidence ${missing} is named and not there`
}
