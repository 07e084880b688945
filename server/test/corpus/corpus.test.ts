import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authority, type Certified } from '../../demo/certificate.ts'
import { readDescriptor } from '../../src/directory/descriptors/read.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { sha256Bytes } from '../../src/platform/crypto.ts'
import { strangerClient } from '../../src/platform/net/stranger.ts'
import { CHECKS } from '../../src/scanning/checks/index.ts'
import { startHost, type Host } from '../../src/scanning/host/host.ts'
import { libraryIndex } from '../../src/scanning/libraries.ts'
import { scan } from '../../src/scanning/scan.ts'
import { soundDescriptor, startCorpusApp } from './app.ts'
import { CORPUS, type Answered, type Case } from './cases.ts'

const ca = authority('Castellan corpus', new Date(Date.now() - 3_600_000), 400)
let leaf: Certified
let host: Host
beforeAll(async () => {
  leaf = ca.issue([], ['127.0.0.1'], new Date(Date.now() - 3_600_000), 90)
  host = await startHost({ listen: { address: '127.0.0.1', port: 0 }, tenant_base_url: null, tls: null })
})
afterAll(() => host.close())

/** As RetireJS writes it, with one library. */
const LIBRARIES = libraryIndex({
  as_of: systemClock.now(),
  text: JSON.stringify({
    jquery: {
      vulnerabilities: [{ below: '1.9.0', severity: 'high', identifiers: { CVE: ['CVE-2012-6708'] } }],
      extractors: { filename: ['jquery-(§§version§§)(\\.min)?\\.js'], filecontent: ['/\\*!? jQuery v(§§version§§)'] },
    },
  }),
})

type Seen = {
  readonly answered: Answered
  readonly destroyed: readonly string[]
  readonly left: readonly string[]
  readonly per_page: number
}

async function look(one: Case): Promise<Seen> {
  const app = await startCorpusApp(leaf, host.address, host.address, one)
  try {
    const bytes = new TextEncoder().encode(JSON.stringify((one.descriptor ?? soundDescriptor)(app.url)))
    const { description, text } = readDescriptor(bytes, sha256Bytes)
    const targets = [`127.0.0.1:${app.port}`]
    const result = await scan({
      description,
      source: { url: `${app.url}/descriptor.json`, text },
      proven_domains: ['127.0.0.1'],
      test_hosts: targets,
      client: strangerClient({ user_agent: 'corpus', now: systemClock.now, allow_targets: targets, extra_ca: ca.certificate }),
      host,
      library_advisories: LIBRARIES,
      now: systemClock.now,
      chance: (length) => randomBytes(length),
      wait: async () => {},
      signal: new AbortController().signal,
      second_look_after_ms: 0,
    })
    return {
      answered: Object.fromEntries(result.checks.map(({ check, outcome }) => [check, outcome])),
      destroyed: app.destroyed,
      left: [...app.tenants.keys()].filter((key) => !key.startsWith('scan-')),
      per_page: app.requests.filter((request) => request === 'GET /page').length,
    }
  } finally {
    await app.close()
  }
}

const listed = (answered: Answered, outcome: string): readonly string[] =>
  Object.entries(answered).flatMap(([check, one]) => (one === outcome ? [check] : []))

describe('the corpus', () => {
  const seen = new Map<string, Seen>()

  it.each(CORPUS.map((one) => [one.name, one] as const))('%s', async (name, one) => {
    const found = await look(one)
    seen.set(name, found)
    expect({
      fails: listed(found.answered, 'fail').toSorted(),
      inconclusive: listed(found.answered, 'inconclusive').toSorted(),
      review: listed(found.answered, 'review').toSorted(),
    }).toEqual({
      fails: [...(one.fails ?? [])].toSorted(),
      inconclusive: [...(one.inconclusive ?? [])].toSorted(),
      review: [...(one.review ?? [])].toSorted(),
    })
    expect(found.destroyed).toEqual([])
  })

  it('has forty cases at least, no name twice, and knows every check that it names', () => {
    expect(CORPUS.length).toBeGreaterThanOrEqual(40)
    expect(new Set(CORPUS.map((one) => one.name)).size).toBe(CORPUS.length)
    const known = new Set(CHECKS.map((check) => check.id))
    for (const one of CORPUS)
      for (const check of [...(one.fails ?? []), ...(one.inconclusive ?? []), ...(one.review ?? [])]) expect(known).toContain(check)
  })

  it('is answered with a precision and a recall of 0.97 at least, and every inconclusive case is recognised', () => {
    let right = 0
    let wrong = 0
    let missed = 0
    for (const one of CORPUS) {
      const found = seen.get(one.name)
      if (found === undefined) continue
      const fails = new Set(listed(found.answered, 'fail'))
      for (const check of one.fails ?? [])
        if (fails.delete(check)) right += 1
        else missed += 1
      wrong += fails.size
      for (const check of one.inconclusive ?? []) expect([one.name, found.answered[check]]).toEqual([one.name, 'inconclusive'])
    }
    expect(right / (right + wrong)).toBeGreaterThanOrEqual(0.97)
    expect(right / (right + missed)).toBeGreaterThanOrEqual(0.97)
  })
})
