import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { canonical } from './canonical.ts'
import { brokenAt, hashOf, sliceOf, type Digest, type RecordedEvent, type Sha256 } from './event.ts'
import type { JsonObject } from './json.ts'
import { after, parseInstant } from './time.ts'

const sha256: Sha256 = (text) => `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`
const START = parseInstant('2026-11-23T09:00:00Z')

function chainOf(length: number, notes: readonly string[] = []): RecordedEvent[] {
  const events: RecordedEvent[] = []
  for (let seq = 1; seq <= length; seq++) {
    const body: Omit<RecordedEvent, 'hash'> = {
      marketplace: 'm',
      seq,
      stream: `app/${seq % 3}`,
      subject: seq % 2 === 0 ? null : `app_${seq % 3}`,
      version: Math.ceil(seq / 3),
      type: 'test.happened',
      at: after(START, seq),
      by: { kind: 'machine', name: 'test' },
      cause: events[0]?.hash ?? null,
      previous: events.at(-1)?.hash ?? null,
      payload: { note: notes[seq - 1] ?? '', number: seq, nested: { list: [1, 2, 3] } },
    }
    events.push({ ...body, hash: hashOf(body, sha256) })
  }
  return events
}

it('a chain as it was written is whole, also from the middle on', () => {
  const chain = chainOf(9)
  expect(brokenAt(chain, sha256)).toBeNull()
  expect(brokenAt([], sha256)).toBeNull()
  expect(brokenAt(chain.slice(4), sha256, chain[3]?.hash)).toBeNull()
})

it('a hash covers every part of the event: each part changed makes another', () => {
  const [event] = chainOf(1)
  if (event === undefined) throw new Error('no event')
  const other: { readonly [part in keyof Omit<RecordedEvent, 'hash'>]: RecordedEvent[part] } = {
    marketplace: 'n',
    seq: 2,
    stream: 'app/9',
    subject: null,
    version: 2,
    type: 'test.happening',
    at: after(event.at, 1),
    by: { kind: 'person', id: 'test' },
    cause: event.hash,
    previous: event.hash,
    payload: {},
  }
  for (const part of Object.keys(other) as (keyof typeof other)[]) {
    expect(hashOf({ ...event, [part]: other[part] }, sha256), part).not.toBe(event.hash)
  }
  expect(hashOf({ ...event }, sha256)).toBe(event.hash)
})

it('what is hashed is the canonical form of the event without its hash, whatever is in it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), fc.dictionary(fc.string(), fc.jsonValue()), (stream, id, payload) => {
      const [event] = chainOf(1)
      if (event === undefined) throw new Error('no event')
      const { hash: _, ...body } = { ...event, stream, by: { kind: 'token', id } as const, payload: payload as JsonObject }
      const { by, ...rest } = body
      expect(hashOf(body, (text) => text as Digest)).toBe(canonical({ ...rest, by: { ...by } }))
    }),
  )
})

it('a hash does not depend on the order in which the parts were written', () => {
  const [event] = chainOf(1)
  if (event === undefined) throw new Error('no event')
  const reversed = Object.fromEntries(Object.entries(event).toReversed()) as unknown as RecordedEvent
  expect(hashOf({ ...reversed, payload: { nested: { list: [1, 2, 3] }, number: 1, note: '' } }, sha256)).toBe(event.hash)
})

it('one changed byte in a stored event breaks the chain at that event', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 11 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (place, position, flip) => {
      const chain = chainOf(
        12,
        Array.from({ length: 12 }, (_, at) => `note ${at} ÅΩ☃`),
      )
      const stored = Buffer.from(JSON.stringify(chain[place]))
      const byte = position % stored.length
      stored[byte] = (stored[byte] ?? 0) ^ flip
      let changed: RecordedEvent
      try {
        changed = JSON.parse(stored.toString('utf8')) as RecordedEvent
        hashOf(changed, sha256)
      } catch (error) {
        // It does not even read as an event any more; there is nothing left that could pass for one.
        expect(error).toBeInstanceOf(Error)
        return
      }
      if (JSON.stringify(changed) === JSON.stringify(chain[place])) return
      // Its own number when that is what changed, else the number that its place gives it.
      const found = brokenAt(chain.with(place, changed), sha256)
      expect([changed.seq, place + 1]).toContain(found?.seq)
    }),
    { numRuns: 400 },
  )
})

it('names the place and the kind of each break', () => {
  const chain = chainOf(6)
  const at = (place: number, change: Partial<RecordedEvent>): RecordedEvent[] =>
    chain.map((event, index) => (index === place ? { ...event, ...change } : event))
  expect(brokenAt(at(2, { payload: {} }), sha256)).toEqual({ seq: 3, why: 'hash' })
  expect(brokenAt(at(2, { type: 'test.other' }), sha256)).toEqual({ seq: 3, why: 'hash' })
  expect(brokenAt(at(2, { previous: null }), sha256)).toEqual({ seq: 3, why: 'link' })
  expect(brokenAt(at(2, { hash: `sha256:${'0'.repeat(64)}` }), sha256)).toEqual({ seq: 3, why: 'hash' })
  expect(brokenAt(chain.toSpliced(2, 1), sha256)).toEqual({ seq: 4, why: 'order' })
  expect(brokenAt([...chain.slice(0, 2), ...chain.slice(1)], sha256)).toEqual({ seq: 2, why: 'order' })
  expect(brokenAt(chain.toReversed(), sha256)).toEqual({ seq: 6, why: 'link' })
  expect(brokenAt(chain.slice(1), sha256)).toEqual({ seq: 2, why: 'link' })
})

it('an event that is forged with its own right hash breaks the link after it', () => {
  const chain = chainOf(6)
  const forged = { ...(chain[2] as RecordedEvent), payload: { note: 'never happened' } }
  const rehashed: RecordedEvent = { ...forged, hash: hashOf(forged, sha256) }
  expect(brokenAt(chain.with(2, rehashed), sha256)).toEqual({ seq: 4, why: 'link' })
})

it('cutting the end off is seen only by who knows the head: that is what checkpoints are for', () => {
  const chain = chainOf(6)
  expect(brokenAt(chain.slice(0, 4), sha256)).toBeNull()
  expect(chain[3]?.hash).not.toBe(chain[5]?.hash as Digest)
})

it('an event belongs to the slice before the dot', () => {
  expect(sliceOf('badges.put_at_risk')).toBe('badges')
})
