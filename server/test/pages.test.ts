import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Acting } from '../src/enrolment/authorise.ts'
import { cutByHand, cutDueEditions } from '../src/publishing/go-to-market/cutting.ts'
import {
  accessibilityFaults,
  DESK,
  openBrowser,
  openProfile,
  PHONE,
  smallTargets,
  sticksOut,
  walkByKeyboard,
  type Stop,
} from './browser.ts'
import { testClock } from './house.ts'
import { NOW } from './publishing/fixture.ts'
import { adopted, fill, openMarketplace, PARTNER, REVIEWER } from './publishing/marketplace.ts'
import { openEmbedded, type Opened } from './storage.ts'

/** Pages in a real browser, on a marketplace that holds every state and hostile names. */
const PUBLIC = [
  '/',
  '/?state=suspended',
  '/?text=no+such+app',
  '/programmes',
  '/programmes/harbour',
  '/programmes/harbour/requirements/reliability.availability',
  '/programmes/harbour/versions',
  '/programmes/harbour/versions/2026.1',
  '/programmes/harbour/versions/2024.1/requirements/reliability.availability',
  '/apps/lighthouse',
  '/apps/lighthouse/status',
  '/apps/breakwater',
  '/apps/newcomer',
  '/apps/newcomer/status',
  '/apps/svg',
  '/apps/rtl',
  '/apps/long',
  '/partners/org_harbour',
  '/partners/org_hostile',
  '/go-to-market',
  '/go-to-market/harbour',
  '/go-to-market/harbour/1',
  '/go-to-market/harbour/changes?from=1&to=2',
  '/concerns',
  '/apps/svg/concern',
  '/no-such-page',
] as const
const WORKING = [
  '/overview',
  '/marketplace',
  '/apps/breakwater/standing',
  '/apps/breakwater/details',
  '/apps/breakwater/due-process',
  '/register',
] as const
/** How each page is looked at, one after another in one profile. Axe is slow: it judges either colour scheme and either width once. */
const VIEWS = [
  { view: 'desk, light', size: DESK, colorScheme: 'light', axe: true },
  { view: 'desk, dark', size: DESK, colorScheme: 'dark', axe: false },
  { view: 'phone, light', size: PHONE, colorScheme: 'light', axe: false },
  { view: 'phone, dark', size: PHONE, colorScheme: 'dark', axe: true },
  // 200 % zoom of a desk: half the pixels in either direction.
  { view: 'desk at 200 %', size: { width: 640, height: 450 }, colorScheme: 'light', axe: false },
] as const
const NOBODY: Acting = { kind: 'public' }

let opened: Opened
let market: Awaited<ReturnType<typeof openMarketplace>>
let browser: Browser
let base: string
let who: Acting = NOBODY

beforeAll(async () => {
  opened = await openEmbedded(testClock(NOW))
  market = await openMarketplace(opened, () => who)
  await market.tell(NOW, adopted())
  await cutDueEditions(market.house)
  await fill(market)
  await cutByHand(market.house, REVIEWER, 'harbour')
  base = await market.app.listen({ port: 0, host: '127.0.0.1' })
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await market.app.close()
  await opened.close()
})

describe('at desk and phone width, light and dark, at 200 %', () => {
  it.each([
    ...PUBLIC.map((path) => [path, 'anybody', NOBODY] as const),
    ...WORKING.map((path) => [path, 'a reviewer', REVIEWER] as const),
    ['/apps/breakwater/standing', 'its partner', PARTNER] as const,
  ])(
    '%s is fit for %s: axe finds nothing, nothing sticks out or is too small to press, nothing runs',
    { timeout: 90_000 },
    async (path, who_looks, acting) => {
      who = acting
      const context = await openProfile(browser, { size: DESK })
      try {
        const page = await context.newPage()
        const troubles: string[] = []
        page.on('console', (message) => troubles.push(message.text()))
        page.on('dialog', (dialog) => {
          troubles.push(`a script said ${dialog.message()}`)
          void dialog.dismiss()
        })
        const answer = await page.goto(base + path)
        expect(answer?.status()).toBe(path === '/no-such-page' ? 404 : 200)
        expect(await page.locator('script, [onload], [onerror], [style]').count()).toBe(0)
        for (const { view, size, colorScheme, axe } of VIEWS) {
          await page.setViewportSize(size)
          await page.emulateMedia({ colorScheme })
          if (axe) expect(await accessibilityFaults(page), view).toEqual([])
          expect(await sticksOut(page), view).toEqual([])
          expect(await smallTargets(page), view).toEqual([])
        }
        await page.setViewportSize(DESK)
        const stops = await walkByKeyboard(page)
        expect(stops[0]?.name).toContain('Skip')
        expect(stops.filter((stop) => stop.name.trim() === '' || !stop.visible)).toEqual([])
        walks.set(`${path}, for ${who_looks}`, stops)
        // The browser itself remarks on a 404.
        expect(troubles.filter((told) => !told.includes('404'))).toEqual([])
      } finally {
        await context.close()
      }
    },
  )
})

describe('by keyboard', () => {
  it('every page is walked as it is written down', async () => {
    expect(walks.size).toBe(PUBLIC.length + WORKING.length + 1)
    await expect(written(walks)).toMatchFileSnapshot('../../docs/keyboard-walk.md')
  })
})

/** Stops of the Tab key on each page, by who looks at it. */
const walks = new Map<string, readonly Stop[]>()

/** The walks as people read them: what is at the top and at the foot of every page once for everybody, then each page's own. */
function written(of: ReadonlyMap<string, readonly Stop[]>): string {
  const line = ({ name, what }: Stop): string =>
    `1. ${(name.length > 100 ? `${name.slice(0, 99)}…` : name).replaceAll('<', '&lt;').replaceAll('*', '\\*')} (${what})`
  const frames = new Map([...of].map(([page, stops]) => [page.replace(/^.*, for /, ''), stops.filter(({ in_main }) => !in_main)]))
  return [
    '# A walk by keyboard',
    'What the Tab key reaches on each page, in order, by the name that a screen reader says and what it is. Every stop has a visible focus; the way past the header comes first. `server/test/pages.test.ts` walks these pages in a real browser and fails when this page is not true any more; `-u` writes it anew.',
    '## Around every page',
    ...[...frames].flatMap(([who, stops]) => [`### For ${who}`, stops.map(line).join('\n')]),
    ...[...of].flatMap(([page, stops]) => [
      `## ${page}`,
      stops
        .filter(({ in_main }) => in_main)
        .map(line)
        .join('\n') || 'Nothing to press beside what is around every page.',
    ]),
    '',
  ].join('\n\n')
}
