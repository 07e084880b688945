import type { Sha256 } from '../../kernel/event.ts'
import { Refused } from '../../kernel/refused.ts'
import type { AppDescription } from '../description.ts'
import { describeConnect } from './connect.ts'
import { describeForge } from './forge.ts'
import { describeNeutral } from './neutral.ts'
import { resolved } from './template.ts'
import { readText, type ReadText } from './text.ts'

/** An object as a stranger wrote it. */
export type Members = { readonly [key: string]: unknown }

/** A description without the hash of what was read. */
export type Described = Omit<AppDescription, 'digest'>

/** More endpoints than any real app has; beyond that a descriptor is an attack on whoever scans it. */
const MOST_ENDPOINTS = 2_000

/**
 * Reads the descriptor of an app: Connect JSON, Forge manifest, or Castellan's neutral one. Tidies what real ones get wrong
 * and says so; refuses what is not a descriptor with the place and the mend. The hash covers the bytes as they came.
 */
export function readDescriptor(
  bytes: Uint8Array,
  sha256: (bytes: Uint8Array) => ReturnType<Sha256>,
): { readonly description: AppDescription; readonly text: string } {
  const read = readText(bytes)
  const described = describe(read)
  if (described.endpoints.length > MOST_ENDPOINTS) {
    throw new Refused(
      'descriptor.too_many_endpoints',
      `this descriptor names ${described.endpoints.length} addresses; at most ${MOST_ENDPOINTS} are looked at`,
    )
  }
  return { description: { ...described, remarks: [...read.remarks, ...described.remarks], digest: sha256(bytes) }, text: read.text }
}

function describe(read: ReadText): Described {
  const { value } = read
  if ('castellan' in value) return describeNeutral(value)
  const looksForge =
    isObject(value['app']) && (isObject(value['modules']) || isObject(value['permissions']) || isObject(value['connectModules']))
  if (looksForge) return describeForge(value)
  const looksConnect = 'baseUrl' in value || isObject(value['authentication']) || isObject(value['lifecycle'])
  if (looksConnect && (isObject(value['modules']) || typeof value['key'] === 'string')) return describeConnect(value)
  throw new Refused(
    'descriptor.not_recognised',
    `this is ${read.format.toUpperCase()} but no descriptor: a Connect descriptor has "key", "baseUrl" and "modules"; a Forge manifest has "app" and "modules"; ` +
      `Castellan's neutral descriptor starts with "castellan: 1". Found: ${Object.keys(value).slice(0, 8).join(', ') || 'nothing'}.`,
    '/',
  )
}

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The description with base URLs that a person gave, for descriptors that have none or a build-time template. Addresses
 * that could not be built before are built now; absolute ones stay.
 */
export function withBaseUrls(description: AppDescription, base_urls: readonly string[]): AppDescription {
  const base = base_urls[0] ?? null
  return {
    ...description,
    base_urls,
    endpoints: description.endpoints.map((endpoint) =>
      endpoint.url === null && endpoint.kind !== 'web-trigger' ? { ...endpoint, url: resolved(endpoint.written, base) } : endpoint,
    ),
  }
}
