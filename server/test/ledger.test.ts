import fc from 'fast-check'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ledgersView, LEDGERS, type LedgerDocument } from '../src/attribution/ledger-view.ts'
import { occurrencesOf } from '../src/attribution/occurrences.ts'
import { allowed, ledger, type AttributionPolicy, type EntryState, type LedgerCommand } from '../src/attribution/ledger.ts'
import { appStream } from '../src/directory/registering.ts'
import { isRefused } from '../src/kernel/refused.ts'
import { after, DAY_MS, HOUR_MS, parseInstant } from '../src/kernel/time.ts'
import { sha256 } from '../src/platform/crypto.ts'
import { inForce } from '../src/programmes/load.ts'
import { policyOfKind } from '../src/programmes/policies.ts'
import { countSeen } from '../src/reliability/exclusions.ts'
import { AVAILABILITY, recordMinutes } from '../src/reliability/minutes.ts'
import { objectivesOf, type Objective } from '../src/reliability/objectives.ts'
import { advanceSeries, joinedSpans, restoredSeries, unseenSeries, withoutSpans, type Span } from '../src/reliability/series.ts'
import { OBJECTIVES, type ObjectivesDocument } from '../src/reliability/view.ts'
import { DAY_MINUTES, minuteOf, type MinuteKind, type Run } from '../src/reliability/window.ts'
import { accessibilityFaults, DESK, openBrowser, openProfile, PHONE, smallTargets, sticksOut } from './browser.ts'
import { MODEL, openFormsMarket, OPENING_MS, WHO, type FormsMarket, type Name } from './forms.ts'
import { ENGINES, openEmbedded } from './storage.ts'

/** The fairness ledger: what two people agree on is taken out of a figure, to the minute, and put back to the minute. */

const NOW = parseInstant('2026-11-25T00:00:00Z')
const model = inForce(MODEL, NOW)
if (model === null) throw new Error('the model programme is not in force')
const OBJECTIVE = objectivesOf([model]).filter(({ indicator }) => indicator === AVAILABILITY)
const POLICY = policyOfKind(model, 'attribution', NOW) as AttributionPolicy

describe('minutes that the ledger takes out', () => {
  const kinds = fc.constantFrom<MinuteKind>('good', 'bad', 'unknown')
  const runs = fc.array(fc.record({ kind: kinds, minutes: fc.integer({ min: 1, max: 3_000 }) }), { minLength: 1, maxLength: 25 })
  const spans = (from: number) =>
    fc.array(
      fc
        .record({ at: fc.integer({ min: 0, max: 40_000 }), long: fc.integer({ min: 1, max: 4_000 }) })
        .map(({ at, long }) => ({ from: from + at, to: from + at + long })),
      { maxLength: 8 },
    )
  const [objective] = OBJECTIVE
  const asked: readonly Objective[] = objective === undefined ? [] : [{ ...objective, window: 'P7D', window_minutes: 7 * DAY_MINUTES }]
  const FROM = 20_000 * DAY_MINUTES

  it('are exactly the difference between the figure as it was seen and as it counts', () => {
    fc.assert(
      fc.property(runs, spans(FROM), (minutes, excluded) => {
        const series = unseenSeries({ app: 'a', indicator: AVAILABILITY, target: '', endpoint: '' }, asked, FROM, joinedSpans(excluded))
        for (const { kind, minutes: count } of minutes) advanceSeries(series, kind, count, sha256)
        const [tracked] = series.objectives
        if (tracked === undefined) throw new Error('no objective')
        const first = series.to - tracked.window.window_minutes
        const taken = { good: 0, bad: 0 }
        let at = FROM
        for (const { kind, minutes: count } of minutes) {
          for (const end = at + count; at < end; at += 1) {
            if (kind === 'unknown' || at < first || !excluded.some((span) => at >= span.from && at < span.to)) continue
            taken[kind] += 1
          }
        }
        const raw = tracked.raw ?? tracked.window
        expect({ good: raw.good - tracked.window.good, bad: raw.bad - tracked.window.bad }).toEqual(taken)
      }),
      { numRuns: 60 },
    )
  })

  it('make the same windows whether they were known beforehand or came later', () => {
    fc.assert(
      fc.property(runs, spans(FROM), (minutes, excluded) => {
        const name = { app: 'a', indicator: AVAILABILITY, target: '', endpoint: '' }
        const before = unseenSeries(name, asked, FROM, joinedSpans(excluded))
        const plain = unseenSeries(name, asked, FROM)
        const days: { readonly day: number; readonly runs: ReturnType<typeof advanceSeries>['days'][number]['runs'] }[] = []
        for (const { kind, minutes: count } of minutes) {
          const closed = advanceSeries(plain, kind, count, sha256).days
          // What was seen, and its seal, are the same: the ledger changes no observation.
          expect(advanceSeries(before, kind, count, sha256).days).toEqual(closed)
          days.push(...closed)
        }
        let minute = plain.to - (plain.to % DAY_MINUTES)
        const open = plain.today.flatMap(({ kind, minutes: count }) => Array.from({ length: count }, () => ({ minute: minute++, kind })))
        const stored = { days, minutes: open, told: new Map(), since: plain.to, alerts: { open: [], told_at: null }, excluded }
        const later = restoredSeries(name, asked, stored, FROM)
        expect(later.objectives.map(({ window }) => [window.good, window.bad])).toEqual(
          before.objectives.map(({ window }) => [window.good, window.bad]),
        )
        expect(later.to).toBe(before.to)
      }),
      { numRuns: 60 },
    )
  })

  it('are told by their span, whatever overlaps', () => {
    const row = (...given: readonly (readonly [number, number])[]): readonly Span[] => given.map(([from, to]) => ({ from, to }))
    expect(joinedSpans(row([5, 9], [1, 3], [3, 4], [8, 12], [20, 20]))).toEqual(row([1, 4], [5, 12]))
    const seen: readonly Run[] = [
      { kind: 'good', minutes: 3 },
      { kind: 'bad', minutes: 4 },
    ]
    expect(withoutSpans(seen, 10, row([12, 14], [16, 99]))).toEqual([
      { kind: 'good', minutes: 2 },
      { kind: 'unknown', minutes: 2 },
      { kind: 'bad', minutes: 2 },
      { kind: 'unknown', minutes: 1 },
    ])
  })
})

describe('an entry', () => {
  const COMMANDS: { readonly [act in LedgerCommand['act']]: LedgerCommand } = {
    propose: {
      act: 'propose',
      app: 'a',
      entry: 'e',
      cause: 'host',
      endpoint: null,
      recurrence: null,
      occurrences: [{ from: after(NOW, -2 * HOUR_MS), to: after(NOW, -HOUR_MS) }],
      reverses: null,
      side: 'partner',
      author: 'pia',
      evidence: [],
      policy: POLICY,
    },
    sign: { act: 'sign', app: 'a', entry: 'e', person: 'rob', involved: false },
    decline: { act: 'decline', app: 'a', entry: 'e', person: 'rob', involved: false, evidence: [] },
    contest: { act: 'contest', app: 'a', entry: 'e', evidence: [], policy: POLICY },
  }
  const entry = (status: EntryState['status'], more: Partial<EntryState> = {}): EntryState => ({
    status,
    cause: 'host',
    endpoint: null,
    occurrences: [],
    counted: false,
    reverses: null,
    author: 'pia',
    decliner: null,
    declined_at: null,
    ...more,
  })
  const STATES = Object.keys(allowed) as readonly (keyof typeof allowed)[]
  const refusalFrom = (work: () => unknown): string | null => {
    try {
      work()
      return null
    } catch (error) {
      if (!isRefused(error)) throw error
      return error.code
    }
  }
  const codeOf = (command: LedgerCommand, state?: EntryState): string | null =>
    refusalFrom(() => ledger.decide(command, { entries: state === undefined ? {} : { e: state } }, NOW))

  it.each(STATES.flatMap((status) => Object.values(COMMANDS).map((command) => [status, command.act, command] as const)))(
    'that is %s: %s is let through or refused as the table says',
    (status, act, command) => {
      const code = codeOf(command, status === 'absent' ? undefined : entry(status))
      expect(code).toBe(allowed[status].includes(act) ? null : 'attribution.wrong_state')
    },
  )

  it('is signed by nobody who wrote it, who makes the app, or who declined it before', () => {
    expect(codeOf({ ...COMMANDS.sign, person: 'pia' } as LedgerCommand, entry('proposed'))).toBe('attribution.own_entry')
    expect(codeOf({ ...COMMANDS.sign, involved: true } as LedgerCommand, entry('proposed'))).toBe('attribution.involved')
    expect(codeOf(COMMANDS.sign, entry('contested', { decliner: 'rob' }))).toBe('attribution.looked_before')
    expect(codeOf(COMMANDS.decline, entry('contested', { decliner: 'rob' }))).toBe('attribution.looked_before')
    expect(codeOf(COMMANDS.contest, entry('declined', { declined_at: after(NOW, -15 * DAY_MS) }))).toBe('attribution.too_late')
  })

  const propose = (more: object): string | null => codeOf(Object.assign({}, COMMANDS.propose, more))
  const planned = (days: number, hours: number) => ({
    cause: 'maintenance',
    occurrences: [{ from: after(NOW, days * DAY_MS), to: after(NOW, days * DAY_MS + hours * HOUR_MS) }],
  })

  it.each([
    ['a cause that the programme does not know', { cause: 'weather' }, 'attribution.no_such_cause'],
    ['an outage that goes on', { occurrences: [{ from: after(NOW, -HOUR_MS), to: after(NOW, HOUR_MS) }] }, 'attribution.not_over'],
    ['an outage of long ago', { occurrences: [{ from: after(NOW, -30 * DAY_MS), to: after(NOW, -29 * DAY_MS) }] }, 'attribution.too_old'],
    ['no time', { occurrences: [] }, 'attribution.no_time'],
    ['an end before its beginning', { occurrences: [{ from: NOW, to: after(NOW, -HOUR_MS) }] }, 'attribution.no_time'],
    ['a downtime that is said too late', planned(2, 1), 'attribution.too_soon'],
    ['a downtime after which nobody asks', planned(400, 1), 'attribution.too_far'],
    ['a downtime that is too long', planned(5, 4), 'attribution.too_much'],
    ['what takes back nothing', { reverses: 'none' }, 'attribution.nothing_to_reverse'],
  ])('is refused for %s', (_, more, code) => {
    expect(propose(more)).toBe(code)
  })

  it('is a downtime as long as the programme lets it be, in any of its windows', () => {
    expect(propose(planned(5, 3))).toBeNull()
    // 28 days x 0.5 % are 201.6 minutes; three hours are planned already, so 21 more fit and 22 do not.
    const three = entry('signed', { ...planned(5, 3), counted: false })
    const more = (minutes: number): LedgerCommand =>
      ({
        ...COMMANDS.propose,
        entry: 'f',
        cause: 'maintenance',
        occurrences: [{ from: after(NOW, 20 * DAY_MS), to: after(NOW, 20 * DAY_MS + minutes * 60_000) }],
      }) as LedgerCommand
    const of = (command: LedgerCommand) => refusalFrom(() => ledger.decide(command, { entries: { e: three } }, NOW))
    expect(of(more(21))).toBeNull()
    expect(of(more(22))).toBe('attribution.too_much')
  })
})

describe('a downtime that recurs', () => {
  const at = (rule: string | null, zone = 'Europe/Berlin') =>
    occurrencesOf(
      { from: parseInstant('2026-10-18T00:00:00Z'), to: parseInstant('2026-10-18T00:30:00Z'), rule, zone },
      parseInstant('2026-12-01'),
    )

  it('stays at two in the morning when the clocks change', () => {
    expect(at('FREQ=WEEKLY;BYDAY=SU;COUNT=3').map(({ from }) => from)).toEqual([
      '2026-10-18T00:00:00.000Z',
      '2026-10-25T00:00:00.000Z',
      '2026-11-01T01:00:00.000Z',
    ])
  })

  it.each([
    ['FREQ=SECONDLY', 'attribution.no_rule'],
    ['FREQ=MINUTELY;COUNT=100000', 'attribution.no_rule'],
    ['RRULE:FREQ=DAILY', 'attribution.no_rule'],
    ['FREQ=DAILY;BYSETPOS=1', 'attribution.no_rule'],
    ['FREQ=DAILY;COUNT=x', 'attribution.no_rule'],
    [`FREQ=DAILY;BYDAY=${'MO,'.repeat(200)}`, 'attribution.no_rule'],
    ['FREQ=DAILY\nRRULE:FREQ=SECONDLY', 'attribution.no_rule'],
  ])('is refused as %s', (rule, code) => {
    try {
      at(rule)
      expect.unreachable()
    } catch (error) {
      expect(isRefused(error) ? error.code : String(error)).toBe(code)
    }
  })

  it('is refused in a zone that is none', () => {
    expect(() => at('FREQ=DAILY;COUNT=2', 'Mars/Olympus')).toThrow('cannot be read')
  })
})

describe.each(ENGINES)('the ledger of an app on $engine', ({ open }) => {
  let market: FormsMarket
  const machine = { kind: 'machine', name: 'test' } as const
  const inside = <T>(work: (desk: Parameters<Parameters<FormsMarket['house']['act']>[3]>[0]) => Promise<T>): Promise<T> =>
    market.house.act(machine, 'probe-app', {}, work)
  const told = async () => {
    const document = await inside((desk) => desk.documents.get<ObjectivesDocument>(OBJECTIVES, 'tides'))
    return Object.values(document ?? {}).find((one) => one.told.indicator === AVAILABILITY)?.told
  }
  const post = (path: string, who: Name, body: object = {}) => market.call('POST', `/api/v1/apps/tides/ledger/entries${path}`, who, body)
  const OUTAGE = { from: '2026-11-20T10:00:00Z', to: '2026-11-20T11:00:00Z' }

  beforeAll(async () => {
    market = await openFormsMarket(open, NOW)
    await market.register('tides')
    await inside((desk) =>
      desk.record([
        {
          stream: appStream('tides'),
          subject: 'tides',
          type: 'directory.domain_proven',
          payload: { app: 'tides', domain: 'tides.example', method: 'dns' },
        },
      ]),
    )
    // Four weeks of good minutes with one bad hour: 60 of 40,320 are more than 99.9 % allow.
    const to = minuteOf(NOW)
    const bad = minuteOf(parseInstant(OUTAGE.from))
    const from = to - 28 * DAY_MINUTES
    await inside((desk) =>
      recordMinutes(desk, {
        app: 'tides',
        indicator: AVAILABILITY,
        objectives: OBJECTIVE,
        from,
        runs: [
          { kind: 'good', minutes: bad - from },
          { kind: 'bad', minutes: 60 },
          { kind: 'good', minutes: to - bad - 60 },
        ],
      }),
    )
  }, OPENING_MS)
  afterAll(() => market.close())

  it('takes out what two people agree on: the objective is held again, and the figure as it was seen stands beside it', async () => {
    expect(await told()).toMatchObject({ good: 40_260, total: 40_320 })
    const proposed = await post('', 'pia', { cause: 'host', ...OUTAGE, words: 'The host’s status page says so.' })
    expect(proposed.statusCode).toBe(201)
    const { entry } = proposed.json()
    // Said is not agreed.
    expect(await told()).toMatchObject({ good: 40_260, total: 40_320 })
    expect((await post(`/${entry}/sign`, 'pia')).statusCode).toBe(403)
    expect((await post(`/${entry}/sign`, 'rob')).statusCode).toBe(200)
    expect(await told()).toMatchObject({ good: 40_260, total: 40_260, unknown: 60, raw: { good: 40_260, total: 40_320, unknown: 0 } })
    const events = await inside((desk) => desk.log.stream('slo/tides'))
    expect(events.at(-1)?.type).toBe('reliability.objective_regained')
    const span = { from: minuteOf(parseInstant(OUTAGE.from)), to: minuteOf(parseInstant(OUTAGE.to)) }
    expect(await inside((desk) => countSeen(desk, 'tides', '', [span]))).toEqual({ good: 0, bad: 60, unknown: 0 })
    expect((await post(`/${entry}/sign`, 'sue')).statusCode).toBe(409)
  })

  it('goes on counting by it: the next minute moves both figures', async () => {
    const before = await told()
    market.clock.advance(HOUR_MS)
    await inside((desk) =>
      recordMinutes(desk, {
        app: 'tides',
        indicator: AVAILABILITY,
        objectives: OBJECTIVE,
        from: minuteOf(NOW),
        runs: [{ kind: 'good', minutes: 60 }],
      }),
    )
    market.clock.advance(DAY_MS)
    await inside((desk) =>
      recordMinutes(desk, {
        app: 'tides',
        indicator: AVAILABILITY,
        objectives: OBJECTIVE,
        from: minuteOf(NOW) + 60,
        runs: [{ kind: 'good', minutes: DAY_MINUTES }],
      }),
    )
    const now = await told()
    expect(now?.to).not.toBe(before?.to)
    expect((now?.raw?.total ?? 0) - (now?.total ?? 0)).toBe(60)
  })

  it('takes a mistake back by a later entry that somebody else signs, and the count is what it was', async () => {
    const [mistake] = Object.keys((await inside((desk) => desk.documents.get<LedgerDocument>(LEDGERS, 'tides')))?.entries ?? {})
    const reversing = await post(`/${mistake}/reverse`, 'rob', { words: 'It was the app after all.' })
    expect(reversing.statusCode).toBe(201)
    expect((await post(`/${reversing.json().entry}/sign`, 'rob')).json()).toMatchObject({ code: 'attribution.own_entry' })
    expect((await post(`/${reversing.json().entry}/sign`, 'sue')).statusCode).toBe(200)
    const now = await told()
    expect((now?.total ?? 0) - (now?.good ?? 0)).toBe(60)
    expect(now?.raw).toBeUndefined()
    const { entries } = (await market.call('GET', '/api/v1/apps/tides/ledger/entries', 'pia')).json()
    expect(entries.map(({ status }: { readonly status: string }) => status).sort()).toEqual(['reversed', 'signed'])
  })

  it('lets a declined entry be looked at by a third person, once', async () => {
    const { entry } = (await post('', 'pia', { cause: 'our-probe', ...OUTAGE, words: 'Your probe was down.' })).json()
    expect((await post(`/${entry}/decline`, 'rob', { words: '' })).statusCode).toBe(400)
    expect((await post(`/${entry}/decline`, 'rob', { words: 'The control targets answered.' })).statusCode).toBe(200)
    expect((await post(`/${entry}/contest`, 'pia', { words: 'They are in another network.' })).statusCode).toBe(200)
    expect((await post(`/${entry}/sign`, 'rob')).json()).toMatchObject({ code: 'attribution.looked_before' })
    expect((await post(`/${entry}/decline`, 'sue', { words: 'Two places saw it.' })).statusCode).toBe(200)
    expect((await post(`/${entry}/contest`, 'pia', { words: 'Again.' })).statusCode).toBe(409)
    expect((await told())?.raw).toBeUndefined()
  })

  it('explains without taking anything out where the cause was the app', async () => {
    const { entry } = (await post('', 'pia', { cause: 'partner', ...OUTAGE, words: 'A bad release.' })).json()
    await post(`/${entry}/sign`, 'sue')
    expect((await told())?.raw).toBeUndefined()
  })

  it('is not written by strangers, for other endpoints, or in half minutes', async () => {
    expect([403, 404]).toContain((await post('', 'eve', { cause: 'host', ...OUTAGE, words: 'x' })).statusCode)
    expect((await post('', 'pia', { cause: 'host', ...OUTAGE, endpoint: 'https://other.example', words: 'x' })).json()).toMatchObject({
      where: 'endpoint',
    })
    expect((await post('', 'pia', { cause: 'host', ...OUTAGE, from: '2026-11-20T10:00:30Z', words: 'x' })).json()).toMatchObject({
      where: 'from',
    })
    expect((await post('', 'pia', { cause: 'host', ...OUTAGE, words: ' ' })).json()).toMatchObject({ where: 'words' })
  })

  it('is folded from its events alone', async () => {
    const events = await inside((desk) => desk.log.stream('ledger/tides'))
    const folded = events.reduce<LedgerDocument | null>((before, event) => ledgersView.fold(before, event, 'tides'), null)
    expect(folded).toEqual(await inside((desk) => desk.documents.get<LedgerDocument>(LEDGERS, 'tides')))
  })
})

describe('the ledger in a browser', () => {
  let market: FormsMarket
  let browser: Browser
  let base: string

  beforeAll(async () => {
    market = await openFormsMarket(openEmbedded, NOW)
    await market.register('tides')
    base = await market.app.listen({ port: 0, host: '127.0.0.1' })
    browser = await openBrowser()
  }, OPENING_MS)
  afterAll(async () => {
    await browser.close()
    await market.close()
  })

  async function pageOf(who: Name, size: typeof DESK | typeof PHONE = DESK, dark = false): Promise<Page> {
    const context = await openProfile(browser, { size, dark })
    await context.setExtraHTTPHeaders({ [WHO]: who })
    return context.newPage()
  }
  async function looked(page: Page, name: string): Promise<void> {
    expect(await accessibilityFaults(page)).toEqual([])
    expect(await sticksOut(page)).toEqual([])
    expect(await smallTargets(page)).toEqual([])
    const folder = process.env['CASTELLAN_SHOTS']
    if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true })
  }

  it('is written by the partner, declined, contested and agreed on by a third person', { timeout: 120_000 }, async () => {
    const pia = await pageOf('pia')
    await pia.goto(`${base}/apps/tides/standing`)
    await pia.getByRole('link', { name: /^The ledger/ }).click()
    await looked(pia, 'ledger-empty-desk')
    await pia.getByLabel('Whose doing').selectOption('host')
    await pia.getByLabel('From').fill('2026-11-20T10:00:00Z')
    await pia.getByLabel('To', { exact: true }).fill('2026-11-20T09:00:00Z')
    await pia.getByLabel('What happened').fill('The host was down. <b>Really</b>')
    await pia.getByRole('button', { name: 'Propose it' }).click()
    expect(await pia.getByRole('alert').textContent()).toContain('It ends before it begins.')
    expect(await pia.getByLabel('What happened').inputValue()).toContain('<b>')
    await pia.getByLabel('To', { exact: true }).fill('2026-11-20T11:00:00Z')
    await pia.getByRole('button', { name: 'Propose it' }).click()
    expect(await pia.getByRole('status').textContent()).toContain('Proposed')

    const rob = await pageOf('rob')
    await rob.goto(`${base}/apps/tides/ledger`)
    expect(await rob.locator('main').textContent()).toContain('The host was down. <b>Really</b>')
    await rob.getByRole('button', { name: 'Decline' }).click()
    expect(await rob.getByRole('alert').textContent()).toContain('Say why')
    await rob.getByLabel('Why not').fill('We saw it up.')
    await rob.getByRole('button', { name: 'Decline' }).click()
    await pia.reload()
    await pia.getByLabel('What was overlooked').fill('Only one region was.')
    await pia.getByRole('button', { name: 'Have somebody else look at it' }).click()
    await looked(pia, 'ledger-open-desk')
    await rob.reload()
    await rob.getByRole('button', { name: 'Agree' }).click()
    expect(await rob.getByRole('alert').textContent()).toContain('somebody else has to look at it now')
    const sue = await pageOf('sue')
    await sue.goto(`${base}/apps/tides/ledger`)
    await sue.getByRole('button', { name: 'Agree' }).click()
    expect(await sue.getByRole('status').textContent()).toContain('The figures follow')
    expect(await sue.locator('main').textContent()).toContain('Takes the minutes out')
    for (const [size, dark, name] of [
      [PHONE, false, 'phone-light'],
      [PHONE, true, 'phone-dark'],
      [DESK, true, 'desk-dark'],
    ] as const) {
      const page = await pageOf('rob', size, dark)
      await page.goto(`${base}/apps/tides/ledger`)
      await looked(page, `ledger-${name}`)
    }
    // An app without a badge has no public figures, so nobody reads what was taken out of them.
    expect((await market.call('GET', '/apps/tides/ledger', null)).statusCode).toBe(404)
    expect((await market.call('GET', '/api/v1/apps/tides/ledger', null)).statusCode).toBe(404)
  })
})
