import { expect, it } from 'vitest'
import { brokenAt, type NewEvent } from '../src/kernel/event.ts'
import type { Documents, Log } from '../src/kernel/log.ts'
import { instant } from '../src/kernel/time.ts'
import { sha256 } from '../src/platform/crypto.ts'

/** When everything here happens. */
export const at = instant(1_790_000_000_000)
/** Why. */
export const because = { by: { kind: 'machine', name: 'test' } as const, cause: null, at }
/** An event that says nothing but a note. */
export const event = (stream: string, note: string, subject: string | null = null): NewEvent => ({
  stream,
  subject,
  type: 'test.happened',
  payload: { note },
})

/** What every log and its documents promise: one contract, four implementations. `within` opens a transaction on a log that is empty for each name. */
export function logContract(within: <T>(name: string, work: (log: Log, documents: Documents) => Promise<T>) => Promise<T>): void {
  it('numbers without gaps and chains by hash', async () => {
    const all = await within('chain', async (log) => {
      await log.append([event('a', '1'), event('b', '2'), event('a', '3')], because)
      await log.append([event('a', '4')], because)
      return log.after(0, 10)
    })
    expect(all.map(({ seq, stream, version }) => [seq, stream, version])).toEqual([
      [1, 'a', 1],
      [2, 'b', 1],
      [3, 'a', 2],
      [4, 'a', 3],
    ])
    expect(brokenAt(all, sha256)).toBeNull()
    const forged = all.map((one) => (one.seq === 2 ? { ...one, payload: { note: '2 ' } } : one))
    expect(brokenAt(forged, sha256)).toEqual({ seq: 2, why: 'hash' })
  })

  it('refuses to append on a version that has passed', async () => {
    await expect(
      within('conflict', async (log) => {
        await log.append([event('a', '1')], because)
        await log.append([event('a', '2')], because, { stream: 'a', version: 0 })
      }),
    ).rejects.toMatchObject({ code: 'log.conflict' })
  })

  it('never lets time go back', async () => {
    const earlier = instant(Date.parse(at) - 3_600_000)
    const events = await within('time', async (log) => {
      await log.append([event('a', '1')], because)
      return log.append([event('a', '2')], { ...because, at: earlier })
    })
    expect(events[0]?.at).toBe(at)
  })

  it('keeps what JSON can say: unicode, depth, order of keys apart', async () => {
    const payload = { z: 1.5e300, a: ['ÅΩ☃😀', { b: null, a: true }], quote: '"\\\n', empty: {} }
    const [first] = await within('json', async (log) => {
      await log.append([{ ...event('a', ''), payload }], because)
      return log.stream('a')
    })
    expect(first?.payload).toEqual(payload)
    expect(brokenAt(first === undefined ? [] : [first], sha256)).toBeNull()
  })

  it('finds an event by its hash, and the head', async () => {
    await within('find', async (log) => {
      expect(await log.head()).toBeNull()
      const [first, second] = await log.append([event('a', '1'), event('b', '2')], because)
      expect(first === undefined ? null : await log.byHash(first.hash)).toEqual(first)
      expect(await log.head()).toEqual(second)
    })
  })

  it('keeps documents by view and key, and lists them in order', async () => {
    await within('documents', async (_, documents) => {
      expect(await documents.get('v', 'x')).toBeNull()
      await documents.put('v', 'b/2', { n: 2 }, null)
      await documents.put('v', 'b/1', { n: 1 }, null)
      await documents.put('v', 'c', [1], null)
      await documents.put('v', 'b/2', { n: 22 }, null)
      expect(await documents.list('v', 'b/')).toEqual([
        { key: 'b/1', document: { n: 1 } },
        { key: 'b/2', document: { n: 22 } },
      ])
      await documents.remove('v', 'c')
      expect((await documents.list('v')).map(({ key }) => key)).toEqual(['b/1', 'b/2'])
    })
  })
}
