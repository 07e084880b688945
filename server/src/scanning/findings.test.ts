import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openFormsMarket, OPENING_MS, type FormsMarket, type Name } from '../../test/forms.ts'
import { paperWorker } from '../../test/paper-worker.ts'
import { connect } from '../../test/scans.ts'
import { ENGINES } from '../../test/storage.ts'
import { DAY_MS, HOUR_MS } from '../kernel/time.ts'
import { sweep } from '../sweeping.ts'
import { SCANNER } from './due.ts'
import { scanJob } from './jobs.ts'
import { SCANS, type ScansDocument } from './scans-view.ts'

const CHECK = 'hsts-enabled'
const LONG = [['strict-transport-security', 'max-age=63072000']] as const

type Life = {
  readonly finding: string
  readonly check: string
  readonly status: string
  readonly clean_since: string | null
  readonly regressions: number
  readonly suppressed_until: string | null
  readonly evidence: readonly string[]
}

describe.each(ENGINES)('the lives of findings, on $engine', ({ open }) => {
  let market: FormsMarket
  let headers: readonly (readonly [string, string])[] | null = []
  const paper = paperWorker(undefined, () => headers)
  const job = scanJob({ worker: paper.worker, chance: () => 0.5 })

  beforeAll(async () => {
    market = await openFormsMarket(open, '2026-11-25T09:00:00Z')
    await market.register('tides', JSON.stringify(connect({ key: 'com.quay.tides', vendor: { name: 'Quayside Software' } })))
    await market.register('ebb', JSON.stringify(connect({ key: 'com.quay.ebb', vendor: { name: 'Quayside Software' } })))
  }, OPENING_MS)
  afterAll(() => market.close())

  const FINDINGS = '/api/v1/apps/tides/findings'
  const scanned = async (after_ms: number): Promise<void> => {
    market.clock.advance(after_ms)
    await job.run(market.house, new AbortController().signal)
  }
  const lives = async (who: Name = 'pia'): Promise<readonly Life[]> => {
    const { findings } = (await market.call('GET', FINDINGS, who)).json<{ readonly findings: readonly Life[] }>()
    return findings.filter(({ check }) => check === CHECK)
  }
  const life = async (): Promise<Life> => {
    const [only, ...others] = await lives()
    if (only === undefined || others.length > 0) throw new Error('one finding was meant')
    return only
  }
  const outcome = async (): Promise<string | undefined> =>
    (await market.house.act(SCANNER, 'scan-app', {}, (desk) => desk.documents.get<ScansDocument>(SCANS, 'tides')))?.checks[CHECK]?.outcome
  const on = async (act: string): Promise<string> => `${FINDINGS}/${(await life()).finding}/${act}`
  const said = { words: 'The header is set by the load balancer of the customer.' }

  it('are begun by the first scan and confirmed by the second', async () => {
    await scanned(0)
    expect(await life()).toMatchObject({ status: 'new', regressions: 0 })
    await scanned(DAY_MS)
    expect([(await life()).status, await outcome()]).toEqual(['confirmed', 'fail'])
  })

  it('are seen alike by the partner and the operator, and by nobody else', async () => {
    expect((await market.call('GET', FINDINGS, 'rob')).json()).toEqual((await market.call('GET', FINDINGS, 'pia')).json())
    expect((await market.call('GET', FINDINGS, 'eve')).statusCode).toBe(403)
    expect((await market.call('GET', FINDINGS, null)).statusCode).toBe(401)
  })

  it('the partner disputes with its reasons, and the finding counts until the operator has decided', async () => {
    const path = await on('dispute')
    expect((await market.call('POST', path, 'rob', said)).statusCode).toBe(403)
    expect((await market.call('POST', path, 'eve', said)).statusCode).toBe(403)
    const empty = await market.call('POST', path, 'pia', { words: '   ' })
    expect([empty.statusCode, empty.json()]).toEqual([400, expect.objectContaining({ code: 'scanning.no_reason' })])
    expect((await market.call('POST', path, 'pia', { words: 'x'.repeat(10_001) })).statusCode).toBe(400)
    expect((await market.call('POST', path, 'pia', said)).statusCode).toBe(200)
    expect((await market.call('POST', path, 'pia', said)).statusCode).toBe(409)
    expect([(await life()).status, await outcome()]).toEqual(['disputed', 'fail'])
    const [words] = (await life()).evidence
    expect((await market.call('GET', `/api/v1/apps/tides/evidence/${words}`, 'rob')).json()).toMatchObject({ body: said })
    expect((await market.call('GET', `/api/v1/apps/ebb/evidence/${words}`, 'rob')).statusCode).toBe(404)
  })

  it('a reviewer rejects it with a reason, and the finding stands', async () => {
    const path = await on('confirm')
    expect((await market.call('POST', path, 'pia', said)).statusCode).toBe(403)
    expect((await market.call('POST', path, 'rob', { words: 'Seen from three places.' })).statusCode).toBe(200)
    expect([(await life()).status, await outcome()]).toEqual(['confirmed', 'fail'])
  })

  it('two people set it aside: the second is another, and it counts for nothing from that moment on', async () => {
    const path = await on('suppressions')
    const asked = { ...said, reason_code: 'false-positive', until: '2027-02-01' }
    expect((await market.call('POST', path, 'pia', asked)).statusCode).toBe(403)
    expect((await market.call('POST', path, 'rob', { ...asked, until: '2028-12-01' })).statusCode).toBe(400)
    expect((await market.call('POST', path, 'rob', { ...asked, reason_code: 'because' })).statusCode).toBe(400)
    const { proposal } = (await market.call('POST', path, 'rob', asked)).json<{ readonly proposal: string }>()
    const confirm = `${FINDINGS}/suppressions/${proposal}/confirm`
    expect([await outcome(), (await market.call('POST', confirm, 'rob', {})).json()]).toEqual([
      'fail',
      expect.objectContaining({ code: 'enrolment.same_person' }),
    ])
    expect((await market.call('POST', confirm.replace('/tides/', '/ebb/'), 'sue', {})).statusCode).toBe(404)
    const both = await Promise.all([market.call('POST', confirm, 'sue', {}), market.call('POST', confirm, 'sue', {})])
    expect(both.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 409])
    expect([(await life()).status, (await life()).suppressed_until, await outcome()]).toEqual([
      'suppressed',
      '2027-02-01T00:00:00.000Z',
      'pass',
    ])
    await scanned(DAY_MS)
    expect(await outcome()).toBe('pass')
  })

  it('counts again on the day, by the clock, without a scan', async () => {
    market.at('2027-01-31T23:59:59Z')
    await sweep(market.house)
    expect(await outcome()).toBe('pass')
    market.at('2027-02-01T00:00:00Z')
    await sweep(market.house)
    expect([(await life()).status, await outcome()]).toEqual(['confirmed', 'fail'])
  })

  it('two clean scans a day apart close it, and it comes back as regressed', async () => {
    headers = LONG
    await scanned(HOUR_MS)
    expect(await life()).toMatchObject({ status: 'confirmed', clean_since: market.clock.now() })
    headers = null
    await scanned(DAY_MS)
    expect((await life()).status).toBe('confirmed')
    headers = LONG
    await scanned(DAY_MS)
    expect((await life()).status).toBe('fixed')
    headers = []
    await scanned(DAY_MS)
    expect([await life(), await outcome()]).toEqual([expect.objectContaining({ status: 'confirmed', regressions: 1 }), 'fail'])
  })

  it('one check is asked again alone: the others keep their answers, and the scan of everything stays due as it was', async () => {
    const before = (await market.call('GET', '/api/v1/apps/tides/scans/latest', 'pia')).json<{ readonly checks: object }>()
    const due = () =>
      market.house.act(SCANNER, 'scan-app', {}, (desk) =>
        desk.sql.selectFrom('scan_due').select(['due_at', 'only_check', 'whole_due_at']).where('subject', '=', 'tides').executeTakeFirst(),
      )
    const planned = await due()
    market.clock.advance(5 * 60_000)
    expect((await market.call('POST', '/api/v1/apps/tides/scans', 'pia', { check: 'no-such-check' })).statusCode).toBe(404)
    expect((await market.call('POST', '/api/v1/apps/tides/scans', 'pia', { check: CHECK })).statusCode).toBe(202)
    headers = LONG
    const orders = paper.orders.length
    await scanned(0)
    expect(paper.orders.slice(orders).map(({ only }) => only)).toEqual([CHECK])
    expect(await due()).toEqual({ ...planned, only_check: null, whole_due_at: null })
    const now = (await market.call('GET', '/api/v1/apps/tides/scans/latest', 'pia')).json<{
      readonly checks: object
      readonly findings: readonly { readonly check: string }[]
    }>()
    expect(Object.keys(now.checks)).toEqual(Object.keys(before.checks))
    expect(new Set(now.findings.map(({ check }) => check)).size).toBe(Object.keys(before.checks).length)
    expect(await outcome()).toBe('pass')
  })

  it('two scans are compared by their reports, of one app only', async () => {
    type Past = readonly { readonly report: string }[]
    const [last, before] = (await market.call('GET', '/api/v1/apps/tides/scans', 'pia')).json<Past>()
    const diff = (app: string, from = before?.report, to = last?.report) =>
      market.call('GET', `/api/v1/apps/${app}/scans/diff?from=${from}&to=${to}`, 'pia')
    expect((await diff('tides')).json()).toMatchObject({
      appeared: [],
      gone: [{ check: CHECK, outcome: 'fail' }],
      checks: [{ check: CHECK, from: 'fail', to: 'pass' }],
    })
    expect((await diff('tides', last?.report, before?.report)).json()).toMatchObject({ appeared: [{ check: CHECK }], gone: [] })
    expect((await diff('ebb')).statusCode).toBe(404)
  })
})
