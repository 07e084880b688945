/**
 * Prefixed ids: `app_01jd…`. The random part is passed in, the time part makes them sort by age.
 * Shape: prefix, underscore, 10 characters of time (Crockford base 32, milliseconds), 16 of chance.
 */
export function idFrom(prefix: string, milliseconds: number, chance: Uint8Array): string {
  if (chance.length < 10) throw new Error('an id needs ten bytes of chance')
  let time = ''
  let rest = milliseconds
  for (let place = 0; place < 10; place++) {
    time = ALPHABET.charAt(rest % 32) + time
    rest = Math.floor(rest / 32)
  }
  let tail = ''
  let bits = 0
  let held = 0
  for (const byte of chance.subarray(0, 10)) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      tail += ALPHABET.charAt((held >>> bits) & 31)
    }
  }
  return `${prefix}_${time}${tail}`
}

/** Crockford's base 32, lower case: no i, l, o or u. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
