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
  if (isList(value)) {
    let items = ''
    for (const item of value) items += items === '' ? canonical(item) : `,${canonical(item)}`
    return `[${items}]`
  }
  let members = ''
  for (const key of inOrder(Object.keys(value))) {
    const member = value[key]
    if (member === undefined) continue
    if (members !== '') members += ','
    members += `${quoted(key)}:${canonical(member)}`
  }
  return `{${members}}`
}

/** By code unit, which is how strings compare and how Array.prototype.sort sorts them (RFC 8785, section 3.2.3). What came out of here once is in order. */
function inOrder(keys: string[]): readonly string[] {
  for (let place = 1; place < keys.length; place++) if ((keys[place - 1] ?? '') > (keys[place] ?? '')) return keys.sort()
  return keys
}

function quoted(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`
  // RFC 8785, section 3.2.2.2: a lone surrogate is an error, since it has no UTF-8 form.
  if (!text.isWellFormed()) throw new TypeError('RFC 8785 has no form for a lone surrogate')
  return JSON.stringify(text)
}

/** ASCII without controls, quote and backslash: printed as it is. Most of what is hashed is ids, codes and digests. */
const PLAIN = /^[ !#-[\]-~]*$/

/** Array.isArray does not narrow readonly arrays; this does. */
const isList = (value: Json): value is readonly Json[] => Array.isArray(value)
