import { describe, expect, it } from 'vitest'
import { brokenAt } from '../src/kernel/event.ts'
import { sha256 } from '../src/platform/crypto.ts'
import { memoryDocuments, memoryLog } from '../src/platform/sql/memory.ts'
import { because, event, logContract } from '../test/log-contract.ts'
import { packedLog } from './packed-log.ts'

describe('log of a run', () => logContract((name, work) => work(packedLog(name), memoryDocuments())))

describe('what a long log has packed', () => {
  /** Far more than stay unpacked; most of them in streams of a few, some in one that grows to the end. */
  const COUNT = 1_000
  const sizes = { block: 16, loose: 64, kept: 40 }
  const streamOf = (n: number): string => (n % 10 === 0 ? 'long' : `few/${n % 200}`)

  it('reads as in a log that packs nothing: by place, stream, hash and all in a row', async () => {
    const [long, plain] = [packedLog('m', sizes), memoryLog('m')]
    for (let n = 0; n < COUNT; n++) {
      const wanted = [{ ...event(streamOf(n), `ÅΩ☃😀 "\n" ${n}`), payload: { n, note: `line\nline ${n}`, nothing: null, deep: [{ n }] } }]
      await long.append(wanted, because)
      await plain.append(wanted, because)
      // Streams that were unpacked go on growing, and are read between.
      if (n % 99 === 0) expect(await long.stream(streamOf(n))).toEqual(await plain.stream(streamOf(n)))
    }
    expect(long.size()).toBe(COUNT)
    expect([...long.all()]).toEqual(plain.all())
    expect(brokenAt(long.all(), sha256)).toBeNull()
    for (const id of ['long', 'few/1', 'few/199', 'none']) {
      expect(long.versionOf(id)).toBe((await plain.stream(id)).length)
      for (const version of [0, 1, 3, 97, 5_000]) expect(await long.stream(id, version)).toEqual(await plain.stream(id, version))
    }
    for (const seq of [0, 1, 15, 16, 17, 600, COUNT - 1, COUNT]) {
      expect(await long.after(seq, 70)).toEqual(await plain.after(seq, 70))
      const [one] = await plain.after(seq, 1)
      if (one !== undefined) expect(await long.byHash(one.hash)).toEqual(one)
    }
    expect(await long.byHash(`sha256:${'0'.repeat(64)}`)).toBeNull()
    expect(await long.byHash('sha256:')).toBeNull()
    expect(await long.head()).toEqual(await plain.head())
  })

  it('hands nobody a list through which another could change it', async () => {
    const log = packedLog('m', sizes)
    for (let n = 0; n < COUNT; n++) await log.append([event(streamOf(n), String(n))], because)
    const before = await log.stream('few/1')
    await log.append([event('few/1', 'more')], because)
    expect(await log.stream('few/1')).toHaveLength(before.length + 1)
  })
})
