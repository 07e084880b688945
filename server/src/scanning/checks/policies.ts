import type { Exchange } from '../check.ts'
import { headers } from './answers.ts'

/** One policy: the words of each directive, the first of a name counts (CSP level 3, section 2.2.1). */
export type ContentPolicy = ReadonlyMap<string, readonly string[]>

/** Policies that a document sets by its header; a header may carry several, and all of them hold. */
export const policiesOf = (exchange: Pick<Exchange, 'headers'>): readonly ContentPolicy[] =>
  headers(exchange, 'content-security-policy').flatMap((value) =>
    value
      .split(',')
      .map(parsed)
      .filter((policy) => policy.size > 0),
  )

/** Those of its tags too, which may not limit framing (CSP level 3, section 3.3). */
export const policiesWithTags = (exchange: Pick<Exchange, 'headers' | 'body'>): readonly ContentPolicy[] => [
  ...policiesOf(exchange),
  ...(exchange.body.match(META) ?? []).flatMap((tag) => {
    const content = /\bcontent\s{0,4}=\s{0,4}(?:"([^"]{0,2000})"|'([^']{0,2000})')/i.exec(tag)
    const policy = parsed(content?.[1] ?? content?.[2] ?? '')
    return policy.size > 0 ? [policy] : []
  }),
]

const META = /<meta\b[^>]{0,300}\bhttp-equiv\s{0,4}=\s{0,4}["']?content-security-policy\b[^>]{0,2100}>/gi

function parsed(written: string): ContentPolicy {
  const policy = new Map<string, readonly string[]>()
  for (const directive of written.split(';')) {
    const [name, ...words] = directive.trim().split(/\s+/)
    const key = (name ?? '').toLowerCase()
    if (key !== '' && !policy.has(key)) policy.set(key, words)
  }
  return policy
}
