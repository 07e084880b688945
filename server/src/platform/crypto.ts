import { createHash, createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Digest, Sha256 } from '../kernel/event.ts'

/** SHA-256 of text (UTF-8) in the form that the kernel names things by. */
export const sha256: Sha256 = (text) => `sha256:${hash('sha256', text)}`

/** SHA-256 of bytes. */
export const sha256Bytes = (bytes: Uint8Array): Digest => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** A secret of 256 bits that fits into addresses and headers. */
export const secret = (): string => randomBytes(32).toString('base64url')

/** HMAC-SHA-256 of a text in hexadecimal: without the key nobody can try what the text was. */
export const keyed = (key: string, text: string): string => createHmac('sha256', key).update(text).digest('hex')

/** Equal or not, in a time that tells nothing about where they differ. */
export function same(a: string, b: string): boolean {
  const left = createHash('sha256').update(a).digest()
  const right = createHash('sha256').update(b).digest()
  return timingSafeEqual(left, right)
}

/** SHA-1 in hexadecimal, for lists that name files by it. Proves nothing. */
export const sha1Hex = (text: string): string => createHash('sha1').update(text).digest('hex')
