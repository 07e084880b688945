import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { randomBytes } from 'node:crypto'
import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { readDescriptor, withBaseUrls } from '../../server/src/directory/descriptors/read.ts'
import type { AppDescription } from '../../server/src/directory/description.ts'
import { proveDomain } from '../../server/src/directory/domain-proof.ts'
import { Refused } from '../../server/src/kernel/refused.ts'
import { systemClock } from '../../server/src/platform/clock.ts'
import { sha256Bytes } from '../../server/src/platform/crypto.ts'
import type { StrangerClient } from '../../server/src/platform/net/client.ts'
import { strangerClient } from '../../server/src/platform/net/stranger.ts'
import { GENTLE, polite } from '../../server/src/scanning/collectors/polite.ts'
import { startHost, type Host } from '../../server/src/scanning/host/host.ts'
import type { LibraryIndex } from '../../server/src/scanning/libraries.ts'
import type { Registrations } from '../../server/src/scanning/registrations.ts'
import { scan, type ScanResult } from '../../server/src/scanning/scan.ts'
import { VERSION } from '../../server/src/version.ts'

/** What a person asked to have checked. */
export type Asked = {
  /** Address or file of the descriptor; `-` reads it from the input. */
  readonly descriptor: string
  readonly base_urls: readonly string[]
  /** Literal `IP:port` that may be asked although they are not public; they count as the person's own. */
  readonly allow_targets: readonly string[]
  /** The token that shows control of the app's domain. */
  readonly proof: string | null
  /** Certificates of an authority beside the usual ones, PEM. */
  readonly extra_ca: string | null
  /** `IP:port` at which the test deployment looks up its host's keys, and what its tenants' host is called. */
  readonly host: { readonly listen: string; readonly url: string } | null
  /** What is known against JavaScript libraries; null: scripts are not held against it. */
  readonly library_advisories: LibraryIndex | null
  /** Until when domains are registered; null: not known. */
  readonly registrations: Registrations | null
  readonly signal: AbortSignal
  readonly progress: (says: string) => void
}

const LARGEST_DESCRIPTOR_BYTES = 2 * 1024 * 1024

/** Reads the descriptor, sees what may be asked, and scans: as the server would, and with its client. */
export async function lookAtApp(asked: Asked): Promise<{ readonly description: AppDescription; readonly result: ScanResult }> {
  const client = strangerClient({
    user_agent: `Castellan-scan/${VERSION}`,
    now: systemClock.now,
    allow_targets: asked.allow_targets,
    ...(asked.extra_ca === null ? {} : { extra_ca: asked.extra_ca }),
  })
  asked.progress(`reading ${asked.descriptor}`)
  const { bytes, url } = await bring(asked.descriptor, client)
  const read = readDescriptor(bytes, sha256Bytes)
  const description = asked.base_urls.length === 0 ? read.description : withBaseUrls(read.description, asked.base_urls)
  const proven_domains = await provenDomains(description, asked, client)
  asked.progress(
    proven_domains.length === 0
      ? 'looking at what is public; control of the domain is not proven'
      : `looking at ${description.endpoints.length} addresses`,
  )
  const targets_only = description.base_urls.length > 0 && description.base_urls.every((base) => isTarget(base, asked.allow_targets))
  const host = asked.host === null ? null : await hostAt(asked.host)
  try {
    const result = await scan({
      description,
      source: { url, text: read.text },
      proven_domains,
      test_hosts: asked.allow_targets,
      host,
      library_advisories: asked.library_advisories,
      registrations: asked.registrations,
      client: polite(client, targets_only ? UNHURRIED : GENTLE, { now: systemClock.now, elapsed_ms: () => performance.now(), wait }),
      now: systemClock.now,
      chance: (length) => randomBytes(length),
      wait,
      signal: asked.signal,
      second_look_after_ms: targets_only ? 200 : 2_000,
    })
    return { description, result }
  } finally {
    await host?.close()
  }
}

/** The scanner as the host product of a test deployment, so that valid calls can be made. */
async function hostAt({ listen, url }: { readonly listen: string; readonly url: string }): Promise<Host> {
  const read = /^(.+):(\d{1,5})$/.exec(listen)
  const address = (read?.[1] ?? '').replace(/^\[|\]$/g, '')
  if (isIP(address) === 0) throw new Refused('check.bad_host', `"${listen}" is not an address and port like 127.0.0.1:3200.`, '--host-keys')
  try {
    return await startHost({ listen: { address, port: Number(read?.[2]) }, tenant_base_url: url, tls: null })
  } catch (error) {
    throw new Refused(
      'check.bad_host',
      `${listen} cannot be listened on: ${error instanceof Error ? error.message : String(error)}.`,
      '--host-keys',
    )
  }
}

/** One's own test target needs no protection from its owner. */
const UNHURRIED = { connections: 6, per_second: 1_000 }

const wait = async (milliseconds: number): Promise<void> => {
  await sleep(milliseconds)
}

async function bring(from: string, client: StrangerClient): Promise<{ readonly bytes: Uint8Array; readonly url: string | null }> {
  if (!/^https?:\/\//i.test(from)) return { bytes: fromFile(from), url: null }
  const { port } = new URL(from)
  const answer = await client.fetch({
    url: from,
    ports: port === '' ? [] : [Number(port)],
    limits: { body_bytes: LARGEST_DESCRIPTOR_BYTES, inflated_bytes: LARGEST_DESCRIPTOR_BYTES, redirects: 3 },
  })
  if (answer.kind === 'no-answer') {
    const hint = answer.reason === 'forbidden_address' ? ' To check a test deployment on this machine, add --allow-target IP:port.' : ''
    throw new Refused('check.not_fetched', `The descriptor could not be fetched: ${answer.detail}.${hint}`, from)
  }
  if (answer.status !== 200)
    throw new Refused('check.not_fetched', `The descriptor could not be fetched: ${answer.url} answers ${answer.status}.`, from)
  return { bytes: answer.body, url: answer.url }
}

function fromFile(path: string): Uint8Array {
  try {
    const bytes = path === '-' ? readFileSync(0) : readFileSync(resolve(path))
    if (bytes.length <= LARGEST_DESCRIPTOR_BYTES) return bytes
    throw new Refused('check.too_large', `The descriptor has ${bytes.length} bytes; at most ${LARGEST_DESCRIPTOR_BYTES} are read.`, path)
  } catch (error) {
    if (error instanceof Refused) throw error
    throw new Refused(
      'check.no_such_file',
      `The descriptor cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      path,
    )
  }
}

/** Test targets are the person's own; other domains count when they show the token. Without either only what is public is looked at. */
async function provenDomains(description: AppDescription, asked: Asked, client: StrangerClient): Promise<readonly string[]> {
  const proven = new Set<string>()
  for (const base of description.base_urls) {
    if (isTarget(base, asked.allow_targets)) proven.add(new URL(base).hostname.replace(/^\[|\]$/g, ''))
    else if (asked.proof !== null && URL.canParse(base)) {
      asked.progress(`looking for the token on ${new URL(base).host}`)
      const proof = await proveDomain({
        base_url: base,
        token: asked.proof,
        client,
        resolveTxt: (name) => new Resolver({ timeout: 3_000, tries: 1 }).resolveTxt(name),
      })
      if (!proof.proven) throw new Refused('check.not_proven', proof.says, base)
      proven.add(proof.domain)
    }
  }
  return [...proven]
}

function isTarget(base: string, targets: readonly string[]): boolean {
  if (!URL.canParse(base)) return false
  const url = new URL(base)
  const port = url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : url.port
  return targets.includes(`${url.hostname}:${port}`)
}
