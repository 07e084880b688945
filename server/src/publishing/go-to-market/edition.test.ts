import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NOW, PACK } from '../../../test/publishing/fixture.ts'
import { instant, parseInstant } from '../../kernel/time.ts'
import { sha256 } from '../../platform/crypto.ts'
import type { GoToMarket } from '../../programmes/schema.ts'
import { shelfOf } from '../shelf.ts'
import { differencesInWords, editionAsCsv, feedOf } from './carried.ts'
import { differencesBetween, hashOfEdition, type Edition, type EditionRow } from './edition.ts'
import { newestCutDay, nextCutDay, todayIn } from './rhythm.ts'

describe('the rhythm of editions', () => {
  const weekly: GoToMarket['cut'] = { weekday: 1 }
  const cases: readonly (readonly [string, GoToMarket['cut'], string, string, string, string | null, string])[] = [
    ['before the policy begins there is none', weekly, '2026-11-02', 'Etc/UTC', '2026-11-01T23:59:59Z', null, '2026-11-02'],
    ['on its day it is due from the first moment', weekly, '2026-11-02', 'Etc/UTC', '2026-11-02T00:00:00Z', '2026-11-02', '2026-11-09'],
    ['a second before its day it is not', weekly, '2026-11-02', 'Etc/UTC', '2026-11-08T23:59:59Z', '2026-11-02', '2026-11-09'],
    [
      'where the programme is at home the day begins earlier',
      weekly,
      '2026-11-02',
      'Asia/Tokyo',
      '2026-11-08T15:00:00Z',
      '2026-11-09',
      '2026-11-16',
    ],
    ['a policy from midweek waits for the weekday', weekly, '2026-11-04', 'Etc/UTC', '2026-11-08T12:00:00Z', null, '2026-11-09'],
    ['a day of the month', { day_of_month: 15 }, '2026-01-01', 'Etc/UTC', '2026-03-14T12:00:00Z', '2026-02-15', '2026-03-15'],
    [
      'the last day of February in a leap year',
      { day_of_month: 'last' },
      '2024-01-01',
      'Etc/UTC',
      '2024-02-29T00:00:00Z',
      '2024-02-29',
      '2024-03-31',
    ],
    [
      'the last day of the month before',
      { day_of_month: 'last' },
      '2024-01-01',
      'Etc/UTC',
      '2024-02-28T23:00:00Z',
      '2024-01-31',
      '2024-02-29',
    ],
    ['each two weeks from the first day', { every: 'P2W' }, '2026-01-01', 'Etc/UTC', '2026-01-28T00:00:00Z', '2026-01-15', '2026-01-29'],
    [
      'each month from the 31st does not drift to the 28th',
      { every: 'P1M' },
      '2026-01-31',
      'Etc/UTC',
      '2026-03-31T00:00:00Z',
      '2026-03-31',
      '2026-04-30',
    ],
  ]
  it.each(cases)('%s', (_, cut, since, zone, now, newest, next) => {
    expect([newestCutDay({ cut, since }, zone, parseInstant(now)), nextCutDay({ cut, since }, zone, parseInstant(now))]).toEqual([
      newest,
      next,
    ])
  })
  it('never lies in the future, never goes back, and the next day is one of its days', () => {
    const cut = fc.oneof(
      fc.integer({ min: 1, max: 7 }).map((weekday) => ({ weekday })),
      fc.constantFrom<GoToMarket['cut']>({ day_of_month: 1 }, { day_of_month: 28 }, { day_of_month: 'last' }),
      fc.constantFrom<GoToMarket['cut']>({ every: 'P1D' }, { every: 'P10D' }, { every: 'P1M' }, { every: 'P3M' }, { every: 'P1Y' }),
    )
    const at = fc.integer({ min: Date.parse('2020-01-01'), max: Date.parse('2035-01-01') }).map(instant)
    fc.assert(
      fc.property(cut, at, fc.integer({ min: 0, max: 400 * 86_400_000 }), (one, now, later) => {
        const policy = { cut: one, since: '2021-03-31' }
        const before = newestCutDay(policy, 'Europe/Berlin', now)
        const after = newestCutDay(policy, 'Europe/Berlin', instant(Date.parse(now) + later))
        expect((before ?? '') <= todayIn('Europe/Berlin', now)).toBe(true)
        expect((before ?? '') <= (after ?? '')).toBe(true)
        const next = nextCutDay(policy, 'Europe/Berlin', now)
        expect(newestCutDay(policy, 'Europe/Berlin', parseInstant(`${next}T12:00:00Z`))).toBe(next)
        expect(next > todayIn('Europe/Berlin', now) || before === null).toBe(true)
      }),
    )
  })
})

const row = (app: string, of: Partial<EditionRow> = {}): EditionRow => ({
  app,
  name: app,
  partner: 'org',
  partner_name: 'Quay',
  tier: 'gold',
  state: 'active',
  since: NOW,
  granted_at: NOW,
  valid_until: NOW,
  cure_until: null,
  reasons: [],
  why: [],
  listing: 'listed',
  listing_url: null,
  trust_url: `https://trust.example/apps/${app}`,
  ...of,
})
const edition = (...rows: readonly EditionRow[]): Edition => ({
  programme: 'harbour',
  number: 1,
  day: '2026-11-23',
  as_of: NOW,
  version: '2026.1',
  digest: PACK.digest,
  previous: null,
  rows,
})
const shelf = shelfOf([PACK], [], NOW)

describe('what changed between two editions', () => {
  it('is told by app and badge: added, removed, and what is otherwise', () => {
    const from = edition(row('a'), row('b'), row('c'), row('c', { tier: 'silver' }))
    const to = edition(
      row('a', { state: 'suspended', why: ['cure_window_over'], since: parseInstant('2026-11-25') }),
      row('c'),
      row('c', { tier: 'silver', listing: 'hidden' }),
      row('d'),
    )
    const differences = differencesBetween(from, to)
    expect(differences.added.map(({ app }) => app)).toEqual(['d'])
    expect(differences.removed.map(({ app }) => app)).toEqual(['b'])
    expect(differences.changed.map(({ to: { app, tier }, what }) => [app, tier, what])).toEqual([
      ['a', 'gold', ['state', 'cure']],
      ['c', 'silver', ['listing']],
    ])
    expect(differencesInWords(differences)).toBe('1 added, 1 removed, 2 changed')
  })
  it('tells a badge that was lost and came back in between from one that never went', () => {
    expect(differencesBetween(edition(row('a')), edition(row('a', { since: parseInstant('2026-11-26') }))).changed[0]?.what).toEqual([
      'state',
    ])
  })
  it('is nothing between an edition and itself, and no change of address alone', () => {
    const one = edition(row('a'), row('b'))
    expect(differencesInWords(differencesBetween(one, one))).toBe('Nothing changed')
    expect(differencesBetween(one, edition(row('a', { listing_url: 'https://m.example/a' }), row('b'))).changed).toEqual([])
  })
  it('read the other way round is its mirror', () => {
    const rows = fc.uniqueArray(fc.record({ app: fc.constantFrom('a', 'b', 'c', 'd'), state: fc.constantFrom('active', 'suspended') }), {
      selector: ({ app }) => app,
    })
    fc.assert(
      fc.property(rows, rows, (left, right) => {
        const of = (rows_of: typeof left): Edition =>
          edition(...rows_of.map(({ app, state }) => row(app, { state: state as EditionRow['state'] })))
        const there = differencesBetween(of(left), of(right))
        const back = differencesBetween(of(right), of(left))
        expect(there.added).toEqual(back.removed)
        expect(there.changed.map(({ to }) => to)).toEqual(expect.arrayContaining(back.changed.map(({ from }) => from)))
      }),
    )
  })
})

describe('the hash of an edition', () => {
  it('changes with any byte of it, and not with the order of names', () => {
    const one = edition(row('a'))
    expect(hashOfEdition({ ...one, number: 2 }, sha256)).not.toBe(hashOfEdition(one, sha256))
    expect(hashOfEdition(edition(row('a', { name: 'A' })), sha256)).not.toBe(hashOfEdition(one, sha256))
    const turned = Object.fromEntries(Object.entries(one).toReversed()) as unknown as Edition
    expect(hashOfEdition(turned, sha256)).toBe(hashOfEdition(one, sha256))
  })
})

/** Reads CSV by RFC 4180, as a spreadsheet does. */
function cellsOf(csv: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]]
  for (const match of csv.replace(/^\uFEFF/, '').matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)?.push((match[1] ?? match[2] ?? '').replaceAll('""', '"'))
    if (match[3] === '\r\n') rows.push([])
  }
  return rows.slice(0, -1)
}

describe('an edition as a spreadsheet', () => {
  it.each([
    '=HYPERLINK("https://evil.example","free")',
    '+1+cmd|/c calc!A0',
    '-2+3',
    '@SUM(A1)',
    '\t=1+1',
    '\r=1+1',
    ' =1+1',
    '\uFF1D1+1',
    '\u202e=1+1',
    'a",=1+1,"',
    'two\r\n=1+1',
  ])('makes no formula of the name %j, and no other cell of it', (name) => {
    const rows = cellsOf(editionAsCsv(edition(row('a', { name }), row('b', { partner_name: name })), shelf))
    expect(rows).toHaveLength(3)
    for (const cells of rows) {
      expect(cells).toHaveLength(14)
      for (const cell of cells) expect(cell).not.toMatch(/^[\s\p{C}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/u)
    }
  })
  it('keeps every other name as it is, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), (name) => {
        const safe = `n${name.replaceAll(/[\p{C}\u2028\u2029]/gu, '')}`
        expect(cellsOf(editionAsCsv(edition(row('a', { name: safe })), shelf))[1]?.[1]).toBe(safe)
      }),
    )
  })
  it('says why a badge is gone in public words', () => {
    const lost = row('a', {
      state: 'suspended',
      why: ['cure_window_over'],
      reasons: [{ pillar: 'security', requirement: null, until: null }],
    })
    expect(cellsOf(editionAsCsv(edition(lost), shelf))[1]?.[8]).toBe('the time to cure ran out; Security (in cure)')
  })
})

describe('the feed of editions', () => {
  const head = {
    programme: 'harbour',
    number: 1,
    day: '2026-11-23',
    as_of: NOW,
    hash: 'sha256:1',
    evidence: 'sha256:2',
    held: 1,
    rows: 2,
    by: 'rhythm',
  } as const
  it('is one entry for each edition, the newest first, with nothing of a name left to be markup', () => {
    const feed = feedOf({
      title: '<b>&"Harbour"\u0000</b>',
      programme: 'harbour',
      public_url: 'https://trust.example',
      marketplace: ']]><x>',
      heads: [head, { ...head, number: 2 }],
      updated: NOW,
    })
    expect([...feed.matchAll(/<title>Edition (\d)/g)].map(([, number]) => number)).toEqual(['2', '1'])
    expect(feed).toContain('<title>&lt;b&gt;&amp;&quot;Harbour&quot;&lt;/b&gt;</title>')
    expect(feed).not.toContain('<x>')
  })
  it('is there before the first edition too', () => {
    const feed = feedOf({ title: 'T', programme: 'harbour', public_url: 'https://t.example', marketplace: 'M', heads: [], updated: NOW })
    expect(feed).toContain(`<updated>${NOW}</updated>`)
    expect(feed).not.toContain('<entry>')
  })
})
