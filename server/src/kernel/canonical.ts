import type { Json } from './json.ts'

/**
 * Canonical JSON by RFC 8785 (JCS): keys sorted by UTF-16 code units, numbers and strings as ECMAScript prints them.
 * Everything that Castellan hashes goes through here, so that equal facts have equal names.
 */
export function canonical(value: Json): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`RFC 8785 has no form for ${value}`)
    return JSON.stringify(value)
  }
  if (typeof value === 'string') return quoted(value)
  if (isList(value)) return `[${value.map(canonical).join(',')}]`
  const members: string[] = []
  // Sorting by code unit is what Array.prototype.sort does for strings (RFC 8785, section 3.2.3).
  for (const key of Object.keys(value).sort()) {
    const member = value[key]
    if (member !== undefined) members.push(`${quoted(key)}:${canonical(member)}`)
  }
  return `{${members.join(',')}}`
}

function quoted(text: string): string {
  // RFC 8785, section 3.2.2.2: a lone surrogate is an error, since it has no UTF-8 form.
  if (!text.isWellFormed()) throw new TypeError('RFC 8785 has no form for a lone surrogate')
  return JSON.stringify(text)
}

/** Array.isArray does not narrow readonly arrays; this does. */
const isList = (value: Json): value is readonly Json[] => Array.isArray(value)
