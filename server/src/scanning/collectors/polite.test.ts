import { describe, expect, it } from 'vitest'
import { AT } from '../../../test/scans.ts'
import type { Answer, StrangerClient } from '../../platform/net/client.ts'
import { polite } from './polite.ts'

/** A client that answers as told, on a clock that moves only when somebody waits. */
function laboratory(
  answers: (n: number) => { readonly status: number; readonly headers?: Record<string, string> } = () => ({ status: 200 }),
) {
  let now = 0
  let running = 0
  let most = 0
  const starts: number[] = []
  const client: StrangerClient = {
    async fetch(request) {
      starts.push(now)
      running += 1
      most = Math.max(most, running)
      await new Promise((resolve) => setImmediate(resolve))
      running -= 1
      const { status, headers = {} } = answers(starts.length)
      return {
        kind: 'answer',
        url: request.url,
        status,
        headers: Object.entries(headers),
        body: new Uint8Array(),
        at: AT,
      } as unknown as Answer
    },
  }
  const pace = {
    now: () => AT,
    elapsed_ms: () => now,
    wait: async (milliseconds: number) => {
      const until = now + milliseconds
      await new Promise((resolve) => setImmediate(resolve))
      now = Math.max(now, until)
    },
  }
  return { client, pace, starts, most: () => most }
}

const url = 'https://app.example/'
const asked = (client: StrangerClient, times: number, of = url) =>
  Promise.all(Array.from({ length: times }, () => client.fetch({ url: of })))

describe('a polite client', () => {
  it('never has more connections to a host than allowed', async () => {
    const { client, pace, most } = laboratory()
    await asked(polite(client, { connections: 3, per_second: 1_000 }, pace), 40)
    expect(most()).toBe(3)
  })

  it('asks a host no more often in any second than allowed', async () => {
    const { client, pace, starts } = laboratory()
    await asked(polite(client, { connections: 50, per_second: 10 }, pace), 35)
    for (const start of starts) expect(starts.filter((other) => other >= start && other < start + 1_000).length).toBeLessThanOrEqual(10)
    expect(starts.at(-1)).toBe(3_000)
  })

  it('holds back one host and not the other', async () => {
    const { client, pace, starts } = laboratory()
    const gentle = polite(client, { connections: 1, per_second: 1 }, pace)
    await Promise.all([asked(gentle, 1), asked(gentle, 1, 'https://other.example/')])
    expect(starts).toEqual([0, 0])
  })

  it('waits as long as it is asked to, goes slower, and stops at the third refusal', async () => {
    const { client, pace, starts } = laboratory(() => ({ status: 429, headers: { 'Retry-After': '7' } }))
    const gentle = polite(client, { connections: 1, per_second: 10 }, pace)
    const answers = []
    for (let n = 0; n < 5; n++) answers.push(await gentle.fetch({ url }))
    expect(starts).toEqual([0, 7_000, 14_000])
    expect(answers.map((answer) => (answer.kind === 'answer' ? answer.status : answer.reason))).toEqual([
      429,
      429,
      429,
      'rate_limited',
      'rate_limited',
    ])
  })

  it('is not made to wait for an hour', async () => {
    const { client, pace, starts } = laboratory((n) => ({ status: n === 1 ? 503 : 200, headers: { 'retry-after': '3600' } }))
    const gentle = polite(client, { connections: 1, per_second: 10 }, pace)
    await gentle.fetch({ url })
    await gentle.fetch({ url })
    expect(starts).toEqual([0, 10_000])
  })

  it('leaves a host alone that falls over, and comes back after a minute', async () => {
    let broken = true
    const { client, pace, starts } = laboratory(() => ({ status: broken ? 500 : 200 }))
    const gentle = polite(client, { connections: 1, per_second: 100 }, pace)
    for (let n = 0; n < 4; n++) expect((await gentle.fetch({ url })).kind).toBe('answer')
    expect((await gentle.fetch({ url })).kind).toBe('answer')
    expect(await gentle.fetch({ url })).toMatchObject({ kind: 'no-answer', reason: 'host_in_trouble' })
    expect(starts).toHaveLength(5)
    broken = false
    await pace.wait(60_000)
    expect((await gentle.fetch({ url })).kind).toBe('answer')
  })
})
