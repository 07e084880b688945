import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib'
import type { NoAnswerReason } from './client.ts'
import { codeOf } from './guard.ts'

/** A body after its one layer of compression, or why it was left alone. */
export type Inflated =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'spoiled'; readonly reason: NoAnswerReason; readonly detail: string }

/** Text shrinks ten times, rarely thirty; a hundred times is a bomb, unless it is small anyway. */
const MOST_RATIO = 100
const SMALL_BYTES = 1024 * 1024

const unpack = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  br: promisify(brotliDecompress),
  deflate: (raw: Buffer, limits: { maxOutputLength: number }) =>
    // Some servers send raw deflate under this name; a zlib header says 8 in its low half byte.
    ((raw[0] ?? 0) & 0x0f) === 8 ? promisify(inflate)(raw, limits) : promisify(inflateRaw)(raw, limits),
} as const

/** Undoes gzip, deflate or brotli, once, and never makes more bytes than allowed. */
export async function inflated(raw: Buffer, headers: readonly (readonly [string, string])[], most: number): Promise<Inflated> {
  const layers = headers
    .filter(([name]) => name.toLowerCase() === 'content-encoding')
    .flatMap(([, value]) => value.toLowerCase().split(','))
    .map((layer) => layer.trim())
    .filter((layer) => layer !== '' && layer !== 'identity')
  const layer = layers[0]
  if (layer === undefined || raw.length === 0) {
    return raw.length > most ? spoiled('inflated_too_large', `more than ${most} bytes`) : { kind: 'bytes', bytes: raw }
  }
  if (layers.length > 1) return spoiled('bad_encoding', `${layers.length} layers of compression; one is undone`)
  if (!(layer in unpack)) return spoiled('bad_encoding', `compressed with "${layer.slice(0, 40)}", which was not asked for`)
  const maxOutputLength = Math.min(most, Math.max(SMALL_BYTES, raw.length * MOST_RATIO))
  try {
    return { kind: 'bytes', bytes: await unpack[layer as keyof typeof unpack](raw, { maxOutputLength }) }
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') return spoiled('inflated_too_large', `grows beyond ${maxOutputLength} bytes`)
    return spoiled('bad_encoding', `the compressed body is damaged: ${codeOf(error)}`)
  }
}

const spoiled = (reason: NoAnswerReason, detail: string): Inflated => ({ kind: 'spoiled', reason, detail })
