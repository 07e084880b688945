import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Digest, RecordedEvent, Sha256, StreamId } from '../src/kernel/event.ts'
import type { Log } from '../src/kernel/log.ts'
import { Refused } from '../src/kernel/refused.ts'
import { sha256 } from '../src/platform/crypto.ts'
import { chain } from '../src/platform/sql/event-log.ts'

/** A log with what a run asks beside it. */
export type RunLog = Log & {
  readonly size: () => number
  /** How many events a stream holds. */
  readonly versionOf: (stream: StreamId) => number
  /** Every event in order, each as it was written, one at a time. */
  readonly all: () => Iterable<RecordedEvent>
}

/** An event and the text that was hashed for it. */
type Loose = { readonly event: RecordedEvent; readonly text: string }

/** Events written down together: their texts one after the other, where each ends, and their hashes as bytes. */
type Block = { readonly bytes: Uint8Array; readonly ends: Uint32Array; readonly hashes: Buffer }

/** How many events are packed together, stay as they are, and are kept of streams that were unpacked. */
type Sizes = { readonly block: number; readonly loose: number; readonly kept: number }

/**
 * A block is small enough that one event out of it is read quickly, and large enough that little but its hashes takes room. Loose is a
 * day of a thousand apps and more, so that what is read on its own day is not unpacked.
 */
const SIZES: Sizes = { block: 128, loose: 8_192, kept: 20_000 }

/**
 * The log of a run that may be long: as the one in memory, but of whatever is some days back it keeps only the text that was
 * hashed, packed: what is read comes out of those bytes, as it would from a database.
 */
export function packedLog(marketplace: string, { block, loose: most_loose, kept: most_kept } = SIZES): RunLog {
  const blocks: Block[] = []
  let loose: Loose[] = []
  const streams = new Map<StreamId, number[]>()
  const kept = new Map<StreamId, RecordedEvent[]>()
  let kept_events = 0
  let open: { readonly place: number; readonly texts: Buffer } | null = null

  let texts: string[] = []
  const keeping: Sha256 = (text) => {
    texts.push(text)
    return sha256(text)
  }

  const size = (): number => blocks.length * block + loose.length

  function at(seq: number): RecordedEvent {
    const place = Math.floor((seq - 1) / block)
    if (place >= blocks.length) return there(loose[seq - 1 - blocks.length * block]).event
    const packed_here = there(blocks[place])
    if (open?.place !== place)
      open = { place, texts: zstdDecompressSync(packed_here.bytes, { chunkSize: Math.max(64, packed_here.ends.at(-1) ?? 0) }) }
    return written(packed_here, open.texts, (seq - 1) % block)
  }

  /** A stream that has to be unpacked is kept, since badges and what was published are read at every turn. */
  function streamFrom(id: StreamId, after_version: number): readonly RecordedEvent[] {
    const seqs = streams.get(id)
    if (seqs === undefined || seqs.length <= after_version) return []
    const known = kept.get(id)
    if (known !== undefined) return known.slice(after_version)
    if (there(seqs[after_version]) > blocks.length * block) return seqs.slice(after_version).map(at)
    const events = seqs.map(at)
    if (kept_events + events.length > most_kept) {
      kept.clear()
      kept_events = 0
    }
    kept.set(id, events)
    kept_events += events.length
    return events.slice(after_version)
  }

  return {
    size,
    versionOf: (stream) => streams.get(stream)?.length ?? 0,
    *all() {
      for (let seq = 1; seq <= size(); seq++) yield at(seq)
    },
    async append(wanted, because, expect) {
      if (expect !== undefined && (streams.get(expect.stream)?.length ?? 0) !== expect.version) {
        throw new Refused('log.conflict', `${expect.stream} has moved on since it was read; read it again and decide anew`, expect.stream)
      }
      const versions = new Map(wanted.map((event) => [event.stream, streams.get(event.stream)?.length ?? 0]))
      texts = []
      const recorded = chain(marketplace, wanted, because, loose.at(-1)?.event ?? null, versions, keeping)
      for (const [place, event] of recorded.entries()) {
        loose.push({ event, text: there(texts[place]) })
        const stream = streams.get(event.stream)
        if (stream === undefined) streams.set(event.stream, [event.seq])
        else stream.push(event.seq)
        const known = kept.get(event.stream)
        if (known === undefined) continue
        known.push(event)
        kept_events += 1
      }
      while (loose.length >= most_loose + block) {
        blocks.push(packed(loose.slice(0, block)))
        loose = loose.slice(block)
      }
      return recorded
    },
    stream: async (id, after_version = 0) => streamFrom(id, after_version),
    async after(seq, limit) {
      const events: RecordedEvent[] = []
      for (let next = seq + 1; next <= size() && events.length < limit; next++) events.push(at(next))
      return events
    },
    async byHash(hash) {
      const among = loose.find(({ event }) => event.hash === hash)
      if (among !== undefined) return among.event
      const bytes = bytesOf(hash)
      for (let place = blocks.length - 1; place >= 0; place--) {
        const found = placeIn(there(blocks[place]).hashes, bytes)
        if (found !== null) return at(place * block + found + 1)
      }
      return null
    },
    head: async () => loose.at(-1)?.event ?? null,
  }
}

function packed(loose: readonly Loose[]): Block {
  const texts = loose.map(({ text }) => inAscii(text))
  let end = 0
  return {
    bytes: zstdCompressSync(Buffer.from(texts.join(''), 'latin1'), { params: { [constants.ZSTD_c_compressionLevel]: 1 } }),
    ends: Uint32Array.from(texts, (text) => (end += text.length)),
    hashes: Buffer.concat(loose.map(({ event }) => bytesOf(event.hash))),
  }
}

/** One event out of its block. */
function written({ ends, hashes }: Block, texts: Buffer, place: number): RecordedEvent {
  const text = texts.toString('latin1', place === 0 ? 0 : ends[place - 1], ends[place])
  const hash = `sha256:${hashes.toString('hex', place * HASH_BYTES, (place + 1) * HASH_BYTES)}` as const
  // The guarantee of the cast: it is the text of a recorded event, which lacks nothing but the hash of this text.
  return { ...(JSON.parse(text) as Omit<RecordedEvent, 'hash'>), hash }
}

/** The same JSON with a byte for each character, so that one event can be cut out of many by numbers. */
const inAscii = (text: string): string =>
  BEYOND_ASCII.test(text) ? text.replaceAll(EACH_BEYOND, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`) : text

const BEYOND_ASCII = /[\u0080-\uffff]/
const EACH_BEYOND = /[\u0080-\uffff]/g

const HASH_BYTES = 32

const bytesOf = (hash: Digest): Buffer => Buffer.from(hash.slice('sha256:'.length), 'hex')

/** Where a hash stands in a row of them; bytes that only look like it lie across two. */
function placeIn(hashes: Buffer, hash: Buffer): number | null {
  if (hash.length === 0) return null
  for (let from = hashes.indexOf(hash); from !== -1; from = hashes.indexOf(hash, from + 1)) {
    if (from % hash.length === 0) return from / hash.length
  }
  return null
}

/** What is counted here is there. */
function there<T>(found: T | undefined): T {
  if (found === undefined) throw new Error('the log of a run has lost an event')
  return found
}
