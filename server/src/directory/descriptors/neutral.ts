import { z } from 'zod'
import { Refused } from '../../kernel/refused.ts'
import type { Endpoint, EndpointKind } from '../description.ts'
import type { Described, Members } from './read.ts'
import { resolved } from './template.ts'

const KINDS = [
  'page',
  'admin-page',
  'api',
  'static',
  'condition',
  'install',
  'uninstall',
  'enable',
  'disable',
  'webhook',
  'web-trigger',
  'remote',
] as const satisfies readonly EndpointKind[]

/** Castellan's own descriptor, for apps of any marketplace: `castellan: 1` and the facts that checks need. */
export const NeutralDescriptor = z.strictObject({
  castellan: z.literal(1),
  key: z.string().min(1).max(200),
  name: z.string().min(1).max(500),
  partner: z.string().max(500).optional(),
  hosting: z.enum(['remote', 'platform', 'mixed', 'static']),
  base_urls: z.array(z.url({ protocol: /^https?$/ })).max(20),
  authentication: z.enum(['jwt', 'none', 'platform', 'unknown']).default('unknown'),
  scopes: z.array(z.string().max(200)).max(500).default([]),
  egress: z
    .array(z.strictObject({ kind: z.string(), address: z.string(), analytics: z.boolean().default(false) }))
    .max(500)
    .default([]),
  endpoints: z
    .array(z.strictObject({ kind: z.enum(KINDS), path: z.string().min(1).max(2_000), cacheable: z.boolean().default(false) }))
    .max(2_000)
    .default([]),
  runtime: z.string().max(100).optional(),
})

/** Reads a neutral descriptor; every mistake is named with its place. */
export function describeNeutral(value: Members): Described {
  const read = NeutralDescriptor.safeParse(value)
  if (!read.success) {
    const first = read.error.issues[0]
    const told = read.error.issues.map((issue) => `${issue.message} at /${issue.path.join('/')}`).join('; ')
    throw new Refused(
      'descriptor.neutral',
      `this neutral descriptor has mistakes: ${told}`,
      first === undefined ? '/' : `/${first.path.join('/')}`,
    )
  }
  const { data } = read
  const base = data.base_urls[0] ?? null
  return {
    platform: 'neutral',
    hosting: data.hosting,
    key: data.key,
    name: data.name,
    partner: data.partner ?? null,
    base_urls: data.base_urls,
    scopes: data.scopes,
    egress: data.egress.map((entry, place) => ({ ...entry, at: `/egress/${place}` })),
    endpoints: data.endpoints.map((entry, place): Endpoint => ({
      kind: entry.kind,
      written: entry.path,
      url: resolved(entry.path, base),
      at: `/endpoints/${place}`,
      module: null,
      cacheable: entry.cacheable,
    })),
    authentication: data.authentication,
    runtime: data.runtime ?? null,
    remarks: [],
  }
}
