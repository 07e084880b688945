import { describe, expect, it } from 'vitest'
import { parseInstant } from '../kernel/time.ts'
import { searchDirectory, type DirectoryQuery } from './directory.ts'
import type { PublicAppLine, PublicBadge } from './public-app.ts'

const AT = parseInstant('2026-11-01')
const badge = (state: PublicBadge['state'], tier = 'gold'): PublicBadge => ({
  programme: 'harbour',
  tier,
  state,
  since: AT,
  granted_at: AT,
  valid_until: null,
  cure_until: null,
  reasons: [],
  why: [],
})
const line = (app: string, name: string, badges: readonly PublicBadge[] = [], of: Partial<PublicAppLine> = {}): PublicAppLine => ({
  app,
  name,
  partner: 'org',
  platform: 'forge',
  listing: 'listed',
  as_of: AT,
  badges,
  ...of,
})

const LINES = [
  line('a', 'Café Planner', [badge('active')]),
  line('b', 'Buoy', [badge('at_risk'), badge('active', 'silver')], { platform: 'connect' }),
  line('c', 'Anchor', [badge('revoked')], { as_of: parseInstant('2026-11-05') }),
  line('d', 'Zinc'),
]
const ALL: DirectoryQuery = { tier: null, state: null, platform: null, text: '', sort: 'name', after: null, limit: 50 }
const given = { partnerName: () => 'Quayside', placeOf: ({ tier }: PublicBadge) => (tier === 'gold' ? 1 : 0) }
const apps = (query: Partial<DirectoryQuery>): readonly string[] =>
  searchDirectory(LINES, { ...ALL, ...query }, given).rows.map((row) => row.line.app)

describe('the directory', () => {
  it.each([
    ['everything, by name', {}, ['c', 'b', 'a', 'd']],
    ['a tier, whatever its state', { tier: 'harbour.gold' }, ['c', 'b', 'a']],
    ['a tier that one holds beside a higher one', { tier: 'harbour.silver' }, ['b']],
    ['a tier that nobody has', { tier: 'harbour.tin' }, []],
    ['those without any badge', { state: 'none' }, ['d']],
    ['those without a badge of one tier', { state: 'none', tier: 'harbour.silver' }, ['c', 'a', 'd']],
    ['a state', { state: 'at_risk' }, ['b']],
    ['a platform', { platform: 'connect' }, ['b']],
    ['text without its accent', { text: 'cafe' }, ['a']],
    ['text in a partner’s name', { text: 'QUAY' }, ['c', 'b', 'a', 'd']],
    ['text that nobody has', { text: 'xyz' }, []],
    ['trouble first', { sort: 'state' }, ['b', 'c', 'a', 'd']],
    ['the newest change first', { sort: 'newest' }, ['c', 'b', 'a', 'd']],
  ] as const)('finds %s', (_, query, found) => {
    expect(apps(query)).toEqual(found)
  })

  it('lets the highest badge that is held speak, at risk or not, before one that is gone', () => {
    const { rows } = searchDirectory(LINES, ALL, given)
    expect(rows.map((row) => row.badge?.state ?? 'none')).toEqual(['revoked', 'at_risk', 'active', 'none'])
  })

  it('goes through all pages once, whatever their length', () => {
    for (const limit of [1, 2, 3, 4, 50]) {
      const seen: string[] = []
      for (let after: string | null = null; ;) {
        const found = searchDirectory(LINES, { ...ALL, after, limit }, given)
        seen.push(...found.rows.map((row) => row.line.app))
        after = found.next
        if (after === null) break
      }
      expect(seen).toEqual(['c', 'b', 'a', 'd'])
    }
  })

  it('begins again when the app to go on after is gone', () => {
    expect(apps({ after: 'gone' })).toEqual(['c', 'b', 'a', 'd'])
  })
})
